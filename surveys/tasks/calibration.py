"""Confidence calibration: answers to questions of knowledge, and how sure one is of each.

Lichtenstein, S., Fischhoff, B., & Phillips, L. D. (1982). Calibration of probabilities: the state
of the art to 1980. In D. Kahneman, P. Slovic & A. Tversky (Eds.), Judgment under uncertainty
(306–334). Cambridge University Press.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option
from ..questions import Single, Slider
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Calibration"]

_SOURCE = (
    "Juslin, Winman & Olsson 2000, Psychological Review 107, 384–396 (review of two-option tasks), "
    "selected items"
)
FIRST, SECOND = 1.0, 2.0

_MEAN, _SPREAD, _WITHIN = 0.735, 0.07, 0.15
"""Confidence: mean over people, SD between people, SD within a person; chosen so that answers
rounded to ten percent have the published mean."""
_KNOWS = 0.05
"""How much surer people are of answers that are right, on either side of their mean; chosen."""
_LASTING = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One question with two answers.

    Attributes:
        name: Of the question.
        text: Wording.
        first: First answer.
        second: Second answer.
        right: Code of the right one.
        rate: Share of people who are right; chosen, .65 on average.
    """

    name: str
    text: str
    first: str
    second: str
    right: float
    rate: float


FACTS: tuple[Fact, ...] = (
    Fact(
        name="north",
        text="Which city lies further north?",
        first="New York",
        second="Rome",
        right=SECOND,
        rate=0.40,
    ),
    Fact(
        name="area",
        text="Which country has the larger area?",
        first="Brazil",
        second="Australia",
        right=FIRST,
        rate=0.62,
    ),
    Fact(
        name="planet",
        text="Which planet is closer to the sun?",
        first="Venus",
        second="Mars",
        right=FIRST,
        rate=0.82,
    ),
    Fact(
        name="metal",
        text="Which metal melts at the lower temperature?",
        first="Copper",
        second="Tin",
        right=SECOND,
        rate=0.74,
    ),
    Fact(
        name="invention",
        text="Which was invented first?",
        first="The telephone",
        second="The telegraph",
        right=SECOND,
        rate=0.80,
    ),
    Fact(
        name="river",
        text="Which river is longer?",
        first="The Danube",
        second="The Rhine",
        right=FIRST,
        rate=0.70,
    ),
    Fact(
        name="west",
        text="Which city lies further west?",
        first="Los Angeles",
        second="Reno, Nevada",
        right=SECOND,
        rate=0.30,
    ),
    Fact(
        name="composer",
        text="Which composer was born first?",
        first="Johann Sebastian Bach",
        second="Ludwig van Beethoven",
        right=FIRST,
        rate=0.76,
    ),
    Fact(
        name="bone",
        text="Where in the body is the femur?",
        first="In the arm",
        second="In the leg",
        right=SECOND,
        rate=0.84,
    ),
    Fact(
        name="lake",
        text="Which lake is deeper?",
        first="Lake Superior",
        second="Lake Baikal",
        right=SECOND,
        rate=0.52,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Calibration(Task):
    """Ten questions with two answers each, and the chance of being right, from 50 to 100 %."""

    name = "calibration"
    family = Family.COGNITION
    title = "Confidence calibration"
    about = "Whether people are as often right as they believe."
    citation = (
        "Lichtenstein, Fischhoff & Phillips (1982). Calibration of probabilities: the state of the "
        "art to 1980. In Kahneman, Slovic & Tversky (Eds.), Judgment under uncertainty, 306–334."
    )
    measures = (
        Measure(name="right", label="Share of right answers", low=0, high=1),
        Measure(name="confidence", label="Mean confidence", low=0.5, high=1),
        Measure(
            name="overconfidence",
            label="Overconfidence",
            low=-0.5,
            high=1,
            meaning="mean confidence less share of right answers; 0 = calibrated",
        ),
        Measure(
            name="brier",
            label="Brier score",
            low=0,
            high=1,
            meaning="mean squared distance of confidence from being right (1) or wrong (0); always "
            "saying 50 % gives .25, less is better",
        ),
    )
    references = (
        Reference(
            measure="right",
            statistic="mean",
            value=0.65,
            interval=(0.61, 0.69),
            source=_SOURCE,
            mark="recalled",
            margin=True,
            note="of items of middling difficulty, not of these",
        ),
        Reference(
            measure="confidence",
            statistic="mean",
            value=0.74,
            interval=(0.71, 0.77),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="overconfidence",
            statistic="mean",
            value=0.09,
            interval=(0.06, 0.12),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
    )

    def pages(self) -> Pages:
        return [
            [
                Single(
                    name=fact.name,
                    label=f"Knowledge: {fact.text}",
                    text=fact.text,
                    options=(
                        Option(code=FIRST, label=fact.first),
                        Option(code=SECOND, label=fact.second),
                    ),
                    required=True,
                ),
                Slider(
                    name=f"{fact.name}_sure",
                    label=f"Confidence: {fact.text}",
                    text="How likely is it that your answer is right? 50% means that you have "
                    "guessed, 100% that you are certain.",
                    minimum=50.0,
                    maximum=100.0,
                    step=1.0,
                    low_label="A guess",
                    high_label="Certain",
                    unit="%",
                    required=True,
                ),
            ]
            for fact in FACTS
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        hits: list[float] = []
        sure: list[float] = []
        for fact in FACTS:
            given, confidence = answers.get(fact.name), answers.get(f"{fact.name}_sure")
            if given is None or confidence is None:
                return dict.fromkeys(m.name for m in self.measures)
            hits.append(float(given == fact.right))
            sure.append(float(confidence) / 100)
        right, confident = sum(hits) / len(hits), sum(sure) / len(sure)
        squares = [(c - h) ** 2 for c, h in zip(sure, hits, strict=True)]
        return {
            "right": right,
            "confidence": confident,
            "overconfidence": confident - right,
            "brier": sum(squares) / len(squares),
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        level = _MEAN + _SPREAD * draws.latent(person.standing("confidence"), consistency=_LASTING)
        chosen: dict[str, Code] = {}
        for fact in FACTS:
            right = draws.chooses(fact.rate)
            sure = level + (_KNOWS if right else -_KNOWS) + _WITHIN * draws.trial.normal()
            chosen[fact.name] = fact.right if right else FIRST + SECOND - fact.right
            chosen[f"{fact.name}_sure"] = 10.0 * min(max(round(10 * sure), 5), 10)
        return chosen
