"""The grammar of conditions: tokens, syntax tree, and a recursive-descent parser.

    condition  := any
    any        := all ("or" all)*
    all        := negation ("and" negation)*
    negation   := "not" negation | test
    test       := "true" | "false" | answered(x) | selected(x, code, …) | shown(x)
                | contains(value, "text") | matches(value, "regex") | "(" any ")"
                | value ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=") value
                | value ["not"] "in" "[" literal, … "]"
    value      := term (("+" | "-") term)*
    term       := factor (("*" | "/") factor)*
    factor     := "-" factor | number | "text" | name | record.name | arm(condition)
                | count(x, code, …) | "(" value ")"

Texts stand in single or double quotes; a doubled quote stands for one; a backslash is a backslash.
A name that is no plain word is written in backquotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...data.codebook import Code
from ...data.errors import QuestionnaireError, nearest
from .pattern import Pattern, PatternError
from .syntax import (
    WORDS,
    And,
    Answered,
    Arith,
    ArmOf,
    Compare,
    Const,
    Contains,
    Count,
    In,
    Literal,
    Matches,
    Name,
    Negate,
    Node,
    Not,
    Or,
    Record,
    Selected,
    Test,
    Value,
    WasShown,
    unparse,
)

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "parse", "parse_value"]

MAX_LENGTH = 20_000
"""Longest condition, in characters."""
MAX_DEPTH = 40
"""Deepest nesting of parentheses, negations and arithmetic."""


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
      | (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
      | (?P<quoted>`[^`]+`)
      | (?P<word>[^\W\d]\w*)
      | (?P<mark>==|!=|<=|>=|[-=<>()\[\],.+*/])
    )""",
    re.VERBOSE,
)
_TESTS = ("answered", "selected", "shown", "contains", "matches")
_VALUES = ("count", "arm")
_COMPARISONS = ("=", "==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(source: str) -> Test:
    """Parse a condition.

    Raises:
        QuestionnaireError: The text is no condition; says where and what was expected.
    """
    if len(source) > MAX_LENGTH:
        raise QuestionnaireError(f"the condition is longer than {MAX_LENGTH:,} characters")
    return _Parser(source).whole()


def parse_value(source: str) -> Value:
    """Parse a value, such as "weight / 2".

    Raises:
        QuestionnaireError: The text is no value; says where and what was expected.
    """
    if len(source) > MAX_LENGTH:
        raise QuestionnaireError(f"the formula is longer than {MAX_LENGTH:,} characters")
    return _Parser(source).whole_value()


class _Parser:
    """One pass over the tokens of one condition."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(self.scan())
        self.position = 0
        self.depth = 0

    def fault(self, what: str, at: int, remedy: str = "") -> QuestionnaireError:
        shown = self.source if len(self.source) <= 60 else self.source[:57] + "…"
        return QuestionnaireError(
            what, where=f"condition “{shown}”, character {at + 1}", remedy=remedy
        )

    def scan(self) -> Iterator[_Token]:
        at, end = 0, len(self.source.rstrip())
        while at < end:
            found = _TOKEN.match(self.source, at)
            if found is None:
                at += len(self.source[at:]) - len(self.source[at:].lstrip())
                character = self.source[at]
                if character in "\"'`":
                    raise self.fault(f"the {character} has no end", at, "close the quote")
                raise self.fault(f"{character!r} means nothing in a condition", at)
            kind = found.lastgroup or ""
            yield _Token(kind, found.group(kind), found.start(kind))
            at = found.end()
        yield _Token("end", "", end)

    # --- moving -------------------------------------------------------------------------------

    @property
    def here(self) -> _Token:
        return self.tokens[self.position]

    def at_mark(self, *marks: str) -> bool:
        return self.here.kind == "mark" and self.here.text in marks

    def at_word(self, *words: str) -> bool:
        return self.here.kind == "word" and self.here.text.lower() in words

    def take(self) -> _Token:
        token = self.here
        if token.kind != "end":
            self.position += 1
        return token

    def expect(self, mark: str) -> None:
        if not self.at_mark(mark):
            raise self.unexpected(f"{mark!r}")
        self.take()

    def unexpected(self, wanted: str) -> QuestionnaireError:
        found = "the end" if self.here.kind == "end" else repr(self.here.text)
        return self.fault(f"{wanted} is expected here, not {found}", self.here.at)

    def descend(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(f"parts are nested more than {MAX_DEPTH} deep", self.here.at)

    # --- conditions ---------------------------------------------------------------------------

    def whole(self) -> Test:
        if self.here.kind == "end":
            raise QuestionnaireError("the condition is empty", remedy="leave the key out")
        node = self.truth(self.any(), 0)
        if self.here.kind != "end":
            raise self.unexpected("'and', 'or' or the end")
        return node

    def whole_value(self) -> Value:
        if self.here.kind == "end":
            raise QuestionnaireError("the formula is empty", remedy="leave it out")
        node = self.value(self.any(), 0)
        if self.here.kind != "end":
            raise self.unexpected("'+', '-', '*', '/' or the end")
        return node

    def truth(self, node: Node, at: int) -> Test:
        if isinstance(node, Value):
            text = unparse(node)
            raise self.fault(
                f"{text!r} is a value, not a condition", at, f"compare it, as in {text} = 1"
            )
        return node

    def value(self, node: Node, at: int) -> Value:
        if not isinstance(node, Value):
            raise self.fault(
                "a condition stands where a value is expected",
                at,
                "a condition is true or false already; leave the comparison out",
            )
        return node

    def any(self) -> Node:
        return self.joined("or", self.all, Or)

    def all(self) -> Node:
        return self.joined("and", self.negation, And)

    def joined(self, word: str, part: Callable[[], Node], kind: type[Or] | type[And]) -> Node:
        at = self.here.at
        first: Node = part()
        if not self.at_word(word):
            return first
        parts: list[Node] = [self.truth(first, at)]
        while self.at_word(word):
            self.take()
            at = self.here.at
            parts.append(self.truth(part(), at))
        return kind(tuple(parts))

    def negation(self) -> Node:
        if not self.at_word("not"):
            return self.test()
        self.take()
        self.descend()
        at = self.here.at
        node = Not(self.truth(self.negation(), at))
        self.depth -= 1
        return node

    def test(self) -> Node:
        at = self.here.at
        left = self.sum()
        if self.here.kind == "mark" and self.here.text in _COMPARISONS:
            op = self.take().text
            left = self.value(left, at)
            at = self.here.at
            right = self.value(self.sum(), at)
            if self.here.kind == "mark" and self.here.text in _COMPARISONS:
                raise self.fault(
                    "comparisons cannot be chained", self.here.at, "join two of them with 'and'"
                )
            return Compare("=" if op == "==" else op, left, right)
        negated = self.at_word("not")
        if negated:
            self.take()
            if not self.at_word("in"):
                raise self.unexpected("'in'")
        if self.at_word("in"):
            self.take()
            left = self.value(left, at)
            self.expect("[")
            members = self.literals("]")
            if not members:
                raise self.fault("the list is empty", self.here.at)
            return In(left, members, negated)
        return left

    # --- values -------------------------------------------------------------------------------

    def sum(self) -> Node:
        return self.chain(("+", "-"), self.product)

    def product(self) -> Node:
        return self.chain(("*", "/"), self.factor)

    def chain(self, marks: tuple[str, ...], part: Callable[[], Node]) -> Node:
        at, depth = self.here.at, self.depth
        left: Node = part()
        while self.at_mark(*marks):
            op = self.take().text
            self.descend()
            left = self.value(left, at)
            right_at = self.here.at
            left = Arith(op, left, self.value(part(), right_at))
        self.depth = depth
        return left

    def factor(self) -> Node:
        token = self.here
        if self.at_mark("-"):
            self.take()
            self.descend()
            at = self.here.at
            node = self.value(self.factor(), at)
            self.depth -= 1
            if isinstance(node, Literal) and isinstance(node.value, float):
                return Literal(-node.value)
            return Negate(node)
        if self.at_mark("("):
            self.take()
            self.descend()
            inner = self.any()
            self.expect(")")
            self.depth -= 1
            return inner
        if token.kind in ("number", "text"):
            return Literal(self.literal())
        if token.kind == "quoted":
            return Name(self.take().text[1:-1])
        if token.kind == "word":
            return self.word()
        raise self.unexpected("a value")

    def word(self) -> Node:
        token = self.take()
        word = token.text
        if word.lower() in ("true", "false"):
            return Const(word.lower() == "true")
        if word.lower() in WORDS:
            self.position -= 1
            raise self.unexpected("a value")
        if self.at_mark("("):
            return self.call(word, token.at)
        if self.at_mark("."):
            if word != "record":
                raise self.fault(
                    f"{word!r} has no parts", self.here.at, "only record.NAME is written so"
                )
            self.take()
            return Record(self.name())
        if word == "record":
            raise self.fault("the record is not a value", token.at, "name a fact: record.NAME")
        return Name(word)

    def call(self, function: str, at: int) -> Node:
        if function not in (*_TESTS, *_VALUES):
            near = nearest(function, (*_TESTS, *_VALUES))
            known = ", ".join((*_TESTS, *_VALUES))
            remedy = f"the nearest is {near[0]}()" if near else f"there are {known}"
            raise self.fault(f"there is no function {function!r}", at, remedy)
        self.take()
        self.descend()
        node = self.arguments(function)
        self.depth -= 1
        return node

    def arguments(self, function: str) -> Node:
        if function in ("contains", "matches"):
            at = self.here.at
            value = self.value(self.sum(), at)
            self.expect(",")
            token = self.here
            if token.kind != "text":
                raise self.unexpected("a text in quotes")
            text = str(self.literal())
            self.expect(")")
            if function == "contains":
                return Contains(value, text)
            try:
                Pattern(text)
            except PatternError as fault:
                raise self.fault(str(fault), token.at) from fault
            return Matches(value, text)
        name = self.name()
        if function in ("answered", "shown", "arm"):
            self.expect(")")
            if function == "arm":
                return ArmOf(name)
            return Answered(name) if function == "answered" else WasShown(name)
        codes: tuple[Code, ...] = ()
        if self.at_mark(","):
            self.take()
            codes = self.literals(")")
        else:
            self.expect(")")
        if function == "count":
            return Count(name, codes)
        if not codes:
            raise self.fault("selected() needs a code", self.here.at, f"as in selected({name}, 1)")
        return Selected(name, codes)

    def name(self) -> str:
        token = self.here
        if token.kind == "quoted":
            return self.take().text[1:-1]
        if token.kind != "word" or token.text.lower() in WORDS:
            raise self.unexpected("a name")
        return self.take().text

    def literals(self, close: str) -> tuple[Code, ...]:
        found: list[Code] = []
        while not self.at_mark(close):
            if found:
                self.expect(",")
            negative = self.at_mark("-")
            if negative:
                self.take()
            if self.here.kind not in (("number",) if negative else ("number", "text")):
                raise self.unexpected("a number or a text in quotes")
            value = self.literal()
            found.append(-value if negative and isinstance(value, float) else value)
        self.take()
        return tuple(found)

    def literal(self) -> Code:
        token = self.take()
        if token.kind == "number":
            value = float(token.text)
            if value > 1e300:
                raise self.fault("the number is too large", token.at)
            return value
        quote = token.text[0]
        return token.text[1:-1].replace(quote * 2, quote)
