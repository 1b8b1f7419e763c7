"""Spread: do twins differ from each other as much as people do?

Twins are typically too alike (arXiv 2509.19088: under-dispersed on 94 % of outcomes), which no
accuracy or mean shows. Each side is described over its own answered cells.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .association import FLAT, ROUNDING
from .weights import FloatArray, as_data, as_weights, ratio, shares, weighted_mean

__all__ = [
    "entropy",
    "entropy_ratio",
    "extreme_share",
    "glass_delta",
    "modal_share",
    "sd",
    "sd_ratio",
    "variance_ratio",
]


def sd(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """Standard deviation over people with ddof 0: √(Σ w (x − x̄)² / Σ w).

    Args:
        values: Shape (people,) or (people, items); NaN cells are left out.
        weights: Shape (people,) or (replicates, people).

    Returns:
        0 or more, in units of the answers; exactly 0 for a constant, NaN without an answer.
    """
    data = as_data(values)
    w = as_weights(weights, len(data))
    kept = (~np.isnan(data)).astype(np.float64)
    data = np.where(kept > 0, data, 0.0)
    centre = data.sum(axis=0) / np.maximum(kept.sum(axis=0), 1)
    data -= kept * centre
    n = w @ kept
    n = np.where(n > 0, n, np.nan)
    mean = (w @ data) / n
    data *= data
    variance = (w @ data) / n - mean**2
    rounding = (ROUNDING * centre) ** 2
    flat = variance <= np.maximum(FLAT * data.max(axis=0, initial=0.0), rounding)
    return np.asarray(np.sqrt(np.where(flat, 0.0, variance)))


def sd_ratio(
    twin: npt.ArrayLike, human: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Ratio of standard deviations, twins to people: 1 is right, below 1 is too little spread.

    Range [0, ∞); NaN when the people all gave the same answer.
    """
    return ratio(sd(twin, weights), sd(human, weights))


def variance_ratio(
    twin: npt.ArrayLike, human: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Ratio of variances, twins to people: the square of `sd_ratio`, range [0, ∞), 1 is right."""
    return np.asarray(sd_ratio(twin, human, weights) ** 2)


def entropy(counts: npt.ArrayLike) -> FloatArray:
    """Shannon entropy −Σ p ln p in nats of counts or shares, shape (…, codes); 0 ln 0 = 0."""
    p = shares(counts)
    logs = np.log(np.where(p > 0, p, 1.0))
    # Adding 0.0 turns the −0.0 of a single answer into 0.0.
    return np.asarray(-(p * logs).sum(axis=-1) + 0.0)


def entropy_ratio(twin: npt.ArrayLike, human: npt.ArrayLike) -> FloatArray:
    """Ratio of entropies of two distributions over the same codes, twins to people.

    Range [0, ∞), 1 is right; NaN when the people all gave the same answer.
    """
    return ratio(entropy(twin), entropy(human))


def modal_share(counts: npt.ArrayLike) -> FloatArray:
    """Share of the most frequent answer, from counts or shares of shape (…, codes)."""
    return np.asarray(shares(counts).max(axis=-1))


def extreme_share(counts: npt.ArrayLike) -> FloatArray:
    """Share of answers at the two ends of an ordered scale, from shape (…, codes in order)."""
    p = shares(counts)
    return np.asarray(p[..., 0] + p[..., -1] if p.shape[-1] > 1 else p[..., 0])


def glass_delta(
    twin: npt.ArrayLike, human: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Glass's Δ of the means, without sign: |t̄ − h̄| / SD of the people (ddof 0).

    Range [0, ∞); NaN when the people all gave the same answer.
    """
    gap = np.abs(weighted_mean(twin, weights) - weighted_mean(human, weights))
    return ratio(gap, sd(human, weights))
