"""Scale scores of twins beside people's: the same definition, the same keys, the same people."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.codebook import Level, Variable, code_text
from ..data.graded import fit_graded
from ..data.scale_report import ScaleSummary, summary_of
from ..data.scale_scores import keyed, scored
from ..data.scales import Norm, Scale, scale_faults
from . import metrics
from .align import Aligned, AlignedItem
from .metrics.weights import FloatArray
from .scoring import Settings

__all__ = ["ScaleScore", "scale_scores"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """How the twins' scores on one scale stand to the people's.

    Attributes:
        name: Of the score.
        label: For people.
        scoring: "mean", "sum" or "theta". Theta is that of the model fitted to the people, for
            both sides, so that the twins' mean and spread can be read against theirs.
        n: People with both scores.
        people: The people's scores: mean, SD, α.
        twins: The twins'.
        difference: (Mean of the twins − mean of the people) / SD of the people.
        pearson: r of twins' and people's scores; NaN where items rest on nothing known of the
            person, or a side does not vary.
        interval: Its interval over people, NaN without a bootstrap.
        retest: r of the people's scores with those of their second answers; the ceiling.
        norms: What people scored elsewhere.
    """

    name: str
    label: str
    scoring: str
    n: int
    people: ScaleSummary
    twins: ScaleSummary
    difference: float
    pearson: float
    interval: tuple[float, float]
    retest: float
    norms: Norm | None


@dataclass(frozen=True, eq=False, slots=True)
class _Sides:
    """Keyed answers and scores of one scale on every side."""

    scale: Scale
    human: FloatArray
    twin: FloatArray
    people: FloatArray
    twins: FloatArray
    again: FloatArray
    individual: bool


def scale_scores(
    aligned: Aligned, scales: Sequence[Scale], settings: Settings
) -> tuple[tuple[ScaleScore, ...], tuple[str, ...]]:
    """Score both sides on every scale whose items both answered.

    Args:
        aligned: The answers.
        scales: As the twins' questionnaire declares them.
        settings: How much to resample, and from which seed.

    Returns:
        The scores, and notes about scales that could not be compared.
    """
    columns = {item.name: column for column, item in enumerate(aligned.items)}
    sides, lacking, notes = [], [], []
    for scale in scales:
        gone = [item for item in scale.items if item not in columns]
        if gone:
            more = f" and {len(gone) - 1} more" if gone[1:] else ""
            lacking.append(f"{scale.name} ({gone[0]}{more})")
            continue
        places = [columns[item] for item in scale.items]
        items = [aligned.items[place] for place in places]
        fault = next(scale_faults(scale, {i.name: _declared(i) for i in items}), None)
        if fault is not None:
            notes.append(f"the scale {scale.name} is not compared: {fault.what}")
            continue
        sides.append(_sides(aligned, scale, places, items))
        if scale.score == "theta" and np.isnan(sides[-1].people).all():
            notes.append(
                f"the scale {scale.name} has no scores: the people's answers are too few to fit "
                "theta to"
            )
    if lacking:
        notes.insert(0, f"scales not compared, for want of items: {', '.join(lacking)}")
    if not sides:
        return (), tuple(notes)
    return tuple(_scores(aligned, sides, settings)), tuple(notes)


def _declared(item: AlignedItem) -> Variable:
    """An item as both sides understand it."""
    scale = item.scale
    ranged = not math.isnan(scale.low) and scale.low < scale.high
    return Variable(
        name=item.name,
        level=Level.ORDINAL if scale.level is Level.MULTIPLE else scale.level,
        labels=tuple((value, code_text(value)) for value in scale.values),
        range=(scale.low, scale.high) if ranged else None,
    )


def _sides(
    aligned: Aligned, scale: Scale, places: Sequence[int], items: Sequence[AlignedItem]
) -> _Sides:
    bounds = [_declared(item).bounds for item in items]
    human = keyed(aligned.human[:, places], scale, bounds)
    twin = keyed(aligned.twin[:, places], scale, bounds)
    model = fit_graded(human) if scale.score == "theta" else None
    again = np.full(len(human), np.nan)
    if aligned.retest is not None:
        again = scored(keyed(aligned.retest[:, places], scale, bounds), scale, model)
    return _Sides(
        scale=scale,
        human=human,
        twin=twin,
        people=scored(human, scale, model),
        twins=scored(twin, scale, model),
        again=again,
        individual=all(item.scale.individual for item in items),
    )


def _scores(aligned: Aligned, sides: Sequence[_Sides], settings: Settings) -> list[ScaleScore]:
    people = np.column_stack([side.people for side in sides])
    twins = np.column_stack([side.twins for side in sides])
    again = np.column_stack([side.again for side in sides])
    twins_known = np.where([side.individual for side in sides], twins, np.nan)
    r = metrics.pearson(twins_known, people, aligned.weights)
    retest = metrics.pearson(again, people, aligned.weights)
    ends = np.full((2, len(sides)), np.nan)
    if settings.bootstrap:
        ends = metrics.bootstrap_interval(
            lambda drawn: metrics.pearson(twins_known, people, drawn * aligned.weights),
            len(people),
            replicates=settings.bootstrap,
            rng=settings.resampling(),
            level=settings.level,
        )
    found = []
    for k, side in enumerate(sides):
        bare = dataclasses.replace(side.scale, norms=None)
        ours = summary_of(bare, side.human, side.people, aligned.weights)
        theirs = summary_of(bare, side.twin, side.twins, aligned.weights)
        found.append(
            ScaleScore(
                name=side.scale.name,
                label=side.scale.title,
                scoring=side.scale.score,
                n=int((~np.isnan(side.people) & ~np.isnan(side.twins)).sum()),
                people=ours,
                twins=theirs,
                difference=(theirs.mean - ours.mean) / ours.sd if ours.sd > 0 else math.nan,
                pearson=float(r[k]),
                interval=(float(ends[0, k]), float(ends[1, k])),
                retest=float(retest[k]),
                norms=side.scale.norms,
            )
        )
    return found
