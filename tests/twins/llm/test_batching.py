"""The batch line against a provider of batches in virtual time, killed at every step."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.errors import BudgetReachedError, RequestError, RunError
from understudy.twins.llm.batch_files import (
    BatchGoneError,
    CancelledInBatchError,
    FailedBatchError,
)
from understudy.twins.llm.batching import DRAIN, GRACE, ROOM_PAUSE, BatchLine, BatchPendingError
from understudy.twins.llm.cards import ModelCard, Prices
from understudy.twins.llm.chat import (
    BatchStatus,
    ChoiceQuestion,
    Completion,
    Format,
    Head,
    Request,
    Stop,
    Turn,
    Usage,
)
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.line import Line, LineDownError
from understudy.twins.llm.open_batches import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE
from understudy.twins.llm.parcels import Scales, custom_ids, digest_in
from understudy.twins.llm.response_cache import ResponseCache

Virtually = Callable[[Coroutine[Any, Any, Any]], Any]
USAGE = Usage(input=1_000, output=100)
PRICES = Prices(input=2.0, output=10.0, cache_write=2.5, cache_read=0.2)
FULL_PRICE = PRICES.cost(USAGE)


def request(number: int, persona: str = "") -> Request:
    return Request(head=Head("Answer.", persona), turns=(Turn("user", f"question {number}"),))


def answer_to(asked: Request) -> Completion:
    return Completion(text=f"to {asked.turns[-1].text}", usage=USAGE, model="m-1")


class Process:
    """What dies: every operation that leaves the process counts, and may be the last."""

    def __init__(self, last: int | None = None) -> None:
        self.operations = 0
        self.last = last
        self.died = asyncio.Event()

    async def step(self) -> None:
        """Let time pass; does not return if the process dies here."""
        await asyncio.sleep(0)
        if self.died.is_set():
            raise asyncio.CancelledError
        if self.last is not None and self.operations >= self.last:
            self.died.set()
            await asyncio.Event().wait()
        self.operations += 1


@dataclass
class Ledger:
    """A ledger that outlives processes, and the sink of all interviews of one."""

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    process: Process = field(default_factory=Process)
    refuse_after: int | None = None

    async def begin(self, detail: Mapping[str, Any]) -> int:
        await self.process.step()
        if self.refuse_after is not None and len(self.rows) >= self.refuse_after:
            raise BudgetReachedError("the budget is reached")
        number = len(self.rows) + 1
        self.rows[number] = {**detail, "outcome": ""}
        return number

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        await self.process.step()
        self.rows[attempt] |= {"outcome": "submitted", "batch": batch, "custom_id": custom_id}

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        await self.process.step()
        self.rows[attempt] |= {**detail, "outcome": outcome}

    def open_batches(self) -> dict[str, dict[str, int]]:
        """What a new process is told."""
        parcels = {row["parcel"]: row["batch"] for row in self.rows.values() if "batch" in row}
        found: dict[str, dict[str, int]] = {}
        for number, row in self.rows.items():
            if row["outcome"] == "" and row.get("parcel") in parcels:
                row |= {"outcome": "submitted", "batch": parcels[row["parcel"]]}
            if row["outcome"] == "submitted":
                found.setdefault(row["batch"], {})[row["custom_id"]] = number
        return found

    def unmarked(self) -> dict[str, dict[str, int]]:
        """Attempts of which nobody knows whether they were sent, by parcel."""
        found: dict[str, dict[str, int]] = {}
        for number, row in self.rows.items():
            if row["outcome"] == "":
                found.setdefault(row["parcel"], {})[row["custom_id"]] = number
        return found

    def interrupt(self) -> None:
        """What is still under way now is not: it was another process's."""
        for row in self.rows.values():
            row["outcome"] = row["outcome"] or "interrupted"

    def outcomes(self) -> Counter[str]:
        return Counter(row["outcome"] for row in self.rows.values())

    @property
    def cost(self) -> float:
        return sum(float(row.get("cost", 0.0)) for row in self.rows.values())


