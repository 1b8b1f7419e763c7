"""How many calls to one model may be under way at once, found out by asking it."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from .chat import Limits

__all__ = ["Limiter"]

START: Final = 16
"""Calls under way at once before anything is known of the provider."""
LONGEST_WINDOW: Final = 60.0
"""Seconds for which a header's "nothing left" is believed; providers count by the minute."""
LEAST_INTERVAL: Final = 0.05
"""Seconds between calls, where even one at a time is too fast."""
LONGEST_INTERVAL: Final = 30.0
_CHANCE: Final = random.SystemRandom()
"""For timing only: whoever seeds `random` gets the same numbers whether or not calls were slow."""


class _Quota:
    """What is left of a window, as headers told it, less what was started since."""

    __slots__ = ("each", "left", "until")

    def __init__(self) -> None:
        self.left: float | None = None
        self.until = 0.0
        self.each = 1.0

    def tell(self, left: int | None, reset: float | None, since: int, now: float) -> None:
        # Without a time at which to go on, a header cannot make anybody wait.
        if left is not None and reset is not None:
            told = left - since * self.each
            # Within a window nothing comes back: where answers overtake each other, the least that
            # any of them said is the latest.
            self.left = told if self.left is None or now >= self.until else min(self.left, told)
            self.until = now + min(max(reset, 0.0), LONGEST_WINDOW)

    def spend(self) -> None:
        if self.left is not None:
            self.left -= self.each

    def held_until(self, now: float) -> float:
        if self.left is None:
            return 0.0
        if now >= self.until:
            self.left = None
            return 0.0
        return self.until if self.left < self.each else 0.0


