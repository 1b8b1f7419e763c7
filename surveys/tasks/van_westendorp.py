"""Price sensitivity meter: which prices are too cheap, cheap, expensive and too expensive.

van Westendorp, P. H. (1976). NSS Price Sensitivity Meter (PSM): A new approach to study
consumer-perception of prices. Proceedings of the 29th ESOMAR Congress, Venice, 139–167.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..questions import Numeric
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["VanWestendorp"]

ASKED: tuple[tuple[str, str, str, float], ...] = (
    (
        "too_cheap",
        "Too cheap",
        "so low that you would doubt its quality and not buy it",
        0.45,
    ),
    ("cheap", "Cheap", "a bargain: a lot for the money", 0.75),
    (
        "expensive",
        "Expensive",
        "high, so that you would have to think about it, but might still buy it",
        1.25,
    ),
    ("too_expensive", "Too expensive", "so high that you would not consider buying it", 1.75),
)
"""Variable, label, wording, and where it lies relative to what seems a fair price (chosen)."""

_SPREAD = 0.45
"""SD of ln fair price over people; chosen."""
_NOISE = 0.16
"""SD of ln of a single answer; chosen so that about nine in ten people name rising prices."""


@dataclass(frozen=True, kw_only=True)
class VanWestendorp(Task):
    """Four open prices; `pricing.price_points` finds the price points of a sample.

    Attributes:
        product: What is priced, to complete "Think of …".
        highest: Highest price that is taken.
        typical: Median of what seems fair, by which parametric people decide.
        unit: Of the prices.
    """

    name = "van_westendorp"
    family = Family.MARKET
    title = "Price sensitivity meter"
    about = "The range of prices that people find acceptable."
    citation = (
        "van Westendorp (1976). NSS Price Sensitivity Meter (PSM). Proceedings of the 29th ESOMAR "
        "Congress, 139–167."
    )
    references = (
        Reference(
            measure="consistent",
            statistic="mean",
            value=0.90,
            interval=(0.82, 0.97),
            source="market research practice: about one in ten people names prices that do not "
            "rise and is left out",
            mark="recalled",
            margin=True,
        ),
    )

    product: str = "a month of a music streaming service without advertising"
    highest: float = 1000.0
    typical: float = 10.0
    unit: str = "$"

    def fault(self) -> str | None:
        if not self.product.strip():
            return "there is no product"
        if not 0 < self.typical < self.highest:
            return (
                f"a typical price of {self.typical:g} does not lie between 0 and the highest "
                f"possible one, {self.highest:g}"
            )
        return None

    def measured(self) -> tuple[Measure, ...]:
        return (
            *(
                Measure(name=name, label=label, unit=self.unit, low=0, high=self.highest)
                for name, label, _, _ in ASKED
            ),
            Measure(
                name="width",
                label="Width of the acceptable range",
                low=0,
                meaning="too expensive less too cheap, over their middle; only for rising prices",
            ),
            Measure(name="consistent", label="The four prices rise", low=0, high=1),
        )

    def pages(self) -> Pages:
        product = self.product.replace("{", "{{")
        return [
            [
                Numeric(
                    name=name,
                    label=label,
                    text=f"{f'Think of {product}. ' if not place else ''}At what price would it be "
                    f"{wording}?",
                    minimum=0.0,
                    maximum=self.highest,
                    unit=self.unit,
                    required=True,
                )
                for place, (name, label, wording, _) in enumerate(ASKED)
            ]
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        found: dict[str, float | None] = {}
        for name, *_ in ASKED:
            value = answers.get(name)
            found[name] = float(value) if value is not None else None
        prices = [price for price in found.values() if price is not None]
        rising = None
        if len(prices) == len(ASKED):
            rising = all(low <= high for low, high in itertools.pairwise(prices))
        total = prices[0] + prices[-1] if rising else 0.0
        found["width"] = 2 * (prices[-1] - prices[0]) / total if total else None
        found["consistent"] = float(rising) if rising is not None else None
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        fair = self.typical * math.exp(_SPREAD * draws.latent(person.standing("spending")))
        chosen: dict[str, Code] = {}
        for name, _, _, share in ASKED:
            price = fair * share * math.exp(_NOISE * draws.trial.normal())
            chosen[name] = min(_rounded(price), self.highest)
        return chosen


def _rounded(price: float) -> float:
    """As people name prices: to two digits, whole or half units where it is small."""
    if price < 10:
        return round(2 * price) / 2
    size = 10 ** (math.floor(math.log10(price)) - 1)
    return float(round(price / size) * size)
