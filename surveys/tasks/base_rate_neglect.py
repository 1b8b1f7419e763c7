"""Base rate neglect: whether people use how many engineers there are when told about one person.

Kahneman, D., & Tversky, A. (1973). On the psychology of prediction. Psychological Review 80,
237–251. Base rates are used too little rather than not at all: how much depends on the
description, on how sampling is shown and on the task (Gigerenzer, Hell & Blank 1988; Koehler 1996).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Wording
from ..questionnaire import Condition
from ..questions import Slider
from ..respondents.cognition.distributions import Shares, rating
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["BaseRateNeglect"]

_BLAND = Shares({20: 3, 30: 6, 40: 12, 50: 57, 60: 12, 70: 6, 80: 4})
"""Answers to the description that says nothing, of people who do not use the base rate; chosen."""
_TYPICAL = rating(68, 18, 0, 100, 5)
_USERS = 0.2
"""Share of people who answer the base rate to the description that says nothing; chosen."""
_SHIFT = 2.5
"""How far the typical description is moved by the base rate, either way; half the published gap."""

_PEOPLE = {
    "bland": "Mark is 34 years old, married and without children. He is able, works hard and gets "
    "on well with his colleagues, who expect him to go far.",
    "typical": "Peter is 47 years old, married, with three children. He is orderly and rather "
    "reserved, takes no interest in politics, and spends his evenings on number puzzles and on "
    "the model railway that he builds himself.",
}


@dataclass(frozen=True, kw_only=True)
class BaseRateNeglect(Task):
    """Two probabilities that somebody drawn from a group of engineers and lawyers is an engineer.

    Attributes:
        few: Engineers among 100 where they are few; as many lawyers where they are many.
    """

    name = "base_rate_neglect"
    family = Family.BIASES
    title = "Base rate neglect"
    about = "How much judgements of probability follow base rates when there is a description."
    citation = (
        "Kahneman & Tversky (1973). On the psychology of prediction. Psychological Review 80, "
        "237–251."
    )
    measures = (
        Measure(
            name="bland", label="Uninformative description: engineer", unit="%", low=0, high=100
        ),
        Measure(name="typical", label="Typical engineer: engineer", unit="%", low=0, high=100),
    )
    references = (
        Reference(
            measure="bland",
            statistic="median",
            arm="few",
            value=50,
            interval=(40, 60),
            source="Tversky & Kahneman 1974, Science 185, 1124–1131 (reprint)",
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="bland",
            statistic="median",
            arm="many",
            value=50,
            interval=(40, 60),
            source="Tversky & Kahneman 1974, Science 185, 1124–1131 (reprint)",
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="typical",
            statistic="difference",
            arm="many",
            against="few",
            value=5,
            interval=(1, 9),
            source="Kahneman & Tversky 1973, Psychol. Rev. 80, 237–251",
            n=171,
            mark="recalled",
            margin=True,
            note="mean over five descriptions, 55 % against 50 %; Bayes' rule asks for far more",
        ),
    )

    few: int = 30

    def fault(self) -> str | None:
        if not 0 < self.few < 50:
            return f"{self.few} engineers in 100 people are not few of them"
        return None

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="engineers", arms=("few", "many")),)

    def pages(self) -> Pages:
        return [
            [
                Slider(
                    name=name,
                    label=f"Engineer: {name} description",
                    text=self._text(name, "few"),
                    wordings=tuple(
                        Wording("engineers", arm, self._text(name, arm)) for arm in ("few", "many")
                    ),
                    minimum=0.0,
                    maximum=100.0,
                    low_label="Certainly a lawyer",
                    high_label="Certainly an engineer",
                    unit="%",
                    required=True,
                )
            ]
            for name in _PEOPLE
        ]

    def _text(self, name: str, arm: str) -> str:
        engineers = self.few if arm == "few" else 100 - self.few
        return (
            f"Short portraits have been written of 100 people: {engineers} engineers and "
            f"{100 - engineers} lawyers. One portrait was drawn at random:\n\n{_PEOPLE[name]}\n\n"
            "How likely is it that this is one of the engineers?"
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = {name: answers.get(name) for name in _PEOPLE}
        return {name: None if value is None else float(value) for name, value in given.items()}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        many = arms.get("engineers") == "many"
        base = float(100 - self.few if many else self.few)
        uses = draws.chooses(_USERS, person.standing("numeracy"), loading=0.4)
        bland, typical = draws.latent(loading=0.0), draws.latent(loading=0.0)
        moved = _TYPICAL(typical) + (_SHIFT if many else -_SHIFT)
        return {
            "bland": base if uses else _BLAND(bland),
            "typical": float(round(min(100.0, max(0.0, moved)))),
        }
