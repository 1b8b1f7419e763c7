"""Samejima's graded response model: one trait behind several ordered items.

    P(X_i ≥ k | θ) = 1 / (1 + exp(−(a_i θ + c_ik))),   c_i1 > c_i2 > …,   θ ~ N(0, 1)

(Samejima 1969, Psychometrika Monograph 17; here in slope–intercept form, difficulty b_ik = −c_ik /
a_i.) With two answers it is the two-parameter logistic model. Parameters maximise the marginal
likelihood, with θ integrated out over fixed points (Bock & Aitkin 1981, Psychometrika 46,
443–459); persons are scored by the mean of their posterior (EAP: Bock & Mislevy 1982, Applied
Psychological Measurement 6, 431–444).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["GradedModel", "Theta", "fit_graded"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

FEWEST_PEOPLE = 100
"""Fewer people bear no model: an item of five points has five parameters."""

POINTS = 61
REACH = 6.0
STEEPEST = 8.0
"""Largest slope; an item that needs a steeper one repeats another item."""

DIGITS = 6
"""Decimals of θ: fewer than the processor's order of summation can change."""


@dataclass(frozen=True, eq=False, slots=True)
class Theta:
    """People's positions on the trait.

    Attributes:
        theta: Posterior means, shape (people,); NaN for people without an answer.
        error: Posterior standard deviations, same shape.
    """

    theta: FloatArray
    error: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class GradedModel:
    """A fitted model.

    Attributes:
        slopes: a, shape (items,). Their sum is positive: θ rises with the keyed answers.
        intercepts: c of each item, descending, one fewer than it has codes.
        codes: Codes of each item that were answered when it was fitted, ascending.
        log_likelihood: Marginal log-likelihood.
        people: People it was fitted to.
        converged: Whether the maximum was reached.
    """

    slopes: FloatArray
    intercepts: tuple[FloatArray, ...]
    codes: tuple[FloatArray, ...]
    log_likelihood: float
    people: int
    converged: bool

    @property
    def difficulties(self) -> tuple[FloatArray, ...]:
        """b = −c / a of each item, ascending for a positive slope."""
        return tuple(-c / a for a, c in zip(self.slopes, self.intercepts, strict=True))

    def score(self, answers: FloatArray) -> Theta:
        """Estimate θ; an answer that was not seen in fitting counts as the nearest that was.

        Args:
            answers: Keyed as those that the model was fitted to, shape (people, items), NaN where
                missing.
        """
        nodes, prior = _quadrature()
        shown = _indicators(answers, self.codes)
        table = np.concatenate(
            [
                np.log(_probabilities(a, c, nodes))
                for a, c in zip(self.slopes, self.intercepts, strict=True)
            ]
        )
        weights, _ = _posterior(shown @ table + np.log(prior))
        mean = weights @ nodes
        error: FloatArray = np.sqrt(np.maximum(weights @ nodes**2 - mean**2, 0.0))
        nobody = np.isnan(answers).all(axis=1)
        mean[nobody] = error[nobody] = np.nan
        return Theta(np.round(mean, DIGITS) + 0.0, np.round(error, DIGITS))

    def reliability(self, answers: FloatArray) -> float:
        """Share of the variance of θ that is not error: var(EAP) / (var(EAP) + mean error²).

        NaN where nobody answered.
        """
        found = self.score(answers)
        known = ~np.isnan(found.theta)
        if not known.any():
            return float("nan")
        true = float(found.theta[known].var())
        total = true + float((found.error[known] ** 2).mean())
        return true / total


def fit_graded(answers: FloatArray) -> GradedModel | None:
    """Fit the model by marginal maximum likelihood; people answer any subset of the items.

    Args:
        answers: Keyed answers, shape (people, items), NaN where missing.

    Returns:
        The model; None where fewer than 100 people answered two items or more, an item has one
        answer only, or there are fewer than three items.
    """
    useful = answers[(~np.isnan(answers)).sum(axis=1) >= 2]
    codes = tuple(np.unique(column[~np.isnan(column)]) for column in useful.T)
    if len(useful) < FEWEST_PEOPLE or len(codes) < 3 or any(len(found) < 2 for found in codes):
        return None
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    # People who answered alike are one row: there are often far fewer patterns than people.
    rows, counts = np.unique(_places(useful, codes), axis=0, return_counts=True)
    shown = _one_hot(rows, codes)
    sizes = [len(found) for found in codes]
    starts = [_start(column, size) for column, size in zip(rows.T, sizes, strict=True)]
    # One thread: the matrices are small, and the last bits must not hang on the cores that are
    # free.
    with threadpool_limits(1):
        best = minimize(
            _cost,
            np.concatenate(starts),
            args=(shown, counts.astype(np.float64), sizes),
            jac=True,
            method="L-BFGS-B",
            bounds=[bound for size in sizes for bound in _limits(size)],
            options={"maxiter": 500, "maxfun": 2000, "ftol": 1e-12, "gtol": 1e-7},
        )
    slopes, intercepts = _unpacked(best.x, sizes)
    sign = -1.0 if slopes.sum() < 0 else 1.0
    return GradedModel(
        slopes=slopes * sign,
        intercepts=intercepts,
        codes=codes,
        log_likelihood=-float(best.fun) * float(counts.sum()),
        people=int(counts.sum()),
        converged=bool(best.success),
    )


