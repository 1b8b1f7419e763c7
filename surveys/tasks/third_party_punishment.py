"""Third-party punishment: what an onlooker spends to punish a dictator who gives too little.

Fehr, E., & Fischbacher, U. (2004). Third-party punishment and social norms. Evolution and Human
Behavior 25, 63–87.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..questions import Slider
from ..respondents.cognition.draws import normal_quantile, probability_below
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..question import Question
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["ThirdPartyPunishment"]

_SOURCE = "Fehr & Fischbacher 2004, Evolution and Human Behavior 25, 63–87"
_PUNISH = 0.63
"""Share of people who punish at all."""
_RATE, _SPREAD = 0.40, 0.55
"""Points spent for each point below a half: median and SD of ln over those who punish; chosen so
that giving nothing is punished with 14 points on average."""
_WAVERING = 1.0
"""SD of a single decision, in points; chosen."""


@dataclass(frozen=True, kw_only=True)
class ThirdPartyPunishment(Task):
    """Deductions for each transfer (strategy method).

    Attributes:
        endowment: What the dictator has.
        own: What the onlooker has.
        transfers: Transfers for which people say what they spend.
        force: What each point spent takes from the dictator.
    """

    name = "third_party_punishment"
    family = Family.SOCIAL
    title = "Third-party punishment"
    about = "Enforcing a norm of fairness at one's own cost, without having been harmed."
    citation = (
        "Fehr & Fischbacher (2004). Third-party punishment and social norms. Evolution and Human "
        "Behavior 25, 63–87."
    )
    measures = (
        Measure(name="punishes", label="Punishes some transfer of less than half", low=0, high=1),
        Measure(
            name="for_least",
            label="Share of own points spent against the smallest transfer",
            low=0,
            high=1,
        ),
        Measure(
            name="for_half",
            label="Share of own points spent against equal transfers",
            low=0,
            high=1,
        ),
    )
    references = (
        Reference(
            measure="punishes",
            statistic="mean",
            value=0.63,
            interval=(0.57, 0.69),
            source=_SOURCE,
            mark="verified",
            margin=True,
            note="abstract: almost two-thirds",
        ),
        Reference(
            measure="for_least",
            statistic="mean",
            value=0.28,
            interval=(0.23, 0.33),
            source=_SOURCE,
            n=22,
            mark="recalled",
            margin=True,
            note="14 of 50 points when nothing is given",
        ),
        Reference(
            measure="for_half",
            statistic="share",
            at=(0, 0),
            value=0.96,
            interval=(0.90, 1.0),
            source=_SOURCE,
            n=22,
            mark="recalled",
            margin=True,
            note="equal transfers are next to never punished",
        ),
    )

    endowment: float = 100.0
    own: float = 50.0
    transfers: tuple[float, ...] = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    force: float = 3.0

    def fault(self) -> str | None:
        if not self.endowment > 0:
            return f"an endowment of {self.endowment:g} leaves nothing to divide"
        if not self.own >= 1:
            return f"{self.own:g} points leave nothing to punish with"
        if not self.force > 0:
            return f"a point that takes {self.force:g} punishes nobody"
        if not self.transfers or len(set(self.transfers)) < len(self.transfers):
            return "there is no transfer, or one is asked about twice"
        for transfer in self.transfers:
            if not 0 <= transfer <= self.endowment:
                return f"{transfer:g} cannot be given out of {self.endowment:g}"
        if min(self.transfers) >= self.endowment / 2:
            return "no transfer is less than half, so there is nothing to punish"
        return None

    def pages(self) -> Pages:
        total, own = code_text(float(self.endowment)), code_text(float(self.own))
        rules = (
            f"Person A has {total} points and can give any part of them to person B, who has "
            f"none. You are person C: you have {own} points and see what A gives. You can spend "
            f"your points to take points from A: each point you spend takes "
            f"{code_text(float(self.force))} points from A. You keep what you do not spend. A's "
            "decision does not touch your points.\n\n"
        )
        page: list[Question] = [
            Slider(
                name=self._variable(transfer),
                label=f"Spent if {code_text(float(transfer))} of {total} are given",
                text=(rules if number == 0 else "")
                + f"Suppose A gives {code_text(float(transfer))} of {total} points to B. How many "
                "of your points do you spend to take points from A?",
                minimum=0.0,
                maximum=float(int(self.own)),
                step=1.0,
                low_label="None",
                unit="points",
                required=True,
            )
            for number, transfer in enumerate(self.transfers)
        ]
        return [page]

    def payoffs(self) -> Sequence[str]:
        return (
            f"You keep {code_text(float(self.own))} points less what you spend.",
            f"A loses {code_text(float(self.force))} points for each point you spend.",
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        spent = {
            transfer: float(given) / self.own
            for transfer in self.transfers
            if (given := answers.get(self._variable(transfer))) is not None
        }
        half = self.endowment / 2
        low = [spent.get(transfer) for transfer in self.transfers if transfer < half]
        return {
            "punishes": None if None in low else float(any(low)),
            "for_least": spent.get(min(self.transfers)),
            "for_half": spent.get(half),
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        score = draws.latent(person.standing("punishment"))
        above = (probability_below(score) - (1 - _PUNISH)) / _PUNISH
        rate = 0.0
        if above > 0:
            # Those who punish differ in how hard: the rest of the same standing.
            rate = _RATE * math.exp(_SPREAD * normal_quantile(min(above, 1 - 1e-9)))
        chosen: dict[str, Code] = {}
        scale = self.own / 50
        for transfer in self.transfers:
            gap = max(0.0, 0.5 - transfer / self.endowment) * 100
            spent = rate * gap
            if draws.trial.chance(person.slips):
                spent += 5.0
            if spent:
                spent = max(spent + _WAVERING * draws.trial.normal(), 1.0)
            chosen[self._variable(transfer)] = float(min(round(spent * scale), int(self.own)))
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {self._variable(transfer): 0.0 for transfer in self.transfers}

    def _variable(self, transfer: float) -> str:
        return f"spend_{code_text(float(transfer)).replace('.', '_')}"
