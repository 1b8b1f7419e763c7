"""Display, branch and skip logic of Qualtrics as conditions.

Qualtrics writes logic as groups of expressions: within a group and between groups AND binds before
OR. An expression that looks at an answer that is not there is false, and its negation true, which
`selected`, `answered` and `not` say here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ...data.codebook import Code, code_text
from ..logic import syntax as g
from ..logic.expression import Expression
from ..logic.pattern import Pattern, PatternError
from ..questions import Multiple, MultipleMatrix
from .qsf_file import entries, is_on, mapping, number, text
from .qsf_made import Made
from .qsf_pipes import names_in_turn
from .qsf_places import Stand
from .report import Log

__all__ = ["Logic", "both", "expression", "fields_named", "opposite"]

TRUE, FALSE = g.Const(True), g.Const(False)
COMPARED = {
    "EqualTo": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqual": ">=",
    "LessThan": "<",
    "LessThanOrEqual": "<=",
}
NEGATIVE = {
    "NotSelected": "Selected",
    "NotDisplayed": "Displayed",
    "NotEqualTo": "EqualTo",
    "DoesNotContain": "Contains",
    "Empty": "NotEmpty",
    "DoesNotMatchRegex": "MatchesRegex",
}
"""Operators that are the negation of another."""
_LOCATOR = re.compile(r"q://(?:(\d+)_)?([^/]+)/?(.*)", re.DOTALL)


class Logic:
    """Translates logic.

    Args:
        made: What questions became, by QID.
        fields: Embedded field → name of the field here.
        turns: QID → for each turn of the loop it stands in, its id in the file and its code.
        log: Where what cannot be translated goes.
    """

    def __init__(
        self,
        made: Mapping[str, Made],
        fields: Mapping[str, str],
        turns: Mapping[str, Mapping[str, Code]],
        log: Log,
    ) -> None:
        self.made = made
        self.fields = fields
        self.turns = turns
        self.log = log

    def test(self, logic: Any, where: str, stand: Stand) -> g.Test | None:
        """A condition, or None where there is no logic.

        Args:
            logic: As in the file.
            where: What reports call the place.
            stand: What is known there.
        """
        groups: list[tuple[str, g.Test]] = []
        for key, group in entries(logic):
            if not key.isdecimal():
                continue
            terms: list[tuple[str, g.Test]] = []
            for inner, term in entries(group):
                if not inner.isdecimal() or not mapping(term):
                    continue
                if is_on(mapping(term).get("_HiddenExpression")):
                    continue
                joint = text(mapping(term).get("Conjuction") or mapping(term).get("Conjunction"))
                terms.append((joint, self.term(mapping(term), where, stand)))
            if terms:
                kind = text(mapping(group).get("Type"))
                groups.append(("Or" if kind in ("OrIf", "ElseIf") else "And", _combined(terms)))
        return _combined(groups) if groups else None

    def term(self, term: Mapping[str, Any], where: str, stand: Stand) -> g.Test:
        """One expression; one that cannot be translated never holds, and is reported."""
        operator = text(term.get("Operator")) or text(term.get("Condition"))
        positive = NEGATIVE.get(operator, operator)
        kind = text(term.get("LogicType"))
        left = text(term.get("LeftOperand")) or text(term.get("ChoiceLocator"))
        right = text(term.get("RightOperand"))
        if not right and "RightOperand" not in term:
            right = text(term.get("Value"))
        found: g.Test | None
        if kind == "EmbeddedField":
            name = self.fields.get(left.strip())
            found = None if name is None else self.compared(g.Name(name), positive, right, term)
        elif kind == "Question" or left.startswith("q://"):
            found = self.of_question(left, positive, right, term, where, stand)
        elif kind == "BooleanValue":
            found = g.Const(is_on(left or right))
        else:
            found = None
        if found is None:
            what = " ".join(part for part in (kind or "expression", left[:60], operator) if part)
            self.log.left(where, "condition", f"“{what}” is not supported and never holds")
            return FALSE
        self.log.carried(where, "condition", f"{kind or 'Question'} {operator}")
        return opposite(found) if operator in NEGATIVE else found

    # --- expressions --------------------------------------------------------------------------

    def of_question(
        self,
        locator: str,
        operator: str,
        right: str,
        term: Mapping[str, Any],
        where: str,
        stand: Stand,
    ) -> g.Test | None:
        """An expression about a question, under the names it has at this place."""
        found = _LOCATOR.fullmatch(locator)
        if found is None:
            return None
        turn, qid, rest = found[1], unquote(found[2]), unquote(found[3])
        made = self.made.get(qid.partition("#")[0])
        if made is None:
            self.log.left(where, "condition", f"it looks at {qid}, which is not part of the survey")
            return FALSE
        if not made.questions:
            return None
        if stand.comes_later(made.qid):
            self.log.approximated(
                where, "condition", f"it looks at {qid}, which comes later, so it never holds"
            )
            return FALSE
        test = self.located(made, qid, rest, operator, right, term)
        if test is not None and made.qid in stand.unsure:
            test = _definite(test)
        if test is None or made.qid not in self.turns or (made.qid in stand.block and not turn):
            return test
        codes = self.turns[made.qid]
        if turn:
            if turn not in codes:
                return FALSE
            return _renamed(test, names_in_turn(made, codes[turn]))
        self.log.approximated(
            where, "condition", f"it looks at {qid} of a loop: it holds if it does in any turn"
        )
        return _joined(g.Or, [_renamed(test, names_in_turn(made, code)) for code in codes.values()])

    def located(
        self,
        made: Made,
        qid: str,
        rest: str,
        operator: str,
        right: str,
        term: Mapping[str, Any],
    ) -> g.Test | None:
        """An expression about what a locator points at in a question."""
        question = made.questions[0]
        part, _, tail = rest.partition("/")
        column = qid.partition("#")[2]
        ids = [
            f"{column}#{one}" if column and not n else one for n, one in enumerate(tail.split("/"))
        ]
        if operator == "Displayed" or part in ("QuestionDisplayed", "ChoiceDisplayed"):
            return g.WasShown(question.name)
        if not question.variables():
            return None
        if part == "SelectableChoice" or part == "SelectableAnswer":
            return self.selected(made, part, [one for one in ids if one], operator)
        if part in ("ChoiceTextEntryValue", "ChoiceNumericEntryValue"):
            name = made.texts.get(ids[0]) or made.rows.get(ids[0])
            if name is None and not tail:
                name = question.name if made.texts.get("") or not made.rows else None
            if name is None:
                return None
            if operator == "Selected":
                return g.Answered(name)
            return self.compared(g.Name(name), operator, right, term)
        if part in ("SelectedChoicesCount", "SelectedAnswerCount"):
            counted = made.rows.get(ids[0], question.name) if tail else question.name
            return _count(counted, operator, number(right))
        if part in ("SelectedChoicesRecode", "SelectedAnswerRecode", "SelectedChoices"):
            name = made.rows.get(ids[0], question.name) if tail else question.name
            if isinstance(question, Multiple):
                code = number(right)
                return g.Selected(name, (right if code is None else code,))
            return self.compared(g.Name(name), operator, right, term)
        if operator == "NotEmpty" and part in ("", "ChoiceGroup"):
            return g.Answered(question.name)
        return None

    def selected(self, made: Made, part: str, ids: Sequence[str], operator: str) -> g.Test | None:
        """Whether a choice, a scale point, or a cell of a matrix is chosen."""
        if operator != "Selected" or not ids:
            return None
        question = made.questions[0]
        if len(ids) > 1:
            row, answer = ids[0], ids[1]
            if (row, answer) in made.cells:
                return g.Selected(made.cells[row, answer], (1.0,))
            if row in made.rows and answer in made.codes:
                return g.Selected(made.rows[row], (made.codes[answer],))
            return None
        if part == "SelectableAnswer" and made.rows and ids[0] in made.codes:
            if isinstance(question, MultipleMatrix):
                cells = [name for (_, answer), name in made.cells.items() if answer == ids[0]]
                return _joined(g.Or, [g.Selected(name, (1.0,)) for name in cells])
            return g.Selected(question.name, (made.codes[ids[0]],))
        if made.rows:
            return g.Answered(made.rows[ids[0]]) if ids[0] in made.rows else None
        if ids[0] in made.codes:
            return g.Selected(question.name, (made.codes[ids[0]],))
        return None

    def compared(
        self, value: g.Name, operator: str, right: str, term: Mapping[str, Any]
    ) -> g.Test | None:
        """A value compared with a text or number of the file."""
        if operator == "NotEmpty":
            return g.Answered(value.name)
        plain = right.strip()
        if "${" in plain:
            return self.piped(value, operator, plain)
        if operator in COMPARED:
            code = number(plain)
            if code is None and not plain:
                return opposite(g.Answered(value.name)) if operator == "EqualTo" else None
            if code is None and operator == "EqualTo" and is_on(term.get("IgnoreCase")):
                return _matching(value, f"(?i)^{re.escape(plain)}$")
            literal = plain if code is None or code_text(code) != plain else code
            return g.Compare(COMPARED[operator], value, g.Literal(literal))
        if operator == "Contains" and plain:
            return g.Contains(value, plain)
        if operator == "MatchesRegex":
            slashed = re.fullmatch(r"/(.*)/([a-z]*)", plain, re.DOTALL)
            pattern = slashed[1] if slashed else plain
            folded = (slashed and "i" in slashed[2]) or is_on(term.get("IgnoreCase"))
            return _matching(value, f"(?i){pattern}" if folded else pattern)
        return None

    def piped(self, value: g.Name, operator: str, right: str) -> g.Test | None:
        """A value compared with piped text: a field, or the answer to a question."""
        body = re.fullmatch(r"\$\{([^{}]+)\}", right)
        if body is None or operator not in COMPARED:
            return None
        other: str | None = None
        if body[1].startswith("e://Field/"):
            other = self.fields.get(body[1].removeprefix("e://Field/").strip())
        else:
            located = re.fullmatch(r"q://(QID\w+)/(\w+)/?(.*)", body[1])
            made = self.made.get(located[1]) if located else None
            if located and made and made.questions:
                other = made.texts.get(located[3]) or made.rows.get(located[3])
                if other is None and len(made.questions[0].variables()) == 1:
                    other = made.questions[0].name
        return None if other is None else g.Compare(COMPARED[operator], value, g.Name(other))


# --- trees ------------------------------------------------------------------------------------


def expression(test: g.Test | None) -> Expression | None:
    """A tree as a condition; None where it always holds.

    Raises:
        QuestionnaireError: It is too long or too deep to be a condition.
    """
    if test is None or test == TRUE:
        return None
    return Expression(g.unparse(test))


def both(*tests: g.Test | None) -> g.Test | None:
    """All of several conditions, of which some may be absent."""
    given = [test for test in tests if test is not None and test != TRUE]
    return _joined(g.And, given) if given else None


def opposite(test: g.Test) -> g.Test:
    """The opposite of a condition: true where an answer is missing that it looks at."""
    match test:
        case g.Const(truth):
            return g.Const(not truth)
        case g.Not(part) if not isinstance(part, _VALUES):
            return part
        case g.And(parts):
            return _joined(g.Or, [opposite(_as_test(part)) for part in parts])
        case g.Or(parts):
            return _joined(g.And, [opposite(_as_test(part)) for part in parts])
        case g.Compare("=", g.Name(name), g.Literal(value)):
            return g.Not(g.Selected(name, (value,)))
        case g.Compare() | g.Contains() | g.Matches() | g.In():
            known = [g.Answered(n.name) for n in g.walk(test) if isinstance(n, g.Name)]
            return g.Not(g.And((*known, test)))
    return g.Not(test)


def _definite(test: g.Test) -> g.Test:
    """A comparison that is false, rather than unknown, where there is no answer yet."""
    if not isinstance(test, (g.Compare, g.Contains, g.Matches, g.In)):
        return test
    known = [g.Answered(node.name) for node in g.walk(test) if isinstance(node, g.Name)]
    return _joined(g.And, [*known, test])


_VALUES = (g.Literal, g.Name, g.Record, g.ArmOf, g.Negate, g.Arith, g.Count)


def _as_test(node: g.Node) -> g.Test:
    if isinstance(node, _VALUES):
        raise TypeError(f"{type(node).__name__} is not a condition")
    return node


def _joined(kind: type[g.And] | type[g.Or], tests: Sequence[g.Test]) -> g.Test:
    """Conditions joined, with what is always or never true worked in."""
    absorbing, neutral = (FALSE, TRUE) if kind is g.And else (TRUE, FALSE)
    if absorbing in tests:
        return absorbing
    flat: list[g.Test] = []
    for test in tests:
        inner = [_as_test(part) for part in test.parts] if isinstance(test, kind) else [test]
        flat += [one for one in inner if one != neutral and one not in flat]
    if not flat:
        return neutral
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _combined(terms: Sequence[tuple[str, g.Test]]) -> g.Test:
    """Terms with what joins each to those before; AND binds before OR."""
    alternatives: list[list[g.Test]] = [[]]
    for place, (joint, term) in enumerate(terms):
        if place and joint.casefold() == "or":
            alternatives.append([])
        alternatives[-1].append(term)
    return _joined(g.Or, [_joined(g.And, terms) for terms in alternatives])


def _renamed(test: g.Test, names: Mapping[str, str]) -> g.Test:
    """A condition with other names."""

    def change(node: Any) -> Any:
        match node:
            case g.Name(name):
                return g.Name(names.get(name, name))
            case g.Answered(name):
                return g.Answered(names.get(name, name))
            case g.WasShown(name):
                return g.WasShown(names.get(name, name))
            case g.Selected(name, codes):
                return g.Selected(names.get(name, name), codes)
            case g.Count(name, codes):
                return g.Count(names.get(name, name), codes)
            case g.Compare(op, left, right):
                return g.Compare(op, change(left), change(right))
            case g.Contains(value, said):
                return g.Contains(change(value), said)
            case g.Matches(value, pattern):
                return g.Matches(change(value), pattern)
            case g.Not(part):
                return g.Not(change(part))
            case g.And(parts) | g.Or(parts):
                return type(node)(tuple(change(part) for part in parts))
        return node

    changed: g.Test = change(test)
    return changed


def _matching(value: g.Name, pattern: str) -> g.Test | None:
    try:
        Pattern(pattern)
    except PatternError:
        return None
    return g.Matches(value, pattern)


def _count(name: str, operator: str, bound: float | None) -> g.Test | None:
    """How many are chosen, compared; where nothing was answered, none are."""
    if operator == "NotEmpty":
        return g.Answered(name)
    if bound is None or operator not in COMPARED:
        return None
    test = g.Compare(COMPARED[operator], g.Count(name, ()), g.Literal(bound))
    compare: Callable[[float, float], bool] = {
        "EqualTo": float.__eq__,
        "GreaterThan": float.__gt__,
        "GreaterThanOrEqual": float.__ge__,
        "LessThan": float.__lt__,
        "LessThanOrEqual": float.__le__,
    }[operator]
    if compare(0.0, bound):
        return g.Or((g.Not(g.Answered(name)), test))
    return test


def fields_named(logic: Any) -> list[str]:
    """Embedded fields that logic names, on either side."""
    found = []
    for _, group in entries(logic):
        for _, term in entries(group):
            held = mapping(term)
            if text(held.get("LogicType")) == "EmbeddedField":
                found.append(text(held.get("LeftOperand")).strip())
            piped = re.findall(r"\$\{e://Field/([^{}]+)\}", text(held.get("RightOperand")))
            found += [name.strip() for name in piped]
    return [name for name in found if name]
