"""What a record says, as numbers: normal scores, one-hot levels, reasons for silence, style.

Everything here is learned from features alone. No function sees the items to be predicted.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...data.codebook import Code, Level, Reason, Variable

if TYPE_CHECKING:
    from ...data.panel import Panel

__all__ = ["FeatureMap", "NormalScore", "position_of", "positions", "steps"]

FloatArray = npt.NDArray[np.float64]

_MOST_LEVELS = 30
_LEAST_PEOPLE = 10
_LEAST_SHARE = 0.01
_STYLE_PRIOR = 5.0
"""Answers' worth of the average style given to everybody, so that three answers make no style."""


def positions(panel: Panel, name: str) -> FloatArray | None:
    """Answers of an ordered variable as numbers in the order of its scale, NaN where missing.

    The codes themselves where they ascend with the scale, otherwise their places on it; dates as
    days. What comes out hangs on the codebook alone, never on who else is in the panel. None for
    variables that have no order: nominal codes and text.

    Returns:
        Shape (people,), or None.
    """
    variable = panel.codebook[name]
    if variable.level in (Level.NOMINAL, Level.TEXT):
        return None
    if variable.kind == "date":
        column = panel.frame[name]
        days: FloatArray = column.to_numpy(dtype="datetime64[D]").astype(np.float64)
        days[column.isna().to_numpy()] = np.nan
        return days
    if variable.kind == "number" and (variable.level is Level.INTERVAL or _ascending(variable)):
        return panel.numbers(name)
    return steps(panel, name)


def steps(panel: Panel, name: str) -> FloatArray:
    """Place of each answer among the labelled codes, from 0; NaN where there is none. (people,)."""
    variable = panel.codebook[name]
    place = {code: float(k) for k, code in enumerate(variable.codes)}
    if variable.kind == "number":
        numbers = panel.numbers(name).tolist()
        return np.array([place.get(x, np.nan) for x in numbers], dtype=np.float64)
    texts = panel.texts(name)
    found = [np.nan if text is None else place.get(text, np.nan) for text in texts]
    return np.array(found, dtype=np.float64)


def position_of(variable: Variable, code: Code) -> float:
    """Where a code stands on an ordered variable, as `positions` has it; NaN if it is unknown."""
    if isinstance(code, float) and (variable.level is Level.INTERVAL or _ascending(variable)):
        return code
    return float(variable.codes.index(code)) if code in variable.codes else float("nan")


def _ascending(variable: Variable) -> bool:
    codes = [code for code in variable.codes if isinstance(code, (int, float))]
    pairs = itertools.pairwise(codes)
    return len(codes) == len(variable.codes) and all(a < b for a, b in pairs)


@dataclass(frozen=True, slots=True, eq=False)
class NormalScore:
    """Normal scores by weighted mid-ranks: Φ⁻¹(share below + ½ share equal).

    Attributes:
        values: Distinct values seen, ascending. Shape (values,).
        scores: Their normal scores. Shape (values,).
    """

    values: FloatArray
    scores: FloatArray

    @classmethod
    def fit(cls, values: FloatArray, weights: FloatArray) -> NormalScore:
        """Learn the scores; NaN is ignored. Shapes (people,)."""
        from scipy.special import ndtri

        known = ~np.isnan(values) & (weights > 0)
        distinct, place = np.unique(values[known], return_inverse=True)
        shares = np.bincount(place, weights[known], minlength=len(distinct))
        if not len(distinct):
            return cls(np.zeros(1), np.zeros(1))
        shares = shares / shares.sum()
        return cls(distinct, np.asarray(ndtri(np.cumsum(shares) - shares / 2), dtype=np.float64))

    def __call__(self, values: FloatArray) -> FloatArray:
        """Scores of values; between two known values interpolated, beyond the ends held."""
        scored = np.interp(values, self.values, self.scores)
        return np.where(np.isnan(values), np.nan, scored)


@dataclass(frozen=True, slots=True)
class _Score:
    name: str
    score: NormalScore

    def columns(self, panel: Panel) -> list[FloatArray]:
        found = positions(panel, self.name)
        return [np.full(len(panel), np.nan) if found is None else self.score(found)]


@dataclass(frozen=True, slots=True)
class _Levels:
    name: str
    levels: tuple[str, ...]

    def columns(self, panel: Panel) -> list[FloatArray]:
        texts = np.array(["" if t is None else t for t in panel.texts(self.name)], dtype=object)
        gone = ~panel.answered(self.name)
        return [
            np.where(gone, np.nan, (texts == level).astype(np.float64)) for level in self.levels
        ]


@dataclass(frozen=True, slots=True)
class _Silence:
    name: str
    reasons: tuple[Reason, ...]

    def columns(self, panel: Panel) -> list[FloatArray]:
        found = panel.reasons(self.name)
        return [
            np.array([given is reason for given in found], dtype=np.float64)
            for reason in self.reasons
        ]


