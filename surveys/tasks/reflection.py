"""Cognitive reflection: problems whose first answer is wrong.

Frederick, S. (2005). Cognitive reflection and decision making. Journal of Economic Perspectives 19
(4), 25–42. The items here are new ones of the same build.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..questions import Numeric
from ..respondents.cognition.draws import normal_quantile
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Reflection"]

_SOURCE = "Frederick 2005, J. Econ. Perspect. 19 (4), 25–42"
_NOTE = "for the three original items, of which these are parallels"
_LOADING = 0.75
"""Loading of an item's solution on what the items share; chosen so that none and all right are as
frequent as published."""
_LASTING = 0.7
_INTUITIVE = 0.75
"""Share of wrong answers that are the intuitive one; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One item.

    Attributes:
        name: Of the question.
        label: Short label.
        text: Wording.
        unit: Of the answer.
        right: The right answer.
        intuitive: The answer that springs to mind.
        rate: Share of people who solve it; of the original where it has one, else chosen.
    """

    name: str
    label: str
    text: str
    unit: str
    right: float
    intuitive: float
    rate: float


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        name="price",
        label="Lamp and bulb",
        text="A lamp and its bulb cost $26 together. The lamp costs $20 more than the bulb. How "
        "many dollars does the bulb cost?",
        unit="dollars",
        right=3,
        intuitive=6,
        rate=0.36,
    ),
    Problem(
        name="rate",
        label="Ovens and loaves",
        text="Four ovens need 4 hours to bake 4 batches of bread. How many hours do 60 ovens need "
        "to bake 60 batches?",
        unit="hours",
        right=4,
        intuitive=60,
        rate=0.40,
    ),
    Problem(
        name="doubling",
        label="Spreading rumour",
        text="A rumour goes round a town, and every day twice as many people know it as on the "
        "day before. After 20 days the whole town knows it. After how many days did half of the "
        "town know it?",
        unit="days",
        right=19,
        intuitive=10,
        rate=0.48,
    ),
    Problem(
        name="queue",
        label="Place in a queue",
        text="Ana is ninth in a queue counted from the front, and ninth counted from the back. How "
        "many people stand in the queue?",
        unit="people",
        right=17,
        intuitive=18,
        rate=0.45,
    ),
    Problem(
        name="discount",
        label="Price up and down",
        text="A coat costs $100. The shop raises the price by 20% and later takes 20% off the new "
        "price. How many dollars does the coat cost then?",
        unit="dollars",
        right=96,
        intuitive=100,
        rate=0.55,
    ),
)
_BY_NAME = {problem.name: problem for problem in PROBLEMS}
_HARD = {problem.name: normal_quantile(1 - problem.rate) for problem in PROBLEMS}
"""Standing above which a problem is solved."""
_ORIGINAL = ("price", "rate", "doubling")


def _share(right: int, value: float) -> Reference:
    return Reference(
        measure="score",
        statistic="share",
        at=(right, right),
        value=value,
        interval=(value - 0.06, value + 0.06),
        source=_SOURCE,
        n=3428,
        mark="recalled",
        margin=True,
        note=_NOTE,
    )


@dataclass(frozen=True, kw_only=True)
class Reflection(Task):
    """Short problems with a number for an answer.

    Attributes:
        problems: Names of the problems, out of price, rate, doubling (after Frederick), queue and
            discount (further ones).
    """

    name = "reflection"
    family = Family.COGNITION
    title = "Cognitive reflection"
    about = "Overriding an answer that springs to mind and is wrong."
    citation = (
        "Frederick (2005). Cognitive reflection and decision making. Journal of Economic "
        "Perspectives 19 (4), 25–42."
    )
    measures = (
        Measure(name="score", label="Right answers", low=0, high=3),
        Measure(name="intuitive", label="Intuitive wrong answers", low=0, high=3),
    )
    references = (
        Reference(
            measure="score",
            statistic="mean",
            value=1.24,
            interval=(1.12, 1.36),
            source=_SOURCE,
            n=3428,
            mark="recalled",
            margin=True,
            note=_NOTE,
        ),
        _share(0, 0.33),
        _share(1, 0.28),
        _share(2, 0.23),
        _share(3, 0.17),
    )

    problems: tuple[str, ...] = _ORIGINAL

    def fault(self) -> str | None:
        if not self.problems:
            return "there is no problem to solve"
        for name in self.problems:
            if name not in _BY_NAME:
                return f"there is no problem {name!r}; there are {', '.join(_BY_NAME)}"
        if len(set(self.problems)) < len(self.problems):
            return "a problem is asked twice"
        return None

    def measured(self) -> tuple[Measure, ...]:
        return tuple(
            Measure(name=m.name, label=m.label, low=0, high=len(self.problems))
            for m in self.measures
        )

    def pages(self) -> Pages:
        return [
            [
                Numeric(
                    name=problem.name,
                    label=problem.label,
                    text=problem.text,
                    minimum=0.0,
                    maximum=1_000_000.0,
                    unit=problem.unit,
                    required=True,
                )
            ]
            for problem in map(_BY_NAME.__getitem__, self.problems)
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        right = intuitive = 0
        for name in self.problems:
            given = answers.get(name)
            if given is None:
                return {"score": None, "intuitive": None}
            right += abs(float(given) - _BY_NAME[name].right) < 1e-6
            intuitive += abs(float(given) - _BY_NAME[name].intuitive) < 1e-6
        return {"score": float(right), "intuitive": float(intuitive)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        ability = draws.latent(person.standing("reflection"), consistency=_LASTING)
        own = math.sqrt(1 - _LOADING**2)
        chosen: dict[str, Code] = {}
        for name in self.problems:
            problem = _BY_NAME[name]
            if _LOADING * ability + own * draws.trial.normal() > _HARD[name]:
                chosen[name] = problem.right
            elif draws.trial.chance(_INTUITIVE):
                chosen[name] = problem.intuitive
            else:
                # Somewhere near, and neither right nor the intuitive answer.
                chosen[name] = problem.right + problem.intuitive
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {name: _BY_NAME[name].right for name in self.problems}
