"""Allais pair: the same choice twice, with and without a consequence common to both options.

Allais, M. (1953). Econometrica 21, 503–546; amounts and chances of Kahneman, D., & Tversky, A.
(1979). Prospect theory: An analysis of decision under risk. Econometrica 47, 263–291, problems 1
and 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option
from ..questions import Single
from ..respondents.cognition.prospects import certainty_equivalent
from .gambles import Gamble, GamblePair
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Allais"]

_SOURCE = "Kahneman & Tversky 1979, Econometrica 47, 263–291, problems 1 and 2"
RISKY, SAFE = 1.0, 2.0
_SLOPE, _INTERCEPT = 27.4, -0.95
"""ln odds of the safer option by how much more it is worth, in ln certainty equivalents of
cumulative prospect theory; chosen so that both problems have the published shares."""
_LOADING = 0.4
"""Correlation of a choice's probability with risk aversion; chosen."""


@dataclass(frozen=True, kw_only=True)
class Allais(Task):
    """Two choices; expected utility theory allows to take the safer option in both, or in neither.

    Attributes:
        better: What the riskier option pays at best.
        sure: What the safer option pays.
        chance: Chance of the better prize.
        common: Chance of the consequence that both options share: the sure amount in the first
            pair, nothing in the second.
        unit: Of the amounts.
    """

    name = "allais"
    family = Family.RISK
    title = "Allais pair"
    about = "Whether a preference survives the removal of what both options have in common."
    citation = (
        "Kahneman & Tversky (1979). Prospect theory: An analysis of decision under risk. "
        "Econometrica 47, 263–291, problems 1 and 2; after Allais (1953)."
    )
    measures = (
        Measure(name="safe_first", label="Safer option, first pair", low=0, high=1),
        Measure(name="safe_second", label="Safer option, second pair", low=0, high=1),
        Measure(
            name="violation",
            label="Common-consequence violation: safer first, riskier second",
            low=0,
            high=1,
        ),
        Measure(name="reverse", label="Riskier first, safer second", low=0, high=1),
    )
    references = (
        Reference(
            measure="safe_first",
            statistic="mean",
            value=0.82,
            interval=(0.73, 0.91),
            source=_SOURCE,
            n=72,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="safe_second",
            statistic="mean",
            value=0.17,
            interval=(0.08, 0.26),
            source=_SOURCE,
            n=72,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="violation",
            statistic="mean",
            value=0.65,
            interval=(0.55, 0.75),
            source=f"{_SOURCE}: the least that both shares allow",
            n=72,
            mark="recalled",
            margin=True,
            note="hypothetical; with real and smaller stakes the pattern is much rarer",
        ),
    )

    better: float = 2500.0
    sure: float = 2400.0
    chance: float = 0.33
    common: float = 0.66
    unit: str = "$"

    def fault(self) -> str | None:
        if not 0 < self.sure < self.better:
            return f"{self.sure:g} for certain and {self.better:g} at best are no safer and riskier"
        if not (0 < self.chance < 1 and 0 < self.common < 1):
            return "a chance is not between 0 and 1"
        if not self.chance + self.common < 1:
            return (
                f"the chances {self.chance:g} and {self.common:g} add up to "
                f"{self.chance + self.common:g}, which leaves none to win nothing"
            )
        return None

    @cached_property
    def _pairs(self) -> tuple[tuple[Gamble, Gamble], tuple[Gamble, Gamble]]:
        """Riskier and safer option of both pairs."""
        nothing = 1 - self.chance - self.common
        first = Gamble(((self.better, self.chance), (self.sure, self.common), (0.0, nothing)))
        return (
            (first, Gamble.sure(self.sure)),
            (Gamble.of(self.better, self.chance), Gamble.of(self.sure, 1 - self.common)),
        )

    @cached_property
    def _shares(self) -> tuple[float, float]:
        """Share of people who take the safer option, for both pairs."""
        found = []
        for risky, safe in self._pairs:
            gap = math.log(certainty_equivalent(safe) / certainty_equivalent(risky))
            found.append(1 / (1 + math.exp(-min(max(_SLOPE * gap + _INTERCEPT, -30.0), 30.0))))
        return found[0], found[1]

    def pages(self) -> Pages:
        return [
            [
                Single(
                    name=name,
                    label=f"Choice between two gambles, {name} pair",
                    text="Which of the two would you rather have?\n\n"
                    f"A: {risky.text(self.unit)}.\nB: {safe.text(self.unit)}.",
                    options=(Option(code=RISKY, label="A"), Option(code=SAFE, label="B")),
                    required=True,
                )
            ]
            for name, (risky, safe) in zip(("first", "second"), self._pairs, strict=True)
        ]

    def payoffs(self) -> Sequence[str]:
        return ("The choices are hypothetical in the published design.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        first, second = answers.get("first"), answers.get("second")
        both = first is not None and second is not None
        return {
            "safe_first": float(first == SAFE) if first is not None else None,
            "safe_second": float(second == SAFE) if second is not None else None,
            "violation": float(first == SAFE and second == RISKY) if both else None,
            "reverse": float(first == RISKY and second == SAFE) if both else None,
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        averse = person.standing("risk_aversion")
        return {
            name: SAFE if draws.chooses(share, averse, loading=_LOADING) else RISKY
            for name, share in zip(("first", "second"), self._shares, strict=True)
        }

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {
            name: RISKY if risky.mean > safe.mean else SAFE
            for name, (risky, safe) in zip(("first", "second"), self._pairs, strict=True)
        }

    def gambles(self) -> Sequence[GamblePair]:
        return tuple(
            GamblePair(
                name=f"{name} pair", variable=name, first=RISKY, second=SAFE, a=risky, b=safe
            )
            for name, (risky, safe) in zip(("first", "second"), self._pairs, strict=True)
        )
