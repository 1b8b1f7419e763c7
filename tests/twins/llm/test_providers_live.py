"""The real SDKs against the local server, over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from understudy.data.errors import UnknownNameError
from understudy.twins.llm.chat import ChoiceQuestion, Completion, Format, Head, Request, Stop, Turn
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


@pytest.mark.parametrize("spec", SPECS)
def test_an_answer_comes_with_what_it_is_billed_for_and_the_second_is_read_from_cache(
    server: Any, spec: str
) -> None:
    first, second = call(spec, REQUEST, REQUEST)

    assert json.loads(first.text)["trust"] in ("1", "2")
    assert first.stop is Stop.COMPLETE
    assert first.usage.cache_write > 1000
    assert second.usage.cache_read == first.usage.cache_write
    assert first.usage.output > 0
    assert first.request_id
    assert first.model == spec.partition(":")[2]
    assert server.count() == 2, "one call is one request"


def test_keys_and_versions_are_sent_as_the_sdks_send_them(server: Any) -> None:
    for spec in SPECS:
        call(spec, REQUEST)

    one, other = server.requests[-2:]
    assert one.headers["authorization"].startswith("Bearer sk-planted-anthropic")
    assert "anthropic-version" in one.headers
    assert other.headers["authorization"].startswith("Bearer sk-planted-openai")
    assert one.headers["x-stainless-retry-count"] == "0"


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    ("preset", "stop"),
    [
        ("truncated", Stop.LENGTH),
        ("refused", Stop.REFUSED),
        ("as_an_ai", Stop.COMPLETE),
    ],
)
def test_how_it_stopped_is_told(server: Any, spec: str, preset: str, stop: Stop) -> None:
    server.script(preset)

    completion = call(spec, REQUEST)[0]

    assert completion.stop is stop
    if preset == "as_an_ai":
        assert completion.text.startswith("As an AI language model")


def test_a_full_context_and_a_filter_are_told(server: Any) -> None:
    server.script("context_full")
    assert call("anthropic:claude-sonnet-5-5", REQUEST)[0].stop is Stop.CONTEXT
    server.script("filtered")
    assert call("openai:gpt-6-luna", REQUEST)[0].stop is Stop.FILTERED


def test_decisions_bring_probabilities(server: Any) -> None:
    question = ChoiceQuestion("trust", "Do you trust?", (("1", "Yes"), ("2", "No")))

    completion = call("openai:gpt-6-luna", REQUEST.replace(choices=(question,)))[0]

    probabilities = json.loads(completion.text)["trust"]
    assert set(probabilities) == {"1", "2"}
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-3)
    with pytest.raises(CallError, match="no decisions endpoint"):
        call("openai:gpt-5.4-mini", REQUEST.replace(choices=(question,)))


def test_the_first_token_and_its_rivals_are_brought(server: Any) -> None:
    request = REQUEST.replace(top_logprobs=5, format=None)

    completion = call("openai:gpt-6-luna", request)[0]

    assert len(completion.first_token) > 1
    assert completion.text.startswith(completion.first_token[0][0].strip())


async def ask(spec: str, method: str, *arguments: Any, **options: Any) -> Any:
    model = make_model(spec, **options)
    try:
        return await getattr(model, method)(*arguments)
    finally:
        await model.aclose()


@pytest.mark.parametrize("spec", SPECS)
def test_tokens_are_counted_by_the_provider(server: Any, spec: str) -> None:
    tokens = asyncio.run(ask(spec, "count", REQUEST))

    assert tokens > 1000
    assert server.count() == 0, "nothing was asked of a model"


def test_where_there_is_no_counter_nothing_is_counted(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asyncio.run(ask(f"openai:llama3@{server.openai_url}", "count", REQUEST)) is None
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    keyless = ask("anthropic:claude-sonnet-5-5", "count", REQUEST, key_needed=False)
    assert asyncio.run(keyless) is None


@pytest.mark.parametrize(
    ("spec", "nearest"),
    [
        ("anthropic:claude-sonet-5-5", "claude-sonnet-5-5"),
        ("openai:gpt-6-lunar", "gpt-6-luna"),
    ],
)
def test_a_model_that_does_not_exist_is_known_before_anything_is_spent(
    server: Any, spec: str, nearest: str
) -> None:
    server.change(models=("claude-sonnet-5-5", "claude-haiku-5-5", "gpt-6-luna", "gpt-6-sol"))

    with pytest.raises(UnknownNameError) as caught:
        asyncio.run(ask(spec, "verify"))

    assert f"did you mean {nearest}" in str(caught.value)
    assert server.count() == 0
    asyncio.run(ask(f"{spec.partition(':')[0]}:{nearest}", "verify"))


def test_a_key_that_is_not_accepted_is_known_before_anything_is_spent(server: Any) -> None:
    server.change(keys=("another-key",))

    for spec in SPECS:
        with pytest.raises(CallError) as caught:
            asyncio.run(ask(spec, "verify"))
        assert caught.value.kind is Failure.DENIED


def test_servers_at_home_are_asked_for_their_own_models(server: Any) -> None:
    listing = {"data": [{"id": "llama3:latest"}, {"id": "qwen3"}]}
    server.script({"status": 404, "body": "{}"}, path="/v1/models/llama3", times=None)
    server.script({"status": 404, "body": "{}"}, path="/v1/models/lama3", times=None)
    server.script({"body": json.dumps(listing)}, path="/v1/models", times=None)
    url = server.openai_url

    asyncio.run(ask(f"openai:llama3@{url}", "verify"))
    with pytest.raises(UnknownNameError, match="did you mean llama3"):
        asyncio.run(ask(f"openai:lama3@{url}", "verify"))

    server.behave()
    server.script({"status": 404, "body": "{}"}, path="/v1/models/anything", times=None)
    server.script({"status": 404, "body": "{}"}, path="/v1/models", times=None)
    asyncio.run(ask(f"openai:anything@{url}", "verify"))


def test_what_the_provider_says_of_a_new_model_fills_its_card(server: Any) -> None:
    can = {"supported": True}
    entry = {
        "id": "claude-next-9",
        "max_input_tokens": 500_000,
        "max_tokens": 64_000,
        "capabilities": {
            "batch": can,
            "structured_outputs": can,
            "image_input": {"supported": False},
            "effort": {"low": can},
            "thinking": {"types": {"disabled": {"supported": False}, "between_tools": can}},
        },
    }
    server.script({"body": json.dumps(entry)}, path="/v1/models/claude-next-9")

    async def described() -> Any:
        model = make_model("anthropic:claude-next-9")
        verify: Callable[[], Any] = getattr(model, "verify")  # noqa: B009
        await verify()
        await model.aclose()
        return model.card

    card = asyncio.run(described())

    assert (card.context, card.max_output, card.thinking) == (500_000, 64_000, "between_tools")
    assert card.structured
    assert card.batch
    assert not card.images
    assert not card.known


def test_azure_speaks_to_the_deployment(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "azure-planted-0123456789")

    completion = call(f"azure:our-model@{server.url}", REQUEST)[0]

    assert json.loads(completion.text)
    sent = server.requests[-1]
    assert sent.path == "/openai/deployments/our-model/chat/completions"
    assert sent.headers["api-key"] == "azure-planted-0123456789"
    assert sent.body["max_completion_tokens"] == 60
    assert "prompt_cache_key" not in sent.body


def test_bedrock_speaks_to_the_model_in_its_region(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-planted-0123456789")
    monkeypatch.setenv("ANTHROPIC_BEDROCK_BASE_URL", server.url)

    completion = call("bedrock:anthropic.claude-haiku-4-5-20251001-v1:0@eu-west-1", REQUEST)[0]

    assert json.loads(completion.text)
    sent = server.requests[-1]
    assert "/model/anthropic.claude-haiku-4-5-20251001-v1" in sent.path
    assert sent.headers["authorization"] == "Bearer bedrock-planted-0123456789"
    assert "model" not in sent.body


def test_bedrock_without_credentials_says_so_and_sends_nothing(
    server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("ANTHROPIC_BEDROCK_BASE_URL", server.url)

    with pytest.raises(CallError, match="credentials") as caught:
        call("bedrock:anthropic.claude-haiku-4-5-20251001-v1:0@eu-west-1", REQUEST)

    assert caught.value.kind is Failure.DENIED
    assert server.count() == 0


def test_vertex_speaks_to_the_project(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import google.auth

    class Credentials:
        token = "google-planted-0123456789"
        expired = False

        def refresh(self, request: object) -> None:
            pass

    monkeypatch.setattr(google.auth, "default", lambda **_: (Credentials(), "our-project"))
    monkeypatch.setenv("ANTHROPIC_VERTEX_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_VERTEX_PROJECT_ID", "our-project")

    completion = call("vertex:claude-haiku-4-5@20251001@europe-west1", REQUEST)[0]

    assert completion.text
    sent = server.requests[-1]
    assert "/projects/our-project/locations/europe-west1/" in sent.path
    assert "claude-haiku-4-5@20251001" in sent.path
    assert sent.headers["authorization"] == "Bearer google-planted-0123456789"
