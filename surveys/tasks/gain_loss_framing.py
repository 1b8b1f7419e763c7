"""Gain and loss framing: a sure and a risky programme, told as lives saved or as lives lost.

Tversky, A., & Kahneman, D. (1981). The framing of decisions and the psychology of choice. Science
211, 453–458. One of the more robust effects: it was found in all but a few of the 36 samples of
Many Labs 1, at about half of the original size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option, Wording
from ..questionnaire import Condition
from ..questions import Single
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["GainLossFraming"]

_ORIGINAL = "Tversky & Kahneman 1981, Science 211, 453–458"
SURE, RISKY = 1.0, 2.0

_RISKY = {"gain": 0.36, "loss": 0.65}
"""Share taking the risk in each frame; chosen so that d is that of Many Labs 1."""
_PULL = 0.3
"""Correlation of being moved by the frame with suggestibility; chosen."""


@dataclass(frozen=True, kw_only=True)
class GainLossFraming(Task):
    """One choice between two programmes with the same expected number of lives.

    Attributes:
        lives: Lives at risk.
        saved: Lives that the sure programme saves; the risky one saves all of them with the chance
            saved/lives.
    """

    name = "gain_loss_framing"
    family = Family.BIASES
    title = "Gain and loss framing"
    about = "Whether the same outcomes are chosen differently when told as gains or as losses."
    citation = (
        "Tversky & Kahneman (1981). The framing of decisions and the psychology of choice. Science "
        "211, 453–458."
    )
    measures = (
        Measure(name="risky", label="Takes the risky programme", low=0, high=1, meaning="1 = yes"),
    )
    references = (
        Reference(
            measure="risky",
            statistic="d",
            arm="loss",
            against="gain",
            value=0.60,
            interval=(0.50, 0.70),
            source="Klein et al. 2014, Social Psychology 45, 142–152 (Many Labs 1)",
            n=6271,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="risky",
            statistic="share",
            at=(1, 1),
            arm="gain",
            value=0.28,
            interval=(0.21, 0.35),
            source=_ORIGINAL,
            n=152,
            mark="secondary",
            margin=True,
            target=False,
            note="students; twice the effect of Many Labs 1",
        ),
        Reference(
            measure="risky",
            statistic="share",
            at=(1, 1),
            arm="loss",
            value=0.78,
            interval=(0.71, 0.85),
            source=_ORIGINAL,
            n=155,
            mark="secondary",
            margin=True,
            target=False,
            note="students; twice the effect of Many Labs 1",
        ),
    )

    lives: int = 600
    saved: int = 200

    def fault(self) -> str | None:
        if not 0 < self.saved < self.lives:
            return f"{self.saved:,} of {self.lives:,} lives leave no choice between sure and risky"
        return None

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="frame", arms=("gain", "loss")),)

    def pages(self) -> Pages:
        texts = {arm: self._text(arm) for arm in ("gain", "loss")}
        return [
            [
                Single(
                    name="choice",
                    label="Programme chosen",
                    text=texts["gain"],
                    wordings=tuple(Wording("frame", arm, text) for arm, text in texts.items()),
                    options=(
                        Option(code=SURE, label="Programme A"),
                        Option(code=RISKY, label="Programme B"),
                    ),
                    required=True,
                )
            ]
        ]

    def _text(self, arm: str) -> str:
        chance = Fraction(self.saved, self.lives)
        start = (
            f"An unknown illness is spreading, and {self.lives:,} people are expected to die of it "
            "if nothing is done. There are two programmes against it, and only one of them can be "
            "carried out. What each would achieve is known exactly.\n\n"
        )
        end = "\n\nWhich programme would you choose?"
        if arm == "loss":
            return (
                f"{start}Programme A: {self.lives - self.saved:,} people will die.\n\nProgramme B: "
                f"with a chance of {chance} nobody will die, and with a chance of {1 - chance} "
                f"{self.lives:,} people will die.{end}"
            )
        return (
            f"{start}Programme A: {self.saved:,} people will be saved.\n\nProgramme B: with a "
            f"chance of {chance} {self.lives:,} people will be saved, and with a chance of "
            f"{1 - chance} nobody will be saved.{end}"
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        chosen = answers.get("choice")
        return {"risky": None if chosen is None else float(chosen == RISKY)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("frame", "gain")
        pull = _PULL if arm == "loss" else -_PULL
        risky = draws.chooses(_RISKY[arm], person.standing("suggestibility"), loading=pull)
        return {"choice": RISKY if risky else SURE}
