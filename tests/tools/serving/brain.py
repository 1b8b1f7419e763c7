"""What the server reads out of a request, and what it answers when nobody says what."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

__all__ = ["Draws", "answer", "asked_schema", "blocks", "example", "last_turn", "option_keys"]

_OPTION = re.compile(r"^[ \t]*[(\[]?([A-Za-z]|\d{1,3})[).:\]][ \t]+\S", re.MULTILINE)
_QUESTION = re.compile(r"^(q\d+(?:_\w+)?): .*\n?((?:^\[.*\n?)*)", re.MULTILINE)
_CODE = re.compile(r"^\[([^\]]+)\]", re.MULTILINE)
_WORDS = ("on", "the", "whole", "I", "think", "so", "because", "it", "suits", "people", "here")
_MASK = (1 << 64) - 1


class Draws:
    """Numbers that depend on a seed and nothing else (SplitMix64, Steele et al. 2014)."""

    __slots__ = ("_state",)

    def __init__(self, *seed: bytes) -> None:
        digest = blake2b(digest_size=8)
        for part in seed:
            digest.update(part)
        self._state = int.from_bytes(digest.digest(), "big")

    def below(self, most: int) -> int:
        """A whole number from 0 to `most` - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % most

    def shares(self, count: int) -> list[float]:
        """Shares that add up to 1."""
        weights = [1 + self.below(1000) for _ in range(count)]
        total = sum(weights)
        return [weight / total for weight in weights]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, Sequence):
        return ""
    return "\n".join(part["text"] for part in content if isinstance(part.get("text"), str))


def blocks(body: Mapping[str, Any]) -> list[str]:
    """The texts of a request in the order they are read: system, then every turn."""
    found = []
    for key in ("system", "instructions"):
        if body.get(key):
            found.append(_text(body[key]))
    turns = body.get("messages", body.get("input", ()))
    if isinstance(turns, str):
        found.append(turns)
    else:
        found += [_text(turn.get("content", "")) for turn in turns]
    return found


def last_turn(body: Mapping[str, Any]) -> str:
    """The text of the last turn."""
    found = blocks(body)
    return found[-1] if found else ""


def asked_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema the answer must follow, however the protocol asks for it."""
    for outer, inner in (("output_config", "format"), ("response_format", "json_schema")):
        found = body.get(outer) or {}
        schema = (found.get(inner) or {}).get("schema")
        if schema is not None:
            return dict(schema)
    schema = (body.get("structured_outputs") or {}).get("json")
    return None if schema is None else dict(schema)


def option_keys(text: str) -> list[str]:
    """The keys of answer options listed one a line: "A) …", "1. …", "(b) …"."""
    return list(dict.fromkeys(_OPTION.findall(text)))


def answer(body: Mapping[str, Any], salt: bytes = b"") -> str:
    """A valid answer that depends on the model, the texts and the schema of a request only."""
    schema = asked_schema(body)
    texts = blocks(body)
    draws = Draws(
        salt,
        str(body.get("model", "")).encode(),
        "\0".join(texts).encode("utf-8", "surrogatepass"),
        b"" if schema is None else json.dumps(schema).encode(),
    )
    if schema is not None:
        rows = _rows(schema, texts[-1] if texts else "", draws)
        found = example(schema, draws) if rows is None else {"answers": rows}
        return json.dumps(found, ensure_ascii=False)
    choices = (body.get("structured_outputs") or {}).get("choice") or option_keys(
        texts[-1] if texts else ""
    )
    return str(choices[draws.below(len(choices))]) if choices else _sentence(draws, 0, 120)


def _rows(schema: Mapping[str, Any], text: str, draws: Draws) -> list[list[str]] | None:
    """A row [key, code] for each question listed with its codes, where rows are asked for."""
    answers = schema.get("properties", {}).get("answers", {})
    if answers.get("type") != "array" or answers.get("items", {}).get("type") != "array":
        return None
    rows = []
    codes: list[str] = []
    for key, offered in _QUESTION.findall(text):
        codes = _CODE.findall(offered) or codes
        rows.append([key, codes[draws.below(len(codes))] if codes else "1"])
    return rows


def example(schema: Any, draws: Draws, root: Mapping[str, Any] | None = None) -> Any:
    """A value that is valid by a JSON schema.

    It knows `$ref`, `const`, `enum`, `anyOf`, `oneOf`, `allOf` of objects, objects, arrays,
    bounds of numbers and of lengths; not `pattern` nor `format`.
    """
    if schema is True or schema == {}:
        return _sentence(draws, 0, 40)
    root = schema if root is None else root
    if "$ref" in schema:
        return example(_referred(schema["$ref"], root), draws, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][draws.below(len(schema["enum"]))]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return example(schema[key][draws.below(len(schema[key]))], draws, root)
    if "allOf" in schema:
        merged: dict[str, Any] = {}
        for part in schema["allOf"]:
            merged |= example(part, draws, root)
        return merged
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[draws.below(len(kind))]
    return _of_type(kind, schema, draws, root)


def _of_type(kind: str, schema: Mapping[str, Any], draws: Draws, root: Mapping[str, Any]) -> Any:
    if kind == "object":
        parts = schema.get("properties", {})
        return {name: example(part, draws, root) for name, part in parts.items()}
    if kind == "array":
        return _array(schema, draws, root)
    if kind == "integer":
        low, high = _bounds(schema, step=1)
        step = int(schema.get("multipleOf", 1))
        first = -(-int(low) // step)
        return step * (first + draws.below(max(1, int(high) // step - first + 1)))
    if kind == "number":
        low, high = _bounds(schema, step=1e-6)
        return round(low + (high - low) * draws.below(1001) / 1000, 6)
    if kind == "boolean":
        return draws.below(2) == 1
    if kind == "null":
        return None
    return _sentence(draws, schema.get("minLength", 0), schema.get("maxLength", 60))


def _referred(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def _bounds(schema: Mapping[str, Any], step: float) -> tuple[float, float]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - step
    if low is None:
        low = 0 if high is None else min(0, high)
    return low, low + 100 if high is None else high


def _array(schema: Mapping[str, Any], draws: Draws, root: Mapping[str, Any]) -> list[Any]:
    fixed = [example(part, draws, root) for part in schema.get("prefixItems", ())]
    least = schema.get("minItems", 1)
    most = schema.get("maxItems", max(least, 3))
    items = schema.get("items", True)
    if items is False:
        return fixed
    wanted = least + draws.below(most - least + 1)
    distinct = schema.get("uniqueItems", False)
    # Distinct items are drawn again where they repeat, as often as is sensible.
    for _ in range(50 * wanted):
        if len(fixed) >= wanted:
            break
        item = example(items, draws, root)
        if not distinct or item not in fixed:
            fixed.append(item)
    return fixed


def _sentence(draws: Draws, least: int, most: int) -> str:
    words: list[str] = []
    length = -1
    while len(words) < 8 or length < least:
        number = draws.below(len(_WORDS) ** 8)
        for _ in range(8):
            number, word = divmod(number, len(_WORDS))
            words.append(_WORDS[word])
            length += 1 + len(_WORDS[word])
    said = " ".join(words).capitalize()
    return (said + ".") if len(said) < most else said[:most]
