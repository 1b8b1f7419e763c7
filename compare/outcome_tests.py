"""On how many outcomes the twins' means differ and r is not 0, corrected for how many there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from . import metrics
from .align import Aligned
from .card import ItemScore
from .card_sections import ItemTest, TestCount
from .metrics.weights import FloatArray
from .scoring import scales_of

__all__ = ["tested"]

LABELS = {
    "mean": "Twins' means (nominal: shares) differ from the people's",
    "pearson": "r is not 0",
}


def tested(
    aligned: Aligned, items: Sequence[ItemScore], level: float
) -> tuple[tuple[ItemScore, ...], tuple[TestCount, ...]]:
    """Return the items with their tests, and how many are rejected.

    Means are compared by a paired t test over people, shares of nominal items by χ², r with 0 by
    Fisher's z over its jackknife error; see `metrics.significance`. Where people's answers rest on
    nothing known of the person, r is not tested.

    Args:
        aligned: Both sides' answers.
        items: Their scores, in the same order.
        level: Coverage of the intervals; tests are at 1 − level.
    """
    found = {"mean": _means(aligned), "pearson": _correlations(aligned)}
    corrected = {
        name: (p, metrics.holm(p), metrics.benjamini_hochberg(p)) for name, p in found.items()
    }
    counts = []
    for name, (p, holm, bh) in corrected.items():
        known = int((~np.isnan(p)).sum())
        if known:
            raw, first, second = (int((q < 1 - level).sum()) for q in (p, holm, bh))
            counts.append(
                TestCount(
                    name=name, label=LABELS[name], n_items=known, raw=raw, holm=first, bh=second
                )
            )
    with_tests = tuple(
        dataclasses.replace(
            item,
            tests={
                name: ItemTest(float(p[k]), float(holm[k]), float(bh[k]))
                for name, (p, holm, bh) in corrected.items()
                if not np.isnan(p[k])
            },
        )
        for k, item in enumerate(items)
    )
    return with_tests, tuple(counts)


def _means(aligned: Aligned) -> FloatArray:
    p = metrics.mean_difference_p(aligned.twin, aligned.human, aligned.weights)
    for k, scale in enumerate(scales_of(aligned)):
        if scale.ordered:
            continue
        sides = [scale.places(side[:, k]) for side in (aligned.twin, aligned.human)]
        counts = [metrics.counts_at(side, len(scale.codes), aligned.weights) for side in sides]
        p[k] = float(metrics.share_difference_p(*counts))
    return p


def _correlations(aligned: Aligned) -> FloatArray:
    usable = np.array([s.correlates and s.individual for s in scales_of(aligned)])
    twin = np.where(usable, aligned.twin, np.nan)
    if len(twin) < 3:
        return np.full(len(usable), np.nan)
    left_out = metrics.jackknife_weights(len(twin)) * aligned.weights
    p = metrics.correlation_p(
        metrics.pearson(twin, aligned.human, aligned.weights),
        metrics.pearson(twin, aligned.human, left_out),
    )
    return np.where(usable, p, np.nan)
