"""Scales in questionnaire files: every form reads, what is wrong is one sentence with its line."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from understudy.data.errors import QuestionnaireError
from understudy.data.scales import Mark, Norm, Scale
from understudy.data.yaml_safe import load_with_lines
from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.files.schema import questionnaire_schema

ITEMS = """\
questions:
  - {name: a, type: likert, text: A?, options: [1, 2, 3, 4, 5]}
  - {name: b, type: likert, text: B?, options: [1, 2, 3, 4, 5]}
  - {name: c, type: likert, text: C?, options: [1, 2, 3, 4, 5]}
  - {name: d, type: slider, text: D?, minimum: 0, maximum: 100}
  - {name: e, type: numeric, text: E?, minimum: 0}
  - {name: f, type: single, text: F?, options: [Red, Green]}
  - {name: g, type: text, text: G?}
scales:
"""


def test_everything_reads_and_is_written_back() -> None:
    text = ITEMS + (
        "  calm: {items: [a, b, c], reverse: [b], score: sum, minimum: 2, label: Calm,\n"
        "    norms: {mean: 9.5, sd: 2, n: 120, source: A Study, mark: verified}}\n"
        "  trait: {items: [a, b, c], score: theta}\n"
        "  short: {items: [a, b], norms: {mean: 3, source: memory}}\n"
    )
    survey = parse_questionnaire(text, "own.yaml")
    assert survey.scales == (
        Scale(
            name="calm",
            items=("a", "b", "c"),
            reverse=("b",),
            score="sum",
            minimum=2,
            label="Calm",
            norms=Norm(mean=9.5, sd=2.0, n=120, source="A Study", mark=Mark.VERIFIED),
        ),
        Scale(name="trait", items=("a", "b", "c"), score="theta"),
        Scale(name="short", items=("a", "b"), norms=Norm(mean=3.0, source="memory")),
    )
    assert parse_questionnaire(survey.to_yaml(), "again.yaml") == survey
    validator = jsonschema.Draft202012Validator(questionnaire_schema())
    validator.validate(plain(text))
    validator.validate(json.loads(json.dumps(survey.to_dict())))
    assert check(survey).problems == ()


def plain(text: str) -> Any:
    return json.loads(json.dumps(load_with_lines(text, "").value))


BAD = [
    ("{items: [a, bb]}", "scale s: there is no variable 'bb'"),
    ("{items: [a, b], reverse: [c]}", "scale s: 'c' is not one of its items"),
    ("{items: [a, d]}", "'d' is answered on 0 to 100 and 'a' on 1 to 5; a mean needs items with"),
    ("{items: [e], reverse: [e]}", "'e' has no declared range to be reversed by"),
    ("{items: [a, f]}", "'f' has no order, so it cannot be scored"),
    ("{items: [a, g]}", "'g' has no order, so it cannot be scored"),
    ("{items: [a, b], minimum: 3}", "3 of its items cannot be answered; it has 2"),
    ("{items: [a, a]}", "'a' is listed twice"),
    ("{items: []}", "the scale has no items"),
    ("{items: [a, b], score: theta}", "theta needs at least 3 items, not 2"),
    ("{items: [a, b, d], score: theta}", "'d' has no short list of answers, which theta needs"),
    (
        "{items: [a, b, c], score: theta, norms: {mean: 0, source: x}}",
        "theta has no norms: its zero is the mean of the people it is fitted to",
    ),
    ("{items: [a], score: median}", "a score is one of mean, sum, theta, not 'median'"),
    ("{items: [a], norms: {sd: 1, source: x}}", "the norms have no mean; give it with mean:"),
    ("{items: [a], norms: {mean: 1}}", "the norms have no source"),
    ("{items: [a], norms: {mean: 1, source: x, sd: 0}}", "a standard deviation is more than 0"),
    ("{items: [a], norms: {mean: 1, source: x, mark: sure}}", "'mark' is one of verified"),
    ("{items: [a], norms: {mean: 1, source: x, n: 1.5}}", "'n' is a whole number of 0 or more"),
    ("{items: [a], norms: {mean: 1, from: x}}", "the key 'from' means nothing here"),
]


@pytest.mark.parametrize(("scale", "said"), BAD)
def test_what_is_wrong_is_one_sentence(scale: str, said: str) -> None:
    with pytest.raises(QuestionnaireError) as refused:
        parse_questionnaire(f"{ITEMS}  s: {scale}\n", "own.yaml")
    message = str(refused.value)
    assert message.startswith("own.yaml, line 10")
    assert said in message
    assert "\n" not in message


def test_a_scale_may_not_have_the_name_of_a_variable() -> None:
    with pytest.raises(QuestionnaireError, match="a variable has the same name; rename the scale"):
        parse_questionnaire(ITEMS + "  a: {items: [b, c]}\n", "own.yaml")
