"""Which questions are sure to come before which, whatever order people are dealt."""

from __future__ import annotations

from ..expansion import turns_of
from ..question import Shuffle
from ..questionnaire import Again, Block, End, FlowNode, Group, Questionnaire, SetFields

__all__ = ["MAY_COME_LATER", "Positions"]

MAY_COME_LATER = "may come later"
"""Begins the clause about an answer that some people have given by then, and some have not."""

_Step = tuple[str, int, bool]
"""Container, place in it, and whether that place differs between people."""
_Path = tuple[_Step, ...]


class Positions:
    """Where the questions, blocks and groups of a questionnaire stand."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._steps: dict[str, _Step] = {}
        self._homes: dict[str, Block] = {}
        self._written: dict[str, str] = {}
        self._local: dict[str, dict[str, str]] = {}
        self._blocks: dict[str, tuple[_Path, ...]] = {}
        self._place(questionnaire.blocks, "", (), moved=[False] * len(questionnaire.blocks))
        written = {question.name: question for question in questionnaire.written()}
        for block in questionnaire.leaves():
            local = self._local.setdefault(block.name, {})
            for _, _, renamed in turns_of(block, questionnaire, written):
                for before, after in zip(block.questions, renamed, strict=True):
                    self._written[after.name] = before.name
                    for variable in after.variables():
                        self._written.setdefault(variable.name, before.name)
            for question in block.questions:
                for variable in question.variables():
                    local.setdefault(variable.name, question.name)
            local.update({question.name: question.name for question in block.questions})

    def _place(
        self,
        nodes: tuple[FlowNode, ...],
        container: str,
        above: _Path,
        moved: list[bool],
    ) -> None:
        for position, node in enumerate(nodes):
            path = (*above, (container, position, moved[position]))
            if isinstance(node, (End, SetFields)):
                if node.name:
                    self._blocks[node.name] = (path,)
                continue
            self._blocks[node.name] = (*self._blocks.get(node.name, ()), path)
            if isinstance(node, Again):
                continue
            if isinstance(node, Group):
                shuffled = node.order is not Shuffle.FIXED
                members = [shuffled and not member.anchored for member in node.blocks]
                self._place(node.blocks, f"group {node.name}", path, members)
                continue
            mixed = node.order is not Shuffle.FIXED
            for number, question in enumerate(node.questions):
                step = (f"block {node.name}", number, mixed and not question.anchored)
                self._steps[question.name] = step
                self._homes[question.name] = node

    def home(self, question: str) -> Block | None:
        """The block a question as written stands in."""
        return self._homes.get(question)

    def written(self, name: str, block: Block | None = None) -> str | None:
        """The question as written that a question or variable belongs to, seen from a block."""
        if block is not None:
            local = self._local.get(block.name, {}).get(name)
            if local is not None:
                return local
        return self._written.get(name)

    def late(self, question: str, at: str) -> str:
        """Say why a question may not have been asked when another place is reached.

        Args:
            question: The question as written whose answer is wanted.
            at: Question, block or group where it is wanted; "" for the end of everything.

        Returns:
            A clause such as "comes later", or "" if it is sure to come before.
        """
        if question == at:
            return "is asked here" if at in self._steps else ""
        found = self._places(question)
        if not found:
            return ""
        # A block may stand in the flow several times; the question must come first in each way.
        for here in self._places(at):
            clauses = [self._clause(wanted, here) for wanted in found]
            if all(clauses):
                return clauses[0]
        return ""

    def _places(self, name: str) -> tuple[_Path, ...]:
        """Everywhere a question, block or group stands."""
        step = self._steps.get(name)
        if step is None:
            return self._blocks.get(name, ())
        return tuple((*path, step) for path in self._blocks.get(self._homes[name].name, ()))

    def _clause(self, wanted: _Path, here: _Path) -> str:
        """Say why one place may not come before another, or ""."""
        for (container, before, floats), (_, place, moves) in zip(wanted, here, strict=False):
            if before == place:
                continue
            if floats or moves:
                return f"{MAY_COME_LATER}, as {container or 'the questionnaire'} is shuffled"
            return "" if before < place else "comes later"
        return "comes later"
