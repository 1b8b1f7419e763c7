"""A budget is kept: nothing starts that it does not allow, whoever runs beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.errors import BudgetReachedError, RequestError
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.fieldwork.budget import Budget
from understudy.surveys.ledger.run import load_run
from understudy.surveys.respondent import Interview, Page, Reply


@given(
    limit=st.floats(0.01, 50),
    costs=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5), st.booleans()), max_size=40),
    workers=st.integers(1, 50),
)
def test_overshoot_is_at_most_what_was_under_way(
    limit: float, costs: list[tuple[float, float, bool]], workers: int
) -> None:
    budget = Budget(limit)
    under_way: dict[int, tuple[float, float, bool]] = {}
    worse = 0.0
    for number, (expected, cost, unseen) in enumerate(costs):
        if len(under_way) == workers:
            first = min(under_way)
            _, due, lost = under_way.pop(first)
            budget.settle(first, due, unseen=lost)
        try:
            budget.reserve(number, expected)
        except BudgetReachedError:
            continue
        under_way[number] = (expected, cost, unseen)
        worse += max(cost - expected, 0.0)
    for number, (_, cost, unseen) in under_way.items():
        budget.settle(number, cost, unseen=unseen)
    assert budget.spent <= limit + worse + 1e-9


def test_a_budget_without_prices_is_refused() -> None:
    with pytest.raises(RequestError, match="price of this model is not known"):
        Budget(1.0).reserve(1, None)
    Budget().reserve(1, None)


def test_what_may_have_been_billed_unseen_counts_as_expected() -> None:
    budget = Budget(1.0)
    budget.reserve(1, 0.4)
    budget.settle(1, 0.0, unseen=True)
    assert budget.spent == pytest.approx(0.4)


def paid(scenario: ModuleType, expected: float, cost: float) -> Any:
    class Pays(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
            detail = {"request": "r", "expected": expected, "prompt": ("same for all", f"{page}")}
            attempt = await interview.attempts.begin(page.number, detail)
            await asyncio.sleep(0)
            await interview.attempts.end(attempt, "answered", {"cost": cost, "output_tokens": 3})
            replies: Sequence[Reply] = await super().answer(page, interview)
            return replies

    return Pays()


def test_fifty_workers_keep_a_budget_and_a_higher_one_goes_on(
    scenario: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "run.ledger"
    for budget in (0.5, 1.1):
        with pytest.raises(BudgetReachedError, match="raise --budget"):
            administer(
                scenario.survey(),
                scenario.twins(60),
                paid(scenario, 0.01, 0.01),
                ledger=path,
                seed=3,
                workers=50,
                budget=budget,
            )
        assert budget - 0.02 < load_run(path).cost <= budget + 1e-9
    run = administer(
        scenario.survey(), scenario.twins(60), paid(scenario, 0.01, 0.01), ledger=path, seed=3
    )
    attempts = run.attempts()
    assert run.complete
    assert run.cost == pytest.approx(0.01 * len(attempts))
    assert len(attempts) == run.answers().groupby(["twin", "page"]).ngroups


def test_prompts_are_stored_once(scenario: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "run.ledger"
    run = administer(
        scenario.survey(), scenario.twins(6), paid(scenario, 0.0, 0.0), ledger=path, seed=3
    )
    prompts = [run.prompt(number) for number in run.attempts()["id"]]
    assert all(first == "same for all" and "Page(" in second for first, second in prompts)


def test_a_budget_of_nothing_is_refused(scenario: ModuleType) -> None:
    with pytest.raises(RequestError, match="buys nothing"):
        administer(scenario.survey(), scenario.twins(1), scenario.Tracks(), budget=0.0)
