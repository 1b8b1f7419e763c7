"""What is estimated before a run is what the server then counts for it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from understudy.surveys.respondents.llm.estimate import Estimate, Range, estimate

ANTHROPIC, OPENAI = "anthropic:claude-haiku-5-5", "openai:gpt-6-luna"


@pytest.fixture(scope="module")
def some(study: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Any]:
    """Twenty-four people with short records, and with records that providers cache."""
    folder = tmp_path_factory.mktemp("estimates")
    return {
        rich: study.study(folder / str(rich), people=24, facts=60 if rich else 0)
        for rich in (False, True)
    }


def within(found: Range, actual: float) -> bool:
    return found.low <= actual <= found.high


def foretold(some: Any, spec: str, **options: Any) -> Estimate:
    respondent = some.respondent(spec, **options)
    return estimate(some.survey, some.people, respondent, seed=5)


@pytest.mark.parametrize(
    ("spec", "rich", "options"),
    [
        (ANTHROPIC, False, {}),
        (ANTHROPIC, True, {}),
        (ANTHROPIC, True, {"per_call": 1}),
        (ANTHROPIC, False, {"per_call": 4}),
        (ANTHROPIC, True, {"elicit": "probabilities"}),
        (ANTHROPIC, False, {"elicit": "samples", "samples": 3}),
        (ANTHROPIC, True, {"remember": True}),
        (ANTHROPIC, False, {"reasoning": True}),
        (OPENAI, False, {"per_call": 1}),
        (OPENAI, True, {}),
        (OPENAI, True, {"per_call": 4}),
        (OPENAI, True, {"elicit": "decisions"}),
        (OPENAI, False, {"elicit": "logprobs"}),
        (OPENAI, True, {"reasoning": True}),
    ],
    ids=str,
)
def test_calls_tokens_and_cost_come_out_as_estimated(
    serve: Callable[..., Any],
    study: ModuleType,
    some: dict[bool, Any],
    spec: str,
    rich: bool,
    options: dict[str, Any],
) -> None:
    server = serve(brain=study.wordy)
    found = foretold(some[rich], spec, **options)
    assert server.count() == 0, "nothing is sent to be answered"
    assert "counter" in found.measured_by
    server.forget()
    run = some[rich].run(spec, **options)
    told = server.stats()["tokens"]
    assert found.calls.likely == pytest.approx(server.count(), rel=0.05)
    assert found.input_tokens.likely == pytest.approx(told["input"], rel=0.05)
    if options.get("elicit") != "decisions":  # those are billed for plain input alone
        assert within(found.output_tokens, told["output"])
        assert found.cached_share == pytest.approx(told["cache_read"] / told["input"], abs=0.06)
    assert found.cost is not None
    assert within(found.cost, run.cost)
    assert found.cost.low < found.cost.likely < found.cost.high
    assert found.cost.high < 3 * found.cost.low or "reasoning" in options
    counts = run.dispositions()
    assert found.answers == pytest.approx(sum(counts.values()), rel=0.05)
    assert found.per_thousand == pytest.approx(1000 * run.cost / sum(counts.values()), rel=0.4)


def test_only_a_few_prompts_are_sent_and_only_to_be_counted(
    serve: Callable[..., Any], some: dict[bool, Any]
) -> None:
    server = serve()
    for spec in (ANTHROPIC, OPENAI):
        foretold(some[True], spec)
    assert server.count() == 0
    paths = {one.path for one in server.requests}
    assert server.count("/v1/messages/count_tokens") == 3
    # At an address of somebody else's no counter of OpenAI's is asked for.
    assert paths <= {"/v1/messages/count_tokens", "/v1/responses/input_tokens"}
    assert len(server.requests) <= 6


def test_twice_as_many_interviews_cost_twice_as_much(
    serve: Callable[..., Any], some: dict[bool, Any]
) -> None:
    serve()
    study = some[False]
    respondent = study.respondent(ANTHROPIC)
    whole = estimate(study.survey, study.people, respondent, seed=5)
    twice = estimate(study.survey, study.people, respondent, seed=5, replicates=2)
    half = estimate(study.survey, study.people, respondent, seed=5, limit=12)
    assert (whole.interviews, twice.interviews, half.interviews) == (24, 48, 12)
    assert whole.cost is not None
    assert twice.cost is not None
    assert half.cost is not None
    assert twice.calls.likely == pytest.approx(2 * whole.calls.likely)
    assert twice.cost.likely == pytest.approx(2 * whole.cost.likely, rel=1e-3)
    assert half.cost.likely == pytest.approx(whole.cost.likely / 2, rel=0.1)


def test_long_prompts_cost_more_by_the_prompt_and_not_by_the_run(
    serve: Callable[..., Any], some: dict[bool, Any]
) -> None:
    """Haiku's prompts beyond 100,000 tokens cost five times as much; a run of short ones does not,
    however long it is altogether."""
    serve()
    study = some[True]
    respondent = study.respondent(ANTHROPIC)
    few = estimate(study.survey, study.people, respondent, seed=5)
    many = estimate(study.survey, study.people, respondent, seed=5, replicates=100)
    assert few.per_thousand is not None
    assert many.input_tokens.likely > 10_000_000
    assert many.per_thousand == pytest.approx(few.per_thousand, rel=1e-3)


def test_a_batch_costs_half_and_a_server_at_home_nothing(
    serve: Callable[..., Any], some: dict[bool, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    study = some[True]
    live = foretold(study, ANTHROPIC)
    batch = foretold(study, ANTHROPIC, batch=True)
    assert live.cost is not None
    assert batch.cost is not None
    assert batch.batch
    assert batch.cost.likely == pytest.approx(live.cost.likely / 2)
    monkeypatch.delenv("OPENAI_API_KEY")
    home = foretold(study, f"openai:llama3.3@{server.openai_url}")
    assert home.cost == Range(0, 0, 0)
    assert home.measured_by == "tokens estimated from the length of the prompts"
    far = foretold(study, "openai:llama3.3@https://models.example.org/v1")
    assert far.cost is None
    assert far.per_thousand is None
    assert far.input_tokens.likely == pytest.approx(home.input_tokens.likely, rel=0.05)


@pytest.mark.parametrize("spec", [ANTHROPIC, OPENAI])
def test_without_a_key_lengths_are_measured(
    serve: Callable[..., Any], some: dict[bool, Any], monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    server = serve()
    counted = foretold(some[True], spec)
    for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name)
    sent = len(server.requests)
    found = foretold(some[True], spec, key_needed=False)
    assert len(server.requests) == sent
    assert found.measured_by == "tokens estimated from the length of the prompts"
    assert found.input_tokens.likely == pytest.approx(counted.input_tokens.likely, rel=0.2)
    assert within(found.input_tokens, counted.input_tokens.likely)
