"""Batches through the real SDKs, over HTTP, against the local server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from understudy.twins.llm.batch_files import (
    BatchGoneError,
    CancelledInBatchError,
    FailedBatchError,
    FindsBatches,
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

    found: dict[str, Any] = {}

    async def work() -> None:
        async with api(provider, server) as batches:
            batch = await batches.submit(requests(6))
            assert (await batches.status(batch)).ended
            async for name, outcome in batches.results(batch):
                found[name] = outcome

    # An OpenAI batch that expired need not report what was not begun.
    with contextlib.suppress(FailedBatchError):
        asyncio.run(work())
    assert isinstance(found["item-0"], Completion)
    assert found["item-1"].kind.retryable
    assert not found["item-1"].kind.maybe_billed
    assert isinstance(found["item-2"], CancelledInBatchError)
    assert found["item-3"].kind is Failure.REJECTED
    assert found["item-4"].kind is Failure.SERVER
    assert isinstance(found["item-5"], Completion)


def failure(work: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        asyncio.run(work)
    return caught.value


async def submitting(provider: str, server: Any, count: int = 3) -> None:
    async with api(provider, server) as batches:
        await batches.submit(requests(count))


async def looking(provider: str, server: Any, batch: str) -> None:
    async with api(provider, server) as batches:
        await batches.status(batch)


async def reading(provider: str, server: Any, count: int = 300) -> None:
    async with api(provider, server) as batches:
        batch = await batches.submit(requests(count))
        assert (await batches.status(batch)).ended
        # What is read before the connection breaks is of use.
        assert isinstance(await anext(aiter(batches.results(batch))), tuple)
        await results(batches, batch)


CREATE = {"anthropic": "/v1/messages/batches", "openai": "/v1/batches"}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("rate_limited", Failure.RATE_LIMITED),
        ("overloaded", Failure.OVERLOADED),
        ("server_error", Failure.SERVER),
        ("denied", Failure.DENIED),
        ("no_credit", Failure.NO_CREDIT),
        ("too_large", Failure.TOO_LONG),
        ("reset", Failure.DROPPED),
        ("drop", Failure.DROPPED),
    ],
)
def test_a_batch_that_is_not_created_says_why(
    provider: str, server: Any, step: str, kind: Failure
) -> None:
    server.script(step, path=CREATE[provider])
    assert failure(submitting(provider, server)).kind is kind
    assert server.count(CREATE[provider]) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_batch_too_long_for_the_server_says_so(provider: str, server: Any) -> None:
    server.batch_most(provider, 100, 2_000)
    assert failure(submitting(provider, server, 50)).kind is Failure.TOO_LONG


def test_a_file_that_did_not_arrive_made_no_batch(server: Any) -> None:
    server.script("drop", path="/v1/files")
    error = failure(submitting("openai", server))
    assert error.kind is Failure.UNREACHABLE
    assert not error.kind.maybe_billed
    assert server.batches == []


def test_a_file_without_a_batch_is_deleted(server: Any) -> None:
    server.script("server_error", path="/v1/batches")
    failure(submitting("openai", server))
    assert [r.method for r in server.requests if r.path.startswith("/v1/files/")] == ["DELETE"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_unknown_batch_is_gone_but_a_wrong_address_is_not(provider: str, server: Any) -> None:
    assert isinstance(failure(looking(provider, server, "batch_404")), BatchGoneError)
    page = server.Step(status=404, body="<html>nothing here</html>", content_type="text/html")
    path = f"{CREATE[provider]}/batch_1"
    server.script(page, path=path)
    error = failure(looking(provider, server, "batch_1"))
    assert not isinstance(error, BatchGoneError)
    assert error.kind.fatal


@pytest.mark.parametrize("provider", PROVIDERS)
def test_results_that_break_off_are_no_results(provider: str, server: Any) -> None:
    whole = {"anthropic": "/v1/messages/batches/msgbatch_00000000/results"}.get(
        provider, "/v1/files/file-batch_00000000-output/content"
    )
    server.script("ok", "drop", path=whole)
    error = failure(reading(provider, server))
    assert error.kind is Failure.DROPPED


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_server_that_is_away_is_unreachable(provider: str, server: Any) -> None:
    server.pause()
    assert failure(submitting(provider, server)).kind is Failure.UNREACHABLE
    assert failure(looking(provider, server, "batch_1")).kind is Failure.UNREACHABLE


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_cancelled_batch_says_so(provider: str, server: Any) -> None:
    server.change(batch_polls=None)
    found: list[Any] = []

    async def work() -> None:
        async with api(provider, server) as batches:
            batch = await batches.submit(requests(2))
            await batches.cancel(batch)
            assert (await batches.status(batch)).ended
            async for _, outcome in batches.results(batch):
                found.append(outcome)

    with contextlib.suppress(CancelledInBatchError):
        asyncio.run(work())
    assert found
    assert all(isinstance(outcome, CancelledInBatchError) for outcome in found)


def test_one_bad_line_fails_alone_and_the_others_may_be_asked_again(server: Any) -> None:
    found: list[tuple[str, Any]] = []

    async def work() -> None:
        async with api("openai", server) as batches:
            batch = await batches.submit(requests(3))
            shown = {
                "id": batch,
                "object": "batch",
                "status": "failed",
                "endpoint": "/v1/chat/completions",
                "completion_window": "24h",
                "created_at": 1,
                "input_file_id": "file-00000000",
                "errors": {"data": [{"code": "invalid", "line": 2, "message": "no such field"}]},
            }
            step = server.Step(body=json.dumps(shown))
            server.script(step, step, path=f"/v1/batches/{batch}")
            assert (await batches.status(batch)).ended
            async for name, outcome in batches.results(batch):
                found.append((name, outcome))

    # The file as it was uploaded is read again for the name of the line.
    error = failure(work())
    assert isinstance(error, FailedBatchError)
    assert error.kind is Failure.RATE_LIMITED
    ((name, outcome),) = found
    assert name == "item-1"
    assert outcome.kind is Failure.REJECTED
    assert "no such field" in str(outcome)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("token_limit_exceeded", Failure.RATE_LIMITED),
        ("billing_hard_limit_reached", Failure.NO_CREDIT),
        ("model_not_found", Failure.NO_MODEL),
        ("something_new", Failure.REJECTED),
    ],
)
def test_a_failed_batch_says_what_follows(server: Any, code: str, kind: Failure) -> None:
    shown = {
        "id": "batch_1",
        "object": "batch",
        "status": "failed",
        "input_file_id": "file-1",
        "errors": {"data": [{"code": code, "line": None, "message": "It failed."}]},
    }
    server.script(server.Step(status=200, body=json.dumps(shown)), path="/v1/batches/batch_1")

    async def work() -> None:
        async with api("openai", server) as batches:
            await results(batches, "batch_1")

    error = failure(work())
    assert isinstance(error, FailedBatchError)
    assert error.kind is kind


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_key_goes_nowhere_but_to_the_server(
    provider: str, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from understudy.twins.llm.scrub import quiet_logs, register_secret

    register_secret(KEY)
    quiet_logs()
    server.script("echo_key", path=CREATE[provider])
    with caplog.at_level(logging.DEBUG):
        error = failure(submitting(provider, server))
        asyncio.run(submitting(provider, server))
    assert error.kind is Failure.DENIED
    assert error.__cause__ is None
    said = f"{error} {error!r} {caplog.text}"
    assert KEY not in said


def test_results_are_fetched_from_the_server_that_was_asked(server: Any) -> None:
    """Behind a gateway, the address in a batch leads elsewhere, with the gateway's key."""
    elsewhere = {
        "id": "msgbatch_00000000",
        "type": "message_batch",
        "processing_status": "ended",
        "results_url": "http://127.0.0.1:9/v1/messages/batches/msgbatch_00000000/results",
        "request_counts": {
            "processing": 0,
            "succeeded": 2,
            "errored": 0,
            "canceled": 0,
            "expired": 0,
        },
    }

    async def work() -> int:
        async with api("anthropic", server) as batches:
            batch = await batches.submit(requests(2))
            path = f"/v1/messages/batches/{batch}"
            server.script(server.Step(body=json.dumps(elsewhere)), times=None, path=path)
            server.finish_batches()
            assert (await batches.status(batch)).ended
            return len(await results(batches, batch))

    assert asyncio.run(work()) == 2


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_sent_that_no_provider_takes(provider: str, server: Any) -> None:
    async def work() -> None:
        async with api(provider, server) as batches:
            for wrong in ([], [("a b", request(1))], [("x" * 65, request(1))], requests(1) * 2):
                with pytest.raises(CallError) as caught:
                    await batches.submit(wrong)
                assert caught.value.kind is Failure.REJECTED

    asyncio.run(work())
    assert server.requests == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_batch_whose_id_was_lost_is_found(provider: str, server: Any) -> None:
    server.change(batch_polls=None)
    names = [name for name, _ in requests(30)]
    now = time.time()

    async def work() -> None:
        async with api(provider, server) as batches:
            assert isinstance(batches, FindsBatches)
            other = await batches.submit(requests(29))
            batch = await batches.submit(requests(30))
            assert await batches.find(names, now, ()) == batch
            assert await batches.find(names, now, {batch}) is None
            assert await batches.find(names, now + 10_000, ()) is None
            assert await batches.find(names[:28], now, ()) is None
            server.finish_batches()
            assert await batches.find(names, now, ()) == batch
            assert await batches.find(names[:29], now, ()) == other
            assert await batches.find([f"z{name}" for name in names], now, ()) is None

    asyncio.run(work())


