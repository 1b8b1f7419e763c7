"""Questionnaires of other software through the commands, as a user calls them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import understudy as us
from understudy.data.codebook import Reason
from understudy.data.read import read
from understudy.surveys.files.reading import read_questionnaire

from .conftest import Command

FILES = Path(__file__).parents[1] / "surveys" / "importers" / "files"
STUDY, ANSWERS = FILES / "study.qsf", FILES / "study.csv"


def test_the_report_says_what_became_of_everything(understudy: Command) -> None:
    code, out, err = understudy("import", FILES / "question_types.qsf")
    assert code == 0
    assert not err
    assert "A survey: 27 questions" in out
    assert "carried" in out
    assert "approximated  question travel" in out
    assert "left  question scripted: its JavaScript does not run" in out
    assert "other languages: DE" in out
    code, out, _ = understudy("import", FILES / "question_types.qsf", "--json")
    found = json.loads(out)
    assert found["languages"] == ["DE"]
    assert {entry["where"] for entry in found["left"]} == {
        "question file",
        "question map",
        "question picture",
        "question scripted",
    }


def test_strict_fails_on_any_loss_and_writes_nothing(understudy: Command, tmp_path: Path) -> None:
    target = tmp_path / "q.yaml"
    code, _, err = understudy("import", FILES / "question_types.qsf", "--strict", "-o", target)
    assert code == 1
    assert "--strict: 5 things" in err
    assert not target.exists()
    assert understudy("import", STUDY, "--strict", "-o", target)[0] == 0
    assert read_questionnaire(target).title == "A survey"


def test_languages(understudy: Command, tmp_path: Path) -> None:
    target = tmp_path / "q.yaml"
    code, *_ = understudy("import", FILES / "question_types.qsf", "--language", "DE", "-o", target)
    assert code == 0
    assert "Wohnen Sie zur Miete?" in target.read_text(encoding="utf-8")
    code, _, err = understudy("import", STUDY, "--language", "fr")
    assert code == 2
    assert "no language 'fr'" in err


def test_answers_come_along(understudy: Command, tmp_path: Path) -> None:
    target = tmp_path / "q.yaml"
    panel = tmp_path / "answers.parquet"
    code, out, err = understudy(
        *("import", STUDY, "-o", target, "--responses", ANSWERS),
        *("--id", "ResponseId", "--panel", panel),
    )
    assert code == 0
    assert "60 people" in out
    assert "→" in err
    found = read(panel)
    assert len(found) == 60
    assert found.persons[0] == "R_000"
    assert found.codebook["buy"].labels == ((1.0, "Yes"), (2.0, "No"))
    assert {"price", "arm_price", "speaker"} & set(found.names) >= {"arm_price", "speaker"}
    reasons = set(found.reasons("why_not"))
    assert {Reason.NOT_ASKED, None} <= reasons
    survey = read_questionnaire(target)
    assert {v.name for v in survey.plan.variables} <= set(found.names)


@pytest.mark.parametrize("kind", ["qsf", "yaml"])
def test_replay(understudy: Command, tmp_path: Path, kind: str) -> None:
    survey = STUDY
    if kind == "yaml":
        survey = tmp_path / "q.yaml"
        understudy("import", STUDY, "-o", survey)
    code, out, _ = understudy("replay", survey, ANSWERS)
    assert code == 0
    assert "60 people, of whom 4 broke off and 10 are screened out; 622 cells" in out
    assert "the logic fits the answers" in out


def test_replay_fails_where_the_logic_does_not_fit(understudy: Command, tmp_path: Path) -> None:
    text = STUDY.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.qsf"
    wrong.write_text(text.replace('"NotEqualTo"', '"EqualTo"'), encoding="utf-8")
    code, out, _ = understudy("replay", wrong, ANSWERS)
    assert code == 1
    assert "answered although the branch it stands in is not taken: x1" in out
    assert "the logic does not fit the answers" in out
    code, out, _ = understudy("replay", wrong, ANSWERS, "--most", "50", "--json")
    assert code == 0
    assert json.loads(out)["answered_not_asked"] > 0


def test_a_qsf_runs_as_it_is(understudy: Command, files: Path, tmp_path: Path) -> None:
    survey = tmp_path / "study.qsf"
    shutil.copyfile(STUDY, survey)
    assert us.questionnaire(survey).title == "A survey"
    code, out, _ = understudy("check", survey)
    assert code == 0
    assert "can be administered" in out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.qsf", "not json", "the content is something else"),
        ("a.qsf", "{not json", "this is no JSON"),
        ("a.qsf", '{"SurveyElements": []}', "no survey elements"),
        ("a.txt", "hello", "no importer knows this file"),
        ("a.qsf", "", "the file is empty"),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(
    understudy: Command, tmp_path: Path, name: str, content: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    code, out, err = understudy("import", path)
    assert code == 1
    assert not out
    assert said in err
    assert err.count("\n") == 1
