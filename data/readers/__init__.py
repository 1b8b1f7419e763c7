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

from ..errors import FileError, RequestError, UnreadableFileError, nearest
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
    _make_sure_it_is_there(path)
    known = FORMATS.get(suffix)
    if known is None:
        return _reader_from_elsewhere(path, suffix)(path, options)
    from .signatures import check_signature

    check_signature(path, suffix)
    module, _, function = known.reader.partition(":")
    if known.binary:
        from ..sandbox import read_in_child

        return read_in_child(f"{__name__}{module}:{function}", path, options)
    read: Callable[[Path, ReadOptions], Table]
    read = getattr(importlib.import_module(module, __name__), function)
    return read(path, options)


def _make_sure_it_is_there(path: Path) -> None:
    try:
        if path.is_dir():
            raise FileError("this is a folder", where=str(path), remedy="name a file in it")
        if not path.exists():
            siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            similar = nearest(path.name, siblings, count=1)
            raise FileError(
                "there is no such file",
                where=str(path),
                remedy=f"did you mean {similar[0]}?" if similar else "check the name and folder",
            )
        if path.stat().st_size == 0:
            raise UnreadableFileError(
                "the file is empty", where=path.name, remedy="export or download it again"
            )
        with path.open("rb"):
            pass
    except OSError as error:
        raise FileError(
            f"the file cannot be opened ({error.strerror})",
            where=str(path),
            remedy="check its permissions",
        ) from error


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
