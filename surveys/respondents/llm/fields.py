"""A question taken apart into the parts of the JSON that answers it."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ....data.codebook import Code, Variable
from ...question import Option, Question, Shown
from ...questions import (
    ConstantSum,
    Date,
    Display,
    Likert,
    Matrix,
    Multiple,
    Numeric,
    Ranking,
    Single,
    Slider,
    Text,
    parts,
)
from .asking import Asking, Mode
from .choices import NOTHING, Choice, Choices, key_of
from .pictures import readable

__all__ = [
    "MOST_CHOICES",
    "MOST_LETTERS",
    "Field",
    "Part",
    "Take",
    "field_of",
    "letter",
    "mode_for",
]

MOST_LETTERS = 20
"""Most options of a question answered with a letter: the most alternatives a provider returns."""
MOST_CHOICES = 255
"""Most options of a question for a provider's decisions."""

_CLOSED = (Single, Likert, Matrix)


class Take(StrEnum):
    """What a part of an answer is."""

    CODE = "code"
    CODES = "codes"
    """Several of the choices, in any order."""
    ORDER = "order"
    """Several of the choices, first to last."""
    NUMBER = "number"
    DAY = "day"
    WORDS = "words"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One property of the JSON.

    Attributes:
        suffix: What its key has after the question's.
        take: What it is.
        variables: What it fills. For several choices, by their keys; else one, under "".
        choices: What may be chosen; for numbers and words, the offered non-answers.
        label: What the row says, plain.
        low: Lowest number taken.
        high: Highest number taken.
        integer: Whether only whole numbers are.
        unit: Of a number.
        most: How many may be put in order.
        opened_by: Of a text that specifies: what opens it when chosen.
    """

    suffix: str
    take: Take
    variables: dict[str, str]
    choices: Choices = NOTHING
    label: str = ""
    low: float | None = None
    high: float | None = None
    integer: bool = False
    unit: str = ""
    most: int = 0
    opened_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A question with the parts that answer it.

    Attributes:
        shown: The question as shown.
        parts: None for display text.
        can_pass: Whether it may be passed over.
        joint: Whether its parts make one answer, so that one that fails spoils the others.
        certain: Whether every choice is known to be legal whatever the others are.
    """

    shown: Shown
    parts: tuple[Part, ...]
    can_pass: bool
    joint: bool
    certain: bool

    @property
    def specify(self) -> Part | None:
        """The part that says what is meant by "other", if there is one."""
        return self.parts[-1] if self.parts and self.parts[-1].opened_by else None


def mode_for(shown: Shown, mode: Mode) -> Mode:
    """The mode a question is asked in where `mode` is wanted: open ones can only be answered.

    Letters and decisions take questions with one choice for each variable, and letters one
    variable at a time: a matrix is to be asked by rows.
    """
    if mode.json:
        return mode
    question = shown.question
    if not isinstance(question, _CLOSED):
        return Mode.CHOICE
    most = MOST_LETTERS if mode is Mode.LOGPROBS else MOST_CHOICES
    rows = len(shown.items) if isinstance(question, Matrix) else 1
    if not 2 <= len(shown.options) <= most or (mode is Mode.LOGPROBS and rows != 1):
        return Mode.CHOICE
    return mode


def letter(place: int) -> str:
    """The letter of the 0-based place: A to Z, then AA, AB, …

    >>> letter(0), letter(26)
    ('A', 'AA')
    """
    name = ""
    place += 1
    while place:
        place, last = divmod(place - 1, 26)
        name = string.ascii_uppercase[last] + name
    return name


def field_of(shown: Shown, asking: Asking) -> Field:
    """Take a question apart.

    Raises:
        ValueError: It cannot be asked in that mode; see `mode_for`.
    """
    question = shown.question
    if mode_for(shown, asking.mode) is not asking.mode and shown.variables:
        raise ValueError(f"{shown.name} cannot be asked by {asking.mode}")
    can_pass = asking.nonresponse and asking.mode.json and not question.required
    choices = _choices(question, shown.options, letters=asking.mode is Mode.LOGPROBS)
    found = tuple(_parts(shown, choices))
    if not asking.mode.json:
        found = tuple(part for part in found if part.take is Take.CODE)
    joint = not isinstance(question, (Matrix, Display)) and len(shown.variables) > 1
    if isinstance(question, (Single, Likert)):
        joint = False
    certain = type(question) in _CLOSED and all(
        shown.problem({name: choice.code}) is None
        for part in found
        if part.take is Take.CODE
        for name in part.variables.values()
        for choice in choices
        if choice.reason is None
    )
    return Field(shown, found, can_pass, joint, certain)


