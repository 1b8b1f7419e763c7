"""Another respondent's answers as further evidence: the fusion behind the fused respondent.

Stacked regression (Wolpert 1992, Neural Networks 5; Breiman 1996, Machine Learning 24) in two
stages. What the record's leave-one-out score of an item leaves over is regressed on what the other
respondent answered to that item, and on everything it answered, among the people who have all of
it. The better of the two is calibrated like the record's own score, and mixed with it in the share
that predicts held-out people best. A respondent that knows nothing gets the share 0, and the
prediction is then the record's alone, to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
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
        self, left_over: FloatArray, weights: FloatArray, rows: IntArray
    ) -> FoldEvidence | None:
        """Learn from the people of one fold's training what the features say of all items.

        Args:
            left_over: Responses less the record's scores; NaN where missing. (learn, responses).
            weights: 0 for people who must not teach. Shape (learn,).
            rows: Of the people predicted for, those of the fold.

        Returns:
            None where too few people have features and answers.
        """
        known = self.taught & (weights > 0)
        taught = np.flatnonzero(known)
        enough = (~np.isnan(left_over[taught])).sum(axis=0) >= FEWEST
        if not enough.any():
            return None
        # Responses that too few people have are not fused: what is said of them is never used.
        response = np.where(enough, left_over[taught], 0.0)
        fit = fit_ridge(self.learn[taught], response, weights[taught])
        loo = np.zeros(left_over.shape)
        loo[taught] = np.nan_to_num(fit.loo) - fit.intercepts
        predicted = fit.predict(self.people[rows]) - fit.intercepts
        return FoldEvidence(self, loo, predicted, known, self.asked[rows], rows)


@dataclass(frozen=True, slots=True, eq=False)
class FoldEvidence:
    """The evidence of one fold.

    Attributes:
        evidence: The features.
        loo: What all of them say of what the record leaves over, around 0, each person taught from
            left out. Shape (learn, responses).
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
            own=(self.evidence.learn[mask][:, own], self.evidence.people[self.rows][:, own]),
            all=(self.loo[mask, columns], self.predicted[:, columns]),
            taught=self.taught[mask],
            asked=self.asked,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Further:
    """What is known beyond the record of one item; pairs are as in `stack`.

    Attributes:
        own: What was said about this very item. Shape (people, columns).
        all: What everything said makes of what the record leaves over. Shape (people, responses).
        taught: Who of the people learned from has any. Shape (people,).
        asked: Who of those predicted for.
    """

    own: tuple[FloatArray, FloatArray]
    all: tuple[FloatArray, FloatArray]
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
    heavy, at = weights[rows], (np.arange(len(rows)), categories[rows])
    score, new_score = _scores(further, scores, responses, rows, theirs, heavy)
    most, share, predict = _WORTH, 0.0, alone.predict

    def offer(before: FloatArray, after: FloatArray, way: Calibration) -> None:
        """Take the share of `after` in a mix that gains most over `before`, if it is worth it."""
        nonlocal most, share, predict
        for part in _SHARES:
            gains = np.log(_mix(before, after, part)[at]) - np.log(before[at])
            gain = float(heavy @ gains)
            if gain > most:
                most, share, predict = gain, part, way.predict

    if len(rows) < _FEW * len(own):
        # Many people say better than few what a score comes to, and these few hardly moved them.
        offer(own[rows], alone.predict(score, style[0][rows]), alone)
    if len(rows) >= min(_MANY, _FEW * len(own)):
        better = calibrate(
            score,
            style[0][rows],
            place,
            len(present),
            heavy,
            parts[rows],
            ordered=ordered,
            among=() if alone.family == "marginal" else (alone.family,),
        )
        held_out = alone.held_out[rows]
        offer(held_out, _spread(better.held_out, present, held_out), better)
    if share == 0.0:
        return own, new, 0.0
    fused, fused_new = own.copy(), new.copy()
    said = _spread(predict(score, style[0][rows]), present, own[rows])
    fused[rows] = _mix(own[rows], said, share)
    said = _spread(predict(new_score, style[1][theirs]), present, new[theirs])
    fused_new[theirs] = _mix(new[theirs], said, share)
    return fused, fused_new, share


def _scores(
    further: Further,
    scores: tuple[FloatArray, FloatArray],
    responses: FloatArray,
    rows: IntArray,
    theirs: IntArray,
    weights: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """The record's scores with what was said about the item or with all that was said.

    Whichever has the smaller leave-one-out error is taken. The two are never put together: what a
    leave-one-out score of features and the features themselves differ by is the very answer that
    was left out.
    """
    record, new_record = scores[0][rows], scores[1][theirs]
    left_over = responses[rows] - record
    found, new_found = further.all[0][rows], further.all[1][theirs]
    own, new_own = further.own[0][rows], further.own[1][theirs]
    if own.shape[1]:
        own, new_own = _standardised(own, new_own, weights)
        # What the record leaves over is regressed, so that shrinking leads back to its score. The
        # mean is left to the calibration, which knows how to leave people out.
        fit = fit_ridge(own, left_over, weights)
        said = fit.loo - fit.intercepts
        around = left_over - fit.intercepts
        if (weights @ (around - said) ** 2).sum() <= (weights @ (around - found) ** 2).sum():
            found, new_found = said, fit.predict(new_own) - fit.intercepts
    return record + found, new_record + new_found


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
