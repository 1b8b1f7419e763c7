"""Dictator game: how much of an endowment is given to a stranger who cannot refuse.

Forsythe, R., Horowitz, J. L., Savin, N. E., & Sefton, M. (1994). Fairness in simple bargaining
experiments. Games and Economic Behavior 6, 347–369.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..questions import Slider
from ..respondents.cognition.distributions import Shares
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Dictator"]

_ENGEL = "Engel 2011, Experimental Economics 14, 583–610 (meta-analysis)"

SHARES = Shares(
    {0: 36, 0.1: 7, 0.2: 8, 0.3: 9, 0.4: 10, 0.5: 17, 0.6: 4, 0.7: 2, 0.8: 1, 0.9: 1, 1.0: 5}
)
"""Percentages of people giving each share: nothing, half and all as in Engel (2011); in between
chosen so that the mean is his."""


@dataclass(frozen=True, kw_only=True)
class Dictator(Task):
    """One decision: the amount given.

    Attributes:
        endowment: What there is to divide.
        step: Smallest unit in which it can be divided.
        unit: Of the amounts: "$" or another sign, or a word.
    """

    name = "dictator"
    family = Family.SOCIAL
    title = "Dictator game"
    about = "Giving to a stranger at one's own cost, with nothing to fear and nothing to gain."
    citation = (
        "Forsythe, Horowitz, Savin & Sefton (1994). Fairness in simple bargaining experiments. "
        "Games and Economic Behavior 6, 347–369."
    )
    measures = (
        Measure(
            name="share", label="Share of the endowment given", low=0, high=1, meaning="0 = nothing"
        ),
    )
    references = (
        Reference(
            measure="share",
            statistic="mean",
            value=0.283,
            interval=(0.26, 0.31),
            source=_ENGEL,
            n=20813,
            mark="secondary",
            margin=True,
        ),
        Reference(
            measure="share",
            statistic="share",
            at=(0, 0),
            value=0.36,
            interval=(0.32, 0.40),
            source=_ENGEL,
            n=20813,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="share",
            statistic="share",
            at=(0.5, 0.5),
            value=0.17,
            interval=(0.13, 0.21),
            source=_ENGEL,
            n=20813,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="share",
            statistic="share",
            at=(1, 1),
            value=0.05,
            interval=(0.03, 0.07),
            source=_ENGEL,
            n=20813,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="share",
            statistic="mean",
            value=0.391,
            interval=(0.383, 0.399),
            source="Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), own computation",
            n=2058,
            mark="verified",
            target=False,
            note="hypothetical, online, six options from 0 to 100 %",
        ),
    )

    endowment: float = 10.0
    step: float = 1.0
    unit: str = "$"

    def fault(self) -> str | None:
        if not self.endowment > 0:
            return f"an endowment of {self.endowment:g} leaves nothing to divide"
        parts = self.endowment / self.step if self.step > 0 else 0
        if parts < 1 or abs(parts - round(parts)) > 1e-9:
            return f"an endowment of {self.endowment:g} cannot be divided in steps of {self.step:g}"
        return None

    def pages(self) -> Pages:
        total = amount(self.endowment, self.unit)
        return [
            [
                Slider(
                    name="give",
                    label="Amount given",
                    text=f"You have been given {total}. Another person, whom you do not know and "
                    "will never meet, has been given nothing. You can give this person as much "
                    "of your money as you like, or none of it. The other person takes what you "
                    "give, you keep the rest, and the decision is final. Nobody will learn what "
                    "you decided.\n\nHow much do you give to the other person?",
                    minimum=0.0,
                    maximum=float(self.endowment),
                    step=self.step,
                    low_label="Nothing",
                    high_label=f"All {total}",
                    unit=self.unit,
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        return (f"You keep {amount(self.endowment, self.unit)} less what you give.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("give")
        return {"share": float(given) / self.endowment if given is not None else None}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        share = SHARES(draws.latent(person.standing("giving")))
        return {"give": draws.rounded(share * self.endowment, self.step)}

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {"give": 0.0}
