"""The local server speaks to the real clients of both providers as their services would."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

    from tests.tools.serving.server import ModelServer

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "q1": {"type": "string", "enum": ["1", "2", "9"]},
        "q2": {"type": "integer", "minimum": 0, "maximum": 10},
        "why": {"type": "string"},
    },
    "required": ["q1", "q2", "why"],
    "additionalProperties": False,
}
HI: Any = [{"role": "user", "content": "Hello"}]


@contextlib.asynccontextmanager
async def anthropic_at(
    server: ModelServer, transport: str = "httpx"
) -> AsyncIterator[AsyncAnthropic]:
    import anthropic

    chosen: Any = (
        {"http_client": anthropic.DefaultAioHttpClient()} if transport == "aiohttp" else {}
    )
    async with anthropic.AsyncAnthropic(
        base_url=server.url, api_key="sk-ant-planted", max_retries=0, timeout=5, **chosen
    ) as client:
        yield client


@contextlib.asynccontextmanager
async def openai_at(server: ModelServer, transport: str = "httpx") -> AsyncIterator[AsyncOpenAI]:
    import openai

    faster = transport == "aiohttp"
    chosen: Any = {"http_client": openai.DefaultAioHttpClient()} if faster else {}
    async with openai.AsyncOpenAI(
        base_url=server.openai_url, api_key="sk-planted", max_retries=0, timeout=5, **chosen
    ) as client:
        yield client


async def message(client: Any, **more: Any) -> Any:
    return await client.messages.create(
        **{"model": "claude-test", "max_tokens": 200, "messages": HI, **more}
    )


async def chat(client: AsyncOpenAI, **more: Any) -> Any:
    return await client.chat.completions.create(**{"model": "gpt-test", "messages": HI, **more})


def anthropic_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": schema}}


def openai_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answers", "schema": schema}}


def test_both_clients_read_structured_answers(server: ModelServer, transport: str) -> None:
    import jsonschema

    async def ask() -> tuple[Any, Any]:
        async with anthropic_at(server, transport) as claude, openai_at(server, transport) as gpt:
            return (
                await message(claude, output_config=anthropic_format(SCHEMA)),
                await chat(gpt, response_format=openai_format(SCHEMA)),
            )

    one, other = asyncio.run(ask())
    jsonschema.validate(json.loads(one.content[0].text), SCHEMA)
    jsonschema.validate(json.loads(other.choices[0].message.content), SCHEMA)
    assert one.stop_reason == "end_turn"
    assert one.usage.input_tokens == 1
    assert other.choices[0].finish_reason == "stop"
    assert other.usage.prompt_tokens == 1
    assert server.count() == 2
    assert server.count("/v1/messages") == 1
    assert [request.path for request in server.completions] == [
        "/v1/messages",
        "/v1/chat/completions",
    ]
    assert server.requests[0].headers["authorization"] == "Bearer sk-ant-planted"
    assert server.requests[1].body["messages"] == HI


def test_same_request_same_answer_unless_varied(model_server: type[ModelServer]) -> None:
    async def twice(server: ModelServer) -> list[str]:
        async with openai_at(server) as gpt:
            replies = [await chat(gpt, response_format=openai_format(SCHEMA)) for _ in range(2)]
        return [reply.choices[0].message.content for reply in replies]

    with model_server() as server:
        first = asyncio.run(twice(server))
    with model_server(vary=True) as server:
        varied = asyncio.run(twice(server))
    assert first[0] == first[1]
    assert varied[0] != varied[1]


def test_brain_may_say_text_an_object_or_a_step(model_server: type[ModelServer]) -> None:
    def brain(body: dict[str, Any]) -> Any:
        asked = body["messages"][-1]["content"]
        if asked == "object":
            return {"q1": "9"}
        return model_server.Step(case="overloaded") if asked == "step" else asked.upper()

    async def ask(server: ModelServer) -> list[Any]:
        import anthropic

        async with anthropic_at(server) as claude:
            said = [
                await message(claude, messages=[{"role": "user", "content": word}])
                for word in ("text", "object")
            ]
            with pytest.raises(anthropic.APIStatusError) as caught:
                await message(claude, messages=[{"role": "user", "content": "step"}])
        return [reply.content[0].text for reply in said] + [caught.value.status_code]

    with model_server(brain=brain) as server:
        assert asyncio.run(ask(server)) == ["TEXT", '{"q1": "9"}', 529]


def test_what_a_brain_raises_reaches_the_test(model_server: type[ModelServer]) -> None:
    def brain(body: dict[str, Any]) -> str:
        raise LookupError("no such twin")

    async def ask(server: ModelServer) -> None:
        async with openai_at(server) as gpt:
            import openai

            with pytest.raises(openai.APIConnectionError):
                await chat(gpt)

    with pytest.raises(LookupError, match="no such twin"), model_server(brain=brain) as server:
        asyncio.run(ask(server))


ERRORS = [
    ("rate_limited", "RateLimitError", 429, "RateLimitError", 429),
    ("overloaded", "OverloadedError", 529, "InternalServerError", 503),
    ("server_error", "InternalServerError", 500, "InternalServerError", 500),
    ("unavailable", "ServiceUnavailableError", 503, "InternalServerError", 503),
    ("denied", "AuthenticationError", 401, "AuthenticationError", 401),
    ("forbidden", "PermissionDeniedError", 403, "PermissionDeniedError", 403),
    ("no_model", "NotFoundError", 404, "NotFoundError", 404),
    ("too_long", "BadRequestError", 400, "BadRequestError", 400),
    ("too_large", "ContentTooLargeError", 413, "APIStatusError", 413),
    ("no_credit", "PaymentRequiredError", 402, "RateLimitError", 429),
    ("no_credit_400", "BadRequestError", 400, "RateLimitError", 429),
    ("bad_gateway", "InternalServerError", 502, "InternalServerError", 502),
]


@pytest.mark.parametrize("preset, claude_error, claude_status, gpt_error, gpt_status", ERRORS)
def test_errors_are_the_clients_own(
    server: ModelServer,
    preset: str,
    claude_error: str,
    claude_status: int,
    gpt_error: str,
    gpt_status: int,
) -> None:
    async def ask() -> list[Any]:
        import anthropic
        import openai

        async with anthropic_at(server) as claude, openai_at(server) as gpt:
            with pytest.raises(anthropic.APIStatusError) as one:
                await message(claude)
            with pytest.raises(openai.APIStatusError) as other:
                await chat(gpt)
        return [one.value, other.value]

    server.script(preset, times=2)
    one, other = asyncio.run(ask())
    assert (type(one).__name__, one.status_code) == (claude_error, claude_status)
    assert (type(other).__name__, other.status_code) == (gpt_error, gpt_status)
    assert server.count() == 2


def test_error_bodies_say_what_the_services_say(server: ModelServer) -> None:
    async def ask(preset: str) -> tuple[Any, Any]:
        import anthropic
        import openai

        server.script(preset, times=2)
        async with anthropic_at(server) as claude, openai_at(server) as gpt:
            with pytest.raises(anthropic.APIStatusError) as one:
                await message(claude)
            with pytest.raises(openai.APIStatusError) as other:
                await chat(gpt)
        return one.value, other.value

    one, other = asyncio.run(ask("no_model"))
    assert one.type == "not_found_error"
    assert one.api_message == "model: claude-test"
    assert other.code == "model_not_found"
    assert "gpt-test" in str(other)
    one, other = asyncio.run(ask("no_credit"))
    assert one.type == "billing_error"
    assert other.code == "insufficient_quota"
    one, other = asyncio.run(ask("echo_key"))
    assert "sk-ant-planted" in str(one)
    assert "sk-planted" in str(other)


def test_retry_after_and_other_headers_arrive(server: ModelServer) -> None:
    async def ask() -> Any:
        import anthropic

        async with anthropic_at(server) as claude:
            with pytest.raises(anthropic.RateLimitError) as caught:
                await message(claude)
        return caught.value.response.headers

    server.script({"preset": "rate_limited", "headers": {"retry-after": "7"}})
    headers = asyncio.run(ask())
    assert headers["retry-after"] == "7"
    assert headers["request-id"].startswith("req_")


@pytest.mark.parametrize("preset", ["reset", "drop"])
def test_broken_connections(server: ModelServer, transport: str, preset: str) -> None:
    async def ask() -> int:
        import anthropic
        import openai

        async with anthropic_at(server, transport) as claude, openai_at(server, transport) as gpt:
            with pytest.raises(anthropic.APIConnectionError):
                await message(claude)
            with pytest.raises(openai.APIConnectionError):
                await chat(gpt)
            # The next connection is as good as ever.
            return len((await chat(gpt)).choices)

    server.script(preset, times=2)
    assert asyncio.run(ask()) == 1
    assert server.count() == 3
    # What nobody received was billed all the same.
    assert server.stats()["tokens"]["input"] == 3


def test_hanging_times_out(server: ModelServer, transport: str) -> None:
    async def ask() -> None:
        import openai

        async with openai_at(server, transport) as gpt:
            with pytest.raises(openai.APITimeoutError):
                await chat(gpt, timeout=0.05)

    server.script("hang")
    asyncio.run(ask())
    assert server.count() == 1


def test_dripped_body_arrives_whole_and_late(server: ModelServer, transport: str) -> None:
    async def ask() -> float:
        async with anthropic_at(server, transport) as claude:
            loop = asyncio.get_running_loop()
            before = loop.time()
            assert (await message(claude)).stop_reason == "end_turn"
            return loop.time() - before

    server.script(server.Step(delivery="drip", over=0.2))
    assert asyncio.run(ask()) >= 0.15


def test_bodies_that_are_no_answers(server: ModelServer, transport: str) -> None:
    async def ask(preset: str) -> Any:
        server.script(preset)
        async with openai_at(server, transport) as gpt:
            return (
                await gpt.chat.completions.with_raw_response.create(model="gpt-test", messages=HI)
            ).http_response

    html = asyncio.run(ask("html"))
    assert html.headers["content-type"] == "text/html"
    assert html.text.startswith("<html>")
    assert asyncio.run(ask("empty")).content == b""
    with pytest.raises(json.JSONDecodeError):
        asyncio.run(ask("invalid_json")).json()
    assert asyncio.run(ask("hollow")).json()["choices"] == []


STOPS = [
    ("truncated", "max_tokens", "length"),
    ("context_full", "model_context_window_exceeded", "length"),
    ("refused", "refusal", "stop"),
    ("filtered", "refusal", "content_filter"),
]


@pytest.mark.parametrize("preset, claude_reason, gpt_reason", STOPS)
def test_stop_reasons(
    server: ModelServer, preset: str, claude_reason: str, gpt_reason: str
) -> None:
    async def ask() -> tuple[Any, Any]:
        async with anthropic_at(server) as claude, openai_at(server) as gpt:
            return await message(claude), await chat(gpt)

    server.script(preset, times=2)
    one, other = asyncio.run(ask())
    assert one.stop_reason == claude_reason
    assert other.choices[0].finish_reason == gpt_reason
    if preset == "refused":
        assert one.stop_details.explanation
        assert other.choices[0].message.refusal
        assert other.choices[0].message.content is None


def test_answers_are_cut_at_the_token_limit(server: ModelServer) -> None:
    async def ask() -> tuple[Any, Any]:
        async with anthropic_at(server) as claude, openai_at(server) as gpt:
            return await message(claude, max_tokens=2), await chat(gpt, max_completion_tokens=2)

    one, other = asyncio.run(ask())
    assert (one.stop_reason, len(one.content[0].text), one.usage.output_tokens) == (
        "max_tokens",
        8,
        2,
    )
    assert other.choices[0].finish_reason == "length"


def test_thinking_is_billed_as_output(server: ModelServer) -> None:
    async def ask() -> Any:
        async with anthropic_at(server) as claude:
            return await message(claude)

    server.script(server.Step(thinking=50, text="Four"))
    reply = asyncio.run(ask())
    assert [block.type for block in reply.content] == ["thinking", "text"]
    assert reply.usage.output_tokens == 51
    assert reply.usage.output_tokens_details.thinking_tokens == 50


def test_first_token_probabilities(server: ModelServer) -> None:
    asked = "How often?\nA) Never\nB) Often\nC) Always\nA letter."

    async def ask() -> Any:
        async with openai_at(server) as gpt:
            return await chat(
                gpt,
                messages=[{"role": "user", "content": asked}],
                logprobs=True,
                top_logprobs=2,
            )

    choice = asyncio.run(ask()).choices[0]
    first = choice.logprobs.content[0]
    assert choice.message.content in {"A", "B", "C"}
    assert first.token == choice.message.content == first.top_logprobs[0].token
    assert len(first.top_logprobs) == 2
    assert first.top_logprobs[0].logprob >= first.top_logprobs[1].logprob


def test_scripts_by_share_and_by_text(server: ModelServer) -> None:
    async def statuses(texts: list[str]) -> list[int]:
        found = []
        async with openai_at(server) as gpt:
            import openai

            for text in texts:
                try:
                    await chat(gpt, messages=[{"role": "user", "content": text}])
                except openai.APIStatusError as error:
                    found.append(error.status_code)
                else:
                    found.append(200)
        return found

    server.script("rate_limited", times=None, share=0.25)
    assert asyncio.run(statuses(["x"] * 8)).count(429) == 2
    server.behave()
    server.script("server_error", times=None, containing="twin 7")
    assert asyncio.run(statuses(["twin 1", "twin 7", "twin 8", "twin 7"])) == [200, 500, 200, 500]
    with pytest.raises(ValueError, match="no preset 'broken'"):
        server.script("broken")


def test_server_dies_and_comes_back(server: ModelServer, transport: str) -> None:
    async def ask() -> list[bool]:
        import openai

        found = []
        async with openai_at(server, transport) as gpt:
            for _ in range(3):
                try:
                    await chat(gpt)
                except openai.APIConnectionError:
                    found.append(False)
                    await asyncio.to_thread(server.resume)
                else:
                    found.append(True)
                    await asyncio.to_thread(server.pause)
        return found

    assert asyncio.run(ask()) == [True, False, True]
    assert server.count() == 2


def test_a_paused_server_refuses_connections(server: ModelServer) -> None:
    port = int(server.url.rpartition(":")[2])
    server.pause()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_what_the_service_would_not_take(model_server: type[ModelServer]) -> None:
    async def ask(server: ModelServer, **more: Any) -> Any:
        import openai

        async with openai_at(server) as gpt:
            with pytest.raises(openai.APIStatusError) as caught:
                await chat(gpt, **more)
        return caught.value

    with model_server(
        models=("gpt-test",), context=100, rejects=("temperature",), keys=("sk-planted",)
    ) as server:
        assert asyncio.run(ask(server, model="gpt-teste")).code == "model_not_found"
        long = [{"role": "user", "content": "x" * 2000}]
        assert "500 tokens" in str(asyncio.run(ask(server, messages=long)))
        assert "temperature" in str(asyncio.run(ask(server, temperature=0)))
        server.change(keys=("sk-other",))
        assert asyncio.run(ask(server)).code == "invalid_api_key"
