"""A Qualtrics survey file (.qsf) taken apart: JSON whose shapes vary with the survey's age.

What is a mapping in one file is a list in another (PHP writes lists where keys happen to count
from 0), numbers are texts or numbers, and whole parts may be absent. Everything here looks before
it takes; what is not of the expected shape counts as not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.errors import UnreadableFileError
from ...data.legible import is_legible, legible

__all__ = ["QsfBlock", "QsfFile", "entries", "is_on", "mapping", "number", "read_qsf", "text"]

MOST_BYTES = 100_000_000
MOST_NESTING = 60
"""Deepest nesting of JSON that is read; real surveys stay below 25."""


@dataclass(frozen=True, slots=True)
class QsfBlock:
    """A block: what stands in it, and its options.

    Attributes:
        id: Such as "BL_abK7SEPwRMG8YsK".
        title: Its description.
        elements: Questions and page breaks, in order.
        options: Randomisation, loops.
    """

    id: str
    title: str
    elements: tuple[Mapping[str, Any], ...]
    options: Mapping[str, Any]

    def questions(self) -> list[str]:
        """QIDs in order."""
        return [text(e.get("QuestionID")) for e in self.elements if e.get("Type") == "Question"]


@dataclass(frozen=True, slots=True)
class QsfFile:
    """A survey file.

    Attributes:
        name: The survey's name.
        language: Its language, as Qualtrics writes it: "EN", "DE", "ES-ES".
        blocks: By id, those in the trash left out.
        flow: The root of the flow, or an empty mapping.
        questions: Payloads by QID, of all questions, active or not.
        trashed: How many questions stand in the trash.
        quotas: How many quotas there are.
    """

    name: str
    language: str
    blocks: Mapping[str, QsfBlock]
    flow: Mapping[str, Any]
    questions: Mapping[str, Mapping[str, Any]]
    trashed: int = 0
    quotas: int = 0
    notes: tuple[str, ...] = field(default=())


def read_qsf(path: Path) -> QsfFile:
    """Read a survey file.

    Raises:
        UnreadableFileError: It is no survey file, is damaged, or too large.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UnreadableFileError(
                f"the file has {size / 1e6:,.0f} MB, and survey files have a few",
                where=path.name,
                remedy="export the survey alone, without its responses",
            )
        raw = path.read_bytes()
    except OSError as failure:
        raise UnreadableFileError(
            f"the file cannot be read ({failure.strerror or failure})", where=path.name
        ) from failure
    return parse_qsf(raw, path.name)


def parse_qsf(raw: bytes, where: str) -> QsfFile:
    """Take the content of a survey file apart; `where` is what messages call it."""
    remedy = "export it again: Survey > Tools > Import/Export > Export survey"
    if _nesting(raw) > MOST_NESTING:
        raise UnreadableFileError(
            f"its JSON is nested more than {MOST_NESTING} deep", where=where, remedy=remedy
        )
    decoded = raw.decode("utf-8-sig", "replace")
    try:
        whole = json.loads(decoded, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as failure:
        raise UnreadableFileError(
            f"this is no JSON, so it is no survey file ({_brief(failure)})",
            where=where,
            remedy=remedy,
        ) from failure
    if _ESCAPED.search(raw) or not is_legible(decoded):
        whole = _cleaned(whole)
    entry = mapping(mapping(whole).get("SurveyEntry"))
    elements = [mapping(element) for _, element in entries(mapping(whole).get("SurveyElements"))]
    if not elements:
        raise UnreadableFileError(
            "there are no survey elements in it, so it is no Qualtrics survey",
            where=where,
            remedy=remedy,
        )
    questions: dict[str, Mapping[str, Any]] = {}
    blocks: dict[str, QsfBlock] = {}
    trash: set[str] = set()
    flow: Mapping[str, Any] = {}
    quotas = 0
    for element in elements:
        payload = element.get("Payload")
        match element.get("Element"):
            case "SQ":
                qid = text(element.get("PrimaryAttribute")) or text(
                    mapping(payload).get("QuestionID")
                )
                if qid and mapping(payload):
                    questions[qid] = mapping(payload)
            case "BL":
                for _, block in entries(payload):
                    _block(mapping(block), blocks, trash)
            case "FL":
                flow = mapping(payload) or flow
            case "QO":
                quotas += 1
    return QsfFile(
        name=text(entry.get("SurveyName")).strip(),
        language=text(entry.get("SurveyLanguage")).strip() or "EN",
        blocks=blocks,
        flow=flow,
        questions=questions,
        trashed=len(trash & set(questions)),
        quotas=quotas,
    )


_ESCAPED = re.compile(rb"\\u(?:00[0189][0-9a-f]|007f|202[89de]|d[89a-f])", re.IGNORECASE)
"""Escapes of characters that could steer a terminal, and of halves of surrogate pairs."""


def _cleaned(value: Any) -> Any:
    """Plain data of which every text is legible; nesting is bounded already."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {legible(key): _cleaned(one) for key, one in value.items()}
    return value


def _block(block: Mapping[str, Any], blocks: dict[str, QsfBlock], trash: set[str]) -> None:
    elements = tuple(mapping(element) for _, element in entries(block.get("BlockElements")))
    found = QsfBlock(
        text(block.get("ID")),
        text(block.get("Description")).strip(),
        elements,
        mapping(block.get("Options")),
    )
    if block.get("Type") == "Trash":
        trash.update(found.questions())
    elif found.id:
        blocks[found.id] = found


_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


def _nesting(raw: bytes) -> int:
    """How deep brackets are nested, strings left out."""
    deepest = depth = 0
    for found in _MARKS.finditer(raw):
        mark = found.group()[:1]
        if mark in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in b"]}":
            depth -= 1
    return deepest


def _brief(failure: Exception) -> str:
    return str(failure).split("\n")[0][:100] or type(failure).__name__


# --- shapes -----------------------------------------------------------------------------------


def mapping(value: Any) -> Mapping[str, Any]:
    """The value as a mapping; a list counts from 0; anything else is empty."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(position): one for position, one in enumerate(value)}
    return {}


def entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Keys and values of a mapping or list; keys that count come in their order."""
    found = mapping(value)
    if isinstance(value, dict) and all(key.isdecimal() and key.isascii() for key in found):
        yield from sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0]))
        return
    yield from found.items()


def text(value: Any) -> str:
    """The value as text; whole numbers without a point; anything without words is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def number(value: Any) -> float | None:
    """The value as a finite number, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value.strip().replace(",", "")) if len(value) < 40 else None
        except ValueError:
            return None
    if not isinstance(value, (int, float)) or not abs(value) < 1e15:
        return None
    return float(value)


def is_on(value: Any) -> bool:
    """Whether a switch is on, whatever way it is written."""
    if isinstance(value, str):
        return value.strip().casefold() in ("true", "on", "1", "yes")
    return bool(value)
