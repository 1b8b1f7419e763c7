"""Administering: who is asked what, what is checked, what is kept, what stops a run."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.data.codebook import Reason
from understudy.data.errors import BudgetReachedError, RequestError, RunError, UnderstudyError
from understudy.surveys.fieldwork import interviewing
from understudy.surveys.fieldwork.administer import aadminister, administer
from understudy.surveys.fieldwork.display import Progress
from understudy.surveys.ledger.run import Run
from understudy.surveys.respondent import Basis, Interview, Page, Reply


@pytest.mark.parametrize("workers", [1, 3, 16])
def test_workers_do_not_change_answers(scenario: ModuleType, workers: int) -> None:
    one = administer(scenario.survey(), scenario.twins(12), scenario.Tracks(), seed=3)
    many = administer(
        scenario.survey(), scenario.twins(12), scenario.Tracks(waits=True), seed=3, workers=workers
    )
    assert scenario.export(one).replace(one.path.name, "") == scenario.export(many).replace(
        many.path.name, ""
    )


def test_another_seed_gives_other_answers(scenario: ModuleType) -> None:
    runs = [
        administer(scenario.survey(), scenario.twins(12), scenario.Tracks(), seed=seed)
        for seed in (3, 4)
    ]
    assert scenario.digest(runs[0]) != scenario.digest(runs[1])


def test_restarted_runs_equal_whole_ones(scenario: ModuleType, tmp_path: Path) -> None:
    class Tires(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
            if len(self.asked) >= 17:
                raise BudgetReachedError("the budget of $1 is spent", remedy="raise it")
            replies: Sequence[Reply] = await super().answer(page, interview)
            return replies

    path = tmp_path / "run.ledger"
    asked: list[tuple[str, int, int]] = []
    for workers in (1, 5, 2, 16, 3, 1, 1, 1, 1):
        respondent = Tires()
        try:
            run = administer(
                scenario.survey(),
                scenario.twins(12),
                respondent,
                ledger=path,
                seed=3,
                workers=workers,
            )
        except BudgetReachedError:
            continue
        finally:
            asked += respondent.asked
            assert respondent.closed == respondent.prepared
    assert run.complete
    assert len(asked) == len(set(asked)), "a page was asked twice"
    whole = administer(scenario.survey(), scenario.twins(12), scenario.Tracks(), seed=3)
    assert scenario.digest(run) == scenario.digest(whole)


def test_a_finished_run_is_not_prepared_or_asked_again(
    scenario: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "run.ledger"
    first = administer(scenario.survey(), scenario.twins(5), scenario.Tracks(), ledger=path)
    content = path.read_bytes()
    again = scenario.Tracks()
    second = administer(scenario.survey(), scenario.twins(5), again, ledger=path)
    assert not again.prepared
    assert not again.asked
    assert path.read_bytes() == content
    assert scenario.export(first) == scenario.export(second)


def test_limit_can_be_raised_and_keeps_arms(scenario: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "run.ledger"
    people = scenario.twins(12)
    part = administer(
        scenario.survey(), people, scenario.Tracks(), ledger=path, limit=4, replicates=1
    )
    assert [held.twin for held in part.interviews] == list(people.ids[:4])
    assert part.complete
    respondent = scenario.Tracks()
    whole = administer(scenario.survey(), people, respondent, ledger=path, replicates=2)
    assert len(whole.interviews) == 24
    assert not {key for key in respondent.asked if key[0] in people.ids[:4] and key[1] == 1}
    fresh = administer(scenario.survey(), people, scenario.Tracks(), replicates=2)
    assert scenario.digest(whole) == scenario.digest(fresh)
    counts = fresh.panel.frame["arm_frame"].value_counts()
    assert counts.tolist() == [12, 12]


def test_a_temporary_ledger_goes_with_its_run(scenario: ModuleType) -> None:
    run = administer(scenario.survey(), scenario.twins(2), scenario.Tracks())
    folder = run.path.parent
    assert run.path.exists()
    del run
    assert not folder.exists()


def test_inside_a_running_loop(scenario: ModuleType) -> None:
    ticks = 0

    async def notebook() -> tuple[Run, Run]:
        nonlocal ticks
        beside = administer(scenario.survey(), scenario.twins(6), scenario.Tracks(), seed=1)

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        within = await aadminister(
            scenario.survey(), scenario.twins(6), scenario.Tracks(waits=True), seed=1
        )
        ticking.cancel()
        return beside, within

    beside, within = asyncio.run(notebook())
    outside = administer(scenario.survey(), scenario.twins(6), scenario.Tracks(), seed=1)
    assert scenario.digest(beside) == scenario.digest(within) == scenario.digest(outside)
    assert ticks > 3, "the caller's loop was not let run"


def test_a_cancelled_task_lets_pages_finish(scenario: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "run.ledger"
    respondent = scenario.Tracks(paid=True, waits=True)

    async def cancelled() -> None:
        task = asyncio.create_task(
            aadminister(scenario.survey(), scenario.twins(12), respondent, ledger=path, seed=3)
        )
        while len(respondent.asked) < 20:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert respondent.closed == 1
    rest = scenario.Tracks()
    run = administer(scenario.survey(), scenario.twins(12), rest, ledger=path, seed=3)
    assert not set(rest.asked) & set(respondent.asked)
    assert len(rest.asked) + len(respondent.asked) > 40
    assert set(run.attempts()["outcome"]) == {"answered"}


def test_what_does_not_finish_in_time_is_cut_off_and_said_to_be(
    scenario: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interviewing, "DRAIN_SECONDS", 0.01)
    path = tmp_path / "run.ledger"

    class Hangs(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
            if len(self.asked) == 5:
                await interview.attempts.begin(page.number, {"request": "r"})
                hanging.set()
                await asyncio.Event().wait()
            replies: Sequence[Reply] = await super().answer(page, interview)
            return replies

    async def cancelled() -> None:
        task = asyncio.create_task(
            aadminister(
                scenario.survey(), scenario.twins(3), Hangs(), ledger=path, seed=3, workers=1
            )
        )
        await hanging.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    hanging = asyncio.Event()
    asyncio.run(cancelled())
    run = administer(scenario.survey(), scenario.twins(3), scenario.Tracks(), ledger=path, seed=3)
    assert run.complete
    assert run.attempts()["outcome"].tolist() == ["interrupted"]
    assert any("1 request was interrupted and may have been billed" in note for note in run.notes)


class Saying:
    """Gives one prepared list of replies to every page that asks `trust`."""

    def __init__(self, scenario: ModuleType, replies: Sequence[Any] | BaseException) -> None:
        self._rest = scenario.Tracks()
        self.prepare = self._rest.prepare
        self.aclose = self._rest.aclose
        self.spec, self.fingerprint = "saying", "saying"
        self._replies = replies

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        if page.questions[0].name != "trust":
            replies: Sequence[Reply] = await self._rest.answer(page, interview)
            return replies
        if isinstance(self._replies, BaseException):
            raise self._replies
        return self._replies


def administered(scenario: ModuleType, replies: Any, **options: Any) -> Run:
    return administer(
        scenario.survey(screen_out=False), scenario.twins(4), Saying(scenario, replies), **options
    )


@pytest.mark.parametrize(
    ("replies", "reason", "note"),
    [
        ([], Reason.FAILED, "the respondent gave no reply"),
        ([Reply("trust", 1.0), Reply("trust", 2.0)], Reason.FAILED, "gave two replies"),
        ([Reply("trust", 7.0)], Reason.UNPARSED, "not one of the options"),
        ([Reply("trust", "agree")], Reason.UNPARSED, "a number is wanted (given: agree)"),
        ([Reply("trust", float("nan"))], Reason.UNPARSED, "a number is wanted"),
        ([Reply("trust", float("inf"))], Reason.UNPARSED, "a number is wanted"),
        ([Reply("trust", True)], Reason.UNPARSED, "a number is wanted"),
        ([Reply("trust", None, Reason.REFUSED, note="no")], Reason.REFUSED, "no"),
    ],
)
def test_no_illegal_reply_becomes_an_answer(
    scenario: ModuleType, replies: list[Reply], reason: Reason, note: str
) -> None:
    run = administered(scenario, replies)
    assert run.panel.reasons("trust") == [reason] * 4
    told = run.answers().query("variable == 'trust'")
    assert all(note in text for text in told["note"])
    assert set(told["reason"]) == {reason.value}


def test_whole_numbers_and_half_characters_are_kept_as_they_can_be(scenario: ModuleType) -> None:
    run = administered(scenario, [Reply("trust", 2, None, Basis.MODEL, raw="\ud83d two\0")])
    assert run.panel.frame["trust"].tolist() == [2.0] * 4
    assert set(run.answers().query("variable == 'trust'")["raw"]) == {"? two\0"}


@pytest.mark.parametrize(
    "replies",
    [
        KeyError("secret"),
        asyncio.CancelledError(),
        [Reply("trust", 1.0), Reply("stranger", 1.0)],
        None,
        [3],
    ],
    ids=["exception", "cancellation", "stranger", "nothing", "no reply at all"],
)
def test_a_respondent_that_breaks_stops_the_run_in_good_order(
    scenario: ModuleType, tmp_path: Path, replies: Any
) -> None:
    path = tmp_path / "run.ledger"
    with pytest.raises(RunError) as caught:
        administered(scenario, replies, ledger=path, workers=1)
    text = str(caught.value)
    assert "page 2, question trust: the respondent saying failed (" in text
    assert "run the same command again" in text
    assert caught.value.__cause__ is not None
    run = administered(scenario, [Reply("trust", 1.0)], ledger=path)
    assert run.complete


def test_a_refusal_to_go_on_is_passed_on_and_others_are_kept(
    scenario: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "run.ledger"
    error = UnderstudyError("the provider rejects the key", remedy="set KEY")
    with pytest.raises(UnderstudyError) as caught:
        administered(scenario, error, ledger=path, workers=4)
    assert caught.value is error
    with sqlite3.connect(path) as ledger:
        (pages,) = ledger.execute("SELECT count(*) FROM pages").fetchone()
    ledger.close()
    assert pages == 4, "the first page of each interview under way is on record"


def test_a_failed_preparation_leaves_nothing_behind(scenario: ModuleType, tmp_path: Path) -> None:
    class Unready(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        def prepare(self, *_: object) -> Any:
            raise UnderstudyError("there is nothing to learn from")

    with pytest.raises(UnderstudyError, match="nothing to learn from"):
        administer(scenario.survey(), scenario.twins(2), Unready(), ledger=tmp_path / "r.ledger")
    assert not list(tmp_path.iterdir())


def test_breaking_off_ends_an_interview(scenario: ModuleType) -> None:
    run = administered(scenario, [Reply("trust", None, Reason.BROKE_OFF)])
    assert run.statuses() == {"completed": 0, "screened out": 0, "broke off": 4, "open": 0}
    assert run.complete
    assert run.panel.reasons("last") == [Reason.BROKE_OFF] * 4
    assert run.panel.reasons("trust") == [Reason.BROKE_OFF] * 4


@pytest.mark.parametrize("name", ["workers", "replicates", "limit"])
def test_numbers_that_make_no_sense(scenario: ModuleType, tmp_path: Path, name: str) -> None:
    options: dict[str, Any] = {name: 0, "ledger": tmp_path / "run.ledger"}
    with pytest.raises(RequestError, match=f"{name} must be at least 1, not 0"):
        administer(scenario.survey(), scenario.twins(2), scenario.Tracks(), **options)
    assert not list(tmp_path.iterdir())


def test_progress_is_told(scenario: ModuleType) -> None:
    told: list[Any] = []

    class Listening:
        def begin(self, interviews: int, done: int) -> None:
            told.append((interviews, done))

        def update(self, progress: Progress) -> None:
            told.append(progress)

        def message(self, text: str) -> None:
            told.append(text)

        def end(self, summary: str) -> None:
            told.append(summary)

    run = administer(
        scenario.survey(), scenario.twins(3), scenario.Tracks(), display=Listening(), seed=3
    )
    total = len(run.answers())
    missing = {k: n for k, n in run.dispositions().items() if k != "answered"}
    assert told[:2] == [(3, 0), "Nobody here is real."]
    assert told[-2].answers == total
    assert dict(told[-2].missing) == missing
    assert told[-1] == f"3 of 3 interviews, {total} answers"
