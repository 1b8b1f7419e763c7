"""Scripted players of the tasks about risk and time, their scores, and impossible parameters."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.errors import RequestError
from understudy.surveys.respondents.cognition.prospects import (
    certainty_equivalent,
    prospect_value,
    weight,
)
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.certainty_equivalents import switching_point
from understudy.surveys.tasks.columbia_card import expected_points, optimal_cards
from understudy.surveys.tasks.gambles import Gamble
from understudy.surveys.tasks.titration import DELAYS

ONE, OTHER = 1.0, 2.0


# --- certainty equivalents ----------------------------------------------------------------------


def price_lists(task: Any, worth: list[float]) -> dict[str, float]:
    """Somebody to whom the gambles are worth these amounts."""
    return {
        f"list{number}_{line}": ONE if value > sure else OTHER
        for number, (one, value) in enumerate(zip(task.lists, worth, strict=True), 1)
        for line, sure in enumerate(one.sure, 1)
    }


def test_certainty_equivalents(play: Any) -> None:
    task: Any = make_task("certainty_equivalents")
    found = play(task, **price_lists(task, [2.6, 4.3, 3.9, -2.9, -5.4, -4.1]))
    assert found["ce1"] == pytest.approx(2.625)
    assert found["ce4"] == pytest.approx(-2.875)
    assert found["premium"] == pytest.approx(((3 - 2.625) / 3 + (5 - 4.375) / 5 + 1.125 / 5) / 3)
    assert found["premium_losses"] == pytest.approx((-0.125 / 3 + 0.375 / 5 - 0.75 / 5) / 3)
    assert found["consistent"] == 1


def test_lists_that_go_back_and_forth_have_no_certainty_equivalent(play: Any) -> None:
    task: Any = make_task("certainty_equivalents")
    script = price_lists(task, [2.6, 4.3, 3.9, -2.9, -5.4, -4.1]) | {"list1_14": ONE}
    found = play(task, **script)
    assert found["ce1"] is None
    assert found["premium"] is None
    assert found["premium_losses"] is not None
    assert found["consistent"] == pytest.approx(5 / 6)


def test_lists_of_ones_own(play: Any) -> None:
    one = {"gamble": {"outcomes": [[100, 0.25], [0, 0.75]]}, "sure": [10, 20, 30, 40]}
    task = make_task("certainty_equivalents", lists=[one])
    assert {m.name for m in task.measured()} == {"premium", "consistent", "ce1"}
    assert task.people() == ()
    found = play(task, list1_1=ONE, list1_2=ONE, list1_3=OTHER, list1_4=OTHER)
    assert found == {"ce1": 25.0, "premium": 0.0, "consistent": 1.0}


def test_switching_points_at_the_ends_are_bounds() -> None:
    assert [switching_point([1, 2, 4], taken) for taken in range(4)] == [1, 1.5, 3, 4]


# --- mixed gambles ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "aversion"), [(0, 4.0), (1, 2.4), (3, 6 / 4.5), (5, 6 / 6.5), (6, 0.8)]
)
def test_loss_aversion_at_the_switch(play: Any, accepted: int, aversion: float) -> None:
    script = {f"gamble_{n}": ONE if n <= accepted else OTHER for n in range(1, 7)}
    found = play("mixed_gambles", **script)
    assert found["lambda"] == pytest.approx(aversion)
    assert found["rejected"] == pytest.approx(1 - accepted / 6)


def test_loss_aversion_needs_one_switch(play: Any) -> None:
    script = {f"gamble_{n}": ONE if n != 2 else OTHER for n in range(1, 7)}
    assert play("mixed_gambles", **script)["lambda"] is None


def test_who_values_money_alone_accepts_even_odds_of_more(play: Any) -> None:
    found = play("mixed_gambles", **make_task("mixed_gambles").best({}))
    assert found["rejected"] == pytest.approx(2 / 6)
    assert found["lambda"] == pytest.approx(6 / 5.5)


# --- Ellsberg, Allais ---------------------------------------------------------------------------


def test_a_matching_chance_of_two_fifths_is_a_premium(play: Any) -> None:
    chances = make_task("ellsberg").chances  # type: ignore[attr-defined]  # of this task
    lines = {f"line_{n}": OTHER if c < 0.41 else ONE for n, c in enumerate(chances, 1)}
    found = play("ellsberg", colour=1, bag=1, **lines)
    assert found == {"known": 1, "premium": pytest.approx(0.5 - 0.425), "consistent": 1}
    back = play("ellsberg", colour=2, bag=2, **(lines | {"line_1": ONE}))
    assert back == {"known": 0, "premium": None, "consistent": 0}


def test_the_common_consequence_is_taken_out(play: Any) -> None:
    assert play("allais", first=2, second=1)["violation"] == 1
    assert play("allais", first=2, second=2)["violation"] == 0
    assert play("allais", first=1, second=2)["reverse"] == 1
    task: Any = make_task("allais")
    (risky, safe), (risky_2, safe_2) = task._pairs
    assert safe.mean - safe_2.mean == pytest.approx(0.66 * 2400)
    assert risky.mean - risky_2.mean == pytest.approx(0.66 * 2400)
    assert task.best({}) == {"first": 1, "second": 1}


# --- Columbia Card Task -------------------------------------------------------------------------


def test_expected_points_by_hand() -> None:
    """Three cards, one of which loses: the first wins with 2/3, the second with 1/2 of that."""
    assert expected_points(3, 1, 10, 30, 0) == 0
    assert expected_points(3, 1, 10, 30, 1) == pytest.approx(2 / 3 * 10 - 1 / 3 * 30)
    assert expected_points(3, 1, 10, 30, 2) == pytest.approx(2 / 3 * 10 + 1 / 3 * 10 - 2 / 3 * 30)


@given(
    cards=st.integers(2, 12),
    losing=st.integers(1, 4),
    gain=st.integers(1, 50),
    loss=st.integers(0, 200),
    turned=st.integers(0, 12),
)
def test_expected_points_are_those_of_all_orders(
    cards: int, losing: int, gain: int, loss: int, turned: int
) -> None:
    """The first losing card stands at each place as often as the orders of the others say."""
    losing = min(losing, cards - 1)
    turned = min(turned, cards - losing)
    total = 0.0
    orders = math.comb(cards, losing)
    for first in range(cards - losing + 1):
        share = math.comb(cards - first - 1, losing - 1) / orders
        total += share * (gain * min(first, turned) - (loss if first < turned else 0))
    assert expected_points(cards, losing, gain, loss, turned) == pytest.approx(total, abs=1e-6)


def test_the_optimal_number_of_cards_is_where_the_next_one_stops_paying() -> None:
    """With one losing card each next one wins with (r − 1)/r of r cards left."""
    for gain, loss in itertools.product((10.0, 30.0), (250.0, 750.0)):
        best = optimal_cards(32, 1, gain, loss)
        left = next((r for r in range(32, 1, -1) if (r - 1) * gain <= loss), 1)
        assert best == 32 - left
    assert optimal_cards(32, 1, 30, 250) == 23
    assert optimal_cards(32, 3, 10, 750) == 0


def test_cards(play: Any) -> None:
    task: Any = make_task("columbia_card", blocks=1)
    flat = play(task, **{f"b1_{n}": 12 for n in range(1, 9)})
    assert (flat["cards"], flat["by_chance"], flat["by_gain"]) == (12, 0, 0)
    best = play(task, **task.best({}))
    assert best["away"] == 0
    assert best["above_optimal"] == 0
    assert best["by_chance"] < 0 < best["by_gain"]
    assert best["by_loss"] < 0


def test_cards_without_variation_have_no_effect_of_it() -> None:
    task = make_task("columbia_card", gains=[20])
    assert "by_gain" not in {m.name for m in task.measured()}


# --- time ---------------------------------------------------------------------------------------


def waits(rate: float) -> dict[str, float]:
    """Somebody who discounts at this rate, at the five delays that are asked."""
    script: dict[str, float] = {}
    number, step = 16, 16
    while step:
        later = 1000 / (1 + rate * DELAYS[number - 1]) > 500
        script[f"d{number}"] = OTHER if later else ONE
        step //= 2
        number += step if later else -step
    return script


@pytest.mark.parametrize("rate", [0.0002, 0.001, 0.01, 0.07, 0.5, 8.0])
def test_five_choices_find_the_rate(play: Any, rate: float) -> None:
    script = waits(rate)
    assert len(script) == 5
    found = play("titration", **script)
    # Neighbouring delays are up to a factor of two apart.
    assert found["log_k"] == pytest.approx(math.log(rate), abs=0.5 * math.log(2) + 1e-9)
    assert found["delay"] == pytest.approx(1 / math.exp(found["log_k"]))


def test_the_ends_of_the_delays_are_bounds(play: Any) -> None:
    assert play("titration", **waits(1e-9))["delay"] == pytest.approx(25 * 365)
    assert play("titration", **waits(1e9))["delay"] == pytest.approx(1 / 24)


def test_delays_are_read_as_words() -> None:
    task = make_task("titration")
    labels = {q.name: q.label for page in task.named.pages for q in page}
    assert labels["titration_d16"] == "Now or in 3 weeks"
    assert labels["titration_d1"] == "Now or in 1 hour"
    assert labels["titration_d9"] == "Now or in 1.5 days"
    assert labels["titration_d22"] == "Now or in 8 months"
    assert labels["titration_d31"] == "Now or in 25 years"


def sooner_lists(task: Any, beta: float, delta: float) -> dict[str, float]:
    """A quasi-hyperbolic discounter with this β and this δ per week."""
    return {
        f"{name}{number}_{line}": ONE
        if bias * delta ** (wait.days / 7) * wait.later > sooner
        else OTHER
        for number, wait in enumerate(task.waits, 1)
        for name, bias in (("near", beta), ("far", 1.0))
        for line, sooner in enumerate(wait.sooner, 1)
    }


@pytest.mark.parametrize(("beta", "delta"), [(1.0, 0.94), (0.8, 0.94), (0.9, 0.98), (1.1, 0.9)])
def test_quasi_hyperbolic_discounters_get_their_parameters(
    play: Any, beta: float, delta: float
) -> None:
    task: Any = make_task("present_bias")
    found = play(task, **sooner_lists(task, beta, delta))
    assert found["consistent"] == 1
    # Lists have steps of up to a tenth of the sum.
    assert found["beta"] == pytest.approx(beta, abs=0.05)
    assert found["delta"] == pytest.approx(delta, abs=0.03)
    assert (found["bias"] > 0.01) == (beta < 1)


def test_exponential_discounters_have_no_bias(play: Any) -> None:
    task: Any = make_task("present_bias")
    found = play(task, **sooner_lists(task, 1.0, 0.93))
    assert (found["beta"], found["bias"]) == (1.0, 0.0)


# --- prospect theory ----------------------------------------------------------------------------


def test_decision_weights_of_the_source() -> None:
    """Small chances weigh more than they are, large ones less; γ = 1 is linear."""
    assert weight(0.05, 0.61) == pytest.approx(0.1316, abs=5e-4)
    assert weight(0.5, 0.61) == pytest.approx(0.4206, abs=5e-4)
    assert weight(0.95, 0.61) == pytest.approx(0.7930, abs=5e-4)
    assert weight(0.3, 1.0) == pytest.approx(0.3)


def test_prospect_values_by_hand() -> None:
    assert prospect_value(Gamble.of(10, 0.5, -10)) == pytest.approx(
        10**0.88 * (weight(0.5, 0.61) - 2.25 * weight(0.5, 0.69))
    )
    # Rank dependence: the middle outcome gets what the better two get together, less the best.
    three = Gamble(((0, 0.2), (5, 0.3), (9, 0.5)))
    best, middle = weight(0.5, 0.61), weight(0.8, 0.61) - weight(0.5, 0.61)
    assert prospect_value(three) == pytest.approx(best * 9**0.88 + middle * 5**0.88)


@given(outcome=st.floats(-500, 500), exponent=st.floats(0.2, 1.5), loss_aversion=st.floats(0.5, 4))
def test_a_sure_thing_is_worth_itself(
    outcome: float, exponent: float, loss_aversion: float
) -> None:
    if abs(outcome) < 1e-3:
        return
    found = certainty_equivalent(
        Gamble.sure(outcome), exponent=exponent, loss_aversion=loss_aversion
    )
    assert found == pytest.approx(outcome)


@given(
    low=st.floats(-100, 100),
    reach=st.floats(0.1, 100),
    chance=st.floats(0.01, 0.99),
    gamma=st.floats(0.4, 1.2),
)
def test_certainty_equivalents_lie_between_the_outcomes(
    low: float, reach: float, chance: float, gamma: float
) -> None:
    gamble = Gamble.of(low + reach, chance, low)
    found = certainty_equivalent(gamble, gamma=gamma, delta=gamma)
    # Weights of gains and of losses need not add up to one, so mixed gambles are left aside.
    if low >= 0 or low + reach <= 0:
        assert low - 1e-6 <= found <= low + reach + 1e-6


# --- impossible parameters ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        (
            "certainty_equivalents",
            {"lists": [{"gamble": {"outcomes": [[6, 0.5], [0, 0.4]]}, "sure": [1, 2]}]},
            "list 1: the probabilities of a gamble add up to 0.9, not to 1",
        ),
        (
            "certainty_equivalents",
            {"lists": [{"gamble": {"outcomes": [[6, 0.5], [0, 0.5]]}, "sure": [2, 1]}]},
            "the sure amounts do not rise",
        ),
        (
            "certainty_equivalents",
            {"lists": [{"gamble": {"outcomes": [[6, 0.5], [0, 0.5]]}, "sure": [1, 7]}]},
            "lies outside the outcomes",
        ),
        ("mixed_gambles", {"gain": 0}, "a gain of 0 is none"),
        ("mixed_gambles", {"losses": [-2, 3]}, "losses are written as positive amounts"),
        ("mixed_gambles", {"chance": 1}, "a chance of 1 is not between 0 and 1"),
        ("ellsberg", {"prize": -15}, "a prize of -15 is none"),
        ("ellsberg", {"balls": 99}, "99 balls cannot be half of one colour"),
        ("ellsberg", {"chances": [0.4, 1.2]}, "a chance is not between 0 and 1"),
        ("allais", {"common": 0.7}, "add up to 1.03, which leaves none to win nothing"),
        ("allais", {"sure": 2600}, "are no safer and riskier"),
        ("columbia_card", {"losing": [1, 32]}, "leaves none to win with"),
        ("columbia_card", {"losses": [-250, 750]}, "'losses' holds -250, which is not above 0"),
        ("columbia_card", {"blocks": 40}, "320 rounds are not between 1 and 120"),
        ("titration", {"now": 0}, "no choice between less and more"),
        ("titration", {"delays": [1, 2, 3, 4]}, "4 delays cannot be halved to the end"),
        ("titration", {"delays": [1, 3, 2]}, "the delays do not rise"),
        (
            "present_bias",
            {"waits": [{"later": 0, "sooner": [1, 2], "days": 7, "shift": 35}]},
            "pair 1: a sum is not above 0",
        ),
        (
            "present_bias",
            {"waits": [{"later": 5, "sooner": [1, 2], "days": 7, "shift": 0}]},
            "leaves both lists the same",
        ),
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
