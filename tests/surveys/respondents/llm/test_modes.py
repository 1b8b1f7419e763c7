"""Probabilities, samples, letters and decisions: what is drawn, and from what."""

from __future__ import annotations

import datetime
import json
import math
import random
from collections import Counter
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Reason
from understudy.data.errors import RequestError
from understudy.data.seeds import uniform
from understudy.surveys.fieldwork.replies import checked
from understudy.surveys.question import Option
from understudy.surveys.questions import Likert, Multiple
from understudy.surveys.respondent import Page, Reply
from understudy.surveys.respondents.llm.asked import Asked, ask, by_row
from understudy.surveys.respondents.llm.asking import Asking, Context, Mode, Strictness
from understudy.surveys.respondents.llm.draws import pooled
from understudy.surveys.respondents.llm.fields import mode_for
from understudy.surveys.respondents.llm.instructions import instructions
from understudy.surveys.respondents.llm.reading import read_page
from understudy.twins.llm.chat import Completion

SHARES = Asking(mode=Mode.PROBABILITIES)


def context(twin: str) -> Context:
    return Context(seed=9, twin=twin, replicate=1, attempt=2)


def asked_of(pages: ModuleType, names: str, asking: Asking) -> Asked:
    by_name = {question.name: question for question in pages.EVERY}
    return ask([pages.shown(by_name[name]) for name in names.split()], asking)


def read(asked: Asked, said: Any, twin: str = "t") -> tuple[Reply, ...]:
    return read_page(asked, Completion(text=json.dumps(said)), context(twin)).replies


# --- probabilities ----------------------------------------------------------------------------


def test_draws_follow_the_percentages_and_the_seed(pages: ModuleType) -> None:
    asked = asked_of(pages, "trust", SHARES)
    said = {"q1": {"1": 10, "2": 0, "3": 20, "4": 30, "5": 40}}
    drawn = Counter(read(asked, said, f"twin {n}")[0].value for n in range(2000))
    assert drawn[2.0] == 0
    for code, share in ((1.0, 0.1), (3.0, 0.2), (4.0, 0.3), (5.0, 0.4)):
        assert abs(drawn[code] / 2000 - share) < 4 * math.sqrt(share * (1 - share) / 2000)
    (reply,) = read(asked, said)
    assert reply == read(asked, said)[0]
    assert dict(reply.probabilities) == {1.0: 0.1, 3.0: 0.2, 4.0: 0.3, 5.0: 0.4}
    level = uniform(9, "t", "trust", 1, "draw")
    assert reply.value == (
        1.0 if level < 0.1 else 3.0 if level < 0.3 else 4.0 if level < 0.6 else 5
    )


def test_a_draw_does_not_depend_on_the_order_shown_or_said(pages: ModuleType) -> None:
    question = next(q for q in pages.EVERY if q.name == "trust")
    said = {str(code): 20 for code in range(1, 6)}
    turned = dict(reversed(said.items()))
    ways = [question.options, question.options[::-1]]
    replies = {
        read(ask([pages.shown(question, options=options)], SHARES), {"q1": shares})[0].value
        for options in ways
        for shares in (said, turned)
    }
    assert len(replies) == 1


@pytest.mark.parametrize(
    ("shares", "want"),
    [
        ({"4": 1.0}, {4.0: 1.0}),
        ({"3": 0.25, "4": 0.75}, {3.0: 0.25, 4.0: 0.75}),
        ({"3": "25%", "[4]": "75 %"}, {3.0: 0.25, 4.0: 0.75}),
        ({"Neither": 100, "Agree": 100}, {3.0: 0.5, 4.0: 0.5}),
        ({"1": 33, "2": 33, "3": 33}, {1.0: 0.333334, 2.0: 0.333333, 3.0: 0.333333}),
        ({"1": 100, "9": 0}, {1.0: 1.0}),
    ],
)
def test_shares_are_normalised(
    pages: ModuleType, shares: dict[str, object], want: dict[float, float]
) -> None:
    (reply,) = read(asked_of(pages, "trust", SHARES), {"q1": shares})
    assert dict(reply.probabilities) == pytest.approx(want, abs=1e-9)


