"""Agreement of single answers: accuracy on the declared range, and exact agreement.

Source of the accuracy: Toubia et al. 2025 (arXiv 2505.17479) and the twin mega-study
(arXiv 2509.19088), with the *declared* range of the question in the denominator.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .weights import FloatArray, as_data, weighted_mean

__all__ = ["accuracy", "cell_accuracy", "cell_exact", "exact_agreement"]


def cell_accuracy(
    pred: npt.ArrayLike, truth: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike
) -> FloatArray:
    """Accuracy of each answer: 1 − |pred − truth| / (high − low), clipped to [0, 1].

    Args:
        pred: Simulated answers, shape (people,) or (people, items).
        truth: The people's answers, same shape (or one that broadcasts).
        low: Lowest possible answer as *declared*, never as observed; a number or (items,).
        high: Highest possible answer as declared.

    Returns:
        Cells in [0, 1]; NaN where either answer is missing, or where no range is declared
        (`low` or `high` NaN).
    """
    span = np.asarray(high, dtype=np.float64) - np.asarray(low, dtype=np.float64)
    return np.asarray(np.clip(1.0 - np.abs(as_data(pred) - as_data(truth)) / span, 0.0, 1.0))


def cell_exact(pred: npt.ArrayLike, truth: npt.ArrayLike) -> FloatArray:
    """1 where both answers are the same, 0 where they differ, NaN where either is missing."""
    difference = as_data(pred) - as_data(truth)
    return np.where(np.isnan(difference), np.nan, (difference == 0).astype(np.float64))


def accuracy(
    pred: npt.ArrayLike,
    truth: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
) -> FloatArray:
    """Weighted mean over people of `cell_accuracy`, in [0, 1]; NaN without a common answer.

    A constant answer scores well on it (arXiv 2509.19088: .757 against .748 for twins), so it
    never stands alone.
    """
    return weighted_mean(cell_accuracy(pred, truth, low, high), weights)


def exact_agreement(
    pred: npt.ArrayLike, truth: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Weighted share of people whose two answers are the same, in [0, 1]."""
    return weighted_mean(cell_exact(pred, truth), weights)
