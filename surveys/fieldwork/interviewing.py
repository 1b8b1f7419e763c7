"""Interviews held side by side: pages go to the respondent, checked replies go to the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ...data.codebook import Code, Codebook, Reason
from ...data.errors import LedgerError, RunError, UnderstudyError
from ..flow import Walk
from ..ledger.file import reporting
from ..ledger.recording import Recorder
from ..ledger.writer import Writer
from ..respondent import Interview, Page, Reply
from .attempts import Attempts
from .display import Display, Progress
from .replies import checked

if TYPE_CHECKING:
    from ...twins.twin import Twin, Twins
    from ..questionnaire import Questionnaire
    from ..respondent import Respondent

__all__ = ["Interviewing", "Job"]

T = TypeVar("T")

DRAIN_SECONDS = 4.0
"""How long pages under way may take to finish after Ctrl-C."""
TICK_SECONDS = 0.1
"""How often progress is shown."""
TURN_SECONDS = 0.005
"""How long interviews that never wait may keep others, and Ctrl-C, from their turn."""


@dataclass(frozen=True, slots=True)
class Job:
    """An interview to hold.

    Attributes:
        number: Its number in the ledger.
        twin: Whose it is.
        replicate: 1-based repetition.
        arms: Condition → arm of this person.
    """

    number: int
    twin: str
    replicate: int
    arms: Mapping[str, str]


class Interviewing:
    """Holds interviews until all are finished, somebody stops it, or it cannot go on."""

    def __init__(
        self,
        *,
        questionnaire: Questionnaire,
        twins: Twins,
        respondent: Respondent,
        seed: int,
        total: int,
        display: Display,
        notices: Sequence[str],
        writer: Writer,
        recorder: Recorder,
        reader: sqlite3.Connection | None,
        last_attempt: int,
    ) -> None:
        self._questionnaire = questionnaire
        self._twins = twins
        self._respondent = respondent
        self._seed = seed
        self._total = total
        self._display = display
        self._notices = notices
        self._writer = writer
        self._recorder = recorder
        self._reader = reader
        self._attempts = itertools.count(last_attempt + 1)
        self._finished = 0
        self._answers = 0
        self._pages = 0
        self._missing: Counter[str] = Counter()
        self._stopping = False
        self._error: UnderstudyError | None = None
        self._turn = 0.0

    async def work(self, jobs: Sequence[Job], workers: int) -> None:
        """Hold the interviews `jobs`, `workers` at a time.

        Raises:
            UnderstudyError: The respondent or the ledger cannot go on. Pages under way were
                finished first.
            asyncio.CancelledError: Somebody stopped it. Pages under way had `DRAIN_SECONDS` to
                finish.
        """
        self._finished = self._total - len(jobs)
        self._display.begin(self._total, self._finished)
        for notice in self._notices:
            self._display.message(notice)
        left = iter(jobs)
        tasks = [
            asyncio.create_task(self._interviewer(left)) for _ in range(min(workers, len(jobs)))
        ]
        ticker = asyncio.create_task(self._show())
        try:
            await self._finish(tasks)
            if self._error is None:
                await self._writer.flushed()
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
            await self._respondent.aclose()
            self._display.update(self._progress())
            self._display.end(self._summary())
        if self._error is not None:
            raise self._error

    async def _finish(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            self._stopping = True
            self._display.message("stopping; pages under way are let finish")
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            task.result()

    async def _interviewer(self, left: Iterator[Job]) -> None:
        for job in left:
            if self._stopping:
                return
            try:
                await self._interview(job)
            except UnderstudyError as error:
                self._stopping = True
                self._error = self._error or error
                return
            except Exception:
                self._stopping = True
                raise

    async def _interview(self, job: Job) -> None:
        recorded = self._recorded(job)
        twin = self._twins[job.twin]
        walk = Walk(
            self._questionnaire,
            person=job.twin,
            arms=job.arms,
            seed=self._seed,
            replicate=job.replicate,
            facts=_Late(lambda: {fact.name: fact.code for fact in twin.facts}),
            labels=_Late(lambda: _labels(twin, self._twins.panel.codebook)),
        )
        attempts = Attempts(self._writer, job.number, self._attempts)
        said: list[tuple[Page, Sequence[Reply]]] = []
        answers: dict[str, Code | None] = {}
        interview = Interview(
            twin=twin,
            replicate=job.replicate,
            seed=self._seed,
            arms=job.arms,
            said=said,
            attempts=attempts,
        )
        broke_off = False
        while not broke_off and (page := walk.next_page(answers)) is not None:
            replies: Sequence[Reply] | None = recorded.get(page.number)
            if replies is None:
                if self._stopping:
                    return
                replies = await self._ask(page, interview)
                rows = self._recorder.page(job.number, page, replies)
                self._writer.submit(rows, durable=attempts.made_for(page.number))
                self._count(replies)
                await self._give_way()
            elif [reply.variable for reply in replies] != _variables(page):
                raise LedgerError(
                    f"page {page.number} of twin {job.twin} is on record with other questions",
                    remedy="start a new run with another -o file",
                )
            said.append((page, replies))
            for reply in replies:
                answers[reply.variable] = reply.value
                broke_off |= reply.reason is Reason.BROKE_OFF
        status = "broke off" if broke_off else walk.outcome
        self._writer.submit({"status": ((status, len(said), job.number),)})
        self._finished += 1

    def _recorded(self, job: Job) -> Mapping[int, list[Reply]]:
        if self._reader is None:
            return {}
        with reporting(self._writer.path):
            return self._recorder.read(self._reader, job.number)

    async def _ask(self, page: Page, interview: Interview) -> list[Reply]:
        if not _variables(page):
            return []
        try:
            return checked(page, await self._respondent.answer(page, interview))
        except UnderstudyError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            # A cancellation that nobody asked for comes from within the respondent.
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
                raise
            name = next(shown.name for shown in page.questions if shown.variables)
            raise RunError(
                f"the respondent {self._respondent.spec} failed ({type(error).__name__}: {error})",
                where=f"twin {interview.twin.id}, page {page.number}, question {name}",
                remedy="what was answered is kept; run the same command again to go on",
            ) from error

    async def _give_way(self) -> None:
        if self._writer.crowded:
            await self._writer.flushed()
        now = time.monotonic()
        if now >= self._turn:
            await asyncio.sleep(0)
            self._turn = time.monotonic() + TURN_SECONDS

    # --- progress -----------------------------------------------------------------------------

    def _count(self, replies: Sequence[Reply]) -> None:
        self._pages += 1
        self._answers += len(replies)
        for reply in replies:
            if reply.reason is not None:
                self._missing[reply.reason.value] += 1

    def _progress(self) -> Progress:
        return Progress(
            interviews=self._finished,
            total=self._total,
            answers=self._answers,
            pages=self._pages,
            missing=dict(self._missing),
        )

    async def _show(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._display.update(self._progress())

    def _summary(self) -> str:
        done = f"{self._finished:,} of {self._total:,} interviews, {self._answers:,} answers"
        if self._finished == self._total:
            return done
        return f"{done}; run the same command again to go on"


class _Late(Mapping[str, T]):
    """A mapping that is made when somebody first looks into it; few questionnaires do."""

    def __init__(self, make: Callable[[], Mapping[str, T]]) -> None:
        self._make = make

    @functools.cached_property
    def _made(self) -> Mapping[str, T]:
        return self._make()

    def __getitem__(self, key: str) -> T:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def _labels(twin: Twin, codebook: Codebook) -> dict[str, str]:
    """Texts of a record's answers that have value labels."""
    labels = {}
    for fact in twin.facts:
        variable = codebook[fact.name]
        if variable.labels and fact.code is not None:
            labels[fact.name] = variable.label_of(fact.code)
    return labels


def _variables(page: Page) -> list[str]:
    return [variable.name for shown in page.questions for variable in shown.variables]
