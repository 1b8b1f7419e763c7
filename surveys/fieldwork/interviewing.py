"""Interviews held side by side: pages go to the respondent, checked replies go to the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ...data.codebook import Codebook
from ...data.collector import calm_collector
from ...data.errors import AnswersPendingError, RunError, UnderstudyError
from ..flow import Walk
from ..ledger.file import reporting
from ..ledger.recording import Recorder, field_rows
from ..ledger.writer import Writer
from ..respondent import BatchRespondent, ForesightedRespondent, Interview, Page, Reply
from .attempts import Attempts
from .budget import Budget
from .course import Course, Job, variables_of
from .display import Display, Progress
from .replies import checked

if TYPE_CHECKING:
    from ...twins.twin import Twin, Twins
    from ..questionnaire import Questionnaire
    from ..respondent import Respondent

__all__ = ["Interviewing", "Job"]

T = TypeVar("T")

DRAIN_SECONDS = 3.0
"""How long pages under way may take to finish after Ctrl-C: five seconds are promised in all, and a
process takes its time to end on a busy machine."""
TICK_SECONDS = 0.1
"""How often progress is shown."""
TURN_SECONDS = 0.005
"""How long interviews that never wait may keep others, and Ctrl-C, from their turn."""


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
        budget: Budget,
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
        self._budget = budget
        self._foresighted = (
            respondent
            if isinstance(respondent, ForesightedRespondent) and respondent.ahead
            else None
        )
        self._finished = 0
        self._answers = 0
        self._pages = 0
        self._missing: Counter[str] = Counter()
        self._stopping = False
        self._error: UnderstudyError | None = None
        self._pending: AnswersPendingError | None = None
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
        with calm_collector():
            await self._hold(jobs, workers)

    async def _hold(self, jobs: Sequence[Job], workers: int) -> None:
        left = iter(jobs)
        tasks = [
            asyncio.create_task(self._interviewer(left)) for _ in range(min(workers, len(jobs)))
        ]
        ticker = asyncio.create_task(self._show())
        try:
            await self._finish(tasks)
            if self._error is None:
                if self._pending is None and isinstance(self._respondent, BatchRespondent):
                    await self._respondent.collect()
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
        if self._pending is not None:
            raise self._pending

    async def _finish(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            self._stopping = True
            self._display.message("stopping; pages under way are let finish")
            if isinstance(self._respondent, BatchRespondent):
                self._respondent.leave()
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
            except AnswersPendingError as error:
                # The interview stays open; others may have their answers.
                self._pending = error
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
        course = Course(
            job=job,
            walk=walk,
            recorded=recorded,
            attempts=Attempts(self._writer, job.number, self._attempts, self._budget),
        )
        interview = Interview(
            twin=twin,
            replicate=job.replicate,
            seed=self._seed,
            arms=job.arms,
            said=course.said,
            attempts=course.attempts,
        )
        try:
            if self._foresighted is not None:
                over = await self._block_by_block(course, interview, self._foresighted)
            else:
                over = await self._page_by_page(course, interview)
        finally:
            course.attempts.release()
        if over:
            status = "broke off" if course.broke_off else walk.outcome
            rows: dict[str, Any] = {"status": ((status, len(course.said), job.number),)}
            if walk.fields:
                rows["field"] = field_rows(job.number, walk.fields)
            self._writer.submit(rows)
            self._finished += 1

    async def _page_by_page(self, course: Course, interview: Interview) -> bool:
        """Hold an interview a page at a time; whether it came to its end."""
        walk = course.walk
        while not course.broke_off and (page := walk.next_page(course.answers)) is not None:
            replies = course.on_record(page)
            if replies is None:
                if self._stopping:
                    return False
                replies = await self._ask(page, interview)
                self._record(course, [(page, replies)])
                await self._give_way()
            course.take(page, course.early.pop(page.number, replies))
        return True

    async def _block_by_block(
        self, course: Course, interview: Interview, respondent: ForesightedRespondent
    ) -> bool:
        """Hold an interview several pages at a time; whether it came to its end."""
        while not course.broke_off:
            pages = course.next_pages(respondent.ahead)
            if not pages:
                break
            if self._stopping:
                return False
            left = [page for page in pages if page.number not in course.early]
            silent = [(page, list[Reply]()) for page in left if not variables_of(page)]
            asked = [page for page in left if variables_of(page)]
            if asked:
                async for some in self._ask_ahead(asked, interview, respondent):
                    # Pages of display text alone go on record with those around them.
                    self._record(course, [*silent, *some])
                    silent = []
            else:
                self._record(course, silent)
            for page in pages:
                course.take(page, course.early.pop(page.number))
            await self._give_way()
        return True

    def _record(self, course: Course, answered: Sequence[tuple[Page, list[Reply]]]) -> None:
        """Put pages with their replies into the ledger, together."""
        rows: dict[str, Any] = {}
        durable = False
        for page, replies in answered:
            for statement, more in self._recorder.page(course.job.number, page, replies).items():
                rows.setdefault(statement, []).extend(more)
            durable |= course.attempts.made_for(page.number)
            ended = course.attempts.answered(page.number)
            if ended:
                rows.setdefault("end", []).extend(ended)
            course.early[page.number] = replies
            self._count(replies)
        self._writer.submit(rows, durable=durable)

    def _recorded(self, job: Job) -> Mapping[int, list[Reply]]:
        if self._reader is None:
            return {}
        with reporting(self._writer.path):
            return self._recorder.read(self._reader, job.number)

    async def _ask(self, page: Page, interview: Interview) -> list[Reply]:
        if not variables_of(page):
            return []
        with self._explaining(page, interview):
            return checked(page, await self._respondent.answer(page, interview))

    async def _ask_ahead(
        self, pages: Sequence[Page], interview: Interview, respondent: ForesightedRespondent
    ) -> AsyncIterator[list[tuple[Page, list[Reply]]]]:
        left = {page.number for page in pages}
        with self._explaining(pages[0], interview):
            async for some in respondent.answer_ahead(pages, interview):
                left.difference_update([page.number for page, _ in some])
                yield [(page, checked(page, replies)) for page, replies in some]
            if left:
                raise ValueError(f"page {min(left)} was left without an answer")

    @contextlib.contextmanager
    def _explaining(self, page: Page, interview: Interview) -> Iterator[None]:
        """Turn whatever a respondent raises into one sentence."""
        try:
            yield
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
            requests=self._budget.attempts,
            cost=self._budget.spent,
            budget=self._budget.limit,
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
