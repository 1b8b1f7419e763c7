"""Weighted ridge regression of many responses at once, its penalty chosen by exact leave-one-out.

One eigen-decomposition serves every response and every penalty. With the eigenvectors as basis the
fit at penalty λ is a division, and the leave-one-out residual needs no refit: it is the residual
divided by one minus the leverage (Allen 1974, Technometrics 16, "PRESS"; Golub, Heath & Wahba 1979,
Technometrics 21).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["PENALTIES", "RidgeFit", "fit_ridge"]

FloatArray = npt.NDArray[np.float64]

PENALTIES: FloatArray = np.logspace(-4, 2, 25)
"""Penalties tried, per unit of total weight: from hardly any to the mean alone."""


@dataclass(frozen=True, slots=True, eq=False)
class RidgeFit:
    """A fitted ridge regression.

    Attributes:
        loo: What the fit without each person predicts for that person. Shape (people, responses).
        coefficients: Shape (features, responses).
        intercepts: Shape (responses,).
        penalties: Penalty chosen for each response, per unit of total weight. Shape (responses,).
    """

    loo: FloatArray
    coefficients: FloatArray
    intercepts: FloatArray
    penalties: FloatArray

    def predict(self, features: FloatArray) -> FloatArray:
        """Predict for other people. Shape (people, features) in, (people, responses) out."""
        return np.asarray(features @ self.coefficients + self.intercepts, dtype=np.float64)


def fit_ridge(
    features: FloatArray,
    responses: FloatArray,
    weights: FloatArray,
    penalties: FloatArray = PENALTIES,
) -> RidgeFit:
    """Fit every column of `responses` on `features`, each with its own best penalty.

    Minimises Σ wᵢ (yᵢ − b₀ − xᵢ·b)² + λ W |b|² where W = Σ wᵢ; the intercept is not penalised. The
    best λ has the smallest weighted leave-one-out squared error; of equals, the largest wins.

    Args:
        features: Shape (people, features), nothing missing; standardise them first.
        responses: Shape (people, responses), nothing missing.
        weights: Positive. Shape (people,).
        penalties: Candidates, per unit of total weight.
    """
    total = float(weights.sum())
    centre = weights @ features / total
    means = weights @ responses / total
    x, y = features - centre, responses - means
    basis, projected, values = _decompose(x, weights)
    slopes = projected.T @ (weights[:, None] * y)
    ladder = np.sort(penalties)[::-1]
    shrink = 1.0 / (values[:, None] + ladder[None, :] * total)
    leverage = weights[:, None] * (1.0 / total + projected**2 @ shrink)
    room = np.maximum(1.0 - leverage, 1e-12)

    best = np.full(responses.shape[1], np.inf)
    chosen = np.zeros(responses.shape[1], dtype=np.intp)
    residuals = np.zeros_like(y)
    for step in range(len(ladder)):
        left_out = (y - projected @ (shrink[:, step, None] * slopes)) / room[:, step, None]
        error = weights @ left_out**2
        # Strictly better by more than rounding, so that ties fall to the larger penalty.
        better = error < best * (1 - 1e-9)
        best[better] = error[better]
        chosen[better] = step
        residuals[:, better] = left_out[:, better]
    coefficients = basis @ (shrink[:, chosen] * slopes)
    return RidgeFit(
        loo=responses - residuals,
        coefficients=coefficients,
        intercepts=means - centre @ coefficients,
        penalties=ladder[chosen],
    )


def _decompose(x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Eigenvectors of X'WX, X in their basis, and the eigenvalues; without those that vanish.

    With more features than people the smaller matrix √W X X' √W is decomposed instead.
    """
    from scipy.linalg import eigh

    scaled = np.sqrt(weights)[:, None] * x
    if x.shape[1] == 0:
        return np.zeros((0, 0)), np.zeros((len(x), 0)), np.zeros(0)
    wide = x.shape[1] > len(x)
    values, vectors = eigh(scaled @ scaled.T if wide else scaled.T @ scaled)
    kept = values > max(float(values[-1]), 0.0) * 1e-10
    values, vectors = values[kept], vectors[:, kept]
    basis = scaled.T @ vectors / np.sqrt(values) if wide else vectors
    return basis, x @ basis, values
