"""Effects of an experiment's arms on people and on twins."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.codebook import Role
from ..data.errors import ComparisonError
from ..data.panel import Panel
from . import metrics
from .align import Aligned
from .card_sections import Contrast, ContrastSide, Effects
from .groups import FEWEST, members_of
from .metrics.weights import BoolArray, FloatArray
from .scoring import Settings, scales_of
from .task_stats import share_figure

__all__ = ["arm_variables", "effects_of"]

PREFIX = "arm_"
"""What variables that hold the arms of a run are called by."""

FEWEST_DEPARTURES = 6
"""A correlation over fewer is not given."""

MOST = 12
"""A variable with more values is no condition of an experiment."""


@dataclass(frozen=True, eq=False, slots=True)
class _Arm:
    """One arm against the first of its condition: who is in which, on either side."""

    condition: str
    arm: str
    against: str
    human: tuple[BoolArray, BoolArray]
    twin: tuple[BoolArray, BoolArray]


def arm_variables(twin: Panel, human: Panel, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Variables of both panels that hold the arm somebody was in.

    Args:
        twin: Simulated answers.
        human: What people answered.
        named: Variables that are said to; without them those called `arm_…`.

    Raises:
        UnknownNameError: A named variable is not in a panel.
        ComparisonError: A named variable has too many values to be a condition.
    """
    for name in named:
        for panel in (twin, human):
            distinct = panel.frame[panel.codebook[name].name].nunique()
            if distinct > MOST:
                raise ComparisonError(
                    f"it has {distinct:,} different values, too many for arms",
                    where=f"variable {name}",
                    remedy=f"name a variable with at most {MOST} arms",
                )
    if named:
        return tuple(named)
    return tuple(
        v.name
        for v in twin.codebook
        if v.name.startswith(PREFIX) and v.role is not Role.WAVE and v.name in human.codebook
    )


def effects_of(
    aligned: Aligned, twins: Panel, conditions: Sequence[str], by: Sequence[str], settings: Settings
) -> Effects | None:
    """Every ordered item by every arm against the first of its condition.

    People are compared by the arms they were in and twins by theirs, matched by label.

    Args:
        aligned: Both sides' answers.
        twins: The twin panel of the aligned people, in their order.
        conditions: Variables that hold the arms, in both panels.
        by: Variables of the human panel for heterogeneous effects.
        settings: How much to draw.

    Returns:
        The effects, or None where no arm was met by two people on either side.
    """
    arms = [arm for name in conditions for arm in _arms(aligned, twins, name)]
    usable = np.flatnonzero([scale.correlates for scale in scales_of(aligned)])
    if not arms or not len(usable):
        return None
    alpha = 1 - settings.level
    everybody = np.ones(len(aligned.persons), dtype=bool)
    contrasts, places = _contrasts(aligned, arms, usable, everybody, alpha)
    if not contrasts:
        return None
    subgroups = []
    for name in by:
        for label, members in members_of(aligned, name):
            if members.sum() >= FEWEST:
                found, _ = _contrasts(aligned, arms, usable, members, alpha, name, label)
                subgroups += found
    return _summary(aligned, arms, places, contrasts, subgroups, twins, conditions, settings)


def _arms(aligned: Aligned, twins: Panel, name: str) -> list[_Arm]:
    sides = {}
    for side, panel in (("human", aligned.people), ("twin", twins)):
        variable, column = panel.codebook[name], panel.frame[name]
        codes = [*variable.codes, *sorted(set(column.dropna()) - set(variable.codes), key=str)]
        sides[side] = {variable.label_of(code): (column == code).to_numpy() for code in codes}
    shared = [
        label
        for label in sides["twin"]
        if label in sides["human"] and all(sides[side][label].sum() > 1 for side in sides)
    ]
    return [
        _Arm(
            name,
            arm,
            shared[0],
            (sides["human"][arm], sides["human"][shared[0]]),
            (sides["twin"][arm], sides["twin"][shared[0]]),
        )
        for arm in shared[1:]
    ]


