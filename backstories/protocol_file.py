"""Interview protocols as YAML files: read with file and line, extended, listed, and their schema.

`backstories/protocol.schema.json` is made from the tables the reader uses; after a change, write
it anew with

    python -m understudy.backstories.protocol_file > backstories/protocol.schema.json
"""

from __future__ import annotations

import json
import re
import sys
from importlib import resources
from pathlib import Path
from typing import Any

from ..data import cursor
from ..data.errors import ProtocolError, UnknownNameError
from ..data.yaml_safe import Node, load_file, load_with_lines
from .protocol import Protocol, ProtocolQuestion

__all__ = ["load_protocol", "parse_protocol", "protocol_names", "protocol_schema"]

TOP_KEYS = ("protocol", "version", "title", "source", "language", "extends", "questions")
QUESTION_KEYS = (
    *("id", "text", "objective", "words", "follow_ups", "facts", "most_facts", "avoid", "after"),
)
MOST_QUESTIONS = 500
MOST_FOLLOW_UPS = 10
MOST_WORDS = 3_000
LONGEST_QUESTION = 2_000
"""Characters of a question or an objective."""

_DEFAULT = ProtocolQuestion(id="", text="")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class _Cursor(cursor.Cursor):
    """A place in a protocol file."""

    __slots__ = ()

    def fault(self, what: str, remedy: str = "") -> ProtocolError:
        """An error that names file, line and question."""
        return ProtocolError(what, where=self.where, remedy=remedy)


def protocol_names() -> tuple[str, ...]:
    """Names of the protocols that ship, the shortest first."""
    found = {}
    for file in resources.files(f"{__package__}.protocols").iterdir():
        if file.name.endswith(".yaml"):
            text = file.read_text(encoding="utf-8")
            found[file.name.removesuffix(".yaml")] = len(parse_protocol(text, file.name))
    return tuple(sorted(found, key=lambda name: (found[name], name)))


def load_protocol(name: str | Path) -> Protocol:
    """Read a protocol that ships, by its name, or a protocol file.

    Args:
        name: "one", "three", "ten", "life", or the path of a YAML file.

    Raises:
        UnknownNameError: There is no such protocol.
        ProtocolError: The file is no protocol; file and line are named.
        FileError: The file cannot be read.
    """
    return _loaded(name, Path(), ())


def parse_protocol(text: str, where: str = "", folder: Path | None = None) -> Protocol:
    """Read a protocol from text; `where` is what messages call it.

    Args:
        text: YAML.
        where: What messages call it.
        folder: Where files that it extends are looked for.

    Raises:
        ProtocolError: It is no protocol; line and question are named.
    """
    return _read(load_with_lines(text, where, error=ProtocolError), folder or Path(), (where,))


def _loaded(name: str | Path, folder: Path, chain: tuple[str, ...]) -> Protocol:
    path = folder / name
    shipped = resources.files(f"{__package__}.protocols").joinpath(f"{name}.yaml")
    if isinstance(name, str) and _ID.fullmatch(name) and not path.is_file() and shipped.is_file():
        key = f"{name}.yaml"
        node = load_with_lines(shipped.read_text(encoding="utf-8"), key, error=ProtocolError)
    elif isinstance(name, str) and _ID.fullmatch(name) and not path.exists():
        raise UnknownNameError("interview protocol", name, protocol_names())
    else:
        key = str(path.resolve())
        node = load_file(path, error=ProtocolError)
    return _read(node, path.parent, (*chain, key))


def _read(node: Node, folder: Path, chain: tuple[str, ...]) -> Protocol:
    top = _Cursor(node)
    if node.value is None:
        raise top.fault("the protocol is empty", "docs/backstories.md shows how to begin")
    top.mapping(TOP_KEYS, "the parts of a protocol")
    name = top.text("protocol")
    if not _ID.fullmatch(name):
        raise (top.at("protocol") if top.has("protocol") else top).fault(
            "a protocol has a name of letters, digits, - and _", "write it as protocol: NAME"
        )
    language = top.text("language", "en")
    if not _LANGUAGE.fullmatch(language):
        raise top.at("language").fault(
            f"{language!r} is no language tag", "write it like en, de or pt-BR"
        )
    parent = _parent(top, folder, chain)
    earlier = {question.id: question for question in parent.questions} if parent else {}
    lines = {question.id: question.line for question in earlier.values()}
    after: dict[str, str] = {}
    own: list[ProtocolQuestion] = []
    if top.has("questions"):
        for here in top.at("questions").items("questions"):
            question = _question(here, after)
            if question.id in lines:
                raise here.called(f"question {question.id}").fault(
                    f"this id is in use already (line {lines[question.id]}"
                    f"{' of ' + parent.where if parent and question.id in earlier else ''})",
                    "give one of them another id",
                )
            lines[question.id] = question.line
            own.append(question)
    ordered = _placed([*earlier.values()], own, after, top)
    if not ordered:
        raise top.fault("a protocol needs at least one question", "list them under questions:")
    if len(ordered) > MOST_QUESTIONS:
        raise top.fault(
            f"there are {len(ordered):,} questions; more than {MOST_QUESTIONS} are too many"
        )
    return Protocol(
        name=name,
        version=top.text("version", "1"),
        questions=tuple(ordered),
        title=top.text("title"),
        source=top.text("source"),
        language=language,
        where=node.where,
    )


