"""What a task report is told: facts of tasks, scores, what pays most, what was chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from understudy import notebook
from understudy.compare.task_report import task_report
from understudy.data.codebook import Codebook, Level, Variable
from understudy.data.panel import Panel
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.respondents import make_respondent
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.battery import battery
from understudy.surveys.tasks.facts import recorded_tasks, task_facts, task_scores
from understudy.twins.twin import Twins


def twins_of(count: int) -> Twins:
    ids = pd.Index([f"p{n}" for n in range(count)], dtype=object, name="person")
    frame = pd.DataFrame({"age": np.arange(count) + 20.0}, index=ids)
    book = Codebook((Variable(name="age", level=Level.INTERVAL),))
    return Twins.from_panel(Panel(frame=frame, codebook=book))


def answers(**columns: Any) -> Panel:
    size = len(next(iter(columns.values())))
    ids = pd.Index([f"p{n}" for n in range(size)], dtype=object, name="person")
    book = Codebook(tuple(Variable(name=n, level=Level.INTERVAL) for n in columns))
    return Panel(frame=pd.DataFrame(columns, index=ids, dtype=float), codebook=book)


def test_facts_of_tasks() -> None:
    survey = battery(["anchoring", make_task("dictator", prefix="gift"), "ultimatum"])
    anchoring, gift, ultimatum = task_facts(survey)
    assert anchoring.arms == {"arm_anchoring_anchor": ("low", "high")}
    assert anchoring.best == ""
    assert gift.variable("share") == "gift_share"
    assert gift.best == "gift_best_share"
    assert gift.references == make_task("dictator").people()
    assert ultimatum.best == ""


def test_what_pays_most_is_counted() -> None:
    survey = battery(["dictator", "holt_laury"])
    rows = {f"holt_laury_row_{k}": [1.0 if k <= 4 else 2.0, 2.0] for k in range(1, 11)}
    found = task_scores(survey, answers(dictator_give=[0.0, 5.0], **rows))
    np.testing.assert_allclose(found.numbers("dictator_best_share"), [1, 0])
    np.testing.assert_allclose(found.numbers("holt_laury_best_share"), [1, 0.6])


def test_choices_between_gambles() -> None:
    survey = battery([make_task("holt_laury", prefix="list"), "two_gamble_choice", "allais"])
    facts = {one.name: one for one in task_facts(survey)}
    assert len(facts["list"].choices) == 10
    assert [choice.sampled for choice in facts["two_gamble_choice"].choices] == [True] * 6
    last = facts["list"].choices[-1]
    assert last.variable == "list_row_10_chose_b"
    assert (last.a, last.b) == (((2.0, 1.0),), ((3.85, 1.0),))
    found = task_scores(survey, answers(list_row_10=[1.0, 2.0, np.nan]))
    np.testing.assert_allclose(found.numbers(last.variable), [0, 1, np.nan])


def test_other_variables_are_kept() -> None:
    found = task_scores(battery(["dictator"]), answers(dictator_give=[3.0], age=[30.0]), ["age"])
    assert found.numbers("age").tolist() == [30]
    assert found.numbers("dictator_share").tolist() == pytest.approx([0.3])


def test_runs_are_reported_beside_published_figures_and_people() -> None:
    survey = battery(["dictator", "anchoring", "two_gamble_choice", "holt_laury", "allais"])
    run = administer(survey, twins_of(300), make_respondent("cognitive"), seed=4)
    assert recorded_tasks(run.meta) == survey
    report = notebook.task_report(run)
    assert report is not None
    assert [task.name for task in report.tasks] == [place.name for place in survey.tasks]
    assert report.flags == ()
    assert len(report.tasks[1].effects) == 4
    assert report.rationality is not None
    axioms = [row.axiom for row in report.rationality.violations]
    assert axioms == ["dominance", "independence"]
    other = administer(survey, twins_of(300), make_respondent("cognitive"), seed=5)
    beside = notebook.task_report(run, other.panel)
    assert beside is not None
    assert {task.people for task in beside.tasks} == {300}
    assert beside.flags == ()


def test_a_scorecard_of_a_run_has_its_tasks() -> None:
    survey = battery(["dictator", "trust"])
    run = administer(survey, twins_of(60), make_respondent("cognitive"), seed=4)
    again = administer(survey, twins_of(60), make_respondent("cognitive"), seed=5)
    card = notebook.compare(run, again.panel)
    assert card.tasks is not None
    assert card.tasks.tasks[0].people == 60
    assert card.to_json()["tasks"]["tasks"][1]["title"] == "Trust game"
    assert "Twins in tasks" in card._repr_html_()


def test_textbook_players_are_flagged() -> None:
    """Everybody keeps everything, cooperates never, and takes the higher expected value."""
    names = ["dictator", "public_goods", "two_gamble_choice"]
    survey = battery(names)
    best = {
        f"{name}_{variable}": [float(code)] * 100
        for name in names
        for variable, code in make_task(name).best({}).items()
    }
    report = task_report(task_facts(survey), task_scores(survey, answers(**best)))
    kinds = {(flag.task, flag.kind) for flag in report.flags}
    assert {(name, "too rational") for name in names} <= kinds
    assert ("", "too rational") in kinds
    assert ("dictator", "no variance") in kinds