@dataclass(frozen=True, slots=True)
class _StylePart:
    """One scale's part in response style: where its ends and its middle are."""

    name: str
    low: float
    high: float

    def uses(self, panel: Panel) -> FloatArray:
        """End used, middle used, place on the scale (0 to 1). Shape (people, 3)."""
        found = positions(panel, self.name)
        if found is None:
            return np.full((len(panel), 3), np.nan)
        place = (found - self.low) / (self.high - self.low)
        gone = np.isnan(place)
        ends = np.where(gone, np.nan, (place <= 0) | (place >= 1))
        middle = np.where(gone, np.nan, np.abs(place - 0.5) <= 1 / 6)
        return np.column_stack([ends, middle, np.clip(place, 0, 1)])


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMap:
    """A learned map from a panel's record to a matrix of standardised features.

    Attributes:
        parts: What is read from each variable.
        scales: Rating scales that response style is read from.
        centre: Weighted mean and SD of every column. Shape (2, columns).
        typical: Average style, towards which people with few answers are drawn. Shape (3,).
        style_centre: Mean and SD of the style columns. Shape (2, 3).
    """

    parts: tuple[_Score | _Levels | _Silence, ...]
    scales: tuple[_StylePart, ...]
    centre: FloatArray
    typical: FloatArray
    style_centre: FloatArray

    @classmethod
    def fit(cls, panel: Panel, names: Iterable[str], weights: FloatArray) -> FeatureMap:
        """Learn from the people of `panel` what the variables `names` say.

        Variables that say the same about everybody are left out; so are levels and reasons that
        fewer than 10 people or 1 % have, and free text.
        """
        parts: list[_Score | _Levels | _Silence] = []
        scales: list[_StylePart] = []
        for name in names:
            variable = panel.codebook[name]
            parts.extend(_parts_of(panel, variable, weights))
            scale = _scale_of(panel, variable)
            if scale is not None:
                scales.append(scale)
        blank = cls(tuple(parts), tuple(scales), *[np.zeros((2, 0))] * 3)
        sums, counts = blank._uses(panel)
        typical = weights @ sums / np.maximum(weights @ counts, 1e-12)
        learned = dataclasses.replace(
            blank, centre=_centre(blank._raw(panel), weights), typical=typical
        )
        style = _centre(learned._raw_style(panel), weights)
        return dataclasses.replace(learned, style_centre=style)

    def matrix(self, panel: Panel) -> FloatArray:
        """Features of the people of `panel`; the mean, 0, where missing. (people, columns)."""
        return _standardised(self._raw(panel), self.centre)

    def style(self, panel: Panel) -> FloatArray:
        """Response style: use of ends, of middles, mean place on the scale. (people, 3 or 0)."""
        return _standardised(self._raw_style(panel), self.style_centre)

    def _raw(self, panel: Panel) -> FloatArray:
        columns = [column for part in self.parts for column in part.columns(panel)]
        return np.column_stack(columns) if columns else np.zeros((len(panel), 0))

    def _raw_style(self, panel: Panel) -> FloatArray:
        if len(self.scales) < 3:
            return np.zeros((len(panel), 0))
        sums, counts = self._uses(panel)
        shares: FloatArray = (sums + _STYLE_PRIOR * self.typical) / (counts + _STYLE_PRIOR)
        return shares

    def _uses(self, panel: Panel) -> tuple[FloatArray, FloatArray]:
        """Sums of ends, middles and places over all scales, and their counts. (people, 3) each."""
        sums = np.zeros((len(panel), 3))
        counts = np.zeros((len(panel), 3))
        for scale in self.scales:
            used = scale.uses(panel)
            known = ~np.isnan(used)
            sums += np.where(known, used, 0.0)
            counts += known
        return sums, counts


def _parts_of(
    panel: Panel, variable: Variable, weights: FloatArray
) -> list[_Score | _Levels | _Silence]:
    parts: list[_Score | _Levels | _Silence] = []
    name = variable.name
    counted = weights > 0
    enough = max(_LEAST_PEOPLE, _LEAST_SHARE * int(counted.sum()))
    found = positions(panel, name)
    if found is not None:
        score = NormalScore.fit(found, weights)
        if len(score.values) > 1:
            parts.append(_Score(name, score))
    elif variable.level is Level.NOMINAL:
        tally: dict[str, int] = {}
        for text, ok in zip(panel.texts(name), counted.tolist(), strict=True):
            if text is not None and ok:
                tally[text] = tally.get(text, 0) + 1
        common = sorted((t for t in tally if tally[t] >= enough), key=lambda t: (-tally[t], t))
        if len(tally) > 1 and common:
            parts.append(_Levels(name, tuple(common[:_MOST_LEVELS])))
    reasons = panel.reasons(name)
    counts: dict[Reason, int] = {}
    for reason, ok in zip(reasons, counted.tolist(), strict=True):
        if reason is not None and ok:
            counts[reason] = counts.get(reason, 0) + 1
    most = int(counted.sum()) - enough
    kept = tuple(r for r in Reason if enough <= counts.get(r, 0) <= most)
    if kept:
        parts.append(_Silence(name, kept))
    return parts


def _scale_of(panel: Panel, variable: Variable) -> _StylePart | None:
    """The variable's rating scale, if it has four or more steps."""
    if variable.level is not Level.ORDINAL:
        return None
    found = positions(panel, variable.name)
    if found is None or np.isnan(found).all():
        return None
    if variable.codes and not _ascending(variable):
        bounds = (0.0, len(variable.codes) - 1.0)
    else:
        bounds = variable.bounds or (float(np.nanmin(found)), float(np.nanmax(found)))
    distinct = max(len(variable.codes), len(np.unique(found[~np.isnan(found)])))
    return _StylePart(variable.name, *bounds) if distinct >= 4 and bounds[0] < bounds[1] else None


def _centre(raw: FloatArray, weights: FloatArray) -> FloatArray:
    known = ~np.isnan(raw)
    share = np.maximum(weights @ known, 1e-12)
    mean = weights @ np.where(known, raw, 0.0) / share
    variance = weights @ np.where(known, (raw - mean) ** 2, 0.0) / share
    sd = np.sqrt(variance)
    return np.vstack([mean, np.where(sd > 1e-9, sd, np.inf)])


def _standardised(raw: FloatArray, centre: FloatArray) -> FloatArray:
    scaled = (raw - centre[0]) / centre[1]
    return np.where(np.isnan(scaled), 0.0, scaled)
