from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from understudy.twins.llm.catalogue import ModelCard, card_for
from understudy.twins.llm.chat import ChoiceQuestion, Format, Head, Request, Stop, Turn, Usage
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.providers import anthropic, openai

SCHEMA = {
    "type": "object",
    "properties": {"trust": {"type": "string", "enum": ["1", "2"]}},
    "required": ["trust"],
    "additionalProperties": False,
}
REQUEST = Request(
    head=Head("Answer as the person.", "I am 61."),
    turns=(Turn("user", "Trust?"), Turn("assistant", "1"), Turn("user", "Again?")),
    max_tokens=50,
    format=Format("page", SCHEMA),
    mark=True,
    top_logprobs=50,
    temperature=0.5,
)


def test_anthropic_gets_instructions_then_the_marked_persona_then_the_turns() -> None:
    body = anthropic.body_of(REQUEST, card_for("anthropic", "claude-sonnet-5-5"))

    assert body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 50,
        "system": [
            {"type": "text", "text": "Answer as the person."},
            {"type": "text", "text": "I am 61.", "cache_control": {"type": "ephemeral"}},
        ],
        "messages": [
            {"role": "user", "content": "Trust?"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "Again?"},
        ],
        "thinking": {"type": "between_tools"},
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }


def test_a_model_that_always_thinks_gets_the_lowest_effort_and_room_for_it() -> None:
    card = card_for("anthropic", "claude-opus-5-5")
    body = anthropic.body_of(REQUEST, card)

    assert body["output_config"]["effort"] == "low"
    assert "thinking" not in body
    assert body["max_tokens"] == 50 + card.headroom > 50


def test_anthropic_is_never_asked_for_more_than_one_unstreamed_call_may_bring() -> None:
    card = card_for("anthropic", "claude-opus-5-5")
    long = REQUEST.replace(max_tokens=100_000)

    assert anthropic.body_of(long, card)["max_tokens"] == anthropic.MOST_TOKENS
    small = dataclasses.replace(card, max_output=8_192)
    assert anthropic.body_of(long, small)["max_tokens"] == 8_192


def test_no_empty_block_and_no_mark_are_sent_unasked() -> None:
    card = card_for("anthropic", "claude-sonnet-5-5")
    bare = REQUEST.replace(head=Head("Only this."), mark=False, format=None)

    body = anthropic.body_of(bare, card)

    assert body["system"] == [{"type": "text", "text": "Only this."}]
    assert "output_config" not in body
    assert "system" not in anthropic.body_of(bare.replace(head=Head("")), card)


def test_openai_gets_one_system_message_with_a_breakpoint_at_its_end() -> None:
    body = openai.body_of(REQUEST, card_for("openai", "gpt-6-luna"))

    assert body == {
        "model": "gpt-6-luna",
        "messages": [
            {
                "role": "system",
                "content": [
                    {
                        "type": "text",
                        "text": "Answer as the person.\n\nI am 61.",
                        "prompt_cache_breakpoint": {"mode": "explicit"},
                    }
                ],
            },
            {"role": "user", "content": "Trust?"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "Again?"},
        ],
        "max_completion_tokens": 50,
        "prompt_cache_options": {"mode": "explicit"},
        "prompt_cache_key": REQUEST.head.digest.hex(),
        "reasoning_effort": "none",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "page", "strict": True, "schema": SCHEMA},
        },
        "temperature": 0.5,
        "logprobs": True,
        "top_logprobs": 20,
    }


def test_models_that_find_prefixes_by_themselves_get_no_breakpoint() -> None:
    body = openai.body_of(REQUEST, card_for("openai", "gpt-5.4-mini"))

    assert body["messages"][0]["content"] == "Answer as the person.\n\nI am 61."
    assert "prompt_cache_options" not in body
    assert body["prompt_cache_key"] == REQUEST.head.digest.hex()


def test_a_compatible_server_gets_the_widest_known_form() -> None:
    body = openai.body_of(REQUEST, card_for("openai", "llama3", "http://localhost:11434/v1"))

    assert body["max_tokens"] == 50
    assert set(body) == {
        *("model", "messages", "max_tokens", "response_format", "temperature"),
        *("logprobs", "top_logprobs"),
    }


@pytest.mark.parametrize("make", [anthropic.body_of, openai.body_of])
def test_nothing_is_sent_that_the_card_does_not_allow(make: Any) -> None:
    body = make(REQUEST, ModelCard(provider="openai", name="new"))

    assert not {"temperature", "logprobs", "top_logprobs", "response_format"} & set(body)
    assert not {"thinking", "reasoning_effort", "output_config", "cache_control"} & set(body)
    assert "cache_control" not in json.dumps(body)


def test_questions_keep_their_keys() -> None:
    request = REQUEST.replace(
        choices=(ChoiceQuestion("trust", "Do you trust?", (("1", "Yes"), ("2", "No"))),)
    )

    body = openai.questions_of(request, card_for("openai", "gpt-6-luna"))

    assert body["questions"] == [
        {
            "type": "choice",
            "name": "trust",
            "instructions": "Do you trust?",
            "choices": [
                {"value": "1", "description": "Yes"},
                {"value": "2", "description": "No"},
            ],
        }
    ]
    assert body["input"][0] == {"role": "system", "content": "Answer as the person.\n\nI am 61."}


