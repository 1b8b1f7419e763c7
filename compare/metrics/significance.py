"""Tests over people of what a table of many outcomes is read for: do means differ, is r not 0?

p values for single outcomes; `multiplicity` corrects them for how many were tried.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .association import CLIP
from .bootstrap import jackknife_error
from .weights import FloatArray, as_data, as_weights, ratio, shares

__all__ = ["correlation_p", "mean_difference_p", "share_difference_p"]


def mean_difference_p(
    twin: npt.ArrayLike, human: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Two-sided p of the paired t test that twins and their people have one mean.

    `t.test(twin, human, paired = TRUE)` in R. With survey weights the variance is the linearised
    one, Σ w² (d − d̄)² / (Σ w)² · n/(n − 1) (`survey::svymean`), with n − 1 degrees of freedom.

    Args:
        twin: Shape (people,) or (people, items).
        human: Same shape.
        weights: Shape (people,).

    Returns:
        Shape (items,) or (); NaN for fewer than two pairs; where differences do not vary, 1 if
        they are 0 and 0 otherwise.
    """
    from scipy.special import stdtr

    d = as_data(twin) - as_data(human)
    w = as_weights(weights, len(d))
    known = ~np.isnan(d) & (w > 0).reshape(-1, *(1,) * (d.ndim - 1))
    heavy = np.where(known, w.reshape(-1, *(1,) * (d.ndim - 1)), 0.0)
    n, total = known.sum(axis=0), heavy.sum(axis=0)
    mean = ratio(np.where(known, heavy * d, 0.0).sum(axis=0), total)
    gaps = np.where(known, heavy * (d - mean), 0.0)
    variance = ratio((gaps**2).sum(axis=0) * n, total**2 * (n - 1))
    error = np.sqrt(variance)
    t = ratio(np.abs(mean), error)
    p = 2 * stdtr(np.maximum(n - 1, 1), -np.where(np.isnan(t), 0.0, t))
    flat = (error == 0) & (n > 1)
    p = np.where(flat, (mean == 0).astype(np.float64), p)
    return np.where(n > 1, p, np.nan)


def share_difference_p(twin_counts: npt.ArrayLike, human_counts: npt.ArrayLike) -> FloatArray:
    """p of Pearson's χ² test that two sides choose the codes of a nominal item alike.

    `chisq.test(rbind(twin, human))$p.value` in R. It takes the sides as independent, which errs on
    the careful side where twins resemble their own people.

    Args:
        twin_counts: Counts, shape (codes,); scaled weights may be given.
        human_counts: The same for the people.
    """
    from scipy.special import chdtrc

    table = np.stack((np.asarray(twin_counts, float), np.asarray(human_counts, float)))
    table = table[:, table.sum(axis=0) > 0]
    rows = table.sum(axis=1)
    if table.shape[1] < 2 or (rows <= 0).any():
        return np.asarray(np.nan if (rows <= 0).any() else 1.0)
    expected = np.outer(rows, shares(table.sum(axis=0)))
    statistic = float(((table - expected) ** 2 / expected).sum())
    return np.asarray(chdtrc(table.shape[1] - 1, statistic))


def correlation_p(r: npt.ArrayLike, left_out: npt.ArrayLike) -> FloatArray:
    """Two-sided p that r is 0: Fisher's z over its jackknife standard error, Student's t.

    The jackknife needs no normal answers, unlike the textbook 1/√(n − 3).

    Args:
        r: Correlations, shape (items,).
        left_out: The same with one person or group of people left out, shape (groups, items).
    """
    from scipy.special import stdtr

    z = np.arctanh(np.clip(np.asarray(r, dtype=np.float64), -CLIP, CLIP))
    without = np.asarray(left_out, dtype=np.float64)
    error = jackknife_error(np.arctanh(np.clip(without, -CLIP, CLIP)))
    t = ratio(np.abs(z), error)
    p = 2 * stdtr(max(len(without) - 1, 1), -np.where(np.isnan(t), 0.0, t))
    return np.where(np.isnan(t), np.nan, p)
