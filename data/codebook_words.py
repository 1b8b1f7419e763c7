"""The words codebook files use for levels, reasons, roles, codes and ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TypeVar

from .codebook import Code, Level, MissingCode, Reason, Role, code_text
from .errors import CodebookError, nearest
from .reasons import reason_from_label

__all__ = [
    "LEVEL_OPEN",
    "code_of",
    "join_entries",
    "level_of",
    "missing_of",
    "quoted_code",
    "range_of",
    "range_text",
    "reason_of",
    "role_of",
    "split_entries",
]

LEVEL_OPEN = "the codebook does not state the level"
"""Stands in `Variable.inferred` of a codebook read from a file that leaves the level open."""

_LEVELS = {
    **{level.value: level for level in Level},
    "categorical": Level.NOMINAL,
    "category": Level.NOMINAL,
    "factor": Level.NOMINAL,
    "ordered": Level.ORDINAL,
    "ordered factor": Level.ORDINAL,
    "likert": Level.ORDINAL,
    "ratio": Level.INTERVAL,
    "scale": Level.INTERVAL,
    "metric": Level.INTERVAL,
    "numeric": Level.INTERVAL,
    "continuous": Level.INTERVAL,
    "string": Level.TEXT,
    "open": Level.TEXT,
    "multiple response": Level.MULTIPLE,
}
_REASONS = {reason.value: reason for reason in Reason}
_ROLES = {
    **{role.value: role for role in Role},
    "person": Role.ID,
    "identifier": Role.ID,
    "demographics": Role.DEMOGRAPHIC,
    "question": Role.ITEM,
}
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:\.\.|to|–|-|,)\s*({_NUMBER})\s*")

T = TypeVar("T")


def _word(kind: str, text: str, known: dict[str, T], plain: Iterable[str], where: str) -> T:
    folded = " ".join(text.replace("’", "'").replace("_", " ").split()).casefold()
    if folded in known:
        return known[folded]
    close = nearest(folded, known, 1)
    advice = f"did you mean {close[0]!r}? It is" if close else "it is"
    raise CodebookError(
        f"{text!r} is no {kind}", where=where, remedy=f"{advice} one of {', '.join(plain)}"
    )


def level_of(text: str, where: str) -> Level:
    """The measure level a word means.

    Raises:
        CodebookError: It means none.
    """
    return _word("measure level", text, _LEVELS, list(Level), where)


def role_of(text: str, where: str) -> Role:
    """The role a word means.

    Raises:
        CodebookError: It means none.
    """
    return _word("role", text, _ROLES, list(Role), where)


def reason_of(text: str, where: str) -> Reason:
    """The reason for a missing answer that a phrase means: one of `Reason`, or a label such as
    "prefer not to say" in one of several languages.

    Raises:
        CodebookError: It means none.
    """
    guess = reason_from_label(text)
    if guess is not Reason.OTHER and " ".join(text.split()).casefold() not in _REASONS:
        return guess
    return _word("reason for a missing answer", text, _REASONS, list(Reason), where)


def missing_of(code: Code, text: str, where: str) -> MissingCode:
    """A missing code from its reason as written; a synonym is kept as the code's label."""
    reason = reason_of(text, where)
    return MissingCode(code, reason, "" if text == reason.value else text)


def code_of(text: str) -> Code:
    """A code as written: a number, or text; text that looks like a number stands in quotes.

    >>> code_of("1"), code_of('"1"'), code_of("m")
    (1.0, '1', 'm')
    """
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    return float(text) if _is_number(text) else text


def quoted_code(code: Code) -> str:
    """A code so that `code_of` reads it back."""
    if not isinstance(code, str):
        return code_text(float(code))
    plain = code == code.strip() and code and not _is_number(code) and code[0] != '"'
    return code if plain else f'"{code}"'


def _is_number(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None and math.isfinite(float(text))


def range_of(text: str, where: str) -> tuple[float, float]:
    """A range as written: "1..7", "0 to 100".

    Raises:
        CodebookError: It is no range.
    """
    match = _RANGE.fullmatch(text)
    if not match:
        raise CodebookError(
            f"{text!r} is no range", where=where, remedy="write it as lowest..highest, such as 1..7"
        )
    return float(match[1]), float(match[2])


def range_text(bounds: tuple[float, float]) -> str:
    """A range so that `range_of` reads it back."""
    return f"{code_text(bounds[0])}..{code_text(bounds[1])}"


_ESCAPES = {"\\": "\\\\", ";": "\\;", "=": "\\=", "\n": "\\n", "\r": "\\r"}


def join_entries(entries: Iterable[tuple[str, ...]]) -> str:
    """Entries of one or two parts in one cell: "1=Yes; 2=No"."""
    return "; ".join("=".join(_escape(part) for part in entry) for entry in entries)


def _escape(text: str) -> str:
    """Protect what separates, and white space at the ends."""
    core = text.strip()
    start = len(text) - len(text.lstrip()) if core else len(text)
    stop = start + len(core)
    return "".join(
        _ESCAPES.get(letter, letter if start <= i < stop else "\\" + letter)
        for i, letter in enumerate(text)
    )


def split_entries(cell: str) -> list[tuple[str, ...]]:
    """The entries of a cell, each split at its first "="; a backslash keeps the next letter."""
    entries: list[tuple[str, ...]] = []
    parts: list[list[tuple[str, bool]]] = [[]]
    letters = iter(cell)

    def finish() -> None:
        texts = tuple(_strip(part) for part in parts)
        if texts != ("",):
            entries.append(texts)
        parts[:] = [[]]

    for letter in letters:
        if letter == "\\":
            following = next(letters, "\\")
            parts[-1].append(({"n": "\n", "r": "\r"}.get(following, following), True))
        elif letter == ";":
            finish()
        elif letter == "=" and len(parts) == 1:
            parts.append([])
        else:
            parts[-1].append((letter, False))
    finish()
    return entries


def _strip(letters: list[tuple[str, bool]]) -> str:
    """The letters without white space at the ends, unless a backslash protects it."""
    start, stop = 0, len(letters)
    while start < stop and letters[start][0].isspace() and not letters[start][1]:
        start += 1
    while stop > start and letters[stop - 1][0].isspace() and not letters[stop - 1][1]:
        stop -= 1
    return "".join(letter for letter, _ in letters[start:stop])
