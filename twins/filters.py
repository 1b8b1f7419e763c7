"""A small language for choosing people: `age >= 30 and region == "North West"`. No eval.

    expression := clause (("and" | "or") clause)*      "and" binds tighter; "not" tighter still
    clause     := "not" clause | "(" expression ")"
                | NAME ("==" | "=" | "!=" | "<" | "<=" | ">" | ">=") VALUE
                | NAME "in" "(" VALUE ("," VALUE)* ")"
                | NAME "is" ["not"] "missing"
    VALUE      := number | 'quoted text' | "quoted text" | words

Values are codes or labels. A missing answer satisfies no comparison, nor its negation: whether it
is so is not known (Kleene 1938's three-valued logic).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..data.codebook import Code, Level
from ..data.errors import PanelError, RequestError
from .codes import find_code

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["matches", "where"]

BoolArray = npt.NDArray[np.bool_]

MAX_LENGTH = 10_000
MAX_DEPTH = 50

_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>\"[^\"]*\"|'[^']*')|(?P<op>==|!=|<=|>=|=|<|>|\(|\)|,)|(?P<word>[^\s=!<>(),\"']+))"
)
_COMPARE: dict[str, Callable[[npt.NDArray[np.float64], float], BoolArray]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_KEYWORDS = ("and", "or", "not", "in", "is")


@dataclass(frozen=True)
class _Truth:
    """Who it is true of and who it is false of; the rest is unknown."""

    yes: BoolArray
    no: BoolArray


def where(panel: Panel, expression: str) -> Panel:
    """Return the panel of those people of whom an expression is true, in panel order.

    Args:
        panel: The people.
        expression: Such as `age >= 30 and (region == 2 or region == "North West")`.

    Raises:
        RequestError: The expression cannot be read, or compares what cannot be compared.
        UnknownNameError: A variable, or a label of one, does not exist.
        PanelError: It is true of nobody.
    """
    chosen = matches(panel, expression)
    if not chosen.any():
        raise PanelError(
            f"nobody matches {expression!r}",
            where=panel.source or "panel",
            remedy="loosen the condition",
        )
    return panel.take(chosen)


def matches(panel: Panel, expression: str) -> BoolArray:
    """Of whom an expression is true; shape (rows,). Raises as `where`, except for nobody."""
    return _Parser(panel, expression).parse()


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool
    at: int

    def is_(self, *texts: str) -> bool:
        return not self.quoted and self.text.casefold() in texts


class _Parser:
    def __init__(self, panel: Panel, expression: str) -> None:
        self.panel = panel
        self.expression = expression
        self.tokens = self.split()
        self.next = 0
        self.depth = 0

    def split(self) -> list[_Token]:
        if len(self.expression) > MAX_LENGTH:
            raise RequestError(f"a condition is longer than {MAX_LENGTH:,} characters")
        tokens, position, end = [], 0, len(self.expression.rstrip())
        while position < end:
            match = _TOKEN.match(self.expression, position)
            if match is None:
                raise self.error("cannot be read", self.expression[position:].strip()[:20])
            text = match["quoted"] or match["op"] or match["word"]
            quoted = match["quoted"] is not None
            tokens.append(_Token(text[1:-1] if quoted else text, quoted, match.start()))
            position = match.end()
        return tokens

    def error(self, what: str, found: str | None = None) -> RequestError:
        if found is None:
            token = self.peek()
            found = token.text if token else "the end"
        return RequestError(
            f"{what} at {found!r}",
            where=f"condition {self.expression!r}",
            remedy='write conditions like age >= 30 and region == "North West"',
        )

    def peek(self) -> _Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def accept(self, *texts: str) -> str | None:
        token = self.peek()
        if token is not None and token.is_(*texts):
            self.next += 1
            return token.text.casefold()
        return None

    def parse(self) -> BoolArray:
        if not self.tokens:
            raise RequestError("the condition is empty", remedy="write one, such as age >= 30")
        truth = self.either()
        if self.peek() is not None:
            raise self.error("the condition goes on where it should end")
        return truth.yes

    def either(self) -> _Truth:
        left = self.both()
        while self.accept("or"):
            right = self.both()
            left = _Truth(left.yes | right.yes, left.no & right.no)
        return left

    def both(self) -> _Truth:
        left = self.clause()
        while self.accept("and"):
            right = self.clause()
            left = _Truth(left.yes & right.yes, left.no | right.no)
        return left

    def clause(self) -> _Truth:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"brackets and nots are nested more than {MAX_DEPTH} deep")
        if self.accept("not"):
            inner = self.clause()
            truth = _Truth(inner.no, inner.yes)
        elif self.accept("("):
            truth = self.either()
            if not self.accept(")"):
                raise self.error("a closing bracket is missing")
        else:
            truth = self.comparison()
        self.depth -= 1
        return truth

    def comparison(self) -> _Truth:
        name = self.name()
        answered = self.panel.answered(name)
        if self.accept("is"):
            negated = self.accept("not") is not None
            if not self.accept("missing"):
                raise self.error("'missing' is expected after 'is'")
            gone = answered if negated else ~answered
            return _Truth(gone, ~gone)
        if self.accept("in"):
            yes = np.zeros(len(self.panel), dtype=np.bool_)
            if not self.accept("("):
                raise self.error("an opening bracket is expected after 'in'")
            while True:
                yes |= self.equals(name, self.value())
                if self.accept(")"):
                    return _Truth(yes, answered & ~yes)
                if not self.accept(","):
                    raise self.error("a comma or a closing bracket is expected")
        operator = self.accept("==", "=", "!=", *_COMPARE)
        if operator is None:
            raise self.error(f"a comparison is expected after {name!r}")
        value = self.value()
        if operator in ("==", "="):
            yes = self.equals(name, value)
        elif operator == "!=":
            yes = answered & ~self.equals(name, value)
        else:
            yes = answered & self.order(name, operator, value)
        return _Truth(yes, answered & ~yes)

    def name(self) -> str:
        token = self.peek()
        if token is None or (not token.quoted and not re.match(r"\w", token.text)):
            raise self.error("the name of a variable is expected")
        self.next += 1
        return self.panel.codebook[token.text].name

    def value(self) -> str:
        token = self.peek()
        if token is not None and token.quoted:
            self.next += 1
            return token.text
        words = []
        while (token := self.peek()) is not None and not token.quoted:
            if token.is_(*_KEYWORDS, *_COMPARE, "==", "=", "!=", "(", ")", ","):
                break
            words.append(token.text)
            self.next += 1
        if not words:
            raise self.error("a value is expected")
        return " ".join(words)

    def code(self, name: str, value: str) -> Code:
        return find_code(self.panel, name, value, where=f"condition {self.expression!r}")

    def equals(self, name: str, value: str) -> BoolArray:
        if self.panel.codebook[name].kind == "date":
            texts = self.panel.texts(name)
            return np.array([text == value for text in texts], dtype=np.bool_)
        code = self.code(name, value)
        same = (self.panel.frame[name] == code).fillna(False)
        return np.asarray(same.to_numpy(dtype=np.bool_))

    def order(self, name: str, operator: str, value: str) -> BoolArray:
        variable = self.panel.codebook[name]
        compare = _COMPARE[operator]
        if variable.kind == "number":
            if variable.level is Level.NOMINAL and variable.labels:
                raise self.error(
                    f"the answers to {name!r} have no order, so {operator} means nothing"
                )
            try:
                bound = float(value)
            except ValueError:
                bound = float(self.code(name, value))
            return compare(self.panel.numbers(name), bound)
        if variable.kind == "date":
            return self.order_of_dates(name, operator, value)
        if variable.level is not Level.ORDINAL or not variable.labels:
            raise self.error(f"{name!r} holds text without an order, so {operator} means nothing")
        rank = {code: float(i) for i, code in enumerate(variable.codes)}
        code = self.code(name, value)
        if code not in rank:
            raise self.error(f"{value!r} has no place in the order of {name!r}")
        ranks = [rank.get(text, np.nan) if text else np.nan for text in self.panel.texts(name)]
        return compare(np.array(ranks, dtype=np.float64), rank[code])

    def order_of_dates(self, name: str, operator: str, value: str) -> BoolArray:
        try:
            bound = np.datetime64(value, "ns")
        except ValueError:
            raise self.error(f"{name!r} holds dates; write one as 2024-05-31") from None
        dates = self.panel.frame[name].to_numpy(dtype="datetime64[ns]")
        gone = np.isnat(dates) | np.isnat(bound)
        days = np.where(gone, np.nan, dates.astype(np.int64).astype(np.float64))
        return _COMPARE[operator](days, float(bound.astype(np.int64)))
