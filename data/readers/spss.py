"""SPSS files: .sav, .zsav and .por."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, Kind, Level, Variable
from ..table import Table, split_missing
from .apart import Column
from .options import ReadOptions
from .packages import Contents, assemble, date_from, read_contents, split_labels, whole

__all__ = ["DATE_FORMATS", "EPOCH", "LEVELS_STATED", "read_spss"]

EPOCH = "1582-10-14"
"""SPSS counts seconds from the first day of the Gregorian calendar."""
DATE_FORMATS = frozenset(
    {"DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR", "DATETIME", "YMDHMS"}
)
LEVELS = {"nominal": Level.NOMINAL, "ordinal": Level.ORDINAL, "scale": Level.INTERVAL}
LEVELS_STATED = "Measure levels and missing codes are stated for every variable (understudy)"
"""Note in files of our own writing: their "scale" is meant, and so are their answers."""
CODES_AT_MOST = 32_000
"""Statuses are int16; a missing range that swallows more distinct values than this is cut."""


def read_spss(path: Path, options: ReadOptions) -> Table:
    """Read a .sav, .zsav or .por file.

    User-missing codes leave the data and stand in `Table.status`, with the reason read off their
    label; missing ranges are expanded to the codes that occur or are labelled. A measure level of
    "unknown" is left undeclared, and so is "scale" on labelled variables when the whole file says
    nothing but "scale": that is what writers put where nobody stated a level.

    Raises:
        UnreadableFileError: The file is malformed or truncated.
        UnknownNameError: A column asked for is not in the file.
    """
    import pyreadstat

    if path.suffix.lower() == ".por":
        contents = read_contents(path, _read_por, options, kind="SPSS portable file")
    else:
        contents = read_contents(
            path, pyreadstat.read_sav, options, kind="SPSS file", extra={"user_missing": True}
        )
    meta = contents.meta
    notes = list(contents.notes)
    if path.suffix.lower() == ".por":
        notes.append(
            "Codes that a .por file declares missing are read as blanks; "
            "save it as .sav in SPSS to keep their reasons"
        )
    lines = _joined(meta.notes)
    believed = LEVELS_STATED in lines or _levels_stated(contents)
    if not believed:
        notes.append(
            "The file gives every number the measure level scale, also where values are labelled; "
            "levels of labelled variables were inferred instead"
        )
    sets = _multiple_response(meta)
    columns: list[Column] = []
    declared = set()
    for name in contents.names:
        variable, values, status, remarks = _column(name, contents)
        notes.extend(remarks)
        stated = meta.variable_measure.get(name, "unknown")
        if stated in LEVELS and variable.kind != "text" and (believed or not variable.labels):
            variable = variable.replace(level=LEVELS[stated])
            declared.add(name)
        elif stated in LEVELS and variable.kind == "text" and variable.labels:
            variable = variable.replace(level=Level.NOMINAL)
            declared.add(name)
        if name in sets:
            group, dichotomy = sets[name]
            variable = variable.replace(group=group)
            if dichotomy and _zero_or_one(values):
                variable = variable.replace(level=Level.MULTIPLE)
                declared.add(name)
        columns.append((variable, values, status))
    return assemble(
        columns,
        declared=frozenset(declared),
        title=meta.file_label or "",
        about=[line for line in lines if line != LEVELS_STATED],
        notes=notes,
        settled=contents.names if LEVELS_STATED in lines else options.described,
    )


def _read_por(path: str, **arguments: Any) -> tuple[Any, Any]:
    import pyreadstat

    arguments.pop("encoding", None)  # .por has a character set of its own.
    frame, meta = pyreadstat.read_por(path, **arguments)
    return frame, meta


def _column(
    name: str, contents: Contents
) -> tuple[Variable, npt.NDArray[Any], npt.NDArray[np.int16] | None, list[str]]:
    meta = contents.meta
    values: npt.NDArray[Any]
    values = contents.numbers[name] if name in contents.numbers else contents.texts[name]
    kind: Kind = "number" if name in contents.numbers else "text"
    remarks: list[str] = []
    raw_labels: Mapping[Any, str] = meta.variable_value_labels.get(name, {})
    codes = _missing_codes(
        meta.missing_ranges.get(name, ()), [whole(code) for code in raw_labels], values
    )
    if len(codes) > CODES_AT_MOST:
        remarks.append(
            f"{name}: of the values declared missing, only the first {CODES_AT_MOST} are told apart"
        )
        codes = codes[:CODES_AT_MOST]
    labels, missing = split_labels(raw_labels, codes)
    cleaned, status = split_missing(values, missing)
    values = cleaned
    style = meta.original_variable_types.get(name) or ""
    if kind == "number" and re.sub(r"[\d.]+$", "", style) in DATE_FORMATS:
        values, lost = date_from(np.asarray(cleaned, dtype=np.float64), unit="s", epoch=EPOCH)
        kind = "date"
        labels = ()
        if lost:
            remarks.append(f"{name}: {lost} dates outside the years 1 to 9999 were dropped")
    variable = Variable(
        name=name,
        label=meta.column_names_to_labels.get(name) or "",
        level=Level.TEXT if kind == "text" else Level.NOMINAL,
        labels=labels,
        missing=missing,
        kind=kind,
        format=style,
    )
    return variable, values, status, remarks


def _missing_codes(
    ranges: Sequence[Mapping[str, Any]], labelled: Sequence[Code], values: npt.NDArray[Any]
) -> list[Code]:
    """Codes that SPSS's discrete missing values and missing ranges stand for, in a fixed order."""
    discrete: dict[Code, None] = {}
    swallowed: set[float] = set()
    for entry in ranges:
        low, high = whole(entry["lo"]), whole(entry["hi"])
        if low == high:
            # Texts are padded with blanks to their width in the file, and compared without them.
            discrete[low.rstrip() if isinstance(low, str) else low] = None
        elif not isinstance(low, str) and not isinstance(high, str) and values.dtype == np.float64:
            observed = np.unique(values[(values >= low) & (values <= high)])
            swallowed.update(float(code) for code in observed)
            swallowed.update(c for c in labelled if not isinstance(c, str) and low <= c <= high)
    rest = sorted(
        (c for c in swallowed if c not in discrete), key=lambda c: (isinstance(c, str), c)
    )
    return [*discrete, *rest]


