"""Default: whether people become organ donors when that is, or is not, what happens by itself.

Johnson, E. J., & Goldstein, D. (2003). Do defaults save lives? Science 302, 1338–1339, online
experiment. Defaults work on average, with large differences between studies, and some do nothing or
backfire (Jachimowicz et al. 2019); consent by default has not been shown to raise actual donations
(Dallacker et al. 2024, Public Health).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

__all__ = ["DefaultOption"]

_SOURCE = "Johnson & Goldstein 2003, Science 302, 1338–1339"
DONOR, NONE = 1.0, 2.0

_CONSENT = {"opt_in": 0.48, "opt_out": 0.80, "neutral": 0.79}
"""Within the sampling error of the source, and so that d is that of the meta-analysis."""
_PULL = {"opt_in": -0.3, "opt_out": 0.3, "neutral": 0.0}

_RULE = {
    "opt_in": "There, nobody is an organ donor without having asked to be. You are therefore not "
    "registered as a donor now, and you can leave that as it is or change it.",
    "opt_out": "There, everybody is an organ donor who has not asked not to be. You are therefore "
    "registered as a donor now, and you can leave that as it is or change it.",
    "neutral": "There, everybody who moves in is asked whether to be registered as an organ donor.",
}


@dataclass(frozen=True, kw_only=True)
class DefaultOption(Task):
    """One decision: to be an organ donor or not."""

    name = "default_option"
    family = Family.BIASES
    title = "Default"
    about = "Whether people stay with what happens if they do nothing."
    citation = "Johnson & Goldstein (2003). Do defaults save lives? Science 302, 1338–1339."
    measures = (Measure(name="donor", label="Is a donor", low=0, high=1, meaning="1 = yes"),)
    references = (
        Reference(
            measure="donor",
            statistic="d",
            arm="opt_out",
            against="opt_in",
            value=0.68,
            interval=(0.53, 0.83),
            source="Jachimowicz et al. 2019, Behavioural Public Policy 3, 159–186 (meta-analysis)",
            n=73675,
            mark="verified",
            note="58 studies of defaults of all kinds",
        ),
        Reference(
            measure="donor",
            statistic="share",
            at=(1, 1),
            arm="opt_in",
            value=0.42,
            interval=(0.29, 0.55),
            source=_SOURCE,
            n=54,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="donor",
            statistic="share",
            at=(1, 1),
            arm="opt_out",
            value=0.82,
            interval=(0.72, 0.92),
            source=_SOURCE,
            n=54,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="donor",
            statistic="share",
            at=(1, 1),
            arm="neutral",
            value=0.79,
            interval=(0.68, 0.90),
            source=_SOURCE,
            n=54,
            mark="verified",
            margin=True,
            note="161 people in three arms",
        ),
    )

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="default", arms=("opt_in", "opt_out", "neutral")),)

    def pages(self) -> Pages:
        texts = {
            arm: f"Imagine that you have just moved to another state. {rule}\n\nWhat do you want "
            "to be?"
            for arm, rule in _RULE.items()
        }
        return [
            [
                Single(
                    name="choice",
                    label="Organ donor",
                    text=texts["opt_in"],
                    wordings=tuple(Wording("default", arm, text) for arm, text in texts.items()),
                    options=(
                        Option(code=DONOR, label="An organ donor"),
                        Option(code=NONE, label="Not an organ donor"),
                    ),
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("choice")
        return {"donor": None if given is None else float(given == DONOR)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("default", "neutral")
        moved = person.standing("suggestibility")
        donor = draws.chooses(_CONSENT[arm], moved, loading=_PULL[arm])
        return {"choice": DONOR if donor else NONE}
