"""Predicted probabilities of many answers of many people, and draws from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ...data.codebook import Code

__all__ = ["GroupPrediction", "Predictions", "TargetFacts", "millionths"]

FloatArray = npt.NDArray[np.float64]
MillionthsArray = npt.NDArray[np.int32]

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """How one item was learned in one fold.

    Attributes:
        people: People learned from.
        family: The calibration chosen (`calibration`).
        loss: Its cross-validated log-loss, in nats.
        marginal_loss: The log-loss of the shares alone.
        penalty: Ridge penalty per unit of weight.
        trees: Share of trees in the blend.
        fused: Share of the prediction that knows the extra features.
    """

    people: int
    family: str
    loss: float
    marginal_loss: float
    penalty: float
    trees: float = 0.0
    fused: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class GroupPrediction:
    """Predictions for people who share models: those of one fold.

    Attributes:
        rows: Rows of these people among all predicted for. Shape (m,).
        chances: For each item its codes, V of them, and their probabilities in millionths,
            summing to a million. Shape (m, V).
        factor: Cholesky factor of the residual correlations. Shape (items, items).
    """

    rows: npt.NDArray[np.intp]
    chances: tuple[tuple[tuple[Code, ...], MillionthsArray], ...]
    factor: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Predictions for all people.

    Attributes:
        keys: Names of the items, in order.
        groups: By fold.
        group_of: Group of every person. Shape (people,).
        row_of: Row of every person within the group. Shape (people,).
        facts: By item, how it was learned, one entry per group.
    """

    keys: tuple[str, ...]
    groups: tuple[GroupPrediction, ...]
    group_of: npt.NDArray[np.intp]
    row_of: npt.NDArray[np.intp]
    facts: Mapping[str, tuple[TargetFacts, ...]]
    _place: Mapping[str, int] = field(repr=False)

    @classmethod
    def of(
        cls,
        keys: Sequence[str],
        people: int,
        groups: Sequence[GroupPrediction],
        facts: Sequence[Sequence[TargetFacts]],
    ) -> Predictions:
        """Put groups together; every person is in exactly one."""
        group_of = np.zeros(people, dtype=np.intp)
        row_of = np.zeros(people, dtype=np.intp)
        for g, group in enumerate(groups):
            group_of[group.rows] = g
            row_of[group.rows] = np.arange(len(group.rows))
        by_key = {key: tuple(fact[t] for fact in facts) for t, key in enumerate(keys)}
        place = {key: t for t, key in enumerate(keys)}
        return cls(tuple(keys), tuple(groups), group_of, row_of, by_key, place)

    def __contains__(self, key: object) -> bool:
        return key in self._place

    def place(self, key: str) -> int:
        """Place of an item among `keys`."""
        return self._place[key]

    def chances(self, key: str, person: int) -> tuple[tuple[Code, ...], MillionthsArray]:
        """Codes one person could answer to an item, and their probabilities in millionths."""
        codes, table = self.groups[self.group_of[person]].chances[self._place[key]]
        return codes, table[self.row_of[person]]

    def probabilities(self, key: str) -> tuple[tuple[Code, ...], FloatArray]:
        """Codes of an item over all groups, and everybody's probabilities. (people, V)."""
        item = self._place[key]
        codes: dict[Code, int] = {}
        for group in self.groups:
            for code in group.chances[item][0]:
                codes.setdefault(code, len(codes))
        table = np.zeros((len(self.group_of), len(codes)))
        for group in self.groups:
            own, chances = group.chances[item]
            table[np.ix_(group.rows, np.array([codes[c] for c in own], dtype=np.intp))] = (
                chances / MILLION
            )
        return tuple(codes), table

    def levels(self, person: int, noise: FloatArray) -> FloatArray:
        """Correlated uniform numbers, one per item, from independent normal noise. (items,)."""
        from scipy.special import ndtr

        factor = self.groups[self.group_of[person]].factor
        if len(factor) == 1:
            return np.asarray(ndtr(noise), dtype=np.float64)
        return np.asarray(ndtr(factor @ noise), dtype=np.float64)


def millionths(chances: FloatArray) -> MillionthsArray:
    """Round probabilities to whole millionths that sum to a million in every row.

    Draws then do not hang on the last bits of a float, which differ between machines. What
    rounding leaves over goes to the likeliest code. Shape (people, V).
    """
    scaled = chances / chances.sum(axis=1, keepdims=True)
    whole = np.rint(scaled * MILLION).astype(np.int64)
    rows = np.arange(len(whole))
    whole[rows, whole.argmax(axis=1)] += MILLION - whole.sum(axis=1)
    return np.asarray(whole, dtype=np.int32)
