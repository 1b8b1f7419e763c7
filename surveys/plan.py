"""What a questionnaire comes to when loops and arms are written out and logic is compiled.

A plan is made once per questionnaire and shared by all interviews, so that walking one costs
little more than looking things up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..data.codebook import Code, Level, Variable
from .expansion import (
    Names,
    Renamed,
    local_names,
    needed,
    piped,
    targets_of,
    texts_of,
    turns_of,
)
from .fields import field_value, field_variables
from .logic import syntax
from .logic.expression import Expression, State, Target, Value
from .piping import Template
from .question import Item, Option, Question, Shown, Shuffle
from .questionnaire import (
    Again,
    Block,
    End,
    FlowNode,
    Group,
    Loop,
    Outcome,
    Questionnaire,
    ScreenOut,
    SetFields,
)
from .questions import parts

__all__ = [
    "AgainPlan",
    "BlockPlan",
    "EndPlan",
    "GroupPlan",
    "NodePlan",
    "Part",
    "Place",
    "Plan",
    "Rule",
    "SetPlan",
    "Turn",
    "make_plan",
    "member_names",
]

Test = Callable[[State], bool]
Write = Callable[[State], str]
Work = Callable[[State], Value]


@dataclass(frozen=True, slots=True)
class Part:
    """An option or item at its place.

    Attributes:
        thing: The option or item; its label has pipes where `write` is given.
        pinned: Keeps its place when shuffled.
        when: Shown only where this holds, or None.
        write: Writes the label, or None where it is fixed.
        variable: Name of the variable it fills alone, or "".
    """

    thing: Option | Item
    pinned: bool
    when: Test | None
    write: Write | None
    variable: str


@dataclass(frozen=True, slots=True)
class Place:
    """A question at one place: in its block, or in one turn of a loop or arm.

    Attributes:
        question: The question, named for this place.
        variables: What it fills.
        when: Asked only where this holds, or None.
        needs: Questions whose answers it must wait for.
        fixed: The question as everybody sees it, or None where people differ.
        write: Writes the text, or None where it is fixed.
        by_arm: Writers of the text by (condition, arm).
        options: Its options.
        items: Its rows.
    """

    question: Question
    variables: tuple[Variable, ...]
    when: Test | None
    needs: frozenset[str]
    fixed: Shown | None
    write: Write | None
    by_arm: tuple[tuple[str, Mapping[str, Write]], ...]
    options: tuple[Part, ...]
    items: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One time a block is asked.

    Attributes:
        code: The loop's value; None outside loops.
        arm: The arm of a within-person condition; "" outside.
        pages: Places, page by page.
        places: The same, without pages.
        pinned: For each place, whether it keeps its place when shuffled.
        when: Whether the turn is taken, or None for always; for loops over answers.
    """

    code: Code | None
    arm: str
    pages: tuple[tuple[Place, ...], ...]
    places: tuple[Place, ...]
    pinned: tuple[bool, ...]
    when: Test | None


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """A block; `turns` has one entry unless it is a loop or repeated by arm.

    `needs` names the questions whose answers decide whether, and for which turns, it is asked.
    """

    block: Block
    when: Test | None
    turns: tuple[Turn, ...]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A group with its members; `needs` as for a block."""

    group: Group
    when: Test | None
    needs: frozenset[str]
    members: tuple[NodePlan, ...]
    names: tuple[str, ...]
    pinned: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class EndPlan:
    """An end of the interview; `needs` as for a block."""

    outcome: Outcome
    when: Test | None
    needs: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class AgainPlan:
    """A block standing in the flow once more; `needs` are those of its own condition."""

    block: BlockPlan
    when: Test | None
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class SetPlan:
    """Fields to set, each with what works its value out.

    `needs` names the questions that the values, and whether they are set, depend on: setting
    waits for their answers, so that what looks at a field never has to.
    """

    fields: tuple[tuple[str, Work], ...]
    when: Test | None
    needs: frozenset[str]


NodePlan = BlockPlan | GroupPlan | EndPlan | AgainPlan | SetPlan


@dataclass(frozen=True, slots=True)
class Rule:
    """A screen-out rule; looked at once all of `needs` have been passed."""

    rule: ScreenOut
    when: Test
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """A questionnaire written out.

    Attributes:
        nodes: What is walked.
        rules: Screen-out rules.
        questions: Every question under every name it can be asked.
        variables: What they fill; display text fills nothing.
        scope: What names mean outside loops.
        fields: The fields that are set, as variables.
        repeated: Names of the blocks that stand in the flow more than once.
    """

    nodes: tuple[NodePlan, ...]
    rules: tuple[Rule, ...]
    questions: tuple[Question, ...]
    variables: tuple[Variable, ...]
    scope: Names
    fields: tuple[Variable, ...] = ()
    repeated: frozenset[str] = frozenset()


def make_plan(questionnaire: Questionnaire) -> Plan:
    """Write a questionnaire out; what does not fit together is left for `check` to report.

    Raises:
        QuestionnaireError: A brace in a text belongs to no piped text.
    """
    written = {question.name: question for question in questionnaire.written()}
    turns = {id(block): turns_of(block, questionnaire, written) for block in questionnaire.leaves()}
    questions = tuple(
        question
        for block in questionnaire.leaves()
        for _, _, renamed in turns[id(block)]
        for question in renamed
    )
    arms = {condition.name: condition.by_arm for condition in questionnaire.conditions}
    targets: dict[str, Target] = {
        condition.name: Target("condition", "", (condition.name,))
        for condition in questionnaire.conditions
    }
    variables: dict[str, Variable] = {}
    blocks = {
        question.name: block.name
        for block in questionnaire.leaves()
        for _, _, renamed in turns[id(block)]
        for question in renamed
    }
    filled: dict[str, tuple[Variable, ...]] = {}
    for question in questions:
        raw = question.variables()
        variables.update({variable.name: variable for variable in raw})
        targets.update(targets_of(question, raw))
        filled[question.name] = tuple(_readable(v, blocks[question.name]) for v in raw)
    fields = field_variables(questionnaire)
    targets.update({field.name: Target("field", "", (field.name,)) for field in fields})
    scope = Names(targets, variables, arms)
    leaves = {block.name: block for block in reversed(questionnaire.leaves())}
    make = _Maker(scope, turns, filled, leaves)
    rules = tuple(
        Rule(rule, rule.when.compile(scope), needed(rule.when, scope))
        for rule in questionnaire.screen_out
    )
    nodes = tuple(make.node(node) for node in questionnaire.blocks)
    everything = tuple(v for question in questions for v in filled[question.name])
    repeated = frozenset(n.block for n in questionnaire.nodes() if isinstance(n, Again))
    return Plan(nodes, rules, questions, everything, scope, fields, repeated)


def _readable(variable: Variable, block: str) -> Variable:
    """A variable as codebooks show it: in its block, with plain braces written plainly."""
    changes: dict[str, Any] = {"block": variable.block or block}
    if "{{" in f"{variable.question}{variable.label}{variable.labels}":
        changes["question"] = _single_braces(variable.question)
        changes["label"] = _single_braces(variable.label)
        changes["labels"] = tuple((c, _single_braces(label)) for c, label in variable.labels)
    return variable.replace(**changes)


def _single_braces(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


class _Maker:
    """Compiles the nodes of one questionnaire."""

    def __init__(
        self,
        scope: Names,
        turns: Mapping[int, tuple[Renamed, ...]],
        filled: Mapping[str, tuple[Variable, ...]],
        leaves: Mapping[str, Block],
    ) -> None:
        self.filled = filled
        self.leaves = leaves
        self.blocks: dict[str, BlockPlan] = {}
        self.scope = scope
        self.turns = turns

    def node(self, node: FlowNode) -> NodePlan:
        when = node.show_if.compile(self.scope) if node.show_if else None
        needs = needed(node.show_if, self.scope)
        if isinstance(node, End):
            return EndPlan(node.outcome, when, needs, node.text)
        if isinstance(node, Group):
            return GroupPlan(
                node,
                when,
                needs,
                tuple(self.node(member) for member in node.blocks),
                member_names(node),
                tuple(member.anchored for member in node.blocks),
            )
        if isinstance(node, SetFields):
            return self.setting(node, when, needs)
        if isinstance(node, Again):
            block = self.leaves.get(node.block)
            if block is None:  # `check` refuses it
                return SetPlan((), when, needs)
            return AgainPlan(self.block(block), when, needs)
        return self.block(node)

    def setting(self, node: SetFields, when: Test | None, needs: frozenset[str]) -> SetPlan:
        fields: list[tuple[str, Work]] = []
        for field in node.fields:
            if field.formula is not None:
                fields.append((field.name, field.formula.compile(self.scope)))
                needs |= needed(field.formula, self.scope)
            else:
                fields.append((field.name, self.worked(field.text)))
                needs |= piped([field.text], self.scope)
        return SetPlan(tuple(fields), when, needs)

    def worked(self, text: str) -> Work:
        plain = _plain(text)
        if plain is not None:
            value = field_value(plain)
            return lambda _: value
        write = Template.parse(text).compile(self.scope)
        return lambda state: field_value(write(state))

    def block(self, node: Block) -> BlockPlan:
        if node.name in self.blocks:
            return self.blocks[node.name]
        when = node.show_if.compile(self.scope) if node.show_if else None
        needs = needed(node.show_if, self.scope)
        turns = tuple(self.turn(node, turn) for turn in self.turns[id(node)])
        if node.loop is not None and node.loop.over:
            target = self.scope.target(node.loop.over)
            if target is not None and target.question:
                needs |= {target.question}
        made = self.blocks[node.name] = BlockPlan(node, when, turns, needs)
        return made

    def turn(self, block: Block, renamed: Renamed) -> Turn:
        code, arm, questions = renamed
        scope = self.scope
        if code is not None or arm:
            scope = scope.within(local_names(block.questions, questions))
        places = tuple(self.place(question, scope) for question in questions)
        pages, at = [], 0
        for page in block.pages:
            pages.append(places[at : at + len(page)])
            at += len(page)
        return Turn(
            code,
            arm,
            tuple(pages),
            places,
            tuple(question.anchored for question in block.questions),
            self.taken(block.loop, code),
        )

    def taken(self, loop: Loop | None, code: Code | None) -> Test | None:
        """Whether a turn of a loop over answers is taken."""
        if loop is None or not loop.over or code is None or loop.which == "all":
            return None
        target = self.scope.target(loop.over)
        if target is None:
            return None
        chosen: syntax.Test
        if target.kind == "variable" and isinstance(code, float) and self.counts(target):
            chosen = syntax.Compare(">=", syntax.Name(loop.over), syntax.Literal(code))
        else:
            chosen = syntax.Selected(loop.over, (code,))
        if loop.which == "not selected":
            given = syntax.Answered(loop.over)
            chosen = syntax.And((given, syntax.Not(chosen)))
        return Expression(syntax.unparse(chosen)).compile(self.scope)

    def counts(self, target: Target) -> bool:
        variable = self.scope.variable(target.variables[0])
        return variable is not None and not variable.labels

    def place(self, question: Question, scope: Names) -> Place:
        variables = self.filled[question.name]
        when = question.show_if.compile(scope) if question.show_if else None
        options = tuple(
            self.part(
                option,
                option.anchored or option.exclusive or option.reason is not None,
                parts.option_name(question, option)
                if any(v.level is Level.MULTIPLE for v in variables)
                else "",
                scope,
            )
            for option in question.options
        )
        items = tuple(
            self.part(item, item.anchored, parts.item_name(question, item), scope)
            for item in question.items
        )
        by_arm: dict[str, dict[str, Write]] = {}
        for wording in question.wordings:
            by_arm.setdefault(wording.condition, {})[wording.arm] = Template.parse(
                wording.text
            ).compile(scope)
        plain = _plain(question.text)
        write: Write | None = None
        if plain != question.text:
            write = Template.parse(question.text).compile(scope)
        parted = (*options, *items)
        same = (
            plain is not None
            and not by_arm
            and question.shuffle_options is Shuffle.FIXED
            and question.shuffle_items is Shuffle.FIXED
            and all(part.when is None and part.write is None for part in parted)
        )
        fixed = None
        if same:
            fixed = Shown(
                question,
                question.name,
                plain if plain is not None else question.text,
                tuple(part.thing for part in options if isinstance(part.thing, Option)),
                tuple(part.thing for part in items if isinstance(part.thing, Item)),
                variables,
            )
        needs = needed(question.show_if, scope)
        for option in question.options:
            needs |= needed(option.show_if, scope)
        for item in question.items:
            needs |= needed(item.show_if, scope)
        needs |= piped(texts_of(question), scope)
        return Place(
            question,
            variables,
            when,
            needs - {question.name},
            fixed,
            write,
            tuple((condition, MappingProxyType(texts)) for condition, texts in by_arm.items()),
            options,
            items,
        )

    def part(self, thing: Option | Item, pinned: bool, variable: str, scope: Names) -> Part:
        plain = _plain(thing.label)
        write: Write | None = None
        if plain is None:
            write = Template.parse(thing.label).compile(scope)
        elif plain != thing.label:
            thing = dataclasses.replace(thing, label=plain)
        when = thing.show_if.compile(scope) if thing.show_if else None
        return Part(thing, pinned, when, write, variable)


def member_names(group: Group) -> tuple[str, ...]:
    """Names of a group's members; an end or setting without one is called by its position."""
    return tuple(
        member.name or f"{'end' if isinstance(member, End) else 'set'}{position}"
        for position, member in enumerate(group.blocks, 1)
    )


def _plain(text: str) -> str | None:
    """The text with doubled braces undone, or None if something is piped into it."""
    if "{" not in text and "}" not in text:
        return text
    template = Template.parse(text)
    return None if template.pipes else "".join(str(part) for part in template.parts)
