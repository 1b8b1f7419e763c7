"""What an attempt is recorded with: what it may cost before it is made, what it cost after."""

from __future__ import annotations

from typing import Any

from .chat import ChatModel, Completion, Request, Usage
from .failures import CallError

__all__ = ["bill", "intent", "loss"]


def intent(
    model: ChatModel, request: Request, expected: Usage | None, tries: int
) -> dict[str, Any]:
    """Return the detail of an attempt about to be made, for `AttemptSink.begin`.

    Args:
        model: Whom it is made to.
        request: What is asked.
        expected: What it will likely be billed for; estimated from lengths if None.
        tries: 1 for the first attempt at this request.
    """
    prices = model.card.prices
    return {
        "request": request.digest.hex(),
        "expected": prices.cost(expected or _estimate(request)) if prices else None,
        "model": model.spec,
        "try": tries,
    }


def bill(model: ChatModel, completion: Completion, seconds: float) -> dict[str, Any]:
    """Return the detail of an attempt that was answered, for `AttemptSink.end`."""
    usage = completion.usage
    prices = model.card.prices
    return {
        "input_tokens": usage.input,
        "cached_tokens": usage.cache_read,
        "output_tokens": usage.output,
        "cost": prices.cost(usage) if prices else 0.0,
        "cache_write_tokens": usage.cache_write,
        "request_id": completion.request_id,
        "stop": completion.stop.value,
        "model": completion.model,
        "seconds": round(seconds, 6),
    }


def loss(error: CallError, seconds: float) -> dict[str, Any]:
    """Return the detail of an attempt that failed, for `AttemptSink.end`.

    `billed` is "maybe" where the provider may have answered without our seeing it.
    """
    detail: dict[str, Any] = {
        "input_tokens": 0,
        "cached_tokens": 0,
        "output_tokens": 0,
        "cost": 0.0,
        "error": error.what,
        "seconds": round(seconds, 6),
    }
    if error.kind.maybe_billed:
        detail["billed"] = "maybe"
    return detail


def _estimate(request: Request) -> Usage:
    """Usage of about four letters to a token and the longest answer allowed."""
    letters = len(request.head.instructions) + len(request.head.persona)
    letters += sum(len(turn.text) for turn in request.turns)
    letters += sum(len(str(choice)) for choice in request.choices)
    return Usage(input=letters // 4 + 1, output=request.max_tokens)
