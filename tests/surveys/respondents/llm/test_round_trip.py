"""What a perfect model says reads back as what it meant, for every question type."""

from __future__ import annotations

import json
import random
from types import ModuleType

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Reason
from understudy.surveys.fieldwork.replies import checked
from understudy.surveys.respondent import Basis, Page
from understudy.surveys.respondents.llm.asked import ask
from understudy.surveys.respondents.llm.asking import Asking, Context, Mode, Strictness
from understudy.surveys.respondents.llm.reading import read_page
from understudy.twins.llm.chat import Completion

CONTEXT = Context(seed=1, twin="t", replicate=1, attempt=7)
JSON_FORMS = [Strictness.CODES, Strictness.SHAPE, Strictness.ROWS, Strictness.NONE]


@pytest.mark.parametrize("mode", [Mode.CHOICE, Mode.PROBABILITIES])
@pytest.mark.parametrize("strictness", JSON_FORMS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=35, deadline=None)
def test_legal_answers_read_back_as_they_are(
    pages: ModuleType, mode: Mode, strictness: Strictness, seed: int
) -> None:
    rng = random.Random(seed)
    questions = rng.sample(pages.EVERY, len(pages.EVERY))
    page = [pages.shuffled(question, rng) for question in questions]
    wanted = {name: code for one in page for name, code in pages.legal(one, rng).items()}
    asked = ask(page, Asking(mode=mode, strictness=strictness))
    text = pages.perfect(asked, wanted)
    if asked.format is not None:
        jsonschema.Draft202012Validator(asked.format.schema).validate(json.loads(text))
    reading = read_page(asked, Completion(text=text), CONTEXT)
    assert reading.problems == ()
    assert not reading.repairable
    assert [r.variable for r in reading.replies] == [v.name for one in page for v in one.variables]
    for reply in reading.replies:
        want = wanted[reply.variable]
        if isinstance(want, Reason):
            assert (reply.value, reply.reason) == (None, want), reply
        else:
            assert type(reply.value) is type(want)
            assert reply.value == want
        assert (reply.basis, reply.raw, reply.attempt) == (Basis.MODEL, text, 7)
    assert checked(Page(1, tuple(page)), reading.replies) == list(reading.replies)


def test_orders_shown_share_a_schema_and_codes_find_their_option(pages: ModuleType) -> None:
    question = pages.EVERY[3]
    ways = [pages.shown(question), pages.shown(question, options=question.options[::-1])]
    first, second = (ask([one], Asking()) for one in ways)
    assert first.format is second.format
    assert first.text != second.text
    for asked in (first, second):
        (reply,) = read_page(asked, Completion(text='{"q1":"4"}'), CONTEXT).replies
        assert reply.value == 4.0


def test_matrix_rows_answer_for_the_row_beside_their_key(pages: ModuleType) -> None:
    question = next(q for q in pages.EVERY if q.name == "req")
    asked = ask([pages.shown(question, items=question.items[::-1])], Asking())
    assert "q1_1: The press" in asked.text
    text = '{"q1_1": "1", "q1_2": "2", "q1_3": "3", "q1_4": "4"}'
    replies = read_page(asked, Completion(text=text), CONTEXT).replies
    given = {reply.variable: reply.value for reply in replies}
    assert given == {"req_press": 1, "req_church": 2, "req_army": 3, "req_police": 4}


def test_one_schema_serves_every_page_where_rows_are_asked_for(pages: ModuleType) -> None:
    asking = Asking(strictness=Strictness.ROWS)
    formats = {id(ask([pages.shown(q)], asking).format) for q in pages.EVERY if q.variables()}
    assert len(formats) == 1


@pytest.mark.parametrize("mode", [Mode.CHOICE, Mode.PROBABILITIES])
@pytest.mark.parametrize("strictness", JSON_FORMS)
def test_schemas_hold_nothing_that_strict_output_rejects(
    pages: ModuleType, mode: Mode, strictness: Strictness
) -> None:
    asked = ask(
        [pages.shown(question) for question in pages.EVERY],
        Asking(mode=mode, strictness=strictness, reasoning=True),
    )
    if asked.format is None:
        assert strictness is Strictness.NONE
        assert '"reasoning"' in asked.text
        return
    jsonschema.Draft202012Validator.check_schema(asked.format.schema)
    assert next(iter(asked.format.schema["properties"])) == "reasoning"
    pending = [asked.format.schema]
    while pending:
        schema = pending.pop()
        assert set(schema) <= {
            *("type", "properties", "required", "additionalProperties", "items", "enum")
        }
        assert isinstance(schema["type"], str)
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
            pending += schema["properties"].values()
            for name in schema["properties"]:
                assert 1 <= len(name) <= 64
                assert name.replace("_", "").replace("-", "").replace(".", "").isalnum()
        if "items" in schema:
            pending.append(schema["items"])
