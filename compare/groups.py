"""Scores by subgroup: whose twins are good, and whose are not."""

from __future__ import annotations

import numpy as np

from ..data.codebook import Role
from ..data.errors import ComparisonError
from ..data.seeds import generator
from . import metrics
from .align import Aligned
from .card import GroupScore
from .estimate import estimate, measure
from .measures import MEASURES
from .metrics.weights import BoolArray, FloatArray

__all__ = ["FEWEST", "SMALL", "groups_of", "shifts_of"]

SMALL = 30
"""Subgroups of fewer people are flagged: an interval on r is then about ±.35 wide."""

FEWEST = 10
"""Subgroups of fewer people are counted but not scored: they say more about persons than groups."""

MOST = 20
NAMES = ("accuracy", "exact", "pearson", "sd_ratio", "wasserstein", "total_variation")
MEASURED = tuple(m for m in MEASURES if m.name in NAMES)


def groups_of(
    aligned: Aligned,
    by: tuple[str, ...],
    constant: FloatArray,
    seed: int,
    bootstrap: int,
    level: float,
) -> tuple[GroupScore, ...]:
    """Score each subgroup of each variable.

    Args:
        aligned: The answers.
        by: Variables of the human panel.
        constant: The constant's answers, shape (people, items); the same constants as for all.
        seed: The comparison's seed.
        bootstrap: Resamples within each subgroup.
        level: Coverage of the intervals.

    Raises:
        UnknownNameError: A variable does not exist.
        ComparisonError: A variable has too many values to be a grouping.
    """
    return tuple(
        _scored(aligned, name, label, members, constant, seed, bootstrap, level)
        for name in by
        for label, members in members_of(aligned, name)
    )


def members_of(aligned: Aligned, name: str) -> list[tuple[str, BoolArray]]:
    """The subgroups of a variable of the human panel, and who is in each.

    Raises:
        UnknownNameError: The variable does not exist.
        ComparisonError: It has too many values to be a grouping.
    """
    variable = aligned.people.codebook[name]
    texts = aligned.people.texts(name)
    column = aligned.people.frame[name]
    found = column.dropna().unique().tolist()
    if len(found) > MOST or variable.role is Role.ID:
        raise ComparisonError(
            f"it has {len(found):,} different values, too many for subgroups",
            where=f"variable {name}",
            remedy=f"recode it into at most {MOST} groups",
        )
    known = [code for code in variable.codes if code in found]
    order = [*known, *sorted((code for code in found if code not in known), key=str)]
    if variable.kind == "number" and not known:
        order = sorted(found)
    groups = [(variable.label_of(code), (column == code).to_numpy()) for code in order]
    missing = np.array([text is None for text in texts])
    if missing.any():
        groups.append(("no answer", missing))
    return groups


def _scored(
    aligned: Aligned,
    name: str,
    label: str,
    members: BoolArray,
    constant: FloatArray,
    seed: int,
    bootstrap: int,
    level: float,
) -> GroupScore:
    size = int(members.sum())
    if size < FEWEST:
        unknown = float("nan")
        return GroupScore(
            variable=name,
            label=label,
            n=size,
            small=True,
            scores={},
            constant=unknown,
            retest=unknown,
        )
    scales = [item.scale for item in aligned.items]
    human, twin, weights = aligned.human[members], aligned.twin[members], aligned.weights[members]
    found = estimate(
        human,
        twin,
        scales,
        weights,
        measures=MEASURED,
        bootstrap=bootstrap,
        level=level,
        rng=lambda: generator("compare", seed, "bootstrap", name, label),
    )
    scores = {}
    for m in MEASURED:
        if any(m.defined(scale) for scale in scales):
            ends = found.pooled_intervals.get(m.name, np.array([np.nan, np.nan]))
            scores[m.name] = (found.pooled[m.name], float(ends[0]), float(ends[1]))

    def accuracy_of(pred: FloatArray) -> float:
        values = measure(human, pred[members], scales, weights, MEASURED[:1])["accuracy"]
        known = ~np.isnan(values)
        return float(values[known].mean()) if known.any() else float("nan")

    return GroupScore(
        variable=name,
        label=label,
        n=size,
        small=size < SMALL,
        scores=scores,
        constant=accuracy_of(constant),
        retest=float("nan") if aligned.retest is None else accuracy_of(aligned.retest),
        shifts=shifts_of(aligned, members),
    )


def shifts_of(aligned: Aligned, members: BoolArray) -> dict[str, float]:
    """How far the mean of some twins is from their people's, in SDs of all people."""
    spread = metrics.sd(aligned.human, aligned.weights)
    weights = aligned.weights[members]
    gap = metrics.weighted_mean(aligned.twin[members], weights) - metrics.weighted_mean(
        aligned.human[members], weights
    )
    values = metrics.ratio(gap, spread)
    return {
        item.name: float(value)
        for item, value in zip(aligned.items, values, strict=True)
        if item.scale.ordered and np.isfinite(value)
    }
