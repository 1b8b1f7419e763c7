"""Less is better: a gift seems more generous that is the best of a cheap kind.

Hsee, C. K. (1998). Less is better: When low-value options are valued more highly than high-value
options. Journal of Behavioral Decision Making 11, 107–121, Study 1. Replicated by Vonasch et al.
(2023) and, with d = .78 (recalled), in Many Labs 2. Side by side, the dearer gift is preferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Wording
from ..questionnaire import Condition
from ..questions import Slider
from ..respondents.cognition.distributions import rating
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["LessIsBetter"]

_RATED = {"scarf": rating(5.1, 1.2, 0, 6), "coat": rating(3.9, 1.35, 0, 6)}
"""Chosen so that d is between the two replications."""
_PULL = 0.3


@dataclass(frozen=True, kw_only=True)
class LessIsBetter(Task):
    """One rating of how generous a leaving gift is.

    Attributes:
        scarf: Price of the scarf.
        scarves: Lowest and highest price of scarves in the shop.
        coat: Price of the coat.
        coats: Lowest and highest price of coats in the shop.
        unit: Of the prices.
    """

    name = "less_is_better"
    family = Family.BIASES
    title = "Less is better"
    about = "Whether a thing is valued by its place in its own kind rather than by its worth."
    citation = (
        "Hsee (1998). Less is better: When low-value options are valued more highly than "
        "high-value options. Journal of Behavioral Decision Making 11, 107–121."
    )
    measures = (
        Measure(name="generous", label="Generosity", low=0, high=6, meaning="6 = extremely"),
    )
    references = (
        Reference(
            measure="generous",
            statistic="d",
            arm="scarf",
            against="coat",
            value=0.99,
            interval=(0.72, 1.26),
            source="Vonasch et al. 2023, Collabra: Psychology 9, 77859 (replication)",
            n=403,
            mark="verified",
        ),
    )

    scarf: float = 45.0
    scarves: tuple[float, float] = (5.0, 50.0)
    coat: float = 55.0
    coats: tuple[float, float] = (50.0, 500.0)
    unit: str = "$"

    def fault(self) -> str | None:
        for price, (low, high) in ((self.scarf, self.scarves), (self.coat, self.coats)):
            if not 0 < low <= price <= high:
                return f"a price of {price:g} is not within those of its kind, {low:g} to {high:g}"
        if not self.scarf < self.coat:
            return f"a coat of {self.coat:g} is not worth more than a scarf of {self.scarf:g}"
        return None

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="gift", arms=("scarf", "coat")),)

    def pages(self) -> Pages:
        texts = {
            arm: "You are leaving town, and a friend gives you something to remember him by: a "
            f"woollen {arm} for {amount(price, self.unit)}, from a shop nearby. Woollen {kind} in "
            f"that shop are from {amount(low, self.unit)} to {amount(high, self.unit)}.\n\n"
            "How generous is your friend?"
            for arm, kind, price, (low, high) in (
                ("scarf", "scarves", self.scarf, self.scarves),
                ("coat", "coats", self.coat, self.coats),
            )
        }
        return [
            [
                Slider(
                    name="generous",
                    label="How generous",
                    text=texts["scarf"],
                    wordings=tuple(Wording("gift", arm, text) for arm, text in texts.items()),
                    minimum=0.0,
                    maximum=6.0,
                    low_label="Not generous at all",
                    high_label="Extremely generous",
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("generous")
        return {"generous": None if given is None else float(given)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("gift", "scarf")
        pull = _PULL if arm == "scarf" else -_PULL
        moved = person.standing("suggestibility")
        return {"generous": _RATED[arm](draws.latent(moved, loading=pull))}
