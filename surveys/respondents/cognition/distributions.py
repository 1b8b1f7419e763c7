"""Distributions as quantile functions of a standard normal score."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate

from .draws import probability_below

__all__ = ["Shares", "lognormal", "normal", "poisson", "rating", "standing"]


class Shares:
    """A distribution given by the shares of people at each value.

    Args:
        shares: Value → share or count of people; scaled to add up to 1.
    """

    __slots__ = ("_below", "shares", "values")

    def __init__(self, shares: Mapping[float, float]) -> None:
        total = sum(shares.values())
        self.values = tuple(sorted(shares))
        self.shares = tuple(shares[value] / total for value in self.values)
        self._below = list(accumulate(self.shares))

    def __call__(self, score: float) -> float:
        """The value of a person with this standard normal score."""
        at = bisect_right(self._below, probability_below(score))
        return self.values[min(at, len(self.values) - 1)]

    @property
    def mean(self) -> float:
        """Mean over people."""
        return sum(v * s for v, s in zip(self.values, self.shares, strict=True))


def standing(score: float) -> float:
    """The score itself, for traits that have no unit of their own."""
    return score


def normal(
    mean: float, sd: float, low: float = -math.inf, high: float = math.inf
) -> Callable[[float], float]:
    """A normal distribution, cut off at `low` and `high`."""
    return lambda score: min(high, max(low, mean + sd * score))


def lognormal(
    median: float, sd_log: float, low: float = 0.0, high: float = math.inf
) -> Callable[[float], float]:
    """A log-normal distribution, cut off at `low` and `high`."""
    return lambda score: min(high, max(low, median * math.exp(sd_log * score)))


def poisson(mean: float, most: int = 12) -> Callable[[float], float]:
    """A Poisson distribution of whole numbers, cut off at `most`."""
    chances = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(most + 1)]
    return Shares({float(k): chance for k, chance in enumerate(chances)})


def rating(
    mean: float, sd: float, low: float, high: float, step: float = 1.0
) -> Callable[[float], float]:
    """A normal distribution on the points of a scale, counted from `low` in steps.

    What lies beyond an end answers that end, so that the mean is drawn inwards.
    """
    top = round((high - low) / step)

    def point(score: float) -> float:
        return low + step * min(top, max(0, round((mean + sd * score - low) / step)))

    return point
