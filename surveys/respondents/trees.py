"""An optional blend of the calibrated ridge with trees.

Extremely randomised trees (Geurts, Ernst & Wehenkel 2006, Machine Learning 63) blend with the ridge
at least as well as boosted trees do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["blend_with_trees"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_SHARES = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)


def blend_with_trees(
    features: FloatArray,
    new_features: FloatArray,
    categories: IntArray,
    weights: FloatArray,
    parts: IntArray,
    chances: FloatArray,
    new_chances: FloatArray,
) -> tuple[FloatArray, FloatArray, float]:
    """Blend probabilities with those of trees, in the share with the lowest log-loss.

    Trees are fitted part by part, so that the log-loss is that of answers they have not seen.

    Args:
        features: Shape (people, columns).
        new_features: The same of those predicted for.
        categories: Answers, 0 … B − 1. Shape (people,).
        weights: Positive. Shape (people,).
        parts: Part for cross-validation. Shape (people,).
        chances: Probabilities to blend with, made without the person's own answer. (people, B).
        new_chances: The same of those predicted for.

    Returns:
        Blended probabilities of both, and the trees' share.
    """
    trees = np.zeros_like(chances)
    for part in np.unique(parts).tolist():
        test = parts == part
        if test.all():
            return chances, new_chances, 0.0
        model = _fit(features[~test], categories[~test], weights[~test])
        trees[test] = _predict(model, features[test], chances.shape[1])
    people = np.arange(len(categories))
    losses = [
        -float(weights @ np.log(_mix(chances, trees, share)[people, categories]))
        for share in _SHARES
    ]
    share = _SHARES[int(np.argmin(losses))]
    if share == 0.0:
        return chances, new_chances, 0.0
    model = _fit(features, categories, weights)
    new_trees = _predict(model, new_features, chances.shape[1])
    return _mix(chances, trees, share), _mix(new_chances, new_trees, share), share


def _mix(a: FloatArray, b: FloatArray, share: float) -> FloatArray:
    # Trees give some answers no chance at all; a thousandth of the other side stays.
    share = min(share, 0.999)
    return (1 - share) * a + share * b


def _fit(features: FloatArray, categories: IntArray, weights: FloatArray) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    if len(np.unique(categories)) < 2:
        return int(categories[0])
    model = ExtraTreesClassifier(
        n_estimators=150, min_samples_leaf=5, max_features=0.4, random_state=0
    )
    return model.fit(features, categories, sample_weight=weights)


def _predict(model: Any, features: FloatArray, count: int) -> FloatArray:
    found = np.zeros((len(features), count))
    if isinstance(model, int):
        found[:, model] = 1.0
    elif len(features):
        found[:, model.classes_.astype(np.intp)] = model.predict_proba(features)
    return found
