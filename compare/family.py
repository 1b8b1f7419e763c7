"""The populations that intervals of distances are worked out from; see `metrics.inversion`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from . import metrics
from .measures import Measure, Sample
from .metrics.weights import FloatArray

__all__ = ["Family"]

IntArray = npt.NDArray[np.intp]

FINEST = 128
"""Answers on a finer grid are gathered into so many stretches; only for intervals."""


class Family:
    """Gathers resampled distances while items are measured.

    Show it the sample of every item once with `start`, then every block of resamples with
    `resample`.

    Args:
        measures: Those with a `separation` are followed, others are not.
        items: Number of items.
    """

    def __init__(self, measures: Sequence[Measure], items: int) -> None:
        self._measures = [m for m in measures if m.separation is not None]
        self._gaps: dict[int, FloatArray] = {}
        steps = len(metrics.STEPS)
        self._factors = {m.name: np.full((steps, items), np.nan) for m in self._measures}
        self._true = {m.name: np.full((steps, items), np.nan) for m in self._measures}
        self._noise = {m.name: np.full(items, np.nan) for m in self._measures}
        self._signed: dict[str, dict[int, list[FloatArray]]] = {m.name: {} for m in self._measures}
        self._drawn: dict[str, dict[int, list[FloatArray]]] = {m.name: {} for m in self._measures}

    def start(self, columns: IntArray | int, sample: Sample) -> None:
        """Note the difference found between the two sides of items."""
        if not self._measures:
            return
        _, gap, _ = _sides(sample)
        for column, one in zip(np.atleast_1d(columns).tolist(), np.atleast_2d(gap), strict=True):
            self._gaps[column] = one

    def resample(self, columns: IntArray | int, sample: Sample) -> None:
        """Measure what the resamples make of every member of the family."""
        places = np.atleast_1d(columns)
        wanted = [m for m in self._measures if m.defined(sample.scale)]
        if not wanted:
            return
        middle, drawn, at = _sides(sample)
        if middle.ndim == 2:
            middle, drawn = middle[None], drawn[None]
        gap = np.stack([self._gaps[k] for k in places.tolist()])[:, None, :]
        for m in wanted:
            separation = m.separation
            assert separation is not None
            scale = sample.scale
            if np.isnan(self._factors[m.name][:, places]).all():
                found = separation(scale, at, middle[:, :1], gap)[:, 0]
                noise = separation(scale, at, middle, drawn - gap)
                known = ~np.isnan(noise)
                squares = metrics.ratio(
                    np.where(known, noise**2, 0.0).sum(axis=1), known.sum(axis=1)
                )
                self._noise[m.name][places] = np.sqrt(squares)
                self._factors[m.name][:, places] = metrics.factors(found, np.sqrt(squares))
            if m.signed is not None:
                turn = np.sign(m.signed(scale, at, middle[:, :1], gap))
                noise = m.signed(scale, at, middle, drawn - gap) * turn
                for column, one in zip(places.tolist(), noise, strict=True):
                    self._signed[m.name].setdefault(column, []).append(one.astype(np.float32))
            for step, factor in enumerate(self._factors[m.name][:, places]):
                moved = factor[:, None, None] * gap
                self._true[m.name][step, places] = separation(scale, at, middle[:, :1], moved)[:, 0]
                values = separation(scale, at, middle, drawn - gap + moved)
                for column, one in zip(places.tolist(), values, strict=True):
                    rows = self._drawn[m.name].setdefault(column, [])
                    rows.append(one.astype(np.float32))

    def interval(
        self, measure: Measure, found: FloatArray, left_out: FloatArray, level: float
    ) -> FloatArray:
        """Intervals of all items, shape (2, items); see `metrics.separation_interval`."""
        ends = np.full((2, len(found)), np.nan)
        for column in self._drawn[measure.name]:
            ends[:, column] = metrics.separation_interval(
                found[column],
                self._true[measure.name][:, column],
                self._of(measure, column),
                left_out[:, column],
                level,
                self._least_error(measure, [column]),
            )
        return ends

    def pooled_interval(
        self, measure: Measure, found: FloatArray, left_out: FloatArray, level: float
    ) -> FloatArray:
        """Interval of the mean over items, shape (2,), from the same arguments as `interval`."""
        columns = [k for k in self._drawn[measure.name] if not np.isnan(self._of(measure, k)).all()]
        if not columns:
            return np.full(2, np.nan)
        total, count = np.zeros(0), np.zeros(0)
        for k in columns:
            values = self._of(measure, k)
            known = ~np.isnan(values)
            total = np.where(known, values, 0.0) + (total if total.size else 0.0)
            count = known + (count if count.size else 0.0)
        true = self._true[measure.name][:, columns].mean(axis=1)
        each, without = found[columns], left_out[:, columns]
        low, high = metrics.separation_interval(
            each.mean(),
            true,
            metrics.ratio(total, count),
            np.nanmean(without, axis=1),
            level,
            self._least_error(measure, columns),
        )
        least = metrics.pooled_lower(each, self._noise[measure.name][columns], without, level)
        return np.array([min(float(low), least) if not np.isnan(low) else low, high])

    def _least_error(self, measure: Measure, columns: Sequence[int]) -> float:
        """Standard deviation of the mean over items of what is resampled with its sign."""
        signed = self._signed[measure.name]
        known = [np.concatenate(signed[k]) for k in columns if k in signed]
        if not known:
            return 0.0
        mean = np.zeros(len(known[0]))
        for one in known:
            mean += np.nan_to_num(one)
        return float((mean / len(known)).std())

    def _of(self, measure: Measure, column: int) -> FloatArray:
        """Resampled distances of one item, shape (steps, replicates)."""
        steps = len(metrics.STEPS)
        rows = self._drawn[measure.name][column]
        return np.concatenate(
            [np.stack(rows[start : start + steps]) for start in range(0, len(rows), steps)], axis=1
        ).astype(np.float64)


def _sides(sample: Sample) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Middle and difference of the two distributions, and the positions of their answers."""
    p, q = metrics.shares(sample.pred_counts), metrics.shares(sample.truth_counts)
    at = sample.positions
    if p.shape[-1] > FINEST:
        starts = np.unique(np.linspace(0, p.shape[-1], FINEST, endpoint=False).astype(np.intp))
        p, q = (np.add.reduceat(side, starts, axis=-1) for side in (p, q))
        at = at[starts]
    return (p + q) / 2, p - q, at
