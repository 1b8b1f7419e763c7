"""The language-model respondent through batches, over HTTP, with both real SDKs.

Whatever a batch brings, the answers are those that live calls would have brought, and every
attempt in the ledger is a request in a batch or a live call.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from understudy.data.errors import (
    AnswersPendingError,
    BudgetReachedError,
    LedgerError,
    ProviderError,
    RequestError,
)
from understudy.surveys.fieldwork.attempts import Attempts
from understudy.surveys.fieldwork.display import SilentDisplay
from understudy.surveys.ledger.run import Run, load_run
from understudy.twins.llm.batching import BatchLine
from understudy.twins.llm.providers.anthropic_batches import AnthropicBatches
from understudy.twins.llm.providers.openai_batches import OpenAIBatches

SPECS = ("anthropic:claude-haiku-5-5", "openai:gpt-6-luna")
both = pytest.mark.parametrize("spec", SPECS)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are not collected for long before they are submitted."""
    defaults = BatchLine.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "grace", 0.02)


def batches(server: Any) -> list[dict[str, Any]]:
    """Custom id → body of the requests in each batch that the server was sent, in order."""
    found = []
    for one in server.requests:
        if one.method != "POST":
            continue
        if one.path == "/v1/messages/batches":
            found.append({item["custom_id"]: item["params"] for item in one.body["requests"]})
        elif one.path == "/v1/files":
            lines = [json.loads(line) for line in one.raw.splitlines() if line.startswith(b'{"c')]
            found.append({line["custom_id"]: line["body"] for line in lines})
    return found


def accounted(run: Run, server: Any) -> None:
    """Every attempt that was not withdrawn is a request in a batch or a live call."""
    attempts = run.attempts()
    details = attempts["detail"].map(json.loads)
    assert not set(attempts["outcome"]) & {"", "interrupted", "submitted"}
    inside = details[details.map(lambda detail: "batch" in detail)]
    sent = [name for batch in batches(server) for name in batch]
    assert sorted(detail["custom_id"] for detail in inside) == sorted(sent)
    assert len(attempts) - len(inside) == server.count()


def table(run: Run) -> pd.DataFrame:
    return run.answers()


class Hears(SilentDisplay):
    """Keeps what is said, and does something whenever a batch was submitted."""

    def __init__(self, submitted: Callable[[], None] = lambda: None) -> None:
        self.said: list[str] = []
        self._submitted = submitted

    def message(self, text: str) -> None:
        self.said.append(text)
        if ": 0 of " in text:
            self._submitted()


@both
def test_batches_bring_the_same_table_as_live_calls_at_half_the_price(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str, tmp_path: Path
) -> None:
    server = serve()
    live = small.run(spec)
    server.forget()
    display = Hears()
    run = small.run(spec, batch=True, ledger=tmp_path / "run", display=display)
    study.right(run, small)
    pd.testing.assert_frame_equal(table(run), table(live))
    assert run.dispositions() == live.dispositions()
    accounted(run, server)
    assert server.count() == 0
    # What one question decides about another is known only when it is answered.
    first, second = batches(server)
    assert len(first) + len(second) == len(live.attempts())
    assert run.cost == pytest.approx(live.cost / 2)
    names = list(server.batches)
    assert display.said == [
        f"batch {name}: {done} of {len(sent)} requests finished"
        for name, sent in zip(names, (first, second), strict=True)
        for done in (0, len(sent))
    ]


