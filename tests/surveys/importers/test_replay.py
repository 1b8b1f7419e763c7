"""Replaying real answers: what fits leaves no trace, and each kind of misfit has its name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from understudy.surveys.flow import Walk, allocate
from understudy.surveys.importers import import_questionnaire
from understudy.surveys.importers.imported import Imported
from understudy.surveys.importers.responses import read_export
from understudy.surveys.questionnaire import Outcome
from understudy.surveys.replay import Misfit, Replay, replay

Exported = Callable[..., Path]
Survey = dict[str, Any]


@pytest.fixture
def survey(qsf: Any) -> Survey:
    """A survey with branches, arms, picks, display logic and a screen-out."""
    return qsf.survey(  # type: ignore[no-any-return]  # the fixture is plain data
        [
            qsf.choice("works", "Yes", "No"),
            qsf.words("job") | {"DisplayLogic": qsf.when(qsf.about("QID1/SelectableChoice/1"))},
            qsf.words("a"),
            qsf.words("b"),
            qsf.words("good"),
            qsf.words("bad"),
            qsf.choice("consent", "Yes", "No"),
            qsf.words("last"),
        ],
        {
            "BL_C": [7],
            "BL_1": [1, "|", 2],
            "BL_A": [3],
            "BL_B": [4],
            "BL_G": [5],
            "BL_H": [6],
            "BL_Z": [8],
        },
        [
            qsf.standing("BL_C"),
            qsf.branch(
                "FL_2",
                qsf.when(qsf.about("QID7/SelectableChoice/2")),
                {"Type": "EndSurvey", "FlowID": "FL_3"},
            ),
            qsf.randomizer(
                "FL_4", 1, qsf.embedded("FL_5", mood="good"), qsf.embedded("FL_6", mood="bad")
            ),
            qsf.standing("BL_1"),
            qsf.randomizer("FL_7", 1, qsf.standing("BL_A"), qsf.standing("BL_B")),
            qsf.branch(
                "FL_8", qsf.when(qsf.field("mood", "EqualTo", "good")), qsf.standing("BL_G")
            ),
            qsf.branch("FL_9", qsf.when(qsf.field("mood", "EqualTo", "bad")), qsf.standing("BL_H")),
            qsf.standing("BL_Z"),
        ],
    )


COLUMNS = [
    ("Finished", "finished"),
    *[(name, f"QID{n}") for name, n in (("works", 1), ("consent", 7))],
    *[(x, f"QID{n}_TEXT") for x, n in (("job", 2), ("a", 3), ("b", 4), ("good", 5), ("bad", 6))],
    ("last", "QID8_TEXT"),
    "mood",
]
FITTING = [
    # finished, works, consent, job, a, b, good, bad, last, mood
    [1, 1, 1, "cook", "x", "", "g", "", "z", "good"],
    [1, 2, 1, "", "", "x", "", "h", "z", "bad"],
    [1, "", 2, "", "", "", "", "", "", ""],
    [0, 1, 1, "", "", "", "", "", "", "good"],
]


@pytest.fixture
def replayed(written: Any, exported: Exported, survey: Survey) -> Callable[..., Replay]:
    def run(rows: list[list[Any]], given: Survey | None = None) -> Replay:
        found: Imported = import_questionnaire(written(given or survey))
        export = read_export(exported(COLUMNS, rows), found.questionnaire, found.columns)
        return replay(found.questionnaire, export)

    return run


def test_what_fits_leaves_no_trace(replayed: Callable[..., Replay]) -> None:
    found = replayed(FITTING)
    assert found.misfits == ()
    assert (found.people, found.broke_off, found.screened) == (4, 1, 1)
    assert found.asked == found.cells == 6 + 5 + 1 + 2
    assert found.answered == 14
    assert not found.unfit
    assert found.arms[0]["mood"] == "good"
    assert found.arms[1]["FL_7"] == "B"
    assert found.to_json()["answered_not_asked"] == 0


@pytest.mark.parametrize(
    ("row", "place", "value", "variable", "misfit"),
    [
        (1, 3, "cook", "job", Misfit.CONDITION),
        (0, 7, "h", "bad", Misfit.BRANCH),
        (0, 5, "y", "b", Misfit.NOT_PICKED),
        (2, 8, "z", "last", Misfit.AFTER_END),
        (1, 8, "", "last", Misfit.UNANSWERED),
        (0, 1, "", "works", Misfit.UNANSWERED),
    ],
)
def test_every_misfit_has_its_category(
    replayed: Callable[..., Replay],
    row: int,
    place: int,
    value: str,
    variable: str,
    misfit: Misfit,
) -> None:
    rows = copy.deepcopy(FITTING)
    rows[row][place] = value
    found = replayed(rows)
    assert (row, variable, misfit) in [(c.row, c.variable, c.misfit) for c in found.misfits]


def test_a_column_that_nobody_answered_is_told_from_one_gap(
    replayed: Callable[..., Replay],
) -> None:
    rows = copy.deepcopy(FITTING)
    for row in rows:
        row[8] = ""
    assert {cell.misfit for cell in replayed(rows).misfits} == {Misfit.NOBODY}


def test_a_question_added_in_the_field_is_told_by_those_before(
    replayed: Callable[..., Replay],
) -> None:
    early = [*FITTING[0]]
    early[8] = ""
    found = replayed([*[early] * 6, *FITTING])
    assert {(cell.variable, cell.misfit) for cell in found.misfits} == {("last", Misfit.ADDED)}


def test_a_wrong_import_shows(replayed: Callable[..., Replay], survey: Survey, qsf: Any) -> None:
    """Each fault that an importer could have leaves many cells that do not fit."""
    flow = next(e for e in survey["SurveyElements"] if e["Element"] == "FL")["Payload"]["Flow"]
    wrong = copy.deepcopy(survey)
    there = next(e for e in wrong["SurveyElements"] if e["Element"] == "FL")["Payload"]["Flow"]
    there[5]["BranchLogic"], there[6]["BranchLogic"] = (
        flow[6]["BranchLogic"],
        flow[5]["BranchLogic"],
    )
    found = replayed(FITTING, wrong)
    assert found.not_asked == 2
    assert found.unanswered == 2
    wrong = copy.deepcopy(survey)
    question = next(e for e in wrong["SurveyElements"] if e.get("PrimaryAttribute") == "QID2")
    question["Payload"]["DisplayLogic"] = qsf.when(qsf.about("QID1/SelectableChoice/2"))
    found = replayed(FITTING, wrong)
    assert found.by_misfit()[Misfit.CONDITION] == {"job": 1}
    assert found.unanswered == 1


def test_answers_that_break_a_rule_are_counted_apart(
    qsf: Any, written: Any, exported: Exported
) -> None:
    total = {"Settings": {"Type": "ChoicesTotal", "ChoiceTotal": "100"}}
    payload = qsf.question("CS", "VRTL", "s", choices=["A", "B"], Validation=total)
    found = import_questionnaire(written(qsf.survey([payload])))
    path = exported([("s_1", "QID1_1"), ("s_2", "QID1_2")], [[40, 60], [40, 50]])
    result = replay(found.questionnaire, read_export(path, found.questionnaire, found.columns))
    assert result.unfit == {"s: the parts add up to 90, not to 100": 1}
    assert not result.misfits


def test_simulated_interviews_replay_without_a_trace(
    written: Any, exported: Exported, survey: Survey
) -> None:
    """People made up by walking the questionnaire are, cell by cell, what it would have asked."""
    found: Imported = import_questionnaire(written(survey))
    persons = [str(n) for n in range(40)]
    dealt = allocate(found.questionnaire, persons, 3)
    rows = []
    for n, person in enumerate(persons):
        arms = {name: by[person] for name, by in dealt.items()}
        walk = Walk(found.questionnaire, person=person, arms=arms, seed=3)
        answers: dict[str, Any] = {}
        while (page := walk.next_page(answers)) is not None:
            for one in page.questions:
                for variable in one.variables:
                    codes = variable.codes
                    answers[variable.name] = codes[n % len(codes)] if codes else "text"
        done = int(walk.outcome in (Outcome.COMPLETED, Outcome.SCREENED_OUT))
        order = [name for name, _ in COLUMNS[1:9]]
        cells = [answers.get(name, "") for name in order]
        rows.append([done, *(f"{c:g}" if isinstance(c, float) else c for c in cells), arms["mood"]])
    export = read_export(exported(COLUMNS, rows), found.questionnaire, found.columns)
    result = replay(found.questionnaire, export)
    assert not result.misfits
    assert result.asked == result.answered
