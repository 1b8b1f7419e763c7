"""Anthropic's Messages API, through the SDK's client."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar

from ..cards import ModelCard
from ..chat import BatchApi, Completion, Format, Request, Stop, Usage
from ..failures import CallError, Failure
from ..keys import PLACEHOLDER, find_key, find_secret, no_key
from ..scrub import scrub
from ..specs import ModelOptions, Target
from .base import HttpModel, tokens_in
from .headers import limits_of
from .verifying import model_entry

__all__ = ["MOST_TOKENS", "AnthropicModel", "body_of", "completion_of"]

MESSAGES = "/v1/messages"
COUNT = "/v1/messages/count_tokens"
MODELS = "/v1/models"

MOST_TOKENS = 21_333
"""Most tokens of output in one call that is not streamed; the SDK refuses to make longer ones
(2.12.0, `_calculate_nonstreaming_timeout`: 128,000 tokens in an hour, ten minutes at most)."""

_STOPS = {
    "end_turn": Stop.COMPLETE,
    "stop_sequence": Stop.COMPLETE,
    "tool_use": Stop.COMPLETE,
    "pause_turn": Stop.COMPLETE,
    "max_tokens": Stop.LENGTH,
    "model_context_window_exceeded": Stop.CONTEXT,
    "refusal": Stop.REFUSED,
}
_THINKING_TYPES = frozenset({"disabled", "between_tools"})


class AnthropicModel(HttpModel):
    """A Claude model at Anthropic, or at a gateway that speaks its protocol."""

    sdk: ClassVar[str] = "anthropic"

    def __init__(self, target: Target, options: ModelOptions) -> None:
        elsewhere = target.at or os.environ.get("ANTHROPIC_BASE_URL", "").strip()
        key = find_key("anthropic", elsewhere)
        self._token = find_secret(("ANTHROPIC_AUTH_TOKEN",), elsewhere) if key is None else None
        self._open = bool(elsewhere)
        if key is None and not self._token and not self._open and options.key_needed:
            raise no_key("anthropic")
        super().__init__(
            target, options, base_url=elsewhere or "https://api.anthropic.com", key=key
        )

    @property
    def batches(self) -> BatchApi | None:
        """Message Batches, where the model takes them."""
        if not self.card.batch:
            return None
        from .anthropic_batches import AnthropicBatches

        return AnthropicBatches(self.client(), self.card)

    async def complete(self, request: Request) -> Completion:
        """Make one call.

        Raises:
            CallError: There is no completion; its kind says what to do.
        """
        payload, headers = await self._payload(MESSAGES, body_of(request, self.card))
        return completion_of(payload, headers, where=self.spec)

    async def count(self, request: Request) -> int | None:
        """Input tokens by Anthropic's free counter; None without a key.

        Raises:
            CallError: The counter could not be asked.
        """
        if not self._has_credentials():
            return None
        body = body_of(request, self.card)
        body.pop("max_tokens")
        payload, _ = await self._payload(COUNT, body)
        tokens = payload.get("input_tokens")
        if not isinstance(tokens, int):
            raise CallError(Failure.GARBLED, "the counter gave no number", where=self.spec)
        return tokens

    async def verify(self) -> None:
        """Ask, at no cost, whether the model exists and the key is accepted.

        What is said of a model that is not in the catalogue is taken into its card.

        Raises:
            UnknownNameError: There is no such model; with the nearest there are.
            CallError: The server cannot be reached, or does not accept the key.
        """
        entry = await model_entry(self, MODELS)
        if entry is not None and not self.card.known:
            self._card = _described(self.card, entry)

    def _has_credentials(self) -> bool:
        return bool(self._key or self._token or self._open)

    def _make_client(self, sdk: ModuleType, options: dict[str, Any]) -> Any:
        if not self._has_credentials():
            raise self._keyless()
        key = None if self._token else self._key or PLACEHOLDER
        return sdk.AsyncAnthropic(
            api_key=key, auth_token=self._token, base_url=self._base_url, **options
        )


def body_of(request: Request, card: ModelCard) -> dict[str, Any]:
    """Return the body of a Messages request, with nothing in it that the card says is rejected."""
    longest = min(card.max_output or MOST_TOKENS, MOST_TOKENS)
    body: dict[str, Any] = {
        "model": card.name,
        "max_tokens": max(1, min(request.max_tokens + card.headroom, longest)),
        "messages": [{"role": turn.role, "content": turn.text} for turn in request.turns],
    }
    texts = [text for text in (request.head.instructions, request.head.persona) if text]
    if texts:
        system: list[dict[str, Any]] = [{"type": "text", "text": text} for text in texts]
        if request.mark and card.caching == "marked":
            system[-1]["cache_control"] = {"type": "ephemeral"}
        body["system"] = system
    output: dict[str, Any] = {}
    if card.thinking in _THINKING_TYPES:
        body["thinking"] = {"type": card.thinking}
    elif card.thinking:
        output["effort"] = card.thinking
    if request.format is not None and card.structured:
        output["format"] = _format(request.format)
    if output:
        body["output_config"] = output
    return body


def completion_of(
    payload: Mapping[str, Any], headers: Mapping[str, str], *, where: str = ""
) -> Completion:
    """Return what a Messages answer says.

    Args:
        payload: The JSON of the answer, or of one result of a batch.
        headers: Its headers; {} for a batch.
        where: The model, for error messages.

    Raises:
        CallError: It is no Messages answer.
    """
    content, counts = payload.get("content"), payload.get("usage")
    if not isinstance(content, list) or not isinstance(counts, dict):
        raise CallError(
            Failure.GARBLED,
            "the answer has no content or no usage",
            where=where,
            limits=limits_of(headers),
        )
    details = payload.get("stop_details")
    note = ""
    if isinstance(details, dict):
        note = str(details.get("explanation") or details.get("category") or "")
    read = tokens_in(counts, "cache_read_input_tokens")
    written = tokens_in(counts, "cache_creation_input_tokens")
    return Completion(
        # Blocks of thinking are not part of the answer; their text is empty or a summary.
        text="".join(
            str(block.get("text") or "")
            for block in content
            if isinstance(block, dict) and block.get("type") == "text"
        ),
        stop=_STOPS.get(str(payload.get("stop_reason")), Stop.COMPLETE),
        usage=Usage(
            input=tokens_in(counts, "input_tokens") + read + written,
            cache_read=read,
            cache_write=written,
            output=tokens_in(counts, "output_tokens"),
            thinking=tokens_in(counts.get("output_tokens_details"), "thinking_tokens"),
        ),
        model=str(payload.get("model") or ""),
        request_id=scrub(headers.get("request-id", "")),
        limits=limits_of(headers),
        note=scrub(note),
    )


def _format(wanted: Format) -> dict[str, Any]:
    return {"type": "json_schema", "schema": wanted.schema}


def _described(card: ModelCard, entry: Mapping[str, Any]) -> ModelCard:
    """A card for a model that only the provider describes (`GET /v1/models/NAME`)."""
    able = entry.get("capabilities")
    if not isinstance(able, Mapping):
        return card

    def supports(*path: str) -> bool:
        value: Any = able
        for key in (*path, "supported"):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value is True

    # A model that does not think takes "disabled" too.
    types = ("disabled", "between_tools")
    thinking = next((t for t in types if supports("thinking", "types", t)), "")
    if not thinking and supports("effort", "low"):
        thinking = "low"
    return dataclasses.replace(
        card,
        context=tokens_in(entry, "max_input_tokens") or None,
        max_output=tokens_in(entry, "max_tokens") or None,
        structured=supports("structured_outputs"),
        batch=supports("batch"),
        images=supports("image_input"),
        thinking=thinking,
        headroom=4096 if thinking == "low" else 0,
    )
