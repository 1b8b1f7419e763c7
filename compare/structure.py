"""Correlations between items, people's beside twins'."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..data.seeds import generator
from . import metrics
from .align import Aligned
from .card_sections import NONE, StructureScore
from .metrics.weights import FloatArray
from .scoring import Settings, scales_of

__all__ = ["structure_of"]

Interval = tuple[float, float]

WORK = 1.5e10
"""Floating-point operations spent on floors and intervals; many items need few repetitions."""

SPLITS, GROUPS = 40, 40
FEWEST = 20
"""A correlation matrix of fewer people says nothing."""


def structure_of(aligned: Aligned, settings: Settings) -> tuple[StructureScore, ...]:
    """Compare correlation matrices of all ordered items, and of each block of the codebook.

    Items are correlated as coded. α is given for blocks whose items share one scale; a block keyed
    in both directions has a low one on either side.

    Returns:
        All items first; nothing for fewer than two ordered items or twenty people.
    """
    usable = [k for k, scale in enumerate(scales_of(aligned)) if scale.correlates]
    if len(usable) < 2 or len(aligned.persons) < FEWEST:
        return ()
    blocks: dict[str, list[int]] = {}
    for k in usable:
        variable = aligned.people.codebook[aligned.items[k].name]
        name = variable.block or variable.group
        if name:
            blocks.setdefault(name, []).append(k)
    found = [_score(aligned, "", usable, settings)]
    for name, columns in blocks.items():
        if 1 < len(columns) < len(usable):
            found.append(_score(aligned, name, columns, settings))
        elif len(columns) == len(usable):
            found[0] = _score(aligned, name, usable, settings)
    return tuple(score for score in found if not math.isnan(score.rms))


def _score(
    aligned: Aligned, block: str, columns: Sequence[int], settings: Settings
) -> StructureScore:
    human, twin, w = aligned.human[:, columns], aligned.twin[:, columns], aligned.weights
    ours, theirs = metrics.correlation_matrix(human, w), metrics.correlation_matrix(twin, w)
    rms = float(metrics.rms_difference(ours, theirs))
    people, items = human.shape
    gaps = bool(np.isnan(human).any() or np.isnan(twin).any())
    each = (4 if gaps else 1) * 2.0 * people * items**2
    repetitions = int(WORK / max(each, 1.0))
    floor, matched, distance_floor = _floors(
        aligned, human, twin, min(SPLITS, settings.splits, repetitions // 5), settings
    )
    alphas = [(math.nan, NONE), (math.nan, NONE)]
    if block and len({(s.low, s.high) for s in (aligned.items[k].scale for k in columns)}) == 1:
        alphas = [_alpha(side, w, settings) for side in (human, twin)]
    return StructureScore(
        block=block,
        items=tuple(aligned.items[k].name for k in columns),
        n=int((~np.isnan(human)).any(axis=1).sum()),
        frobenius=float(metrics.frobenius(ours, theirs)),
        rms=rms,
        rms_interval=_rms_interval(human, twin, w, rms, min(GROUPS, repetitions // 5), settings),
        rms_floor=floor,
        rms_matched=matched,
        distance=float(metrics.correlation_distance(ours, theirs)),
        distance_floor=distance_floor,
        strength_human=float(metrics.mean_correlation(ours)),
        strength_twin=float(metrics.mean_correlation(theirs)),
        alpha_human=alphas[0][0],
        alpha_human_interval=alphas[0][1],
        alpha_twin=alphas[1][0],
        alpha_twin_interval=alphas[1][1],
    )


def _floors(
    aligned: Aligned, human: FloatArray, twin: FloatArray, splits: int, settings: Settings
) -> tuple[float, float, float]:
    """Difference of halves of the people, and of a half from the twins of the other half."""
    if splits < 1:
        return math.nan, math.nan, math.nan
    first, second = metrics.half_splits(
        len(human), splits, generator("compare", settings.seed, "structure")
    )
    rows = []
    for one, other in zip(first, second, strict=True):
        a, b, t = (
            metrics.correlation_matrix(side[half], aligned.weights[half])
            for side, half in ((human, one), (human, other), (twin, other))
        )
        rows.append(
            (
                float(metrics.rms_difference(a, b)),
                float(metrics.rms_difference(a, t)),
                float(metrics.correlation_distance(a, b)),
            )
        )
    low, matched, distance = np.array(rows).mean(axis=0)
    return float(low), float(matched), float(distance)


def _rms_interval(
    human: FloatArray,
    twin: FloatArray,
    weights: FloatArray,
    rms: float,
    groups: int,
    settings: Settings,
) -> Interval:
    """Student's interval with the jackknife standard error; NaN where too much work."""
    from scipy.special import stdtrit

    if groups < 10 or not settings.bootstrap:
        return NONE
    left_out = metrics.jackknife_weights(len(human), groups)
    values = [
        float(
            metrics.rms_difference(
                metrics.correlation_matrix(human[kept], weights[kept]),
                metrics.correlation_matrix(twin[kept], weights[kept]),
            )
        )
        for kept in (row > 0 for row in left_out)
    ]
    t = float(stdtrit(len(values) - 1, (1 + settings.level) / 2))
    half = t * float(metrics.jackknife_error(np.array(values)))
    return max(rms - half, 0.0), rms + half


def _alpha(answers: FloatArray, weights: FloatArray, settings: Settings) -> tuple[float, Interval]:
    """Cronbach's α of one side, and its interval over people."""

    def alpha(w: FloatArray) -> FloatArray:
        return metrics.cronbach_alpha(answers, w * weights)

    value = float(alpha(np.ones(len(answers))))
    if not settings.bootstrap:
        return value, NONE
    low, high = metrics.bootstrap_interval(
        alpha,
        len(answers),
        replicates=settings.bootstrap,
        rng=settings.resampling(),
        level=settings.level,
    )
    return value, (float(low), float(high))
