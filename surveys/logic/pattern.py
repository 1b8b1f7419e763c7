"""Regular expressions that cannot hang: matched by simulating an automaton, never backtracking.

Thompson, K. (1968). Regular expression search algorithm. Communications of the ACM 11, 419–422.
Time is proportional to pattern length × text length, whatever the pattern.

Supported: literals, `.`, `[classes]` with ranges and negation, `\\d \\w \\s` and their capitals,
`\\b`, `^`, `$`, groups, `|`, `* + ? {m} {m,} {m,n}` (and their lazy forms, which match the same
texts), `(?i)` in front. Not supported: back-references and look-around.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["MAX_PATTERN", "MAX_TEXT", "Pattern", "PatternError"]

MAX_PATTERN = 300
"""Longest pattern, in characters."""
MAX_TEXT = 2_000
"""Characters of a text that are looked at; what stands behind them is ignored."""
_MAX_STATES = 4_000
_MAX_DEPTH = 30

_Test = Callable[[str], bool]
_CLASSES: dict[str, _Test] = {
    "d": str.isdecimal,
    "w": lambda c: c.isalnum() or c == "_",
    "s": str.isspace,
    "D": lambda c: not c.isdecimal(),
    "W": lambda c: not (c.isalnum() or c == "_"),
    "S": lambda c: not c.isspace(),
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class PatternError(ValueError):
    """The pattern is malformed or asks for what is not supported; says so in a clause."""


@dataclass(slots=True)
class _State:
    """One state: consumes a character that passes `test`, or moves on freely to `out`."""

    test: _Test | None = None
    anchor: str = ""
    out: list[int] = field(default_factory=list)


_Fragment = tuple[int, int]
"""First and last state of a part; the last consumes nothing and has no exits yet."""


class Pattern:
    """A compiled pattern.

    Args:
        source: The regular expression.

    Raises:
        PatternError: It is malformed, too long, or not supported.
    """

    def __init__(self, source: str) -> None:
        if len(source) > MAX_PATTERN:
            raise PatternError(f"the pattern is longer than {MAX_PATTERN} characters")
        self.source = source
        self._fold = source.startswith("(?i)")
        self._text = source[4:] if self._fold else source
        self._at = 0
        self._depth = 0
        self._states: list[_State] = []
        first, self._last = self._either()
        if self._at < len(self._text):
            raise PatternError("the pattern has a ) without its (")
        self._first = first

    def search(self, text: str) -> bool:
        """Whether the pattern occurs anywhere in the first `MAX_TEXT` characters of `text`."""
        last = min(len(text), MAX_TEXT)
        current: set[int] = set()
        for at in range(last + 1):
            current = self._closure(current | {self._first}, text, at)
            if self._last in current:
                return True
            if at < last:
                current = self._step(current, text[at])
        return False

    def _step(self, current: set[int], character: str) -> set[int]:
        forms = {character}
        if self._fold:
            forms |= {character.lower(), character.upper()}
        following: set[int] = set()
        for number in current:
            state = self._states[number]
            if state.test is not None and any(state.test(form) for form in forms):
                following.update(state.out)
        return following

    def _closure(self, states: set[int], text: str, at: int) -> set[int]:
        found: set[int] = set()
        pending = list(states)
        while pending:
            number = pending.pop()
            if number in found:
                continue
            found.add(number)
            state = self._states[number]
            if state.test is None and _holds(state.anchor, text, at):
                pending.extend(state.out)
        return found

    # --- building -----------------------------------------------------------------------------

    def _new(self, test: _Test | None = None, anchor: str = "") -> int:
        if len(self._states) >= _MAX_STATES:
            raise PatternError("the pattern repeats too much")
        self._states.append(_State(test, anchor))
        return len(self._states) - 1

    def _join(self, start: int, end: int) -> None:
        self._states[start].out.append(end)

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _either(self) -> _Fragment:
        first, last = self._new(), self._new()
        while True:
            start, end = self._sequence()
            self._join(first, start)
            self._join(end, last)
            if self._peek() != "|":
                return first, last
            self._at += 1

    def _sequence(self) -> _Fragment:
        first = last = self._new()
        while self._peek() not in ("", "|", ")"):
            start, end = self._repeated()
            self._join(last, start)
            last = end
        return first, last

    def _repeated(self) -> _Fragment:
        begin = self._at
        fragment = self._atom()
        after = self._at
        least, most = self._counts()
        if self._at == after:
            return fragment
        finish = self._at
        if self._peek() in ("*", "+") or (self._peek() == "{" and self._text[finish - 1] != "\\"):
            raise PatternError("the pattern repeats a repetition")
        first = last = self._new()
        for count in range(max(most or least + 1, 1)):
            # Each copy is parsed anew; parsing is what makes states.
            self._at = begin
            start, end = self._atom()
            if count >= least:
                exit_state = self._new()
                self._join(last, exit_state)
                self._join(last, start)
                self._join(end, exit_state)
                if most is None:
                    self._join(end, start)
                    last = exit_state
                    break
                last = exit_state
            else:
                self._join(last, start)
                last = end
        self._at = finish
        if most == 0:
            return self._pair()
        return first, last

    def _pair(self) -> _Fragment:
        state = self._new()
        return state, state

    def _counts(self) -> tuple[int, int | None]:
        mark = self._peek()
        counts: tuple[int, int | None] = (1, 1)
        if mark in ("*", "+", "?") and mark:
            self._at += 1
            counts = {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        elif mark == "{":
            close = self._text.find("}", self._at)
            body = self._text[self._at + 1 : close] if close > 0 else ""
            low, comma, high = body.partition(",")
            if not (low.isascii() and low.isdecimal() and len(low) < 5):
                raise PatternError("the pattern has a { that starts no repetition; write \\{")
            if high and not (high.isascii() and high.isdecimal() and len(high) < 5):
                raise PatternError("the pattern has a repetition that is not {m,n}")
            self._at = close + 1
            counts = (int(low), int(high) if high else (None if comma else int(low)))
            if counts[1] is not None and counts[1] < counts[0]:
                raise PatternError("the pattern has a repetition whose counts are reversed")
        else:
            return counts
        if self._peek() == "?":
            self._at += 1
        return counts

    def _atom(self) -> _Fragment:
        mark = self._peek()
        self._at += 1
        if mark == "(":
            return self._group()
        if mark in ("^", "$"):
            return self._anchor(mark)
        if mark in ("*", "+", "?"):
            raise PatternError(f"the pattern has a {mark} with nothing before it")
        if mark == "[":
            return self._single(self._set())
        if mark == "\\":
            letter = self._peek()
            if letter in ("b", "B"):
                self._at += 1
                return self._anchor(letter)
            return self._single(self._escape())
        if mark == ".":
            return self._single(lambda c: c != "\n")
        return self._single(mark.__eq__)

    def _group(self) -> _Fragment:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise PatternError("the pattern is nested too deep")
        if self._peek() == "?":
            if self._text[self._at + 1 : self._at + 2] != ":":
                raise PatternError("look-around and named groups are not supported in patterns")
            self._at += 2
        fragment = self._either()
        if self._peek() != ")":
            raise PatternError("the pattern has a ( without its )")
        self._at += 1
        self._depth -= 1
        return fragment

    def _anchor(self, mark: str) -> _Fragment:
        start, end = self._new(anchor=mark), self._new()
        self._join(start, end)
        return start, end

    def _single(self, test: _Test) -> _Fragment:
        start, end = self._new(test), self._new()
        self._join(start, end)
        return start, end

    def _escape(self) -> _Test:
        letter = self._peek()
        self._at += 1
        if letter == "":
            raise PatternError("the pattern ends in a backslash")
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _ESCAPES:
            return _ESCAPES[letter].__eq__
        if letter.isalnum():
            raise PatternError(f"\\{letter} is not supported in patterns")
        return letter.__eq__

    def _set(self) -> _Test:
        negated = self._peek() == "^"
        self._at += negated
        tests: list[_Test] = []
        begin = self._at
        while self._peek() != "]" or self._at == begin:
            low = self._peek()
            if low == "":
                raise PatternError("the pattern has a [ without its ]")
            self._at += 1
            if low == "\\":
                tests.append(self._escape())
                continue
            high = self._text[self._at + 1 : self._at + 2]
            if self._peek() == "-" and high not in ("]", ""):
                self._at += 2
                if high == "\\":
                    raise PatternError("the pattern has a range that ends in a backslash")
                if high < low:
                    raise PatternError(f"the pattern has the range {low}-{high}, which is reversed")
                tests.append(_between(low, high))
            else:
                tests.append(low.__eq__)
        self._at += 1
        return lambda c: any(test(c) for test in tests) is not negated


def _between(low: str, high: str) -> _Test:
    return lambda c: low <= c <= high


def _holds(anchor: str, text: str, at: int) -> bool:
    if not anchor:
        return True
    if anchor == "^":
        return at == 0
    if anchor == "$":
        return at == len(text)
    word = _CLASSES["w"]
    edge = (at > 0 and word(text[at - 1])) != (at < len(text) and word(text[at]))
    return edge if anchor == "b" else not edge
