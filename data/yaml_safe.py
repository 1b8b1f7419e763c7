"""YAML that people write and strangers send: plain data only, bounded, with line numbers.

Scalars follow the YAML 1.2 core schema, so that `Yes`, `No`, `on` and `2024-05-01` stay text, as
the authors of value labels mean them. Numbers with leading zeros ("007") stay text too.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import FileError, UnreadableFileError
from .existing import require_file

if TYPE_CHECKING:
    import yaml

__all__ = ["Node", "is_plain_text", "load_file", "load_with_lines", "load_yaml"]

MAX_BYTES = 20_000_000
MAX_NODES = 1_000_000
"""Values in the document once every alias is written out."""
MAX_ALIASES = 2_000
MAX_DEPTH = 60

_STRING_TAGS = ("!", "tag:yaml.org,2002:str")
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAX_DIGITS = 400


@dataclass(slots=True)
class _Lines:
    """Where a value stands, and where its parts stand, by key or position."""

    line: int
    parts: dict[Any, _Lines] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """A YAML document as plain Python data that still knows its lines.

    Attributes:
        value: Dicts, lists, str, int, float, bool, None.
        where: The place to name in messages, usually the file.
    """

    value: Any
    where: str
    _lines: _Lines = field(repr=False, compare=False)

    def line(self, *path: Any) -> int:
        """1-based line of the value at `path`, such as ("blocks", 0, "questions", 2, "type").

        For an entry of a mapping it is the line of its key. Where the path leaves the document,
        the line of the innermost part that does exist.
        """
        here = self._lines
        for step in path:
            below = here.parts.get(step)
            if below is None:
                break
            here = below
        return here.line

    def place(self, *path: Any) -> str:
        """The line of `path` as messages name it: "pilot.yaml, line 12"."""
        return (
            f"{self.where}, line {self.line(*path)}" if self.where else f"line {self.line(*path)}"
        )


def is_plain_text(text: str) -> bool:
    """Whether an unquoted scalar is text, rather than a number, a truth value or nothing."""
    return not any(p.fullmatch(text) for p in (_NULL, _BOOL, _INT, _FLOAT, _SPECIAL))


def load_yaml(source: str | Path) -> Any:
    """Plain data of a YAML text, or of a file when given a `Path`.

    Raises:
        UnreadableFileError: As `load_with_lines`; or the file cannot be read.
    """
    return (load_file(source) if isinstance(source, Path) else load_with_lines(source, "")).value


def load_file(path: Path, *, error: type[FileError] = UnreadableFileError) -> Node:
    """Read a YAML file (UTF-8, or UTF-16 with a byte order mark).

    Raises:
        FileError: There is no such file, or it may not be read; of the class `error` as
            `load_with_lines`, and if the file is too large or no text.
    """
    require_file(path, blank=True)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(
                f"the file is larger than {MAX_BYTES // 1_000_000} MB",
                where=path.name,
                remedy="a YAML file this large is not something people write; split it",
            )
        raw = path.read_bytes()
    except OSError as failure:
        raise error(
            f"the file cannot be read ({failure.strerror or failure})",
            where=path.name,
            remedy="copy or download it again",
        ) from failure
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in raw and not utf16:
        raise error(
            "the file holds NUL bytes, so it is no text, or text in UTF-16 without its mark",
            where=path.name,
            remedy="name another file, or save it as UTF-8",
        )
    try:
        text = raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as failure:
        line = raw[: failure.start].count(b"\n") + 1
        raise error(
            "the file is not valid UTF-8",
            where=f"{path.name}, line {line}",
            remedy="save it as UTF-8",
        ) from failure
    return load_with_lines(text, path.name, error=error)


def load_with_lines(text: str, where: str, *, error: type[FileError] = UnreadableFileError) -> Node:
    """Parse one YAML document into plain data with line numbers.

    Args:
        text: The document.
        where: The place to name in messages, usually the file.
        error: Class of the errors raised.

    Raises:
        FileError: Of the class `error`: the text is no YAML, has duplicate keys, tags other than
            `!!str`, more than one document, or is too large, too deep or an alias bomb.
    """
    import yaml

    if len(text) > MAX_BYTES:
        raise error(f"the text is larger than {MAX_BYTES // 1_000_000} MB", where=where)
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    build = _Builder(where, error)
    try:
        value, lines = build.document(iter(yaml.parse(text, Loader=loader)))
    except yaml.MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        line = text.split("\n")[mark.line : mark.line + 1] if mark is not None else []
        tabbed = bool(line) and "\t" in line[0][: len(line[0]) - len(line[0].lstrip())]
        raise error(
            f"this is not valid YAML: {failure.problem or failure.context}",
            where=_place(where, mark.line + 1) if mark is not None else where,
            remedy="indent with blanks instead of tabs"
            if tabbed
            else "check indentation, quotes and colons there",
        ) from failure
    except yaml.YAMLError as failure:
        first = str(failure).splitlines()[0]
        raise error(
            f"this is not valid YAML: {first}", where=where, remedy="save it as plain text in UTF-8"
        ) from failure
    return Node(value, where, lines)


def _place(where: str, line: int) -> str:
    return f"{where}, line {line}" if where else f"line {line}"


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been seen yet."""

    value: list[Any] | dict[Any, Any]
    lines: _Lines
    anchor: str | None
    size: int = 1
    height: int = 1
    key: Any = None
    key_line: int = 0
    has_key: bool = False


