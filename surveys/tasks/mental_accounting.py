"""Mental accounting: whether people pay for a show after losing the ticket, or as much in cash.

Tversky, A., & Kahneman, D. (1981). The framing of decisions and the psychology of choice. Science
211, 453–458; also Kahneman & Tversky (1984), American Psychologist 39, 341–350. Both losses leave
people equally poor. Later samples find the same direction and often a smaller gap.
"""

from __future__ import annotations

from collections.abc import Mapping
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

__all__ = ["MentalAccounting"]

_SOURCE = "Kahneman & Tversky 1984, American Psychologist 39, 341–350 (reprint)"
YES, NO = 1.0, 2.0
_BUY = {"ticket": 0.46, "cash": 0.88}
_PULL = 0.3


@dataclass(frozen=True, kw_only=True)
class MentalAccounting(Task):
    """One decision: whether to buy a ticket after a loss.

    Attributes:
        price: Of the ticket, and the amount of cash lost.
        unit: Of the price.
    """

    name = "mental_accounting"
    family = Family.BIASES
    title = "Mental accounting"
    about = "Whether a loss counts against a purchase only when it comes from the same account."
    citation = (
        "Tversky & Kahneman (1981). The framing of decisions and the psychology of choice. Science "
        "211, 453–458."
    )
    measures = (Measure(name="buy", label="Buys a ticket", low=0, high=1, meaning="1 = yes"),)
    references = (
        Reference(
            measure="buy",
            statistic="share",
            at=(1, 1),
            arm="ticket",
            value=0.46,
            interval=(0.39, 0.53),
            source=_SOURCE,
            n=200,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="buy",
            statistic="share",
            at=(1, 1),
            arm="cash",
            value=0.88,
            interval=(0.83, 0.93),
            source=_SOURCE,
            n=183,
            mark="verified",
            margin=True,
        ),
    )

    price: float = 10.0
    unit: str = "$"

    def fault(self) -> str | None:
        return None if self.price > 0 else f"a price of {self.price:g} is no loss"

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="lost", arms=("ticket", "cash")),)

    def pages(self) -> Pages:
        price = amount(self.price, self.unit)
        texts = {
            "ticket": f"You have bought a ticket to a play for {price}. At the entrance you notice "
            "that it is gone. Seats are not numbered, nobody knows that you bought it, and it "
            f"cannot be replaced.\n\nDo you pay {price} for another ticket?",
            "cash": f"You have decided to see a play; a ticket is {price} at the door. At the "
            f"entrance you notice that you have lost {price} in cash.\n\nDo you still pay {price} "
            "for a ticket?",
        }
        return [
            [
                Single(
                    name="choice",
                    label="Buys a ticket",
                    text=texts["ticket"],
                    wordings=tuple(Wording("lost", arm, text) for arm, text in texts.items()),
                    options=(Option(code=YES, label="Yes"), Option(code=NO, label="No")),
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("choice")
        return {"buy": None if given is None else float(given == YES)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("lost", "ticket")
        pull = _PULL if arm == "cash" else -_PULL
        buys = draws.chooses(_BUY[arm], person.standing("suggestibility"), loading=pull)
        return {"choice": YES if buys else NO}
