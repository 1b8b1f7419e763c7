"""Ends the process at a named moment of a run with batches; for `forking`, in a child."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

from understudy.surveys.ledger.writer import Writer
from understudy.twins.llm.providers.anthropic_batches import AnthropicBatches
from understudy.twins.llm.providers.openai_batches import OpenAIBatches

APIS: tuple[Any, ...] = (AnthropicBatches, OpenAIBatches)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def _before(name: str, do: Callable[[], None]) -> None:
    """Do something whenever a batch interface is about to be asked."""
    for api in APIS:
        method = getattr(api, name)

        @functools.wraps(method)
        async def asked(self: Any, *args: Any, _method: Any = method) -> Any:
            do()
            return await _method(self, *args)

        setattr(api, name, asked)


def _submitted() -> None:
    """Die when a batch is at the provider and its id is not in the ledger."""
    for api in APIS:

        async def submit(self: Any, requests: Any, _submit: Any = api.submit) -> str:
            batch = await _submit(self, requests)
            _die()
            return str(batch)

        api.submit = submit


def _collecting() -> None:
    """Die when some results have come."""
    for api in APIS:

        async def results(self: Any, batch: str, _results: Any = api.results) -> AsyncIterator[Any]:
            count = 0
            async for result in _results(self, batch):
                yield result
                count += 1
                if count == 4:
                    _die()

        api.results = results


def _committed(statement: str) -> None:
    """Die when something was written after attempts were."""
    commit: Any = Writer.commit
    begun: list[bool] = []

    def committed(self: Writer, rows: Any, durable: bool) -> None:
        commit(self, rows, durable)
        if "begin" in rows:
            begun.append(True)
        if begun and statement in rows:
            _die()

    setattr(Writer, "commit", committed)  # noqa: B010  # one that is fatal


MOMENTS: dict[str, Callable[[], None]] = {
    "begun": lambda: _before("submit", _die),
    "submitted": _submitted,
    "written down": lambda: _committed("submitted"),
    "polling": lambda: _before("status", _die),
    "collecting": _collecting,
    "ended": lambda: _committed("end"),
    "recorded": lambda: _committed("page"),
    "interrupted while submitting": lambda: _before("submit", _interrupt),
    "interrupted while polling": lambda: _before("status", _interrupt),
}


def install(moment: str) -> None:
    MOMENTS[moment]()
