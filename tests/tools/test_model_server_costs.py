"""What requests to the local server cost, and how many it takes."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.tools.serving.server import ModelServer

PERSONA = "She is 54 and keeps bees. " * 300


def ask(server: ModelServer, path: str, body: dict[str, Any]) -> tuple[int, Any, Any]:
    """Status, headers and JSON of a reply, by the standard library."""
    request = urllib.request.Request(server.url + path, data=json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.headers, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


def claude(server: ModelServer, system: list[tuple[str, str]], user: str = "Hi") -> dict[str, int]:
    """Usage of a call with (text, TTL of its mark or "") of the blocks of its system prompt."""
    blocks = [
        {"type": "text", "text": text}
        | ({"cache_control": {"type": "ephemeral", "ttl": ttl}} if ttl else {})
        for text, ttl in system
    ]
    body = {
        "model": "claude-test",
        "max_tokens": 99,
        "system": blocks,
        "messages": [{"role": "user", "content": user}],
    }
    usage: dict[str, int] = ask(server, "/v1/messages", body)[2]["usage"]
    return usage


def parts(usage: dict[str, int]) -> tuple[int, int, int]:
    return (
        usage["input_tokens"],
        usage["cache_creation_input_tokens"],
        usage["cache_read_input_tokens"],
    )


def gpt(server: ModelServer, persona: str, user: str) -> tuple[int, int, int]:
    """Tokens of a call: all, read from the cache, written to it."""
    turns = [{"role": "system", "content": persona}, {"role": "user", "content": user}]
    body = {"model": "gpt-test", "messages": turns}
    usage = ask(server, "/v1/chat/completions", body)[2]["usage"]
    details = usage["prompt_tokens_details"]
    return usage["prompt_tokens"], details["cached_tokens"], details["cache_write_tokens"]


def test_a_marked_prefix_is_written_then_read(server: ModelServer) -> None:
    assert len(PERSONA) == 7800
    marked = [(PERSONA, "5m")]
    assert parts(claude(server, marked, "1234")) == (1, 1950, 0)
    assert parts(claude(server, marked, "12345678")) == (2, 0, 1950)
    assert parts(claude(server, [(PERSONA, "")])) == (1950, 0, 0)
    assert parts(claude(server, [("Other. " + PERSONA, "5m")]))[2] == 0
    stats = server.stats()
    assert stats["tokens"]["cache_read"] == 1950
    assert stats["tokens"]["cache_write"] == 1950 + 1951
    assert stats["billed_input"] == pytest.approx(
        (1 + 1.25 * 1950) + (2 + 0.1 * 1950) + 1950 + (1 + 1.25 * 1951), abs=1.5
    )


def test_short_prefixes_are_not_cached_and_nothing_says_so(server: ModelServer) -> None:
    short = [("x" * 4000, "5m")]
    assert parts(claude(server, short)) == (1000, 0, 0)
    assert parts(claude(server, short)) == (1000, 0, 0)


def test_a_cached_prefix_stays_five_minutes_from_its_last_use(server: ModelServer) -> None:
    marked = [(PERSONA, "5m")]
    claude(server, marked)
    server.advance(299)
    assert parts(claude(server, marked))[2] == 1950
    server.advance(299)
    assert parts(claude(server, marked))[2] == 1950
    server.advance(301)
    assert parts(claude(server, marked))[2] == 0


def test_an_hour_costs_twice(server: ModelServer) -> None:
    usage: Any = claude(server, [(PERSONA, "1h")], "1234")
    assert usage["cache_creation"] == {
        "ephemeral_1h_input_tokens": 1950,
        "ephemeral_5m_input_tokens": 0,
    }
    assert server.stats()["billed_input"] == 1 + 2 * 1950
    server.advance(3500)
    assert parts(claude(server, [(PERSONA, "1h")]))[2] == 1950


def test_the_longest_prefix_is_read_and_the_rest_written(server: ModelServer) -> None:
    instructions = "Answer as she would. " * 200
    assert len(instructions) == 4200
    both = [(instructions, "5m"), (PERSONA, "5m")]
    assert parts(claude(server, both, "1234")) == (1, 3000, 0)
    other = [(instructions, "5m"), ("He is 30. " * 420, "5m")]
    assert parts(claude(server, other, "1234")) == (1, 1050, 1050)


def test_five_marks_are_refused(server: ModelServer) -> None:
    block = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    body = {"model": "m", "max_tokens": 9, "system": [block] * 5, "messages": []}
    status, _, reply = ask(server, "/v1/messages", body)
    assert status == 400
    assert "maximum of 4 blocks" in reply["error"]["message"]


def post_without_reading(server: ModelServer, body: dict[str, Any]) -> socket.socket:
    """Send a Messages request; return its connection once the server has the request."""
    before = server.count()
    connection = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
    content = json.dumps(body).encode()
    head = f"POST /v1/messages HTTP/1.1\r\nContent-Length: {len(content)}\r\n\r\n"
    connection.sendall(head.encode() + content)
    while server.count() == before:
        pass
    return connection


def test_a_prefix_is_there_only_once_an_answer_has_begun(server: ModelServer) -> None:
    block = {"type": "text", "text": PERSONA, "cache_control": {"type": "ephemeral"}}
    body = {"model": "claude-test", "max_tokens": 9, "system": [block], "messages": []}
    server.script(server.Step(delay=60))
    with post_without_reading(server, body):
        assert parts(claude(server, [(PERSONA, "5m")]))[2] == 0
        assert parts(claude(server, [(PERSONA, "5m")]))[2] == 1950


def test_openai_caches_long_prefixes_by_itself(server: ModelServer) -> None:
    persona = PERSONA[:7680]
    total, read, written = gpt(server, persona, "How old are you?")
    assert (total, read, written) == (1924, 0, 1920)
    total, read, written = gpt(server, persona, "Do you keep animals?")
    assert (total, read) == (1925, 1920)
    assert written == 0
    assert gpt(server, "x" * 4000, "Hi")[1:] == (0, 0)
    assert gpt(server, "x" * 4000, "Hi")[1:] == (0, 0)
    server.advance(1801)
    assert gpt(server, persona, "How old are you?")[1] == 0


def test_requests_per_second_are_limited_and_announced(model_server: type[ModelServer]) -> None:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    with model_server(limit_rps=0.5, burst=2) as server:
        first = ask(server, "/v1/messages", body)
        assert first[1]["anthropic-ratelimit-requests-limit"] == "30"
        assert first[1]["anthropic-ratelimit-requests-remaining"] == "1"
        assert first[1]["anthropic-ratelimit-requests-reset"].endswith("Z")
        second = ask(server, "/v1/chat/completions", body)
        assert second[1]["x-ratelimit-remaining-requests"] == "0"
        assert second[1]["x-ratelimit-reset-requests"].endswith("s")
        refused = ask(server, "/v1/chat/completions", body)
        assert refused[0] == 429
        assert refused[1]["retry-after"] == "2"
        assert 1000 < int(refused[1]["retry-after-ms"]) <= 2000
        server.advance(2)
        assert ask(server, "/v1/messages", body)[0] == 200
        assert server.stats()["refused"] == 1
        server.change(tell=False)
        last = [ask(server, "/v1/messages", body) for _ in range(3)][-1]
        assert last[0] == 429
        assert last[1]["retry-after"] is None


def test_tokens_per_second_are_limited(model_server: type[ModelServer]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x" * 4000}]}
    with model_server(limit_tps=20) as server:
        statuses = [ask(server, "/v1/chat/completions", body) for _ in range(3)]
    assert [status for status, _, _ in statuses] == [200, 200, 429]
    assert statuses[0][1]["x-ratelimit-limit-tokens"] == "1200"
    assert statuses[0][1]["x-ratelimit-remaining-tokens"] == "200"


def test_requests_at_once_are_limited(model_server: type[ModelServer]) -> None:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    with (
        model_server(max_concurrent=2, latency=60) as server,
        post_without_reading(server, body),
        post_without_reading(server, body),
    ):
        # A refusal comes at once, whatever the latency of answers.
        assert ask(server, "/v1/messages", body)[0] == 429
        assert server.stats()["under_way"] == 2
        assert server.stats()["max_concurrent"] == 3


@pytest.mark.parametrize(
    "seconds, written",
    [(0.017, "17ms"), (8.64, "8.64s"), (5, "5s"), (360, "6m0s"), (3612, "1h0m12s"), (62.5, "1m3s")],
)
def test_durations_as_openai_writes_them(
    serving: Callable[[str], Any], seconds: float, written: str
) -> None:
    assert serving("limits").go_duration(seconds) == written


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.tuples(st.integers(-50, 50), st.integers(0, 50))
    leaves: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.lists(st.text(max_size=5), min_size=1, max_size=5, unique=True).map(
            lambda values: {"enum": values}
        ),
        st.just({"const": "fixed"}),
        bounds.map(lambda at: {"type": "integer", "minimum": at[0], "maximum": at[0] + at[1]}),
        bounds.map(lambda at: {"type": "number", "minimum": at[0], "maximum": at[0] + at[1]}),
        st.integers(0, 90).map(lambda n: {"type": "string", "minLength": n, "maxLength": n + 20}),
        st.sampled_from(
            [{"type": "boolean"}, {"type": ["null", "integer"]}, {"$ref": "#/$defs/a"}]
        ),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.dictionaries(st.text(max_size=4), inner, max_size=4).map(
                lambda of: {
                    "type": "object",
                    "properties": of,
                    "required": list(of),
                    "additionalProperties": False,
                }
            ),
            st.tuples(inner, st.integers(0, 3)).map(
                lambda of: {
                    "type": "array",
                    "items": of[0],
                    "minItems": of[1],
                    "maxItems": of[1] + 2,
                }
            ),
            st.lists(inner, min_size=1, max_size=3).map(lambda of: {"anyOf": of}),
        ),
        max_leaves=10,
    )


@settings(max_examples=150, deadline=None)
@given(schema=schemas(), seed=st.binary(max_size=4))
def test_answers_are_valid_by_their_schema(
    serving: Callable[[str], Any], schema: dict[str, Any], seed: bytes
) -> None:
    brain = serving("brain")
    whole = {**schema, "$defs": {"a": {"type": "integer", "minimum": 3, "maximum": 4}}}
    value = brain.example(whole, brain.Draws(seed))
    jsonschema.validate(value, whole)
    assert value == brain.example(whole, brain.Draws(seed))


def test_choices_spread_over_the_options(serving: Callable[[str], Any]) -> None:
    brain = serving("brain")
    schema = {"enum": ["1", "2", "3"]}
    drawn = [brain.example(schema, brain.Draws(str(seed).encode())) for seed in range(300)]
    assert all(70 < drawn.count(key) < 130 for key in schema["enum"])


def test_tags_of_vllm_are_understood(server: ModelServer) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Which?"}]}
    choice = body | {"structured_outputs": {"choice": ["yes", "no"]}}
    reply = ask(server, "/v1/chat/completions", choice)[2]
    assert reply["choices"][0]["message"]["content"] in {"yes", "no"}


def test_latency_is_kept(model_server: type[ModelServer]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    with model_server(latency=0.15) as server:
        before = time.monotonic()
        assert ask(server, "/v1/chat/completions", body)[0] == 200
        assert time.monotonic() - before >= 0.15
