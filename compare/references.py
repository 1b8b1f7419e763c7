"""The references beside every score: what a respondent who knows nothing of the person would get.

- *constant*: everybody gets the same answer, the median (the mode for nominal items) of the
  *other* people's answers, so that nobody's own answer leaks into their prediction;
- *marginal draw*: everybody gets the answer of another person drawn at random;
- *shuffled persons*: the twins' own answers, each handed to somebody else. It leaves the twins'
  distribution where it was: what it scores is no evidence about individuals.

Where a run keeps the probabilities its answers were drawn from, its *best guess* stands beside it.
Where the statistical respondent answered the same, it stands there too, and so do its answers fused
with the twins'. Single persons are predicted by best guesses, so these are held against each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.seeds import generator
from .metrics.weights import FloatArray
from .scale import Scale

__all__ = [
    "BEST_GUESS",
    "DRAWS",
    "FUSED",
    "STATISTICAL",
    "constant_answers",
    "donors",
    "guess_of",
    "is_guess",
    "other_persons",
]

IntArray = npt.NDArray[np.intp]

BEST_GUESS = "best guess"
"""Reference that holds the medians (modes) of the probabilities behind drawn answers."""
STATISTICAL = "statistical"
"""Reference that holds what other people's answers alone predict."""
FUSED = "fused"
"""Reference that holds the same with the twins' answers as further evidence."""
DRAWS = 20
"""Marginal draws and shuffles averaged over."""


_GUESS = " guess"


def guess_of(name: str) -> str:
    """Name of the reference that holds the best guesses of the reference `name`."""
    return name + _GUESS


def is_guess(name: str) -> bool:
    """Whether a reference holds the best guesses of another reference."""
    return name.endswith(_GUESS) and name != BEST_GUESS


def constant_answers(human: FloatArray, scale: Scale, weights: FloatArray) -> FloatArray:
    """The other people's median or mode, person by person.

    The median is the lower weighted median, so that it is an answer somebody could give. It is
    taken over the answers of everybody *else*, which moves it by one person at most; that jitter
    runs against the person's own answer and is why a constant is reported without a correlation.

    Args:
        human: Answers to one item, shape (people,), NaN where missing.
        scale: The item's scale.
        weights: Survey weights, shape (people,).

    Returns:
        Shape (people,); NaN throughout when fewer than two people answered.
    """
    known = np.flatnonzero(~np.isnan(human))
    answers = np.full(len(human), np.nan)
    if len(known) < 2 or weights[known].sum() <= 0:
        return answers
    points, place = np.unique(human[known], return_inverse=True)
    own = weights[known]
    mass = np.bincount(place, weights=own, minlength=len(points)).astype(np.float64)
    if not scale.ordered:
        answers[known] = points[_other_mode(mass, place, own)]
        return answers
    below = np.cumsum(mass)
    half = (below[-1] - own) / 2
    # Up to the person's own answer the others' cumulative weight is the total's; from there on it
    # is smaller by the person's own weight.
    first = np.searchsorted(below, half)
    later = np.searchsorted(below, half + own)
    chosen = np.where(first < place, first, later)
    answers[known] = points[np.minimum(chosen, len(points) - 1)]
    return answers


def _other_mode(mass: FloatArray, place: IntArray, own: FloatArray) -> IntArray:
    """Position of the others' most frequent answer; the first of several."""
    best = np.empty(len(place), dtype=np.intp)
    for k in range(len(mass)):
        mine = np.flatnonzero(place == k)
        others = np.tile(mass, (len(mine), 1))
        others[:, k] -= own[mine]
        best[mine] = others.argmax(axis=1)
    return best


def donors(
    human: FloatArray, weights: FloatArray, seed: int, item: str, draws: int = DRAWS
) -> IntArray:
    """Another person for everybody, drawn in proportion to survey weights, `draws` times.

    Args:
        human: Answers to one item, shape (people,); only those who answered give or get one.
        weights: Survey weights, shape (people,).
        seed: The comparison's seed.
        item: The item's name: draws of an item do not depend on which others are compared.
        draws: How often.

    Returns:
        Rows of the donors, shape (draws, people); −1 where there is nobody to draw from.
    """
    rows = np.full((draws, len(human)), -1, dtype=np.intp)
    known = np.flatnonzero(~np.isnan(human) & (weights > 0))
    if len(known) < 2:
        return rows
    own = weights[known]
    ends = np.cumsum(own)
    spot = generator("compare", seed, "marginal", item).random((draws, len(known)))
    spot *= ends[-1] - own
    # Whoever lies at or beyond one's own stretch of the line is shifted past it.
    spot += own * (spot >= ends - own)
    unweighted = bool((own == 1).all())
    donor = spot.astype(np.intp) if unweighted else np.searchsorted(ends, spot, side="right")
    rows[:, known] = known[np.minimum(donor, len(known) - 1)]
    return rows


def other_persons(people: int, seed: int, draws: int = DRAWS) -> IntArray:
    """Permutations of the people in which nobody keeps their place.

    Each is one cycle through everybody in random order. Shape (draws, people); with one person
    there is none, and the result has no rows.
    """
    if people < 2:
        return np.empty((0, people), dtype=np.intp)
    rng = generator("compare", seed, "shuffle")
    rows = np.empty((draws, people), dtype=np.intp)
    for row in rows:
        order = rng.permutation(people)
        row[order] = np.roll(order, 1)
    return rows
