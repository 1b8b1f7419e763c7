"""Valid answers drawn by chance, for dry runs: they keep the form and mean nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ....data.seeds import uniform
from ..chat import Request

__all__ = ["chosen", "valid_answer"]

_DEEPEST = 20
WORDS = "(a scripted answer)"
"""What stands where a schema wants text of any kind."""


def valid_answer(request: Request) -> str:
    """Return an answer that fits the request's format, drawn by the request's digest."""
    seed = request.digest.hex()
    if request.choices:
        return json.dumps({q.name: _shares(q.options, seed, q.name) for q in request.choices})
    if request.format is not None:
        schema = request.format.schema
        answer = _instance(schema, schema, seed, "$", 0)
        for name, (low, high) in request.format.bounds.items():
            if isinstance(answer, dict) and name in answer:
                number = _between(low, high, uniform("scripted", seed, name))
                answer[name] = str(number) if isinstance(answer[name], str) else number
        return json.dumps(answer, ensure_ascii=False)
    return WORDS


def chosen(weights: Mapping[str, float], at: float) -> str:
    """Return the key at the point `at`, in [0, 1), of the cumulated weights."""
    total = sum(weights.values())
    for key, weight in weights.items():
        at -= weight / total
        if at < 0:
            return key
    return next(reversed(list(weights)))


def _between(low: float, high: float, at: float) -> float:
    """A whole number between bounds where there is one."""
    first, last = math.ceil(low), math.floor(high)
    if first > last:
        return low + at * (high - low)
    return min(first + int(at * (last - first + 1)), last)


def _shares(options: Sequence[tuple[str, str]], seed: str, name: str) -> dict[str, float]:
    drawn = {key: uniform("scripted", seed, name, key) + 1e-3 for key, _ in options}
    total = sum(drawn.values())
    return {key: round(share / total, 6) for key, share in drawn.items()}


def _instance(
    schema: Mapping[str, Any], root: Mapping[str, Any], seed: str, path: str, depth: int
) -> Any:
    """A value that a JSON schema allows; the parts of it that formats of this package use."""
    at = uniform("scripted", seed, path)
    if "$ref" in schema and depth < _DEEPEST:
        return _instance(_referred(str(schema["$ref"]), root), root, seed, path, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][int(at * len(schema["enum"]))]
    for several in ("anyOf", "oneOf"):
        if schema.get(several) and depth < _DEEPEST:
            branch = schema[several][int(at * len(schema[several]))]
            return _instance(branch, root, seed, path, depth + 1)
    kind = schema.get("type", "string")
    if isinstance(kind, list):
        kind = kind[int(at * len(kind))]
    if kind == "object" and depth < _DEEPEST:
        properties: Mapping[str, Any] = schema.get("properties", {})
        return {
            name: _instance(part, root, seed, f"{path}.{name}", depth + 1)
            for name, part in properties.items()
        }
    if kind == "array" and depth < _DEEPEST:
        least = int(schema.get("minItems", 1))
        return [
            _instance(schema.get("items", {}), root, seed, f"{path}[{i}]", depth + 1)
            for i in range(least)
        ]
    if kind in ("integer", "number"):
        low = schema.get("minimum", 0)
        high = schema.get("maximum", max(low, 100))
        value = low + at * (high - low)
        return min(int(low + at * (high - low + 1)), high) if kind == "integer" else round(value, 3)
    return {"boolean": at < 0.5, "null": None}.get(str(kind), WORDS)


def _referred(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}
