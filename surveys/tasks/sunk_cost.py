"""Sunk cost: whether a ticket is used in bad weather, having been paid for or given for free.

Oppenheimer, D. M., Meyvis, T., & Davidenko, N. (2009). Instructional manipulation checks. Journal
of Experimental Social Psychology 45, 867–872 (after Thaler 1985). The effect is small: d = .27 in
Many Labs 1; with real costs it is found in some studies and not in others (Negrini, Riedl &
Wibral 2020, CESifo Working Paper 8623).
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
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["SunkCost"]

_LIKELY = {"paid": rating(7.75, 2.4, 1, 9), "free": rating(7.0, 2.4, 1, 9)}
"""How likely people are to go; chosen so that d is that of Many Labs 1."""
_PULL = 0.3

_HOW = {
    "paid": "You bought the ticket weeks ago and paid a good deal for it.",
    "free": "A friend gave you the ticket weeks ago; you paid nothing for it.",
}


@dataclass(frozen=True, kw_only=True)
class SunkCost(Task):
    """One rating: how likely one would go to a match on a freezing day."""

    name = "sunk_cost"
    family = Family.BIASES
    title = "Sunk cost"
    about = "Whether money that is spent and gone changes what people do next."
    citation = (
        "Oppenheimer, Meyvis & Davidenko (2009). Instructional manipulation checks: Detecting "
        "satisficing to increase statistical power. Journal of Experimental Social Psychology 45, "
        "867–872."
    )
    measures = (Measure(name="go", label="How likely to go", low=1, high=9, meaning="9 = surely"),)
    references = (
        Reference(
            measure="go",
            statistic="d",
            arm="paid",
            against="free",
            value=0.27,
            interval=(0.17, 0.37),
            source="Klein et al. 2014, Social Psychology 45, 142–152 (Many Labs 1)",
            n=6330,
            mark="recalled",
            margin=True,
        ),
    )

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="ticket", arms=("paid", "free")),)

    def pages(self) -> Pages:
        texts = {
            arm: "Your favourite team plays an important match tonight, and you have a ticket for "
            f"the open stands. {how} The day has turned out freezing cold, with a sharp wind, and "
            "the match is also on television.\n\nHow likely is it that you go to the stadium?"
            for arm, how in _HOW.items()
        }
        return [
            [
                Slider(
                    name="go",
                    label="Likely to go",
                    text=texts["paid"],
                    wordings=tuple(Wording("ticket", arm, text) for arm, text in texts.items()),
                    minimum=1.0,
                    maximum=9.0,
                    low_label="I would surely stay at home",
                    high_label="I would surely go",
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("go")
        return {"go": None if given is None else float(given)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("ticket", "paid")
        pull = _PULL if arm == "paid" else -_PULL
        return {"go": _LIKELY[arm](draws.latent(person.standing("suggestibility"), loading=pull))}
