"""Dealing over people: random orders, arms, orders of arms, and picked blocks, all evenly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ..data.seeds import seed_of, uniform
from .plan import member_names
from .question import Shuffle
from .questionnaire import Condition, Design, Group, Questionnaire

__all__ = ["ORDER_MARK", "allocate", "arranged", "permutation"]

ORDER_MARK = " > "
"""Joins arms or blocks where a person sees several in an order: "gain > loss"."""

T = TypeVar("T")


def permutation(count: int, *parts: str | int) -> list[int]:
    """A random order of 0 … count − 1, drawn by `parts` alone.

    Fisher–Yates on the digits of 128-bit seeds, a fresh seed every 8 steps: the bias of taking
    remainders stays below 2⁻⁴⁰ for lists of up to 2,000.
    """
    order = list(range(count))
    digits = 0
    for step, last in enumerate(range(count - 1, 0, -1)):
        if step % 8 == 0:
            digits = seed_of(*parts, step) if step else seed_of(*parts)
        digits, other = divmod(digits, last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def arranged(things: Sequence[T], pinned: Sequence[bool], order: Sequence[int]) -> list[T]:
    """Deal the things that are not pinned into their places in a new order."""
    free = [position for position, fixed in enumerate(pinned) if not fixed]
    found = list(things)
    for place, source in zip(free, order, strict=True):
        found[place] = things[free[source]]
    return found


# --- allocation -------------------------------------------------------------------------------


def allocate(
    questionnaire: Questionnaire, persons: Sequence[str], seed: int
) -> dict[str, dict[str, str]]:
    """Deal arms, orders of arms, and picked blocks evenly over people.

    Between persons, the numbers in the arms of a condition differ by at most one (or follow its
    weights as closely as whole people can), also among people who share the arms of the
    conditions before it. Within persons, orders of arms follow a Williams design (Williams, E. J.,
    1949, Australian Journal of Scientific Research A 2, 149–168), dealt the same way: every arm
    stands equally often in every position and after every other. Groups that pick some of their
    blocks show every block equally often, to within one person.

    Replicates of a person keep what they were dealt. The dealing depends on who takes part, so it
    must be made over everybody who will, not over the part of them asked today.

    Args:
        questionnaire: The questionnaire.
        persons: Ids; their order does not matter.
        seed: The run's seed.

    Returns:
        Condition or group → person → arm; where a person sees several, all of them in order,
        joined by `ORDER_MARK`.
    """
    cells: dict[str, tuple[str, ...]] = dict.fromkeys(persons, ())
    dealt: dict[str, dict[str, str]] = {}
    for condition in questionnaire.conditions:
        choices = _choices(condition, seed)
        weights = condition.weights if len(condition.weights) == len(choices) else ()
        shares = (
            [w / sum(weights) for w in weights] if weights else [1 / len(choices)] * len(choices)
        )
        draw = {p: uniform(seed, "allocation", condition.name, p) for p in cells}
        line = sorted(cells, key=lambda person: (cells[person], draw[person], person))
        given = dict(zip(line, _dealt(choices, shares, len(line)), strict=True))
        dealt[condition.name] = {person: given[person] for person in persons}
        cells = {person: (*cell, given[person]) for person, cell in cells.items()}
    for node in questionnaire.nodes():
        if isinstance(node, Group) and node.pick is not None:
            dealt[node.name] = _picked(node, persons, seed)
    return dealt


def _choices(condition: Condition, seed: int) -> list[str]:
    """What can be dealt for a condition, in random order: arms, or orders of arms."""
    if condition.design is Design.WITHIN and condition.order is Shuffle.FIXED:
        return [ORDER_MARK.join(condition.arms)]
    if condition.design is Design.BETWEEN:
        if condition.weights:
            return list(condition.arms)
        shuffled = permutation(len(condition.arms), seed, "allocation", condition.name, "arms")
        return [condition.arms[i] for i in shuffled]
    rows = _williams(len(condition.arms))
    shuffled = permutation(len(rows), seed, "allocation", condition.name, "arms")
    return [ORDER_MARK.join(condition.arms[i] for i in rows[row]) for row in shuffled]


def _williams(count: int) -> list[list[int]]:
    """Orders of `count` treatments, balanced for position and for what comes before."""
    first = [(step + 1) // 2 if step % 2 else (count - step // 2) % count for step in range(count)]
    rows = [[(value + shift) % count for value in first] for shift in range(count)]
    return rows + [row[::-1] for row in rows] if count % 2 and count > 1 else rows


def _dealt(choices: Sequence[str], shares: Sequence[float], count: int) -> list[str]:
    """Deal `count` times, each time what lags furthest behind its share."""
    given = [0] * len(choices)
    found = []
    for turn in range(1, count + 1):
        lag = [share * turn - have for share, have in zip(shares, given, strict=True)]
        most = max(lag)
        # Rounding must not decide between arms that lag equally far: the first of them is taken.
        pick = next(i for i, value in enumerate(lag) if value > most - 1e-9)
        given[pick] += 1
        found.append(choices[pick])
    return found


def _picked(group: Group, persons: Sequence[str], seed: int) -> dict[str, str]:
    """Blocks of a group for each person: those seen least so far, ties by chance."""
    names = member_names(group)
    seen = [0] * len(names)
    found: dict[str, str] = {}
    pick = max(0, min(group.pick or 0, len(names)))
    pinned = [member.anchored for member in group.blocks]
    draw = {person: uniform(seed, "allocation", group.name, person) for person in persons}
    for person in sorted(draw, key=lambda p: (draw[p], p)):
        ties = permutation(len(names), seed, person, group.name, "allocation")
        chosen = sorted(range(len(names)), key=lambda i: (seen[i], ties[i]))[:pick]
        for i in chosen:
            seen[i] += 1
        chosen.sort()
        if group.order is Shuffle.RANDOM:
            fixed = [pinned[i] for i in chosen]
            order = permutation(fixed.count(False), seed, person, group.name, "order")
            chosen = arranged(chosen, fixed, order)
        elif group.order is Shuffle.REVERSE and ties[0] < len(ties) / 2:
            chosen.reverse()
        found[person] = ORDER_MARK.join(names[i] for i in chosen)
    return {person: found[person] for person in persons}
