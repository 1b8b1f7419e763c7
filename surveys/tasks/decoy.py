"""Decoy: whether an option that one of two others plainly beats makes that one more popular.

Huber, J., Payne, J. W., & Puto, C. (1982). Adding asymmetrically dominated alternatives:
Violations of regularity and the similarity hypothesis. Journal of Consumer Research 9, 90–98. The
effect is found where attributes are stated as numbers, as here; with pictures or experienced
qualities it mostly failed to replicate and sometimes turned round (Frederick, Lee & Baskin 2014;
Yang & Lynn 2014; Banerjee et al. 2024).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..logic.expression import Expression
from ..question import Option
from ..questionnaire import Condition
from ..questions import Single
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Decoy"]

TARGET, RIVAL, DECOY = 1.0, 2.0, 3.0

_TARGET = {"two": 0.50, "three": 0.595}
"""Share taking the target among those who do not take the decoy; the gap as published."""
_TAKES_DECOY = 0.02
_PULL = 0.3


@dataclass(frozen=True, kw_only=True)
class Decoy(Task):
    """One choice between two or three six-packs of beer; the third is worse than the first.

    Attributes:
        target: Price and quality of the one that the decoy is beaten by.
        rival: Price and quality of the other.
        decoy: Price and quality of the decoy; chosen here.
        unit: Of the prices.
    """

    name = "decoy"
    family = Family.BIASES
    title = "Decoy (asymmetric dominance)"
    about = "Whether a clearly inferior third option draws choices to the option that beats it."
    citation = (
        "Huber, Payne & Puto (1982). Adding asymmetrically dominated alternatives: Violations of "
        "regularity and the similarity hypothesis. Journal of Consumer Research 9, 90–98."
    )
    measures = (
        Measure(name="target", label="Chooses the target", low=0, high=1, meaning="1 = yes"),
        Measure(
            name="dominated", label="Chooses the dominated option", low=0, high=1, meaning="1 = yes"
        ),
    )
    references = (
        Reference(
            measure="target",
            statistic="difference",
            arm="three",
            against="two",
            value=0.09,
            interval=(0.03, 0.15),
            source="Huber, Payne & Puto 1982, J. Consumer Res. 9, 90–98",
            n=153,
            mark="secondary",
            margin=True,
            note="mean over six categories of products",
        ),
        Reference(
            measure="dominated",
            statistic="mean",
            arm="three",
            value=0.02,
            interval=(0.0, 0.05),
            source="Huber, Payne & Puto 1982, J. Consumer Res. 9, 90–98",
            n=153,
            mark="recalled",
            margin=True,
        ),
    )

    target: tuple[float, float] = (2.60, 70.0)
    rival: tuple[float, float] = (1.80, 50.0)
    decoy: tuple[float, float] = (3.00, 65.0)
    unit: str = "$"

    def fault(self) -> str | None:
        if min(*self.target, *self.rival, *self.decoy) <= 0:
            return "a price or quality is not above 0"
        if not (self.target[0] > self.rival[0] and self.target[1] > self.rival[1]):
            return "the target is not both dearer and better than its rival"
        if not (self.decoy[0] >= self.target[0] and self.decoy[1] <= self.target[1]):
            return "the decoy is not beaten by the target"
        if self.decoy[1] <= self.rival[1] or self.decoy == self.target:
            return "the decoy is beaten by the rival as well, or equals the target"
        return None

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="set", arms=("two", "three")),)

    def pages(self) -> Pages:
        a, b, c = (
            f"{amount(price, self.unit)}, quality {code_text(quality)} of 100"
            for price, quality in (self.target, self.rival, self.decoy)
        )
        return [
            [
                Single(
                    name="choice",
                    label="Six-pack chosen",
                    text="You want to buy a six-pack of beer. You know neither brand, but a "
                    "magazine has had them tasted blind and rated their quality.\n\nWhich do you "
                    "buy?",
                    options=(
                        Option(code=TARGET, label=a),
                        Option(code=RIVAL, label=b),
                        Option(code=DECOY, label=c, show_if=Expression('arm(set) = "three"')),
                    ),
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        chosen = answers.get("choice")
        if chosen is None:
            return {"target": None, "dominated": None}
        return {"target": float(chosen == TARGET), "dominated": float(chosen == DECOY)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("set", "two")
        if arm == "three" and draws.chooses(_TAKES_DECOY, person.standing("slips"), loading=0.3):
            return {"choice": DECOY}
        pull = _PULL if arm == "three" else -_PULL
        taken = draws.chooses(_TARGET[arm], person.standing("suggestibility"), loading=pull)
        return {"choice": TARGET if taken else RIVAL}
