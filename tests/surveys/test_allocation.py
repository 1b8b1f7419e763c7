"""Dealing: even over people, balanced within them, and uniform orders."""

from __future__ import annotations

import itertools
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.surveys.allocation import ORDER_MARK, allocate, permutation
from understudy.surveys.files.reading import parse_questionnaire as survey

FACTORIAL = survey(
    """
conditions:
  framing: [gain, loss]
  price: [low, middle, high]
  speaker: {arms: [a, b, c, d], design: within}
blocks:
  - group: topics
    pick: 2
    order: random
    blocks:
      - {block: t1, questions: [{name: q1, type: text, text: One}]}
      - {block: t2, questions: [{name: q2, type: text, text: Two}]}
      - {block: t3, questions: [{name: q3, type: text, text: Three}]}
"""
)


@given(st.integers(1, 60), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_allocation_is_even(people: int, seed: int) -> None:
    persons = [f"person {i}" for i in range(people)]
    dealt = allocate(FACTORIAL, persons, seed)
    for name, arms in (("framing", 2), ("price", 3), ("speaker", 4)):
        sizes = Counter(dealt[name].values())
        assert max(sizes.values()) - (min(sizes.values()) if len(sizes) == arms else 0) <= 1
    for arm in ("gain", "loss"):
        cell = Counter(dealt["price"][p] for p in persons if dealt["framing"][p] == arm)
        spread = [cell.get(price, 0) for price in ("low", "middle", "high")]
        assert max(spread) - min(spread) <= 1
    seen = Counter(name for p in persons for name in dealt["topics"][p].split(ORDER_MARK))
    assert sum(seen.values()) == 2 * people
    assert max(seen.values()) - min(seen.get(t, 0) for t in ("t1", "t2", "t3")) <= 1
    assert allocate(FACTORIAL, persons[::-1], seed) == {
        name: dict(by_person) for name, by_person in dealt.items()
    }


def test_allocation_depends_on_the_seed() -> None:
    persons = [str(i) for i in range(50)]
    assert allocate(FACTORIAL, persons, 1) != allocate(FACTORIAL, persons, 2)


def test_within_orders_are_balanced_for_position_and_succession() -> None:
    dealt = allocate(FACTORIAL, [str(i) for i in range(40)], 3)["speaker"]
    orders = [order.split(ORDER_MARK) for order in dealt.values()]
    for position in range(4):
        assert set(Counter(order[position] for order in orders).values()) == {10}
    pairs = Counter(pair for order in orders for pair in itertools.pairwise(order))
    assert len(pairs) == 12
    assert set(pairs.values()) == {10}


def test_weights_are_followed() -> None:
    weighted = survey(
        "conditions: {c: {arms: [a, b], weights: [3, 1]}}\n"
        "questions: [{name: q, type: text, text: '{arm.c}'}]"
    )
    for people in range(1, 30):
        dealt = Counter(allocate(weighted, [str(i) for i in range(people)], 1)["c"].values())
        assert abs(dealt["a"] - 0.75 * people) < 1


@given(st.integers(0, 60), st.integers())
def test_permutation_is_one(count: int, seed: int) -> None:
    assert sorted(permutation(count, seed, "x")) == list(range(count))


def test_permutations_are_uniform() -> None:
    drawn = Counter(tuple(permutation(4, i)) for i in range(24_000))
    assert len(drawn) == 24
    # Chi-square with 23 degrees of freedom: beyond 60 has a probability under 1e-4.
    assert sum((n - 1000) ** 2 / 1000 for n in drawn.values()) < 60