def _contrasts(
    aligned: Aligned,
    arms: Sequence[_Arm],
    usable: npt.NDArray[np.intp],
    members: BoolArray,
    alpha: float,
    variable: str = "",
    group: str = "",
) -> tuple[list[Contrast], list[tuple[int, int]]]:
    """Contrasts that both sides know, and the (arm, column) of each."""
    weights = aligned.weights * members
    known: list[tuple[int, int]] = []
    people: list[ContrastSide] = []
    twins: list[ContrastSide] = []
    for place, arm in enumerate(arms):
        human = metrics.effect(aligned.human[:, usable], *arm.human, weights)
        twin = metrics.effect(aligned.twin[:, usable], *arm.twin, weights)
        for k, column in enumerate(usable.tolist()):
            if not math.isnan(float(human.delta[k])) and not math.isnan(float(twin.delta[k])):
                known.append((place, column))
                people.append(_side(human, k, alpha))
                twins.append(_side(twin, k, alpha))
    contrasts = [
        _contrast(aligned, arms[place], column, ours, theirs, alpha, variable, group)
        for (place, column), ours, theirs in zip(
            known, _corrected(people), _corrected(twins), strict=True
        )
    ]
    return contrasts, known


def _side(effect: metrics.Effect, k: int, alpha: float) -> ContrastSide:
    from scipy.special import ndtri, stdtrit

    delta, sd, d, n = (float(x[k]) for x in (effect.delta, effect.sd, effect.d, effect.n))
    df, error = float(effect.df[k]), float(effect.error[k])
    half = float(stdtrit(df, 1 - alpha / 2)) * error if df > 0 else math.nan
    # The SD is estimated too (Hedges & Olkin 1985, Statistical Methods, 86).
    wide = math.hypot(half / sd, float(ndtri(1 - alpha / 2)) * d / math.sqrt(2 * n)) if sd else half
    return ContrastSide(
        n=round(n),
        delta=delta,
        interval=(delta - half, delta + half),
        d=d,
        d_interval=(d - wide, d + wide),
        p=float(effect.p[k]),
    )


def _corrected(sides: Sequence[ContrastSide]) -> list[ContrastSide]:
    corrected = metrics.holm([side.p for side in sides])
    return [dataclasses.replace(s, holm=float(p)) for s, p in zip(sides, corrected, strict=True)]


def _contrast(
    aligned: Aligned,
    arm: _Arm,
    column: int,
    human: ContrastSide,
    twin: ContrastSide,
    alpha: float,
    variable: str,
    group: str,
) -> Contrast:
    item = aligned.items[column]
    sign = float(metrics.same_direction(human.delta, twin.delta))
    verdict = float(metrics.same_verdict(human.delta, human.p, twin.delta, twin.p, alpha))
    return Contrast(
        item=item.name,
        label=item.label,
        condition=arm.condition.removeprefix(PREFIX),
        arm=arm.arm,
        against=arm.against,
        variable=variable,
        group=group,
        human=human,
        twin=twin,
        same_sign=None if math.isnan(sign) else bool(sign),
        same_verdict=None if math.isnan(verdict) else bool(verdict),
        ratio=twin.d / human.d if human.d else math.nan,
    )