async def alive(work: Coroutine[Any, Any, None], process: Process) -> bool:
    """Whether a process lives to see the end of some work."""
    task = asyncio.ensure_future(work)
    death = asyncio.ensure_future(process.died.wait())
    await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
    if process.died.is_set():
        # What is cancelled from here on reaches nobody.
        task.cancel()
        return False
    death.cancel()
    task.result()
    return True


Planned = Completion | CallError | None


@dataclass
class Provider:
    """A provider's batches, which outlive processes.

    Attributes:
        plan: What becomes of a request, by its last turn; answered if not here, missing if None.
        polls: After how many looks a batch has ended.
        troubles: What the next operations raise, by name of the operation.
        breaks: After how many results the connection breaks, once.
    """

    most_requests: int = 100
    most_bytes: int = 10_000_000
    plan: dict[str, Planned] = field(default_factory=dict)
    polls: int = 3
    troubles: dict[str, list[CallError]] = field(default_factory=dict)
    breaks: int | None = None
    process: Process = field(default_factory=Process)
    batches: dict[str, list[tuple[str, Request]]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    looks: list[float] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def _step(self, operation: str) -> None:
        await self.process.step()
        waiting = self.troubles.get(operation)
        if waiting:
            raise waiting.pop(0)

    async def submit(self, requests: Sequence[tuple[str, Request]]) -> str:
        await self._step("submit")
        name = f"batch_{len(self.batches)}"
        self.batches[name] = list(requests)
        return name

    async def status(self, batch: str) -> BatchStatus:
        await self._step("status")
        if batch not in self.batches:
            raise BatchGoneError(batch)
        self.seen[batch] += 1
        self.looks.append(asyncio.get_running_loop().time())
        total, ended = len(self.batches[batch]), self.seen[batch] >= self.polls
        return BatchStatus(ended=ended, total=total, finished=total if ended else 0)

    async def results(self, batch: str) -> AsyncIterator[tuple[str, Completion | CallError]]:
        await self._step("results")
        items = list(self.batches[batch])
        random.Random(7).shuffle(items)
        for number, (name, asked) in enumerate(items):
            await self.process.step()
            if number == self.breaks:
                self.breaks = None
                raise CallError(Failure.DROPPED, "the connection broke")
            outcome = self.plan.get(asked.turns[-1].text, answer_to(asked))
            if isinstance(outcome, FailedBatchError | CancelledInBatchError):
                raise outcome
            if outcome is not None:
                yield name, outcome

    async def find(
        self, custom_ids: Collection[str], since: float, known: Collection[str]
    ) -> str | None:
        await self._step("find")
        for name, items in self.batches.items():
            if name not in known and {item for item, _ in items} == set(custom_ids):
                return name
        return None

    async def cancel(self, batch: str) -> None:
        self.cancelled.append(batch)

    @property
    def asked(self) -> Counter[str]:
        """How often each request was in a batch."""
        return Counter(r.turns[-1].text for items in self.batches.values() for _, r in items)


class Model:
    """A model that answers live too, and counts how often."""

    spec = "anthropic:m"
    endpoint = "https://example.org"
    card = ModelCard(provider="anthropic", name="m", prices=PRICES, batch=True)

    def __init__(self, batches: Provider | None) -> None:
        self.batches = batches
        self.live: list[str] = []
        self.closed = False

    async def complete(self, asked: Request) -> Completion:
        self.live.append(asked.turns[-1].text)
        return answer_to(asked)

    async def count(self, asked: Request) -> int | None:
        return None

    async def verify(self) -> None: ...

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class World:
    """Everything that outlives a process."""

    ledger: Ledger = field(default_factory=Ledger)
    provider: Provider = field(default_factory=Provider)
    pages: dict[str, str] = field(default_factory=dict)
    live: list[str] = field(default_factory=list)
    cache: ResponseCache | None = None

    def line(self, **options: Any) -> BatchLine:
        model = Model(self.provider)
        model.live = self.live
        given = {"open_batches": self.ledger.open_batches(), "ledger": self.ledger, **options}
        return BatchLine(model, live=Line(model, cache=self.cache), cache=self.cache, **given)

    async def run(
        self, requests: Iterable[Request], last: int | None = None, **options: Any
    ) -> Process:
        """One process of a run: asks what is not recorded, records answers, and may be killed."""
        process = Process(last)
        self.ledger.process = self.provider.process = process
        line = self.line(**options)
        if not await alive(line.recover(self.ledger.unmarked(), 0.0), process):
            return process
        self.ledger.interrupt()

        async def interview(asked: Request) -> None:
            answered = await line.ask(asked, self.ledger)
            await process.step()
            self.pages[asked.turns[-1].text] = answered.completion.text

        left = [asked for asked in requests if asked.turns[-1].text not in self.pages]

        async def work() -> None:
            await asyncio.gather(*(interview(asked) for asked in left))
            await line.collect()
            await line.aclose()

        await alive(work(), process)
        return process


@pytest.fixture
def cache(tmp_path: Path) -> Iterable[ResponseCache]:
    opened = ResponseCache(tmp_path / "cache.sqlite")
    yield opened
    opened.close()


def test_everybody_is_asked_in_one_batch(virtually: Virtually) -> None:
    world = World()
    seen: list[tuple[str, int, int]] = []
    virtually(world.run(map(request, range(20)), progress=lambda *all: seen.append(all)))
    assert world.pages == {f"question {n}": f"to question {n}" for n in range(20)}
    assert len(world.provider.batches) == 1
    assert world.ledger.outcomes() == {"answered": 20}
    assert world.ledger.cost == pytest.approx(20 * FULL_PRICE / 2)
    assert seen == [("batch_0", 0, 20), ("batch_0", 0, 20), ("batch_0", 20, 20)]
    row = world.ledger.rows[1]
    assert row["batch"] == "batch_0"
    assert row["custom_id"] == row["request"]
    assert row["input_tokens"] == 1_000
    assert 0 < row["expected"] < 0.02


def test_batches_are_split_at_the_providers_limits(virtually: Virtually) -> None:
    world = World(provider=Provider(most_requests=8))
    virtually(world.run(map(request, range(20))))
    assert [len(items) for items in world.provider.batches.values()] == [8, 8, 4]
    small = Scales().weigh(request(1))
    world = World(provider=Provider(most_bytes=3 * small + 10))
    virtually(world.run(map(request, range(10))))
    assert [len(items) for items in world.provider.batches.values()] == [3, 3, 3, 1]
    world = World(provider=Provider(most_bytes=10))
    virtually(world.run(map(request, range(3))))
    assert [len(items) for items in world.provider.batches.values()] == [1, 1, 1]


def test_a_batch_too_long_for_the_provider_is_halved(virtually: Virtually) -> None:
    world = World()
    world.provider.troubles["submit"] = [CallError(Failure.TOO_LONG, "too long")] * 2
    virtually(world.run(map(request, range(8))))
    assert [len(items) for items in world.provider.batches.values()] == [2, 2, 4]
    assert world.ledger.outcomes() == {"answered": 8}


def test_requests_are_collected_until_nobody_asks_any_more(virtually: Virtually) -> None:
    world = World()

    async def trickle() -> None:
        line = world.line()
        asks = []
        for number in range(10):
            asks.append(asyncio.ensure_future(line.ask(request(number), world.ledger)))
            await asyncio.sleep(GRACE * 0.6)
        await asyncio.sleep(GRACE * 3)
        asks.append(asyncio.ensure_future(line.ask(request(10), world.ledger)))
        await asyncio.gather(*asks)
        await line.aclose()

    virtually(trickle())
    assert [len(items) for items in world.provider.batches.values()] == [10, 1]


def test_batches_are_asked_after_less_and_less_often(virtually: Virtually) -> None:
    world = World(provider=Provider(polls=12))
    virtually(world.run([request(1)]))
    looks = world.provider.looks
    pauses = [later - earlier for earlier, later in itertools.pairwise(looks)]
    assert pauses[0] == pytest.approx(FIRST_PAUSE)
    assert pauses[1] == pytest.approx(1.5 * FIRST_PAUSE)
    assert pauses[-1] == pytest.approx(LONGEST_PAUSE)
    assert pauses == sorted(pauses)


# --- outcomes of single requests ------------------------------------------------------------------


def test_what_expired_is_asked_live_at_the_full_price(virtually: Virtually) -> None:
    world = World()
    world.provider.plan["question 3"] = CallError(Failure.OVERLOADED, "the batch expired")
    virtually(world.run(map(request, range(5))))
    assert len(world.pages) == 5
    assert world.live == ["question 3"]
    assert world.ledger.outcomes() == {"answered": 5, "overloaded": 1}
    assert world.ledger.cost == pytest.approx(4 * FULL_PRICE / 2 + FULL_PRICE)
    assert len(world.provider.batches) == 1


def test_what_is_missing_among_the_results_is_asked_live_and_flagged(virtually: Virtually) -> None:
    world = World()
    world.provider.plan["question 3"] = None
    virtually(world.run(map(request, range(5))))
    assert world.live == ["question 3"]
    (lost,) = [row for row in world.ledger.rows.values() if row["outcome"] == "dropped"]
    assert lost["billed"] == "maybe"
    assert len(world.pages) == 5


async def outcomes(world: World, requests: Sequence[Request], **options: Any) -> list[Any]:
    line = world.line(**options)
    asks = (line.ask(asked, world.ledger) for asked in requests)
    found = await asyncio.gather(*asks, return_exceptions=True)
    await line.aclose()
    return list(found)


def test_an_invalid_request_fails_alone(virtually: Virtually) -> None:
    world = World()
    world.provider.plan["question 1"] = CallError(Failure.REJECTED, "no such parameter")
    one, two, three = virtually(outcomes(world, [request(n) for n in range(3)]))
    assert one.completion.text == "to question 0"
    assert three.attempt == 3
    assert isinstance(two, CallError)
    assert not isinstance(two, LineDownError)
    assert two.kind is Failure.REJECTED
    assert world.live == []
    assert world.ledger.outcomes() == {"answered": 2, "rejected": 1}


def test_who_cancels_a_batch_is_not_asked_again_behind_their_back(virtually: Virtually) -> None:
    world = World()
    world.provider.plan["question 0"] = CancelledInBatchError()
    found = virtually(outcomes(world, [request(0)]))
    assert isinstance(found[0], LineDownError)
    assert "cancelled" in str(found[0])
    assert world.live == []
    assert world.ledger.outcomes() == {"cancelled": 1}


def test_a_refusal_is_an_answer_that_is_not_kept(virtually: Virtually, cache: Any) -> None:
    world = World(cache=cache)
    world.provider.plan["question 0"] = Completion(text="no", stop=Stop.REFUSED, usage=USAGE)
    (refused,) = virtually(outcomes(world, [request(0)]))
    assert refused.completion.stop is Stop.REFUSED
    assert world.ledger.outcomes() == {"refused": 1}
    assert cache.shelf(Model(None)).get(request(0)) is None


def test_a_queue_that_is_full_is_asked_again_later_in_smaller_batches(virtually: Virtually) -> None:
    world = World()
    full = FailedBatchError(Failure.RATE_LIMITED, "the queue is full")
    world.provider.troubles["results"] = [full]
    virtually(world.run(map(request, range(8))))
    assert [len(items) for items in world.provider.batches.values()] == [8, 4, 4]
    assert world.provider.looks[3] - world.provider.looks[2] >= ROOM_PAUSE
    assert world.ledger.outcomes() == {"rate limited": 8, "answered": 8}
    assert world.live == []


def test_a_batch_that_failed_for_good_fails_its_requests(virtually: Virtually) -> None:
    world = World()
    world.provider.troubles["status"] = [FailedBatchError(Failure.REJECTED, "not a valid file")]
    found = virtually(outcomes(world, [request(0), request(1)]))
    assert [error.kind for error in found] == [Failure.REJECTED] * 2
    assert world.ledger.outcomes() == {"rejected": 2}


def test_questions_for_the_decisions_endpoint_are_asked_live(virtually: Virtually) -> None:
    world = World()
    question = ChoiceQuestion("trust", "Trust?", (("1", "yes"), ("2", "no")))
    virtually(outcomes(world, [request(0).replace(choices=(question,))]))
    assert world.live == ["question 0"]
    assert world.provider.batches == {}


# --- the provider in trouble ----------------------------------------------------------------------


def test_outages_while_waiting_are_waited_out(virtually: Virtually) -> None:
    world = World(provider=Provider(breaks=4))
    world.provider.troubles = {
        "submit": [CallError(Failure.OVERLOADED, "busy", retry_after=30.0)] * 3,
        "status": [CallError(Failure.UNREACHABLE, "gone")] * 20,
        "results": [CallError(Failure.SERVER, "oops")] * 2,
    }
    virtually(world.run(map(request, range(8))))
    assert len(world.pages) == 8
    assert world.provider.asked.most_common(1)[0][1] == 1
    assert world.ledger.outcomes() == {"answered": 8}
    assert world.live == []


def test_an_outage_without_end_leaves_the_batch_for_later(virtually: Virtually) -> None:
    world = World()
    gone = CallError(Failure.UNREACHABLE, "no connection to example.org")
    world.provider.troubles["status"] = [gone] * int(2 * PATIENCE / LONGEST_PAUSE)
    (error,) = virtually(outcomes(world, [request(0)]))
    assert isinstance(error, BatchPendingError)
    assert error.exit_code == 3
    assert "no connection" in str(error)
    assert world.ledger.open_batches() == {"batch_0": {request(0).digest.hex(): 1}}


def test_a_key_that_is_refused_stops_the_run_and_loses_nothing(virtually: Virtually) -> None:
    world = World()
    world.provider.troubles["status"] = [CallError(Failure.DENIED, "wrong key")]
    found = virtually(outcomes(world, [request(0), request(1)]))
    assert all(isinstance(error, LineDownError) for error in found)
    assert world.ledger.outcomes() == {"submitted": 2}
    world.provider.troubles["submit"] = [CallError(Failure.NO_CREDIT, "no credit")]
    (error,) = virtually(outcomes(world, [request(2)]))
    assert isinstance(error, LineDownError)
    assert world.ledger.outcomes() == {"submitted": 2, "out of credit": 1}
    virtually(world.run(map(request, range(3))))
    assert world.provider.asked == {f"question {n}": 1 for n in range(3)}


def test_a_provider_that_never_takes_a_batch_stops_the_run(virtually: Virtually) -> None:
    world = World()
    world.provider.troubles["submit"] = [CallError(Failure.OVERLOADED, "busy")] * 100
    (error,) = virtually(outcomes(world, [request(0)]))
    assert isinstance(error, LineDownError)
    assert world.ledger.outcomes() == {"overloaded": 1}


def test_a_batch_that_may_have_arrived_is_flagged(virtually: Virtually) -> None:
    world = World()
    world.provider.troubles["submit"] = [CallError(Failure.DROPPED, "the connection broke")]
    virtually(world.run(map(request, range(3))))
    assert world.ledger.outcomes() == {"dropped": 3, "answered": 3}
    assert [world.ledger.rows[n].get("billed") for n in (1, 4)] == ["maybe", None]


def test_a_batch_nobody_knows_is_asked_again_and_flagged(virtually: Virtually) -> None:
    world = World()
    virtually(world.run(map(request, range(4)), last=10))
    assert world.ledger.outcomes() == {"submitted": 4}
    world.provider.batches.clear()
    virtually(world.run(map(request, range(4))))
    assert world.ledger.outcomes() == {"lost": 4, "answered": 4}
    assert world.ledger.rows[1]["billed"] == "maybe"
    assert world.live == []


def test_requests_that_never_come_out_of_batches_are_asked_live(virtually: Virtually) -> None:
    world = World()
    world.provider.troubles["status"] = [BatchGoneError("batch")] * 10
    virtually(world.run([request(0)]))
    assert len(world.provider.batches) == 3
    assert world.live == ["question 0"]


# --- budget ---------------------------------------------------------------------------------------


def test_the_budget_keeps_requests_out_of_the_batch(virtually: Virtually) -> None:
    world = World(ledger=Ledger(refuse_after=3))
    found = virtually(outcomes(world, [request(n) for n in range(5)]))
    assert [type(one).__name__ for one in found] == ["Answered"] * 3 + ["BudgetReachedError"] * 2
    assert [len(items) for items in world.provider.batches.values()] == [3]


# --- the cache, and the same request twice --------------------------------------------------------


def test_the_cache_is_asked_first_and_filled(virtually: Virtually, cache: ResponseCache) -> None:
    world = World(cache=cache)
    virtually(world.run(map(request, range(3))))
    again = World(cache=cache)
    found = virtually(outcomes(again, [request(n) for n in range(4)]))
    assert [one.cached for one in found] == [True, True, True, False]
    assert [one.attempt for one in found] == [0, 0, 0, 1]
    assert again.provider.asked == {"question 3": 1}


def test_an_answer_not_to_be_stored_is_kept_when_told(virtually: Virtually, cache: Any) -> None:
    world = World(cache=cache)
    shelf = cache.shelf(Model(None))

    async def ask() -> None:
        line = world.line()
        answered = await line.ask(request(0), world.ledger, store=False)
        assert shelf.get(request(0)) is None
        line.keep(request(0), answered.completion)
        assert shelf.get(request(0)) is not None
        await line.aclose()

    virtually(ask())


def test_the_same_request_is_in_a_batch_once_with_a_cache(
    virtually: Virtually, cache: ResponseCache
) -> None:
    world = World(cache=cache)
    found = virtually(outcomes(world, [request(0)] * 3))
    assert [one.cached for one in found] == [False, True, True]
    assert world.provider.asked == {"question 0": 1}


def test_the_same_request_has_names_of_its_own_without_one(virtually: Virtually) -> None:
    world = World()
    found = virtually(outcomes(world, [request(0)] * 3))
    assert [one.attempt for one in found] == [1, 2, 3]
    digest = request(0).digest.hex()
    (batch,) = world.provider.batches.values()
    assert [name for name, _ in batch] == [digest, f"{digest}-2", f"{digest}-3"]
    assert world.ledger.outcomes() == {"answered": 3}


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=20), st.integers(0, 3))
def test_custom_ids_are_unique_short_and_lead_back(digests: list[bytes], times: int) -> None:
    many = digests * times
    names = custom_ids(many)
    assert len(set(names)) == len(many)
    assert [digest_in(name) for name in names] == [digest.hex() for digest in many]
    assert all(len(name) <= 64 for name in names)


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


