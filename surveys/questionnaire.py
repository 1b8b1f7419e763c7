"""The questionnaire: blocks of pages of questions, conditions, order, loops and rules."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..data.codebook import Code, Codebook
from ..data.errors import UnknownNameError
from ..data.scales import Scale
from .logic.expression import Expression, Formula
from .question import Question, Shuffle

if TYPE_CHECKING:
    from .plan import Plan
    from .tasks.places import TaskPlace
    from .tasks.task import Task

__all__ = [
    "Again",
    "Block",
    "Condition",
    "Design",
    "End",
    "Field",
    "FlowNode",
    "Group",
    "Loop",
    "Outcome",
    "Questionnaire",
    "Scale",
    "ScreenOut",
    "SetFields",
    "Which",
]


class Design(StrEnum):
    """Whether a person sees one arm of a condition or all of them."""

    BETWEEN = "between"
    WITHIN = "within"


class Outcome(StrEnum):
    """How an interview ended."""

    COMPLETED = "completed"
    SCREENED_OUT = "screened out"


class Which(StrEnum):
    """Which options of a question a loop goes over."""

    SELECTED = "selected"
    NOT_SELECTED = "not selected"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An experimental condition.

    Attributes:
        name: How conditions and wording refer to it.
        arms: Names of its arms, two or more.
        design: Between persons (each sees one arm) or within (each sees all, in some order).
        weights: Relative frequency of the arms; empty for equal. Between persons only.
        texts: What `{arm.NAME}` pipes for each arm; empty for the arms' names.
        order: Within persons: `Shuffle.FIXED` keeps the written order for everybody, otherwise
            orders are balanced over people.
    """

    name: str
    arms: tuple[str, ...]
    design: Design = Design.BETWEEN
    weights: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    order: Shuffle = Shuffle.RANDOM

    @property
    def by_arm(self) -> dict[str, str]:
        """Arm → text."""
        return dict(zip(self.arms, self.texts or self.arms, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Asks a block once for each of several values.

    Attributes:
        over: Name of an earlier question: a multiple choice (once for each option chosen), a
            single choice or Likert scale (for the option chosen), or a whole number n with a
            maximum (for 1 to n). Empty when `values` are given.
        values: Fixed values as (code, label).
        which: Which options count. Non-answers and exclusive options never do.
        order: Order of the turns for each person.
        pick: How many of the turns each person takes, by chance, or None for all.
        texts: More texts of the values as (name, ((code, text), …)): what `{loop.NAME}` pipes.
    """

    over: str = ""
    values: tuple[tuple[Code, str], ...] = ()
    which: Which = Which.SELECTED
    order: Shuffle = Shuffle.FIXED
    pick: int | None = None
    texts: tuple[tuple[str, tuple[tuple[Code, str], ...]], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Block:
    """Questions that belong together.

    Attributes:
        name: Unique among blocks, groups and conditions.
        pages: The questions, page by page.
        title: Heading for people.
        order: `Shuffle.RANDOM` deals the questions anew into the places of the block; pages keep
            their sizes, anchored questions their places.
        show_if: Asked only where this holds.
        loop: Asked once for each of several values; names end in `_CODE`.
        within: Name of a within-person condition: asked once for each arm; names end in `_ARM`.
        anchored: Keeps its place when the blocks of its group are shuffled.
        task: The task that its questions are the pages of, or None.
    """

    name: str
    pages: tuple[tuple[Question, ...], ...]
    title: str = ""
    order: Shuffle = Shuffle.FIXED
    show_if: Expression | None = None
    loop: Loop | None = None
    within: str = ""
    anchored: bool = False
    task: Task | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions as written, in order."""
        return tuple(question for page in self.pages for question in page)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Blocks and groups that are ordered, picked or branched to together.

    Attributes:
        name: Unique among blocks, groups and conditions.
        blocks: Members, in written order.
        order: Order of the members for each person.
        pick: How many members each person sees, or None for all. The choice is dealt so that
            every member is seen equally often, and kept across replicates.
        show_if: Entered only where this holds.
        anchored: Keeps its place when it is itself shuffled in a group.
    """

    name: str
    blocks: tuple[FlowNode, ...]
    order: Shuffle = Shuffle.FIXED
    pick: int | None = None
    show_if: Expression | None = None
    anchored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Ends the interview here.

    Attributes:
        outcome: How it ends.
        show_if: Ends only where this holds.
        text: What people read.
        name: For messages.
        anchored: Keeps its place when shuffled in a group.
    """

    outcome: Outcome = Outcome.COMPLETED
    show_if: Expression | None = None
    text: str = ""
    name: str = ""
    anchored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A block that stands in the flow once more, under the same names.

    Whoever has been asked it already passes it over: answers are given once.

    Attributes:
        block: Name of the block.
        show_if: Asked here only where this holds, besides the block's own condition.
        anchored: Keeps its place when shuffled in a group.
    """

    block: str
    show_if: Expression | None = None
    anchored: bool = False

    @property
    def name(self) -> str:
        """That of the block: by it, a group that picks among its members knows this one."""
        return self.block


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a field is given.

    Attributes:
        name: Of the field; no question or condition has it.
        text: The value, which may hold piped text; a plain number is stored as a number. A value
            that comes out empty leaves the field without one.
        formula: Works the value out; `text` is then empty.
    """

    name: str
    text: str = ""
    formula: Formula | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFields:
    """Sets fields: values nobody is asked for, which conditions and texts after it may use.

    Attributes:
        fields: What is set, in this order; none makes an empty place among the members of a
            group.
        show_if: Set only where this holds.
        name: For groups that pick among their members, and for messages.
        anchored: Keeps its place when shuffled in a group.
    """

    fields: tuple[Field, ...] = ()
    show_if: Expression | None = None
    name: str = ""
    anchored: bool = False


FlowNode = Block | Group | End | Again | SetFields


@dataclass(frozen=True, slots=True)
class ScreenOut:
    """A rule that ends the interview as soon as it is known to hold.

    It is looked at after every page, once all the questions it names have been passed.

    Attributes:
        when: The rule.
        text: What people read.
    """

    when: Expression
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """What is asked, of whom, in which order.

    Attributes:
        name: Short name, for files and reports.
        blocks: Blocks, groups of blocks and ends, in order.
        title: Heading for people.
        language: BCP 47 tag, such as "en".
        version: The author's own version.
        conditions: Experimental conditions: the author's, then those that tasks bring along. One
            that the author declares under the name of a task's takes its place.
        screen_out: Rules that end interviews.
        scales: Scores declared over items.
        source: The file it came from, for messages.
        lines: Where things stand in that file: "question trust" → line.
    """

    name: str
    blocks: tuple[FlowNode, ...] = ()
    title: str = ""
    language: str = "en"
    version: str = ""
    conditions: tuple[Condition, ...] = ()
    screen_out: tuple[ScreenOut, ...] = ()
    scales: tuple[Scale, ...] = ()
    source: str = field(default="", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        brought = {
            c.name: c for block in self.leaves() if block.task for c in block.task.named.conditions
        }
        known = {condition.name for condition in self.conditions}
        new = tuple(c for name, c in brought.items() if name not in known)
        if new:
            object.__setattr__(self, "conditions", (*self.conditions, *new))

    def __getstate__(self) -> dict[str, Any]:
        # What is worked out from the fields holds closures; it is worked out anew.
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def __repr__(self) -> str:
        return f"<Questionnaire {self.name!r}: {len(self.written())} questions>"

    @classmethod
    def from_codebook(
        cls,
        codebook: Codebook,
        names: Sequence[str],
        *,
        name: str = "",
        title: str = "",
        offer_missing: bool = False,
        per_page: int = 10,
    ) -> Questionnaire:
        """Make a questionnaire that asks variables as they were asked.

        See `surveys.from_codebook.from_codebook`.
        """
        from .from_codebook import from_codebook

        return from_codebook(
            codebook, names, name=name, title=title, offer_missing=offer_missing, per_page=per_page
        )

    # --- what it holds ------------------------------------------------------------------------

    def nodes(self) -> Iterator[FlowNode]:
        """All that stands in the flow, each before what is in it, in written order."""
        pending = list(reversed(self.blocks))
        while pending:
            node = pending.pop()
            yield node
            if isinstance(node, Group):
                pending.extend(reversed(node.blocks))

    def leaves(self) -> tuple[Block, ...]:
        """All blocks of questions, whatever groups they are in, in written order."""
        return tuple(node for node in self.nodes() if isinstance(node, Block))

    def fields(self) -> tuple[str, ...]:
        """Names of the fields that are set anywhere, in written order."""
        sets = (node for node in self.nodes() if isinstance(node, SetFields))
        return tuple(dict.fromkeys(field.name for node in sets for field in node.fields))

    def written(self) -> tuple[Question, ...]:
        """The questions as written, once each, in order."""
        return tuple(question for block in self.leaves() for question in block.questions)

    def questions(self) -> tuple[Question, ...]:
        """The questions under every name they can be asked: loops and arms written out."""
        return self.plan.questions

    @functools.cached_property
    def tasks(self) -> tuple[TaskPlace, ...]:
        """Every task at every place it is given, in written order."""
        from .tasks.places import task_places

        return task_places(self)

    def condition(self, name: str) -> Condition:
        """The condition of that name.

        Raises:
            UnknownNameError: There is none.
        """
        for condition in self.conditions:
            if condition.name == name:
                return condition
        raise UnknownNameError("condition", name, (c.name for c in self.conditions))

    def codebook(self) -> Codebook:
        """Codebook of all variables that answers fill, loops and arms written out.

        Raises:
            CodebookError: Two questions fill the same variable.
        """
        return Codebook(self.plan.variables, title=self.title or self.name)

    @functools.cached_property
    def plan(self) -> Plan:
        """What interviews are walked by, worked out once and shared."""
        from .plan import make_plan

        return make_plan(self)

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of its content, as hexadecimal; where it was read from does not count.

        What tasks ask counts too: the same design in other words is another questionnaire.
        """
        from .files.writing import questionnaire_dict

        content = json.dumps(
            questionnaire_dict(self, in_full=True), ensure_ascii=True, allow_nan=False
        )
        return hashlib.sha256(content.encode()).hexdigest()

    # --- writing ------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain data in the form of questionnaire files; reading it gives the same again."""
        from .files.writing import questionnaire_dict

        return questionnaire_dict(self)

    def to_yaml(self) -> str:
        """The questionnaire as a file that reads back the same."""
        from .files.writing import questionnaire_yaml

        return questionnaire_yaml(self)

    def place(self, thing: str) -> str:
        """Where a thing stands, for messages: "pilot.yaml, line 14, question trust".

        Args:
            thing: "question trust", or a part of it: "question trust: show_if".
        """
        name, _, _ = thing.partition(": ")
        line = self.lines.get(thing, self.lines.get(name))
        return ", ".join(
            part for part in (self.source, f"line {line}" if line else "", name) if part
        )
