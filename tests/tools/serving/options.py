"""How the server behaves, and what it keeps of a request."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .steps import Step

__all__ = ["Brain", "Options", "Received"]

Brain = Callable[[dict[str, Any]], "str | dict[str, Any] | Step"]


@dataclass(frozen=True)
class Received:
    """A request the server has received in full.

    Attributes:
        method: GET, POST, DELETE.
        path: Without the query.
        headers: By lower-case name.
        raw: Its body.
        at: When it was complete, by `time.monotonic`.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    at: float

    @functools.cached_property
    def body(self) -> Any:
        """Its body as JSON; None if there is none or it is something else."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return None


@dataclass(kw_only=True)
class Options:
    """How the server behaves.

    Attributes:
        latency: Seconds before every answer of a completion endpoint.
        limit_rps: Completions per second before 429; 0 for no limit.
        burst: Most completions at once before 429; 0 for one second's worth.
        limit_tps: Input tokens per second before 429; 0 for no limit.
        max_concurrent: Most completions under way before 429; 0 for no limit.
        tell: Whether a 429 of these limits says how long to wait.
        brain: What the model says: text, an object (the JSON answer; for decisions the
            probabilities by name of question), or a step. None for valid answers by seed.
        vary: Whether the same request is answered differently each time.
        cache_minimum: Fewest tokens of a prefix that Anthropic's cache takes.
        models: Models there are; () for all.
        keys: API keys there are; () for all.
        context: Most input tokens; 0 for no limit.
        rejects: Fields that no request may have, such as "temperature".
        record: Whether requests are kept for `ModelServer.requests`.
        batch_polls: After how many looks a batch is done: 0 for at once, None for only when told.
    """

    latency: float = 0.0
    limit_rps: float = 0.0
    burst: int = 0
    limit_tps: float = 0.0
    max_concurrent: int = 0
    tell: bool = True
    brain: Brain | None = None
    vary: bool = False
    cache_minimum: int = 1024
    models: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    context: int = 0
    rejects: tuple[str, ...] = ()
    record: bool = True
    batch_polls: int | None = 1