# --- not waiting ----------------------------------------------------------------------------------


def test_without_waiting_batches_are_submitted_and_collected_later(virtually: Virtually) -> None:
    world = World(provider=Provider(most_requests=3, polls=2))
    requests = [request(n) for n in range(5)]
    found = virtually(outcomes(world, requests, wait=False))
    assert all(isinstance(error, BatchPendingError) for error in found)
    assert found[0].batches == {"batch_0": 3, "batch_1": 2}
    assert str(found[0]) == (
        "5 requests wait in the batches batch_0, batch_1; collect the answers later with: "
        "understudy resume RUN."
    )
    # Nothing is there yet.
    found = virtually(outcomes(world, requests, wait=False))
    assert all(isinstance(error, BatchPendingError) for error in found)
    found = virtually(outcomes(world, requests, wait=False))
    assert [one.completion.text for one in found] == [f"to question {n}" for n in range(5)]
    assert world.provider.asked == {f"question {n}": 1 for n in range(5)}
    assert world.ledger.outcomes() == {"answered": 5}


# --- closing --------------------------------------------------------------------------------------


def test_closing_leaves_batches_at_the_provider(virtually: Virtually) -> None:
    world = World(provider=Provider(polls=1_000_000))

    async def interrupted() -> float:
        line = world.line()
        asks = [asyncio.ensure_future(line.ask(request(n), world.ledger)) for n in range(3)]
        await asyncio.sleep(60.0)
        late = asyncio.ensure_future(line.ask(request(3), world.ledger))
        await asyncio.sleep(0)
        before = asyncio.get_running_loop().time()
        await line.aclose()
        await line.aclose()
        found = await asyncio.gather(*asks, late, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in found)
        with pytest.raises(RunError, match="closed"):
            await line.ask(request(9), world.ledger)
        return asyncio.get_running_loop().time() - before

    assert virtually(interrupted()) < 0.1
    assert world.ledger.outcomes() == {"submitted": 3}
    assert world.provider.cancelled == []


