"""The flow of a Qualtrics survey: whom it leads where, told by walking through the import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from understudy.data.codebook import Code
from understudy.data.errors import QuestionnaireError, UnreadableFileError
from understudy.surveys.files.reading import parse_questionnaire, read_questionnaire
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.importers import import_questionnaire
from understudy.surveys.importers.imported import Imported
from understudy.surveys.questionnaire import Again, Group, Outcome, Questionnaire

Import = Callable[..., Imported]


@pytest.fixture
def imported(qsf: Any, written: Any) -> Import:
    """Imports a survey, having looked that it survives being written as YAML."""

    def read(*given: Any, **more: Any) -> Imported:
        found = import_questionnaire(written(qsf.survey(*given, **more)))
        again = parse_questionnaire(found.questionnaire.to_yaml(), "again.yaml")
        assert again.blocks == found.questionnaire.blocks
        assert again.conditions == found.questionnaire.conditions
        return found

    return read


def walked(
    survey: Questionnaire,
    given: Mapping[str, Code] | None = None,
    *,
    person: str = "p",
    arms: Mapping[str, str] | None = None,
    facts: Mapping[str, Code | None] | None = None,
) -> tuple[list[list[str]], dict[str, str], Walk]:
    """Names of the questions seen, page by page; their texts; and the walk at its end."""
    dealt = {name: by[person] for name, by in allocate(survey, [person], 1).items()}
    walk = Walk(survey, person=person, arms={**dealt, **(arms or {})}, seed=1, facts=facts)
    answers: dict[str, Code | None] = {}
    pages: list[list[str]] = []
    texts: dict[str, str] = {}
    while (page := walk.next_page(answers)) is not None:
        pages.append([shown.name for shown in page.questions])
        for shown in page.questions:
            texts[shown.name] = shown.text
            for variable in shown.variables:
                answers[variable.name] = (given or {}).get(variable.name)
    return pages, texts, walk


def losses(found: Imported) -> list[str]:
    return [str(entry) for entry in found.report.losses]


# --- what is part of a survey -----------------------------------------------------------------


def test_trash_and_blocks_that_nothing_leads_to_are_not_part_of_it(
    qsf: Any, imported: Import
) -> None:
    found = imported(
        [qsf.words("a"), qsf.words("gone"), qsf.words("unused")],
        {"BL_1": [1], "BL_2": [3]},
        [qsf.standing("BL_1"), qsf.standing("BL_none")],
        trash=["QID2"],
    )
    assert [question.name for question in found.questionnaire.written()] == ["a"]
    assert "QID2_TEXT" not in found.columns


def test_page_breaks_make_pages(qsf: Any, imported: Import) -> None:
    found = imported(
        [qsf.told("a", "A"), qsf.words("b"), qsf.words("c")], {"BL_1": [1, 2, "|", "|", 3, "|"]}
    )
    assert walked(found.questionnaire)[0] == [["a", "b"], ["c"]]


def test_a_survey_without_flow_asks_its_blocks_in_order(qsf: Any, written: Any) -> None:
    survey = qsf.survey([qsf.words("a"), qsf.words("b")], {"BL_1": [1], "BL_2": [2]})
    survey["SurveyElements"] = [e for e in survey["SurveyElements"] if e["Element"] != "FL"]
    found = import_questionnaire(written(survey))
    assert walked(found.questionnaire)[0] == [["a"], ["b"]]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"SurveyElements": []}', "{" * 90, "PK\x03"])
def test_what_is_no_survey_is_refused_in_a_sentence(tmp_path: Any, content: str) -> None:
    path = tmp_path / "survey.qsf"
    path.write_text(content)
    with pytest.raises(UnreadableFileError) as refusal:
        import_questionnaire(path)
    assert str(refusal.value).startswith("survey.qsf: ")


def test_a_survey_without_questions_is_refused(qsf: Any, written: Any) -> None:
    with pytest.raises(QuestionnaireError, match="there are no questions"):
        import_questionnaire(written(qsf.survey([], {})))


# --- branches and ends ------------------------------------------------------------------------


def test_branches_and_screen_outs(qsf: Any, imported: Import) -> None:
    found = imported(
        [qsf.choice("works", "Yes", "No"), qsf.words("job"), qsf.words("last")],
        {"BL_1": [1], "BL_2": [2], "BL_3": [3]},
        [
            qsf.standing("BL_1"),
            qsf.branch(
                "FL_2", qsf.when(qsf.about("QID1/SelectableChoice/1")), qsf.standing("BL_2")
            ),
            qsf.branch(
                "FL_3",
                qsf.when(qsf.about("QID1/SelectableChoice/2")),
                {"Type": "EndSurvey", "FlowID": "FL_4"},
            ),
            qsf.standing("BL_3"),
            {"Type": "EndSurvey", "FlowID": "FL_5"},
        ],
    )
    survey = found.questionnaire
    pages, _, walk = walked(survey, {"works": 1.0})
    assert pages == [["works"], ["job"], ["last"]]
    assert walk.outcome is Outcome.COMPLETED
    pages, _, walk = walked(survey, {"works": 2.0})
    assert pages == [["works"]]
    assert walk.outcome is Outcome.SCREENED_OUT
    assert not losses(found)


def test_flow_is_read_to_any_depth(qsf: Any, imported: Import) -> None:
    yes = qsf.when(qsf.about("QID1/SelectableChoice/1"))
    flow = qsf.standing("BL_2")
    for depth in range(6):
        group = {"Type": "Group", "FlowID": f"G{depth}", "Flow": [flow]}
        flow = qsf.branch(f"B{depth}", yes, qsf.randomizer(f"R{depth}", 1, group))
    survey = imported(
        [qsf.choice("a", "Yes", "No"), qsf.words("b")],
        {"BL_1": [1], "BL_2": [2]},
        [qsf.standing("BL_1"), flow],
    ).questionnaire
    assert walked(survey, {"a": 1.0})[0] == [["a"], ["b"]]
    assert walked(survey, {"a": 2.0})[0] == [["a"]]


def test_a_flow_too_deep_is_refused(qsf: Any, written: Any) -> None:
    flow = qsf.standing("BL_1")
    for depth in range(20):
        flow = {"Type": "Group", "FlowID": f"G{depth}", "Flow": [flow]}
    survey = qsf.survey([qsf.words("a")], {"BL_1": [1]}, [flow])
    assert import_questionnaire(written(survey)).questionnaire.written()
    for depth in range(30):
        flow = {"Type": "Group", "FlowID": f"H{depth}", "Flow": [flow]}
    with pytest.raises(UnreadableFileError, match="nested more than"):
        import_questionnaire(written(qsf.survey([qsf.words("a")], {"BL_1": [1]}, [flow])))


def test_elements_that_do_nothing_here_are_named(qsf: Any, imported: Import) -> None:
    service = {"Type": "WebService", "FlowID": "FL_9", "Flow": [qsf.standing("BL_1")]}
    found = imported([qsf.words("a")], {"BL_1": [1]}, [service])
    assert losses(found) == ["flow FL_9: WebService does nothing here"]
    assert walked(found.questionnaire)[0] == [["a"]]


def test_a_block_may_stand_in_the_flow_twice(qsf: Any, imported: Import) -> None:
    found = imported(
        [qsf.choice("first", "A", "B"), qsf.words("a"), qsf.words("b")],
        {"BL_0": [1], "BL_A": [2], "BL_B": [3]},
        [
            qsf.standing("BL_0"),
            qsf.branch(
                "FL_1",
                qsf.when(qsf.about("QID1/SelectableChoice/1")),
                qsf.standing("BL_A"),
                qsf.standing("BL_B"),
            ),
            qsf.branch(
                "FL_2",
                qsf.when(qsf.about("QID1/SelectableChoice/1", "NotSelected")),
                qsf.standing("BL_B"),
                qsf.standing("BL_A"),
            ),
        ],
    )
    survey = found.questionnaire
    assert sum(isinstance(node, Again) for node in survey.nodes()) == 2
    assert walked(survey, {"first": 1.0})[0] == [["first"], ["a"], ["b"]]
    assert walked(survey, {"first": 2.0})[0] == [["first"], ["b"], ["a"]]


# --- randomizers ------------------------------------------------------------------------------


def test_randomizers_pick_evenly_and_shuffle(qsf: Any, imported: Import) -> None:
    found = imported(
        [qsf.words(name) for name in "abc"],
        {"BL_A": [1], "BL_B": [2], "BL_C": [3]},
        [qsf.randomizer("FL_7", 2, *(qsf.standing(f"BL_{x}") for x in "ABC"))],
    )
    survey = found.questionnaire
    persons = [str(n) for n in range(60)]
    dealt = allocate(survey, persons, 5)["FL_7"]
    assert set(Counter(m for d in dealt.values() for m in d.split(" > ")).values()) == {40}
    assert len(set(dealt.values())) == 6
    assert not losses(found)
    pages, _, _ = walked(survey, arms={"FL_7": "C > A"})
    assert pages == [["c"], ["a"]]


def test_an_empty_member_of_a_randomizer_keeps_its_share(qsf: Any, imported: Import) -> None:
    survey = imported(
        [qsf.words("a"), qsf.words("end")],
        {"BL_A": [1], "BL_Z": [2]},
        [
            qsf.randomizer(
                "FL_7", 1, qsf.standing("BL_A"), {"Type": "Group", "FlowID": "FL_8", "Flow": []}
            ),
            qsf.standing("BL_Z"),
        ],
    ).questionnaire
    dealt = allocate(survey, [str(n) for n in range(10)], 1)["FL_7"]
    assert Counter(dealt.values()) == {"A": 5, "FL_8": 5}
    assert walked(survey, arms={"FL_7": "FL_8"})[0] == [["end"]]


def test_a_randomizer_that_does_not_deal_evenly_is_named(qsf: Any, imported: Import) -> None:
    found = imported(
        [qsf.words("a"), qsf.words("b")],
        {"BL_A": [1], "BL_B": [2]},
        [qsf.randomizer("FL_7", 1, *(qsf.standing(f"BL_{x}") for x in "AB"), even=False)],
    )
    assert any("dealt evenly" in loss for loss in losses(found))


def test_a_randomizer_of_values_is_an_experimental_condition(qsf: Any, imported: Import) -> None:
    found = imported(
        [qsf.told("a", "Price: ${e://Field/price} for ${e://Field/who}"), qsf.words("b")],
        {"BL_A": [1], "BL_B": [2]},
        [
            qsf.randomizer(
                "FL_7",
                1,
                qsf.embedded("FL_8", price="5", who="her"),
                qsf.embedded("FL_9", price="9", who="him"),
            ),
            qsf.standing("BL_A"),
            qsf.branch("FL_5", qsf.when(qsf.field("price", "EqualTo", "9")), qsf.standing("BL_B")),
        ],
    )
    survey = found.questionnaire
    assert survey.condition("price").arms == ("5", "9")
    assert survey.fields() == ("who",)
    pages, texts, walk = walked(survey, arms={"price": "5"})
    assert (pages, texts["a"]) == ([["a"]], "Price: 5 for her")
    assert dict(walk.fields) == {"who": "her"}
    pages, texts, _ = walked(survey, arms={"price": "9"})
    assert (pages, texts["a"]) == ([["a"], ["b"]], "Price: 9 for him")
    assert not losses(found)


def test_a_factorial_of_values_keeps_its_fields(qsf: Any, imported: Import) -> None:
    cells = [
        {
            "Type": "Group",
            "FlowID": f"FL_{n}",
            "Flow": [qsf.embedded("E1", mood=m), qsf.embedded("E2", cue=c)],
        }
        for n, (m, c) in enumerate((m, c) for m in ("good", "bad") for c in ("on", "off"))
    ]
    survey = imported(
        [qsf.words("a")],
        {"BL_A": [1]},
        [
            qsf.randomizer("FL_7", 1, *cells),
            qsf.branch("FL_5", qsf.when(qsf.field("mood", "EqualTo", "bad")), qsf.standing("BL_A")),
        ],
    ).questionnaire
    (condition,) = survey.conditions
    assert condition.arms == ("good, on", "good, off", "bad, on", "bad, off")
    assert walked(survey, arms={condition.name: "bad, off"})[0] == [["a"]]
    assert walked(survey, arms={condition.name: "good, off"})[0] == []


def test_values_dealt_within_a_branch_stay_fields(qsf: Any, imported: Import) -> None:
    survey = imported(
        [qsf.choice("q", "A", "B"), qsf.words("a")],
        {"BL_Q": [1], "BL_A": [2]},
        [
            qsf.standing("BL_Q"),
            qsf.branch(
                "FL_5",
                qsf.when(qsf.about("QID1/SelectableChoice/1")),
                qsf.randomizer("FL_7", 1, qsf.embedded("FL_8", x="1"), qsf.embedded("FL_9", x="2")),
            ),
            qsf.branch("FL_6", qsf.when(qsf.field("x", "NotEqualTo", "1")), qsf.standing("BL_A")),
        ],
    ).questionnaire
    assert not survey.conditions
    assert walked(survey, {"q": 1.0}, arms={"FL_7": "FL_8"})[0] == [["q"]]
    assert walked(survey, {"q": 1.0}, arms={"FL_7": "FL_9"})[0] == [["q"], ["a"]]
    # Nobody set it: it is not equal to anything.
    assert walked(survey, {"q": 2.0}, arms={"FL_7": "FL_8"})[0] == [["q"], ["a"]]


# --- embedded data ----------------------------------------------------------------------------


def test_embedded_values_may_pipe_answers_records_and_each_other(
    qsf: Any, imported: Import
) -> None:
    source = {"Field": "source", "Type": "Recipient"}
    found = imported(
        [qsf.words("name"), qsf.told("hi", "${e://Field/greeting} (${e://Field/source})")],
        {"BL_A": [1], "BL_B": [2]},
        [
            {"Type": "EmbeddedData", "FlowID": "FL_1", "EmbeddedData": [source]},
            qsf.standing("BL_A"),
            qsf.embedded("FL_2", who="${q://QID1/ChoiceTextEntryValue}"),
            qsf.embedded("FL_3", greeting="Hello ${e://Field/who}!"),
            qsf.standing("BL_B"),
        ],
    )
    _, texts, walk = walked(found.questionnaire, {"name": "Ann"}, facts={"source": "panel"})
    assert texts["hi"] == "Hello Ann! (panel)"
    assert dict(walk.fields) == {"source": "panel", "who": "Ann", "greeting": "Hello Ann!"}
    assert walked(found.questionnaire)[1]["hi"] == "Hello ! ()"


def test_a_field_nobody_sets_comes_from_the_record_and_is_named(qsf: Any, imported: Import) -> None:
    found = imported([qsf.told("a", "You are ${e://Field/age.group}.")])
    assert losses(found) == [
        "field age.group: the survey uses it and never sets it; "
        "it is taken from the record, or stays empty"
    ]
    assert walked(found.questionnaire, facts={"age.group": 30.0})[1]["a"] == "You are 30."


def test_fields_called_as_questions_are_renamed(qsf: Any, imported: Import) -> None:
    found = imported(
        [qsf.words("age"), qsf.told("b", "${e://Field/age}")],
        {"BL_A": [1], "BL_B": [2]},
        [qsf.standing("BL_A"), qsf.embedded("FL_1", age="old"), qsf.standing("BL_B")],
    )
    assert found.questionnaire.fields() == ("age_field",)
    assert found.columns["age"].variables == ("age_field",)
    assert walked(found.questionnaire)[1]["b"] == "old"


# --- blocks -----------------------------------------------------------------------------------


def test_questions_in_random_order_with_some_in_place(qsf: Any, imported: Import) -> None:
    plan = {
        "RandomizeQuestions": "Advanced",
        "Randomization": {
            "Advanced": {
                "FixedOrder": ["{~Randomized~}", "QID3", "{~Randomized~}"],
                "RandomizeAll": ["QID1", "QID2"],
                "QuestionsPerPage": "1",
            }
        },
    }
    survey = imported([qsf.words(x) for x in "abc"], options={"BL_1": plan}).questionnaire
    seen = {tuple(p[0] for p in walked(survey, person=str(n))[0]) for n in range(20)}
    assert seen == {("a", "c", "b"), ("b", "c", "a")}


def test_some_questions_of_a_block(qsf: Any, imported: Import) -> None:
    plan = {
        "RandomizeQuestions": "RandomWithOnlyX",
        "Randomization": {"Advanced": {"TotalRandSubset": "2"}},
    }
    found = imported([qsf.words(x) for x in "abcd"], options={"BL_1": plan})
    pages, _, _ = walked(found.questionnaire)
    assert len(pages) == 2
    group = found.questionnaire.blocks[0]
    assert isinstance(group, Group)
    assert group.pick == 2
    assert any("2 of 4 questions" in loss for loss in losses(found))


def test_skips_within_a_block_and_to_the_end(qsf: Any, imported: Import) -> None:
    def skip(place: int, choice: int, to: str) -> dict[str, Any]:
        rule = {
            "ChoiceLocator": f"q://QID{place}/SelectableChoice/{choice}",
            "Condition": "Selected",
            "SkipToDestination": to,
        }
        return {"QuestionID": f"QID{place}", "SkipLogic": [rule]}

    survey = imported(
        [qsf.choice(x, "Yes", "No") for x in "abcd"],
        {"BL_1": [skip(1, 1, "QID3"), "|", 2, "|", skip(3, 1, "ENDOFSURVEY"), "|", 4]},
    ).questionnaire
    assert walked(survey, {"a": 2.0, "c": 2.0})[0] == [["a"], ["b"], ["c"], ["d"]]
    assert walked(survey, {"a": 1.0, "c": 2.0})[0] == [["a"], ["c"], ["d"]]
    pages, _, walk = walked(survey, {"a": 1.0, "c": 1.0})
    assert pages == [["a"], ["c"]]
    assert walk.outcome is Outcome.SCREENED_OUT


# --- loops ------------------------------------------------------------------------------------

STATIC = {
    "Looping": "Static",
    "LoopingOptions": {
        "Static": {"1": {"1": "Paris", "2": "France"}, "4": {"1": "Rome", "2": "Italy"}},
        "Randomization": "None",
    },
}


def test_loops_over_fixed_values_have_several_fields(qsf: Any, imported: Import) -> None:
    text = "${lm://CurrentLoopNumber}/${lm://TotalLoops}: ${lm://Field/1}, ${lm://Field/2}"
    found = imported(
        [qsf.words("q", text=text), qsf.told("after", "${q://4_QID1/ChoiceTextEntryValue}")],
        {"BL_1": [1], "BL_2": [2]},
        options={"BL_1": STATIC},
    )
    _, texts, _ = walked(found.questionnaire, {"q_4": "Pizza"})
    assert texts == {"q_1": "1/2: Paris, France", "q_4": "2/2: Rome, Italy", "after": "Pizza"}
    assert found.columns["4_QID1_TEXT"].variables == ("q_4",)
    assert not losses(found)


def test_loops_over_answers(qsf: Any, imported: Import) -> None:
    options = {
        "Looping": "Question",
        "LoopingOptions": {
            "QID": "QID1",
            "Locator": "q://QID1/ChoiceGroup/SelectedChoices",
            "Static": {},
            "Randomization": "All",
        },
    }
    found = imported(
        [
            qsf.question(
                "MC", "MAVR", "known", choices={"1": "A", "5": "B"}, RecodeValues={"5": "9"}
            ),
            qsf.words("why", text="Why ${lm://Field/1}?"),
        ],
        {"BL_1": [1], "BL_2": [2]},
        options={"BL_2": options},
    )
    pages, texts, _ = walked(found.questionnaire, {"known_1": 0.0, "known_9": 1.0})
    assert pages == [["known"], ["why_9"]]
    assert texts["why_9"] == "Why B?"
    assert found.columns["5_QID2_TEXT"].variables == ("why_9",)


def test_loops_as_often_as_a_number_says(qsf: Any, imported: Import) -> None:
    options = {
        "Looping": "Question",
        "LoopingOptions": {
            "QID": "QID1",
            "Locator": "q://QID1/LoopAndMerge/MergeOnNumericResponse?v=3",
        },
    }
    bounds = {
        "Settings": {
            "Type": "ContentType",
            "ContentType": "ValidNumber",
            "ValidNumber": {"Min": "0", "Max": "3", "NumDecimals": "0"},
        }
    }
    found = imported(
        [qsf.words("children", Validation=bounds), qsf.words("age")],
        {"BL_1": [1], "BL_2": [2]},
        options={"BL_2": options},
    )
    assert walked(found.questionnaire, {"children": 2.0})[0] == [["children"], ["age_1"], ["age_2"]]


def test_a_number_without_bounds_gets_one_when_a_loop_goes_over_it(
    qsf: Any, imported: Import
) -> None:
    options = {
        "Looping": "Question",
        "LoopingOptions": {
            "QID": "QID1",
            "Locator": "q://QID1/LoopAndMerge/MergeOnNumericResponse?v=3",
            "Static": {"1": {"2": "first"}, "2": {"2": "second"}, "3": {"2": "third"}},
        },
    }
    bounds = {"Settings": {"Type": "ContentType", "ContentType": "ValidNumber"}}
    found = imported(
        [qsf.words("n", Validation=bounds), qsf.words("age", text="The ${lm://Field/2}?")],
        {"BL_1": [1], "BL_2": [2]},
        options={"BL_2": options},
    )
    _, texts, _ = walked(found.questionnaire, {"n": 2.0})
    assert texts == {"n": "Question n?", "age_1": "The first?", "age_2": "The second?"}
    assert losses(found) == ["block 2: n may be at most 3"]


@pytest.mark.parametrize("qid", ["QID2", "QID9"])
def test_a_loop_over_what_comes_later_or_nowhere_is_left(
    qsf: Any, imported: Import, qid: str
) -> None:
    options = {"Looping": "Question", "LoopingOptions": {"QID": qid, "Locator": f"q://{qid}/x"}}
    found = imported(
        [qsf.words("a"), qsf.choice("b", "X", "Y")],
        {"BL_1": [1], "BL_2": [2]},
        options={"BL_1": options},
    )
    assert walked(found.questionnaire)[0] == [["a"], ["b"]]
    assert [entry.kind for entry in found.report.losses] == ["loop"]


def test_some_turns_of_a_loop(qsf: Any, imported: Import) -> None:
    options = {
        "Looping": "Static",
        "LoopingOptions": {
            "Static": {str(n): {"1": f"Thing {n}"} for n in range(1, 6)},
            "Randomization": "Subset",
            "TotalRandSubset": "2",
        },
    }
    survey = imported([qsf.words("q")], options={"BL_1": options}).questionnaire
    seen = [walked(survey, person=str(n))[0] for n in range(30)]
    assert {len(pages) for pages in seen} == {2}
    assert len({str(pages) for pages in seen}) > 10


def test_a_qsf_is_a_questionnaire_wherever_one_is_read(qsf: Any, written: Any) -> None:
    assert read_questionnaire(written(qsf.survey([qsf.words("a")]))).title == "A survey"
