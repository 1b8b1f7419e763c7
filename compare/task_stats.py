"""Figures about scores of tasks, each with an interval.

Intervals are analytic, so that they are the same in every report of the same answers and cost
nothing for a battery of forty tasks. People are taken as a simple random sample: survey weights
are not used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.references import Reference, estimate, in_arm
from .metrics.weights import FloatArray

__all__ = [
    "MISSING",
    "Figure",
    "difference",
    "effect_size",
    "figure",
    "mean_figure",
    "share_figure",
]

NAN = math.nan
Arms = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate.

    Attributes:
        value: The estimate, NaN where there is none.
        interval: Its interval, NaN where there is none.
        n: People behind it.
    """

    value: float = NAN
    interval: tuple[float, float] = (NAN, NAN)
    n: int = 0

    @property
    def known(self) -> bool:
        """Whether there is an estimate."""
        return not math.isnan(self.value)


MISSING = Figure()


def figure(reference: Reference, scores: FloatArray, arms: Arms, level: float = 0.95) -> Figure:
    """Work a reference's statistic out of people's scores.

    Args:
        reference: Which statistic, of whom.
        scores: The measure for each person, NaN where there is none. Shape (people,).
        arms: Condition → arm of each person, "" where unknown.
        level: Coverage of the interval.
    """
    value = estimate(reference, scores, arms)
    if value is None:
        return MISSING
    mine = _of(scores, arms, reference.arm)
    match reference.statistic:
        case "mean":
            return mean_figure(mine, level)
        case "share":
            return share_figure(round(value * len(mine)), len(mine), level)
        case "median":
            return Figure(value, _median_interval(mine, level), len(mine))
        case "sd":
            return Figure(value, _sd_interval(value, len(mine), level), len(mine))
        case "d":
            return effect_size(mine, _of(scores, arms, reference.against), level)
        case "difference":
            return difference(mine, _of(scores, arms, reference.against), level)
        case "ratio":
            return _ratio(mine, _of(scores, arms, reference.against), level)


def mean_figure(values: FloatArray, level: float = 0.95) -> Figure:
    """A mean with Student's interval; NaN are left out."""
    from scipy.special import stdtrit

    known = values[~np.isnan(values)]
    if not len(known):
        return MISSING
    mean = float(known.mean())
    if len(known) < 2:
        return Figure(mean, n=len(known))
    half = float(stdtrit(len(known) - 1, (1 + level) / 2) * known.std(ddof=1) / len(known) ** 0.5)
    return Figure(mean, (mean - half, mean + half), len(known))


def share_figure(hits: int, n: int, level: float = 0.95) -> Figure:
    """A share with the interval of Wilson (1927, J. Am. Stat. Assoc. 22, 209–212)."""
    if n < 1:
        return MISSING
    z = _quantile(level)
    share, weight = hits / n, z * z / n
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    return Figure(share, (max(0.0, centre - half), min(1.0, centre + half)), n)


def difference(one: FloatArray, other: FloatArray, level: float = 0.95) -> Figure:
    """A difference of means with Welch's interval (1947, Biometrika 34, 28–35)."""
    from scipy.special import stdtrit

    one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    n = len(one) + len(other)
    if min(len(one), len(other)) < 2:
        return MISSING
    gap = float(one.mean() - other.mean())
    a, b = float(one.var(ddof=1) / len(one)), float(other.var(ddof=1) / len(other))
    if a + b == 0:
        return Figure(gap, (gap, gap), n)
    ways = (a + b) ** 2 / (a * a / (len(one) - 1) + b * b / (len(other) - 1))
    half = float(stdtrit(ways, (1 + level) / 2)) * math.sqrt(a + b)
    return Figure(gap, (gap - half, gap + half), n)


def effect_size(one: FloatArray, other: FloatArray, level: float = 0.95) -> Figure:
    """Cohen's d over the pooled SD; interval by Hedges & Olkin 1985, Statistical Methods, 86."""
    one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    a, b = len(one), len(other)
    if min(a, b) < 2:
        return MISSING
    pooled = ((a - 1) * one.var(ddof=1) + (b - 1) * other.var(ddof=1)) / (a + b - 2)
    if not pooled > 0:
        return Figure(n=a + b)
    d = float((one.mean() - other.mean()) / math.sqrt(pooled))
    half = _quantile(level) * math.sqrt((a + b) / (a * b) + d * d / (2 * (a + b)))
    return Figure(d, (d - half, d + half), a + b)


def _ratio(one: FloatArray, other: FloatArray, level: float) -> Figure:
    """A ratio of means, its interval on the log scale by the delta method; positive means only."""
    a, b = float(one.mean()), float(other.mean())
    n = len(one) + len(other)
    if not (a > 0 and b > 0):
        return Figure(a / b if b else NAN, n=n)
    spread = one.var(ddof=1) / len(one) / a**2 + other.var(ddof=1) / len(other) / b**2
    factor = math.exp(_quantile(level) * math.sqrt(float(spread)))
    return Figure(a / b, (a / b / factor, a / b * factor), n)


def _median_interval(values: FloatArray, level: float) -> tuple[float, float]:
    """Between order statistics (Conover 1999, Practical Nonparametric Statistics, 143)."""
    n = len(values)
    half = _quantile(level) * math.sqrt(n) / 2
    low, high = math.floor(n / 2 - half), math.ceil(n / 2 + half)
    ordered = np.sort(values)
    return float(ordered[max(low - 1, 0)]), float(ordered[min(high, n - 1)])


def _sd_interval(sd: float, n: int, level: float) -> tuple[float, float]:
    """Normal approximation on the log scale; exact enough for reports from 10 people on."""
    factor = math.exp(_quantile(level) / math.sqrt(2 * max(n - 1, 1)))
    return sd / factor, sd * factor


def _of(scores: FloatArray, arms: Arms, arm: str) -> FloatArray:
    found: FloatArray = scores[~np.isnan(scores) & in_arm(arms, arm, len(scores))]
    return found


def _quantile(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))
