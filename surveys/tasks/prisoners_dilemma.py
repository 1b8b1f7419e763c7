"""Prisoner's dilemma, played once: cooperate, or gain at the other's cost.

Charness, G., Rigotti, L., & Rustichini, A. (2016). Social surplus determines cooperation rates in
the one-shot Prisoner's Dilemma. Games and Economic Behavior 100, 113–124.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option
from ..questions import Single
from .gambles import amount
from .reference import Mark, Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["PrisonersDilemma"]

_SOURCE = "Charness, Rigotti & Rustichini 2016, Games and Economic Behavior 100, 113–124"
COOPERATE, DEFECT = 1.0, 2.0

FOUND: Mapping[float, tuple[float, Mark]] = {
    3.0: (0.23, "secondary"),
    4.0: (0.33, "recalled"),
    5.0: (0.51, "recalled"),
    6.0: (0.60, "secondary"),
}
"""Reward for mutual cooperation → share who cooperate, and how well it is known: the abstract
gives the lowest and the highest rate; that they belong to these rewards is remembered."""

_LEVEL, _SLOPE = -1.765, 3.352
"""ln odds of cooperating by the index K = (R − P)/(T − S) of Rapoport & Chammah 1965; the straight
line through the four rates above."""
_LOADING = 0.6
"""Correlation of the tendency to cooperate with the trait; chosen."""


@dataclass(frozen=True, kw_only=True)
class PrisonersDilemma(Task):
    """One choice between cooperating and not.

    Attributes:
        temptation: Payoff of defecting while the other cooperates.
        reward: Payoff where both cooperate.
        punishment: Payoff where both defect.
        sucker: Payoff of cooperating while the other defects.
        unit: Of the payoffs.
    """

    name = "prisoners_dilemma"
    family = Family.SOCIAL
    title = "Prisoner's dilemma"
    about = "Cooperation with a stranger in a single meeting where defecting always pays more."
    citation = (
        "Charness, Rigotti & Rustichini (2016). Social surplus determines cooperation rates in the "
        "one-shot Prisoner's Dilemma. Games and Economic Behavior 100, 113–124."
    )
    measures = (Measure(name="cooperates", label="Cooperates", low=0, high=1),)

    temptation: float = 7.0
    reward: float = 5.0
    punishment: float = 2.0
    sucker: float = 1.0
    unit: str = "$"

    def fault(self) -> str | None:
        payoffs = (self.temptation, self.reward, self.punishment, self.sucker)
        if not self.temptation > self.reward > self.punishment > self.sucker:
            shown = ", ".join(f"{payoff:g}" for payoff in payoffs)
            return f"payoffs of {shown} do not fall from temptation over reward to sucker"
        return None

    def people(self) -> tuple[Reference, ...]:
        """The rates of the four published games, of which the default is one."""
        if (self.temptation, self.punishment, self.sucker) != (7, 2, 1):
            return ()
        if self.reward not in FOUND:
            return ()
        rate, mark = FOUND[self.reward]
        return (
            Reference(
                measure="cooperates",
                statistic="mean",
                value=rate,
                interval=(rate - 0.07, rate + 0.07),
                source=_SOURCE,
                mark=mark,
                margin=True,
            ),
        )

    def pages(self) -> Pages:
        t, r, p, s = (
            amount(x, self.unit)
            for x in (self.temptation, self.reward, self.punishment, self.sucker)
        )
        return [
            [
                Single(
                    name="choice",
                    label="Choice in a prisoner's dilemma",
                    text="You and another person, whom you do not know and will not meet again, "
                    "each choose X or Y at the same time.\n\n"
                    f"If both choose X, each gets {r}.\n"
                    f"If both choose Y, each gets {p}.\n"
                    f"If one chooses X and the other Y, the one who chose X gets {s} and the one "
                    f"who chose Y gets {t}.\n\nWhich do you choose?",
                    options=(Option(code=COOPERATE, label="X"), Option(code=DEFECT, label="Y")),
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        t, r, p, s = (
            amount(x, self.unit)
            for x in (self.temptation, self.reward, self.punishment, self.sucker)
        )
        return (
            f"X against X pays {r}, Y against Y {p}, X against Y {s}, Y against X {t}.",
            "Y pays more whatever the other does.",
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        choice = answers.get("choice")
        return {"cooperates": float(choice == COOPERATE) if choice is not None else None}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        index = (self.reward - self.punishment) / (self.temptation - self.sucker)
        rate = 1 / (1 + math.exp(-(_LEVEL + _SLOPE * index)))
        cooperates = draws.chooses(rate, person.standing("cooperation"), loading=_LOADING)
        return {"choice": COOPERATE if cooperates else DEFECT}

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {"choice": DEFECT}
