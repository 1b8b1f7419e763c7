"""The answers an item can have, and how people used them: bins, values, normal scores.

A rating scale has one bin per declared code. A number typed in has many values: they are put in a
few bins of about equal weight, in which focal points such as 0, 50 and 100 keep bins of their own,
and an answer drawn from a bin is a value that somebody in it really gave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ...data.codebook import Code, Level, Variable

__all__ = ["AnswerScale", "fit_scale"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

MOST_BINS = 10
MOST_VALUES = 100
_HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class AnswerScale:
    """What can be answered to one item, learned from the people in one fold.

    Attributes:
        values: Codes an answer can have, in scale order. V of them.
        ordered: Whether that order means something.
        bins: Bin of each value, 0 … B − 1. Shape (V,).
        shares: Share of each value within its bin; sums to 1 in every bin. Shape (V,).
        unseen: Probability set aside for each declared code that nobody chose. Shape (V,).
        answers: Bin of each person's answer, −1 where there is none. Shape (people,).
        scores: Normal score of each bin. Shape (B,).
    """

    values: tuple[Code, ...]
    ordered: bool
    bins: IntArray
    shares: FloatArray
    unseen: FloatArray
    answers: IntArray = field(repr=False)
    scores: FloatArray

    @property
    def count(self) -> int:
        """Number of bins."""
        return len(self.scores)

    def spread(self, chances: FloatArray) -> FloatArray:
        """Turn probabilities of bins into probabilities of values. (people, B) to (people, V)."""
        seen = chances[:, self.bins] * self.shares
        return np.asarray(seen * (1 - self.unseen.sum()) + self.unseen, dtype=np.float64)


def fit_scale(
    variable: Variable,
    values: npt.NDArray[np.object_],
    weights: FloatArray,
    *,
    allowed: Callable[[Code], bool] | None = None,
) -> AnswerScale:
    """Learn how people used the scale of `variable`.

    A declared code that nobody chose is given half an answer's weight (Jeffreys' prior), so that
    it is rare and not impossible.

    Args:
        variable: The item, with its codes and declared range.
        values: Codes answered, None where missing; None too for people not to learn from.
        weights: Shape (people,).
        allowed: Whether the question takes a value; None if it takes all.
    """
    ordered = variable.level not in (Level.NOMINAL, Level.TEXT)
    declared = [c for c in variable.codes if allowed is None or allowed(c)]
    index, support = _index(variable, values, weights, declared, ordered, allowed)
    used = index >= 0
    mass = np.bincount(index[used], weights[used], minlength=len(support)).astype(np.float64)
    bins = _ordered_bins(mass) if ordered else _common_bins(mass)
    bin_mass: FloatArray = np.zeros(0)
    if len(bins):
        bin_mass = np.bincount(bins, mass).astype(np.float64)
    unseen = np.zeros(len(support))
    empty = mass <= 0
    if used.any():
        unseen[empty] = _HALF / (float(used.sum()) + _HALF * float(empty.sum()))
    held = bin_mass[bins]
    shares = np.divide(mass, held, out=np.zeros(len(bins)), where=held > 0)
    if len(support) > MOST_VALUES:
        shares = _representative(shares, bins)
    answers = index.copy()
    answers[used] = bins[index[used]]
    return AnswerScale(
        tuple(support), ordered, bins, shares, unseen, answers, _normal_scores(bin_mass)
    )


def _index(
    variable: Variable,
    values: npt.NDArray[np.object_],
    weights: FloatArray,
    declared: list[Code],
    ordered: bool,
    allowed: Callable[[Code], bool] | None,
) -> tuple[IntArray, list[Code]]:
    """Place of everybody's answer among the values it can have, −1 for none; and those values."""
    known = np.array([v is not None for v in values], dtype=np.bool_) & (weights > 0)
    found = set(values[known].tolist())
    bounds = variable.bounds if variable.level is Level.INTERVAL else None
    extra = [
        v
        for v in found.difference(variable.codes)
        if (allowed is None or allowed(v))
        and (bounds is None or (isinstance(v, (int, float)) and bounds[0] <= v <= bounds[1]))
    ]
    support = declared + sorted(extra, key=lambda v: (isinstance(v, str), v))
    if extra and ordered and not any(isinstance(v, str) for v in support):
        support.sort(key=float)
    place = {value: k for k, value in enumerate(support)}
    index = [place.get(v, -1) if ok else -1 for v, ok in zip(values, known.tolist(), strict=True)]
    return np.array(index, dtype=np.intp), support


def _ordered_bins(mass: FloatArray) -> IntArray:
    """Neighbouring values together until a bin weighs a tenth; one each if they are few.

    Values that nobody gave join the bin below (the first ones, the bin above).
    """
    given = np.flatnonzero(mass > 0)
    bins = np.zeros(len(mass), dtype=np.intp)
    if not len(given):
        return bins
    if len(given) <= MOST_BINS:
        starts = given[1:]
    else:
        goal = mass.sum() / MOST_BINS
        starts_found, held = [], 0.0
        for k in given.tolist():
            # A value as heavy as a bin stands alone: a focal point keeps its own probability.
            if held > 0 and (held >= goal or mass[k] >= goal):
                starts_found.append(k)
                held = 0.0
            held += float(mass[k])
        starts = np.array(starts_found, dtype=np.intp)
    bins[starts] = 1
    return np.cumsum(bins)


def _common_bins(mass: FloatArray) -> IntArray:
    """One bin each for the commonest codes; the rest share the last."""
    order = np.lexsort((np.arange(len(mass)), -mass))
    given = int((mass > 0).sum())
    own = given if given <= MOST_BINS else MOST_BINS - 1
    bins = np.zeros(len(mass), dtype=np.intp)
    bins[order] = np.minimum(np.arange(len(mass)), max(own - (given <= MOST_BINS), 0))
    return bins


def _representative(shares: FloatArray, bins: IntArray) -> FloatArray:
    """Put the weight of every crowded bin on ten of its values, at evenly spaced quantiles."""
    kept = np.zeros_like(shares)
    for b in np.unique(bins).tolist():
        inside = np.flatnonzero(bins == b)
        steps = MOST_VALUES // MOST_BINS
        if len(inside) <= steps:
            kept[inside] = shares[inside]
            continue
        quantiles = (np.arange(steps) + 0.5) / steps
        at = np.searchsorted(np.cumsum(shares[inside]), quantiles)
        np.add.at(kept, inside[np.minimum(at, len(inside) - 1)], 1 / steps)
    return kept


def _normal_scores(mass: FloatArray) -> FloatArray:
    from scipy.special import ndtri

    if mass.sum() <= 0:
        return np.zeros(len(mass))
    shares = mass / mass.sum()
    return np.asarray(ndtri(np.cumsum(shares) - shares / 2), dtype=np.float64)
