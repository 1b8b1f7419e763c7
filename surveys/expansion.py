"""Questions under every name they can be asked, and what names stand for at each place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..data.codebook import Code, Level, Variable, code_text
from .logic.expression import Expression, Formula, Target
from .piping import Template, fill
from .question import Question
from .questionnaire import Block, Loop, Questionnaire
from .questions import parts

__all__ = [
    "Names",
    "Renamed",
    "in_turn",
    "local_names",
    "loop_values",
    "needed",
    "piped",
    "targets_of",
    "texts_of",
    "turns_of",
]

MAX_COUNT = 100
"""Most turns of a loop that counts up to a numeric answer."""


class Names:
    """What names stand for at one place. Follows `PipeScope`."""

    __slots__ = ("_arms", "_local", "_targets", "_variables")

    def __init__(
        self,
        targets: Mapping[str, Target],
        variables: Mapping[str, Variable],
        arms: Mapping[str, Mapping[str, str]],
        local: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._targets = targets
        self._variables = variables
        self._arms = arms
        self._local = local

    def target(self, name: str, /) -> Target | None:
        """What `name` stands for here: in a loop, first the question of this turn."""
        return self._targets.get(self._local.get(name, name))

    def variable(self, name: str, /) -> Variable | None:
        """The variable of that name."""
        return self._variables.get(name)

    def arm_texts(self, condition: str, /) -> Mapping[str, str]:
        """Arm → text of a condition."""
        return self._arms.get(condition, {})

    def known(self) -> frozenset[str]:
        """All names that stand for something here."""
        return frozenset(self._targets) | frozenset(self._local)

    def within(self, local: Mapping[str, str]) -> Names:
        """The same names, with those of one turn of a loop in front."""
        return Names(self._targets, self._variables, self._arms, local)


def loop_values(loop: Loop, written: Mapping[str, Question]) -> tuple[tuple[Code, str], ...]:
    """Values a loop can go over, as (code, label); none where its question is not fit for it."""
    if not loop.over:
        return loop.values
    source = written.get(loop.over)
    if source is None:
        return ()
    if source.takes_options and not source.takes_items:
        return tuple((o.code, o.label) for o in source.answers if not o.exclusive)
    most = getattr(source, "maximum", None)
    if source.kind in ("numeric", "slider") and most is not None:
        return tuple((float(n), str(n)) for n in range(1, min(int(most), MAX_COUNT) + 1))
    return ()


Renamed = tuple[Code | None, str, tuple[Question, ...]]


def turns_of(
    block: Block, questionnaire: Questionnaire, written: Mapping[str, Question]
) -> tuple[Renamed, ...]:
    """The questions of a block under the names of each turn."""
    if block.loop is not None:
        return tuple(
            (
                code,
                "",
                tuple(
                    _named(q, parts.suffix(code), code, label, block.loop) for q in block.questions
                ),
            )
            for code, label in loop_values(block.loop, written)
        )
    if block.within:
        condition = next((c for c in questionnaire.conditions if c.name == block.within), None)
        return tuple(
            (None, arm, tuple(_in_arm(q, block.within, arm) for q in block.questions))
            for arm in (condition.arms if condition else ())
        )
    return ((None, "", block.questions),)


def in_turn(question: Question, code: Code) -> dict[str, str]:
    """Names of a question and its variables as written → those in one turn of a loop."""
    return local_names((question,), (_renamed(question, f"_{parts.suffix(code)}", {}),))


def _named(question: Question, tail: str, code: Code, label: str, loop: Loop) -> Question:
    values = {"loop.label": label, "loop.code": code_text(code)}
    for name, texts in loop.texts:
        values[f"loop.{name}"] = next((text for of, text in texts if of == code), "")
    return _renamed(question, f"_{tail}", values)


def _in_arm(question: Question, condition: str, arm: str) -> Question:
    """A question in one arm of a within-person condition: that arm's wording, and its name."""
    wording = next(
        (w.text for w in question.wordings if (w.condition, w.arm) == (condition, arm)), None
    )
    renamed = _renamed(question, f"_{arm}", {})
    if wording is None:
        return renamed
    return dataclasses.replace(renamed, text=wording, wordings=())


def _renamed(question: Question, tail: str, values: Mapping[str, str]) -> Question:
    return dataclasses.replace(
        question,
        name=question.name + tail,
        item=question.item + tail if question.item else "",
        text=fill(question.text, values),
        label=fill(question.label, values),
        wordings=tuple(
            dataclasses.replace(w, text=fill(w.text, values)) for w in question.wordings
        ),
        options=tuple(
            dataclasses.replace(
                option,
                label=fill(option.label, values),
                variable=option.variable + tail if option.variable else "",
            )
            for option in question.options
        ),
        items=tuple(
            dataclasses.replace(
                item,
                label=fill(item.label, values),
                variable=item.variable + tail if item.variable else "",
            )
            for item in question.items
        ),
    )


def targets_of(question: Question, variables: tuple[Variable, ...]) -> dict[str, Target]:
    """What the name of a question, and those of its variables, stand for."""
    found = {v.name: Target("variable", question.name, (v.name,)) for v in variables}
    specify = f"{question.name}_text"
    answers = tuple(v.name for v in variables if not (v.name == specify and v.level is Level.TEXT))
    if len(answers) == 1 and answers[0] == question.name:
        return found
    multiple = any(v.level is Level.MULTIPLE for v in variables)
    codes = tuple(option.code for option in question.answers) if multiple else ()
    kind = "set" if multiple and len(codes) == len(answers) else "group"
    found[question.name] = Target(kind, question.name, answers, codes if kind == "set" else ())
    return found


def needed(expression: Expression | Formula | None, scope: Names) -> frozenset[str]:
    """Questions whose answers a condition looks at."""
    if expression is None:
        return frozenset()
    targets = (scope.target(name) for name in expression.names)
    return frozenset(t.question for t in targets if t is not None and t.question)


def piped(texts: Iterable[str], scope: Names) -> frozenset[str]:
    """Questions whose answers texts pipe."""
    found = set()
    for text in texts:
        if "{" not in text:
            continue
        for pipe in Template.parse(text).pipes:
            if pipe.kind == "answer":
                stem, _ = pipe.split(lambda name: scope.target(name) is not None)
                target = scope.target(stem)
                if target is not None and target.question:
                    found.add(target.question)
    return frozenset(found)


def texts_of(question: Question) -> list[str]:
    """All texts of a question that may hold pipes."""
    return [
        question.text,
        *(wording.text for wording in question.wordings),
        *(option.label for option in question.options),
        *(item.label for item in question.items),
    ]


def local_names(written: tuple[Question, ...], renamed: tuple[Question, ...]) -> dict[str, str]:
    """Names as written in a block → names in this turn."""
    found: dict[str, str] = {}
    for before, after in zip(written, renamed, strict=True):
        found[before.name] = after.name
        for old, new in zip(before.variables(), after.variables(), strict=True):
            found[old.name] = new.name
    return found
