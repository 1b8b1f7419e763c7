"""In what twins are not like people in a task: flags."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.references import Measure
from ..data.task_facts import TaskFacts
from .metrics.weights import FloatArray
from .task_card import Flag
from .task_stats import MISSING, Figure, difference, mean_figure, share_figure
from .verdict import number, percent

__all__ = ["FEWEST", "Scored", "flags_of"]

FEWEST = 10
"""Of fewer twins nothing is flagged."""

CONSISTENCY = ("consistent", "consistency")
"""Measures of whether somebody's choices fit together (multiple switching is the lack of it)."""

STEADY = 0.75
"""Mean consistency under which twins are flagged where nothing is known of people; chosen."""
OPTIMAL = 0.95
"""Share of payoff-maximising answers from which twins are flagged where nothing is known of
people: no published population of people comes near it."""
MORE = 0.10
"""By how much twins' share of payoff-maximising answers must at least exceed people's; chosen."""
NARROW = 0.25
"""Ratio of SDs, twins to people, under which variance has collapsed; chosen."""
FOCAL, EXCESS = 0.5, 0.25
"""Share of twins with the same score from which it is focal, and by how much it must at least
exceed people's share; chosen."""
EVERYBODY = 0.8
"""Share of twins with the same score from which it is focal where nothing is known of people."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of one side.

    Attributes:
        scores: Measure → score of each person, NaN where there is none.
        arms: Condition → arm of each person, "" where unknown.
        best: Share of each person's answers that pay most; all NaN where none do.
    """

    scores: Mapping[str, FloatArray]
    arms: Mapping[str, Sequence[str]]
    best: FloatArray


def flags_of(facts: TaskFacts, twins: Scored, people: Scored | None, level: float) -> list[Flag]:
    """Every flag of one task."""
    found = [
        *_too_rational(facts, twins, people, level),
        *(
            f
            for m in facts.measures
            if m.name not in CONSISTENCY
            for f in _variance(facts, m, twins, people)
        ),
        *(
            f
            for m in facts.measures
            if m.name not in CONSISTENCY
            for f in _focal(facts, m, twins, people, level)
        ),
        *(
            flag
            for m in facts.measures
            if m.name in CONSISTENCY
            for flag in _consistency(facts, m, twins, people, level)
        ),
    ]
    # A measure that does not vary is focal too; once is enough.
    flat = {flag.text.split(":")[0] for flag in found if flag.kind == "no variance"}
    return [f for f in found if f.kind != "focal answer" or f.text.split(":")[0] not in flat]


def _too_rational(
    facts: TaskFacts, twins: Scored, people: Scored | None, level: float
) -> list[Flag]:
    mine = mean_figure(twins.best, level)
    if mine.n < FEWEST:
        return []
    said = f"{percent(mine.value)} of the answers pay most"
    other = mean_figure(people.best, level) if people is not None else MISSING
    if people is not None and other.n >= FEWEST:
        gap = difference(twins.best, people.best, level)
        if gap.interval[0] > MORE:
            return [Flag(kind="too rational", task=facts.name, text=f"{said}; of people's, "
                         f"{percent(other.value)}")]  # fmt: skip
        return []
    if mine.value >= OPTIMAL:
        return [Flag(kind="too rational", task=facts.name, text=said)]
    return []


def _variance(
    facts: TaskFacts, measure: Measure, twins: Scored, people: Scored | None
) -> list[Flag]:
    mine, n = _spread(twins, measure.name)
    if n < FEWEST:
        return []
    label = measure.label
    if mine == 0:
        if _settled(facts, measure):
            return []
        if people is not None and _spread(people, measure.name)[0] == 0:
            return []
        return [
            Flag(kind="no variance", task=facts.name, text=f"{label}: all twins score the same")
        ]
    if people is None:
        return []
    theirs, count = _spread(people, measure.name)
    if count >= FEWEST and theirs > 0 and mine / theirs < NARROW:
        text = f"{label}: the twins' SD is {number(mine / theirs, 2)} of the people's"
        return [Flag(kind="no variance", task=facts.name, text=text)]
    return []


