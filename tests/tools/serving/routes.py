"""Which paths there are."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from .steps import Protocol

__all__ = ["Route", "route_of"]

_ROUTES: tuple[tuple[str, str, Protocol], ...] = (
    (r"/messages", "complete", "anthropic"),
    (r"/model/(?P<name>[^/]+)/invoke", "complete", "anthropic"),
    (r"/models/count-tokens:rawPredict", "count", "anthropic"),
    (r"/models/(?P<name>[^/:]+):rawPredict", "complete", "anthropic"),
    (r"/messages/count_tokens", "count", "anthropic"),
    (r"/messages/batches(?P<name>/[^/]+)?(?P<verb>/results|/cancel)?", "batch", "anthropic"),
    (r"/deployments/(?P<name>[^/]+)/chat/completions", "complete", "openai"),
    (r"/chat/completions", "complete", "openai"),
    (r"/decisions", "decide", "openai"),
    (r"/responses/input_tokens", "count", "openai"),
    (r"/files(?P<name>/[^/]+)?(?P<verb>/content)?", "file", "openai"),
    (r"/batches(?P<name>/[^/]+)?(?P<verb>/cancel)?", "batch", "openai"),
    (r"/models(?P<name>/.+)?", "models", "openai"),
)
_PATTERNS = tuple((re.compile(f"(?:.*){path}"), kind, by) for path, kind, by in _ROUTES)


@dataclass(frozen=True, slots=True)
class Route:
    """What a path is for.

    Attributes:
        kind: "complete", "decide", "count", "batch", "file", "models" or "".
        protocol: Whose it is.
        name: The model, batch or file in the path.
        verb: What is asked of it.
    """

    kind: str
    protocol: Protocol = "openai"
    name: str = ""
    verb: str = ""

    @property
    def completion(self) -> bool:
        return self.kind in {"complete", "decide"}


@functools.lru_cache(maxsize=4096)
def route_of(path: str) -> Route:
    """What a path is for, whatever it starts with."""
    for pattern, kind, protocol in _PATTERNS:
        found = pattern.fullmatch(path)
        if found:
            parts = {key: (value or "").strip("/") for key, value in found.groupdict().items()}
            return Route(kind, protocol, parts.get("name", ""), parts.get("verb", ""))
    return Route("", "anthropic" if "/messages" in path else "openai")
