"""Outcome bias: whether a decision is held better when it happened to turn out well.

Baron, J., & Hershey, J. C. (1988). Outcome bias in decision evaluation. Journal of Personality and
Social Psychology 54, 569–579; seven-point scale as in Stanovich & West (2008), Journal of
Personality and Social Psychology 94, 672–695. It replicates between persons and more strongly than
within (Aiyer et al. 2023); with this case and this scale d was .70 in 100 people (Paolacci 2009,
Experimental Turk; own conversion of F(1, 98) = 12.19).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option, Wording
from ..questionnaire import Condition
from ..questions import Likert
from ..respondents.cognition.distributions import rating
from .gambles import percent
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["OutcomeBias"]

_REPLICATION = "Aiyer et al. 2023, Int. Rev. Soc. Psychol. 36, 12 (replication)"

_RATED = {"success": rating(5.6, 1.35, 1, 7), "failure": rating(4.5, 1.35, 1, 7)}
"""Chosen so that d is that of the replication."""
_PULL = 0.3

_ENDED = {
    "success": "The operation went well and the patient recovered.",
    "failure": "The operation failed and the patient died.",
}
_POINTS = (
    "Wrong, and inexcusable",
    "Wrong on the whole",
    "Wrong, though understandable",
    "As good as the opposite decision",
    "Right, though the opposite would have been understandable",
    "Right on the whole",
    "Right, and without any doubt",
)


@dataclass(frozen=True, kw_only=True)
class OutcomeBias(Task):
    """One rating of a surgeon's decision.

    Attributes:
        risk: Share of patients who die of the operation.
        years: Years of life that a success adds.
    """

    name = "outcome_bias"
    family = Family.BIASES
    title = "Outcome bias"
    about = "Whether luck after a decision changes how good the decision is held to have been."
    citation = (
        "Baron & Hershey (1988). Outcome bias in decision evaluation. Journal of Personality and "
        "Social Psychology 54, 569–579."
    )
    measures = (
        Measure(
            name="quality",
            label="Quality of the decision",
            low=1,
            high=7,
            meaning="7 = without doubt right",
        ),
    )
    references = (
        Reference(
            measure="quality",
            statistic="d",
            arm="success",
            against="failure",
            value=0.77,
            interval=(0.62, 0.93),
            source=_REPLICATION,
            n=692,
            mark="verified",
            note="smallest of several ratings; the largest was 1.10 [.94, 1.26]",
        ),
    )

    risk: float = 0.08
    years: int = 5

    def fault(self) -> str | None:
        if not 0 < self.risk < 1:
            return f"a risk of {self.risk:g} is not between 0 and 1"
        return None if self.years > 0 else f"an operation that adds {self.years} years has no use"

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="outcome", arms=("success", "failure")),)

    def pages(self) -> Pages:
        texts = {
            arm: "A man of 55 has had to give up work that he loved because of a weak heart, and "
            "pain keeps him from travelling and from most of what he enjoys. A bypass operation "
            f"would end the pain and let him live {self.years} years longer, from 65 to "
            f"{65 + self.years}; but {percent(self.risk)} of patients die of the operation. His "
            f"doctor decided to operate. {ended}\n\nHow good was the doctor's decision to operate?"
            for arm, ended in _ENDED.items()
        }
        return [
            [
                Likert(
                    name="quality",
                    label="Decision to operate",
                    text=texts["success"],
                    wordings=tuple(Wording("outcome", arm, text) for arm, text in texts.items()),
                    options=tuple(
                        Option(code=float(code), label=label)
                        for code, label in enumerate(_POINTS, 1)
                    ),
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("quality")
        return {"quality": None if given is None else float(given)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("outcome", "success")
        pull = _PULL if arm == "success" else -_PULL
        moved = person.standing("suggestibility")
        return {"quality": _RATED[arm](draws.latent(moved, loading=pull))}
