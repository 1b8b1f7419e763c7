"""Fieldwork: a questionnaire is administered to twins, and every answer goes into the ledger.

Interviews run side by side, the pages of one in order. What is on record is not asked again: the
recorded pages of an unfinished interview are replayed, and finished interviews are not touched.
The same seed gives the same answers however many workers there are and however often the run was
interrupted, because nothing an interview depends on is shared between interviews.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime
import importlib.metadata
import itertools
import json
import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.codebook import Codebook
from ...data.codebook_json import to_json
from ...data.errors import LedgerError, RequestError
from ...data.seeds import seed_of
from ..flow import allocate
from ..ledger import file as ledgers
from ..ledger.recording import Recorder
from ..ledger.run import Run, load_run
from ..ledger.writer import Writer
from ..respondent import BatchRespondent, ForesightedRespondent, LeftOver
from .attempts import Attempts
from .budget import Budget
from .display import Display, SilentDisplay
from .interviewing import Interviewing, Job
from .left_over import Remains, left_over, spent_before
from .private_loop import run_apart

if TYPE_CHECKING:
    from ...twins.twin import Twins
    from ..questionnaire import Questionnaire
    from ..respondent import Preparation, Respondent

__all__ = ["WORKERS", "aadminister", "administer"]

WORKERS = 8
"""Interviews under way at a time, for respondents that have no wish of their own."""


def administer(
    questionnaire: Questionnaire,
    twins: Twins,
    respondent: Respondent,
    *,
    ledger: Path | None = None,
    seed: int = 0,
    replicates: int = 1,
    limit: int | None = None,
    workers: int | None = None,
    budget: float | None = None,
    display: Display | None = None,
    command: Mapping[str, Any] | None = None,
) -> Run:
    """Administer a questionnaire to twins; works in and outside a running event loop.

    Calling it again with the same arguments goes on where it stopped.

    Args:
        questionnaire: What is asked.
        twins: Who is asked.
        respondent: Who answers for them.
        ledger: The run file; None for a temporary one that goes when the run object does.
        seed: Decides every random choice.
        replicates: How often each twin is interviewed, each time from the start.
        limit: Only the first so many twins; arms are those they have in the whole run, so a
            higher limit can follow.
        workers: Interviews under way at a time; by default what the respondent wants, or 8. With
            answers out of batches all are.
        budget: US dollars that the run may spend, over all its starts; None for no limit.
        display: What shows progress; None for nothing.
        command: How the run was asked for (arguments, files with digests), kept in the run file.

    Returns:
        The run, complete for the twins within `limit`.

    Raises:
        RequestError: A number makes no sense, or answers out of batches would have no file.
        LedgerError: The run file is foreign, damaged, in use, or belongs to another run.
        BudgetReachedError: The budget is spent; what was answered is kept.
        UnderstudyError: The respondent cannot go on; what was answered is kept.
        KeyboardInterrupt: Ctrl-C was pressed; what was answered is kept.
    """
    with _planned(
        questionnaire=questionnaire,
        twins=twins,
        respondent=respondent,
        path=ledger,
        seed=seed,
        replicates=replicates,
        limit=limit,
        workers=workers,
        budget=budget,
        command=command,
    ) as plan:
        with _opened(plan) as (jobs, reader):
            if jobs:
                preparation = plan.prepare()
                with _started(plan, reader, preparation, display) as interviewing:
                    run_apart(lambda: interviewing.work(jobs, plan.workers))
        return plan.result()


async def aadminister(
    questionnaire: Questionnaire,
    twins: Twins,
    respondent: Respondent,
    *,
    ledger: Path | None = None,
    seed: int = 0,
    replicates: int = 1,
    limit: int | None = None,
    workers: int | None = None,
    budget: float | None = None,
    display: Display | None = None,
    command: Mapping[str, Any] | None = None,
) -> Run:
    """Administer a questionnaire to twins on the running event loop; see `administer`.

    Raises:
        asyncio.CancelledError: The task was cancelled; pages under way were let finish first.
    """
    with _planned(
        questionnaire=questionnaire,
        twins=twins,
        respondent=respondent,
        path=ledger,
        seed=seed,
        replicates=replicates,
        limit=limit,
        workers=workers,
        budget=budget,
        command=command,
    ) as plan:
        with _opened(plan) as (jobs, reader):
            if jobs:
                preparation = await asyncio.to_thread(plan.prepare)
                with _started(plan, reader, preparation, display) as interviewing:
                    await interviewing.work(jobs, plan.workers)
        return plan.result()


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is to be done, before anything is."""

    questionnaire: Questionnaire
    twins: Twins
    respondent: Respondent
    path: Path
    seed: int
    replicates: int
    workers: int
    budget: float | None
    command: Mapping[str, Any]
    codebook: Codebook
    ids: Sequence[str]
    arms: Mapping[str, Sequence[str]]
    jobs: Sequence[Job]
    temporary: bool

    def prepare(self) -> Preparation:
        return self.respondent.prepare(self.questionnaire, self.twins, self.seed)

    def charter(self) -> ledgers.Charter:
        return ledgers.Charter(
            questionnaire=self.questionnaire.fingerprint,
            twins=self.twins.fingerprint,
            respondent=self.respondent.fingerprint,
            spec=self.respondent.spec,
            seed=self.seed,
        )

    def meta(self, preparation: Preparation) -> dict[str, Any]:
        """What the ledger says about the run."""
        charter = self.charter()
        return {
            "understudy": importlib.metadata.version("understudy"),
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "questionnaire": self.questionnaire.to_yaml(),
            "questionnaire_fingerprint": charter.questionnaire,
            "codebook": json.loads(to_json(self.codebook)),
            "respondent": charter.spec,
            "respondent_fingerprint": charter.respondent,
            "twins": list(self.ids),
            "twins_fingerprint": charter.twins,
            "seed": self.seed,
            "replicates": self.replicates,
            "arms": self.arms,
            "preparation": dataclasses.asdict(preparation),
            "command": dict(self.command),
        }

    def result(self) -> Run:
        run = load_run(self.path)
        if self.temporary:
            weakref.finalize(run, shutil.rmtree, self.path.parent, ignore_errors=True)
        return run


