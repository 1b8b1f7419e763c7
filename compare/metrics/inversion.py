"""Intervals for distances, by asking which true distances would give the one found.

A distance between samples is too large by sampling noise, has a kink at 0, and no quantile of
resampled distances is a valid end there (Andrews 2000, Econometrica 68, 399–405; Fang & Santos
2019, Rev. Econ. Stud. 86, 377–412). Resampling a family of populations and inverting the test is
(hybrid resampling: Chuang & Lai 2000, Stat. Sinica 10, 1–50). The family here moves the two
distributions towards and away from each other along the difference found: D̂ becomes γ D̂, the noise
of a resample, D* − D̂, stays. With many items one factor moves all of them, each from its own
distance freed of noise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .bootstrap import jackknife_error
from .weights import FloatArray, ratio

__all__ = [
    "STEPS",
    "factors",
    "folded_interval",
    "noise_adjusted",
    "noise_free",
    "pooled_lower",
    "separation_interval",
]

STEPS: FloatArray = np.array([0.0, 0.5, 1.0, 1.5, 2.5, 4.0])
"""Members of the family: multiples of the noise-free distance."""

SPARE = 0.1
"""Share of resamples that may be undefined."""

LEAST = 0.3
"""A distance lost in its noise still moves in steps of this share of the noise."""


def noise_free(distance: npt.ArrayLike, noise: npt.ArrayLike) -> FloatArray:
    """A sampled distance freed of its noise, √max(d̂² − noise², 0): the two add in quadrature.

    Args:
        distance: In the sample.
        noise: Root mean square distance that noise alone makes, same shape.
    """
    d, s = np.asarray(distance, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    return np.asarray(np.sqrt(np.maximum(d * d - s * s, 0.0)))


def noise_adjusted(distance: npt.ArrayLike, noise: npt.ArrayLike) -> FloatArray:
    """A sampled distance less what noise adds on average, d̂ − .6 noise² / d̂; it may be negative.

    For means over items, of which some may not differ at all: cutting each at 0, as `noise_free`
    does, would leave their mean too large. About unbiased at distance 0 (where .6 comes from:
    E|Z| / E(1/max(|Z|, ½)) for a normal Z) and, up to noise², far from it.
    """
    d, s = np.asarray(distance, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    least = np.maximum(d, s / 2)
    share = np.divide(0.6 * s * s, least, out=np.zeros(np.shape(d + s)), where=least > 0)
    return np.asarray(d - share)


def pooled_lower(
    found: npt.ArrayLike,
    noise: npt.ArrayLike,
    left_out: npt.ArrayLike,
    level: float = 0.95,
) -> float:
    """A lower end for the mean distance of items that differ in how far apart they are.

    The family moves all items by one factor; where half of them are not apart at all, it credits
    those with what is noise. This end does not: mean `noise_adjusted` distance less t times its
    jackknife standard error, on one side, as all the surprise is there.

    Args:
        found: Distances, shape (items,).
        noise: Root mean square distance that noise alone makes, shape (items,).
        left_out: Distances with one person or group of people left out, shape (groups, items).
        level: Coverage, in (0, 1).
    """
    from scipy.special import stdtrit

    centre = float(noise_adjusted(found, noise).mean())
    without = noise_adjusted(left_out, noise).mean(axis=-1)
    t = stdtrit(max(len(without) - 1, 1), level)
    return max(centre - float(t * jackknife_error(without)), 0.0)


def factors(distance: npt.ArrayLike, noise: npt.ArrayLike) -> FloatArray:
    """γ for each of `STEPS`, shape (steps, …): what to multiply the difference found with.

    The step 1 is the noise-free distance, or `LEAST` of the noise where that is larger.
    """
    d, s = np.asarray(distance, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    aim = np.maximum(noise_free(d, s), LEAST * s)
    unit = np.where(d > 0, np.divide(aim, d, out=np.zeros(np.shape(aim)), where=d > 0), 0.0)
    return np.asarray(STEPS.reshape(-1, *(1,) * unit.ndim) * unit)


def separation_interval(
    found: npt.ArrayLike,
    true: npt.ArrayLike,
    sampled: npt.ArrayLike,
    jackknife: npt.ArrayLike,
    level: float = 0.95,
    least_error: npt.ArrayLike = 0.0,
) -> FloatArray:
    """Interval of a distance between two distributions; it holds the distance found.

    - Lower end: the smallest member of the family under which so large a distance is no surprise.
      At distance 0 all surprise lies above, far from it half on either side; any division covers,
      and this one keeps 0 in the interval of a true distance of 0 as often as it should.
    - Upper end: the distance found plus t times its jackknife standard error, with nothing taken
      off for noise. How much of it is noise depends on how often the two cumulative distributions
      cross: inverting there too covered at .69 to .86 between 0 and three times the noise.

    In simulations (`benchmarks/coverage.py`: 250 people, distances of 0 to five times the noise)
    95 % intervals cover at .94 to .97 on one item, and at .94 to 1.00 on means over twelve.

    Args:
        found: Distance in the sample, shape (…).
        true: Distance in each member of the family, ascending, shape (steps, …).
        sampled: Distances resampled from each, shape (steps, replicates, …).
        jackknife: Distances with one person or group of people left out, shape (groups, …).
        level: Coverage, in (0, 1).
        least_error: The standard error is no smaller than this, shape (…). A Wasserstein distance
            found too small by chance has cumulative distributions that cross by chance, which makes
            its own standard error too small; that of the signed mean difference does not shrink.

    Returns:
        Shape (2, …); NaN where the distance, a member of the family or over a tenth of what was
        resampled from it is unknown.
    """
    from scipy.special import stdtrit

    d = np.asarray(found, dtype=np.float64)
    values, truth = np.asarray(sampled, dtype=np.float64), np.asarray(true, dtype=np.float64)
    flat = values.reshape(*values.shape[:2], -1)
    low = np.full(flat.shape[2], np.nan)
    for k in range(flat.shape[2]):
        at, aims = float(d.reshape(-1)[k]), truth.reshape(len(truth), -1)[:, k]
        drawn = flat[:, :, k]
        gone = np.isnan(drawn).any(axis=0)
        if np.isnan(at) or np.isnan(aims).any() or gone.mean() > SPARE:
            continue
        low[k] = _lower(at, aims, np.sort(drawn[:, ~gone], axis=1), 1 - level)
    low = np.minimum(low.reshape(d.shape), d)
    t = stdtrit(max(len(np.asarray(jackknife)) - 1, 1), (1 + level) / 2)
    error = np.maximum(jackknife_error(jackknife), least_error)
    return np.stack((low, np.where(np.isnan(low), np.nan, d + t * error)))


def _lower(found: float, true: FloatArray, ordered: FloatArray, alpha: float) -> float:
    spread = float(ordered[0].std())
    risen = ordered.mean(axis=1) - ordered[0].mean()
    apart = risen / spread if spread > 0 else np.where(risen > 0, np.inf, 0.0)
    above = _above(apart, alpha)
    highest = np.array([_at(row, 1 - share) for row, share in zip(ordered, above, strict=True)])
    return _where(found, highest, true)


def _above(apart: FloatArray, alpha: float) -> FloatArray:
    """Share of the surprise above, `apart` standard errors away from distance 0."""
    return np.asarray(alpha / 2 * (1 + np.exp(-(apart**2) / 2)))


def _at(ordered: FloatArray, share: float) -> float:
    place = min(max(share, 0.0), 1.0) * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def _where(found: float, quantiles: FloatArray, true: FloatArray) -> float:
    """The true distance at which a quantile reaches the distance found; beyond, on its last slope.

    0 where it lies above from the start.
    """
    rising = np.maximum.accumulate(quantiles)
    if found <= rising[0]:
        return float(true[0])
    if found > rising[-1]:
        slope = ratio(true[-1] - true[-2], rising[-1] - rising[-2])
        more = float(slope) * (found - float(rising[-1])) if not np.isnan(slope) else 0.0
        return float(true[-1]) + more
    return float(np.interp(found, rising, true))


def folded_interval(
    estimate: npt.ArrayLike, jackknife: npt.ArrayLike, level: float = 0.95
) -> FloatArray:
    """Interval of the size of a signed quantity whose estimate is normal, such as a Glass Δ.

    |θ̂| is folded normal, with the jackknife standard error for its noise; the family of
    `separation_interval` is exact then, so both ends are inverted.

    Args:
        estimate: The size in the sample, 0 or more, shape (…).
        jackknife: Sizes with one person or group of people left out, shape (groups, …).
        level: Coverage, in (0, 1).

    Returns:
        Shape (2, …); NaN where over a tenth of the left-out values are undefined.
    """
    from scipy.special import ndtri

    centre = np.asarray(estimate, dtype=np.float64)
    left_out = np.asarray(jackknife, dtype=np.float64)
    noise = jackknife_error(left_out)
    # |u + Z| for noise 1, tabulated: its quantiles depend on u alone.
    alpha = 1 - level
    steps = np.linspace(0.0, 6.0, 61)
    draws = ndtri((np.arange(4001) + 0.5) / 4001)
    folded = np.sort(np.abs(steps[:, None] + draws), axis=1)
    above = _above(np.where(steps > 0, steps, 0.0), alpha)
    highest = np.array([_at(row, 1 - share) for row, share in zip(folded, above, strict=True)])
    lowest = np.array([_at(row, alpha - share) for row, share in zip(folded, above, strict=True)])
    lowest[0] = 0.0
    flat = np.divide(centre, noise, out=np.full(np.shape(centre), np.inf), where=noise > 0)
    ends = []
    for quantiles in (highest, lowest):
        rising = np.maximum.accumulate(quantiles)
        u = np.interp(flat, rising, steps)
        u = np.where(flat > rising[-1], steps[-1] + flat - rising[-1], u)
        ends.append(np.where(noise > 0, u * np.where(noise > 0, noise, 1.0), centre))
    usable = (np.isnan(left_out).mean(axis=0) <= SPARE) & ~np.isnan(centre)
    return np.where(usable, np.stack(ends), np.nan)
