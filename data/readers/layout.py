"""Where the records of a delimited text stand, and whether they all have the same cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from ..errors import UnreadableFileError
from .encoding import line_at

__all__ = ["Layout", "lay_out", "sniff_delimiter"]

DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 1 << 24
_HEAD = 1 << 16


@dataclass(frozen=True, eq=False)
class Layout:
    """Records of a delimited text; blank lines are none.

    Attributes:
        starts: Offset of the first byte of each record, shape (records,).
        ends: Offset behind the last byte of each record (its newline), shape (records,).
        cells: Number of cells of each record, shape (records,).
        coded: Positions of columns in which a cell starts with a zero and another digit ("007").
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    cells: npt.NDArray[np.int64]
    coded: frozenset[int]

    def __len__(self) -> int:
        return len(self.ends)


def sniff_delimiter(data: bytes, *, tabs_first: bool = False) -> str:
    """The delimiter under which the first records agree best with the header.

    Args:
        data: The file as UTF-8.
        tabs_first: Whether a tie goes to the tab, as in a .tsv file.
    """
    head = data[:_HEAD].decode(errors="ignore")
    best, best_score = ("\t" if tabs_first else ","), (0.0, 0)
    for delimiter in ("\t", *DELIMITERS) if tabs_first else DELIMITERS:
        try:
            rows = list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), 40))
        except csv.Error:
            continue
        if len(data) > _HEAD and len(rows) < 40:
            rows = rows[:-1]
        rows = [row for row in rows if row]
        if not rows or len(rows[0]) < 2:
            continue
        width = len(rows[0])
        agree = sum(len(row) == width for row in rows) / len(rows)
        if (agree, width) > best_score:
            best, best_score = delimiter, (agree, width)
    return best


def lay_out(data: bytes, delimiter: str, where: str) -> Layout:
    """Find the records of `data` and check that all have as many cells as the first.

    Quotation marks are first taken at face value, which is fast; a file in which that gives uneven
    records is gone through once more as `csv` reads it.

    Raises:
        UnreadableFileError: A record has more or fewer cells than the header, or a quotation mark
            is never closed.
    """
    layout = _fast(data, delimiter)
    if layout is not None and (layout.cells == layout.cells[0]).all():
        return layout
    layout = _exact(data, delimiter, where)
    uneven = np.flatnonzero(layout.cells != layout.cells[0])
    row = int(uneven[0]) if len(uneven) else len(layout) - 1
    place = f"{where}, line {line_at(data, int(layout.starts[row]))}"
    if row == len(layout) - 1 and _is_open(data[int(layout.starts[row]) :], delimiter):
        raise UnreadableFileError(
            "a quotation mark opened in this row is never closed",
            where=place,
            remedy="close it, or double it if it is meant as text",
        )
    if len(uneven):
        count, expected = int(layout.cells[row]), int(layout.cells[0])
        raise UnreadableFileError(
            f"the row has {count:,} cells where the header has {expected:,}",
            where=place,
            remedy="quote cells that contain the delimiter, and give every row all its cells",
        )
    return layout


def _is_open(record: bytes, delimiter: str) -> bool:
    """Whether the last record ends inside quotation marks."""
    try:
        list(csv.reader(io.StringIO(record.decode(), newline=""), delimiter=delimiter, strict=True))
    except csv.Error as failure:
        return "unexpected end" in str(failure)
    return False


def _fast(data: bytes, delimiter: str) -> Layout | None:
    """The layout when every quotation mark opens or closes a cell; None if they do not pair up."""
    raw = np.frombuffer(data, dtype=np.uint8)
    mark, inside, total, opened_at = ord(delimiter), False, 0, 0
    ends: list[npt.NDArray[np.int64]] = []
    counts: list[npt.NDArray[np.int64]] = []
    coded: set[int] = set()
    for begin in range(0, len(raw), _CHUNK):
        chunk = raw[begin : begin + _CHUNK]
        quoted = np.logical_xor.accumulate(chunk == 0x22) ^ inside
        inside = bool(quoted[-1])
        outside = ~quoted
        marks = np.flatnonzero((chunk == mark) & outside)
        newlines = np.flatnonzero((chunk == 0x0A) & outside)
        at_newline = np.searchsorted(marks, newlines) + total
        coded.update(_coded_columns(raw, begin, chunk, mark, marks, newlines, total, opened_at))
        ends.append((newlines + begin + 1).astype(np.int64))
        counts.append(at_newline.astype(np.int64))
        total += len(marks)
        opened_at = int(at_newline[-1]) if len(at_newline) else opened_at
    if inside:
        return None
    end, count = np.concatenate(ends), np.concatenate(counts)
    if not len(end) or end[-1] < len(data):
        end, count = np.append(end, len(data)), np.append(count, total)
    start = np.concatenate([[0], end[:-1]]).astype(np.int64)
    cells = np.diff(count, prepend=0) + 1
    keep = raw[start] != 0x0A
    return Layout(start[keep], end[keep], cells[keep], frozenset(coded)) if keep.any() else None


def _coded_columns(
    raw: npt.NDArray[np.uint8],
    begin: int,
    chunk: npt.NDArray[np.uint8],
    mark: int,
    marks: npt.NDArray[np.intp],
    newlines: npt.NDArray[np.intp],
    total: int,
    opened_at: int,
) -> set[int]:
    """Columns in which a cell of this chunk starts with "0" and a digit."""
    zeros = np.flatnonzero(chunk == 0x30) + begin
    zeros = zeros[(zeros > 0) & (zeros < len(raw) - 1)]
    before, after = raw[zeros - 1], raw[zeros + 1]
    starts = (before == mark) | (before == 0x0A) | (before == 0x22)
    zeros = zeros[starts & (after >= 0x30) & (after <= 0x39)] - begin
    if not len(zeros):
        return set()
    record = np.searchsorted(newlines, zeros)
    opened = np.concatenate([[opened_at], np.searchsorted(marks, newlines) + total])
    columns = np.searchsorted(marks, zeros) + total - opened[record]
    return {int(column) for column in np.unique(columns)}


def _exact(data: bytes, delimiter: str, where: str) -> Layout:
    offsets = [0]

    def lines() -> Iterator[str]:
        for line in io.BytesIO(data):
            offsets.append(offsets[-1] + len(line))
            yield line.decode()

    reader = csv.reader(lines(), delimiter=delimiter)
    starts, ends, cells = [], [], []
    coded: set[int] = set()
    line = 0
    try:
        for row in reader:
            if row:
                starts.append(offsets[line])
                ends.append(offsets[reader.line_num])
                cells.append(len(row))
                coded.update(i for i, c in enumerate(row) if c[:1] == "0" and c[1:2].isdigit())
            line = reader.line_num
    except csv.Error as failure:
        raise UnreadableFileError(
            "a cell that starts in this row is too long to be an answer",
            where=f"{where}, line {line + 1}",
            remedy="a quotation mark may be left open there",
        ) from failure
    return Layout(np.array(starts), np.array(ends), np.array(cells), frozenset(coded))