def test_closing_withdraws_what_was_not_sent(virtually: Virtually) -> None:
    world = World()
    world.provider.troubles["submit"] = [CallError(Failure.OVERLOADED, "busy", retry_after=600.0)]

    async def interrupted() -> float:
        line = world.line()
        ask = asyncio.ensure_future(line.ask(request(0), world.ledger))
        await asyncio.sleep(60.0)
        before = asyncio.get_running_loop().time()
        await line.aclose()
        await asyncio.wait([ask])
        return asyncio.get_running_loop().time() - before

    assert virtually(interrupted()) <= DRAIN + 0.01
    assert world.ledger.outcomes() == {"withdrawn": 1}
    assert world.provider.batches == {}


def test_who_stops_waiting_before_a_batch_is_made_is_left_out(virtually: Virtually) -> None:
    world = World()

    async def leave() -> None:
        line = world.line()
        asks = [asyncio.ensure_future(line.ask(request(n), world.ledger)) for n in range(3)]
        await asyncio.sleep(0)
        asks[1].cancel()
        await asyncio.gather(*asks, return_exceptions=True)
        await line.aclose()

    virtually(leave())
    assert world.provider.asked == {"question 0": 1, "question 2": 1}


def test_who_comes_back_finds_the_answer_of_the_batch(virtually: Virtually) -> None:
    world = World()

    async def come_back() -> str:
        line = world.line()
        first = asyncio.ensure_future(line.ask(request(0), world.ledger))
        await asyncio.sleep(1.0)
        first.cancel()
        await asyncio.sleep(300.0)
        answered = await line.ask(request(0), world.ledger)
        await line.aclose()
        return answered.completion.text

    assert virtually(come_back()) == "to question 0"
    assert world.provider.asked == {"question 0": 1}
    assert world.ledger.outcomes() == {"answered": 1}


