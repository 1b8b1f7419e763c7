"""Answers from little: a small pilot, a declared relative, or how people use such scales.

All three say where somebody stands on a latent normal scale, and cut that scale at thresholds that
keep the marginal shares: P(y ≤ k) = Φ((τₖ − s) / σ), with τₖ = Φ⁻¹(share up to k) and
σ² = 1 − Var(s).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...data.codebook import Level, Variable
from ...data.panel import Panel
from .copula import latent_correlations, latent_moments
from .features import FeatureMap, NormalScore, positions, steps
from .learning import Target, codes_of, fold_of, folds_kept_from
from .predictions import GroupPrediction, Predictions, TargetFacts, millionths
from .ridge import PENALTIES, fit_ridge
from .scales import AnswerScale, fit_scale
from .threads import single_threaded

__all__ = [
    "RELATIVE_CORRELATION",
    "fit_pilot",
    "fit_prior",
    "fit_relative",
    "pooled_shares",
    "relative_shares",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

RELATIVE_CORRELATION = 0.5
"""Assumed latent correlation of an item with its declared relative: what relatives named by
researchers reach on average when nothing else is known of the item."""

_PILOT_FOLDS = 10
_PILOT_TRUST = 100.0
"""People at whose number a pilot's own penalty counts as much as the one borrowed."""
_BORROWED_FROM = 12
_MOST_EXPLAINED = 0.8
_CELLS = 100


def cut(scores: FloatArray, shares: FloatArray, explained: float) -> FloatArray:
    """Probability of every category, given latent scores with mean 0.

    Args:
        scores: s. Shape (people,).
        shares: Marginal shares. Shape (categories,).
        explained: Var(s) in the population, below 1.

    Returns:
        Shape (people, categories).
    """
    from scipy.special import ndtr, ndtri

    cuts = ndtri(np.clip(np.cumsum(shares)[:-1], 1e-9, 1 - 1e-9))
    below = ndtr((cuts[None, :] - scores[:, None]) / np.sqrt(1 - explained))
    n = len(scores)
    padded = np.column_stack([np.zeros(n), below, np.ones(n)])
    return np.maximum(np.diff(padded, axis=1), 0.0)


# --- a pilot ----------------------------------------------------------------------------------


def fit_pilot(
    pilot: Panel,
    targets: Sequence[Target],
    features: Sequence[str],
    reference: Panel,
    people: Panel,
) -> Predictions:
    """Predict what `people` would answer to items that only a small pilot was asked.

    The features' map and a typical penalty are borrowed from `reference`: how much of an item a
    record tells is much the same from item to item, and ten people cannot say. The penalty used is
    a geometric mean of the borrowed one and the pilot's own leave-one-out choice, the latter
    weighing n / (n + 100). Nominal items are drawn from the pilot's shares.

    Args:
        pilot: The people who were asked; weights are used.
        targets: Items of the pilot.
        features: Variables that pilot, reference and people share.
        reference: A large panel with the features.
        people: Whom to predict for.
    """
    with single_threaded():
        mapping = FeatureMap.fit(reference, features, reference.weights())
        x, new_x = mapping.matrix(pilot), mapping.matrix(people)
        everybody = mapping.matrix(reference)
        borrowed = _borrowed_penalty(reference, features)
        weights = pilot.weights()
        codes = [codes_of(pilot, target.name) for target in targets]
        own = fold_of(pilot.persons, _PILOT_FOLDS)
        theirs = folds_kept_from(people, pilot, _PILOT_FOLDS)
        groups, facts = [], []
        for fold in np.unique(theirs).tolist():
            rows = np.flatnonzero(theirs == fold)
            kept = np.where(own != fold, weights, 0.0)
            chances, moments, known = [], [], []
            for target, answers in zip(targets, codes, strict=True):
                scale = fit_scale(target.variable, answers, kept, allowed=target.allowed)
                loo, new, penalty = _pilot_chances(scale, x, kept, new_x[rows], everybody, borrowed)
                chances.append((scale.values, millionths(scale.spread(new))))
                moments.append(latent_moments(loo, scale.answers))
                asked = int((scale.answers >= 0).sum())
                known.append(TargetFacts(asked, "latent", np.nan, np.nan, penalty))
            factor = np.linalg.cholesky(latent_correlations(moments, kept)).astype(np.float64)
            groups.append(GroupPrediction(rows, tuple(chances), factor))
            facts.append(known)
    return Predictions.of([t.key for t in targets], len(people), groups, facts)


def _pilot_chances(
    scale: AnswerScale,
    x: FloatArray,
    weights: FloatArray,
    new_x: FloatArray,
    everybody: FloatArray,
    borrowed: float,
) -> tuple[FloatArray, FloatArray, float]:
    """Probabilities of bins, left out one by one for the pilot and for new people; the penalty."""
    mask = scale.answers >= 0
    shares = np.bincount(scale.answers[mask], weights[mask], minlength=scale.count)
    shares = shares / shares.sum()
    flat = np.broadcast_to(shares, (len(mask), scale.count)).copy()
    if x.shape[1] == 0 or scale.count < 2 or not (scale.ordered or scale.count == 2):
        return flat, np.broadcast_to(shares, (len(new_x), scale.count)).copy(), np.nan
    response = scale.scores[scale.answers[mask]][:, None]
    count = int(mask.sum())
    own = float(fit_ridge(x[mask], response, weights[mask]).penalties[0]) * count
    trust = count / (count + _PILOT_TRUST)
    penalty = float(np.exp(trust * np.log(own) + (1 - trust) * np.log(borrowed)))
    fit = fit_ridge(x[mask], response, weights[mask], np.array([penalty / count]))
    predicted = fit.predict(everybody)[:, 0]
    centre = float(predicted.mean())
    explained = min(float(predicted.var()), _MOST_EXPLAINED)
    flat[mask] = cut(np.clip(fit.loo[:, 0] - centre, -3, 3), shares, explained)
    new = cut(np.clip(fit.predict(new_x)[:, 0] - centre, -3, 3), shares, explained)
    return flat, new, penalty


