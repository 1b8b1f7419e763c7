"""Files of the statistical packages, through ReadStat: what SPSS, Stata and SAS have in common.

Cells are read with their missing codes in place and separated afterwards, because ReadStat on its
own turns "refused" and "don't know" into blanks.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, MissingCode
from ..errors import UnknownNameError, UnreadableFileError
from ..reasons import reason_from_label
from ..table import Table
from .apart import Column, set_apart
from .options import ReadOptions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contents", "assemble", "date_from", "read_contents", "split_labels", "whole"]

ROWS_AT_A_TIME = 20_000
"""Rows held twice while reading; 20,000 × 300 keeps the process under 300 MB at no cost in time."""
CHUNKS_AT_MOST = 20
"""ReadStat walks past all earlier rows to reach a chunk, so their number is bounded."""

FloatArray = npt.NDArray[np.float64]
TextArray = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Contents:
    """Columns as ReadStat gives them, and its metadata.

    Attributes:
        names: Columns read, in file order.
        numbers: Numeric columns with numeric missing codes in place, NaN for blanks. Shape (rows,).
        texts: Text columns, None where blank. Shape (rows,).
        tags: Lettered missing codes of numeric columns (Stata, SAS): one character per row, or ""
            where there is none. Shape (rows,).
        meta: pyreadstat's metadata.
        rows: Number of rows read.
        notes: Remarks for people.
    """

    names: tuple[str, ...]
    numbers: Mapping[str, FloatArray]
    texts: Mapping[str, TextArray]
    tags: Mapping[str, npt.NDArray[np.str_]]
    meta: Any
    rows: int
    notes: tuple[str, ...] = field(default=())


def read_contents(
    path: Path,
    parser: Callable[..., tuple[Any, Any]],
    options: ReadOptions,
    *,
    kind: str,
    extra: Mapping[str, Any] | None = None,
) -> Contents:
    """Read a file with one of pyreadstat's functions, some rows at a time.

    Args:
        path: The file.
        parser: `pyreadstat.read_sav` or a sister.
        options: What the caller asked for.
        kind: What the file is, for messages: "SPSS file".
        extra: Further arguments for `parser`, such as `user_missing`.

    Raises:
        UnreadableFileError: The file is malformed, truncated, or its text cannot be decoded.
        UnknownNameError: A column asked for is not in the file.
    """
    import pyreadstat

    arguments: dict[str, Any] = {"disable_datetime_conversion": True, **(extra or {})}
    if options.encoding is not None:
        arguments["encoding"] = options.encoding
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            _, meta = _ask(parser, path, metadataonly=True, **arguments)
            if not all(isinstance(name, str) for name in meta.column_names):
                raise pyreadstat.PyreadstatError("A column has no name")
            names = _chosen(tuple(meta.column_names), options, path)
            if options.columns is not None:
                arguments["usecols"] = list(names)
            found = _Columns(names, meta, _row_count(meta, options))
            for frame, meta in _chunks(path, parser, arguments, found.capacity, options):  # noqa: B007
                found.append(frame)
                if options.progress is not None and found.capacity:
                    options.progress(found.rows / found.capacity)
        except pyreadstat.ReadstatError as error:
            raise _unreadable(path, kind, str(error)) from error
        except (pyreadstat.PyreadstatError, UnicodeDecodeError, OverflowError) as error:
            raise _unreadable(path, kind, str(error)) from error
    return found.contents(meta, tuple(str(w.message) for w in caught))


def _ask(
    parser: Callable[..., tuple[Any, Any]], path: Path, **arguments: Any
) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    try:
        return parser(str(path), **arguments)
    except TypeError as error:
        # pyreadstat computes with what ReadStat could not make out, such as a name that is missing.
        raise pyreadstat.PyreadstatError("A part of its dictionary is missing") from error


def _unreadable(path: Path, kind: str, message: str) -> UnreadableFileError:
    if "convert string" in message or "encoding" in message or "codec" in message:
        return UnreadableFileError(
            "its text is not in the encoding that the file declares",
            where=path.name,
            remedy="name the encoding, for example with --encoding cp1252",
        )
    if "expected number of rows" in message or "read from file" in message:
        return UnreadableFileError(
            f"the {kind} ends too early; it is truncated or damaged",
            where=path.name,
            remedy="copy or download it again",
        )
    return UnreadableFileError(
        f"this is not a sound {kind} ({message[:1].lower()}{message[1:].rstrip('.')})",
        where=path.name,
        remedy="open it in the program that wrote it and save it again",
    )


def _chosen(names: tuple[str, ...], options: ReadOptions, path: Path) -> tuple[str, ...]:
    if options.columns is None:
        return names
    for wanted in options.columns:
        if wanted not in names:
            raise UnknownNameError("column", wanted, names, where=path.name)
    return tuple(name for name in names if name in options.columns)


def _row_count(meta: Any, options: ReadOptions) -> int | None:
    declared: int | None = meta.number_rows
    if declared is None or declared < 0:
        return options.rows
    return declared if options.rows is None else min(declared, options.rows)


def _chunks(
    path: Path,
    parser: Callable[..., tuple[Any, Any]],
    arguments: Mapping[str, Any],
    rows: int | None,
    options: ReadOptions,
) -> Iterator[tuple[pd.DataFrame, Any]]:
    if rows is None or rows == 0:
        # .por and .xpt do not say how many rows they hold.
        yield _ask(parser, path, **arguments, row_limit=options.rows or 0)
        return
    step = max(ROWS_AT_A_TIME, -(-rows // CHUNKS_AT_MOST))
    for start in range(0, rows, step):
        limit = min(step, rows - start)
        yield _ask(parser, path, **arguments, row_offset=start, row_limit=limit)


class _Columns:
    """Columns being filled, chunk by chunk."""

    def __init__(self, names: tuple[str, ...], meta: Any, capacity: int | None) -> None:
        types = meta.readstat_variable_types
        self.names = names
        self.capacity = capacity
        self.rows = 0
        self.numeric = [n for n in names if not str(types[n]).startswith("string")]
        self.textual = [n for n in names if str(types[n]).startswith("string")]
        # One block, one row per column: what pandas itself would make of it, without its copies.
        self.block = np.empty((len(self.numeric), capacity or 0))
        self.texts: dict[str, list[Any]] = {name: [] for name in self.textual}
        self.tags: dict[str, list[tuple[int, npt.NDArray[np.str_]]]] = {}

    def append(self, frame: pd.DataFrame) -> None:
        start, stop = self.rows, self.rows + len(frame)
        if stop > self.block.shape[1]:
            grown = np.empty((len(self.numeric), stop))
            grown[:, :start] = self.block[:, :start]
            self.block = grown
        for j, name in enumerate(self.numeric):
            column = frame[name].to_numpy()
            if column.dtype == object or column.dtype.kind in "OTU":
                column = self._untag(name, start, np.asarray(column, dtype=object))
            self.block[j, start:stop] = column
        for name in self.textual:
            self.texts[name].extend(frame[name].tolist())
        self.rows = stop

    def _untag(self, name: str, start: int, column: TextArray) -> FloatArray:
        tagged = np.fromiter((isinstance(v, str) for v in column), np.bool_, len(column))
        if tagged.any():
            letters = np.where(tagged, column, "").astype("<U1")
            self.tags.setdefault(name, []).append((start, letters))
        return np.where(tagged, np.nan, column).astype(np.float64)

    def contents(self, meta: Any, notes: tuple[str, ...]) -> Contents:
        block = self.block[:, : self.rows]
        texts = {}
        for name, values in self.texts.items():
            column = np.empty(len(values), dtype=object)
            # These formats have no other way to leave a text unanswered than to leave it empty.
            column[:] = [v if isinstance(v, str) and v else None for v in values]
            texts[name] = column
        tags = {}
        for name, pieces in self.tags.items():
            letters = np.zeros(self.rows, dtype="<U1")
            for start, piece in pieces:
                letters[start : start + len(piece)] = piece
            tags[name] = letters
        return Contents(
            names=self.names,
            numbers={name: block[j] for j, name in enumerate(self.numeric)},
            texts=texts,
            tags=tags,
            meta=meta,
            rows=self.rows,
            notes=notes,
        )


# --- from contents to a table -----------------------------------------------------------------


def whole(code: Any) -> Code:
    """A code as the codebook holds it: float, or str. ReadStat gives int, float or str."""
    return code if isinstance(code, str) else float(code)


def split_labels(
    labels: Mapping[Any, str], missing_codes: Sequence[Code]
) -> tuple[tuple[tuple[Code, str], ...], tuple[MissingCode, ...]]:
    """Part a file's value labels into those of answers and those of missing codes.

    Args:
        labels: Label by code, in the order of the file.
        missing_codes: Codes that mean "no answer", in their final order.

    Returns:
        Substantive labels, numbers ascending; and one `MissingCode` per missing code, its reason
        guessed from its label.
    """
    by_code = {
        code: label
        for code, label in ((whole(code), label) for code, label in labels.items())
        if isinstance(code, str) or math.isfinite(code)  # nobody can give a system-missing answer
    }
    gone = set(missing_codes)
    substantive = [(code, label) for code, label in by_code.items() if code not in gone]
    if all(not isinstance(code, str) for code, _ in substantive):
        substantive.sort(key=lambda pair: pair[0])
    missing = tuple(
        MissingCode(code, reason_from_label(by_code.get(code, "")), by_code.get(code, ""))
        for code in missing_codes
    )
    return tuple(substantive), missing


def date_from(
    values: FloatArray, *, unit: str, epoch: str
) -> tuple[npt.NDArray[np.datetime64], int]:
    """Turn counts since an epoch into datetime64[us].

    Args:
        values: Counts, NaN where missing. Shape (rows,).
        unit: What is counted: "D", "s", "ms" or "M" (whole months).
        epoch: ISO date counted from.

    Returns:
        The dates, NaT where missing, and the number of values outside the years 1 to 9999, which
        are NaT too.
    """
    dates = np.full(len(values), np.datetime64("NaT", "us"))
    start = np.datetime64(epoch, "us")
    if unit == "M":
        origin = np.datetime64(epoch, "M")
        held = np.isfinite(values) & (np.abs(values) < 12 * 9999)
        dates[held] = (origin + values[held].astype(np.int64)).astype("datetime64[us]")
    else:
        scale = {"D": 86_400_000_000, "s": 1_000_000, "ms": 1_000}[unit]
        limit = 366 * 10_000 * 86_400_000_000 / scale
        held = np.isfinite(values) & (np.abs(values) < limit)
        counts = np.rint(values[held] * scale).astype(np.int64)
        dates[held] = start + counts.astype("timedelta64[us]")
    outside = held & (
        (dates < np.datetime64("0001-01-01", "us")) | (dates > np.datetime64("9999-12-31T23", "us"))
    )
    dates[outside] = np.datetime64("NaT", "us")
    lost = int((np.isfinite(values) & np.isnat(dates)).sum())
    return dates, lost


def assemble(
    columns: Sequence[Column],
    *,
    declared: frozenset[str],
    title: str,
    about: Iterable[str] = (),
    notes: Iterable[str],
    settled: Container[str],
) -> Table:
    """Make a table of columns.

    Args:
        columns: One per variable, in order.
        declared: As in `Table`.
        title: As in `Table`.
        about: As in `Table`; repeated lines are kept once.
        notes: As in `Table`; repeated lines are kept once.
        settled: Variables whose missing codes are known, and not inferred from labels.
    """
    import pandas as pd

    columns = [c if c[0].name in settled else set_apart(c) for c in columns]
    cells = {
        # Object, or pandas would turn None into NaN and the type into one of its own.
        variable.name: pd.Series(values, dtype=values.dtype, copy=False)
        for variable, values, _ in columns
    }
    return Table(
        frame=pd.DataFrame(cells, copy=False),
        variables=tuple(variable for variable, _, _ in columns),
        declared=declared,
        status={v.name: status for v, _, status in columns if status is not None},
        title=title,
        about=tuple(dict.fromkeys(about)),
        notes=tuple(dict.fromkeys(notes)),
    )
