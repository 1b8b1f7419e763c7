"""Relative savings: whether people make a trip to save the same sum on a cheap or on a dear thing.

Tversky, A., & Kahneman, D. (1981). The framing of decisions and the psychology of choice. Science
211, 453–458; prices as in Klein et al. (2018, Many Labs 2), Advances in Methods and Practices in
Psychological Science 1, 443–490, where the effect was about half as large as in the original.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..question import Option, Wording
from ..questionnaire import Condition
from ..questions import Single
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["RelativeSavings"]

_MANY_LABS = "Klein et al. 2018, AMPPS 1, 443–490 (Many Labs 2)"
_ORIGINAL = "Tversky & Kahneman 1981, Science 211, 453–458"
YES, NO = 1.0, 2.0
_TRIP = {"cheap": 0.49, "dear": 0.32}
_PULL = 0.3


@dataclass(frozen=True, kw_only=True)
class RelativeSavings(Task):
    """One decision: whether to drive to another shop.

    Attributes:
        cheap: Price of the cheap thing.
        dear: Price of the dear thing.
        saving: Saved by the trip.
        minutes: Length of the drive.
        unit: Of the prices.
    """

    name = "relative_savings"
    family = Family.BIASES
    title = "Relative savings"
    about = "Whether a saving is worth more on a low price than the same sum on a high one."
    citation = (
        "Tversky & Kahneman (1981). The framing of decisions and the psychology of choice. Science "
        "211, 453–458; prices of Klein et al. (2018), Advances in Methods and Practices in "
        "Psychological Science 1, 443–490."
    )
    measures = (Measure(name="trip", label="Makes the trip", low=0, high=1, meaning="1 = yes"),)
    references = (
        Reference(
            measure="trip",
            statistic="share",
            at=(1, 1),
            arm="cheap",
            value=0.49,
            interval=(0.45, 0.53),
            source=_MANY_LABS,
            n=3600,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="trip",
            statistic="share",
            at=(1, 1),
            arm="dear",
            value=0.32,
            interval=(0.28, 0.36),
            source=_MANY_LABS,
            n=3600,
            mark="recalled",
            margin=True,
            note="d = .40 from the odds ratio of 2.06",
        ),
        Reference(
            measure="trip",
            statistic="difference",
            arm="cheap",
            against="dear",
            value=0.39,
            interval=(0.25, 0.53),
            source=_ORIGINAL,
            n=181,
            mark="secondary",
            margin=True,
            target=False,
            note="68 % against 29 %, with $15 and $125 and a saving of $5",
        ),
    )

    cheap: float = 30.0
    dear: float = 250.0
    saving: float = 10.0
    minutes: float = 20.0
    unit: str = "$"

    def fault(self) -> str | None:
        if not 0 < self.saving < self.cheap < self.dear:
            return (
                f"a saving of {self.saving:g} on prices of {self.cheap:g} and {self.dear:g} is not "
                "one sum on a low and a high price"
            )
        return None if self.minutes > 0 else f"a drive of {self.minutes:g} minutes is none"

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="reduced", arms=("cheap", "dear")),)

    def pages(self) -> Pages:
        texts = {arm: self._text(arm) for arm in ("cheap", "dear")}
        return [
            [
                Single(
                    name="choice",
                    label="Makes the trip",
                    text=texts["cheap"],
                    wordings=tuple(Wording("reduced", arm, text) for arm, text in texts.items()),
                    options=(Option(code=YES, label="Yes"), Option(code=NO, label="No")),
                    required=True,
                )
            ]
        ]

    def _text(self, arm: str) -> str:
        lamp, rug = (self.cheap, self.dear) if arm == "cheap" else (self.dear, self.cheap)
        return (
            f"You are in a shop and about to buy a rug for {amount(rug, self.unit)} and a lamp for "
            f"{amount(lamp, self.unit)}. The shop assistant tells you that the same lamp is sold "
            f"for {amount(lamp - self.saving, self.unit)} today in the shop's other branch, "
            f"{code_text(self.minutes)} minutes away by car.\n\nDo you drive to the other branch "
            "for the lamp?"
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("choice")
        return {"trip": None if given is None else float(given == YES)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("reduced", "cheap")
        pull = _PULL if arm == "cheap" else -_PULL
        goes = draws.chooses(_TRIP[arm], person.standing("suggestibility"), loading=pull)
        return {"choice": YES if goes else NO}
