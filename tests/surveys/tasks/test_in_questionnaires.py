"""Tasks in questionnaires: mixed, renamed, repeated, put into arms, reworded; and bad input."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from understudy.data.errors import QuestionnaireError, UnderstudyError
from understudy.surveys.checks.check import check
from understudy.surveys.counterbalance import counterbalanced
from understudy.surveys.files.reading import parse_questionnaire, read_questionnaire
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.questionnaire import Questionnaire
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.battery import battery

MIXED = """
conditions: {topic: [money, none]}
blocks:
  - block: opening
    questions:
      - {name: age, type: numeric, text: How old are you?, minimum: 18, maximum: 99}
  - group: games
    order: random
    blocks:
      - task: dictator
      - task: dictator
        name: large
        with: {endowment: 1000, step: 50}
        show_if: age > 30
      - task: anchoring
        show_if: arm(topic) = "money"
        anchored: true
"""


def refused(text: str) -> str:
    with pytest.raises(QuestionnaireError) as caught:
        parse_questionnaire(text, "s.yaml")
    return str(caught.value)


def test_tasks_are_mixed_with_questions() -> None:
    survey = parse_questionnaire(MIXED, "s.yaml")
    assert check(survey).ok
    assert [place.name for place in survey.tasks] == ["dictator", "large", "anchoring"]
    assert [c.name for c in survey.conditions] == ["topic", "anchoring_anchor"]
    assert survey.codebook()["large_give"].range == (0, 1000)
    assert survey.place("question large_give").startswith("s.yaml, line 11")


def test_a_mixed_questionnaire_round_trips() -> None:
    survey = parse_questionnaire(MIXED, "s.yaml")
    again = parse_questionnaire(survey.to_yaml(), "s.yaml")
    assert again == survey
    assert again.fingerprint == survey.fingerprint
    written = survey.to_dict()
    assert list(written["conditions"]) == ["topic"]
    assert written["blocks"][1]["blocks"][1]["with"] == {"endowment": 1000, "step": 50}


def test_arms_decide_who_is_given_a_task() -> None:
    survey = parse_questionnaire(MIXED, "s.yaml")
    persons = [f"p{number}" for number in range(40)]
    dealt = allocate(survey, persons, 1)
    for person in persons:
        arms = {name: by[person] for name, by in dealt.items()}
        walk = Walk(survey, person=person, arms=arms, seed=1)
        answers: dict[str, Any] = {}
        asked = set()
        while (page := walk.next_page(answers)) is not None:
            for shown in page.questions:
                asked.add(shown.name)
                answers.update({v.name: v.codes[0] if v.codes else 20.0 for v in shown.variables})
        assert "dictator_give" in asked
        assert "large_give" not in asked
        assert ("anchoring_everest" in asked) == (arms["topic"] == "money")


def test_the_author_may_weigh_a_tasks_arms() -> None:
    survey = parse_questionnaire(
        "conditions: {anchoring_anchor: {arms: [high, low], weights: [3, 1]}}\n"
        "blocks: [{task: anchoring}]",
        "s.yaml",
    )
    dealt = allocate(survey, [f"p{n}" for n in range(100)], 1)["anchoring_anchor"]
    assert list(dealt.values()).count("high") == 75
    assert parse_questionnaire(survey.to_yaml(), "s.yaml") == survey


def test_the_author_may_not_invent_arms() -> None:
    said = refused("conditions: {anchoring_anchor: [high, medium]}\nblocks: [{task: anchoring}]")
    assert "the task anchoring has no arm 'medium'" in said
    assert "s.yaml, line 1" in said


def test_loops_are_scored_turn_by_turn() -> None:
    survey = parse_questionnaire(
        "blocks:\n  - task: dictator\n    loop: {values: [a friend, a stranger]}", "s.yaml"
    )
    assert check(survey).ok
    assert [place.name for place in survey.tasks] == ["dictator_1", "dictator_2"]
    assert survey.tasks[1].variables == {"dictator_give_2": "give"}
    assert parse_questionnaire(survey.to_yaml(), "s.yaml") == survey


def test_a_task_may_be_reworded_but_keeps_its_variables() -> None:
    begin = "blocks:\n  - task: dictator\n    questions:\n"
    kept = "      - {name: dictator_give, type: slider, text: Wie viel geben Sie?, maximum: 10}\n"
    survey = parse_questionnaire(begin + kept, "s.yaml")
    assert survey.tasks[0].reworded
    assert parse_questionnaire(survey.to_yaml(), "s.yaml") == survey
    said = refused(begin + kept.replace("dictator_give", "give"))
    assert "the task dictator needs the variable 'dictator_give'" in said


def test_counterbalancing_keeps_the_task() -> None:
    survey = counterbalanced(battery(["kirby"]))
    assert survey.tasks[0].task.name == "kirby"
    assert parse_questionnaire(survey.to_yaml(), "s.yaml") == survey


def test_another_wording_is_another_questionnaire() -> None:
    survey = battery(["dictator"])
    block = survey.leaves()[0]
    question = dataclasses.replace(block.questions[0], text="How much?")
    other = dataclasses.replace(survey, blocks=(dataclasses.replace(block, pages=((question,),)),))
    assert other.fingerprint != survey.fingerprint


def test_a_battery_is_of_what_was_named() -> None:
    survey = battery(["kirby", make_task("dictator", prefix="gift")], shuffle=True)
    assert [place.name for place in survey.tasks] == ["kirby", "gift"]
    assert check(survey).ok


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("blocks: [{task: dictatr}]", "there is no task 'dictatr'; did you mean dictator?"),
        (
            "blocks:\n  - task: dictator\n    with:\n      endowment: 0\n",
            "s.yaml, line 3, block dictator: an endowment of 0 leaves nothing to divide",
        ),
        (
            "blocks:\n  - task: dictator\n    with:\n      step: 1\n      endowmnt: 10\n",
            "s.yaml, line 5, block dictator: there is no parameter 'endowmnt'; did you mean",
        ),
        (
            "blocks:\n  - task: dictator\n    with:\n      endowment: ten\n",
            "line 4, block dictator: 'endowment' is a number, not 'ten'",
        ),
        (
            "blocks:\n  - task: dictator\n  - task: dictator\n",
            "s.yaml, line 3, block dictator: this name is in use already (line 2)",
        ),
        (
            "blocks:\n  - block: dictator\n    questions: [{name: a, type: text, text: A}]\n"
            "  - task: dictator\n",
            "line 4, block dictator: this name is in use already (line 2)",
        ),
        (
            "blocks:\n  - block: b\n    questions: [{name: dictator_give, type: text, text: A}]\n"
            "  - task: dictator\n",
            "line 4, question dictator_give: this name is in use already (line 3)",
        ),
        ("blocks: [{task: dictator, name: two words}]", "cannot stand in front of names"),
        ("blocks: [{task: dictator, wiht: {}}]", "the key 'wiht' means nothing here"),
        ("blocks: [{task: dictator, with: [1]}]", "a list stands where"),
        (
            "blocks:\n  - task: two_gamble_choice\n    with:\n      problems:\n"
            "        - {a: {outcomes: [[3, 1]]}, b: {outcomes: [[4, .8], [0, .3]]}}\n",
            "the probabilities of a gamble add up to 1.1, not to 1",
        ),
        (
            "blocks:\n  - task: holt_laury\n    with: {risky: [-1, 2]}\n",
            "block holt_laury: a prize is not above 0",
        ),
        (
            "blocks:\n  - task: two_gamble_choice\n    with: {file: nowhere.csv}\n",
            "s.yaml, line 3, block two_gamble_choice: nowhere.csv",
        ),
    ],
)
def test_bad_tasks_are_one_sentence_with_line_and_remedy(text: str, said: str) -> None:
    message = refused(text)
    assert said in message
    assert message.count("\n") == 0


def test_files_are_looked_for_beside_the_questionnaire(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Ha,pHa,La,Hb,pHb,Lb,LotShapeB,LotNumB\n3,1,3,4,0.8,0,0,1\n")
    file = tmp_path / "s.yaml"
    file.write_text("blocks: [{task: two_gamble_choice, with: {file: p.csv}}]")
    survey = read_questionnaire(file)
    (tmp_path / "p.csv").unlink()
    # The questionnaire holds its whole design, so that a run can be resumed without the file.
    assert parse_questionnaire(survey.to_yaml(), "s.yaml") == survey


def test_files_with_missing_columns_are_named(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Ha,pHa,La\n3,1,3\n")
    file = tmp_path / "s.yaml"
    file.write_text("blocks:\n  - task: two_gamble_choice\n    with: {file: p.csv}\n")
    with pytest.raises(UnderstudyError) as caught:
        read_questionnaire(file)
    said = str(caught.value)
    assert "s.yaml, line 3" in said
    assert "p.csv, line 1: the columns Hb, pHb, Lb, LotShapeB, LotNumB are missing" in said
    assert "a problem file has the columns" in said


def test_the_schema_knows_tasks() -> None:
    import jsonschema

    from understudy.surveys.files.schema import questionnaire_schema

    schema = questionnaire_schema()
    jsonschema.validate(json.loads(json.dumps(battery().to_dict())), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"blocks": [{"task": "dictator", "endowment": 3}]}, schema)


def test_a_questionnaire_with_tasks_can_be_pickled() -> None:
    import pickle

    survey = battery()
    assert pickle.loads(pickle.dumps(survey)) == survey
    assert isinstance(survey, Questionnaire)
