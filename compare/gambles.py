"""What gambles are worth by three theories, and what choices between them imply."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..data.task_facts import GambleChoice, Outcomes

__all__ = [
    "THEORIES",
    "Theory",
    "cycles",
    "dominated",
    "expected_utility",
    "expected_value",
    "parallel_pairs",
    "prospect_value",
]

_CLOSE = 1e-9


def expected_value(gamble: Outcomes) -> float:
    """Σ p·x."""
    return sum(p * x for x, p in gamble)


def expected_utility(gamble: Outcomes, exponent: float = 0.69) -> float:
    """Σ p·u(x) with u(x) = sign(x)·|x|^exponent.

    The exponent is 1 − r with the median risk aversion of the low-stakes list of Holt & Laury 2002
    (American Economic Review 92, 1644–1655), r = .31.
    """
    return sum(p * math.copysign(abs(x) ** exponent, x) for x, p in gamble)


def prospect_value(
    gamble: Outcomes,
    *,
    exponent: float = 0.88,
    loss_aversion: float = 2.25,
    gains: float = 0.61,
    losses: float = 0.69,
) -> float:
    """Cumulative prospect theory with the median parameters of its authors.

    Tversky & Kahneman 1992, Journal of Risk and Uncertainty 5, 297–323: equations 1, 2, 5 and 6
    and the estimates on page 312.

    Args:
        gamble: Outcomes with their probabilities.
        exponent: α = β of the value function.
        loss_aversion: λ.
        gains: γ of the weighting of gains.
        losses: δ of the weighting of losses.
    """
    up = sorted(((x, p) for x, p in gamble if x > 0), reverse=True)
    down = sorted((x, p) for x, p in gamble if x < 0)
    return _ranked(up, gains, exponent) - loss_aversion * _ranked(down, losses, exponent)


def _ranked(outcomes: Sequence[tuple[float, float]], bend: float, exponent: float) -> float:
    """Σ of values weighted by how much each raises the weight of this outcome or a more extreme."""
    total = below = chance = 0.0
    for x, p in outcomes:
        chance = min(chance + p, 1.0)
        weight = _weight(chance, bend)
        total += (weight - below) * abs(x) ** exponent
        below = weight
    return total


def _weight(p: float, bend: float) -> float:
    return float(p**bend / (p**bend + (1 - p) ** bend) ** (1 / bend))


@dataclass(frozen=True, slots=True)
class Theory:
    """A theory of what a gamble is worth."""

    name: str
    label: str
    worth: Callable[[Outcomes], float]


THEORIES: tuple[Theory, ...] = (
    Theory("expected_value", "Expected value", expected_value),
    Theory("expected_utility", "Expected utility, r = .31", expected_utility),
    Theory("prospect_theory", "Prospect theory, TK 1992", prospect_value),
)


def dominated(choice: GambleChoice) -> float | None:
    """Which gamble is stochastically dominated: 1 for B, 0 for A, None where neither is.

    A dominates B where for every amount the chance of at least as much is no smaller, and for some
    amount greater (first order).
    """
    marks = sorted({x for x, _ in (*choice.a, *choice.b)})
    gaps = [_at_least(choice.a, mark) - _at_least(choice.b, mark) for mark in marks]
    if max(gaps) > _CLOSE and min(gaps) > -_CLOSE:
        return 1.0
    if min(gaps) < -_CLOSE and max(gaps) < _CLOSE:
        return 0.0
    return None


def _at_least(gamble: Outcomes, mark: float) -> float:
    return sum(p for x, p in gamble if x >= mark - _CLOSE)


def parallel_pairs(choices: Sequence[GambleChoice]) -> Iterator[tuple[int, int, bool]]:
    """Pairs of choices that independence ties together.

    Expected utility prefers B to A by the sign of Σ (p_B − p_A)·u, whatever u is. Two choices whose
    differences of probabilities are proportional must therefore be decided alike: common ratio and
    common consequence (Allais 1953, Econometrica 21, 503–546) are such pairs.

    Yields:
        Places of both choices, and whether B in one corresponds to B in the other (or to A). The
        same two gambles asked twice test consistency, not independence, and are left out, and so
        are choices in which one gamble dominates.
    """
    shifts = [_shift(choice) for choice in choices]
    plain = [
        dominated(choice) is None and bool(s) for choice, s in zip(choices, shifts, strict=True)
    ]
    for one, other in itertools.combinations(range(len(choices)), 2):
        if not (plain[one] and plain[other]) or _same(choices[one], choices[other]):
            continue
        a, b = shifts[one], shifts[other]
        if a.keys() != b.keys():
            continue
        ratios = [b[x] / a[x] for x in a]
        if max(ratios) - min(ratios) < 1e-6 * max(map(abs, ratios)):
            yield one, other, ratios[0] > 0


def _shift(choice: GambleChoice) -> dict[float, float]:
    """Outcome → how much likelier B makes it than A, where it does."""
    found: dict[float, float] = {}
    for x, p in choice.b:
        found[x] = found.get(x, 0.0) + p
    for x, p in choice.a:
        found[x] = found.get(x, 0.0) - p
    return {x: p for x, p in found.items() if abs(p) > _CLOSE}


def _same(one: GambleChoice, other: GambleChoice) -> bool:
    ends = {_key(one.a), _key(one.b)}
    return ends == {_key(other.a), _key(other.b)}


def _key(gamble: Outcomes) -> tuple[tuple[float, float], ...]:
    return tuple(sorted((round(x, 9), round(p, 9)) for x, p in gamble))


def cycles(choices: Sequence[GambleChoice]) -> Iterator[tuple[tuple[int, bool], ...]]:
    """Triples of choices among three gambles, each met by each.

    Yields:
        For each triple, the places of its choices along X–Y, Y–Z, Z–X with whether choosing B
        there means preferring the first named; preferences run in a circle where all three are
        so decided, or none.
    """
    edges: dict[tuple[object, object], tuple[int, bool]] = {}
    for place, choice in enumerate(choices):
        a, b = _key(choice.a), _key(choice.b)
        if a != b:
            edges.setdefault((b, a), (place, True))
            edges.setdefault((a, b), (place, False))
    gambles = sorted({key for pair in edges for key in pair}, key=repr)
    for x, y, z in itertools.combinations(gambles, 3):
        around = ((x, y), (y, z), (z, x))
        if all(pair in edges for pair in around):
            yield tuple(edges[pair] for pair in around)
