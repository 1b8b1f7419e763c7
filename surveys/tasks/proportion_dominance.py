"""Proportion dominance: support for saving lives, told as a number or as a share of that number.

Slovic, P., Finucane, M., Peters, E., & MacGregor, D. G. (2002). The affect heuristic. In T.
Gilovich, D. Griffin, & D. Kahneman (Eds.), Heuristics and Biases, 397–420. Cambridge University
Press. A share of 150 lives is fewer lives than 150, and it can be rated higher. Seen side by side
the order turns (Bartels 2006).
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
from .gambles import percent
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["ProportionDominance"]

_SOURCE = "Slovic et al. 2002, in Heuristics and Biases, 397–420"
_RATED = {
    "number": rating(10.4, 5.0, 0, 20),
    "nearly_all": rating(13.8, 5.0, 0, 20),
    "most": rating(10.9, 5.0, 0, 20),
}
"""Means as published, spreads chosen."""
_PULL = {"number": -0.3, "nearly_all": 0.3, "most": 0.0}


@dataclass(frozen=True, kw_only=True)
class ProportionDominance(Task):
    """One rating of support for a measure that saves lives.

    Attributes:
        lives: Lives at stake.
        nearly_all: The higher share of them that is saved.
        most: The lower share of them that is saved.
    """

    name = "proportion_dominance"
    family = Family.BIASES
    title = "Proportion dominance"
    about = "Whether a high share of something counts for more than the larger number itself."
    citation = (
        "Slovic, Finucane, Peters & MacGregor (2002). The affect heuristic. In Heuristics and "
        "Biases: The Psychology of Intuitive Judgment, 397–420. Cambridge University Press."
    )
    measures = (
        Measure(name="support", label="Support", low=0, high=20, meaning="20 = very strong"),
    )
    references = tuple(
        Reference(
            measure="support",
            statistic="mean",
            arm=arm,
            value=value,
            interval=(value - 0.7, value + 0.7),
            source=_SOURCE,
            mark="recalled",
            margin=True,
            note=note,
        )
        for arm, value, note in (
            ("number", 10.4, "150 lives"),
            ("nearly_all", 13.6, "98 % of 150 lives"),
            ("most", 10.9, "85 % of 150 lives"),
        )
    )

    lives: int = 150
    nearly_all: float = 0.98
    most: float = 0.85

    def fault(self) -> str | None:
        if self.lives < 1:
            return f"{self.lives} lives are none"
        if not 0 < self.most < self.nearly_all < 1:
            return f"{self.most:g} and {self.nearly_all:g} are not a lower and a higher share"
        return None

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="saved", arms=("number", "nearly_all", "most")),)

    def pages(self) -> Pages:
        saved = {
            "number": f"{self.lives} lives",
            "nearly_all": f"{percent(self.nearly_all)} of {self.lives} lives",
            "most": f"{percent(self.most)} of {self.lives} lives",
        }
        texts = {
            arm: "An airport could buy equipment that makes landing safer. If a plane has to make "
            f"an emergency landing, it is expected to save {what}. The money would otherwise go to "
            "other work of the airport.\n\nHow strongly do you support buying the equipment?"
            for arm, what in saved.items()
        }
        return [
            [
                Slider(
                    name="support",
                    label="Support",
                    text=texts["number"],
                    wordings=tuple(Wording("saved", arm, text) for arm, text in texts.items()),
                    minimum=0.0,
                    maximum=20.0,
                    low_label="Not at all",
                    high_label="Very strongly",
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("support")
        return {"support": None if given is None else float(given)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("saved", "number")
        moved = person.standing("suggestibility")
        return {"support": _RATED[arm](draws.latent(moved, loading=_PULL[arm]))}
