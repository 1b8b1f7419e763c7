"""Twins in tasks beside people: panels of scores and published figures in, `TaskReport` out.

It never knows what was asked. A panel of scores has, for each task, one variable per measure
(`TASK_MEASURE`), variables that say who was in which arm, and what `TaskFacts` names beside them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..data.codebook import Codebook, Level, Variable
from ..data.errors import ComparisonError
from ..data.panel import Panel
from ..data.references import Measure, Reference
from ..data.task_facts import TaskFacts
from .dissociation import dissociation
from .metrics.weights import FloatArray
from .rationality import rationality
from .task_card import ArmEffect, Published, TaskFigure, TaskReport, TaskScore, Verdict
from .task_flags import FEWEST, Scored, flags_of
from .task_stats import MISSING, Figure, difference, effect_size, figure, mean_figure

__all__ = ["task_report"]

EFFECTS = ("d", "difference", "ratio")


def task_report(
    tasks: Sequence[TaskFacts],
    twins: Panel,
    people: Panel | None = None,
    *,
    traits: Sequence[str] = (),
    level: float = 0.95,
) -> TaskReport:
    """Report on tasks.

    Args:
        tasks: The tasks that were given.
        twins: The twins' scores; of several replicates, the first is looked at.
        people: Scores of people who were given the same tasks, the same people or others.
        traits: Variables of the panels that hold self-reports; their correlations with the
            measures are reported too. A self-report that only the people have counts as that of
            their twins.
        level: Coverage of the intervals, in (0, 1).

    Raises:
        ComparisonError: There is no task, or the level is no share.
    """
    if not tasks:
        raise ComparisonError(
            "there is no task to report on", remedy="compare a run whose questionnaire has tasks"
        )
    if not 0 < level < 1:
        raise ComparisonError(
            f"the interval level is {level:g}", remedy="give a share between 0 and 1, such as 0.95"
        )
    twins = _first(twins)
    people = _first(people) if people is not None else None
    twins = _with_traits(twins, people, traits)
    choices = tuple(choice for facts in tasks for choice in facts.choices)
    measures = {facts.variable(m.name): m.label for facts in tasks for m in facts.measures}
    notes = []
    if twins.weight_variable or (people is not None and people.weight_variable):
        notes.append("Survey weights are not used in the figures of tasks.")
    return TaskReport(
        tasks=tuple(_task(facts, twins, people, level) for facts in tasks),
        rationality=rationality(choices, twins, people, level=level) if choices else None,
        dissociation=dissociation(traits, tuple(measures), twins, people, level=level)
        if traits
        else None,
        level=level,
        notes=tuple(notes),
    )


def _first(panel: Panel) -> Panel:
    return next(iter(panel.waves().values()))


def _with_traits(twins: Panel, people: Panel | None, traits: Sequence[str]) -> Panel:
    """The twins with the self-reports of their people, where they have none of their own."""
    lacking = [
        name
        for name in dict.fromkeys(traits)
        if name not in twins.codebook and people is not None and name in people.codebook
    ]
    if people is None or not lacking:
        return twins
    frame = twins.frame.copy()
    rows = [people.row_of(p) if p in people else -1 for p in twins.persons]
    for name in lacking:
        values = np.append(people.numbers(name), np.nan)
        frame[name] = values[rows]
    variables = (
        Variable(name=name, label=people.codebook[name].label, level=Level.INTERVAL)
        for name in lacking
    )
    return Panel(frame=frame, codebook=Codebook((*twins.codebook, *variables)))


def _task(facts: TaskFacts, twins: Panel, people: Panel | None, level: float) -> TaskScore:
    mine = _scored(facts, twins)
    theirs = _scored(facts, people) if people is not None else None
    if theirs is not None and _count(theirs) < FEWEST:
        theirs = None
    figures: list[TaskFigure] = []
    effects: list[ArmEffect] = []
    for measure in facts.measures:
        stated = [r for r in facts.references if r.measure == measure.name]
        figures += _figures(measure, stated, mine, theirs, level)
        effects += _effects(facts, measure, stated, mine, theirs, level)
    return TaskScore(
        name=facts.name,
        title=facts.title,
        family=facts.family,
        citation=facts.citation,
        twins=_count(mine),
        people=_count(theirs) if theirs is not None else 0,
        figures=tuple(figures),
        effects=tuple(effects),
        flags=tuple(flags_of(facts, mine, theirs, level)),
    )


def _scored(facts: TaskFacts, panel: Panel) -> Scored:
    empty = np.full(len(panel), np.nan)
    scores = {
        m.name: panel.numbers(name) if (name := facts.variable(m.name)) in panel.codebook else empty
        for m in facts.measures
    }
    best = panel.numbers(facts.best) if facts.best in panel.codebook else empty
    return Scored(scores, {name: _arms(panel, name) for name in facts.arms}, best)


def _arms(panel: Panel, name: str) -> list[str]:
    if name not in panel.codebook:
        return [""] * len(panel)
    variable = panel.codebook[name]
    cells = panel.frame[name].tolist()
    return ["" if cell is None or cell != cell else variable.label_of(cell) for cell in cells]


def _count(side: Scored) -> int:
    """People with at least one score."""
    columns = list(side.scores.values())
    return int((~np.isnan(np.stack(columns))).any(axis=0).sum()) if columns else 0


def _figures(
    measure: Measure,
    stated: Sequence[Reference],
    mine: Scored,
    theirs: Scored | None,
    level: float,
) -> list[TaskFigure]:
    """One row for each published figure that is no effect; the mean where there is none."""
    found = []
    scores = mine.scores[measure.name]
    levels = [r for r in stated if r.statistic not in EFFECTS]
    for r in levels:
        people = MISSING
        if theirs is not None:
            people = figure(r, theirs.scores[measure.name], theirs.arms, level)
        found.append(
            _judged(
                TaskFigure(
                    measure=measure.name,
                    label=measure.label,
                    statistic=r.wording,
                    twins=figure(r, scores, mine.arms, level),
                    people=people,
                    published=_published(r),
                )
            )
        )
    if not levels:
        people = mean_figure(theirs.scores[measure.name], level) if theirs is not None else MISSING
        row = TaskFigure(
            measure=measure.name,
            label=measure.label,
            statistic="mean",
            twins=mean_figure(scores, level),
            people=people,
        )
        found.append(_judged(row))
    return found


def _published(r: Reference) -> Published:
    return Published(
        value=r.value,
        interval=r.interval,
        statistic=r.wording,
        source=r.source,
        mark=r.mark,
        n=r.n,
        note=r.note,
    )


def _judged(row: TaskFigure) -> TaskFigure:
    published = row.published.interval if row.published is not None else None
    return dataclasses.replace(row, verdict=_verdict(row.twins, row.people, published))


def _verdict(twins: Figure, people: Figure, published: tuple[float, float] | None) -> Verdict:
    """Where the twins lie, beside people at hand, or else beside the published interval."""
    if not twins.known or math.isnan(twins.interval[0]):
        return ""
    if people.known and not math.isnan(people.interval[0]):
        low, high = people.interval
    elif published is not None:
        low, high = published
    else:
        return ""
    if low - 1e-9 <= twins.value <= high + 1e-9:
        return "as people"
    if twins.interval[0] > high:
        return "above"
    return "below" if twins.interval[1] < low else "unclear"


def _effects(
    facts: TaskFacts,
    measure: Measure,
    stated: Sequence[Reference],
    mine: Scored,
    theirs: Scored | None,
    level: float,
) -> list[ArmEffect]:
    """Published effects, then every arm against the first of its condition where none is."""
    pairs: dict[tuple[str, str], Reference | None] = {
        (r.arm, r.against): r for r in stated if r.statistic in EFFECTS
    }
    for arms in facts.arms.values():
        for arm in arms[1:]:
            if not any({arm, arms[0]} == set(pair) for pair in pairs):
                pairs[arm, arms[0]] = None
    found = []
    for (arm, against), r in pairs.items():
        raw, d = _contrast(mine, measure.name, arm, against, level)
        if not raw.known:
            continue
        people_raw, people_d, people_stated = MISSING, MISSING, MISSING
        if theirs is not None:
            people_raw, people_d = _contrast(theirs, measure.name, arm, against, level)
        own = MISSING
        if r is not None:
            own = figure(r, mine.scores[measure.name], mine.arms, level)
            if theirs is not None:
                people_stated = figure(r, theirs.scores[measure.name], theirs.arms, level)
        compared = (own, people_stated) if r is not None else (raw, people_raw)
        found.append(
            ArmEffect(
                measure=measure.name,
                label=measure.label,
                arm=arm,
                against=against,
                raw=raw,
                d=d,
                people_raw=people_raw,
                people_d=people_d,
                stated=own if r is not None and r.statistic == "ratio" else MISSING,
                published=_published(r) if r is not None else None,
                verdict=_verdict(*compared, r.interval if r is not None else None),
            )
        )
    return found


def _contrast(
    side: Scored, measure: str, arm: str, against: str, level: float
) -> tuple[Figure, Figure]:
    one, other = (_in(side.arms, side.scores[measure], name) for name in (arm, against))
    return difference(one, other, level), effect_size(one, other, level)


def _in(arms: Mapping[str, Sequence[str]], scores: FloatArray, arm: str) -> FloatArray:
    rows = np.zeros(len(scores), dtype=np.bool_)
    for given in arms.values():
        rows |= np.array([one == arm for one in given], dtype=np.bool_)
    found: FloatArray = scores[rows & ~np.isnan(scores)]
    return found