class Limiter:
    """Slots for calls to one model, first come, first served.

    The number of slots follows TCP's congestion control (RFC 5681): it starts at 16, grows by one
    with every call that succeeds while all slots are taken (doubling each round trip), is halved
    when the provider says "too many" (at most once per round trip: calls that were under way at
    the last halving do not count), and from then on grows by one each round trip. Where one call
    at a time is still too many, calls are spaced out in time instead.

    Headers that say what is left of a rate-limit window hold calls back until the window is full
    again. That costs no throughput where the provider refills continuously: a bucket that is
    waited for until it is full, and never longer, never runs over.

    It belongs to one event loop at a time.

    Args:
        most: Most calls under way at once, at least 1.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"most is {most}, and must be at least 1")
        self.most = most
        self.in_flight = 0
        self.peak = 0
        """Most calls that were under way at once."""
        self.throttles = 0
        """How often the provider said "too many"."""
        self.waited = 0.0
        """Seconds that calls waited for a slot, summed over calls."""
        self._limit = float(min(START, most))
        self._threshold = float(most)
        self._tickets = 0
        self._halved_at = 0
        self._interval = 0.0
        self._until = 0.0
        self._requests = _Quota()
        self._tokens = _Quota()
        self._probing = False
        self._probe = 0
        self._first: deque[asyncio.Future[int]] = deque()
        self._later: deque[asyncio.Future[int]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def limit(self) -> int:
        """Calls that may be under way at once, as things stand."""
        return int(self._limit)

    @property
    def probing(self) -> bool:
        """Whether calls are made one at a time, to see whether anybody answers."""
        return self._probing

    async def acquire(self, *, again: bool = False) -> int:
        """Wait for a slot; returns a ticket, to be given back by exactly one of the methods below.

        Args:
            again: Whether this call was tried before: it goes before those that were not.
        """
        idle = not self._later and not self._first
        if idle and self._free() and self._held_until(_now()) <= 0.0:
            return self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        (self._first if again else self._later).append(future)
        since = loop.time()
        self._admit()
        try:
            return await future
        except asyncio.CancelledError:
            # The slot may have been given in the very moment of the cancellation.
            if future.done() and not future.cancelled() and future.exception() is None:
                self.release(future.result())
            raise
        finally:
            self.waited += loop.time() - since

    def release(self, ticket: int) -> None:
        """Give a slot back after a call that says nothing about the provider's limits."""
        self._back(ticket)
        self._admit()

    def succeeded(self, ticket: int, limits: Limits | None = None, tokens: int = 0) -> None:
        """Give a slot back after a call that brought an answer.

        Args:
            ticket: What `acquire` returned.
            limits: What the headers said.
            tokens: Tokens that count towards the provider's limits.
        """
        wanted = self.in_flight >= self.limit or bool(self._later or self._first)
        self._back(ticket)
        if self._interval:
            shorter = self._interval * 0.75
            self._interval = shorter if shorter >= LEAST_INTERVAL / 2 else 0.0
            self.pause(self._interval)
        elif wanted and not self._probing:
            # Unused slots prove nothing, so they are not added to.
            more = 1.0 if self._limit < self._threshold else 1.0 / self._limit
            self._limit = min(self._limit + more, float(self.most))
        if tokens:
            each = self._tokens.each
            self._tokens.each = tokens if each == 1.0 else each + (tokens - each) / 8
        self._told(ticket, limits)
        self._admit()

    def throttled(
        self, ticket: int, retry_after: float | None = None, limits: Limits | None = None
    ) -> None:
        """Give a slot back after a call that the provider turned away as too many.

        Args:
            ticket: What `acquire` returned.
            retry_after: Seconds nobody is to call for.
            limits: What the headers said.
        """
        self.throttles += 1
        self._back(ticket)
        if ticket > self._halved_at:
            self._halved_at = self._tickets
            told = retry_after is not None and retry_after >= LEAST_INTERVAL
            if self._limit <= 1.0 and not (told or self._probing):
                doubled = max(LEAST_INTERVAL, 2 * self._interval)
                self._interval = min(doubled, LONGEST_INTERVAL)
                self.pause(self._interval * _CHANCE.uniform(0.75, 1.25))
            self._limit = self._threshold = max(1.0, self._limit / 2)
        if retry_after:
            self.pause(retry_after)
        self._told(ticket, limits)
        self._admit()

    def pause(self, seconds: float) -> None:
        """Start no call for so many seconds from now; a longer pause under way stays."""
        if seconds > 0:
            self._until = max(self._until, _now() + seconds)

    def probe(self, pause: float) -> None:
        """Make one call at a time from now on, the first after `pause` seconds.

        Calls under way do not count: they may hang for long.
        """
        self._probing = True
        self.pause(pause)
        self._admit()

    def is_probe(self, ticket: int) -> bool:
        """Whether this is the one call made to see whether anybody answers."""
        return ticket == self._probe

    def recover(self) -> None:
        """Go back to many calls at once, starting slowly: whoever answers again may be weak."""
        self._probing = False
        self._probe = 0
        self._limit = min(self._limit, float(START))
        self._admit()

    def fail(self, error: Callable[[], Exception]) -> None:
        """Raise an error, one of its own for each, in everybody who waits for a slot."""
        for waiting in (self._first, self._later):
            while waiting:
                future = waiting.popleft()
                if not future.done():
                    future.set_exception(error())

    def _free(self) -> bool:
        if self._probing:
            return self._probe == 0 and self.in_flight < self.most
        return self.in_flight < self.limit

    def _held_until(self, now: float) -> float:
        """When the next call may start, by the clock; 0 for now."""
        if self._until and now >= self._until:
            self._until = 0.0
        return max(self._until, self._requests.held_until(now), self._tokens.held_until(now))

    def _start(self) -> int:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        self._tickets += 1
        self._requests.spend()
        self._tokens.spend()
        if self._probing:
            self._probe = self._tickets
        return self._tickets

    def _back(self, ticket: int) -> None:
        self.in_flight -= 1
        if ticket == self._probe:
            self._probe = 0

    def _told(self, ticket: int, limits: Limits | None) -> None:
        if limits is not None:
            now = _now()
            # Calls started after this one were not counted yet when its headers were written.
            since = self._tickets - ticket
            self._requests.tell(limits.requests, limits.requests_reset, since, now)
            self._tokens.tell(limits.tokens, limits.tokens_reset, since, now)

    def _admit(self) -> None:
        """Give free slots to those who wait, or set the alarm for when one may be given."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for future in self._waiting():
            until = self._held_until(_now())
            if until > 0.0:
                self._alarm = asyncio.get_running_loop().call_at(until, self._admit)
                return
            if not self._free():
                return
            (self._first or self._later).popleft()
            future.set_result(self._start())

    def _waiting(self) -> Iterator[asyncio.Future[int]]:
        """Yield whoever is first in the queue, until nobody waits; drops those who gave up."""
        while queue := self._first or self._later:
            if queue[0].done():
                queue.popleft()
            else:
                yield queue[0]


def _now() -> float:
    return asyncio.get_running_loop().time()
