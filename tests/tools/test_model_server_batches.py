"""Both batch interfaces, by the clients of their providers; and the server as a process."""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

    from tests.tools.serving.server import ModelServer

KEYS = [f"twin-{number}" for number in range(12)]


def claude_at(server: ModelServer) -> AsyncAnthropic:
    import anthropic

    return anthropic.AsyncAnthropic(base_url=server.url, api_key="k", max_retries=0, timeout=5)


def gpt_at(server: ModelServer) -> AsyncOpenAI:
    import openai

    return openai.AsyncOpenAI(base_url=server.openai_url, api_key="k", max_retries=0, timeout=5)


def echo(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"]).upper()


def items() -> Any:
    return [
        {
            "custom_id": key,
            "params": {
                "model": "claude-test",
                "max_tokens": 50,
                "messages": [{"role": "user", "content": f"i am {key}"}],
            },
        }
        for key in KEYS
    ]


def lines(keys: list[str] | None = None) -> bytes:
    return b"\n".join(
        json.dumps(
            {
                "custom_id": key,
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": {
                    "model": "gpt-test",
                    "messages": [{"role": "user", "content": f"i am {key}"}],
                },
            }
        ).encode()
        for key in (KEYS if keys is None else keys)
    )


async def submit(gpt: AsyncOpenAI, content: bytes) -> Any:
    file = await gpt.files.create(file=("batch.jsonl", content), purpose="batch")
    return await gpt.batches.create(
        input_file_id=file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
        metadata={"run": "7"},
    )


async def fetched(gpt: AsyncOpenAI, file: str | None) -> dict[str, Any]:
    if file is None:
        return {}
    read = (json.loads(line) for line in (await gpt.files.content(file)).text.splitlines())
    return {line["custom_id"]: line for line in read}


def test_message_batches_from_creation_to_results(model_server: type[ModelServer]) -> None:
    async def go(server: ModelServer) -> list[Any]:
        async with claude_at(server) as claude:
            batch = await claude.messages.batches.create(requests=items())
            assert batch.processing_status == "in_progress"
            assert batch.request_counts.processing == len(KEYS)
            seen = await claude.messages.batches.retrieve(batch.id)
            assert seen.processing_status == "in_progress"
            server.finish_batches()
            done = await claude.messages.batches.retrieve(batch.id)
            assert done.processing_status == "ended"
            assert done.request_counts.succeeded == len(KEYS)
            listed = [each.id async for each in claude.messages.batches.list()]
            assert listed == server.batches == [batch.id]
            return [line async for line in await claude.messages.batches.results(batch.id)]

    with model_server(brain=echo, batch_polls=None) as server:
        results = asyncio.run(go(server))
        assert server.count() == 0
        assert server.stats()["tokens"]["output"] > 0
    assert [line.custom_id for line in results] != KEYS
    said = {line.custom_id: line.result.message.content[0].text for line in results}
    assert said == {key: f"I AM {key.upper()}" for key in KEYS}


def test_items_of_a_message_batch_can_fail_each_in_its_way(server: ModelServer) -> None:
    outcomes: dict[str, Any] = {
        KEYS[0]: "expired",
        KEYS[1]: "errored",
        KEYS[2]: "canceled",
        KEYS[3]: {"preset": "refused"},
        KEYS[4]: {"preset": "too_long"},
    }

    async def go() -> tuple[Any, dict[str, Any]]:
        async with claude_at(server) as claude:
            batch = await claude.messages.batches.create(requests=items())
            done = await claude.messages.batches.retrieve(batch.id)
            results = await claude.messages.batches.results(batch.id)
            return done, {line.custom_id: line.result async for line in results}

    server.batch_outcomes(outcomes)
    done, results = asyncio.run(go())
    assert [results[key].type for key in KEYS[:6]] == [
        "expired",
        "errored",
        "canceled",
        "succeeded",
        "errored",
        "succeeded",
    ]
    assert results[KEYS[1]].error.error.type == "api_error"
    assert results[KEYS[3]].message.stop_reason == "refusal"
    assert "too long" in results[KEYS[4]].error.error.message
    assert (done.request_counts.expired, done.request_counts.errored) == (1, 2)


def test_batches_expire_after_a_day(model_server: type[ModelServer]) -> None:
    async def go(server: ModelServer) -> tuple[Any, Any]:
        async with claude_at(server) as claude, gpt_at(server) as gpt:
            one = await claude.messages.batches.create(requests=items())
            other = await submit(gpt, lines())
            server.advance(24 * 3600)
            return (
                await claude.messages.batches.retrieve(one.id),
                await gpt.batches.retrieve(other.id),
            )

    with model_server(batch_polls=None) as server:
        one, other = asyncio.run(go(server))
    assert (one.processing_status, one.request_counts.expired) == ("ended", len(KEYS))
    assert (other.status, other.request_counts.failed) == ("expired", len(KEYS))
    assert other.output_file_id is None


