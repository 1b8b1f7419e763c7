"""Rate limits that are kept, and the headers both providers announce them with."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .steps import Protocol

__all__ = ["Limiter"]


class Limiter:
    """A token bucket of requests, one of input tokens, and a ceiling on requests under way.

    Args:
        clock: Seconds, rising.
        per_second: Requests per second; 0 for no limit.
        burst: Most requests at once; 0 for one second's worth.
        tokens_per_second: Input tokens per second, a bucket of one minute's worth; 0 for no limit.
        most_at_once: Most requests under way; 0 for no limit.
        tell: Whether a refusal says how long to wait (`retry-after`).
        headers: Whether answers carry rate-limit headers, where a limit is set.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        per_second: float = 0.0,
        burst: int = 0,
        tokens_per_second: float = 0.0,
        most_at_once: int = 0,
        tell: bool = True,
        headers: bool = True,
    ) -> None:
        self._clock = clock
        self._rate, self._token_rate = per_second, tokens_per_second
        self._size = float(burst or max(1, math.ceil(per_second)))
        self._token_size = tokens_per_second * 60
        self._level, self._token_level = self._size, self._token_size
        self._at = clock()
        self._most_at_once = most_at_once
        self._tell = tell
        self._headers = headers
        self.refused = 0

    @property
    def idle(self) -> bool:
        """Whether there is no limit of any kind."""
        return not (self._rate or self._token_rate or self._most_at_once)

    def admit(self, under_way: int, tokens: int) -> float | None:
        """Take a request into account; None if it may pass, else seconds until one may."""
        now = self._clock()
        passed, self._at = now - self._at, now
        self._level = min(self._size, self._level + passed * self._rate)
        self._token_level = min(self._token_size, self._token_level + passed * self._token_rate)
        wait = 0.0
        if self._most_at_once and under_way > self._most_at_once:
            wait = 0.05
        # A bucket's level is a float: a request that comes at the very moment it was told to
        # come must not be turned away for a rounding error.
        if self._rate and self._level < 1 - 1e-9:
            wait = max(wait, (1 - self._level) / self._rate)
        if self._token_rate and self._token_level <= 0:
            wait = max(wait, (1 - self._token_level) / self._token_rate)
        if wait:
            self.refused += 1
            return wait
        if self._rate:
            self._level -= 1
        if self._token_rate:
            self._token_level -= tokens
        return None

    def headers(self, protocol: Protocol, wait: float | None = None) -> dict[str, str]:
        """What an answer says about the limits, and what a refusal says about waiting."""
        found: dict[str, str] = {}
        if wait is not None and self._tell:
            found["retry-after"] = str(max(1, math.ceil(wait)))
            if protocol == "openai":
                found["retry-after-ms"] = str(max(1, math.ceil(wait * 1000)))
        if self._headers and self._rate:
            full = (self._size - self._level) / self._rate
            found |= _told(protocol, "requests", self._rate * 60, self._level, full)
        if self._headers and self._token_rate:
            full = (self._token_size - self._token_level) / self._token_rate
            names = ("input-tokens", "tokens") if protocol == "anthropic" else ("tokens",)
            for name in names:
                found |= _told(protocol, name, self._token_size, self._token_level, full)
        return found


def _told(
    protocol: Protocol, name: str, limit: float, level: float, full_in: float
) -> dict[str, str]:
    left = str(max(0, int(level)))
    if protocol == "anthropic":
        # Whole seconds, as the provider gives them.
        at = datetime.now(UTC) + timedelta(seconds=math.ceil(full_in))
        start = f"anthropic-ratelimit-{name}"
        return {
            f"{start}-limit": str(int(limit)),
            f"{start}-remaining": left,
            f"{start}-reset": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    return {
        f"x-ratelimit-limit-{name}": str(int(limit)),
        f"x-ratelimit-remaining-{name}": left,
        f"x-ratelimit-reset-{name}": go_duration(full_in),
    }


def go_duration(seconds: float) -> str:
    """Seconds as OpenAI writes them: "17ms", "8.64s", "6m0s", "1h0m12s"."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + f"{minutes}m{math.ceil(rest)}s"
