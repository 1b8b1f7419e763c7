"""Beauty contest: guess a fraction of the mean of everybody's guesses.

Nagel, R. (1995). Unraveling in guessing games: an experimental study. American Economic Review 85,
1313–1326.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..questions import Numeric
from ..respondents.cognition.distributions import poisson
from ..respondents.cognition.draws import probability_below
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["BeautyContest"]

_SOURCE = "Nagel 1995, American Economic Review 85, 1313–1326, first round with p = 2/3"
_DEPTH = 1.5
"""τ of Camerer, Ho & Chong 2004, QJE 119, 861–898."""
_STEPS = poisson(_DEPTH)
_FEWEST = 0.2
"""Where guesses of people who do not think ahead begin, as a share of the range; chosen so that the
mean of all guesses is the published one."""
_LASTING = 0.65
"""Share of the variance of steps that lasts; chosen."""
_NOISE = 0.05
"""SD of the guess of people who do, as a share of the range; chosen."""


@dataclass(frozen=True, kw_only=True)
class BeautyContest(Task):
    """One number.

    Attributes:
        p: Fraction of the mean that wins.
        highest: Largest number that can be guessed; the smallest is 0.
    """

    name = "beauty_contest"
    family = Family.STRATEGIC
    title = "Beauty contest"
    about = "How many steps people think ahead of what others will think."
    citation = (
        "Nagel (1995). Unraveling in guessing games: an experimental study. American Economic "
        "Review 85, 1313–1326."
    )
    measures = (
        Measure(name="guess", label="Guess", low=0, high=100),
        Measure(
            name="steps",
            label="Steps of reasoning, by the nearest power of p",
            low=0,
            meaning="0 = half of the range, 1 = p times that, …; guesses above half count as 0, a "
            "guess of 0 as none",
        ),
    )
    references = (
        Reference(
            measure="guess",
            statistic="mean",
            value=36.7,
            interval=(34.0, 39.5),
            source=_SOURCE,
            n=67,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="guess",
            statistic="share",
            at=(67, 100),
            value=0.09,
            interval=(0.04, 0.15),
            source=_SOURCE,
            n=67,
            mark="recalled",
            margin=True,
            note="dominated guesses",
        ),
        Reference(
            measure="guess",
            statistic="share",
            at=(0, 5),
            value=0.05,
            interval=(0.0, 0.10),
            source=_SOURCE,
            n=67,
            mark="recalled",
            margin=True,
            target=False,
            note="at or near the equilibrium, which the cognitive hierarchy never reaches",
        ),
    )

    p: float = 2 / 3
    highest: float = 100.0

    def fault(self) -> str | None:
        if not 0 < self.p < 1:
            return f"a fraction of {self.p:g} does not lie between 0 and 1"
        if not self.highest > 0:
            return f"numbers from 0 to {self.highest:g} leave nothing to guess"
        return None

    def measured(self) -> tuple[Measure, ...]:
        _, steps = self.measures
        return (Measure(name="guess", label="Guess", low=0, high=self.highest), steps)

    def pages(self) -> Pages:
        high = code_text(float(self.highest))
        return [
            [
                Numeric(
                    name="guess",
                    label="Guess",
                    text=f"Many people take part. Each chooses a number from 0 to {high}. The "
                    "winner is whoever comes closest to the target, which is the mean of all "
                    f"chosen numbers multiplied by {_fraction(self.p)}. The winner gets a prize; "
                    "ties share it.\n\nWhich number do you choose?",
                    minimum=0.0,
                    maximum=float(self.highest),
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        return (f"The guess closest to {_fraction(self.p)} of the mean wins the prize.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("guess")
        if given is None:
            return {"guess": None, "steps": None}
        guess = float(given)
        if guess <= 0:
            return {"guess": guess, "steps": None}
        steps = math.log(2 * guess / self.highest) / math.log(self.p)
        return {"guess": guess, "steps": float(max(0, round(steps)))}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        steps = int(_STEPS(draws.latent(person.standing("depth"), consistency=_LASTING)))
        own = draws.latent()
        if steps == 0:
            share = _FEWEST + (1 - _FEWEST) * probability_below(own)
        else:
            share = self._answers[steps] + _NOISE * own
        return {"guess": float(round(min(max(share, 0.0), 1.0) * self.highest))}

    @cached_property
    def _answers(self) -> tuple[float, ...]:
        """What somebody who thinks k steps ahead answers, as a share of the range.

        Cognitive hierarchy (Camerer, Ho & Chong 2004): the best answer to people who think fewer
        steps, in the proportions in which they exist; nobody thinking is taken to guess the middle.
        """
        shares = _STEPS.shares  # type: ignore[attr-defined]  # `poisson` makes Shares
        found = [0.5]
        for k in range(1, len(shares)):
            mean = sum(s * x for s, x in zip(shares, found, strict=False)) / sum(shares[:k])
            found.append(self.p * mean)
        return tuple(found)


def _fraction(p: float) -> str:
    """A fraction as people write it: "2/3"; decimals where there is no simple one."""
    for below in range(2, 11):
        above = round(p * below)
        if above and abs(above / below - p) < 1e-9:
            return f"{above}/{below}"
    return code_text(round(p, 4))
