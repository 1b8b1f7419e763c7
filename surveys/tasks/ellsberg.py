"""Ellsberg's two colours: a bag of known contents against one of unknown contents.

Ellsberg, D. (1961). Risk, ambiguity, and the Savage axioms. Quarterly Journal of Economics 75,
643–669; matching probabilities as in Dimmock, S. G., Kouwenberg, R., & Wakker, P. P. (2016).
Ambiguity attitudes in a large representative sample. Management Science 62, 1363–1380.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level
from ..question import Item, Option
from ..questions import Matrix, Single
from .certainty_equivalents import switching_point
from .gambles import amount, percent
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Ellsberg"]

KNOWN, UNKNOWN = 1.0, 2.0
RED, BLACK = 1.0, 2.0
_PREMIUM, _SPREAD = 0.05, 0.14
"""Mean and SD over people of the ambiguity premium; the spread is chosen so that about 60 % are
averse and about 30 % seeking."""
_NEUTRAL = 0.02
"""Premiums smaller than this are none: the person chooses a bag by chance."""


@dataclass(frozen=True, kw_only=True)
class Ellsberg(Task):
    """A bet on a colour of one's choice, from either bag; then the odds that are as good.

    Attributes:
        prize: What a winning ball pays.
        balls: Number of balls in each bag.
        chances: Chances of winning with the known bag that are compared with the unknown one,
            rising.
        unit: Of the prize.
    """

    name = "ellsberg"
    family = Family.RISK
    title = "Ellsberg's two colours"
    about = "Ambiguity aversion: avoiding bets whose chances nobody knows."
    citation = (
        "Ellsberg (1961). Risk, ambiguity, and the Savage axioms. Quarterly Journal of Economics "
        "75, 643–669; Dimmock, Kouwenberg & Wakker (2016), Management Science 62, 1363–1380."
    )
    measures = (
        Measure(name="known", label="Bets on the known bag", low=0, high=1),
        Measure(
            name="premium",
            label="Ambiguity premium",
            low=-0.5,
            high=0.5,
            meaning="one half less the known chance that is as good as the unknown bag; 0 = "
            "neutral, more = averse",
        ),
        Measure(name="consistent", label="Switches at most once", low=0, high=1),
    )
    references = (
        Reference(
            measure="known",
            statistic="mean",
            value=0.65,
            interval=(0.57, 0.73),
            source="Oechssler & Roomets 2015, J. Econ. Behav. Organ. 119, 153–165 (survey of "
            "experiments; 57 % averse, the neutral divided evenly)",
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="premium",
            statistic="mean",
            value=0.05,
            interval=(0.02, 0.10),
            source="Dimmock, Kouwenberg & Wakker 2016, Management Science 62 (about .10, Dutch "
            "panel); Dimmock et al. 2016, J. Financial Econ. 119 (about .02, US panel)",
            mark="recalled",
            margin=True,
        ),
    )

    prize: float = 15.0
    balls: int = 100
    chances: tuple[float, ...] = (0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9)
    unit: str = "$"

    def fault(self) -> str | None:
        if not self.prize > 0:
            return f"a prize of {self.prize:g} is none"
        if self.balls < 2 or self.balls % 2:
            return f"{self.balls} balls cannot be half of one colour and half of the other"
        if not 2 <= len(self.chances) <= 40:
            return f"{len(self.chances)} chances are not between 2 and 40"
        if not all(0 <= chance <= 1 for chance in self.chances):
            return "a chance is not between 0 and 1"
        if not all(low < high for low, high in itertools.pairwise(self.chances)):
            return "the chances do not rise"
        return None

    def pages(self) -> Pages:
        prize = amount(self.prize, self.unit)
        half = self.balls // 2
        return [
            [
                Single(
                    name="colour",
                    label="Colour that wins",
                    text=f"There are two bags with {self.balls} balls each. Bag K holds {half} red "
                    f"and {half} black balls. Bag U holds red and black balls too, but nobody "
                    f"knows how many of each. A ball will be drawn; you win {prize} if it has the "
                    "colour you choose now.\n\nWhich colour do you choose?",
                    options=(Option(code=RED, label="Red"), Option(code=BLACK, label="Black")),
                    required=True,
                ),
                Single(
                    name="bag",
                    label="Bag from which the ball is drawn",
                    text="From which bag shall the ball be drawn?",
                    options=(
                        Option(code=KNOWN, label=f"Bag K, with {half} red and {half} black balls"),
                        Option(code=UNKNOWN, label="Bag U, with unknown numbers"),
                    ),
                    required=True,
                ),
            ],
            [
                Matrix(
                    name="line",
                    label="Known chance or unknown bag",
                    text="Now bag K is filled anew, with the number of winning balls stated. Bag U "
                    f"stays as it is. A winning ball pays {prize}.\n\nFrom which bag shall the "
                    "ball be drawn in each line?",
                    items=tuple(
                        Item(
                            name=str(number),
                            label=f"Bag K with a chance to win of {percent(chance)}, or bag U",
                        )
                        for number, chance in enumerate(self.chances, 1)
                    ),
                    options=(
                        Option(code=KNOWN, label="Bag K"),
                        Option(code=UNKNOWN, label="Bag U"),
                    ),
                    level=Level.NOMINAL,
                    required=True,
                )
            ],
        ]

    def payoffs(self) -> Sequence[str]:
        return (f"A ball of the chosen colour pays {amount(self.prize, self.unit)}.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        bag = answers.get("bag")
        found: dict[str, float | None] = {
            "known": float(bag == KNOWN) if bag is not None else None,
            "premium": None,
            "consistent": None,
        }
        given = [answers.get(f"line_{number}") for number in range(1, len(self.chances) + 1)]
        if None not in given:
            unknown = sum(choice == UNKNOWN for choice in given)
            consistent = all(choice == UNKNOWN for choice in given[:unknown])
            found["consistent"] = float(consistent)
            if consistent:
                found["premium"] = 0.5 - switching_point(self.chances, unknown)
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        premium = _PREMIUM + _SPREAD * draws.latent(person.standing("ambiguity_aversion"))
        known = draws.trial.chance(0.5) if abs(premium) < _NEUTRAL else premium > 0
        chosen: dict[str, Code] = {
            "colour": RED if draws.trial.chance(0.5) else BLACK,
            "bag": KNOWN if known else UNKNOWN,
        }
        for number, chance in enumerate(self.chances, 1):
            takes = chance > 0.5 - premium
            if draws.trial.chance(person.slips):
                takes = not takes
            chosen[f"line_{number}"] = KNOWN if takes else UNKNOWN
        return chosen
