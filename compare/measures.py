"""Every measure a scorecard can hold, one entry each.

A measure takes the answers to one item (or to several items on the same scale, as a table of
counts) and gives a number. To add one, write the array function in `metrics/` and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..data.codebook import Level
from . import metrics
from .metrics.weights import FloatArray
from .scale import Scale

__all__ = ["HEADLINES", "MEASURES", "Measure", "Sample", "measure_named", "pool"]


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Two sides' answers to one item, weighted.

    Attributes:
        scale: The item's scale.
        pred: Simulated answers as numbers, shape (people,) or (people, draws), NaN where missing.
        truth: The people's answers, shape (people,).
        weights: Shape (…, people).
        pred_counts: Weight at each position of the scale, shape (…, codes).
        truth_counts: The same for the people; every answered cell, whatever the other side did.
        positions: Place of each position, for Wasserstein distances, shape (codes,).
        ranks: Midranks of `pred` and `truth` taken beforehand, or None to take them here.
    """

    scale: Scale
    pred: FloatArray
    truth: FloatArray
    weights: FloatArray
    pred_counts: FloatArray
    truth_counts: FloatArray
    positions: FloatArray
    ranks: tuple[FloatArray, FloatArray] | None = None

    @property
    def facing(self) -> FloatArray:
        """The people's answers in a shape that broadcasts against `pred`."""
        return self.truth if self.pred.ndim == 1 else self.truth[:, None]


Distance = Callable[[Scale, FloatArray, FloatArray, FloatArray], FloatArray]
"""Scale, positions, and counts of either side, to a distance."""

Separation = Callable[[Scale, FloatArray, FloatArray, FloatArray], FloatArray]
"""Scale, positions, the middle of two distributions and their difference, to their distance."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One entry of the scorecard.

    Attributes:
        name: Key in JSON and data frames.
        label: Words for people.
        better: Where good values lie: "higher", "lower", near "one", or "" for a description.
        individual: Whether shuffling the twins among the people would change it.
        compute: The number, from a sample.
        applies: Whether it is defined for a scale; ask `defined`, which also knows whether the
            scale may be scored person by person.
        pooling: How items make a headline: plain mean, or Fisher's z weighted by n.
        interval: "bca"; "fisher" for correlations; "log" for ratios of spreads; "separation" for
            distances between distributions and "folded" for sizes of signed figures, both of which
            samples overstate.
        headline: Whether it stands in the headline table.
        distance: For distances between distributions, the bare distance, so that halves of the
            people can be compared by it too.
        separation: For the same, the distance as a function of middle and difference, which the
            interval moves.
        signed: For those whose sign is lost in an absolute value, the same without it.
    """

    name: str
    label: str
    better: Literal["higher", "lower", "one", ""]
    individual: bool
    compute: Callable[[Sample], FloatArray]
    applies: Callable[[Scale], bool]
    pooling: Literal["mean", "fisher"] = "mean"
    interval: Literal["bca", "fisher", "log", "separation", "folded"] = "bca"
    headline: bool = True
    distance: Distance | None = None
    separation: Separation | None = None
    signed: Separation | None = None

    def defined(self, scale: Scale) -> bool:
        """Whether the measure makes sense on a scale."""
        return self.applies(scale) and (scale.individual or not self.individual)


def pool(measure: Measure, values: FloatArray, pairs: FloatArray) -> FloatArray:
    """Headline of a measure over items: shape (…, items) to (…), undefined items left out.

    Args:
        measure: Which.
        values: One value per item.
        pairs: Number of people with both answers, shape (items,).
    """
    if measure.pooling == "fisher":
        return metrics.fisher_mean(values, pairs)
    known = ~np.isnan(values)
    return metrics.ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))


def measure_named(name: str) -> Measure:
    """The measure called `name`."""
    return next(measure for measure in MEASURES if measure.name == name)


def _accuracy(s: Sample) -> FloatArray:
    if not s.scale.ordered:
        return _exact(s)
    return metrics.accuracy(s.pred, s.facing, s.scale.low, s.scale.high, s.weights)


def _exact(s: Sample) -> FloatArray:
    return metrics.exact_agreement(s.pred, s.facing, s.weights)


def _pearson(s: Sample) -> FloatArray:
    return metrics.pearson(s.pred, s.facing, s.weights)


def _spearman(s: Sample) -> FloatArray:
    if s.ranks is not None:
        pred, truth = s.ranks
        return metrics.pearson(pred, truth if pred.ndim == 1 else truth[:, None], s.weights)
    return metrics.spearman(s.pred, s.facing, s.weights)


