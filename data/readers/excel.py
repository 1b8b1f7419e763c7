"""Excel workbooks, guarded against archives that unpack to far more than they weigh."""

from __future__ import annotations

import dataclasses
import datetime
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..codebook import code_text
from ..errors import CodebookError, UnknownNameError, UnreadableFileError
from ..table import Table
from . import qualtrics
from .columns import (
    EXACT,
    TRUTH,
    Column,
    count_of,
    from_texts,
    renamed_notes,
    table_of,
    unique_names,
)
from .options import ReadOptions

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

    from ..codebook import Codebook

__all__ = ["CODEBOOK_SHEET", "check_archive", "read_excel"]

CODEBOOK_SHEET = "codebook"
"""Name of the sheet that holds the codebook, in any case."""

MAX_UNPACKED = 4 << 30
MAX_RATIO = 250
"""Honest sheets of repeated answers pack to about a fortieth; a bomb to a thousandth."""
_RATIO_MATTERS_FROM = 64 << 20
_MAX_PARTS = 20_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ARCHIVES = (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".xlsx", ".xlsm")


def read_excel(path: Path, options: ReadOptions) -> Table:
    """Read one sheet of an .xlsx workbook; a Qualtrics export and a codebook sheet are recognised.

    The first row that holds anything is the header. Text cells are read as in a .csv file
    (`columns.from_texts`), so numbers stored as text are numbers.

    Args:
        path: The file.
        options: `sheet`, `columns` and `rows` are used. Without `sheet`, the first sheet that is
            not the codebook is read.

    Raises:
        UnreadableFileError: The workbook is damaged, encrypted, of the old kind or a zip bomb, or
            the sheet has no rows.
        UnknownNameError: There is no such sheet or column.
        CodebookError: The codebook sheet contradicts itself.
    """
    import python_calamine

    check_archive(path)
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            return _read(book, path.name, options)
    except python_calamine.PasswordError as failure:
        raise _encrypted(path.name) from failure
    except python_calamine.CalamineError as failure:
        raise UnreadableFileError(
            f"the workbook is damaged ({failure})",
            where=path.name,
            remedy="open it in Excel and save it again",
        ) from failure


