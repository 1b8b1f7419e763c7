"""What a run's requests came to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.usage import Usage
from understudy.surveys.respondent import Basis, Interview, Page, Reply


@pytest.fixture(scope="module")
def paid(scenario: ModuleType) -> type[Any]:
    class Stumbling(scenario.Tracks):  # type: ignore[misc, name-defined]  # a module made at run time
        """Fails once on every page, and finds every second page in a cache."""

        async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
            log, attempt = interview.attempts, 0
            if page.number % 2:
                detail = {"request": f"r{page.number}", "try": 1}
                lost = await log.begin(page.number, detail)
                await log.end(lost, "timed out", {"billed": "maybe"})
                attempt = await log.begin(page.number, {**detail, "try": 2})
                usage = {"input_tokens": 100, "cached_tokens": 40, "output_tokens": 3}
                await log.end(attempt, "answered", {**usage, "cost": 0.25})
            return [
                Reply(
                    reply.variable,
                    reply.value,
                    reply.reason,
                    Basis.MODEL if reply.reason is None else Basis.NONE,
                    attempt=attempt,
                )
                for shown in page.questions
                for reply in self.replies(shown, interview)
            ]

    return Stumbling


def test_usage_sums_up_the_attempts(scenario: ModuleType, paid: type[Any], tmp_path: Path) -> None:
    run = administer(
        scenario.survey(screen_out=False), scenario.twins(6), paid(), ledger=tmp_path / "a.run"
    )
    attempts, answers = run.attempts(), run.answers()
    usage = run.usage()
    assert usage.requests == len(attempts) > 0
    assert usage.outcomes == {"answered": len(attempts) / 2, "timed out": len(attempts) / 2}
    assert usage.retries == usage.maybe_billed == usage.cache_hits == len(attempts) / 2
    assert usage.input_tokens == attempts["input_tokens"].sum()
    assert usage.cached_tokens == 0.4 * usage.input_tokens
    assert usage.output_tokens == attempts["output_tokens"].sum()
    assert usage.cost == pytest.approx(run.cost)
    given = answers[answers["reason"].isna()]
    assert usage.answers == len(given)
    assert usage.from_cache == (given["page"] % 2 == 0).sum()
    assert usage.cost_per_thousand == pytest.approx(1000 * run.cost / len(given))


def test_usage_is_said_for_people() -> None:
    usage = Usage(
        answers=2000,
        from_cache=500,
        requests=1510,
        outcomes={"answered": 1500, "rate limited": 10},
        retries=10,
        input_tokens=3_000_000,
        cached_tokens=2_400_000,
        cache_hits=1400,
        output_tokens=9_000,
        cost=1.5,
        maybe_billed=1,
    )
    assert usage.facts("anthropic:x") == {
        "model": "anthropic:x",
        "cost": "$1.50 ($0.75 per 1,000 answers)",
        "requests": "1,510 (10 of them retries, 1 possibly billed twice)",
        "tokens": "3,000,000 in (80% from the provider's cache), 9,000 out",
        "cache hits": "0.70 per answer",
        "answers without a request": "500",
    }


def test_a_run_that_made_no_requests_has_nothing_to_say(
    scenario: ModuleType, tmp_path: Path
) -> None:
    run = administer(
        scenario.survey(), scenario.twins(3), scenario.Tracks(), ledger=tmp_path / "a.run"
    )
    usage = run.usage()
    assert (usage.requests, usage.answers, usage.cost) == (0, 0, 0.0)
    assert math.isnan(usage.cost_per_thousand)
    assert usage.facts("tracks") == {}
