"""Columns that look like personal data, by their names, their wording and their content.

A name alone is not enough where content can tell: `phone_use` with answers from 1 to 5 and
`email_frequency` with "daily" and "weekly" are questions, not contact details.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .codebook import Variable
from .name_words import squeezed, words_of
from .panel import Withheld
from .personal_patterns import ALWAYS, COMPANIONS, KINDS, Evidence, PersonalKind
from .table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["find_personal"]

MAX_SAMPLE = 2_000
"""Different texts looked at per column, evenly spread."""
MAX_LENGTH = 1_000
"""Letters looked at per text."""
MOST = 0.5
"""Share of texts that must be of a kind where the name says nothing."""
WITHIN = 0.02
"""Share of free texts that must contain something of a kind, at least two of them."""


@dataclass(frozen=True, slots=True)
class _Column:
    """What the checks look at.

    Attributes:
        variable: Its codebook entry.
        texts: Different texts, up to `MAX_SAMPLE`; none for numbers.
        numbers: Different numbers; none for texts.
        distinct: Number of different values divided by the number of values.
        count: Number of values.
    """

    variable: Variable
    texts: Sequence[str]
    numbers: Sequence[float]
    distinct: float
    count: int


def find_personal(table: Table) -> tuple[Withheld, ...]:
    """Find the columns that look like personal data, in the order of the file.

    Recognised are names, e-mail addresses, phone numbers, IP addresses, locations, response ids of
    survey platforms, postal addresses and codes, dates of birth, national ids and account numbers;
    column names in English, German, French, Spanish and Dutch. Columns of numbers are flagged by
    name only for locations and postal codes, and only if the numbers could be such.
    """
    found = []
    for variable in table.variables:
        if variable.kind == "number" and not _speaks(variable.name):
            continue  # numbers are never flagged by content, and counting them takes long
        column = _look_at(variable, table.frame[variable.name])
        entry = _personal(column)
        if entry is not None:
            found.append(entry)
    return tuple(found)


def _speaks(name: str) -> bool:
    """Whether a name is that of any kind of personal data."""
    return squeezed(name) in ALWAYS or any(_named(kind, name) for kind in KINDS)


def _look_at(variable: Variable, column: pd.Series[Any]) -> _Column:
    answered = column.dropna()
    unique = answered.unique()
    distinct = len(unique) / len(answered) if len(answered) else 0.0
    texts: list[str] = []
    numbers: list[float] = []
    if variable.kind == "text":
        step = max(1, len(unique) // MAX_SAMPLE)
        texts = [text.strip()[:MAX_LENGTH] for text in map(str, unique[::step])]
    elif variable.kind == "number" and len(unique):
        numbers = unique.astype(np.float64).tolist()
    return _Column(variable, texts, numbers, distinct, len(answered))


def _personal(column: _Column) -> Withheld | None:
    name = column.variable.name
    squeezed_name = squeezed(name)
    if squeezed_name in ALWAYS and not column.variable.labels:
        return Withheld(name, ALWAYS[squeezed_name], "column name")
    for kind in KINDS:
        why = _why(kind, column)
        if why:
            return Withheld(name, kind.title, why)
    return None


def _why(kind: PersonalKind, column: _Column) -> str:
    """Why a column looks like this kind of personal data, or ""."""
    variable = column.variable
    if variable.labels and not column.texts:
        return ""
    by_name = _named(kind, variable.name)
    asked = kind.asked is not None and kind.asked.search(variable.wording) is not None
    if column.numbers:
        fits = kind.numbers is not None and kind.numbers(column.numbers)
        return "column name" if by_name and fits else ""
    if variable.kind == "date":
        return "column name" if by_name and kind.dates else ""
    if not column.texts:
        return ""
    evidence = Evidence(column.texts, column.distinct, column.count)
    if (by_name or asked) and kind.plausible(evidence):
        return "column name" if by_name else "question wording"
    whole = _matching(kind.whole, column.texts, full=True)
    if whole and whole >= MOST * len(column.texts):
        return f"{whole:,} of {len(column.texts):,} different values look like {kind.plural}"
    within = _matching(kind.within, column.texts, full=False)
    if within >= 2 and within >= WITHIN * len(column.texts):
        return f"{within:,} of {len(column.texts):,} different texts contain {kind.plural}"
    return ""


def _matching(pattern: re.Pattern[str] | None, texts: Sequence[str], *, full: bool) -> int:
    if pattern is None:
        return 0
    match: Callable[[str], re.Match[str] | None] = pattern.fullmatch if full else pattern.search
    return sum(match(text) is not None for text in texts)


def _named(kind: PersonalKind, name: str) -> bool:
    """Whether all words of a name speak of this kind, apart from numbers and companions."""
    if squeezed(name) in kind.names:
        return True
    words = [word for word in words_of(name) if not word.isdigit()]
    speaking = [word for word in words if word in kind.names]
    rest = [word for word in words if word not in kind.names]
    return bool(speaking) and all(word in COMPANIONS for word in rest)
