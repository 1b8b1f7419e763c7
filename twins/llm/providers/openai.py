"""OpenAI's Chat Completions and Decisions, and every server that speaks the former."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar

from ..cards import ModelCard
from ..chat import BatchApi, Completion, Request, Stop, Usage
from ..failures import CallError, Failure
from ..keys import PLACEHOLDER, find_key, no_key
from ..scrub import scrub
from ..specs import ModelOptions, Target
from .base import HttpModel, tokens_in
from .errors import filtered, payload_of
from .headers import limits_of
from .verifying import model_entry

__all__ = ["OpenAIModel", "body_of", "completion_of", "decision_of", "questions_of"]

CHAT = "/chat/completions"
DECISIONS = "/decisions"
COUNT = "/responses/input_tokens"
MODELS = "/models"

MOST_LOGPROBS = 20
"""Most alternatives per token (openai 3.54.0, `top_logprobs`)."""

_STOPS = {
    "stop": Stop.COMPLETE,
    "tool_calls": Stop.COMPLETE,
    "length": Stop.LENGTH,
    "content_filter": Stop.FILTERED,
}


class OpenAIModel(HttpModel):
    """A model at OpenAI, or behind a base URL: Ollama, vLLM, llama.cpp, OpenRouter."""

    sdk: ClassVar[str] = "openai"
    request_options: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"security": {"bearer_auth": True}}
    )

    def __init__(self, target: Target, options: ModelOptions) -> None:
        elsewhere = target.at or os.environ.get("OPENAI_BASE_URL", "").strip()
        key = find_key("openai", elsewhere)
        self._open = bool(elsewhere)
        if key is None and not self._open and options.key_needed:
            raise no_key("openai")
        super().__init__(
            target, options, base_url=elsewhere or "https://api.openai.com/v1", key=key
        )

    @property
    def batches(self) -> BatchApi | None:
        """The Batch API, where the model takes it."""
        if not self.card.batch:
            return None
        from .openai_batches import OpenAIBatches

        return OpenAIBatches(self.client(), self.card)

    async def complete(self, request: Request) -> Completion:
        """Make one call: to the decisions endpoint if the request has choices, else a chat.

        Raises:
            CallError: There is no completion; its kind says what to do.
        """
        if request.choices:
            if not self.card.decisions:
                raise CallError(
                    Failure.REJECTED, "the model has no decisions endpoint", where=self.spec
                )
            payload, headers = await self._payload(DECISIONS, questions_of(request, self.card))
            return decision_of(payload, headers, request, where=self.spec)
        outcome = await self._send(CHAT, body_of(request, self.card))
        if isinstance(outcome, Exception):
            withheld = filtered(outcome, self.module())
            if withheld is not None:
                return withheld
            raise self._failure(outcome)
        payload = payload_of(*outcome, where=self.spec)
        return completion_of(payload, outcome[1], where=self.spec)

    async def count(self, request: Request) -> int | None:
        """Input tokens by OpenAI's free counter; None elsewhere, and without a key.

        Raises:
            CallError: The counter could not be asked.
        """
        if self._key is None or self.card.compatible or self.card.provider != "openai":
            return None
        text = _head(request)
        body: dict[str, Any] = {
            "model": self.card.name,
            "input": [{"role": turn.role, "content": turn.text} for turn in request.turns],
        }
        if text:
            body["instructions"] = text
        if request.format is not None and self.card.structured:
            schema = {"name": request.format.name, "schema": request.format.schema, "strict": True}
            body["text"] = {"format": {"type": "json_schema", **schema}}
        payload, _ = await self._payload(COUNT, body)
        tokens = payload.get("input_tokens")
        if not isinstance(tokens, int):
            raise CallError(Failure.GARBLED, "the counter gave no number", where=self.spec)
        return tokens

    async def verify(self) -> None:
        """Ask, at no cost, whether the model exists and the key is accepted.

        Raises:
            UnknownNameError: There is no such model; with the nearest there are.
            CallError: The server cannot be reached, or does not accept the key.
        """
        await model_entry(self, MODELS)

    def _make_client(self, sdk: ModuleType, options: dict[str, Any]) -> Any:
        if self._key is None and not self._open:
            raise self._keyless()
        return sdk.AsyncOpenAI(api_key=self._key or PLACEHOLDER, base_url=self._base_url, **options)


def body_of(request: Request, card: ModelCard) -> dict[str, Any]:
    """Return the body of a chat, with nothing in it that the card says is rejected."""
    longest = request.max_tokens + card.headroom
    if card.max_output is not None:
        longest = min(longest, card.max_output)
    marked = card.caching == "marked" and not card.compatible
    messages: list[dict[str, Any]] = [
        {"role": turn.role, "content": turn.text} for turn in request.turns
    ]
    if head := _head(request):
        content: Any = head
        if marked and request.mark:
            # From GPT-5.6 on a prefix is only found again at a breakpoint, and the one that is
            # set by itself stands at the end of the last message, which is never the same.
            part = {"type": "text", "text": head, "prompt_cache_breakpoint": {"mode": "explicit"}}
            content = [part]
        messages.insert(0, {"role": "system", "content": content})
    body: dict[str, Any] = {"model": card.name, "messages": messages}
    body["max_tokens" if card.compatible else "max_completion_tokens"] = max(1, longest)
    if marked:
        # Without it every prompt would be written to the cache whole, at a premium.
        body["prompt_cache_options"] = {"mode": "explicit"}
    if card.provider == "openai" and not card.compatible and head:
        body["prompt_cache_key"] = request.head.digest.hex()
    if card.thinking:
        body["reasoning_effort"] = card.thinking
    if request.format is not None and card.structured:
        schema = {"name": request.format.name, "strict": True, "schema": request.format.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.temperature is not None and card.sampling:
        body["temperature"] = request.temperature
    if request.top_logprobs > 0 and card.logprobs:
        body["logprobs"] = True
        body["top_logprobs"] = min(request.top_logprobs, MOST_LOGPROBS)
    return body


def questions_of(request: Request, card: ModelCard) -> dict[str, Any]:
    """Return the body of a request to the decisions endpoint."""
    said: list[dict[str, Any]] = [{"role": t.role, "content": t.text} for t in request.turns]
    if head := _head(request):
        said.insert(0, {"role": "system", "content": head})
    return {
        "model": card.name,
        "input": said,
        "prompt_cache_key": request.head.digest.hex(),
        "questions": [
            {
                "type": "choice",
                "name": question.name,
                "instructions": question.text,
                "choices": [
                    {"value": key, "description": label} for key, label in question.options
                ],
            }
            for question in request.choices
        ],
    }


def completion_of(
    payload: Mapping[str, Any], headers: Mapping[str, str], *, where: str = ""
) -> Completion:
    """Return what a chat's answer says.

    Args:
        payload: The JSON of the answer, or the body of one result of a batch.
        headers: Its headers; {} for a batch.
        where: The model, for error messages.

    Raises:
        CallError: It is no answer to a chat.
    """
    choices = payload.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise CallError(
            Failure.GARBLED, "the answer has no choices", where=where, limits=limits_of(headers)
        )
    refusal, text = message.get("refusal"), message.get("content")
    stop = _STOPS.get(str(choice.get("finish_reason")), Stop.COMPLETE)
    return Completion(
        text=str(text or refusal or ""),
        stop=Stop.REFUSED if refusal else stop,
        usage=_usage(payload.get("usage"), "prompt_tokens", "completion_tokens"),
        model=str(payload.get("model") or ""),
        first_token=_first_token(choice.get("logprobs")),
        request_id=scrub(headers.get("x-request-id", "")),
        limits=limits_of(headers),
        note=scrub(str(refusal or "")),
    )


def decision_of(
    payload: Mapping[str, Any], headers: Mapping[str, str], request: Request, *, where: str = ""
) -> Completion:
    """Return what the decisions endpoint answered; answers come in the order of the questions.

    Raises:
        CallError: It is no answer to these questions.
    """
    answers = payload.get("answers")
    if not isinstance(answers, list) or len(answers) != len(request.choices):
        raise CallError(
            Failure.GARBLED,
            f"there are not {len(request.choices)} answers to {len(request.choices)} questions",
            where=where,
            limits=limits_of(headers),
        )
    pairs = zip(request.choices, answers, strict=True)
    said = {question.name: _probabilities(answer) for question, answer in pairs}
    usage = _usage(payload.get("usage"), "input_tokens", "output_tokens")
    return Completion(
        text=json.dumps(said, ensure_ascii=False),
        stop=Stop.COMPLETE if any(p is not None for p in said.values()) else Stop.REFUSED,
        # Input is billed at its plain price here, output and cache at nothing (vercel.com and
        # openrouter.ai, gpt-6-luna-decisions, November 2026).
        usage=Usage(input=usage.input),
        model=str(payload.get("model") or ""),
        request_id=scrub(headers.get("x-request-id", "")),
        limits=limits_of(headers),
    )


def _head(request: Request) -> str:
    texts = (request.head.instructions, request.head.persona)
    return "\n\n".join(text for text in texts if text)


def _probabilities(answer: object) -> dict[str, float] | None:
    """Probability of every option of a choice; None for a refusal."""
    if not isinstance(answer, dict) or not isinstance(answer.get("probabilities"), list):
        return None
    return {
        str(option["value"]): float(option["probability"])
        for option in answer["probabilities"]
        if isinstance(option, dict)
        and isinstance(option.get("value"), str)
        and isinstance(option.get("probability"), int | float)
    }


def _first_token(logprobs: object) -> tuple[tuple[str, float], ...]:
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    first = tokens[0] if isinstance(tokens, list) and tokens else None
    if not isinstance(first, dict):
        return ()
    alternatives = first.get("top_logprobs")
    entries = [first, *(alternatives if isinstance(alternatives, list) else [])]
    return tuple(
        dict.fromkeys(
            (str(entry["token"]), float(entry["logprob"]))
            for entry in entries
            if isinstance(entry, dict)
            and isinstance(entry.get("token"), str)
            and isinstance(entry.get("logprob"), int | float)
        )
    )


def _usage(counts: object, read: str, written: str) -> Usage:
    """Tokens of an answer; servers that run at home may count none."""
    if not isinstance(counts, dict):
        return Usage()
    cached, thought = counts.get(f"{read}_details"), counts.get(f"{written}_details")
    return Usage(
        input=tokens_in(counts, read),
        cache_read=tokens_in(cached, "cached_tokens"),
        cache_write=tokens_in(cached, "cache_write_tokens"),
        output=tokens_in(counts, written),
        thinking=tokens_in(thought, "reasoning_tokens"),
    )
