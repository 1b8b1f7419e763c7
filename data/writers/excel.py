"""Panels as Excel workbooks: a sheet "data" and a sheet "codebook"."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Variable
from ..errors import RequestError
from ..panel import Panel
from .cells import cell_texts, note_blank_texts, note_dates
from .content import coded_column, settled_codes, with_person_column
from .dates import whole_days
from .delimited import FORMULA_STARTS
from .losses import Losses

__all__ = ["write_excel"]

ROWS = 1_048_576
COLUMNS = 16_384
CELL_CHARACTERS = 32_767
# Characters that XML 1.0 cannot hold, and the escape that stands for them in workbooks.
_UNHOLDABLE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class _Exact(float):
    """A number that XlsxWriter writes in full; on its own it stops after 16 digits of 17."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


def write_excel(panel: Panel, path: Path, losses: Losses) -> None:
    """Write an .xlsx workbook.

    Texts are stored as texts, those that begin with = + - @ tab or return with Excel's own mark
    for "this is text"; nothing in a workbook written here is ever a formula or a link. Numbers
    are stored as numbers.

    Args:
        panel: What to write.
        path: The file to write.
        losses: Receives what a workbook cannot hold.

    Raises:
        RequestError: The panel has more rows or columns than a worksheet.
    """
    import xlsxwriter

    from ..codebook_file import to_rows

    # A worksheet ends where its cells do: without an id, people who answered nothing would vanish.
    silent = bool(panel.frame.isna().all(axis=1).any())
    panel = with_person_column(panel, roles_kept=True, always=silent)
    panel = settled_codes(panel, losses, letters=True)
    if len(panel) >= ROWS or len(panel.names) > COLUMNS:
        raise RequestError(
            f"a worksheet holds {ROWS:,} rows and {COLUMNS:,} columns; the panel has "
            f"{len(panel) + 1:,} and {len(panel.names):,}",
            where=path.name,
            remedy="write .sav, .csv or .parquet",
        )
    note_dates(panel, losses)
    if panel.codebook.title or panel.codebook.notes:
        losses.add("the title and notes of the codebook")
    options = {
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "in_memory": True,
    }
    # In memory first: an archive that fails on a full disk would fail once more when thrown away.
    archive = io.BytesIO()
    with xlsxwriter.Workbook(archive, options) as book:
        book.set_properties({"title": _UNHOLDABLE.sub("\ufffd", panel.codebook.title)})
        inert = book.add_format({"quote_prefix": True})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        data = book.add_worksheet("data")
        for j, variable in enumerate(panel.codebook):
            text = _text_writer(data, inert, losses, variable.name)
            text(0, j, variable.name)
            if variable.kind == "date":
                _write_dates(data, j, panel, variable, (days, moments), text)
            else:
                _write_values(data, j, coded_column(panel, variable), text)
            note_blank_texts(panel, variable, losses)
        data.freeze_panes(1, 0)
        sheet = book.add_worksheet("codebook")
        rows = to_rows(panel.codebook)
        for i, row in enumerate(rows):
            for j, (word, content) in enumerate(row.items()):
                write = _text_writer(sheet, inert, losses, f"codebook of {row['name']}")
                if i == 0:
                    write(0, j, word)
                if content:
                    write(i + 1, j, content)
    path.write_bytes(archive.getbuffer())


def _text_writer(
    sheet: Any, inert: Any, losses: Losses, name: str
) -> Callable[[int, int, str], None]:
    def write(row: int, column: int, text: str) -> None:
        clean = _UNHOLDABLE.sub("\ufffd", text)
        if clean != text:
            losses.add("control characters, which become \ufffd", name)
        if len(clean) > CELL_CHARACTERS:
            clean = clean[:CELL_CHARACTERS]
            losses.add("texts over 32,767 characters, which are cut", name)
        style = inert if clean.startswith(FORMULA_STARTS) else None
        sheet.write_string(row, column, clean, style)

    return write


def _write_values(
    sheet: Any, column: int, values: npt.NDArray[Any], text: Callable[[int, int, str], None]
) -> None:
    for row, value in enumerate(values.tolist(), start=1):
        if isinstance(value, str):
            if value:
                text(row, column, value)
        elif value is not None and np.isfinite(value):
            rounded = float(f"{value:.16G}") != value
            sheet.write_number(row, column, _Exact(value) if rounded else value)


def _write_dates(
    sheet: Any,
    column: int,
    panel: Panel,
    variable: Variable,
    styles: tuple[Any, Any],
    text: Callable[[int, int, str], None],
) -> None:
    dates = panel.frame[variable.name].to_numpy(dtype="datetime64[us]")
    held = dates[~np.isnat(dates)]
    # Excel's calendar begins in 1900, with a leap day that never was; and it keeps milliseconds.
    fits = (held >= np.datetime64("1900-03-01")) & (held == held.astype("datetime64[ms]"))
    if not fits.all():
        for row, written in enumerate(cell_texts(panel, variable), start=1):
            if written:
                text(row, column, written)
        return
    style = styles[0] if whole_days(dates) else styles[1]
    for row, date in enumerate(dates.tolist(), start=1):
        if isinstance(date, datetime.datetime):
            sheet.write_datetime(row, column, date, style)
