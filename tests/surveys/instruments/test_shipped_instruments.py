"""The trait questionnaires that ship: whole, balanced, and honest about what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from understudy.data.errors import UnknownNameError
from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import read_questionnaire
from understudy.surveys.instruments import instrument, instrument_names, instrument_path

FOLDER = Path(__file__).parents[3] / "surveys" / "instruments"
SIZES = {
    "big-five-20": 20,
    "big-five-60": 60,
    "need-for-cognition": 18,
    "risk-attitude": 12,
    "values": 16,
}


def test_the_list_is_the_folder() -> None:
    assert sorted(instrument_names()) == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    assert set(instrument_names()) == set(SIZES)


@pytest.mark.parametrize("name", SIZES)
def test_each_can_be_administered_and_says_that_it_is_not_validated(name: str) -> None:
    survey = instrument(name)
    assert survey.name == name
    assert "(not validated)" in survey.title
    assert "NOT VALIDATED" in instrument_path(name).read_text("utf-8").splitlines()[0]
    found = check(survey)
    assert (found.problems, found.warnings, dict(found.unreachable)) == ((), (), {})
    questions = survey.questions()
    assert len(questions) == SIZES[name]
    assert all(len(question.options) == 5 for question in questions)
    assert len({question.text for question in questions}) == SIZES[name]


@pytest.mark.parametrize("name", SIZES)
def test_half_of_every_scale_is_reversed_and_every_item_scored(name: str) -> None:
    survey = instrument(name)
    for scale in survey.scales:
        assert len(scale.reverse) * 2 == len(scale.items), scale.name
        assert scale.norms is None or scale.norms.mark == "recalled"
    scored = {item for scale in survey.scales for item in scale.items}
    assert scored == {question.name for question in survey.questions()}


def test_the_short_form_asks_items_of_the_long_one() -> None:
    long = {question.name: question.text for question in instrument("big-five-60").questions()}
    for question in instrument("big-five-20").questions():
        assert long[question.name] == question.text


def test_a_name_stands_where_a_file_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_questionnaire("instrument:values") == instrument("values")
    # A run file keeps absolute paths of what it was made from.
    assert read_questionnaire(tmp_path / "instrument:values") == instrument("instrument:values")
    with pytest.raises(UnknownNameError, match=r"did you mean big-five-.0 or big-five-.0"):
        read_questionnaire("instrument:big-five")
    monkeypatch.chdir(tmp_path)
    own = "questions:\n  - {name: a, type: text, text: Hello?}\n"
    Path("instrument:values").write_text(own)
    assert [q.name for q in read_questionnaire("instrument:values").questions()] == ["a"]
