"""Batches at the provider: who waits for what in them, asking after them, taking their results."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .askings import Asking, BatchPendingError, Errands, down
from .batch_bills import Outcome
from .batch_files import BatchGoneError, CancelledInBatchError, FailedBatchError
from .chat import BatchApi, Completion
from .failures import CallError, Failure
from .parcels import digest_in

__all__ = ["FIRST_PAUSE", "OpenBatches"]

FIRST_PAUSE: Final = 5.0
"""Seconds before a batch is asked after for the second time."""
PAUSE_GROWTH: Final = 1.5
LONGEST_PAUSE: Final = 60.0
PATIENCE: Final = 3_600.0
"""Seconds of nothing but outages after which a batch is left for later."""

_OVER = (BatchGoneError, FailedBatchError, CancelledInBatchError)
"""What says of a whole batch that nothing more will come of it."""

Progress = Callable[[str, int, int], None]


@dataclass(eq=False, slots=True)
class _Batch:
    """A batch at the provider.

    Attributes:
        name: Its id.
        waiting: Custom id → who waits for it.
        unasked: Custom id → attempt that nobody waits for at present.
        arrived: Custom id → outcome of some of those.
        absent: What became of everything else, once all results have been taken.
        watched: Whether it is being asked after.
    """

    name: str
    waiting: dict[str, Asking] = field(default_factory=dict)
    unasked: dict[str, int] = field(default_factory=dict)
    arrived: dict[str, Outcome] = field(default_factory=dict)
    absent: CallError | None = None
    watched: bool = False


class OpenBatches:
    """The batches a run has at its provider.

    Args:
        api: The provider's batch interface.
        errands: Runs what happens in the background.
        deliver: Takes an outcome to who waits for it.
        keep: Keeps an answer that nobody waits for yet.
        shrink: Told how many requests were in a batch that the provider had no room for.
        wait: Whether to ask after batches until they are done, or only once.
        pause: Seconds before a batch is asked after for the second time.
        progress: Called with a batch's id, its finished requests and its requests.
    """

    def __init__(
        self,
        api: BatchApi,
        errands: Errands,
        *,
        deliver: Callable[[Asking, Outcome], Awaitable[None]],
        keep: Callable[[str, Completion], None],
        shrink: Callable[[int], None],
        wait: bool,
        pause: float,
        progress: Progress | None,
    ) -> None:
        self._api = api
        self._errands = errands
        self._deliver = deliver
        self._keep = keep
        self._shrink = shrink
        self._wait = wait
        self._pause = pause
        self._progress = progress
        self._batches: dict[str, _Batch] = {}
        self._unasked: defaultdict[str, deque[tuple[_Batch, str]]] = defaultdict(deque)
        self._places: dict[Asking, tuple[_Batch, str]] = {}

    @property
    def pending(self) -> dict[str, int]:
        """Batch id → requests that wait in it, whether somebody asks for them or not."""
        counts = {
            batch.name: len(batch.waiting) + len(batch.unasked.keys() - batch.arrived.keys())
            for batch in self._batches.values()
            if batch.absent is None
        }
        return {name: count for name, count in counts.items() if count}

    @property
    def names(self) -> list[str]:
        """Ids of all batches."""
        return list(self._batches)

    @property
    def waiting(self) -> list[Asking]:
        """All who wait."""
        return list(self._places)

    def adopt(self, name: str, attempts: Mapping[str, int]) -> None:
        """Take over a batch that an earlier process submitted (custom id → attempt)."""
        batch = self._batches.setdefault(name, _Batch(name))
        for custom_id, attempt in attempts.items():
            self._leave(batch, custom_id, attempt)

    def add(self, name: str, waiting: Mapping[str, Asking]) -> None:
        """Take note of a batch just submitted (custom id → who waits)."""
        batch = self._batches[name] = _Batch(name)
        self._tell(name, 0, len(waiting))
        for custom_id, asking in waiting.items():
            if asking.answer.done():
                self._leave(batch, custom_id, asking.attempt)
            else:
                self._seat(batch, custom_id, asking)

    def claim(self, asking: Asking) -> bool:
        """Let somebody wait for a request that is in a batch already; whether there is one."""
        held = self._unasked.get(asking.request.digest.hex())
        if not held:
            return False
        batch, custom_id = held.popleft()
        asking.attempt = batch.unasked.pop(custom_id)
        asking.batches = asking.tries = 1
        self._seat(batch, custom_id, asking)
        outcome = batch.arrived.pop(custom_id, batch.absent)
        if outcome is None:
            self.watch(batch.name)
        else:
            self._errands.start(self._hand_out(batch, custom_id, outcome), lambda: [asking])
        return True

    def abandon(self, asking: Asking) -> None:
        """Nobody waits for it any more; the next who asks the same takes its place."""
        place = self._places.pop(asking, None)
        if place is not None:
            batch, custom_id = place
            del batch.waiting[custom_id]
            self._leave(batch, custom_id, asking.attempt)

    def watch(self, name: str) -> None:
        """Begin to ask after a batch, if that has not begun."""
        batch = self._batches[name]
        if not batch.watched:
            batch.watched = True
            self._errands.start(self._watch(batch), lambda: batch.waiting.values())

    async def look(self) -> None:
        """Ask once after every batch that nobody waits in; take the results of those that ended.

        Raises:
            CallError: The provider could not be asked.
        """
        for batch in list(self._batches.values()):
            if batch.unasked and not batch.watched and batch.absent is None:
                try:
                    if (await self._api.status(batch.name)).ended:
                        await self._take(batch)
                except _OVER as error:
                    await self._give_up(batch, error)

    def take_unclaimed(self) -> list[tuple[int, Outcome]]:
        """Take the attempts that nobody asked for and whose outcome is known, with the outcome."""
        found: list[tuple[int, Outcome]] = []
        for batch in self._batches.values():
            for custom_id, attempt in list(batch.unasked.items()):
                outcome = batch.arrived.pop(custom_id, batch.absent)
                if outcome is not None:
                    del batch.unasked[custom_id]
                    self._unasked[digest_in(custom_id)].remove((batch, custom_id))
                    found.append((attempt, outcome))
        return found

    def _seat(self, batch: _Batch, custom_id: str, asking: Asking) -> None:
        batch.waiting[custom_id] = asking
        self._places[asking] = (batch, custom_id)

    def _leave(self, batch: _Batch, custom_id: str, attempt: int) -> None:
        batch.unasked[custom_id] = attempt
        self._unasked[digest_in(custom_id)].append((batch, custom_id))

    async def _watch(self, batch: _Batch) -> None:
        """Ask after a batch until it has ended, then take its results."""
        pause = self._pause
        clock = asyncio.get_running_loop().time
        well = clock()
        try:
            while True:
                try:
                    status = await self._api.status(batch.name)
                    self._tell(batch.name, status.finished, status.total)
                    if status.ended:
                        await self._take(batch)
                        return
                    well = clock()
                except _OVER as error:
                    await self._give_up(batch, error)
                    return
                except CallError as error:
                    if not error.kind.retryable:
                        raise down(error) from None
                    if clock() - well > PATIENCE or not self._wait:
                        raise BatchPendingError(
                            {batch.name: len(batch.waiting)},
                            f"the provider could not be asked ({error.what})",
                        ) from error
                    pause = max(pause, error.retry_after or 0.0)
                if not self._wait:
                    return
                await asyncio.sleep(pause)
                pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE)
        finally:
            batch.watched = False

    async def _take(self, batch: _Batch) -> None:
        """Hand out the results of an ended batch."""
        results = self._api.results(batch.name)
        ours = False
        try:
            async for custom_id, outcome in results:
                ours |= custom_id in batch.waiting or custom_id in batch.unasked
                await self._hand_out(batch, custom_id, outcome)
        finally:
            if isinstance(results, AsyncGenerator):
                # Not whenever it is collected: it holds a connection.
                await results.aclose()
        # A batch that was only taken for ours says so by holding nothing of ours at all.
        what = f"the results of batch {batch.name} hold nothing for this request"
        absent = CallError(Failure.DROPPED, what) if ours else BatchGoneError(batch.name)
        await self._give_up(batch, absent)

    async def _give_up(self, batch: _Batch, error: CallError) -> None:
        """Say that nothing more will come of a batch."""
        if isinstance(error, FailedBatchError) and error.kind is Failure.RATE_LIMITED:
            self._shrink(len(batch.waiting) + len(batch.unasked))
        batch.absent = error
        for custom_id in list(batch.waiting):
            await self._hand_out(batch, custom_id, error)

    def _tell(self, name: str, finished: int, total: int) -> None:
        if self._progress is not None:
            self._progress(name, finished, total)

    async def _hand_out(self, batch: _Batch, custom_id: str, outcome: Outcome) -> None:
        asking = batch.waiting.get(custom_id)
        if asking is not None:
            # Taken out first: who stops waiting meanwhile must not have the outcome twice.
            del batch.waiting[custom_id]
            del self._places[asking]
            handed_out = False
            try:
                await self._deliver(asking, outcome)
                handed_out = True
            finally:
                if not handed_out:
                    self._seat(batch, custom_id, asking)
        elif custom_id in batch.unasked:
            batch.arrived[custom_id] = outcome
            if isinstance(outcome, Completion):
                self._keep(digest_in(custom_id), outcome)
