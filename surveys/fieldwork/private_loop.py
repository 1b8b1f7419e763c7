"""Running asynchronous work for callers that are not; see `data.private_loop`."""

from __future__ import annotations

from ...data.private_loop import run_apart

__all__ = ["run_apart"]
