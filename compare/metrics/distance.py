"""Distances between two distributions of answers to one question.

All take counts or shares over the *declared* codes, shape (…, codes), in the order of the scale:
a category nobody chose still counts. They say nothing about individuals; shuffling the twins among
the people leaves them where they were.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.codebook import Level
from ...data.errors import ComparisonError
from .weights import FloatArray, as_data, as_weights, ratio, shares

__all__ = [
    "counts_at",
    "jensen_shannon",
    "representativeness",
    "shares_of",
    "total_variation",
    "wasserstein",
    "wasserstein_raw",
    "wasserstein_values",
]


def wasserstein(
    p: npt.ArrayLike,
    q: npt.ArrayLike,
    *,
    level: Level = Level.ORDINAL,
    positions: npt.ArrayLike | None = None,
    width: float | None = None,
) -> FloatArray:
    """Normalised Wasserstein-1 (earth mover's) distance: Σₖ |F_p(k) − F_q(k)| Δₖ / width.

    An ordinal scale is taken as equally spaced by *position*: with codes 1, 2, 3, 8 the last step
    is as long as the others, because the codes of an ordinal question are names in an order. That
    is Σₖ |F_p(k) − F_q(k)| / (K − 1). For numbers, give their positions and the declared range.
    For one option of a multiple-response set (0, 1) it is |p − q|.

    Args:
        p: Counts or shares, shape (…, codes).
        q: The same for the other side.
        level: Measure level of the question.
        positions: Place of each code, ascending, shape (codes,); 0, 1, …, K − 1 when None.
        width: What to divide by; the largest distance between positions when None.

    Returns:
        0 for equal distributions, 1 when all answers lie at opposite ends; NaN when a side has no
        answers; 0 on a scale of one code.

    Raises:
        ComparisonError: The level is nominal: codes without order have no distance to move along.
    """
    if level is Level.NOMINAL:
        raise ComparisonError(
            "Wasserstein distance needs ordered answers, and this question is nominal",
            remedy="use total variation (total_variation) instead",
        )
    a, b = shares(p), shares(q)
    _same_codes(a, b)
    places = np.arange(a.shape[-1], dtype=np.float64)
    if positions is not None:
        places = np.asarray(positions, dtype=np.float64)
    span = float(places[-1] - places[0]) if width is None else float(width)
    gaps = np.abs(np.cumsum(a, axis=-1) - np.cumsum(b, axis=-1))[..., :-1]
    if span == 0:
        return np.asarray(np.where(np.isnan(a + b).any(axis=-1), np.nan, 0.0))
    return np.asarray(gaps @ np.diff(places) / span)


def wasserstein_raw(
    p: npt.ArrayLike, q: npt.ArrayLike, positions: npt.ArrayLike, *, level: Level = Level.ORDINAL
) -> FloatArray:
    """Wasserstein-1 distance in the units of the answers: Σₖ |F_p(k) − F_q(k)| (xₖ₊₁ − xₖ).

    How far answers would have to move on average, such as points of a scale or dollars; not to be
    averaged over items in different units.

    Args:
        p: Counts or shares, shape (…, codes).
        q: The same for the other side.
        positions: Value of each code, ascending, shape (codes,).
        level: Measure level of the question.

    Raises:
        ComparisonError: The level is nominal.
    """
    return wasserstein(p, q, level=level, positions=positions, width=1.0)


def representativeness(distance: npt.ArrayLike) -> FloatArray:
    """Mean over items of 1 − W1 / max W1, in [0, 1], 1 at best.

    Santurkar et al. 2023 (arXiv 2303.17548, §3): the largest W1 between two distributions on a
    scale of K options is K − 1, so this is 1 − the mean normalised distance.

    Args:
        distance: Normalised distances, shape (…, items); NaN items are left out.
    """
    d = np.asarray(distance, dtype=np.float64)
    known = ~np.isnan(d)
    return ratio(np.where(known, 1.0 - d, 0.0).sum(axis=-1), known.sum(axis=-1))


def wasserstein_values(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    low: float,
    high: float,
    weights_x: npt.ArrayLike | None = None,
    weights_y: npt.ArrayLike | None = None,
) -> FloatArray:
    """Wasserstein-1 distance of two samples of numbers, divided by their declared range.

    Args:
        x: One side's answers, shape (people,); NaN is left out.
        y: The other side's; it may be of another length.
        low: Lowest possible answer as declared.
        high: Highest possible answer as declared.
        weights_x: Weights of `x`, shape (people,).
        weights_y: Weights of `y`.

    Returns:
        0 or more; above 1 only when answers lie outside the declared range.
    """
    a, b = as_data(x), as_data(y)
    pooled = np.concatenate((a, b))
    places = np.unique(pooled[~np.isnan(pooled)])
    if not len(places):
        return np.asarray(np.nan)
    return wasserstein(
        shares_of(a, places, weights_x),
        shares_of(b, places, weights_y),
        level=Level.INTERVAL,
        positions=places,
        width=high - low,
    )


def total_variation(p: npt.ArrayLike, q: npt.ArrayLike) -> FloatArray:
    """Total variation distance ½ Σ |p − q|, in [0, 1]; for nominal answers.

    It is the share of answers that would have to change. NaN when a side has no answers.
    """
    a, b = shares(p), shares(q)
    _same_codes(a, b)
    return np.asarray(np.abs(a - b).sum(axis=-1) / 2)


def jensen_shannon(p: npt.ArrayLike, q: npt.ArrayLike, base: float = 2.0) -> FloatArray:
    """Jensen–Shannon *distance*: the square root of the divergence, in logarithms to `base`.

    √(½ KL(p‖m) + ½ KL(q‖m)) with m = (p + q)/2 (Endres & Schindelin 2003, a metric). In [0, 1]
    for base 2. NaN when a side has no answers.
    """
    a, b = shares(p), shares(q)
    _same_codes(a, b)
    middle = (a + b) / 2
    divergence = (_relative(a, middle) + _relative(b, middle)) / (2 * np.log(base))
    return np.asarray(np.sqrt(np.maximum(divergence, 0.0)))


def shares_of(
    values: npt.ArrayLike, points: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Share of answers at each of `points`, zero where nobody answered so.

    Args:
        values: Shape (people,); NaN is left out, as are values that are none of the points.
        points: Ascending, shape (codes,).
        weights: Shape (people,) or (replicates, people).

    Returns:
        Shape (replicates, codes), or (codes,); NaN where nobody answered.
    """
    data, grid = as_data(values), np.asarray(points, dtype=np.float64)
    w = as_weights(weights, len(data))
    place = np.minimum(np.searchsorted(grid, data), len(grid) - 1)
    hit = grid[place] == data
    return shares(counts_at(np.where(hit, place, -1), len(grid), w))


def counts_at(place: npt.NDArray[np.intp], codes: int, weights: FloatArray) -> FloatArray:
    """Weight of the people at each position of a scale.

    Args:
        place: Position of each person's answer, −1 where missing, shape (people,).
        codes: Number of positions.
        weights: Shape (…, people).

    Returns:
        Shape (…, codes).
    """
    known = np.flatnonzero(place >= 0)
    if weights.ndim == 1:
        counts = np.bincount(place[known], weights=weights[known], minlength=codes)
        return counts.astype(np.float64)
    from scipy.sparse import csr_array

    onehot = csr_array((np.ones(len(known)), (place[known], known)), shape=(codes, len(place)))
    flat = weights.reshape(-1, len(place))
    return np.asarray(onehot @ flat.T).T.reshape(*weights.shape[:-1], codes)


def _relative(p: FloatArray, q: FloatArray) -> FloatArray:
    """Kullback–Leibler divergence in nats, where q > 0 wherever p > 0."""
    known = p > 0
    odds = np.divide(p, q, out=np.ones_like(p), where=known)
    return np.asarray((p * np.log(odds)).sum(axis=-1))


def _same_codes(p: FloatArray, q: FloatArray) -> None:
    if p.shape[-1] != q.shape[-1]:
        raise ComparisonError(
            f"one distribution has {p.shape[-1]} codes and the other {q.shape[-1]}",
            remedy="give both over all declared codes, zero where nobody answered",
        )
