"""Less is more: a bet that becomes more attractive when losing costs something.

Slovic, P., Finucane, M., Peters, E., & MacGregor, D. G. (2002). The affect heuristic. In T.
Gilovich, D. Griffin, & D. Kahneman (Eds.), Heuristics and Biases, 397–420. Cambridge University
Press; Bateman et al. (2007), Journal of Behavioral Decision Making 20, 365–380. The effect is found
in numerate people above all (Peters, Fennema & Tiede 2019).
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
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["LessIsMore"]

_SOURCE = "Slovic et al. 2002, in Heuristics and Biases, 397–420"

_RATED = {"nothing": rating(9.3, 5.0, 0, 20), "loss": rating(15.3, 5.0, 0, 20)}
"""Means as published, spreads chosen."""
_PULL = 0.3


@dataclass(frozen=True, kw_only=True)
class LessIsMore(Task):
    """One rating of a bet.

    Attributes:
        chances: Winning and all outcomes.
        win: What is won.
        loss: What is lost otherwise, where anything is.
        unit: Of the amounts.
    """

    name = "less_is_more"
    family = Family.BIASES
    title = "Less is more"
    about = "Whether a small loss that gives a prize something to compare with makes a bet better."
    citation = (
        "Slovic, Finucane, Peters & MacGregor (2002). The affect heuristic. In Heuristics and "
        "Biases: The Psychology of Intuitive Judgment, 397–420. Cambridge University Press."
    )
    measures = (
        Measure(
            name="attractive",
            label="Attractiveness of the bet",
            low=0,
            high=20,
            meaning="20 = extremely",
        ),
    )
    references = (
        Reference(
            measure="attractive",
            statistic="mean",
            arm="nothing",
            value=9.4,
            interval=(8.7, 10.1),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="attractive",
            statistic="mean",
            arm="loss",
            value=14.9,
            interval=(14.2, 15.6),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
    )

    chances: tuple[int, int] = (7, 36)
    win: float = 9.0
    loss: float = 0.05
    unit: str = "$"

    def fault(self) -> str | None:
        wins, total = self.chances
        if not 0 < wins < total:
            return f"{wins} of {total} outcomes are no chance between never and always"
        if not 0 < self.loss < self.win:
            return f"a loss of {self.loss:g} is not a small part of a prize of {self.win:g}"
        return None

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="otherwise", arms=("nothing", "loss")),)

    def pages(self) -> Pages:
        wins, total = self.chances
        ends = {"nothing": "you win nothing", "loss": f"you lose {amount(self.loss, self.unit)}"}
        texts = {
            arm: f"Here is a bet: in {wins} of {total} cases you win "
            f"{amount(self.win, self.unit)}, and in {total - wins} of {total} cases {end}.\n\n"
            "How attractive is this bet to you?"
            for arm, end in ends.items()
        }
        return [
            [
                Slider(
                    name="attractive",
                    label="Attractiveness",
                    text=texts["nothing"],
                    wordings=tuple(Wording("otherwise", arm, text) for arm, text in texts.items()),
                    minimum=0.0,
                    maximum=20.0,
                    low_label="Not at all attractive",
                    high_label="Extremely attractive",
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("attractive")
        return {"attractive": None if given is None else float(given)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("otherwise", "nothing")
        pull = _PULL if arm == "loss" else -_PULL
        return {"attractive": _RATED[arm](draws.latent(person.standing("numeracy"), loading=pull))}
