"""What a run knows beside its answers reaches its scorecard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import understudy as us
from understudy.data.panel import Panel
from understudy.surveys.ledger import provenance
from understudy.surveys.ledger.run import Run

ITEMS = ["redistribution", "gender_roles"]


@pytest.fixture(scope="module")
def panel(files: Path) -> Panel:
    return us.read(files / "synthetic_panel_wave1.sav")


@pytest.fixture(scope="module")
def run(panel: Panel) -> Run:
    survey = us.questionnaire(panel, items=ITEMS)
    return us.administer(
        survey,
        us.twins(panel, holdout=ITEMS),
        us.respondent("statistical", learn=panel),
        replicates=2,
    )


def test_stated_probabilities_are_scored(panel: Panel, run: Run) -> None:
    found = provenance.stated_probabilities(run)
    assert found is not None
    persons, items = found
    assert list(persons) == [held.twin for held in run.interviews if held.replicate == 1]
    for codes, shares in items.values():
        assert shares.shape == (len(persons), len(codes))
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    card = us.compare(run, panel)
    assert card.forecasts is not None
    assert [item.name for item in card.forecasts.items] == ITEMS
    assert card.forecasts.skill > 0
    assert card.forecasts.scores["ece"] < 0.1


def test_places_are_those_of_the_interview(run: Run) -> None:
    places = provenance.answer_places(run)
    assert places is not None
    assert sorted(places.iloc[0].dropna().tolist()) == [1.0, 2.0]
    # An embedded respondent makes no attempts, and these options were not shuffled.
    assert provenance.answer_tries(run) is None
    assert provenance.shuffled_choices(run) is None