def test_answers_nobody_asks_for_are_kept_and_ended(
    virtually: Virtually, cache: ResponseCache
) -> None:
    world = World(cache=cache)
    virtually(world.run(map(request, range(4)), last=10))
    assert world.ledger.outcomes() == {"submitted": 4}
    world.provider.polls = 0
    virtually(world.run([request(0)]))
    assert world.ledger.outcomes() == {"answered": 4}
    assert [row.get("unclaimed", False) for row in world.ledger.rows.values()].count(True) == 3
    assert world.ledger.cost == pytest.approx(4 * FULL_PRICE / 2)
    found = virtually(outcomes(world, [request(n) for n in range(4)]))
    assert all(one.cached for one in found)


def test_batches_nobody_asks_for_at_all_are_collected(virtually: Virtually) -> None:
    world = World()
    virtually(world.run(map(request, range(4)), last=10))
    world.provider.polls = 0
    virtually(world.run([]))
    assert world.ledger.outcomes() == {"answered": 4}


def test_a_model_without_batches_is_refused_at_once() -> None:
    model = Model(None)
    with pytest.raises(RequestError, match="anthropic:m cannot be asked in batches"):
        BatchLine(model, live=Line(model))


# --- killed at every step -------------------------------------------------------------------------


def operations(virtually: Virtually, count: int, **provider: Any) -> int:
    """How many operations a run takes that nobody kills."""
    return int(
        virtually(World(provider=Provider(**provider)).run(map(request, range(count)))).operations
    )


