"""How well people agree with themselves: the ceiling of individual scores and the floor of
distribution scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .weights import BoolArray, FloatArray, ratio

__all__ = ["Normalised", "SplitHalf", "half_splits", "normalised_accuracy", "split_half"]

Distance = Callable[[FloatArray, FloatArray], FloatArray]
"""Distance of two distributions given as counts of shape (…, codes)."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """Twin accuracy relative to human retest accuracy, both ways of averaging.

    Attributes:
        ratio_of_means: Mean twin accuracy / mean retest accuracy.
        mean_of_ratios: Mean over items of the ratio; items with retest accuracy 0 left out.
    """

    ratio_of_means: FloatArray
    mean_of_ratios: FloatArray


def normalised_accuracy(twin: npt.ArrayLike, retest: npt.ArrayLike) -> Normalised:
    """Normalise accuracy by the people's own test–retest accuracy.

    Both conventions are in print (arXiv 2505.17479; Park et al. 2024, arXiv 2411.10109), and they
    differ when items differ in reliability.

    Args:
        twin: Accuracy per item, shape (…, items).
        retest: Retest accuracy of the same items over the same people, same shape.

    Returns:
        Two values of shape (…); usually below 1, NaN when no item has both accuracies.
    """
    top, below = np.asarray(twin, dtype=np.float64), np.asarray(retest, dtype=np.float64)
    both = ~(np.isnan(top) | np.isnan(below))
    of_means = ratio(np.where(both, top, 0.0).sum(axis=-1), np.where(both, below, 0.0).sum(-1))
    usable = both & (below > 0)
    ratios = np.divide(top, below, out=np.zeros(np.shape(top)), where=usable)
    return Normalised(of_means, ratio(ratios.sum(axis=-1), usable.sum(axis=-1)))


def half_splits(people: int, splits: int, rng: np.random.Generator) -> tuple[BoolArray, BoolArray]:
    """Split people at random into two halves of the same size, `splits` times.

    With an odd number, one person sits out each split, so that the halves are size-matched.

    Returns:
        Membership of the first and of the second half, each of shape (splits, people).
    """
    half = people // 2
    place = np.argsort(rng.random((splits, people)), axis=1)
    first = np.zeros((splits, people), dtype=bool)
    second = np.zeros((splits, people), dtype=bool)
    np.put_along_axis(first, place[:, :half], True, axis=1)
    np.put_along_axis(second, place[:, half : 2 * half], True, axis=1)
    return first, second


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """What distance to expect of samples of half the people.

    Attributes:
        floor: Distance of one half of the people to the other half, mean over splits.
        matched: Distance of one half of the people to the *twins of the other half*, mean over
            splits: the twins' distance at the sample size of the floor, so the two compare.
    """

    floor: FloatArray
    matched: FloatArray


def split_half(
    first: FloatArray, second: FloatArray, twin: FloatArray, distance: Distance
) -> SplitHalf:
    """Split-half floor of a distribution distance, and the twins' distance at the same size.

    Args:
        first: Counts of the first half of the people in each split, shape (…, splits, codes);
            see `half_splits`.
        second: Counts of the second half.
        twin: Counts of the twins of the second half.
        distance: Distance of two arrays of counts.

    Returns:
        Means over the splits, shape (…); NaN where a half has no answer in every split.
    """
    return SplitHalf(_known_mean(distance(first, second)), _known_mean(distance(first, twin)))


def _known_mean(values: FloatArray) -> FloatArray:
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))