@pytest.mark.parametrize(
    "shares",
    [
        {},
        {"1": 0, "2": 0},
        {"1": 150, "2": 100},
        {"1": -10, "2": 110},
        {"1": 50, "9": 50},
        {"1": "half", "2": 50},
        {"1": 50, "[1]": 50},
        {"1": None, "2": 100},
        {"1": 1e308, "2": 1e308},
        {"1": {"1": 1}},
        "3",
        3,
        ["1"],
        None,
    ],
)
def test_what_is_no_distribution_is_sent_back(pages: ModuleType, shares: object) -> None:
    asked = asked_of(pages, "trust", SHARES)
    reading = read_page(asked, Completion(text=json.dumps({"q1": shares})), context("t"))
    assert reading.replies[0].value is None
    assert reading.replies[0].probabilities == ()
    assert reading.repairable


def test_silence_is_drawn_too_and_kept_out_of_the_probabilities(pages: ModuleType) -> None:
    asked = asked_of(pages, "mood", SHARES)
    said = {"q1": {"1": 30, "5": 30, "-8": 20, "no_answer": 20}}
    found: Counter[object] = Counter()
    for n in range(500):
        (reply,) = read(asked, said, f"twin {n}")
        found[reply.reason or reply.value] += 1
        if reply.value is not None:
            assert dict(reply.probabilities) == {1.0: 0.5, 5.0: 0.5}
            assert reply.note == "no answer with probability 0.40"
        else:
            assert reply.probabilities == ()
    assert set(found) == {1.0, 5.0, Reason.DONT_KNOW, Reason.NO_ANSWER}


def test_open_questions_beside_percentages_are_answered(pages: ModuleType) -> None:
    asked = asked_of(pages, "trust age media", SHARES)
    said = {"q1": {"1": 100}, "q2": "35", "q3": ["1"], "q3_text": "Purple"}
    replies = {reply.variable: reply for reply in read(asked, said)}
    assert replies["age"].value == 35.0
    assert replies["media_1"].value == 1.0
    assert replies["media_text"].reason is Reason.NOT_APPLICABLE
    assert replies["age"].probabilities == ()


def test_the_text_of_an_option_counts_when_the_option_is_drawn(pages: ModuleType) -> None:
    asked = asked_of(pages, "colour", SHARES)
    said = {"q1": {"1": 50, "7": 50}, "q1_text": "Purple"}
    found = {
        (main.value, text.value) for main, text in (read(asked, said, str(n)) for n in range(50))
    }
    assert found == {(1.0, None), (7.0, "Purple")}


# --- samples ----------------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), count=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_one_sample_is_drawn_and_all_give_the_shares(
    pages: ModuleType, seed: int, count: int
) -> None:
    rng = random.Random(seed)
    page = [pages.shuffled(question, rng) for question in pages.EVERY]
    asked = ask(page, Asking(mode=Mode.SAMPLES))
    samples = []
    for _ in range(count):
        wanted = {name: code for one in page for name, code in pages.legal(one, rng).items()}
        text = pages.perfect(asked, wanted)
        samples.append(read_page(asked, Completion(text=text), context("t")).replies)
    replies = pooled(asked, samples, context("t"))
    assert checked(Page(1, tuple(page)), replies) == list(replies)
    for at, reply in enumerate(replies):
        given = [sample[at] for sample in samples]
        assert (reply.value, reply.reason) in {(r.value, r.reason) for r in given}
        values = [r.value for r in given if r.value is not None]
        for code, share in reply.probabilities:
            assert share == pytest.approx(values.count(code) / len(values))
        assert sum(share for _, share in reply.probabilities) == pytest.approx(
            1.0 if reply.probabilities else 0.0
        )


def test_samples_that_failed_are_passed_over_and_counted(pages: ModuleType) -> None:
    asked = asked_of(pages, "trust", Asking(mode=Mode.SAMPLES))
    samples = [read(asked, {"q1": said}) for said in ("9", "2", "2", "4", "I agree")]
    drawn = Counter(pooled(asked, samples, context(str(n)))[0].value for n in range(300))
    assert set(drawn) == {2.0, 4.0}
    assert drawn[2.0] > drawn[4.0]
    (reply,) = pooled(asked, samples, context("t"))
    assert dict(reply.probabilities) == pytest.approx({2.0: 2 / 3, 4.0: 1 / 3})
    assert reply.note == "drawn from 3 answers; 2 could not be used"
    (none,) = pooled(asked, [samples[0], samples[4]], context("t"))
    assert none == samples[0][0]