@contextlib.contextmanager
def _planned(
    *,
    questionnaire: Questionnaire,
    twins: Twins,
    respondent: Respondent,
    path: Path | None,
    seed: int,
    replicates: int,
    limit: int | None,
    workers: int | None,
    budget: float | None,
    command: Mapping[str, Any] | None,
) -> Iterator[_Plan]:
    """Work out the plan; a temporary ledger goes again unless there is a run to show for it."""
    for name, number in (("replicates", replicates), ("limit", limit), ("workers", workers)):
        if number is not None and number < 1:
            raise RequestError(f"{name} must be at least 1, not {number}")
    if budget is not None and not budget > 0:
        raise RequestError(f"a budget of ${budget:g} buys nothing", remedy="give more, or none")
    deferred = isinstance(respondent, BatchRespondent) and respondent.deferred
    if deferred and path is None:
        raise RequestError(
            "answers out of batches may come when this process has ended, and the run has no file",
            remedy="name a file for it",
        )
    if workers is None or deferred:
        workers = respondent.at_once if isinstance(respondent, ForesightedRespondent) else WORKERS
    ids = tuple(twins.ids)
    # Arms are dealt over everybody, so that a limit does not change who is in which.
    dealt = allocate(questionnaire, ids, seed)
    mine = {twin: {name: arms[twin] for name, arms in dealt.items()} for twin in ids}
    jobs = [
        Job((replicate - 1) * len(ids) + position, twin, replicate, mine[twin])
        for replicate in range(1, replicates + 1)
        for position, twin in enumerate(ids[:limit])
    ]
    # People take turns in a random order, so that a part of a run is a sample of the whole.
    jobs.sort(key=lambda job: (job.replicate, seed_of(seed, job.twin, "turn")))
    folder = None if path is not None else Path(tempfile.mkdtemp(prefix="understudy-"))
    try:
        yield _Plan(
            questionnaire=questionnaire,
            twins=twins,
            respondent=respondent,
            path=path or Path(str(folder)) / "run.ledger",
            seed=seed,
            replicates=replicates,
            workers=workers,
            budget=budget,
            command=command or {},
            codebook=questionnaire.codebook(),
            ids=ids,
            arms=_arms(questionnaire, dealt),
            jobs=jobs,
            temporary=folder is not None,
        )
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _arms(
    questionnaire: Questionnaire, dealt: Mapping[str, Mapping[str, str]]
) -> dict[str, list[str]]:
    """Arms of each condition: as written, then orders and picks as they were dealt, sorted."""
    written = {condition.name: condition.arms for condition in questionnaire.conditions}
    found = {}
    for name, arms in dealt.items():
        seen = set(arms.values())
        first = [arm for arm in written.get(name, ()) if arm in seen]
        found[name] = first + sorted(seen - set(first))
    return found


