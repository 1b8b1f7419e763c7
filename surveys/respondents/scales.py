"""The answers an item can have, and how people used them: bins, values, normal scores.

A rating scale has one bin per declared code. A number typed in has many values: they are put in a
few bins of about equal weight, in which focal points such as 0, 50 and 100 keep bins of their own,
and an answer drawn from a bin is a value that somebody in it really gave.
"""

from __future__ import annotations

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
    allowed: frozenset[Code] | None = None,
) -> AnswerScale:
    """Learn how people used the scale of `variable`.

    A declared code that nobody chose is given half an answer's weight (Jeffreys' prior), so that
    it is rare and not impossible.

    Args:
        variable: The item, with its codes and declared range.
        values: Codes answered, None where missing; None too for people not to learn from.
        weights: Shape (people,).
        allowed: Values a question takes, if not all.
    """
    ordered = variable.level not in (Level.NOMINAL, Level.TEXT)
    known = np.array([v is not None for v in values], dtype=np.bool_) & (weights > 0)
    found = set(values[known].tolist())
    support: list[Code] = [c for c in variable.codes if allowed is None or c in allowed]
    declared = len(support)
    open_ended = not variable.categorical or bool(found - set(variable.codes))
    if open_ended:
        bounds = variable.bounds if variable.level is Level.INTERVAL else None
        extra = [
            v
            for v in found
            if (allowed is None or v in allowed)
            and (bounds is None or (isinstance(v, float) and bounds[0] <= v <= bounds[1]))
        ]
        merged = {*support, *extra}
        numeric = all(isinstance(v, (int, float)) for v in merged)
        if variable.kind == "number" and numeric:
            support = sorted(merged, key=float)
        else:
            support += sorted((v for v in extra if v not in support), key=str)
    place = {value: k for k, value in enumerate(support)}
    index = np.array(
        [place.get(v, -1) if ok else -1 for v, ok in zip(values, known, strict=True)], dtype=np.intp
    )
    used = index >= 0
    mass = np.bincount(index[used], weights[used], minlength=len(support)).astype(np.float64)
    if ordered:
        bins = _ordered_bins(mass)
    else:
        bins = _common_bins(mass)
    bin_mass = np.bincount(bins, mass) if len(bins) else np.zeros(0)
    empty = mass <= 0
    unseen = np.zeros(len(support))
    if declared and mass.sum() > 0:
        total = float(used.sum()) + _HALF * float(empty.sum())
        unseen[empty] = _HALF / total
    shares = np.divide(mass, bin_mass[bins], out=np.zeros_like(mass), where=bin_mass[bins] > 0)
    answers = np.where(used, bins[np.maximum(index, 0)], -1) if len(bins) else index
    if ordered and len(support) > MOST_VALUES and declared == 0:
        keep = _representative(mass, bins)
        support = [support[k] for k in keep]
        bins, shares, unseen = bins[keep], _quantile_shares(bins[keep]), unseen[keep]
    return AnswerScale(
        tuple(support), ordered, bins, shares, unseen, answers, _normal_scores(bin_mass)
    )
