"""What a panel teaches about people it is asked about, each from everybody else's answers.

The functional core of the statistical respondent: panels in, probabilities out. Nothing here knows
of questionnaires, twins or fieldwork.

People are put into folds by a digest of their id. What is predicted for somebody comes from models
that were fitted without their fold: scores (`ridge`), calibration (`calibration`), the values an
answer can have (`scales`) and residual correlations (`copula`). Only the map of features is learned
on everybody; it never sees an item to be predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...data.codebook import Code, Variable
from ...data.errors import PanelError
from ...data.panel import Panel
from ...data.seeds import seed_of
from .calibration import calibrate
from .copula import LatentMoments, latent_correlations, latent_moments
from .features import FeatureMap
from .predictions import GroupPrediction, Predictions, TargetFacts, millionths
from .ridge import fit_ridge
from .scales import AnswerScale, fit_scale
from .stacking import Evidence, Extra, stack
from .threads import single_threaded
from .trees import blend_with_trees

__all__ = ["MOST_PEOPLE", "Target", "codes_of", "fit_predict", "fold_of", "folds_kept_from"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

MOST_PEOPLE = 20_000
"""People learned from. More no longer move a prediction; which ones is decided by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An item to be predicted.

    Attributes:
        key: Its name among the predictions; unique.
        name: The variable of the learning panel.
        variable: The item as asked: its codes and declared range.
        allowed: Whether the question takes a value; None if it takes all.
        where: Learn only from people with this code on this variable (an experimental arm).
    """

    key: str
    name: str
    variable: Variable
    allowed: Callable[[Code], bool] | None = None
    where: tuple[str, Code] | None = None


def fold_of(persons: Sequence[str], folds: int, purpose: str = "fold") -> IntArray:
    """Fold of each person, 0 … folds − 1, by a digest of the id. Shape (people,)."""
    return np.array([seed_of(purpose, person) % folds for person in persons], dtype=np.intp)


def codes_of(panel: Panel, name: str) -> npt.NDArray[np.object_]:
    """Answers as codes, None where missing; dates as ISO texts. Shape (people,)."""
    variable = panel.codebook[name]
    found = np.empty(len(panel), dtype=object)
    if variable.kind == "number":
        numbers = panel.numbers(name)
        found[:] = [None if gone else x for x, gone in zip(numbers.tolist(), np.isnan(numbers))]  # noqa: B905
    else:
        found[:] = panel.texts(name)
    return found


def folds_kept_from(people: Panel, learn: Panel, folds: int) -> IntArray:
    """Fold of `learn` that must not teach about each person; -1 for strangers to it.

    Somebody drawn twice from a panel ("17#2") is kept from the one they were drawn from.
    """
    member = set(learn.persons)
    stems = [p if p in member else p.rpartition("#")[0] or p for p in people.persons]
    found = fold_of(stems, folds)
    found[[stem not in member for stem in stems]] = -1
    return found


def fit_predict(
    learn: Panel,
    targets: Sequence[Target],
    features: Sequence[str],
    people: Panel,
    *,
    folds: int = 5,
    blend: bool = False,
    extra: Extra | None = None,
) -> Predictions:
    """Predict what `people` would answer to `targets`, never from their own answers.

    Args:
        learn: Panel to learn from; its weights are used. May hold some or all of `people`.
        targets: Items to predict.
        features: Variables to predict from; they must be in both panels, and must hold nothing
            that gives a target away.
        people: Whom to predict for: their features.
        folds: Number of folds.
        blend: Whether to blend with randomised trees.
        extra: More features of some of the people, such as the answers of a language model
            (`stacking`). They are used as far as they improve on the record.

    Raises:
        PanelError: Nobody outside somebody's fold answered a target.
    """
    with single_threaded():
        return _fit_predict(learn, targets, features, people, folds, blend, extra)


def _fit_predict(
    learn: Panel,
    targets: Sequence[Target],
    features: Sequence[str],
    people: Panel,
    folds: int,
    blend: bool,
    extra: Extra | None,
) -> Predictions:
    learn, kept = _thinned(learn)
    weights = learn.weights()
    mapping = FeatureMap.fit(learn, features, weights)
    x, new_x = mapping.matrix(learn), mapping.matrix(people)
    taught = _Taught(
        x=x,
        style=mapping.style(learn),
        weights=weights,
        parts=fold_of(learn.persons, 3, "calibration"),
        answers=[_answers(learn, target) for target in targets],
        targets=targets,
        blend=blend,
        evidence=None if extra is None else Evidence.of(extra, kept, weights),
    )
    own = fold_of(learn.persons, folds)
    theirs = folds_kept_from(people, learn, folds)
    new_style = mapping.style(people)
    groups, facts = [], []
    for fold in np.unique(theirs).tolist():
        rows = np.flatnonzero(theirs == fold)
        group, fact = _predict_group(taught, own != fold, new_x[rows], new_style[rows], rows)
        groups.append(group)
        facts.append(fact)
    return Predictions.of([t.key for t in targets], len(people), groups, facts)


@dataclass(frozen=True, slots=True, eq=False)
class _Taught:
    """What all folds share."""

    x: FloatArray
    style: FloatArray
    weights: FloatArray
    parts: IntArray
    answers: list[npt.NDArray[np.object_]]
    targets: Sequence[Target]
    blend: bool
    evidence: Evidence | None


def _predict_group(
    taught: _Taught,
    train: npt.NDArray[np.bool_],
    new_x: FloatArray,
    new_style: FloatArray,
    rows: IntArray,
) -> tuple[GroupPrediction, list[TargetFacts]]:
    """Predict for the people of one fold, from those in `train`."""
    weights = np.where(train, taught.weights, 0.0)
    scales = [
        fit_scale(target.variable, codes, weights, allowed=target.allowed)
        for target, codes in zip(taught.targets, taught.answers, strict=True)
    ]
    rows_taught = np.flatnonzero(weights > 0)
    responses = [_responses(scale) for scale in scales]
    for target, scale in zip(taught.targets, scales, strict=True):
        if not (scale.answers >= 0).any():
            raise PanelError(
                f"too few people answered {target.name!r} to learn from", remedy="leave it out"
            )
    edges = np.cumsum([0, *(response.shape[1] for response in responses)])
    stacked = np.column_stack(responses) if responses else np.zeros((len(weights), 0))
    fit = fit_ridge(taught.x[rows_taught], stacked[rows_taught], weights[rows_taught])
    loo = np.full(stacked.shape, np.nan)
    loo[rows_taught] = fit.loo
    predicted = fit.predict(new_x)
    seen = None
    if taught.evidence is not None:
        seen = taught.evidence.in_fold(stacked - loo, weights, rows)
    values: list[tuple[tuple[Code, ...], npt.NDArray[np.int32]]] = []
    facts: list[TargetFacts] = []
    latent: list[LatentMoments] = []
    for t, scale in enumerate(scales):
        columns = slice(edges[t], edges[t + 1])
        mask = scale.answers >= 0
        calibration = calibrate(
            loo[mask, columns],
            taught.style[mask],
            scale.answers[mask],
            scale.count,
            weights[mask],
            taught.parts[mask],
            ordered=scale.ordered,
        )
        own = calibration.predict(loo[mask, columns], taught.style[mask])
        new = calibration.predict(predicted[:, columns], new_style)
        fused = 0.0
        if seen is not None and scale.count > 1:
            own, new, fused = stack(
                seen.about(target.variable.name, columns, mask),
                (loo[mask, columns], predicted[:, columns]),
                stacked[mask, columns],
                (taught.style[mask], new_style),
                scale.answers[mask],
                weights[mask],
                taught.parts[mask],
                (calibration, own, new),
                ordered=scale.ordered,
            )
        share = 0.0
        if taught.blend and scale.count > 1:
            own, new, share = blend_with_trees(
                np.column_stack([taught.x, taught.style])[mask],
                np.column_stack([new_x, new_style]),
                scale.answers[mask],
                weights[mask],
                taught.parts[mask],
                own,
                new,
            )
        everybody = np.full((len(mask), scale.count), 1 / scale.count)
        everybody[mask] = own
        latent.append(latent_moments(everybody, scale.answers))
        values.append((scale.values, millionths(scale.spread(new))))
        facts.append(
            TargetFacts(
                people=int(mask.sum()),
                family=calibration.family,
                loss=calibration.losses[calibration.family],
                marginal_loss=calibration.losses["marginal"],
                penalty=float(fit.penalties[columns].mean()),
                trees=share,
                fused=fused,
            )
        )
    correlations = latent_correlations(latent, weights)
    group = GroupPrediction(
        rows, tuple(values), np.asarray(np.linalg.cholesky(correlations), dtype=np.float64)
    )
    return group, facts


def _responses(scale: AnswerScale) -> FloatArray:
    """What the ridge predicts: the normal score of a scale, an indicator of every other code.

    NaN for people without an answer. Shape (people, 1 or bins).
    """
    mask = scale.answers >= 0
    answers = scale.answers[mask]
    if scale.ordered or scale.count == 2:
        found = np.full((len(mask), 1), np.nan)
        found[mask, 0] = scale.scores[answers]
        return found
    found = np.full((len(mask), scale.count), np.nan)
    found[mask] = answers[:, None] == np.arange(scale.count)
    return found


def _answers(panel: Panel, target: Target) -> npt.NDArray[np.object_]:
    codes = codes_of(panel, target.name)
    if target.where is not None:
        name, code = target.where
        codes[codes_of(panel, name) != code] = None
    return codes


def _thinned(panel: Panel) -> tuple[Panel, IntArray]:
    """At most `MOST_PEOPLE` people in the order of their ids, and their rows.

    The order of the file then decides nothing, not even the last bit of a sum.
    """
    rows = np.array(sorted(range(len(panel)), key=panel.persons.__getitem__), dtype=np.intp)
    if len(panel) > MOST_PEOPLE:
        lots = [seed_of("learn", panel.persons[row]) for row in rows.tolist()]
        drawn = sorted(range(len(rows)), key=lots.__getitem__)[:MOST_PEOPLE]
        rows = rows[np.sort(np.array(drawn, dtype=np.intp))]
    return panel.take(rows), rows
