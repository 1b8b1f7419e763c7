"""Which questions are sure to come before which, whatever order people are dealt."""

from __future__ import annotations

from ..expansion import turns_of
from ..question import Shuffle
from ..questionnaire import Block, End, FlowNode, Group, Questionnaire

__all__ = ["Positions"]

_Step = tuple[str, int, bool]
"""Container, place in it, and whether that place differs between people."""


class Positions:
    """Where the questions, blocks and groups of a questionnaire stand."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._paths: dict[str, tuple[_Step, ...]] = {}
        self._homes: dict[str, Block] = {}
        self._written: dict[str, str] = {}
        self._blocks: dict[str, tuple[_Step, ...]] = {}
        self._place(questionnaire.blocks, "", (), moved=[False] * len(questionnaire.blocks))
        written = {question.name: question for question in questionnaire.written()}
        for block in questionnaire.leaves():
            for _, _, renamed in turns_of(block, questionnaire, written):
                for before, after in zip(block.questions, renamed, strict=True):
                    self._written[after.name] = before.name
                    for variable in after.variables():
                        self._written.setdefault(variable.name, before.name)

    def _place(
        self,
        nodes: tuple[FlowNode, ...],
        container: str,
        above: tuple[_Step, ...],
        moved: list[bool],
    ) -> None:
        for position, node in enumerate(nodes):
            path = (*above, (container, position, moved[position]))
            if isinstance(node, End):
                if node.name:
                    self._blocks[node.name] = path
                continue
            self._blocks[node.name] = path
            if isinstance(node, Group):
                shuffled = node.order is not Shuffle.FIXED
                members = [shuffled and not member.anchored for member in node.blocks]
                self._place(node.blocks, f"group {node.name}", path, members)
                continue
            mixed = node.order is not Shuffle.FIXED
            for number, question in enumerate(node.questions):
                step = (f"block {node.name}", number, mixed and not question.anchored)
                self._paths[question.name] = (*path, step)
                self._homes[question.name] = node

    def home(self, question: str) -> Block | None:
        """The block a question as written stands in."""
        return self._homes.get(question)

    def written(self, name: str, block: Block | None = None) -> str | None:
        """The question as written that a question or variable belongs to, seen from a block."""
        if block is not None:
            for question in block.questions:
                if question.name == name or any(v.name == name for v in question.variables()):
                    return question.name
        return self._written.get(name)

    def late(self, question: str, at: str) -> str:
        """Say why a question may not have been asked when another place is reached.

        Args:
            question: The question as written whose answer is wanted.
            at: Question, block or group where it is wanted; "" for the end of everything.

        Returns:
            A clause such as "comes later", or "" if it is sure to come before.
        """
        wanted = self._paths.get(question)
        here = self._paths.get(at, self._blocks.get(at))
        if wanted is None or here is None:
            return ""
        if question == at:
            return "is asked here"
        for (container, before, floats), (_, place, moves) in zip(wanted, here, strict=False):
            if before == place:
                continue
            if floats or moves:
                return f"may come later, as {container or 'the questionnaire'} is shuffled"
            return "" if before < place else "comes later"
        return "comes later"
