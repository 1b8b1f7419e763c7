"""The parts of a scorecard: references, second answers, differences, normalised accuracy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.codebook import Reason
from ..data.seeds import generator
from . import metrics
from .align import Aligned
from .card import Difference, Headline
from .estimate import Estimate, estimate, measure, measure_draws
from .measures import HEADLINES, Measure, measure_named, pool
from .metrics.weights import BoolArray, FloatArray
from .references import (
    BEST_GUESS,
    FUSED,
    STATISTICAL,
    constant_answers,
    donors,
    guess_of,
    is_guess,
    other_persons,
)
from .scale import Scale

__all__ = [
    "Again",
    "Lows",
    "Settings",
    "again_of",
    "cell_accuracy",
    "differences_of",
    "dispositions_of",
    "lows_of",
    "measured",
    "normalised_rows",
    "scales_of",
]

Values = dict[str, FloatArray]

NO_CORRELATION = ("pearson", "spearman")
NO_SPREAD = ("sd_ratio", "entropy_ratio")


@dataclass(frozen=True, slots=True)
class Settings:
    """How much to draw, and from which seed."""

    seed: int
    bootstrap: int
    splits: int
    level: float

    def resampling(self) -> np.random.Generator:
        """The same resamples for everything that is to be subtracted from each other."""
        return generator("compare", self.seed, "bootstrap")


@dataclass(frozen=True, eq=False, slots=True)
class Lows:
    """The reference respondents' answers and scores."""

    constant: FloatArray
    references: dict[str, Values]


@dataclass(frozen=True, eq=False, slots=True)
class Again:
    """What second answers score: the people's own, and the twins' own."""

    retest: Values | None
    twins: Values | None
    both: BoolArray | None
    """Cells that person, twin and retest all hold."""


def scales_of(aligned: Aligned) -> list[Scale]:
    """The scale of each item."""
    return [item.scale for item in aligned.items]


def measured(aligned: Aligned, pred: FloatArray, human: FloatArray | None = None) -> Values:
    """Every measure of `pred` against the people, or against another `human` matrix."""
    truth = aligned.human if human is None else human
    return measure(truth, pred, scales_of(aligned), aligned.weights)


def lows_of(aligned: Aligned, scores: Estimate, seed: int) -> Lows:
    """Answers and headline scores of those who know nothing of the person.

    A constant has no correlation, and SD and entropy ratios of 0: that it leaves out the person it
    is for makes it vary by a hair, which is no property of the reference.
    """
    human, weights, scales = aligned.human, aligned.weights, scales_of(aligned)
    constant = np.column_stack(
        [constant_answers(human[:, k], scale, weights) for k, scale in enumerate(scales)]
    )
    known = [m for m in HEADLINES if m.name not in (*NO_CORRELATION, *NO_SPREAD)]
    flat = measure(human, constant, scales, weights, known)
    for name in NO_CORRELATION:
        flat[name] = np.full(len(scales), np.nan)
    for name in NO_SPREAD:
        flat[name] = np.where(np.isnan(scores.items[name]), np.nan, 0.0)
    cycles = other_persons(len(human), seed)
    return Lows(
        constant,
        {
            "constant": flat,
            "marginal": measure_draws(
                human,
                human,
                lambda k: donors(human[:, k], weights, seed, aligned.items[k].name),
                scales,
                weights,
                HEADLINES,
            ),
            "shuffled": measure_draws(
                human, aligned.twin, lambda _: cycles, scales, weights, HEADLINES
            ),
        },
    )


def again_of(aligned: Aligned) -> Again:
    """What second answers score, people's and twins'; twins are scored against their first."""
    twins: Values | None = None
    if aligned.replicates:
        each = [measured(aligned, later, aligned.twin) for later in aligned.replicates]
        twins = {name: _mean([values[name] for values in each]) for name in each[0]}
    if aligned.retest is None or aligned.retested is None:
        return Again(None, twins, None)
    present = np.where(aligned.retested[:, None], aligned.human, np.nan)
    both = ~(np.isnan(aligned.human) | np.isnan(aligned.twin) | np.isnan(aligned.retest))
    return Again(measured(aligned, aligned.retest, present), twins, both)


