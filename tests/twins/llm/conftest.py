"""Virtual time: code that waits for minutes runs in no time, and a deadlock is an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

InVirtualTime = Callable[[Coroutine[Any, Any, Any]], Any]


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        selector: Any = self._selector  # type: ignore[attr-defined]
        really = selector.select

        def select(timeout: float | None = None) -> Any:
            events = really(0)
            if not events:
                if timeout is None:
                    raise AssertionError("everybody waits, and nothing will ever happen")
                # A nanosecond more, so that rounding never leaves a timer just ahead.
                self.now += timeout + 1e-9 if timeout > 0 else 0.0
            return events

        selector.select = select

    def time(self) -> float:
        return self.now


def in_virtual_time(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


@pytest.fixture(scope="session")
def virtually() -> InVirtualTime:
    """Run a coroutine to its end in virtual time."""
    return in_virtual_time
