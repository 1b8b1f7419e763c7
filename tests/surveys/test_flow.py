"""Dealing arms and walking people through pages: even, anchored, piped, and the same anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

import pytest

from understudy.data.codebook import Code, Variable
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.flow import ORDER_MARK, Walk, allocate
from understudy.surveys.question import Shown
from understudy.surveys.questionnaire import Outcome, Questionnaire

Answer = Callable[[Variable], Code | None]


def first(variable: Variable) -> Code | None:
    """Answer with the first code, the lowest number or a word."""
    if variable.codes:
        return variable.codes[-1] if variable.group else variable.codes[0]
    if variable.kind != "number":
        return "word"
    return variable.range[0] if variable.range else 1.0


def walked(
    survey: Questionnaire,
    person: str = "p",
    *,
    answer: Answer = first,
    given: Mapping[str, Code | None] | None = None,
    **options: object,
) -> tuple[list[list[Shown]], Walk]:
    """All pages one person sees, and the walk at its end."""
    dealt = allocate(survey, [person], 1)
    arms = {name: by_person[person] for name, by_person in dealt.items()}
    settings: dict[str, object] = {"seed": 1, "arms": arms, **options}
    walk = Walk(survey, person=person, **settings)  # type: ignore[arg-type]  # test shorthand
    answers: dict[str, Code | None] = {}
    pages: list[list[Shown]] = []
    while (page := walk.next_page(answers)) is not None:
        assert page.number == len(pages) + 1
        pages.append(list(page.questions))
        for shown in page.questions:
            for variable in shown.variables:
                answers[variable.name] = (given or {}).get(variable.name, answer(variable))
    assert walk.next_page(answers) is None
    return pages, walk


def names(pages: list[list[Shown]]) -> list[list[str]]:
    return [[shown.name for shown in page] for page in pages]


def survey(text: str) -> Questionnaire:
    return parse_questionnaire(text, "test.yaml")


# --- order ------------------------------------------------------------------------------------

PICKING = survey(
    """
conditions:
  framing: [gain, loss]
  price: [low, middle, high]
  speaker: {arms: [a, b, c, d], design: within}
blocks:
  - group: topics
    pick: 2
    order: random
    blocks:
      - {block: t1, questions: [{name: q1, type: text, text: One}]}
      - {block: t2, questions: [{name: q2, type: text, text: Two}]}
      - {block: t3, questions: [{name: q3, type: text, text: Three}]}
"""
)


SHUFFLED = survey(
    """
blocks:
  - group: g
    order: random
    blocks:
      - block: fixed_first
        anchored: true
        questions: [{name: start, type: text, text: Start}]
      - block: mixed
        order: random
        questions:
          - {name: m0, type: display, text: Now this., anchored: true}
          - {name: m1, type: text, text: One}
          - page
          - {name: m2, type: text, text: Two}
          - {name: m3, type: text, text: Three}
      - block: other
        questions:
          - name: pick
            type: single
            text: Which?
            shuffle_options: random
            options:
              - A
              - B
              - C
              - {code: 8, label: Other, specify: true, anchored: true}
              - {code: 9, label: Don't know, missing: don't know}
          - name: rate
            type: matrix
            text: How much?
            items: {x: X, y: Y, z: Z}
            shuffle_items: random
            shuffle_options: reverse
            options: [Low, Mid, High]
