"""Another respondent's answers as further evidence: the fusion behind the fused respondent.

Stacked regression (Wolpert 1992, Neural Networks 5; Breiman 1996, Machine Learning 24): the
record's leave-one-out score of an item, what the other respondent answered to it, and a score of
everything that respondent answered are regressed on the item once more, among the people who have
all of it.
The result is calibrated like the record's own score, and mixed with it in the share that predicts
held-out people best. A respondent that knows nothing gets the share 0, and the prediction is then
the record's alone, to the last digit: answers worth nothing cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .calibration import Calibration, calibrate
from .features import NormalScore
from .ridge import fit_ridge

__all__ = ["FEWEST", "Evidence", "Extra", "FoldEvidence", "Further", "stack"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]
Predict = Callable[[FloatArray, FloatArray], FloatArray]
"""Scores and style to probabilities."""

FEWEST = 60
"""People with both kinds of answers below which nothing is fused: it cannot be told from luck."""

_SHARES = (0.25, 0.5, 0.75, 1.0)
_FEW = 0.5
"""Share of an item's people up to which the calibration of all of them is tried on these few."""
_MANY = 400
"""People who are enough for a calibration of their own however many others there are."""
_WORTH = 2.0
"""Nats by which a mix must predict everybody held out better than the record alone, so that what
is useless is left out rather than let in by luck: one parameter's worth by Akaike's criterion."""


@dataclass(frozen=True, slots=True, eq=False)
class Extra:
    """More features, such as the answers of a language model.

    Attributes:
        learn: Of the people learned from, NaN where missing. Shape (learn, columns).
        people: Of the people predicted for. Shape (people, columns).
        own: By name of an item's variable, the columns that are about that item.
    """

    learn: FloatArray
    people: FloatArray
    own: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Extra features, scaled, with what they alone say of all items.

    Attributes:
        learn: Normal scores, 0 where missing. Shape (learn, columns).
        people: The same of the people predicted for.
        taught: Who of the people learned from has any.
        asked: Who of those predicted for has any.
        own: By name of an item's variable, its columns.
    """

    learn: FloatArray
    people: FloatArray
    taught: BoolArray
    asked: BoolArray
    own: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, extra: Extra, rows: IntArray, weights: FloatArray) -> Evidence:
        """Scale the features of the people in `rows`; nothing here has seen an item's answers."""
        learn = extra.learn[rows]
        scores = [NormalScore.fit(learn[:, k], weights) for k in range(learn.shape[1])]

        def scaled(raw: FloatArray) -> FloatArray:
            found = [score(raw[:, k]) for k, score in enumerate(scores)]
            table = np.column_stack(found) if found else np.zeros((len(raw), 0))
            return np.where(np.isnan(table), 0.0, table)

        return cls(
            scaled(learn),
            scaled(extra.people),
            np.any(~np.isnan(learn), axis=1),
            np.any(~np.isnan(extra.people), axis=1),
            extra.own,
        )

    def in_fold(
        self, responses: FloatArray, weights: FloatArray, rows: IntArray
    ) -> FoldEvidence | None:
        """Learn from the people of one fold's training what the features say of every response.

        Args:
            responses: NaN where missing. Shape (learn, responses).
            weights: 0 for people who must not teach. Shape (learn,).
            rows: Of the people predicted for, those of the fold.

        Returns:
            None where too few people have features and answers.
        """
        known = self.taught & (weights > 0)
        taught = np.flatnonzero(known)
        enough = (~np.isnan(responses[taught])).sum(axis=0) >= FEWEST
        if not enough.any():
            return None
        # Responses that too few people have are not stacked: what is said of them is never used.
        fit = fit_ridge(
            self.learn[taught], np.where(enough, responses[taught], 0.0), weights[taught]
        )
        loo = np.zeros(responses.shape)
        loo[taught] = np.nan_to_num(fit.loo)
        return FoldEvidence(
            self, loo, fit.predict(self.people[rows]), known, self.asked[rows], rows
        )


