"""A page as a model is asked it: text, schema, and what is needed to read the answer.

Thousands of people are shown the same page, so what is made of a page is kept by what it shows.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ....data.codebook import Variable
from ....twins.llm.chat import ChoiceQuestion, Format
from ...question import Shown
from ...questions import Matrix, parts
from .asking import Asking, Mode, Strictness
from .fields import Field, Take, field_of
from .formats import format_of, shape_text
from .wording import in_order, question_text

__all__ = ["Asked", "ask", "by_row"]

KEPT_PAGES = 512
KEPT_QUESTIONS = 2048

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Asked:
    """A page, or part of one, as it is put to a model in one call.

    Attributes:
        asking: How.
        fields: Its questions, display text included, in the order shown.
        keys: Their keys in the JSON: "q1", "q2", …; "" for display text.
    """

    asking: Asking
    fields: tuple[Field, ...]
    keys: tuple[str, ...]

    @functools.cached_property
    def variables(self) -> tuple[Variable, ...]:
        """What the answer fills, in order."""
        return tuple(variable for field in self.fields for variable in field.shown.variables)

    @functools.cached_property
    def text(self) -> str:
        """The page as text, for the user's turn.

        For `Mode.DECISIONS` only what is shown besides the questions in `decisions`; may be "".
        """
        mode = self.asking.mode
        written = [
            question_text(field, key if mode.json else "", mode)
            for field, key in zip(self.fields, self.keys, strict=True)
            if mode is not Mode.DECISIONS or not key
        ]
        if self.asking.strictness is Strictness.NONE and mode.json:
            written.append(shape_text(self.fields, self.keys, self.asking))
        return "\n\n".join(written)

    @functools.cached_property
    def format(self) -> Format | None:
        """The JSON schema; None where none is to be sent."""
        return format_of(self.fields, self.keys, self.asking)

    @functools.cached_property
    def decisions(self) -> tuple[ChoiceQuestion, ...]:
        """The questions for a provider's decisions; none in other modes."""
        if self.asking.mode is not Mode.DECISIONS:
            return ()
        return tuple(
            ChoiceQuestion(
                f"{key}{part.suffix}",
                question_text(dataclasses.replace(field, parts=(part,)), "", Mode.DECISIONS),
                tuple((choice.key, choice.label) for choice in in_order(field)),
            )
            for field, key in zip(self.fields, self.keys, strict=True)
            for part in field.parts
            if part.take is Take.CODE
        )


class Kept(Generic[T]):
    """Values made once by key; the least recently used go when there are too many.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made if it is not kept."""
        value = self._values.get(key)
        if value is None:
            value = make()
            self._values[key] = value
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        else:
            self._values.move_to_end(key)
        return value

    def __len__(self) -> int:
        return len(self._values)


_PAGES: Kept[Asked] = Kept(KEPT_PAGES)
_FIELDS: Kept[Field] = Kept(KEPT_QUESTIONS)


def ask(questions: Sequence[Shown], asking: Asking) -> Asked:
    """Return what a page is asked with; the same object for all who are shown the same.

    Args:
        questions: As this person sees them, display text included, in order.
        asking: How they are asked.

    Raises:
        ValueError: A question cannot be asked in that mode; see `fields.mode_for`.
    """
    prints = tuple([_print(shown) for shown in questions])
    return _PAGES.get((asking, prints), lambda: _make(questions, prints, asking))


def by_row(shown: Shown) -> tuple[Shown, ...]:
    """A matrix as one question for each row; any other question as it is."""
    if not isinstance(shown.question, Matrix) or len(shown.items) < 2:
        return (shown,)
    by_name = {variable.name: variable for variable in shown.variables}
    return tuple(
        dataclasses.replace(
            shown, items=(item,), variables=(by_name[parts.item_name(shown.question, item)],)
        )
        for item in shown.items
    )


def _make(questions: Sequence[Shown], prints: Sequence[Hashable], asking: Asking) -> Asked:
    fields, keys, number = [], [], 0
    for shown, seen in zip(questions, prints, strict=True):
        fields.append(_FIELDS.get((asking, seen), functools.partial(field_of, shown, asking)))
        number += bool(shown.variables)
        keys.append(f"q{number}" if shown.variables else "")
    return Asked(asking, tuple(fields), tuple(keys))


def _print(shown: Shown) -> Hashable:
    """What tells one showing of a question from another.

    The question itself stands in it by its identity: it is kept alive by what is made of it, and
    comparing questions by value would cost more than asking them.
    """
    return (
        id(shown.question),
        shown.text,
        tuple([(option.code, option.label) for option in shown.options]),
        tuple([(item.name, item.label) for item in shown.items]),
    )
