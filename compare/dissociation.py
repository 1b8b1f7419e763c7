"""What people say about themselves and what they do in tasks: twins beside people.

In people, self-reported traits and behaviour in tasks are almost unrelated. Twins that were told
of their traits act them out, so that a high correlation is a flaw here, not an achievement.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.panel import Panel
from .metrics.weights import FloatArray
from .task_card import Flag
from .task_flags import FEWEST
from .task_stats import MISSING, Figure
from .verdict import number

__all__ = ["MEDIAN", "MOST", "Dissociation", "TraitPair", "correlation", "dissociation"]

MEDIAN, MOST = 0.027, 0.216
"""Median and largest |r| of 65 pairs of trait and task in the people of Twin-2K-500 (Toubia et al.
2025, arXiv 2505.17479; n = 2,058; own computation)."""
SOURCE = "Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), 65 pairs, n = 2,058, own computation"
SLACK = 0.05
"""By how much the twins' median |r| must exceed people's and chance; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitPair:
    """One self-report and one measure of a task.

    Attributes:
        trait: Variable of the self-report.
        trait_label: The self-report for people.
        measure: Variable of the measure.
        measure_label: The measure for people.
        twins: Pearson's r over twins.
        people: Pearson's r over people, where they were given.
    """

    trait: str
    trait_label: str
    measure: str
    measure_label: str
    twins: Figure
    people: Figure = MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissociation:
    """Correlations of self-reports with behaviour.

    Attributes:
        pairs: Every pair with a correlation, the twins' largest |r| first.
        twins_median: Median |r| over pairs.
        twins_most: Largest |r|.
        people_median: The same of the people, NaN without them.
        people_most: The same of the people.
        published_median: What is published of people.
        published_most: What is published of people.
        source: Where that is from.
        flags: In what the twins are not like people.
    """

    pairs: tuple[TraitPair, ...]
    twins_median: float
    twins_most: float
    people_median: float
    people_most: float
    published_median: float = MEDIAN
    published_most: float = MOST
    source: str = SOURCE
    flags: tuple[Flag, ...] = ()


def dissociation(
    traits: Sequence[str],
    measures: Sequence[str],
    twins: Panel,
    people: Panel | None = None,
    *,
    level: float = 0.95,
) -> Dissociation:
    """Correlate every self-report with every measure.

    Args:
        traits: Variables that hold self-reports.
        measures: Variables that hold scores of tasks.
        twins: The twins' panel, which has both.
        people: The people's panel.
        level: Coverage of the intervals.
    """
    pairs = []
    for trait in traits:
        for measure in measures:
            r = _r(twins, trait, measure, level)
            if not r.known:
                continue
            pairs.append(
                TraitPair(
                    trait=trait,
                    trait_label=_label(twins, trait),
                    measure=measure,
                    measure_label=_label(twins, measure),
                    twins=r,
                    people=_r(people, trait, measure, level) if people is not None else MISSING,
                )
            )
    pairs.sort(key=lambda pair: -abs(pair.twins.value))
    mine = [abs(pair.twins.value) for pair in pairs]
    theirs = [abs(pair.people.value) for pair in pairs if pair.people.known]
    found = Dissociation(
        pairs=tuple(pairs),
        twins_median=float(np.median(mine)) if mine else math.nan,
        twins_most=max(mine, default=math.nan),
        people_median=float(np.median(theirs)) if theirs else math.nan,
        people_most=max(theirs, default=math.nan),
    )
    return dataclasses.replace(found, flags=tuple(_flags(found)))


def correlation(one: FloatArray, other: FloatArray, level: float = 0.95) -> Figure:
    """Pearson's r with Fisher's interval (1921, Metron 1, 3–32); missing where one is constant."""
    from scipy.special import ndtri

    known = ~(np.isnan(one) | np.isnan(other))
    x, y = one[known], other[known]
    n = len(x)
    if n < FEWEST or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return MISSING
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))
    half = float(ndtri((1 + level) / 2)) / math.sqrt(n - 3)
    z = math.atanh(max(min(r, 0.9999), -0.9999))
    return Figure(r, (math.tanh(z - half), math.tanh(z + half)), n)


def _r(panel: Panel, trait: str, measure: str, level: float) -> Figure:
    if trait not in panel.codebook or measure not in panel.codebook:
        return MISSING
    return correlation(panel.numbers(trait), panel.numbers(measure), level)


def _label(panel: Panel, name: str) -> str:
    return panel.codebook[name].label or name


def _flags(found: Dissociation) -> list[Flag]:
    flags = []
    for pair in found.pairs:
        low = _least(pair.twins)
        limit = found.published_most
        beside = f"the largest of people elsewhere is {number(limit)}"
        if pair.people.known:
            own = max(abs(end) for end in pair.people.interval)
            if own > limit:
                limit = own
            beside = f"people's is {number(pair.people.value)}"
        if low > limit:
            text = (
                f"{pair.trait_label} × {pair.measure_label}: r = {number(pair.twins.value)}; "
                f"{beside}"
            )
            flags.append(Flag(kind="too coherent", task="", text=text))
    if len(found.pairs) >= FEWEST:
        n = float(np.median([pair.twins.n for pair in found.pairs]))
        usual = found.published_median
        if not math.isnan(found.people_median):
            usual = max(usual, found.people_median)
        # Pairs without any relation have a median |r| of .67/√n, and seldom more than 1/√n.
        chance = 1 / math.sqrt(n)
        if found.twins_median > math.hypot(usual, chance) + SLACK:
            text = (
                f"self-reports explain behaviour: median |r| {number(found.twins_median)}; of "
                f"people, {number(usual)}"
            )
            flags.append(Flag(kind="too coherent", task="", text=text))
    return flags


def _least(found: Figure) -> float:
    """Smallest |r| within the interval."""
    low, high = found.interval
    return 0.0 if low <= 0 <= high else min(abs(low), abs(high))
