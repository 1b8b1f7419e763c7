"""From a questionnaire with tasks to what a task report needs: facts, and a panel of scores."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.codebook import Codebook, Level, Variable
from ...data.panel import Panel
from ...data.task_facts import GambleChoice, TaskFacts
from .scoring import ARM, arms_of, score_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...data.codebook import Code
    from ..questionnaire import Questionnaire
    from .gambles import GamblePair
    from .places import TaskPlace

__all__ = ["recorded_tasks", "task_facts", "task_scores"]

BEST = "best_share"
"""The share of answers that pay most is `TASK_best_share`."""
CHOICE = "chose_b"
"""Whether gamble B was chosen is `VARIABLE_chose_b`."""


def recorded_tasks(meta: Mapping[str, Any]) -> Questionnaire | None:
    """The questionnaire that a run file keeps, if there are tasks in it.

    Args:
        meta: `Run.meta`.
    """
    text = str(meta["questionnaire"])
    if "task:" not in text:
        return None
    from ..files.reading import parse_questionnaire

    survey = parse_questionnaire(text, "questionnaire of the run", strict=False)
    return survey if survey.tasks else None


def task_facts(questionnaire: Questionnaire) -> tuple[TaskFacts, ...]:
    """What a task report must know of each task of a questionnaire, in written order."""
    return tuple(_facts(place) for place in questionnaire.tasks)


def task_scores(questionnaire: Questionnaire, panel: Panel, keep: Iterable[str] = ()) -> Panel:
    """Score every task, with all that a task report looks at.

    Args:
        questionnaire: What was asked.
        panel: The answers, of a run or of people; arms in variables `arm_CONDITION`.
        keep: Variables of `panel` to carry over, such as scores of traits.

    Returns:
        What `score_tasks` returns; then, for tasks in which some answers pay most, the share of a
        person's answers that do (`TASK_best_share`); then, for choices between gambles, whether B
        was chosen (`VARIABLE_chose_b`); then the variables to keep.
    """
    scores = score_tasks(questionnaire, panel)
    arms = arms_of(questionnaire, panel)
    frame = scores.frame.copy()
    variables: list[Variable] = list(scores.codebook)
    for place in questionnaire.tasks:
        for variable, values in (*_best(place, panel, arms), *_choices(place, panel)):
            variables.append(variable)
            frame[variable.name] = values
    taken = {variable.name for variable in variables}
    for name in keep:
        if name in panel.codebook and name not in taken:
            variables.append(dataclasses.replace(panel.codebook[name], siblings=()))
            frame[name] = panel.frame[name]
    return Panel(
        frame=frame,
        codebook=Codebook(tuple(variables), title=scores.codebook.title),
        source=panel.source,
    )


def _facts(place: TaskPlace) -> TaskFacts:
    task = place.task
    arms = {c.name: tuple(c.arms) for c in task.conditions()}
    payoff = any(task.best(dealt) for dealt in _dealt(arms))
    return TaskFacts(
        name=place.name,
        title=task.title,
        family=str(task.family),
        citation=task.citation,
        measures=task.measured(),
        references=task.people(),
        arms={f"{ARM}{asked}": arms[own] for asked, own in place.conditions.items()},
        best=f"{place.name}_{BEST}" if payoff else "",
        choices=tuple(
            GambleChoice(
                name=f"{task.title}, {pair.name}",
                variable=f"{asked}_{CHOICE}",
                a=pair.a.merged,
                b=pair.b.merged,
                sampled=pair.sampled,
            )
            for asked, pair in _pairs(place)
        ),
    )


def _dealt(arms: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """One combination of arms for every arm there is, so that each is seen once."""
    longest = max((len(given) for given in arms.values()), default=1)
    return [{c: given[k % len(given)] for c, given in arms.items()} for k in range(longest)]


def _pairs(place: TaskPlace) -> list[tuple[str, GamblePair]]:
    asked = {own: name for name, own in place.variables.items()}
    return [(asked[p.variable], p) for p in place.task.gambles() if p.variable in asked]


def _best(
    place: TaskPlace, panel: Panel, arms: Mapping[str, Sequence[str | None]]
) -> list[tuple[Variable, list[float]]]:
    facts = _facts(place)
    if not facts.best:
        return []
    answers = _answers(place, panel)
    values = []
    for row in range(len(panel)):
        dealt = {
            own: arm
            for asked, own in place.conditions.items()
            if asked in arms and (arm := arms[asked][row]) is not None
        }
        best = place.task.best(dealt) if len(dealt) == len(place.conditions) else {}
        given = [(answers[name][row], code) for name, code in best.items() if name in answers]
        known = [(one, code) for one, code in given if one is not None]
        hits = sum(one == code for one, code in known)
        values.append(hits / len(known) if known else np.nan)
    label = f"{place.task.title}: share of answers that pay most"
    return [(_variable(facts.best, label, place.name), values)]


def _choices(place: TaskPlace, panel: Panel) -> list[tuple[Variable, list[float]]]:
    answers = _answers(place, panel)
    found = []
    for asked, pair in _pairs(place):
        cells = answers.get(pair.variable, [None] * len(panel))
        values = [
            1.0 if cell == pair.second else 0.0 if cell == pair.first else np.nan for cell in cells
        ]
        label = f"{place.task.title}, {pair.name}: chooses B"
        found.append((_variable(f"{asked}_{CHOICE}", label, place.name), values))
    return found


def _answers(place: TaskPlace, panel: Panel) -> dict[str, list[Code | None]]:
    return {
        own: [None if cell is None or cell != cell else cell for cell in panel.frame[asked]]
        for asked, own in place.variables.items()
        if asked in panel.codebook
    }


def _variable(name: str, label: str, block: str) -> Variable:
    return Variable(name=name, label=label, level=Level.INTERVAL, range=(0.0, 1.0), block=block)
