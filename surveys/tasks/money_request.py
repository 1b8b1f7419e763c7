"""11–20 money request game: ask for an amount, and for one less than the other to get a bonus.

Arad, A., & Rubinstein, A. (2012). The 11–20 money request game: a level-k reasoning study. American
Economic Review 102, 3561–3573.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level, code_text
from ..question import Option
from ..questions import Single
from ..respondents.cognition.distributions import Shares
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["MoneyRequest"]

_SOURCE = (
    "Arad & Rubinstein 2012, American Economic Review 102, 3561–3573, basic version, as tabulated "
    "by Lindner & Sutter 2013, Economics Letters 120, 542–545"
)

STEPS = Shares({0: 6, 1: 12, 2: 30, 3: 32, 4: 6, 5: 1, 6: 6, 7: 3, 8: 0, 9: 4})
"""Percentages of people by how far below the highest amount they ask."""


def _share(low: float, high: float, value: float, half: float) -> Reference:
    return Reference(
        measure="request",
        statistic="share",
        at=(low, high),
        value=value,
        interval=(max(0.0, value - half), value + half),
        source=_SOURCE,
        n=108,
        mark="secondary",
        margin=True,
    )


@dataclass(frozen=True, kw_only=True)
class MoneyRequest(Task):
    """One amount.

    Attributes:
        lowest: Smallest amount that can be asked for.
        highest: Largest amount.
        bonus: For asking for exactly one less than the other.
        unit: Of the amounts.
    """

    name = "money_request"
    family = Family.STRATEGIC
    title = "11–20 money request game"
    about = "Steps of strategic thinking, from an obvious start and by obvious steps."
    citation = (
        "Arad & Rubinstein (2012). The 11–20 money request game: a level-k reasoning study. "
        "American Economic Review 102, 3561–3573."
    )
    measures = (
        Measure(name="request", label="Amount asked for", low=11, high=20),
        Measure(name="steps", label="Steps below the highest amount", low=0, high=9),
    )
    references = (
        Reference(
            measure="request",
            statistic="mean",
            value=17.10,
            interval=(16.7, 17.5),
            source=_SOURCE,
            n=108,
            mark="secondary",
            margin=True,
            note="from the published percentages",
        ),
        _share(20, 20, 0.06, 0.04),
        _share(19, 19, 0.12, 0.05),
        _share(18, 18, 0.30, 0.07),
        _share(17, 17, 0.32, 0.07),
        _share(11, 16, 0.20, 0.06),
    )

    lowest: int = 11
    highest: int = 20
    bonus: float = 20.0
    unit: str = "$"

    def fault(self) -> str | None:
        if not 0 <= self.lowest < self.highest:
            return f"amounts from {self.lowest} to {self.highest} leave nothing to choose"
        if self.highest - self.lowest > 100:
            return f"amounts from {self.lowest} to {self.highest} are too many to list"
        if not self.bonus > 1:
            return f"a bonus of {self.bonus:g} is not worth asking for less"
        return None

    def measured(self) -> tuple[Measure, ...]:
        request, steps = self.measures
        return (
            Measure(name=request.name, label=request.label, low=self.lowest, high=self.highest),
            Measure(name=steps.name, label=steps.label, low=0, high=self.highest - self.lowest),
        )

    def pages(self) -> Pages:
        low, high, bonus = (amount(x, self.unit) for x in (self.lowest, self.highest, self.bonus))
        return [
            [
                Single(
                    name="asked",
                    label="Amount asked for",
                    text="You and another person, whom you do not know, each ask for an amount of "
                    f"money from {low} to {high}, in whole numbers. Each gets what he or she asks "
                    f"for. Whoever asks for exactly {amount(1, self.unit)} less than the other "
                    f"gets {bonus} on top.\n\nHow much do you ask for?",
                    options=tuple(
                        Option(code=float(x), label=code_text(float(x)))
                        for x in range(self.lowest, self.highest + 1)
                    ),
                    level=Level.ORDINAL,
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        return (
            "You get what you ask for.",
            f"You get {amount(self.bonus, self.unit)} more if the other asks for exactly "
            f"{amount(1, self.unit)} more than you.",
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        asked = answers.get("asked")
        if asked is None:
            return {"request": None, "steps": None}
        return {"request": float(asked), "steps": self.highest - float(asked)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        steps = int(STEPS(draws.latent(person.standing("depth"))))
        return {"asked": float(max(self.highest - steps, self.lowest))}
