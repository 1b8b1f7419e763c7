"""Choice designs and part-worths: which alternatives to show together, and what choices reveal.

Balance and minimal overlap: Huber, J., & Zwerina, K. (1996). The importance of utility balance in
efficient choice designs. Journal of Marketing Research 33, 307–317. Estimation: the conditional
logit of McFadden, D. (1974), in Zarembka (ed.), Frontiers in Econometrics, 105–142, with a ridge.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...data.seeds import generator

__all__ = ["balanced_design", "coded", "contrasts", "d_error", "level_counts", "part_worths"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int_]
_PASSES = 4


def balanced_design(levels: Sequence[int], sets: int, alternatives: int, seed: int) -> IntArray:
    """Draw a choice design: levels balanced, little overlap, D-error lowered by swaps.

    In each set the alternatives differ in every attribute as far as it has levels enough, and over
    the sets every level comes up as often as the others (within one, where the number of sets is
    no multiple of the number of levels). Then sets exchange what they show of one attribute, which
    keeps both, as long as that lowers the D-error for equal utilities.

    Args:
        levels: Number of levels of each attribute.
        sets: Number of choices.
        alternatives: Number of alternatives in a choice.
        seed: Of the draw; the same design for the same seed on any machine.

    Returns:
        Level of each attribute, from 0. Shape (sets, alternatives, attributes).
    """
    draw = generator(seed, "choice design", sets, alternatives, *levels)
    columns = []
    for count in levels:
        rows: list[tuple[int, ...]] = []
        steps = [
            (0, *rest)
            for rest in itertools.islice(
                itertools.permutations(range(1, count), min(alternatives, count) - 1), 24
            )
        ]
        order = draw.permutation(len(steps))
        for turn in range(-(-sets // count)):
            step = steps[order[turn % len(steps)]]
            starts = draw.permutation(count)
            rows += [
                tuple(int(start + step[k % len(step)]) % count for k in range(alternatives))
                for start in starts
            ]
        found = np.array(rows[:sets])
        columns.append(found[draw.permutation(sets)])
    design = np.stack(columns, axis=2).astype(np.int_)
    best = d_error(design, levels)
    for _ in range(_PASSES):
        before = best
        for attribute in range(len(levels)):
            for one, other in itertools.combinations(range(sets), 2):
                design[[one, other], :, attribute] = design[[other, one], :, attribute]
                error = d_error(design, levels)
                if error < best - 1e-12:
                    best = error
                else:
                    design[[one, other], :, attribute] = design[[other, one], :, attribute]
        if best == before:
            break
    return design


@functools.cache
def contrasts(count: int) -> FloatArray:
    """Orthonormal (Helmert) contrasts of an attribute's levels.

    Coefficients of these columns times the columns are part-worths that add up to 0; a ridge on
    the coefficients treats all levels alike, which one on dummies or effects would not.

    Returns:
        Shape (levels, levels − 1).
    """
    table = np.zeros((count, count - 1))
    for column in range(count - 1):
        size = math.sqrt((column + 1) * (column + 2))
        table[: column + 1, column] = 1 / size
        table[column + 1, column] = -(column + 1) / size
    return table


def coded(design: IntArray, levels: Sequence[int]) -> FloatArray:
    """The design in `contrasts`, one attribute after the other.

    Returns:
        Shape (sets, alternatives, Σ (levels − 1)).
    """
    parts = [contrasts(count)[design[:, :, place]] for place, count in enumerate(levels)]
    return np.concatenate(parts, axis=2)


def d_error(design: IntArray, levels: Sequence[int]) -> float:
    """D-error for equal utilities: det(I)^(−1/K), lower is better; infinite where levels cannot
    be told apart.

    I is the information of a conditional logit in which every alternative is as likely:
    Σ over sets of Σ over alternatives of (x − x̄)(x − x̄)′ / alternatives.
    """
    x = coded(design, levels)
    x = (x - x.mean(axis=1, keepdims=True)).reshape(-1, x.shape[2])
    sign, size = np.linalg.slogdet(x.T @ x / design.shape[1])
    return float(np.exp(-size / x.shape[1])) if sign > 0 else float("inf")


def level_counts(design: IntArray, levels: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """How often each level of each attribute is shown."""
    return tuple(
        tuple(int((design[:, :, attribute] == level).sum()) for level in range(count))
        for attribute, count in enumerate(levels)
    )


def part_worths(x: FloatArray, chosen: Sequence[int], ridge: float = 1.0) -> FloatArray:
    """Part-worths by conditional logit with a ridge: the mode of a normal prior around 0.

    With the choices of one person this gives that person's part-worths, drawn towards 0 as far as
    few choices say little; with the stacked choices of many people and a small ridge, pooled ones.

    Args:
        x: Coded alternatives. Shape (sets, alternatives, K).
        chosen: Which alternative was chosen in each set, from 0.
        ridge: Precision of the prior; above 0, so that there always is a solution.

    Returns:
        One coefficient for each column. Shape (K,).
    """
    sets, alternatives, size = x.shape
    flat = x.reshape(sets * alternatives, size)
    seen = x[np.arange(sets), np.asarray(chosen)].sum(axis=0)
    prior = ridge * np.eye(size)
    worths = np.zeros(size)
    for _ in range(50):
        utility = x @ worths
        odds = np.exp(utility - utility.max(axis=1, keepdims=True))
        share = odds / odds.sum(axis=1, keepdims=True)
        weighted = share[:, :, None] * x
        middle = weighted.sum(axis=1)
        slope = seen - middle.sum(axis=0) - ridge * worths
        bend = flat.T @ weighted.reshape(-1, size) - middle.T @ middle + prior
        step = np.linalg.solve(bend, slope)
        # A full step may overshoot where choices are nearly certain.
        length = float(np.abs(step).max())
        worths = worths + step * min(1.0, 3.0 / length if length > 0 else 1.0)
        if length < 1e-6:
            break
    return worths.astype(np.float64)
