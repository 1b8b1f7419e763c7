"""The syntax tree of conditions: what nodes there are, and how a tree is written back as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...data.codebook import Code, code_text

__all__ = [
    "WORDS",
    "And",
    "Answered",
    "Arith",
    "ArmOf",
    "Compare",
    "Const",
    "Contains",
    "Count",
    "In",
    "Literal",
    "Matches",
    "Name",
    "Negate",
    "Node",
    "Not",
    "Or",
    "Record",
    "Selected",
    "Test",
    "Value",
    "WasShown",
    "children",
    "is_plain_name",
    "unparse",
    "walk",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a text."""

    value: Code


@dataclass(frozen=True, slots=True)
class Name:
    """A question, variable or condition."""

    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """A fact of the person's record."""

    name: str


@dataclass(frozen=True, slots=True)
class ArmOf:
    """The arm of a condition that the person is in."""

    name: str


@dataclass(frozen=True, slots=True)
class Negate:
    """Minus a value."""

    value: Node


@dataclass(frozen=True, slots=True)
class Arith:
    """Two values joined by `+ - * /`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Count:
    """How many options of a multiple choice are chosen, or rows have one of the codes."""

    name: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """True or false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values compared by `= != < <= > >=`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class In:
    """Whether a value is one of several."""

    value: Node
    members: tuple[Code, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether a question has an answer."""

    name: str


@dataclass(frozen=True, slots=True)
class Selected:
    """Whether one of the codes is chosen."""

    name: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class WasShown:
    """Whether a question was shown."""

    name: str


@dataclass(frozen=True, slots=True)
class Contains:
    """Whether a text contains another, whatever the case of letters."""

    value: Node
    text: str


@dataclass(frozen=True, slots=True)
class Matches:
    """Whether a pattern occurs in a text."""

    value: Node
    pattern: str


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of several."""

    parts: tuple[Node, ...]


Value = Literal | Name | Record | ArmOf | Negate | Arith | Count
Test = Const | Compare | In | Answered | Selected | WasShown | Contains | Matches | Not | And | Or
Node = Value | Test

WORDS = frozenset({"and", "or", "not", "in", "true", "false"})
"""Words that cannot be names."""


def is_plain_name(name: str) -> bool:
    """Whether a name can be written without backquotes."""
    return re.fullmatch(r"[^\W\d]\w*", name) is not None and name not in (*WORDS, "record")


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node."""
    match node:
        case Not(part):
            return (part,)
        case And(parts) | Or(parts):
            return parts
        case Compare(_, left, right) | Arith(_, left, right):
            return (left, right)
        case In(value) | Contains(value) | Matches(value) | Negate(value):
            return (value,)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    pending = [node]
    while pending:
        here = pending.pop()
        yield here
        pending.extend(reversed(children(here)))


def unparse(node: Node) -> str:
    """Write a node as a condition that parses to the same tree."""
    match node:
        case Literal(value):
            return _literal(value)
        case Name(name):
            return _name(name)
        case Record(name):
            return f"record.{_name(name)}"
        case ArmOf(name):
            return f"arm({_name(name)})"
        case Negate(value):
            return f"-({unparse(value)})"
        case Arith(op, left, right):
            return f"({unparse(left)}) {op} ({unparse(right)})"
        case Count(name, codes):
            return f"count({', '.join([_name(name), *map(_literal, codes)])})"
        case Selected(name, codes):
            return f"selected({', '.join([_name(name), *map(_literal, codes)])})"
        case Const(truth):
            return "true" if truth else "false"
        case Compare(op, left, right):
            return f"{unparse(left)} {op} {unparse(right)}"
        case In(value, members, negated):
            word = "not in" if negated else "in"
            return f"{unparse(value)} {word} [{', '.join(map(_literal, members))}]"
        case Answered(name):
            return f"answered({_name(name)})"
        case WasShown(name):
            return f"shown({_name(name)})"
        case Contains(value, text):
            return f"contains({unparse(value)}, {_literal(text)})"
        case Matches(value, pattern):
            return f"matches({unparse(value)}, {_literal(pattern)})"
        case Not(part):
            return f"not ({unparse(part)})"
        case And(parts):
            return " and ".join(f"({unparse(part)})" for part in parts)
        case Or(parts):
            return " or ".join(f"({unparse(part)})" for part in parts)


def _name(name: str) -> str:
    return name if is_plain_name(name) else f"`{name}`"


def _literal(value: Code) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return code_text(value)