def test_cancelled_batches_keep_what_was_done(model_server: type[ModelServer]) -> None:
    async def go(server: ModelServer) -> list[Any]:
        server.batch_outcomes({KEYS[0]: "succeeded"})
        async with claude_at(server) as claude, gpt_at(server) as gpt:
            one = await claude.messages.batches.create(requests=items())
            assert (await claude.messages.batches.cancel(one.id)).processing_status == "canceling"
            one = await claude.messages.batches.retrieve(one.id)
            other = await submit(gpt, lines())
            assert (await gpt.batches.cancel(other.id)).status == "cancelling"
            other = await gpt.batches.retrieve(other.id)
            return [one, other, await fetched(gpt, other.output_file_id)]

    with model_server(batch_polls=None) as server:
        one, other, output = asyncio.run(go(server))
    assert (one.request_counts.succeeded, one.request_counts.canceled) == (1, len(KEYS) - 1)
    assert other.status == "cancelled"
    assert list(output) == [KEYS[0]]


def test_openai_batches_from_file_to_files(model_server: type[ModelServer]) -> None:
    async def go(server: ModelServer) -> list[Any]:
        async with gpt_at(server) as gpt:
            batch = await submit(gpt, lines())
            assert (batch.status, batch.metadata) == ("validating", {"run": "7"})
            assert (await gpt.batches.retrieve(batch.id)).status == "in_progress"
            done = await gpt.batches.retrieve(batch.id)
            listed = [each.id async for each in gpt.batches.list()]
            assert listed == [batch.id]
            return [
                done,
                await fetched(gpt, done.output_file_id),
                await fetched(gpt, done.error_file_id),
            ]

    with model_server(brain=echo, batch_polls=2) as server:
        server.batch_outcomes({KEYS[0]: "expired", KEYS[1]: "rate_limited"})
        done, output, errors = asyncio.run(go(server))
    assert done.status == "expired"
    assert (done.request_counts.completed, done.request_counts.failed) == (len(KEYS) - 2, 2)
    assert list(output) != KEYS[2:]
    assert {
        key: line["response"]["body"]["choices"][0]["message"]["content"]
        for key, line in output.items()
    } == {key: f"I AM {key.upper()}" for key in KEYS[2:]}
    assert errors[KEYS[0]]["error"]["code"] == "batch_expired"
    assert errors[KEYS[1]]["response"]["status_code"] == 429


def test_batches_can_be_done_at_once(model_server: type[ModelServer]) -> None:
    async def go(server: ModelServer) -> Any:
        async with gpt_at(server) as gpt:
            return await submit(gpt, lines())

    with model_server(batch_polls=0) as server:
        assert asyncio.run(go(server)).status == "completed"


@pytest.mark.parametrize(
    "content, said",
    [
        (b"not json", "not a valid request"),
        (lines(["a", "a"]), "custom_id a is not unique"),
        (lines(["a", "b", "c"]), "at most 2 requests"),
        (b"", "empty"),
    ],
)
def test_wrong_input_files_fail_the_batch(server: ModelServer, content: bytes, said: str) -> None:
    async def go() -> Any:
        async with gpt_at(server) as gpt:
            return await submit(gpt, content)

    server.batch_most("openai", 2, 10_000)
    batch = asyncio.run(go())
    assert batch.status == "failed"
    assert said in batch.errors.data[0].message


def test_batches_beyond_the_limits_are_not_taken(server: ModelServer) -> None:
    async def go() -> list[int]:
        import anthropic
        import openai

        found = []
        async with claude_at(server) as claude, gpt_at(server) as gpt:
            for requests in (items(), [*items()[:1], *items()[:1]]):
                with pytest.raises(anthropic.APIStatusError) as caught:
                    await claude.messages.batches.create(requests=requests)
                found.append(caught.value.status_code)
            with pytest.raises(openai.APIStatusError) as too_large:
                await submit(gpt, lines())
            found.append(too_large.value.status_code)
        return found

    server.batch_most("anthropic", 5, 1_000_000)
    server.batch_most("openai", 5, 100)
    assert asyncio.run(go()) == [400, 400, 413]
    assert server.batches == []


def test_a_batch_is_there_although_its_answer_was_lost(server: ModelServer) -> None:
    async def go() -> int:
        import anthropic

        async with claude_at(server) as claude:
            with pytest.raises(anthropic.APIConnectionError):
                await claude.messages.batches.create(requests=items())
            return len([each async for each in claude.messages.batches.list()])

    server.script("reset", path="/v1/messages/batches")
    assert asyncio.run(go()) == 1


def test_a_process_of_its_own(launching: ModuleType) -> None:
    with launching.launched("--latency", "0.01") as server:

        def ask() -> int:
            body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
            url = f"{server.openai_url}/chat/completions"
            request = urllib.request.Request(url, data=json.dumps(body).encode())
            with urllib.request.urlopen(request, timeout=10) as reply:
                return int(reply.status)

        assert ask() == 200
        server.script("overloaded")
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask()
        caught.value.close()
        assert caught.value.code == 503
        stats = server.stats()
        assert stats["completions"] == stats["counts"]["/v1/chat/completions"] == 2
        assert stats["max_concurrent"] == 1
        server.tell("change", limit_rps=0.001)
        server.tell("forget")
        assert ask() == 200
        assert server.stats()["completions"] == 1
        with pytest.raises(ValueError, match="no preset"):
            server.script("broken")
        with pytest.raises(ValueError, match="no control"):
            server.tell("nothing")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0


def test_a_process_comes_back_on_its_port(launching: ModuleType) -> None:
    with launching.launched() as server:
        port = server.port
        server.process.kill()
    with launching.launched("--port", str(port)) as server:
        assert server.port == port
        with pytest.raises(RuntimeError), launching.launched("--port", str(port)):
            pass
