"""Drawing several answers at once, so that items keep the correlations people gave them.

Given the predicted probabilities, what is left of a person's answers is still correlated. That
residual correlation is modelled as a Gaussian copula: a latent standard normal per item, cut at
the quantiles of the person's own probabilities.

The latent correlations are estimated without simulation. Let m be the mean of the latent variable
given the answer. For two items with latent correlation ρ,

    E[m m'] = Σⱼ ρʲ / j! · E[m Heⱼ] E[m' Heⱼ],   j = 1, 2, …

(Mehler's formula; Pearson 1900, Phil. Trans. A 195, the tetrachoric series). The observed mean
product over people is set equal to the series, pair by pair, and solved for ρ.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
import numpy.typing as npt

__all__ = ["LatentMoments", "latent_correlations", "latent_moments", "nearest_correlation"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

ORDER = 6
"""Terms of the series; the seventh is below .01 for |ρ| ≤ .8 on scales of two points and more."""

_LIMIT = 0.95

LatentMoments = tuple[FloatArray, FloatArray]
"""m for everybody, NaN without an answer, shape (people,); and E[m Heⱼ], (people, ORDER)."""


def latent_moments(chances: FloatArray, answers: IntArray) -> LatentMoments:
    """Latent means and series coefficients of one item.

    Args:
        chances: Predicted probability of each bin. Shape (people, bins).
        answers: Bin of each answer, −1 where there is none. Shape (people,).
    """
    from scipy.special import ndtri

    n = len(chances)
    below = np.clip(np.cumsum(chances, axis=1)[:, :-1], 1e-9, 1 - 1e-9)
    cuts = np.asarray(ndtri(below), dtype=np.float64)
    density = np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)
    width = np.maximum(np.diff(np.column_stack([np.zeros(n), below, np.ones(n)]), axis=1), 1e-9)
    hermite = [np.ones_like(cuts), cuts]
    for j in range(2, ORDER):
        hermite.append(cuts * hermite[j - 1] - (j - 1) * hermite[j - 2])
    # ∫ Heⱼ φ between cuts a and b is Heⱼ₋₁(a) φ(a) − Heⱼ₋₁(b) φ(b).
    pieces = [-np.diff(np.pad(he * density, ((0, 0), (1, 1))), axis=1) for he in hermite[:ORDER]]
    mean = pieces[0] / width
    coefficients = np.column_stack([(mean * piece).sum(axis=1) for piece in pieces])
    own = mean[np.arange(n), np.maximum(answers, 0)]
    return np.where(answers >= 0, own, np.nan), coefficients


def latent_correlations(items: Sequence[LatentMoments], weights: FloatArray) -> FloatArray:
    """Latent residual correlations of items, shrunk and made positive definite.

    Pairs that nobody answered both of have correlation 0.

    Args:
        items: One entry per item.
        weights: Shape (people,).

    Returns:
        Shape (items, items).
    """
    count = len(items)
    if count < 2:
        return np.eye(count)
    means = np.column_stack([mean for mean, _ in items])
    answered = ~np.isnan(means)
    filled = np.where(answered, means, 0.0)
    both = (answered * weights[:, None]).T @ answered.astype(np.float64)
    safe = np.maximum(both, 1e-12)
    observed = (filled * weights[:, None]).T @ filled / safe
    series = []
    for j in range(ORDER):
        part = np.column_stack([coefficients[:, j] for _, coefficients in items]) * answered
        series.append((part * weights[:, None]).T @ part / safe / factorial(j + 1))
    rho = _solve(observed, series)
    rho[both < 1e-12] = 0.0
    kish = float(weights.sum() ** 2 / (weights**2).sum()) / float(weights.sum())
    return nearest_correlation(_shrunk(rho, both * kish))


def _solve(observed: FloatArray, series: Sequence[FloatArray]) -> FloatArray:
    """Solve Σ ρʲ Aⱼ = observed for ρ in [−.95, .95], elementwise, by bisection."""
    low, high = np.full_like(observed, -_LIMIT), np.full_like(observed, _LIMIT)
    for _ in range(40):
        middle = (low + high) / 2
        value = np.zeros_like(observed)
        for part in reversed(series):
            value = (value + part) * middle
        above = value > observed
        high = np.where(above, middle, high)
        low = np.where(above, low, middle)
    rho = (low + high) / 2
    rho[series[0] < 1e-9] = 0.0
    return rho


def _shrunk(rho: FloatArray, people: FloatArray) -> FloatArray:
    """Shrink correlations towards 0 (Schäfer & Strimmer 2005, SAGMB 4:32, table 2, target D).

    The variance of a correlation is taken as (1 − ρ²)² / people.
    """
    off = ~np.eye(len(rho), dtype=np.bool_)
    variance = ((1 - rho**2) ** 2 / np.maximum(people, 1.0))[off].sum()
    signal = (rho**2)[off].sum()
    factor = 1 - min(1.0, variance / signal) if signal > 0 else 0.0
    return np.where(off, rho * factor, 1.0)


def nearest_correlation(matrix: FloatArray, least: float = 1e-3) -> FloatArray:
    """A positive definite correlation matrix near a symmetric one with ones on the diagonal.

    Eigenvalues below `least` are raised to it and the diagonal is scaled back to ones (Rebonato &
    Jäckel 1999, "spectral decomposition").
    """
    from scipy.linalg import eigh

    values, vectors = eigh((matrix + matrix.T) / 2)
    if values[0] >= least:
        return matrix
    raised = (vectors * np.maximum(values, least)) @ vectors.T
    scale = 1 / np.sqrt(np.diag(raised))
    return np.asarray(raised * scale[:, None] * scale[None, :], dtype=np.float64)
