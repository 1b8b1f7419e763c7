"""Whole survey files, committed beside the tests: every question type, and a study with answers."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.importers import import_questionnaire
from understudy.surveys.importers.report import Fate
from understudy.surveys.importers.responses import read_export
from understudy.surveys.replay import replay

FILES = Path(__file__).parent / "files"
SURVEYS = sorted(FILES.glob("*.qsf"))


@pytest.mark.parametrize("path", SURVEYS, ids=lambda path: path.stem)
def test_it_can_be_administered_and_survives_yaml(path: Path) -> None:
    survey = import_questionnaire(path).questionnaire
    assert check(survey).problems == ()
    again = parse_questionnaire(survey.to_yaml(), "again.yaml")
    assert again.fingerprint == survey.fingerprint
    assert again.blocks == survey.blocks
    assert again.conditions == survey.conditions
    assert [v.name for v in again.plan.variables] == [v.name for v in survey.plan.variables]


def test_every_question_type() -> None:
    found = import_questionnaire(FILES / "question_types.qsf")
    kinds = Counter(question.kind for question in found.questionnaire.written())
    assert kinds == {
        "display": 4,
        "single": 6,
        "form": 4,
        "matrix": 3,
        "likert": 2,
        "text": 2,
        "multiple": 1,
        "numeric": 1,
        "multiple_matrix": 1,
        "slider": 1,
        "constant_sum": 1,
        "ranking": 1,
    }
    assert [entry.where for entry in found.report.of(Fate.LEFT)] == [
        "question file",
        "question map",
        "question picture",
        "question scripted",
    ]
    assert [entry.where for entry in found.report.of(Fate.APPROXIMATED)] == ["question travel"]
    assert found.languages == ("DE",)
    assert "trashed" not in {question.name for question in found.questionnaire.written()}


@pytest.mark.parametrize("by", ["id", "name"])
def test_the_answers_of_the_study_fit_its_logic(by: str) -> None:
    found = import_questionnaire(FILES / "study.qsf")
    survey, columns = found.questionnaire, found.columns
    assert not found.report.losses
    if by == "name":
        survey, columns = parse_questionnaire(survey.to_yaml(), "study.yaml"), {}
    export = read_export(FILES / "study.csv", survey, columns)
    # A field that nothing uses is known to the file, and not to what is made of it.
    assert export.unmapped() == (() if by == "id" else ("SOURCE",))
    assert not export.undecoded
    replayed = replay(survey, export)
    assert (replayed.people, replayed.broke_off, replayed.screened) == (60, 4, 10)
    assert replayed.misfits == ()
    assert not replayed.unfit
    assert replayed.fields == (100, 0)
    assert replayed.cells == 622


def test_a_large_survey_is_read_quickly(tmp_path: Path) -> None:
    """5 MB at the 2 kB a question that real surveys have, in two seconds on an idle machine."""
    import json

    survey = json.loads((FILES / "question_types.qsf").read_text(encoding="utf-8"))
    elements = survey["SurveyElements"]
    blocks, flow = elements[0]["Payload"], elements[1]["Payload"]["Flow"]
    questions = [element for element in elements if element["Element"] == "SQ"]
    for element in questions:
        element["Payload"]["QuestionText"] += "<div><b>Please</b> read carefully.</div>" * 35
    size = len(json.dumps(questions))
    for copy in range(1, 5_000_000 // size):
        block = json.loads(json.dumps(blocks[1]).replace("QID", f"QID{copy}00"))
        block["ID"] = f"BL_{copy}"
        blocks.append(block)
        flow.append({"Type": "Standard", "ID": block["ID"], "FlowID": f"FL_{copy}"})
        text = json.dumps(questions).replace("QID", f"QID{copy}00")
        elements += json.loads(text.replace('"DataExportTag": "', f'"DataExportTag": "c{copy}'))
    path = tmp_path / "large.qsf"
    path.write_text(json.dumps(survey), encoding="utf-8")
    assert path.stat().st_size > 4_900_000
    began = time.perf_counter()
    found = import_questionnaire(path)
    assert time.perf_counter() - began < 8
    assert len(found.questionnaire.written()) > 2000
