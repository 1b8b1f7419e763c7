"""Interviews held side by side: questions go to whoever answers, accepted answers into the file.

What is on record is not asked again: an interview goes on at the next turn that is not accepted.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.collector import calm_collector
from ..data.display import Display, Progress, SilentDisplay
from ..data.errors import LedgerError, RequestError, UnderstudyError
from ..data.private_loop import run_apart
from ..twins.llm.budget import Budget
from ..twins.llm.chat import ChatModel
from ..twins.llm.line import Line
from ..twins.llm.response_cache import ResponseCache
from . import store
from .backstory import Status
from .commission import Commission
from .interviewing import Interviewing, Job, Ways
from .recording import Recorder, spent_before

__all__ = ["awrite_backstories", "write_backstories"]

DRAIN_SECONDS = 4.0
"""How long turns under way may take to finish after Ctrl-C."""
TICK_SECONDS = 0.1


def write_backstories(
    what: Commission,
    path: str | Path,
    *,
    limit: int | None = None,
    budget: float | None = None,
    retry_failed: bool = False,
    display: Display | None = None,
    command: Mapping[str, Any] | None = None,
) -> store.Backstories:
    """Write backstories, or go on with those of a file; works in and outside a running event loop.

    Args:
        what: What is to be written.
        path: The file; running the same again goes on where it stopped.
        limit: Only the first so many people; a higher limit can follow.
        budget: US dollars that may be spent, over all starts; None for no limit.
        retry_failed: Try those again that failed.
        display: What shows progress.
        command: How it was asked for, kept in the file.

    Raises:
        RequestError: A number makes no sense, there is no key, or no such model.
        LedgerError: The file is foreign, damaged, in use, or was begun otherwise.
        ProviderError: Nobody answers; what was accepted is kept.
        BudgetReachedError: The budget is spent; what was accepted is kept.
        KeyboardInterrupt: Ctrl-C was pressed; what was accepted is kept.
    """
    writing = _Writing(what, Path(path), limit, budget, retry_failed, display, command or {})
    with writing.opened() as jobs:
        if jobs:
            run_apart(lambda: writing.work(jobs))
    return store.load_backstories(path)


async def awrite_backstories(
    what: Commission,
    path: str | Path,
    *,
    limit: int | None = None,
    budget: float | None = None,
    retry_failed: bool = False,
    display: Display | None = None,
    command: Mapping[str, Any] | None = None,
) -> store.Backstories:
    """Write backstories on the running event loop; see `write_backstories`.

    Raises:
        asyncio.CancelledError: The task was cancelled; turns under way were let finish first.
    """
    writing = _Writing(what, Path(path), limit, budget, retry_failed, display, command or {})
    with writing.opened() as jobs:
        if jobs:
            await writing.work(jobs)
    return store.load_backstories(path)


@dataclass(eq=False)
class _Writing:
    """One start."""

    what: Commission
    path: Path
    limit: int | None
    budget: float | None
    retry_failed: bool
    display: Display | None
    command: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise RequestError(f"limit must be at least 1, not {self.limit}")
        if self.budget is not None and not self.budget > 0:
            raise RequestError(
                f"a budget of ${self.budget:g} buys nothing", remedy="give more, or none"
            )
        self._models: dict[str, ChatModel] = {}
        self._interrupted = 0
        self._spent = 0.0
        self._last = 0
        self._total = 0
        self._done = 0

    @contextlib.contextmanager
    def opened(self) -> Iterator[Sequence[Job]]:
        """Lock the file, make it if there is none, and yield what is left to do."""
        ids = self.what.ids[: self.limit]
        self._total = len(ids)
        with store.KIND.locked(self.path):
            jobs = [Job(number, twin) for number, twin in enumerate(ids)]
            if store.KIND.exists(self.path):
                with contextlib.closing(store.KIND.connect(self.path)) as reader:
                    meta = store.read_meta(self.path, reader)
                    store.verify(self.path, meta, self.what.charter())
                    with store.KIND.reporting(self.path):
                        jobs = list(self._left(reader, jobs))
                        self._last, self._interrupted, self._spent = spent_before(reader)
                self._models = self.what.models() if jobs else {}
            else:
                self._models = self.what.models()  # before a file is made: there may be no key
                store.create(self.path, self.what.meta(self.command), self.what.ids)
            self._done = self._total - len(jobs)
            yield jobs

    def _left(self, reader: sqlite3.Connection, jobs: Sequence[Job]) -> Iterator[Job]:
        """The interviews that are not over, with what is on record of them."""
        endings = store.read_endings(reader)
        turns = store.read_turns(self.path, reader)
        plans = store.read_plans(reader)
        rejected = store.read_rejected(reader)
        for job in jobs:
            ended = endings.get(job.number)
            if ended is not None and not (self.retry_failed and ended[0] is Status.FAILED):
                continue
            done = turns.get(job.number, [])
            used = rejected.get((job.number, len(done) + 1), (0, ()))
            yield Job(
                job.number,
                job.twin,
                tuple(done),
                plans.get(job.number, {}),
                used[0],
                used[1],
                allowance=self.what.manner.tries + (used[0] if ended is not None else 0),
            )

    async def work(self, jobs: Sequence[Job]) -> None:
        """Hold the interviews.

        Raises:
            UnderstudyError: It cannot go on. Turns under way were finished first.
            asyncio.CancelledError: Somebody stopped it; turns under way had `DRAIN_SECONDS`.
        """
        display = self.display or SilentDisplay()
        manner = self.what.manner
        cache: ResponseCache | None = None
        recorder: Recorder | None = None
        lines: dict[str, Line] = {}
        try:
            for model in self._models.values():
                await model.verify()
            scripted = all(spec.startswith("scripted:") for spec in self._models)
            if manner.cache and self._models and not (manner.cache is True and scripted):
                cache = ResponseCache(None if manner.cache is True else Path(manner.cache))
            lines = {
                spec: Line(model, concurrency=manner.concurrency, cache=cache)
                for spec, model in self._models.items()
            }
            recorder = Recorder(self.path, Budget(self.budget, self._spent), self._last)
            recorder.interrupt()
            recorder.people(list(enumerate(self.what.ids)))
            held = Interviewing(self.what, recorder, Ways.of(self.what, lines))
            await self._hold(held, jobs, display, recorder)
        finally:
            for model in self._models.values():
                await model.aclose()
            if cache is not None:
                await asyncio.to_thread(cache.close)
            if recorder is not None:
                with contextlib.suppress(LedgerError):
                    recorder.interrupt()
                recorder.close()

    async def _hold(
        self, held: Interviewing, jobs: Sequence[Job], display: Display, recorder: Recorder
    ) -> None:
        display.begin(self._total, self._done)
        for notice in self._notices():
            display.message(notice)
        left = iter(jobs)
        workers = min(self.what.manner.concurrency, len(jobs))
        tasks = [asyncio.create_task(held.interviewer(left)) for _ in range(workers)]
        ticker = asyncio.create_task(self._show(held, display, recorder))
        try:
            with calm_collector():
                await self._finish(held, tasks, display)
            await recorder.flushed()
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
            display.update(self._progress(held, recorder))
            display.end(self._summary(held))
        if held.error is not None:
            raise held.error

    async def _finish(
        self, held: Interviewing, tasks: Sequence[asyncio.Task[None]], display: Display
    ) -> None:
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            held.stopping = True
            display.message("stopping; answers under way are waited for")
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
            raise
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, UnderstudyError):
                raise result

    def _notices(self) -> Iterator[str]:
        yield from self.what.notices
        if self._interrupted:
            yield (
                f"{self._interrupted:,} request{'s' if self._interrupted > 1 else ''} under way "
                "when writing was cut off may have been billed without an answer being recorded"
            )

    async def _show(self, held: Interviewing, display: Display, recorder: Recorder) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            display.update(self._progress(held, recorder))

    def _progress(self, held: Interviewing, recorder: Recorder) -> Progress:
        rejections = Counter({str(fault): count for fault, count in held.rejections.items()})
        if held.failed:
            rejections["failed"] = held.failed
        return Progress(
            interviews=self._done + held.ended,
            total=self._total,
            answers=held.turns,
            pages=held.turns,
            missing=rejections,
            requests=recorder.budget.attempts,
            cost=recorder.budget.spent,
            budget=recorder.budget.limit,
            unit="backstories",
            part="turns",
        )

    def _summary(self, held: Interviewing) -> str:
        over = self._done + held.ended
        done = f"{over:,} of {self._total:,} backstories, {held.turns:,} turns"
        if held.failed:
            done += f", {held.failed:,} failed"
        return done if over == self._total else f"{done}; run the same command again to go on"
