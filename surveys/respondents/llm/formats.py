"""The JSON schema of the answer to a page, in what every provider's strict output takes.

Objects have all properties required and none beyond; there are no unions, no bounds and no
lengths: providers reject, ignore or ration them. A number that may also be a code is a string.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from ....twins.llm.chat import Format
from .asking import Asking, Mode, Strictness
from .choices import PASS, Choices
from .fields import Field, Part, Take
from .objects import TWICE

__all__ = ["MOST_CODES", "REASONING", "ROWS", "format_of", "from_rows", "shape_text"]

REASONING = "reasoning"
"""Key of the reasons given before the answers."""

ROWS = "answers"
"""Key of the rows, where all pages share a schema."""

MOST_CODES = 800
"""Codes listed in one schema; with more of them, the longest lists are left out. Providers take a
thousand values in all enumerations together."""
_MOST_OF_ONE = 200

Spec = tuple[str, str, tuple[str, ...]]
"""Key, kind of value ("code", "codes", "shares", "number", "integer", "string"), and codes."""


def format_of(
    fields: Sequence[Field], keys: Sequence[str], asking: Asking, *, name: str = "answers"
) -> Format | None:
    """The schema of a page's answer; None where nothing is enforced.

    Codes stand in the order written, whatever the order shown: people who see the options in
    different orders share a schema, and it tells nothing of the order.

    Args:
        fields: The questions.
        keys: The key of each.
        asking: How they are asked.
        name: Of the format.
    """
    if asking.strictness is Strictness.NONE or not asking.mode.json:
        return None
    if asking.strictness is Strictness.ROWS:
        return _rows(name, asking.reasoning)
    specs = [
        _spec(part, f"{key}{part.suffix}", field, asking)
        for field, key in zip(fields, keys, strict=True)
        for part in field.parts
    ]
    listed = sorted((len(codes) for _, _, codes in specs), reverse=True)
    most = _MOST_OF_ONE
    while sum(count for count in listed if count <= most) > MOST_CODES:
        most = max(count for count in listed if count <= most) - 1
    short = tuple(
        (key, kind, codes if len(codes) <= most or kind == "shares" else ())
        for key, kind, codes in specs
    )
    bounds = tuple(
        (f"{key}{part.suffix}", part.low, part.high)
        for field, key in zip(fields, keys, strict=True)
        for part in field.parts
        if part.low is not None and part.high is not None
    )
    return _format(name, short, bounds, asking.reasoning)


def _spec(part: Part, key: str, field: Field, asking: Asking) -> Spec:
    codes = _codes(part.choices, field.can_pass)
    if part.take is Take.CODE and asking.mode is Mode.PROBABILITIES:
        return key, "shares", codes
    enforced = codes if asking.strictness is Strictness.CODES else _shared(asking, part)
    if part.take in (Take.CODES, Take.ORDER):
        return key, "codes", enforced
    if part.take is Take.CODE:
        return key, "code", enforced
    if part.take is Take.NUMBER and not codes:
        return key, "integer" if part.integer else "number", ()
    return key, "string", ()


def _shared(asking: Asking, part: Part) -> tuple[str, ...]:
    """Codes that the closed questions of all pages list, so that pages share a schema."""
    if not asking.codes or part.take is Take.ORDER:
        return ()
    return asking.codes


def _codes(choices: Choices, can_pass: bool) -> tuple[str, ...]:
    return (*choices.keys, PASS) if can_pass else choices.keys


@functools.lru_cache(maxsize=512)
def _format(
    name: str,
    specs: tuple[Spec, ...],
    bounds: tuple[tuple[str, float, float], ...],
    reasoning: bool,
) -> Format:
    properties: dict[str, Any] = {REASONING: {"type": "string"}} if reasoning else {}
    for key, kind, codes in specs:
        properties[key] = _property(kind, codes)
    return Format(name, _object(properties), {key: (low, high) for key, low, high in bounds})


@functools.lru_cache(maxsize=32)
def _rows(name: str, reasoning: bool) -> Format:
    properties: dict[str, Any] = {REASONING: {"type": "string"}} if reasoning else {}
    row = {"type": "array", "items": {"type": "string"}}
    properties[ROWS] = {"type": "array", "items": row}
    return Format(name, _object(properties))


def from_rows(
    values: Mapping[str, object], fields: Sequence[Field], keys: Sequence[str], asking: Asking
) -> Mapping[str, object]:
    """The answers by key, from rows of a key and what follows it.

    What holds no rows is returned as it is. A key that has two rows with different answers, or
    an answer of the wrong length, is left to be found wanting.
    """
    rows = values.get(ROWS)
    if not isinstance(rows, list):
        return values
    given: dict[str, list[object]] = {}
    twice: set[str] = set()
    for row in rows:
        if isinstance(row, list) and row and isinstance(row[0], str):
            rest = given.setdefault(row[0].strip(), row[1:])
            if rest != row[1:]:
                twice.add(row[0].strip())
    shares = asking.mode is Mode.PROBABILITIES
    said: dict[str, object] = {}
    for field, key in zip(fields, keys, strict=True):
        for part in field.parts:
            name = key + part.suffix
            if name in twice:
                said[name] = TWICE
            elif name in given:
                said[name] = _value(given[name], part, shares=shares)
    return said


def _value(rest: list[object], part: Part, *, shares: bool) -> object:
    if part.take is Take.CODES or part.take is Take.ORDER:
        return rest
    if shares and part.take is Take.CODE and len(rest) > 1 and len(rest) % 2 == 0:
        codes = [code for code in rest[::2] if isinstance(code, str)]
        if len(set(codes)) == len(rest) // 2:
            return dict(zip(codes, rest[1::2], strict=True))
    if len(rest) < 2:
        return rest[0] if rest else ""
    return rest


def _property(kind: str, codes: tuple[str, ...]) -> dict[str, Any]:
    if kind == "shares":
        return _object({code: {"type": "integer"} for code in codes})
    if kind in ("integer", "number"):
        return {"type": kind}
    value: dict[str, Any] = {"type": "string"}
    if codes:
        value["enum"] = list(codes)
    return {"type": "array", "items": value} if kind == "codes" else value


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def shape_text(fields: Sequence[Field], keys: Sequence[str], asking: Asking) -> str:
    """The JSON wanted, in one line, for models that no schema is sent to.

    Returns:
        Such as `Reply with {"q1": "code", "q2": ["code", …], "q3": number}`.
    """
    members = [f'"{REASONING}": "…"'] if asking.reasoning else []
    for field, key in zip(fields, keys, strict=True):
        members += [
            f'"{key}{part.suffix}": {_sketch(part, field, asking.mode)}' for part in field.parts
        ]
    return f"Reply with {{{', '.join(members)}}}"


def _sketch(part: Part, field: Field, mode: Mode) -> str:
    if part.take is Take.CODE and mode is Mode.PROBABILITIES:
        shares = [f'"{code}": %' for code in _codes(part.choices, field.can_pass)]
        return f"{{{', '.join(shares)}}}"
    return {
        Take.CODE: '"code"',
        Take.CODES: '["code", …]',
        Take.ORDER: '["code", …]',
        Take.NUMBER: "number",
        Take.DAY: '"YYYY-MM-DD"',
        Take.WORDS: '"text"',
    }[part.take]