def _wasserstein(scale: Scale, at: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    return metrics.wasserstein(p, q, level=scale.level, positions=at, width=scale.width)


def _total_variation(_: Scale, __: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    return metrics.total_variation(p, q)


def _jensen_shannon(_: Scale, __: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    return metrics.jensen_shannon(p, q)


def _moved(scale: Scale, at: FloatArray, _: FloatArray, gap: FloatArray) -> FloatArray:
    steps = np.diff(at) / scale.width if len(at) > 1 else np.zeros(0)
    return np.asarray(np.abs(np.cumsum(gap, axis=-1))[..., :-1] @ steps)


def _shifted(scale: Scale, at: FloatArray, _: FloatArray, gap: FloatArray) -> FloatArray:
    steps = np.diff(at) / scale.width if len(at) > 1 else np.zeros(0)
    return np.asarray(np.cumsum(gap, axis=-1)[..., :-1] @ steps)


def _changed(_: Scale, __: FloatArray, ___: FloatArray, gap: FloatArray) -> FloatArray:
    return np.asarray(np.abs(gap).sum(axis=-1) / 2)


def _diverged(_: Scale, __: FloatArray, middle: FloatArray, gap: FloatArray) -> FloatArray:
    p, q = np.maximum(middle + gap / 2, 0.0), np.maximum(middle - gap / 2, 0.0)
    return metrics.jensen_shannon(p, q)


def _distance(
    name: str,
    label: str,
    distance: Distance,
    separation: Separation,
    applies: Callable[[Scale], bool],
    *,
    signed: Separation | None = None,
    headline: bool = True,
) -> Measure:
    """A distance between the two sides' distributions."""

    def compute(s: Sample) -> FloatArray:
        return distance(s.scale, s.positions, s.pred_counts, s.truth_counts)

    return Measure(
        name,
        label,
        "lower",
        False,
        compute,
        applies,
        interval="separation",
        headline=headline,
        distance=distance,
        separation=separation,
        signed=signed,
    )


def _wasserstein_raw(s: Sample) -> FloatArray:
    at = s.positions
    if s.scale.codes:
        at = np.asarray(s.scale.values, dtype=np.float64)
    return metrics.wasserstein_raw(s.pred_counts, s.truth_counts, at, level=s.scale.level)


def _sized(scale: Scale) -> bool:
    """Whether answers are numbers that mean an amount, in ascending order."""
    return scale.ordered and list(scale.values) == sorted(scale.values)


def _ordered(scale: Scale) -> bool:
    return scale.ordered


def _correlates(scale: Scale) -> bool:
    return scale.correlates


def _nominal(scale: Scale) -> bool:
    return not scale.ordered


def _coded(scale: Scale) -> bool:
    return bool(scale.codes)


def _ranged(scale: Scale) -> bool:
    return not scale.ordered or bool(np.isfinite(scale.low))


def _metric(scale: Scale) -> bool:
    return scale.ordered and bool(np.isfinite(scale.width))


def _listed(scale: Scale) -> bool:
    return bool(scale.codes) and scale.level in (Level.ORDINAL, Level.INTERVAL)


MEASURES: tuple[Measure, ...] = (
    Measure("accuracy", "Accuracy", "higher", True, _accuracy, _ranged),
    Measure("exact", "Exact agreement", "higher", True, _exact, _coded),
    Measure("pearson", "Pearson r", "higher", True, _pearson, _correlates, "fisher", "fisher"),
    Measure("spearman", "Spearman ρ", "higher", True, _spearman, _correlates, "fisher", "fisher"),
    Measure(
        "sd_ratio",
        "SD ratio",
        "one",
        False,
        lambda s: metrics.sd_ratio(s.pred, s.truth, s.weights),
        _correlates,
        interval="log",
    ),
    Measure(
        "entropy_ratio",
        "Entropy ratio",
        "one",
        False,
        lambda s: metrics.entropy_ratio(s.pred_counts, s.truth_counts),
        _coded,
    ),
    _distance("wasserstein", "Wasserstein-1", _wasserstein, _moved, _metric, signed=_shifted),
    _distance("total_variation", "Total variation", _total_variation, _changed, _nominal),
    _distance(
        "jensen_shannon",
        "Jensen–Shannon, base 2",
        _jensen_shannon,
        _diverged,
        _coded,
        headline=False,
    ),
    Measure(
        "wasserstein_raw",
        "Wasserstein-1, in units of the answers",
        "lower",
        False,
        _wasserstein_raw,
        _sized,
        interval="folded",
        headline=False,
    ),
    Measure(
        "variance_ratio",
        "Variance ratio",
        "one",
        False,
        lambda s: metrics.variance_ratio(s.pred, s.truth, s.weights),
        _correlates,
        interval="log",
        headline=False,
    ),
    Measure(
        "glass_delta",
        "Glass Δ of means",
        "lower",
        False,
        lambda s: metrics.glass_delta(s.pred, s.truth, s.weights),
        _ordered,
        interval="folded",
        headline=False,
    ),
    Measure(
        "modal_share_twin",
        "Modal share, twins",
        "",
        False,
        lambda s: metrics.modal_share(s.pred_counts),
        _coded,
        headline=False,
    ),
    Measure(
        "modal_share_human",
        "Modal share, people",
        "",
        False,
        lambda s: metrics.modal_share(s.truth_counts),
        _coded,
        headline=False,
    ),
    Measure(
        "extreme_share_twin",
        "Extreme share, twins",
        "",
        False,
        lambda s: metrics.extreme_share(s.pred_counts),
        _listed,
        headline=False,
    ),
    Measure(
        "extreme_share_human",
        "Extreme share, people",
        "",
        False,
        lambda s: metrics.extreme_share(s.truth_counts),
        _listed,
        headline=False,
    ),
)

HEADLINES: tuple[Measure, ...] = tuple(m for m in MEASURES if m.headline)
