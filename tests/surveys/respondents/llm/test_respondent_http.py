"""The language-model respondent over HTTP, with both real SDKs: whatever goes wrong, what the
server counts is what the ledger holds, and an answer is right or missing for a reason of its own.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.data.errors import BudgetReachedError, ProviderError
from understudy.surveys.fieldwork.administer import aadminister
from understudy.surveys.ledger.run import Run, load_run
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.line import Line, LineDownError

SPECS = ("anthropic:claude-haiku-5-5", "openai:gpt-6-luna")
both = pytest.mark.parametrize("spec", SPECS)


def outcomes(run: Run) -> Counter[str]:
    return Counter(run.attempts()["outcome"])


def accounted(run: Run, server: Any) -> None:
    """Every request is an attempt, every attempt a request, and each came to an end."""
    attempts = run.attempts()
    assert server.count() == len(attempts)
    assert not set(attempts["outcome"]) & {"", "interrupted", "submitted"}
    assert attempts["ended"].notna().all()
    for row in run.answers().itertuples():
        assert isinstance(row.raw, str) or isinstance(row.note, str)


# --- what goes well -----------------------------------------------------------------------------


@both
def test_everybody_answers_and_every_request_is_an_attempt(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str
) -> None:
    server = serve()
    run = small.run(spec)
    study.right(run, small)
    accounted(run, server)
    assert outcomes(run) == {"answered": server.count()}
    totals = run.attempts()[["input_tokens", "output_tokens", "cached_tokens"]].sum()
    told = server.stats()["tokens"]
    assert totals["input_tokens"] == told["input"]
    assert totals["output_tokens"] == told["output"]
    assert totals["cached_tokens"] == told["cache_read"]
    assert run.cost > 0
    kept = {run.prompt(int(attempt)) for attempt in run.attempts()["id"]}
    sent = {study.texts_of(one.body)[1][0] for one in server.completions}
    assert {prompt[2] for prompt in kept} == sent


@both
def test_the_same_in_a_notebook_that_has_an_event_loop_of_its_own(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()

    async def cell() -> Run:
        ticks = asyncio.create_task(asyncio.sleep(0))
        run = await aadminister(closed.survey, closed.people, closed.respondent(spec), seed=5)
        await ticks
        return run

    awaited = asyncio.run(cell())

    async def blocking() -> Run:
        return closed.run(spec)  # type: ignore[no-any-return]  # a module that is loaded by its path

    blocked = asyncio.run(blocking())
    for run in (awaited, blocked):
        study.right(run, closed)
    assert server.count() == len(awaited.attempts()) + len(blocked.attempts()) == 30


# --- what is tried again ------------------------------------------------------------------------

AGAIN: dict[str, list[Any]] = {
    "429 that says when": [
        {"preset": "rate_limited", "headers": {"retry-after": "0.02", "retry-after-ms": "20"}}
    ],
    "429 that does not": ["rate_limited"],
    "529": ["overloaded"],
    "500": ["server_error"],
    "502 of a proxy": ["bad_gateway"],
    "504": ["gateway_timeout"],
    "dropped mid-body": ["drop"],
    "reset": ["reset"],
    "a page of HTML": ["html"],
    "invalid JSON": ["invalid_json"],
    "JSON of another shape": ["wrong_shape"],
    "an empty body": ["empty"],
    "no choices in it": ["hollow"],
}
SEEN = {
    "429 that says when": Failure.RATE_LIMITED,
    "429 that does not": Failure.RATE_LIMITED,
    "529": Failure.OVERLOADED,
    "500": Failure.SERVER,
    "502 of a proxy": Failure.SERVER,
    "504": Failure.TIMEOUT,
    "dropped mid-body": Failure.DROPPED,
    "reset": Failure.DROPPED,
    "a page of HTML": Failure.GARBLED,
    "invalid JSON": Failure.GARBLED,
    "JSON of another shape": Failure.GARBLED,
    "an empty body": Failure.GARBLED,
    "no choices in it": Failure.GARBLED,
}


@both
@pytest.mark.parametrize("fault", AGAIN)
def test_a_failure_that_may_pass_is_tried_again(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, fault: str
) -> None:
    # No content at all is an answer in Anthropic's protocol, of no words: it is repaired.
    wordless = fault == "no choices in it" and spec.startswith("anthropic")
    server = serve()
    server.script("ok", "ok")
    server.script(*AGAIN[fault], times=1 if wordless else 2)
    run = closed.run(spec)
    study.right(run, closed)
    accounted(run, server)
    if wordless:
        assert outcomes(run) == {"answered": 16}
        return
    assert outcomes(run) == {"answered": 15, SEEN[fault].value: 2}
    flagged = run.attempts()["detail"].map(lambda text: json.loads(text).get("billed") == "maybe")
    assert flagged.sum() == (2 if SEEN[fault].maybe_billed else 0)


@both
def test_a_call_that_times_out_is_flagged_and_tried_again(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    server.script("ok", "hang", {"preset": "drip", "over": 30.0}, times=1)
    run = closed.run(spec, timeout=0.4)
    study.right(run, closed)
    accounted(run, server)
    assert outcomes(run)["timed out"] == 2
    details = [json.loads(text) for text in run.attempts().query("outcome == 'timed out'").detail]
    assert {detail["billed"] for detail in details} == {"maybe"}


@both
def test_a_slow_drip_is_waited_for(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    server.script({"preset": "drip", "over": 0.3}, times=4)
    run = closed.run(spec, timeout=10.0)
    study.right(run, closed)
    accounted(run, server)
    assert set(outcomes(run)) == {"answered"}


@both
@pytest.mark.parametrize("tell", [True, False])
def test_a_storm_of_429_loses_nobody(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tell: bool
) -> None:
    server = serve(limit_rps=100.0, burst=5, tell=tell)
    run = closed.run(spec, per_call=1)
    study.right(run, closed)
    accounted(run, server)
    assert outcomes(run)["rate limited"] > 0


@both
def test_everything_at_once_is_still_right(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    for fault in ("overloaded", "drop", "html", "server_error", "reset", "unparseable"):
        server.script(fault, times=None, share=0.08)
    run = closed.run(spec, per_call=1, replicates=3)
    accounted(run, server)
    counts = run.dispositions()
    assert set(counts) <= {"answered", "unparsed", "failed"}
    assert counts["answered"] >= 50
    for twin, answers in study.values(run).items():
        wanted = closed.wanted(int(twin[1:]))
        assert all(wanted[name] == value for name, value in answers.items())


@both
def test_a_server_that_dies_and_comes_back(
    serve: Callable[..., Any],
    study: ModuleType,
    closed: Any,
    monkeypatch: pytest.MonkeyPatch,
    spec: str,
) -> None:
    begun, dead = threading.Event(), threading.Event()

    def brain(body: dict[str, Any]) -> Any:
        if server.stats_asked > 4:
            begun.set()
        server.stats_asked += 1
        return study.brain(body)

    failed = Line._failed

    def noticing(self: Line, ticket: int, error: CallError, *rest: Any) -> None:
        if error.kind is Failure.UNREACHABLE:
            dead.set()
        failed(self, ticket, error, *rest)

    monkeypatch.setattr(Line, "_failed", noticing)
    server = serve(brain=brain, latency=0.005)
    server.stats_asked = 0

    def kill() -> None:
        begun.wait()
        server.pause()
        dead.wait()
        server.resume()

    killer = threading.Thread(target=kill)
    killer.start()
    run = closed.run(spec, per_call=1, replicates=2, concurrency=4)
    killer.join()
    assert run.complete
    study.right(run, closed)
    found = outcomes(run)
    assert found["unreachable"] > 0
    assert not found["interrupted"]
    # Nobody counts what met no server; what was under way may or may not have come through.
    most = len(run.attempts()) - found["unreachable"]
    assert most - found["dropped"] <= server.count() <= most


# --- what is no answer --------------------------------------------------------------------------

WRONG = '{"q1": "77"}'
NOTHING = {
    "a refusal": ("refused", "model refused", 1),
    "a refusal in words": (
        {"text": "I'm sorry, but I can't assist with that request."},
        "model refused",
        1,
    ),
    "an answer cut off": ("truncated", "truncated", 2),
    "a full context window": ("context_full", "truncated", 1),
    "prose": ("unparseable", "unparsed", 2),
    "a machine": ("as_an_ai", "out of character", 2),
    "codes that are none": ({"text": WRONG}, "out of range", 2),
    "nothing": ({"text": ""}, "unparsed", 2),
    "an array": ({"text": "[1, 2]"}, "unparsed", 2),
    "a request that is rejected": ("bad_request", "failed", 1),
    "a request that is too long": ("too_long", "failed", 1),
}


@both
@pytest.mark.parametrize("fault", NOTHING)
def test_what_is_no_answer_is_missing_for_a_reason_of_its_own(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, fault: str
) -> None:
    step, reason, calls = NOTHING[fault]
    if fault == "a full context window" and spec.startswith("openai"):
        calls = 2  # This protocol does not tell it from an answer that is cut off.
    server = serve()
    server.script(step, times=None, containing=study.TEXTS["trust"])
    run = closed.run(spec)
    accounted(run, server)
    people = len(closed.people)
    answers = run.answers()
    hit = answers.query("variable == 'trust'")
    assert set(hit["reason"]) == {reason}
    assert hit["number"].isna().all()
    assert run.dispositions() == {"answered": 3 * people, reason: people}
    assert server.count() == people * (2 + calls)
    for row in hit.itertuples():
        assert isinstance(row.note, str)
        assert row.basis == "none"
        if isinstance(step, dict) and step["text"]:
            assert step["text"] == row.raw
    got = study.values(run)
    assert all("trust" not in answers for answers in got.values())
    assert run.panel.frame["trust"].isna().all()


@both
def test_a_filter_is_told_from_a_refusal_where_the_protocol_does(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    server.script("filtered", times=None, containing=study.TEXTS["trust"])
    run = closed.run(spec)
    accounted(run, server)
    reason = "content filtered" if spec.startswith("openai") else "model refused"
    assert run.dispositions() == {"answered": 15, reason: 5}


@both
def test_what_could_not_be_read_is_asked_for_once_more_with_the_reason(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    server.script("unparseable", times=3)
    run = closed.run(spec)
    study.right(run, closed)
    accounted(run, server)
    again = [one for one in server.completions if len(study.texts_of(one.body)[1]) == 3]
    assert len(again) == 3
    for one in again:
        _, (asked, said, told) = study.texts_of(one.body)
        assert "q1:" in asked
        assert said.startswith("Hard to say.")
        assert "no JSON object" in told


@both
def test_half_a_page_is_kept_and_only_the_rest_is_missing(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    """The last page asks two; one of the answers names no option, before and after the repair."""

    def brain(body: dict[str, Any]) -> Any:
        said = study.brain(body)
        if study.TEXTS["party"] in study.texts_of(body)[1][0]:
            said["q2"] = "Pirates, of course"
        return said

    server = serve(brain=brain)
    run = closed.run(spec)
    accounted(run, server)
    assert run.dispositions() == {"answered": 15, "unparsed": 5}
    for row in run.answers().query("variable == 'party'").itertuples():
        assert "Pirates" in row.raw
        assert "none of its codes" in row.note
    for twin, answers in study.values(run).items():
        wanted = closed.wanted(int(twin[1:]))
        assert answers == {name: wanted[name] for name in ("vote", "trust", "left")}


@both
def test_an_answer_cut_off_gets_more_room_and_its_whole_part_is_kept(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    server.script("truncated", times=3)
    run = closed.run(spec)
    study.right(run, closed)
    accounted(run, server)
    assert outcomes(run) == {"length": 3, "answered": 15}
    rooms = Counter(
        one.body.get("max_tokens") or one.body["max_completion_tokens"]
        for one in server.completions
    )
    assert sum(count for room, count in rooms.items() if room > 200) == 3


@both
def test_a_request_that_never_succeeds_fails_alone(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    """One person's page comes back garbled whatever is done; everybody else is answered."""
    server = serve()
    server.script("html", times=None, containing="Badge number: 3")
    run = closed.run(spec, per_call=4)
    accounted(run, server)
    assert run.complete
    gone = run.answers().query("reason == 'failed'")
    assert set(gone["twin"]) == {"p003"}
    assert all("garbled" in note for note in gone["note"])
    assert outcomes(run) == {"garbled": 8, "answered": 4}


