"""Choices between gambles beside theories, axioms and people."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from understudy.compare.gambles import (
    cycles,
    dominated,
    expected_utility,
    expected_value,
    parallel_pairs,
    prospect_value,
)
from understudy.compare.rationality import rationality
from understudy.data.codebook import Level, Variable
from understudy.data.task_facts import GambleChoice, Outcomes

MakePanel = Callable[..., Any]


def choice(name: str, a: Outcomes, b: Outcomes, *, sampled: bool = False) -> GambleChoice:
    return GambleChoice(name=name, variable=name, a=a, b=b, sampled=sampled)


def sure(x: float) -> Outcomes:
    return ((x, 1.0),)


def panel(make_panel: MakePanel, choices: Sequence[GambleChoice], chosen: Any) -> Any:
    columns = np.asarray(chosen, dtype=float)
    variables = [Variable(name=c.variable, level=Level.INTERVAL) for c in choices]
    data = {c.variable: columns[:, k] for k, c in enumerate(choices)}
    return make_panel(data, variables)


# --- theories -------------------------------------------------------------------------------------


def test_worth_by_hand() -> None:
    gamble = ((100.0, 0.5), (-50.0, 0.5))
    assert expected_value(gamble) == 25
    assert expected_utility(((100.0, 0.5), (0.0, 0.5)), 0.5) == 5
    assert expected_utility(sure(-4.0), 0.5) == -2


def test_prospect_theory_by_hand() -> None:
    """Tversky & Kahneman (1992, 312): w⁺(.5) = .421, w⁻(.5) = .454."""
    value = prospect_value(((100.0, 0.5), (-100.0, 0.5)))
    assert value == pytest.approx((0.4206 - 2.25 * 0.4540) * 100**0.88, rel=1e-3)
    assert prospect_value(sure(100.0)) == pytest.approx(100**0.88)
    # Rank dependence: the better outcome gets the weight of its own chance, the other the rest.
    two = prospect_value(((100.0, 0.5), (50.0, 0.5)))
    assert two == pytest.approx(0.4206 * 100**0.88 + (1 - 0.4206) * 50**0.88, rel=1e-3)


gambles = st.lists(
    st.tuples(st.integers(-50, 50).map(float), st.integers(1, 9)), min_size=1, max_size=4
).map(lambda parts: tuple((x, w / sum(v for _, v in parts)) for x, w in parts))


@given(gambles)
def test_better_gambles_are_worth_more(gamble: Outcomes) -> None:
    better = tuple((x + 1, p) for x, p in gamble)
    for worth in (expected_value, expected_utility, prospect_value):
        assert worth(better) > worth(gamble)
    assert dominated(choice("c", gamble, better)) == 0
    assert dominated(choice("c", better, gamble)) == 1
    assert dominated(choice("c", gamble, gamble)) is None


# --- axioms ---------------------------------------------------------------------------------------


def test_dominance_is_first_order() -> None:
    assert dominated(choice("c", ((4.0, 0.8), (0.0, 0.2)), sure(3.0))) is None
    assert dominated(choice("c", sure(2.0), sure(3.85))) == 0
    assert dominated(choice("c", ((4.0, 0.5), (1.0, 0.5)), ((4.0, 0.5), (0.0, 0.5)))) == 1


RATIO = (
    choice("one", sure(3.0), ((4.0, 0.8), (0.0, 0.2))),
    choice("two", ((3.0, 0.25), (0.0, 0.75)), ((4.0, 0.2), (0.0, 0.8))),
)
"""Common ratio: Kahneman & Tversky (1979), problems 3 and 4."""
CONSEQUENCE = (
    choice("one", ((2500.0, 0.33), (2400.0, 0.66), (0.0, 0.01)), sure(2400.0)),
    choice("two", ((2500.0, 0.33), (0.0, 0.67)), ((2400.0, 0.34), (0.0, 0.66))),
)
"""Common consequence: the same, problems 1 and 2."""


@pytest.mark.parametrize("pair", [RATIO, CONSEQUENCE])
def test_independence_ties_problems_together(pair: Sequence[GambleChoice]) -> None:
    assert list(parallel_pairs(pair)) == [(0, 1, True)]
    turned = (pair[0], choice("two", pair[1].b, pair[1].a))
    assert list(parallel_pairs(turned)) == [(0, 1, False)]


def test_independence_leaves_other_problems_alone() -> None:
    other = choice("three", sure(3.0), ((5.0, 0.8), (0.0, 0.2)))
    assert list(parallel_pairs((RATIO[0], other))) == []
    # The same problem twice is about consistency; a dominated gamble about dominance.
    assert list(parallel_pairs((RATIO[0], RATIO[0]))) == []
    steps = [choice(str(x), sure(x), sure(x + 1)) for x in (1.0, 2.0)]
    assert list(parallel_pairs(steps)) == []


@given(gambles, gambles, st.floats(0.05, 0.95))
def test_expected_utility_never_violates_independence(
    a: Outcomes, b: Outcomes, weight: float
) -> None:
    """Mixing both gambles with a third changes no preference of an expected-utility maximiser."""
    first = choice("first", a, b)
    assume(dominated(first) is None)
    rest = ((7.0, 1 - weight),)
    mixed = [tuple((x, p * weight) for x, p in side) + rest for side in (a, b)]
    second = choice("second", mixed[0], mixed[1])
    gaps = [expected_utility(c.b) - expected_utility(c.a) for c in (first, second)]
    if list(parallel_pairs((first, second))) and min(map(abs, gaps)) > 1e-6:
        assert (gaps[0] > 0) == (gaps[1] > 0)


def triangle() -> list[GambleChoice]:
    three = [((4.0, 0.8), (0.0, 0.2)), sure(3.0), ((10.0, 0.3), (0.0, 0.7))]
    return [
        choice(f"{i}{j}", three[i], three[j]) for i, j in itertools.combinations(range(3), 2)
    ]  # 0–1, 0–2, 1–2


def test_circles_are_found(make_panel: MakePanel) -> None:
    problems = triangle()
    assert len(list(cycles(problems))) == 1
    assert list(cycles(problems[:2])) == []
    # 1 over 0, 2 over 1, 0 over 2 runs in a circle, and so does its reverse; nothing else does.
    for chosen in itertools.product((0.0, 1.0), repeat=3):
        found = rationality(problems, panel(make_panel, problems, [chosen] * 12))
        row = next(row for row in found.violations if row.axiom == "transitivity")
        circular = chosen in {(1.0, 0.0, 1.0), (0.0, 1.0, 0.0)}
        assert row.twins.value == float(circular)
        assert [f.kind for f in found.flags].count("inconsistent") == circular


# --- twins beside people --------------------------------------------------------------------------


def problems(count: int = 30) -> list[GambleChoice]:
    chance = np.random.default_rng(2)
    found = []
    for number in range(count):
        x, p = float(chance.integers(10, 100)), float(chance.integers(1, 9)) / 10
        other = float(round(x * p + chance.normal(0, 8)))
        found.append(choice(f"p{number}", sure(other), ((x, p), (0.0, 1 - p)), sampled=True))
    return found


def answered(asked: Sequence[GambleChoice], share: float, people: int = 60) -> Any:
    """Choices of the higher expected value with the given probability."""
    chance = np.random.default_rng(4)
    better = np.array([expected_value(c.b) > expected_value(c.a) for c in asked])
    follows = chance.random((people, len(asked))) < share
    return np.where(follows, better, ~better)


def test_maximisers_are_flagged_and_people_are_not(make_panel: MakePanel) -> None:
    asked = problems()
    people = panel(make_panel, asked, answered(asked, 0.64))
    for human in (None, people):
        rational = rationality(asked, panel(make_panel, asked, answered(asked, 0.98)), human)
        assert "too rational" in [flag.kind for flag in rational.flags]
        value = rational.agreement[0]
        assert value.theory == "expected_value"
        assert value.twins.value == pytest.approx(0.98, abs=0.02)
        assert rational.twins_rho > 0.75
    assert rational.agreement[0].people.value == pytest.approx(0.64, abs=0.03)
    usual = rationality(asked, panel(make_panel, asked, answered(asked, 0.64)))
    assert not [f for f in usual.flags if "expected value," in f.text or "of the choices" in f.text]


def test_designed_problems_are_not_held_against_published_rates(make_panel: MakePanel) -> None:
    ladder = [
        choice(f"r{k}", ((2.0, k / 10), (1.6, 1 - k / 10)), ((3.85, k / 10), (0.1, 1 - k / 10)))
        for k in range(1, 10)
    ]
    found = rationality(ladder, panel(make_panel, ladder, answered(ladder, 0.99)))
    assert not found.sampled
    assert found.agreement[0].published is None
    assert found.flags == ()


def test_violations_beside_people(make_panel: MakePanel) -> None:
    consistent = [[1.0, 1.0]] * 30 + [[0.0, 0.0]] * 30
    usual = [[0.0, 1.0]] * 40 + [[0.0, 0.0]] * 20
    twins, people = (panel(make_panel, RATIO, given) for given in (consistent, usual))
    found = rationality(RATIO, twins, people)
    (row,) = [row for row in found.violations if row.axiom == "independence"]
    assert row.opportunities == 1
    assert row.twins.value == 0
    assert row.people.value == pytest.approx(2 / 3)
    assert [flag.kind for flag in found.flags] == ["too rational"]
    other = rationality(RATIO, people, twins)
    assert [flag.kind for flag in other.flags] == ["inconsistent"]


def test_dominated_choices_are_flagged(make_panel: MakePanel) -> None:
    asked = [choice("d", sure(2.0), sure(3.0))]
    careless = panel(make_panel, asked, [[0.0]] * 12 + [[1.0]] * 28)
    found = rationality(asked, careless)
    assert found.violations[0].twins.value == pytest.approx(0.3)
    assert [flag.kind for flag in found.flags] == ["inconsistent"]
    careful = panel(make_panel, asked, [[0.0]] + [[1.0]] * 39)
    assert rationality(asked, careful).flags == ()


def test_missing_choices_are_left_out(make_panel: MakePanel) -> None:
    asked = problems(4)
    chosen = answered(asked, 1.0, people=12).astype(float)
    chosen[:, 0] = np.nan
    found = rationality(asked, panel(make_panel, asked, chosen))
    assert found.agreement[0].twins.value == 1
    absent = rationality([*asked, choice("never", sure(1.0), ((2.0, 0.4), (0.0, 0.6)))],
                         panel(make_panel, asked, chosen))  # fmt: skip
    assert absent.agreement[0].twins.value == 1
    none = rationality(asked, panel(make_panel, asked, np.full((12, 4), np.nan)))
    assert not none.agreement[0].twins.known
    assert math.isnan(none.twins_rho)
    assert none.flags == ()
