"""Weighted ridge regression of many responses at once, its penalty chosen by exact leave-one-out.

One eigen-decomposition serves every response and every penalty, also responses that a few people
lack. With the eigenvectors as basis the
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
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

PENALTIES: FloatArray = np.logspace(-4, 2, 25)
"""Penalties tried, per unit of total weight: from hardly any to the mean alone."""


@dataclass(frozen=True, slots=True, eq=False)
class RidgeFit:
    """A fitted ridge regression.

    Attributes:
        loo: What the slopes fitted without each person predict for that person, around the mean of
            everybody's responses; NaN for people without the response. Shape (people, responses).
            A mean without the person would be higher the lower the person's own response is; where
            the features tell nothing, that would be all that is left, and a model fitted to these
            scores would read the response off them backwards.
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

    Minimises Σ wᵢ (yᵢ − b₀ − xᵢ·b)² + λ W |b|² over the people who have the response, where W is
    the weight of everybody; the intercept is not penalised. The best λ has the smallest weighted
    leave-one-out squared error; of equals, the largest wins.

    Args:
        features: Shape (people, features), nothing missing; standardise them first.
        responses: Shape (people, responses); NaN where missing, but not for everybody.
        weights: Positive. Shape (people,).
        penalties: Candidates, per unit of total weight.
    """
    ladder = np.sort(penalties)[::-1]
    found = RidgeFit(
        loo=np.full(responses.shape, np.nan),
        coefficients=np.zeros((features.shape[1], responses.shape[1])),
        intercepts=np.zeros(responses.shape[1]),
        penalties=np.zeros(responses.shape[1]),
    )
    total = float(weights.sum())
    shared = _Basis.of(features, weights, total)
    by_mask: dict[bytes, list[int]] = {}
    known = ~np.isnan(responses)
    for column in range(responses.shape[1]):
        by_mask.setdefault(known[:, column].tobytes(), []).append(column)
    for same in by_mask.values():
        columns = np.array(same, dtype=np.intp)
        rows = known[:, columns[0]]
        gaps = int((~rows).sum())
        n, q = shared.projected.shape
        if not gaps:
            _fill(found, columns, rows, shared, responses[:, columns], ladder)
        elif len(ladder) * n * gaps < 3 * n * q + 10 * q * q:
            _fill_with_gaps(found, columns, rows, shared, responses[:, columns], ladder)
        else:
            own = _Basis.of(features[rows], weights[rows], total)
            _fill(found, columns, rows, own, responses[np.ix_(rows, columns)], ladder)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Basis:
    """Centred features in the basis of their eigenvectors.

    Attributes:
        weights: Of these people.
        centre: Weighted means of the features.
        vectors: Eigenvectors of X'WX. Shape (features, kept).
        projected: X in their basis. Shape (people, kept).
        values: Eigenvalues. Shape (kept,).
        unit: What a penalty of 1 amounts to.
    """

    weights: FloatArray
    centre: FloatArray
    vectors: FloatArray
    projected: FloatArray
    values: FloatArray
    unit: float

    @classmethod
    def of(cls, features: FloatArray, weights: FloatArray, unit: float) -> _Basis:
        centre = np.asarray(weights @ features / weights.sum(), dtype=np.float64)
        vectors, projected, values = _decompose(features - centre, weights)
        return cls(weights, centre, vectors, projected, values, unit)

    def shrink(self, penalty: float) -> FloatArray:
        """One over eigenvalue plus penalty. Shape (kept,)."""
        return 1.0 / (self.values + penalty * self.unit)


class _Choice:
    """Keeps, for each response, the penalty with the smallest leave-one-out error so far."""

    def __init__(self, weights: FloatArray, shape: tuple[int, int], kept: int) -> None:
        self.weights = weights
        self.error = np.full(shape[1], np.inf)
        self.penalty = np.zeros(shape[1])
        self.loo = np.zeros(shape)
        self.slopes = np.zeros((kept, shape[1]))
        self.means = np.zeros(shape[1])

    def offer(
        self,
        penalty: float,
        y: FloatArray,
        fitted: FloatArray,
        levers: FloatArray,
        slopes: FloatArray,
        means: FloatArray,
    ) -> None:
        """Take this penalty where it does better; `levers` are those of slopes and mean. (n,)."""
        left = y - fitted
        room = np.maximum(1.0 - self.weights * levers, 1e-12)
        error = self.weights @ (left / room[:, None]) ** 2
        # Better by more than rounding, so that ties fall to the larger penalty, which came first.
        better = error < self.error * (1 - 1e-9)
        self.error[better] = error[better]
        self.penalty[better] = penalty
        # In slopes and mean fitted together, the mean's part of every lever is one over the weight.
        of_slopes = np.maximum(1.0 - self.weights * (levers - 1.0 / self.weights.sum()), 1e-12)
        self.loo[:, better] = y[:, better] - left[:, better] / of_slopes[:, None]
        self.slopes[:, better] = slopes[:, better]
        self.means[better] = means[better]

    def store(self, found: RidgeFit, columns: IntArray, rows: BoolArray, basis: _Basis) -> None:
        """Write what was chosen into `found`."""
        coefficients = basis.vectors @ self.slopes
        found.loo[np.ix_(rows, columns)] = self.loo
        found.coefficients[:, columns] = coefficients
        found.intercepts[columns] = self.means - basis.centre @ coefficients
        found.penalties[columns] = self.penalty


def _fill(
    found: RidgeFit,
    columns: IntArray,
    rows: BoolArray,
    basis: _Basis,
    y: FloatArray,
    ladder: FloatArray,
) -> None:
    """Fit responses that everybody in the basis has."""
    w = basis.weights
    total = float(w.sum())
    means = np.asarray(w @ y / total, dtype=np.float64)
    cross = basis.projected.T @ (w[:, None] * (y - means))
    squares = basis.projected**2
    choice = _Choice(w, y.shape, len(basis.values))
    for penalty in ladder.tolist():
        shrink = basis.shrink(penalty)
        slopes = shrink[:, None] * cross
        fitted = means + basis.projected @ slopes
        choice.offer(penalty, y, fitted, 1.0 / total + squares @ shrink, slopes, means)
    choice.store(found, columns, rows, basis)


def _fill_with_gaps(
    found: RidgeFit,
    columns: IntArray,
    rows: BoolArray,
    basis: _Basis,
    responses: FloatArray,
    ladder: FloatArray,
) -> None:
    """Fit responses that a few lack, in the basis of everybody.

    A fit without some people equals the fit with everybody in which those people's responses are
    what is fitted for them: y₀ = (I − H₀₀)⁻¹ H₀₁ y₁ with the hat matrix H, 0 for those without.
    Leverages follow likewise: h + H₁₀ (I − H₀₀)⁻¹ H₀₁ (Woodbury's identity).
    """
    w, q = basis.weights, basis.projected
    total = float(w.sum())
    y = responses[rows]
    there, gone = q[rows], q[~rows]
    w_there, w_gone = w[rows], w[~rows]
    filled = np.zeros_like(responses)
    filled[rows] = y
    squares = there**2
    choice = _Choice(w_there, y.shape, len(basis.values))
    for penalty in ladder.tolist():
        shrink = basis.shrink(penalty)
        inner = np.eye(len(gone)) - (1.0 / total + (gone * shrink) @ gone.T) * w_gone
        across = 1.0 / total + (there * shrink) @ gone.T
        solved = np.linalg.solve(
            inner, np.column_stack([across.T @ (w_there[:, None] * y), across.T])
        )
        filled[~rows] = solved[:, : y.shape[1]]
        lever = 1.0 / total + squares @ shrink
        lever += ((across * w_gone) * solved[:, y.shape[1] :].T).sum(axis=1)
        means = np.asarray(w @ filled / total, dtype=np.float64)
        slopes = shrink[:, None] * (q.T @ (w[:, None] * (filled - means)))
        choice.offer(penalty, y, means + there @ slopes, lever, slopes, means)
    choice.store(found, columns, rows, basis)


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