def _summary(
    aligned: Aligned,
    arms: Sequence[_Arm],
    places: Sequence[tuple[int, int]],
    contrasts: Sequence[Contrast],
    subgroups: Sequence[Contrast],
    twins: Panel,
    conditions: Sequence[str],
    settings: Settings,
) -> Effects:
    scales = scales_of(aligned)
    width = np.array([scales[column].high - scales[column].low for _, column in places])
    d = np.array([(c.human.d, c.twin.d) for c in contrasts]).T
    delta = np.array([(c.human.delta, c.twin.delta) for c in contrasts]).T / width
    signs = [c.same_sign for c in contrasts if c.same_sign is not None]
    verdicts = [c.same_verdict for c in contrasts if c.same_verdict is not None]
    share = share_figure(sum(signs), len(signs), settings.level)
    slope, _, r = (float(x) for x in metrics.line_through(d[0], d[1]))
    raw_slope, _, raw_r = (float(x) for x in metrics.line_through(delta[0], delta[1]))
    nan = (math.nan, math.nan)
    ends = {"slope": nan, "r": nan}
    if settings.bootstrap and len(contrasts) > 2:
        ends = _intervals(aligned, arms, places, settings)
    return Effects(
        contrasts=tuple(contrasts),
        subgroups=tuple(subgroups),
        same_sign=share.value,
        same_sign_interval=share.interval,
        same_verdict=sum(verdicts) / len(verdicts) if verdicts else math.nan,
        correlation=r if len(contrasts) > 2 else math.nan,
        correlation_interval=ends["r"],
        slope=slope,
        slope_interval=ends["slope"],
        delta_correlation=raw_r if len(contrasts) > 2 else math.nan,
        delta_slope=raw_slope,
        inflation=_size(d),
        delta_inflation=_size(delta),
        moderation=_moderation(contrasts, subgroups),
        other_arm=_other_arm(aligned, twins, conditions),
    )


def _intervals(
    aligned: Aligned,
    arms: Sequence[_Arm],
    places: Sequence[tuple[int, int]],
    settings: Settings,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of slope and r over people, who bring all their answers along."""
    columns = np.array(sorted({column for _, column in places}))
    at = {column: k for k, column in enumerate(columns.tolist())}
    slopes, correlations = [], []
    people = len(aligned.persons)
    for block in metrics.resamples(people, settings.bootstrap, settings.resampling()):
        w = block * aligned.weights
        sides = []
        for answers, pairs in (
            (aligned.human, [arm.human for arm in arms]),
            (aligned.twin, [arm.twin for arm in arms]),
        ):
            by_arm = [metrics.effect(answers[:, columns], one, no, w).d for one, no in pairs]
            sides.append(np.stack([by_arm[a][:, at[column]] for a, column in places], axis=-1))
        slope, _, r = metrics.line_through(*sides)
        slopes.append(slope)
        correlations.append(r)
    found = {}
    for name, values in (("slope", slopes), ("r", correlations)):
        low, high = metrics.percentile_interval(np.concatenate(values), settings.level)
        found[name] = (float(low), float(high))
    return found


def _size(effects: FloatArray) -> float:
    """Mean size of the twins' effects over that of the people's, where both are known."""
    known = ~np.isnan(effects).any(axis=0)
    people, twins = np.abs(effects[:, known]).sum(axis=1) if known.any() else (0.0, 0.0)
    return float(twins / people) if people > 0 else math.nan


def _moderation(contrasts: Sequence[Contrast], subgroups: Sequence[Contrast]) -> float:
    whole = {(c.item, c.condition, c.arm): c for c in contrasts}
    departures = [
        (c.human.d - whole[key].human.d, c.twin.d - whole[key].twin.d)
        for c in subgroups
        if (key := (c.item, c.condition, c.arm)) in whole
    ]
    if len(departures) < FEWEST_DEPARTURES:
        return math.nan
    human, twin = np.array(departures).T
    return float(metrics.line_through(human, twin)[2])


def _other_arm(aligned: Aligned, twins: Panel, conditions: Sequence[str]) -> float:
    differs = np.zeros(len(aligned.persons), dtype=bool)
    for name in conditions:
        sides: list[list[str]] = []
        for panel in (aligned.people, twins):
            variable: Mapping[float | str, str] = dict(panel.codebook[name].labels)
            cells = panel.frame[name].tolist()
            sides.append([str(variable.get(cell, cell)) for cell in cells])
        differs |= np.array(
            [mine != theirs for mine, theirs in zip(*sides, strict=True)], dtype=bool
        )
    return float(differs.mean()) if conditions else math.nan
