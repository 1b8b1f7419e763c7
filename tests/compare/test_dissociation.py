"""Self-reports and behaviour: what correlates in twins though it does not in people."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from understudy.compare.dissociation import MOST, correlation, dissociation
from understudy.compare.task_report import task_report
from understudy.data.codebook import Level, Variable
from understudy.data.references import Measure
from understudy.data.task_facts import TaskFacts

MakePanel = Callable[..., Any]
TRAITS = tuple(f"trait{k}" for k in range(4))
MEASURES = tuple(f"game_score{k}" for k in range(5))


def side(make_panel: MakePanel, r: float, size: int = 800, seed: int = 1) -> Any:
    """A panel in which trait 0 correlates r with every measure, and nothing else with anything."""
    chance = np.random.default_rng(seed)
    data = {name: chance.normal(size=size) for name in TRAITS}
    for name in MEASURES:
        data[name] = r * data["trait0"] + math.sqrt(1 - r * r) * chance.normal(size=size)
    return make_panel(data, [Variable(name=n, label=n, level=Level.INTERVAL) for n in data])


def test_people_are_not_flagged(make_panel: MakePanel) -> None:
    found = dissociation(TRAITS, MEASURES, side(make_panel, 0.1))
    assert len(found.pairs) == 20
    assert found.flags == ()
    assert found.twins_median < 0.08
    assert math.isnan(found.people_median)


def test_a_twin_that_correlates_half_is_flagged(make_panel: MakePanel) -> None:
    twins, people = side(make_panel, 0.5), side(make_panel, 0.1, seed=2)
    alone = dissociation(TRAITS, MEASURES, twins)
    beside = dissociation(TRAITS, MEASURES, twins, people)
    for found in (alone, beside):
        flagged = [flag for flag in found.flags if " × " in flag.text]
        assert len(flagged) == 5
        assert all(flag.kind == "too coherent" for flag in flagged)
        assert all(flag.text.startswith("trait0 × ") for flag in flagged)
        assert found.pairs[0].twins.value == pytest.approx(0.5, abs=0.07)
    assert f"elsewhere is {str(MOST)[1:]}" in alone.flags[0].text
    assert "people's is" in beside.flags[0].text
    assert beside.people_most < 0.2


def test_correlations_that_people_have_are_not_flagged(make_panel: MakePanel) -> None:
    found = dissociation(TRAITS, MEASURES, side(make_panel, 0.4), side(make_panel, 0.45, seed=2))
    assert found.flags == ()


def test_many_small_ones_are_flagged_together(make_panel: MakePanel) -> None:
    chance = np.random.default_rng(3)
    common = chance.normal(size=800)
    data = {n: 0.4 * common + 0.9 * chance.normal(size=800) for n in (*TRAITS, *MEASURES)}
    twins = make_panel(data, [Variable(name=n, level=Level.INTERVAL) for n in data])
    found = dissociation(TRAITS, MEASURES, twins)
    assert found.twins_median > 0.1
    assert "self-reports explain behaviour" in found.flags[-1].text


def test_few_twins_do_not_look_coherent_by_chance(make_panel: MakePanel) -> None:
    flagged = [
        dissociation(TRAITS, MEASURES, side(make_panel, 0.0, size=40, seed=seed)).flags
        for seed in range(20)
    ]
    assert sum(map(bool, flagged)) <= 2


def test_undefined_correlations_are_left_out(make_panel: MakePanel) -> None:
    assert not correlation(np.arange(5.0), np.arange(5.0)).known
    assert not correlation(np.ones(50), np.arange(50.0)).known
    perfect = correlation(np.arange(50.0), np.arange(50.0))
    assert perfect.value == pytest.approx(1)
    assert perfect.interval[1] <= 1
    found = dissociation(["absent"], MEASURES, side(make_panel, 0.0))
    assert found.pairs == ()
    assert found.flags == ()
    assert math.isnan(found.twins_median)


def test_fishers_interval_by_hand() -> None:
    chance = np.random.default_rng(1)
    x = chance.normal(size=103)
    y = 0.5 * x + chance.normal(size=103)
    found = correlation(x, y)
    z, half = math.atanh(found.value), 1.959964 / 10
    assert found.interval == pytest.approx((math.tanh(z - half), math.tanh(z + half)), abs=1e-6)


def test_reports_take_the_peoples_self_reports_for_the_twins(make_panel: MakePanel) -> None:
    """Twins are not asked again what their record says."""
    people = side(make_panel, 0.1)
    twins = people.drop(TRAITS).take(np.arange(len(people))[::-1])
    facts = TaskFacts(
        name="game",
        title="Game",
        family="social",
        citation="S (2000).",
        measures=tuple(Measure(name=f"score{k}", label=f"Score {k}") for k in range(5)),
        references=(),
    )
    report = task_report([facts], twins, people, traits=TRAITS)
    assert report.dissociation is not None
    assert len(report.dissociation.pairs) == 20
    for pair in report.dissociation.pairs:
        assert pair.twins.value == pytest.approx(pair.people.value)
