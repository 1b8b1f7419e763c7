"""Fields set during an interview, blocks that stand twice, loops with several texts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import Code, Codebook, Level, Role, Variable
from understudy.data.errors import QuestionnaireError
from understudy.data.panel import Panel
from understudy.surveys.checks.check import check
from understudy.surveys.fields import field_value
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.ledger.run import load_run
from understudy.surveys.questionnaire import Questionnaire
from understudy.surveys.respondent import Basis, Interview, Page, Preparation, Reply
from understudy.surveys.respondents.exposure import exposed
from understudy.twins.twin import Twins


def survey(text: str) -> Questionnaire:
    return parse_questionnaire(text, "test.yaml")


def walked(
    questionnaire: Questionnaire,
    given: Mapping[str, Code] | None = None,
    *,
    person: str = "p",
    facts: Mapping[str, Code | None] | None = None,
    ahead: int = 1,
) -> tuple[list[list[tuple[str, str]]], dict[str, Code]]:
    """(name, text) of what is seen, page by page, and the fields in the end."""
    arms = {name: by[person] for name, by in allocate(questionnaire, [person], 1).items()}
    walk = Walk(questionnaire, person=person, arms=arms, seed=1, facts=facts)
    answers: dict[str, Code | None] = {}
    pages: list[list[tuple[str, str]]] = []
    while True:
        out: list[Page] = []
        names: set[str] = set()
        while len(out) < ahead and (page := walk.page_ahead(answers, names)) is not None:
            out.append(page)
            names.update(shown.name for shown in page.questions)
        if not out:
            return pages, dict(walk.fields)
        pages += [[(shown.name, shown.text) for shown in page.questions] for page in out]
        for page in out:
            for shown in page.questions:
                for variable in shown.variables:
                    answers[variable.name] = (given or {}).get(variable.name)


FIELDS = survey(
    """
conditions:
  tone: [warm, cold]
blocks:
  - set: {source: "{record.source|web}", greeting: Hello, "the.code": "02"}
  - block: first
    questions:
      - {name: weight, type: numeric, text: Weight?, minimum: 0, maximum: 300}
      - {name: height, type: numeric, text: Height?, minimum: 0, maximum: 3}
      - {name: name, type: text, text: Your name?}
  - set:
      bmi: {formula: weight / (height * height)}
      greeting: "{greeting}, {name|you}"
  - set: {mood: good}
    show_if: tone = "warm"
  - set: {gone: ""}
  - block: last
    questions:
      - {name: a, type: display, text: "{greeting}! {bmi|?} {the.code} {source} {mood|-} {gone|-}"}
      - {name: b, type: text, text: B, show_if: bmi > 25}
      - {name: c, type: text, text: C, show_if: 'answered(mood) and mood = "good"'}
      - {name: d, type: text, text: D, show_if: 'selected(`the.code`, "02")'}
"""
)


def test_fields_are_set_piped_compared_and_worked_out() -> None:
    pages, fields = walked(FIELDS, {"weight": 90.0, "height": 1.5, "name": "Ann"})
    warm = "mood" in fields
    assert dict(pages[-1])["a"].startswith("Hello, Ann! 40 02 web")
    assert [name for name, _ in pages[-1]] == ["a", "b", *(["c"] if warm else []), "d"]
    assert {key: fields[key] for key in ("source", "greeting", "the.code", "bmi")} == {
        "source": "web",
        "greeting": "Hello, Ann",
        "the.code": "02",
        "bmi": 40.0,
    }
    assert "gone" not in fields


def test_a_field_that_comes_to_nothing_has_no_value() -> None:
    pages, fields = walked(FIELDS, {"weight": 90.0}, facts={"source": "mail"})
    assert "bmi" not in fields
    assert dict(pages[-1])["a"].startswith("Hello, you! ? 02 mail")
    assert "b" not in dict(pages[-1])


@given(st.integers(2, 12), st.integers(0, 30), st.booleans())
def test_what_is_shown_does_not_depend_on_looking_ahead(
    ahead: int, person: int, heavy: bool
) -> None:
    answers: dict[str, Code] = {"weight": 90.0 if heavy else 50.0, "height": 1.7, "name": "Bo"}
    one = walked(FIELDS, answers, person=str(person))
    assert walked(FIELDS, answers, person=str(person), ahead=ahead) == one


def test_setting_a_field_waits_for_the_answers_it_is_made_of() -> None:
    walk = Walk(FIELDS, person="p", arms={"tone": "warm"}, seed=1)
    first = walk.page_ahead({}, set())
    assert first is not None
    assert walk.page_ahead({}, {"weight", "height", "name"}) is None
    assert walk.page_ahead({"weight": 1.0, "height": 1.0}, {"name"}) is None
    assert walk.page_ahead({"weight": 1.0, "height": 1.0, "name": None}, set()) is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2.0),
        ("-3.5", -3.5),
        ("02", "02"),
        ("1e3", "1e3"),
        ("", None),
        ("x", "x"),
        ("1.0", "1.0"),
    ],
)
def test_values_are_numbers_where_people_would_write_them_so(text: str, value: Any) -> None:
    assert field_value(text) == value


def test_an_arm_that_shows_through_a_field_is_known_to_have_shown() -> None:
    touched, _ = exposed(FIELDS)
    assert touched["c"] == frozenset({"tone"})
    assert "name" not in touched


# --- blocks that stand twice ------------------------------------------------------------------

TWICE = survey(
    """
blocks:
  - block: start
    questions: [{name: first, type: single, text: First?, options: [X, Y]}]
  - group: forwards
    show_if: first = 1
    blocks:
      - {block: x, questions: [{name: qx, type: text, text: X}]}
      - {block: y, questions: [{name: qy, type: text, text: Y, show_if: answered(qx)}]}
  - group: backwards
    show_if: first = 2
    order: random
    blocks:
      - {again: y, anchored: true}
      - {again: x}
  - again: x
  - block: end
    questions: [{name: z, type: text, text: "{qx|nothing}"}]
