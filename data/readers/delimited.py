"""Comma-, semicolon-, tab- and bar-separated text, Qualtrics exports included."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UnknownNameError, UnreadableFileError
from ..table import Table
from .columns import (
    ABSENT_WORDS,
    EXACT,
    Column,
    count_of,
    from_texts,
    renamed_notes,
    table_of,
    unique_names,
)
from .encoding import to_utf8
from .layout import Layout, lay_out, sniff_delimiter
from .options import ReadOptions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_delimited"]

_BLANKS = tuple(" " * n for n in range(9))
_ABSENT_CELL = re.compile(
    rb'[,;\t|\n"](?:'
    + b"|".join(re.escape(word.encode()) for word in sorted(ABSENT_WORDS))
    + rb')(?=[,;\t|\n"])'
)


def read_delimited(path: Path, options: ReadOptions) -> Table:
    """Read a .csv, .tsv or .txt file.

    The encoding and the delimiter are found out; a Qualtrics export (three header rows) is
    recognised by itself. What a cell becomes is documented at `columns.from_texts`; decimal commas
    are numbers where the delimiter is not a comma. Whatever was assumed, renamed or left as text
    stands in `Table.notes`.

    Args:
        path: The file.
        options: `encoding`, `columns` and `rows` are used.

    Raises:
        UnreadableFileError: The file is empty, no text, has no rows, or rows of uneven length.
        RequestError: `options` name an encoding or a column that does not exist.
    """
    from . import qualtrics

    where = path.name
    text = to_utf8(_bytes(path), where, options.encoding)
    delimiter = sniff_delimiter(text.data, tabs_first=path.suffix.lower() == ".tsv")
    source = _Source(text.data, delimiter, lay_out(text.data, delimiter, where), where)
    heads = source.heads(3)
    export = qualtrics.recognise(heads)
    first_row = 3 if export else 1
    if len(source.layout) <= first_row:
        raise UnreadableFileError(
            "there is a header and no row below it",
            where=where,
            remedy="export the file again with its respondents",
        )
    if options.progress:
        options.progress(0.3)
    names = unique_names(heads[0])
    positions, left_out = _positions(source, heads[0], names, options, first_row)
    columns = _parse(
        source, positions, options.rows, first_row, decimal_comma=delimiter != "," and not export
    )
    if options.progress:
        options.progress(0.9)
    renamed = renamed_notes([heads[0][i] for i in columns], [names[i] for i in columns])
    notes = [*text.notes, *left_out, *renamed, *_absent_notes(source, columns, names)]
    named = {names[i]: column for i, column in columns.items()}
    if export:
        headers = {names[i]: export[i] for i in columns}
        table = qualtrics.to_table(named, headers)
    else:
        table = table_of(named)
    return dataclasses.replace(table, notes=(*notes, *table.notes))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise UnreadableFileError(
            f"the file cannot be read ({failure.strerror or failure})", where=path.name
        ) from failure


@dataclass(frozen=True, eq=False)
class _Source:
    """A delimited text of which the structure is known."""

    data: bytes
    delimiter: str
    layout: Layout
    where: str

    def heads(self, count: int) -> list[list[str]]:
        """The first records, as cells of text."""
        every = list(range(int(self.layout.cells[0])))
        # Not by the csv module, which gives up at cells of 131,072 characters.
        rows = self.frame(every, min(count, len(self.layout)), 0, as_text=True)
        return [[str(cell) for cell in row] for row in rows.to_numpy(dtype=object).tolist()]

    def frame(
        self, positions: list[int], rows: int | None, first_row: int, *, as_text: bool = False
    ) -> pd.DataFrame:
        """The records from `first_row` as pandas' C parser reads them, columns by position."""
        import pandas as pd

        handle = io.BytesIO(self.data)
        handle.seek(int(self.layout.starts[first_row]))
        reading: dict[str, Any] = (
            {"dtype": "str", "na_filter": False}
            if as_text
            else {"na_values": [*ABSENT_WORDS, *_BLANKS], "low_memory": False}
        )
        try:
            frame: pd.DataFrame = pd.read_csv(
                handle,
                sep=self.delimiter,
                header=None,
                names=list(range(int(self.layout.cells[0]))),
                usecols=positions,
                index_col=False,
                keep_default_na=False,
                nrows=rows,
                encoding="utf-8",
                lineterminator="\n",
                **reading,
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as failure:
            raise UnreadableFileError(
                f"the rows cannot be told apart ({failure})",
                where=self.where,
                remedy="check its quotation marks",
            ) from failure
        return frame


def _positions(
    source: _Source,
    header: list[str],
    names: tuple[str, ...],
    options: ReadOptions,
    first_row: int,
) -> tuple[list[int], list[str]]:
    """Which columns to read, in file order, and a note on those left out as empty."""
    if options.columns is not None:
        for name in options.columns:
            if name not in names:
                raise UnknownNameError("column", name, names, where=source.where)
        return [i for i, name in enumerate(names) if name in options.columns], []
    every = list(range(len(header)))
    nameless = [i for i in every if not header[i].strip()]
    if not nameless or len(nameless) == len(header):
        return every, []
    frame = source.frame(nameless, None, first_row, as_text=True)
    empty = {i for i in nameless if not frame[i].str.strip().any()}
    if not empty:
        return every, []
    note = f"{count_of(empty, 'column')} with neither a name nor a value left out"
    return [i for i in every if i not in empty], [note]


def _absent_notes(
    source: _Source, columns: Mapping[int, Column], names: tuple[str, ...]
) -> list[str]:
    """Say so when words such as "NA" were counted as missing."""
    import pandas as pd

    told = [names[i] for i, column in columns.items() if column.absent]
    body = source.data[int(source.layout.ends[0]) - 1 :]
    total = sum(1 for _ in _ABSENT_CELL.finditer(body))
    if total and not told:
        # pandas' own number parser does not tell; whatever is not in a text column was counted.
        texts = [pd.Series(c.values) for c in columns.values() if c.kind == "text"]
        kept = sum(int(text.isin(list(ABSENT_WORDS)).sum()) for text in texts)
        if kept >= total:
            return []
    elif not told:
        return []
    return ["cells such as 'NA' count as missing in columns of numbers, and as text elsewhere"]


def _parse(
    source: _Source,
    positions: list[int],
    rows: int | None,
    first_row: int,
    *,
    decimal_comma: bool,
) -> dict[int, Column]:
    """Columns by position: at once where all cells are plain numbers, else through their texts.

    pandas' number parser is many times faster than looking at texts, and wrong only where cells
    have leading zeros or more digits than float64 holds; those columns are read a second time.
    """
    frame = source.frame(positions, rows, first_row)
    found: dict[int, Column] = {}
    for i in positions:
        values = frame[i]
        if values.dtype.kind in "iuf" and i not in source.layout.coded:
            numbers = values.to_numpy(dtype=np.float64)
            if not (np.abs(numbers) >= EXACT).any():
                found[i] = Column(numbers, "number")
    del frame
    rest = [i for i in positions if i not in found]
    if rest:
        texts = source.frame(rest, rows, first_row, as_text=True)
        for i in rest:
            found[i] = from_texts(texts[i], decimal_comma=decimal_comma)
    return {i: found[i] for i in positions}
