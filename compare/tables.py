"""Coded answers as tables of counts, which is what makes a million of them quick.

Every measure of a coded item is a function of how many people stand in each (human code, twin
code) cell. Items on the same scale are counted in one pass, and a resample, a shuffle or a draw
is another set of counts over the same few cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from . import metrics
from .measures import Sample
from .metrics.weights import FloatArray
from .scale import LONGEST_LIST, Scale

__all__ = [
    "Batch",
    "batches",
    "drawn_sample",
    "grid_of",
    "loose_sample",
    "resampled_tables",
    "table_places",
    "table_sample",
    "tables",
]

IntArray = npt.NDArray[np.intp]

CELLS = 4_000_000
"""Most cells worked on at a time: 32 MB."""


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Items on one scale.

    Attributes:
        scale: Their scale.
        columns: Their columns in the matrices of answers.
        tabled: Whether they are scored from tables; long and open scales are not.
    """

    scale: Scale
    columns: IntArray
    tabled: bool

    def chunks(self, load: int) -> Iterator[IntArray]:
        """Yield the columns, as many at a time as keep `load` numbers each within bounds."""
        size = max(1, CELLS // max(load, 1))
        for start in range(0, len(self.columns), size):
            yield self.columns[start : start + size]


def batches(scales: Sequence[Scale]) -> list[Batch]:
    """Group items by scale; an item that cannot be tabled is a batch of its own."""
    shared: dict[object, list[int]] = {}
    for column, scale in enumerate(scales):
        tabled = 0 < len(scale.codes) <= LONGEST_LIST
        key: object = column
        if tabled:
            # repr, because NaN bounds would not compare equal.
            key = (scale.level, scale.individual, scale.values, repr((scale.low, scale.high)))
        shared.setdefault(key, []).append(column)
    return [
        Batch(scales[columns[0]], np.array(columns), not isinstance(key, int))
        for key, columns in shared.items()
    ]


def tables(human: IntArray, pred: IntArray, codes: int, weights: FloatArray) -> FloatArray:
    """Weight in each (human, twin) cell of the codes and "missing".

    Args:
        human: Positions, `codes` where missing, shape (items, people).
        pred: Positions, shape (items, people) or (items, draws, people).
        codes: Number of codes.
        weights: Shape (people,).

    Returns:
        Shape (items, cells) or (items, draws, cells), cells = (codes + 1)².
    """
    cells = (codes + 1) ** 2
    offset = np.arange(pred[..., 0].size).reshape(pred.shape[:-1])[..., None] * cells
    row = human * (codes + 1)
    index = pred + (row[:, None, :] if pred.ndim == 3 else row)
    index += offset
    same = bool((weights == 1).all())
    counts = np.bincount(
        index.ravel(),
        weights=None if same else np.broadcast_to(weights, index.shape).ravel(),
        minlength=offset.size * cells,
    )
    return counts.astype(np.float64).reshape(*pred.shape[:-1], cells)


def resampled_tables(
    human: IntArray, pred: IntArray, codes: int, weights: FloatArray
) -> FloatArray:
    """As `tables`, for many sets of weights of shape (replicates, people).

    Returns:
        Shape (items, replicates, cells).
    """
    from scipy.sparse import csc_array

    items, people = human.shape
    cells = (codes + 1) ** 2
    index = (human * (codes + 1) + pred + np.arange(items)[:, None] * cells).T
    onehot = csc_array(
        (np.ones(index.size), np.ravel(index), np.arange(0, index.size + 1, items)),
        shape=(items * cells, people),
    )
    counts = np.asarray(onehot.tocsr() @ np.ascontiguousarray(weights.T))
    return np.ascontiguousarray(counts.reshape(items, cells, -1).transpose(0, 2, 1))


def table_places(scale: Scale, answers: FloatArray) -> IntArray:
    """Positions for `tables`: shape (people, items) to (items, people), missing after the last."""
    places = scale.places(answers)
    places[places < 0] = len(scale.codes)
    return np.ascontiguousarray(places.T)


def table_sample(scale: Scale, counts: FloatArray) -> Sample:
    """The sample that a table stands for: its cells are the people, its counts their weights.

    Args:
        scale: The scale of the items.
        counts: Shape (…, cells).
    """
    size = len(scale.codes) + 1
    values = np.append(np.asarray(scale.values, dtype=np.float64), np.nan)
    square = counts.reshape(*counts.shape[:-1], size, size)
    return Sample(
        scale=scale,
        pred=np.tile(values, size),
        truth=np.repeat(values, size),
        weights=counts,
        pred_counts=square.sum(axis=-2)[..., :-1],
        truth_counts=square.sum(axis=-1)[..., :-1],
        positions=scale.positions,
    )


def loose_sample(scale: Scale, truth: FloatArray, pred: FloatArray, weights: FloatArray) -> Sample:
    """The sample of an item whose answers are not from a short list.

    Args:
        scale: The item's scale.
        truth: Shape (people,).
        pred: Shape (people,).
        weights: Shape (…, people).
    """
    grid, positions = grid_of(scale, truth, pred)
    size = len(grid.values)
    return Sample(
        scale=scale,
        pred=pred,
        truth=truth,
        weights=weights,
        pred_counts=metrics.counts_at(grid.places(pred), size, weights),
        truth_counts=metrics.counts_at(grid.places(truth), size, weights),
        positions=positions,
    )


def drawn_sample(
    scale: Scale, truth: FloatArray, source: FloatArray, rows: IntArray, weights: FloatArray
) -> Sample:
    """As `loose_sample`, for several draws of answers from other rows, side by side.

    Args:
        scale: The item's scale.
        truth: Shape (people,).
        source: Where the answers come from, shape (people,).
        rows: Rows to take answers from, shape (draws, people), −1 for none.
        weights: Shape (people,).
    """
    grid, positions = grid_of(scale, truth, source)
    size = len(grid.values)
    # Row −1 is the last: an extra person without an answer.
    places = np.append(grid.places(source), -1)[rows]
    index = places + np.arange(len(rows))[:, None] * size
    known = places >= 0
    heavy = np.broadcast_to(weights, places.shape)[known]
    flat = np.bincount(index[known], weights=heavy, minlength=len(rows) * size)
    counts = flat.astype(np.float64).reshape(len(rows), size)
    middle = np.cumsum(counts, axis=1) - counts / 2
    ranks = np.where(known, np.take_along_axis(middle, places, axis=1), np.nan)
    ours = grid.places(truth)
    truth_counts = metrics.counts_at(ours, size, weights)
    truth_middle = np.cumsum(truth_counts) - truth_counts / 2
    return Sample(
        scale=scale,
        pred=np.append(source, np.nan)[rows].T,
        truth=truth,
        weights=weights,
        pred_counts=counts,
        truth_counts=truth_counts,
        positions=positions,
        ranks=(ranks.T, np.where(ours >= 0, truth_middle[ours], np.nan)),
    )


def grid_of(scale: Scale, *answers: FloatArray) -> tuple[Scale, FloatArray]:
    """Return a scale with a finite list of values, and their positions for Wasserstein distances.

    It is the scale itself if that is a list, and otherwise the values that occur in `answers`.
    """
    if scale.codes:
        return scale, scale.positions
    pooled = np.unique(np.concatenate([values.ravel() for values in answers]))
    values = tuple(pooled[~np.isnan(pooled)].tolist()) or (0.0,)
    return replace(scale, values=values), np.asarray(values)
