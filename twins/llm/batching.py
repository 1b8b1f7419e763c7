"""Asking a model through its provider's batch interface: cheaper, within a day."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ...data.errors import ProviderError, RequestError
from .askings import Asking, BatchPendingError, Errands, down, elsewhere
from .batch_bills import Outcome, batch_detail, batch_word
from .batch_files import BatchGoneError, CancelledInBatchError, FailedBatchError
from .chat import AttemptSink, BatchApi, ChatModel, Completion, Head, Request, Stop, Usage
from .failures import CallError, Failure
from .line import Answered
from .open_batches import FIRST_PAUSE, OpenBatches
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
DRAIN: Final = 3.0
"""Seconds that leaving and closing wait for a batch that is being handed over."""


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
            Attempts that were ended already are among them where the answer was lost again before
            it was of use: the provider still has it, and it is not paid for twice.
        ledger: Where attempts of theirs are ended that nobody asked for again.
        wait: Whether to wait for batches until they are done. Otherwise they are only submitted,
            or asked after once, and everybody who waits is told with a `BatchPendingError`.
        grace: Seconds without a new request after which those collected are submitted.
        pause: Seconds before a batch is asked after for the second time; then less and less often.
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
        pause: float = FIRST_PAUSE,
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
        self._left_at: float | None = None
        self._errands = Errands(self._idle)
        self._open = OpenBatches(
            self._api,
            self._errands,
            deliver=self._deliver,
            keep=self._keep,
            shrink=self._shrink,
            wait=wait,
            pause=pause,
            progress=progress,
        )
        self._submitting = Submitting(
            model,
            self._api,
            taken=self._open.add,
            refused=self._refused,
            known=lambda: self._open.names,
        )
        for name, attempts in (open_batches or {}).items():
            self._open.adopt(name, attempts)

    async def ask(
        self, request: Request, sink: AttemptSink, *, expected: Usage | None = None
    ) -> Answered:
        """Ask, and return when the answer is there; as `Line.ask`.

        Args:
            request: What to ask.
            sink: Where attempts are written.
            expected: What it will likely be billed for; estimated from lengths if None.

        Raises:
            LineDownError: Nobody gets an answer; nothing is to be recorded as failed.
            CallError: There is no answer to this request.
            BatchPendingError: It waits in a batch, and this process does not.
            AnswersPendingError: It is in none yet, and this process puts it into none.
            BudgetReachedError: From the sink: there is no money for it.
            UnreadableFileError: The cache was tampered with.
        """
        if self._left_at is not None:
            raise elsewhere({})
        if request.choices:
            # No provider takes these in batches.
            return await self._live.ask(request, sink, expected=expected)
        asking = Asking(request, sink, expected, asyncio.get_running_loop().create_future())
        # Before the cache: an attempt under way must be ended, and costs nothing more.
        if not self._open.claim(asking):
            if (answered := await self._known(request)) is not None:
                return answered
            self._collect(asking)
        self._asked[request.digest] = asking
        try:
            return await asking.answer
        finally:
            if self._asked.get(request.digest) is asking:
                del self._asked[request.digest]
            self._open.abandon(asking)

    async def recover(
        self, parcels: Mapping[str, Mapping[str, int]], since: Mapping[str, float]
    ) -> None:
        """Look for batches of earlier processes that died before they could write down any id.

        To be called before anything is asked. What is found is written down now and waited for;
        attempts that are in no batch are left as they are.

        Args:
            parcels: Attempts that were begun and have no outcome, by the `parcel` in their detail:
                custom id → number of the attempt.
            since: By parcel, when the first of them was begun, in seconds since 1970.

        Raises:
            CallError: The provider could not be asked.
        """
        for parcel, attempts in parcels.items():
            batch = await self._submitting.find(attempts, since[parcel])
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

    @property
    def waiting(self) -> int:
        """How many requests wait in batches."""
        return sum(self._open.pending.values())

    def leave(self) -> None:
        """Wait no longer: who waits for a batch is told so, and nothing more is put into one.

        What is at the provider stays there. Calls that are made live go on.
        """
        if self._left_at is None:
            self._left_at = asyncio.get_running_loop().time()
            self._wait = False
            self._submitting.close()
            if self._quiet is not None:
                self._quiet.cancel()
            for asking in self._filling.pieces:
                asking.fail(elsewhere({}))
            self._filling = self._parcel()
            self._let_go()

    async def aclose(self) -> None:
        """Leave, and stop what goes on in the background.

        A batch that is being handed over is given some seconds, so that its id is not lost.
        """
        self.leave()
        if self._handing and self._left_at is not None:
            gone = asyncio.get_running_loop().time() - self._left_at
            await asyncio.wait(self._handing, timeout=max(DRAIN - gone, 0.0))
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
            return Answered(completion, 0, True, 0) if completion is not None else None
        return None

    def _collect(self, asking: Asking) -> None:
        if self._left_at is not None:
            asking.fail(elsewhere({}))
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
        """Make smaller batches from now on: the provider had no room for one of so many."""
        self._most_requests = max(1, min(self._most_requests, requests // 2))
        self._filling.most_requests = self._most_requests

    # --- submitting ---------------------------------------------------------------------------

    async def _submit(self, askings: Sequence[Asking]) -> None:
        created = await self._submitting.submit(askings)
        if self._left_at is not None:
            self._let_go()
            for asking in askings:
                asking.fail(elsewhere({}))
        elif self._wait:
            for batch in created:
                self._open.watch(batch)

    async def _refused(self, asking: Asking, error: CallError) -> None:
        await self._end(asking, error)
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
            if self._shelf is not None:
                self._shelf.put(asking.request, outcome)
            await self._end(asking, outcome)
            asking.give(Answered(outcome, asking.attempt, False, asking.tries))
            return
        await self._end(asking, outcome)
        if asking.answer.done():
            return
        if isinstance(outcome, BatchGoneError):
            self._again(asking)
        elif outcome.kind.fatal or isinstance(outcome, CancelledInBatchError):
            asking.fail(down(outcome))
        elif not outcome.kind.retryable:
            asking.fail(outcome)
        elif isinstance(outcome, FailedBatchError) and outcome.kind is Failure.RATE_LIMITED:
            self._start(self._again_later, asking)
        else:
            self._start(self._ask_live, asking)

    def _start(self, what: Callable[[Asking], Coroutine[Any, Any, None]], asking: Asking) -> None:
        self._errands.start(what(asking), lambda: [asking])

    async def _end(self, asking: Asking, outcome: Outcome) -> None:
        word, detail = batch_word(outcome), batch_detail(self.model, outcome)
        await asking.sink.end(asking.attempt, word, detail)

    def _again(self, asking: Asking) -> None:
        """Put a request into another batch, unless it was in too many or the answer is known."""
        found = self._shelf.get(asking.request) if self._shelf is not None else None
        if found is not None:
            asking.give(Answered(found, 0, True, asking.tries))
        elif asking.batches < MOST_BATCHES:
            self._collect(asking)
        else:
            self._start(self._ask_live, asking)

    async def _again_later(self, asking: Asking) -> None:
        """The same when the provider may have room for more batches."""
        if not self._wait:
            asking.fail(elsewhere({}, "the provider has no room for more batches now"))
            return
        if asking.batches < MOST_BATCHES:
            await asyncio.sleep(ROOM_PAUSE)
        self._again(asking)

    async def _ask_live(self, asking: Asking) -> None:
        answered = await self._live.ask(asking.request, asking.sink, expected=asking.expected)
        asking.give(dataclasses.replace(answered, tries=asking.tries + answered.tries))

    # --- what nobody asks for, and who is not waited for --------------------------------------

    def _keep(self, digest: str, completion: Completion) -> None:
        if self._shelf is not None:
            self._shelf.put(_recalled(digest), completion)

    async def _end_unclaimed(self) -> None:
        """End attempts that nobody asked for and whose outcome is known."""
        if self._ledger is None:
            return
        for attempt, outcome in self._open.take_unclaimed():
            detail = {**batch_detail(self.model, outcome), "unclaimed": True}
            await self._ledger.end(attempt, batch_word(outcome), detail)

    def _idle(self) -> None:
        """Tell everybody where they wait, if this process does not wait with them."""
        if not (self._wait or self._quiet is not None or self._filling.pieces):
            self._let_go()

    def _let_go(self) -> None:
        """Tell all who wait in batches that they are not waited for."""
        pending = self._open.pending
        for asking in self._open.waiting:
            asking.fail(elsewhere(pending))


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
