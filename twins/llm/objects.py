"""The one JSON object in what a model said, whatever else it said."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["TWICE", "Found", "find_object"]

TWICE = object()
"""Stands where a key was given twice with different values."""

_MOST_TRIES = 20
"""Opening braces looked at; text with more of them that open nothing is no answer."""
_LONGEST_INTEGER = 18
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        values: The object, None if there is not exactly one.
        problem: Why not, in a clause; "" if there is one.
        complete: Whether it is whole; if not, what stands before the break.
    """

    values: dict[str, object] | None
    problem: str = ""
    complete: bool = True


def find_object(text: str, *, cut: bool = False) -> Found:
    """Find the one JSON object in a text; fences and prose around it do not matter.

    NaN and infinities are read as such; of a key given twice with different values the value is
    `TWICE`; whole numbers of 19 digits and more are read as floats.

    Args:
        text: What the model said.
        cut: Whether the text was cut off, so that an object may lack its end. Members that are
            surely whole are then taken.
    """
    found: dict[str, object] | None = None
    written = ""
    at, tries = text.find("{"), 0
    while at >= 0 and tries < _MOST_TRIES:
        tries += 1
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            if cut and found is None:
                part = _members(text, at)
                if part:
                    return Found(part, complete=False)
            at = text.find("{", at + 1)
            continue
        if found and value and text[at:end] != written:
            return Found(None, "it holds more than one JSON object")
        if not found:
            found, written = value, text[at:end]
        at = text.find("{", end)
    if found is None:
        return Found(None, "it holds no JSON object that can be read")
    return Found(found)


def _members(text: str, at: int) -> dict[str, object]:
    """Members of an object without an end that are followed by a comma, so that they are whole."""
    pairs: list[tuple[str, object]] = []
    at = _skip(text, at + 1)
    try:
        while text.startswith('"', at):
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at)
            if not text.startswith(":", at):
                break
            value, at = _DECODER.raw_decode(text, _skip(text, at + 1))
            at = _skip(text, at)
            if not text.startswith(",", at):
                break
            pairs.append((key, value))
            at = _skip(text, at + 1)
    except (ValueError, RecursionError):
        return _pairs(pairs)
    return _pairs(pairs)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _pairs(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        first: dict[str, object] = {}
        for key, value in pairs:
            if key in first and not _same(first[key], value):
                first[key] = found[key] = TWICE
            first.setdefault(key, value)
    return found


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_int=_integer, strict=False)
