"""How well the critic finds faults: tried on answers in which faults were planted.

The set that ships was written for this, beside the rules; figures on it say what kinds of fault
rules can see, and are on the bright side for text from elsewhere. `--planted FILE` tries others.
Intervals are Wilson's for a proportion, 95 % (Wilson 1927, JASA 22:209).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ...data import cursor
from ...data.codebook import Codebook, Level, Role, Variable
from ...data.errors import FileError, UnreadableFileError
from ...data.yaml_safe import load_file, load_with_lines
from ...twins.record import Fact
from ..hidden import Subjects
from .critic import Critic, ModelCritic
from .faults import CRITIC_FAULTS, Fault, Finding, Situation

__all__ = ["Calibration", "Planted", "Row", "calibrate", "load_planted"]

_KEYS = ("people", "hidden", "questions", "examples")
_EXAMPLE_KEYS = ("ask", "person", "earlier", "answer", "faults", "near")
_FACT_KEYS = ("name", "label", "question", "answer", "role", "own")
_NAMES = {fault.name.casefold(): fault for fault in CRITIC_FAULTS}
_SCALED = ("fits", "agree", "somewhat", "very", "not at all")


@dataclass(frozen=True, slots=True)
class Planted:
    """An answer whose faults are known.

    Attributes:
        answer: The answer.
        situation: Of what interview.
        faults: Its faults; none for a clean one.
        where: Where it stands, for messages.
    """

    answer: str
    situation: Situation
    faults: frozenset[Fault]
    where: str


@dataclass(frozen=True, slots=True)
class Row:
    """How one fault is found.

    Attributes:
        fault: Which; "any fault" for the row of them all.
        planted: Answers that have it.
        found: Those of them in which it was found, under this name.
        clean: Answers that do not have it.
        wrong: Those of them in which it was found.
    """

    fault: str
    planted: int
    found: int
    clean: int
    wrong: int

    @property
    def sensitivity(self) -> float | None:
        """Share of the faulty in which it was found."""
        return self.found / self.planted if self.planted else None

    @property
    def specificity(self) -> float | None:
        """Share of those without it in which it was not found."""
        return 1 - self.wrong / self.clean if self.clean else None

    @property
    def sensitivity_interval(self) -> tuple[float, float] | None:
        """95 % interval of the sensitivity."""
        return wilson(self.found, self.planted) if self.planted else None

    @property
    def specificity_interval(self) -> tuple[float, float] | None:
        """95 % interval of the specificity."""
        return wilson(self.clean - self.wrong, self.clean) if self.clean else None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well the critic did.

    Attributes:
        rows: By fault; the last row, of no fault in particular, counts whether an answer was
            rejected at all.
        examples: Answers read.
        clean: Those without any fault.
        by: Who read them.
        misses: What was missed or taken wrongly, a line each.
    """

    rows: tuple[Row, ...]
    examples: int
    clean: int
    by: str
    misses: tuple[str, ...]

    @property
    def overall(self) -> Row:
        """Whether an answer with any fault was rejected, and one without was not."""
        return self.rows[-1]

    def of(self, fault: Fault) -> Row:
        """The row of one fault."""
        return next(row for row in self.rows if row.fault == fault)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "examples": self.examples,
            "clean": self.clean,
            "by": self.by,
            "faults": [
                {
                    **dataclasses.asdict(row),
                    "sensitivity": row.sensitivity,
                    "sensitivity_interval": row.sensitivity_interval,
                    "specificity": row.specificity,
                    "specificity_interval": row.specificity_interval,
                }
                for row in self.rows
            ],
        }


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927, JASA 22:209)."""
    p, square = hits / n, z * z
    middle = (p + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def calibrate(path: Path | None = None, spec: str | None = None) -> Calibration:
    """Try the critic on planted faults.

    Args:
        path: A file of planted faults; None for the set that ships.
        spec: A model that reads what the rules let pass; None for rules alone.

    Raises:
        FileError: The file cannot be used.
        RequestError: The model spec is wrong, or there is no key.
        ProviderError: The model does not answer.
    """
    planted = load_planted(path)
    critic = Critic()
    findings = [critic.check(one.answer, one.situation) for one in planted]
    by = "rules"
    if spec is not None:
        from ...data.private_loop import run_apart

        read = run_apart(lambda: _read(planted, findings, spec))
        findings = [first or second for first, second in zip(findings, read, strict=True)]
        by = f"rules, then {spec}"
    return _counted(planted, findings, by)


async def _read(
    planted: Sequence[Planted], findings: Sequence[tuple[Finding, ...]], spec: str
) -> list[tuple[Finding, ...]]:
    """Have a model read the answers in which the rules found nothing."""
    import asyncio

    from ...twins.llm.line import Line
    from ...twins.llm.specs import make_model

    model = make_model(spec)
    reader = ModelCritic(Line(model, concurrency=16))

    async def one(example: Planted, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        if found:
            return ()
        return await reader.check(example.answer, example.situation, _Unrecorded())

    try:
        await model.verify()
        return list(await asyncio.gather(*map(one, planted, findings)))
    finally:
        await model.aclose()


class _Unrecorded:
    """A calibration is no part of anybody's record."""

    async def begin(self, detail: Mapping[str, Any]) -> int:
        del detail
        return 0

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        raise RuntimeError(f"attempt {attempt} cannot be in batch {batch} as {custom_id}")

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        del attempt, outcome, detail


