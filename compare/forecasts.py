"""How good the probabilities behind simulated answers are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import metrics
from .align import Aligned
from .card_sections import CalibrationBin, ForecastItem, Forecasts
from .metrics.weights import FloatArray
from .scale import Scale
from .scoring import Settings
from .stated import Stated

__all__ = ["forecasts_of"]

IntArray = npt.NDArray[np.intp]
Cells = Callable[[FloatArray, IntArray], FloatArray]

SCORES: dict[str, Cells] = {
    "rps": metrics.cell_rps,
    "brier": metrics.cell_brier,
    "log_score": metrics.cell_log_score,
}


@dataclass(frozen=True, eq=False, slots=True)
class _Item:
    """One item's cells: each score's, those of the marginal, and how sure the likeliest was."""

    column: int
    mine: dict[str, FloatArray]
    marginal: dict[str, FloatArray]
    sure: FloatArray
    right: FloatArray


def forecasts_of(aligned: Aligned, stated: Stated, settings: Settings) -> Forecasts | None:
    """Score stated probabilities against the people's answers, beside the other people's shares.

    Items of a listed scale whose codes the probabilities are about are scored; ordered ones by the
    ranked probability score too. The marginal states for everybody the shares of the *other*
    people's answers, so that nobody's own answer leaks into it.

    Returns:
        The scores, or None where no item has stated probabilities and answers.
    """
    rows = {person: row for row, person in enumerate(stated.persons)}
    order = np.array([rows.get(person, -1) for person in aligned.persons])
    found = [
        item
        for column in range(len(aligned.items))
        if (item := _item(aligned, column, stated, order)) is not None
    ]
    if not found:
        return None
    weights = aligned.weights
    items = tuple(_scored(aligned, item, weights) for item in found)

    def pooled(w: FloatArray) -> FloatArray:
        """Scores in order, then skill: shape (…, 4)."""
        columns = [_mean(_stack(found, name, "mine"), w * weights) for name in SCORES]
        columns.append(_skill(found, w * weights))
        return np.stack(columns, axis=-1)

    value = pooled(np.ones(len(weights)))
    ends = np.full((2, len(value)), np.nan)
    if settings.bootstrap and len(weights) > 1:
        ends = metrics.bootstrap_interval(
            pooled,
            len(weights),
            replicates=settings.bootstrap,
            rng=settings.resampling(),
            level=settings.level,
        )
    names = [name for k, name in enumerate(SCORES) if not math.isnan(value[k])]
    sure, right = (np.concatenate([getattr(i, side) for i in found]) for side in ("sure", "right"))
    curve = metrics.calibration(sure, right, np.tile(weights, len(found)))
    places = {name: k for k, name in enumerate(SCORES)}
    return Forecasts(
        items=items,
        scores={name: float(value[places[name]]) for name in names} | {"ece": curve.ece},
        intervals={n: (float(ends[0, places[n]]), float(ends[1, places[n]])) for n in names},
        marginal={name: float(_mean(_stack(found, name, "marginal"), weights)) for name in names},
        skill=float(value[-1]),
        skill_interval=(float(ends[0, -1]), float(ends[1, -1])),
        bins=tuple(
            CalibrationBin(
                low=float(curve.edges[k]),
                high=float(curve.edges[k + 1]),
                count=float(curve.counts[k]),
                stated=float(curve.stated[k]),
                observed=float(curve.observed[k]),
            )
            for k in range(len(curve.counts))
        ),
    )


def _item(aligned: Aligned, column: int, stated: Stated, order: IntArray) -> _Item | None:
    scale = aligned.items[column].scale
    given = stated.items.get(aligned.items[column].name)
    if given is None or not scale.codes or not scale.individual:
        return None
    p = _over(scale, given, order)
    at = scale.places(aligned.human[:, column])
    if p is None or not ((at >= 0) & ~np.isnan(p).any(axis=1)).any():
        return None
    # Cells without probabilities are no part of the marginal's score either.
    at = np.where(np.isnan(p).any(axis=1), -1, at)
    others = _other_shares(scale, aligned, column)
    both = np.where(np.isnan(others).any(axis=1), -1, at)
    names = [name for name in SCORES if name != "rps" or scale.ordered]
    likeliest = np.where(np.isnan(p), -1.0, p).argmax(axis=1)
    known = at >= 0
    return _Item(
        column=column,
        mine={name: SCORES[name](p, both) for name in names},
        marginal={name: SCORES[name](others, both) for name in names},
        sure=np.where(known, np.take_along_axis(p, likeliest[:, None], axis=1)[:, 0], np.nan),
        right=np.where(known, (likeliest == at).astype(np.float64), np.nan),
    )


def _over(
    scale: Scale, given: tuple[tuple[float | str, ...], FloatArray], order: IntArray
) -> FloatArray | None:
    """Probabilities over the scale's codes for the aligned people; None for foreign codes."""
    codes, shares = given
    places = {code: k for k, code in enumerate(scale.codes)}
    used = [k for k, code in enumerate(codes) if code in places]
    foreign = [k for k in range(len(codes)) if k not in used]
    if foreign and np.nansum(shares[:, foreign]) > 0:
        return None
    found = np.zeros((len(order), len(scale.codes)))
    for k in used:
        found[:, places[codes[k]]] = shares[order, k]
    found[order < 0] = np.nan
    total = found.sum(axis=1, keepdims=True)
    empty = np.full(found.shape, np.nan)
    return np.asarray(np.divide(found, total, out=empty, where=total > 0))


def _other_shares(scale: Scale, aligned: Aligned, column: int) -> FloatArray:
    at, w = scale.places(aligned.human[:, column]), aligned.weights
    counts = metrics.counts_at(at, len(scale.codes), w)
    mine = (at[:, None] == np.arange(len(scale.codes))) * w[:, None]
    return metrics.shares(np.maximum(counts - mine, 0.0))


def _scored(aligned: Aligned, item: _Item, weights: FloatArray) -> ForecastItem:
    about = aligned.items[item.column]
    mine = {n: float(metrics.weighted_mean(cells, weights)) for n, cells in item.mine.items()}
    others = {n: float(metrics.weighted_mean(cells, weights)) for n, cells in item.marginal.items()}
    name = "rps" if "rps" in mine else "brier"
    return ForecastItem(
        name=about.name,
        label=about.label,
        n=int((~np.isnan(item.mine["brier"])).sum()),
        scores=mine,
        marginal=others,
        skill=float(metrics.skill(mine[name], others[name])),
    )


def _stack(found: list[_Item], name: str, side: str) -> FloatArray:
    cells = [getattr(item, side)[name] for item in found if name in getattr(item, side)]
    return np.column_stack(cells) if cells else np.full((len(found[0].sure), 1), np.nan)


def _mean(cells: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean over items of the mean over people, shape of the weights without people."""
    means = metrics.weighted_mean(cells, weights)
    known = ~np.isnan(means)
    return metrics.ratio(np.where(known, means, 0.0).sum(axis=-1), known.sum(axis=-1))


def _skill(found: list[_Item], weights: FloatArray) -> FloatArray:
    skills = []
    for item in found:
        name = "rps" if "rps" in item.mine else "brier"
        mine, others = (
            metrics.weighted_mean(side[name], weights) for side in (item.mine, item.marginal)
        )
        skills.append(metrics.skill(mine, others))
    values = np.stack(skills, axis=-1)
    known = ~np.isnan(values)
    return metrics.ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))
