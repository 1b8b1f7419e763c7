"""The line to one model: everything asked of it goes through here, each request once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .bills import bill, intent, loss
from .chat import AttemptSink, ChatModel, Completion, Request, Stop, Usage
from .failures import CallError, Failure
from .limiter import Limiter
from .response_cache import ResponseCache, Shelf
from .warming import Warming, cached_head

__all__ = ["Answered", "Line", "LineDownError"]

MOST_TRIES: Final = 8
"""Failures of one request, while others succeed, after which it is given up."""
LEAST_WAIT: Final = 0.5
"""Seconds within which a request is tried again the first time; doubled each time."""
MOST_WAIT: Final = 8.0
RATE_WINDOWS: Final = 120.0
"""Seconds for which "too many requests" is never the end of a request: two rate-limit windows."""
OUTAGE_AFTER: Final = 3
"""Failures of the line in a row after which it is probed with one call at a time."""
GIVEN_UP_IN_A_ROW: Final = 3
"""Requests given up in a row, with no answer in between, that show the fault not to be theirs."""

_OUTAGE: Final = frozenset(
    {Failure.UNREACHABLE, Failure.OVERLOADED, Failure.SERVER, Failure.TIMEOUT}
)
_ALIVE: Final = frozenset({Failure.RATE_LIMITED, Failure.REJECTED, Failure.TOO_LONG})
"""Failures that only somebody who is there can bring."""
_THROTTLING: Final = frozenset({Failure.RATE_LIMITED, Failure.OVERLOADED})
_CHANCE: Final = random.SystemRandom()
"""For timing only: whoever seeds `random` gets the same numbers whether or not calls were slow."""


class LineDownError(CallError):
    """No request gets an answer: the run stops, and no answer is to be recorded as failed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a request.

    Attributes:
        completion: What the model said.
        attempt: What `AttemptSink.begin` returned; 0 if no attempt was made for it.
        cached: Whether it was not paid for, but is another request's or an earlier run's.
        tries: Attempts made for it.
    """

    completion: Completion
    attempt: int
    cached: bool
    tries: int


@dataclass(slots=True, eq=False)
class _Trial:
    """A request being asked.

    Attributes:
        request: What to ask.
        sink: Where attempts are written.
        expected: What it will likely be billed for.
        falls: How often the line had been given up when it was first asked.
        answers: How many answers the line had brought when it last failed, or was first asked.
        tries: Attempts made.
        strikes: Those of them whose failure is held against it.
        failing_since: When it first failed, by the loop's clock.
    """

    request: Request
    sink: AttemptSink
    expected: Usage | None
    falls: int
    answers: int
    tries: int = 0
    strikes: int = 0
    failing_since: float = 0.0


class Line:
    """Asks a model, through a cache, a limiter and retries.

    There is one per model, endpoint and process. It belongs to one event loop at a time.

    Args:
        model: Whom to ask.
        concurrency: Most calls under way at once.
        cache: Where answers are looked up and kept; None for neither. It is not closed with the
            line.
        patience: Seconds without any answer after which the line is given up.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        concurrency: int = 64,
        cache: ResponseCache | None = None,
        patience: float = 600.0,
    ) -> None:
        self.model = model
        self._shelf: Shelf | None = cache.shelf(model) if cache else None
        self._patience = patience
        self._limiter = Limiter(concurrency)
        self._warming = Warming()
        self._flights: dict[bytes, asyncio.Future[Completion | CallError | None]] = {}
        self._resting: set[asyncio.Future[None]] = set()
        self._asking = 0
        self._calls = 0
        self._retries = 0
        self._answers = 0
        self._hits = 0
        self._rested = 0.0
        self._failing_since: float | None = None
        self._in_a_row = 0
        self._probes = 0
        self._given_up = 0
        self._fatal: LineDownError | None = None
        self._fallen: LineDownError | None = None
        self._falls = 0

    @property
    def facts(self) -> Mapping[str, int | float]:
        """What has happened so far.

        Calls begun (`calls`), those of them for requests tried before (`retries`), answers,
        requests served without a call (`cache_hits`), calls turned away as too many
        (`throttled`), most calls under way at once (`concurrency`), and seconds that requests
        waited for a slot or to try again, summed over requests (`seconds_waited`).
        """
        limiter = self._limiter
        return {
            "calls": self._calls,
            "retries": self._retries,
            "answers": self._answers,
            "cache_hits": self._hits,
            "throttled": limiter.throttles,
            "concurrency": limiter.peak,
            "seconds_waited": limiter.waited + self._rested,
        }

    async def ask(
        self,
        request: Request,
        sink: AttemptSink,
        *,
        expected: Usage | None = None,
        store: bool = True,
    ) -> Answered:
        """Get an answer to a request: out of the cache, or from the model.

        Two requests that are the same and asked at once are asked once, if there is a cache.

        Args:
            request: What to ask.
            sink: Where attempts are written.
            expected: What it will likely be billed for; estimated from lengths if None.
            store: Whether to put a complete answer in the cache at once; `keep` does it later.

        Raises:
            LineDownError: Nobody gets an answer (no connection, no right, no credit), for good or
                for longer than the line's patience. Nothing is to be recorded as failed.
            CallError: This request gets no answer, however often it is asked.
            BudgetReachedError: From the sink: there is no money for it.
            UnreadableFileError: The cache was tampered with.
        """
        shelf = self._shelf
        falls = self._falls
        if shelf is not None:
            key = shelf.key(request)
            while (found := shelf.get(request)) is None and key in self._flights:
                # Many wait for one future; the cancellation of one must not reach the others.
                result = await asyncio.shield(self._flights[key])
                if isinstance(result, CallError):
                    raise _copy(result)
                if result is not None:
                    found = result
                    break
            if found is not None:
                self._hits += 1
                return Answered(found, 0, True, 0)
        trial = _Trial(request, sink, expected, falls, self._answers)
        if shelf is None:
            return await self._alone(trial, None)
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            answered = await self._alone(trial, shelf if store else None)
            # A refusal is not shared: the other may be answered.
            if answered.completion.stop is Stop.COMPLETE:
                flight.set_result(answered.completion)
            return answered
        except CallError as error:
            flight.set_result(error)
            raise
        finally:
            del self._flights[key]
            _settle(flight)

    def recall(self, request: Request) -> Completion | None:
        """Return the answer that the cache has to a request, if there is one.

        Raises:
            UnreadableFileError: The cache was tampered with.
        """
        found = self._shelf.get(request) if self._shelf is not None else None
        self._hits += found is not None
        return found

    def keep(self, request: Request, completion: Completion) -> None:
        """Put an answer in the cache, if there is one, now that it is known to be of use."""
        if self._shelf is not None:
            self._shelf.put(request, completion)

    async def aclose(self) -> None:
        """Close the model's connections."""
        await self.model.aclose()

    async def _alone(self, trial: _Trial, shelf: Shelf | None) -> Answered:
        """Ask, alone if the request is to fill the provider's prompt cache for others."""
        head = cached_head(trial.request, self.model.card)
        self._asking += 1
        try:
            if head is None or not await self._warming.enter(head):
                return await self._tried(trial, shelf, head)
            try:
                return await self._tried(trial, shelf, head)
            finally:
                self._warming.leave(head)
        finally:
            self._asking -= 1
            if not self._asking:
                # Time in which nobody asks does not count as time without an answer.
                self._failing_since = None

    async def _tried(self, trial: _Trial, shelf: Shelf | None, head: bytes | None) -> Answered:
        """Ask until there is an answer or none to be had."""
        clock = asyncio.get_running_loop().time
        model, request, sink = self.model, trial.request, trial.sink
        while True:
            self._check(trial.falls)
            ticket = await self._limiter.acquire(again=trial.tries > 0)
            try:
                self._check(trial.falls)
                trial.tries += 1
                attempt = await sink.begin(intent(model, request, trial.expected, trial.tries))
                self._calls += 1
                self._retries += trial.tries > 1
                started = clock()
                try:
                    result: Completion | CallError = await model.complete(request)
                except CallError as error:
                    result = error
            except BaseException:
                # Cancelled, out of budget: the call, if there was one, was not ended.
                self._limiter.release(ticket)
                raise
            now = clock()
            if isinstance(result, Completion):
                if head is not None:
                    self._warming.use(head, started)
                self._succeeded(ticket, result)
                if shelf is not None:
                    shelf.put(request, result)
                outcome = "answered" if result.stop is Stop.COMPLETE else result.stop.value
                await sink.end(attempt, outcome, bill(model, result, now - started))
                return Answered(result, attempt, False, trial.tries)
            self._failed(ticket, result, trial, now)
            await sink.end(attempt, result.kind.value, loss(result, now - started))
            self._judge(result, trial, now)
            await self._rest(_backoff(trial.tries))

    def _succeeded(self, ticket: int, completion: Completion) -> None:
        self._answers += 1
        self._failing_since = None
        self._given_up = 0
        if self._in_a_row:
            self._in_a_row = 0
            if self._limiter.probing:
                self._limiter.recover()
        usage = completion.usage
        billed = usage.input - usage.cache_read + usage.output
        self._limiter.succeeded(ticket, completion.limits, billed)

    def _failed(self, ticket: int, error: CallError, trial: _Trial, now: float) -> None:
        """Draw conclusions for the line, before anybody else may start."""
        kind = error.kind
        if kind.fatal:
            self._fatal = _down(error)
            self._wake(self._fatal)
        pause = min(error.retry_after or 0.0, self._patience)
        outage = kind in _OUTAGE
        if outage:
            self._in_a_row += 1
        if outage or kind is Failure.RATE_LIMITED:
            if self._failing_since is None:
                self._failing_since = now
            elif now - self._failing_since >= self._patience:
                self._fall(error)
        if trial.tries == 1:
            trial.failing_since = now
        # Nobody may start between giving the slot back and the pause.
        limiter = self._limiter
        limiter.pause(pause)
        if kind in _ALIVE:
            self._in_a_row = 0
            if limiter.probing:
                limiter.recover()
        elif limiter.is_probe(ticket):
            self._probes += 1
            limiter.probe(_backoff(self._probes))
        elif self._in_a_row >= OUTAGE_AFTER and not limiter.probing:
            # Calls that were under way when it began all fail at once: they are one round.
            self._probes = 1
            limiter.probe(_backoff(1))
        if kind in _THROTTLING:
            limiter.throttled(ticket, pause, error.limits)
        else:
            limiter.release(ticket)

    def _judge(self, error: CallError, trial: _Trial, now: float) -> None:
        """Raise if a request that failed is not to be tried again.

        Raises:
            LineDownError: The line is down.
            CallError: The request is given up.
        """
        self._check(trial.falls)
        kind = error.kind
        if not kind.retryable:
            raise error
        # While nobody gets an answer, it is the line that fails and not the request.
        others_succeed = self._answers != trial.answers
        trial.answers = self._answers
        if others_succeed or not (kind in _OUTAGE or kind is Failure.RATE_LIMITED):
            trial.strikes += 1
        if trial.strikes < MOST_TRIES:
            return
        if kind is Failure.RATE_LIMITED and now - trial.failing_since < RATE_WINDOWS:
            return
        self._given_up += 1
        if self._given_up >= GIVEN_UP_IN_A_ROW:
            self._fall(error)
            self._check(trial.falls)
        raise error

    def _check(self, falls: int) -> None:
        if self._fatal is not None:
            raise _copy(self._fatal)
        if self._falls != falls and self._fallen is not None:
            raise _copy(self._fallen)

    def _fall(self, error: CallError) -> None:
        """Give up everybody who asks now; who asks later finds the line as if new."""
        self._falls += 1
        self._fallen = _down(error)
        self._failing_since = None
        self._given_up = 0
        self._wake(self._fallen)

    def _wake(self, error: LineDownError) -> None:
        self._limiter.fail(lambda: _copy(error))
        for resting in self._resting:
            _settle(resting)

    async def _rest(self, seconds: float) -> None:
        """Wait, but not on when the line is given up."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        resting: asyncio.Future[None] = loop.create_future()
        alarm = loop.call_at(since + seconds, _settle, resting)
        self._resting.add(resting)
        try:
            await resting
        finally:
            alarm.cancel()
            self._resting.discard(resting)
            self._rested += loop.time() - since


def _backoff(tries: int) -> float:
    """Seconds to wait: uniform up to a bound that doubles with every try ("full jitter").

    Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    return _CHANCE.uniform(0.0, min(MOST_WAIT, LEAST_WAIT * 2.0 ** min(tries - 1, 10)))


def _settle(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_result(None)


def _down(error: CallError) -> LineDownError:
    return LineDownError(
        error.kind,
        error.what,
        retry_after=error.retry_after,
        limits=error.limits,
        where=error.where,
        remedy=error.remedy,
    )


def _copy(error: CallError) -> CallError:
    """The same error for somebody else: one object raised in many tasks would pile up frames."""
    return type(error)(
        error.kind,
        error.what,
        retry_after=error.retry_after,
        limits=error.limits,
        where=error.where,
        remedy=error.remedy,
    )