def cell_accuracy(aligned: Aligned, pred: FloatArray, cells: BoolArray | None = None) -> FloatArray:
    """Accuracy of every cell, exact agreement for nominal items; shape (people, items)."""
    low = np.array([scale.low for scale in scales_of(aligned)])
    high = np.array([scale.high for scale in scales_of(aligned)])
    nominal = np.array([not scale.ordered for scale in scales_of(aligned)])
    graded = metrics.cell_accuracy(pred, aligned.human, low, high)
    found = np.where(nominal, metrics.cell_exact(pred, aligned.human), graded)
    return found if cells is None else np.where(cells, found, np.nan)


def normalised_rows(
    aligned: Aligned, again: Again, lows: Lows, settings: Settings
) -> list[Headline]:
    """Accuracy relative to the people's retest, both ways of averaging."""
    if again.both is None or aligned.retest is None:
        return []
    weights = aligned.weights
    twin = cell_accuracy(aligned, aligned.twin, again.both)
    retest = cell_accuracy(aligned, aligned.retest, again.both)

    def ratios(w: FloatArray) -> FloatArray:
        found = metrics.normalised_accuracy(
            metrics.weighted_mean(twin, w * weights), metrics.weighted_mean(retest, w * weights)
        )
        return np.stack((found.ratio_of_means, found.mean_of_ratios), axis=-1)

    people = len(aligned.persons)
    ends = np.full((2, 2), np.nan)
    if settings.bootstrap and people > 1:
        ends = metrics.bootstrap_interval(
            ratios,
            people,
            replicates=settings.bootstrap,
            rng=settings.resampling(),
            level=settings.level,
        )
    below = metrics.weighted_mean(retest, weights)
    others = {
        name: metrics.normalised_accuracy(values["accuracy"], below)
        for name, values in lows.references.items()
    }
    value = ratios(np.ones(people))
    used = int((~np.isnan(below)).sum())
    return [
        Headline(
            metric=name,
            label=label,
            better="higher",
            individual=True,
            estimate=float(value[k]),
            interval=(float(ends[0, k]), float(ends[1, k])),
            n_items=used,
            references={key: float(getattr(found, name)) for key, found in others.items()},
            retest=1.0,
        )
        for k, (name, label) in enumerate(
            (
                ("ratio_of_means", "Accuracy / retest"),
                ("mean_of_ratios", "Accuracy / retest, by item"),
            )
        )
    ]


def differences_of(
    aligned: Aligned,
    scores: Estimate,
    constant: FloatArray,
    further: Mapping[str, FloatArray],
    settings: Settings,
) -> tuple[Difference, ...]:
    """Twins less the constant (accuracy), and less each further respondent (every headline).

    The best guess, if there is one, is set against the constant as well: a drawn answer loses
    accuracy to a median whatever it knows (arXiv 2509.19088: a constant scored .757). For the same
    reason best guesses are held against best guesses, and what fusion adds is the difference of
    best guesses, where there are any.
    """
    found = [_gain(aligned, scores, aligned.twin, constant, settings, "twins")]
    ours = "twins" if BEST_GUESS not in further else BEST_GUESS
    for name, answers in further.items():
        if is_guess(name):
            mine = further.get(BEST_GUESS, aligned.twin)
            found += _between(aligned, (ours, mine), (name, answers), settings, _INDIVIDUAL)
            continue
        found += _against(aligned, scores, name, answers, settings)
        if name == BEST_GUESS:
            found.append(_gain(aligned, scores, answers, constant, settings, name))
    pairs = ((guess_of(FUSED), guess_of(STATISTICAL)), (FUSED, STATISTICAL))
    for fused, alone in pairs:
        if fused in further and alone in further:
            sides = (fused, further[fused]), (alone, further[alone])
            found += _between(aligned, *sides, settings, _INDIVIDUAL)
            break
    return tuple(found)