def _quadrature() -> tuple[FloatArray, FloatArray]:
    """Points on the trait and their standard normal weights, which sum to 1."""
    nodes = np.linspace(-REACH, REACH, POINTS)
    density = np.exp(-(nodes**2) / 2)
    return nodes, density / density.sum()


def _places(answers: FloatArray, codes: tuple[FloatArray, ...]) -> IntArray:
    """Position of each answer among its item's codes (the nearest), −1 where missing."""
    places = np.full(answers.shape, -1, dtype=np.intp)
    for column, found in enumerate(codes):
        values = answers[:, column]
        known = ~np.isnan(values)
        middles = (found[1:] + found[:-1]) / 2
        places[known, column] = np.searchsorted(middles, values[known])
    return places


def _one_hot(places: IntArray, codes: tuple[FloatArray, ...]) -> FloatArray:
    parts = [
        places[:, column][:, None] == np.arange(len(found)) for column, found in enumerate(codes)
    ]
    return np.concatenate(parts, axis=1).astype(np.float64)


def _indicators(answers: FloatArray, codes: tuple[FloatArray, ...]) -> FloatArray:
    return _one_hot(_places(np.asarray(answers, dtype=np.float64), codes), codes)


def _start(places: IntArray, count: int) -> FloatArray:
    """A slope of 1, the intercepts that the shares of the answers ask for, as `_unpacked` packs."""
    known = places[places >= 0]
    shares = np.bincount(known, minlength=count) + 0.5
    above = 1 - np.cumsum(shares)[:-1] / shares.sum()
    cuts = 1.2 * np.log(above / (1 - above))
    return np.concatenate([[1.0, cuts[0]], np.log(np.maximum(-np.diff(cuts), 1e-3))])


def _limits(count: int) -> list[tuple[float, float]]:
    return [(-STEEPEST, STEEPEST), (-30.0, 30.0), *[(-7.0, 4.0)] * (count - 2)]


def _unpacked(packed: FloatArray, sizes: list[int]) -> tuple[FloatArray, tuple[FloatArray, ...]]:
    """Slopes and intercepts: an item is its slope, first intercept and logs of the steps down."""
    slopes, intercepts, at = [], [], 0
    for size in sizes:
        slopes.append(packed[at])
        steps = np.exp(packed[at + 2 : at + size])
        intercepts.append(packed[at + 1] - np.concatenate([[0.0], np.cumsum(steps)]))
        at += size
    return np.array(slopes), tuple(intercepts)


def _probabilities(slope: float, intercepts: FloatArray, nodes: FloatArray) -> FloatArray:
    """Probability of each answer at each node, shape (codes, nodes)."""
    from scipy.special import expit

    above = expit(slope * nodes + intercepts[:, None])
    edges = np.vstack([np.ones(len(nodes)), above, np.zeros(len(nodes))])
    return np.asarray(np.maximum(edges[:-1] - edges[1:], 1e-300))


def _posterior(joint: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Posterior over the nodes, and log-likelihood, of each row of log joint densities."""
    top = joint.max(axis=1, keepdims=True)
    weights = np.exp(joint - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, (top + np.log(total))[:, 0]


def _cost(
    packed: FloatArray, shown: FloatArray, counts: FloatArray, sizes: list[int]
) -> tuple[float, FloatArray]:
    """Negative marginal log-likelihood per person, and its gradient.

    By Fisher's identity the gradient is that of the complete-data likelihood at the expected
    counts of each answer at each node.
    """
    nodes, prior = _quadrature()
    slopes, intercepts = _unpacked(packed, sizes)
    chances = [_probabilities(a, c, nodes) for a, c in zip(slopes, intercepts, strict=True)]
    posterior, likelihood = _posterior(shown @ np.log(np.concatenate(chances)) + np.log(prior))
    expected = shown.T @ (posterior * counts[:, None])
    gradient = np.empty_like(packed)
    at = 0
    for size, slope, cuts, chance in zip(sizes, slopes, intercepts, chances, strict=True):
        pull = expected[at : at + size] / chance
        # An intercept moves probability from the answer below it to the one above.
        by_cut = (pull[1:] - pull[:-1]) * _slopes_at(slope, cuts, nodes)
        gradient[at] = (by_cut * nodes).sum()
        each = by_cut.sum(axis=1)
        gradient[at + 1] = each.sum()
        below = np.cumsum(each[::-1])[::-1]
        gradient[at + 2 : at + size] = -below[1:] * np.exp(packed[at + 2 : at + size])
        at += size
    total = counts.sum()
    return -float(counts @ likelihood) / total, -gradient / total


def _slopes_at(slope: float, intercepts: FloatArray, nodes: FloatArray) -> FloatArray:
    """Derivative of P(X ≥ k) by its logit at each node, shape (codes − 1, nodes)."""
    from scipy.special import expit

    above = expit(slope * nodes + intercepts[:, None])
    return np.asarray(above * (1 - above))