# --- parts of each question type --------------------------------------------------------------


def _choices(question: Question, offered: Iterable[Option], *, letters: bool) -> Choices:
    """What is offered, in written order, so that the order shown is told by the page alone."""
    if letters:
        seen = enumerate(Choice.of(option, 0) for option in offered)
        return Choices([dataclasses.replace(choice, key=letter(at)) for at, choice in seen])
    by_code = {option.code: option for option in offered}
    return Choices(
        [
            Choice.of(by_code[option.code], place)
            for place, option in enumerate(question.options, 1)
            if option.code in by_code
        ]
    )


def _parts(shown: Shown, choices: Choices) -> Iterator[Part]:
    question = shown.question
    names = {variable.name for variable in shown.variables}
    refusals = Choices([choice for choice in choices if choice.reason is not None])
    match question:
        case Display():
            return
        case Single() | Likert():
            yield Part("", Take.CODE, {"": question.name}, choices)
            yield from _specify(question, choices, names)
        case Multiple():
            by_code = {option.code: option for option in shown.options}
            fills = {
                choice.key: parts.option_name(question, by_code[choice.code])
                for choice in choices
                if choice.reason is None
            }
            yield Part("", Take.CODES, fills, choices)
            yield from _specify(question, choices, names)
        case Matrix():
            for place, item in enumerate(shown.items, 1):
                fills = {"": parts.item_name(question, item)}
                yield Part(f"_{place}", Take.CODE, fills, choices, readable(item.label))
        case ConstantSum():
            for place, item in enumerate(shown.items, 1):
                yield Part(
                    f"_{place}",
                    Take.NUMBER,
                    {"": parts.item_name(question, item)},
                    refusals,
                    readable(item.label),
                    low=0.0,
                    high=float(question.total),
                    integer=question.integer,
                    unit=question.unit,
                )
        case Ranking():
            ranked = [
                Choice(letter(place), letter(place), readable(item.label))
                for place, item in enumerate(shown.items)
            ]
            # Letters tell items from ranks; a non-answer keeps its code.
            fills = {
                choice.key: parts.item_name(question, item)
                for choice, item in zip(ranked, shown.items, strict=True)
            }
            spare = [choice for choice in refusals if choice.key not in fills]
            most = min(question.top or len(ranked), len(ranked))
            yield Part("", Take.ORDER, fills, Choices([*ranked, *spare]), most=most)
        case Numeric() | Slider():
            if isinstance(question, Numeric):
                whole = question.integer
            else:
                whole = float(question.minimum).is_integer() and float(question.step).is_integer()
            yield Part(
                "",
                Take.NUMBER,
                {"": question.name},
                refusals,
                low=question.minimum,
                high=question.maximum,
                integer=whole,
                unit=question.unit,
            )
        case Date():
            yield Part("", Take.DAY, {"": question.name}, refusals)
        case Text():
            yield Part("", Take.WORDS, {"": question.name}, refusals)
        case _:
            yield from (
                _plain_part(variable, place, len(shown.variables) > 1)
                for place, variable in enumerate(shown.variables, 1)
            )


def _specify(question: Question, choices: Choices, names: set[str]) -> Iterator[Part]:
    name = f"{question.name}_text"
    opening = tuple(choice.key for choice in choices if choice.specify)
    if opening and name in names:
        yield Part("_text", Take.WORDS, {"": name}, opened_by=opening)


def _plain_part(variable: Variable, place: int, several: bool) -> Part:
    """A variable of a question type that is known by its variables only."""
    offered: list[tuple[Code, str]] = list(variable.labels) if variable.categorical else []
    choices = [
        Choice(key_of(code, at), code if isinstance(code, str) else float(code), readable(label))
        for at, (code, label) in enumerate(offered, 1)
    ]
    choices += [
        Choice(key_of(m.code, at), m.code, readable(m.label or m.reason), m.reason)
        for at, m in enumerate(variable.missing, len(choices) + 1)
    ]
    take = Take.CODE
    if not variable.categorical:
        take = {"number": Take.NUMBER, "text": Take.WORDS, "date": Take.DAY}[variable.kind]
    low, high = variable.range or (None, None)
    return Part(
        f"_{place}" if several else "",
        take,
        {"": variable.name},
        Choices(choices),
        readable(variable.label) if several else "",
        low=low if take is Take.NUMBER else None,
        high=high if take is Take.NUMBER else None,
    )
