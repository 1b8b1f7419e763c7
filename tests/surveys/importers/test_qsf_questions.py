"""Question types of Qualtrics: what each becomes, with names and codes as exports have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from understudy.data.codebook import Level
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.importers import import_questionnaire
from understudy.surveys.importers.imported import Holds, Imported
from understudy.surveys.importers.report import Fate
from understudy.surveys.question import Question, Shuffle

Made = Callable[..., tuple[Question, Imported]]


@pytest.fixture
def made(qsf: Any, written: Any) -> Made:
    """Imports a survey of one question (after some text to read) and returns that question."""

    def make(payload: dict[str, Any], language: str = "") -> tuple[Question, Imported]:
        path: Path = written(qsf.survey([payload, qsf.told("end", "Thank you.")]))
        found = import_questionnaire(path, language=language)
        again = parse_questionnaire(found.questionnaire.to_yaml(), "again.yaml")
        assert again.to_dict() == found.questionnaire.to_dict()
        assert again.blocks == found.questionnaire.blocks
        return found.questionnaire.written()[0], found

    return make


def names(question: Question) -> list[str]:
    return [variable.name for variable in question.variables()]


def losses(found: Imported) -> list[str]:
    return [str(entry) for entry in found.report.losses]


# --- one or several options -------------------------------------------------------------------


def test_recoded_values_are_the_codes_and_choice_order_the_order(qsf: Any, made: Made) -> None:
    payload = qsf.choice("own", "Own", "Rent", "Other")
    payload |= {"RecodeValues": {"1": "10", "2": "20", "3": 30}, "ChoiceOrder": [2, "1", "3"]}
    question, found = made(payload)
    assert question.kind == "single"
    assert [(o.code, o.label) for o in question.options] == [
        (20.0, "Rent"),
        (10.0, "Own"),
        (30.0, "Other"),
    ]
    assert dict(found.columns["QID1"].codes) == {"20": 20.0, "10": 10.0, "30": 30.0}
    assert found.columns["QID1"].labels["Rent"] == 20.0
    assert not losses(found)


def test_two_choices_with_one_code_fall_back_to_ids(qsf: Any, made: Made) -> None:
    question, found = made(qsf.choice("q", "A", "B", RecodeValues={"1": "1", "2": "1"}))
    assert [option.code for option in question.options] == [1.0, 2.0]
    assert any("same code" in loss for loss in losses(found))


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"], "likert"),
        (["1 - Not at all", "2", "3", "4", "5 - Extremely"], "likert"),
        (["Never", "Sometimes", "Often", "Always"], "likert"),
        (["Cat", "Dog", "Horse"], "single"),
        (["Yes", "No"], "single"),
        (["A large city", "A small town", "A village"], "single"),
    ],
)
def test_scales_are_told_by_their_labels(
    qsf: Any, made: Made, labels: list[str], kind: str
) -> None:
    question, _ = made(qsf.choice("q", *labels))
    assert question.kind == kind


def test_net_promoter_score_is_a_scale(qsf: Any, made: Made) -> None:
    choices = {str(n): str(n) for n in range(11)}
    question, found = made(qsf.question("MC", "NPS", "nps", choices=choices))
    assert question.kind == "likert"
    assert question.variables()[0].range == (0.0, 10.0)
    assert found.columns["QID1_NPS_GROUP"].holds is Holds.PARADATA


def test_other_with_text_and_exclusive_answers(qsf: Any, made: Made) -> None:
    choices = {
        "1": "Radio",
        "4": {"Display": "Other", "TextEntry": "true"},
        "5": {"Display": "None of these", "ExclusiveAnswer": True},
    }
    question, found = made(
        qsf.question(
            "MC",
            "MAVR",
            "news",
            choices=choices,
            Validation={"Settings": {"ForceResponse": "ON", "MinChoices": "1", "MaxChoices": "2"}},
        )
    )
    assert question.kind == "multiple"
    assert names(question) == ["news_1", "news_4", "news_5", "news_text"]
    assert [o.exclusive for o in question.options] == [False, False, True]
    assert getattr(question, "most", None) == 2
    assert found.columns["QID1"].holds is Holds.SEVERAL
    assert found.columns["QID1_4"].variables == ("news_4",)
    assert found.columns["QID1_4_TEXT"].variables == ("news_text",)


def test_custom_validation_that_counts_choices_is_carried(qsf: Any, made: Made) -> None:
    logic = qsf.when(qsf.about("QID1/SelectedChoicesCount", "LessThanOrEqual", "2"))
    settings = {"Settings": {"Type": "CustomValidation", "CustomValidation": {"Logic": logic}}}
    question, found = made(
        qsf.question("MC", "MAVR", "q", choices=["A", "B", "C"], Validation=settings)
    )
    assert getattr(question, "most", None) == 2
    assert not losses(found)


def test_consent_with_a_single_option_can_be_asked(qsf: Any, made: Made) -> None:
    question, found = made(qsf.choice("consent", "I agree"))
    assert question.kind == "single"
    assert question.required
    assert not losses(found)


@pytest.mark.parametrize(
    ("plan", "shuffle", "order", "anchored"),
    [
        ({"Type": "None"}, Shuffle.FIXED, "123", ""),
        ({"Type": "All"}, Shuffle.RANDOM, "123", ""),
        ({"Type": "ScaleReversal"}, Shuffle.REVERSE, "123", ""),
        (
            {
                "Type": "Advanced",
                "Advanced": {
                    "FixedOrder": ["{~Randomized~}", "2", "{~Randomized~}"],
                    "RandomizeAll": ["1", "3"],
                },
            },
            Shuffle.RANDOM,
            "123",
            "2",
        ),
        (
            {
                "Type": "Advanced",
                "Advanced": {"FixedOrder": ["3", "1"], "Undisplayed": ["2"]},
            },
            Shuffle.FIXED,
            "31",
            "",
        ),
    ],
)
def test_choice_order(
    qsf: Any, made: Made, plan: Any, shuffle: Shuffle, order: str, anchored: str
) -> None:
    question, _ = made(qsf.choice("q", "A", "B", "C", Randomization=plan))
    assert question.shuffle_options is shuffle
    assert "".join(f"{o.code:g}" for o in question.options) == order
    assert "".join(f"{o.code:g}" for o in question.options if o.anchored) == anchored


def test_choices_shown_by_chance_are_approximated(qsf: Any, made: Made) -> None:
    plan = {"Type": "Subset", "TotalRandSubset": "2"}
    _, found = made(qsf.choice("q", "A", "B", "C", Randomization=plan))
    assert any("2 of 3 choices" in loss for loss in losses(found))


# --- rows -------------------------------------------------------------------------------------


def test_matrix_rows_are_named_by_position_or_by_their_tags(qsf: Any, made: Made) -> None:
    payload = qsf.question(
        "Matrix",
        "Likert",
        "m",
        choices={"7": "Police", "3": "Courts"},
        answers={"11": "Not at all", "12": "A little", "13": "A lot"},
        SubSelector="SingleAnswer",
        RecodeValues={"11": "1", "12": "2", "13": "3"},
        Randomization={"Type": "All"},
    )
    payload["ChoiceDataExportTags"] = False
    question, found = made(payload)
    assert question.kind == "matrix"
    assert names(question) == ["m_1", "m_2"]
    assert question.shuffle_items is Shuffle.RANDOM
    assert question.shuffle_options is Shuffle.FIXED
    assert question.variables()[0].codes == (1.0, 2.0, 3.0)
    assert question.variables()[0].level is Level.ORDINAL
    assert found.columns["QID1_7"].variables == ("m_1",)
    payload["ChoiceDataExportTags"] = {"7": "police", "3": "courts"}
    question, found = made(payload)
    assert names(question) == ["police", "courts"]


def test_bipolar_rows_say_both_ends(qsf: Any, made: Made) -> None:
    question, _ = made(
        qsf.question(
            "Matrix", "Bipolar", "b", choices=["Cold:Warm", "9\\:00:17\\:00"], answers=list("1234")
        )
    )
    assert [item.label for item in question.items] == ["Cold … Warm", "9:00 … 17:00"]
    assert question.variables()[0].level is Level.ORDINAL


def test_several_answers_a_row(qsf: Any, made: Made) -> None:
    question, found = made(
        qsf.question(
            "Matrix",
            "Likert",
            "use",
            choices=["Phone", "Tablet"],
            answers=["Calls", "Mail"],
            SubSelector="MultipleAnswer",
        )
    )
    assert question.kind == "multiple_matrix"
    assert names(question) == ["use_1_1", "use_1_2", "use_2_1", "use_2_2"]
    assert found.columns["QID1_2_1"].variables == ("use_2_1",)
    assert found.columns["QID1_2"].variables == ("use_2_1", "use_2_2")


def test_fields_in_rows(qsf: Any, made: Made) -> None:
    question, found = made(
        qsf.question(
            "TE",
            "FORM",
            "address",
            choices=["Street", "Town"],
            DefaultChoices={"2": {"TEXT": {"Text": "Paris"}}},
        )
    )
    assert question.kind == "form"
    assert names(question) == ["address_1", "address_2"]
    assert question.items[1].label == "Town (filled in already: Paris)"
    assert found.columns["QID1_2"].variables == ("address_2",)
    question, found = made(
        qsf.question("Matrix", "TE", "t", choices=["Mon", "Tue"], answers=["In", "Out"])
    )
    assert names(question) == ["t_1_1", "t_1_2", "t_2_1", "t_2_2"]
    assert question.items[1].label == "Mon: Out"
    assert found.columns["QID1_2_1"].variables == ("t_2_1",)


def test_sliders(qsf: Any, made: Made) -> None:
    settings = {"CSSliderMin": 10, "CSSliderMax": "20", "NumDecimals": "1"}
    labels = {"1": {"Display": "cold"}, "2": {"Display": "hot"}}
    one, found = made(
        qsf.question(
            "Slider", "HSLIDER", "s", choices={"7": ""}, Configuration=settings, Labels=labels
        )
    )
    assert one.kind == "slider"
    assert names(one) == ["s_7"]
    assert one.variables()[0].range == (10.0, 20.0)
    assert (getattr(one, "step", 0), getattr(one, "low_label", "")) == (0.1, "cold")
    assert found.columns["QID1_7"].variables == ("s_7",)
    several, _ = made(
        qsf.question("Slider", "HSLIDER", "s", choices=["A", "B"], Configuration=settings)
    )
    assert several.kind == "form"
    assert several.variables()[1].range == (10.0, 20.0)


def test_sums_and_rankings(qsf: Any, made: Made) -> None:
    total = {"Settings": {"Type": "ChoicesTotal", "ChoiceTotal": "100"}}
    question, _ = made(
        qsf.question("CS", "VRTL", "cs", choices=["A", "B"], Validation=total, ClarifyingSymbol="%")
    )
    assert question.kind == "constant_sum"
    assert (getattr(question, "total", 0), getattr(question, "unit", "")) == (100.0, "%")
    question, _ = made(
        qsf.question("CS", "VRTL", "cs", choices=["A", "B"], Validation={"Settings": "None"})
    )
    assert question.kind == "form"
    question, found = made(qsf.question("RO", "DND", "r", choices=["A", "B", "C"]))
    assert question.kind == "ranking"
    assert found.columns["QID1_3"].variables == ("r_3",)


def test_side_by_side_becomes_matrices(qsf: Any, made: Made) -> None:
    columns = {
        "1": qsf.question(
            "Matrix", "Likert", "", "Used?", answers=["Yes", "No"], SubSelector="SingleAnswer"
        ),
        "2": qsf.question("Matrix", "TE", "", "Why?", answers=["Why"]),
    }
    _, found = made(
        qsf.question("SBS", "SBSMatrix", "s", choices=["Bus", "Train"], AdditionalQuestions=columns)
    )
    first, second = found.questionnaire.written()[:2]
    assert (first.kind, second.kind) == ("matrix", "form")
    assert names(first) == ["s#1_1", "s#1_2"]
    assert found.columns["QID1#1_2"].variables == ("s#1_2",)
    assert found.columns["QID1#2_2_1"].variables == ("s#2_2_1",)
    assert any("one after the other" in loss for loss in losses(found))


def test_drill_down_becomes_lists_that_depend_on_each_other(qsf: Any, made: Made) -> None:
    _, found = made(
        qsf.question(
            "DD",
            "DL",
            "place",
            choices=["Country", "Town"],
            answers=["France", "Spain", "Paris", "Lyon", "Madrid"],
            AnswerMap={"1": None, "2": None, "3": "1", "4": "1", "5": "2"},
        )
    )
    country, town = found.questionnaire.written()[:2]
    assert [option.label for option in country.options] == ["France", "Spain"]
    assert {o.label: o.show_if.source for o in town.options if o.show_if} == {
        "Paris": "selected(place_1, 1)",
        "Lyon": "selected(place_1, 1)",
        "Madrid": "selected(place_1, 2)",
    }


def test_rows_with_answers_of_their_own_become_questions(qsf: Any, made: Made) -> None:
    payload = qsf.question("Matrix", "Profile", "p", choices=["Pay", "Team"])
    payload["Answers"] = {
        "1": {"1": {"Display": "Low"}, "2": {"Display": "High"}},
        "2": {"1": {"Display": "Small"}, "2": {"Display": "Large"}},
    }
    _, found = made(payload)
    first, second = found.questionnaire.written()[:2]
    assert (first.name, second.name) == ("p_1", "p_2")
    assert [option.label for option in second.options] == ["Small", "Large"]


# --- words and numbers ------------------------------------------------------------------------


def number(low: str, high: str, digits: str = "") -> dict[str, Any]:
    bounds = {"Min": low, "Max": high, "NumDecimals": digits}
    return {
        "Settings": {
            "ForceResponse": "ON",
            "Type": "ContentType",
            "ContentType": "ValidNumber",
            "ValidNumber": bounds,
        }
    }


def test_numbers_keep_their_bounds(qsf: Any, made: Made) -> None:
    question, found = made(qsf.words("age", Validation=number("18", "99", "0")))
    assert question.kind == "numeric"
    assert question.variables()[0].range == (18.0, 99.0)
    assert getattr(question, "integer", False)
    assert found.columns["QID1_TEXT"].variables == ("age",)
    question, found = made(qsf.words("age", Validation=number("9", "1")))
    assert question.variables()[0].range is None
    assert any("empty" in loss for loss in losses(found))


@pytest.mark.parametrize(
    ("settings", "key", "value"),
    [
        ({"Type": "MinChar", "MinChars": "40"}, "min_length", 40),
        ({"Type": "TotalChar", "TotalChars": "500"}, "max_length", 500),
        ({"Type": "None"}, "min_length", 0),
    ],
)
def test_lengths_of_texts(
    qsf: Any, made: Made, settings: dict[str, str], key: str, value: int
) -> None:
    question, found = made(qsf.question("TE", "ESTB", "why", Validation={"Settings": settings}))
    assert question.kind == "text"
    assert not question.required
    assert getattr(question, key) == value
    assert not losses(found)


@pytest.mark.parametrize("given", ["None", None, [], {"Settings": "None"}])
def test_validation_may_have_any_shape(qsf: Any, made: Made, given: Any) -> None:
    question, _ = made(qsf.words("q", Validation=given))
    assert question.kind == "text"
    assert not question.required


def test_a_request_for_an_answer_is_no_demand(qsf: Any, made: Made) -> None:
    settings = {"Settings": {"ForceResponse": "RequestResponse", "ForceResponseType": "ON"}}
    assert not made(qsf.words("q", Validation=settings))[0].required


# --- what text cannot hold --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["FileUpload", "HeatMap", "Draw", "PGR", "NewKind"])
def test_what_cannot_be_asked_is_shown_and_named(qsf: Any, made: Made, kind: str) -> None:
    question, found = made(qsf.question(kind, "X", "q", "Upload your <b>CV</b>"))
    assert question.kind == "display"
    assert question.text == "Upload your **CV**"
    assert found.report.of(Fate.LEFT)[0].kind == "question type"


@pytest.mark.parametrize(
    ("kind", "end", "holds"),
    [
        ("Timing", "_PAGE_SUBMIT", Holds.TIMING),
        ("Meta", "_BROWSER", Holds.PARADATA),
        ("Captcha", "", Holds.PARADATA),
    ],
)
def test_paradata_is_mapped_and_not_asked(
    qsf: Any, made: Made, kind: str, end: str, holds: Holds
) -> None:
    question, found = made(qsf.question(kind, "PageTimer", "t"))
    assert question.name == "end"
    assert found.columns[f"QID1{end}"].holds is holds


def test_pictures_and_scripts_are_named(qsf: Any, made: Made) -> None:
    graphic = qsf.question("DB", "GRB", "g", GraphicsDescription="A wardrobe")
    question, found = made(graphic)
    assert question.text == "[image: A wardrobe]"
    assert losses(found) == ["question g: an image cannot be shown: “A wardrobe”"]
    question, found = made(qsf.words("q", QuestionJS="alert(1)"))
    assert losses(found) == ["question q: its JavaScript does not run"]


def test_a_question_without_words_refers_to_what_is_above(qsf: Any, made: Made) -> None:
    assert made(qsf.words("q") | {"QuestionText": "&nbsp;"})[0].text == "(see above)"


def test_braces_stay_braces(qsf: Any, made: Made) -> None:
    question, found = made(qsf.choice("q", "{a}", "b}") | {"QuestionText": "Solve {x} for ${x}"})
    assert question.text == "Solve {{x}} for"
    assert question.options[0].label == "{{a}}"
    assert found.questionnaire.codebook()["q"].labels[0][1] == "{a}"


# --- names and languages ----------------------------------------------------------------------


def test_names_that_clash_or_cannot_be_are_changed(qsf: Any, written: Any) -> None:
    found = import_questionnaire(
        written(
            qsf.survey(
                [
                    qsf.words("Q 1 "),
                    qsf.words("Q 1"),
                    qsf.words(""),
                    qsf.words("a{b}|c"),
                    qsf.question("MC", "MAVR", "m", choices=["A", "B"]),
                    qsf.words("m_1"),
                ]
            )
        )
    )
    assert [question.name for question in found.questionnaire.written()] == [
        "Q 1",
        "Q 1_QID2",
        "QID3",
        "a_b__c",
        "m",
        "m_1_QID6",
    ]
    assert found.columns["QID2_TEXT"].variables == ("Q 1_QID2",)


def test_languages(qsf: Any, made: Made) -> None:
    german = {"QuestionText": "Ja?", "Choices": {"1": {"Display": "Ja"}, "2": {"Display": "Nein"}}}
    payload = qsf.choice("q", "Yes", "No", text="Yes?", Language={"DE": german})
    question, found = made(payload)
    assert (question.text, found.languages) == ("Yes?", ("DE",))
    question, found = made(payload, language="de")
    assert question.text == "Ja?"
    assert [option.label for option in question.options] == ["Ja", "Nein"]
    assert found.questionnaire.language == "de"
    from understudy.data.errors import RequestError

    with pytest.raises(RequestError, match="there are EN, DE"):
        made(payload, language="fr")
