"""SAS files: .sas7bdat and transport files .xpt."""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import Any

from ..codebook import Level, Variable
from ..errors import UnreadableFileError
from ..table import Table
from .apart import Column
from .lettered import split_lettered
from .options import ReadOptions
from .packages import Contents, assemble, date_from, read_contents

__all__ = ["read_sas"]

EPOCH = "1960-01-01"
RECORD_BYTES = 80
_DATA = re.compile(rb"HEADER RECORD\*{7}OBS(V8|  ) {3}HEADER RECORD!{7}")
_MEMBER = b"HEADER RECORD*******MEM"
_DATE = re.compile(
    r"(DATE|WEEKDATE|WEEKDATX|WORDDATE|WORDDATX|JULIAN|MONYY|YYMON|YYQ"
    r"|(DDMMYY|MMDDYY|YYMMDD)[BCDNPS]?|[BE]8601DA|IS8601DA)[\d.]*"
)
_DATETIME = re.compile(
    r"(DATETIME|DATEAMPM|MDYAMPM|DTDATE|DTMONYY|DTYEAR|[BE]8601D[TN]|IS8601D[TN])[\d.]*"
)


def read_sas(path: Path, options: ReadOptions) -> Table:
    """Read a .sas7bdat or .xpt file.

    SAS's lettered missing values are missing codes ".a" to ".z" and "._". Value labels live in a
    catalogue: a .sas7bcat file of the same name beside a .sas7bdat file is used. SAS states no
    measure levels, so all are left undeclared.

    Raises:
        UnreadableFileError: The file or its catalogue is malformed or truncated.
        UnknownNameError: A column asked for is not in the file.
    """
    import pyreadstat

    notes: list[str] = []
    if path.suffix.lower() == ".xpt":
        _check_records(path)
        contents = read_contents(path, pyreadstat.read_xport, options, kind="SAS transport file")
        if options.rows is None:
            _check_rows(path, contents)
    else:
        extra: dict[str, Any] = {"user_missing": True}
        catalogue = path.with_suffix(".sas7bcat")
        if catalogue.exists():
            extra["catalog_file"] = str(catalogue)
            notes.append(f"Value labels come from {catalogue.name}")
        contents = read_contents(
            path, pyreadstat.read_sas7bdat, options, kind="SAS file", extra=extra
        )
    meta = contents.meta
    notes.extend(contents.notes)
    columns: list[Column] = []
    for name in contents.names:
        style = meta.original_variable_types.get(name) or ""
        variable = Variable(
            name=name, label=meta.column_names_to_labels.get(name) or "", format=style
        )
        if name in contents.texts:
            raw = meta.variable_value_labels.get(name, {})
            variable = variable.replace(
                level=Level.TEXT,
                kind="text",
                labels=tuple((str(code), label) for code, label in raw.items()),
            )
            columns.append((variable, contents.texts[name], None))
            continue
        labels, missing, status = split_lettered(
            meta.variable_value_labels.get(name, {}), contents.tags.get(name)
        )
        unit = _unit(style)
        if unit:
            dates, lost = date_from(contents.numbers[name], unit=unit, epoch=EPOCH)
            if lost:
                notes.append(f"{name}: {lost} dates outside the years 1 to 9999 were dropped")
            columns.append((variable.replace(kind="date", missing=missing), dates, status))
            continue
        variable = variable.replace(labels=labels, missing=missing)
        columns.append((variable, contents.numbers[name], status))
    return assemble(
        columns,
        declared=frozenset(),
        title=meta.file_label or "",
        notes=notes,
        settled=options.described,
    )


def _check_records(path: Path) -> None:
    """A transport file does not say how many rows it has, so only its records tell if it is whole.

    Records have 80 bytes: SAS technical note TS-140, "The Record Layout of a Data Set in SAS
    Transport (XPORT) Format".
    """
    if path.stat().st_size % RECORD_BYTES:
        raise _cut_short(path)


def _check_rows(path: Path, contents: Contents) -> None:
    """A file cut between two records loses people without a word from ReadStat.

    Version 8 states the number of rows in the header of its data; in version 5 the data end with
    the last row, and blanks to fill its record (TS-140).
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        found = _DATA.search(raw)
        if found is None:
            return
        stated = raw[found.end() : found.start() + RECORD_BYTES].split()
        if found[1] == b"V8" and stated and stated[0].isdigit():
            if contents.rows < int(stated[0]):
                raise _cut_short(path)
            return
        start = found.start() + RECORD_BYTES
        width = sum(contents.meta.variable_storage_width.values())
        rest = (len(raw) - start) % width if width else 0
        blank = rest < RECORD_BYTES and not raw[len(raw) - rest :].strip(b" ")
        if not blank and raw.find(_MEMBER, start) < 0:
            raise _cut_short(path)


def _cut_short(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        "the SAS transport file ends too early; it is truncated or damaged",
        where=path.name,
        remedy="copy or download it again",
    )


def _unit(style: str) -> str:
    """What numbers shown in a SAS format count: "D", "s", or "" when they are no dates."""
    if _DATETIME.fullmatch(style.upper()):
        return "s"
    return "D" if _DATE.fullmatch(style.upper()) else ""