def _borrowed_penalty(panel: Panel, features: Sequence[str]) -> float:
    """Penalty, in people's weight, that suits a typical item of the record given the others."""
    ordered = [n for n in features if positions(panel, n) is not None]
    step = max(1, len(ordered) // _BORROWED_FROM)
    weights = panel.weights()
    found = []
    for name in ordered[::step][:_BORROWED_FROM]:
        values = positions(panel, name)
        others = [n for n in features if n != name]
        if values is None or not others:
            continue
        scores = NormalScore.fit(values, weights)(values)
        known = ~np.isnan(scores) & (weights > 0)
        x = FeatureMap.fit(panel, others, weights).matrix(panel)[known]
        if known.sum() < 2 or x.shape[1] == 0:
            continue
        fit = fit_ridge(x, scores[known][:, None], weights[known])
        found.append(np.log(fit.penalties[0] * weights[known].sum()))
    if not found:
        return float(np.median(PENALTIES) * len(panel))
    return float(np.exp(np.median(found)))


# --- a declared relative ----------------------------------------------------------------------


def fit_relative(
    key: str,
    variable: Variable,
    direction: int,
    relative: str,
    shares: FloatArray,
    reference: Panel,
    people: Panel,
) -> tuple[Predictions, npt.NDArray[np.bool_]]:
    """Predict an item from one visible answer that it is declared to go with.

    The latent correlation is `RELATIVE_CORRELATION`, with the sign declared. Who did not answer
    the relative gets the marginal shares.

    Args:
        key: Name of the item.
        variable: The item, with its codes.
        direction: +1 or −1.
        relative: Variable of both panels.
        shares: Marginal shares of the item's codes.
        reference: Panel in which the relative's normal scores are learned.
        people: Whom to predict for.

    Returns:
        Predictions, and who answered the relative. Shape (people,).
    """
    seen, asked = positions(reference, relative), positions(people, relative)
    if seen is None or asked is None:
        raise ValueError(f"{relative} has no order")
    score = NormalScore.fit(seen, reference.weights())(asked)
    known = ~np.isnan(score)
    chances = np.tile(shares, (len(people), 1))
    rho = RELATIVE_CORRELATION * np.sign(direction)
    chances[known] = cut(rho * score[known], shares, RELATIVE_CORRELATION**2)
    return _single(key, variable, chances), known


def relative_shares(panel: Panel, relative: str, count: int, direction: int) -> FloatArray:
    """Shares of the relative, on a scale of `count` steps and mirrored if it runs the other way.

    Between scales of different length the distribution is carried over at equal widths.
    """
    variable = panel.codebook[relative]
    values = steps(panel, relative)
    low, high, cells = 0.0, len(variable.codes) - 1.0, len(variable.codes)
    if (
        variable.level is Level.INTERVAL
        or not (panel.answered(relative) <= ~np.isnan(values)).all()
    ):
        found = positions(panel, relative)
        if found is None:
            raise ValueError(f"{relative} has no order")
        values, cells = found, _CELLS
        low, high = variable.bounds or (float(np.nanmin(values)), float(np.nanmax(values)))
    known = ~np.isnan(values)
    place = np.clip((values[known] - low) / max(high - low, 1e-12), 0, 1)
    inside = np.minimum((place * cells).astype(np.intp), cells - 1)
    mass = np.bincount(inside, panel.weights()[known], minlength=cells) + 0.5 / cells
    below = np.concatenate([[0.0], np.cumsum(mass) / mass.sum()])
    edges = np.interp(np.linspace(0, 1, count + 1), np.linspace(0, 1, cells + 1), below)
    shares = np.diff(edges)
    return np.asarray(shares[::-1] if direction < 0 else shares, dtype=np.float64)


# --- how people use such a scale --------------------------------------------------------------


def pooled_shares(panel: Panel, names: Sequence[str], count: int) -> tuple[FloatArray, int]:
    """Shares of the steps of all rating scales with `count` steps among `names`.

    Every scale weighs the same.

    Returns:
        Shares, shape (count,), and the number of scales; zeros where there is none.
    """
    weights = panel.weights()
    total, scales = np.zeros(count), 0
    for name in names:
        variable = panel.codebook[name]
        if variable.level is not Level.ORDINAL or len(variable.codes) != count:
            continue
        values = steps(panel, name)
        known = ~np.isnan(values)
        mass = np.bincount(values[known].astype(np.intp), weights[known], minlength=count)
        if mass.sum() > 0:
            total += mass / mass.sum()
            scales += 1
    return (total / scales if scales else total), scales


def fit_prior(key: str, variable: Variable, shares: FloatArray, people: int) -> Predictions:
    """Give everybody the same shares."""
    return _single(key, variable, np.tile(shares, (people, 1)))


def _single(key: str, variable: Variable, chances: FloatArray) -> Predictions:
    rows = np.arange(len(chances))
    group = GroupPrediction(rows, ((variable.codes, millionths(chances)),), np.eye(1))
    return Predictions.of([key], len(chances), [group], [[_NO_FACTS]])


_NO_FACTS = TargetFacts(0, "latent", np.nan, np.nan, np.nan)
