"""Distributions of both sides, side by side, for pictures."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..data.codebook import code_text
from . import metrics
from .card import Bar
from .metrics.weights import FloatArray
from .scale import LONGEST_LIST, Scale

__all__ = ["bars_of"]

BANDS = 10


def bars_of(
    scale: Scale, human: FloatArray, twin: FloatArray, weights: FloatArray
) -> tuple[Bar, ...]:
    """Share of each side per code, over every declared code; numbers are put into ten bands.

    Args:
        scale: The item's scale.
        human: The people's answers, shape (people,), NaN where missing.
        twin: The twins' answers.
        weights: Survey weights.

    Returns:
        Bars in the order of the scale. Shares of a side sum to 1 over its answered cells and are
        NaN if it has none.
    """
    listed = 0 < len(scale.codes) <= LONGEST_LIST or not scale.ordered
    if listed and scale.codes:
        size = len(scale.codes)
        ours = metrics.shares(metrics.counts_at(scale.places(human), size, weights))
        theirs = metrics.shares(metrics.counts_at(scale.places(twin), size, weights))
        texts = [code_text(code) for code in scale.codes]
        return tuple(
            Bar(code, label, float(p), float(q))
            for code, label, p, q in zip(texts, scale.labels, ours, theirs, strict=True)
        )
    answered = np.concatenate((human, twin))
    answered = answered[~np.isnan(answered)]
    if not len(answered):
        return ()
    low = scale.low if math.isfinite(scale.low) else float(answered.min())
    high = scale.high if math.isfinite(scale.high) else float(answered.max())
    if high <= low:
        high = low + 1.0
    edges = np.linspace(low, high, BANDS + 1)
    shares = [_banded(side, edges, weights) for side in (human, twin)]
    texts = [f"{a:.4g}–{b:.4g}" for a, b in itertools.pairwise(edges)]
    return tuple(
        Bar(text, text, float(p), float(q)) for text, p, q in zip(texts, *shares, strict=True)
    )


def _banded(values: FloatArray, edges: FloatArray, weights: FloatArray) -> FloatArray:
    """Share per band; answers outside the declared range count in the band at that end."""
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    place = np.where(np.isnan(values), -1, place)
    return metrics.shares(metrics.counts_at(place, len(edges) - 1, weights))
