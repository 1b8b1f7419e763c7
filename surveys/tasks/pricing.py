"""What prices do in a sample: demand and revenue, and the points of the price sensitivity meter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Demand", "PricePoints", "demand", "price_points"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Demand:
    """How many people buy at which price.

    Attributes:
        prices: Rising.
        shares: Share of people who buy, by price; NaN where nobody was asked.
        counts: How many people were asked, by price.
    """

    prices: tuple[float, ...]
    shares: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def revenues(self) -> tuple[float, ...]:
        """Price times share: revenue per person asked."""
        return tuple(p * s for p, s in zip(self.prices, self.shares, strict=True))

    @property
    def best(self) -> float | None:
        """The price with the highest revenue; of several, the lowest."""
        known = [(r, -p) for p, r in zip(self.prices, self.revenues, strict=True) if r == r]
        return -max(known)[1] if known else None

    @property
    def elasticity(self) -> float | None:
        """Percent by which demand changes for one percent of price: the slope of ln share on ln
        price, weighted by the people asked; None without two prices at which somebody buys."""
        known = [
            (math.log(p), math.log(s), n)
            for p, s, n in zip(self.prices, self.shares, self.counts, strict=True)
            if s > 0
        ]
        if len(known) < 2:
            return None
        x, y, w = np.array(known, dtype=np.float64).T
        x = x - np.average(x, weights=w)
        return float(np.sum(w * x * y) / np.sum(w * x * x))


def demand(prices: Sequence[float], bought: Sequence[Sequence[float | None]]) -> Demand:
    """Work out demand from a sample.

    Args:
        prices: Rising.
        bought: For each price, the answers of the people who were asked: 1 for those who would
            buy, 0 for those who would not, None or NaN where there is no answer.

    Raises:
        ValueError: Prices and answers do not fit together.
    """
    if len(prices) != len(bought):
        raise ValueError(f"{len(prices)} prices and {len(bought)} lists of answers")
    known = [[float(b) for b in one if b is not None and b == b] for one in bought]
    return Demand(
        tuple(float(p) for p in prices),
        tuple(sum(one) / len(one) if one else math.nan for one in known),
        tuple(len(one) for one in known),
    )


@dataclass(frozen=True, slots=True)
class PricePoints:
    """Where the curves of the price sensitivity meter cross; None where they do not.

    Attributes:
        marginal_cheapness: As many find it too cheap as find it not cheap.
        marginal_expensiveness: As many find it too expensive as find it not expensive.
        indifference: As many find it cheap as find it expensive.
        optimal: As many find it too cheap as find it too expensive.
        people: How many people stand behind the curves.
    """

    marginal_cheapness: float | None
    marginal_expensiveness: float | None
    indifference: float | None
    optimal: float | None
    people: int

    @property
    def acceptable(self) -> tuple[float, float] | None:
        """The range of acceptable prices, between the two marginal points."""
        if self.marginal_cheapness is None or self.marginal_expensiveness is None:
            return None
        return (self.marginal_cheapness, self.marginal_expensiveness)


def price_points(
    too_cheap: npt.ArrayLike,
    cheap: npt.ArrayLike,
    expensive: npt.ArrayLike,
    too_expensive: npt.ArrayLike,
) -> PricePoints:
    """Find the price points of a sample (van Westendorp 1976).

    People whose four prices do not rise are left out, as is usual. The curves are shares of people
    at every price that anybody named, joined by straight lines.

    Args:
        too_cheap: The price of each person at which quality becomes doubtful. Shape (people,).
        cheap: The price at which it is a bargain.
        expensive: The price at which it gets expensive.
        too_expensive: The price at which it is not bought any more.
    """
    table = np.array([too_cheap, cheap, expensive, too_expensive], dtype=np.float64)
    table = table[:, ~np.isnan(table).any(axis=0)]
    table = table[:, (np.diff(table, axis=0) >= 0).all(axis=0)]
    people = table.shape[1]
    if not people:
        return PricePoints(None, None, None, None, 0)
    grid = np.unique(table)

    def at_least(row: FloatArray) -> FloatArray:
        """Share of people whose price is at or above each price of the grid."""
        return np.asarray(1 - np.searchsorted(np.sort(row), grid, side="left") / people)

    def at_most(row: FloatArray) -> FloatArray:
        return np.asarray(np.searchsorted(np.sort(row), grid, side="right") / people)

    below, bargain = at_least(table[0]), at_least(table[1])
    dear, above = at_most(table[2]), at_most(table[3])
    return PricePoints(
        marginal_cheapness=_crossing(grid, below, 1 - bargain),
        marginal_expensiveness=_crossing(grid, 1 - dear, above),
        indifference=_crossing(grid, bargain, dear),
        optimal=_crossing(grid, below, above),
        people=people,
    )


def _crossing(grid: FloatArray, falling: FloatArray, rising: FloatArray) -> float | None:
    """The price at which a falling curve meets a rising one; the middle where they coincide."""
    gap = falling - rising
    if gap[0] < 0 or gap[-1] > 0:
        return None
    level = np.flatnonzero(gap == 0)
    if len(level):
        return float((grid[level[0]] + grid[level[-1]]) / 2)
    last = int(np.flatnonzero(gap > 0)[-1])
    share = gap[last] / (gap[last] - gap[last + 1])
    return float(grid[last] + share * (grid[last + 1] - grid[last]))
