"""Scripted players of the tasks about markets and beliefs, and what is worked out of samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.errors import RequestError
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.choice_design import (
    balanced_design,
    coded,
    contrasts,
    d_error,
    level_counts,
    part_worths,
)
from understudy.surveys.tasks.pricing import demand, price_points
from understudy.surveys.tasks.probability import brier_score

BUY, LEAVE = 1.0, 2.0


# --- prices -------------------------------------------------------------------------------------


def test_the_highest_price_accepted(play: Any) -> None:
    task: Any = make_task("gabor_granger", prices=[1, 2, 3, 4])
    found = play(task, price_1=BUY, price_2=BUY, price_3=LEAVE, price_4=LEAVE)
    assert found == {"highest": 2, "accepted": 0.5, "consistent": 1}
    none = play(task, price_1=LEAVE, price_2=LEAVE, price_3=LEAVE, price_4=LEAVE)
    assert none == {"highest": 0, "accepted": 0, "consistent": 1}
    odd = play(task, price_1=BUY, price_2=LEAVE, price_3=BUY, price_4=LEAVE)
    assert (odd["highest"], odd["consistent"]) == (2, 0)


def test_prices_are_asked_in_an_order_of_their_own(lab: Any) -> None:
    orders = set()
    for person in range(8):

        def answer(shown: Any) -> Any:
            orders.add(tuple(item.name for item in shown.items))
            return {v.name: BUY for v in shown.variables}

        lab.walk_through(make_task("gabor_granger"), answer, person=f"p{person}")
    assert len(orders) > 1


def test_price_meters(play: Any) -> None:
    found = play("van_westendorp", too_cheap=4, cheap=8, expensive=12, too_expensive=20)
    assert found["too_cheap"] == 4
    assert found["width"] == pytest.approx(16 / 12)
    assert found["consistent"] == 1
    mixed = play("van_westendorp", too_cheap=9, cheap=8, expensive=12, too_expensive=20)
    assert (mixed["consistent"], mixed["width"]) == (0, None)
    nothing = play("van_westendorp", too_cheap=0, cheap=0, expensive=0, too_expensive=0)
    assert (nothing["consistent"], nothing["width"]) == (1, None)


def test_price_points_of_people_who_agree() -> None:
    """Curves are steps: they cross in the middle between the prices that bound them."""
    found = price_points([4] * 5, [8] * 5, [12] * 5, [20] * 5)
    assert found.people == 5
    assert found.optimal is not None
    assert 4 <= found.optimal <= 20
    assert found.indifference is not None
    assert 8 <= found.indifference <= 12
    assert found.acceptable is not None
    assert 4 <= found.acceptable[0] <= 8
    assert 12 <= found.acceptable[1] <= 20


def test_price_points_of_a_spread_sample() -> None:
    """With evenly spread answers the curves are straight, and cross where algebra says."""
    place = np.linspace(0, 1, 2001)
    found = price_points(2 + 4 * place, 4 + 4 * place, 6 + 4 * place, 8 + 4 * place)
    # Too cheap 1 − (p − 2)/4 against too expensive (p − 8)/4: both 0 from 6 to 8, middle 7.
    assert found.optimal == pytest.approx(7, abs=0.01)
    # Cheap 1 − (p − 4)/4 against expensive (p − 6)/4.
    assert found.indifference == pytest.approx(7, abs=0.01)
    # Too cheap 1 − (p − 2)/4 against not cheap (p − 4)/4; likewise at the upper end.
    assert found.marginal_cheapness == pytest.approx(5, abs=0.01)
    assert found.marginal_expensiveness == pytest.approx(9, abs=0.01)


def test_price_points_leave_out_prices_that_do_not_rise() -> None:
    found = price_points([4, 9, np.nan], [8, 8, 8], [12, 12, 12], [20, 20, 20])
    assert found.people == 1
    empty = price_points([5], [4], [3], [2])
    assert (empty.people, empty.optimal, empty.acceptable) == (0, None, None)


@given(
    st.lists(
        st.sets(st.integers(0, 50), min_size=4, max_size=4).map(sorted), min_size=1, max_size=40
    )
)
def test_price_points_lie_within_the_prices_and_in_order(answers: list[list[int]]) -> None:
    table = np.array(answers, dtype=float).T
    found = price_points(*table)
    assert found.people == len(answers)
    for point in (found.optimal, found.indifference, *(found.acceptable or ())):
        assert point is None or table.min() <= point <= table.max()
    if found.acceptable is not None:
        low, high = found.acceptable
        assert low <= high + 1e-9


def test_demand_of_a_sample() -> None:
    found = demand([1, 2, 4], [[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0, None, math.nan]])
    assert list(found.shares) == [1, 0.5, 0.25]
    assert list(found.counts) == [4, 4, 4]
    assert list(found.revenues) == [1, 1, 1]
    assert found.best == 1
    assert found.elasticity == pytest.approx(-1)


def test_demand_where_nothing_is_known() -> None:
    found = demand([1, 2], [[0, 0], []])
    assert math.isnan(found.shares[1])
    assert found.best == 1
    assert found.elasticity is None
    with pytest.raises(ValueError, match="2 prices and 1 lists"):
        demand([1, 2], [[1]])


@given(st.floats(-5, -0.1), st.lists(st.integers(1, 100), min_size=2, max_size=6, unique=True))
def test_constant_elasticities_are_found(elasticity: float, prices: list[int]) -> None:
    prices = sorted(prices)
    shares = [0.9 * (price / prices[0]) ** elasticity for price in prices]
    found = demand(prices, [[share] for share in shares])
    assert found.elasticity == pytest.approx(elasticity, rel=1e-6)


def test_everybody_sees_one_price(play: Any, lab: Any) -> None:
    task = make_task("demand_curve")
    seen = {}
    for arm in ("price1", "price2", "price3"):

        def answer(shown: Any, arm: str = arm) -> Any:
            seen[arm] = shown.text
            return {v.name: BUY for v in shown.variables}

        lab.walk_through(task, answer, {"price": arm})
        assert play(task, arms={"price": arm}, purchase=LEAVE) == {"buys": 0}
    assert "$8." in seen["price1"]
    assert "$12.50" in seen["price3"]


def test_demand_falls_along_the_arms(lab: Any) -> None:
    task = make_task("demand_curve", prices=[6, 8, 10, 13, 16])
    found = lab.population(task)
    arms = np.array(found.arms["price"])
    answers = [found.scores["buys"][arms == f"price{n}"].tolist() for n in range(1, 6)]
    curve = demand(task.prices, answers)  # type: ignore[attr-defined]  # of this task
    assert list(curve.shares) == sorted(curve.shares, reverse=True)
    assert curve.elasticity is not None
    assert -4 < curve.elasticity < -1


# --- conjoint -----------------------------------------------------------------------------------

LEVELS = (3, 3, 4, 2)


@settings(max_examples=25, deadline=None)
@given(
    levels=st.lists(st.integers(2, 4), min_size=2, max_size=4),
    alternatives=st.integers(2, 4),
    seed=st.integers(0, 1000),
)
def test_designs_are_balanced(levels: list[int], alternatives: int, seed: int) -> None:
    design = balanced_design(levels, 12, alternatives, seed)
    assert design.shape == (12, alternatives, len(levels))
    # Twelve choices are a multiple of two, three and four levels: every level at every place.
    for attribute, count in enumerate(levels):
        for place in range(alternatives):
            shown = np.bincount(design[:, place, attribute], minlength=count)
            assert set(shown.tolist()) == {12 // count}
        overlap = [len(set(row)) for row in design[:, :, attribute].tolist()]
        assert min(overlap) == min(count, alternatives)
    assert level_counts(design, levels) == tuple(
        (12 * alternatives // count,) * count for count in levels
    )


def test_designs_repeat_with_their_seed() -> None:
    one, again, other = (balanced_design(LEVELS, 12, 2, seed) for seed in (5, 5, 6))
    assert (one == again).all()
    assert (one != other).any()


def test_designs_are_efficient() -> None:
    """Better than every one of many designs with levels drawn at random."""
    draw = np.random.default_rng(0)
    ours = d_error(balanced_design(LEVELS, 12, 2, 0), LEVELS)
    random = [
        d_error(np.stack([draw.integers(0, n, (12, 2)) for n in LEVELS], axis=2), LEVELS)
        for _ in range(300)
    ]
    assert ours < min(random)
    assert ours < 0.7 * float(np.median(random))


def test_designs_that_tell_nothing_are_infinitely_bad() -> None:
    assert d_error(np.zeros((6, 2, 2), dtype=np.int_), (2, 2)) == math.inf


def test_contrasts_are_orthonormal() -> None:
    for count in (2, 3, 5):
        table = contrasts(count)
        assert table.T @ table == pytest.approx(np.eye(count - 1))
        assert table.sum(axis=0) == pytest.approx(np.zeros(count - 1))


def test_part_worths_are_found_again() -> None:
    """Many choices made with known part-worths, pooled."""
    draw = np.random.default_rng(3)
    designs = [coded(balanced_design(LEVELS, 12, 3, seed), LEVELS) for seed in range(8)]
    x = np.concatenate(designs * 20)
    true = np.array([1.0, -0.5, 0.3, 0.8, -0.6, 0.0, 0.4, -0.9])
    chosen = (x @ true + draw.gumbel(size=x.shape[:2])).argmax(axis=1)
    assert part_worths(x, chosen.tolist(), ridge=0.01) == pytest.approx(true, abs=0.2)


def test_part_worths_do_not_run_away() -> None:
    """Somebody who always takes the cheaper one would have infinite part-worths without a prior."""
    design = balanced_design((2, 2), 8, 2, 0)
    chosen = design[:, :, 0].argmin(axis=1)
    strong, weak = (
        part_worths(coded(design, (2, 2)), chosen.tolist(), ridge) for ridge in (10.0, 0.001)
    )
    assert np.isfinite(weak).all()
    assert 0 < strong[0] < weak[0]
    assert abs(weak[1]) < 0.5 * weak[0]


def conjoint_choices(task: Any, wanted: list[list[float]]) -> dict[str, float]:
    """Somebody with these utilities of levels."""
    return {
        f"c{number}": 1.0
        + int(
            np.argmax(
                [
                    sum(own[level] for own, level in zip(wanted, levels, strict=True))
                    for levels in shown
                ]
            )
        )
        for number, shown in enumerate(task._shown, 1)
    }


def test_who_looks_at_the_price_alone(play: Any) -> None:
    task: Any = make_task("conjoint")
    found = play(task, **conjoint_choices(task, [[2, 1, 0], [0, 0.01, 0], [0, 0, 0.01]]))
    assert found["same"] == 1
    assert found["price_1"] > found["price_2"] > found["price_3"]
    assert found["price_1"] + found["price_2"] + found["price_3"] == pytest.approx(0)
    assert found["weight_price"] > 0.6
    total = sum(found[f"weight_{name}"] for name in ("price", "roast", "label"))
    assert total == pytest.approx(1)


def test_the_first_choice_comes_again_with_sides_swapped(play: Any) -> None:
    task: Any = make_task("conjoint")
    assert task._shown[-1] == task._shown[0][::-1]
    left = play(task, **{f"c{n}": 1 for n in range(1, 14)})
    assert left["same"] == 0


def test_attributes_of_ones_own_are_read_as_they_are(play: Any) -> None:
    task: Any = make_task(
        "conjoint",
        product="phones",
        choices=6,
        alternatives=3,
        attributes=[
            {"name": "size", "label": "Size", "levels": ["{small}", "large"], "better": "last"},
            {"name": "price", "label": "Price", "levels": ["$1", "$2", "$3"], "better": "first"},
        ],
    )
    found = play(task, **conjoint_choices(task, [[0, 3], [1, 0.5, 0]]))
    assert found["same"] == 1
    assert found["size_2"] > found["size_1"]
    assert task.people() == ()


# --- beliefs ------------------------------------------------------------------------------------


def test_chances_are_scored_against_the_truth(play: Any) -> None:
    sure = play(
        "probability", stocks=50, recession=20, pacific=100, sunlight=90, australia=0, bones=50
    )
    assert sure["brier"] == pytest.approx((0 + 0.01 + 0 + 0.25) / 4)
    assert sure["fifty"] == pytest.approx(2 / 6)
    assert sure["certain"] == pytest.approx(2 / 6)
    assert sure["p_recession"] == 0.2


def test_open_events_have_no_score(play: Any) -> None:
    task = make_task("probability", events=[{"name": "rain", "label": "Rain", "text": "it rains"}])
    assert play(task, rain=70) == {"fifty": 0, "certain": 0, "p_rain": 0.7}
    assert task.best({}) == {}
    assert task.payoffs() == ()


def test_brier_scores() -> None:
    assert brier_score([(0.5, 1.0), (0.5, 0.0)]) == 0.25
    assert brier_score([(0.7, 0.7)]) == 0
    assert brier_score([(None, 1.0), (0.5, 0.0)]) is None
    assert brier_score([]) is None


def test_saying_what_one_believes_is_best() -> None:
    """The Brier score is proper: of all answers, the true chance has the least expected score."""
    for true in (0.1, 0.35, 0.8):

        def expected(said: float, true: float = true) -> float:
            return true * (said - 1) ** 2 + (1 - true) * said**2

        best = min((expected(k / 100), k / 100) for k in range(101))[1]
        assert best == pytest.approx(true)


def test_what_a_supporter_would_say(play: Any) -> None:
    found = play("second_order", side=1, own=4, said_first=5, said_second=2)
    assert found == {
        "own_first": 4,
        "own_second": None,
        "seen_first": 5,
        "seen_second": 2,
        "gap_seen": 3,
        "from_own_side": -1,
    }
    neither = play("second_order", side=3, own=3, said_first=4, said_second=2)
    assert neither["own_first"] is None
    assert neither["from_own_side"] is None
    assert neither["gap_seen"] == 2


def test_parametric_people_see_the_sides_further_apart_than_they_are(lab: Any) -> None:
    found = lab.population(make_task("second_order")).scores
    apart = np.nanmean(found["own_first"]) - np.nanmean(found["own_second"])
    assert np.mean(found["gap_seen"]) > 1.2 * apart


def test_other_sides_and_scales(play: Any) -> None:
    task = make_task(
        "second_order",
        statement="Cats are better than dogs.",
        first="cat people",
        second="dog people",
        points=7,
    )
    assert play(task, side=2, own=1, said_first=7, said_second=1)["gap_seen"] == 6
    texts = [question.text for page in task.named.pages for question in page]
    assert any("typical supporter" in text and "dog people" in text for text in texts)


# --- impossible parameters ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("gabor_granger", {"prices": [0, 1]}, "a price of 0 is none"),
        ("gabor_granger", {"prices": [2, 1]}, "the prices do not rise"),
        ("gabor_granger", {"product": " "}, "there is no product"),
        ("van_westendorp", {"typical": 0}, "a typical price of 0 does not lie between"),
        ("demand_curve", {"prices": [5]}, "1 prices are not between 2 and 20"),
        ("demand_curve", {"prices": [-5, 5]}, "a price of -5 is none"),
        ("conjoint", {"choices": 3}, "3 choices cannot be: 6 part-worths need at least as many"),
        ("conjoint", {"alternatives": 1}, "1 alternatives are not between 2 and 6"),
        (
            "conjoint",
            {
                "attributes": [
                    {"name": "a", "label": "A", "levels": ["x", "x"]},
                    {"name": "b", "label": "B", "levels": ["x", "y"]},
                ]
            },
            "'a' has the same level twice",
        ),
        (
            "probability",
            {"events": [{"name": "rain", "label": "R", "text": "it rains", "truth": 1.5}]},
            "the truth of 'rain' is 1.5, not between 0 and 1",
        ),
        ("second_order", {"first": "Republicans"}, "the two sides are not told apart"),
        ("second_order", {"points": 1}, "1 points are not between 2 and 11"),
    ],
)
def test_impossible_parameters(name: str, parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError) as caught:
        make_task(name, **parameters)
    message = str(caught.value)
    assert said in message
    assert message.startswith(f"task {name}: ")
    assert message.endswith("change the parameter.")
    assert "\n" not in message
