"""The HTTP client below an SDK: the faster transport where there is one, and a pool that fits."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

from ..scrub import quiet_logs

__all__ = ["client_options"]

CONNECT = 10.0
"""Seconds to wait for a connection."""


def client_options(sdk: ModuleType, *, timeout: float, connections: int) -> dict[str, Any]:
    """Return arguments for an SDK's asynchronous client: transport, timeouts, no retries.

    The scheduler above retries, and writes down every attempt; a client that retried by itself
    would send requests nobody knows of.

    Args:
        sdk: `anthropic` or `openai`.
        timeout: Seconds to wait for an answer, from the last byte that came.
        connections: Most connections at once.
    """
    import httpx2

    quiet_logs()
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    times = httpx2.Timeout(timeout, connect=min(CONNECT, timeout), pool=None)
    fast = importlib.util.find_spec("aiohttp") is not None
    make = sdk.DefaultAioHttpClient if fast else sdk.DefaultAsyncHttpxClient
    return {
        "http_client": make(limits=limits, timeout=times),
        "timeout": times,
        "max_retries": 0,
    }
