"""Questionnaire files: every form reads, everything wrong is one sentence with its place."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Reason
from understudy.data.errors import QuestionnaireError
from understudy.data.yaml_safe import load_with_lines
from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import parse_questionnaire, read_questionnaire
from understudy.surveys.files.schema import questionnaire_schema
from understudy.surveys.question import Option
from understudy.surveys.questionnaire import Block, Questionnaire
from understudy.surveys.questions import TYPES, Likert

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs" / "questionnaire.md").read_text("utf-8"), re.DOTALL
)


def plain(text: str) -> Any:
    """A YAML text as JSON has it."""
    return json.loads(json.dumps(load_with_lines(text, "").value))


SCHEMA = jsonschema.Draft202012Validator(questionnaire_schema())


def test_packaged_schema_is_up_to_date() -> None:
    packaged = ROOT / "surveys" / "files" / "questionnaire.schema.json"
    assert json.loads(packaged.read_text("utf-8")) == questionnaire_schema()
    jsonschema.Draft202012Validator.check_schema(questionnaire_schema())


@pytest.mark.parametrize("text", EXAMPLES)
def test_documented_examples(text: str) -> None:
    survey = parse_questionnaire(text, "example.yaml")
    SCHEMA.validate(plain(text))
    SCHEMA.validate(json.loads(json.dumps(survey.to_dict())))
    again = parse_questionnaire(survey.to_yaml(), "again.yaml")
    assert again == survey
    assert again.fingerprint == survey.fingerprint
    assert pickle.loads(pickle.dumps(survey)) == survey
    found = check(survey)
    assert (found.problems, found.warnings, dict(found.unreachable)) == ((), (), {})
    assert found.minutes > 0


def test_every_type_has_an_example() -> None:
    kinds = {q.kind for text in EXAMPLES for q in parse_questionnaire(text).written()}
    assert kinds == set(TYPES)


def options_of(text: str) -> tuple[Option, ...]:
    survey = parse_questionnaire(
        f"option_sets: {{yn: [Yes, No]}}\n"
        f"questions:\n  - {{name: q, type: single, text: Q, options: {text}}}"
    )
    return survey.written()[0].options


def test_forms_of_options() -> None:
    yes_no = (Option(code=1.0, label="Yes"), Option(code=2.0, label="No"))
    assert options_of("[Yes, No]") == yes_no
    assert options_of("{1: Yes, 2: No}") == yes_no
    assert options_of("yn") == yes_no
    assert options_of("[{label: Yes}, {code: 2, label: No}]") == yes_no
    assert options_of("{a: 1, b: {label: 2.5}}") == (
        Option(code="a", label="1"),
        Option(code="b", label="2.5"),
    )
    assert options_of("[Yes, No, {code: 9, missing: refused}]")[2] == Option(
        code=9.0, label="Prefer not to say", reason=Reason.REFUSED
    )


def test_fingerprint_is_of_the_content() -> None:
    one = parse_questionnaire("questions: [{name: q, type: text, text: Q}]", "a.yaml")
    same = parse_questionnaire("questions:\n\n- name: q\n  text: Q\n  type: text", "b/a.yaml")
    other = parse_questionnaire("questions: [{name: q, type: text, text: R}]", "a.yaml")
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint
    assert re.fullmatch("[0-9a-f]{64}", one.fingerprint)


WORDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="{}"), min_size=1),
    st.sampled_from(["Yes", "on", "1e5", "0o7", "007", "~", "null", "True", "- a", "1_000", ".5"]),
).filter(str.strip)


@given(WORDS, WORDS, st.one_of(WORDS, st.floats(-1e9, 1e9), st.integers(-99, 99).map(float)))
@settings(deadline=None)
def test_any_text_survives_being_written_and_read(text: str, label: str, code: str | float) -> None:
    options = (Option(code=code, label=label), Option(code=12345.0, label="1"))
    question = Likert(name="q", text=text, label=label, options=options)
    survey = Questionnaire(name="x", title=text, blocks=(Block(name="b", pages=((question,),)),))
    assert parse_questionnaire(survey.to_yaml(), strict=False) == survey


def test_a_file_is_named_after_itself(tmp_path: Path) -> None:
    file = tmp_path / "wave.yaml"
    file.write_text("questions: [{name: q, type: text, text: Q}]")
    assert read_questionnaire(file).name == "wave"


# --- what is refused --------------------------------------------------------------------------

QUESTION = "questions:\n  - name: trust\n    type: single\n    text: Q?\n    options: [A, B]\n"

BY_FORM: list[tuple[str, str]] = [
    ("blocks: 3", "line 1: a number stands where a list of blocks is expected"),
    ("blok: []", "line 1: the key 'blok' means nothing here; the nearest is 'blocks'"),
    (QUESTION + "    optoins: [A]\n", "line 6, question trust: the key 'optoins' means nothing"),
    (QUESTION.replace("single", "singel"), "line 3, question trust: there is no question type"),
    (QUESTION.replace("    type: single\n", ""), "question trust: the question has no type"),
    (QUESTION.replace("    text: Q?\n", ""), "question trust: the question has no text"),
    (QUESTION.replace("trust", ""), "line 2: a question has no name"),
    (QUESTION.replace("[A, B]", "[A, {lable: B}]"), "the key 'lable' means nothing here"),
    (QUESTION.replace("[A, B]", "[A, {code: 2}]"), "the option 2 has no label"),
    (QUESTION.replace("[A, B]", "[A, true]"), "true is not text here; put it in quotes"),
    (
        QUESTION.replace("[A, B]", "[A, {label: B, missing: dont know}]"),
        "'missing' is one of don't know, refused",
    ),
    (QUESTION + "    required: maybe\n", "line 6, question trust: 'required' is true or false"),
    (QUESTION + "    items: [A]\n", "a single question has no items"),
    (QUESTION + "    minimum: 3\n", "the key 'minimum' means nothing here"),
    (QUESTION + "    like: other\n", "a relative needs a direction"),
    (QUESTION + "    like: {item: x, direction: up}\n", "is 'same' (or 1) or 'opposite' (or -1)"),
    (QUESTION + "    shuffle_options: rnadom\n", "the nearest is 'random'"),
    (QUESTION + "    level: interval\n", "'level' is one of nominal, ordinal"),
    (
        "questions:\n  - {name: n, type: numeric, text: N, maximum: lots}",
        "line 2, question n: 'maximum' is a number, not 'lots'",
    ),
    (
        "questions:\n  - {name: n, type: text, text: N, max_length: 2.5}",
        "'max_length' is a whole number of 0 or more, not 2.5",
    ),
    ("questions:\n  - {name: n, type: text, text: N, options: [A]}", "has no options"),
    ("questions: [whoops]", "text stands where the keys of a question are expected"),
    ("blocks: [{questions: []}]", "this is no block, task, group, end, set or again"),
    ("blocks: [{block: b, questions: [], loop: {ovr: x}}]", "the key 'ovr' means nothing"),
    ("blocks: [{end: maybe}]", "'end' is one of completed, screened out"),
    ("scales: {s: {items: [q], score: median}}\n" + QUESTION, "a score is one of mean, sum"),
    ("screen_out: {if: age < 18, then: end}\n" + QUESTION, "the key 'then' means nothing"),
    (QUESTION + "blocks: []\n", "there are both blocks and loose questions"),
]

BY_CONTENT: list[tuple[str, str]] = [
    ("", "the questionnaire is empty"),
    ("blocks: []", "there are no questions"),
    (QUESTION + QUESTION[11:], "line 6, question trust: this name is in use already (line 2)"),
    (
        QUESTION.replace("[A, B]", "[A]").replace("single", "likert"),
        "line 2, question trust: needs at least 2 options",
    ),
    (QUESTION.replace("[A, B]", "yesno"), "line 5, question trust: there is no option set"),
    (
        QUESTION.replace("[A, B]", "[{code: 1, label: A}, {code: 1, label: B}]"),
        "two options have the code 1",
    ),
    (QUESTION + "    expect: 3\n", "line 6, question trust: the expected answer 3 is not one"),
    (
        QUESTION + "    show_if: turst = 1\n",
        "line 6, question trust: there is no question or variable 'turst'; the nearest is 'trust'",
    ),
    (
        QUESTION + "    show_if: trust = 1\n",
        "line 6, question trust: the conditions go in a circle: trust waits for trust",
    ),
    (QUESTION + "    show_if: trust >\n", "condition “trust >”, character 8: a value is expected"),
    (
        QUESTION + "    show_if: later = 1\n  - {name: later, type: text, text: L}\n",
        "line 6, question trust: it looks at 'later', which comes later",
    ),
    (
        QUESTION
        + "    show_if: b = 1\n"
        + "  - {name: b, type: numeric, text: B, show_if: c = 1}\n"
        + "  - {name: c, type: numeric, text: C, show_if: trust = 1}\n",
        "the conditions go in a circle: trust waits for b waits for c waits for trust",
    ),
    (QUESTION.replace("Q?", "'{turst}?'"), "there is no question or variable 'turst'"),
    (QUESTION.replace("Q?", "'a } b'"), "belongs to no piped text; write {{ or }}"),
    (QUESTION.replace("Q?", "'{trust}'"), "it pipes 'trust', which is asked here"),
    (QUESTION.replace("Q?", "'{loop.label}'"), "{loop.label} stands outside a loop"),
    (QUESTION.replace("Q?", "'{arm.x}'"), "there is no condition 'x'"),
    (
        "conditions: {f: [a, b]}\n" + QUESTION.replace("Q?", "{arm: f, a: A, c: C}"),
        "the condition 'f' has no arm 'c'",
    ),
    (
        "conditions: {f: [a, b]}\n" + QUESTION.replace("Q?", "{arm: f, a: A}"),
        "there is no wording for the arm 'b' of 'f'",
    ),
    ("conditions: {f: [a]}\n" + QUESTION, "line 1, condition f: a condition needs at least two"),
    (
        "conditions: {f: {arms: [a, b], weights: [1]}}\n" + QUESTION,
        "there are 1 weights for 2 arms",
    ),
    (
        "blocks:\n  - block: b\n    loop: {over: nobody}\n    questions:\n"
        "      - {name: q, type: text, text: Q}",
        "line 3, block b: there is no question 'nobody'",
    ),
    ("blocks: [{block: b, within: f, questions: [{name: q, type: text, text: Q}]}]", "'f'"),
    ("blocks:\n  - {block: b, questions: []}\n  - {block: c, questions: [page]}", "no questions"),
    ("scales: {s: {items: [trsut]}}\n" + QUESTION, "scale s: there is no variable 'trsut'"),
    (
        "questions:\n  - {name: b, type: multiple, text: B, options: [X, Y]}\n"
        "  - {name: q, type: text, text: Q, show_if: b = 1}",
        "line 3, question q: question b has several answers, so it has no single value; "
        "write selected(b, CODE) or count(b)",
    ),
    (
        "questions:\n  - {name: b, type: multiple, text: B, options: [X, Y]}\n"
        "  - {name: q, type: text, text: Q, show_if: 'selected(b, 3)'}",
        "'3' is not one of the options of 'b'; there are 1, 2",
    ),
    (
        "questions:\n  - {name: b, type: multiple, text: B, options: [X, Y]}\n"
        "  - {name: b_1, type: text, text: Q}",
        "question b_1: the variable 'b_1' is also filled by question b",
    ),
    (
        "blocks:\n  - block: x\n    order: random\n    questions:\n"
        "      - {name: a, type: numeric, text: A}\n"
        "      - {name: b, type: numeric, text: B, show_if: a > 1}",
        "which may come later, as block x is shuffled",
    ),
]


@pytest.mark.parametrize(("text", "said"), BY_FORM + BY_CONTENT)
def test_what_is_wrong_is_one_sentence_with_its_place(text: str, said: str) -> None:
    with pytest.raises(QuestionnaireError) as refusal:
        parse_questionnaire(text, "pilot.yaml")
    message = str(refusal.value)
    assert said in message
    assert message.startswith("pilot.yaml")
    assert "\n" not in message


@pytest.mark.parametrize("text", [text for text, _ in BY_FORM])
def test_schema_refuses_what_the_reader_refuses_for_its_form(text: str) -> None:
    assert not SCHEMA.is_valid(plain(text))


def test_all_that_is_wrong_can_be_listed() -> None:
    text = QUESTION + "    show_if: a = 1\n  - {name: z, type: text, text: '{b}'}\n"
    with pytest.raises(QuestionnaireError, match="1 more; understudy check lists them all"):
        parse_questionnaire(text, "pilot.yaml")
    survey = parse_questionnaire(text, "pilot.yaml", strict=False)
    assert check(survey).problems == (
        "pilot.yaml, line 6, question trust: there is no question or variable 'a'.",
        "pilot.yaml, line 7, question z: there is no question or variable 'b'.",
    )


def test_alias_bombs_are_refused() -> None:
    levels = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))
    with pytest.raises(QuestionnaireError):
        parse_questionnaire(f"a0: &a0 [x]\n{levels}", "bomb.yaml")


PIECES = [
    *QUESTION.splitlines(keepends=True),
    "blocks:\n",
    "  - block: b\n",
    "    loop: {over: trust}\n",
    "    show_if: trust = 1\n",
    "    text: '{trust'\n",
    "  - page\n",
    "conditions: {f: [a, b]}\n",
    "    within: f\n",
    "    questions:\n",
    "      - {name: x, type: text, text: X}\n",
    "- 1\n",
    "    items: {a: A}\n",
    "    type: matrix\n",
    "screen_out: {if: x = 1}\n",
    "    [\n",
]


def outcome(text: str) -> Questionnaire | str:
    """The questionnaire, or what was said in refusing it."""
    try:
        return parse_questionnaire(text, "garbage.yaml", strict=False)
    except QuestionnaireError as refusal:
        return str(refusal)


def check_outcome(found: Questionnaire | str) -> None:
    if isinstance(found, str):
        assert found.startswith("garbage.yaml")
        assert "\n" not in found
    else:
        assert not check(found).ok or parse_questionnaire(found.to_yaml()) == found


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=150, deadline=None)
def test_garbage_is_a_questionnaire_or_a_refusal(text: str) -> None:
    check_outcome(outcome(text))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_mutated_examples_are_questionnaires_or_refusals(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(EXAMPLES)).splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        here = data.draw(st.integers(0, len(lines) - 1))
        there = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["swap", "drop", "copy", "cut"])):
            case "swap":
                lines[here], lines[there] = lines[there], lines[here]
            case "drop" if len(lines) > 1:
                del lines[here]
            case "copy":
                lines.insert(here, lines[there])
            case "cut":
                lines[here] = lines[here][: len(lines[here]) // 2] + "\n"
    check_outcome(outcome("".join(lines)))