def message(**changes: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "model": "claude-sonnet-5-5",
        "content": [
            {"type": "thinking", "thinking": "Hm."},
            {"type": "text", "text": '{"trust":'},
            {"type": "text", "text": '"1"}'},
        ],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 200,
            "cache_read_input_tokens": 3000,
            "output_tokens": 40,
            "output_tokens_details": {"thinking_tokens": 30},
        },
    } | changes


def test_all_input_is_counted_and_thinking_is_not_text() -> None:
    completion = anthropic.completion_of(message(), {"request-id": "req_1"})

    assert completion.text == '{"trust":"1"}'
    assert completion.usage == Usage(
        input=3210, cache_read=3000, cache_write=200, output=40, thinking=30
    )
    assert completion.request_id == "req_1"
    assert completion.limits is None


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", Stop.COMPLETE),
        ("max_tokens", Stop.LENGTH),
        ("model_context_window_exceeded", Stop.CONTEXT),
        ("refusal", Stop.REFUSED),
        ("something new", Stop.COMPLETE),
        (None, Stop.COMPLETE),
    ],
)
def test_anthropics_reasons_for_stopping(reason: str | None, stop: Stop) -> None:
    assert anthropic.completion_of(message(stop_reason=reason), {}).stop is stop


def test_the_explanation_of_a_refusal_is_kept() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": None}

    completion = anthropic.completion_of(message(stop_reason="refusal", stop_details=details), {})

    assert completion.note == "bio"


@pytest.mark.parametrize("changes", [{"content": "text"}, {"usage": None}, {"content": None}])
def test_what_is_no_message_is_garbled(changes: dict[str, Any]) -> None:
    with pytest.raises(CallError) as caught:
        anthropic.completion_of(message(**changes), {}, where="anthropic:x")

    assert caught.value.kind is Failure.GARBLED


def chat(**changes: Any) -> dict[str, Any]:
    return {
        "model": "gpt-6-luna",
        "choices": [
            {
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "1", "refusal": None},
                "logprobs": {
                    "content": [
                        {
                            "token": "1",
                            "logprob": -0.1,
                            "top_logprobs": [
                                {"token": "1", "logprob": -0.1},
                                {"token": "2", "logprob": -2.4},
                            ],
                        }
                    ]
                },
            }
            | changes
        ],
        "usage": {
            "prompt_tokens": 100,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 20},
            "completion_tokens": 5,
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
    }


def test_a_chat_brings_tokens_and_the_first_tokens_rivals() -> None:
    completion = openai.completion_of(chat(), {"x-request-id": "r"})

    assert completion.text == "1"
    assert completion.first_token == (("1", -0.1), ("2", -2.4))
    assert completion.usage == Usage(input=100, cache_read=60, cache_write=20, output=5, thinking=3)


@pytest.mark.parametrize(
    ("changes", "stop", "text"),
    [
        ({"finish_reason": "length"}, Stop.LENGTH, "1"),
        ({"finish_reason": "content_filter"}, Stop.FILTERED, "1"),
        ({"message": {"content": None, "refusal": "I will not."}}, Stop.REFUSED, "I will not."),
        ({"message": {"content": None}, "logprobs": None}, Stop.COMPLETE, ""),
    ],
)
def test_openais_reasons_for_stopping(changes: dict[str, Any], stop: Stop, text: str) -> None:
    completion = openai.completion_of(chat(**changes), {})

    assert (completion.stop, completion.text) == (stop, text)


@pytest.mark.parametrize("payload", [{}, {"choices": []}, {"choices": [None]}, {"choices": [{}]}])
def test_what_is_no_chat_is_garbled(payload: dict[str, Any]) -> None:
    with pytest.raises(CallError) as caught:
        openai.completion_of(payload, {})

    assert caught.value.kind is Failure.GARBLED


def test_servers_that_count_nothing_are_read_all_the_same() -> None:
    payload = chat()
    del payload["usage"]

    assert openai.completion_of(payload, {}).usage == Usage()


def test_decisions_become_probabilities_by_name_and_refusals_null() -> None:
    request = REQUEST.replace(
        choices=tuple(ChoiceQuestion(n, "?", (("a", "A"), ("b", "B"))) for n in ("one", "two"))
    )
    answers = [
        {
            "type": "choice",
            "name": "one",
            "probabilities": [
                {"value": "a", "probability": 0.75},
                {"value": "b", "probability": 0.25},
            ],
        },
        {"type": "refusal", "name": "two"},
    ]
    usage = {"input_tokens": 80, "output_tokens": 9, "input_tokens_details": {"cached_tokens": 70}}

    completion = openai.decision_of({"answers": answers, "usage": usage}, {}, request)

    assert json.loads(completion.text) == {"one": {"a": 0.75, "b": 0.25}, "two": None}
    assert completion.usage == Usage(input=80), "output and cache cost nothing there"
    with pytest.raises(CallError):
        openai.decision_of({"answers": answers[:1]}, {}, request)
