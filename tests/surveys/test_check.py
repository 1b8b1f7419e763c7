"""What `check` finds: doubts, questions nobody comes to, names the panel lacks, length."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Code, Codebook, Level, Variable
from understudy.surveys.checks.check import check
from understudy.surveys.checks.length import SECONDS, WORDS_PER_MINUTE, seconds_for
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.flow import Walk
from understudy.surveys.questionnaire import Block, Questionnaire
from understudy.surveys.questions import TYPES, Text

BEGIN = """
conditions: {framing: [gain, loss]}
screen_out: {if: age < 18}
blocks:
  - block: first
    questions:
      - {name: age, type: numeric, text: Age?, minimum: 0, maximum: 120, integer: true}
      - name: sex
        type: single
        text: "{arm.framing}"
        options: [A, B, {code: 9, missing: refused}]
      - {name: news, type: multiple, text: News?, options: [TV, Papers, Web]}
      - {name: job, type: text, text: Job?}
      - {name: born, type: date, text: Born?}
  - block: second
    questions:
      - name: q
        type: text
        text: Q?
"""


def why(condition: str) -> str:
    """Why nobody comes to a question that is shown under a condition; "" if some may."""
    survey = parse_questionnaire(BEGIN + f"        show_if: {json.dumps(condition)}\n", "t.yaml")
    return check(survey).unreachable.get("q", "")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("age > 120", "“age > 120” never holds (age is 0 to 120)"),
        ("age > 30 and age < 30", "“age > 30” and “age < 30” rule each other out"),
        ("age > 30 and age < 31", "“age > 30” and “age < 31” rule each other out"),
        ("age < 17", "rule each other out"),
        ("sex = 3", "“sex = 3” never holds (sex is 1, 2)"),
        ("sex = 9", "never holds"),
        ("sex = 'A'", "never holds"),
        ("sex = 1 and sex = 2", "rule each other out"),
        ("sex != 1 and sex != 2", "rule each other out"),
        ("not sex in [1, 2]", "never holds"),
        ("sex in [5, 6] or age = -1", "never holds"),
        ("framing = 'gian'", "never holds (framing is gain, loss)"),
        ("framing = 'gain' and arm(framing) != 'gain'", "rule each other out"),
        ("selected(news, 1) and not selected(news, 1)", "rule each other out"),
        ("count(news) > 3", "never holds"),
        ("job = 'a' and job = 'b'", "rule each other out"),
        ("born > '2020-01-01' and born < '2019-01-01'", "rule each other out"),
        ("answered(age) and not answered(age)", "rule each other out"),
        ("not answered(sex) and sex = 1", "rule each other out"),
        ("record.x = 1 and record.x = 2", "rule each other out"),
        ("false", "never holds"),
        ("false and sex = 1", "never holds"),
    ],
)
def test_conditions_that_can_never_hold(condition: str, said: str) -> None:
    assert said in why(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "age > 119",
        "age > 30 and age < 32",
        "age = 18",
        "not answered(age)",
        "sex = 1 or sex = 5",
        "sex != 1",
        "not sex = 1 and not sex = 3",
        "framing != 'gain'",
        "count(news) = 3",
        "count(news) = 0",
        "selected(news, 1) and selected(news, 2)",
        "job != 'a' and job != 'b'",
        "contains(job, 'a') and not contains(job, 'b')",
        "born > '2020-01-01' and born < '2020-01-03'",
        "age > sex and sex > age",
        "record.x > 1 and record.x < 2",
        "record.x = 'a'",
        "shown(job)",
    ],
)
def test_conditions_that_may_hold_are_left_alone(condition: str) -> None:
    assert why(condition) == ""


def test_unreachable_spreads() -> None:
    survey = parse_questionnaire(
        """
blocks:
  - block: a
    questions:
      - {name: n, type: numeric, text: N?, minimum: 0, maximum: 9}
      - {name: never, type: single, text: X?, options: [A, B], show_if: n = 10}
  - block: b
    show_if: never = 1
    questions: [{name: after, type: text, text: Y?}]
  - block: c
    loop: {over: never}
    questions: [{name: each, type: text, text: Z?}]
  - end: completed
  - block: d
    questions: [{name: late, type: text, text: W?}]