"""
)


def test_shuffles_keep_anchors_and_page_sizes() -> None:
    orders = set()
    for number in range(60):
        pages, _ = walked(SHUFFLED, f"p{number}")
        flat = [name for page in names(pages) for name in page]
        assert flat[0] == "start"
        assert sorted(flat) == ["m0", "m1", "m2", "m3", "pick", "rate", "start"]
        assert flat.index("m0") in (1, 3), "the block begins with what is anchored"
        sizes = [len(page) for page in pages]
        assert sizes in ([1, 2, 2, 2],)
        shown = {one.name: one for page in pages for one in page}
        codes = [option.code for option in shown["pick"].options]
        assert codes[3:] == [8.0, 9.0]
        assert sorted(codes[:3]) == [1.0, 2.0, 3.0]
        points = [option.code for option in shown["rate"].options]
        assert points in ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
        orders.add((tuple(flat), tuple(codes), tuple(points)))
    assert len(orders) > 20


def test_orders_differ_between_replicates_and_are_the_same_again() -> None:
    def seen(replicate: int) -> list[list[str]]:
        return names(walked(SHUFFLED, "p1", replicate=replicate)[0])

    assert seen(1) == seen(1)
    assert len({json.dumps(seen(replicate)) for replicate in range(1, 12)}) > 1


def test_picked_blocks_follow_the_allocation() -> None:
    persons = [str(i) for i in range(9)]
    dealt = allocate(PICKING, persons, 1)
    for person in persons:
        walk = Walk(
            PICKING,
            person=person,
            arms={name: by_person[person] for name, by_person in dealt.items()},
            seed=1,
        )
        blocks = []
        while (page := walk.next_page({})) is not None:
            blocks.append("t" + page.questions[0].name[1:])
        assert ORDER_MARK.join(blocks) == dealt["topics"][person]


SCRIPT = """
import json, sys
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.files.reading import parse_questionnaire
survey = parse_questionnaire(sys.stdin.read())
persons = [f"p{i}" for i in range(20)]
dealt = allocate(survey, persons, 7)
seen = []
for person in persons:
    arms = {name: by_person[person] for name, by_person in dealt.items()}
    walk = Walk(survey, person=person, arms=arms, seed=7)
    while (page := walk.next_page({})) is not None:
        seen.append([[s.name, [o.code for o in s.options], [i.name for i in s.items]]
                     for s in page.questions])
print(json.dumps([dealt, seen, survey.fingerprint]))
"""


def test_walks_do_not_depend_on_the_hash_seed() -> None:
    outputs = set()
    for hash_seed in ("0", "1"):
        for one in (SHUFFLED, PICKING):
            done = subprocess.run(
                [sys.executable, "-c", SCRIPT],
                input=one.to_yaml(),
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
            )
            outputs.add(done.stdout)
    assert len(outputs) == 2


# --- logic, loops, piping, ends ---------------------------------------------------------------


def test_questions_are_asked_where_their_condition_holds() -> None:
    one = survey(
        """
questions:
  - {name: a, type: single, text: A?, options: [Yes, No]}
  - page
  - {name: b, type: text, text: B?, show_if: a = 1}
  - {name: c, type: text, text: C?, show_if: not a = 1}
  - {name: d, type: text, text: D?, show_if: shown(b)}
  - {name: e, type: text, text: "E, {b}?", show_if: answered(b)}
"""
    )
    assert names(walked(one, given={"a": 1.0})[0]) == [["a"], ["b"], ["d", "e"]]
    assert names(walked(one, given={"a": 2.0})[0]) == [["a"], ["c"]]
    assert names(walked(one, given={"a": None})[0]) == [["a"]]


def test_a_question_that_waits_for_its_own_page_begins_a_new_one() -> None:
    one = survey(
        """
questions:
  - {name: a, type: single, text: A?, options: [Yes, No]}
  - {name: b, type: text, text: "You said {a}."}
  - {name: c, type: text, text: C?}
"""
    )
    pages, _ = walked(one)
    assert names(pages) == [["a"], ["b", "c"]]
    assert pages[1][0].text == "You said Yes."


def test_loops_go_over_what_was_chosen() -> None:
    one = survey(
        """
blocks:
  - block: known
    questions:
      - name: brands
        type: multiple
        text: Which do you know?
        options: {1: Arla, 2: "Brio {{b}}", 3: Cosy, 9: {label: None, exclusive: true}}
  - block: each
    loop: {over: brands}
    questions:
      - {name: good, type: likert, text: "Is {loop.label} ({loop.code}) good?", options: [No, Yes]}
      - page
      - name: why
        type: text
        text: "{loop.number} of {loop.total}: why {good}?"
        show_if: good = 2
  - block: after
    questions: [{name: z, type: text, text: "Z, {good_3|nobody}", show_if: good_1 = 1}]
"""
    )
    given = {"brands_1": 1.0, "brands_2": 0.0, "brands_3": 1.0, "brands_9": 0.0, "good_3": 2.0}
    pages, _ = walked(one, given=given)
    assert names(pages) == [["brands"], ["good_1"], ["good_3"], ["why_3"], ["z"]]
    assert pages[1][0].text == "Is Arla (1) good?"
    assert pages[3][0].text == "2 of 2: why Yes?"
    assert pages[4][0].text == "Z, Yes"
    assert pages[3][0].variables[0].name == "why_3"
    assert pages[3][0].question.panel_names() == {"why_3": "why_3"}
    expected = ["brands_1", "brands_2", "brands_3", "brands_9"]
    expected += ["good_1", "why_1", "good_2", "why_2", "good_3", "why_3", "z"]
    assert list(one.codebook().names) == expected
    assert one.codebook()["good_2"].question == "Is Brio {b} (2) good?"
    nothing = dict.fromkeys(["brands_1", "brands_2", "brands_3"], 0.0) | {"brands_9": 1.0}
    assert names(walked(one, given=nothing)[0]) == [["brands"]]


def test_loops_count_up_to_a_number_or_over_values() -> None:
    one = survey(
        """
