"""Questionnaires mangled at random: read, listed as faulty or refused, never a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from understudy.data.errors import QuestionnaireError, UnderstudyError
from understudy.data.samples import sample_path
from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import parse_questionnaire, read_questionnaire

WITH_EVERYTHING = """\
title: T
conditions: {frame: {arms: [gain, loss], weights: [1, 2]}}
option_sets: {agree: {1: no, 2: maybe, 3: yes}}
screen_out: {if: "q1 == 1", text: bye}
scales: {s: {items: [q2], score: mean}}
blocks:
  - block: A
    questions:
      - {name: q1, type: single, text: {arm: frame, gain: Win?, loss: Lose?}, options: agree,
         non_answers: {98: don't know}}
      - {name: q2, type: likert, text: "You said {q1|that}", options: agree,
         show_if: "q1 == 2 and not arm(frame) == 'gain'"}
      - {name: m, type: multiple, text: Pick, options: [a, b, {label: other, specify: true}]}
  - block: B
    loop: {over: m, which: selected}
    questions:
      - {name: r, type: numeric, text: "How much {loop.label}", minimum: 0, maximum: 10}
      - {name: t, type: text, text: Why}
  - group: G
    order: random
    pick: 1
    blocks:
      - {block: C, questions: [{name: c, type: ranking, text: Rank, items: [x, y, z]}]}
      - {block: D, questions: [{name: d, type: constant_sum, text: Split, items: [x, y],
                                total: 100}]}
"""
PIECES = (
    *("{", "}", "[", "]", ": ", ", ", "&a ", "*a", "!!x ", "# ", "|\n", "~", "- ", "true", "  "),
    *(".nan", ".inf", "9" * 400, "-1", "0", "1.5", '"', "'", "\n", "\t", "\\e", "\x1b", "é"),
    *(
        "q1",
        "q2",
        "m",
        "frame",
        "{q2}",
        "{a|",
        "show_if: ",
        "loop",
        "not ",
        "(",
        ")",
        " and ",
        "==",
    ),
)


def mangled(text: str, rng: random.Random) -> str:
    """A copy with pieces put in, taken out or doubled."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(text) + 1)
        to = min(len(text), at + rng.choice([0, 1, 3, 10, 60]))
        new = rng.choice([rng.choice(PIECES), "", text[at:to] * 2])
        text = text[:at] + new + text[to:]
    return text


@pytest.mark.parametrize("source", ["sample", "everything"])
def test_mangled_questionnaires(tmp_path: Path, source: str) -> None:
    text = WITH_EVERYTHING
    if source == "sample":
        text = sample_path("synthetic_questionnaire.yaml").read_text(encoding="utf-8")
    rng, path = random.Random(source), tmp_path / "mangled.yaml"
    fine, told = 0, []
    for _ in range(250):
        path.write_bytes(mangled(text, rng).encode())
        try:
            found = check(read_questionnaire(path, strict=False))
        except UnderstudyError as error:
            told.append(str(error))
            continue
        if found.ok:
            read_questionnaire(path)
            fine += 1
        else:
            with pytest.raises(QuestionnaireError):
                read_questionnaire(path)
    assert fine > 10
    assert len(told) > 50
    assert all(message.startswith("mangled.yaml") for message in told)
    assert not [message for message in told if "\n" in message or "\x1b" in message]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("text: Q, options: {%s: x, 2: y}" % ("9" * 390), "a code is a number that can be stored"),
        ("text: Q, options: {.nan: x, 2: y}", "a code is a number that can be stored"),
        ("text: Q, options: [x, y], required: %s" % ("9" * 390), "'required' is true or false"),
        (r'text: "Q\e[2J", options: [x, y]', "the text 'Q.x1b.2J' holds a control character"),
        (r'text: Q, options: ["x\a", y]', "the text 'x.x07' holds a control character"),
        (r'text: Q, options: {"x\e": x, 2: y}', "the code 'x.x1b' holds a control character"),
    ],
)
def test_what_no_question_can_hold(question: str, message: str) -> None:
    text = f"questions:\n  - {{name: a, type: single, {question}}}\n"
    with pytest.raises(QuestionnaireError, match=message) as caught:
        parse_questionnaire(text, "q.yaml")
    assert str(caught.value).startswith("q.yaml, line 2, question a: ")


@pytest.mark.parametrize("bound", ["9" * 390, ".inf", "-.inf", ".nan"])
def test_a_bound_is_a_usable_number(bound: str) -> None:
    text = f"questions:\n  - {{name: a, type: numeric, text: Q, minimum: 0, maximum: {bound}}}\n"
    with pytest.raises(QuestionnaireError, match="'maximum' is not a usable number"):
        parse_questionnaire(text, "q.yaml")


def test_line_breaks_of_other_programs_are_line_breaks() -> None:
    text = (
        'questions:\n  - {name: a, type: single, text: "one\\Ltwo\\r\\nthree", options: [x, y]}\n'
    )
    (question,) = parse_questionnaire(text, "q.yaml").questions()
    assert question.text == "one\ntwo\nthree"