def test_the_parts_of_one_answer_come_from_one_sample(pages: ModuleType) -> None:
    asked = asked_of(pages, "rank", Asking(mode=Mode.SAMPLES))
    samples = [read(asked, {"q1": list(order)}) for order in ("ABCD", "DCBA", "BADC")]
    for n in range(30):
        replies = pooled(asked, samples, context(str(n)))
        assert sorted(float(reply.value or 0) for reply in replies) == [1, 2, 3, 4]


# --- letters ----------------------------------------------------------------------------------

LETTERS = Asking(mode=Mode.LOGPROBS)


def tokens(**shares: float) -> tuple[tuple[str, float], ...]:
    return tuple((token, math.log(share)) for token, share in shares.items())


def test_letters_stand_in_the_order_shown_and_mean_codes(pages: ModuleType) -> None:
    question = next(q for q in pages.EVERY if q.name == "trust")
    asked = ask([pages.shown(question, options=question.options[::-1])], LETTERS)
    assert "A. Strongly agree\nB. Agree" in asked.text
    assert asked.format is None
    completion = Completion(text="B", first_token=tokens(A=0.2, B=0.6, Z=0.1))
    (reply,) = read_page(asked, completion, context("t")).replies
    assert dict(reply.probabilities) == pytest.approx({5.0: 0.25, 4.0: 0.75}, abs=1e-6)
    assert reply.value in (4.0, 5.0)
    assert reply.note == "the letters had 80% of the probability"


def test_tokens_that_are_the_same_letter_add_up(pages: ModuleType) -> None:
    asked = asked_of(pages, "trust", LETTERS)
    first = ((" A", -1.0), ("A", -1.0), ("(A", -9.0), ("a", -1.0), ("A\n", -math.inf), ("B", 0.5))
    reading = read_page(asked, Completion(text="A", first_token=first), context("t"))
    assert reading.replies[0].value == 1.0
    assert dict(reading.replies[0].probabilities) == {1.0: 1.0}


@pytest.mark.parametrize(
    ("first", "text", "reason"),
    [
        (tokens(A=0.3, As=0.6), "As an AI, I cannot say.", Reason.OUT_OF_CHARACTER),
        (tokens(A=0.3, The=0.6), "The answer is A", Reason.UNPARSED),
        ((), "A", Reason.UNPARSED),
        ((("A", math.nan),), "A", Reason.UNPARSED),
    ],
)
def test_too_little_on_the_letters_is_no_answer(
    pages: ModuleType, first: tuple[tuple[str, float], ...], text: str, reason: Reason
) -> None:
    asked = asked_of(pages, "trust", LETTERS)
    reading = read_page(asked, Completion(text=text, first_token=first), context("t"))
    assert (reading.replies[0].reason, reading.repairable) == (reason, False)


def test_no_text_is_asked_for_with_letters(pages: ModuleType) -> None:
    asked = asked_of(pages, "intro colour", LETTERS)
    assert asked.text.startswith("Welcome.\n\nWhich colour?")
    completion = Completion(text="C", first_token=tokens(C=1.0))
    main, text = read_page(asked, completion, context("t")).replies
    assert (main.value, text.reason) == (7.0, Reason.NOT_ASKED)
    completion = Completion(text="D", first_token=tokens(D=1.0))
    main, text = read_page(asked, completion, context("t")).replies
    assert (main.reason, text.reason) == (Reason.DONT_KNOW, Reason.NOT_APPLICABLE)


def test_a_matrix_is_asked_row_by_row(pages: ModuleType) -> None:
    matrix = pages.shown(next(q for q in pages.EVERY if q.name == "inst"))
    assert mode_for(matrix, Mode.LOGPROBS) is Mode.CHOICE
    rows = by_row(matrix)
    assert [row.variables[0].name for row in rows] == [v.name for v in matrix.variables]
    assert all(mode_for(row, Mode.LOGPROBS) is Mode.LOGPROBS for row in rows)
    asked = ask([rows[1]], LETTERS)
    assert "The army" in asked.text
    assert "The police" not in asked.text
    completion = Completion(text="A", first_token=tokens(A=1.0))
    (reply,) = read_page(asked, completion, context("t")).replies
    assert (reply.variable, reply.value) == ("inst_army", 1.0)