"""
)


def test_a_block_is_asked_where_it_is_first_come_to() -> None:
    names = [name for page in walked(TWICE, {"first": 1.0, "qx": "u"})[0] for name, _ in page]
    assert names == ["first", "qx", "qy", "z"]
    pages, _ = walked(TWICE, {"first": 2.0, "qx": "u"})
    assert [name for page in pages for name, _ in page] == ["first", "qx", "z"]
    names = [name for page in walked(TWICE)[0] for name, _ in page]
    assert names == ["first", "qx", "z"]
    assert TWICE.codebook().names == ("first", "qx", "qy", "z")


def test_questions_are_reachable_wherever_their_block_stands() -> None:
    text = """
blocks:
  - {block: a, questions: [{name: q, type: single, text: Q, options: [X, Y]}]}
  - group: never
    show_if: q = 1 and q = 2
    blocks: [{block: b, questions: [{name: r, type: text, text: R}]}]
"""
    assert list(check(survey(text)).unreachable) == ["r"]
    assert not check(survey(text + "  - {again: b}\n")).unreachable


# --- loops ------------------------------------------------------------------------------------


def test_a_loop_may_have_more_texts_and_take_only_some_turns() -> None:
    text = """
blocks:
  - block: pairs
    loop:
      values: {1: ETERNITY, 2: ELEPHANT, 5: EUPHORIA}
      texts:
        second: {1: CURIOSITY, 2: GALAXY}
      order: random
      pick: 2
    questions:
      - {name: link, type: text, text: "{loop.label} and {loop.second}?"}
"""
    one = survey(text)
    walks = [walked(one, person=str(n))[0] for n in range(20)]
    seen = {name: said for pages in walks for page in pages for name, said in page}
    assert seen == {
        "link_1": "ETERNITY and CURIOSITY?",
        "link_2": "ELEPHANT and GALAXY?",
        "link_5": "EUPHORIA and ?",
    }
    assert {len(pages) for pages in walks} == {2}


# --- form, faults, files ----------------------------------------------------------------------


@pytest.mark.parametrize("one", [FIELDS, TWICE])
def test_they_are_written_and_read_back(one: Questionnaire) -> None:
    again = survey(one.to_yaml())
    assert again.blocks == one.blocks
    assert again.fingerprint == one.fingerprint


QUESTION = "{block: b, questions: [{name: q, type: text, text: Q}]}"
WRONG = [
    ("{again: nowhere}", "there is no block 'nowhere'"),
    ("{set: {q: 1}}", "'q' is a question or condition"),
    ("{set: {'a|b': 1}}", "holds the character '|'"),
    ("{set: {a: '{nobody}'}}", "no question or variable"),
    ("{set: {a: {formula: 'q +'}}}", "a value is expected"),
    ("{set: {a: {formula: 'q = 1'}}}", "a condition stands"),
    ("{set: {a: {formula: zz}}}", "no question or variable"),
    ("{set: [1]}", "fields"),
    (
        "{block: c, loop: {values: [A], pick: 0}, questions: [{name: r, type: text, text: R}]}",
        "asks nothing",
    ),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(QuestionnaireError) as refusal:
        survey(f"blocks: [{text}, {QUESTION}]")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_shuffled_answer_may_be_looked_at_where_its_absence_is_thought_of() -> None:
    text = """
blocks:
  - group: g
    order: random
    blocks:
      - {block: a, questions: [{name: x, type: numeric, text: X, minimum: 0, maximum: 9}]}
      - block: b
        questions: [{name: y, type: text, text: "Y {x|none}", show_if: "CONDITION"}]
"""
    for fine in ("answered(x) and x > 3", "not answered(x)", "selected(x, 3)"):
        assert survey(text.replace("CONDITION", fine)).written()
    with pytest.raises(QuestionnaireError, match="may come later"):
        survey(text.replace("CONDITION", "x > 3"))


# --- in a run ---------------------------------------------------------------------------------


class Nobody:
    """Answers everything with the lowest thing possible."""

    spec = "nobody"
    fingerprint = "nobody"

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        del questionnaire, twins, seed
        return Preparation()

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        del interview
        await asyncio.sleep(0)
        return [
            Reply(v.name, "word" if v.kind == "text" else 2.0, basis=Basis.MODEL)
            for shown in page.questions
            for v in shown.variables
        ]

    async def aclose(self) -> None:
        """Nothing to let go of."""


def test_fields_are_variables_of_a_run(tmp_path: Any) -> None:
    age = Variable(name="source", level=Level.TEXT, kind="text", role=Role.DEMOGRAPHIC)
    frame = pd.DataFrame(
        {"source": ["mail"] * 6}, index=pd.Index([f"p{n}" for n in range(6)], name="person")
    )
    people = Twins.from_panel(Panel(frame, Codebook((age,))))
    path = tmp_path / "fields.run"
    run = administer(FIELDS, people, Nobody(), ledger=path, seed=2)
    for panel in (run.panel, load_run(path).panel):
        assert panel.numbers("bmi").tolist() == [0.5] * 6
        assert panel.texts("greeting") == ["Hello, word"] * 6
        assert panel.texts("source") == ["mail"] * 6
        assert panel.codebook["bmi"].role is Role.PARADATA
        warm = panel.frame["arm_tone"] == 1.0
        assert (panel.frame["mood"].notna() == warm).all()
        assert warm.sum() == 3
        assert not np.isnan(panel.numbers("weight")).any()
    assert "bmi" not in run.codebook