blocks:
  - block: a
    questions:
      - {name: n, type: numeric, text: "How many?", minimum: 0, maximum: 3, integer: true}
  - block: b
    loop: {over: n}
    questions: [{name: age, type: numeric, text: "Age of {loop.label}?"}]
  - block: c
    loop: {values: {x: Ex, y: Why}, order: random}
    questions: [{name: v, type: text, text: "{loop.label}"}]
"""
    )
    pages, _ = walked(one, given={"n": 2.0})
    flat = [name for page in names(pages) for name in page]
    assert flat[:3] == ["n", "age_1", "age_2"]
    assert sorted(flat[3:]) == ["v_x", "v_y"]


def test_within_blocks_are_asked_once_per_arm() -> None:
    one = survey(
        """
conditions:
  who: {arms: {doctor: your doctor, friend: a friend}, design: within}
blocks:
  - block: advice
    within: who
    questions:
      - name: follow
        type: single
        text: {arm: who, doctor: A doctor says so., friend: A friend says so.}
        options: [Yes, No]
      - page
      - name: more
        type: text
        text: "And {arm.who}?"
        show_if: arm(who) = "friend" and follow = 1
"""
    )
    arms = {"who": f"friend{ORDER_MARK}doctor"}
    pages, _ = walked(one, arms=arms)
    assert names(pages) == [["follow_friend"], ["more_friend"], ["follow_doctor"]]
    assert [page[0].text for page in pages] == [
        "A friend says so.",
        "And a friend?",
        "A doctor says so.",
    ]
    assert one.codebook()["follow_doctor"].question == "A doctor says so."


def test_wording_follows_the_arm() -> None:
    one = survey(
        """
conditions: {framing: [gain, loss]}
questions:
  - {name: a, type: text, text: {arm: framing, gain: 200 saved, loss: 400 die}}
  - {name: b, type: text, text: "{arm.framing}", show_if: framing = "loss"}
"""
    )
    gain, _ = walked(one, arms={"framing": "gain"})
    loss, _ = walked(one, arms={"framing": "loss"})
    assert [shown.text for shown in gain[0]] == ["200 saved"]
    assert [shown.text for shown in loss[0]] == ["400 die", "loss"]


def test_piping() -> None:
    one = survey(
        """
questions:
  - name: brands
    type: multiple
    text: "?"
    options: {1: A, 2: B, 3: {label: Other, specify: true}}
  - {name: n, type: numeric, text: "?"}
  - {name: m, type: matrix, text: "?", items: {x: X}, options: [Low, High]}
  - page
  - name: show
    type: single
    text: "{brands}; {brands.code}; {brands.text}; {n}; {m_x};
      {record.age|old}; {record.sex}; {{n}}"
    options: ["not {brands}", "{{plain}}"]
"""
    )
    given: dict[str, Code | None] = {"brands_1": 1.0, "brands_2": 0.0, "brands_3": 1.0}
    given |= {"brands_text": "Zed {n}", "n": None, "m_x": 2.0}
    pages, _ = walked(one, given=given, facts={"age": 30.0, "sex": 2.0}, labels={"sex": "Female"})
    shown = pages[1][0]
    assert shown.text == "A, Other; 1, 3; Zed {n}; (no answer); High; 30; Female; {n}"
    assert [option.label for option in shown.options] == ["not A, Other", "{plain}"]


def test_hidden_rows_and_options_fill_nothing() -> None:
    one = survey(
        """
questions:
  - {name: a, type: single, text: "?", options: [Yes, No]}
  - page
  - name: m
    type: matrix
    text: "?"
    options: [Low, High]
    items: [{name: x, label: X}, {name: y, label: Y, show_if: a = 2}]
  - name: b
    type: multiple
    text: "?"
    options: [One, {code: 2, label: Two, show_if: a = 2}]