@dataclass(slots=True)
class _Done:
    """A finished value: what it is, where, how many values it holds and how deep it is."""

    value: Any
    lines: _Lines
    size: int = 1
    height: int = 1


class _Builder:
    """Builds plain data from parser events with an explicit stack, so that nesting cannot
    exhaust the interpreter's, and counts what aliases would expand to before they do."""

    def __init__(self, where: str, error: type[FileError]) -> None:
        self.where = where
        self.error = error
        self.anchors: dict[str, _Done] = {}
        self.aliases = 0
        self.total = 0
        self.stack: list[_Open] = []
        self.root: _Done | None = None

    def refuse(self, what: str, line: int, remedy: str = "") -> FileError:
        return self.error(what, where=_place(self.where, line), remedy=remedy)

    def document(self, events: Iterator[yaml.Event]) -> tuple[Any, _Lines]:
        import yaml

        documents = 0
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark is not None else 1
            if isinstance(event, yaml.ScalarEvent):
                self.check_tag(event.tag, line)
                self.place(_Done(self.scalar(event, line), _Lines(line)), event.anchor, line)
            elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                self.check_tag(event.tag, line)
                self.open([] if isinstance(event, yaml.SequenceStartEvent) else {}, event, line)
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                self.close(line)
            elif isinstance(event, yaml.AliasEvent):
                self.place(self.resolve(event.anchor, line), None, line)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.refuse(
                        "a second document starts here", line, "keep one document per file"
                    )
        if self.root is None:
            return None, _Lines(1)
        return self.root.value, self.root.lines

    def check_tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag not in _STRING_TAGS:
            short = tag.replace("tag:yaml.org,2002:", "!!")
            raise self.refuse(f"the tag {short!r} is not allowed", line, "write plain values")

    def open(
        self,
        value: list[Any] | dict[Any, Any],
        event: yaml.SequenceStartEvent | yaml.MappingStartEvent,
        line: int,
    ) -> None:
        if self.stack and isinstance(self.stack[-1].value, dict) and not self.stack[-1].has_key:
            raise self.refuse("a list or mapping is used as a key", line, "use a word or a number")
        if len(self.stack) >= MAX_DEPTH:
            raise self.refuse(f"values are nested more than {MAX_DEPTH} deep", line)
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Open(value, _Lines(line), event.anchor))

    def close(self, line: int) -> None:
        top = self.stack.pop()
        done = _Done(top.value, top.lines, top.size, top.height)
        self.place(done, top.anchor, line)

    def resolve(self, anchor: str | None, line: int) -> _Done:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self.refuse(f"there are more than {MAX_ALIASES} aliases", line)
        done = self.anchors.get(anchor or "")
        if done is None:
            raise self.refuse(
                f"the alias *{anchor} refers to nothing before it, or to itself", line
            )
        self.count(done.size, line)
        value = copy.deepcopy(done.value) if done.size > 1 else done.value
        return _Done(value, _Lines(line, done.lines.parts), done.size, done.height)

    def count(self, size: int, line: int) -> None:
        self.total += size
        if self.total > MAX_NODES:
            raise self.refuse(
                f"aliases and values expand to more than {MAX_NODES:,} values",
                line,
                "write the values out, or split the file",
            )

    def place(self, done: _Done, anchor: str | None, line: int) -> None:
        """Put a finished value into the list or mapping that is open."""
        self.count(1, line)
        if anchor is not None:
            self.anchors[anchor] = done
        if not self.stack:
            self.root = done
            return
        top = self.stack[-1]
        if len(self.stack) + done.height > MAX_DEPTH:
            raise self.refuse(f"values are nested more than {MAX_DEPTH} deep", line)
        top.size += done.size
        top.height = max(top.height, done.height + 1)
        if isinstance(top.value, list):
            top.lines.parts[len(top.value)] = done.lines
            top.value.append(done.value)
        elif not top.has_key:
            self.take_key(top, done.value, line)
        else:
            top.lines.parts[top.key] = _Lines(top.key_line, done.lines.parts)
            top.value[top.key] = done.value
            top.has_key = False

    def take_key(self, top: _Open, key: Any, line: int) -> None:
        if isinstance(key, (list, dict)):
            raise self.refuse("a list or mapping is used as a key", line, "use a word or a number")
        if key == "<<":
            raise self.refuse("merge keys (<<) are not supported", line, "write the entries out")
        if key in top.value:
            first = top.lines.parts[key].line
            raise self.refuse(
                f"the key {key!r} appears twice (first on line {first})", line, "keep one of them"
            )
        top.key, top.key_line, top.has_key = key, line, True

    def scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        text: str = event.value
        if event.style not in (None, "") or event.tag is not None:
            return text
        if is_plain_text(text):
            return text
        if _NULL.fullmatch(text):
            return None
        if _BOOL.fullmatch(text):
            return text.lower() == "true"
        if _INT.fullmatch(text):
            if len(text) > _MAX_DIGITS:
                raise self.refuse("a number has too many digits", line, "quote it to keep it text")
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        return float(text.lower().replace(".", ""))
