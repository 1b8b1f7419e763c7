"""Respondent files into tables: one reader per format.

A reader is a function `(path: Path, options: ReadOptions) -> Table`. Other packages add formats
through the entry-point group "understudy.readers": the entry's name is the suffix without its dot.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RequestError
from ..existing import require_file
from ..legible import legible_table
from .options import ReadOptions

if TYPE_CHECKING:
    from ..table import Table

__all__ = ["FORMATS", "Format", "ReadOptions", "read_table", "suffixes"]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes:
        reader: Its reader, as "module:function"; the module is relative to this package.
        binary: Whether it is parsed in a child process, with limits on time and memory.
    """

    reader: str
    binary: bool = False


FORMATS: dict[str, Format] = {
    ".sav": Format(".spss:read_spss", binary=True),
    ".zsav": Format(".spss:read_spss", binary=True),
    ".por": Format(".spss:read_spss", binary=True),
    ".dta": Format(".stata:read_stata", binary=True),
    ".sas7bdat": Format(".sas:read_sas", binary=True),
    ".xpt": Format(".sas:read_sas", binary=True),
    ".xlsx": Format(".excel:read_excel", binary=True),
    ".parquet": Format(".parquet:read_parquet", binary=True),
    ".csv": Format(".delimited:read_delimited"),
    ".tsv": Format(".delimited:read_delimited"),
    ".txt": Format(".delimited:read_delimited"),
}
GROUP = "understudy.readers"


def suffixes() -> tuple[str, ...]:
    """Suffixes of all formats that can be read, other packages' included."""
    return (*FORMATS, *(f".{entry.name}" for entry in entry_points(group=GROUP)))


def read_table(path: Path, options: ReadOptions) -> Table:
    """Read a file with the reader that its suffix names.

    Raises:
        FileError: There is no such file, or it cannot be opened.
        RequestError: No reader knows the suffix.
        UnreadableFileError: The file is empty, malformed, or of another kind than its name says.
        UnknownNameError: A column asked for is not in the file.
    """
    suffix = path.suffix.lower()
    require_file(path)
    known = FORMATS.get(suffix)
    if known is None:
        return legible_table(_reader_from_elsewhere(path, suffix)(path, options))
    from .signatures import check_signature

    check_signature(path, suffix)
    module, _, function = known.reader.partition(":")
    if known.binary:
        from ..sandbox import read_in_child

        return legible_table(read_in_child(f"{__name__}{module}:{function}", path, options))
    read: Callable[[Path, ReadOptions], Table]
    read = getattr(importlib.import_module(module, __name__), function)
    return legible_table(read(path, options))


def _reader_from_elsewhere(path: Path, suffix: str) -> Callable[[Path, ReadOptions], Table]:
    for entry in entry_points(group=GROUP):
        if f".{entry.name}" == suffix:
            found: Callable[[Path, ReadOptions], Table] = entry.load()
            return found
    raise RequestError(
        f"files ending in {suffix!r} cannot be read" if suffix else "the file name has no ending",
        where=path.name,
        remedy=f"use one of {', '.join(suffixes())}",
    )