_INDIVIDUAL = tuple(m for m in HEADLINES if m.name in ("accuracy", "pearson"))


def dispositions_of(aligned: Aligned) -> dict[str, float]:
    """Share of answers, and of every reason for there being none, in what twins were asked."""
    counts: dict[Reason, int] = {}
    for item in aligned.items:
        for reason, count in item.twin_missing.items():
            if reason not in _UNASKED:
                counts[reason] = counts.get(reason, 0) + count
    answered = int((~np.isnan(aligned.twin)).sum())
    asked = answered + sum(counts.values())
    if not asked:
        return {}
    order = sorted(counts, key=lambda reason: (-counts[reason], reason))
    return {"answered": answered / asked, **{r.value: counts[r] / asked for r in order}}


_UNASKED = (Reason.NOT_ASKED, Reason.NOT_APPLICABLE)


def _gain(
    aligned: Aligned,
    scores: Estimate,
    pred: FloatArray,
    constant: FloatArray,
    settings: Settings,
    of: str,
) -> Difference:
    """Accuracy less the constant's, cell by cell."""
    gain = cell_accuracy(aligned, pred) - cell_accuracy(aligned, constant)

    def mean_gain(w: FloatArray) -> FloatArray:
        return pool(
            measure_named("accuracy"),
            metrics.weighted_mean(gain, w * aligned.weights),
            scores.pairs,
        )

    people = len(aligned.persons)
    ends = np.full(2, np.nan)
    if settings.bootstrap and people > 1:
        ends = metrics.bootstrap_interval(
            mean_gain,
            people,
            replicates=settings.bootstrap,
            rng=settings.resampling(),
            level=settings.level,
        )
    value = float(mean_gain(np.ones(people)))
    return Difference("constant", "accuracy", value, (float(ends[0]), float(ends[1])), of)


def _against(
    aligned: Aligned, scores: Estimate, name: str, answers: FloatArray, settings: Settings
) -> list[Difference]:
    """Twins less another respondent on the cells that both answered."""
    twins = ("twins", aligned.twin)
    return _between(aligned, twins, (name, answers), settings, HEADLINES, scores)


def _between(
    aligned: Aligned,
    of: tuple[str, FloatArray],
    reference: tuple[str, FloatArray],
    settings: Settings,
    measures: Sequence[Measure],
    known: Estimate | None = None,
) -> list[Difference]:
    """One side less another on the cells that both answered; each is a name and its answers.

    Args:
        aligned: The people's answers.
        of: Whose scores are subtracted from.
        reference: Whose scores are subtracted.
        settings: How much to draw.
        measures: What to subtract.
        known: The first side's scores over all its cells, if they are known.
    """
    common = ~(np.isnan(of[1]) | np.isnan(reference[1]))

    def scored(pred: FloatArray) -> Estimate:
        return estimate(
            aligned.human,
            np.where(common, pred, np.nan),
            scales_of(aligned),
            aligned.weights,
            measures=measures,
            bootstrap=settings.bootstrap,
            level=settings.level,
            rng=settings.resampling,
            intervals=False,
        )

    same = bool((common == ~np.isnan(of[1])).all())
    ours = known if known is not None and same else scored(of[1])
    theirs = scored(reference[1])
    found = []
    for m in measures:
        gap = ours.pooled[m.name] - theirs.pooled[m.name]
        if math.isnan(gap):
            continue
        ends = np.full(2, np.nan)
        if m.name in ours.replicates:
            ends = metrics.percentile_interval(
                ours.replicates[m.name] - theirs.replicates[m.name], settings.level
            )
        interval = (float(ends[0]), float(ends[1]))
        found.append(Difference(reference[0], m.name, gap, interval, of[0]))
    return found


def _mean(arrays: Sequence[FloatArray]) -> FloatArray:
    stacked = np.stack(arrays)
    known = ~np.isnan(stacked)
    return metrics.ratio(np.where(known, stacked, 0.0).sum(axis=0), known.sum(axis=0))
