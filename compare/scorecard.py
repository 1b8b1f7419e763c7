"""Score simulated answers against human ones: panels in, `Scorecard` out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from ..data.errors import ComparisonError
from ..data.panel import Panel
from ..data.scale_scores import without_scores
from ..data.scales import Scale
from ..data.seeds import generator
from . import metrics
from .align import Aligned, align, answers_of
from .bars import bars_of
from .card import Difference, GroupScore, Headline, ItemScore, Method, Scorecard
from .effects import arm_variables
from .estimate import Estimate, Floor, estimate, floor
from .evidence import Evidence
from .groups import groups_of
from .measures import HEADLINES, Measure, pool
from .metrics.weights import FloatArray
from .references import DRAWS
from .scales import scale_scores
from .scoring import (
    Again,
    Lows,
    Settings,
    again_of,
    cell_accuracy,
    differences_of,
    dispositions_of,
    lows_of,
    measured,
    normalised_rows,
    scales_of,
)
from .sections import with_sections
from .stated import Paradata, Stated
from .verdict import with_words

__all__ = [
    "Difference",
    "GroupScore",
    "Headline",
    "ItemScore",
    "Method",
    "Scorecard",
    "compare",
]

RESERVED = ("constant", "marginal", "shuffled")


def compare(
    twin: Panel,
    human: Panel,
    *,
    retest: Panel | None = None,
    by: Sequence[str] = (),
    references: Mapping[str, Panel] = MappingProxyType({}),
    aggregate_only: Collection[str] = (),
    scales: Sequence[Scale] = (),
    arms: Sequence[str] = (),
    stated: Stated | None = None,
    paradata: Paradata | None = None,
    seed: int = 0,
    bootstrap: int = 1000,
    splits: int = 100,
    level: float = 0.95,
) -> Scorecard:
    """Score twins against people.

    Args:
        twin: Simulated answers, one row per person, or several told apart by a wave variable
            named "replicate" (the first is scored, the others show how the twins repeat
            themselves).
        human: What the same people answered.
        retest: What they answered on a second occasion: the ceiling of individual scores.
        by: Variables of the human panel to split the people by.
        references: Further respondents' answers by name, such as {"statistical": panel}; best
            guesses of a respondent that draws its answers under `references.guess_of(name)`.
        aggregate_only: Items whose simulated answers rest on nothing known of the person; they
            are compared as distributions and not person by person.
        scales: Scores made of several items, as the twins' questionnaire declares them. Scores
            that stand in the panels are no items; both sides are scored anew.
        arms: Variables of both panels that hold the arm of an experiment somebody was in; without
            them those called "arm_…". They are no items.
        stated: Probabilities behind the twins' answers.
        paradata: How the twins' answers came about.
        seed: Seed of reference draws, splits and resamples.
        bootstrap: Resamples of people behind the intervals; 0 for none.
        splits: Random halves of the people behind the floor.
        level: Coverage of the intervals, in (0, 1).

    Raises:
        ComparisonError: No people or items in common, items coded differently, several waves in
            one panel, or a setting out of range.
        UnknownNameError: A variable to split by does not exist.
        PanelError: A survey weight is negative.
    """
    _check(references, bootstrap, splits, level)
    conditions = arm_variables(twin, human, arms)
    items = without_scores(twin, [*(scale.name for scale in scales), *conditions])
    aligned = align(items, human, retest, aggregate_only)
    settings = Settings(seed, bootstrap, splits, level)
    by_scale, scale_notes = scale_scores(aligned, scales, settings)
    scores = _twin_scores(aligned, settings)
    lows = lows_of(aligned, scores, seed)
    further = {name: answers_of(panel, aligned, name) for name, panel in references.items()}
    for name, answers in further.items():
        lows.references[name] = measured(aligned, answers)
    again = again_of(aligned)
    floors = floor(
        aligned.human,
        aligned.twin,
        scales_of(aligned),
        aligned.weights,
        splits=splits,
        rng=generator("compare", seed, "split-half"),
    )
    card = Scorecard(
        dispositions=dispositions_of(aligned),
        items=_items(aligned, scores, lows, floors, again),
        overall=_overall(aligned, scores, lows, floors, again, settings),
        differences=differences_of(aligned, scores, lows.constant, further, settings),
        groups=groups_of(aligned, tuple(by), lows.constant, seed, bootstrap, level),
        scales=by_scale,
        notes=(*aligned.notes, *scale_notes),
        evidence=Evidence(aligned, further),
        method=Method(
            people=len(aligned.persons),
            items=len(aligned.items),
            cells=int(scores.pairs.sum()),
            weighted=not bool((aligned.weights == 1).all()),
            retested=0 if aligned.retested is None else int(aligned.retested.sum()),
            replicates=1 + len(aligned.replicates),
            seed=seed,
            bootstrap=bootstrap,
            splits=splits,
            draws=DRAWS,
            level=level,
            references=tuple(lows.references),
        ),
    )
    card = with_sections(
        card,
        aligned,
        twin,
        settings,
        by=tuple(by),
        arms=conditions,
        stated=stated,
        paradata=paradata,
    )
    return with_words(card, aligned)


def _check(references: Mapping[str, Panel], bootstrap: int, splits: int, level: float) -> None:
    for name in references:
        if name in RESERVED:
            raise ComparisonError(
                f"a reference cannot be called {name!r}, which every scorecard has",
                remedy="give it another name",
            )
    if not 0 < level < 1:
        raise ComparisonError(
            f"the interval level is {level:g}", remedy="give a share between 0 and 1, such as 0.95"
        )
    if bootstrap < 0 or splits < 0:
        raise ComparisonError(
            "the number of resamples or splits is negative", remedy="give 0 for none"
        )


def _twin_scores(aligned: Aligned, settings: Settings) -> Estimate:
    return estimate(
        aligned.human,
        aligned.twin,
        scales_of(aligned),
        aligned.weights,
        bootstrap=settings.bootstrap,
        level=settings.level,
        rng=settings.resampling,
    )


def _items(
    aligned: Aligned, scores: Estimate, lows: Lows, floors: Floor, again: Again
) -> tuple[ItemScore, ...]:
    ratios = np.full(len(aligned.items), np.nan)
    if again.both is not None and aligned.retest is not None:
        ratios = metrics.ratio(
            metrics.weighted_mean(
                cell_accuracy(aligned, aligned.twin, again.both), aligned.weights
            ),
            metrics.weighted_mean(
                cell_accuracy(aligned, aligned.retest, again.both), aligned.weights
            ),
        )
    found = []
    for k, item in enumerate(aligned.items):
        human, twin = aligned.human[:, k], aligned.twin[:, k]
        found.append(
            ItemScore(
                name=item.name,
                label=item.label,
                question=item.question,
                level=item.scale.level.value,
                n=int(scores.pairs[k]),
                n_human=int((~np.isnan(human)).sum()),
                n_twin=int((~np.isnan(twin)).sum()),
                scores=_column(scores.items, k),
                intervals={
                    name: (float(ends[0, k]), float(ends[1, k]))
                    for name, ends in scores.item_intervals.items()
                },
                references={name: _column(v, k) for name, v in lows.references.items()},
                floors=_column(floors.floor, k),
                matched=_column(floors.matched, k),
                retest={} if again.retest is None else _column(again.retest, k),
                twin_retest={} if again.twins is None else _column(again.twins, k),
                normalised_accuracy=float(ratios[k]),
                human_missing={r.value: count for r, count in item.human_missing.items()},
                twin_missing={r.value: count for r, count in item.twin_missing.items()},
                bars=bars_of(item.scale, human, twin, aligned.weights),
            )
        )
    return tuple(found)


def _overall(
    aligned: Aligned,
    scores: Estimate,
    lows: Lows,
    floors: Floor,
    again: Again,
    settings: Settings,
) -> tuple[Headline, ...]:
    rows = []
    for m in HEADLINES:
        defined = int((~np.isnan(scores.items[m.name])).sum())
        if not any(m.defined(scale) for scale in scales_of(aligned)):
            continue

        def pooled(values: Mapping[str, FloatArray] | None, m: Measure = m) -> float:
            if values is None or m.name not in values:
                return math.nan
            return float(pool(m, values[m.name], scores.pairs))

        ends = scores.pooled_intervals.get(m.name, np.array([np.nan, np.nan]))
        row = Headline(
            metric=m.name,
            label=m.label,
            better=m.better,
            individual=m.individual,
            estimate=scores.pooled[m.name],
            interval=(float(ends[0]), float(ends[1])),
            n_items=defined,
            references={name: pooled(values) for name, values in lows.references.items()},
            floor=pooled(floors.floor),
            matched=pooled(floors.matched),
            retest=pooled(again.retest),
            twin_retest=pooled(again.twins),
        )
        rows.append(dataclasses.replace(row, position=_position(row)))
        if m.name == "wasserstein":
            rows.append(_representativeness(rows[-1]))
    return (*rows, *normalised_rows(aligned, again, lows, settings))


def _representativeness(row: Headline) -> Headline:
    """1 − mean Wasserstein distance, as others print it (see `metrics.representativeness`)."""
    return dataclasses.replace(
        row,
        metric="representativeness",
        label="Representativeness",
        better="higher",
        estimate=1 - row.estimate,
        interval=(1 - row.interval[1], 1 - row.interval[0]),
        references={name: 1 - value for name, value in row.references.items()},
        floor=1 - row.floor,
        matched=1 - row.matched,
        retest=1 - row.retest,
        twin_retest=1 - row.twin_retest,
    )


def _position(row: Headline) -> float:
    """Where the twins lie between knowing nothing (0) and the people themselves (1)."""
    if row.better == "lower":
        worst, best, value = row.references.get("constant", math.nan), row.floor, row.matched
    elif row.better == "higher":
        known = [row.references[name] for name in ("constant", "marginal")]
        worst = max((value for value in known if not math.isnan(value)), default=math.nan)
        best, value = row.retest, row.estimate
    else:
        return math.nan
    gap = best - worst
    if math.isnan(gap) or (gap <= 0) is (row.better == "higher") or gap == 0:
        return math.nan
    return (value - worst) / gap


def _column(values: Mapping[str, FloatArray], k: int) -> dict[str, float]:
    return {name: float(column[k]) for name, column in values.items()}
