"""How attempts that were put into batches end: in which word, and for how much."""

from __future__ import annotations

from typing import Any

from .batch_files import BatchGoneError, CancelledInBatchError
from .bills import bill, loss
from .chat import ChatModel, Completion, Stop
from .failures import CallError

__all__ = ["Outcome", "batch_detail", "batch_word"]

Outcome = Completion | CallError
"""What becomes of a request in a batch."""


def batch_word(outcome: Outcome) -> str:
    """How an attempt ended, for `AttemptSink.end`."""
    if isinstance(outcome, Completion):
        return "answered" if outcome.stop is Stop.COMPLETE else outcome.stop.value
    if isinstance(outcome, BatchGoneError):
        return "lost"
    if isinstance(outcome, CancelledInBatchError):
        return "cancelled"
    return outcome.kind.value


def batch_detail(model: ChatModel, outcome: Outcome) -> dict[str, Any]:
    """Return what an attempt is ended with, at batch prices."""
    if isinstance(outcome, Completion):
        detail = bill(model, outcome, 0.0)
        prices = model.card.prices
        detail["cost"] = prices.cost(outcome.usage, batch=True) if prices else 0.0
    else:
        detail = loss(outcome, 0.0)
        if isinstance(outcome, BatchGoneError):
            # It may have been answered for whoever the batch belonged to.
            detail["billed"] = "maybe"
    # How long it took in a batch says nothing.
    del detail["seconds"]
    return detail
