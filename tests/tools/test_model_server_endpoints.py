"""The endpoints beside plain completions: models, counters, decisions, other homes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

    from tests.tools.serving.server import ModelServer

HI: Any = [{"role": "user", "content": "Hello"}]


def anthropic_at(server: ModelServer) -> AsyncAnthropic:
    import anthropic

    return anthropic.AsyncAnthropic(base_url=server.url, api_key="k", max_retries=0, timeout=5)


def openai_at(server: ModelServer) -> AsyncOpenAI:
    import openai

    return openai.AsyncOpenAI(base_url=server.openai_url, api_key="k", max_retries=0, timeout=5)


async def message(client: Any, model: str) -> Any:
    return await client.messages.create(model=model, max_tokens=200, messages=HI)


def test_models_are_listed_in_both_shapes(model_server: type[ModelServer]) -> None:
    async def ask(server: ModelServer) -> list[Any]:
        async with anthropic_at(server) as claude, openai_at(server) as gpt:
            return [
                [model.id async for model in claude.models.list()],
                (await claude.models.retrieve("b")).max_input_tokens,
                [model.id async for model in gpt.models.list()],
                (await gpt.models.retrieve("a")).id,
            ]

    with model_server(models=("a", "b"), context=5000) as server:
        assert asyncio.run(ask(server)) == [["a", "b"], 5000, ["a", "b"], "a"]
        assert server.count() == 0


def test_token_counters(server: ModelServer) -> None:
    async def ask() -> tuple[int, int]:
        text = "x" * 400
        async with anthropic_at(server) as claude, openai_at(server) as gpt:
            one = await claude.messages.count_tokens(model="claude-test", system=text, messages=HI)
            other = await gpt.responses.input_tokens.count(model="gpt-test", input=text)
        return one.input_tokens, other.input_tokens

    assert asyncio.run(ask()) == (101, 100)
    assert server.count() == 0


def test_decisions(model_server: type[ModelServer]) -> None:
    asked: Any = [
        {
            "type": "choice",
            "name": "q1",
            "instructions": "How often?",
            "choices": [{"value": "1"}, {"value": "2"}, {"value": "3"}],
        },
        {"type": "predicate", "name": "q2", "instructions": "They vote."},
        {
            "type": "score",
            "name": "q3",
            "instructions": "How satisfied?",
            "levels": [{"label": "not"}, {"label": "very"}],
        },
        {"type": "predicate", "name": "q4", "instructions": "They lie."},
    ]

    async def ask(server: ModelServer) -> Any:
        async with openai_at(server) as gpt:
            return await gpt.decisions.create(model="gpt-6-luna", input="A man", questions=asked)

    def brain(body: dict[str, Any]) -> dict[str, Any]:
        return {"q1": {"1": 0.2, "2": 0.7, "3": 0.1}, "q4": None}

    with model_server(brain=brain) as server:
        choice, predicate, score, refusal = asyncio.run(ask(server)).answers
        assert server.count("/v1/decisions") == 1
    assert (choice.choice, choice.confidence) == ("2", 0.7)
    assert [option.probability for option in choice.probabilities] == [0.2, 0.7, 0.1]
    assert 0 <= predicate.probability <= 1
    assert sum(level.probability for level in score.probabilities) == pytest.approx(1)
    assert (refusal.type, refusal.name) == ("refusal", "q4")


def test_other_homes_of_the_same_models(server: ModelServer) -> None:
    import anthropic
    import openai

    async def ask() -> list[str]:
        async with (
            openai.AsyncAzureOpenAI(
                azure_endpoint=server.url, api_key="k", api_version="2026-01-01", max_retries=0
            ) as azure,
            anthropic.AsyncAnthropicBedrock(
                base_url=server.url,
                aws_access_key="k",
                aws_secret_key="s",
                aws_region="eu-west-1",
                max_retries=0,
            ) as bedrock,
            anthropic.AsyncAnthropicVertex(
                base_url=server.openai_url,
                access_token="t",
                project_id="p",
                region="r",
                max_retries=0,
            ) as vertex,
        ):
            return [
                (await azure.chat.completions.create(model="mine", messages=HI)).model,
                (await message(bedrock, "anthropic.claude-test-v1:0")).model,
                (await message(vertex, "claude-test@1")).model,
            ]

    assert asyncio.run(ask()) == ["mine", "anthropic.claude-test-v1:0", "claude-test@1"]
    assert server.count() == 3
    assert server.count("/openai/deployments/mine/chat/completions") == 1
