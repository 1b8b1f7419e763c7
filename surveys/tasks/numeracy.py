"""Numeracy: chances, percentages and frequencies turned into each other.

Lipkus, I. M., Samsa, G., & Rimer, B. K. (2001). General performance on a numeracy scale among
highly educated samples. Medical Decision Making 21, 37–44. The items here are new ones of the same
build.
"""

from __future__ import annotations

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

__all__ = ["Numeracy"]

_SOURCE = (
    "Lipkus, Samsa & Rimer 2001, Med. Decis. Making 21, 37–44, as tabulated in BMC Med. Inform. "
    "Decis. Mak. 11:52 and 12:104"
)
_NOTE = "for the original items, of which these are parallels"
_LOADING = 0.65
"""Loading of an item's solution on numeracy; chosen."""
_LASTING = 0.7
"""Share of the variance of a single solution that lasts: who has worked out an item once mostly
works it out again; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One item.

    Attributes:
        name: Of the question.
        label: Short label.
        text: Wording.
        unit: Of the answer.
        right: The right answer.
        wrong: The commonest wrong answer; chosen.
        rate: Share of people who solve the original.
    """

    name: str
    label: str
    text: str
    unit: str
    right: float
    wrong: float
    rate: float


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        name="spinner",
        label="Expected frequency of a fair spinner",
        text="A spinner has six fields of the same size, numbered 1 to 6. It is spun 900 times. "
        "About how many times does it stop at 1, 2 or 3?",
        unit="times",
        right=450,
        wrong=300,
        rate=0.55,
    ),
    Problem(
        name="raffle",
        label="2% of 1,000",
        text="In a raffle, 2% of the tickets win. About how many of 1,000 people with one ticket "
        "each win something?",
        unit="people",
        right=20,
        wrong=2,
        rate=0.60,
    ),
    Problem(
        name="rare",
        label="2 in 1,000 as a percentage",
        text="Two in 1,000 letters get lost. What percentage of letters is that?",
        unit="percent",
        right=0.2,
        wrong=2,
        rate=0.21,
    ),
    Problem(
        name="hundreds",
        label="20% of 1,000",
        text="The chance of catching a cold this winter is 20%. How many of 1,000 people are "
        "expected to catch one?",
        unit="people",
        right=200,
        wrong=20,
        rate=0.775,
    ),
    Problem(
        name="percentage",
        label="30 in 100 as a percentage",
        text="On 30 out of 100 days a bus is late. What is the chance, in percent, that it is late "
        "on a given day?",
        unit="percent",
        right=30,
        wrong=3,
        rate=0.704,
    ),
    Problem(
        name="decimal",
        label=".0004 of 10,000",
        text="The chance that a part is faulty is 0.0004. How many of 10,000 parts are expected to "
        "be faulty?",
        unit="parts",
        right=4,
        wrong=40,
        rate=0.486,
    ),
)
_HARD = {problem.name: normal_quantile(1 - problem.rate) for problem in PROBLEMS}
"""Standing above which a problem is solved."""


@dataclass(frozen=True, kw_only=True)
class Numeracy(Task):
    """Six short problems with a number for an answer."""

    name = "numeracy"
    family = Family.COGNITION
    title = "Numeracy"
    about = "Handling chances, percentages and frequencies."
    citation = (
        "Lipkus, Samsa & Rimer (2001). General performance on a numeracy scale among highly "
        "educated samples. Medical Decision Making 21, 37–44."
    )
    measures = (
        Measure(name="score", label="Right answers", low=0, high=len(PROBLEMS)),
        *(
            Measure(name=f"{problem.name}_right", label=problem.label, low=0, high=1)
            for problem in PROBLEMS
        ),
    )
    references = (
        Reference(
            measure="score",
            statistic="mean",
            value=round(sum(problem.rate for problem in PROBLEMS), 3),
            interval=(3.0, 3.65),
            source=_SOURCE,
            n=463,
            mark="secondary",
            margin=True,
            note=f"sum of the shares of six items; {_NOTE}",
        ),
        *(
            Reference(
                measure=f"{problem.name}_right",
                statistic="mean",
                value=problem.rate,
                interval=(problem.rate - 0.05, problem.rate + 0.05),
                source=_SOURCE,
                n=463,
                mark="secondary",
                margin=True,
                note=_NOTE,
            )
            for problem in PROBLEMS
        ),
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
            for problem in PROBLEMS
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        right: dict[str, float | None] = {}
        for problem in PROBLEMS:
            given = answers.get(problem.name)
            right[f"{problem.name}_right"] = (
                None if given is None else float(abs(float(given) - problem.right) < 1e-6)
            )
        known = [value for value in right.values() if value is not None]
        return {"score": sum(known) if len(known) == len(PROBLEMS) else None, **right}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        standing = person.standing("numeracy")
        return {
            problem.name: problem.right
            if draws.latent(standing, loading=_LOADING, consistency=_LASTING) > _HARD[problem.name]
            else problem.wrong
            for problem in PROBLEMS
        }

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {problem.name: problem.right for problem in PROBLEMS}
