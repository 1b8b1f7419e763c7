"""What a file really is, from its first bytes; a name can say anything."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import UnreadableFileError

__all__ = ["check_signature"]

_HEAD = 4096
_SAS7BDAT = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd920800")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True, slots=True)
class _Nature:
    """What a file is.

    Attributes:
        name: For people, with its article.
        suffixes: Names such files should end in; empty when they cannot be read.
        remedy: What to do when they cannot be read.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    remedy: str = ""


_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_TEXT = _Nature("a text file", _TEXT_SUFFIXES)
_UNKNOWN = _Nature("of no kind that can be read", (), "export the data as .sav, .dta or .csv")


def check_signature(path: Path, suffix: str) -> None:
    """Make sure that a file is what its name says.

    Args:
        path: The file.
        suffix: Lower-case suffix, with its dot, of a format that comes with understudy.

    Raises:
        UnreadableFileError: It is something else; the message says what, and what to do.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    nature = _nature(path, head)
    if suffix in nature.suffixes:
        return
    if nature is _UNKNOWN and suffix in _TEXT_SUFFIXES:
        return  # Perhaps UTF-16 without its mark; the reader of text names the line otherwise.
    if nature.suffixes:
        raise UnreadableFileError(
            f"the file is really {nature.name}",
            where=path.name,
            remedy=f"rename it to {path.stem}{nature.suffixes[0]}",
        )
    if nature is _UNKNOWN:
        raise UnreadableFileError(
            f"the content is not that of a {suffix} file",
            where=path.name,
            remedy="it may be damaged or of another kind; " + nature.remedy,
        )
    raise UnreadableFileError(
        f"the file is really {nature.name}", where=path.name, remedy=nature.remedy
    )


def _nature(path: Path, head: bytes) -> _Nature:
    if head.startswith((b"$FL2", b"$FL3")):
        compressed = head.startswith(b"$FL3")
        first = ".zsav" if compressed else ".sav"
        return _Nature("an SPSS file", (first, ".sav", ".zsav"))
    if b"SPSSPORT" in head.replace(b"\r", b"").replace(b"\n", b""):
        return _Nature("an SPSS portable file", (".por",))
    if head.startswith(b"<stata_dta>") or (
        # Before version 117: version, byte order 1 or 2, file type 1, and a filler.
        len(head) > 4 and 0x68 <= head[0] <= 0x73 and head[1] in (1, 2) and head[2] == 1
    ):
        return _Nature("a Stata file", (".dta",))
    if head.startswith(_SAS7BDAT):
        return _Nature("a SAS file", (".sas7bdat",))
    if head.startswith(b"HEADER RECORD*******LIB"):
        return _Nature("a SAS transport file", (".xpt",))
    if head.startswith(b"PAR1"):
        return _Nature("a Parquet file", (".parquet",))
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(path)
    return _without_format(head)


def _without_format(head: bytes) -> _Nature:
    if head.startswith(_OLE):
        return _Nature("an old Excel workbook (.xls)", (), "save it as .xlsx in Excel")
    if head.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")):
        return _Nature("a compressed archive", (), "unpack it first")
    if head.startswith(b"%PDF"):
        return _Nature("a PDF document", (), "export the data as .sav, .dta or .csv")
    if head.startswith((b"RDX2", b"RDX3", b"RDA2", b"RDA3")):
        return _Nature("an R workspace", (), "write it from R with haven::write_sav")
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return _TEXT
    return _UNKNOWN if b"\x00" in head else _TEXT


def _in_zip(path: Path) -> _Nature:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # Truncated, perhaps: its reader will say so if the name agrees.
        return _Nature("a damaged Excel workbook or zip archive", (".xlsx",))
    if any(name.startswith("xl/") for name in names):
        return _Nature("an Excel workbook", (".xlsx",))
    if "content.xml" in names:
        return _Nature("an OpenDocument spreadsheet", (), "save it as .xlsx or .csv")
    return _Nature("a zip archive", (), "unpack it first")