@contextlib.contextmanager
def _opened(plan: _Plan) -> Iterator[tuple[Sequence[Job], sqlite3.Connection | None]]:
    """Lock the ledger, see that it is this run's, and yield what is left to do.

    The connection reads what is on record; it is None where there is no ledger yet.
    """
    with ledgers.locked(plan.path):
        if not ledgers.exists(plan.path):
            yield plan.jobs, None
            return
        with contextlib.closing(ledgers.connect(plan.path)) as reader:
            ledgers.verify(plan.path, ledgers.read_meta(plan.path, reader), plan.charter())
            with ledgers.reporting(plan.path):
                rows = reader.execute("SELECT id FROM interviews WHERE status != 'open'")
                finished = {number for (number,) in rows}
            yield [job for job in plan.jobs if job.number not in finished], reader


def _say_nothing(text: str) -> None:
    """Where there is no display."""
    del text


@contextlib.contextmanager
def _started(
    plan: _Plan,
    reader: sqlite3.Connection | None,
    preparation: Preparation,
    display: Display | None,
) -> Iterator[Interviewing]:
    """Make the ledger if there is none, write down who is to be interviewed, and close it after."""
    variables = {name: number for number, name in enumerate(plan.codebook.names)}
    attempts = interrupted = 0
    budget = Budget(plan.budget)
    left = Remains()
    rows: dict[str, Any] = {
        "interview": [
            (job.number, job.twin, job.replicate, json.dumps(job.arms)) for job in plan.jobs
        ]
    }
    if reader is None:
        ledgers.create(plan.path, plan.meta(preparation), plan.codebook.names)
    else:
        with ledgers.reporting(plan.path):
            variables = dict(reader.execute("SELECT name, id FROM variables"))
            attempts, interrupted = reader.execute(
                # What was on its way into a batch is looked for there.
                "SELECT coalesce(max(id), 0), coalesce(sum(outcome = '' "
                "AND json_extract(detail, '$.custom_id') IS NULL), 0) FROM attempts"
            ).fetchone()
            left = left_over(reader)
            budget.spent = spent_before(reader) - left.counted
            rows["submitted"] = left.found
            for number, expected in left.expected.items():
                budget.adopt(number, expected)
        if plan.replicates > ledgers.read_meta(plan.path, reader)["replicates"]:
            rows["run"] = [("replicates", json.dumps(plan.replicates))]
    notices = list(preparation.warnings)
    if interrupted:
        notices.append(
            f"{interrupted:,} request{'s' if interrupted > 1 else ''} under way when the run was "
            "cut off may have been billed without an answer being recorded"
        )
    writer = Writer(plan.path)
    try:
        if isinstance(plan.respondent, BatchRespondent):
            log = Attempts(writer, 0, itertools.count(attempts + 1), budget)
            plan.respondent.take_over(
                LeftOver(
                    batches=left.batches,
                    lost=left.lost,
                    since=left.since,
                    attempts=log,
                    tell=display.message if display is not None else _say_nothing,
                )
            )
        writer.submit({**rows, "interrupt": [()]})
        yield Interviewing(
            questionnaire=plan.questionnaire,
            twins=plan.twins,
            respondent=plan.respondent,
            seed=plan.seed,
            total=len(plan.jobs),
            display=display or SilentDisplay(),
            notices=notices,
            writer=writer,
            recorder=Recorder(plan.codebook, variables),
            reader=reader,
            last_attempt=attempts,
            budget=budget,
        )
    finally:
        with contextlib.suppress(LedgerError):
            writer.submit({"interrupt": [()]})
        if reader is not None:
            reader.close()
        writer.close()
