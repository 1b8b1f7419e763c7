"""Where one person stands among the others: distributions of items, and scales found in blocks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..data.codebook import Code, Level, Role, Variable
from .plain import plain
from .record import Fact

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["Distribution", "Reference", "Scale"]

FloatArray = npt.NDArray[np.float64]

LEAST_ALPHA = 0.5
"""A block whose items hang together less (Cronbach's α, after keying) is no scale and gets no
mean. Low on purpose: ten-item personality inventories have α near .5 and are scales."""

LEAST_COMMON = 0.25
"""Share of the most frequent answer below which a nominal variable sets everybody apart."""

MIN_ITEMS = 2
MIN_PEOPLE = 20


@dataclass(frozen=True, eq=False)
class Distribution:
    """Weighted distribution of numbers.

    Attributes:
        values: Distinct values, ascending.
        below: Share of people with a smaller value, for each value. Shape of `values`.
        at: Share of people with that value. Shape of `values`.
    """

    values: FloatArray
    below: FloatArray
    at: FloatArray

    @classmethod
    def of(cls, numbers: FloatArray, weights: FloatArray) -> Distribution:
        """Distribution of `numbers` (NaN left out) under `weights`, both of shape (people,)."""
        known = ~np.isnan(numbers) & (weights > 0)
        if not known.any():
            empty = np.zeros(0)
            return cls(empty, empty, empty)
        values, positions = np.unique(numbers[known], return_inverse=True)
        at = np.bincount(positions, weights=weights[known])
        at = at / at.sum()
        return cls(values, np.cumsum(at) - at, at)

    def percentile(self, value: float) -> float:
        """Mid-rank percentile of a value, 0 to 100: half of those level with it are below it."""
        below, level = self._split(value)
        return 100 * (below + level / 2)

    def at_least_as_extreme(self, value: float) -> float:
        """Share of people (0 to 1) as far out as `value` or further, on its side of the middle."""
        below, level = self._split(value)
        return min(below + level, 1.0 - below)

    def _split(self, value: float) -> tuple[float, float]:
        if not len(self.values):
            return 0.0, 1.0
        k = int(np.searchsorted(self.values, value))
        if k == len(self.values):
            return 1.0, 0.0
        level = float(self.at[k]) if self.values[k] == value else 0.0
        return float(self.below[k]), level


@dataclass(frozen=True, eq=False)
class Scale:
    """A block of items that hang together, scored as a mean.

    Attributes:
        name: The block.
        signs: +1 or −1 per item name: −1 for items keyed against the majority of the block.
        bounds: Declared range per item name.
        marker: Wording of the item that says best what a high score means.
        alpha: Cronbach's α of the keyed items (Cronbach 1951, Psychometrika 16:297, eq. 2), over
            people who answered all of them.
        scores: Distribution of the scale's scores.
    """

    name: str
    signs: dict[str, int]
    bounds: dict[str, tuple[float, float]]
    marker: str
    alpha: float
    scores: Distribution

    def score(self, codes: dict[str, Code | None]) -> float | None:
        """Mean of the answered items, each keyed and brought to 0–1 on its declared range.

        None unless at least half of the items are answered.
        """
        parts = [
            _keyed(float(code), self.bounds[name], sign)
            for name, sign in self.signs.items()
            if isinstance(code := codes.get(name), (int, float))
        ]
        if 2 * len(parts) < len(self.signs):
            return None
        # Rounded as the distribution's scores are, so that equal answers tie exactly.
        return round(sum(parts) / len(parts), 9)


def _keyed(code: float, bounds: tuple[float, float], sign: int) -> float:
    low, high = bounds
    share = (code - low) / (high - low)
    return share if sign > 0 else 1 - share


class Reference:
    """How a population answers; worked out variable by variable, when first asked.

    Args:
        panel: The visible panel.
        weights: Survey weights, shape (people,).
    """

    def __init__(self, panel: Panel, weights: FloatArray) -> None:
        self._panel = panel
        self._weights = weights
        self._distributions: dict[str, Distribution] = {}
        self._shares: dict[str, dict[Code, float]] = {}

    def rarity(self, fact: Fact) -> float | None:
        """Share of people (0 to 1) who answer like this or more so; None where it means nothing.

        On an ordered variable "more so" is further out on the same side; on a nominal one it is
        the share that gives this very answer. None for own words, withheld answers, and nominal
        variables of which every answer is rare, such as a constituency.
        """
        if fact.code is None or fact.own_words or fact.level is Level.TEXT:
            return None
        if isinstance(fact.code, str) or fact.level in (Level.NOMINAL, Level.MULTIPLE):
            shares = self._share(fact.name)
            common = max(shares.values(), default=0.0)
            return shares.get(fact.code, 0.0) if common >= LEAST_COMMON else None
        return self.distribution(fact.name).at_least_as_extreme(fact.code)

    def distribution(self, name: str) -> Distribution:
        """Weighted distribution of a numeric variable."""
        if name not in self._distributions:
            self._distributions[name] = Distribution.of(self._panel.numbers(name), self._weights)
        return self._distributions[name]

    def _share(self, name: str) -> dict[Code, float]:
        if name not in self._shares:
            column = self._panel.frame[name]
            known = column.notna().to_numpy()
            totals: dict[Code, float] = defaultdict(float)
            for code, weight in zip(
                column[known].tolist(), self._weights[known].tolist(), strict=True
            ):
                totals[code] += weight
            total = sum(totals.values())
            self._shares[name] = {c: w / total for c, w in totals.items()} if total > 0 else {}
        return self._shares[name]

    @cached_property
    def scales(self) -> tuple[Scale, ...]:
        """The blocks (or, without a block, matrices) whose items form a scale, in order."""
        members: dict[str, list[Variable]] = defaultdict(list)
        for variable in self._panel.codebook.of_role(Role.ITEM):
            name = variable.block or variable.group
            ordered = variable.level in (Level.ORDINAL, Level.INTERVAL)
            if name and ordered and variable.kind == "number" and variable.bounds is not None:
                members[name].append(variable)
        found = (self._scale(name, items) for name, items in members.items())
        return tuple(scale for scale in found if scale is not None)

    def _scale(self, name: str, items: list[Variable]) -> Scale | None:
        if len(items) < MIN_ITEMS:
            return None
        answers = np.column_stack([self._panel.numbers(v.name) for v in items])
        bounds = {v.name: v.bounds for v in items if v.bounds is not None}
        complete = answers[~np.isnan(answers).any(axis=1)]
        if len(complete) < MIN_PEOPLE or (complete.std(axis=0) == 0).any():
            return None
        signs = _keying(complete)
        keyed = np.column_stack(
            [
                _keyed_column(answers[:, i], bounds[v.name], int(signs[i]))
                for i, v in enumerate(items)
            ]
        )
        filled = keyed[~np.isnan(keyed).any(axis=1)]
        alpha = _alpha(filled)
        if alpha < LEAST_ALPHA:
            return None
        answered = ~np.isnan(keyed)
        enough = 2 * answered.sum(axis=1) >= len(items)
        totals = np.where(answered, keyed, 0.0).sum(axis=1)
        scores = np.full(len(keyed), np.nan)
        scores[enough] = np.round(totals[enough] / answered.sum(axis=1)[enough], 9)
        rest = filled.sum(axis=1)
        fit = [
            float(np.corrcoef(filled[:, i], rest - filled[:, i])[0, 1]) if signs[i] > 0 else -2.0
            for i in range(len(items))
        ]
        return Scale(
            name=plain(name),
            signs={v.name: int(sign) for v, sign in zip(items, signs, strict=True)},
            bounds=bounds,
            marker=plain(items[int(np.argmax(fit))].wording),
            alpha=alpha,
            scores=Distribution.of(scores, self._weights),
        )


def _keyed_column(numbers: FloatArray, bounds: tuple[float, float], sign: int) -> FloatArray:
    low, high = bounds
    share = (numbers - low) / (high - low)
    return share if sign > 0 else 1 - share


def _keying(answers: FloatArray) -> npt.NDArray[np.int64]:
    """Sign of each item on the first principal component of the correlations, majority positive.

    A tie goes to the first item.
    """
    _, vectors = np.linalg.eigh(np.corrcoef(answers, rowvar=False))
    signs = np.where(vectors[:, -1] >= 0, 1, -1)
    balance = int(signs.sum())
    if balance < 0 or (balance == 0 and signs[0] < 0):
        signs = -signs
    return signs


def _alpha(answers: FloatArray) -> float:
    items = answers.shape[1]
    total = float(answers.sum(axis=1).var(ddof=1))
    if total == 0:
        return 0.0
    alpha: float = items / (items - 1) * (1 - float(answers.var(axis=0, ddof=1).sum()) / total)
    return alpha
