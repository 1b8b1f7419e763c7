"""Monetary choice questionnaire: 27 choices between a smaller sum now and a larger one later.

Kirby, K. N., Petry, N. M., & Bickel, W. K. (1999). Heroin addicts have higher discount rates for
delayed rewards than non-drug-using controls. Journal of Experimental Psychology: General 128,
78–87.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level, code_text
from ..question import Item, Option
from ..questions import Matrix
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Kirby", "rate_by_consistency"]

_SOURCE = "Kirby, Petry & Bickel 1999, J. Exp. Psychol. Gen. 128, 78–87, controls"
NOW, LATER = 1.0, 2.0

CHOICES: tuple[tuple[float, float, float], ...] = (
    (54, 55, 117), (55, 75, 61), (19, 25, 53), (31, 85, 7), (14, 25, 19), (47, 50, 160),
    (15, 35, 13), (25, 60, 14), (78, 80, 162), (40, 55, 62), (11, 30, 7), (67, 75, 119),
    (34, 35, 186), (27, 50, 21), (69, 85, 91), (49, 60, 89), (80, 85, 157), (24, 35, 29),
    (33, 80, 14), (28, 30, 179), (34, 50, 30), (25, 30, 80), (41, 75, 20), (54, 60, 111),
    (54, 80, 30), (22, 25, 136), (20, 55, 7),
)  # fmt: skip
"""Sum now, sum later, days until then, in the published order."""

_MAGNITUDE = 0.8
"""How much steeper small sums are discounted: ln k falls by this for each unit of ln(sum). Chosen
so that k of the small sums is about twice that of the large ones, as in the source (recalled)."""
_MIDDLE_SUM = 55.0
_NOISE = 0.25
"""Scale of the logistic noise of a single choice, in ln k; gives a consistency of about .97."""
_LASTING = 0.64
"""Share of the variance of ln k that lasts: retest about .6 to .8 (Kirby 2009, Psychonomic Bulletin
& Review 16, 457–462; recalled)."""


@dataclass(frozen=True, kw_only=True)
class Kirby(Task):
    """Choices between a sum today and a larger one after some days.

    Attributes:
        choices: Sum now, sum later, and days until then, for each choice.
        unit: Of the sums.
    """

    name = "kirby"
    family = Family.TIME
    title = "Monetary choice questionnaire"
    about = "Delay discounting: how fast money loses value with the days one has to wait for it."
    citation = (
        "Kirby, Petry & Bickel (1999). Heroin addicts have higher discount rates for delayed "
        "rewards than non-drug-using controls. Journal of Experimental Psychology: General 128, "
        "78–87."
    )
    measures = (
        Measure(
            name="log_k",
            label="Discount rate, ln k",
            unit="k per day",
            meaning="rate with which most choices agree; less negative = more impatient",
        ),
        Measure(
            name="consistency", label="Share of choices that agree with that rate", low=0, high=1
        ),
        Measure(name="later", label="Share of choices for the later sum", low=0, high=1),
    )
    references = (
        Reference(
            measure="log_k",
            statistic="mean",
            value=-4.34,
            interval=(-4.8, -3.9),
            source=_SOURCE,
            n=60,
            mark="recalled",
            margin=True,
            note="geometric mean k = .013",
        ),
        Reference(
            measure="consistency",
            statistic="mean",
            value=0.96,
            interval=(0.93, 0.99),
            source=_SOURCE,
            n=60,
            mark="recalled",
            margin=True,
        ),
    )

    choices: tuple[tuple[float, float, float], ...] = CHOICES
    unit: str = "$"

    def fault(self) -> str | None:
        if len(self.choices) < 2:
            return "a discount rate needs at least two choices"
        for now, later, days in self.choices:
            if not 0 < now < later:
                return f"{now:g} now and {later:g} later is no choice between less and more"
            if not days > 0:
                return f"a delay of {days:g} days is none"
        return None

    @cached_property
    def _rates(self) -> tuple[float, ...]:
        """For each choice, the ln k at which both sums are worth the same."""
        return tuple(math.log((later / now - 1) / days) for now, later, days in self.choices)

    @cached_property
    def _magnitudes(self) -> tuple[float, ...]:
        return tuple(-_MAGNITUDE * math.log(later / _MIDDLE_SUM) for _, later, _ in self.choices)

    def pages(self) -> Pages:
        return [
            [
                Matrix(
                    name="choice",
                    label="Money now or later",
                    text="In each line, which would you rather have: the smaller sum today, or the "
                    "larger sum after the days stated?",
                    items=tuple(
                        Item(
                            name=str(number),
                            label=f"{amount(now, self.unit)} today, or "
                            f"{amount(later, self.unit)} in {code_text(float(days))} days",
                        )
                        for number, (now, later, days) in enumerate(self.choices, 1)
                    ),
                    options=(
                        Option(code=NOW, label="The sum today"),
                        Option(code=LATER, label="The sum later"),
                    ),
                    level=Level.NOMINAL,
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        return ("One choice may be drawn and paid, at the time chosen there.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = [answers.get(f"choice_{number}") for number in range(1, len(self.choices) + 1)]
        if None in given:
            return dict.fromkeys(m.name for m in self.measures)
        waits = [choice == LATER for choice in given]
        rate, consistency = rate_by_consistency(self._rates, waits)
        return {
            "log_k": rate,
            "consistency": consistency,
            "later": sum(waits) / len(waits),
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        rate = math.log(person.discount_rate)
        standing = person.standing("discount_rate")
        score = draws.latent(standing, loading=math.sqrt(_LASTING), consistency=_LASTING)
        # What is particular to this occasion moves the person's own rate by the same spread.
        rate += _SPREAD * (score - standing)
        noise = _NOISE / person.precision
        return {
            f"choice_{number}": LATER
            if rate + magnitude + noise * draws.trial.logistic() < indifferent
            else NOW
            for number, (indifferent, magnitude) in enumerate(
                zip(self._rates, self._magnitudes, strict=True), 1
            )
        }


_SPREAD = 1.5
"""SD of ln k over people; that of `discount_rate` in `cognition/parameters.py`."""


def rate_by_consistency(rates: Sequence[float], waits: Sequence[bool]) -> tuple[float, float]:
    """The discount rate with which most choices agree.

    Candidates are the rates at which somebody is indifferent in one of the choices, and the
    middles between neighbouring ones; of several that do equally well, the mean of ln k is taken
    (Kirby, Petry & Bickel 1999, 81).

    Args:
        rates: For each choice, the ln k at which both sums are worth the same.
        waits: For each choice, whether the later sum was chosen.

    Returns:
        ln k, and the share of choices that agree with it.
    """
    marks = sorted({round(rate, 9) for rate in rates})
    candidates = sorted({*marks, *((a + b) / 2 for a, b in itertools.pairwise(marks))})
    best, found = -1, list[float]()
    for candidate in candidates:
        # At its own rate a choice agrees either way.
        agree = sum(
            abs(rate - candidate) < 1e-6 or wait == (candidate < rate)
            for rate, wait in zip(rates, waits, strict=True)
        )
        if agree > best:
            best, found = agree, [candidate]
        elif agree == best:
            found.append(candidate)
    return sum(found) / len(found), best / len(rates)
