"""Parquet files, with the codebook their schema may carry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..codebook import Level
from ..errors import MissingExtraError, UnknownNameError, UnreadableFileError
from ..table import Table
from .columns import EXACT, TRUTH, Column, column_notes, unique_names, variable_of
from .options import ReadOptions

if TYPE_CHECKING:
    import pyarrow

__all__ = ["CODEBOOK_KEY", "read_parquet"]

CODEBOOK_KEY = b"understudy.codebook"
"""Key of the schema's metadata under which `codebook_json.to_json` is stored."""

MAX_CELLS = 2_000_000_000


def read_parquet(path: Path, options: ReadOptions) -> Table:
    """Read a Parquet file.

    Dictionary columns become labelled text, in the order of the dictionary; an ordered dictionary
    is ordinal. Nested and binary columns are left out and noted.

    Args:
        path: The file.
        options: `columns` and `rows` are used.

    Raises:
        MissingExtraError: pyarrow is not installed.
        UnreadableFileError: The file is damaged, or too large to be respondents' answers.
        UnknownNameError: A column asked for is not in the file.
        CodebookError: The codebook in the schema is damaged.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet", "reading Parquet") from None
    where = path.name
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = unique_names(file.schema_arrow.names)
            if file.metadata.num_rows * len(names) > MAX_CELLS:
                raise UnreadableFileError(
                    f"the file declares {file.metadata.num_rows:,} rows of {len(names):,} columns",
                    where=where,
                    remedy="read the columns you need with --columns",
                )
            wanted = _wanted(names, options, where)
            columns = None
            if len(wanted) < len(names):
                columns = [file.schema_arrow.names[i] for i in wanted]
            table = file.read(columns=columns)
            # Texts that are no UTF-8 and indices that lead nowhere are found here or by nobody.
            table.validate(full=True)
            metadata = file.schema_arrow.metadata or {}
    except (pyarrow.ArrowException, OSError, ValueError) as failure:
        reason = str(failure).splitlines()[0].rstrip(".") if str(failure) else "no reason given"
        raise UnreadableFileError(
            f"the Parquet file is damaged ({reason})",
            where=where,
            remedy="write or download it again",
        ) from failure
    if options.rows is not None:
        table = table.slice(0, options.rows)
    read = _table(table, [names[i] for i in wanted])
    if CODEBOOK_KEY in metadata:
        return _described(read, metadata[CODEBOOK_KEY], where)
    return read


def _wanted(names: tuple[str, ...], options: ReadOptions, where: str) -> list[int]:
    if options.columns is None:
        return list(range(len(names)))
    for name in options.columns:
        if name not in names:
            raise UnknownNameError("column", name, names, where=where)
    return [i for i, name in enumerate(names) if name in options.columns]


def _table(table: pyarrow.Table, names: list[str]) -> Table:
    import pandas as pd

    columns: dict[str, Column] = {}
    declared, skipped, ordinal = set(), [], set()
    for i, name in enumerate(names):
        chunks = table.column(i)
        column = _column(chunks)
        if column is None:
            skipped.append(f"{name} ({chunks.type})")
            continue
        columns[name] = column
        if _is_dictionary(chunks.type):
            declared.add(name)
            if chunks.type.ordered:
                ordinal.add(name)
    notes = [*column_notes(columns)]
    if skipped:
        notes.append(f"left out, being neither numbers, text nor dates: {', '.join(skipped)}")
    return Table(
        frame=pd.DataFrame({name: column.values for name, column in columns.items()}),
        variables=tuple(
            variable_of(name, column).replace(
                **({"level": Level.ORDINAL if name in ordinal else Level.NOMINAL})
                if name in declared
                else {}
            )
            for name, column in columns.items()
        ),
        declared=frozenset(declared),
        notes=tuple(notes),
    )


def _is_dictionary(kind: Any) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_dictionary(kind)) and _is_text(kind.value_type)


def _is_text(kind: Any) -> bool:
    import pyarrow

    types = pyarrow.types
    kinds = (types.is_string, types.is_large_string, types.is_string_view)
    return any(is_kind(kind) for is_kind in kinds)


def _column(chunks: Any) -> Column | None:
    """One Arrow column; None for types that hold neither numbers, text nor dates."""
    import pandas as pd
    import pyarrow
    import pyarrow.compute as compute

    types, kind = pyarrow.types, chunks.type
    if _is_dictionary(kind):
        chunks = chunks.unify_dictionaries()
        words = chunks.chunk(0).dictionary.to_pylist() if chunks.num_chunks else []
        labels = tuple((str(word), str(word)) for word in words if word is not None)
        values = np.array(chunks.to_pylist(), dtype=object)
        return Column(pd.Series(values, dtype=object), "text", labels)
    if types.is_dictionary(kind):
        chunks, kind = chunks.cast(kind.value_type), kind.value_type
    if types.is_boolean(kind):
        return Column(_floats(chunks.cast(pyarrow.int8())), "number", TRUTH)
    if types.is_integer(kind):
        span = compute.min_max(chunks).as_py()
        if max(abs(span["min"] or 0), abs(span["max"] or 0)) > EXACT:
            texts = np.array(chunks.cast(pyarrow.string()).to_pylist(), dtype=object)
            note = "whole numbers with more digits than can be computed with are kept as text"
            return Column(pd.Series(texts, dtype=object), "text", note=note)
        return Column(_floats(chunks), "number")
    if types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind):
        return Column(_floats(chunks.cast(pyarrow.float64())), "number")
    if _is_text(kind):
        texts = np.array(chunks.to_pylist(), dtype=object)
        return Column(pd.Series(texts, dtype=object), "text")
    if types.is_timestamp(kind) or types.is_date(kind):
        cast = chunks.cast(pyarrow.timestamp("us", tz=getattr(kind, "tz", None)), safe=False)
        dates = cast.to_numpy()
        return Column(np.asarray(dates, dtype="datetime64[us]"), "date")
    return None


def _floats(chunks: Any) -> Any:
    import pyarrow

    values = chunks.cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def _described(table: Table, raw: bytes, where: str) -> Table:
    """The table under the codebook that the file carries."""
    from ..codebook_file import apply_codebook
    from ..codebook_json import from_json
    from ..errors import CodebookError

    try:
        book = from_json(raw.decode())
    except UnicodeDecodeError:
        raise CodebookError("the codebook in the file is not UTF-8", where=where) from None
    present = {v.name for v in table.variables}
    return apply_codebook(table, book.select(n for n in book.names if n in present), where)
