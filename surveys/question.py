"""What a question is: wording, options, rows, and the variables its answer fills."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from ..data.codebook import Code, Reason, Variable, code_text

if TYPE_CHECKING:
    from .logic.expression import Expression

__all__ = ["Item", "Like", "Option", "Question", "Shown", "Shuffle", "Wording"]


class Shuffle(StrEnum):
    """How options or rows are ordered for each person."""

    FIXED = "fixed"
    RANDOM = "random"
    REVERSE = "reverse"
    """As written for one half of the people, reversed for the other: for rating scales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer option.

    Attributes:
        code: What is stored when it is chosen.
        label: What people read.
        reason: None for a substantive option; otherwise the option is an offered non-answer
            ("don't know") and choosing it leaves the variable missing for this reason.
        exclusive: Rules out all other options ("none of these").
        anchored: Keeps its place when the options are shuffled.
        specify: Opens a text field; the text fills the variable `NAME_text`.
        show_if: Shown only where this holds.
        variable: In a multiple choice, the variable it fills where that is not `NAME_CODE`.
    """

    code: Code
    label: str
    reason: Reason | None = None
    exclusive: bool = False
    anchored: bool = False
    specify: bool = False
    show_if: Expression | None = None
    variable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of a matrix, one thing to rank, or one part of a constant sum.

    Attributes:
        name: The variable it fills is `QUESTION_NAME`.
        label: What people read.
        anchored: Keeps its place when the rows are shuffled.
        show_if: Shown only where this holds.
        variable: The variable it fills where that is not `QUESTION_NAME`.
    """

    name: str
    label: str
    anchored: bool = False
    show_if: Expression | None = None
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Like:
    """A declared relative: "people who score high on `item` score high (or low) here".

    Attributes:
        item: A variable of the panel.
        direction: +1 if higher answers go with higher answers, -1 if with lower ones.
    """

    item: str
    direction: int


@dataclass(frozen=True, slots=True)
class Wording:
    """What a question says to people in one arm of a condition."""

    condition: str
    arm: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Question(ABC):
    """Base of all question types. A type is one file in `questions/` and one registration.

    Besides the attributes of its instances, a type declares four things on its class: `kind`, its
    name in questionnaire files; `keys`, its own keys there, each with the kind of value it takes
    ("number", "count", "flag", "text", "date", "level"); and whether it `takes_options`,
    `takes_items`.

    Attributes:
        name: Unique in the questionnaire; the stem of its variables' names.
        text: The wording, which may hold piped text in `{braces}`.
        label: Short label for tables; the wording where empty.
        required: Whether it must be answered. If not, passing over it is item nonresponse.
        show_if: Asked only where this holds.
        item: Panel variable that this question asks again, when its name differs.
        like: A declared relative of this question in the panel.
        options: Answer options, in written order.
        items: Rows, in written order.
        shuffle_options: How options are ordered for each person.
        shuffle_items: How rows are ordered for each person.
        expect: For an attention check, the code an attentive person chooses.
        anchored: Keeps its place when the questions of its block are shuffled.
        wordings: The wording by arm, where it depends on one; `text` is then the first of them.
    """

    kind: ClassVar[str]
    keys: ClassVar[Mapping[str, str]] = {}
    takes_options: ClassVar[bool] = False
    """If not, options may only be offered non-answers ("don't know")."""
    takes_items: ClassVar[bool] = False

    name: str
    text: str
    label: str = ""
    required: bool = False
    show_if: Expression | None = None
    item: str = ""
    like: Like | None = None
    options: tuple[Option, ...] = ()
    items: tuple[Item, ...] = ()
    shuffle_options: Shuffle = Shuffle.FIXED
    shuffle_items: Shuffle = Shuffle.FIXED
    expect: Code | None = None
    anchored: bool = False
    wordings: tuple[Wording, ...] = ()

    @abstractmethod
    def variables(self) -> tuple[Variable, ...]:
        """Return the variables that an answer fills, in order; none for display text."""

    @abstractmethod
    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say what is wrong with an answer, in a clause a respondent could act on, or None.

        A required question that offers non-answers may have only None: whether one of them was
        chosen or the question passed over is told by the reason, which is not seen here.

        Args:
            values: By variable name, the substantive value given; None where there is none.
                Variables that were not shown (hidden rows and options) are left out.
        """

    def fault(self) -> str | None:
        """Say what makes the question itself unaskable ("the bounds are empty"), or None."""
        return None

    def panel_names(self) -> dict[str, str]:
        """Map this question's variables to the panel variables they ask again."""
        names = [v.name for v in self.variables()]
        if not self.item:
            return {name: name for name in names}
        stem = self.name
        return {
            name: self.item + name[len(stem) :] if name.startswith(stem) else name for name in names
        }

    @property
    def answers(self) -> tuple[Option, ...]:
        """The substantive options."""
        return tuple(option for option in self.options if option.reason is None)

    @property
    def non_answers(self) -> tuple[Option, ...]:
        """The options that are offered non-answers."""
        return tuple(option for option in self.options if option.reason is not None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as one person sees it.

    Attributes:
        question: The question, named for this place: inside a loop it is the instance, so that
            `question.problem(...)` and `question.panel_names()` speak of the names here.
        name: Its name here; inside a loop it ends in the loop value (`rating_2`).
        text: The wording after arm and piping.
        options: The options offered, in the order shown, labels piped.
        items: The rows offered, in the order shown, labels piped.
        variables: The variables to fill, named for this place, without those of hidden rows and
            options.
    """

    question: Question
    name: str
    text: str
    options: tuple[Option, ...]
    items: tuple[Item, ...]
    variables: tuple[Variable, ...]

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say what is wrong with an answer given here, or None.

        Args:
            values: As for `Question.problem`; one entry for each of `variables`.
        """
        names = {variable.name for variable in self.variables}
        for name in values:
            if name not in names:
                return f"{name!r} is not asked here"
        if self.question.takes_options and len(self.options) < len(self.question.options):
            offered = {option.code for option in self.options}
            hidden = {option.code for option in self.question.answers} - offered
            for variable in self.variables:
                value = values.get(variable.name)
                if variable.categorical and value in hidden and value in variable.codes:
                    return f"{code_text(value)} is not offered here"
        return self.question.problem(values)
