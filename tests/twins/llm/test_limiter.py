"""The limiter, in virtual time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.twins.llm.chat import Limits
from understudy.twins.llm.limiter import LEAST_INTERVAL, LONGEST_WINDOW, START, Limiter

Virtually = Callable[[Coroutine[Any, Any, Any]], Any]


async def fill(limiter: Limiter) -> list[int]:
    """Take every slot there is."""
    return [await limiter.acquire() for _ in range(limiter.limit - limiter.in_flight)]


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def clock() -> float:
    return asyncio.get_running_loop().time()


def test_starts_with_sixteen_or_fewer() -> None:
    assert Limiter(64).limit == START == 16
    assert Limiter(5).limit == 5
    with pytest.raises(ValueError, match="at least 1"):
        Limiter(0)


async def round_trips(limiter: Limiter, count: int) -> list[int]:
    """Calls under way in each round trip, with more wanted than there are slots."""

    async def call() -> None:
        ticket = await limiter.acquire()
        await asyncio.sleep(1.0)
        limiter.succeeded(ticket)

    calls = [asyncio.ensure_future(call()) for _ in range(1_000)]
    await asyncio.sleep(0.5)
    seen = []
    for _ in range(count):
        seen.append(limiter.in_flight)
        await asyncio.sleep(1.0)
    for one in calls:
        one.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    return seen


def test_doubles_each_round_trip_up_to_the_most(virtually: Virtually) -> None:
    assert virtually(round_trips(Limiter(100), 5)) == [16, 32, 64, 100, 100]


def test_slots_not_used_are_not_added_to(virtually: Virtually) -> None:
    async def work() -> int:
        limiter = Limiter(64)
        for _ in range(100):
            limiter.succeeded(await limiter.acquire())
        return limiter.limit

    assert virtually(work()) == START


def test_halves_once_per_round_trip_then_adds_one_per_round_trip(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(64)
        tickets = await fill(limiter)
        for ticket in tickets:
            limiter.throttled(ticket)
        assert limiter.limit == 8
        assert limiter.throttles == 16
        for ticket in await fill(limiter):
            limiter.throttled(ticket)
        assert limiter.limit == 4
        grown = await round_trips(limiter, 5)
        assert grown[0] == 4
        # Reciprocals of a growing limit add up to just short of one.
        assert all(0 <= later - earlier <= 1 for earlier, later in itertools.pairwise(grown))
        assert grown[-1] in (7, 8)

    virtually(work())


def test_never_below_one_and_then_spaced_in_time(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(1)
        started = clock()
        waits = []
        for _ in range(5):
            ticket = await limiter.acquire()
            waits.append(clock() - started)
            started = clock()
            limiter.throttled(ticket)
        assert limiter.limit == 1
        assert waits[0] == 0.0
        assert waits[1] >= 0.75 * LEAST_INTERVAL
        assert all(later > 1.1 * earlier for earlier, later in itertools.pairwise(waits[1:]))
        # Success shortens the gaps until there are none.
        for _ in range(30):
            limiter.succeeded(await limiter.acquire())
        started = clock()
        limiter.succeeded(await limiter.acquire())
        limiter.succeeded(await limiter.acquire())
        assert clock() == started

    virtually(work())


def test_retry_after_holds_everybody(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(64)
        ticket = await limiter.acquire()
        start = clock()
        limiter.throttled(ticket, retry_after=7.0)
        waiting = [asyncio.ensure_future(limiter.acquire()) for _ in range(5)]
        await asyncio.gather(*waiting)
        assert clock() - start == pytest.approx(7.0)
        assert limiter.waited == pytest.approx(35.0)

    virtually(work())


def test_a_longer_pause_stays(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(4)
        start = clock()
        limiter.pause(9.0)
        limiter.pause(2.0)
        await limiter.acquire()
        assert clock() - start == pytest.approx(9.0)

    virtually(work())


@pytest.mark.parametrize("kind", ["requests", "tokens"])
def test_waits_for_the_window_rather_than_running_into_a_refusal(
    virtually: Virtually, kind: str
) -> None:
    async def work() -> None:
        limiter = Limiter(64)
        first = await limiter.acquire()
        each = 100 if kind == "tokens" else 1
        left, reset = 3 * each, 20.0
        told = (
            Limits(tokens=left, tokens_reset=reset)
            if kind == "tokens"
            else Limits(requests=left, requests_reset=reset)
        )
        limiter.succeeded(first, told, tokens=100)
        start = clock()
        for _ in range(3):
            await limiter.acquire()
        assert clock() == start
        await limiter.acquire()
        assert clock() - start == pytest.approx(20.0)

    virtually(work())


def test_calls_started_since_count_against_what_is_left(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(64)
        tickets = await fill(limiter)
        start = clock()
        limiter.succeeded(tickets[3], Limits(requests=14, requests_reset=30.0))
        # Twelve of sixteen were started after this one: two are left.
        await limiter.acquire()
        await limiter.acquire()
        # An answer that was overtaken brings nothing back.
        limiter.succeeded(tickets[0], Limits(requests=17, requests_reset=30.0))
        assert clock() == start
        await limiter.acquire()
        assert clock() - start == pytest.approx(30.0)

    virtually(work())


def test_headers_are_believed_for_a_minute_and_only_with_a_time(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(64)
        start = clock()
        limiter.succeeded(await limiter.acquire(), Limits(requests=0))
        limiter.succeeded(await limiter.acquire(), Limits(requests=0, requests_reset=86_400.0))
        assert clock() == start
        await limiter.acquire()
        assert clock() - start == pytest.approx(LONGEST_WINDOW)

    virtually(work())


def test_first_come_first_served_and_those_tried_before_go_first(virtually: Virtually) -> None:
    async def work() -> list[str]:
        limiter = Limiter(1)
        held = await limiter.acquire()
        served: list[str] = []

        async def one(name: str, again: bool) -> None:
            ticket = await limiter.acquire(again=again)
            served.append(name)
            limiter.release(ticket)

        waiting = [
            asyncio.ensure_future(one(name, name.startswith("again")))
            for name in ("a", "b", "again a", "c", "again b")
        ]
        await turns()
        limiter.release(held)
        await asyncio.gather(*waiting)
        return served

    assert virtually(work()) == ["again a", "again b", "a", "b", "c"]


def test_whoever_gives_up_frees_the_place(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(1)
        held = await limiter.acquire()
        given_up = asyncio.ensure_future(limiter.acquire())
        other = asyncio.ensure_future(limiter.acquire())
        await turns()
        given_up.cancel()
        await turns()
        limiter.release(held)
        await other
        assert limiter.in_flight == 1

    virtually(work())


def test_a_slot_given_in_the_moment_of_cancellation_is_not_lost(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(1)
        held = await limiter.acquire()
        given_up = asyncio.ensure_future(limiter.acquire())
        other = asyncio.ensure_future(limiter.acquire())
        await turns()
        limiter.release(held)
        given_up.cancel()
        await other
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert limiter.in_flight == 1

    virtually(work())


def test_probing_is_one_at_a_time_beside_calls_that_hang(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(64)
        hanging = [await limiter.acquire() for _ in range(3)]
        start = clock()
        limiter.probe(2.0)
        probe = await limiter.acquire()
        assert clock() - start == pytest.approx(2.0)
        waiting = [asyncio.ensure_future(limiter.acquire()) for _ in range(40)]
        await turns()
        assert limiter.in_flight == 4
        limiter.release(probe)
        await turns()
        assert sum(one.done() for one in waiting) == 1
        limiter.recover()
        await turns()
        assert limiter.in_flight == START
        limiter.release(hanging[0])
        await turns()
        assert limiter.in_flight == START
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    virtually(work())


def test_fail_reaches_everybody_who_waits(virtually: Virtually) -> None:
    async def work() -> None:
        limiter = Limiter(1)
        held = await limiter.acquire()
        waiting = [asyncio.ensure_future(limiter.acquire(again=i % 2 == 0)) for i in range(4)]
        await turns()
        limiter.fail(lambda: RuntimeError("gone"))
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(result) for result in results] == ["gone"] * 4
        assert len({id(result) for result in results}) == 4
        limiter.release(held)
        await limiter.acquire()

    virtually(work())


def test_works_in_a_second_loop_after_the_first_was_left_in_a_pause(virtually: Virtually) -> None:
    limiter = Limiter(2)

    async def leave() -> None:
        limiter.pause(5.0)
        waiting = asyncio.ensure_future(limiter.acquire())
        await turns()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async def come_back() -> None:
        await limiter.acquire()
        assert limiter.in_flight == 1

    virtually(leave())
    virtually(come_back())


OUTCOMES = st.sampled_from(["ok", "full", "full later", "failed", "empty", "cancel"])


@settings(deadline=None, max_examples=60)
@given(
    most=st.integers(1, 40),
    script=st.lists(st.tuples(OUTCOMES, st.floats(0.0, 3.0)), min_size=1, max_size=80),
    probe_at=st.integers(0, 100),
)
def test_never_more_than_allowed_and_everybody_is_served(
    virtually: Virtually, most: int, script: list[tuple[str, float]], probe_at: int
) -> None:
    async def work() -> None:
        limiter = Limiter(most)
        under_way = 0
        served = 0

        async def one(number: int, outcome: str, seconds: float) -> None:
            nonlocal under_way, served
            ticket = await limiter.acquire(again=number % 3 == 0)
            under_way += 1
            assert under_way <= limiter.in_flight <= most
            if number == probe_at:
                limiter.probe(seconds)
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                limiter.release(ticket)
                raise
            finally:
                under_way -= 1
            served += 1
            if limiter.probing and number != probe_at:
                limiter.recover()
            if outcome == "ok":
                limiter.succeeded(ticket, tokens=50)
            elif outcome == "full":
                limiter.throttled(ticket)
            elif outcome == "full later":
                limiter.throttled(ticket, retry_after=seconds)
            elif outcome == "empty":
                limiter.succeeded(ticket, Limits(requests=0, requests_reset=seconds))
            else:
                limiter.release(ticket)
            assert 1 <= limiter.limit <= most

        tasks = [asyncio.ensure_future(one(i, *line)) for i, line in enumerate(script)]
        await asyncio.sleep(1.0)
        gone = 0
        for task, (outcome, _) in zip(tasks, script, strict=True):
            if outcome == "cancel" and not task.done():
                task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, asyncio.CancelledError):
                gone += 1
            else:
                assert result is None
        assert served + gone == len(script)
        assert limiter.in_flight == 0

    async def guarded() -> None:
        await asyncio.wait_for(work(), 36_000)

    virtually(guarded())
