"""Declared ranges from a table: what lowest and highest answer each item takes."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.codebook import Level, Role, Variable
from ..data.errors import FileError, UnreadableFileError
from ..data.panel import Panel
from .scale import LONGEST_LIST

__all__ = ["Declared", "read_ranges", "with_ranges"]

COLUMNS = {
    "item": ("item", "variable", "outcome", "name", "variable_name"),
    "low": ("min", "minimum", "low", "lowest"),
    "high": ("max", "maximum", "high", "highest"),
    "level": ("level",),
    "study": ("study", "study_name", "block"),
}
"""What a column may be called, case aside."""

LEVELS = {level.value: level for level in (Level.NOMINAL, Level.ORDINAL, Level.INTERVAL)}


@dataclass(frozen=True, slots=True)
class Declared:
    """What a table of ranges says about an item.

    Attributes:
        low: Lowest possible answer, NaN where the table leaves it open.
        high: Highest possible answer, NaN where the table leaves it open.
        level: Measure level, None where the table leaves it open.
        study: Study or block the item belongs to, or "".
    """

    low: float = math.nan
    high: float = math.nan
    level: Level | None = None
    study: str = ""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Both ends, or None where the table leaves them open."""
        return None if math.isnan(self.low) else (self.low, self.high)


def read_ranges(path: str | Path) -> dict[str, Declared]:
    """Read a CSV table with an item, its lowest and its highest answer in each row.

    Columns are found by name: item (or variable, outcome), min (minimum), max (maximum), and, if
    there are any, level (nominal, ordinal, interval) and study. A row without numbers declares no
    range: the item has no accuracy and no normalised distance.

    Raises:
        FileError: The file is not there, lacks a column, or a row makes no sense.
    """
    file = Path(path)
    if not file.is_file():
        raise FileError("there is no such file", where=str(path))
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFileError(
            "it is no text in UTF-8", where=str(path), remedy="save the table as CSV in UTF-8"
        ) from None
    rows = list(csv.reader(text.splitlines(), strict=False))
    if not rows:
        raise UnreadableFileError("the table of ranges is empty", where=file.name)
    places = _places(rows[0], file.name)
    found: dict[str, Declared] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {key: row[at].strip() if at < len(row) else "" for key, at in places.items()}
        where = f"{file.name}, row {number}"
        name = cells["item"]
        if not name:
            raise FileError("the row names no item", where=where)
        if name in found:
            raise FileError(f"item {name!r} has two rows", where=where, remedy="keep one of them")
        found[name] = _declared(cells, where)
    if not found:
        raise UnreadableFileError("the table of ranges has no rows", where=file.name)
    return found


def with_ranges(panel: Panel, declared: Mapping[str, Declared]) -> Panel:
    """Return a panel whose codebook takes over the declared ranges and levels.

    A named variable is an item. One that the codebook only guessed to be nominal is ordered: what
    has a lowest and a highest answer is. Variables of text and dates stay as they are.
    """
    changed = [
        _ranged(panel, variable, declared[variable.name])
        for variable in panel.codebook
        if variable.name in declared and variable.kind == "number"
    ]
    return panel.with_codebook(changed)


def _ranged(panel: Panel, variable: Variable, said: Declared) -> Variable:
    level = said.level or variable.level
    if said.level is None and level not in (Level.ORDINAL, Level.INTERVAL) and said.bounds:
        level = Level.ORDINAL if _listed(panel, variable.name, said) else Level.INTERVAL
    role = Role.ITEM if variable.role in (Role.DEMOGRAPHIC, Role.PARADATA) else variable.role
    known = tuple(note for note in variable.inferred if "range" not in note)
    return variable.replace(
        level=level,
        role=role,
        range=said.bounds or variable.range,
        inferred=known if said.bounds else variable.inferred,
    )


def _listed(panel: Panel, name: str, said: Declared) -> bool:
    """Whether the answers are points of a short list of whole numbers."""
    values = panel.numbers(name)
    whole = all(float(end).is_integer() for end in (said.low, said.high))
    return (
        whole
        and said.high - said.low < LONGEST_LIST
        and bool((values[~np.isnan(values)] % 1 == 0).all())
    )


def _places(heading: Sequence[str], where: str) -> dict[str, int]:
    folded = [cell.strip().casefold() for cell in heading]
    places = {}
    for key, names in COLUMNS.items():
        at = next((folded.index(name) for name in names if name in folded), None)
        if at is not None:
            places[key] = at
    lacking = [COLUMNS[key][0] for key in ("item", "low", "high") if key not in places]
    if lacking:
        raise FileError(
            f"the table of ranges has no column {_quoted(lacking)} among {_quoted(heading[:6])}",
            where=where,
            remedy="head its columns item,min,max (and level, if you like)",
        )
    return places


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _declared(cells: Mapping[str, str], where: str) -> Declared:
    low, high = (_number(cells[key], where) for key in ("low", "high"))
    if math.isnan(low) is not math.isnan(high):
        raise FileError("one end of the range is missing", where=where, remedy="give both or none")
    if low >= high:
        raise FileError(
            f"the range {low:g} to {high:g} is empty",
            where=where,
            remedy="give the lowest answer first",
        )
    named = cells.get("level", "").casefold()
    if named and named not in LEVELS:
        raise FileError(
            f"there is no measure level {named!r}",
            where=where,
            remedy=f"write one of {', '.join(LEVELS)}",
        )
    return Declared(low, high, LEVELS.get(named), cells.get("study", ""))


def _number(text: str, where: str) -> float:
    if not text or text.casefold() in ("na", "nan"):
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise FileError(f"{text!r} is no number", where=where, remedy="give one, or leave it blank")
    return value
