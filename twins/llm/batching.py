"""Asking a model through its provider's batch interface: cheaper, within a day."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ...data.errors import ProviderError, RequestError, RunError
from .batch_files import BatchGoneError, CancelledInBatchError, FailedBatchError
from .bills import bill, loss
from .chat import AttemptSink, BatchApi, ChatModel, Completion, Head, Request, Stop, Usage
from .failures import CallError, Failure
from .line import Answered
from .open_batches import Asking, BatchPendingError, Errands, OpenBatches, Outcome, down
from .parcels import Parcel, Scales
from .submitting import Submitting, write_down

if TYPE_CHECKING:
    from .line import Line
    from .response_cache import ResponseCache, Shelf

__all__ = ["BatchLine", "BatchPendingError"]

GRACE: Final = 0.25
"""Seconds without a new request after which those collected are submitted."""
MOST_BATCHES: Final = 3
"""A request that came out of as many batches without an outcome of its own is asked live."""
ROOM_PAUSE: Final = 300.0
"""Seconds before requests are submitted again that the provider had no room for."""
DRAIN: Final = 4.0
"""Seconds that closing waits for a batch that is being handed over."""


class BatchLine:
    """Collects requests and asks them in batches; stands where a `Line` stands.

    Everybody who asks waits until their own request has its answer. When nobody has asked anything
    new for a moment, or a batch is full, what was collected is submitted. Results that the
    provider could not bring about within a day are asked for live, invalid requests fail alone.

    It belongs to one event loop. Nothing is lost with the process: an attempt is in the ledger
    before its batch is created, and the batch's id as soon as it exists; a later process gets them
    as `open_batches` and waits for them instead of asking again.

    Args:
        model: Whom to ask.
        live: Who asks what batches cannot bring.
        cache: Answers of earlier times, consulted first and filled; None for none.
        open_batches: Batches of earlier processes: batch id → custom id → number of the attempt.
        ledger: Where attempts of theirs are ended that nobody asked for again.
        wait: Whether to wait for batches until they are done. Otherwise they are only submitted,
            or asked after once, and everybody who waits is told with a `BatchPendingError`.
        grace: Seconds without a new request after which those collected are submitted.
        progress: Called with a batch's id, its finished requests and its requests.

    Raises:
        RequestError: The model cannot be asked in batches.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        live: Line,
        cache: ResponseCache | None = None,
        open_batches: Mapping[str, Mapping[str, int]] | None = None,
        ledger: AttemptSink | None = None,
        wait: bool = True,
        grace: float = GRACE,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        if model.batches is None:
            raise RequestError(
                f"{model.spec} cannot be asked in batches", remedy="run without --batch"
            )
        self._api: BatchApi = model.batches
        self.model = model
        self._live = live
        self._shelf: Shelf | None = cache.shelf(model) if cache else None
        self._ledger = ledger
        self._wait = wait
        self._grace = grace
        self._most_requests = self._api.most_requests
        self._scales = Scales()
        self._filling: Parcel[Asking] = self._parcel()
        self._arrivals = 0
        self._quiet: asyncio.Task[None] | None = None
        self._handing: set[asyncio.Task[None]] = set()
        self._asked: dict[bytes, Asking] = {}
        self._closed = False
        self._answers = 0
        self._hits = 0
        self._errands = Errands(self._idle)
        self._open = OpenBatches(
            self._api,
            self._errands,
            deliver=self._deliver,
            keep=self._keep,
            shrink=self._shrink,
            wait=wait,
            progress=progress,
        )
        self._submitting = Submitting(model, self._api, taken=self._open.add, refused=self._refused)
        self.reattach(open_batches or {})

    @property
    def facts(self) -> Mapping[str, int | float]:
        """What has happened so far: the figures of `Line.facts` for what was asked live, to which
        answers out of batches and the cache are added; batches submitted (`batches`) and requests
        in them (`batched`).
        """
        live = self._live.facts
        return {
            **live,
            "answers": live["answers"] + self._answers,
            "cache_hits": live["cache_hits"] + self._hits,
            "batches": self._submitting.batches,
            "batched": self._submitting.requests,
        }

    async def ask(
        self,
        request: Request,
        sink: AttemptSink,
        *,
        expected: Usage | None = None,
        store: bool = True,
    ) -> Answered:
        """Ask, and return when the answer is there; as `Line.ask`.

        Args:
            request: What to ask.
            sink: Where attempts are written.
            expected: What it will likely be billed for; estimated from lengths if None.
            store: Whether to put a complete answer in the cache at once; `keep` does it later.

        Raises:
            LineDownError: Nobody gets an answer; nothing is to be recorded as failed.
            CallError: There is no answer to this request.
            BatchPendingError: It waits in a batch, and this process does not.
            BudgetReachedError: From the sink: there is no money for it.
            UnreadableFileError: The cache was tampered with.
        """
        if self._closed:
            raise RunError("nothing can be asked of a model that was closed")
        if request.choices:
            # No provider takes these in batches.
            return await self._live.ask(request, sink, expected=expected, store=store)
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        asking = Asking(request, sink, expected, store, future)
        # Before the cache: an attempt under way must be ended, and costs nothing more.
        if not self._open.claim(asking):
            answered = await self._known(request)
            if answered is not None:
                return answered
            self._collect(asking)
        self._asked[request.digest] = asking
        try:
            return await future
        finally:
            if self._asked.get(request.digest) is asking:
                del self._asked[request.digest]
            self._open.abandon(asking)

    def keep(self, request: Request, completion: Completion) -> None:
        """Put an answer in the cache, if there is one, now that it is known to be of use."""
        if self._shelf is not None:
            self._shelf.put(request, completion)

    def reattach(self, open_batches: Mapping[str, Mapping[str, int]]) -> None:
        """Take over batches of earlier processes: batch id → custom id → number of the attempt."""
        for name, attempts in open_batches.items():
            self._open.adopt(name, attempts)

    async def recover(self, parcels: Mapping[str, Mapping[str, int]], since: float) -> None:
        """Look for batches of earlier processes that died before they could write down any id.

        To be called before anything is asked. What is found is written down now and waited for;
        attempts that are in no batch were never sent, or cannot be told from others, and are left
        as they are.

        Args:
            parcels: Attempts that were begun and have no outcome, by the `parcel` in their detail:
                custom id → number of the attempt.
            since: When the first of them was begun, in seconds since 1970.

        Raises:
            CallError: The provider could not be asked.
        """
        for attempts in parcels.values():
            known = self._open.names
            batch = await self._submitting.find(attempts, since, known) if attempts else None
            if batch is not None:
                if self._ledger is not None:
                    await write_down(
                        [(self._ledger, attempt, name) for name, attempt in attempts.items()], batch
                    )
                self._open.adopt(batch, attempts)

    async def collect(self) -> None:
        """Take the results of earlier batches that nobody asks for any more, if they are there.

        They were paid for: they go into the cache, and their attempts are ended in the ledger.

        Raises:
            CallError: The provider could not be asked.
        """
        await self._open.look()
        await self._end_unclaimed()

    async def aclose(self) -> None:
        """Stop waiting. What is at the provider stays there; what is not is not sent.

        A batch that is being handed over is given some seconds, so that its id is not lost.
        """
        self._closed = True
        self._submitting.close()
        if self._quiet is not None:
            self._quiet.cancel()
        for asking in self._filling.pieces:
            asking.answer.cancel()
        self._filling = self._parcel()
        if self._handing:
            await asyncio.wait(self._handing, timeout=DRAIN)
        await self._errands.stop()
        await self._end_unclaimed()
        await self._live.aclose()

    # --- collecting ---------------------------------------------------------------------------

    async def _known(self, request: Request) -> Answered | None:
        """The answer from the cache, or of somebody who is asking the same just now."""
        while self._shelf is not None:
            completion = self._shelf.get(request)
            other = self._asked.get(request.digest)
            if completion is None and other is not None:
                under_way = not other.answer.done()
                # The cancellation of one who waits does not reach the other.
                await asyncio.wait([other.answer])
                completion = _shared(other.answer)
                if completion is None and under_way:
                    continue
            if completion is None:
                return None
            self._hits += 1
            return Answered(completion, 0, True, 0)
        return None

    def _collect(self, asking: Asking) -> None:
        if self._closed:
            asking.answer.cancel()
            return
        weight = self._scales.weigh(asking.request)
        if not self._filling.has_room(weight):
            self._send()
        self._filling.add(asking, weight)
        self._arrivals += 1
        if self._quiet is None:
            self._quiet = asyncio.get_running_loop().create_task(self._until_quiet())

    async def _until_quiet(self) -> None:
        seen = -1
        while seen != self._arrivals:
            seen = self._arrivals
            await asyncio.sleep(self._grace)
        self._quiet = None
        self._send()

    def _send(self) -> None:
        """Close the batch that is being filled and submit it."""
        askings = [asking for asking in self._filling.pieces if not asking.answer.done()]
        self._filling = self._parcel()
        if askings:
            task = self._errands.start(self._submit(askings), lambda: askings)
            self._handing.add(task)
            task.add_done_callback(self._handing.discard)
        else:
            self._idle()

    def _parcel(self) -> Parcel[Asking]:
        return Parcel(self._most_requests, self._api.most_bytes)

    def _shrink(self, requests: int) -> None:
        self._most_requests = max(1, min(self._most_requests, requests // 2))
        self._filling.most_requests = self._most_requests

    # --- submitting ---------------------------------------------------------------------------

    async def _submit(self, askings: Sequence[Asking]) -> None:
        created = await self._submitting.submit(askings)
        if self._closed:
            for asking in askings:
                asking.answer.cancel()
        elif self._wait:
            for batch in created:
                self._open.watch(batch)

    async def _refused(self, asking: Asking, error: CallError) -> None:
        await asking.sink.end(asking.attempt, _word(error), _loss(error))
        if error.kind.maybe_billed:
            asking.batches += 1
            self._again(asking)
        elif error.kind.fatal or error.kind.retryable:
            asking.fail(down(error))
        else:
            asking.fail(error)

    # --- outcomes -----------------------------------------------------------------------------

    async def _deliver(self, asking: Asking, outcome: Outcome) -> None:
        """End the attempt, then tell who waits or ask again."""
        if isinstance(outcome, Completion):
            self._answers += 1
            if asking.store:
                self.keep(asking.request, outcome)
            await asking.sink.end(asking.attempt, _word(outcome), self._bill(outcome))
            if not asking.answer.done():
                answered = Answered(outcome, asking.attempt, False, asking.tries)
                asking.answer.set_result(answered)
            return
        await asking.sink.end(asking.attempt, _word(outcome), _loss(outcome))
        if asking.answer.done():
            return
        if isinstance(outcome, BatchGoneError):
            self._again(asking)
        elif outcome.kind.fatal or isinstance(outcome, CancelledInBatchError):
            asking.fail(down(outcome))
        elif not outcome.kind.retryable:
            asking.fail(outcome)
        elif _no_room(outcome) and asking.batches < MOST_BATCHES:
            self._errands.start(self._again_later(asking), lambda: [asking])
        else:
            self._errands.start(self._ask_live(asking), lambda: [asking])

    def _again(self, asking: Asking) -> None:
        if asking.batches < MOST_BATCHES:
            self._collect(asking)
        else:
            self._errands.start(self._ask_live(asking), lambda: [asking])

    async def _again_later(self, asking: Asking) -> None:
        await asyncio.sleep(ROOM_PAUSE)
        self._again(asking)

    async def _ask_live(self, asking: Asking) -> None:
        answered = await self._live.ask(
            asking.request, asking.sink, expected=asking.expected, store=asking.store
        )
        if not asking.answer.done():
            tries = asking.tries + answered.tries
            asking.answer.set_result(dataclasses.replace(answered, tries=tries))

    def _bill(self, completion: Completion) -> dict[str, Any]:
        detail = bill(self.model, completion, 0.0)
        prices = self.model.card.prices
        detail["cost"] = prices.cost(completion.usage, batch=True) if prices else 0.0
        # How long it took in a batch says nothing.
        del detail["seconds"]
        return detail

    # --- what nobody asks for -----------------------------------------------------------------

    def _keep(self, digest: str, completion: Completion) -> None:
        self.keep(_recalled(digest), completion)

    async def _end_unclaimed(self) -> None:
        """End attempts that nobody asked for and whose outcome is known."""
        if self._ledger is None:
            return
        for attempt, outcome in self._open.take_unclaimed():
            detail = self._bill(outcome) if isinstance(outcome, Completion) else _loss(outcome)
            await self._ledger.end(attempt, _word(outcome), {**detail, "unclaimed": True})

    def _idle(self) -> None:
        """Tell everybody where they wait, if this process does not wait with them."""
        if self._wait or self._quiet is not None or self._filling.pieces:
            return
        waiting = self._open.waiting
        if waiting:
            error = BatchPendingError(self._open.pending)
            for asking in waiting:
                asking.fail(error)


def _recalled(digest: str) -> Request:
    """A request of which only the digest is left, under which its answer can be kept."""
    request = Request(head=Head(""), turns=())
    vars(request)["digest"] = bytes.fromhex(digest)
    return request


def _shared(answer: asyncio.Future[Answered]) -> Completion | None:
    """What somebody else's asking brought that holds for whoever asks the same."""
    if answer.cancelled():
        return None
    error = answer.exception()
    if isinstance(error, ProviderError):
        raise error
    if error is None and answer.result().completion.stop is Stop.COMPLETE:
        return answer.result().completion
    return None


def _loss(error: CallError) -> dict[str, Any]:
    detail = loss(error, 0.0)
    del detail["seconds"]
    if isinstance(error, BatchGoneError):
        # It may have been answered for whoever the batch belonged to.
        detail["billed"] = "maybe"
    return detail


def _no_room(error: CallError) -> bool:
    return isinstance(error, FailedBatchError) and error.kind is Failure.RATE_LIMITED


def _word(outcome: Outcome) -> str:
    """How an attempt ended."""
    if isinstance(outcome, Completion):
        return "answered" if outcome.stop is Stop.COMPLETE else outcome.stop.value
    if isinstance(outcome, BatchGoneError):
        return "lost"
    if isinstance(outcome, CancelledInBatchError):
        return "cancelled"
    return outcome.kind.value