"""
    )
    assert dict(check(survey).unreachable) == {
        "never": "“n = 10” never holds (n is 0 to 9)",
        "after": "it needs an answer to never, which nobody is asked",
        "each": "its loop goes over never, which nobody is asked",
        "late": "the interview always ends before it",
    }


ATOMS = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["=", "!=", "<", ">="]),
        st.integers(-1, 5),
    ),
    st.builds("selected(m, {})".format, st.integers(1, 2)),
    st.sampled_from(["answered(a)", "count(m) = 1", "b in [2, 3]"]),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
    ),
    max_leaves=5,
)


@given(CONDITIONS)
@settings(max_examples=80, deadline=None)
def test_nothing_that_somebody_comes_to_is_called_unreachable(condition: str) -> None:
    survey = parse_questionnaire(
        "questions:\n"
        "  - {name: a, type: numeric, text: A, minimum: 0, maximum: 4, integer: true}\n"
        "  - {name: b, type: likert, text: B, options: [x, y, z]}\n"
        "  - {name: m, type: multiple, text: M, options: [x, y]}\n"
        f"  - {{name: q, type: text, text: Q, show_if: {json.dumps(condition)}}}\n"
    )
    if not check(survey).unreachable:
        return
    values: list[Code | None] = [None, 0.0, 1.0, 2.0, 3.0, 4.0]
    for a in values:
        for b in (None, 1.0, 2.0, 3.0):
            for first, second in ((None, None), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
                walk = Walk(survey, person="p", arms={}, seed=1)
                answers = {"a": a, "b": b, "m_1": first, "m_2": second}
                shown = []
                while (page := walk.next_page(answers)) is not None:
                    shown += [one.name for one in page.questions]
                assert "q" not in shown


def test_doubts() -> None:
    survey = parse_questionnaire(
        """
conditions: {idle: [x, y]}
questions:
  - {name: a, type: single, text: A?, options: [Same, Same, Other], non_answers: {9: refused}}
  - {name: b, type: text, text: "Why {a}?"}
  - {name: c, type: text, text: "Why {a|that}?"}
""",
        "t.yaml",
    )
    assert check(survey).warnings == (
        "t.yaml, line 4, question a: 2 options read 'Same'; people cannot tell them apart.",
        "t.yaml, line 2, condition idle: the arms of 'idle' change nothing that is asked; "
        "use them in a wording or a condition, or delete them.",
        "t.yaml, line 5, question b: it pipes 'a', which some people are not asked or need not "
        "answer; say what they read instead: {a|…}.",
    )


def test_names_from_the_panel() -> None:
    codebook = Codebook(
        (
            Variable(name="trust", level=Level.ORDINAL, labels=((1.0, "Low"), (2.0, "High"))),
            Variable(name="region", labels=((1.0, "North"), (2.0, "South"))),
        )
    )
    survey = parse_questionnaire(
        """
questions:
  - {name: a, type: likert, text: "{record.regoin}", options: [x, y, z], item: trust}
  - {name: b, type: likert, text: B, options: [x, y], like: {item: trsut, direction: same}}
  - {name: c, type: likert, text: C, options: [x, y], item: turst, show_if: record.regio = 1}
  - {name: d, type: text, text: D, show_if: record.region = 3}
""",
        "t.yaml",
    )
    assert check(survey).ok
    found = check(survey, codebook)
    assert set(found.problems) == {
        "t.yaml, line 3, question a: the panel has no variable 'regoin'; the nearest is 'region'.",
        "t.yaml, line 4, question b: the panel has no variable 'trsut'; the nearest is 'trust'.",
        "t.yaml, line 5, question c: the panel has no variable 'turst'; the nearest is 'trust'.",
        "t.yaml, line 5, question c: the panel has no variable 'regio'; the nearest is 'region'.",
    }
    assert "the panel knows 'trust' without the code 3" in found.warnings[0]
    assert "never holds (region is 1, 2)" in found.unreachable["d"]


def test_problems_of_what_was_made_in_code() -> None:
    twice = Questionnaire(
        name="x",
        blocks=(
            Block(name="b", pages=((Text(name="q", text="Q"),), (Text(name="q", text="Q"),))),
            Block(name="b", pages=()),
        ),
    )
    problems = check(twice).problems
    assert "question q: two questions have this name; rename one of them." in problems
    assert any("are named 'b'" in problem for problem in problems)
    assert any("the block is empty" in problem for problem in problems)


def test_length_adds_reading_and_answering() -> None:
    survey = parse_questionnaire(
        "questions: [{name: q, type: single, text: one two three four, options: [five, six]}]"
    )
    page = Walk(survey, person="p", arms={}, seed=1).next_page({})
    assert page is not None
    assert seconds_for(page.questions[0]) == pytest.approx(
        6 / WORDS_PER_MINUTE * 60 + SECONDS["single"]
    )
    found = check(survey)
    assert found.minutes == pytest.approx((6 / WORDS_PER_MINUTE * 60 + 2.5 + 1) / 60)
    assert found.to_json()["counts"] == {"single": 1}
    assert json.loads(json.dumps(found.to_json()))["ok"] is True


def test_every_type_has_an_answering_time() -> None:
    assert set(SECONDS) == set(TYPES)
