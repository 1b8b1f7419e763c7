"""Conditions and piped text of Qualtrics, told by whom they show a question and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from understudy.data.codebook import Code
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.importers import import_questionnaire
from understudy.surveys.importers.imported import Imported

Shows = Callable[..., bool]
NOBODY: dict[str, Code] = {}


def answers_of(qsf: Any) -> list[dict[str, Any]]:
    """Questions for conditions to look at, QID1 to QID8."""
    number = {"Settings": {"Type": "ContentType", "ContentType": "ValidNumber", "ValidNumber": {}}}
    return [
        qsf.choice("one", "A", "B", RecodeValues={"1": "10", "2": "20"}),
        qsf.question("MC", "MAVR", "many", choices=["A", "B", "C"]),
        qsf.words("said"),
        qsf.words("count", Validation=number),
        qsf.question(
            "Matrix",
            "Likert",
            "grid",
            choices={"7": "Row", "8": "Other row"},
            answers={"4": "No", "5": "Yes"},
            SubSelector="SingleAnswer",
        ),
        qsf.question("MC", "SAVR", "other", choices={"3": {"Display": "Other", "TextEntry": "on"}}),
        qsf.question("Slider", "HSLIDER", "slide", choices={"1": ""}),
        qsf.question(
            "Matrix",
            "Likert",
            "tick",
            choices=["Row"],
            answers=["A", "B"],
            SubSelector="MultipleAnswer",
        ),
    ]


@pytest.fixture
def shown(qsf: Any, written: Any) -> Callable[..., tuple[bool, Imported]]:
    """Whether a question with some display logic is shown to somebody with some answers."""

    def look(
        logic: Mapping[str, Any], given: Mapping[str, Code], fields: Mapping[str, str] | None = None
    ) -> tuple[bool, Imported]:
        last = qsf.words("last") | {"DisplayLogic": logic}
        questions = [*answers_of(qsf), last]
        flow = [qsf.standing("BL_1"), qsf.standing("BL_2")]
        if fields:
            flow.insert(1, qsf.embedded("FL_2", **fields))
        survey = qsf.survey(questions, {"BL_1": list(range(1, 9)), "BL_2": [9]}, flow)
        found = import_questionnaire(written(survey))
        names = walked(found, given)
        return "last" in names, found

    return look


def walked(found: Imported, given: Mapping[str, Code]) -> dict[str, str]:
    """Questions seen, with their texts."""
    survey = found.questionnaire
    arms = {name: by["p"] for name, by in allocate(survey, ["p"], 1).items()}
    walk = Walk(survey, person="p", arms=arms, seed=1)
    answers: dict[str, Code | None] = {}
    texts: dict[str, str] = {}
    while (page := walk.next_page(answers)) is not None:
        for one in page.questions:
            texts[one.name] = one.text
            answers.update({v.name: given.get(v.name) for v in one.variables})
    return texts


MANY = {"many_1": 1.0, "many_2": 0.0, "many_3": 1.0}

CASES: list[tuple[str, str, Any, Mapping[str, Code], bool]] = [
    # locator, operator, right-hand side, answers, whether it holds
    ("QID1/SelectableChoice/2", "Selected", None, {"one": 20.0}, True),
    ("QID1/SelectableChoice/2", "Selected", None, {"one": 10.0}, False),
    ("QID1/SelectableChoice/2", "Selected", None, NOBODY, False),
    ("QID1/SelectableChoice/2", "NotSelected", None, {"one": 10.0}, True),
    ("QID1/SelectableChoice/2", "NotSelected", None, NOBODY, True),
    ("QID2/SelectableChoice/3", "Selected", None, MANY, True),
    ("QID2/SelectableChoice/2", "NotSelected", None, MANY, True),
    ("QID2/SelectedChoicesCount", "EqualTo", "2", MANY, True),
    ("QID2/SelectedChoicesCount", "GreaterThan", "2", MANY, False),
    ("QID2/SelectedChoicesCount", "LessThan", "2", NOBODY, True),
    ("QID3/ChoiceTextEntryValue", "Contains", "use", {"said": "I use it"}, True),
    ("QID3/ChoiceTextEntryValue", "DoesNotContain", "use", {"said": "nothing"}, True),
    ("QID3/ChoiceTextEntryValue", "DoesNotContain", "use", NOBODY, True),
    ("QID3/ChoiceTextEntryValue", "EqualTo", "yes", {"said": "yes"}, True),
    ("QID3/ChoiceTextEntryValue", "NotEqualTo", "yes", {"said": "no"}, True),
    ("QID3/ChoiceTextEntryValue", "NotEqualTo", "yes", NOBODY, True),
    ("QID3/ChoiceTextEntryValue", "Empty", None, NOBODY, True),
    ("QID3/ChoiceTextEntryValue", "NotEmpty", None, {"said": "x"}, True),
    ("QID3/ChoiceTextEntryValue", "MatchesRegex", "/^[a-z]{2}$/i", {"said": "AB"}, True),
    ("QID3/ChoiceTextEntryValue", "MatchesRegex", "^[a-z]{2}$", {"said": "AB"}, False),
    ("QID4/ChoiceTextEntryValue", "GreaterThan", "17", {"count": 18.0}, True),
    ("QID4/ChoiceTextEntryValue", "GreaterThanOrEqual", "17", {"count": 17.0}, True),
    ("QID4/ChoiceTextEntryValue", "LessThanOrEqual", "17", {"count": 18.0}, False),
    ("QID4/ChoiceTextEntryValue", "LessThan", "17", NOBODY, False),
    ("QID5/SelectableChoice/7/5", "Selected", None, {"grid_1": 5.0, "grid_2": 4.0}, True),
    ("QID5/SelectableChoice/8/5", "Selected", None, {"grid_1": 5.0, "grid_2": 4.0}, False),
    ("QID5/SelectableAnswer/5", "Selected", None, {"grid_1": 5.0, "grid_2": 4.0}, True),
    ("QID6/ChoiceTextEntryValue/3", "EqualTo", "dog", {"other": 3.0, "other_text": "dog"}, True),
    ("QID7/ChoiceNumericEntryValue/1", "GreaterThan", "50", {"slide_1": 51.0}, True),
    ("QID8/SelectableChoice/1/2", "Selected", None, {"tick_1_1": 0.0, "tick_1_2": 1.0}, True),
    ("QID8/SelectableAnswer/1", "Selected", None, {"tick_1_1": 0.0, "tick_1_2": 1.0}, False),
    ("QID1/QuestionDisplayed", "Displayed", None, NOBODY, True),
    ("QID1/QuestionDisplayed", "NotDisplayed", None, NOBODY, False),
]


@pytest.mark.parametrize(("locator", "operator", "right", "given", "holds"), CASES)
def test_expressions_about_questions(
    qsf: Any,
    shown: Any,
    locator: str,
    operator: str,
    right: Any,
    given: Mapping[str, Code],
    holds: bool,
) -> None:
    seen, found = shown(qsf.when(qsf.about(locator, operator, right)), given)
    assert seen is holds
    assert not found.report.losses


@pytest.mark.parametrize(
    ("operator", "right", "holds"),
    [
        ("EqualTo", "prime", True),
        ("EqualTo", "other", False),
        ("NotEqualTo", "other", True),
        ("Contains", "rim", True),
        ("NotEmpty", "", True),
        ("Empty", "", False),
    ],
)
def test_expressions_about_fields(
    qsf: Any, shown: Any, operator: str, right: str, holds: bool
) -> None:
    logic = qsf.when(qsf.field("cue", operator, right))
    assert shown(logic, NOBODY, {"cue": "prime"})[0] is holds


def test_fields_compare_as_numbers(qsf: Any, shown: Any) -> None:
    assert shown(qsf.when(qsf.field("n", "GreaterThan", "9")), NOBODY, {"n": "10"})[0]
    assert not shown(qsf.when(qsf.field("n", "GreaterThan", "9")), NOBODY, {"n": "9"})[0]


@pytest.mark.parametrize("given", [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])
def test_and_binds_before_or(qsf: Any, shown: Any, given: tuple[int, ...]) -> None:
    a, b, c = given
    terms = [qsf.about(f"QID2/SelectableChoice/{n}") for n in (1, 2, 3)]
    logic = qsf.when(*terms)
    logic["0"]["1"]["Conjuction"], logic["0"]["2"]["Conjuction"] = "Or", "And"
    answers = {f"many_{n}": float(x) for n, x in enumerate(given, 1)}
    assert shown(logic, answers)[0] is bool(a or (b and c))
    groups = {
        "0": {"0": terms[0], "Type": "If"},
        "1": {"0": terms[1], "Type": "OrIf"},
        "2": {"0": terms[2], "Type": "AndIf"},
        "Type": "BooleanExpression",
    }
    assert shown(groups, answers)[0] is bool(a or (b and c))


@pytest.mark.parametrize(
    "term",
    [
        {"LogicType": "DeviceType", "LeftOperand": "mobile", "Operator": "Is"},
        {"LogicType": "Quota", "LeftOperand": "QO_1", "Operator": "QuotaMet"},
        {"LogicType": "Question", "LeftOperand": "q://QID1/Unheard/1", "Operator": "Selected"},
        {"LogicType": "Question", "LeftOperand": "q://QID99/SelectableChoice/1"},
        {
            "LogicType": "Question",
            "LeftOperand": "q://QID3/ChoiceTextEntryValue",
            "Operator": "Odd",
        },
    ],
)
def test_what_is_not_supported_never_holds_and_is_named(
    qsf: Any, shown: Any, term: dict[str, Any]
) -> None:
    seen, found = shown(qsf.when(term), {"one": 10.0})
    assert not seen
    assert found.report.losses


def test_an_answer_that_comes_later_counts_as_none(qsf: Any, written: Any) -> None:
    logic = qsf.when(qsf.about("QID2/SelectableChoice/1", "NotSelected"))
    survey = qsf.survey([qsf.words("a") | {"DisplayLogic": logic}, qsf.choice("b", "X", "Y")])
    found = import_questionnaire(written(survey))
    assert list(walked(found, {})) == ["a", "b"]
    assert any("comes later" in str(entry) for entry in found.report.losses)


def test_an_answer_that_may_come_later_is_waited_for_by_nobody(qsf: Any, written: Any) -> None:
    bounds = {"Settings": {"Type": "ContentType", "ContentType": "ValidNumber"}}
    logic = qsf.when(qsf.about("QID1/ChoiceTextEntryValue", "GreaterThan", "3"))
    survey = qsf.survey(
        [qsf.words("a", Validation=bounds), qsf.words("b") | {"DisplayLogic": logic}],
        {"BL_A": [1], "BL_B": [2]},
        [qsf.randomizer("FL_1", 2, qsf.standing("BL_A"), qsf.standing("BL_B"))],
    )
    found = import_questionnaire(written(survey))
    condition = found.questionnaire.written()[1].show_if
    assert condition is not None
    assert condition.source == "(answered(a)) and (a > 3)"


def test_logic_of_choices_and_rows(qsf: Any, written: Any) -> None:
    logic = qsf.when(qsf.about("QID1/SelectableChoice/1"))
    choices = {"1": "X", "2": {"Display": "Y", "DisplayLogic": logic}}
    survey = qsf.survey(
        [
            qsf.choice("a", "Yes", "No"),
            qsf.question("MC", "SAVR", "b", choices=choices),
            qsf.question("Matrix", "Likert", "c", choices=choices, answers=["1", "2"]),
        ]
    )
    options, rows = import_questionnaire(written(survey)).questionnaire.written()[1:]
    assert options.options[1].show_if is not None
    assert rows.items[1].show_if == options.options[1].show_if
    assert options.options[0].show_if is None


@pytest.mark.parametrize(
    ("which", "shown_if"),
    [
        ("SelectedChoices", "selected(a, 10)"),
        ("UnselectedChoices", "not (selected(a, 10))"),
        ("AllChoices", ""),
    ],
)
def test_choices_carried_forward(qsf: Any, written: Any, which: str, shown_if: str) -> None:
    survey = qsf.survey(
        [
            qsf.question("MC", "MAVR", "a", choices=["Radio", "Press"], RecodeValues={"1": "10"}),
            qsf.question(
                "MC",
                "SAVR",
                "b",
                choices={"x1": "Radio", "x2": "Press", "3": "None"},
                RecodeValues={"x1": "1", "x2": "2", "3": "3"},
                DynamicChoices={"Locator": f"q://QID1/ChoiceGroup/{which}", "Type": "Dynamic"},
            ),
        ]
    )
    found = import_questionnaire(written(survey))
    options = found.questionnaire.written()[1].options
    assert [(option.code, option.label) for option in options] == [
        (1.0, "Radio"),
        (2.0, "Press"),
        (3.0, "None"),
    ]
    condition = options[0].show_if
    assert (condition.source if condition else "") == shown_if
    assert options[2].show_if is None


def test_logic_in_loops(qsf: Any, written: Any) -> None:
    loop = {
        "Looping": "Static",
        "LoopingOptions": {"Static": {"1": {"1": "A"}, "2": {"1": "B"}}},
    }
    inner = qsf.when(qsf.about("QID1/SelectableChoice/1"))
    outer = qsf.when(qsf.about("2_QID1/SelectableChoice/1"))
    anywhere = qsf.when(qsf.about("QID1/SelectableChoice/2"))
    survey = qsf.survey(
        [
            qsf.choice("like", "Yes", "No"),
            qsf.words("why") | {"DisplayLogic": inner},
            qsf.words("b") | {"DisplayLogic": outer},
            qsf.words("c") | {"DisplayLogic": anywhere},
        ],
        {"BL_1": [1, "|", 2], "BL_2": [3, 4]},
        options={"BL_1": loop},
    )
    found = import_questionnaire(written(survey))
    assert list(walked(found, {"like_1": 1.0, "like_2": 2.0})) == ["like_1", "why_1", "like_2", "c"]
    assert list(walked(found, {"like_1": 1.0, "like_2": 1.0})) == [
        *("like_1", "why_1", "like_2", "why_2"),
        "b",
    ]


# --- piped text -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pipe", "given", "text"),
    [
        ("q://QID1/ChoiceGroup/SelectedChoices", {"one": 20.0}, "B"),
        ("q://QID1/ChoiceGroup/SelectedChoices", {}, ""),
        ("q://QID2/ChoiceGroup/SelectedChoices", MANY, "A, C"),
        ("q://QID1/SelectedChoicesRecode", {"one": 20.0}, "20"),
        ("q://QID1/ChoiceDescription/2", {}, "B"),
        ("q://QID1/QuestionText", {}, "Question one?"),
        ("q://QID3/ChoiceTextEntryValue", {"said": "hi"}, "hi"),
        ("q://QID6/ChoiceTextEntryValue/3", {"other": 3.0, "other_text": "dog"}, "dog"),
        ("q://QID7/ChoiceNumericEntryValue/1", {"slide_1": 5.0}, "5"),
        ("q://QID5/SelectedAnswers/7", {"grid_1": 5.0}, "Yes"),
    ],
)
def test_piped_answers(
    qsf: Any, written: Any, pipe: str, given: Mapping[str, Code], text: str
) -> None:
    survey = qsf.survey([*answers_of(qsf), qsf.told("last", f"[${{{pipe}}}]")])
    found = import_questionnaire(written(survey))
    assert not found.report.losses
    assert walked(found, given)["last"] == f"[{text}]"


@pytest.mark.parametrize(
    "pipe",
    ["date://CurrentDate/Short", "rand://int/1:10", "m://FirstName", "q://QID99/Choice", "x"],
)
def test_what_cannot_be_piped_is_named(qsf: Any, written: Any, pipe: str) -> None:
    found = import_questionnaire(written(qsf.survey([qsf.told("a", f"Now ${{{pipe}}}!")])))
    assert walked(found, {})["a"] == "Now !"
    assert [entry.kind for entry in found.report.losses] == ["piped text"]


def test_pipes_in_options_and_rows(qsf: Any, written: Any) -> None:
    said = "the ${q://QID1/ChoiceTextEntryValue}"
    survey = qsf.survey([qsf.words("a"), qsf.choice("b", said, "none")])
    found = import_questionnaire(written(survey))
    assert found.questionnaire.written()[1].options[0].label == "the {a|}"