@both
def test_batches_are_split_at_the_limits(
    serve: Callable[..., Any],
    study: ModuleType,
    small: Any,
    spec: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for provider in (AnthropicBatches, OpenAIBatches):
        monkeypatch.setattr(provider, "most_requests", 3)
    server = serve()
    run = small.run(spec, batch=True, ledger=tmp_path / "run")
    study.right(run, small)
    accounted(run, server)
    sizes = [len(batch) for batch in batches(server)]
    assert sizes[:2] == [3, 3]
    assert max(sizes) == 3
    assert server.count() == 0


@both
def test_a_batch_that_the_provider_finds_too_long_goes_in_parts(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str, tmp_path: Path
) -> None:
    server = serve()
    whole = "/v1/messages/batches" if spec.startswith("anthropic") else "/v1/files"
    server.script("too_large", path=whole)
    run = small.run(spec, batch=True, ledger=tmp_path / "run")
    study.right(run, small)
    outcomes = Counter(run.attempts()["outcome"])
    assert outcomes["too long"] == 8
    sizes = [len(batch) for batch in batches(server)]
    assert sizes[:3] == [8, 4, 4]
    assert outcomes["answered"] == sum(sizes[1:])
    assert run.usage().maybe_billed == 0


@both
def test_what_expires_is_asked_live(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str, tmp_path: Path
) -> None:
    server = serve(batch_polls=None)
    run = small.run(
        spec, batch=True, ledger=tmp_path / "run", display=Hears(lambda: server.finish_batches(0.5))
    )
    study.right(run, small)
    accounted(run, server)
    outcomes = Counter(run.attempts()["outcome"])
    assert outcomes["overloaded"] == server.count() > 0
    costs = run.attempts().query("outcome == 'answered'")
    live = costs["detail"].map(json.loads).map(lambda detail: "batch" not in detail)
    assert live.sum() == server.count()
    assert costs[live]["cost"].min() > 1.5 * costs[~live]["cost"].min()


@both
def test_an_invalid_request_fails_alone_with_a_note(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str, tmp_path: Path
) -> None:
    server = serve(batch_polls=None)
    wrong: list[str] = []

    def submitted() -> None:
        if not wrong:
            wrong.append(list(batches(server)[0])[3])
            server.batch_outcomes({wrong[0]: "bad_request"})
        server.finish_batches()

    run = small.run(spec, batch=True, ledger=tmp_path / "run", display=Hears(submitted))
    accounted(run, server)
    assert server.count() == 0
    answers = run.answers()
    (lost,) = answers[answers["reason"] == "failed"].itertuples()
    assert lost.note.startswith("rejected: ")
    assert Counter(run.attempts()["outcome"])["rejected"] == 1
    got, wanted = study.values(run)[lost.twin], small.wanted(int(lost.twin[1:]))
    assert lost.variable not in got
    assert {name: value for name, value in wanted.items() if name in got} == got


@both
def test_what_cannot_be_read_is_asked_again_in_another_batch(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tmp_path: Path
) -> None:
    def brain(body: dict[str, Any]) -> Any:
        _, turns = study.texts_of(body)
        return study.brain(body) if len(turns) > 1 else "Well, that depends."

    server = serve(brain=brain)
    run = closed.run(spec, batch=True, ledger=tmp_path / "run")
    study.right(run, closed)
    accounted(run, server)
    assert [len(batch) for batch in batches(server)] == [15, 15]
    live = closed.run(spec)
    pd.testing.assert_frame_equal(table(run), table(live))


@both
def test_a_batch_that_somebody_cancelled_stops_the_run_until_it_is_resumed(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tmp_path: Path
) -> None:
    server = serve(batch_polls=None)

    def cancelled() -> None:
        (made,) = batches(server)
        server.batch_outcomes(dict.fromkeys(made, "canceled"))
        server.finish_batches()

    path = tmp_path / "run"
    with pytest.raises(ProviderError, match="cancelled"):
        closed.run(spec, batch=True, ledger=path, display=Hears(cancelled))
    assert set(load_run(path).attempts()["outcome"]) == {"cancelled"}
    server.change(batch_polls=0)
    run = closed.run(spec, batch=True, ledger=path)
    study.right(run, closed)
    assert Counter(run.attempts()["outcome"]) == {"cancelled": 15, "answered": 15}


@both
def test_batches_are_asked_after_until_they_are_done(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tmp_path: Path
) -> None:
    server = serve(batch_polls=4)
    display = Hears()
    run = closed.run(spec, batch=True, poll=0.001, ledger=tmp_path / "run", display=display)
    study.right(run, closed)
    accounted(run, server)
    looks = [one for one in server.requests if one.method == "GET" and "/batches/" in one.path]
    assert len([one for one in looks if not one.path.endswith("/results")]) >= 4
    # Nothing is said twice.
    assert len(display.said) == 2


# --- not waiting ----------------------------------------------------------------------------------


@both
def test_who_does_not_wait_submits_and_collects_later(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str, tmp_path: Path
) -> None:
    server = serve(batch_polls=None)
    path = tmp_path / "run"
    options = {"batch": True, "wait": False, "ledger": path}
    for _ in range(3):
        with pytest.raises(AnswersPendingError, match="8 requests wait in the batch"):
            small.run(spec, **options)
        assert len(server.batches) == 1
    pending = load_run(path)
    assert "8 requests wait in batches" in " ".join(pending.notes)
    assert pending.usage().outcomes == {"submitted": 8}
    server.finish_batches()
    # The first answers decide what is asked next.
    with pytest.raises(AnswersPendingError):
        small.run(spec, **options)
    assert len(server.batches) == 2
    server.finish_batches()
    run = small.run(spec, **options)
    study.right(run, small)
    accounted(run, server)
    assert server.count() == 0
    assert "wait in batches" not in " ".join(run.notes)
    pd.testing.assert_frame_equal(table(run), table(small.run(spec)))


@both
def test_an_answer_that_awaits_its_repair_is_not_paid_for_twice_even_without_a_cache(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tmp_path: Path
) -> None:
    def brain(body: dict[str, Any]) -> Any:
        _, turns = study.texts_of(body)
        return study.brain(body) if len(turns) > 1 else "Well, that depends."

    server = serve(brain=brain, batch_polls=None)
    options = {"batch": True, "wait": False, "ledger": tmp_path / "run", "budget": 1.0}
    costs = []
    for _ in range(2):
        with pytest.raises(AnswersPendingError):
            closed.run(spec, **options)
        costs.append(load_run(tmp_path / "run").cost)
        server.finish_batches()
    assert costs[1] > costs[0] == 0.0
    run = closed.run(spec, **options)
    study.right(run, closed)
    accounted(run, server)
    assert [len(batch) for batch in batches(server)] == [15, 15]
    assert Counter(run.attempts()["outcome"]) == {"answered": 30}


@both
def test_open_batches_are_not_asked_for_again_by_live_calls(
    serve: Callable[..., Any], closed: Any, spec: str, tmp_path: Path
) -> None:
    server = serve(batch_polls=None)
    with pytest.raises(AnswersPendingError):
        closed.run(spec, batch=True, wait=False, ledger=tmp_path / "run")
    with pytest.raises(RequestError, match="15 requests of this run are in batches"):
        closed.run(spec, ledger=tmp_path / "run")
    assert server.count() == 0
    assert len(server.batches) == 1


@both
def test_nothing_is_asked_while_nobody_can_say_what_became_of_a_batch(
    serve: Callable[..., Any],
    study: ModuleType,
    closed: Any,
    spec: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A start could not write down the id of its batch, and now the provider is away: who went on
    now would submit everything a second time."""
    server = serve()
    path = tmp_path / "run"

    async def full(*_: object) -> None:
        raise LedgerError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Attempts, "submitted", full)
        with pytest.raises(LedgerError):
            closed.run(spec, batch=True, ledger=path)
    assert set(load_run(path).attempts()["outcome"]) == {"interrupted"}
    listing = "/v1/messages/batches" if spec.startswith("anthropic") else "/v1/batches"
    server.script("server_error", path=listing)
    with pytest.raises(ProviderError):
        closed.run(spec, batch=True, ledger=path)
    assert len(server.batches) == 1
    run = closed.run(spec, batch=True, ledger=path)
    study.right(run, closed)
    accounted(run, server)
    assert len(server.batches) == 1


# --- money ----------------------------------------------------------------------------------------


@both
def test_a_budget_is_kept_at_batch_prices_over_all_starts(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tmp_path: Path
) -> None:
    server = serve()
    live = closed.run(spec)
    expected = live.attempts()["detail"].map(json.loads).map(lambda detail: detail["expected"])
    server.change(batch_polls=None)
    # Enough for all at half the price and not at the full one.
    options = {"batch": True, "wait": False, "ledger": tmp_path / "run"}
    enough = 0.75 * float(expected.max()) * len(expected)
    with pytest.raises(AnswersPendingError):
        closed.run(spec, budget=enough, **options)
    server.finish_batches()
    run = closed.run(spec, budget=enough, **options)
    study.right(run, closed)
    assert run.cost == pytest.approx(live.cost / 2)
    assert run.cost < enough


@both
def test_what_waits_in_batches_counts_against_the_budget(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tmp_path: Path
) -> None:
    server = serve(batch_polls=None)
    options = {"batch": True, "wait": False, "ledger": tmp_path / "run"}
    with pytest.raises(AnswersPendingError):
        closed.run(spec, limit=2, **options)
    waiting = load_run(tmp_path / "run").attempts()["detail"].map(json.loads)
    reserved = sum(detail["expected"] for detail in waiting)
    with pytest.raises(BudgetReachedError, match="under way"):
        closed.run(spec, budget=1.2 * reserved, **options)
    made = sum(len(batch) for batch in batches(server))
    assert 6 <= made <= 7
    server.finish_batches()
    with pytest.raises(BudgetReachedError):
        closed.run(spec, budget=1.2 * reserved, **options)
    server.change(batch_polls=1)
    run = closed.run(spec, **{**options, "wait": True})
    study.right(run, closed)
    accounted(run, server)


@both
def test_answers_that_come_later_need_a_file(
    serve: Callable[..., Any], closed: Any, spec: str
) -> None:
    server = serve()
    with pytest.raises(RequestError, match="the run has no file"):
        closed.run(spec, batch=True)
    assert server.requests == []


@both
def test_everybody_is_in_the_same_batch_however_few_workers_there_are(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str, tmp_path: Path
) -> None:
    server = serve()
    run = closed.run(spec, batch=True, ledger=tmp_path / "run", workers=1)
    study.right(run, closed)
    assert [len(batch) for batch in batches(server)] == [15]
