"""Myside bias: whether a dangerous car is to be banned, foreign at home or one's own abroad.

Stanovich, K. E., & West, R. F. (2008). On the relative independence of thinking biases and
cognitive ability. Journal of Personality and Social Psychology 94, 672–695. The bias is unrelated
to cognitive ability. The original named a well-known model in one arm only, so that part of the
effect may be the model's; here neither arm names one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option, Wording
from ..questionnaire import Condition
from ..questions import Likert
from ..respondents.cognition.distributions import Shares
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Myside"]

_SOURCE = "Stanovich 2009, What Intelligence Tests Miss, ch. 8 (of Stanovich & West 2008)"
_POINTS = ("Definitely not", "No", "Probably not", "Probably yes", "Yes", "Definitely yes")

_RATED = {
    "theirs": Shares({1: 3, 2: 7, 3: 12, 4: 28, 5: 28, 6: 22}),
    "ours": Shares({1: 9, 2: 18, 3: 22, 4: 27, 5: 16, 6: 8}),
}
"""Shares for and against as published; in between chosen."""
_PULL = 0.3


@dataclass(frozen=True, kw_only=True)
class Myside(Task):
    """One rating of a ban.

    Attributes:
        home: Country of the people asked, with its article.
        ours: Adjective of that country.
        abroad: The other country.
        theirs: Adjective of the other country.
        times: How much deadlier the car is for others.
    """

    name = "myside"
    family = Family.BIASES
    title = "Myside bias"
    about = "Whether people judge the same rule by whose side it hits."
    citation = (
        "Stanovich & West (2008). On the relative independence of thinking biases and cognitive "
        "ability. Journal of Personality and Social Psychology 94, 672–695."
    )
    measures = (
        Measure(name="rated", label="Support of the ban", low=1, high=6, meaning="6 = definitely"),
        Measure(name="ban", label="For the ban", low=0, high=1, meaning="1 = yes"),
    )
    references = (
        Reference(
            measure="ban",
            statistic="share",
            at=(1, 1),
            arm="theirs",
            value=0.784,
            interval=(0.73, 0.84),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="ban",
            statistic="share",
            at=(1, 1),
            arm="ours",
            value=0.514,
            interval=(0.46, 0.57),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
    )

    home: str = "the United States"
    ours: str = "American"
    abroad: str = "Germany"
    theirs: str = "German"
    times: int = 8

    def fault(self) -> str | None:
        if not all(text.strip() for text in (self.home, self.ours, self.abroad, self.theirs)):
            return "a country has no name"
        if self.home == self.abroad:
            return f"{self.home} is home and abroad"
        return None if self.times > 1 else f"{self.times} times as deadly is not deadlier"

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="car", arms=("theirs", "ours")),)

    def pages(self) -> Pages:
        texts = {
            arm: f"The road safety office of {where} has found that, in a crash, a certain {whose} "
            f"car is {self.times} times as likely as an ordinary family car to kill the people in "
            f"the other car. The government of {where} considers a ban on selling this {whose} "
            f"car.\n\nShould {where} ban it?"
            for arm, where, whose in (
                ("theirs", self.home, self.theirs),
                ("ours", self.abroad, self.ours),
            )
        }
        return [
            [
                Likert(
                    name="rated",
                    label="Ban of the car",
                    text=texts["theirs"],
                    wordings=tuple(Wording("car", arm, text) for arm, text in texts.items()),
                    options=tuple(
                        Option(code=float(code), label=label)
                        for code, label in enumerate(_POINTS, 1)
                    ),
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("rated")
        if given is None:
            return {"rated": None, "ban": None}
        return {"rated": float(given), "ban": float(float(given) > 3)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("car", "theirs")
        pull = _PULL if arm == "theirs" else -_PULL
        return {"rated": _RATED[arm](draws.latent(person.standing("projection"), loading=pull))}