"""
    )
    pages, _ = walked(one, given={"a": 1.0})
    matrix, multiple = pages[1]
    assert [item.name for item in matrix.items] == ["x"]
    assert [v.name for v in matrix.variables] == ["m_x"]
    assert [v.name for v in multiple.variables] == ["b_1"]
    assert matrix.problem({"m_x": 1.0}) is None
    full, _ = walked(one, given={"a": 2.0})
    assert [v.name for v in full[1][0].variables] == ["m_x", "m_y"]


def test_questions_with_nothing_left_to_choose_are_passed_over() -> None:
    one = survey(
        """
questions:
  - {name: a, type: single, text: "?", options: [Yes, No]}
  - name: b
    type: single
    text: "{{?}}"
    shuffle_options: random
    options: [{label: X, show_if: a = 1}, {label: Y, show_if: a = 1}, {code: 9, missing: refused}]
  - name: m
    type: matrix
    text: "?"
    options: [Low, High]
    items: [{name: x, label: X, show_if: a = 1}]
"""
    )
    pages, _ = walked(one, given={"a": 1.0})
    assert names(pages) == [["a"], ["b", "m"]]
    assert pages[1][0].text == "{?}"
    assert names(walked(one, given={"a": 2.0})[0]) == [["a"]]


SCREENED = """
screen_out:
  - {if: age < 18, text: Adults only.}
  - {if: record.region = 4}
blocks:
  - block: one
    questions:
      - {name: age, type: numeric, text: Age?}
      - page
      - {name: b, type: numeric, text: B?}
  - end: screened out
    show_if: b = 9
    text: Enough.
  - block: two
    questions: [{name: c, type: text, text: C?}]
  - end: completed
    text: Thanks.
"""


@pytest.mark.parametrize(
    ("given", "facts", "asked", "outcome", "farewell"),
    [
        ({"age": 17.0}, {}, ["age"], Outcome.SCREENED_OUT, "Adults only."),
        ({"age": None}, {}, ["age", "b", "c"], Outcome.COMPLETED, "Thanks."),
        ({"age": 18.0}, {}, ["age", "b", "c"], Outcome.COMPLETED, "Thanks."),
        ({"age": 18.0, "b": 9.0}, {}, ["age", "b"], Outcome.SCREENED_OUT, "Enough."),
        ({"age": 18.0}, {"region": 4.0}, [], Outcome.SCREENED_OUT, ""),
    ],
)
def test_screen_outs_and_ends(
    given: dict[str, Code | None],
    facts: dict[str, Code | None],
    asked: list[str],
    outcome: Outcome,
    farewell: str,
) -> None:
    pages, walk = walked(survey(SCREENED), given=given, facts=facts)
    assert [name for page in names(pages) for name in page] == asked
    assert (walk.outcome, walk.farewell) == (outcome, farewell)


def test_screen_out_waits_for_questions_that_are_passed_over() -> None:
    one = survey(
        """
screen_out: {if: not answered(b)}
questions:
  - {name: a, type: single, text: A?, options: [Yes, No]}
  - page
  - {name: b, type: text, text: B?, show_if: a = 1}
  - page
  - {name: c, type: text, text: C?}
"""
    )
    assert names(walked(one, given={"a": 1.0})[0]) == [["a"], ["b"], ["c"]]
    pages, walk = walked(one, given={"a": 2.0})
    assert names(pages) == [["a"]]
    assert walk.outcome is Outcome.SCREENED_OUT


def test_walking_is_fast() -> None:
    questions = "\n".join(
        f"  - {{name: q{i}, type: likert, text: 'How much {i}?', options: [a, b, c, d, e]"
        + (", show_if: q0 > 0, shuffle_options: random}" if i and i % 4 == 0 else "}")
        + ("\n  - page" if i % 20 == 19 else "")
        for i in range(500)
    )
    one = survey("questions:\n" + questions)
    answers: dict[str, Code | None] = dict.fromkeys(one.codebook().names, 1.0)
    begin = time.perf_counter()
    for number in range(40):
        walk = Walk(one, person=str(number), arms={}, seed=1)
        pages = 0
        while walk.next_page(answers) is not None:
            pages += 1
        assert pages >= 25
    # 2,000 people × 500 questions in a few seconds is 40 people in well under 0.2; ten times
    # that is allowed for a busy machine.
    assert time.perf_counter() - begin < 2