# --- what ends a run ----------------------------------------------------------------------------

FATAL = {
    "a key that is refused": ("denied", Failure.DENIED),
    "a key that may not": ("forbidden", Failure.DENIED),
    "no credit": ("no_credit", Failure.NO_CREDIT),
    "a model that is gone": ("no_model", Failure.NO_MODEL),
}


@both
@pytest.mark.parametrize("fault", FATAL)
def test_what_nobody_gets_past_ends_the_run_and_a_second_start_finishes_it(
    serve: Callable[..., Any],
    study: ModuleType,
    closed: Any,
    tmp_path: Path,
    spec: str,
    fault: str,
) -> None:
    preset, kind = FATAL[fault]
    server = serve()
    server.script("ok", "ok", "ok")
    server.script(preset, times=None)
    path = tmp_path / "run"
    with pytest.raises(LineDownError) as caught:
        closed.run(spec, ledger=path, concurrency=2)
    assert caught.value.exit_code == 3
    assert caught.value.kind is kind
    stopped = load_run(path)
    assert not stopped.complete
    accounted(stopped, server)
    assert "failed" not in stopped.dispositions()
    assert 4 <= server.count() <= 5
    held = stopped.answers()
    server.behave()
    run = closed.run(spec, ledger=path, concurrency=2)
    study.right(run, closed)
    accounted(run, server)
    assert outcomes(run)["answered"] == 15
    both_times = held.merge(run.answers(), on=["twin", "variable"], suffixes=("", "_later"))
    assert len(both_times) == len(held)
    assert (both_times["raw"] == both_times["raw_later"]).all()


