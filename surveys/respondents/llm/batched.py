"""The way to a model through batches, and what earlier starts of a run left on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ....twins.llm.batching import BatchLine
from ...respondent import AttemptLog, LeftOver

if TYPE_CHECKING:
    from ....twins.llm.chat import ChatModel
    from ....twins.llm.line import Line
    from ....twins.llm.response_cache import ResponseCache

__all__ = ["batch_line"]


def batch_line(
    model: ChatModel,
    live: Line,
    cache: ResponseCache | None,
    left: LeftOver | None,
    *,
    wait: bool,
    poll: float,
) -> BatchLine:
    """Return a line through batches that nobody has asked anything yet.

    Args:
        model: Whom to ask.
        live: Who asks what batches cannot bring.
        cache: Where answers are looked up and kept; None for neither.
        left: What earlier starts left; None outside of fieldwork.
        wait: Whether to wait for results.
        poll: Seconds before a batch is asked after for the second time.
    """
    if left is None:
        return BatchLine(model, live=live, cache=cache, wait=wait, pause=poll)
    return BatchLine(
        model,
        live=live,
        cache=cache,
        open_batches=left.batches,
        ledger=_OfEarlierStarts(left.attempts),
        wait=wait,
        pause=poll,
        progress=_telling(left.tell),
    )


class _OfEarlierStarts:
    """The ledger for attempts that are begun already: they are only marked and ended."""

    def __init__(self, attempts: AttemptLog) -> None:
        self._attempts = attempts

    async def begin(self, detail: Mapping[str, Any]) -> int:  # noqa: ARG002
        raise RuntimeError("attempts of earlier starts are begun already")

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        await self._attempts.submitted(attempt, batch, custom_id)

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        await self._attempts.end(attempt, outcome, detail)


def _telling(say: Callable[[str], None]) -> Callable[[str, int, int], None]:
    """Tell people how far a batch is, whenever it has come further."""
    told: dict[str, int] = {}

    def tell(batch: str, finished: int, total: int) -> None:
        if told.get(batch) != finished:
            told[batch] = finished
            say(f"batch {batch}: {finished:,} of {total:,} requests finished")

    return tell
