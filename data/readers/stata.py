"""Stata files: .dta, versions 104 to 119."""

from __future__ import annotations

import re
from pathlib import Path

from ..codebook import Code, Kind, Level, MissingCode, Variable
from ..errors import UnreadableFileError
from ..table import Table
from .apart import Column
from .lettered import split_lettered
from .options import ReadOptions
from .packages import assemble, date_from, read_contents

__all__ = ["EPOCH", "read_stata"]

EPOCH = "1960-01-01"
_FIRST, _LAST = b"<stata_dta>", b"</stata_dta>"
_TAIL = 64
_UNITS = {"td": "D", "d": "D", "tc": "ms", "tm": "M"}


def read_stata(path: Path, options: ReadOptions) -> Table:
    """Read a .dta file.

    Stata's lettered missing values are missing codes ".a" to ".z", with the reason read off their
    label; its plain "." is blank. Stata states no measure levels, so all are left undeclared.

    Raises:
        UnreadableFileError: The file is malformed or truncated.
        UnknownNameError: A column asked for is not in the file.
    """
    import pyreadstat

    _check_end(path)
    contents = read_contents(
        path, pyreadstat.read_dta, options, kind="Stata file", extra={"user_missing": True}
    )
    meta = contents.meta
    notes = list(contents.notes)
    bare = [n for n, labels in meta.variable_to_label.items() if labels not in meta.value_labels]
    if bare:
        notes.append(
            f"The file names value labels that it does not hold, for {', '.join(bare[:4])}"
            f"{' and others' if len(bare) > 4 else ''}; if there should be labels, it was cut short"
        )
    columns: list[Column] = []
    for name in contents.names:
        style = meta.original_variable_types.get(name) or ""
        label = meta.column_names_to_labels.get(name) or ""
        if name in contents.texts:
            variable = Variable(name=name, label=label, level=Level.TEXT, kind="text", format=style)
            columns.append((variable, contents.texts[name], None))
            continue
        labels, missing, status = split_lettered(
            meta.variable_value_labels.get(name, {}), contents.tags.get(name)
        )
        kind: Kind = "number"
        values = contents.numbers[name]
        unit = _UNITS.get(_time_unit(style))
        if unit is not None:
            dates, lost = date_from(values, unit=unit, epoch=EPOCH)
            if lost:
                notes.append(f"{name}: {lost} dates outside the years 1 to 9999 were dropped")
            variable = _variable(name, label, (), missing, "date", style)
            columns.append((variable, dates, status))
            continue
        columns.append((_variable(name, label, labels, missing, kind, style), values, status))
    return assemble(
        columns,
        declared=frozenset(),
        title=meta.file_label or "",
        about=[line.strip() for line in meta.notes if line.strip()],
        notes=notes,
        settled=options.described,
    )


def _check_end(path: Path) -> None:
    """From version 117 on, a file says where it ends; ReadStat reads on without its labels."""
    with path.open("rb") as file:
        if not file.read(len(_FIRST)).startswith(_FIRST):
            return
        file.seek(max(0, path.stat().st_size - _TAIL))
        whole = _LAST in file.read()
    if not whole:
        raise UnreadableFileError(
            "the Stata file ends too early; it is truncated or damaged",
            where=path.name,
            remedy="copy or download it again",
        )


def _variable(
    name: str,
    label: str,
    labels: tuple[tuple[Code, str], ...],
    missing: tuple[MissingCode, ...],
    kind: Kind,
    style: str,
) -> Variable:
    return Variable(name=name, label=label, labels=labels, missing=missing, kind=kind, format=style)


def _time_unit(style: str) -> str:
    """Which kind of date a display format such as "%tdDD/NN/CCYY" shows: "td", or ""."""
    match = re.match(r"%-?(t[a-zC]|d)", style)
    # Hours and minutes alone are a time of day, which has no date to stand on.
    if match is None or re.fullmatch(r"%-?tc[Hh]{2}:?MM(:?SS)?.*", style):
        return ""
    return match[1]
