"""Handing batches over to the provider, with every attempt in the ledger before and after."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final

from ...data.errors import UnderstudyError
from .askings import Asking
from .batch_bills import batch_detail
from .batch_files import FindsBatches
from .bills import intent
from .chat import AttemptSink, BatchApi, ChatModel
from .failures import CallError, Failure
from .parcels import custom_ids

__all__ = ["Submitting", "write_down"]

MOST_TRIES: Final = 6
"""How often a batch that the provider does not take for the moment is handed over."""
FIRST_RETRY: Final = 1.0
LONGEST_RETRY: Final = 60.0
"""Seconds between those tries; doubled each time."""
SEARCH_PAUSES: Final = (5.0, 15.0, 60.0)
"""Seconds before each search for a batch that may have been created without our being told."""
AT_ONCE: Final = 2_000
"""Attempts written to the ledger at a time."""


class Submitting:
    """Submits requests, one batch at a time.

    What is handed over together is a parcel: its attempts bear its name in the ledger, and their
    custom ids bear it at the provider. One parcel never becomes two batches, so that a batch whose
    id was lost with the process can be found, and is never taken for another.

    Args:
        model: Whose requests they are.
        api: Its batch interface.
        taken: Told of every batch created, before its id is written down (custom id → who waits).
        refused: Told of every attempt that the provider did not take.
        known: Says which batches are known already.
    """

    def __init__(
        self,
        model: ChatModel,
        api: BatchApi,
        *,
        taken: Callable[[str, Mapping[str, Asking]], None],
        refused: Callable[[Asking, CallError], Awaitable[None]],
        known: Callable[[], Collection[str]],
    ) -> None:
        self._model = model
        self._api = api
        self._taken = taken
        self._refused = refused
        self._known = known
        # One at a time: a batch may be hundreds of megabytes on its way.
        self._turn = asyncio.Lock()
        self._closed = False

    def close(self) -> None:
        """Begin nothing more; what is on its way may arrive."""
        self._closed = True

    async def submit(self, askings: Sequence[Asking]) -> list[str]:
        """Begin the attempts, create a batch of them and write down where each of them is.

        Returns:
            Ids of the batches created: none if nobody waits any more or there is no money, two or
            more if the provider took them only in parts.

        Raises:
            LedgerError: Something could not be written.
        """
        async with self._turn:
            return await self._submit(askings)

    async def _submit(self, askings: Sequence[Asking]) -> list[str]:
        unsent: set[Asking] = set()
        try:
            begun = await self._begin(askings, unsent)
            batch = await self._created(begun, unsent) if begun else None
        except CallError as error:
            if error.kind is not Failure.TOO_LONG or len(begun) == 1:
                for asking in begun:
                    await self._refused(asking, error)
                return []
            for asking in begun:
                detail = batch_detail(self._model, error)
                await asking.sink.end(asking.attempt, error.kind.value, detail)
            half = len(begun) // 2
            return [*await self._submit(begun[:half]), *await self._submit(begun[half:])]
        finally:
            for asking in unsent:
                # Nothing can have been billed.
                await asking.sink.end(asking.attempt, "withdrawn", {})
        if batch is None:
            return []
        for asking in begun:
            asking.batches += 1
        self._taken(batch, {asking.custom_id: asking for asking in begun})
        await write_down(
            [(asking.sink, asking.attempt, asking.custom_id) for asking in begun], batch
        )
        return [batch]

    async def _begin(self, askings: Sequence[Asking], unsent: set[Asking]) -> list[Asking]:
        """Write the attempts; returns those that may be made and are still wanted."""
        parcel = secrets.token_hex(8)
        names = custom_ids([asking.request.digest for asking in askings], parcel)
        for name, asking in zip(names, askings, strict=True):
            asking.custom_id = name
        for start in range(0, len(askings), AT_ONCE):
            if not self._closed:
                some = askings[start : start + AT_ONCE]
                await asyncio.gather(*(self._begin_one(asking, parcel, unsent) for asking in some))
        if self._closed:
            return []
        return [asking for asking in askings if asking in unsent and not asking.answer.done()]

    async def _begin_one(self, asking: Asking, parcel: str, unsent: set[Asking]) -> None:
        if asking.answer.done():
            return
        detail = intent(self._model, asking.request, asking.expected, asking.tries + 1)
        if detail["expected"] is not None and (prices := self._model.card.prices):
            detail["expected"] *= prices.batch
        detail["parcel"] = parcel
        detail["custom_id"] = asking.custom_id
        try:
            asking.attempt = await asking.sink.begin(detail)
        except UnderstudyError as error:
            asking.fail(error)
        else:
            asking.tries += 1
            unsent.add(asking)

    async def _created(self, askings: Sequence[Asking], unsent: set[Asking]) -> str | None:
        """Create a batch; returns its id, None if it is no longer wanted.

        Raises:
            CallError: It was not taken.
        """
        pairs = [(asking.custom_id, asking.request) for asking in askings]
        tries, pause, since = 0, FIRST_RETRY, time.time()
        while not self._closed:
            tries += 1
            unsent.difference_update(askings)
            try:
                return await self._api.submit(pairs)
            except CallError as error:
                if error.kind.maybe_billed:
                    # It may be there, and must not be there twice.
                    found = await self._searched([name for name, _ in pairs], since)
                    if found is not None:
                        return found
                    raise
                if not error.kind.retryable or tries == MOST_TRIES:
                    raise
                unsent.update(askings)
                await asyncio.sleep(max(pause, error.retry_after or 0.0))
                pause = min(2 * pause, LONGEST_RETRY)
        return None

    async def find(self, custom_ids: Collection[str], since: float) -> str | None:
        """Return the id of a batch of these requests that nobody could write down, if there is one.

        Args:
            custom_ids: All that would be in it.
            since: When it was handed over, in seconds since 1970.

        Raises:
            CallError: The provider could not be asked.
        """
        if not isinstance(self._api, FindsBatches):
            return None
        return await self._api.find(set(custom_ids), since, self._known())

    async def _searched(self, custom_ids: Collection[str], since: float) -> str | None:
        for pause in SEARCH_PAUSES:
            await asyncio.sleep(pause)
            try:
                return await self.find(custom_ids, since)
            except CallError as error:
                if not error.kind.retryable:
                    return None
        return None


async def write_down(attempts: Sequence[tuple[AttemptSink, int, str]], batch: str) -> None:
    """Record that attempts (sink, number, custom id) now wait in a batch."""
    for start in range(0, len(attempts), AT_ONCE):
        await asyncio.gather(
            *(
                sink.submitted(attempt, batch, custom_id)
                for sink, attempt, custom_id in attempts[start : start + AT_ONCE]
            )
        )
