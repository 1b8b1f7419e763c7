"""Questions that nobody can come to, and why: conditions that can never hold.

A condition is written as alternatives of simple comparisons. Comparisons of one answer with
constants are tried on every value that could tell them apart; whatever looks at more than one
answer at a time is taken to be possible. So what is reported is certain, and not everything is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...data.codebook import Code, Codebook, Variable, code_text
from ..expansion import Names, loop_values
from ..logic import syntax
from ..logic.expression import State, truth_of
from ..questionnaire import Again, Block, End, FlowNode, Group, Questionnaire, SetFields
from .position import Positions
from .references import scope_at

__all__ = ["unreachable"]

Wanted = Literal["true", "false", "not true", "not false"]
_OPPOSITE: Mapping[Wanted, Wanted] = {
    "true": "false",
    "false": "true",
    "not true": "not false",
    "not false": "not true",
}
_MOST_ALTERNATIVES = 200


@dataclass(frozen=True, slots=True)
class _Atom:
    """A comparison, what it must come to, and what names mean where it stands."""

    node: syntax.Node
    wanted: Wanted
    scope: Names

    def holds(self, state: State) -> bool:
        truth = truth_of(self.node, self.scope)(state)
        if self.wanted == "true":
            return truth is True
        if self.wanted == "false":
            return truth is False
        return truth is not True if self.wanted == "not true" else truth is not False

    def __str__(self) -> str:
        text = syntax.unparse(self.node)
        return f"“{text}”" if self.wanted in ("true", "not false") else f"“not {text}”"


_Subject = tuple[str, str]
"""What an atom looks at: ("variable" | "arm" | "record" | "count", name)."""


def unreachable(questionnaire: Questionnaire, codebook: Codebook | None = None) -> dict[str, str]:
    """Questions as written that nobody can come to, each with why, in written order.

    Args:
        questionnaire: A questionnaire without faults.
        codebook: That of the panel, to say which values record facts can have.
    """
    finder = _Finder(questionnaire, codebook)
    finder.nodes(questionnaire.blocks, ())
    return finder.found


_Condition = tuple[syntax.Node, Wanted, Block | None]


class _Finder:
    """Goes through a questionnaire once, in written order."""

    def __init__(self, questionnaire: Questionnaire, codebook: Codebook | None) -> None:
        self.questionnaire = questionnaire
        self.codebook = codebook
        self.positions = Positions(questionnaire)
        self.written = {question.name: question for question in questionnaire.written()}
        self.whole = {q.name for q in questionnaire.questions() if getattr(q, "integer", False)}
        self.found: dict[str, str] = {}

    def nodes(self, nodes: Sequence[FlowNode], above: tuple[_Condition, ...]) -> bool:
        """Look at nodes in order; returns whether the interview always ends among them."""
        over = False
        for node in nodes:
            if over:
                self.leave_out(node, "the interview always ends before it")
                continue
            if isinstance(node, End):
                over = node.show_if is None
                continue
            if isinstance(node, SetFields):
                continue
            conditions = above
            if node.show_if is not None:
                conditions = (*above, (node.show_if.node, "true", None))
            if isinstance(node, Group):
                mixed = node.order != "fixed" or node.pick is not None
                ends = False
                if mixed:
                    for member in node.blocks:
                        self.nodes([member], conditions)
                else:
                    ends = self.nodes(node.blocks, conditions)
                over = ends and node.show_if is None
            elif isinstance(node, Again):
                self.again(node, conditions)
            else:
                self.block(node, conditions)
        return over

    def again(self, node: Again, above: tuple[_Condition, ...]) -> None:
        """A block that stands here once more: what can be come to here can be come to."""
        block = next((b for b in self.questionnaire.leaves() if b.name == node.block), None)
        if block is None:
            return
        before = {q.name: self.found.pop(q.name) for q in block.questions if q.name in self.found}
        if block.show_if is not None:
            above = (*above, (block.show_if.node, "true", None))
        self.block(block, above)
        for question in block.questions:
            if question.name in self.found and question.name not in before:
                del self.found[question.name]

    def leave_out(self, node: FlowNode, why: str) -> None:
        if isinstance(node, Group):
            for member in node.blocks:
                self.leave_out(member, why)
        elif isinstance(node, Block):
            self.found.update({question.name: why for question in node.questions})

    def block(self, block: Block, above: tuple[_Condition, ...]) -> None:
        loop = block.loop
        if loop is not None and loop.over in self.found:
            self.leave_out(block, f"its loop goes over {loop.over}, which nobody is asked")
            return
        if loop is not None and not loop_values(loop, self.written):
            self.leave_out(block, "its loop has no values")
            return
        for question in block.questions:
            conditions = list(above)
            if question.show_if is not None:
                conditions.append((question.show_if.node, "true", block))
            if not conditions:
                continue
            conditions += self.passed_rules(question.name)
            why = self.impossible(conditions)
            if why:
                self.found[question.name] = why

    def passed_rules(self, name: str) -> Iterator[_Condition]:
        """Screen-out rules that were looked at before a question: they did not hold."""
        for rule in self.questionnaire.screen_out:
            asked = [self.positions.written(n) for n in rule.when.names]
            if all(q is not None and not self.positions.late(q, name) for q in asked):
                yield (rule.when.node, "not true", None)

    # --- possibility --------------------------------------------------------------------------

    def impossible(self, conditions: Sequence[_Condition]) -> str:
        """Say why conditions cannot all hold, or ""."""
        ways: list[tuple[_Atom, ...]] = [()]
        for node, wanted, block in conditions:
            scope = scope_at(block, self.questionnaire)
            ways = [(*way, *more) for way in ways for more in _alternatives(node, wanted, scope)]
            if len(ways) > _MOST_ALTERNATIVES:
                return ""
        reason = ""
        for way in ways:
            why = self.contradiction(way)
            if not why:
                return ""
            reason = reason or why
        return reason

    def contradiction(self, way: Sequence[_Atom]) -> str:
        """Say why comparisons cannot all hold, or ""."""
        by_subject: dict[_Subject, list[_Atom]] = {}
        for atom in way:
            if isinstance(atom.node, syntax.Const):
                if not atom.holds(State({})):
                    return f"{atom} never holds"
                continue
            subject = _subject(atom)
            if subject is not None:
                by_subject.setdefault(subject, []).append(atom)
        for subject, atoms in by_subject.items():
            states = list(self.states(subject, atoms))
            if any(all(atom.holds(state) for atom in atoms) for state in states):
                continue
            return self.explain(subject, atoms, states)
        return ""

    def explain(self, subject: _Subject, atoms: Sequence[_Atom], states: Sequence[State]) -> str:
        owner = self.positions.written(subject[1])
        if subject[0] == "variable" and owner in self.found:
            return f"it needs an answer to {owner}, which nobody is asked"
        for atom in atoms:
            if not any(atom.holds(state) for state in states):
                return f"{atom} never holds{self.values_of(subject)}"
        for one, other in itertools.combinations(atoms, 2):
            if not any(one.holds(state) and other.holds(state) for state in states):
                return f"{one} and {other} rule each other out"
        return " and ".join(map(str, atoms)) + " rule each other out"

    def values_of(self, subject: _Subject) -> str:
        kind, name = subject
        if kind == "arm":
            return f" ({name} is {', '.join(self.questionnaire.condition(name).arms)})"
        variable = self.variable(subject)
        if variable is None:
            return ""
        if variable.labels:
            return f" ({name} is {', '.join(code_text(code) for code in variable.codes[:12])})"
        if variable.range is not None:
            low, high = variable.range
            return f" ({name} is {code_text(low)} to {code_text(high)})"
        return ""

    def variable(self, subject: _Subject) -> Variable | None:
        kind, name = subject
        if kind == "variable":
            return self.questionnaire.plan.scope.variable(name)
        if kind == "record" and self.codebook is not None and name in self.codebook:
            return self.codebook[name]
        return None

    def states(self, subject: _Subject, atoms: Sequence[_Atom]) -> Iterator[State]:
        """One state for each value of a subject that could tell the atoms apart."""
        kind, name = subject
        if kind == "arm":
            for arm in self.questionnaire.condition(name).arms:
                yield State({}, {name: arm})
            return
        if kind == "count":
            target = atoms[0].scope.target(name)
            names = target.variables if target is not None else ()
            for chosen in range(len(names) + 1):
                yield State({v: float(i < chosen) for i, v in enumerate(names)})
            yield State({})
            return
        for value in [None, *self.values(subject, atoms)]:
            yield State({name: value}) if kind == "variable" else State({}, facts={name: value})

    def values(self, subject: _Subject, atoms: Sequence[_Atom]) -> list[Code]:
        if subject[0] == "variable" and self.positions.written(subject[1]) in self.found:
            return []
        variable = self.variable(subject)
        if variable is not None and variable.categorical:
            return list(variable.codes)
        constants = [value for atom in atoms for value in _constants(atom.node)]
        numbers = sorted({float(c) for c in constants if not isinstance(c, str)})
        texts = sorted({c for c in constants if isinstance(c, str)})
        if variable is not None and variable.kind != "number":
            return ["", *texts, *(text + "\x01" for text in texts), "\U0010ffff"]
        low, high = variable.range or (None, None) if variable is not None else (None, None)
        whole = variable is not None and variable.name in self.whole
        between = [(a + b) / 2 for a, b in itertools.pairwise(numbers)]
        tried = [*numbers, *between, *(n + d for n in numbers for d in (-1.0, 1.0))]
        tried += [0.0, *(bound for bound in (low, high) if bound is not None)]
        if whole:
            tried = [float(value) for n in tried for value in (int(n), int(n) + 1, int(n) - 1)]
        else:
            tried += [(a + b) / 2 for a, b in itertools.pairwise(sorted(set(tried)))]
        inside = [n for n in tried if (low is None or n >= low) and (high is None or n <= high)]
        return [*inside, *(texts if variable is None else ())]


def _alternatives(node: syntax.Node, wanted: Wanted, scope: Names) -> list[tuple[_Atom, ...]]:
    """The ways in which a condition can come out as wanted."""
    if isinstance(node, syntax.Not):
        return _alternatives(node.part, _OPPOSITE[wanted], scope)
    if not isinstance(node, (syntax.And, syntax.Or)):
        return [(_Atom(node, wanted, scope),)]
    every = isinstance(node, syntax.And) is (wanted in ("true", "not false"))
    parts = [_alternatives(part, wanted, scope) for part in node.parts]
    if not every:
        return [way for part in parts for way in part]
    ways: list[tuple[_Atom, ...]] = [()]
    for part in parts:
        ways = [(*way, *more) for way in ways for more in part]
        if len(ways) > _MOST_ALTERNATIVES:
            return [()]
    return ways


def _subject(atom: _Atom) -> _Subject | None:
    """What an atom looks at, if that is one thing compared with constants."""
    match atom.node:
        case syntax.Compare(_, left, syntax.Literal()) | syntax.In(left, _, _):
            return _named(left, atom.scope)
        case syntax.Compare(_, syntax.Literal(), right):
            return _named(right, atom.scope)
        case syntax.Answered(name):
            target = atom.scope.target(name)
            if target is not None and target.kind == "variable":
                return ("variable", target.variables[0])
        case syntax.Selected(name, codes):
            target = atom.scope.target(name)
            if target is not None and target.kind == "variable":
                return ("variable", target.variables[0])
            if target is not None and target.kind == "set" and len(codes) == 1:
                texts = [code_text(code) for code in target.codes]
                if code_text(codes[0]) in texts:
                    return ("variable", target.variables[texts.index(code_text(codes[0]))])
    return None


def _named(node: syntax.Node, scope: Names) -> _Subject | None:
    match node:
        case syntax.Record(name):
            return ("record", name)
        case syntax.ArmOf(name):
            return ("arm", name)
        case syntax.Count(name, ()):
            target = scope.target(name)
            return ("count", name) if target is not None and target.kind == "set" else None
        case syntax.Name(name):
            target = scope.target(name)
            if target is not None and target.kind == "condition":
                return ("arm", name)
            if target is not None and target.kind == "variable":
                return ("variable", target.variables[0])
    return None


def _constants(node: syntax.Node) -> Iterator[Code]:
    for part in syntax.walk(node):
        if isinstance(part, syntax.Literal):
            yield part.value
        elif isinstance(part, syntax.In):
            yield from part.members
        elif isinstance(part, syntax.Selected):
            yield from part.codes
