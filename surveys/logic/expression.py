"""Conditions on earlier answers, arms and the record: `Expression`, and how it is evaluated.

Missing answers make conditions three-valued (Kleene's strong logic). Comparing, counting or
searching a missing answer is neither true nor false but unknown; `not unknown` is unknown;
`false and unknown` is false, `true or unknown` is true. At the end unknown counts as false: a
question is shown, and a person screened out, only where the condition is known to hold.
`answered()`, `selected()` and `shown()` are never unknown: without an answer they are false.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ...data.codebook import Code, code_text
from . import syntax as g
from .grammar import parse, parse_value
from .pattern import Pattern

__all__ = ["Expression", "Formula", "Scope", "State", "Target", "Value", "truth_of"]

Value = float | str | None
Truth = bool | None

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class State:
    """What conditions and piped text can see at one point of an interview.

    Attributes:
        answers: Variable → substantive value, None where missing.
        arms: Condition → arm.
        facts: Fact of the person's record → value.
        labels: Fact → text for people.
        shown: Names of the questions shown so far.
        fields: Field → value, as far as set.
        loop: Number and total of the loop instance that is being asked, or None.
    """

    __slots__ = ("answers", "arms", "facts", "fields", "labels", "loop", "shown")

    def __init__(
        self,
        answers: Mapping[str, Code | None],
        arms: Mapping[str, str] | None = None,
        facts: Mapping[str, Code | None] | None = None,
        labels: Mapping[str, str] | None = None,
        shown: Collection[str] = (),
    ) -> None:
        self.answers = answers
        self.arms = arms if arms is not None else {}
        self.facts = facts if facts is not None else {}
        self.labels = labels if labels is not None else {}
        self.shown = shown
        self.fields: dict[str, Code] = {}
        self.loop: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a name in a condition stands for.

    Attributes:
        kind: "variable" (one answer), "set" (0/1 options), "group" (rows), "condition", "field".
        question: Name of the question it belongs to, at this place; "" for conditions and fields.
        variables: Its variables, in order; for a condition or field its name.
        codes: For a set, the code of each variable's option.
    """

    kind: str
    question: str
    variables: tuple[str, ...]
    codes: tuple[Code, ...] = ()


class Scope(Protocol):
    """Says what names stand for at one place of a questionnaire."""

    def target(self, name: str, /) -> Target | None:
        """The target of `name`, or None if there is none."""
        ...


class _Anything:
    """Scope without a questionnaire: every name is a variable, or else a condition."""

    def target(self, _name: str, /) -> Target | None:
        return None


_ANYTHING = _Anything()


class Expression:
    """A condition, parsed once. Equal, hashed and pickled by its source.

    Args:
        source: The condition, in the language of `surveys/grammar.py`.

    Raises:
        QuestionnaireError: The source is no condition.
    """

    __slots__ = ("node", "source")

    def __init__(self, source: str) -> None:
        self.source = source.strip()
        self.node: g.Test = parse(self.source)

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.source == self.source

    def __hash__(self) -> int:
        return hash(("Expression", self.source))

    def __reduce__(self) -> tuple[type[Expression], tuple[str]]:
        return (Expression, (self.source,))

    @property
    def names(self) -> frozenset[str]:
        """Questions, variables and conditions that it names; not the record's facts."""
        named = (g.Name, g.ArmOf, g.Count, g.Answered, g.Selected, g.WasShown)
        return frozenset(n.name for n in g.walk(self.node) if isinstance(n, named))

    @property
    def conditions(self) -> frozenset[str]:
        """Conditions that it names with `arm()`."""
        return frozenset(n.name for n in g.walk(self.node) if isinstance(n, g.ArmOf))

    @property
    def record(self) -> frozenset[str]:
        """Facts of the record that it names."""
        return frozenset(n.name for n in g.walk(self.node) if isinstance(n, g.Record))

    def compile(self, scope: Scope = _ANYTHING) -> Callable[[State], bool]:
        """Return a function that says whether the condition is known to hold."""
        test = truth_of(self.node, scope)
        return lambda state: test(state) is True

    def holds(
        self,
        answers: Mapping[str, Code | None],
        arms: Mapping[str, str] | None = None,
        facts: Mapping[str, Code | None] | None = None,
        shown: Collection[str] = (),
    ) -> bool:
        """Whether the condition is known to hold, without a questionnaire to say what names mean.

        A name is a variable of `answers`, or else a condition of `arms`; `selected(x, 2)` looks at
        `x` and at `x_2`.
        """
        return self.compile()(State(answers, arms, facts, shown=shown))


