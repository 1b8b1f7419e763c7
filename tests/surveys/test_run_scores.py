"""The scores of a run: last in its panel, exported, taken anew from best guesses."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import Codebook, Level, Reason, Role, Variable
from understudy.data.panel import Panel
from understudy.data.read import read
from understudy.data.scales import Scale, scored_from
from understudy.data.write import write
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.ledger.best_guess import best_guess
from understudy.surveys.ledger.run import Run
from understudy.surveys.questionnaire import Questionnaire
from understudy.surveys.respondent import Basis, Interview, Page, Preparation, Reply
from understudy.surveys.scales import recorded_scales, with_run_scores
from understudy.twins.twin import Twins

SURVEY = """\
questionnaire: calm
blocks:
  - block: items
    questions:
      - name: c
        type: matrix
        text: How true is it?
        items: [I keep calm., I lose my temper., I sleep well.]
        options: [1, 2, 3, 4, 5]
scales:
  calm: {items: [c_1, c_2, c_3], reverse: [c_2], minimum: 2, label: Calm}
  whole: {items: [c_1, c_2, c_3], reverse: [c_2], score: sum}
"""


class Draws:
    """Answers 1, 2, 3 … by person and row, drawn from probabilities with another median."""

    spec = "draws"
    fingerprint = "draws"

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        return Preparation()

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        place = int(interview.twin.id[1:])
        replies = []
        for row, variable in enumerate(("c_1", "c_2", "c_3")):
            if place == 0 and row < 2:
                replies.append(Reply(variable, None, Reason.REFUSED))
            elif place == 1 and row == 1:
                replies.append(Reply(variable, None, Reason.DONT_KNOW))
            else:
                value = float((place + row) % 5 + 1)
                chances = ((value, 0.2), (4.0, 0.8)) if value != 4 else ((4.0, 1.0),)
                replies.append(Reply(variable, value, None, Basis.MODEL, chances))
        return replies

    async def aclose(self) -> None:
        pass


def twins(count: int) -> Twins:
    index = pd.Index([f"p{k}" for k in range(count)], name="person")
    age = Variable(name="age", label="Age", level=Level.INTERVAL, role=Role.DEMOGRAPHIC)
    return Twins.from_panel(
        Panel(pd.DataFrame({"age": np.full(count, 40.0)}, index), Codebook((age,)))
    )


@pytest.fixture(scope="module")
def run() -> Run:
    return administer(parse_questionnaire(SURVEY, "calm.yaml"), twins(12), Draws(), seed=1)


def test_scores_are_the_last_variables_with_reasons_for_gaps(run: Run) -> None:
    panel = run.panel
    assert panel.names == ("c_1", "c_2", "c_3", "calm", "whole")
    first, second, third = panel.numbers("c_1"), panel.numbers("c_2"), panel.numbers("c_3")
    expected = (first + 6 - second + third) / 3
    np.testing.assert_allclose(panel.numbers("calm")[2:], expected[2:])
    np.testing.assert_allclose(panel.numbers("whole")[2:], 3 * expected[2:])
    assert panel.numbers("calm")[1] == pytest.approx((first[1] + third[1]) / 2)
    assert panel.reasons("calm")[:2] == [Reason.REFUSED, None]
    assert panel.reasons("whole")[:2] == [Reason.REFUSED, Reason.DONT_KNOW]
    assert scored_from(panel.codebook["calm"]) == ("c_1", "c_2", "c_3")
    assert [scale.name for scale in run.scales] == ["calm", "whole"]


def test_best_guesses_are_scored_from_guesses(run: Run) -> None:
    guess = best_guess(run)
    assert guess is not None
    # Every item's median is 4: 4, 6 − 4 and 4.
    np.testing.assert_allclose(guess.numbers("calm")[2:], 10 / 3)
    assert guess.names == run.panel.names


@pytest.mark.parametrize("name", ["calm.csv", "calm.sav"])
def test_scores_are_exported(run: Run, tmp_path: Path, name: str) -> None:
    write(run.panel, tmp_path / name)
    again = read(tmp_path / name)
    np.testing.assert_allclose(again.numbers("calm"), run.panel.numbers("calm"))
    assert again.missing_counts("calm") == {Reason.REFUSED: 1}
    if name == "calm.csv":
        assert scored_from(again.codebook["calm"]) == ("c_1", "c_2", "c_3")


def test_a_run_without_scales_reads_no_questionnaire(run: Run) -> None:
    assert recorded_scales({"questionnaire": "questionnaire: x\nblocks: []\n"}) == ()


def test_a_scale_that_cannot_be_scored_does_not_lock_the_answers(run: Run) -> None:
    bare = run.panel.select(["c_1", "c_2", "c_3"])
    bad = Scale(name="odd", items=("c_1", "c_9"))
    clash = Scale(name="c_2", items=("c_1", "c_3"))
    good = Scale(name="fine", items=("c_1", "c_3"))
    found = with_run_scores(bare, [bad, clash, good])
    assert found.names == ("c_1", "c_2", "c_3", "fine")
    assert found.codebook.notes == (
        "The scale odd is not scored: there is no variable 'c_9'.",
        "The scale c_2 is not scored: a variable has its name.",
    )
    assert with_run_scores(found, [bad]).codebook.notes == found.codebook.notes


def test_theta_of_a_short_run_is_missing_and_says_why() -> None:
    survey = parse_questionnaire(SURVEY, "calm.yaml")
    theta = dataclasses.replace(survey.scales[0], name="trait", score="theta", minimum=3)
    run = administer(dataclasses.replace(survey, scales=(theta,)), twins(5), Draws(), seed=1)
    assert run.panel.reasons("trait") == [
        Reason.REFUSED,
        Reason.DONT_KNOW,
        Reason.OTHER,
        Reason.OTHER,
        Reason.OTHER,
    ]
