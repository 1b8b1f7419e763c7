"""What is taken as an answer, what is not, and what becomes of what is not."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from understudy.data.codebook import Code, Reason
from understudy.surveys.question import Item, Option, Question
from understudy.surveys.questions import ConstantSum, Likert, Numeric, Single, Text
from understudy.surveys.respondent import Basis, Reply
from understudy.surveys.respondents.llm.asked import ask
from understudy.surveys.respondents.llm.asking import Asking, Context
from understudy.surveys.respondents.llm.reading import (
    Reading,
    read_page,
    repair_text,
    repaired,
)
from understudy.twins.llm.chat import Completion, Stop

CONTEXT = Context(seed=1, twin="t", replicate=1, attempt=4)


@pytest.fixture
def read(pages: ModuleType) -> Any:
    """Read what was said about the named questions, or about questions given."""

    def read(
        names: str | list[Question],
        said: object,
        *,
        stop: Stop = Stop.COMPLETE,
        note: str = "",
        language: str = "en",
        nonresponse: bool = True,
    ) -> Reading:
        questions = names
        if isinstance(names, str):
            by_name = {question.name: question for question in pages.EVERY}
            questions = [by_name[name] for name in names.split()]
        asking = Asking(language=language, nonresponse=nonresponse)
        asked = ask([pages.shown(q) for q in questions], asking)
        text = said if isinstance(said, str) else json.dumps(said)
        return read_page(asked, Completion(text=text, stop=stop, note=note), CONTEXT)

    return read


def only(reading: Reading) -> Reply:
    return reading.replies[0]


@pytest.mark.parametrize(
    "said",
    [
        *(4, 4.0, "4", "4.0", " 4 ", "[4]", "agree", "AGREE", " Agree", "[4] Agree", "+4", "04"),
        "[ 4 ]".replace(" ", ""),
    ],
)
def test_codes_and_labels_that_can_only_mean_one_option(read: Any, said: object) -> None:
    reading = read("trust", {"q1": said})
    assert (only(reading).value, reading.problems) == (4.0, ())


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (6, Reason.OUT_OF_RANGE),
        ("0", Reason.OUT_OF_RANGE),
        (2.5, Reason.OUT_OF_RANGE),
        ("x", Reason.OUT_OF_RANGE),
        ("3 or 4", Reason.UNPARSED),
        ("3-4", Reason.UNPARSED),
        ("four", Reason.UNPARSED),
        ("gree", Reason.UNPARSED),
        ("I agree", Reason.UNPARSED),
        ("first", Reason.UNPARSED),
        (True, Reason.UNPARSED),
        ([4], Reason.UNPARSED),
        ({"code": 4}, Reason.UNPARSED),
        (None, Reason.UNPARSED),
        ("", Reason.UNPARSED),
        ("no_answer", Reason.UNPARSED),
        ("As an AI language model, I have no opinion.", Reason.OUT_OF_CHARACTER),
        ("I'm sorry, but I can't help with that.", Reason.MODEL_REFUSED),
    ],
)
def test_what_is_not_certain_is_not_taken(read: Any, said: object, reason: Reason) -> None:
    reading = read("trust", {"q1": said})
    reply = only(reading)
    assert (reply.value, reply.reason, reply.basis) == (None, reason, Basis.NONE)
    assert reply.note == reading.problems[0].clause
    assert reading.repairable is (reason is not Reason.MODEL_REFUSED)


def test_a_label_that_two_options_share_is_not_taken(read: Any) -> None:
    options = tuple(Option(code=float(c), label=label) for c, label in ((1, "Yes"), (2, " yes ")))
    reading = read([Single(name="s", text="?", options=options)], {"q1": "yes"})
    assert only(reading).reason is Reason.UNPARSED


def test_a_label_that_looks_like_a_code_is_not_taken(read: Any) -> None:
    options = tuple(Option(code=float(c), label=str(c - 1)) for c in (1, 2, 3))
    question = Likert(name="n", text="How many children?", options=options)
    assert only(read([question], {"q1": "0"})).reason is Reason.OUT_OF_RANGE
    assert only(read([question], {"q1": "1"})).value == 1.0


def test_text_codes_keep_their_case_and_zeros(read: Any) -> None:
    options = tuple(Option(code=c, label=f"code {c}") for c in ("a", "A", "01"))
    question = Single(name="s", text="?", options=options, required=True)
    assert only(read([question], {"q1": "A"})).value == "A"
    assert only(read([question], {"q1": "a"})).value == "a"
    assert only(read([question], {"q1": "01"})).value == "01"
    assert only(read([question], {"q1": "1"})).reason is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("-8", Reason.DONT_KNOW),
        (-8, Reason.DONT_KNOW),
        ("don't know", Reason.DONT_KNOW),
        ("Prefer not to say", Reason.REFUSED),
        ("no_answer", Reason.NO_ANSWER),
        ("No answer", Reason.NO_ANSWER),
        (None, Reason.NO_ANSWER),
        ("", Reason.NO_ANSWER),
    ],
)
def test_a_persons_silence_is_a_reason_and_no_problem(
    read: Any, said: object, reason: Reason
) -> None:
    reading = read("mood", {"q1": said})
    assert (only(reading).reason, only(reading).basis) == (reason, Basis.MODEL)
    assert not reading.repairable


def test_nothing_may_be_passed_over_where_nonresponse_is_off(read: Any) -> None:
    reading = read("mood", {"q1": None}, nonresponse=False)
    assert only(reading).reason is Reason.UNPARSED
    assert "required" in repair_text(reading.problems)


@pytest.mark.parametrize(
    "text",
    [
        '{"q1": "2"}',
        '```json\n{"q1": "2"}\n```',
        'Here you are:\n{"q1" : "2" }\nHope that helps {smile}!',
        '  {"q1":\t"2", "extra": [1, {"a": null}]}',
        '{"reasoning": "They said\nso.", "q1": "2"}',
        '{"q1": "2"} {"q1": "2"}',
        '{"q1": "2", "q1": "2"}',
    ],
)
def test_one_object_is_found_whatever_stands_around_it(read: Any, text: str) -> None:
    reply = only(read("trust", text))
    assert (reply.value, reply.raw, reply.attempt) == (2.0, text, 4)


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ('{"q1": "2"} or {"q1": "3"}', "more than one"),
        ('{"q1": "2", "q1": "3"}', "twice"),
        ('["2"]', "no JSON object"),
        ("2", "no JSON object"),
        ('{"q1": "2"', "no JSON object"),
        ("{'q1': '2'}", "no JSON object"),
        ('{"Q1": "2"}', "missing"),
        ('{"q1": NaN}', "none of its codes"),
    ],
)
def test_what_is_not_one_object_is_sent_back(read: Any, text: str, clause: str) -> None:
    reading = read("trust", text)
    assert only(reading).value is None
    assert clause in repair_text(reading.problems)
    assert reading.repairable


NUMBERS: list[tuple[object, float | Reason]] = [
    (35, 35.0),
    ("35", 35.0),
    (35.0, 35.0),
    ("35 years", 35.0),
    ("-8", Reason.OUT_OF_RANGE),
    (17, Reason.OUT_OF_RANGE),
    ("120", Reason.OUT_OF_RANGE),
    (35.5, Reason.OUT_OF_RANGE),
    ("thirty-five", Reason.UNPARSED),
    ("30-40", Reason.UNPARSED),
    ("about 35", Reason.UNPARSED),
    (True, Reason.UNPARSED),
    ("no_answer", Reason.NO_ANSWER),
]


@pytest.mark.parametrize(("said", "want"), NUMBERS)
def test_numbers(read: Any, said: object, want: float | Reason) -> None:
    reply = only(read("age", {"q1": said}))
    assert (reply.reason if isinstance(want, Reason) else reply.value) == want


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ("1,234,567", 1234567.0),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("12 345", 12345.0),
        ("12,5", 12.5),
        ("1,234", None),
        ("1.234.567", 1234567.0),
        ("12,34,567", None),
        ("1e6", None),
        ("Prefer not to say", Reason.REFUSED),
    ],
)
def test_separators_only_where_they_can_mean_one_thing(
    read: Any, said: str, want: float | Reason | None
) -> None:
    reply = only(read("income", {"q1": said}))
    if want is None:
        assert reply.reason is Reason.UNPARSED
    else:
        assert (reply.reason or reply.value) == want


def test_a_lone_comma_is_a_separator_where_only_whole_numbers_are_taken(read: Any) -> None:
    question = Numeric(name="n", text="?", integer=True)
    assert only(read([question], {"q1": "1,234"})).value == 1234.0
    assert only(read([question], {"q1": "1.234"})).reason is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ("2020-02-29", "2020-02-29"),
        (" 2020-02-29 ", "2020-02-29"),
        ("2021-02-29", Reason.OUT_OF_RANGE),
        ("1999-12-31", Reason.OUT_OF_RANGE),
        ("29.2.2020", Reason.UNPARSED),
        (20200229, Reason.UNPARSED),
    ],
)
def test_dates(read: Any, said: object, want: str | Reason) -> None:
    reply = only(read("day", {"q1": said}))
    assert (reply.reason or reply.value) == want


def values(reading: Reading) -> list[Code | Reason | None]:
    return [reply.value if reply.reason is None else reply.reason for reply in reading.replies]


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (["1", "5"], [1.0, 0.0, 0.0, 1.0, 0.0, Reason.NOT_APPLICABLE]),
        ([1, "[1]", "red"], [1.0, 0.0, 0.0, 0.0, 0.0, Reason.NOT_APPLICABLE]),
        ([], [0.0] * 5 + [Reason.NOT_APPLICABLE]),
        (["9"], [0.0, 0.0, 0.0, 0.0, 1.0, Reason.NOT_APPLICABLE]),
        (["-8"], [Reason.DONT_KNOW] * 5 + [Reason.NOT_APPLICABLE]),
        ("-8", [Reason.DONT_KNOW] * 5 + [Reason.NOT_APPLICABLE]),
        ("no_answer", [Reason.NO_ANSWER] * 5 + [Reason.NOT_APPLICABLE]),
        (["no_answer"], [Reason.NO_ANSWER] * 5 + [Reason.NOT_APPLICABLE]),
        (["7"], [0.0, 0.0, 1.0, 0.0, 0.0, "Purple"]),
        (["1", "9"], [Reason.UNPARSED] * 6),
        (["1", "2", "5", "7"], [Reason.UNPARSED] * 6),
        (["1", "-8"], [Reason.UNPARSED] * 6),
        (["1", "3"], [Reason.OUT_OF_RANGE] * 6),
        ("1", [Reason.UNPARSED] * 6),
        ("1, 5", [Reason.UNPARSED] * 6),
    ],
)
def test_several_choices(read: Any, said: object, want: list[object]) -> None:
    text = "Purple" if said == ["7"] or said == ["1", "2", "5", "7"] else ""
    assert values(read("media", {"q1": said, "q1_text": text})) == want


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (["B", "A", "D", "C"], [2.0, 1.0, 4.0, 3.0]),
        (["the army", "A", "d", "[C]"], [2.0, 1.0, 4.0, 3.0]),
        (["A", "A", "B", "C"], [Reason.UNPARSED] * 4),
        (["A", "B", "C"], [Reason.UNPARSED] * 4),
        (["A", "B", "C", "E"], [Reason.OUT_OF_RANGE] * 4),
        ([], [Reason.UNPARSED] * 4),
    ],
)
def test_orders(read: Any, said: object, want: list[object]) -> None:
    assert values(read("rank", {"q1": said})) == want


def test_what_is_not_among_the_first_is_not_ranked(read: Any) -> None:
    unranked = Reason.NOT_APPLICABLE
    assert values(read("top", {"q1": ["D", "B"]})) == [unranked, 2.0, unranked, 1.0]
    assert values(read("top", {"q1": []})) == [Reason.NO_ANSWER] * 4
    assert values(read("top", {"q1": ["-8"]})) == [Reason.DONT_KNOW] * 4


def test_parts_that_do_not_add_up_are_sent_back_and_never_scaled(read: Any) -> None:
    said = {"q1_1": 50, "q1_2": 50, "q1_3": 10, "q1_4": 0}
    reading = read("sum", said)
    assert values(reading) == [Reason.UNPARSED] * 4
    assert "add up to 110, not to 100" in repair_text(reading.problems)
    fixed = read("sum", said | {"q1_3": 0})
    assert values(repaired(reading, fixed)) == [50.0, 50.0, 0.0, 0.0]
    one_out = read("sum", said | {"q1_3": 101})
    assert values(one_out) == [Reason.OUT_OF_RANGE] * 4


def test_a_sum_cannot_be_half_passed_over(read: Any) -> None:
    items = (Item(name="a", label="A"), Item(name="b", label="B"))
    question = ConstantSum(name="c", text="?", items=items, total=10)
    assert values(read([question], {"q1_1": "10", "q1_2": None})) == [Reason.UNPARSED] * 2
    assert values(read([question], {"q1_1": None, "q1_2": ""})) == [Reason.NO_ANSWER] * 2


def test_one_row_that_fails_leaves_the_others_be(read: Any) -> None:
    said = {"q1_1": "1", "q1_2": "6", "q1_3": "3", "q1_4": "Agree"}
    reading = read("req", said)
    assert values(reading) == [1.0, Reason.OUT_OF_RANGE, 3.0, 4.0]
    assert [problem.key for problem in reading.problems] == ["q1_2"]


def test_one_question_that_fails_leaves_the_others_be(read: Any) -> None:
    reading = read("trust age", {"q1": "9", "q2": 44})
    assert values(reading) == [Reason.OUT_OF_RANGE, 44.0]
    second = read("trust age", {"q1": "2", "q2": 45})
    assert values(repaired(reading, second)) == [2.0, 44.0]
    assert values(repaired(reading, read("trust age", "Sorry?"))) == [Reason.UNPARSED, 44.0]


@pytest.mark.parametrize(
    ("code", "text", "want"),
    [
        ("7", "Purple", [7.0, "Purple"]),
        ("7", "", [7.0, Reason.NO_ANSWER]),
        ("7", None, [7.0, Reason.NO_ANSWER]),
        ("1", "", [1.0, Reason.NOT_APPLICABLE]),
        ("1", "N/A", [1.0, Reason.NOT_APPLICABLE]),
        ("1", "Purple", [1.0, Reason.UNPARSED]),
        ("-8", "", [Reason.DONT_KNOW, Reason.NOT_APPLICABLE]),
        ("99", "Purple", [Reason.OUT_OF_RANGE] * 2),
        ("7", "As an AI, I see no colours.", [7.0, Reason.OUT_OF_CHARACTER]),
    ],
)
def test_text_beside_an_option(read: Any, code: str, text: str | None, want: list[object]) -> None:
    assert values(read("colour", {"q1": code, "q1_text": text})) == want


def test_text_beside_an_option_may_be_left_out_of_the_json(read: Any) -> None:
    assert values(read("colour", {"q1": "2"})) == [2.0, Reason.NOT_APPLICABLE]


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ("  Because.\n", "Because."),
        (42, "42"),
        ("   ", Reason.NO_ANSWER),
        ("x" * 201, Reason.UNPARSED),
        ({"text": "Because."}, Reason.UNPARSED),
        (False, Reason.UNPARSED),
        ("As an AI, I do not have personal experiences.", Reason.OUT_OF_CHARACTER),
        ("I cannot assist with that request.", Reason.MODEL_REFUSED),
        ("Потому что я так решил и всё тут", Reason.WRONG_LANGUAGE),
        (
            "Weil ich das schon immer so gemacht habe und es nicht anders kenne, aber wer weiß.",
            Reason.WRONG_LANGUAGE,
        ),
        ("bell\x07 and \ud800", "bell\ufffd and \ufffd"),
    ],
)
def test_open_answers(read: Any, said: object, want: str | Reason) -> None:
    reply = only(read("why", {"q1": said}))
    assert (reply.reason or reply.value) == want


def test_an_open_answer_may_name_an_offered_non_answer(read: Any) -> None:
    assert only(read("name", {"q1": "prefer not to say"})).reason is Reason.REFUSED
    assert only(read("name", {"q1": "I prefer not to say it"})).value == "I prefer not to say it"


@pytest.mark.parametrize(
    ("stop", "reason"),
    [(Stop.REFUSED, Reason.MODEL_REFUSED), (Stop.FILTERED, Reason.FILTERED)],
)
def test_what_the_provider_stopped_is_not_read(read: Any, stop: Stop, reason: Reason) -> None:
    reading = read("trust age", '{"q1": "2", "q2": 30}', stop=stop, note="policy 7")
    assert values(reading) == [reason, reason]
    assert only(reading).note == "policy 7"
    assert only(reading).raw == '{"q1": "2", "q2": 30}'
    assert not reading.repairable


@pytest.mark.parametrize("stop", [Stop.LENGTH, Stop.CONTEXT])
def test_of_a_cut_answer_only_what_is_whole_is_taken(read: Any, stop: Stop) -> None:
    cut = '{"q1": "2", "q2": 44, "q3": 3'
    assert values(read("trust age free", cut, stop=stop)) == [2.0, 44.0, Reason.TRUNCATED]
    whole = read("trust age free", cut + "}", stop=stop)
    assert values(whole) == [2.0, 44.0, 3.0]
    nothing = read("trust age free", '{"q1": "2', stop=stop)
    assert values(nothing) == [Reason.TRUNCATED] * 3
    assert not nothing.repairable
    assert nothing.problems


@pytest.mark.parametrize(
    ("text", "reason", "again"),
    [
        ("As an AI language model, I don't have personal views.", Reason.OUT_OF_CHARACTER, True),
        ("I'm sorry, but I can't help with that.", Reason.MODEL_REFUSED, False),
        ("I would say I agree.", Reason.UNPARSED, True),
        ("", Reason.UNPARSED, True),
    ],
)
def test_prose_instead_of_an_answer(read: Any, text: str, reason: Reason, again: bool) -> None:
    reading = read("trust age", text)
    assert values(reading) == [reason, reason]
    assert reading.repairable is again


def test_the_repair_says_what_was_wrong_and_asks_for_everything(read: Any) -> None:
    reading = read("trust age", {"q1": "Ten", "q2": 17})
    text = repair_text(reading.problems)
    assert "- q1: 'Ten' is none of its codes (1, 2, 3, 4, 5)" in text
    assert "- q2: 17 is below the lowest possible, 18" in text
    assert text.endswith("with every key, and correct this.")


def test_a_repair_that_says_less_takes_nothing_away(read: Any) -> None:
    first = read("colour", {"q1": "1", "q1_text": "Purple"})
    assert first.repairable
    assert values(repaired(first, read("colour", "Sorry."))) == [1.0, Reason.UNPARSED]
    fixed = read("colour", {"q1": "7", "q1_text": "Purple"})
    assert values(repaired(first, fixed)) == [7.0, "Purple"]


def test_wordings_in_clauses_are_plain(read: Any) -> None:
    items = (Item(name="a", label="<b>Bread</b>"), Item(name="b", label="Milk"))
    question = ConstantSum(name="c", text="?", items=items, total=10, required=True)
    reading = read([question], {"q1_1": 1, "q1_2": 1})
    assert "<b>" not in repair_text(reading.problems)


def test_a_long_open_answer_says_how_long_it_may_be(read: Any) -> None:
    question = Text(name="t", text="?", max_length=5)
    reading = read([question], {"q1": "too long"})
    assert "at most 5" in repair_text(reading.problems)
