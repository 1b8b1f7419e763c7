"""One column of cells into numbers, dates or text, with a word on whatever is not obvious."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, Kind, Level, Variable
from ..table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ABSENT_WORDS",
    "EXACT",
    "TRUTH",
    "Column",
    "column_notes",
    "count_of",
    "from_texts",
    "renamed_notes",
    "table_of",
    "to_dates",
    "unique_names",
    "variable_of",
]

ABSENT_WORDS = frozenset({"NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "#NULL!", "."})
"""Words that mean "no value" in a column of numbers; in a column of text they are text."""

EXACT = 2**53
"""Whole numbers from here on lose digits as float64, so such a column stays text."""

TRUTH: tuple[tuple[Code, str], ...] = ((0.0, "False"), (1.0, "True"))

_COMMAS = "decimal commas are read as decimal points"
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?")
_COMMA_NUMBER = re.compile(r"[-+]?(?:\d+|\d*,\d+)")
_CODED = re.compile(r"[-+]?0\d")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[-+]\d\d:?\d\d)?)?"
)


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it enters a `Table`.

    Attributes:
        values: float64, str or datetime64 with NaN, None or NaT for what is missing.
        kind: What cells hold.
        labels: Value labels, for truth values.
        note: What was not obvious, without the column's name and a final full stop; or "".
        absent: Those of `ABSENT_WORDS` that occurred and count as missing.
    """

    values: npt.NDArray[Any] | pd.Series[Any]
    kind: Kind
    labels: tuple[tuple[Code, str], ...] = ()
    note: str = ""
    absent: tuple[str, ...] = ()


def column_notes(columns: Mapping[str, Column]) -> tuple[str, ...]:
    """The notes of all columns; columns with the same note share one."""
    by_note: dict[str, list[str]] = {}
    for name, column in columns.items():
        if column.note:
            by_note.setdefault(column.note, []).append(name)
    return tuple(
        f"{_some(names)}{f' ({len(names)} columns)' if len(names) > 3 else ''}: {note}"
        for note, names in by_note.items()
    )


def variable_of(name: str, column: Column, **declared: Any) -> Variable:
    """The codebook entry of a column about which a file says no more than `declared`."""
    level = Level.TEXT if column.kind == "text" else Level.NOMINAL
    if column.kind == "date":
        level = Level.INTERVAL
    entry = Variable(name=name, level=level, kind=column.kind, labels=column.labels)
    return entry.replace(**declared) if declared else entry