class Formula:
    """A value worked out from answers, arms, fields and the record; equal by its source.

    Args:
        source: A value in the language of `grammar`: "weight / (height * height)".

    Raises:
        QuestionnaireError: The source is no value.
    """

    __slots__ = ("node", "source")

    def __init__(self, source: str) -> None:
        self.source = source.strip()
        self.node: g.Value = parse_value(self.source)

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and other.source == self.source

    def __hash__(self) -> int:
        return hash(("Formula", self.source))

    def __reduce__(self) -> tuple[type[Formula], tuple[str]]:
        return (Formula, (self.source,))

    @property
    def names(self) -> frozenset[str]:
        """Questions, variables, fields and conditions that it names."""
        named = (g.Name, g.ArmOf, g.Count)
        return frozenset(n.name for n in g.walk(self.node) if isinstance(n, named))

    def compile(self, scope: Scope = _ANYTHING) -> Callable[[State], Value]:
        """Return a function that works the value out; None where something is missing."""
        return _value(self.node, scope)


# --- evaluation -------------------------------------------------------------------------------


def truth_of(node: g.Node, scope: Scope) -> Callable[[State], Truth]:
    """Compile a condition to a function that says true, false, or None for unknown."""
    match node:
        case g.Const(truth):
            return lambda _: truth
        case g.And(parts):
            return _all([truth_of(part, scope) for part in parts])
        case g.Or(parts):
            return _any([truth_of(part, scope) for part in parts])
        case g.Not(part):
            inner = truth_of(part, scope)
            return lambda s: None if (truth := inner(s)) is None else not truth
        case g.Compare(op, left, right):
            return _comparison(op, _value(left, scope), _value(right, scope))
        case g.In(value, members, negated):
            return _membership(_value(value, scope), members, negated)
        case g.Answered(name):
            return _answered(scope.target(name), name)
        case g.Selected(name, codes):
            return _selected(scope.target(name), name, codes)
        case g.WasShown(name):
            found = scope.target(name)
            question = found.question if found else name
            return lambda s: question in s.shown
        case g.Contains(value, text):
            wanted, look = text.casefold(), _value(value, scope)
            return lambda s: None if (v := look(s)) is None else wanted in _text(v).casefold()
        case g.Matches(value, pattern):
            compiled, look = Pattern(pattern), _value(value, scope)
            return lambda s: None if (v := look(s)) is None else compiled.search(_text(v))
    raise TypeError(f"{type(node).__name__} is not a condition")


def _value(node: g.Node, scope: Scope) -> Callable[[State], Value]:
    match node:
        case g.Literal(constant):
            return lambda _: constant
        case g.Name(name):
            return _named(scope.target(name), name)
        case g.Record(name):
            return lambda s: s.facts.get(name)
        case g.ArmOf(name):
            return lambda s: s.arms.get(name)
        case g.Negate(value):
            inner = _value(value, scope)
            return lambda s: -v if isinstance(v := inner(s), (int, float)) else None
        case g.Arith(op, left, right):
            return _arithmetic(op, _value(left, scope), _value(right, scope))
        case g.Count(name, codes):
            return _count(scope.target(name), name, codes)
    raise TypeError(f"{type(node).__name__} is not a value")


def _text(value: Code) -> str:
    return value if isinstance(value, str) else code_text(float(value))


def _all(tests: list[Callable[[State], Truth]]) -> Callable[[State], Truth]:
    def check(state: State) -> Truth:
        known = True
        for test in tests:
            truth = test(state)
            if truth is False:
                return False
            known = known and truth is not None
        return True if known else None

    return check


def _any(tests: list[Callable[[State], Truth]]) -> Callable[[State], Truth]:
    def check(state: State) -> Truth:
        known = True
        for test in tests:
            truth = test(state)
            if truth is True:
                return True
            known = known and truth is not None
        return False if known else None

    return check


