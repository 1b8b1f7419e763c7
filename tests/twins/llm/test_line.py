"""The line to a model, against a model of a model, in virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest

from understudy.data.errors import BudgetReachedError
from understudy.twins.llm.catalogue import ModelCard, Prices
from understudy.twins.llm.chat import (
    BatchApi,
    Completion,
    Head,
    Limits,
    Request,
    Stop,
    Turn,
    Usage,
)
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.line import MOST_TRIES, OUTAGE_AFTER, Answered, Line, LineDownError
from understudy.twins.llm.response_cache import ResponseCache
from understudy.twins.llm.warming import LIFETIME

Virtually = Callable[[Coroutine[Any, Any, Any]], Any]
Behaviour = Callable[[Request], Awaitable[Completion]]

PRICES = Prices(input=2.0, output=10.0, cache_write=2.5, cache_read=0.2)
USAGE = Usage(input=1_000, cache_read=800, output=20)


class Model:
    """Does what `behave` does; counts calls and how many were under way at once."""

    def __init__(self, behave: Behaviour | None = None, **card: Any) -> None:
        self.spec = "fake:model"
        self.endpoint = "http://localhost/v1"
        self.card = ModelCard(provider="fake", name="model", **{"prices": PRICES, **card})
        self.batches: BatchApi | None = None
        self.behave = behave or answer
        self.calls: list[tuple[float, Request]] = []
        self.now = 0
        self.most = 0
        self.closed = False

    async def complete(self, request: Request) -> Completion:
        self.calls.append((clock(), request))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await self.behave(request)
        finally:
            self.now -= 1

    async def count(self, request: Request) -> int | None:
        return None

    async def verify(self) -> None:
        return None

    async def aclose(self) -> None:
        self.closed = True


class Sink:
    """Keeps attempts in memory; refuses them beyond `allowed`."""

    def __init__(self, allowed: int = 1_000_000) -> None:
        self.begun: dict[int, Mapping[str, Any]] = {}
        self.ended: dict[int, tuple[str, Mapping[str, Any]]] = {}
        self.allowed = allowed

    async def begin(self, detail: Mapping[str, Any]) -> int:
        await asyncio.sleep(0.001)
        if len(self.begun) >= self.allowed:
            raise BudgetReachedError("the budget is spent")
        number = len(self.begun) + 1
        self.begun[number] = detail
        return number

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        raise AssertionError("a line submits no batches")

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        assert attempt in self.begun
        assert attempt not in self.ended, "ended twice"
        self.ended[attempt] = (outcome, detail)

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(outcome for outcome, _ in self.ended.values())


def balanced(model: Model, sink: Sink) -> bool:
    """Whether attempts begun, calls made and attempts ended are the same number."""
    return len(sink.begun) == len(model.calls) == len(sink.ended)


def clock() -> float:
    return asyncio.get_running_loop().time()


def completed(text: str = "3", **more: Any) -> Completion:
    return Completion(text=text, **{"usage": USAGE, "model": "model-dated", **more})


async def answer(request: Request) -> Completion:
    await asyncio.sleep(0.2)
    return completed(request.turns[-1].text)


def ask(text: str = "Q1", persona: str = "", **more: Any) -> Request:
    return Request(head=Head("Answer.", persona), turns=(Turn("user", text),), **more)


def fails(kind: Failure, **more: Any) -> CallError:
    return CallError(kind, f"it {kind.value}", **more)


async def everybody(line: Line, sink: Sink, count: int) -> list[Answered | BaseException]:
    asks = [line.ask(ask(f"Q{i}"), sink) for i in range(count)]
    return await asyncio.gather(*asks, return_exceptions=True)


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# One call


def test_an_attempt_is_begun_made_and_ended(virtually: Virtually) -> None:
    async def work() -> None:
        model, sink = Model(), Sink()
        line = Line(model)
        request = ask()
        got = await line.ask(request, sink, expected=Usage(input=1_000, output=100))
        assert got == Answered(completed("Q1"), 1, False, 1)
        assert sink.begun[1] == {
            "request": request.digest.hex(),
            "expected": pytest.approx(0.003),
            "model": "fake:model",
            "try": 1,
        }
        assert sink.ended[1] == (
            "answered",
            {
                "input_tokens": 1_000,
                "cached_tokens": 800,
                "output_tokens": 20,
                "cost": pytest.approx((200 * 2 + 800 * 0.2 + 20 * 10) / 1e6),
                "cache_write_tokens": 0,
                "request_id": "",
                "stop": "complete",
                "model": "model-dated",
                "seconds": pytest.approx(0.2, abs=1e-3),
            },
        )
        await line.aclose()
        assert model.closed

    virtually(work())


def test_cost_is_estimated_high_where_nothing_is_expected_and_unknown_without_prices(
    virtually: Virtually,
) -> None:
    async def work() -> None:
        sink = Sink()
        await Line(Model()).ask(ask("x" * 4_000, max_tokens=500), sink)
        assert sink.begun[1]["expected"] == pytest.approx((1_000 * 2 + 500 * 10) / 1e6, rel=0.01)
        await Line(Model(prices=None)).ask(ask(), sink)
        assert sink.begun[2]["expected"] is None
        assert sink.ended[2][1]["cost"] == 0.0

    virtually(work())


@pytest.mark.parametrize("stop", [Stop.REFUSED, Stop.LENGTH, Stop.FILTERED, Stop.CONTEXT])
def test_a_refusal_is_returned_and_recorded_as_what_it_is(virtually: Virtually, stop: Stop) -> None:
    async def refuse(_: Request) -> Completion:
        return completed("I", stop=stop)

    async def work() -> None:
        sink = Sink()
        got = await Line(Model(refuse)).ask(ask(), sink)
        assert got.completion.stop is stop
        assert sink.outcomes == {stop.value: 1}

    virtually(work())


def test_concurrency_is_found_and_never_exceeded(virtually: Virtually) -> None:
    async def work() -> None:
        model, sink = Model(), Sink()
        line = Line(model, concurrency=40)
        got = await everybody(line, sink, 500)
        assert all(isinstance(one, Answered) for one in got)
        assert model.most == 40
        assert balanced(model, sink)
        assert line.facts["concurrency"] == 40
        assert line.facts["calls"] == line.facts["answers"] == 500
        assert line.facts["retries"] == 0
        assert float(line.facts["seconds_waited"]) > 0

    virtually(work())


# Failures of single calls


@pytest.mark.parametrize("kind", [kind for kind in Failure if kind.retryable])
def test_a_passing_failure_is_tried_again(virtually: Virtually, kind: Failure) -> None:
    async def stumble(request: Request) -> Completion:
        if len(model.calls) == 1:
            raise fails(kind)
        return await answer(request)

    model = Model(stumble)

    async def work() -> None:
        sink = Sink()
        got = await Line(model).ask(ask(), sink)
        assert got.tries == got.attempt == 2
        assert balanced(model, sink)
        outcome, detail = sink.ended[1]
        assert outcome == kind.value
        assert detail.get("billed") == ("maybe" if kind.maybe_billed else None)
        assert detail["cost"] == 0.0
        assert detail["error"] == f"it {kind.value}"
        assert sink.begun[2]["try"] == 2

    virtually(work())


@pytest.mark.parametrize("kind", [Failure.REJECTED, Failure.TOO_LONG])
def test_a_rejected_request_is_not_tried_again_and_others_go_on(
    virtually: Virtually, kind: Failure
) -> None:
    async def reject_one(request: Request) -> Completion:
        if request.turns[-1].text == "Q3":
            raise fails(kind)
        return await answer(request)

    async def work() -> None:
        model, sink = Model(reject_one), Sink()
        got = await everybody(Line(model), sink, 10)
        assert [i for i, one in enumerate(got) if isinstance(one, CallError)] == [3]
        assert not isinstance(got[3], LineDownError)
        assert sink.outcomes == {"answered": 9, kind.value: 1}
        assert balanced(model, sink)

    virtually(work())


@pytest.mark.parametrize("kind", [Failure.SERVER, Failure.TIMEOUT, Failure.GARBLED])
def test_a_request_that_always_fails_is_given_up_while_others_succeed(
    virtually: Virtually, kind: Failure
) -> None:
    async def one_bad(request: Request) -> Completion:
        if request.turns[-1].text == "bad":
            await asyncio.sleep(0.05)
            raise fails(kind)
        return await answer(request)

    async def work() -> None:
        model, sink = Model(one_bad), Sink()
        line = Line(model, concurrency=4)
        bad = asyncio.ensure_future(line.ask(ask("bad"), sink))
        number = 0
        while not bad.done():
            number += 1
            await line.ask(ask(f"Q{number}"), sink)
        with pytest.raises(CallError) as caught:
            await bad
        assert not isinstance(caught.value, LineDownError)
        # Failures before the first answer to anybody else do not count.
        assert MOST_TRIES <= sink.outcomes[kind.value] < 2 * MOST_TRIES
        assert balanced(model, sink)
        # And the line is as it was.
        assert (await line.ask(ask("after"), sink)).tries == 1

    virtually(work())


def test_garbled_answers_are_given_up_alone_too_since_each_may_be_billed(
    virtually: Virtually,
) -> None:
    async def garble(_: Request) -> Completion:
        raise fails(Failure.GARBLED)

    async def work() -> None:
        model, sink = Model(garble), Sink()
        line = Line(model)
        for i in range(2):
            with pytest.raises(CallError) as caught:
                await line.ask(ask(f"Q{i}"), sink)
            assert type(caught.value) is CallError
        assert len(model.calls) == 2 * MOST_TRIES
        # The third in a row shows that it is not the requests.
        with pytest.raises(LineDownError):
            await line.ask(ask("Q2"), sink)
        assert balanced(model, sink)

    virtually(work())


# Rate limits


class Bucket:
    """A provider that allows so many calls per second, refilled continuously."""

    def __init__(self, rate: float, size: float, told: bool) -> None:
        self.rate, self.size, self.left, self.last = rate, size, size, 0.0
        self.told = told

    async def __call__(self, request: Request) -> Completion:
        now = clock()
        self.left = min(self.size, self.left + (now - self.last) * self.rate)
        self.last = now
        if self.left < 1:
            await asyncio.sleep(0.01)
            wait = (1 - self.left) / self.rate
            raise fails(Failure.RATE_LIMITED, retry_after=wait if self.told else None)
        self.left -= 1
        return await answer(request)


@pytest.mark.parametrize(
    ("rate", "size", "told", "most_refused"),
    [
        (20.0, 20.0, True, 0.5),
        (20.0, 20.0, False, 0.7),
        (1.0, 1.0, False, 0.85),
        (1.0, 3.0, True, 0.8),
    ],
)
def test_a_storm_of_refusals_is_weathered_without_losing_anybody(
    virtually: Virtually, rate: float, size: float, told: bool, most_refused: float
) -> None:
    async def work() -> None:
        model, sink = Model(Bucket(rate, size, told)), Sink()
        line = Line(model, concurrency=64)
        start = clock()
        count = 300
        got = await everybody(line, sink, count)
        assert all(isinstance(one, Answered) for one in got)
        assert balanced(model, sink)
        refused = sink.outcomes["rate limited"]
        assert line.facts["throttled"] == refused
        assert line.facts["retries"] == refused
        assert refused <= most_refused * len(model.calls)
        # At least a third of what the provider allows is used.
        assert clock() - start <= 3 * count / rate

    virtually(work())


def test_headers_keep_a_line_from_being_refused_at_all(virtually: Virtually) -> None:
    window, left = 0.0, 10

    async def counted(request: Request) -> Completion:
        nonlocal window, left
        if clock() >= window:
            window, left = clock() + 10.0, 10
        if left == 0:
            raise fails(Failure.RATE_LIMITED)
        left -= 1
        limits = Limits(requests=left, requests_reset=window - clock())
        await asyncio.sleep(0.2)
        return completed(limits=limits)

    async def work() -> None:
        model, sink = Model(counted), Sink()
        line = Line(model, concurrency=4)
        start = clock()
        await everybody(line, sink, 45)
        assert sink.outcomes == {"answered": 45}
        assert 40.0 <= clock() - start <= 45.0

    virtually(work())


def test_retry_after_holds_the_whole_line(virtually: Virtually) -> None:
    async def once(request: Request) -> Completion:
        if len(model.calls) == 1:
            raise fails(Failure.RATE_LIMITED, retry_after=30.0)
        return await answer(request)

    model = Model(once)

    async def work() -> None:
        sink = Sink()
        line = Line(model, concurrency=1)
        await everybody(line, sink, 5)
        times = [when for when, _ in model.calls]
        assert times[1] - times[0] >= 30.0
        assert len(times) == 6
        # Whoever was turned away is served first.
        assert model.calls[1][1] == model.calls[0][1]

    virtually(work())


def test_retry_after_is_capped_by_patience(virtually: Virtually) -> None:
    async def tomorrow(_: Request) -> Completion:
        raise fails(Failure.RATE_LIMITED, retry_after=86_400.0)

    async def work() -> None:
        model, sink = Model(tomorrow), Sink()
        line = Line(model, patience=100.0)
        start = clock()
        got = await everybody(line, sink, 20)
        assert all(type(one) is LineDownError for one in got)
        assert clock() - start < 120.0
        assert balanced(model, sink)

    virtually(work())


# Outages


def test_an_outage_is_waited_out_with_one_probe_at_a_time(virtually: Virtually) -> None:
    back = 1_000.0 + 300.0

    async def out(request: Request) -> Completion:
        if clock() < back:
            probes.append(model.now)
            await asyncio.sleep(0.01)
            raise fails(Failure.UNREACHABLE)
        return await answer(request)

    model = Model(out)
    probes: list[int] = []

    async def work() -> None:
        sink = Sink()
        line = Line(model, concurrency=64)
        got = await everybody(line, sink, 400)
        assert all(isinstance(one, Answered) for one in got)
        assert balanced(model, sink)
        # Sixteen were under way when it went down, and the first two to fail made room for two
        # more; the rest waited without spending attempts.
        assert set(probes[18:]) == {1}
        assert 300 / 8 <= len(probes) - 18 <= 150
        assert clock() <= back + 8.0 + 10.0
        # Each probe is somebody else's, so that no single request decides for all.
        asked = Counter(request.digest for when, request in model.calls if when < back)
        assert max(asked.values()) <= 20

    virtually(work())


def test_an_outage_beyond_patience_stops_everybody_and_nothing_is_failed(
    virtually: Virtually,
) -> None:
    broken = True

    async def out(request: Request) -> Completion:
        if broken:
            raise fails(Failure.OVERLOADED)
        return await answer(request)

    async def work() -> None:
        nonlocal broken
        model, sink = Model(out), Sink()
        line = Line(model, patience=60.0)
        start = clock()
        got = await everybody(line, sink, 100)
        assert all(type(one) is LineDownError for one in got)
        assert len({id(one) for one in got}) == 100
        assert 60.0 <= clock() - start <= 60.0 + 8.1
        assert balanced(model, sink)
        # Whoever asks later finds the line as if new.
        broken = False
        start = clock()
        assert (await line.ask(ask("later"), sink)).completion.text == "later"
        assert clock() - start <= 8.5
        await everybody(line, sink, 50)
        assert model.most > 1

    virtually(work())


def test_a_lone_request_waits_out_an_outage_beyond_its_tries(virtually: Virtually) -> None:
    async def out(request: Request) -> Completion:
        if clock() < 1_000.0 + 200.0:
            raise fails(Failure.SERVER)
        return await answer(request)

    async def work() -> None:
        model, sink = Model(out), Sink()
        got = await Line(model).ask(ask(), sink)
        assert got.tries > MOST_TRIES
        assert balanced(model, sink)

    virtually(work())


def test_calls_that_hang_do_not_keep_the_line_from_being_probed(virtually: Virtually) -> None:
    async def hang_or_fail(request: Request) -> Completion:
        if len(model.calls) <= 10:
            await asyncio.sleep(500.0)
            raise fails(Failure.TIMEOUT)
        if clock() < 1_000.0 + 30.0:
            raise fails(Failure.UNREACHABLE)
        return await answer(request)

    model = Model(hang_or_fail)

    async def work() -> None:
        sink = Sink()
        line = Line(model)
        asks = [asyncio.ensure_future(line.ask(ask(f"Q{i}"), sink)) for i in range(30)]
        await asyncio.sleep(45.0)
        assert sum(one.done() for one in asks) == 20
        await asyncio.gather(*asks)
        assert balanced(model, sink)

    virtually(work())


@pytest.mark.parametrize("kind", [Failure.RATE_LIMITED, Failure.REJECTED])
def test_whoever_turns_a_request_away_is_there_again(virtually: Virtually, kind: Failure) -> None:
    async def back_with_a_no(request: Request) -> Completion:
        if clock() < 1_000.0 + 60.0:
            raise fails(Failure.UNREACHABLE)
        if not turned_away:
            turned_away.append(request)
            raise fails(kind)
        return await answer(request)

    turned_away: list[Request] = []

    async def work() -> None:
        model, sink = Model(back_with_a_no), Sink()
        got = await everybody(Line(model), sink, 100)
        assert sum(isinstance(one, Answered) for one in got) >= 99
        assert sink.outcomes[kind.value] == 1
        assert balanced(model, sink)

    virtually(work())


def test_a_probe_that_brings_garbage_is_no_reason_to_send_many(virtually: Virtually) -> None:
    async def out_then_garbled(request: Request) -> Completion:
        if len(model.calls) <= 20:
            raise fails(Failure.SERVER)
        if clock() < 1_000.0 + 30.0:
            raise fails(Failure.GARBLED)
        return await answer(request)

    model = Model(out_then_garbled)

    async def work() -> None:
        sink = Sink()
        got = await everybody(Line(model), sink, 100)
        assert all(isinstance(one, Answered) for one in got)
        assert sink.outcomes[Failure.GARBLED.value] < 30

    virtually(work())


def test_time_in_which_nobody_asks_is_not_an_outage(virtually: Virtually) -> None:
    async def stumble(request: Request) -> Completion:
        if len(model.calls) != 3:
            raise fails(Failure.REJECTED if len(model.calls) == 2 else Failure.SERVER)
        return await answer(request)

    model = Model(stumble)

    async def work() -> None:
        sink = Sink()
        line = Line(model, patience=10.0)
        with pytest.raises(CallError):
            await line.ask(ask(), sink)
        await asyncio.sleep(3_600.0)
        assert (await line.ask(ask(), sink)).tries == 1

    virtually(work())


# Fatal errors


@pytest.mark.parametrize("kind", [Failure.DENIED, Failure.NO_MODEL, Failure.NO_CREDIT])
def test_a_fatal_error_reaches_everybody_and_costs_no_more_attempts(
    virtually: Virtually, kind: Failure
) -> None:
    async def deny(_: Request) -> Completion:
        await asyncio.sleep(0.1)
        raise fails(kind, where="fake:model", remedy="set a key")

    async def work() -> None:
        model, sink = Model(deny), Sink()
        line = Line(model)
        got = await everybody(line, sink, 200)
        assert all(type(one) is LineDownError and one.kind is kind for one in got)
        assert {str(one) for one in got} == {f"fake:model: it {kind.value}; set a key."}
        assert len(model.calls) == 16
        assert balanced(model, sink)
        with pytest.raises(LineDownError):
            await line.ask(ask("later"), sink)
        assert len(model.calls) == 16

    virtually(work())


def test_a_fatal_error_wakes_those_who_wait_to_try_again(virtually: Virtually) -> None:
    async def mixed(request: Request) -> Completion:
        if request.turns[-1].text == "denied":
            await asyncio.sleep(0.5)
            raise fails(Failure.DENIED)
        raise fails(Failure.RATE_LIMITED, retry_after=60.0)

    async def work() -> None:
        model, sink = Model(mixed), Sink()
        line = Line(model)
        asks = [line.ask(ask(name), sink) for name in ("denied", "a", "b")]
        start = clock()
        got = await asyncio.gather(*asks, return_exceptions=True)
        assert all(isinstance(one, LineDownError) for one in got)
        assert clock() - start < 1.0
        assert len(model.calls) == 3

    virtually(work())


# Budget and cancellation


def test_the_budget_passes_through_and_frees_the_slot(virtually: Virtually) -> None:
    async def work() -> None:
        model, sink = Model(), Sink(allowed=5)
        line = Line(model, concurrency=2)
        got = await everybody(line, sink, 12)
        assert sum(isinstance(one, BudgetReachedError) for one in got) == 7
        assert balanced(model, sink)
        assert len(model.calls) == 5
        sink.allowed = 100
        await everybody(line, sink, 6)
        assert balanced(model, sink)

    virtually(work())


def test_cancelled_calls_free_their_slots_and_stay_open(virtually: Virtually) -> None:
    async def slow(_: Request) -> Completion:
        await asyncio.sleep(100.0)
        return completed()

    async def work() -> None:
        model, sink = Model(slow), Sink()
        line = Line(model, concurrency=3)
        asks = [asyncio.ensure_future(line.ask(ask(f"Q{i}"), sink)) for i in range(8)]
        await asyncio.sleep(1.0)
        start = clock()
        for one in asks:
            one.cancel()
        got = await asyncio.gather(*asks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in got)
        assert clock() == start
        assert len(sink.begun) == len(model.calls) == 3
        assert sink.ended == {}
        model.behave = answer
        await everybody(line, sink, 9)
        assert len(sink.begun) == len(model.calls) == 12
        assert len(sink.ended) == 9

    virtually(work())


def test_cancelled_while_waiting_to_try_again(virtually: Virtually) -> None:
    async def fail(_: Request) -> Completion:
        raise fails(Failure.SERVER)

    async def work() -> None:
        model, sink = Model(fail), Sink()
        line = Line(model)
        asked = asyncio.ensure_future(line.ask(ask(), sink))
        await asyncio.sleep(20.0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert balanced(model, sink)

    virtually(work())


def test_any_other_exception_frees_the_slot(virtually: Virtually) -> None:
    async def bug(_: Request) -> Completion:
        raise ZeroDivisionError

    async def work() -> None:
        model, sink = Model(bug), Sink()
        line = Line(model, concurrency=1)
        with pytest.raises(ZeroDivisionError):
            await line.ask(ask(), sink)
        model.behave = answer
        assert (await line.ask(ask(), sink)).tries == 1

    virtually(work())


# The cache of responses


@pytest.fixture
def cache(tmp_path: Path) -> Any:
    cache = ResponseCache(tmp_path / "responses.sqlite")
    yield cache
    cache.close()


def test_the_second_time_costs_nothing(virtually: Virtually, cache: ResponseCache) -> None:
    async def work() -> None:
        model, sink = Model(), Sink()
        line = Line(model, cache=cache)
        await line.ask(ask(), sink)
        again = await line.ask(ask(), sink)
        assert again == Answered(completed("Q1"), 0, True, 0)
        other = await line.ask(ask(draw="2"), sink)
        assert not other.cached
        assert len(model.calls) == len(sink.begun) == 2
        assert line.facts["cache_hits"] == 1
        # A new line, and the file.
        cache.flush()
        line = Line(model, cache=cache)
        assert (await line.ask(ask(), sink)).completion == completed("Q1")
        assert len(model.calls) == 2

    virtually(work())


def test_what_is_of_no_use_is_not_kept(virtually: Virtually, cache: ResponseCache) -> None:
    async def refuse(_: Request) -> Completion:
        return completed(stop=Stop.REFUSED)

    async def work() -> None:
        model, sink = Model(refuse), Sink()
        line = Line(model, cache=cache)
        await line.ask(ask(), sink)
        await line.ask(ask(), sink)
        assert len(model.calls) == 2
        model.behave = answer
        got = await line.ask(ask(), sink, store=False)
        await line.ask(ask(), sink, store=False)
        assert len(model.calls) == 4
        line.keep(ask(), got.completion)
        assert (await line.ask(ask(), sink)).cached
        assert len(model.calls) == 4

    virtually(work())


def test_the_same_request_twice_at_once_is_asked_once(
    virtually: Virtually, cache: ResponseCache
) -> None:
    async def work() -> None:
        model, sink = Model(), Sink()
        line = Line(model, cache=cache)
        got = await asyncio.gather(*(line.ask(ask(), sink) for _ in range(5)))
        assert [one.cached for one in got] == [False, True, True, True, True]
        assert {one.completion.text for one in got} == {"Q1"}
        assert balanced(model, sink)
        assert len(model.calls) == 1
        # Without a cache, everybody asks.
        await asyncio.gather(*(Line(model).ask(ask(), sink) for _ in range(5)))
        assert len(model.calls) == 6

    virtually(work())


def test_replicates_at_once_are_all_asked(virtually: Virtually, cache: ResponseCache) -> None:
    async def work() -> None:
        model, sink = Model(), Sink()
        line = Line(model, cache=cache)
        got = await asyncio.gather(*(line.ask(ask(draw=str(i)), sink) for i in range(5)))
        assert not any(one.cached for one in got)
        assert len(model.calls) == 5

    virtually(work())


def test_when_the_first_of_two_is_cancelled_the_second_asks(
    virtually: Virtually, cache: ResponseCache
) -> None:
    async def work() -> None:
        model, sink = Model(), Sink()
        line = Line(model, cache=cache)
        first, second, third = (asyncio.ensure_future(line.ask(ask(), sink)) for _ in range(3))
        await asyncio.sleep(0.1)
        third.cancel()
        await turns()
        first.cancel()
        assert (await second).cached is False
        assert len(sink.begun) == 2
        assert len(sink.ended) == 1

    virtually(work())


def test_when_the_first_of_two_fails_the_second_fails_with_it(
    virtually: Virtually, cache: ResponseCache
) -> None:
    async def reject(_: Request) -> Completion:
        await asyncio.sleep(0.1)
        raise fails(Failure.REJECTED)

    async def work() -> None:
        model, sink = Model(reject), Sink()
        line = Line(model, cache=cache)
        asks = (line.ask(ask(), sink) for _ in range(3))
        got = await asyncio.gather(*asks, return_exceptions=True)
        assert [type(one) for one in got] == [CallError] * 3
        assert len({id(one) for one in got}) == 3
        assert len(model.calls) == 1

    virtually(work())


def test_when_the_first_of_two_is_refused_the_second_asks(
    virtually: Virtually, cache: ResponseCache
) -> None:
    async def refuse_once(request: Request) -> Completion:
        if len(model.calls) == 1:
            await asyncio.sleep(0.1)
            return completed(stop=Stop.REFUSED)
        return await answer(request)

    model = Model(refuse_once)

    async def work() -> None:
        sink = Sink()
        line = Line(model, cache=cache)
        first, second = await asyncio.gather(line.ask(ask(), sink), line.ask(ask(), sink))
        assert first.completion.stop is Stop.REFUSED
        assert second.completion.stop is Stop.COMPLETE
        assert not second.cached

    virtually(work())


# The provider's cache of prompts

PERSONA = "Age: 44. " * 1_000


def caching_model(kind: str = "marked") -> Model:
    return Model(caching=kind, cache_minimum=1_024)


@pytest.mark.parametrize(("kind", "mark"), [("marked", True), ("automatic", False)])
def test_the_first_with_a_head_goes_alone(virtually: Virtually, kind: str, mark: bool) -> None:
    async def work() -> None:
        model, sink = caching_model(kind), Sink()
        line = Line(model)
        asks = [
            line.ask(ask(f"Q{i}", persona=f"{person} {PERSONA}", mark=mark), sink)
            for i in range(5)
            for person in "AB"
        ]
        start = clock()
        await asyncio.gather(*asks)
        assert clock() - start == pytest.approx(0.4, abs=0.05)
        when = [round(at - start, 1) for at, _ in model.calls]
        assert when == [0.0] * 2 + [0.2] * 8
        assert {request.head.persona[0] for _, request in model.calls[:2]} == {"A", "B"}

    virtually(work())


@pytest.mark.parametrize(
    ("kind", "persona", "mark"),
    [("none", PERSONA, True), ("marked", PERSONA, False), ("marked", "Age: 44.", True)],
)
def test_what_is_not_cached_is_not_waited_for(
    virtually: Virtually, kind: str, persona: str, mark: bool
) -> None:
    async def work() -> None:
        model, sink = caching_model(kind), Sink()
        line = Line(model)
        start = clock()
        await asyncio.gather(
            *(line.ask(ask(f"Q{i}", persona=persona, mark=mark), sink) for i in range(5))
        )
        assert clock() - start == pytest.approx(0.2, abs=0.05)

    virtually(work())


def test_a_head_is_warmed_again_when_the_provider_has_forgotten_it(virtually: Virtually) -> None:
    async def work() -> None:
        model, sink = caching_model(), Sink()
        line = Line(model)

        async def fan() -> int:
            """How many waves five requests go in."""
            start = clock()
            await asyncio.gather(
                *(line.ask(ask(f"Q{i}", persona=PERSONA, mark=True), sink) for i in range(5))
            )
            return round((clock() - start) / 0.2)

        assert await fan() == 2
        await asyncio.sleep(LIFETIME - 10)
        assert await fan() == 1
        await asyncio.sleep(LIFETIME - 10)
        assert await fan() == 1
        await asyncio.sleep(LIFETIME + 10)
        assert await fan() == 2

    virtually(work())


def test_if_the_first_with_a_head_fails_the_next_goes_alone(virtually: Virtually) -> None:
    async def reject_first(request: Request) -> Completion:
        if len(model.calls) == 1:
            raise fails(Failure.REJECTED)
        return await answer(request)

    model = caching_model()
    model.behave = reject_first

    async def work() -> None:
        sink = Sink()
        line = Line(model)
        start = clock()
        asks = (line.ask(ask(f"Q{i}", persona=PERSONA, mark=True), sink) for i in range(5))
        got = await asyncio.gather(*asks, return_exceptions=True)
        assert [isinstance(one, CallError) for one in got] == [True, False, False, False, False]
        assert clock() - start == pytest.approx(0.4, abs=0.05)
        assert model.most == 3

    virtually(work())


def test_heads_no_longer_in_use_are_forgotten(virtually: Virtually) -> None:
    async def work() -> None:
        model, sink = caching_model(), Sink()
        line = Line(model)
        sizes = []
        for i in range(200):
            await line.ask(ask("Q", persona=f"{i} {PERSONA}", mark=True), sink)
            await asyncio.sleep(10.0)
            sizes.append(len(line._warming))
        assert max(sizes) <= LIFETIME / 10 + 1
        assert line._flights == {}
        assert line._resting == set()

    virtually(work())


def test_a_line_given_up_reaches_those_who_wait_for_a_head_or_a_twin_request(
    virtually: Virtually, cache: ResponseCache
) -> None:
    async def out(_: Request) -> Completion:
        raise fails(Failure.UNREACHABLE)

    async def work() -> None:
        model, sink = caching_model(), Sink()
        model.behave = out
        line = Line(model, cache=cache, patience=30.0)
        start = clock()
        asks = (line.ask(ask(f"Q{i // 2}", persona=PERSONA, mark=True), sink) for i in range(20))
        got = await asyncio.gather(*asks, return_exceptions=True)
        assert all(type(one) is LineDownError for one in got)
        assert clock() - start < 40.0
        assert len(model.calls) >= OUTAGE_AFTER

    virtually(work())
