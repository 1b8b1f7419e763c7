"""What a caller may ask of any reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ReadOptions"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Choices that every reader receives; each uses those that mean something to its format.

    Attributes:
        encoding: Character encoding of the file's text, such as "cp1252"; None means: what the
            file declares, or what can be detected.
        sheet: Name of the worksheet to read; None means the only one, or the first.
        columns: Names of the columns to read, or None for all. Columns come in file order.
        rows: At most this many rows are read, or None for all.
        described: Names of variables that a codebook of the caller describes; a reader infers
            nothing about them.
        progress: Called now and then with the fraction read so far, from 0.0 to 1.0.
    """

    encoding: str | None = None
    sheet: str | None = None
    columns: tuple[str, ...] | None = None
    rows: int | None = None
    described: tuple[str, ...] = ()
    progress: Callable[[float], None] | None = None