def _parent(top: _Cursor, folder: Path, chain: tuple[str, ...]) -> Protocol | None:
    """The protocol whose questions come first, if there is one."""
    if not top.has("extends"):
        return None
    here, name = top.at("extends"), top.text("extends")
    is_file = not _ID.fullmatch(name) or (folder / name).is_file()
    key = str((folder / name).resolve()) if is_file else f"{name}.yaml"
    if key in chain:
        names = " → ".join(Path(part).name for part in (*chain[chain.index(key) :], key))
        raise here.fault(
            f"the protocol extends itself ({names})", "take one of the extends: lines out"
        )
    try:
        return _loaded(name, folder, chain)
    except UnknownNameError as error:
        raise here.fault(error.what, error.remedy) from error


def _question(here: _Cursor, after: dict[str, str]) -> ProtocolQuestion:
    here.mapping(QUESTION_KEYS, "the parts of a question")
    found = here.text("id")
    if not _ID.fullmatch(found):
        raise (here.at("id") if here.has("id") else here).fault(
            "a question has an id of letters, digits, - and _", "write it as id: NAME"
        )
    here = here.called(f"question {found}")
    text = " ".join(here.text("text").split())
    if not text:
        raise here.fault("the question has no text", "write it as text: …")
    objective = " ".join(here.text("objective").split())
    for key, value in (("text", text), ("objective", objective)):
        if len(value) > LONGEST_QUESTION:
            raise here.at(key).fault(f"this is longer than {LONGEST_QUESTION:,} characters")
    words = _count(here, "words", _DEFAULT.words, 1, MOST_WORDS)
    if here.has("after"):
        after[found] = here.text("after")
    return ProtocolQuestion(
        id=found,
        text=text,
        objective=objective,
        words=words,
        follow_ups=_count(here, "follow_ups", 0, 0, MOST_FOLLOW_UPS),
        facts=_names(here, "facts", _DEFAULT.facts),
        most_facts=_count(here, "most_facts", _DEFAULT.most_facts, 1, 1_000),
        avoid=_names(here, "avoid", ()),
        line=here.line,
    )


def _count(here: _Cursor, key: str, default: int, least: int, most: int) -> int:
    number = here.count(key)
    if number is None:
        return default
    if not least <= number <= most:
        raise here.at(key).fault(
            f"{key!r} is a whole number from {least} to {most:,}, not {number}"
        )
    return number


def _names(here: _Cursor, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """One name or a list of names."""
    if not here.has(key):
        return default
    place = here.at(key)
    if not isinstance(place.value, list):
        return tuple(part.strip() for part in place.as_text().split(",") if part.strip())
    return tuple(item.as_text().strip() for item in place.items("names"))


def _placed(
    earlier: list[ProtocolQuestion],
    own: list[ProtocolQuestion],
    after: dict[str, str],
    top: _Cursor,
) -> list[ProtocolQuestion]:
    """The questions in order, those with `after` behind the question they name.

    Raises:
        ProtocolError: `after` names nothing, or leads back to where it began.
    """
    known = [question.id for question in (*earlier, *own)]
    places = {q.id: top.at("questions").at(i).at("after") for i, q in enumerate(own)}
    for child, parent in after.items():
        if parent not in known:
            error = UnknownNameError("question", parent, known)
            raise places[child].called(f"question {child}").fault(error.what, error.remedy)
        seen, at = [child], parent
        while at in after and at not in seen:
            seen.append(at)
            at = after[at]
        if at in seen:
            raise (
                places[child]
                .called(f"question {child}")
                .fault(
                    f"the order goes round in a loop ({' after '.join([*seen, at])})",
                    "take one of the after: lines out",
                )
            )
    behind: dict[str, list[ProtocolQuestion]] = {}
    for question in own:
        if question.id in after:
            behind.setdefault(after[question.id], []).append(question)
    ordered: list[ProtocolQuestion] = []
    waiting = [q for q in (*earlier, *own) if q.id not in after][::-1]
    while waiting:
        question = waiting.pop()
        ordered.append(question)
        waiting += behind.get(question.id, [])[::-1]
    return ordered


def protocol_schema() -> dict[str, Any]:
    """Return the schema of protocol files (JSON Schema, draft 2020-12) as plain data.

    It sees form only; ids, order and loops are checked on reading.
    """
    text = {"type": ["string", "number"]}
    names = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": text}],
        "description": "all, none, demographics, nearest, names, patterns, block:NAME, group:NAME",
    }
    question = {
        "id": {"type": "string", "pattern": f"^{_ID.pattern}$"},
        "text": {**text, "maxLength": LONGEST_QUESTION},
        "objective": {**text, "maxLength": LONGEST_QUESTION},
        "words": _whole(1, MOST_WORDS),
        "follow_ups": _whole(0, MOST_FOLLOW_UPS),
        "facts": names,
        "most_facts": _whole(1, 1_000),
        "avoid": names,
        "after": {"type": "string"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "understudy interview protocol",
        "type": "object",
        "properties": {
            "protocol": {"type": "string", "pattern": f"^{_ID.pattern}$"},
            "version": text,
            "title": text,
            "source": text,
            "language": {"type": "string", "pattern": f"^{_LANGUAGE.pattern}$"},
            "extends": {"type": "string"},
            "questions": {
                "type": "array",
                "maxItems": MOST_QUESTIONS,
                "items": {
                    "type": "object",
                    "properties": {key: question[key] for key in QUESTION_KEYS},
                    "required": ["id", "text"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["protocol"],
        "anyOf": [{"required": ["questions"]}, {"required": ["extends"]}],
        "additionalProperties": False,
    }


def _whole(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(protocol_schema(), indent=1) + "\n")
