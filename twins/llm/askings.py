"""Who waits for answers out of batches, and how they are told that there is none."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...data.errors import AnswersPendingError
from .chat import AttemptSink, Request, Usage
from .failures import CallError
from .line import Answered, LineDownError

__all__ = ["Asking", "BatchPendingError", "Errands", "down", "elsewhere"]


class BatchPendingError(AnswersPendingError):
    """Requests wait in batches at the provider; nothing is wrong, and the run is resumable.

    Args:
        batches: Batch id → requests that wait in it.
        why: What else there is to say, without a final full stop.
    """

    def __init__(self, batches: Mapping[str, int], why: str = "") -> None:
        self.batches = dict(batches)
        count = sum(self.batches.values())
        names = list(self.batches)
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        super().__init__(
            f"{count:,} request{' waits' if count == 1 else 's wait'} in "
            f"{'the batch' if len(names) == 1 else 'the batches'} {listed}"
            + (f"; {why}" if why else ""),
            remedy="collect the answers later by the same command, or by: understudy resume RUN",
        )


def elsewhere(pending: Mapping[str, int], why: str = "") -> AnswersPendingError:
    """What somebody is told who will not get an answer from this process."""
    if pending:
        return BatchPendingError(pending, why)
    return AnswersPendingError(
        f"some requests are in no batch yet{f': {why}' if why else ''}",
        remedy="go on later by the same command, or by: understudy resume RUN",
    )


@dataclass(eq=False, slots=True)
class Asking:
    """Somebody who waits for the answer to a request.

    Attributes:
        request: The request.
        sink: Where its attempts are written.
        expected: What it will likely be billed for, None if nobody said.
        answer: What is waited for.
        attempt: Number of the attempt under way.
        custom_id: What it is called in its batch.
        batches: How many batches the request has been in.
        tries: Attempts made for it.
    """

    request: Request
    sink: AttemptSink
    expected: Usage | None
    answer: asyncio.Future[Answered]
    attempt: int = 0
    custom_id: str = ""
    batches: int = 0
    tries: int = 0

    def give(self, answered: Answered) -> None:
        """Hand over the answer, if somebody still waits for it."""
        if not self.answer.done():
            self.answer.set_result(answered)

    def fail(self, error: BaseException) -> None:
        """Tell who waits, if somebody still does."""
        if not self.answer.done():
            self.answer.set_exception(error)


def down(error: CallError) -> LineDownError:
    """The same, as what stops a run: nothing that waits is to be recorded as failed."""
    return LineDownError(
        error.kind,
        error.what,
        retry_after=error.retry_after,
        limits=error.limits,
        where=error.where,
        remedy=error.remedy,
    )


class Errands:
    """Tasks in the background, whose failure is told to those who wait for what they bring."""

    def __init__(self, idle: Callable[[], None]) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = idle

    def start(
        self, work: Coroutine[Any, Any, None], waiting: Callable[[], Iterable[Asking]]
    ) -> asyncio.Task[None]:
        """Start a task; `waiting` says at its end who is told if it failed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(functools.partial(self._ended, waiting))
        return task

    async def stop(self) -> None:
        """Cancel all that is left and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, waiting: Callable[[], Iterable[Asking]], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            for asking in list(waiting()):
                asking.answer.cancel()
        elif (error := task.exception()) is not None:
            for asking in list(waiting()):
                asking.fail(error)
        if not self._tasks:
            self._idle()
