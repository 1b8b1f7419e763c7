"""The language-model respondent over HTTP, with both real SDKs: whatever goes wrong, what the
server counts is what the ledger holds, and an answer is right or missing for a reason of its own.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.data.errors import BudgetReachedError, ProviderError
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
    made = set(attempts["id"])
    for row in run.answers().query("reason != 'not applicable'").itertuples():
        assert row.note or row.raw
        assert run.prompt(min(made))


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
    attempt = int(run.attempts()["id"].iloc[0])
    sent = json.dumps(server.completions[0].body)
    for text in run.prompt(attempt):
        assert any(json.dumps(text)[1:-1] in json.dumps(one.body) for one in server.completions)
    assert study.KEY not in sent


# --- what is tried again ------------------------------------------------------------------------

AGAIN = {
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
    server = serve()
    server.script("ok", "ok", *AGAIN[fault], times=2)
    run = closed.run(spec)
    study.right(run, closed)
    accounted(run, server)
    asked = sum(len({row.page for row in held.itertuples()}) for _, held in _by_twin(run))
    hollow = fault == "no choices in it" and spec.startswith("anthropic")
    if hollow:
        # No content at all is an answer in Anthropic's protocol, of no words: repaired.
        assert outcomes(run) == {"answered": asked + 2}
        return
    assert outcomes(run) == {"answered": asked, SEEN[fault].value: 2}
    flagged = run.attempts()["detail"].map(lambda text: json.loads(text).get("billed") == "maybe")
    assert flagged.sum() == (2 if SEEN[fault].maybe_billed else 0)


def _by_twin(run: Run) -> Any:
    return run.answers().groupby("twin")


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
        server.script(fault, times=None, share=0.12)
    run = closed.run(spec, per_call=1, replicates=3)
    accounted(run, server)
    counts = run.dispositions()
    assert set(counts) <= {"answered", "unparsed"}
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
