"""Which subgroups twins serve best and worst."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..data.seeds import generator
from . import metrics
from .align import Aligned
from .card import GroupScore
from .card_sections import FairnessScore
from .groups import members_of
from .scoring import Settings, cell_accuracy

__all__ = ["fairness_of"]

METRICS = {"accuracy": "Accuracy", "pearson": "Pearson r"}
DEALS = 500


def fairness_of(
    aligned: Aligned, groups: Sequence[GroupScore], settings: Settings
) -> tuple[FairnessScore, ...]:
    """Best and worst subgroup of each variable, by accuracy and by r.

    Subgroups too small to be ranked are named, not ranked. The gap in accuracy stands beside the
    one that dealing people to the subgroups at random would make.
    """
    found = []
    for variable in dict.fromkeys(group.variable for group in groups):
        mine = [group for group in groups if group.variable == variable]
        for metric in METRICS:
            score = _score(aligned, variable, metric, mine, settings)
            if score is not None:
                found.append(score)
    return tuple(found)


def _score(
    aligned: Aligned,
    variable: str,
    metric: str,
    groups: Sequence[GroupScore],
    settings: Settings,
) -> FairnessScore | None:
    ranked = (
        [g for g in groups if not g.small and not math.isnan(g.scores[metric][0])]
        if all(metric in g.scores for g in groups if not g.small)
        else []
    )
    if len(ranked) < 2:
        return None
    ranked.sort(key=lambda group: -group.scores[metric][0])
    best, worst = ranked[0], ranked[-1]
    top, low = best.scores[metric], worst.scores[metric]
    gap = top[0] - low[0]
    chance = None
    if metric == "accuracy":
        chance = _by_chance(aligned, variable, [group.label for group in ranked], settings)
    return FairnessScore(
        variable=variable,
        metric=metric,
        label=METRICS[metric],
        best=best.label,
        best_score=top[0],
        best_interval=top[1:],
        best_n=best.n,
        worst=worst.label,
        worst_score=low[0],
        worst_interval=low[1:],
        worst_n=worst.n,
        gap=gap,
        # Of independent figures with intervals of their own (Zou & Donner 2008, Stat. Med. 27,
        # 1693–1702): the subgroups are different people.
        gap_interval=(
            gap - math.hypot(top[0] - top[1], low[2] - low[0]),
            gap + math.hypot(top[2] - top[0], low[0] - low[1]),
        ),
        chance_gap=math.nan if chance is None else chance.expected,
        p=math.nan if chance is None else chance.p,
        small=tuple(group.label for group in groups if group.small),
    )


def _by_chance(
    aligned: Aligned, variable: str, labels: Sequence[str], settings: Settings
) -> metrics.ChanceGap:
    of = np.full(len(aligned.persons), -1, dtype=np.intp)
    for label, members in members_of(aligned, variable):
        if label in labels:
            of[members] = labels.index(label)
    return metrics.chance_gap(
        cell_accuracy(aligned, aligned.twin),
        of,
        aligned.weights,
        deals=DEALS,
        rng=generator("compare", settings.seed, "fairness", variable),
    )
