"""Answers in the shapes of both protocols."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .brain import Draws, blocks, option_keys
from .caches import Billed, tokens_in
from .steps import Step

__all__ = ["anthropic_model", "chat", "decision", "message", "openai_model", "said_by"]

_STOPS = {
    "anthropic": {
        "complete": "end_turn",
        "length": "max_tokens",
        "context": "model_context_window_exceeded",
        "refused": "refusal",
        "filtered": "refusal",
    },
    "openai": {
        "complete": "stop",
        "length": "length",
        "context": "length",
        "refused": "stop",
        "filtered": "content_filter",
    },
}
_REFUSAL = "I cannot help with this request."
_TOKEN = re.compile(r"\s*\w{1,8}|\s*[^\w\s]|\s+")
_MOST_LOGPROB_TOKENS = 50


def said_by(step: Step, text: str, most_tokens: int | None) -> tuple[str, str]:
    """What the model says and why it stops, given what it would have said."""
    if step.text is not None:
        text = step.text
    stop = step.stop or "complete"
    if stop in {"length", "context"}:
        return text[: max(1, len(text) // 2)], stop
    if stop in {"refused", "filtered"}:
        return "", stop
    if most_tokens is not None and most_tokens < tokens_in(len(text)):
        return text[: 4 * most_tokens], "length"
    return text, stop


def message(
    body: Mapping[str, Any], step: Step, text: str, billed: Billed, number: int
) -> tuple[dict[str, Any], int]:
    """The body of a Messages answer, and its output tokens."""
    said, stop = said_by(step, text, body.get("max_tokens"))
    content: list[dict[str, Any]] = []
    if step.thinking:
        content.append({"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"})
    if said:
        content.append({"type": "text", "text": said})
    output = tokens_in(len(said)) + step.thinking
    usage: dict[str, Any] = {
        "input_tokens": billed.total - billed.read - billed.write_5m - billed.write_1h,
        "cache_creation_input_tokens": billed.write_5m + billed.write_1h,
        "cache_read_input_tokens": billed.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": billed.write_5m,
            "ephemeral_1h_input_tokens": billed.write_1h,
        },
        "output_tokens": output,
        "service_tier": "standard",
    }
    if step.thinking:
        usage["output_tokens_details"] = {"thinking_tokens": step.thinking}
    return {
        "id": f"msg_{number:012d}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "claude-test"),
        "content": [] if step.hollow else content,
        "stop_reason": _STOPS["anthropic"][stop],
        "stop_sequence": None,
        "stop_details": (
            {"type": "refusal", "category": "general_harms", "explanation": _REFUSAL}
            if stop in {"refused", "filtered"}
            else None
        ),
        "usage": usage,
    }, output


def chat(
    body: Mapping[str, Any], step: Step, text: str, billed: Billed, number: int
) -> tuple[dict[str, Any], int]:
    """The body of a chat completion, and its output tokens."""
    most = body.get("max_completion_tokens") or body.get("max_tokens")
    said, stop = said_by(step, text, most)
    refused = stop == "refused"
    choice = {
        "index": 0,
        "message": {
            "role": "assistant",
            "content": None if refused else said,
            "refusal": _REFUSAL if refused else None,
        },
        "finish_reason": _STOPS["openai"][stop],
        "logprobs": _logprobs(body, said) if body.get("logprobs") and not refused else None,
    }
    output = tokens_in(len(_REFUSAL if refused else said)) + step.thinking
    return {
        "id": f"chatcmpl-{number:012d}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model", "gpt-test"),
        "choices": [] if step.hollow else [choice],
        "usage": {
            "prompt_tokens": billed.total,
            "completion_tokens": output,
            "total_tokens": billed.total + output,
            "prompt_tokens_details": {
                "cached_tokens": billed.read,
                "cache_write_tokens": billed.write_5m,
                "audio_tokens": 0,
            },
            "completion_tokens_details": {
                "reasoning_tokens": step.thinking,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "system_fingerprint": "fp_test",
        "service_tier": "default",
    }, output


def _logprobs(body: Mapping[str, Any], said: str) -> dict[str, Any]:
    top = int(body.get("top_logprobs") or 0)
    texts = blocks(body)
    keys = option_keys(texts[-1] if texts else "")
    content = []
    for token in _TOKEN.findall(said)[:_MOST_LOGPROB_TOKENS]:
        others = keys if token in keys else ["The", "I", "Yes", "No"]
        # What was said comes first, its rivals share what it leaves.
        others = [other for other in others if other != token]
        shares = Draws(token.encode(), "\0".join(texts).encode("utf-8", "surrogatepass")).shares(
            len(others) + 1
        )
        shares.sort(reverse=True)
        ranked = list(zip([token, *others], shares, strict=True))
        content.append(
            _logprob(*ranked[0])
            | {"top_logprobs": [_logprob(other, share) for other, share in ranked[:top]]}
        )
    return {"content": content, "refusal": None}


def _logprob(token: str, share: float) -> dict[str, Any]:
    return {"token": token, "logprob": math.log(share), "bytes": list(token.encode())}


def decision(
    body: Mapping[str, Any], step: Step, said: Mapping[str, Any] | None, billed: Billed
) -> tuple[dict[str, Any], int]:
    """The body of a Decision, and its output tokens.

    Args:
        body: The request.
        step: How it is treated; stop "refused" refuses every question.
        said: Probabilities by name of question: of a predicate a number; of a choice or score a
            mapping from value or label to probability; None refuses. Questions not in it are
            answered by seed.
        billed: Input tokens.
    """
    salt = "\0".join(blocks(body)).encode("utf-8", "surrogatepass")
    answers: list[dict[str, Any]] = []
    for number, question in enumerate(body.get("questions", ())):
        name = question.get("name")
        given = (said or {}).get(name, ...)
        answers.append(
            {"type": "refusal", "name": name}
            if given is None or step.stop in {"refused", "filtered"}
            else _decided(question, given, Draws(salt, str(number).encode(), _told(question)))
        )
    output = len(answers)
    return {
        "model": body.get("model", "gpt-test"),
        "answers": [] if step.hollow else answers,
        "usage": {
            "input_tokens": billed.total,
            "input_tokens_details": {
                "cached_tokens": billed.read,
                "cache_write_tokens": billed.write_5m,
            },
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": billed.total + output,
        },
    }, output


def _told(question: Mapping[str, Any]) -> bytes:
    return json.dumps(question.get("instructions", "")).encode()


def _decided(question: Mapping[str, Any], given: Any, draws: Draws) -> dict[str, Any]:
    kind, name = question["type"], question.get("name")
    if kind == "predicate":
        share = draws.below(1001) / 1000 if given is ... else given
        return {"type": "predicate", "name": name, "probability": share}
    listed = question["choices"] if kind == "choice" else question["levels"]
    key = "value" if kind == "choice" else "label"
    values = [option[key] for option in listed]
    shares = _shares(values, given, draws)
    best = max(range(len(values)), key=shares.__getitem__)
    if kind == "choice":
        return {
            "type": "choice",
            "name": name,
            "choice": values[best],
            "confidence": shares[best],
            "probabilities": [
                {"value": value, "probability": share}
                for value, share in zip(values, shares, strict=True)
            ],
        }
    return {
        "type": "score",
        "name": name,
        "score": sum(at * share for at, share in enumerate(shares, start=1)),
        "confidence": shares[best],
        "probabilities": [
            {"label": label, "value": at, "probability": share}
            for at, (label, share) in enumerate(zip(values, shares, strict=True), start=1)
        ],
    }


def _shares(values: Sequence[Any], given: Any, draws: Draws) -> list[float]:
    if given is ...:
        return draws.shares(len(values))
    return [float(given.get(value, 0.0)) for value in values]


def anthropic_model(name: str, context: int) -> dict[str, Any]:
    """The body of a ModelInfo."""
    return {
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": context or 200_000,
        "max_tokens": 64_000,
    }


def openai_model(name: str, context: int) -> dict[str, Any]:
    """The body of a Model; vLLM adds the context window, so this does where one is set."""
    window = {"max_model_len": context} if context else {}
    return {"id": name, "object": "model", "created": 1, "owned_by": "test", **window}