def _spread(side: Scored, measure: str) -> tuple[float, int]:
    """Pooled SD within arms, and how many have a score."""
    values = side.scores[measure]
    known = ~np.isnan(values)
    cells: dict[tuple[str, ...], list[float]] = {}
    for row in np.flatnonzero(known).tolist():
        key = tuple(given[row] for given in side.arms.values())
        cells.setdefault(key, []).append(float(values[row]))
    groups = [np.array(cell) for cell in cells.values()]
    squares = sum(float(((cell - cell.mean()) ** 2).sum()) for cell in groups)
    return math.sqrt(squares / max(int(known.sum()), 1)), int(known.sum())


def _settled(facts: TaskFacts, measure: Measure) -> bool:
    """Whether next to all people score the same too, as far as is published."""
    return any(
        r.measure == measure.name
        and (r.interval[0] >= 0.95 or r.interval[1] <= 0.05)
        and r.statistic in ("mean", "share")
        for r in facts.references
    )


def _focal(
    facts: TaskFacts, measure: Measure, twins: Scored, people: Scored | None, level: float
) -> list[Flag]:
    values = twins.scores[measure.name]
    known = values[~np.isnan(values)]
    ends = {measure.low, measure.high}
    distinct = np.unique(known)
    if len(known) < FEWEST or {float(x) for x in distinct} <= ends or twins.arms:
        return []
    places, counts = np.unique(np.round(known, 9), return_counts=True)
    at, hits = float(places[counts.argmax()]), int(counts.max())
    share = share_figure(hits, len(known), level)
    if share.value < FOCAL:
        return []
    theirs, whose = _share_of_people(facts, measure, at, people)
    if math.isnan(theirs):
        # Without a share of people, their mean must at least say that they do otherwise.
        if share.value < EVERYBODY or not _elsewhere(facts, measure, float(known.mean())):
            return []
        text = f"{measure.label}: {percent(share.value)} of the twins score {at:.4g}"
    elif share.interval[0] - theirs >= EXCESS:
        text = (
            f"{measure.label}: {percent(share.value)} of the twins score {at:.4g}, "
            f"{percent(theirs)} of {whose}"
        )
    else:
        return []
    return [Flag(kind="focal answer", task=facts.name, text=text)]


def _elsewhere(facts: TaskFacts, measure: Measure, mean: float) -> bool:
    """Whether people's published mean lies elsewhere."""
    known = [
        r.interval
        for r in facts.references
        if r.measure == measure.name and r.statistic == "mean" and not r.arm
    ]
    return bool(known) and not any(low <= mean <= high for low, high in known)


def _share_of_people(
    facts: TaskFacts, measure: Measure, at: float, people: Scored | None
) -> tuple[float, str]:
    if people is not None:
        theirs = people.scores[measure.name]
        theirs = theirs[~np.isnan(theirs)]
        if len(theirs) >= FEWEST:
            return float((np.abs(theirs - at) < 1e-8).mean()), "the people"
    for r in facts.references:
        if r.measure == measure.name and r.at is not None and not r.arm:
            low, high = r.at
            if low - 1e-9 <= at <= high + 1e-9:
                # The share of a wider range is at least that of the score within it.
                return r.value, "people elsewhere"
    return math.nan, ""


def _consistency(
    facts: TaskFacts, measure: Measure, twins: Scored, people: Scored | None, level: float
) -> list[Flag]:
    mine = mean_figure(twins.scores[measure.name], level)
    if mine.n < FEWEST:
        return []
    low, high, whose = STEADY, math.inf, ""
    theirs = mean_figure(people.scores[measure.name], level) if people is not None else MISSING
    if theirs.n >= FEWEST:
        (low, high), whose = theirs.interval, f"the people's is {number(theirs.value, 2)}"
    else:
        for r in facts.references:
            if r.measure == measure.name and r.statistic == "mean" and not r.arm:
                (low, high), whose = r.interval, f"people's is {number(r.value, 2)}"
    text = f"{measure.label}: the twins' mean is {number(mine.value, 2)}"
    text += f", {whose}" if whose else ""
    if _upper(mine) < low:
        return [Flag(kind="inconsistent", task=facts.name, text=text)]
    if _lower(mine) > high:
        return [Flag(kind="too consistent", task=facts.name, text=text)]
    return []


def _upper(found: Figure) -> float:
    return found.value if math.isnan(found.interval[1]) else found.interval[1]


def _lower(found: Figure) -> float:
    return found.value if math.isnan(found.interval[0]) else found.interval[0]
