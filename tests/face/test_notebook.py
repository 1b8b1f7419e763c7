"""The notebook API: from a file to a scorecard, inside and outside a running event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import understudy as us
from understudy.data.errors import RequestError
from understudy.data.panel import Panel
from understudy.surveys.ledger.run import Run

ITEMS = ["redistribution", "gender_roles"]


@pytest.fixture(scope="module")
def panel(files: Path) -> Panel:
    return us.read(files / "synthetic_panel_wave1.sav")


@pytest.fixture(scope="module")
def run(panel: Panel) -> Run:
    survey = us.questionnaire(panel, items=ITEMS)
    learned = us.respondent("statistical", learn=panel)
    return us.administer(survey, us.twins(panel, holdout=ITEMS), learned)


def test_the_five_calls_of_the_readme(panel: Panel, run: Run, files: Path) -> None:
    card = us.compare(run, panel, retest=us.read(files / "synthetic_panel_wave2.sav"))
    assert list(card.to_pandas().index) == ITEMS
    assert "best guess" in card.method.references
    assert "Synthetic" in repr(card._repr_html_())


def test_the_best_guess_is_one_of_the_codes_and_less_spread(panel: Panel, run: Run) -> None:
    from understudy.surveys.ledger.best_guess import best_guess

    guess = best_guess(run)
    assert guess is not None
    for item in ITEMS:
        values = guess.numbers(item)
        assert set(values[guess.answered(item)]) <= set(panel.codebook[item].codes)
        assert values.std() < run.panel.numbers(item).std()


def test_it_works_inside_a_running_loop_and_gives_the_same(panel: Panel, run: Run) -> None:
    people = us.twins(panel, holdout=ITEMS)
    survey = us.questionnaire(panel, items=ITEMS)

    async def both() -> tuple[Run, Run]:
        nested = us.administer(survey, people, us.respondent("statistical", learn=panel))
        awaited = await us.aadminister(survey, people, us.respondent("statistical", learn=panel))
        return nested, awaited

    for other in asyncio.run(both()):
        assert other.panel.frame.equals(run.panel.frame)


def test_asking_what_the_twins_know_is_refused(panel: Panel) -> None:
    with pytest.raises(RequestError, match="whose recorded answers the twins know; hold them out"):
        us.administer(
            us.questionnaire(panel, items=ITEMS),
            us.twins(panel),
            us.respondent("statistical", learn=panel),
        )


def test_a_run_file_says_that_its_people_are_synthetic(run: Run) -> None:
    assert any("Synthetic" in note for note in run.panel.codebook.notes)


def test_items_go_with_a_panel_only(files: Path) -> None:
    with pytest.raises(RequestError, match="items= goes with a panel"):
        us.questionnaire(files / "synthetic_questionnaire.yaml", items=["x"])