@both
def test_a_provider_that_only_garbles_ends_the_run(
    serve: Callable[..., Any], study: ModuleType, closed: Any, tmp_path: Path, spec: str
) -> None:
    server = serve()
    server.script("html", times=None)
    path = tmp_path / "run"
    with pytest.raises(ProviderError):
        closed.run(spec, ledger=path)
    stopped = load_run(path)
    accounted(stopped, server)
    # Two requests were given up before it was clear that the fault is not theirs.
    assert stopped.dispositions().get("failed", 0) <= 4
    server.behave()
    run = closed.run(spec, ledger=path)
    assert run.complete
    accounted(run, server)


# --- money --------------------------------------------------------------------------------------


@both
def test_fifty_workers_do_not_pass_the_budget_and_a_higher_one_goes_on(
    serve: Callable[..., Any], study: ModuleType, tmp_path: Path, spec: str
) -> None:
    crowd = study.study(tmp_path / "crowd", people=60, survey=study.CLOSED)
    server = serve(latency=0.02)
    path = tmp_path / "run"
    limit = 0.004
    with pytest.raises(BudgetReachedError) as caught:
        crowd.run(spec, ledger=path, budget=limit, concurrency=50, workers=50)
    assert caught.value.exit_code == 4
    stopped = load_run(path)
    accounted(stopped, server)
    details = [json.loads(text) for text in stopped.attempts()["detail"]]
    surprise = [
        max(0.0, cost - detail["expected"])
        for cost, detail in zip(stopped.attempts()["cost"], details, strict=True)
    ]
    # What was under way may have cost more than was expected of it, and no more than that.
    assert stopped.cost <= limit + sum(sorted(surprise)[-50:])
    assert stopped.cost > 0.5 * limit
    before = server.count()
    answered = outcomes(stopped)["answered"]
    run = crowd.run(spec, ledger=path, budget=1.0, concurrency=50)
    study.right(run, crowd)
    accounted(run, server)
    assert server.count() - before == 3 * 60 - answered
    assert outcomes(run) == {"answered": 180}


@both
def test_a_budget_counts_what_may_have_been_billed_unseen(
    serve: Callable[..., Any], study: ModuleType, closed: Any, tmp_path: Path, spec: str
) -> None:
    server = serve()
    server.script("drop", times=None)
    with pytest.raises((BudgetReachedError, ProviderError)) as caught:
        closed.run(spec, ledger=tmp_path / "run", budget=0.0005)
    assert isinstance(caught.value, BudgetReachedError)
    run = load_run(tmp_path / "run")
    accounted(run, server)
    assert run.cost == 0
    assert outcomes(run).keys() == {"dropped"}
    expected = sum(json.loads(text)["expected"] for text in run.attempts()["detail"])
    assert expected <= 0.0005
