"""Conjunction: whether a detailed description is held more probable than a part of it.

Tversky, A., & Kahneman, D. (1983). Extensional versus intuitive reasoning: The conjunction fallacy
in probability judgment. Psychological Review 90, 293–315; ratings between persons as in Stanovich &
West (2008), Journal of Personality and Social Psychology 94, 672–695. With incentives, in
consultation and with frequencies the fallacy is rarer (Charness, Karni & Levin 2010; Hertwig &
Gigerenzer 1999). No published effect size was at hand for the ratings, so they have no reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option, Wording
from ..questionnaire import Condition
from ..questions import Likert, Single
from ..respondents.cognition.distributions import rating
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Conjunction"]

PART, WHOLE = 1.0, 2.0

_PORTRAIT = (
    "Nora is 33 years old, lives alone, speaks her mind and was one of the best of her year. She "
    "studied sociology, wrote for a student paper about discrimination, and marched against "
    "nuclear power."
)
_JOB = "works as a clerk in a bank"
_SAYS = {"part": f"Nora {_JOB}", "whole": f"Nora {_JOB} and is active in the women's movement"}
_POINTS = (
    "Extremely improbable",
    "Very improbable",
    "Somewhat improbable",
    "Somewhat probable",
    "Very probable",
    "Extremely probable",
)

_RATED = {"part": rating(2.8, 1.2, 1, 6), "whole": rating(3.5, 1.2, 1, 6)}
"""Chosen."""
_FALLACY = 0.85


@dataclass(frozen=True, kw_only=True)
class Conjunction(Task):
    """A rating of one statement, of the part or of the whole; then a choice between both."""

    name = "conjunction"
    family = Family.BIASES
    title = "Conjunction"
    about = "Whether a story that fits is taken for more probable than a part of the same story."
    citation = (
        "Tversky & Kahneman (1983). Extensional versus intuitive reasoning: The conjunction "
        "fallacy in probability judgment. Psychological Review 90, 293–315."
    )
    measures = (
        Measure(
            name="rated",
            label="Probability of the statement",
            low=1,
            high=6,
            meaning="6 = extremely probable",
        ),
        Measure(
            name="fallacy",
            label="Holds the whole more probable",
            low=0,
            high=1,
            meaning="1 = yes",
        ),
    )
    references = (
        Reference(
            measure="fallacy",
            statistic="share",
            at=(1, 1),
            value=0.85,
            interval=(0.79, 0.91),
            source="Tversky & Kahneman 1983, Psychol. Rev. 90, 293–315",
            n=142,
            mark="secondary",
            margin=True,
        ),
        Reference(
            measure="fallacy",
            statistic="share",
            at=(1, 1),
            value=0.58,
            interval=(0.48, 0.68),
            source="Charness, Karni & Levin 2010, Games Econ. Behav. 68, 551–556",
            mark="recalled",
            margin=True,
            target=False,
            note="single people without incentives",
        ),
    )

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="statement", arms=("part", "whole")),)

    def pages(self) -> Pages:
        texts = {
            arm: f"{_PORTRAIT}\n\nHow probable is this statement?\n\n“{says}.”"
            for arm, says in _SAYS.items()
        }
        return [
            [
                Likert(
                    name="rated",
                    label="Probability of the statement",
                    text=texts["part"],
                    wordings=tuple(Wording("statement", arm, text) for arm, text in texts.items()),
                    options=tuple(
                        Option(code=float(code), label=label)
                        for code, label in enumerate(_POINTS, 1)
                    ),
                    required=True,
                )
            ],
            [
                Single(
                    name="choice",
                    label="More probable statement",
                    text="Once more about Nora. Which of the two is more probable?",
                    options=(
                        Option(code=PART, label=f"{_SAYS['part']}."),
                        Option(code=WHOLE, label=f"{_SAYS['whole']}."),
                    ),
                    required=True,
                )
            ],
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        rated, chosen = answers.get("rated"), answers.get("choice")
        return {
            "rated": None if rated is None else float(rated),
            "fallacy": None if chosen is None else float(chosen == WHOLE),
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        rated = _RATED[arms.get("statement", "part")](draws.latent(loading=0.0))
        whole = draws.chooses(_FALLACY, person.standing("reflection"), loading=-0.4)
        return {"rated": rated, "choice": WHOLE if whole else PART}