@pytest.mark.parametrize("most", [100, 3])
def test_killed_anywhere_nothing_answered_is_asked_again(virtually: Virtually, most: int) -> None:
    count = 7
    total = operations(virtually, count, most_requests=most)
    assert total > 4 * count
    for last in range(total):
        world = World(provider=Provider(most_requests=most))
        virtually(world.run(map(request, range(count)), last=last))
        recorded = dict(world.pages)
        ended = {row["request"] for row in world.ledger.rows.values() if "cost" in row}
        virtually(world.run(map(request, range(count))))
        assert world.pages == {f"question {n}": f"to question {n}" for n in range(count)}
        assert recorded.items() <= world.pages.items()
        for number in range(count):
            times = world.provider.asked[f"question {number}"]
            # Once; but an answer that was ended in the ledger and not recorded yet is only in the
            # cache, which there is none of here.
            if request(number).digest.hex() not in ended or f"question {number}" in recorded:
                assert times == 1
            else:
                assert times <= 2
        outcomes = world.ledger.outcomes()
        assert outcomes["submitted"] == outcomes[""] == 0
        # Every request the provider saw is an attempt; others are flagged as interrupted.
        made = sum(world.provider.asked.values())
        assert len(world.ledger.rows) == made + outcomes["interrupted"]
        assert outcomes["answered"] == made
        assert world.ledger.cost == pytest.approx(made * FULL_PRICE / 2)


