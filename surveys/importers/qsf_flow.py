"""The flow of a Qualtrics survey: blocks, branches, randomizers, embedded data, ends."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..logic import syntax as g
from ..question import Shuffle
from ..questionnaire import Again, Block, End, Field, FlowNode, Group, Outcome, SetFields
from .qsf_blocks import Blocks
from .qsf_choices import marked
from .qsf_file import QsfFile, entries, is_on, mapping, number, text
from .qsf_logic import Logic, expression
from .qsf_pipes import Pipes
from .qsf_places import is_block, members_of
from .report import Log

__all__ = ["Flow"]


class Flow:
    """Writes the flow as blocks, groups, fields and ends.

    Args:
        file: The survey.
        blocks: Makes blocks.
        logic: Translates branch logic.
        pipes: Translates values of embedded data.
        fields: Embedded field → name here, of the fields that are kept.
        log: Where reports go.
    """

    def __init__(
        self,
        file: QsfFile,
        blocks: Blocks,
        logic: Logic,
        pipes: Pipes,
        fields: Mapping[str, str],
        log: Log,
    ) -> None:
        self.file = file
        self.blocks = blocks
        self.logic = logic
        self.pipes = pipes
        self.fields = fields
        self.log = log
        self.placed = 0
        self.standing: dict[str, list[Block]] = {}
        self.names: set[str] = set()
        self.declared: set[str] = set()

    def nodes(self) -> tuple[FlowNode, ...]:
        """The whole flow."""
        found = list(self.inside(self.file.flow, branched=False))
        if found and isinstance(found[-1], End) and found[-1].show_if is None:
            found.pop()
        return tuple(found)

    def inside(self, node: Mapping[str, Any], *, branched: bool) -> Iterator[FlowNode]:
        """What the members of a node become."""
        for member in members_of(node):
            yield from self.node(member, branched=branched)

    def node(self, node: Mapping[str, Any], *, branched: bool) -> list[FlowNode]:
        """What one node becomes."""
        kind = text(node.get("Type"))
        if is_block(node):
            return self.block(text(node.get("ID")))
        match kind:
            case "EmbeddedData":
                return self.setting(node)
            case "BlockRandomizer" | "Randomizer":
                return self.randomizer(node, branched)
            case "Branch":
                return self.branch(node)
            case "EndSurvey":
                return self.end(node, branched)
            case "Group" | "Root":
                return list(self.inside(node, branched=branched))
        name = text(node.get("FlowID")) or "flow"
        self.log.left(
            f"flow {name}",
            "flow element",
            f"{kind or 'an element without a type'} does nothing here",
        )
        return list(self.inside(node, branched=branched))

    def block(self, id: str) -> list[FlowNode]:
        """A block; where it has stood before, the same once more."""
        if id not in self.file.blocks:
            return []
        place = self.placed
        self.placed += 1
        if id in self.standing:
            self.log.carried(f"block {self.blocks.names[id]}", "repeated block")
            return [Again(block=block.name) for block in self.standing[id]]
        made = self.blocks.make(id, place)
        self.standing[id] = [node for node in _inner(made) if isinstance(node, Block)]
        return made

    # --- embedded data ------------------------------------------------------------------------

    def setting(self, node: Mapping[str, Any]) -> list[FlowNode]:
        """Embedded data: fields that are set, or declared to come from the record."""
        found: list[Field] = []
        where = f"flow {text(node.get('FlowID')) or 'embedded data'}"
        for _, entry in entries(node.get("EmbeddedData")):
            given = mapping(entry)
            source = text(given.get("Field")).strip()
            name = self.fields.get(source)
            if name is None:
                continue
            value = text(given.get("Value"))
            if not value:
                if name in self.declared:
                    continue
                value = f"{{record.{source}|}}"
                self.log.carried(where, "embedded data", f"{source}: taken from the record")
            else:
                value = self.pipes.text(marked(value), where, self.blocks.at(self.placed))
                self.log.carried(where, "embedded data", source)
            self.declared.add(name)
            found.append(Field(name=name, text=value))
        if not found:
            return []
        return [SetFields(fields=tuple(found), name=text(node.get("FlowID")))]

    # --- randomizers and branches -------------------------------------------------------------

    def randomizer(self, node: Mapping[str, Any], branched: bool) -> list[FlowNode]:
        """A group whose members come in random order, all or some of them."""
        name = self.name(node)
        members = []
        for member in members_of(node):
            inner = self.node(member, branched=branched)
            members.append(self.one(member, inner))
        if not members:
            return []
        some = number(node.get("SubSet"))
        pick = int(some) if some is not None and 1 <= some < len(members) else None
        if pick is not None and not is_on(node.get("EvenPresentation")):
            self.log.approximated(
                f"flow {name}",
                "randomizer",
                f"{pick} of {len(members)} were picked by chance; here they are dealt evenly",
            )
        else:
            self.log.carried(
                f"flow {name}", "randomizer", f"{pick or 'all'} of {len(members)} in random order"
            )
        if len(members) == 1 and pick is None:
            return members
        return [Group(name=name, blocks=tuple(members), order=Shuffle.RANDOM, pick=pick)]

    def one(self, node: Mapping[str, Any], inner: Sequence[FlowNode]) -> FlowNode:
        """A member of a randomizer as one node, called as exports of orders call it."""
        name = text(node.get("FlowID"))
        if len(inner) == 1:
            only = inner[0]
            if isinstance(only, (SetFields, End)):
                return dataclasses.replace(only, name=name or only.name)
            if isinstance(only, (Block, Again)) and is_block(node):
                return only
            if isinstance(only, Group) and only.name == name:
                return only
        if not inner:
            return SetFields(name=name)
        return Group(name=self.name(node), blocks=tuple(inner))

    def branch(self, node: Mapping[str, Any]) -> list[FlowNode]:
        """A group with a condition; an end or a setting alone takes the condition itself."""
        where = f"flow {text(node.get('FlowID')) or 'branch'}"
        stand = self.blocks.at(self.placed)
        test = self.logic.test(node.get("BranchLogic"), where, stand)
        inner = list(self.inside(node, branched=True))
        if not inner:
            return []
        when = expression(test)
        if when is None:
            return inner
        if test == g.Const(False):
            self.log.approximated(where, "branch", "its condition never holds here")
        if len(inner) == 1 and isinstance(inner[0], (End, SetFields)) and inner[0].show_if is None:
            return [dataclasses.replace(inner[0], show_if=when)]
        return [Group(name=self.name(node), blocks=tuple(inner), show_if=when)]

    def end(self, node: Mapping[str, Any], branched: bool) -> list[FlowNode]:
        """An end: a screen-out in a branch or where it is marked so, else the regular one."""
        options = mapping(node.get("Options"))
        flag = text(options.get("ResponseFlag")) or text(options.get("SurveyTermination"))
        screened = branched or flag.casefold() in ("screened", "screenout", "quotamet")
        said = text(node.get("EOSMessage")) if not mapping(options) else ""
        name = text(node.get("FlowID"))
        self.log.carried(f"flow {name}", "end of survey", "screen-out" if screened else "end")
        return [
            End(
                outcome=Outcome.SCREENED_OUT if screened else Outcome.COMPLETED,
                name=name,
                text=said,
            )
        ]

    def name(self, node: Mapping[str, Any]) -> str:
        """A name for a group: the flow's id of it, made unique."""
        stem = text(node.get("FlowID")) or "group"
        taken = {*self.blocks.names.values(), *self.names}
        name, count = stem, 1
        while name in taken:
            count += 1
            name = f"{stem}_{count}"
        self.names.add(name)
        return name


def _inner(nodes: Iterable[FlowNode]) -> Iterator[FlowNode]:
    for node in nodes:
        yield node
        if isinstance(node, Group):
            yield from _inner(node.blocks)
