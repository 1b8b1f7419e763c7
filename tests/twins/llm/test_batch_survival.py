"""The batch line when processes stop waiting, are interrupted, or die at any step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from understudy.data.errors import AnswersPendingError, RequestError
from understudy.twins.llm.batching import DRAIN, BatchLine, BatchPendingError
from understudy.twins.llm.chat import Request
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.line import Line
from understudy.twins.llm.response_cache import ResponseCache

Virtually = Callable[[Coroutine[Any, Any, Any]], Any]


# --- not waiting ----------------------------------------------------------------------------------


def test_without_waiting_batches_are_submitted_and_collected_later(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World(provider=lab.Provider(most_requests=3, polls=2))
    requests = [lab.request(n) for n in range(5)]
    found = virtually(lab.outcomes(world, requests, wait=False))
    assert all(isinstance(error, BatchPendingError) for error in found)
    assert found[0].batches == {"batch_0": 3, "batch_1": 2}
    assert str(found[0]) == (
        "5 requests wait in the batches batch_0, batch_1; collect the answers later by the same "
        "command, or by: understudy resume RUN."
    )
    # Nothing is there yet.
    found = virtually(lab.outcomes(world, requests, wait=False))
    assert all(isinstance(error, BatchPendingError) for error in found)
    found = virtually(lab.outcomes(world, requests, wait=False))
    assert [one.completion.text for one in found] == [f"to question {n}" for n in range(5)]
    assert world.provider.asked == {f"question {n}": 1 for n in range(5)}
    assert world.ledger.outcomes() == {"answered": 5}


# --- closing --------------------------------------------------------------------------------------


def test_closing_leaves_batches_at_the_provider(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World(provider=lab.Provider(polls=1_000_000))

    async def interrupted() -> float:
        line = world.line()
        asks = [asyncio.ensure_future(line.ask(lab.request(n), world.ledger)) for n in range(3)]
        await asyncio.sleep(60.0)
        late = asyncio.ensure_future(line.ask(lab.request(3), world.ledger))
        await asyncio.sleep(0)
        before = asyncio.get_running_loop().time()
        await line.aclose()
        await line.aclose()
        found = await asyncio.gather(*asks, late, return_exceptions=True)
        assert [type(one) for one in found] == [BatchPendingError] * 3 + [AnswersPendingError]
        with pytest.raises(AnswersPendingError, match="no batch yet"):
            await line.ask(lab.request(9), world.ledger)
        return asyncio.get_running_loop().time() - before

    assert virtually(interrupted()) < 0.1
    assert world.ledger.outcomes() == {"submitted": 3}
    assert world.provider.cancelled == []


def test_closing_withdraws_what_was_not_sent(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World()
    world.provider.troubles["submit"] = [CallError(Failure.OVERLOADED, "busy", retry_after=600.0)]

    async def interrupted() -> float:
        line = world.line()
        ask = asyncio.ensure_future(line.ask(lab.request(0), world.ledger))
        await asyncio.sleep(60.0)
        before = asyncio.get_running_loop().time()
        await line.aclose()
        await asyncio.wait([ask])
        return asyncio.get_running_loop().time() - before

    assert virtually(interrupted()) <= DRAIN + 0.01
    assert world.ledger.outcomes() == {"withdrawn": 1}
    assert world.provider.batches == {}


def test_who_stops_waiting_before_a_batch_is_made_is_left_out(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()

    async def leave() -> None:
        line = world.line()
        asks = [asyncio.ensure_future(line.ask(lab.request(n), world.ledger)) for n in range(3)]
        await asyncio.sleep(0)
        asks[1].cancel()
        await asyncio.gather(*asks, return_exceptions=True)
        await line.aclose()

    virtually(leave())
    assert world.provider.asked == {"question 0": 1, "question 2": 1}


def test_who_comes_back_finds_the_answer_of_the_batch(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()

    async def come_back() -> str:
        line = world.line()
        first = asyncio.ensure_future(line.ask(lab.request(0), world.ledger))
        await asyncio.sleep(1.0)
        first.cancel()
        await asyncio.sleep(300.0)
        answered = await line.ask(lab.request(0), world.ledger)
        await line.aclose()
        return str(answered.completion.text)

    assert virtually(come_back()) == "to question 0"
    assert world.provider.asked == {"question 0": 1}
    assert world.ledger.outcomes() == {"answered": 1}


def test_answers_nobody_asks_for_are_kept_and_ended(
    lab: ModuleType, virtually: Virtually, cache: ResponseCache
) -> None:
    world = lab.World(cache=cache)
    virtually(world.run(map(lab.request, range(4)), last=10))
    assert world.ledger.outcomes() == {"submitted": 4}
    world.provider.polls = 0
    virtually(world.run([lab.request(0)]))
    assert world.ledger.outcomes() == {"answered": 4}
    assert [row.get("unclaimed", False) for row in world.ledger.rows.values()].count(True) == 3
    assert world.ledger.cost == pytest.approx(4 * lab.FULL_PRICE / 2)
    asked = [lab.request(n) for n in range(4)]
    found = virtually(lab.outcomes(world, asked, open_batches={}))
    assert all(one.cached for one in found)


def test_batches_nobody_asks_for_at_all_are_collected(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    virtually(world.run(map(lab.request, range(4)), last=10))
    world.provider.polls = 0
    virtually(world.run([]))
    assert world.ledger.outcomes() == {"answered": 4}


def test_a_model_without_batches_is_refused_at_once(lab: ModuleType) -> None:
    model = lab.Model(None)
    with pytest.raises(RequestError, match="anthropic:m cannot be asked in batches"):
        BatchLine(model, live=Line(model))


# --- killed at every step -------------------------------------------------------------------------


@pytest.mark.parametrize("most", [100, 3])
def test_killed_anywhere_nothing_answered_is_asked_again(
    lab: ModuleType, virtually: Virtually, most: int
) -> None:
    count = 7
    total = lab.operations(virtually, count, most_requests=most)
    assert total > 4 * count
    for last in range(total):
        world = lab.World(provider=lab.Provider(most_requests=most))
        virtually(world.run(map(lab.request, range(count)), last=last))
        recorded = dict(world.pages)
        virtually(world.run(map(lab.request, range(count))))
        assert world.pages == {f"question {n}": f"to question {n}" for n in range(count)}
        assert recorded.items() <= world.pages.items()
        assert world.provider.asked == {f"question {n}": 1 for n in range(count)}
        outcomes = world.ledger.outcomes()
        assert outcomes["submitted"] == outcomes[""] == 0
        # Every request the provider saw is an attempt; others are flagged as interrupted.
        made = sum(world.provider.asked.values())
        assert len(world.ledger.rows) == made + outcomes["interrupted"]
        assert outcomes["answered"] == made
        assert world.ledger.cost == pytest.approx(made * lab.FULL_PRICE / 2)


def test_killed_anywhere_the_cache_holds_what_was_answered(
    lab: ModuleType, virtually: Virtually, tmp_path: Path
) -> None:
    count = 3
    total = lab.operations(virtually, count)
    for last in range(total):
        with_cache = ResponseCache(tmp_path / f"{last}.sqlite")
        try:
            world = lab.World(cache=with_cache)
            virtually(world.run(map(lab.request, range(count)), last=last))
            virtually(world.run(map(lab.request, range(count))))
            assert len(world.pages) == count
            assert set(world.provider.asked.values()) == {1}
            assert world.ledger.outcomes()["answered"] == count
        finally:
            with_cache.close()


@settings(max_examples=60, deadline=None)
@given(
    deaths=st.lists(st.integers(0, 60), max_size=5),
    count=st.integers(1, 12),
    most=st.integers(1, 4),
)
@example(deaths=[3, 6, 5], count=3, most=1)
def test_killed_again_and_again(
    lab: ModuleType, virtually: Virtually, deaths: list[int], count: int, most: int
) -> None:
    world = lab.World(provider=lab.Provider(most_requests=most, polls=1))
    for last in deaths:
        virtually(world.run(map(lab.request, range(count)), last=last))
    virtually(world.run(map(lab.request, range(count))))
    assert len(world.pages) == count
    outcomes = world.ledger.outcomes()
    assert outcomes["submitted"] == outcomes[""] == 0
    made = sum(world.provider.asked.values())
    assert outcomes["answered"] == made
    assert made == count
    assert len(world.ledger.rows) == made + outcomes["interrupted"]
    assert world.ledger.cost == pytest.approx(made * lab.FULL_PRICE / 2)


def test_a_batch_that_cannot_be_found_again_is_made_again_and_flagged(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    virtually(world.run(map(lab.request, range(3)), last=4))
    assert world.ledger.outcomes() == {"": 3}
    assert len(world.provider.batches) == 1
    forgotten = world.provider.batches.pop("batch_0")
    world.provider.batches["other"] = forgotten[:1]
    virtually(world.run(map(lab.request, range(3))))
    assert world.ledger.outcomes() == {"interrupted": 3, "answered": 3}


def test_a_batch_that_arrived_unseen_is_found(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World()
    arrived = world.provider.submit

    async def submit(requests: Sequence[tuple[str, Request]]) -> str:
        await arrived(requests)
        raise CallError(Failure.TIMEOUT, "no answer in time")

    world.provider.submit = submit
    world.provider.troubles["find"] = [CallError(Failure.UNREACHABLE, "gone")]
    virtually(world.run(map(lab.request, range(3))))
    assert world.provider.asked == {f"question {n}": 1 for n in range(3)}
    assert world.ledger.outcomes() == {"answered": 3}
