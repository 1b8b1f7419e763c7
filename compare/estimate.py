"""Measures of many items at once: estimates, resamples, draws and split halves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from . import metrics
from .family import Family
from .measures import MEASURES, Measure, Sample, pool
from .metrics.weights import FloatArray
from .references import DRAWS
from .scale import Scale
from .tables import (
    Batch,
    batches,
    drawn_sample,
    grid_of,
    loose_sample,
    resampled_tables,
    table_places,
    table_sample,
    tables,
)

__all__ = ["Estimate", "Floor", "estimate", "floor", "measure", "measure_draws", "pair_counts"]

IntArray = npt.NDArray[np.intp]
Values = dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class Estimate:
    """What two sides score against each other.

    Attributes:
        items: Measure → one value per item, shape (items,).
        pooled: Measure → headline.
        item_intervals: Measure → ends, shape (2, items); empty without a bootstrap.
        pooled_intervals: Measure → ends, shape (2,); empty without a bootstrap.
        replicates: Measure → headline of each resample, shape (replicates,), for differences.
        pairs: People with both answers, shape (items,).
    """

    items: Mapping[str, FloatArray]
    pooled: Mapping[str, float]
    item_intervals: Mapping[str, FloatArray]
    pooled_intervals: Mapping[str, FloatArray]
    replicates: Mapping[str, FloatArray]
    pairs: FloatArray


@dataclass(frozen=True, eq=False)
class Floor:
    """Split-half distances: measure → one value per item (see `metrics.SplitHalf`)."""

    floor: Mapping[str, FloatArray]
    matched: Mapping[str, FloatArray]


def pair_counts(human: FloatArray, pred: FloatArray) -> FloatArray:
    """Number of people with both answers, shape (items,)."""
    both = ~(np.isnan(human) | np.isnan(pred))
    return np.asarray(both.sum(axis=0), dtype=np.float64)


def estimate(
    human: FloatArray,
    pred: FloatArray,
    scales: Sequence[Scale],
    weights: FloatArray,
    *,
    measures: Sequence[Measure] = MEASURES,
    bootstrap: int = 0,
    level: float = 0.95,
    rng: Callable[[], np.random.Generator],
    intervals: bool = True,
) -> Estimate:
    """Score `pred` against `human`, with intervals over people if `bootstrap` is positive.

    Args:
        human: The people's answers, shape (people, items).
        pred: The other side's, same shape.
        scales: One per item.
        weights: Survey weights, shape (people,).
        measures: What to measure.
        bootstrap: Number of resamples.
        level: Coverage of the intervals.
        rng: Makes the generator of the resamples; the same for two estimates to be subtracted.
        intervals: Whether to work intervals out; without them only `replicates` are kept.
    """
    pairs = pair_counts(human, pred)
    resampled = bootstrap > 0 and len(human) > 1
    family = Family(measures, len(scales)) if resampled and intervals else None
    items = measure(
        human, pred, scales, weights, measures, watch=None if family is None else family.start
    )
    pooled = {m.name: float(pool(m, items[m.name], pairs)) for m in measures}
    if not resampled:
        return Estimate(items, pooled, {}, {}, {}, pairs)
    watch = None if family is None else family.resample
    blocks = [
        measure(human, pred, scales, block * weights, measures, watch=watch)
        for block in metrics.resamples(len(human), bootstrap, rng())
    ]
    values = {m.name: np.concatenate([block[m.name] for block in blocks]) for m in measures}
    replicates = {m.name: pool(m, values[m.name], pairs) for m in measures}
    if family is None:
        return Estimate(items, pooled, {}, {}, replicates, pairs)
    left_out = metrics.jackknife_weights(len(human)) * weights
    without = measure(human, pred, scales, left_out, measures)
    item_intervals: Values = {}
    pooled_intervals: Values = {}
    for m in measures:
        each, whole = without[m.name], pool(m, without[m.name], pairs)
        value = np.asarray(pooled[m.name])
        if m.interval == "separation":
            item_intervals[m.name] = family.interval(m, items[m.name], each, level)
            pooled_intervals[m.name] = family.pooled_interval(m, items[m.name], each, level)
            continue
        item_intervals[m.name] = _interval(m, values[m.name], items[m.name], each, level)
        pooled_intervals[m.name] = _interval(m, replicates[m.name], value, whole, level)
    return Estimate(items, pooled, item_intervals, pooled_intervals, replicates, pairs)


def measure(
    human: FloatArray,
    pred: FloatArray,
    scales: Sequence[Scale],
    weights: FloatArray,
    measures: Sequence[Measure] = MEASURES,
    watch: Callable[[IntArray | int, Sample], None] | None = None,
) -> Values:
    """Every measure of every item.

    Args:
        human: Shape (people, items).
        pred: Shape (people, items).
        scales: One per item.
        weights: Shape (people,) or (replicates, people).
        measures: What to measure.
        watch: Shown every sample with the columns it stands for.

    Returns:
        Measure → shape (items,) or (replicates, items); NaN where it is not defined.
    """
    lead = weights.shape[:-1]
    out = {m.name: np.full((*lead, len(scales)), np.nan) for m in measures}
    for columns, sample in _samples(human, pred, scales, weights):
        if watch is not None:
            watch(columns, sample)
        for m in measures:
            if m.defined(sample.scale):
                values = m.compute(sample)
                out[m.name][..., columns] = np.moveaxis(values, 0, -1) if lead else values
    return out


def measure_draws(
    human: FloatArray,
    source: FloatArray,
    rows: Callable[[int], IntArray],
    scales: Sequence[Scale],
    weights: FloatArray,
    measures: Sequence[Measure] = MEASURES,
) -> Values:
    """Measures of answers taken from other rows of `source`, averaged over the draws.

    Items with long or open scales are ranked once per draw over each side's own answers, not over
    the pairs both answered.

    Args:
        human: Shape (people, items).
        source: Where the answers come from, shape (people, items).
        rows: Column → rows to take answers from, shape (draws, people), −1 for none.
        scales: One per item.
        weights: Shape (people,).
        measures: What to measure.

    Returns:
        Measure → shape (items,).
    """
    out = {m.name: np.full(len(scales), np.nan) for m in measures}

    def fill(columns: IntArray | int, sample: Sample) -> None:
        for m in measures:
            if m.defined(sample.scale):
                values = np.broadcast_to(m.compute(sample), (*np.shape(columns), _draws(sample)))
                known = ~np.isnan(values)
                total = np.where(known, values, 0.0).sum(axis=-1)
                out[m.name][columns] = metrics.ratio(total, known.sum(axis=-1))

    for batch in batches(scales):
        if not batch.tabled:
            column = int(batch.columns[0])
            taken = rows(column)
            if len(taken):
                fill(
                    column,
                    drawn_sample(batch.scale, human[:, column], source[:, column], taken, weights),
                )
            continue
        codes = len(batch.scale.codes)
        for columns in batch.chunks(len(human) * DRAWS):
            ours = table_places(batch.scale, human[:, columns])
            # Row −1 is the last: an extra person without an answer.
            theirs = np.pad(
                table_places(batch.scale, source[:, columns]),
                ((0, 0), (0, 1)),
                constant_values=codes,
            )
            drawn = np.stack([theirs[k][rows(int(c))] for k, c in enumerate(columns)])
            if drawn.size:
                fill(columns, table_sample(batch.scale, tables(ours, drawn, codes, weights)))
    return out


def _draws(sample: Sample) -> int:
    """Number of draws a sample holds side by side."""
    return int(sample.weights.shape[-2] if sample.pred.ndim == 1 else sample.pred.shape[1])


def floor(
    human: FloatArray,
    twin: FloatArray,
    scales: Sequence[Scale],
    weights: FloatArray,
    *,
    splits: int,
    rng: np.random.Generator,
) -> Floor:
    """Split-half floors of the distribution distances.

    Args:
        human: Shape (people, items).
        twin: Shape (people, items).
        scales: One per item.
        weights: Survey weights, shape (people,).
        splits: Number of random splits.
        rng: Source of the splits, which all items share.
    """
    distances = [m for m in MEASURES if m.distance is not None]
    low = {m.name: np.full(len(scales), np.nan) for m in distances}
    matched = {name: values.copy() for name, values in low.items()}
    if len(human) < 2 or splits < 1:
        return Floor(low, matched)
    first, second = metrics.half_splits(len(human), splits, rng)
    for batch in batches(scales):
        for columns in batch.chunks(len(human) * max(len(batch.scale.codes), 1)):
            ours, theirs = human[:, columns], twin[:, columns]
            scale = batch.scale
            grid, positions = grid_of(scale, ours, theirs)
            one = _half_counts(batch, grid, ours, first * weights)
            two = _half_counts(batch, grid, ours, second * weights)
            twins = _half_counts(batch, grid, theirs, second * weights)
            for m in distances:
                if m.distance is not None and m.defined(scale):
                    apart = partial(m.distance, scale, positions)
                    found = metrics.split_half(one, two, twins, apart)
                    low[m.name][columns] = found.floor
                    matched[m.name][columns] = found.matched
    return Floor(low, matched)


def _half_counts(batch: Batch, grid: Scale, answers: FloatArray, halves: FloatArray) -> FloatArray:
    """Counts of shape (items, splits, codes) from answers (people, items)."""
    places = grid.places(answers)
    size = len(grid.values)
    if not batch.tabled:
        return metrics.counts_at(places[:, 0], size, halves)[None]
    onehot = np.zeros((places.size, size))
    known = np.flatnonzero(places.ravel() >= 0)
    onehot[known, places.ravel()[known]] = 1.0
    counts = halves @ onehot.reshape(len(places), -1)
    return counts.reshape(len(halves), -1, size).transpose(1, 0, 2)


def _samples(
    human: FloatArray, pred: FloatArray, scales: Sequence[Scale], weights: FloatArray
) -> Iterator[tuple[IntArray | int, Sample]]:
    """Samples that cover all items, each with the columns it stands for."""
    for batch in batches(scales):
        codes = len(batch.scale.codes)
        if not batch.tabled:
            column = int(batch.columns[0])
            yield column, loose_sample(batch.scale, human[:, column], pred[:, column], weights)
            continue
        replicates = 1 if weights.ndim == 1 else len(weights)
        for columns in batch.chunks(max(replicates * (codes + 1) ** 2, len(human))):
            ours = table_places(batch.scale, human[:, columns])
            theirs = table_places(batch.scale, pred[:, columns])
            count = tables if weights.ndim == 1 else resampled_tables
            yield columns, table_sample(batch.scale, count(ours, theirs, codes, weights))


def _interval(
    m: Measure, replicates: FloatArray, value: FloatArray, left_out: FloatArray, level: float
) -> FloatArray:
    if m.interval == "fisher":
        return metrics.fisher_interval(value, left_out, level)
    if m.interval == "log":
        return metrics.log_interval(replicates, value, left_out, level)
    if m.interval == "folded":
        return metrics.folded_interval(value, left_out, level)
    return metrics.bca_interval(replicates, value, left_out, level)
