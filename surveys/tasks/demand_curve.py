"""Demand curve: one purchase decision at a price that differs between persons.

Prices as arms, so that nobody compares them: the demand design of Gui, G., & Toubia, O. (2023). The
challenge of using LLMs to simulate human behavior: A causal inference perspective. arXiv
2312.15524. Elasticities: Bijmolt, T. H. A., van Heerde, H. J., & Pieters, R. G. M. (2005). New
empirical generalizations on the determinants of price elasticity. Journal of Marketing Research 42,
141–156.
"""

from __future__ import annotations

import itertools
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

__all__ = ["DemandCurve"]

_SOURCE = (
    "Bijmolt, van Heerde & Pieters 2005, J. Marketing Research 42, 141–156: mean elasticity −2.62"
)
BUY, LEAVE = 1.0, 2.0
_SHARE = 0.45
"""Share of people who buy at the usual price; chosen."""
_STEEPNESS = 4.8
"""Exponent of the log-logistic willingness to pay; chosen so that the elasticity at the usual price
is −_STEEPNESS · (1 − _SHARE) = −2.62, the published mean."""
_LOADING = 0.5
"""Correlation of the own probability to buy with spending; chosen."""


@dataclass(frozen=True, kw_only=True)
class DemandCurve(Task):
    """Buying or not, at one of several prices; `pricing.demand` makes the curve of a sample.

    Attributes:
        product: What is for sale.
        prices: Rising; one arm each, `price1`, `price2` and so on.
        usual: What it usually costs, by which parametric people decide.
        unit: Of the prices.
    """

    name = "demand_curve"
    family = Family.MARKET
    title = "Demand by price"
    about = "How fast purchases fall as the price rises, each person seeing one price only."
    citation = (
        "Gui & Toubia (2023). The challenge of using LLMs to simulate human behavior. arXiv "
        "2312.15524; elasticities of Bijmolt, van Heerde & Pieters (2005), J. Marketing Research "
        "42, 141–156."
    )
    measures = (Measure(name="buys", label="Would buy it", low=0, high=1),)
    references = (
        Reference(
            measure="buys",
            statistic="ratio",
            arm="price3",
            against="price2",
            value=0.557,
            interval=(0.45, 0.68),
            source=f"{_SOURCE}, for a price higher by a quarter",
            n=1851,
            mark="verified",
            margin=True,
            note="1,851 elasticities of sales and choices; the interval spans −3.5 to −1.76",
        ),
        Reference(
            measure="buys",
            statistic="ratio",
            arm="price1",
            against="price2",
            value=1.794,
            interval=(1.45, 2.2),
            source=f"{_SOURCE}, for a price lower by a fifth",
            n=1851,
            mark="verified",
            margin=True,
            target=False,
            note="a constant elasticity, which shares near one cannot keep up",
        ),
    )

    product: str = "a 12-ounce bag of ground coffee of the brand you usually buy"
    prices: tuple[float, ...] = (8.0, 10.0, 12.5)
    usual: float = 10.0
    unit: str = "$"

    def fault(self) -> str | None:
        if not self.product.strip():
            return "there is no product"
        if not 2 <= len(self.prices) <= 20:
            return f"{len(self.prices)} prices are not between 2 and 20"
        if not self.prices[0] > 0:
            return f"a price of {self.prices[0]:g} is none"
        if not all(low < high for low, high in itertools.pairwise(self.prices)):
            return "the prices do not rise"
        if not self.usual > 0:
            return f"a usual price of {self.usual:g} is none"
        return None

    @property
    def _arms(self) -> dict[str, float]:
        return {f"price{number}": price for number, price in enumerate(self.prices, 1)}

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="price", arms=tuple(self._arms)),)

    def pages(self) -> Pages:
        texts = {arm: self._text(price) for arm, price in self._arms.items()}
        return [
            [
                Single(
                    name="purchase",
                    label="Purchase at the price shown",
                    text=texts["price1"],
                    wordings=tuple(Wording("price", arm, text) for arm, text in texts.items()),
                    options=(
                        Option(code=BUY, label="I would buy it"),
                        Option(code=LEAVE, label="I would not buy it"),
                    ),
                    required=True,
                )
            ]
        ]

    def _text(self, price: float) -> str:
        product = self.product.replace("{", "{{")
        return (
            f"Imagine that you are shopping and see {product}. It costs "
            f"{amount(price, self.unit)}. Would you buy it or not?"
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        choice = answers.get("purchase")
        return {"buys": float(choice == BUY) if choice is not None else None}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        price = self._arms[arms.get("price", "price1")]
        odds = _SHARE / (1 - _SHARE) * (price / self.usual) ** -_STEEPNESS
        buys = draws.chooses(odds / (1 + odds), person.standing("spending"), loading=_LOADING)
        return {"purchase": BUY if buys else LEAVE}
