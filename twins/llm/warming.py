"""Whose turn it is to fill a provider's prompt cache."""

from __future__ import annotations

import asyncio
from typing import Final

from .catalogue import ModelCard
from .chat import Request

__all__ = ["Warming", "cached_head"]

LIFETIME: Final = 300.0
"""Seconds a provider keeps a cached prefix after its last use: Anthropic's default; OpenAI keeps
it for five to ten minutes."""
WORTH_WAITING: Final = 1_000
"""Tokens of a head that others wait for where writing it to the cache costs nothing extra."""
LEAST_LETTERS: Final = 3
"""Letters that a token has at least, on average: a head of fewer per token is not cached."""


def cached_head(request: Request, card: ModelCard) -> bytes | None:
    """Digest of the head that the provider is going to cache; None if it caches none."""
    if card.caching == "none" or (card.caching == "marked" and not request.mark):
        return None
    head = request.head
    letters = len(head.instructions) + len(head.persona)
    least = card.cache_minimum
    if card.caching == "automatic":
        # Nothing is paid for writing: for a short head, waiting costs more than it saves.
        least = max(least, WORTH_WAITING)
    return head.digest if letters >= LEAST_LETTERS * least else None


class Warming:
    """Lets the first request with a head go alone, so that the others read what it cached.

    Requests sent side by side would each write the cache, at 1.25 times the price of plain input
    instead of a tenth. Memory is bounded by the heads used within the lifetime of a cache entry.
    """

    def __init__(self) -> None:
        self._used: dict[bytes, float] = {}
        self._going: dict[bytes, asyncio.Future[None]] = {}

    def __len__(self) -> int:
        return len(self._used) + len(self._going)

    async def enter(self, head: bytes) -> bool:
        """Return when a request with this head may go; True if it is the one that goes alone.

        Whoever gets True must call `leave`.
        """
        loop = asyncio.get_running_loop()
        while True:
            used = self._used.get(head)
            if used is not None and loop.time() - used < LIFETIME:
                return False
            going = self._going.get(head)
            if going is None:
                self._going[head] = loop.create_future()
                return True
            # Many wait for one future; the cancellation of one must not reach the others.
            await asyncio.shield(going)

    def leave(self, head: bytes) -> None:
        """Let the others go on: all of them if `use` was called, else the next alone."""
        going = self._going.pop(head)
        if not going.done():
            going.set_result(None)

    def use(self, head: bytes, when: float) -> None:
        """Note that a request begun at `when`, by the loop's clock, had its head cached."""
        used = self._used
        # The order of the dictionary is the order of last use.
        used[head] = max(when, used.pop(head, when))
        stale = when - LIFETIME
        while (oldest := next(iter(used))) != head and used[oldest] <= stale:
            del used[oldest]
