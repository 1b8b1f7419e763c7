"""The flow of a Qualtrics survey: blocks, branches, randomizers, embedded data, ends."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..logic import syntax as g
from ..question import Shuffle
from ..questionnaire import Again, Block, Condition, End, Field, FlowNode, Group, Outcome, SetFields
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
        taken: Names that questions, variables and fields have.
        log: Where reports go.
    """

    def __init__(
        self,
        file: QsfFile,
        blocks: Blocks,
        logic: Logic,
        pipes: Pipes,
        fields: Mapping[str, str],
        taken: set[str],
        log: Log,
    ) -> None:
        self.file = file
        self.taken = taken
        self.blocks = blocks
        self.logic = logic
        self.pipes = pipes
        self.fields = fields
        self.log = log
        self.conditions: list[Condition] = []
        self.times_set = Counter(
            fields[source] for source in _fields_set(file.flow) if source in fields
        )
        self.placed = 0
        self.within = 0
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
        members: list[FlowNode] = []
        self.within += 1
        for member in members_of(node):
            inner = self.node(member, branched=branched)
            one = self.one(member, inner)
            while any(one.name and one.name == other.name for other in members):
                if not isinstance(one, (SetFields, End)):
                    one = Group(name=self.free(one.name), blocks=(one,))
                else:
                    one = dataclasses.replace(one, name=f"{one.name}+")
            members.append(one)
        self.within -= 1
        if not members:
            return []
        some = number(node.get("SubSet"))
        arms = self.arms(name, members) if some == 1 and not self.within else None
        if arms is not None:
            return arms
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

    def arms(self, name: str, members: Sequence[FlowNode]) -> list[FlowNode] | None:
        """A randomizer that deals values to everybody: an experimental condition, and its fields.

        None if it does anything else than set fields to constants.
        """
        given: list[tuple[Field, ...]] = []
        for member in members:
            inner = member.blocks if isinstance(member, Group) else (member,)
            sets = [node for node in inner if isinstance(node, SetFields) and not node.show_if]
            if len(sets) < len(inner) or (isinstance(member, Group) and member.show_if):
                return None
            fields = tuple(field for node in sets for field in node.fields)
            if any("{" in field.text for field in fields):
                return None
            given.append(fields)
        distinct = list(dict.fromkeys(given))
        names = list(dict.fromkeys(field.name for fields in distinct for field in fields))
        if len(distinct) < 2 or not names:
            return None
        values = [{field.name: field.text for field in fields} for fields in distinct]
        # A field that alone tells the arms apart, and is set nowhere else, is the condition.
        telling = next(
            (
                name
                for name in names
                if len({v.get(name, "") for v in values}) == len(values)
                and self.times_set[name] == len(members)
            ),
            "",
        )
        arms = _arm_names([v.get(telling, "") for v in values]) if telling else None
        if arms is None:
            telling = ""
            arms = _arm_names([", ".join(v.get(n, "") for n in names) for v in values])
        if arms is None:
            arms = tuple(str(n) for n in range(1, len(values) + 1))
        condition = telling or self.free("_".join(names[:3]))
        if condition in names and not telling:
            condition = self.free(f"{condition} arm")
        counts = [float(given.count(fields)) for fields in distinct]
        weights = tuple(counts) if len(set(counts)) > 1 else ()
        self.conditions.append(Condition(name=condition, arms=arms, weights=weights))
        self.log.carried(f"flow {name}", "experimental condition", f"{len(arms)} arms: {condition}")
        kept = [tuple(f for f in fields if f.name != telling) for fields in distinct]
        return [
            SetFields(
                fields=fields,
                show_if=expression(g.Compare("=", g.ArmOf(condition), g.Literal(arm))),
                name=f"{name} {arm}",
            )
            for fields, arm in zip(kept, arms, strict=True)
            if fields
        ]

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
        self.within += 1
        inner = list(self.inside(node, branched=True))
        self.within -= 1
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
        return self.free(text(node.get("FlowID")) or "group")

    def free(self, stem: str) -> str:
        """A name that no question, field, block, group or condition has."""
        taken = {*self.blocks.names.values(), *self.names, *self.taken}
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


def _arm_names(told: Sequence[str]) -> tuple[str, ...] | None:
    """Texts as names of arms; None if they cannot be, or are not all different."""
    for name in told:
        bad = any(c in "{}|`" or not c.isprintable() for c in name) or " > " in name
        if bad or not 0 < len(name.strip(", ")) <= 60 or name == "arm":
            return None
    return tuple(told) if len(set(told)) == len(told) else None


def _fields_set(flow: Mapping[str, Any]) -> Iterator[str]:
    """Embedded fields, once for each time the flow gives them a value."""
    pending = [flow]
    while pending:
        node = pending.pop()
        for _, entry in entries(node.get("EmbeddedData")):
            if text(mapping(entry).get("Value")):
                yield text(mapping(entry).get("Field")).strip()
        pending += members_of(node)
