"""Weights, and sums over people: the arithmetic every metric shares.

Throughout `metrics`, people lie along axis 0 of data and along the *last* axis of weights:
data are (people,) or (people, items), weights (people,) or (replicates, people), and a result has
the shape of the weights without people, then that of the data without people. NaN is "no answer".
Frequencies and survey weights are the same thing here: a weight of 2 counts a person twice.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.errors import ComparisonError

__all__ = ["BoolArray", "FloatArray", "as_data", "as_weights", "ratio", "shares", "weighted_mean"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def as_data(values: npt.ArrayLike) -> FloatArray:
    """Return `values` as float64 with people along axis 0.

    Raises:
        ComparisonError: There is no axis for people.
    """
    data = np.asarray(values, dtype=np.float64)
    if data.ndim == 0:
        raise ComparisonError("a metric needs one value per person, not a single number")
    return data


def as_weights(weights: npt.ArrayLike | None, people: int) -> FloatArray:
    """Return weights as float64, shape (…, people); None stands for weights of exactly 1.

    Raises:
        ComparisonError: There are not as many as people, or one is negative or not finite.
    """
    if weights is None:
        return np.ones(people)
    found = np.asarray(weights, dtype=np.float64)
    if found.ndim == 0 or found.shape[-1] != people:
        raise ComparisonError(
            f"the weights have the shape {found.shape}, but there are {people:,} people",
            remedy="give one weight per person",
        )
    if not np.isfinite(found).all() or (found < 0).any():
        raise ComparisonError(
            "a weight is negative or not a number", remedy="give weights of zero or more"
        )
    return found


def weighted_mean(cells: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """Mean over people of the cells that are not NaN: Σ w x / Σ w.

    Args:
        cells: Values, shape (people,) or (people, items).
        weights: Shape (people,) or (replicates, people); None is 1 for everybody.

    Returns:
        One mean per replicate and item; NaN where nobody with a positive weight has a value.
    """
    data = as_data(cells)
    w = as_weights(weights, len(data))
    known = ~np.isnan(data)
    return ratio(w @ np.where(known, data, 0.0), w @ known.astype(np.float64))


def ratio(top: npt.ArrayLike, below: npt.ArrayLike) -> FloatArray:
    """Return top / below, NaN where `below` is not positive. The two broadcast."""
    numerator = np.asarray(top, dtype=np.float64)
    denominator = np.asarray(below, dtype=np.float64)
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=out, where=denominator > 0))


def shares(counts: npt.ArrayLike) -> FloatArray:
    """Return counts or shares as shares that sum to 1 over the last axis; NaN where all are 0.

    Raises:
        ComparisonError: A count is negative.
    """
    found = np.asarray(counts, dtype=np.float64)
    if (found < 0).any():
        raise ComparisonError("a share of answers is negative")
    return ratio(found, found.sum(axis=-1, keepdims=True))
