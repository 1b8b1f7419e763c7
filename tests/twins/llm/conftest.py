"""Virtual time: code that waits for minutes runs in no time, and a deadlock is an error."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.twins.llm.response_cache import ResponseCache

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


@pytest.fixture(scope="session")
def lab() -> ModuleType:
    """A provider of batches, a ledger and processes that die: `batch_world.py`."""
    path = Path(__file__).with_name("batch_world.py")
    spec = importlib.util.spec_from_file_location("llm_batch_world", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["llm_batch_world"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ResponseCache]:
    opened = ResponseCache(tmp_path / "cache.sqlite")
    yield opened
    opened.close()