def table_of(columns: Mapping[str, Column]) -> Table:
    """A table of columns about which the file says nothing but their names."""
    import pandas as pd

    return Table(
        frame=pd.DataFrame({name: column.values for name, column in columns.items()}),
        variables=tuple(variable_of(name, column) for name, column in columns.items()),
        notes=column_notes(columns),
    )


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names as they can be used: none empty, none twice.

    An empty name becomes `column_3` by its position, or `rownames` in the first column, where R
    writes row names; the second and third `x` become `x.2` and `x.3`. Runs of white space become
    one space.
    """
    clean = [" ".join(name.split()) for name in names]
    taken = set(clean)
    found: dict[str, None] = {}
    counts: dict[str, int] = {}
    for position, name in enumerate(clean, start=1):
        base = name or ("rownames" if position == 1 else f"column_{position}")
        new = base
        while new in found or (new != name and new in taken):
            counts[base] = counts.get(base, 1) + 1
            new = f"{base}.{counts[base]}"
        found[new] = None
    return tuple(found)


def renamed_notes(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """One note on columns that had no name, one on those whose name was taken."""
    unnamed = [b for a, b in zip(old, new, strict=True) if not a.strip()]
    repeated = [b for a, b in zip(old, new, strict=True) if a.strip() and " ".join(a.split()) != b]
    notes = []
    if unnamed:
        notes.append(f"{count_of(unnamed, 'column')} without a name: now called {_some(unnamed)}")
    if repeated:
        notes.append(
            f"{count_of(repeated, 'column')} with a name used before: now called {_some(repeated)}"
        )
    return tuple(notes)


def count_of(things: Sized | int, noun: str) -> str:
    """A count and its noun: "1 column", "1,224 columns"."""
    number = things if isinstance(things, int) else len(things)
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _some(names: Sequence[str], count: int = 3) -> str:
    return ", ".join(names[:count]) + (", …" if len(names) > count else "")


def from_texts(texts: pd.Series[Any], *, decimal_comma: bool = False) -> Column:
    """Make a column from cells as text.

    Blank cells are missing. `ABSENT_WORDS` are missing in a column whose other cells are all
    numbers. Codes with leading zeros and whole numbers of more than 15 digits stay text, and so
    does a column that mixes numbers and words. Only ISO 8601 dates are dates.

    Args:
        texts: The cells, str or missing, shape (people,).
        decimal_comma: Whether "1,5" is a number.
    """
    import pandas as pd

    codes, unique = pd.factorize(texts)
    words = [str(word) for word in unique]
    stripped = [word.strip() for word in words]
    present = {word for word in stripped if word}
    substantive = present - ABSENT_WORDS
    absent = tuple(sorted(present & ABSENT_WORDS))

    def numeric(convert: dict[str, float]) -> npt.NDArray[np.float64]:
        table = np.array([*(convert.get(word, np.nan) for word in stripped), np.nan])
        return np.asarray(table[codes], dtype=np.float64)

    if {word.casefold() for word in substantive} <= {"true", "false"}:
        truth = {word: float(word.casefold() == "true") for word in substantive}
        return Column(numeric(truth), "number", TRUTH if truth else (), absent=absent)
    numbers = {word: float(word) for word in substantive if _NUMBER.fullmatch(word)}
    if len(numbers) == len(substantive):
        kept = _why_text(substantive, numbers)
        if not kept:
            return Column(numeric(numbers), "number", absent=absent)
        return Column(_text(codes, words, stripped), "text", note=kept)
    if decimal_comma and all(_COMMA_NUMBER.fullmatch(word) for word in substantive):
        values = {word: float(word.replace(",", ".")) for word in substantive}
        kept = _why_text(substantive, values)
        if not kept:
            return Column(numeric(values), "number", note=_COMMAS, absent=absent)
        return Column(_text(codes, words, stripped), "text", note=kept)
    if all(_DATE.fullmatch(word) for word in substantive):
        dates = to_dates(stripped)
        if dates is not None:
            table = np.append(dates, np.datetime64("NaT"))
            return Column(table[codes], "date", absent=absent)
    return Column(
        _text(codes, words, stripped), "text", note=_mixture(codes, stripped, numbers.keys())
    )


def _why_text(words: set[str], numbers: dict[str, float]) -> str:
    """Why a column of digits is not read as numbers, or ""."""
    coded = sorted(word for word in words if _CODED.match(word) and not word.startswith("0."))
    if coded:
        return f"codes with leading zeros such as {coded[0]!r} are kept as text"
    endless = sorted(word for word in words if not math.isfinite(numbers[word]))
    if endless:
        return f"numbers as large as {endless[0][:30]!r} cannot be held and are kept as text"
    lossy = [
        word
        for word in words
        if abs(numbers[word]) >= EXACT
        and word.lstrip("+-").isdigit()
        and int(word) != int(numbers[word])
    ]
    if lossy:
        return f"whole numbers as long as {max(lossy, key=len)!r} are kept as text, digit by digit"
    return ""


def _text(codes: npt.NDArray[np.intp], words: list[str], stripped: list[str]) -> Any:
    import pandas as pd

    table = np.empty(len(words) + 1, dtype=object)
    table[:-1] = [word if short else None for word, short in zip(words, stripped, strict=True)]
    table[-1] = None
    return pd.Series(table[codes], dtype=object)


def _mixture(codes: npt.NDArray[np.intp], words: list[str], numbers: Any) -> str:
    """Say how many cells are not numbers, when most are."""
    if not numbers:
        return ""
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    is_number = np.array([word in numbers for word in words])
    is_word = np.array([bool(word) for word in words]) & ~is_number
    n_numbers, n_words = int(counts[is_number].sum()), int(counts[is_word].sum())
    if n_numbers < n_words:
        return ""
    first = words[int(np.flatnonzero(is_word)[0])]
    shown = first if len(first) <= 30 else first[:29] + "…"
    return (
        f"{n_words:,} of {n_words + n_numbers:,} values are not numbers (the first is {shown!r}),"
        " so it is kept as text"
    )


def to_dates(words: Sequence[str]) -> npt.NDArray[np.datetime64] | None:
    """ISO 8601 dates as datetime64 in UTC where they name a zone; None if one is no date.

    Empty words are missing.
    """
    import pandas as pd

    zoned = any(_has_zone(word) for word in words)
    try:
        dates = pd.to_datetime(
            pd.Series([None if word in ABSENT_WORDS or not word else word for word in words]),
            format="ISO8601",
            utc=zoned,
        )
    except (ValueError, OverflowError):
        return None
    if zoned:
        dates = dates.dt.tz_localize(None)
    return np.asarray(dates.to_numpy())


def _has_zone(word: str) -> bool:
    return len(word) > 10 and (word.endswith("Z") or "+" in word or "-" in word[10:])