def _same(left: Code, right: Code) -> bool:
    """Equality of values; a number equals the text that people write for it."""
    if isinstance(left, str) is isinstance(right, str):
        return left == right
    return _text(left) == _text(right)


def _comparison(
    op: str, left: Callable[[State], Value], right: Callable[[State], Value]
) -> Callable[[State], Truth]:
    if op in ("=", "!="):
        wanted = op == "="

        def equal(state: State) -> Truth:
            a, b = left(state), right(state)
            return None if a is None or b is None else _same(a, b) is wanted

        return equal
    order = _ORDERS[op]

    def ordered(state: State) -> Truth:
        a, b = left(state), right(state)
        if a is None or b is None or isinstance(a, str) is not isinstance(b, str):
            return None
        return order(a, b)

    return ordered


def _membership(
    value: Callable[[State], Value], members: tuple[Code, ...], negated: bool
) -> Callable[[State], Truth]:
    def check(state: State) -> Truth:
        found = value(state)
        if found is None:
            return None
        return any(_same(found, member) for member in members) is not negated

    return check


def _arithmetic(
    op: str, left: Callable[[State], Value], right: Callable[[State], Value]
) -> Callable[[State], Value]:
    compute = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
    }[op]

    def result(state: State) -> Value:
        a, b = left(state), right(state)
        if not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
            return None
        if op == "/" and b == 0:
            return None
        number = float(compute(a, b))
        return number if math.isfinite(number) else None

    return result


def _named(target: Target | None, name: str) -> Callable[[State], Value]:
    if target is None:
        return lambda s: s.answers[name] if name in s.answers else s.arms.get(name)
    if target.kind == "condition":
        return lambda s: s.arms.get(name)
    if target.kind == "field":
        return lambda s: s.fields.get(name)
    if target.kind != "variable" or not target.variables:
        # `check` refuses questions of several answers used as one value; unknown is safe here.
        return lambda _: None
    variable = target.variables[0]
    return lambda s: s.answers.get(variable)


def _answered(target: Target | None, name: str) -> Callable[[State], Truth]:
    if target is not None and target.kind == "field":
        return lambda s: name in s.fields
    if target is not None and target.kind == "condition":
        return lambda s: name in s.arms
    variables = target.variables if target else (name,)
    return lambda s: any(s.answers.get(variable) is not None for variable in variables)


def _selected(
    target: Target | None, name: str, codes: tuple[Code, ...]
) -> Callable[[State], Truth]:
    if target is None:
        options = tuple(f"{name}_{_text(code)}" for code in codes)
        return lambda s: (
            ((v := s.answers.get(name)) is not None and any(_same(v, code) for code in codes))
            or any(s.answers.get(option) == 1 for option in options)
        )
    if target.kind == "set":
        pairs = zip(target.variables, target.codes, strict=True)
        chosen = tuple(v for v, code in pairs if any(_same(code, c) for c in codes))
        return lambda s: any(s.answers.get(variable) == 1 for variable in chosen)
    if target.kind == "condition":
        return lambda s: name in s.arms and any(_same(s.arms[name], code) for code in codes)
    if target.kind == "field":
        return lambda s: name in s.fields and any(_same(s.fields[name], code) for code in codes)
    variables = target.variables
    return lambda s: any(
        (v := s.answers.get(variable)) is not None and any(_same(v, code) for code in codes)
        for variable in variables
    )


def _count(target: Target | None, name: str, codes: tuple[Code, ...]) -> Callable[[State], Value]:
    variables = target.variables if target else (name,)
    if target is not None and target.kind == "set":
        wanted = tuple(
            variable
            for variable, code in zip(variables, target.codes, strict=True)
            if not codes or any(_same(code, c) for c in codes)
        )

        def chosen(state: State) -> Value:
            if all(state.answers.get(variable) is None for variable in variables):
                return None
            return float(sum(state.answers.get(variable) == 1 for variable in wanted))

        return chosen

    def rows(state: State) -> Value:
        values = [state.answers.get(variable) for variable in variables]
        given = [value for value in values if value is not None]
        if not given:
            return None
        if not codes:
            return float(len(given))
        return float(sum(any(_same(value, code) for code in codes) for value in given))

    return rows
