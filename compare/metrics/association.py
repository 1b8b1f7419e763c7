"""Association over people: Pearson, Spearman, and their mean over items.

Pairs with a missing answer are left out, column by column. A vector without variance has no
correlation: the result is NaN, never 0.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from .weights import BoolArray, FloatArray, as_data, as_weights

__all__ = ["CLIP", "fisher_mean", "midranks", "pearson", "spearman"]

CLIP = 0.9999
"""|r| is clipped here before Fisher's z, so that a perfect item does not weigh infinitely."""

FLAT = 1e-12
"""A variance below this share of the largest squared deviation is rounding error: one extreme
person among n gives about 1/n, so no real sample under 10¹¹ people comes near it."""

ROUNDING = 1e-14
"""Relative error of a mean: answers that are all 0.1 may differ from theirs by as much."""


def pearson(x: npt.ArrayLike, y: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """Pearson's product-moment correlation over people, in [−1, 1].

    r = Σ w (x − x̄)(y − ȳ) / √(Σ w (x − x̄)² · Σ w (y − ȳ)²), means weighted likewise.

    Args:
        x: Shape (people,) or (people, items).
        y: Same shape, or one that broadcasts to it.
        weights: Shape (people,) or (replicates, people).

    Returns:
        Shape (replicates, items) without the axes that were not given; NaN where either side is
        constant over the pairs with positive weight, or fewer than two such pairs exist.
    """
    a, b = np.broadcast_arrays(as_data(x), as_data(y))
    w = as_weights(weights, len(a))
    both = ~(np.isnan(a) | np.isnan(b))
    kept = both.astype(np.float64)
    (a, least_a), (b, least_b) = _centred(a, both, kept), _centred(b, both, kept)
    n = w @ kept
    n = np.where(n > 0, n, np.nan)
    mean_a, mean_b = (w @ a) / n, (w @ b) / n
    covariance = (w @ (a * b)) / n - mean_a * mean_b
    a *= a
    b *= b
    var_a = (w @ a) / n - mean_a**2
    var_b = (w @ b) / n - mean_b**2
    varies = var_a > np.maximum(FLAT * a.max(axis=0, initial=0.0), least_a)
    varies &= var_b > np.maximum(FLAT * b.max(axis=0, initial=0.0), least_b)
    r = np.full(np.shape(covariance), np.nan)
    np.divide(covariance, np.sqrt(np.where(varies, var_a * var_b, 1.0)), out=r, where=varies)
    return np.asarray(np.clip(r, -1.0, 1.0))


def spearman(
    x: npt.ArrayLike, y: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Spearman's rank correlation over people, in [−1, 1]: Pearson's r of weighted midranks.

    With frequency weights it is exactly the coefficient of the sample in which each person is
    repeated, so that a bootstrap ranks each resample anew.

    Args:
        x: Shape (people,) or (people, items).
        y: Same shape as `x`.
        weights: Shape (people,) or (replicates, people).

    Returns:
        As `pearson`.
    """
    a, b = np.broadcast_arrays(as_data(x), as_data(y))
    w = as_weights(weights, len(a))
    if a.ndim == 1:
        return _spearman_column(a, b, w)
    columns = [_spearman_column(a[:, j], b[:, j], w) for j in range(a.shape[1])]
    return np.stack(columns, axis=-1) if columns else np.empty((*w.shape[:-1], 0))


def _spearman_column(x: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
    both = ~(np.isnan(x) | np.isnan(y))
    if not both.any():
        return np.full(w.shape[:-1], np.nan)
    x, y, w = x[both], y[both], w[..., both]
    n = np.asarray(w.sum(axis=-1))
    n = np.where(n > 0, n, np.nan)[..., None]
    ranks_x, ranks_y = midranks(x, w), midranks(y, w)
    # The mean midrank is half the total weight, whatever the ties.
    dx, dy = ranks_x - n / 2, ranks_y - n / 2
    wx = w * dx
    var_x = (wx * dx).sum(axis=-1)
    var_y = (w * dy * dy).sum(axis=-1)
    covariance = (wx * dy).sum(axis=-1)
    floor = FLAT * n[..., 0] ** 3
    varies = (var_x > floor) & (var_y > floor)
    r = np.full(np.shape(covariance), np.nan)
    np.divide(covariance, np.sqrt(np.where(varies, var_x * var_y, 1.0)), out=r, where=varies)
    return np.asarray(np.clip(r, -1.0, 1.0))


def midranks(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """Weighted midranks: the weight below a value plus half the weight at it.

    With weights of 1 they are the usual average ranks less one half.

    Args:
        values: Shape (people,), no NaN.
        weights: Shape (people,) or (replicates, people).

    Returns:
        Shape of the weights.
    """
    data = as_data(values)
    w = as_weights(weights, len(data))
    order = np.argsort(data, kind="stable")
    new = np.concatenate(([True], np.diff(data[order]) != 0))
    at = np.add.reduceat(w[..., order], np.flatnonzero(new), axis=-1)
    ranks = np.cumsum(at, axis=-1) - at / 2
    group = np.empty(len(data), dtype=np.intp)
    group[order] = np.cumsum(new) - 1
    return np.asarray(ranks[..., group])


def fisher_mean(
    r: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    undefined: Literal["drop", "zero"] = "drop",
) -> FloatArray:
    """Mean correlation over items: tanh(Σ n artanh(r) / Σ n), |r| clipped at .9999.

    Args:
        r: Correlations, shape (…, items).
        n: Number of pairs behind each, shape (items,) or that of `r`.
        undefined: What to do with NaN: leave the item out, or count it as 0, as the published
            table of arXiv 2509.19088 does.

    Returns:
        Shape of `r` without items; NaN when no item has a correlation.
    """
    values = np.asarray(r, dtype=np.float64)
    counts = np.broadcast_to(np.asarray(n, dtype=np.float64), values.shape)
    known = ~np.isnan(values)
    z = np.arctanh(np.clip(np.where(known, values, 0.0), -CLIP, CLIP))
    share = np.where(known, counts, counts if undefined == "zero" else 0.0)
    total = share.sum(axis=-1)
    mean = np.full(np.shape(total), np.nan)
    np.divide((share * z).sum(axis=-1), total, out=mean, where=total > 0)
    return np.asarray(np.tanh(mean))


def _centred(
    values: FloatArray, both: BoolArray, kept: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Kept values less their mean, 0 elsewhere, and the variance that rounding may leave.

    `kept` is `both` as 0 and 1.
    """
    known = np.where(both, values, 0.0)
    mean = known.sum(axis=0) / np.maximum(kept.sum(axis=0), 1)
    known -= mean * kept
    return known, np.asarray((ROUNDING * mean) ** 2)