def _counted(
    planted: Sequence[Planted], findings: Sequence[tuple[Finding, ...]], by: str
) -> Calibration:
    rows: list[Row] = []
    misses: list[str] = []
    told = [frozenset(f.fault for f in found) for found in findings]
    for fault in CRITIC_FAULTS:
        has = [fault in one.faults for one in planted]
        saw = [fault in faults for faults in told]
        rows.append(_row(str(fault), has, saw))
        for one, found, a, b in zip(planted, findings, has, saw, strict=True):
            if a != b:
                quote = next((f.quote for f in found if f.fault is fault), one.answer[:80])
                word = "missed" if a else "wrongly found"
                misses.append(f"{one.where}: {fault} {word}: {quote}")
    every = _row("any fault", [bool(one.faults) for one in planted], [bool(t) for t in told])
    return Calibration(
        (*rows, every),
        len(planted),
        sum(not one.faults for one in planted),
        by,
        tuple(misses),
    )


def _row(fault: str, has: Sequence[bool], saw: Sequence[bool]) -> Row:
    return Row(
        fault,
        sum(has),
        sum(a and b for a, b in zip(has, saw, strict=True)),
        sum(not a for a in has),
        sum(b and not a for a, b in zip(has, saw, strict=True)),
    )


# --- the file ---------------------------------------------------------------------------------


def load_planted(path: Path | None = None) -> list[Planted]:
    """Read a file of planted faults, or the one that ships.

    Raises:
        UnreadableFileError: It says something that means nothing; file and line are named.
    """
    if path is None:
        text = resources.files(__package__).joinpath("planted.yaml").read_text(encoding="utf-8")
        node = load_with_lines(text, "planted.yaml")
    else:
        node = load_file(path)
    top = cursor.Cursor(node)
    top.mapping(_KEYS, "the parts of a set of planted faults")
    people = {
        str(name): tuple(_fact(item) for item in here.items("facts"))
        for name, here in _entries(top, "people")
    }
    subjects = _subjects(top)
    questions = {
        str(name): tuple(part.as_text() for part in here.items("texts"))
        for name, here in _entries(top, "questions")
    }
    return [
        _example(here, people, questions, subjects) for here in top.at("examples").items("examples")
    ]


def _entries(top: cursor.Cursor, key: str) -> list[tuple[Any, cursor.Cursor]]:
    return list(top.at(key).entries()) if top.has(key) else []


def _fact(here: cursor.Cursor) -> Fact:
    here.mapping(_FACT_KEYS, "the parts of a fact")
    answer, own = here.text("answer"), here.flag("own")
    number = answer.replace(".", "", 1).isdigit()
    demographic = here.text("role") == "demographic"
    level = Level.INTERVAL if number else Level.TEXT if own else Level.NOMINAL
    if not (demographic or own or number):
        level = Level.ORDINAL
    return Fact(
        here.text("name"),
        here.text("label"),
        here.text("question"),
        "",
        answer,
        float(answer) if number else answer,
        "",
        "",
        Role.DEMOGRAPHIC if demographic else Role.ITEM,
        level,
        own_words=own,
    )


def _subjects(top: cursor.Cursor) -> Subjects | None:
    variables = []
    if top.has("hidden"):
        for here in top.at("hidden").items("hidden items"):
            here.mapping(("name", "question", "labels"), "the parts of a hidden item")
            labels = (
                [part.as_text() for part in here.at("labels").items()] if here.has("labels") else []
            )
            variables.append(
                Variable(
                    name=here.text("name"),
                    question=here.text("question"),
                    labels=tuple((float(i), text) for i, text in enumerate(labels, 1)),
                )
            )
    if not variables:
        return None
    return Subjects(Codebook(tuple(variables)), [v.name for v in variables])


def _example(
    here: cursor.Cursor,
    people: Mapping[str, tuple[Fact, ...]],
    questions: Mapping[str, tuple[str, ...]],
    subjects: Subjects | None,
) -> Planted:
    here.mapping(_EXAMPLE_KEYS, "the parts of an example")
    ask, person = here.text("ask"), here.text("person")
    if ask not in questions:
        raise _unknown(here, "ask", ask, questions)
    if person and person not in people:
        raise _unknown(here, "person", person, people)
    faults = set()
    if here.has("faults"):
        for item in here.at("faults").items("faults"):
            if item.as_text() not in _NAMES:
                raise _unknown(here, "faults", item.as_text(), _NAMES)
            faults.add(_NAMES[item.as_text()])
    earlier = [e.as_text() for e in here.at("earlier").items()] if here.has("earlier") else []
    asked, objective = (*questions[ask], "", "")[:2]
    situation = Situation(
        asked=asked,
        objective=objective,
        earlier=tuple(earlier),
        facts=people.get(person, ()),
        hidden=subjects,
    )
    return Planted(here.text("answer"), situation, frozenset(faults), here.where)


def _unknown(here: cursor.Cursor, key: str, name: str, known: Mapping[str, object]) -> FileError:
    return UnreadableFileError(
        f"{key} {name!r} means nothing here",
        where=here.at(key).where,
        remedy=f"there are {', '.join(known)}",
    )
