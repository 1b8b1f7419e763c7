"""Endowment effect: what a mug is worth to people who have one and to people who have none.

Kahneman, D., Knetsch, J. L., & Thaler, R. H. (1990). Experimental tests of the endowment effect
and the Coase theorem. Journal of Political Economy 98, 1325–1348. The gap varies with the good:
over all goods sellers want some 3.3 times what buyers offer (Tunçel & Hammitt 2014), for ordinary
things less; it shrinks with trading experience and with training in the elicitation procedure
(Plott & Zeiler 2005).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Wording
from ..questionnaire import Condition
from ..questions import Slider
from ..respondents.cognition.distributions import lognormal
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["EndowmentEffect"]

_MUGS = "Kahneman, Knetsch & Thaler 1991, J. Econ. Perspect. 5, 193–206, 196"

_WORTH = {"seller": lognormal(5.25, 0.5), "buyer": lognormal(2.50, 0.6)}
"""Medians as published, spreads chosen."""
_TRAIT = {"seller": "loss_aversion", "buyer": "spending"}


@dataclass(frozen=True, kw_only=True)
class EndowmentEffect(Task):
    """One price, asked by a seller or offered by a buyer.

    Attributes:
        thing: What is sold, with its article.
        most: Highest price that can be stated.
        step: Smallest difference between prices.
        unit: Of the prices.
    """

    name = "endowment_effect"
    family = Family.BIASES
    title = "Endowment effect"
    about = "Whether people ask more for a thing they own than they would pay to get it."
    citation = (
        "Kahneman, Knetsch & Thaler (1990). Experimental tests of the endowment effect and the "
        "Coase theorem. Journal of Political Economy 98, 1325–1348."
    )
    measures = (Measure(name="price", label="Lowest price asked or highest price offered", low=0),)
    references = (
        Reference(
            measure="price",
            statistic="median",
            arm="seller",
            value=5.25,
            interval=(4.75, 5.75),
            source=_MUGS,
            n=22,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="price",
            statistic="median",
            arm="buyer",
            value=2.50,
            interval=(2.25, 2.75),
            source=_MUGS,
            n=22,
            mark="verified",
        ),
        Reference(
            measure="price",
            statistic="ratio",
            arm="seller",
            against="buyer",
            value=3.28,
            interval=(2.7, 4.0),
            source="Tunçel & Hammitt 2014, J. Environ. Econ. Manage. 68, 175–187 (meta-analysis)",
            mark="recalled",
            margin=True,
            target=False,
            note="geometric mean over 338 estimates for all sorts of goods; mugs: about 2",
        ),
    )

    thing: str = "a coffee mug"
    most: float = 10.0
    step: float = 0.25
    unit: str = "$"

    def fault(self) -> str | None:
        parts = self.most / self.step if self.step > 0 else 0
        if parts < 1 or abs(parts - round(parts)) > 1e-9:
            return f"prices up to {self.most:g} cannot go in steps of {self.step:g}"
        return None if self.thing.strip() else "there is nothing to sell"

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="role", arms=("seller", "buyer")),)

    def pages(self) -> Pages:
        texts = {
            "seller": f"You have been given {self.thing}; it is yours to keep or to sell. A price "
            "will be drawn at random. If it is at least the price that you state here, you sell "
            "and get the price drawn; otherwise you keep what you have.\n\nWhat is the lowest "
            "price at which you would sell?",
            "buyer": f"You see {self.thing}, which you can buy with your own money. A price will "
            "be drawn at random. If it is at most the price that you state here, you buy and pay "
            "the price drawn; otherwise you keep your money.\n\nWhat is the highest price at which "
            "you would buy?",
        }
        return [
            [
                Slider(
                    name="price",
                    label="Price stated",
                    text=texts["seller"],
                    wordings=tuple(Wording("role", arm, text) for arm, text in texts.items()),
                    minimum=0.0,
                    maximum=self.most,
                    step=self.step,
                    unit=self.unit,
                    required=True,
                )
            ]
        ]

    def measured(self) -> tuple[Measure, ...]:
        (price,) = self.measures
        return (Measure(name=price.name, label=price.label, unit=self.unit, low=0, high=self.most),)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("price")
        return {"price": None if given is None else float(given)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        arm = arms.get("role", "seller")
        worth = _WORTH[arm](draws.latent(person.standing(_TRAIT[arm]), loading=0.4))
        return {"price": round(min(worth, self.most) / self.step) * self.step}
