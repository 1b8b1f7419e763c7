"""Fairness: how much worse than the best served subgroup is the worst, beyond chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .weights import FloatArray, as_weights, ratio

__all__ = ["ChanceGap", "chance_gap", "group_means"]


def group_means(
    cells: npt.ArrayLike, members: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Mean over items of the mean over a subgroup's people, for each subgroup.

    Args:
        cells: Scores, shape (people, items), NaN where missing.
        members: Number of each person's subgroup from 0, −1 for none, shape (…, people).
        weights: Shape (people,).

    Returns:
        Shape (…, groups); NaN for a subgroup without scores.
    """
    data, of = np.asarray(cells, dtype=np.float64), np.asarray(members, dtype=np.intp)
    w = as_weights(weights, len(data))
    known = ~np.isnan(data)
    groups = int(of.max(initial=-1)) + 1
    inside = (of[..., None, :] == np.arange(groups)[:, None]) * w
    means = ratio(inside @ np.where(known, data, 0.0), inside @ known.astype(np.float64))
    there = ~np.isnan(means)
    return ratio(np.where(there, means, 0.0).sum(axis=-1), there.sum(axis=-1))


@dataclass(frozen=True, slots=True)
class ChanceGap:
    """The gap between the best and the worst served subgroup, and what chance makes of it.

    Attributes:
        gap: Best less worst.
        expected: Mean gap when people are dealt to subgroups of the same sizes at random.
        p: Share of deals with as large a gap, the data themselves counted as one of them.
    """

    gap: float
    expected: float
    p: float


def chance_gap(
    cells: npt.ArrayLike,
    members: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    deals: int = 500,
    rng: np.random.Generator,
) -> ChanceGap:
    """Permutation test of the gap between best and worst served subgroup.

    A largest difference is positive whatever the truth, and more so among many small subgroups.
    Exact under exchangeable people (Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9, 39).

    Args:
        cells: Scores, shape (people, items), NaN where missing.
        members: Number of each person's subgroup from 0, −1 for none, shape (people,).
        weights: Shape (people,).
        deals: Number of random deals.
        rng: Source of the deals.

    Returns:
        NaN throughout for fewer than two subgroups.
    """
    of = np.asarray(members, dtype=np.intp)
    found = group_means(cells, of, weights)
    known = found[~np.isnan(found)]
    if len(known) < 2:
        return ChanceGap(np.nan, np.nan, np.nan)
    gap = float(known.max() - known.min())
    inside = np.flatnonzero(of >= 0)
    gaps = np.empty(deals)
    for start in range(0, deals, 50):
        count = min(50, deals - start)
        dealt = np.full((count, len(of)), -1, dtype=np.intp)
        order = np.argsort(rng.random((count, len(inside))), axis=1)
        dealt[:, inside] = of[inside][order]
        means = group_means(cells, dealt, weights)
        gaps[start : start + count] = np.nanmax(means, axis=-1) - np.nanmin(means, axis=-1)
    # A deal that ties with the data up to rounding counts as large.
    return ChanceGap(
        gap, float(gaps.mean()), float((1 + (gaps >= gap - 1e-12).sum()) / (deals + 1))
    )
