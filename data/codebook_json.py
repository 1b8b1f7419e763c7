"""A codebook as JSON, complete and exact: inside Parquet files and between processes."""

from __future__ import annotations

import json
from typing import Any, cast

from .codebook import Code, Codebook, Kind, Level, MissingCode, Reason, Role, Variable
from .errors import CodebookError

__all__ = ["from_json", "to_json", "variable_from_dict", "variable_to_dict"]

_TEXTS = ("label", "question", "block", "group", "personal", "format")
_KINDS = ("number", "text", "date")


def to_json(book: Codebook) -> str:
    """Write a codebook as one JSON object; `from_json` gives it back equal.

    Codes stay what they are: JSON numbers for numbers, strings for text.
    """
    return json.dumps(
        {
            "understudy_codebook": 1,
            "title": book.title,
            "notes": list(book.notes),
            "variables": [variable_to_dict(v) for v in book],
        },
        ensure_ascii=False,
    )


def from_json(text: str) -> Codebook:
    """Read what `to_json` wrote.

    Raises:
        CodebookError: The text is not such a codebook.
    """
    try:
        content = json.loads(text)
        return Codebook(
            variables=tuple(variable_from_dict(entry) for entry in content["variables"]),
            title=str(content["title"]),
            notes=tuple(str(note) for note in content["notes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CodebookError(
            f"the codebook stored as JSON is damaged ({type(error).__name__}: {error})",
            remedy="write the file again from its source",
        ) from error


def variable_to_dict(variable: Variable) -> dict[str, Any]:
    """Return the JSON object of one variable; attributes at their default are left out."""
    entry: dict[str, Any] = {
        "name": variable.name,
        "level": variable.level.value,
        "kind": variable.kind,
        "role": variable.role.value,
    }
    entry.update({name: text for name in _TEXTS if (text := getattr(variable, name))})
    if variable.labels:
        entry["labels"] = [[_plain(code), label] for code, label in variable.labels]
    if variable.missing:
        entry["missing"] = [[_plain(m.code), m.reason.value, m.label] for m in variable.missing]
    if variable.range is not None:
        entry["range"] = [float(end) for end in variable.range]
    if variable.siblings:
        entry["siblings"] = list(variable.siblings)
    if variable.inferred:
        entry["inferred"] = list(variable.inferred)
    return entry


def variable_from_dict(entry: dict[str, Any]) -> Variable:
    """Read what `variable_to_dict` wrote.

    Raises:
        ValueError, KeyError, TypeError: It is not such an object.
    """
    kind = entry["kind"]
    if kind not in _KINDS:
        raise ValueError(f"unknown kind {kind!r}")
    bounds = entry.get("range")
    return Variable(
        name=str(entry["name"]),
        level=Level(entry["level"]),
        kind=cast("Kind", kind),
        role=Role(entry["role"]),
        labels=tuple((_code(code), str(label)) for code, label in entry.get("labels", ())),
        missing=tuple(
            MissingCode(_code(code), Reason(reason), str(label))
            for code, reason, label in entry.get("missing", ())
        ),
        range=None if bounds is None else (float(bounds[0]), float(bounds[1])),
        siblings=tuple(str(name) for name in entry.get("siblings", ())),
        inferred=tuple(str(line) for line in entry.get("inferred", ())),
        **{name: str(entry.get(name, "")) for name in _TEXTS},
    )


def _plain(code: Code) -> Code:
    # NumPy scalars are numbers to people but not to the JSON encoder.
    return code if isinstance(code, str) else float(code)


def _code(value: object) -> Code:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(f"{value!r} is not a code")
    return value if isinstance(value, str) else float(value)
