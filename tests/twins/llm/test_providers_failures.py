"""Everything that can go wrong between the real SDKs and a server, over HTTP."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Iterator
from typing import Any

import pytest

from understudy.twins.llm.chat import Completion, Format, Head, Request, Stop, Turn
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.specs import make_model

KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
FAR = (
    *("ANTHROPIC_AUTH_TOKEN", "OPENROUTER_API_KEY", "AZURE_OPENAI_API_KEY"),
    *("AZURE_OPENAI_AD_TOKEN", "AWS_BEARER_TOKEN_BEDROCK", "UNDERSTUDY_MODELS"),
)
SCHEMA = {
    "type": "object",
    "properties": {"trust": {"type": "string", "enum": ["1", "2"]}},
    "required": ["trust"],
    "additionalProperties": False,
}
REQUEST = Request(
    head=Head("Answer as the person.", "I am a person of many words. " * 400),
    turns=(Turn("user", "How far do you trust people? 1 not at all, 2 fully"),),
    max_tokens=60,
    format=Format("page", SCHEMA),
    mark=True,
)
SPECS = ("anthropic:claude-sonnet-5-5", "openai:gpt-6-luna")


@pytest.fixture(scope="module")
def running(model_server: Any) -> Iterator[Any]:
    with model_server() as server:
        yield server


@pytest.fixture
def server(running: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Any]:
    for name in FAR:
        monkeypatch.delenv(name, raising=False)
    for name in KEYS:
        monkeypatch.setenv(name, f"sk-planted-{name.lower()}-0123456789")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
    monkeypatch.setenv("OPENAI_BASE_URL", running.openai_url)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    running.forget()
    yield running
    running.behave()
    running.change(models=(), keys=(), context=0)
    running.resume()


def call(spec: str, *requests: Request, **options: Any) -> list[Completion]:
    async def run() -> list[Completion]:
        model = make_model(spec, **options)
        try:
            return [await model.complete(request) for request in requests]
        finally:
            await model.aclose()

    return asyncio.run(run())


def failure(spec: str, request: Request = REQUEST, **options: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        call(spec, request, **options)
    return caught.value


FAILURES = {
    "rate_limited": Failure.RATE_LIMITED,
    "overloaded": Failure.OVERLOADED,
    "server_error": Failure.SERVER,
    "unavailable": Failure.OVERLOADED,
    "gateway_timeout": Failure.TIMEOUT,
    "bad_gateway": Failure.SERVER,
    "denied": Failure.DENIED,
    "forbidden": Failure.DENIED,
    "no_model": Failure.NO_MODEL,
    "too_long": Failure.TOO_LONG,
    "too_large": Failure.TOO_LONG,
    "bad_request": Failure.REJECTED,
    "no_credit": Failure.NO_CREDIT,
    "no_credit_400": Failure.NO_CREDIT,
    "html": Failure.GARBLED,
    "invalid_json": Failure.GARBLED,
    "wrong_shape": Failure.GARBLED,
    "empty": Failure.GARBLED,
    "reset": Failure.DROPPED,
    "drop": Failure.DROPPED,
}


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("preset", FAILURES)
def test_every_failure_has_its_kind_and_is_sent_once(server: Any, spec: str, preset: str) -> None:
    server.script(preset)

    error = failure(spec)

    assert error.kind is FAILURES[preset]
    assert error.where == spec
    assert server.count() == 1
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("spec", SPECS)
def test_the_slower_transport_fails_in_the_same_ways(
    server: Any, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name == "aiohttp" else real(name, package),
    )

    for preset in ("reset", "drop", "html", "rate_limited"):
        server.script(preset)
        assert failure(spec).kind is FAILURES[preset], preset
    server.script("hang")
    assert failure(spec, timeout=0.2).kind is Failure.TIMEOUT
    assert json.loads(call(spec, REQUEST)[0].text)
    server.pause()
    assert failure(spec).kind is Failure.UNREACHABLE


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("delivery", ["hang", "drip"])
def test_an_answer_that_does_not_come_in_time_is_a_timeout(
    server: Any, spec: str, delivery: str
) -> None:
    server.script({"preset": delivery, "over": 30.0})

    error = failure(spec, timeout=0.3)

    assert error.kind is Failure.TIMEOUT
    assert error.kind.maybe_billed


@pytest.mark.parametrize("spec", SPECS)
def test_a_server_that_dies_and_comes_back(server: Any, spec: str) -> None:
    server.pause()

    error = failure(spec)

    assert error.kind is Failure.UNREACHABLE
    assert not error.kind.maybe_billed
    assert "no connection to http://127.0.0.1" in str(error)
    server.resume()
    assert call(spec, REQUEST)[0].stop is Stop.COMPLETE


def test_waiting_times_and_limits_come_with_the_failure(server: Any) -> None:
    server.script({"preset": "rate_limited", "headers": {"retry-after": "3"}})
    assert failure("anthropic:claude-sonnet-5-5").retry_after == 3.0
    headers = {"retry-after-ms": "1500", "x-ratelimit-remaining-tokens": "7"}
    server.script({"preset": "rate_limited", "headers": headers})

    error = failure("openai:gpt-6-luna")

    assert error.retry_after == 1.5
    assert error.limits is not None
    assert error.limits.tokens == 7


def test_a_prompt_that_a_filter_withholds_is_an_answer_not_a_failure(server: Any) -> None:
    body = {"error": {"code": "content_filter", "message": "The prompt was filtered"}}
    server.script({"status": 400, "body": json.dumps(body)})

    completion = call("openai:gpt-6-luna", REQUEST)[0]

    assert completion.stop is Stop.FILTERED
    assert completion.note == "The prompt was filtered"


def test_a_base_url_that_leads_elsewhere_says_so(server: Any) -> None:
    server.script({"status": 404, "body": "<html>nothing here</html>", "content_type": "text/html"})

    error = failure(f"openai:llama3@{server.url}")

    assert error.kind is Failure.NO_MODEL
    assert "most end in /v1" in str(error)


def test_an_error_with_a_status_of_success_is_an_error(server: Any) -> None:
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.script({"body": json.dumps(body)})

    assert failure("anthropic:claude-sonnet-5-5").kind is Failure.OVERLOADED
