"""The batch line against a provider of batches in virtual time."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.errors import AnswersPendingError
from understudy.twins.llm.batch_files import (
    CUSTOM_ID,
    BatchGoneError,
    CancelledInBatchError,
    FailedBatchError,
)
from understudy.twins.llm.batching import GRACE, ROOM_PAUSE, BatchPendingError
from understudy.twins.llm.chat import ChoiceQuestion, Completion, Format, Head, Request, Stop, Turn
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.line import LineDownError
from understudy.twins.llm.open_batches import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE
from understudy.twins.llm.parcels import Scales, custom_ids, digest_in
from understudy.twins.llm.response_cache import ResponseCache

Virtually = Callable[[Coroutine[Any, Any, Any]], Any]


def test_everybody_is_asked_in_one_batch(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World()
    seen: list[tuple[str, int, int]] = []
    virtually(world.run(map(lab.request, range(20)), progress=lambda *all: seen.append(all)))
    assert world.pages == {f"question {n}": f"to question {n}" for n in range(20)}
    assert len(world.provider.batches) == 1
    assert world.ledger.outcomes() == {"answered": 20}
    assert world.ledger.cost == pytest.approx(20 * lab.FULL_PRICE / 2)
    assert [done for _, done, _ in seen] == [0, 0, 0, 20]
    assert {(name, total) for name, _, total in seen} == {("batch_0", 20)}
    row = world.ledger.rows[1]
    assert row["batch"] == "batch_0"
    assert row["custom_id"] == f"{row['request']}-{row['parcel']}"
    assert row["input_tokens"] == 1_000
    assert 0 < row["expected"] < 0.02


def test_batches_are_split_at_the_providers_limits(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World(provider=lab.Provider(most_requests=8))
    virtually(world.run(map(lab.request, range(20))))
    assert [len(items) for items in world.provider.batches.values()] == [8, 8, 4]
    small = Scales().weigh(lab.request(1))
    world = lab.World(provider=lab.Provider(most_bytes=3 * small + 10))
    virtually(world.run(map(lab.request, range(10))))
    assert [len(items) for items in world.provider.batches.values()] == [3, 3, 3, 1]
    world = lab.World(provider=lab.Provider(most_bytes=10))
    virtually(world.run(map(lab.request, range(3))))
    assert [len(items) for items in world.provider.batches.values()] == [1, 1, 1]


def test_a_batch_too_long_for_the_provider_is_halved(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World()
    world.provider.troubles["submit"] = [CallError(Failure.TOO_LONG, "too long")] * 2
    virtually(world.run(map(lab.request, range(8))))
    assert [len(items) for items in world.provider.batches.values()] == [2, 2, 4]
    assert world.ledger.outcomes() == {"answered": 8, "too long": 12}
    parcels = {row["parcel"]: row.get("batch") for row in world.ledger.rows.values()}
    assert sorted(map(str, parcels.values())) == ["None", "None", "batch_0", "batch_1", "batch_2"]


def test_requests_are_collected_until_nobody_asks_any_more(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()

    async def trickle() -> None:
        line = world.line()
        asks = []
        for number in range(10):
            asks.append(asyncio.ensure_future(line.ask(lab.request(number), world.ledger)))
            await asyncio.sleep(GRACE * 0.6)
        await asyncio.sleep(GRACE * 3)
        asks.append(asyncio.ensure_future(line.ask(lab.request(10), world.ledger)))
        await asyncio.gather(*asks)
        await line.aclose()

    virtually(trickle())
    assert [len(items) for items in world.provider.batches.values()] == [10, 1]


def test_batches_are_asked_after_less_and_less_often(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World(provider=lab.Provider(polls=12))
    virtually(world.run([lab.request(1)]))
    looks = world.provider.looks
    pauses = [later - earlier for earlier, later in itertools.pairwise(looks)]
    assert pauses[0] == pytest.approx(FIRST_PAUSE)
    assert pauses[1] == pytest.approx(1.5 * FIRST_PAUSE)
    assert pauses[-1] == pytest.approx(LONGEST_PAUSE)
    assert pauses == sorted(pauses)


# --- outcomes of single requests ------------------------------------------------------------------


def test_what_expired_is_asked_live_at_the_full_price(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    world.provider.plan["question 3"] = CallError(Failure.OVERLOADED, "the batch expired")
    virtually(world.run(map(lab.request, range(5))))
    assert len(world.pages) == 5
    assert world.live == ["question 3"]
    assert world.ledger.outcomes() == {"answered": 5, "overloaded": 1}
    assert world.ledger.cost == pytest.approx(4 * lab.FULL_PRICE / 2 + lab.FULL_PRICE)
    assert len(world.provider.batches) == 1


def test_what_is_missing_among_the_results_is_asked_live_and_flagged(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    world.provider.plan["question 3"] = None
    virtually(world.run(map(lab.request, range(5))))
    assert world.live == ["question 3"]
    (lost,) = [row for row in world.ledger.rows.values() if row["outcome"] == "dropped"]
    assert lost["billed"] == "maybe"
    assert len(world.pages) == 5


def test_an_invalid_request_fails_alone(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World()
    world.provider.plan["question 1"] = CallError(Failure.REJECTED, "no such parameter")
    one, two, three = virtually(lab.outcomes(world, [lab.request(n) for n in range(3)]))
    assert one.completion.text == "to question 0"
    assert three.attempt == 3
    assert isinstance(two, CallError)
    assert not isinstance(two, LineDownError)
    assert two.kind is Failure.REJECTED
    assert world.live == []
    assert world.ledger.outcomes() == {"answered": 2, "rejected": 1}


def test_who_cancels_a_batch_is_not_asked_again_behind_their_back(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    world.provider.plan["question 0"] = CancelledInBatchError()
    found = virtually(lab.outcomes(world, [lab.request(0)]))
    assert isinstance(found[0], LineDownError)
    assert "cancelled" in str(found[0])
    assert world.live == []
    assert world.ledger.outcomes() == {"cancelled": 1}


def test_a_refusal_is_an_answer_that_is_not_kept(
    lab: ModuleType, virtually: Virtually, cache: Any
) -> None:
    world = lab.World(cache=cache)
    world.provider.plan["question 0"] = Completion(text="no", stop=Stop.REFUSED, usage=lab.USAGE)
    (refused,) = virtually(lab.outcomes(world, [lab.request(0)]))
    assert refused.completion.stop is Stop.REFUSED
    assert world.ledger.outcomes() == {"refused": 1}
    assert cache.shelf(lab.Model(None)).get(lab.request(0)) is None


def test_a_queue_that_is_full_is_asked_again_later_in_smaller_batches(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    full = FailedBatchError(Failure.RATE_LIMITED, "the queue is full")
    world.provider.troubles["results"] = [full]
    virtually(world.run(map(lab.request, range(8))))
    assert [len(items) for items in world.provider.batches.values()] == [8, 4, 4]
    assert world.provider.looks[3] - world.provider.looks[2] >= ROOM_PAUSE
    assert world.ledger.outcomes() == {"rate limited": 8, "answered": 8}
    assert world.live == []


def test_a_full_queue_is_not_waited_for_by_who_does_not_wait(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    virtually(lab.outcomes(world, [lab.request(0)], wait=False))
    full = FailedBatchError(Failure.RATE_LIMITED, "the queue is full")
    world.provider.troubles["status"] = [full]
    (error,) = virtually(lab.outcomes(world, [lab.request(0)], wait=False))
    assert isinstance(error, AnswersPendingError)
    assert "no room" in str(error)
    assert world.ledger.outcomes() == {"rate limited": 1}
    assert len(world.provider.batches) == 1


def test_a_batch_of_somebody_else_is_not_taken_for_ours(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    virtually(world.run([lab.request(0), lab.request(1)], last=2))
    assert world.ledger.outcomes() == {"": 2}
    world.provider.batches["foreign"] = [("a", lab.request(7)), ("b", lab.request(8))]

    async def find(*_: Any) -> str:
        return "foreign"

    world.provider.find = find
    virtually(world.run([lab.request(0), lab.request(1)]))
    assert world.ledger.outcomes() == {"lost": 2, "answered": 2}
    assert {row.get("billed") for row in world.ledger.rows.values()} == {"maybe", None}
    assert world.live == []


def test_a_batch_that_failed_for_good_fails_its_requests(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    world.provider.troubles["status"] = [FailedBatchError(Failure.REJECTED, "not a valid file")]
    found = virtually(lab.outcomes(world, [lab.request(0), lab.request(1)]))
    assert [error.kind for error in found] == [Failure.REJECTED] * 2
    assert world.ledger.outcomes() == {"rejected": 2}


def test_questions_for_the_decisions_endpoint_are_asked_live(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    question = ChoiceQuestion("trust", "Trust?", (("1", "yes"), ("2", "no")))
    virtually(lab.outcomes(world, [lab.request(0).replace(choices=(question,))]))
    assert world.live == ["question 0"]
    assert world.provider.batches == {}


# --- the provider in trouble ----------------------------------------------------------------------


def test_outages_while_waiting_are_waited_out(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World(provider=lab.Provider(breaks=4))
    world.provider.troubles = {
        "submit": [CallError(Failure.OVERLOADED, "busy", retry_after=30.0)] * 3,
        "status": [CallError(Failure.UNREACHABLE, "gone")] * 20,
        "results": [CallError(Failure.SERVER, "oops")] * 2,
    }
    virtually(world.run(map(lab.request, range(8))))
    assert len(world.pages) == 8
    assert world.provider.asked.most_common(1)[0][1] == 1
    assert world.ledger.outcomes() == {"answered": 8}
    assert world.live == []


def test_an_outage_without_end_leaves_the_batch_for_later(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    gone = CallError(Failure.UNREACHABLE, "no connection to example.org")
    world.provider.troubles["status"] = [gone] * int(2 * PATIENCE / LONGEST_PAUSE)
    (error,) = virtually(lab.outcomes(world, [lab.request(0)]))
    assert isinstance(error, BatchPendingError)
    assert error.exit_code == 3
    assert "no connection" in str(error)
    assert world.ledger.outcomes() == {"submitted": 1}


def test_a_key_that_is_refused_stops_the_run_and_loses_nothing(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    world.provider.troubles["status"] = [CallError(Failure.DENIED, "wrong key")]
    found = virtually(lab.outcomes(world, [lab.request(0), lab.request(1)]))
    assert all(isinstance(error, LineDownError) for error in found)
    assert world.ledger.outcomes() == {"submitted": 2}
    world.provider.troubles["submit"] = [CallError(Failure.NO_CREDIT, "no credit")]
    (error,) = virtually(lab.outcomes(world, [lab.request(2)]))
    assert isinstance(error, LineDownError)
    assert world.ledger.outcomes() == {"submitted": 2, "out of credit": 1}
    virtually(world.run(map(lab.request, range(3))))
    assert world.provider.asked == {f"question {n}": 1 for n in range(3)}


def test_a_provider_that_never_takes_a_batch_stops_the_run(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    world.provider.troubles["submit"] = [CallError(Failure.OVERLOADED, "busy")] * 100
    (error,) = virtually(lab.outcomes(world, [lab.request(0)]))
    assert isinstance(error, LineDownError)
    assert world.ledger.outcomes() == {"overloaded": 1}


def test_a_batch_that_may_have_arrived_is_flagged(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World()
    world.provider.troubles["submit"] = [CallError(Failure.DROPPED, "the connection broke")]
    virtually(world.run(map(lab.request, range(3))))
    assert world.ledger.outcomes() == {"dropped": 3, "answered": 3}
    assert [world.ledger.rows[n].get("billed") for n in (1, 4)] == ["maybe", None]


def test_a_batch_nobody_knows_is_asked_again_and_flagged(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    virtually(world.run(map(lab.request, range(4)), last=10))
    assert world.ledger.outcomes() == {"submitted": 4}
    world.provider.batches.clear()
    virtually(world.run(map(lab.request, range(4))))
    assert world.ledger.outcomes() == {"lost": 4, "answered": 4}
    assert world.ledger.rows[1]["billed"] == "maybe"
    assert world.live == []


def test_requests_that_never_come_out_of_batches_are_asked_live(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    world.provider.troubles["status"] = [BatchGoneError("batch")] * 10
    virtually(world.run([lab.request(0)]))
    assert len(world.provider.batches) == 3
    assert world.live == ["question 0"]


# --- budget ---------------------------------------------------------------------------------------


def test_the_budget_keeps_requests_out_of_the_batch(lab: ModuleType, virtually: Virtually) -> None:
    world = lab.World(ledger=lab.Ledger(refuse_after=3))
    found = virtually(lab.outcomes(world, [lab.request(n) for n in range(5)]))
    assert [type(one).__name__ for one in found] == ["Answered"] * 3 + ["BudgetReachedError"] * 2
    assert [len(items) for items in world.provider.batches.values()] == [3]


# --- the cache, and the same request twice --------------------------------------------------------


def test_the_cache_is_asked_first_and_filled(
    lab: ModuleType, virtually: Virtually, cache: ResponseCache
) -> None:
    world = lab.World(cache=cache)
    virtually(world.run(map(lab.request, range(3))))
    again = lab.World(cache=cache)
    found = virtually(lab.outcomes(again, [lab.request(n) for n in range(4)]))
    assert [one.cached for one in found] == [True, True, True, False]
    assert [one.attempt for one in found] == [0, 0, 0, 1]
    assert again.provider.asked == {"question 3": 1}


def test_the_same_request_is_in_a_batch_once_with_a_cache(
    lab: ModuleType, virtually: Virtually, cache: ResponseCache
) -> None:
    world = lab.World(cache=cache)
    found = virtually(lab.outcomes(world, [lab.request(0)] * 3))
    assert [one.cached for one in found] == [False, True, True]
    assert world.provider.asked == {"question 0": 1}


def test_the_same_request_has_names_of_its_own_without_one(
    lab: ModuleType, virtually: Virtually
) -> None:
    world = lab.World()
    found = virtually(lab.outcomes(world, [lab.request(0)] * 3))
    assert [one.attempt for one in found] == [1, 2, 3]
    digest = lab.request(0).digest.hex()
    (batch,) = world.provider.batches.values()
    parcel = world.ledger.rows[1]["parcel"]
    names = [f"{digest}-{parcel}", f"{digest}-{parcel}-2", f"{digest}-{parcel}-3"]
    assert [name for name, _ in batch] == names
    assert world.ledger.outcomes() == {"answered": 3}


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=20), st.integers(0, 3))
def test_custom_ids_are_unique_short_and_lead_back(digests: list[bytes], times: int) -> None:
    many = digests * times
    names = custom_ids(many, "0123456789abcdef")
    assert len(set(names)) == len(many)
    assert [digest_in(name) for name in names] == [digest.hex() for digest in many]
    assert all(CUSTOM_ID.fullmatch(name) for name in names)


@given(st.text(), st.text(), st.text())
def test_requests_are_never_weighed_too_light(head: str, persona: str, text: str) -> None:
    asked = Request(
        head=Head(head, persona),
        turns=(Turn("user", text),),
        format=Format("answers", {"type": "object", "properties": {text: {"enum": [head]}}}),
    )
    assert asked.format is not None
    sent = {
        "s": [head, persona],
        "m": [{"role": "user", "content": text}],
        "f": asked.format.schema,
    }
    assert Scales().weigh(asked) >= len(json.dumps(sent, ensure_ascii=True))
