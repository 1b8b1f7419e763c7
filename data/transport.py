"""A table as bytes, to cross from a child process: JSON for meanings, plain arrays for cells.

Nothing is unpickled: what arrives was made by a process that parsed somebody's file.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from io import BufferedReader
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .codebook import Variable
from .codebook_json import variable_from_dict, variable_to_dict
from .table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of", "receive_json", "receive_table", "send_json", "send_table"]

_LENGTH = struct.Struct("<Q")
_PIECE = 1 << 22


def send_json(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Write one message: its length in bytes, then JSON."""
    body = json.dumps(message).encode()
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def receive_json(stream: BufferedReader) -> dict[str, Any]:
    """Read one message.

    Raises:
        EOFError: The stream ends.
        ValueError: It holds something else.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    message = json.loads(_exactly(stream, length))
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message


def send_table(stream: IO[bytes], table: Table) -> None:
    """Write a table: a message that describes it, then its cells column by column."""
    send_json(
        stream,
        {
            "variables": [variable_to_dict(v) for v in table.variables],
            "declared": sorted(table.declared),
            "status": list(table.status),
            "title": table.title,
            "about": list(table.about),
            "notes": list(table.notes),
            "rows": len(table.frame),
        },
    )
    for variable in table.variables:
        column = table.frame[variable.name]
        if variable.kind == "text":
            missing = column.isna().to_numpy()
            texts = ["" if gone else v for gone, v in zip(missing, column.tolist(), strict=True)]
            encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
            lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
            lengths[missing] = -1
            _send_array(stream, lengths)
            _send_array(stream, np.frombuffer(b"".join(encoded), dtype=np.uint8))
        elif variable.kind == "date":
            _send_array(stream, column.to_numpy(dtype="datetime64[us]").view(np.int64))
        else:
            _send_array(stream, column.to_numpy(dtype=np.float64))
    for status in table.status.values():
        _send_array(stream, status)
    stream.flush()


def receive_table(stream: BufferedReader, progress: Callable[[float], None] | None = None) -> Table:
    """Read what `send_table` wrote.

    Args:
        stream: Where to read from.
        progress: Called with the fraction received.

    Raises:
        EOFError: The stream ends early.
        ValueError: It holds something else.
    """
    head = receive_json(stream)
    rows = int(head["rows"])
    variables = tuple(variable_from_dict(entry) for entry in head["variables"])
    numeric = [v.name for v in variables if v.kind == "number"]
    block = np.empty((len(numeric), rows))
    others: dict[str, npt.NDArray[Any]] = {}
    filled = 0
    for done, variable in enumerate(variables, start=1):
        if variable.kind == "number":
            _fill(stream, block[filled])
            filled += 1
        elif variable.kind == "date":
            counts = np.empty(rows, dtype=np.int64)
            _fill(stream, counts)
            others[variable.name] = counts.view("datetime64[us]")
        else:
            others[variable.name] = _receive_texts(stream, rows)
        if progress is not None:
            progress(done / len(variables))
    statuses = {}
    for name in head["status"]:
        status = np.empty(rows, dtype=np.int16)
        _fill(stream, status)
        statuses[str(name)] = status
    return Table(
        frame=frame_of(variables, block, others),
        variables=variables,
        declared=frozenset(str(name) for name in head["declared"]),
        status=statuses,
        title=str(head["title"]),
        about=tuple(str(note) for note in head["about"]),
        notes=tuple(str(note) for note in head["notes"]),
    )


def frame_of(
    variables: tuple[Variable, ...],
    block: npt.NDArray[np.float64],
    others: dict[str, npt.NDArray[Any]],
) -> pd.DataFrame:
    """Make a DataFrame without copying its numbers more than pandas must.

    Args:
        variables: The columns, in order.
        block: Numeric columns in that order, shape (numeric columns, rows); not to be changed
            afterwards.
        others: Text and date columns by name.
    """
    import pandas as pd

    names = [v.name for v in variables]
    numeric = [v.name for v in variables if v.kind == "number"]
    # The transposed view is laid out as pandas lays out a block of equal columns.
    numbers = pd.DataFrame(block.T, columns=pd.Index(numeric, dtype=object), copy=False)
    if not others:
        numbers.columns = pd.Index(names)
        return numbers
    rest = pd.DataFrame(
        # Object, or pandas would turn None into NaN and the type into one of its own.
        {n: pd.Series(values, dtype=values.dtype, copy=False) for n, values in others.items()},
        copy=False,
    )
    both = pd.concat([numbers, rest], axis=1) if numeric else rest
    frame = both[names]
    frame.columns = pd.Index(names)
    return frame


def _send_array(stream: IO[bytes], values: npt.NDArray[Any]) -> None:
    raw = np.ascontiguousarray(values)
    stream.write(_LENGTH.pack(raw.nbytes))
    if raw.nbytes:
        stream.write(raw.view(np.uint8).data)


def _fill(stream: BufferedReader, target: npt.NDArray[Any]) -> None:
    """Read an array straight into its place."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length != target.nbytes:
        raise ValueError("an array of another size")
    if not length:
        return
    view = target.view(np.uint8).data
    position = 0
    while position < length:
        count = stream.readinto(view[position:])
        if not count:
            raise EOFError("the stream ends early")
        position += count


def _receive_texts(stream: BufferedReader, rows: int) -> npt.NDArray[np.object_]:
    lengths = np.empty(rows, dtype=np.int64)
    _fill(stream, lengths)
    (size,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if size != int(np.maximum(lengths, 0).sum()):
        raise ValueError("texts of another size")
    raw = _exactly(stream, size)
    column = np.empty(rows, dtype=object)
    position = 0
    for row, length in enumerate(lengths.tolist()):
        if length >= 0:
            column[row] = raw[position : position + length].decode("utf-8", "surrogatepass")
            position += length
    return column


def _exactly(stream: BufferedReader, length: int) -> bytes:
    # In pieces, so that a false length cannot make us reserve memory for what never comes.
    pieces = []
    while length:
        piece = stream.read(min(length, _PIECE))
        if not piece:
            raise EOFError("the stream ends early")
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)
