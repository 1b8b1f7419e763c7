"""Gabor–Granger: at which of several prices somebody would buy.

Gabor, A., & Granger, C. W. J. (1966). Price as an indicator of quality: Report on an enquiry.
Economica 33, 43–70; prices and product of Kahneman, D., Knetsch, J. L., & Thaler, R. H. (1990).
Experimental tests of the endowment effect and the Coase theorem. Journal of Political Economy 98,
1325–1348.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level
from ..question import Item, Option, Shuffle
from ..questions import Matrix
from ..respondents.cognition.distributions import lognormal
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["GaborGranger"]

BUY, LEAVE = 1.0, 2.0
_SPREAD = 0.75
"""SD of ln willingness to pay over people; chosen, near that of perceived prices (.84, 600 people
of the Twin-2K-500 mega-study, arXiv 2509.19088, asked for the price of a sweater)."""


@dataclass(frozen=True, kw_only=True)
class GaborGranger(Task):
    """One purchase decision per price, in random order.

    Attributes:
        product: What is for sale, to complete "… costs $3".
        prices: Rising.
        typical: Median willingness to pay, by which parametric people decide.
        unit: Of the prices.
    """

    name = "gabor_granger"
    family = Family.MARKET
    title = "Gabor–Granger prices"
    about = "Willingness to pay: the highest price at which somebody would still buy."
    citation = (
        "Gabor & Granger (1966). Price as an indicator of quality. Economica 33, 43–70; prices of "
        "Kahneman, Knetsch & Thaler (1990), J. Political Economy 98, 1325–1348."
    )
    measures = (
        Measure(name="highest", label="Highest price accepted", low=0, meaning="0 = none"),
        Measure(name="accepted", label="Share of prices accepted", low=0, high=1),
        Measure(name="consistent", label="Buys at every price below", low=0, high=1),
    )
    references = (
        Reference(
            measure="highest",
            statistic="median",
            value=2.5,
            interval=(2.0, 3.0),
            source="Kahneman, Knetsch & Thaler 1990, J. Political Economy 98, 1325–1348, buyers "
            "of mugs",
            mark="recalled",
            margin=True,
            note="dollars of 1990; real purchases",
        ),
    )

    product: str = "a coffee mug of good quality"
    prices: tuple[float, ...] = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9.5)
    typical: float = 2.75
    unit: str = "$"

    def fault(self) -> str | None:
        if not self.product.strip():
            return "there is no product"
        if not 2 <= len(self.prices) <= 40:
            return f"{len(self.prices)} prices are not between 2 and 40"
        if not self.prices[0] > 0:
            return f"a price of {self.prices[0]:g} is none"
        if not all(low < high for low, high in itertools.pairwise(self.prices)):
            return "the prices do not rise"
        if not self.typical > 0:
            return f"a typical willingness to pay of {self.typical:g} is none"
        return None

    def pages(self) -> Pages:
        return [
            [
                Matrix(
                    name="price",
                    label="Buying at a price",
                    text=f"Imagine that a shop you know sells {self.product.replace('{', '{{')}. "
                    "Below are prices it might cost. Would you buy it at each of these prices?",
                    items=tuple(
                        Item(name=str(number), label=f"At {amount(price, self.unit)}")
                        for number, price in enumerate(self.prices, 1)
                    ),
                    options=(
                        Option(code=BUY, label="I would buy it"),
                        Option(code=LEAVE, label="I would not buy it"),
                    ),
                    level=Level.NOMINAL,
                    shuffle_items=Shuffle.RANDOM,
                    required=True,
                )
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = [answers.get(f"price_{number}") for number in range(1, len(self.prices) + 1)]
        if None in given:
            return dict.fromkeys(m.name for m in self.measures)
        buys = [choice == BUY for choice in given]
        count = sum(buys)
        # Of answers that go back and forth, the number of prices accepted says where the limit is.
        return {
            "highest": float(self.prices[count - 1]) if count else 0.0,
            "accepted": count / len(buys),
            "consistent": float(all(buys[:count])),
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        limit = lognormal(self.typical, _SPREAD)(draws.latent(person.standing("spending")))
        chosen: dict[str, Code] = {}
        for number, price in enumerate(self.prices, 1):
            buys = limit >= price
            if draws.trial.chance(person.slips):
                buys = not buys
            chosen[f"price_{number}"] = BUY if buys else LEAVE
        return chosen
