"""A person's record as facts: what was asked, what was answered, in words and as a code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..data.codebook import Code, Codebook, Level, Reason, Role, Variable, code_text
from .plain import is_tame, plain

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["Fact", "RecordReader", "matrix_rows"]

_WITHHELD_ANSWERS = {
    Reason.REFUSED: "did not want to say",
    Reason.DONT_KNOW: "did not know",
}
"""Absences that are something the person did. Not asked, skipped or blank says nothing of them."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer of one person.

    Attributes:
        name: Name of the variable.
        label: Its short label, plain text; "" where the codebook has none.
        wording: The question as asked, a matrix row with its stem before it; else the label, else
            the name. Plain text.
        row: What tells it apart from the rows or options under the same stem, or "".
        answer: The answer in words: value labels, numbers with their scale, own words as given.
        code: The answer as stored; None where it was withheld.
        block: Thematic block, or "".
        group: Matrix or multiple-response set, or "".
        role: `Role.DEMOGRAPHIC` or `Role.ITEM`.
        level: Measure level of the variable.
        own_words: Whether `answer` is the person's own text: to be fenced, never pasted.
        withheld: Why there is no answer (refused or don't know only), else None.
    """

    name: str
    label: str
    wording: str
    row: str
    answer: str
    code: Code | None
    block: str
    group: str
    role: Role
    level: Level
    own_words: bool = False
    withheld: Reason | None = None

    @property
    def title(self) -> str:
        """The best short name: label, else wording."""
        return self.label or self.wording


class _Column:
    """What is needed to turn one variable's cells into facts, worked out once per panel."""

    def __init__(self, variable: Variable, panel: Panel, *, is_row: bool) -> None:
        self.variable = variable
        self.label = plain(variable.label)
        self.wording = plain(variable.wording) or variable.name
        self.row = self.label if is_row else ""
        if is_row:
            self.wording = f"{self.wording} {self.label}"
        self.labels = {code: plain(text) for code, text in variable.labels}
        self.own_words = variable.level is Level.TEXT
        column = panel.frame[variable.name]
        self.numbers: npt.NDArray[np.float64] | None = None
        self.cells = column
        if variable.kind == "number":
            self.numbers = column.to_numpy(dtype=np.float64)
        self.status = panel.status.get(variable.name)
        self.scale = self._scale()
        # Text that several people gave word for word is a category, not somebody's own words.
        self.common: frozenset[str] = frozenset()
        if variable.kind == "text" and not self.own_words:
            counts = Counter(column.dropna().tolist())
            self.common = frozenset(text for text, n in counts.items() if n > 1 and is_tame(text))

    def _scale(self) -> str:
        """Words that place an unlabelled number on its scale: "(0 = never, 10 = always)"."""
        bounds = self.variable.bounds
        unscaled = self.variable.level is Level.MULTIPLE or self.variable.role is Role.DEMOGRAPHIC
        if bounds is None or unscaled:
            return ""
        low, high = bounds
        ends = self.labels.get(low, ""), self.labels.get(high, "")
        if all(ends) and ends != (code_text(low), code_text(high)):
            return f" ({code_text(low)} = {ends[0]}, {code_text(high)} = {ends[1]})"
        return f" (scale {code_text(low)} to {code_text(high)})"

    def code(self, row: int) -> Code | None:
        if self.numbers is not None:
            number = float(self.numbers[row])
            return None if number != number else number
        value: Any = self.cells.iat[row]
        if value is None or value != value:
            return None
        if self.variable.kind == "date":
            return str(value).removesuffix(" 00:00:00")
        return str(value)

    def fact(self, row: int) -> Fact | None:
        code = self.code(row)
        if code is None:
            return None
        label = self.labels.get(code)
        own_words = False
        if self.variable.level is Level.MULTIPLE and code in (0.0, 1.0):
            # An option's labels may read "Selected", "Yes", or repeat the option itself.
            answer = "chosen" if code == 1.0 else "not chosen"
        elif label is not None and label != code_text(code):
            answer = label
        elif isinstance(code, str):
            answer = label or code
            own_words = self.own_words or (
                self.variable.kind == "text" and label is None and code not in self.common
            )
        else:
            answer = _number(code) + self.scale
        return self._make(answer, code, own_words=own_words)

    def withheld(self, row: int) -> Fact | None:
        if self.status is None or self.code(row) is not None:
            return None
        k = int(self.status[row])
        reason = self.variable.missing[k - 1].reason if k else Reason.NOT_RECORDED
        answer = _WITHHELD_ANSWERS.get(reason)
        return self._make(answer, None, reason=reason) if answer else None

    def _make(
        self,
        answer: str,
        code: Code | None,
        *,
        own_words: bool = False,
        reason: Reason | None = None,
    ) -> Fact:
        v = self.variable
        return Fact(
            v.name,
            self.label,
            self.wording,
            self.row,
            answer,
            code,
            v.block,
            v.group,
            v.role,
            v.level,
            own_words,
            reason,
        )


def matrix_rows(book: Codebook) -> frozenset[str]:
    """Names of the variables whose question is shared, so that only the label says what is asked.

    To be found in the whole codebook: a row is a row, also when the others are held out.
    """
    by_question: dict[str, set[str]] = defaultdict(set)
    for variable in book:
        by_question[plain(variable.question)].add(plain(variable.label))
    found = set()
    for variable in book:
        question, label = plain(variable.question), plain(variable.label)
        shared = len(by_question[question]) > 1
        if question and label and shared and label.casefold() not in question.casefold():
            found.add(variable.name)
    return frozenset(found)


def _number(code: float) -> str:
    """A number as people say it: whole, or to six significant digits."""
    return code_text(code) if float(code).is_integer() else f"{code:.6g}"


class RecordReader:
    """Reads facts out of a visible panel, row by row, without copying it.

    Args:
        panel: The panel, hidden and bookkeeping variables already gone.
        rows: Names of variables whose question is a stem, completed by their label.
    """

    def __init__(self, panel: Panel, rows: Collection[str] = ()) -> None:
        self._columns = {v.name: _Column(v, panel, is_row=v.name in rows) for v in panel.codebook}

    def facts(self, row: int) -> tuple[Fact, ...]:
        """Answers of one row, in codebook order; missing values are no facts."""
        found = (column.fact(row) for column in self._columns.values())
        return tuple(fact for fact in found if fact is not None)

    def withheld(self, row: int) -> tuple[Fact, ...]:
        """Refusals and don't-knows of one row as facts, in codebook order."""
        found = (column.withheld(row) for column in self._columns.values())
        return tuple(fact for fact in found if fact is not None)
