"""Denominator neglect: whether people prefer more winning balls to better chances.

Denes-Raj, V., & Epstein, S. (1994). Conflict between intuitive and rational processing: When people
behave against their better judgment. Journal of Personality and Social Psychology 66, 819–829. With
salient incentives and without order effects the preference was not found (Lefebvre, Vieider &
Villeval 2011), and offering indifference removes the case of equal chances (Passerini, Macchi &
Bagassi 2012).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option, Wording
from ..questionnaire import Condition
from ..questions import Single
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["DenominatorNeglect"]

_SOURCE = "Denes-Raj & Epstein 1994, J. Pers. Soc. Psychol. 66, 819–829"
SMALL, LARGE = 1.0, 2.0
_TAKES_LARGE = {"near": 0.61, "far": 0.23}


@dataclass(frozen=True, kw_only=True)
class DenominatorNeglect(Task):
    """One choice between a small bowl with better and a large bowl with worse chances.

    Attributes:
        small: Winning and all balls of the small bowl.
        balls: Balls of the large bowl.
        near: Winning balls of the large bowl where its chances are nearly as good.
        far: Winning balls of the large bowl where its chances are far worse.
        prize: For a winning ball.
        unit: Of the prize.
    """

    name = "denominator_neglect"
    family = Family.BIASES
    title = "Denominator neglect"
    about = "Whether people look at how many balls win rather than at the share of balls that win."
    citation = (
        "Denes-Raj & Epstein (1994). Conflict between intuitive and rational processing: When "
        "people behave against their better judgment. Journal of Personality and Social Psychology "
        "66, 819–829."
    )
    measures = (
        Measure(name="large", label="Chooses the worse chances", low=0, high=1, meaning="1 = yes"),
    )
    references = (
        Reference(
            measure="large",
            statistic="share",
            at=(1, 1),
            arm="near",
            value=0.61,
            interval=(0.53, 0.69),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="large",
            statistic="share",
            at=(1, 1),
            arm="far",
            value=0.23,
            interval=(0.15, 0.31),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
    )

    small: tuple[int, int] = (1, 10)
    balls: int = 100
    near: int = 9
    far: int = 5
    prize: float = 1.0
    unit: str = "$"

    def fault(self) -> str | None:
        wins, total = self.small
        if not 0 < wins < total < self.balls:
            return f"{wins} of {total} balls, and {self.balls} in the large bowl, make no bowls"
        if not wins < self.far < self.near < wins / total * self.balls:
            return (
                f"{self.far} and {self.near} winning balls of {self.balls} are not more balls with "
                f"worse chances than {wins} of {total}"
            )
        return None if self.prize > 0 else f"a prize of {self.prize:g} is none"

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="chances", arms=("near", "far")),)

    def pages(self) -> Pages:
        wins, total = self.small
        texts = {
            arm: f"There are two bowls with red and white balls. The small bowl holds {total} "
            f"balls, {wins} of them red. The large bowl holds {self.balls} balls, {count} of them "
            "red. You draw one ball without looking, from one of the bowls, and win "
            f"{amount(self.prize, self.unit)} if it is red.\n\nFrom which bowl do you draw?"
            for arm, count in (("near", self.near), ("far", self.far))
        }
        return [
            [
                Single(
                    name="choice",
                    label="Bowl chosen",
                    text=texts["near"],
                    wordings=tuple(Wording("chances", arm, text) for arm, text in texts.items()),
                    options=(
                        Option(code=SMALL, label="From the small bowl"),
                        Option(code=LARGE, label="From the large bowl"),
                    ),
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        return (f"A red ball pays {amount(self.prize, self.unit)}, a white ball nothing.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("choice")
        return {"large": None if given is None else float(given == LARGE)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        share = _TAKES_LARGE[arms.get("chances", "near")]
        large = draws.chooses(share, person.standing("numeracy"), loading=-0.4)
        return {"choice": LARGE if large else SMALL}

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {"choice": SMALL}
