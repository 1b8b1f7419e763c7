"""What a question is: wording, options, rows, and the variables its answer fills."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from ..data.codebook import Code, Reason, Variable

if TYPE_CHECKING:
    from .logic import Expression

__all__ = ["Item", "Like", "Option", "Question", "Shown", "Shuffle"]


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
    """

    code: Code
    label: str
    reason: Reason | None = None
    exclusive: bool = False
    anchored: bool = False
    specify: bool = False
    show_if: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of a matrix, one thing to rank, or one part of a constant sum.

    Attributes:
        name: The variable it fills is `QUESTION_NAME`.
        label: What people read.
        anchored: Keeps its place when the rows are shuffled.
        show_if: Shown only where this holds.
    """

    name: str
    label: str
    anchored: bool = False
    show_if: Expression | None = None


@dataclass(frozen=True, slots=True)
class Like:
    """A declared relative: "people who score high on `item` score high (or low) here".

    Attributes:
        item: A variable of the panel.
        direction: +1 if higher answers go with higher answers, -1 if with lower ones.
    """

    item: str
    direction: int


@dataclass(frozen=True, kw_only=True)
class Question(ABC):
    """Base of all question types. A type is one file in `questions/` and one registration.

    Attributes:
        kind: The type's name in questionnaire files.
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
    """

    kind: ClassVar[str]

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

    @abstractmethod
    def variables(self) -> tuple[Variable, ...]:
        """Return the variables that an answer fills, in order; none for display text."""

    @abstractmethod
    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say what is wrong with an answer, in a clause a respondent could act on, or None.

        Args:
            values: By variable name, the substantive value given; None where there is none.
        """

    def panel_names(self) -> dict[str, str]:
        """Map this question's variables to the panel variables they ask again."""
        names = [v.name for v in self.variables()]
        if not self.item:
            return {name: name for name in names}
        return {name: self.item + name.removeprefix(self.name) for name in names}


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as one person sees it.

    Attributes:
        question: The question as written.
        name: Its name here; inside a loop it ends in the loop value (`rating_2`).
        text: The wording after arm and piping.
        options: The options offered, in the order shown, labels piped.
        items: The rows offered, in the order shown, labels piped.
        variables: The variables to fill, named for this place.
    """

    question: Question
    name: str
    text: str
    options: tuple[Option, ...]
    items: tuple[Item, ...]
    variables: tuple[Variable, ...]