@dataclass(frozen=True, slots=True, eq=False)
class FoldEvidence:
    """The evidence of one fold.

    Attributes:
        evidence: The features.
        loo: What they alone say of the people taught from, each left out. (learn, responses).
        predicted: The same of the people of the fold. Shape (rows, responses).
        taught: Who teaches and has features. Shape (learn,).
        asked: Who of the fold has features. Shape (rows,).
        rows: Rows of the fold's people.
    """

    evidence: Evidence
    loo: FloatArray
    predicted: FloatArray
    taught: BoolArray
    asked: BoolArray
    rows: IntArray

    def about(self, name: str, columns: slice, mask: BoolArray) -> Further:
        """Return what is known beyond the record about one item.

        Args:
            name: The item's variable.
            columns: Its responses.
            mask: Who answered it. Shape (learn,).
        """
        own = list(self.evidence.own.get(name, ()))
        return Further(
            np.column_stack([self.evidence.learn[mask][:, own], self.loo[mask, columns]]),
            np.column_stack([self.evidence.people[self.rows][:, own], self.predicted[:, columns]]),
            self.taught[mask],
            self.asked,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Further:
    """Further scores of one item: of those who answered it, and of those predicted for.

    Attributes:
        learn: Shape (people, columns).
        new: Shape (rows, columns).
        taught: Who of the first has any. Shape (people,).
        asked: Who of the second. Shape (rows,).
    """

    learn: FloatArray
    new: FloatArray
    taught: BoolArray
    asked: BoolArray


def stack(
    further: Further,
    scores: tuple[FloatArray, FloatArray],
    responses: FloatArray,
    style: tuple[FloatArray, FloatArray],
    categories: IntArray,
    weights: FloatArray,
    parts: IntArray,
    base: tuple[Calibration, FloatArray, FloatArray],
    *,
    ordered: bool,
) -> tuple[FloatArray, FloatArray, float]:
    """Stack the record's prediction of one item with further evidence.

    Pairs are of the people learned from, who answered the item, and of those predicted for.

    Args:
        further: The evidence.
        scores: The record's scores, leave-one-out for the first. Shape (people, responses).
        responses: What scores predict. Shape (people, responses).
        style: Response style. Shape (people, styles).
        categories: Answers as 0 … count − 1. Shape (people,).
        weights: Positive. Shape (people,).
        parts: Part for cross-validation. Shape (people,).
        base: The record's calibration, and its probabilities of both.
        ordered: Whether the categories are in the order of a scale.

    Returns:
        Probabilities of both, and the share that the stacked prediction has in them. People
        without further evidence keep the record's.
    """
    alone, own, new = base
    rows, theirs = np.flatnonzero(further.taught), np.flatnonzero(further.asked)
    present, place = np.unique(categories[rows], return_inverse=True)
    if len(rows) < FEWEST or len(present) < 2:
        return own, new, 0.0
    heavy = weights[rows]
    columns, new_columns = _standardised(
        np.column_stack([scores[0], further.learn])[rows],
        np.column_stack([scores[1], further.new])[theirs],
        heavy,
    )
    # What the record's score leaves over is regressed, so that shrinking leads back to that score.
    # The mean is left to the calibration, which knows how to leave people out.
    fit = fit_ridge(columns, responses[rows] - scores[0][rows], heavy)
    score = scores[0][rows] + fit.loo - fit.intercepts
    at = np.arange(len(rows)), categories[rows]
    most, share = _WORTH, 0.0
    predict: Predict = alone.predict

    def offer(before: FloatArray, after: FloatArray, way: Predict) -> None:
        """Take the share of `after` in a mix that gains most over `before`, if it is worth it."""
        nonlocal most, share, predict
        for part in _SHARES:
            gains = np.log(_mix(before, after, part)[at]) - np.log(before[at])
            gain = float(heavy @ gains)
            if gain > most:
                most, share, predict = gain, part, way

    if len(rows) < _FEW * len(own):
        # Many people say better than few what a score comes to, and these few hardly moved them.
        offer(own[rows], alone.predict(score, style[0][rows]), alone.predict)
    if len(rows) >= min(_MANY, _FEW * len(own)):
        better = calibrate(
            score, style[0][rows], place, len(present), heavy, parts[rows], ordered=ordered
        )
        held_out = alone.held_out[rows]
        offer(held_out, _spread(better.held_out, present, held_out), better.predict)
    if share == 0.0:
        return own, new, 0.0
    fused, fused_new = own.copy(), new.copy()
    said = predict(score, style[0][rows])
    fused[rows] = _mix(own[rows], _spread(said, present, own[rows]), share)
    score = scores[1][theirs] + fit.predict(new_columns) - fit.intercepts
    said = predict(score, style[1][theirs])
    fused_new[theirs] = _mix(new[theirs], _spread(said, present, new[theirs]), share)
    return fused, fused_new, share


def _mix(a: FloatArray, b: FloatArray, share: float) -> FloatArray:
    return (1 - share) * a + share * b


def _spread(chances: FloatArray, present: IntArray, base: FloatArray) -> FloatArray:
    """Probabilities of the categories present, with the base's of those that nobody here chose."""
    if chances.shape[1] == base.shape[1]:
        return chances
    found = base.copy()
    found[:, present] = chances * base[:, present].sum(axis=1, keepdims=True)
    return found


def _standardised(
    columns: FloatArray, others: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    mean = weights @ columns / weights.sum()
    sd = np.sqrt(weights @ (columns - mean) ** 2 / weights.sum())
    scale = np.where(sd > 1e-9, sd, np.inf)
    return (columns - mean) / scale, (others - mean) / scale
