"""A place in a YAML document: typed access to what stands there, and errors that name it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

from .codebook import Code, code_text
from .errors import FileError, UnreadableFileError, nearest
from .legible import legible, steers
from .yaml_safe import Node

__all__ = ["Cursor", "code_of", "keys_of", "shown"]

E = TypeVar("E", bound=StrEnum)

_LARGEST_NUMBER = 10**300
_LARGEST_CODE = 10**15


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a document.

    Attributes:
        node: The document.
        path: Keys and positions that lead to the place.
        thing: What people call it: "question trust".
    """

    node: Node
    path: tuple[Any, ...] = ()
    thing: str = ""

    @property
    def value(self) -> Any:
        """What stands here."""
        found = self.node.value
        for step in self.path:
            found = found[step]
        return found

    @property
    def line(self) -> int:
        """1-based line."""
        return self.node.line(*self.path)

    @property
    def where(self) -> str:
        """File, line and thing, as messages name them."""
        place = self.node.place(*self.path)
        return f"{place}, {self.thing}" if self.thing else place

    def fault(self, what: str, remedy: str = "") -> FileError:
        """An error that names file, line and thing."""
        return UnreadableFileError(what, where=self.where, remedy=remedy)

    def called(self, thing: str) -> Self:
        """The same place under another name."""
        return type(self)(self.node, self.path, thing)

    def at(self, step: Any) -> Self:
        """A part of what stands here."""
        return type(self)(self.node, (*self.path, step), self.thing)

    def has(self, key: str) -> bool:
        """Whether a mapping stands here that says something under `key`."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    # --- shapes -------------------------------------------------------------------------------

    def mapping(
        self, known: Collection[str] | None = None, what: str = "entries"
    ) -> dict[Any, Any]:
        """The mapping that stands here.

        Args:
            known: The keys it may have, or None for any.
            what: What it should hold, for messages.
        """
        value = self.value
        if not isinstance(value, dict):
            raise self.fault(f"{_shape(value)} stands where {what} are expected (key: value)")
        if known is not None:
            for key in value:
                if key not in known:
                    near = nearest(str(key), known)
                    remedy = f"the nearest is {near[0]!r}" if near else f"there are {_list(known)}"
                    raise self.at(key).fault(f"the key {str(key)!r} means nothing here", remedy)
        return value

    def items(self, what: str = "entries") -> Iterator[Self]:
        """The parts of the list that stands here."""
        value = self.value
        if not isinstance(value, list):
            raise self.fault(f"{_shape(value)} stands where a list of {what} is expected")
        return (self.at(position) for position in range(len(value)))

    def entries(self, what: str = "entries") -> Iterator[tuple[Any, Self]]:
        """Keys and places of the mapping that stands here."""
        return ((key, self.at(key)) for key in self.mapping(what=what))

    # --- values -------------------------------------------------------------------------------

    def as_text(self) -> str:
        """Text; numbers are taken as people write them."""
        value = self.value
        if isinstance(value, bool):
            raise self.fault(
                f"{str(value).lower()} is not text here", "put it in quotes if it is meant as text"
            )
        if isinstance(value, (int, float)):
            return code_text(float(value)) if isinstance(value, float) else str(value)
        if not isinstance(value, str):
            raise self.fault(f"{_shape(value)} stands where text is expected")
        if steers(value):
            raise self.fault(f"the text {shown(value)} holds a control character", "delete it")
        return legible(value)

    def as_code(self) -> Code:
        """A code: a number or a text."""
        return code_of(self.value, self)

    def text(self, key: str, default: str = "") -> str:
        """Text under `key`."""
        return self.at(key).as_text() if self.has(key) else default

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false under `key`."""
        if not self.has(key):
            return default
        value = self.value[key]
        if not isinstance(value, bool):
            raise self.at(key).fault(f"{key!r} is true or false, not {shown(value)}")
        return value

    def number(self, key: str) -> float | None:
        """A number under `key`, or None."""
        if not self.has(key):
            return None
        return self.at(key).as_number(key)

    def as_number(self, key: str) -> float:
        """The number that stands here."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fault(f"{key!r} is a number, not {shown(value)}")
        if not abs(value) <= _LARGEST_NUMBER:  # nor is NaN, of which no comparison holds
            raise self.fault(f"{key!r} is not a usable number")
        return float(value)

    def count(self, key: str) -> int | None:
        """A whole number of zero or more under `key`, or None."""
        number = self.number(key)
        if number is None:
            return None
        if not number.is_integer() or not 0 <= number <= 1e9:
            raise self.at(key).fault(
                f"{key!r} is a whole number of 0 or more, not {code_text(number)}"
            )
        return int(number)

    def choice(self, key: str, kind: type[E], default: E) -> E:
        """One of the words of `kind` under `key`."""
        return self.at(key).as_choice(key, list(kind)) if self.has(key) else default

    def as_choice(self, key: str, choices: Collection[E]) -> E:
        """The one of `choices` that stands here."""
        value = self.value
        for choice in choices:
            if isinstance(value, str) and value.casefold() == choice.casefold():
                return choice
        near = nearest(value, choices) if isinstance(value, str) else []
        remedy = f"the nearest is {str(near[0])!r}" if near else ""
        raise self.fault(f"{key!r} is one of {_list(choices)}, not {shown(value)}", remedy)


def code_of(value: Any, here: Cursor) -> Code:
    """A code as it is stored: numbers as float."""
    if isinstance(value, bool):
        raise here.fault(
            f"{str(value).lower()} is not a code", "put it in quotes if it is meant as text"
        )
    if isinstance(value, (int, float)):
        if not abs(value) <= _LARGEST_CODE:
            raise here.fault("a code is a number that can be stored exactly, or text")
        return float(value)
    if isinstance(value, str) and steers(value):
        raise here.fault(f"the code {shown(value)} holds a control character", "delete it")
    if isinstance(value, str) and value:
        return value
    raise here.fault(f"{_shape(value)} stands where a code is expected")


def _shape(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return "text"
    return "a number"


def shown(value: Any) -> str:
    """A value, shortened, to be quoted in a message."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        text = str(value)
        return repr(text if len(text) <= 40 else text[:39] + "…")
    return _shape(value)


def _list(words: Collection[str]) -> str:
    return ", ".join(str(word) for word in words)


def keys_of(*groups: Mapping[str, str] | Collection[str]) -> tuple[str, ...]:
    """Keys of several tables, in order, once each."""
    return tuple(dict.fromkeys(key for group in groups for key in group))
