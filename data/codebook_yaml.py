"""Codebooks as YAML that people write by hand; docs/codebook.md describes the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from .codebook import Code, Codebook, Kind, Level, MissingCode, Role, Variable, code_text
from .codebook_words import LEVEL_OPEN, level_of, missing_of, range_of, reason_of, role_of
from .errors import CodebookError, nearest
from .yaml_safe import Node, is_plain_text

__all__ = ["from_yaml", "to_yaml"]

_TOP = ("title", "notes", "scales", "missing", "variables")
_FLAGS = {"person": Role.ID, "weight": Role.WEIGHT, "wave": Role.WAVE}
_FIELDS = (
    *("label", "question", "level", "labels", "range", "missing", "kind", "role"),
    *("block", "group", "siblings", "personal", "inferred", "format"),
    *_FLAGS,
)


def from_yaml(node: Node) -> Codebook:
    """The codebook a YAML document describes.

    Raises:
        CodebookError: An entry is unknown, is of the wrong shape, or contradicts another; the
            message names file, line and variable.
    """
    return _Reader(node).codebook()


@dataclass
class _Reader:
    """Walks one document; every complaint names the line it is about."""

    node: Node
    scales: dict[str, tuple[tuple[Code, str], ...]] = field(default_factory=dict)
    missing: tuple[MissingCode, ...] = ()

    def refuse(self, what: str, path: tuple[Any, ...], remedy: str = "") -> CodebookError:
        where = self.node.place(*path)
        if len(path) > 1 and path[0] == "variables":
            where += f", variable {path[1]}"
        return CodebookError(what, where=where, remedy=remedy)

    def codebook(self) -> Codebook:
        top = self.mapping(self.node.value, ())
        self.known(top, _TOP, ())
        self.scales = {
            str(name): self.labels(value, ("scales", name))
            for name, value in self.mapping(top.get("scales"), ("scales",)).items()
        }
        self.missing = self.missing_codes(top.get("missing"), ("missing",))
        entries = self.mapping(top.get("variables"), ("variables",))
        if not entries:
            raise self.refuse("there are no variables", ("variables",), "list them by name")
        return Codebook(
            variables=tuple(self.variable(key, value) for key, value in entries.items()),
            title=self.text(top.get("title"), ("title",)),
            notes=self.texts(top.get("notes"), ("notes",)),
        )

    def variable(self, key: Any, value: Any) -> Variable:
        path = ("variables", key)
        name = code_text(key) if isinstance(key, float) else str(key)
        if isinstance(value, str):
            value = {"label": value}
        entry = self.mapping(value, path)
        self.known(entry, _FIELDS, path)

        def get(word: str, read: Callable[[Any, tuple[Any, ...]], Any]) -> Any:
            return read(entry.get(word), (*path, word))

        labels = get("labels", self.labels)
        missing = get("missing", self.missing_codes)
        if "missing" not in entry:
            codes = {code for code, _ in labels}
            missing = tuple(m for m in self.missing if m.code not in codes)
        inferred = get("inferred", self.texts)
        level = Level.NOMINAL
        if entry.get("level") is None:
            inferred = (*inferred, LEVEL_OPEN)
        else:
            level = level_of(get("level", self.text), self.node.place(*path, "level"))
        try:
            return Variable(
                name=name,
                label=get("label", self.text),
                question=get("question", self.text),
                level=level,
                labels=labels,
                range=get("range", self.bounds),
                missing=missing,
                kind=get("kind", self.kind),
                role=self.role(entry, path),
                block=get("block", self.text),
                group=get("group", self.text),
                siblings=get("siblings", self.texts),
                personal=get("personal", self.text),
                inferred=inferred,
                format=get("format", self.text),
            )
        except CodebookError as error:
            if error.where == f"variable {name}":
                raise self.refuse(error.what, path, error.remedy) from None
            raise

    # --- parts --------------------------------------------------------------------------------

    def mapping(self, value: Any, path: tuple[Any, ...]) -> Mapping[Any, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            what = f"{path[-1]!r}" if path else "the codebook"
            raise self.refuse(f"{what} is not a list of name: value entries", path)
        return value

    def known(
        self, entry: Mapping[Any, Any], words: tuple[str, ...], path: tuple[Any, ...]
    ) -> None:
        for word in entry:
            if word not in words:
                close = nearest(str(word), words, 1)
                remedy = f"did you mean {close[0]}" if close else f"use {', '.join(words)}"
                raise self.refuse(f"the entry {word!r} is unknown", (*path, word), remedy)

    def text(self, value: Any, path: tuple[Any, ...]) -> str:
        if value is None:
            return ""
        if isinstance(value, (dict, list)):
            raise self.refuse(f"{path[-1]!r} is not a text", path)
        return value if isinstance(value, str) else code_text(value)

    def texts(self, value: Any, path: tuple[Any, ...]) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, list):
            return tuple(self.text(item, (*path, i)) for i, item in enumerate(value))
        return (self.text(value, path),)

    def code(self, value: Any, path: tuple[Any, ...]) -> Code:
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value:
            try:
                return float(value)
            except OverflowError:
                pass
        raise self.refuse(
            f"{value!r} is no code", path, "codes are numbers, or texts (in quotes if need be)"
        )

    def labels(self, value: Any, path: tuple[Any, ...]) -> tuple[tuple[Code, str], ...]:
        if isinstance(value, str):
            if path[0] == "scales" or value not in self.scales:
                close = nearest(value, self.scales, 1)
                remedy = f"did you mean {close[0]}" if close else "define it under scales"
                raise self.refuse(f"there is no scale {value!r}", path, remedy)
            return self.scales[value]
        if isinstance(value, list):
            return tuple(
                (float(i), self.text(item, (*path, i - 1))) for i, item in enumerate(value, 1)
            )
        return tuple(
            (self.code(code, (*path, code)), self.text(label, (*path, code)))
            for code, label in self.mapping(value, path).items()
        )

    def missing_codes(self, value: Any, path: tuple[Any, ...]) -> tuple[MissingCode, ...]:
        found = []
        for key, entry in self.mapping(value, path).items():
            here = (*path, key)
            code, where = self.code(key, here), self.node.place(*here)
            if isinstance(entry, dict):
                self.known(entry, ("reason", "label"), here)
                reason = reason_of(self.text(entry.get("reason"), here), where)
                found.append(MissingCode(code, reason, self.text(entry.get("label"), here)))
            else:
                found.append(missing_of(code, self.text(entry, here), where))
        return tuple(found)

    def bounds(self, value: Any, path: tuple[Any, ...]) -> tuple[float, float] | None:
        if value is None:
            return None
        if isinstance(value, str):
            return range_of(value, self.node.place(*path))
        if isinstance(value, list) and len(value) == 2:
            low, high = (self.code(item, path) for item in value)
            if isinstance(low, float) and isinstance(high, float):
                return low, high
        raise self.refuse(f"{value!r} is no range", path, "write it as [lowest, highest]")

    def kind(self, value: Any, path: tuple[Any, ...]) -> Kind:
        if value is None:
            return "number"
        for kind in get_args(Kind):
            if value == kind:
                return kind  # type: ignore[no-any-return]  # get_args loses the literal type
        raise self.refuse(f"{value!r} is no kind", path, "it is one of number, text, date")

    def role(self, entry: Mapping[Any, Any], path: tuple[Any, ...]) -> Role:
        flags = [word for word in _FLAGS if entry.get(word) not in (None, False)]
        for word in flags:
            if entry[word] is not True:
                raise self.refuse(f"{word!r} is either true or left out", (*path, word))
        if len(flags) > 1 or (flags and entry.get("role") is not None):
            raise self.refuse(
                f"{' and '.join(flags)} and a role say two things", path, "keep one of them"
            )
        if flags:
            return _FLAGS[flags[0]]
        if entry.get("role") is None:
            return Role.ITEM
        place = (*path, "role")
        return role_of(self.text(entry["role"], place), self.node.place(*place))


# --- writing ----------------------------------------------------------------------------------


def to_yaml(book: Codebook) -> str:
    """Write a codebook so that `from_yaml` reads it back equal.

    Label sets that three or more variables share are written once, under `scales`.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """Quotes whatever this package's own reader would not take for text."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
            return True

    def text(dumper: Dumper, value: str) -> yaml.ScalarNode:
        style = None if is_plain_text(value) else "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return yaml.dump(
        _plain(book),
        Dumper=Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=100,
    )


def _plain(book: Codebook) -> dict[str, Any]:
    counts: dict[tuple[tuple[Code, str], ...], list[Variable]] = {}
    for variable in book:
        if len(variable.labels) > 1:
            counts.setdefault(variable.labels, []).append(variable)
    names: dict[tuple[tuple[Code, str], ...], str] = {
        labels: f"scale{i}"
        for i, labels in enumerate((k for k, users in counts.items() if len(users) > 2), 1)
    }
    top: dict[str, Any] = {}
    if book.title:
        top["title"] = book.title
    if book.notes:
        top["notes"] = list(book.notes)
    if names:
        top["scales"] = {name: _labels(labels) for labels, name in names.items()}
    top["variables"] = {v.name: _entry(v, names) for v in book}
    return top


def _entry(variable: Variable, scales: Mapping[tuple[tuple[Code, str], ...], str]) -> Any:
    entry: dict[str, Any] = {}
    open_level = LEVEL_OPEN in variable.inferred
    inferred = [sentence for sentence in variable.inferred if sentence != LEVEL_OPEN]
    for word in ("label", "question"):
        if getattr(variable, word):
            entry[word] = getattr(variable, word)
    if not open_level:
        entry["level"] = variable.level.value
    if variable.labels:
        entry["labels"] = scales.get(variable.labels) or _labels(variable.labels)
    if variable.range is not None:
        entry["range"] = [_code(bound) for bound in variable.range]
    if variable.missing:
        entry["missing"] = {
            _code(m.code): {"reason": m.reason.value, "label": m.label}
            if m.label
            else m.reason.value
            for m in variable.missing
        }
    if variable.kind != "number":
        entry["kind"] = variable.kind
    if variable.role is not Role.ITEM:
        entry["role"] = variable.role.value
    for word in ("block", "group", "personal", "format"):
        if getattr(variable, word):
            entry[word] = getattr(variable, word)
    if variable.siblings:
        entry["siblings"] = list(variable.siblings)
    if inferred:
        entry["inferred"] = inferred
    return entry


def _labels(labels: tuple[tuple[Code, str], ...]) -> dict[Any, str]:
    return {_code(code): label for code, label in labels}


def _code(code: Code) -> Any:
    whole = isinstance(code, (int, float)) and float(code).is_integer() and abs(code) < 1e15
    return int(code) if whole else code
