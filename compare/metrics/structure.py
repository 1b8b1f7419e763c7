"""Structure: do items hang together among the twins as they do among the people?

Means, spreads and even r can be right while items that belong together among people fall apart
among twins, or all answers follow one tune.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .association import FLAT, ROUNDING
from .weights import FloatArray, as_data, as_weights, ratio

__all__ = [
    "correlation_distance",
    "correlation_matrix",
    "cronbach_alpha",
    "frobenius",
    "mean_correlation",
    "rms_difference",
]


def correlation_matrix(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """Correlations of all pairs of items, each over the people who answered both.

    Args:
        values: Shape (people, items), NaN where missing.
        weights: Shape (people,) or (replicates, people).

    Returns:
        Shape (…, items, items), 1 on the diagonal; NaN for pairs in which an item does not vary.
        Pairwise deletion may give a matrix that is not positive semidefinite.
    """
    data = as_data(values)
    w = as_weights(weights, len(data))
    known = ~np.isnan(data)
    kept = known.astype(np.float64)
    centre = np.where(known, data, 0.0).sum(axis=0) / np.maximum(kept.sum(axis=0), 1)
    x = np.where(known, data - centre, 0.0)
    flat = w.reshape(-1, len(data))
    found: FloatArray = np.stack([_one(x, kept, one, centre) for one in flat])
    return found.reshape(*w.shape[:-1], data.shape[1], data.shape[1])


def _one(x: FloatArray, kept: FloatArray, w: FloatArray, centre: FloatArray) -> FloatArray:
    """One matrix; sums over the pairs' common people are products of matrices."""
    weighted = x * w[:, None]
    if kept.all():
        # Without gaps all pairs have the same people.
        size = np.full((x.shape[1], x.shape[1]), w.sum())
        total = np.where(size > 0, size, np.nan)
        mean = weighted.sum(axis=0)[:, None] / total
        squares = (weighted * x).sum(axis=0)[:, None] / total - mean**2
    else:
        n = (kept * w[:, None]).T @ kept
        total = np.where(n > 0, n, np.nan)
        mean = (weighted.T @ kept) / total
        squares = ((weighted * x).T @ kept) / total - mean**2
    covariance = (weighted.T @ x) / total - mean * mean.T
    least = np.maximum(FLAT * (x * x).max(axis=0, initial=0.0), (ROUNDING * centre) ** 2)
    varies = (squares > least[:, None]) & (least[None, :] < squares.T)
    r = np.full(total.shape, np.nan)
    np.divide(covariance, np.sqrt(np.where(varies, squares * squares.T, 1.0)), out=r, where=varies)
    r = np.clip(r, -1.0, 1.0)
    diagonal = np.arange(len(r))
    r[diagonal, diagonal] = np.where(np.isnan(r[diagonal, diagonal]), np.nan, 1.0)
    return np.asarray(r)


def frobenius(human: npt.ArrayLike, twin: npt.ArrayLike) -> FloatArray:
    """‖R_h − R_t‖_F, the root of the summed squared differences, over all cells known to both.

    Range [0, 2 √(k(k − 1))] for k items: it grows with their number; see `rms_difference`. NaN
    when no pair of different items is known to both.
    """
    squares, cells = _squares(human, twin)
    return np.asarray(np.sqrt(np.where(cells > 0, squares, np.nan)))


def rms_difference(human: npt.ArrayLike, twin: npt.ArrayLike) -> FloatArray:
    """Root mean square difference of the correlations of two items, in [0, 2].

    √(‖R_h − R_t‖²_F / number of off-diagonal cells): comparable between blocks of any length.
    """
    squares, cells = _squares(human, twin)
    return np.asarray(np.sqrt(ratio(squares, cells)))


def correlation_distance(human: npt.ArrayLike, twin: npt.ArrayLike) -> FloatArray:
    """1 − tr(R_h R_t) / (‖R_h‖_F ‖R_t‖_F), in [0, 1].

    Herdin, Czink, Özcelik & Bonek 2005 (IEEE VTC, 136–140): 0 where the matrices are equal up to a
    factor, 1 where they are orthogonal. Cells known to both only.
    """
    a, b, _ = _common(human, twin)
    inner = (a * b).sum(axis=(-2, -1))
    length = np.sqrt((a * a).sum(axis=(-2, -1)) * (b * b).sum(axis=(-2, -1)))
    return np.asarray(np.clip(1.0 - ratio(inner, length), 0.0, 1.0))


def mean_correlation(matrix: npt.ArrayLike) -> FloatArray:
    """Mean |r| of two different items, in [0, 1]; NaN when no pair is known."""
    r = np.asarray(matrix, dtype=np.float64)
    known = ~np.isnan(r) & ~np.eye(r.shape[-1], dtype=bool)
    total = np.where(known, np.abs(r), 0.0).sum(axis=(-2, -1))
    return ratio(total, known.sum(axis=(-2, -1)))


def cronbach_alpha(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """Cronbach's α = k/(k − 1) · (1 − Σ var(item) / var(sum)), over people with every item.

    Cronbach 1951 (Psychometrika 16, 297–334), raw, as `psych::alpha(x)$total$raw_alpha` in R. Items
    must be keyed in one direction. The ddof of the variances cancels.

    Args:
        values: Shape (people, items).
        weights: Shape (people,) or (replicates, people).

    Returns:
        Shape of the weights without people; at most 1, negative where items work against each
        other, NaN for fewer than two items or a sum without variance.
    """
    data = as_data(values)
    w = as_weights(weights, len(data))
    whole = ~np.isnan(data).any(axis=1)
    count = data.shape[1]
    if count < 2 or not whole.any():
        return np.full(w.shape[:-1], np.nan)
    x, w = data[whole], w[..., whole]
    x = x - x.mean(axis=0)
    both = np.column_stack((x, x.sum(axis=1)))
    n = np.asarray(w.sum(axis=-1))[..., None]
    n = np.where(n > 0, n, np.nan)
    variance = (w @ (both * both)) / n - ((w @ both) / n) ** 2
    top = variance[..., -1]
    flat = top <= FLAT * np.abs(both[:, -1]).max(initial=0.0) ** 2
    items = variance[..., :-1].sum(axis=-1)
    return np.asarray(count / (count - 1) * (1 - ratio(items, np.where(flat, np.nan, top))))


def _common(
    human: npt.ArrayLike, twin: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    a, b = np.broadcast_arrays(
        np.asarray(human, dtype=np.float64), np.asarray(twin, dtype=np.float64)
    )
    known = ~(np.isnan(a) | np.isnan(b))
    return np.where(known, a, 0.0), np.where(known, b, 0.0), known


def _squares(human: npt.ArrayLike, twin: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Summed squared differences, and the number of cells off the diagonal."""
    a, b, known = _common(human, twin)
    off = known & ~np.eye(a.shape[-1], dtype=bool)
    squares = np.where(off, (a - b) ** 2, 0.0).sum(axis=(-2, -1))
    return squares, off.sum(axis=(-2, -1)).astype(np.float64)
