from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from understudy.data.codebook import Level, Reason, Role
from understudy.data.panel import Panel
from understudy.data.samples.demographics import EDUCATION_SHARES
from understudy.data.samples.newitems import NEW_ITEMS

RECORDED = {Reason.REFUSED, Reason.DONT_KNOW, Reason.NOT_ASKED, Reason.NO_ANSWER}


def test_sizes(panels: Mapping[str, Panel]) -> None:
    assert {name: len(panel) for name, panel in panels.items()} == {
        "synthetic_panel_wave1": 600,
        "synthetic_panel_wave2": 200,
        "synthetic_newitems": 600,
        "synthetic_pilot": 100,
    }


def test_who_is_in_which_file(panels: Mapping[str, Panel]) -> None:
    panel = set(panels["synthetic_panel_wave1"].persons)
    assert set(panels["synthetic_panel_wave2"].persons) < panel
    assert panels["synthetic_newitems"].persons == panels["synthetic_panel_wave1"].persons
    assert not panel & set(panels["synthetic_pilot"].persons)


def test_the_pilot_has_the_whole_record_and_the_new_items(panels: Mapping[str, Panel]) -> None:
    new = [declared.variable.name for declared in NEW_ITEMS]
    record = panels["synthetic_panel_wave1"].names
    assert not set(new) & set(record)
    assert panels["synthetic_pilot"].names == (*record, *new)
    assert panels["synthetic_newitems"].names == ("respondent_id", "weight", *new)
    assert panels["synthetic_panel_wave2"].names == record


def test_every_output_says_that_it_is_synthetic(panels: Mapping[str, Panel]) -> None:
    for name, panel in panels.items():
        assert "synthetic" in name
        assert panel.codebook.title.startswith("Synthetic panel")
        assert panel.codebook.notes[0].startswith("Synthetic: no real person answered")
        for variable in panel.codebook.of_role(Role.ITEM):
            if variable.level is Level.TEXT:
                told = panel.frame[variable.name].dropna()
                assert told.str.endswith("(synthetic answer).").all()


def test_every_variable_is_fully_described(panels: Mapping[str, Panel]) -> None:
    for panel in panels.values():
        for variable in panel.codebook:
            assert variable.label, variable.name
            assert variable.question, variable.name
            closed = bool(variable.labels) or variable.range is not None
            assert closed or variable.kind == "text", variable.name
            assert variable.block or variable.role is not Role.ITEM, variable.name
            assert {code.reason for code in variable.missing} <= RECORDED
            # SPSS stores at most three single missing codes.
            assert len(variable.missing) <= 3, variable.name


def test_wordings_are_told_apart(wave1: Panel) -> None:
    wordings = [variable.question for variable in wave1.codebook]
    assert len(set(wordings)) == len(wordings)


def test_answers_keep_to_the_codebook(panels: Mapping[str, Panel]) -> None:
    for panel in panels.values():
        for variable in panel.codebook:
            if variable.kind != "number":
                continue
            found = panel.numbers(variable.name)
            found = found[~np.isnan(found)]
            assert len(found), variable.name
            if variable.labels:
                assert set(found.tolist()) <= set(variable.codes), variable.name
            if variable.range is not None:
                low, high = variable.range
                assert low <= found.min(), variable.name
                assert found.max() <= high, variable.name


def test_every_absence_of_an_answer_has_a_reason(panels: Mapping[str, Panel]) -> None:
    for panel in panels.values():
        for name in panel.names:
            assert Reason.NOT_RECORDED not in panel.missing_counts(name), name


def test_the_vote_is_asked_of_voters_only(wave1: Panel) -> None:
    voted = wave1.numbers("voted") == 1
    reasons = wave1.reasons("vote_choice")
    assert [reason is Reason.NOT_ASKED for reason in reasons] == (~voted).tolist()
    assert 0.55 < wave1.answered("vote_choice").mean() < 0.80


def test_each_half_of_the_ballot_gets_one_wording(wave1: Panel) -> None:
    ballot = wave1.numbers("ballot")
    for code, name in ((1, "spend_poor"), (2, "spend_benefits")):
        asked = [reason is not Reason.NOT_ASKED for reason in wave1.reasons(name)]
        assert asked == (ballot == code).tolist()


def test_a_multiple_response_set_is_passed_over_as_a_whole(wave1: Panel) -> None:
    media = [v.name for v in wave1.codebook if v.group == "media"]
    assert len(media) == 5
    answered = np.array([wave1.answered(name) for name in media])
    assert (answered == answered[0]).all()
    assert not answered[0].all()


def test_weights_restore_education(wave1: Panel, wave2: Panel) -> None:
    for panel in (wave1, wave2):
        assert panel.weight_variable == "weight"
        assert panel.numbers("weight").mean() == pytest.approx(1, abs=1e-3)
        assert panel.numbers("weight").min() > 0
    education = wave1.numbers("education")
    weights = wave1.weights()
    for code, share in EDUCATION_SHARES.items():
        assert weights[education == code].sum() / weights.sum() == pytest.approx(share, abs=0.02)


def test_facts_stay_what_they_were(wave1: Panel, wave2: Panel) -> None:
    before = wave1.people(wave2.persons)
    for name in ("age", "gender", "region", "place", "education", "ballot"):
        first, second = before.numbers(name), wave2.numbers(name)
        both = ~np.isnan(first) & ~np.isnan(second)
        assert (first[both] == second[both]).all(), name


def test_age_and_work_go_together(wave1: Panel) -> None:
    age, work = wave1.numbers("age"), wave1.numbers("employment")
    labels = {text: code for code, text in wave1.codebook["employment"].labels}
    retired = work == labels["Retired"]
    assert np.nanmean(age[retired]) > 62
    assert np.mean(retired[age < 40]) < 0.06
    assert np.nanmean(age[work == labels["In education"]]) < 35


def test_income_rises_with_education(wave1: Panel) -> None:
    income, education = wave1.numbers("income"), wave1.numbers("education")
    means = [np.nanmean(income[education == code]) for code in (1, 3, 5)]
    assert means == sorted(means)
