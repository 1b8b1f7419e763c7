"""Omission bias: whether harm is judged worse when it is done than when it is let happen.

Spranca, M., Minsk, E., & Baron, J. (1991). Omission and commission in judgment and choice. Journal
of Experimental Social Psychology 27, 76–105. Findings differ: a meta-analysis (Yeung, Yay & Feldman
2022) has g = .45 with an interval from .14 to .77, less for decisions such as vaccination than for
blame, and signs of publication bias; reluctance to vaccinate need not be a bias (Connolly & Reb
2003).
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

__all__ = ["OmissionBias"]

_WRONG = {"act": rating(7.5, 2.4, 0, 10), "omission": rating(6.35, 2.4, 0, 10)}
"""Chosen so that d is that of the meta-analysis."""
_PULL = 0.3

_DOES = {
    "act": "At dinner before the final, Ivo recommends that dish to him.",
    "omission": "At dinner before the final, the other orders that dish by himself. Ivo, who could "
    "warn him, says nothing.",
}


@dataclass(frozen=True, kw_only=True)
class OmissionBias(Task):
    """One rating of how wrong conduct was; intention and outcome are the same in both arms."""

    name = "omission_bias"
    family = Family.BIASES
    title = "Omission bias"
    about = "Whether doing harm is judged more severely than letting the same harm happen."
    citation = (
        "Spranca, Minsk & Baron (1991). Omission and commission in judgment and choice. Journal of "
        "Experimental Social Psychology 27, 76–105."
    )
    measures = (
        Measure(name="wrong", label="How wrong it was", low=0, high=10, meaning="10 = utterly"),
    )
    references = (
        Reference(
            measure="wrong",
            statistic="d",
            arm="act",
            against="omission",
            value=0.45,
            interval=(0.14, 0.77),
            source="Yeung, Yay & Feldman 2022, Pers. Soc. Psychol. Bull. 48, 1499–1515 "
            "(meta-analysis)",
            mark="verified",
            note="21 samples, judgements and decisions",
        ),
    )

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="conduct", arms=("act", "omission")),)

    def pages(self) -> Pages:
        texts = {
            arm: "Ivo is to play the final of a tennis tournament against a stronger player, and "
            "he wants him to fall ill. He knows that the other is allergic to a spice and that the "
            f"house dish of the club's restaurant is full of it. {does} The other eats the dish, "
            "feels sick, and loses.\n\nHow wrong was Ivo's conduct?"
            for arm, does in _DOES.items()
        }
        return [
            [
                Slider(
                    name="wrong",
                    label="How wrong",
                    text=texts["act"],
                    wordings=tuple(Wording("conduct", arm, text) for arm, text in texts.items()),
                    minimum=0.0,
                    maximum=10.0,
                    low_label="Not wrong at all",
                    high_label="Utterly wrong",
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("wrong")
        return {"wrong": None if given is None else float(given)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("conduct", "act")
        pull = _PULL if arm == "act" else -_PULL
        return {"wrong": _WRONG[arm](draws.latent(person.standing("suggestibility"), loading=pull))}