def test_what_cannot_be_asked_by_letters_is_asked_for_a_choice(pages: ModuleType) -> None:
    closed = {"colour", "party", "trust", "mood"}
    for question in pages.EVERY:
        one = pages.shown(question)
        want = Mode.LOGPROBS if question.name in closed else Mode.CHOICE
        assert mode_for(one, Mode.LOGPROBS) is want
        assert mode_for(one, Mode.PROBABILITIES) is Mode.PROBABILITIES
    many = Likert(
        name="m", text="?", options=tuple(Option(code=float(n), label=str(n)) for n in range(30))
    )
    assert mode_for(pages.shown(many), Mode.LOGPROBS) is Mode.CHOICE
    assert mode_for(pages.shown(many), Mode.DECISIONS) is Mode.DECISIONS
    with pytest.raises(ValueError, match="cannot be asked"):
        ask([pages.shown(many)], LETTERS)


# --- decisions --------------------------------------------------------------------------------

DECISIONS = Asking(mode=Mode.DECISIONS)


def test_decisions_carry_codes_and_are_drawn(pages: ModuleType) -> None:
    asked = asked_of(pages, "intro trust req", DECISIONS)
    assert asked.text == "Welcome."
    assert [question.name for question in asked.decisions] == [
        "q1",
        *(f"q2_{n}" for n in range(1, 5)),
    ]
    assert asked.decisions[0].options[3] == ("4", "Agree")
    assert asked.decisions[1].text == "Once more …\nThe police"
    said = {
        "q1": {"1": 0.25, "4": 0.75},
        "q2_1": {"2": 1.0},
        "q2_2": None,
        "q2_3": {"3": 0.0},
        "q2_4": {"5": 0.5, "6": 0.5},
    }
    reading = read_page(asked, Completion(text=json.dumps(said)), context("t"))
    replies = reading.replies
    assert dict(replies[0].probabilities) == {1.0: 0.25, 4.0: 0.75}
    assert replies[1].value == 2.0
    reasons = [reply.reason for reply in replies[2:]]
    assert reasons == [Reason.MODEL_REFUSED, Reason.UNPARSED, Reason.UNPARSED]
    assert not reading.repairable


# --- what is told -----------------------------------------------------------------------------


def test_instructions_say_who_answers_when_and_how() -> None:
    day = datetime.date(2024, 5, 12)
    first = instructions(Asking(today=day, language="de-AT"))
    assert first.startswith("You are one particular person")
    assert "Today is 12 May 2024; you know of nothing later." in first
    assert "German (de-AT)" in first
    assert "<said>" in first
    assert '"no_answer"' in first
    third = instructions(Asking(voice="third-person", today=day, nonresponse=False))
    assert third.startswith("Below, one particular person")
    assert "The survey was held on 12 May 2024" in third
    assert "no_answer" not in third
    assert "Today" not in instructions(Asking())
    assert "reasoning" in instructions(Asking(reasoning=True))
    assert "JSON" not in instructions(LETTERS)
    assert "JSON" not in instructions(DECISIONS)
    assert "per cent" in instructions(SHARES)
    assert '["q1", "3"]' in instructions(Asking(strictness=Strictness.ROWS))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("voice", ["first-person", "third-person"])
def test_instructions_are_short(mode: Mode, voice: Any) -> None:
    for strictness in Strictness:
        told = instructions(
            Asking(mode=mode, voice=voice, strictness=strictness, reasoning=mode.json)
        )
        assert len(told) < 2_600


def test_reasons_need_room() -> None:
    with pytest.raises(RequestError, match="no room for reasons"):
        Asking(mode=Mode.LOGPROBS, reasoning=True)


def test_reasons_are_kept_in_the_raw_text_only(pages: ModuleType) -> None:
    asked = asked_of(pages, "trust", Asking(reasoning=True))
    (reply,) = read(asked, {"reasoning": "They are 5 and say 4.", "q1": "2"})
    assert reply.value == 2.0
    assert "They are 5" in reply.raw


def test_a_multiple_choice_with_percentages_is_answered_as_ever(pages: ModuleType) -> None:
    options = tuple(Option(code=float(n), label=f"thing {n}") for n in (1, 2))
    asked = ask([pages.shown(Multiple(name="m", text="?", options=options))], SHARES)
    assert "percentages" not in asked.text
    assert [reply.value for reply in read(asked, {"q1": ["2"]})] == [0.0, 1.0]
