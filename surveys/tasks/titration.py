"""Titration of a delay: five adaptive choices find the wait that halves a sum's worth.

Koffarnus, M. N., & Bickel, W. K. (2014). A 5-trial adjusting delay discounting task: Accurate
discount rates in less than one minute. Experimental and Clinical Psychopharmacology 22, 222–228.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..logic.expression import Expression
from ..question import Option
from ..questions import Single
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Titration"]

NOW, LATER = 1.0, 2.0
_HOUR, _WEEK, _MONTH, _YEAR = 1 / 24, 7.0, 365 / 12, 365.0

DELAYS: tuple[float, ...] = (
    *(hours * _HOUR for hours in (1, 2, 3, 4, 6, 9, 12)),
    *(1.0, 1.5, 2.0, 3.0, 4.0),
    *(weeks * _WEEK for weeks in (1, 1.5, 2, 3)),
    *(months * _MONTH for months in (1, 2, 3, 4, 6, 8)),
    *(years * _YEAR for years in (1, 2, 3, 4, 5, 8, 12, 18, 25)),
)
"""Days, in the published order; the first choice is the one in the middle, three weeks."""

_MAGNITUDE = 0.4
"""How much less steeply large sums are discounted: ln k falls by this for each unit of ln(sum /
55). Chosen so that the mean is the one recalled for $1,000."""
_MIDDLE_SUM = 55.0
_NOISE = 0.25
"""Scale of the logistic noise of a single choice, in ln k; as in `kirby`."""
_LASTING = 0.64
"""Share of the variance of ln k that lasts; as in `kirby`."""
_SPREAD = 1.5
"""SD of ln k over people; that of `discount_rate` in `cognition/parameters.py`."""


@dataclass(frozen=True, kw_only=True)
class Titration(Task):
    """Choices between half of a sum now and all of it later; the delay follows the answers.

    Attributes:
        now: Sum at once.
        later: Sum after a delay.
        delays: Days, rising; 2ⁿ − 1 of them make n choices.
        unit: Of the sums.
    """

    name = "titration"
    family = Family.TIME
    title = "Titration of a delay"
    about = "Delay discounting in a few choices: how long a wait makes a sum worth a smaller one."
    citation = (
        "Koffarnus & Bickel (2014). A 5-trial adjusting delay discounting task. Experimental and "
        "Clinical Psychopharmacology 22, 222–228."
    )
    measures = (
        Measure(
            name="log_k",
            label="Discount rate, ln k",
            unit="k per day",
            meaning="less negative = more impatient; at the ends of the delays, a bound",
        ),
        Measure(
            name="delay",
            label="Delay at which both sums are worth the same",
            unit="days",
            low=0,
        ),
    )
    references = (
        Reference(
            measure="log_k",
            statistic="mean",
            value=-5.5,
            interval=(-6.4, -4.6),
            source="Koffarnus & Bickel 2014, Exp. Clin. Psychopharmacol. 22, 222–228, and later "
            "uses with $1,000",
            mark="recalled",
            margin=True,
            note="hypothetical sums",
        ),
    )

    now: float = 500.0
    later: float = 1000.0
    delays: tuple[float, ...] = DELAYS
    unit: str = "$"

    def fault(self) -> str | None:
        if not 0 < self.now < self.later:
            return f"{self.now:g} now and {self.later:g} later is no choice between less and more"
        if len(self.delays) not in (3, 7, 15, 31, 63):
            return f"{len(self.delays)} delays cannot be halved to the end; give 3, 7, 15, 31 or 63"
        if not self.delays[0] > 0:
            return f"a delay of {self.delays[0]:g} days is none"
        if not all(short < long for short, long in itertools.pairwise(self.delays)):
            return "the delays do not rise"
        return None

    @cached_property
    def _order(self) -> tuple[tuple[int, int, float], ...]:
        """Number of every delay, of the one asked before it (0 for the first), and the answer
        there that leads to it; those asked first come first."""
        step = (len(self.delays) + 1) // 2
        found = [(step, 0, 0.0)]
        level = [step]
        while step > 1:
            step //= 2
            pairs = [(one, side) for one in level for side in (NOW, LATER)]
            made = [(one - step if side == NOW else one + step, one, side) for one, side in pairs]
            found += made
            level = [number for number, _, _ in made]
        return tuple(found)

    @cached_property
    def _rates(self) -> tuple[float, ...]:
        """For each delay, the ln k at which both sums are worth the same."""
        return tuple(math.log((self.later / self.now - 1) / days) for days in self.delays)

    def pages(self) -> Pages:
        return [
            [
                Single(
                    name=f"d{number}",
                    label=f"Now or in {_wait(self.delays[number - 1])}",
                    text="Which would you rather have?",
                    options=(
                        Option(code=NOW, label=f"{amount(self.now, self.unit)} now"),
                        Option(
                            code=LATER,
                            label=f"{amount(self.later, self.unit)} in "
                            f"{_wait(self.delays[number - 1])}",
                        ),
                    ),
                    show_if=Expression(f"d{before} = {side:g}") if before else None,
                    required=True,
                )
            ]
            for number, before, side in self._order
        ]

    def payoffs(self) -> Sequence[str]:
        return ("The choices are hypothetical in the published design.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        step = (len(self.delays) + 1) // 2
        number = step
        while True:
            choice = answers.get(f"d{number}")
            if choice is None:
                return {"log_k": None, "delay": None}
            step //= 2
            if not step:
                break
            number += step if choice == LATER else -step
        # The wait that is just bearable lies between this delay and the next longer or shorter.
        other = number + 1 if choice == LATER else number - 1
        low, high = sorted(min(max(place, 1), len(self.delays)) - 1 for place in (number, other))
        delay = math.sqrt(self.delays[low] * self.delays[high])
        return {"log_k": math.log((self.later / self.now - 1) / delay), "delay": delay}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        standing = person.standing("discount_rate")
        score = draws.latent(standing, loading=math.sqrt(_LASTING), consistency=_LASTING)
        # What is particular to this occasion moves the person's own rate by the same spread.
        rate = math.log(person.discount_rate) + _SPREAD * (score - standing)
        rate -= _MAGNITUDE * math.log(self.later / _MIDDLE_SUM)
        noise = _NOISE / person.precision
        return {
            f"d{number}": LATER if rate + noise * draws.trial.logistic() < indifferent else NOW
            for number, indifferent in enumerate(self._rates, 1)
        }


def _wait(days: float) -> str:
    """A delay in words: "9 hours", "1.5 days", "3 weeks", "8 months", "25 years"."""
    for size, word in (
        (_YEAR, "year"),
        (_MONTH, "month"),
        (_WEEK, "week"),
        (1.0, "day"),
        (_HOUR, "hour"),
    ):
        # The largest unit of which it is a whole or a half number.
        count = days / size
        if count >= 1 - 1e-9 and abs(2 * count - round(2 * count)) < 1e-9:
            return _counted(round(2 * count) / 2, word)
    return _counted(round(days, 2), "day")


def _counted(count: float, word: str) -> str:
    return f"{code_text(float(count))} {word}{'' if count == 1 else 's'}"