def _joined(lines: Sequence[str]) -> list[str]:
    """The file's notes: lines of at most 80 bytes, of which indented ones go on the one before."""
    notes: list[str] = []
    for line in lines:
        if line.startswith("  ") and notes:
            notes[-1] += " " + line.strip()
        elif line.strip():
            notes.append(line.strip())
    return notes


def _levels_stated(contents: Contents) -> bool:
    measures = {contents.meta.variable_measure.get(name) for name in contents.numbers}
    labelled = sum(
        len(contents.meta.variable_value_labels.get(name, ())) > 0 for name in contents.numbers
    )
    return not (measures == {"scale"} and labelled >= 2)


def _multiple_response(meta: Any) -> dict[str, tuple[str, bool]]:
    """Set and whether it is one of dichotomies counting 1, by variable name."""
    # The definition may spell names in another case than the dictionary does.
    spelled = {name.casefold(): name for name in meta.column_names}
    found: dict[str, tuple[str, bool]] = {}
    for group, entry in (meta.mr_sets or {}).items():
        dichotomy = bool(entry["is_dichotomy"]) and entry["counted_value"] == 1
        for member in entry["variable_list"]:
            name = spelled.get(member.casefold())
            if name is not None:
                found.setdefault(name, (group, dichotomy))
    return found


def _zero_or_one(values: npt.NDArray[Any]) -> bool:
    return values.dtype == np.float64 and bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())