def test_killed_anywhere_the_cache_holds_what_was_answered(
    virtually: Virtually, tmp_path: Path
) -> None:
    count = 3
    total = operations(virtually, count)
    for last in range(total):
        with_cache = ResponseCache(tmp_path / f"{last}.sqlite")
        try:
            world = World(cache=with_cache)
            virtually(world.run(map(request, range(count)), last=last))
            virtually(world.run(map(request, range(count))))
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
def test_killed_again_and_again(
    virtually: Virtually, deaths: list[int], count: int, most: int
) -> None:
    world = World(provider=Provider(most_requests=most, polls=1))
    for last in deaths:
        virtually(world.run(map(request, range(count)), last=last))
    virtually(world.run(map(request, range(count))))
    assert len(world.pages) == count
    outcomes = world.ledger.outcomes()
    assert outcomes["submitted"] == outcomes[""] == 0
    made = sum(world.provider.asked.values())
    assert outcomes["answered"] == made
    assert len(world.ledger.rows) == made + outcomes["interrupted"]
    assert world.ledger.cost == pytest.approx(made * FULL_PRICE / 2)


def test_a_batch_that_cannot_be_found_again_is_made_again_and_flagged(virtually: Virtually) -> None:
    world = World()
    virtually(world.run(map(request, range(3)), last=4))
    assert world.ledger.outcomes() == {"": 3}
    assert len(world.provider.batches) == 1
    forgotten = world.provider.batches.pop("batch_0")
    world.provider.batches["other"] = forgotten[:1]
    virtually(world.run(map(request, range(3))))
    assert world.ledger.outcomes() == {"interrupted": 3, "answered": 3}


def test_a_batch_that_arrived_unseen_is_found(virtually: Virtually) -> None:
    world = World()
    arrived = world.provider.submit

    async def submit(requests: Sequence[tuple[str, Request]]) -> str:
        await arrived(requests)
        raise CallError(Failure.TIMEOUT, "no answer in time")

    world.provider.submit = submit  # type: ignore[method-assign]  # one that answers too late
    world.provider.troubles["find"] = [CallError(Failure.UNREACHABLE, "gone")]
    virtually(world.run(map(request, range(3))))
    assert world.provider.asked == {f"question {n}": 1 for n in range(3)}
    assert world.ledger.outcomes() == {"answered": 3}