def check_archive(path: Path) -> None:
    """Refuse an archive by what its directory declares, before anything is unpacked.

    Raises:
        UnreadableFileError: The file is no archive, is encrypted, or declares to unpack to more
            than an honest workbook would, or holds another archive.
    """
    where = path.name
    with path.open("rb") as file:
        head = file.read(8)
        if head == _OLE:
            encrypted = "EncryptedPackage".encode("utf-16-le") in head + file.read(1 << 22)
            if encrypted:
                raise _encrypted(where)
            raise UnreadableFileError(
                "this is an old Excel workbook (.xls)", where=where, remedy="save it as .xlsx"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as failure:
        raise UnreadableFileError(
            "the workbook is damaged or cut short",
            where=where,
            remedy="open it in Excel and save it again, or download it once more",
        ) from failure
    packed, unpacked = (sum(getattr(p, a) for p in parts) for a in ("compress_size", "file_size"))
    what = ""
    if unpacked > MAX_UNPACKED:
        what = f"the workbook would unpack to {unpacked / (1 << 30):,.1f} GB"
    elif unpacked > _RATIO_MATTERS_FROM and unpacked > MAX_RATIO * max(packed, 1):
        what = f"the workbook would unpack to {unpacked // max(packed, 1):,} times its size"
    elif packed > path.stat().st_size:
        what = "parts of the workbook overlap"
    elif len(parts) > _MAX_PARTS:
        what = f"the workbook has {len(parts):,} parts"
    elif inner := next((p.filename for p in parts if _is_archive(p.filename)), ""):
        what = f"the workbook holds another archive, {inner}"
    elif any(p.flag_bits & 1 for p in parts):
        raise _encrypted(where)
    if what:
        raise UnreadableFileError(
            f"{what}, which no sheet of answers does",
            where=where,
            remedy="if you trust it, save the sheet as .csv in Excel and read that",
        )


def _is_archive(name: str) -> bool:
    # Excel itself keeps a sheet pasted into another as an embedded workbook; it is never opened.
    return name.lower().endswith(_ARCHIVES) and not name.startswith("xl/embeddings/")


def _encrypted(where: str) -> UnreadableFileError:
    return UnreadableFileError(
        "the workbook is encrypted", where=where, remedy="save it without a password"
    )


def _read(book: CalamineWorkbook, where: str, options: ReadOptions) -> Table:
    sheets = book.sheet_names
    data_sheets = [name for name in sheets if name.strip().casefold() != CODEBOOK_SHEET]
    if options.sheet is not None and options.sheet not in sheets:
        raise UnknownNameError("sheet", options.sheet, sheets, where=where)
    if not data_sheets and options.sheet is None:
        raise UnreadableFileError(
            "the workbook has no sheet of answers",
            where=where,
            remedy="put them into a sheet, header first, and save it again",
        )
    sheet = options.sheet or data_sheets[0]
    notes = []
    if options.sheet is None and len(data_sheets) > 1:
        others = ", ".join(data_sheets[1:])
        notes.append(f"read the first sheet, {sheet}; others are {others} (--sheet)")
    place = f"{where}, sheet {sheet}"
    rows = _rows(book, sheet)
    if not rows:
        raise UnreadableFileError("the sheet is empty", where=place, remedy="choose another sheet")
    if options.progress:
        options.progress(0.6)
    table = _table(rows, place, options)
    codebook = _codebook(book, sheets, sheet, where, notes)
    table = dataclasses.replace(table, notes=(*notes, *table.notes))
    if codebook is not None:
        from ..codebook_file import apply_codebook

        present = [v.name for v in table.variables]
        known = codebook.select(n for n in codebook.names if n in present or not options.columns)
        table = apply_codebook(table, known, f"sheet {CODEBOOK_SHEET}")
    if options.progress:
        options.progress(1.0)
    return table


def _rows(book: CalamineWorkbook, sheet: str) -> list[list[Any]]:
    """Rows that hold anything, all of the same length."""
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
    return [row for row in rows if any(cell != "" for cell in row)]


def _table(rows: list[list[Any]], place: str, options: ReadOptions) -> Table:
    heads = [[_cell_text(cell) or "" for cell in row] for row in rows[:3]]
    export = qualtrics.recognise(heads)
    body = rows[3 if export else 1 :]
    if not body:
        raise UnreadableFileError(
            "there is a header and no row below it",
            where=place,
            remedy="export the sheet again with its respondents",
        )
    names = unique_names(heads[0])
    if options.rows is not None:
        body = body[: options.rows]
    if options.columns is not None:
        for name in options.columns:
            if name not in names:
                raise UnknownNameError("column", name, names, where=place)
    cells = list(zip(*body, strict=True))
    columns: dict[str, Column] = {}
    left_out = 0
    for i, name in enumerate(names):
        if options.columns is not None and name not in options.columns:
            continue
        if not heads[0][i].strip() and all(cell == "" for cell in cells[i]):
            left_out += 1
            continue
        columns[name] = _column(cells[i])
    kept = [i for i, name in enumerate(names) if name in columns]
    notes = [*renamed_notes([heads[0][i] for i in kept], [names[i] for i in kept])]
    if left_out:
        notes.append(f"{count_of(left_out, 'column')} with neither a name nor a value left out")
    absent = [name for name, column in columns.items() if column.absent]
    if absent:
        notes.append(f"cells such as 'NA' count as missing in {', '.join(absent)}")
    if export:
        table = qualtrics.to_table(columns, {names[i]: export[i] for i in kept})
    else:
        table = table_of(columns)
    return dataclasses.replace(table, notes=(*notes, *table.notes))


def _column(cells: tuple[Any, ...]) -> Column:
    """A column of Excel's cells, "" where empty."""
    kinds = {type(cell) for cell in cells if not (isinstance(cell, str) and not cell.strip())}
    absent = [isinstance(cell, str) for cell in cells]
    if kinds and kinds <= {int, float}:
        numbers = np.array([np.nan if gone else c for gone, c in zip(absent, cells, strict=True)])
        if not (np.abs(numbers) >= EXACT).any():
            return Column(numbers.astype(np.float64), "number")
    if kinds == {bool}:
        truth = [np.nan if gone else float(c) for gone, c in zip(absent, cells, strict=True)]
        return Column(np.array(truth), "number", TRUTH)
    if kinds and kinds <= {datetime.date, datetime.datetime}:
        dates = [None if gone else c for gone, c in zip(absent, cells, strict=True)]
        return Column(np.array(dates, dtype="datetime64[us]"), "date")
    import pandas as pd

    return from_texts(pd.Series([_cell_text(cell) for cell in cells], dtype=object))


def _cell_text(cell: Any) -> str | None:
    """A cell as text: numbers as people write them, dates in ISO 8601, None where empty."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return code_text(cell)


def _codebook(
    book: CalamineWorkbook, sheets: list[str], read: str, where: str, notes: list[str]
) -> Codebook | None:
    """The codebook sheet, if there is one in the layout of `codebook_rows`."""
    from ..codebook_rows import COLUMNS, from_rows

    sheet = next((name for name in sheets if name.strip().casefold() == CODEBOOK_SHEET), None)
    if sheet is None or sheet == read:
        return None
    rows = [[_cell_text(cell) or "" for cell in row] for row in _rows(book, sheet)]
    header = [name.strip() for name in rows[0]] if rows else []
    if "name" not in header or not set(header) & set(COLUMNS[1:]):
        notes.append(f"the sheet {sheet} is not laid out as a codebook and was not used")
        return None
    if len(set(header)) < len(header):
        raise CodebookError("two columns have the same name", where=f"{where}, sheet {sheet}")
    entries = [dict(zip(header, row, strict=True)) for row in rows[1:]]
    return from_rows(entries, f"{where}, sheet {sheet}")