# --- through the line -----------------------------------------------------------------------------


class Sink:
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    async def begin(self, detail: Mapping[str, Any]) -> int:
        self.rows.append({**detail, "outcome": ""})
        return len(self.rows)

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        self.rows[attempt - 1] |= {"outcome": "submitted", "batch": batch}

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        self.rows[attempt - 1] |= {**detail, "outcome": outcome}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_line_of_batches_answers_everybody(
    provider: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    from understudy.twins.llm.providers.anthropic import AnthropicModel
    from understudy.twins.llm.providers.openai import OpenAIModel
    from understudy.twins.llm.specs import make_model

    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    address = server.url if provider == "anthropic" else server.openai_url
    server.change(batch_polls=None)
    sink = Sink()

    def submitted(*_: object) -> None:
        # One of the twelve expires.
        server.finish_batches(11 / 12)

    async def work() -> list[Any]:
        model = make_model(f"{provider}:m-1@{address}")
        assert isinstance(model, AnthropicModel | OpenAIModel)
        model._card = dataclasses.replace(model.card, batch=True, prices=PRICES)
        line = BatchLine(model, live=Line(model), grace=0.0, progress=submitted)
        found = await asyncio.gather(*(line.ask(request(n), sink) for n in range(12)))
        await line.aclose()
        return list(found)

    found = asyncio.run(work())
    assert all(json.loads(one.completion.text)["trust"] in (1, 2, 3) for one in found)
    assert [row["outcome"] for row in sink.rows].count("answered") == 12
    assert len(sink.rows) == 13
    assert server.count() == 1
    assert len(server.batches) == 1
    billed = [row["cost"] for row in sink.rows if row.get("batch") and row["cost"]]
    usage = found[0].completion.usage
    assert billed[0] == pytest.approx(PRICES.cost(usage) / 2)
