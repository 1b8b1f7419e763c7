"""Which characters a text file holds: found out, said, never guessed in silence."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ..errors import RequestError, UnreadableFileError

__all__ = ["Utf8", "to_utf8"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TWICE_ENCODED = re.compile(rb"\xc3[\x82\x83]\xc2[\x80-\xbf]|\xc3\xa2\xe2\x82\xac")


@dataclass(frozen=True, slots=True)
class Utf8:
    """A text file's content, whatever it was encoded in.

    Attributes:
        data: The text as UTF-8 without byte order mark; every line ends in "\\n".
        notes: What was assumed or looks wrong, one sentence each.
    """

    data: bytes
    notes: tuple[str, ...] = ()


def to_utf8(raw: bytes, where: str, encoding: str | None = None) -> Utf8:
    """Recode a text file as UTF-8.

    A byte order mark decides. Without one the file is UTF-16 if every other byte of its Latin
    letters, digits and commas is NUL; else UTF-8 if it is valid UTF-8; else Windows-1252 if no line
    of it is UTF-8. Whatever is not UTF-8 is noted.

    Args:
        raw: The bytes of the file.
        where: The file, for messages.
        encoding: The encoding to use instead of detecting one.

    Raises:
        UnreadableFileError: The file is empty, is no text, holds NUL bytes, or mixes encodings.
        RequestError: There is no such `encoding`.
    """
    if not raw.strip(b" \t\r\n\x00"):
        raise UnreadableFileError(
            "the file is empty", where=where, remedy="check that it was saved or downloaded fully"
        )
    notes: list[str] = []
    data = _recode(raw, encoding, where) if encoding else _detect(raw, where, notes)
    nul = data.find(b"\x00")
    if nul >= 0:
        raise UnreadableFileError(
            "there is a NUL byte, so this is no text file or it is damaged",
            where=f"{where}, line {line_at(data, nul)}",
            remedy="export it again as UTF-8",
        )
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    twice = _TWICE_ENCODED.search(data)
    if twice:
        notes.append(
            f"line {line_at(data, twice.start())} holds {_word(data, twice.start())!r}, which looks"
            " like text that was encoded twice before it was saved; it is kept as it stands"
        )
    lost = data.find("\ufffd".encode())
    if lost >= 0:
        notes.append(
            f"line {line_at(data, lost)} holds the replacement character \ufffd: letters were lost"
            " before the file was saved"
        )
    return Utf8(data, tuple(notes))


def line_at(data: bytes, position: int) -> int:
    """1-based line of the byte at `position`."""
    return data.count(b"\n", 0, position) + 1


def _recode(raw: bytes, encoding: str, where: str) -> bytes:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise RequestError(
            f"there is no encoding {encoding!r}", where=where, remedy="try utf-8, cp1252 or utf-16"
        ) from None
    for bom, bom_name in _BOMS:
        if raw.startswith(bom) and bom_name.startswith(name.removesuffix("-sig")):
            return raw[len(bom) :] if bom_name == "utf-8" else _decode(raw, bom, bom_name, where)
    try:
        return raw.decode(name).encode()
    except (UnicodeError, LookupError) as failure:
        at = failure.start if isinstance(failure, UnicodeDecodeError) else 0
        raise UnreadableFileError(
            f"the text is not valid {encoding} (byte {at + 1})",
            where=f"{where}, line {line_at(raw, at)}",
            remedy="leave out --encoding to have it detected",
        ) from failure


def _decode(raw: bytes, bom: bytes, name: str, where: str) -> bytes:
    try:
        return raw[len(bom) :].decode(name).encode()
    except UnicodeError as failure:
        at = failure.start if isinstance(failure, UnicodeDecodeError) else 0
        raise UnreadableFileError(
            f"the file says it is {name.upper()} and is not (byte {at + len(bom) + 1})",
            where=where,
            remedy="it may be cut short; export it again, best as UTF-8",
        ) from failure


def _detect(raw: bytes, where: str, notes: list[str]) -> bytes:
    for bom, name in _BOMS:
        if raw.startswith(bom):
            if name != "utf-8":
                notes.append(f"read as {name[:6].upper()}, as its byte order mark says")
                return _decode(raw, bom, name, where)
            raw = raw[len(bom) :]
            break
    unmarked = _unmarked_utf16(raw)
    if unmarked:
        notes.append(f"read as {unmarked.upper()}, though no byte order mark says so")
        return _decode(raw, b"", unmarked, where)
    try:
        raw.decode()
    except UnicodeDecodeError as failure:
        return _fallback(raw, failure.start, where, notes)
    return raw


def _unmarked_utf16(raw: bytes) -> str:
    """The byte order of UTF-16 text without its mark, or "" if it is something else.

    Delimiters, digits and line breaks have a NUL as their high byte; a survey file in any script is
    full of them, and no text in another encoding has a NUL at all.
    """
    head = raw[: 1 << 16]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) or 10 * max(even, odd) < len(head):
        return ""
    newline, name = (b"\x00\n", "utf-16-be") if even else (b"\n\x00", "utf-16-le")
    return name if newline in head or newline.replace(b"\n", b"\r") in head else ""


def _fallback(raw: bytes, first: int, where: str, notes: list[str]) -> bytes:
    """Windows-1252, if the file cannot be a UTF-8 file with a few damaged bytes."""
    escaped = raw.decode(errors="surrogateescape")
    also_utf8 = re.search("[^\x00-\x7f\udc80-\udcff]", escaped)
    place = f"{where}, line {line_at(raw, first)}"
    if also_utf8:
        other = escaped.count("\n", 0, also_utf8.start()) + 1
        raise UnreadableFileError(
            f"byte {first + 1} is not UTF-8 although line {other} is, so the file mixes encodings",
            where=place,
            remedy="save it all as UTF-8, or name the encoding with --encoding",
        )
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as failure:
        raise UnreadableFileError(
            f"byte {failure.start + 1} (0x{raw[failure.start]:02x}) is neither UTF-8 nor"
            " Windows-1252",
            where=f"{where}, line {line_at(raw, failure.start)}",
            remedy="name the encoding with --encoding",
        ) from failure
    data = text.encode()
    sample = _word(data, len(raw[:first].decode("cp1252").encode()))
    notes.append(
        f"the file is not UTF-8 and was read as Windows-1252 (line {line_at(raw, first)}:"
        f" {sample!r}); if that looks wrong, name its encoding with --encoding"
    )
    return data


def _word(data: bytes, position: int) -> str:
    """The word around a byte, for showing."""
    window = data[max(0, position - 20) : position + 24].decode(errors="ignore")
    before = data[max(0, position - 20) : position].decode(errors="ignore")
    at = len(before)
    start = max((m.end() for m in re.finditer(r"[\s,;|\"]", window[:at])), default=0)
    stop = re.search(r"[\s,;|\"]", window[at:])
    return window[start : at + stop.start() if stop else len(window)]
