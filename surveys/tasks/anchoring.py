"""Anchoring: estimates after a comparison with a number that is far too low or far too high.

Jacowitz, K. E., & Kahneman, D. (1995). Measures of anchoring in estimation tasks. Personality and
Social Psychology Bulletin 21, 1161–1166; anchors as in Klein et al. (2014), Social Psychology 45,
142–152 (Many Labs 1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option, Wording
from ..questionnaire import Condition
from ..questions import Numeric, Single
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Anchoring"]

_SOURCE = "Klein et al. 2014, Social Psychology 45, 142–152 (Many Labs 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something to estimate.

    Attributes:
        name: Of the question.
        label: Short label.
        what: "the height of Mount Everest", to complete a question.
        unit: Of the estimate.
        low: Low anchor.
        high: High anchor.
        least: Smallest estimate that is taken.
        most: Largest estimate that is taken.
        middle: Median estimate of people who saw no anchor; chosen near the truth.
        spread: SD of their ln estimate; chosen.
        pull: What the anchor's weight is multiplied by: facts that people are surer of are pulled
            less; chosen so that the effect has the published size.
        effect: Published d, high against low anchor.
    """

    name: str
    label: str
    what: str
    unit: str
    low: float
    high: float
    least: float
    most: float
    middle: float
    spread: float
    pull: float
    effect: float


QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        name="everest",
        label="Height of Mount Everest",
        what="the height of Mount Everest",
        unit="feet",
        low=2000,
        high=45500,
        least=1,
        most=1e6,
        middle=24000,
        spread=0.75,
        pull=1.0,
        effect=2.23,
    ),
    Quantity(
        name="distance",
        label="San Francisco to New York City",
        what="the distance from San Francisco to New York City",
        unit="miles",
        low=1500,
        high=6000,
        least=1,
        most=25000,
        middle=3000,
        spread=0.55,
        pull=0.6,
        effect=1.21,
    ),
    Quantity(
        name="chicago",
        label="Population of Chicago",
        what="the number of people who live in the city of Chicago",
        unit="people",
        low=200_000,
        high=5_000_000,
        least=1,
        most=1e9,
        middle=2_200_000,
        spread=0.7,
        pull=0.85,
        effect=1.79,
    ),
    Quantity(
        name="births",
        label="Births per day in the United States",
        what="the number of babies born in the United States on an average day",
        unit="babies",
        low=100,
        high=50_000,
        least=0,
        most=1e7,
        middle=9000,
        spread=1.0,
        pull=1.0,
        effect=2.42,
    ),
)
_BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}


@dataclass(frozen=True, kw_only=True)
class Anchoring(Task):
    """A comparison and an estimate for each quantity; anchors are low or high between persons.

    Attributes:
        quantities: Names of the quantities, out of everest, distance, chicago, births.
    """

    name = "anchoring"
    family = Family.BIASES
    title = "Anchoring"
    about = "How far an arbitrary number that was just considered pulls an estimate towards itself."
    citation = (
        "Jacowitz & Kahneman (1995). Measures of anchoring in estimation tasks. Personality and "
        "Social Psychology Bulletin 21, 1161–1166; anchors of Klein et al. (2014), Social "
        "Psychology 45, 142–152."
    )
    measures = tuple(
        Measure(name=q.name, label=q.label, unit=q.unit, low=q.least, high=q.most)
        for q in QUANTITIES
    )
    references = tuple(
        Reference(
            measure=q.name,
            statistic="d",
            arm="high",
            against="low",
            value=q.effect,
            interval=(q.effect - 0.35, q.effect + 0.35),
            source=_SOURCE,
            n=5000,
            mark="recalled",
            margin=True,
        )
        for q in QUANTITIES
    )

    quantities: tuple[str, ...] = tuple(q.name for q in QUANTITIES)

    def fault(self) -> str | None:
        if not self.quantities:
            return "there is nothing to estimate"
        for name in self.quantities:
            if name not in _BY_NAME:
                return f"there is no quantity {name!r}; there are {', '.join(_BY_NAME)}"
        if len(set(self.quantities)) < len(self.quantities):
            return "a quantity is asked twice"
        return None

    def conditions(self) -> tuple[Condition, ...]:
        return (Condition(name="anchor", arms=("low", "high")),)

    def measured(self) -> tuple[Measure, ...]:
        return tuple(m for m in self.measures if m.name in self.quantities)

    def people(self) -> tuple[Reference, ...]:
        return tuple(r for r in self.references if r.measure in self.quantities)

    def pages(self) -> Pages:
        return [
            [
                Single(
                    name=f"{q.name}_compared",
                    label=f"{q.label}: compared with the anchor",
                    text=_comparison(q, "low"),
                    wordings=tuple(
                        Wording("anchor", arm, _comparison(q, arm)) for arm in ("low", "high")
                    ),
                    options=(Option(code=1.0, label="More"), Option(code=2.0, label="Less")),
                    required=True,
                ),
                Numeric(
                    name=q.name,
                    label=q.label,
                    text=f"What is your best estimate of {q.what}, in {q.unit}?",
                    minimum=q.least,
                    maximum=q.most,
                    unit=q.unit,
                    required=True,
                ),
            ]
            for q in map(_BY_NAME.__getitem__, self.quantities)
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        found: dict[str, float | None] = {}
        for name in self.quantities:
            value = answers.get(name)
            found[name] = float(value) if value is not None else None
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        chosen: dict[str, Code] = {}
        for name in self.quantities:
            q = _BY_NAME[name]
            anchor = q.high if arms.get("anchor") == "high" else q.low
            unanchored = q.middle * math.exp(q.spread * draws.latent(loading=0.0))
            # Estimates keep to a plausible order of magnitude before the anchor pulls at them.
            unanchored = min(max(unanchored, q.low), q.high)
            weight = q.pull * person.anchoring
            value = (1 - weight) * unanchored + weight * anchor
            value = min(max(_rounded(value), q.least), q.most)
            chosen[f"{name}_compared"] = 1.0 if unanchored > anchor else 2.0
            chosen[name] = value
        return chosen


def _comparison(quantity: Quantity, arm: str) -> str:
    anchor = quantity.high if arm == "high" else quantity.low
    what = quantity.what
    return f"Is {what} more or less than {anchor:,.0f} {quantity.unit}?"


def _rounded(value: float) -> float:
    """To two leading digits, as people give estimates."""
    if value <= 0:
        return 0.0
    size = 10 ** (math.floor(math.log10(value)) - 1)
    return float(round(value / size) * size)
