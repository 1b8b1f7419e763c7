"""Scores of tasks, worked out of anybody's answers: a panel of measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...data.codebook import Code, Codebook, Level, Role, Variable
from ...data.panel import Panel

if TYPE_CHECKING:
    from ..questionnaire import Questionnaire
    from .places import TaskPlace

__all__ = ["arms_of", "score_tasks", "score_variable"]

ARM = "arm_"
"""Stands in front of the name of a condition where a panel says who was in which arm."""


def score_tasks(questionnaire: Questionnaire, panel: Panel) -> Panel:
    """Score every task of a questionnaire.

    Args:
        questionnaire: What was asked.
        panel: The answers, of a run or of people; arms in variables `arm_CONDITION`. Variables
            that are not in it count as not answered.

    Returns:
        A panel of the same rows: for every measure of every task an interval variable
        `TASK_MEASURE` in block `TASK`, NaN where it cannot be had; then the arms, weights and
        waves of `panel`.
    """
    import pandas as pd

    arms = arms_of(questionnaire, panel)
    variables: list[Variable] = []
    columns: dict[str, Sequence[float]] = {}
    for place in questionnaire.tasks:
        for variable, scores in _scored(place, panel, arms):
            variables.append(variable)
            columns[variable.name] = scores
    frame = pd.DataFrame(columns, index=panel.frame.index, dtype="float64")
    kept = [
        v
        for v in panel.codebook
        if v.name not in columns
        and (
            v.role in (Role.WEIGHT, Role.WAVE)
            or (v.name.startswith(ARM) and v.role is Role.PARADATA)
        )
    ]
    for variable in kept:
        frame[variable.name] = panel.frame[variable.name]
    return Panel(
        frame=frame,
        codebook=Codebook((*variables, *kept), title=panel.codebook.title),
        source=panel.source,
    )


def arms_of(questionnaire: Questionnaire, panel: Panel) -> dict[str, list[str | None]]:
    """Arm of each person by condition, as far as the panel says (`arm_CONDITION`)."""
    found: dict[str, list[str | None]] = {}
    for condition in questionnaire.conditions:
        name = f"{ARM}{condition.name}"
        if name in panel.codebook:
            variable = panel.codebook[name]
            cells = panel.frame[name].tolist()
            found[condition.name] = [
                None if cell is None or cell != cell else variable.label_of(cell) for cell in cells
            ]
    return found


def score_variable(place: TaskPlace, measure: str) -> Variable:
    """What the scores of one measure of a task mean."""
    found = next(m for m in place.task.measured() if m.name == measure)
    wording = ", ".join(text for text in (found.label, found.unit) if text)
    bounded = found.low is not None and found.high is not None and found.low < found.high
    return Variable(
        name=f"{place.name}_{found.name}",
        label=f"{place.task.title}: {found.label}",
        question=f"{wording} ({found.meaning})" if found.meaning else wording,
        level=Level.INTERVAL,
        range=(float(found.low), float(found.high)) if bounded else None,  # type: ignore[arg-type]  # both are numbers
        block=place.name,
    )


def _scored(
    place: TaskPlace, panel: Panel, arms: Mapping[str, Sequence[str | None]]
) -> list[tuple[Variable, list[float]]]:
    names = [(asked, own) for asked, own in place.variables.items() if asked in panel.codebook]
    columns = [_cells(panel, asked) for asked, _ in names]
    own_names = [own for _, own in names]
    conditions = [(own, arms[asked]) for asked, own in place.conditions.items() if asked in arms]
    measures = place.task.measured()
    scores: dict[str, list[float]] = {measure.name: [] for measure in measures}
    for row in range(len(panel)):
        answers = {own: column[row] for own, column in zip(own_names, columns, strict=True)}
        mine = {own: arm for own, given in conditions if (arm := given[row]) is not None}
        found = place.task.score(answers, mine)
        for name, values in scores.items():
            value = found.get(name)
            values.append(np.nan if value is None else float(value))
    return [(score_variable(place, name), values) for name, values in scores.items()]


def _cells(panel: Panel, name: str) -> list[Code | None]:
    return [None if cell is None or cell != cell else cell for cell in panel.frame[name].tolist()]
