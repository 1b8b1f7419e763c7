"""Batches through the real SDKs, over HTTP, against the local server."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from understudy.twins.llm.batch_files import (
    BatchGoneError,
    CancelledInBatchError,
    FailedBatchError,
    json_lines,
    spooled,
)
from understudy.twins.llm.batching import BatchLine
from understudy.twins.llm.cards import ModelCard, Prices
from understudy.twins.llm.chat import BatchApi, Completion, Format, Head, Request, Turn
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.line import Line
from understudy.twins.llm.providers.anthropic_batches import AnthropicBatches
from understudy.twins.llm.providers.openai_batches import OpenAIBatches

PROVIDERS = ("anthropic", "openai")
KEY = "sk-test-planted-0123456789abcdef"
PRICES = Prices(input=2.0, output=10.0, cache_write=2.5, cache_read=0.2)
SCHEMA = {
    "type": "object",
    "properties": {"trust": {"enum": [1, 2, 3]}},
    "required": ["trust"],
    "additionalProperties": False,
}


def request(number: int, text: str = "") -> Request:
    return Request(
        head=Head("Answer.", "A person\u2028of 40."),
        turns=(Turn("user", text or f"question {number}"),),
        format=Format("answers", SCHEMA),
    )


def requests(count: int) -> list[tuple[str, Request]]:
    return [(f"item-{number}", request(number)) for number in range(count)]


def card(provider: str) -> ModelCard:
    return ModelCard(provider=provider, name="m-1", prices=PRICES, structured=True, batch=True)


@contextlib.asynccontextmanager
async def api(provider: str, server: Any) -> AsyncIterator[BatchApi]:
    if provider == "anthropic":
        import anthropic

        async with anthropic.AsyncAnthropic(
            api_key=KEY,
            base_url=server.url,
            max_retries=0,
            http_client=anthropic.DefaultAioHttpClient(),
        ) as client:
            yield AnthropicBatches(client, card(provider))
    else:
        import openai

        async with openai.AsyncOpenAI(
            api_key=KEY,
            base_url=server.openai_url,
            max_retries=0,
            http_client=openai.DefaultAioHttpClient(),
        ) as client:
            yield OpenAIBatches(client, card(provider))


@pytest.fixture
def server(model_server: Any) -> Iterator[Any]:
    with model_server() as running:
        yield running


async def results(batches: BatchApi, batch: str) -> dict[str, Completion | CallError]:
    return {name: outcome async for name, outcome in batches.results(batch)}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_batch_goes_there_and_its_results_come_back(provider: str, server: Any) -> None:
    async def work() -> None:
        async with api(provider, server) as batches:
            batch = await batches.submit(requests(30))
            status = await batches.status(batch)
            assert (status.ended, status.total, status.finished) == (True, 30, 30)
            found = await results(batches, batch)
        assert sorted(found) == sorted(name for name, _ in requests(30))
        for outcome in found.values():
            assert isinstance(outcome, Completion)
            assert json.loads(outcome.text)["trust"] in (1, 2, 3)
            assert outcome.usage.input > 0
            assert outcome.usage.output > 0
            assert outcome.model == "m-1"

    asyncio.run(work())
    assert server.count() == 0


def test_what_is_sent_is_what_a_live_call_would_send(server: Any) -> None:
    async def work() -> None:
        for provider in PROVIDERS:
            async with api(provider, server) as batches:
                await batches.submit([("item-0", request(0, "Ü \u2028 \n 'x'"))])

    asyncio.run(work())
    from understudy.twins.llm.providers import anthropic, openai

    sent = next(r for r in server.requests if r.path == "/v1/messages/batches")
    assert sent.headers["content-type"] == "application/json"
    assert int(sent.headers["content-length"]) == len(sent.raw)
    expected = anthropic.body_of(request(0, "Ü \u2028 \n 'x'"), card("anthropic"))
    assert sent.body == {"requests": [{"custom_id": "item-0", "params": expected}]}
    file = next(r for r in server.requests if r.path == "/v1/files")
    (line,) = [line for line in file.raw.splitlines() if line.startswith(b"{")]
    assert json.loads(line) == {
        "custom_id": "item-0",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": openai.body_of(request(0, "Ü \u2028 \n 'x'"), card("openai")),
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_outcome_is_told_apart(provider: str, server: Any) -> None:
    server.batch_outcomes(
        {
            "item-1": "expired",
            "item-2": "canceled",
            "item-3": "bad_request",
            "item-4": "server_error",
        }
    )

    async def work() -> dict[str, Completion | CallError]:
        async with api(provider, server) as batches:
            batch = await batches.submit(requests(6))
            await batches.status(batch)
            return {name: outcome async for name, outcome in batches.results(batch)}

    found: Mapping[str, Any] = {}
    with contextlib.suppress(FailedBatchError):
        found = asyncio.run(work())
    assert isinstance(found["item-0"], Completion)
    assert found["item-1"].kind.retryable
    assert not found["item-1"].kind.maybe_billed
    assert isinstance(found["item-2"], CancelledInBatchError)
    assert found["item-3"].kind is Failure.REJECTED
    assert found["item-4"].kind is Failure.SERVER
    assert isinstance(found["item-5"], Completion)
