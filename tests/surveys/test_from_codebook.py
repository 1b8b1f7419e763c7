"""A panel's variables asked again: same names, same codes, same levels."""

from __future__ import annotations

import pytest

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Variable
from understudy.data.errors import UnknownNameError
from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.questionnaire import Questionnaire
from understudy.surveys.questions import Numeric, Slider

AGREE = tuple((float(i), f"point {i}") for i in range(1, 6))
REFUSED = (MissingCode(-9.0, Reason.REFUSED), MissingCode(-1.0, Reason.NOT_ASKED))

BOOK = Codebook(
    (
        Variable(name="A1", question="I talk.", level=Level.ORDINAL, labels=AGREE, block="big5"),
        Variable(name="A2", question="I rest.", level=Level.ORDINAL, labels=AGREE, block="big5"),
        Variable(
            name="T_police",
            label="Police",
            question="How much do you trust each?",
            level=Level.ORDINAL,
            labels=AGREE,
            group="T",
            missing=REFUSED,
        ),
        Variable(
            name="T_courts",
            label="Courts {x}",
            question="How much do you trust each?",
            level=Level.ORDINAL,
            labels=AGREE,
            group="T",
            missing=REFUSED,
        ),
        Variable(name="sex", level=Level.NOMINAL, labels=((1.0, "F"), (2.0, "M")), missing=REFUSED),
        Variable(name="age", level=Level.INTERVAL, range=(0.0, 120.0), missing=REFUSED),
        Variable(name="N_tv", label="TV", level=Level.MULTIPLE, group="news"),
        Variable(name="N_web", label="Web", level=Level.MULTIPLE, group="news"),
        Variable(name="job", level=Level.TEXT, kind="text"),
        Variable(name="born", level=Level.INTERVAL, kind="date"),
        Variable(
            name="ends",
            level=Level.ORDINAL,
            labels=((1.0, "Low"), (7.0, "High")),
            range=(1.0, 7.0),
        ),
        Variable(name="points", level=Level.ORDINAL, range=(0.0, 10.0)),
        Variable(name="many", level=Level.ORDINAL, range=(0.0, 100.0)),
        Variable(name="code", labels=(("a", "Alpha"), ("b", "Beta")), kind="text"),
    )
)


def test_questions_take_the_form_of_their_variables() -> None:
    survey = Questionnaire.from_codebook(BOOK, BOOK.names)
    assert [(q.name, q.kind) for q in survey.written()] == [
        ("A1", "likert"),
        ("A2", "likert"),
        ("T", "matrix"),
        ("sex", "single"),
        ("age", "numeric"),
        ("news", "multiple"),
        ("job", "text"),
        ("born", "date"),
        ("ends", "likert"),
        ("points", "likert"),
        ("many", "numeric"),
        ("code", "single"),
    ]
    assert check(survey, BOOK).problems == ()
    assert [block.name for block in survey.leaves()] == ["big5", "questions"]


def test_variables_stay_what_they_were() -> None:
    again = Questionnaire.from_codebook(BOOK, BOOK.names).codebook()
    assert set(again.names) == set(BOOK.names)
    for before in BOOK:
        after = again[before.name]
        assert (after.kind, after.bounds) == (before.kind, before.bounds), before.name
        if before.name not in ("ends", "points", "many"):
            assert after.level is before.level, before.name
        if before.labels and before.name != "ends":
            assert after.labels == before.labels
        assert after.missing == ()
    assert again["T_courts"].label == "Courts {x}"
    assert again["ends"].codes == tuple(float(i) for i in range(1, 8))
    assert again["ends"].label_of(7.0) == "High"


def test_questions_name_the_panel_variables_they_ask_again() -> None:
    survey = Questionnaire.from_codebook(BOOK, ["T_police", "T_courts", "N_tv", "N_web", "sex"])
    names = {k: v for q in survey.questions() for k, v in q.panel_names().items()}
    assert names == {n: n for n in ("T_police", "T_courts", "N_tv", "N_web", "sex")}


def test_non_answers_are_offered_on_request_only() -> None:
    survey = Questionnaire.from_codebook(BOOK, ["sex", "age", "T_police", "T_courts"])
    assert not any(q.non_answers for q in survey.written())
    offering = Questionnaire.from_codebook(
        BOOK, ["sex", "age", "T_police", "T_courts"], offer_missing=True
    )
    assert all(
        [(o.code, o.reason, o.label) for o in q.non_answers]
        == [(-9.0, Reason.REFUSED, "Prefer not to say")]
        for q in offering.written()
    )
    assert check(offering).problems == ()


def test_one_of_a_group_stands_alone() -> None:
    survey = Questionnaire.from_codebook(BOOK, ["T_courts", "A1"])
    assert [(q.name, q.kind) for q in survey.written()] == [
        ("T_courts", "likert"),
        ("A1", "likert"),
    ]


def test_pages_are_bounded() -> None:
    survey = Questionnaire.from_codebook(BOOK, BOOK.names, per_page=3)
    assert max(len(page) for block in survey.leaves() for page in block.pages) == 3


def test_it_can_be_written_and_read_again() -> None:
    survey = Questionnaire.from_codebook(BOOK, BOOK.names, name="wave 2", offer_missing=True)
    assert parse_questionnaire(survey.to_yaml()) == survey


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no variable 'agee'"):
        Questionnaire.from_codebook(BOOK, ["agee"])


def test_an_interval_scale_with_named_ends_becomes_a_slider_that_names_them() -> None:
    trust = Variable(
        name="trust",
        question="How far can people be trusted?",
        level=Level.INTERVAL,
        labels=((0.0, "not at all"), (5.0, "5"), (10.0, "completely")),
        range=(0.0, 10.0),
    )
    (question,) = Questionnaire.from_codebook(Codebook((trust,)), ["trust"]).questions()
    assert isinstance(question, Slider)
    assert (question.low_label, question.high_label) == ("not at all", "completely")
    assert question.variables()[0].range == (0.0, 10.0)


def test_an_interval_scale_without_named_ends_takes_numbers() -> None:
    share = Variable(name="share", level=Level.INTERVAL, range=(0.0, 100.0))
    (question,) = Questionnaire.from_codebook(Codebook((share,)), ["share"]).questions()
    assert isinstance(question, Numeric)
