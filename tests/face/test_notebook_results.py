"""What the notebook API gives back: frozen results with short reprs, HTML, frames and pictures."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import understudy as us
from understudy.compare.differences import Differences
from understudy.compare.scorecard import Scorecard
from understudy.data.errors import ComparisonError, RequestError, UnknownNameError
from understudy.data.panel import Panel
from understudy.surveys.ledger.run import Run
from understudy.surveys.questionnaire import Questionnaire
from understudy.twins.twin import Twins

ITEMS = ["redistribution", "gender_roles"]
TASKS = """
title: A game
blocks:
  - name: giving
    task: dictator
"""


@pytest.fixture(scope="module")
def panel(files: Path) -> Panel:
    whole = us.read(files / "synthetic_panel_wave1.sav")
    return whole.people(whole.persons[:80])


@pytest.fixture(scope="module")
def people(panel: Panel) -> Twins:
    return us.twins(panel, holdout=ITEMS)


@pytest.fixture(scope="module")
def survey(panel: Panel) -> Questionnaire:
    return us.questionnaire(panel, items=ITEMS)


@pytest.fixture(scope="module")
def embedded(survey: Questionnaire, people: Twins, panel: Panel) -> Run:
    return us.administer(survey, people, us.respondent("statistical", learn=panel))


@pytest.fixture(scope="module")
def scripted(survey: Questionnaire, people: Twins) -> Run:
    return us.administer(survey, people, respondent="scripted:")


@pytest.fixture(scope="module")
def card(scripted: Run, embedded: Run, panel: Panel) -> Scorecard:
    return us.compare(scripted, panel, references={"statistical": embedded}, by=["gender"])


@pytest.fixture
def axes() -> Iterator[None]:
    """Whatever a test draws is closed after it."""
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def test_a_run_given_as_a_reference_brings_its_best_guess(card: Scorecard) -> None:
    assert {"statistical", "statistical guess"} <= set(card.method.references)
    assert any("statistical respondent" in line for line in card.verdict)


def test_results_are_frozen_and_short_and_have_html_and_frames(
    card: Scorecard, scripted: Run, embedded: Run, panel: Panel
) -> None:
    difference = us.compare(embedded, panel) - us.compare(scripted, panel)
    for found in (card, scripted, difference):
        assert len(repr(found)) < 140
        assert repr(found).startswith("<")
        assert found._repr_html_().count("<table") >= 1
        with pytest.raises(dataclasses.FrozenInstanceError):
            found.notes = ()  # type: ignore[misc]
        assert len(found.to_pandas())
    assert list(scripted.to_pandas().columns) == list(scripted.panel.names)
    assert scripted.to_pandas(labels=True)[ITEMS[0]].dtype == "category"


def test_one_run_less_another(embedded: Run, scripted: Run, panel: Panel) -> None:
    found = us.compare(embedded, panel) - us.compare(scripted, panel)
    assert isinstance(found, Differences)
    assert found.people == 80
    gap = found.headline("accuracy")
    assert gap.interval[0] < gap.estimate < gap.interval[1]
    assert gap.first - gap.second == pytest.approx(gap.estimate)


def test_a_price_is_told_before_anything_is_sent(survey: Questionnaire, people: Twins) -> None:
    found = us.estimate(survey, people, "anthropic:claude-haiku-5-5")
    assert found.interviews == 80
    assert found.cost is not None
    assert repr(found).startswith("<Estimate anthropic:claude-haiku-5-5: 80 interviews, about")
    assert "$" in repr(found)
    assert found.to_pandas().loc["cost", "likely"] == found.cost.likely
    assert "<table" in found._repr_html_()


def test_the_statistical_respondent_has_no_price(
    survey: Questionnaire, people: Twins, panel: Panel
) -> None:
    learned = us.respondent("statistical", learn=panel)
    with pytest.raises(RequestError, match="the statistical respondent costs nothing"):
        us.estimate(survey, people, learned)


def test_tasks_are_scored_from_a_run_and_from_people(people: Twins, tmp_path: Path) -> None:
    (tmp_path / "game.yaml").write_text(TASKS, encoding="utf-8")
    game = us.questionnaire(tmp_path / "game.yaml")
    run = us.administer(game, people, "scripted:", limit=20)
    scores = us.score_tasks(run)
    assert len(scores) == 20
    assert all(name.startswith("giving_") for name in scores.names if not name.startswith("arm_"))
    again = us.score_tasks(run.panel, game)
    assert again.frame.equals(scores.frame)
    report = us.task_report(run)
    assert report is not None
    assert [task.name for task in report.tasks] == ["giving"]
    rows = report.to_pandas()
    assert set(rows["task"]) == {"giving"}
    assert rows["twins"].between(rows["twins_low"], rows["twins_high"]).all()
    assert rows["published"].notna().any()
    with pytest.raises(RequestError, match="a panel does not say which tasks"):
        us.score_tasks(run.panel)


def test_answers_without_tasks_are_refused(scripted: Run) -> None:
    with pytest.raises(RequestError, match="no tasks in the questionnaire"):
        us.score_tasks(scripted)


@pytest.mark.usefixtures("axes")
def test_pictures_are_drawn_on_the_axes_given_or_on_new_ones(card: Scorecard) -> None:
    from matplotlib import pyplot

    _, mine = pyplot.subplots()
    assert card.plot(ITEMS[0], ax=mine) is mine
    assert mine.get_title(loc="left") == card[ITEMS[0]].label
    assert [text.get_text() for text in mine.get_legend().get_texts()] == ["people", "twins"]  # type: ignore[union-attr]
    assert len(mine.patches) == 2 * len(card[ITEMS[0]].bars)
    for metric in ("pearson", "accuracy", "sd_ratio", "wasserstein"):
        drawn = card.plot(metric=metric)
        assert drawn is not mine
        labels = [label.get_text() for label in drawn.get_yticklabels()]
        assert sorted(labels) == sorted(card[item].label for item in ITEMS)
    groups = card.plot(kind="groups", metric="accuracy")
    assert len(groups.get_yticklabels()) == sum("accuracy" in g.scores for g in card.groups)


@pytest.mark.usefixtures("axes")
def test_differences_are_drawn_with_zero_and_intervals(
    embedded: Run, scripted: Run, panel: Panel
) -> None:
    found = us.compare(embedded, panel) - us.compare(scripted, panel)
    drawn = found.plot("accuracy")
    points = [line for line in drawn.lines if line.get_marker() == "o"]
    values = sorted(item.estimates["accuracy"] for item in found.items)
    assert np.sort(np.asarray(points[0].get_xdata())).tolist() == values


def test_what_cannot_be_drawn_is_said(card: Scorecard, scripted: Run, panel: Panel) -> None:
    with pytest.raises(UnknownNameError, match="'redistributoin'; did you mean redistribution"):
        card.plot("redistributoin")
    with pytest.raises(UnknownNameError, match="kind of picture 'pie'"):
        card.plot(kind="pie")
    with pytest.raises(RequestError, match="which item's answers"):
        card.plot(kind="answers")
    with pytest.raises(RequestError, match="draws all items"):
        card.plot(ITEMS[0], kind="groups")
    with pytest.raises(UnknownNameError, match="measure 'r'"):
        card.plot(metric="r")
    with pytest.raises(ComparisonError, match="no subgroups with Accuracy"):
        us.compare(scripted, panel).plot(kind="groups", metric="accuracy")


def test_matplotlib_is_imported_when_something_is_drawn_and_not_before() -> None:
    script = (
        "import sys, understudy as us, understudy.compare.plots, understudy.compare.report, "
        "understudy.compare.scorecard, understudy.notebook; print('matplotlib' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"
