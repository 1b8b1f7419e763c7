"""From a score to the probability of every answer.

Several small models are fitted to scores that never saw the person's own answer, and the one with
the lowest cross-validated log-loss is kept:

- `marginal`: the share of every answer, for everybody the same. Wins where nothing predicts.
- `ordinal`: proportional odds on the score (McCullagh 1980, JRSS B 42, eq. 2.1).
- `dispersed`: proportional odds whose scale depends on response style (McCullagh 1980, §6.1, eq.
  6.1), so that people who use the ends of every scale get wider answers.
- `multinomial`: multinomial logit on the score and its square.
- `multinomial-style`: the same with response style and its product with the score.

Response style (the use of ends and middles of *other* scales) is in the calibration, not only in
the ridge, because it says how far from the middle somebody answers rather than on which side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Calibration", "Families", "calibrate", "fit_cumulative", "fit_multinomial"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

FLOOR = 1e-3
"""Share of the marginal mixed into every prediction: what people do answer is never impossible."""

_PENALTY = 1.0
_ITERATIONS = 30
_PARTS = 3

Families = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A calibrated map from scores and style to probabilities.

    Attributes:
        family: Which of the models above.
        losses: Cross-validated log-loss of every model tried, in nats.
        parameters: The fitted parameters.
        marginal: Weighted share of every category. Shape (categories,).
        centre: Mean and SD of every score, by which scores are standardised. Shape (2, scores).
        held_out: What the model says of each person when fitted without that person's part. Shape
            (people, categories).
    """

    family: str
    losses: dict[str, float]
    parameters: FloatArray
    marginal: FloatArray
    centre: FloatArray = field(repr=False)
    held_out: FloatArray = field(repr=False)

    def predict(self, scores: FloatArray, style: FloatArray) -> FloatArray:
        """Probability of every category. Shapes (people, scores), (people, styles) in."""
        scaled = (scores - self.centre[0]) / self.centre[1]
        raw = _PREDICT[self.family](self.parameters, scaled, style, len(self.marginal))
        if self.family == "marginal":
            raw = np.broadcast_to(self.marginal, (len(scores), len(self.marginal)))
        mixed = (1 - FLOOR) * raw + FLOOR * self.marginal
        return np.asarray(mixed / mixed.sum(axis=1, keepdims=True), dtype=np.float64)


def calibrate(
    scores: FloatArray,
    style: FloatArray,
    categories: IntArray,
    count: int,
    weights: FloatArray,
    parts: IntArray,
    *,
    ordered: bool,
    among: Families = (),
) -> Calibration:
    """Fit every model that applies and keep the one that predicts best.

    Args:
        scores: Leave-one-out scores. Shape (people, scores); one score if `ordered`.
        style: Response style, standardised. Shape (people, styles).
        categories: Answers as 0 … count − 1; every category occurs. Shape (people,).
        count: Number of categories.
        weights: Positive. Shape (people,).
        parts: Non-negative number per person that decides the part for cross-validation.
        ordered: Whether the categories are in the order of a scale.
        among: The models to try, besides the marginal; empty for all.
    """
    total = float(weights.sum())
    marginal = np.bincount(categories, weights, minlength=count) / total
    mean = weights @ scores / total
    sd = np.sqrt(weights @ (scores - mean) ** 2 / total)
    centre = np.vstack([mean, np.where(sd > 1e-9, sd, 1.0)])
    scaled = (scores - mean) / centre[1]

    tried: Families = ("marginal",)
    if count > 1 and float(sd.max(initial=0.0)) > 1e-9:
        tried += ("ordinal",) if ordered and count > 2 else ()
        tried += ("multinomial",)
        if ordered and style.shape[1]:
            tried += ("dispersed",) if count > 2 else ()
            tried += ("multinomial-style",)
    tried = tuple(f for f in tried if not among or f in ("marginal", *among))
    fitted = {
        family: _FIT[family](scaled, style, categories, count, weights, None) for family in tried
    }
    held_out = {
        family: _held_out(
            family, fitted[family], scaled, style, categories, count, weights, parts % _PARTS
        )
        for family in tried
    }
    people = np.arange(len(categories))
    losses = {
        family: -float(weights @ np.log(chances[people, categories])) / total
        for family, chances in held_out.items()
    }
    best = min(tried, key=lambda family: losses[family])
    return Calibration(best, losses, fitted[best], marginal, centre, held_out[best])


def _held_out(
    family: str,
    start: FloatArray,
    scores: FloatArray,
    style: FloatArray,
    categories: IntArray,
    count: int,
    weights: FloatArray,
    parts: IntArray,
) -> FloatArray:
    """Probabilities of every category, each part's from a model fitted on the others.

    Shape (people, categories).
    """
    found = np.zeros((len(categories), count))
    for part in range(_PARTS):
        test = parts == part
        train = ~test
        if not test.any():
            continue
        # Half an answer per category keeps the loss finite where the training part has none.
        shares = np.bincount(categories[train], weights[train], minlength=count) + 0.5
        shares /= shares.sum()
        if family == "marginal" or not train.any():
            raw = np.broadcast_to(shares, (int(test.sum()), count))
        else:
            parameters = _FIT[family](
                scores[train], style[train], categories[train], count, weights[train], start
            )
            raw = _PREDICT[family](parameters, scores[test], style[test], count)
        found[test] = (1 - 10 * FLOOR) * raw + 10 * FLOOR * shares
    return found


# --- proportional odds ------------------------------------------------------------------------


def _logistic(x: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(x), dtype=np.float64)


def fit_cumulative(
    score: FloatArray,
    style: FloatArray,
    categories: IntArray,
    count: int,
    weights: FloatArray,
    start: FloatArray | None = None,
    penalty: float = _PENALTY,
) -> FloatArray:
    """Fit P(y ≤ k) = logistic((αₖ − β s) exp(−γ·z)) by penalised Fisher scoring.

    Args:
        score: s, one per person. Shape (people,).
        style: z. Shape (people, styles); no columns for plain proportional odds.
        categories: 0 … count − 1. Shape (people,).
        count: Number of categories, at least 2.
        weights: Positive. Shape (people,).
        start: Parameters to start from.
        penalty: Ridge penalty on β and γ.

    Returns:
        α (count − 1), β (1), γ (styles), in one vector.
    """
    cuts = count - 1
    size = cuts + 1 + style.shape[1]
    # A quarter of an answer in every category keeps thresholds apart where one is empty.
    shares = np.bincount(categories, weights, minlength=count) + 0.25
    below = np.cumsum(shares)[:-1] / shares.sum()
    theta = np.concatenate([np.log(below / (1 - below)), np.zeros(size - cuts)])
    if start is not None:
        theta = start.copy()
    ridge = np.concatenate([np.full(cuts, 1e-3), np.full(size - cuts, penalty)])
    prior = np.concatenate([np.log(below / (1 - below)), np.zeros(size - cuts)])
    people = np.arange(len(categories))

    def objective(point: FloatArray) -> float:
        if (np.diff(point[:cuts]) <= 0).any():
            return np.inf
        own = _cumulative(point, score, style, count)[people, categories]
        if (own <= 0).any():
            return np.inf
        return float(-(weights @ np.log(own)) + 0.5 * ridge @ (point - prior) ** 2)

    value = objective(theta)
    for _ in range(_ITERATIONS):
        slope, information = _cumulative_step(theta, score, style, categories, count, weights)
        slope -= ridge * (theta - prior)
        step = np.asarray(np.linalg.solve(information + np.diag(ridge), slope), dtype=np.float64)
        theta, value, moved = _line_search(objective, theta, value, step)
        if not moved:
            break
    return theta


def _cumulative(theta: FloatArray, score: FloatArray, style: FloatArray, count: int) -> FloatArray:
    cuts = count - 1
    widen = np.exp(-np.clip(style @ theta[cuts + 1 :], -3, 3))
    eta = (theta[None, :cuts] - theta[cuts] * score[:, None]) * widen[:, None]
    below = np.column_stack([np.zeros(len(score)), _logistic(eta), np.ones(len(score))])
    return np.asarray(np.diff(below, axis=1), dtype=np.float64)


def _cumulative_step(
    theta: FloatArray,
    score: FloatArray,
    style: FloatArray,
    categories: IntArray,
    count: int,
    weights: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Gradient of the log-likelihood and its expected information."""
    cuts, n = count - 1, len(score)
    widen = np.exp(-np.clip(style @ theta[cuts + 1 :], -3, 3))
    eta = (theta[None, :cuts] - theta[cuts] * score[:, None]) * widen[:, None]
    below = _logistic(eta)
    density = below * (1 - below)
    change = np.zeros((n, count + 1, len(theta)))
    for k in range(cuts):
        change[:, k + 1, k] = density[:, k] * widen
    change[:, 1:-1, cuts] = density * (-score * widen)[:, None]
    change[:, 1:-1, cuts + 1 :] = (density * -eta)[:, :, None] * style[:, None, :]
    jacobian = np.diff(change, axis=1)
    padded = np.column_stack([np.zeros(n), below, np.ones(n)])
    chance = np.maximum(np.diff(padded, axis=1), 1e-12)
    people = np.arange(n)
    slope = (weights / chance[people, categories]) @ jacobian[people, categories]
    scaled = (jacobian * np.sqrt(weights[:, None] / chance)[:, :, None]).reshape(-1, len(theta))
    return slope, scaled.T @ scaled


# --- multinomial logit ------------------------------------------------------------------------


def fit_multinomial(
    design: FloatArray,
    categories: IntArray,
    count: int,
    weights: FloatArray,
    start: FloatArray | None = None,
    penalty: float = _PENALTY,
) -> FloatArray:
    """Fit a multinomial logit by penalised Newton steps.

    The last category is the reference. The first column of the design, the constant, is almost
    unpenalised.

    Args:
        design: Shape (people, columns); the first column is 1.
        categories: 0 … count − 1. Shape (people,).
        count: Number of categories, at least 2.
        weights: Positive. Shape (people,).
        start: Parameters to start from.
        penalty: Ridge penalty on everything but the constants.

    Returns:
        Coefficients, flattened from shape (count − 1, columns).
    """
    free, columns = count - 1, design.shape[1]
    ridge = np.tile(np.concatenate([[1e-2], np.full(columns - 1, penalty)]), free)
    theta = np.zeros(free * columns) if start is None else start.copy()
    target = np.zeros((len(categories), free))
    chosen = categories < free
    target[chosen, categories[chosen]] = 1.0
    people = np.arange(len(categories))

    def objective(point: FloatArray) -> float:
        own = _softmax(point, design, count)[people, categories]
        return float(-(weights @ np.log(np.maximum(own, 1e-300))) + 0.5 * ridge @ point**2)

    value = objective(theta)
    for _ in range(_ITERATIONS):
        chance = _softmax(theta, design, count)[:, :free]
        slope = ((weights[:, None] * (target - chance)).T @ design).ravel() - ridge * theta
        information = np.zeros((free * columns, free * columns))
        for a in range(free):
            for b in range(a, free):
                mixed = weights * chance[:, a] * ((a == b) - chance[:, b])
                square = design.T @ (mixed[:, None] * design)
                rows = slice(a * columns, (a + 1) * columns)
                cols = slice(b * columns, (b + 1) * columns)
                information[rows, cols] = square
                information[cols, rows] = square.T
        step = np.asarray(np.linalg.solve(information + np.diag(ridge), slope), dtype=np.float64)
        theta, value, moved = _line_search(objective, theta, value, step)
        if not moved:
            break
    return theta


def _softmax(theta: FloatArray, design: FloatArray, count: int) -> FloatArray:
    logits = np.column_stack(
        [design @ theta.reshape(count - 1, design.shape[1]).T, np.zeros(len(design))]
    )
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def _line_search(
    objective: Callable[[FloatArray], float], theta: FloatArray, value: float, step: FloatArray
) -> tuple[FloatArray, float, bool]:
    """Halve the step until the objective falls; report whether it fell by more than rounding."""
    for halving in range(12):
        point = theta + step / 2**halving
        reached = objective(point)
        if reached < value:
            return point, reached, value - reached > 1e-9 * (1 + abs(value))
    return theta, value, False


# --- the models by name -----------------------------------------------------------------------


def _plain_design(scores: FloatArray) -> FloatArray:
    square = scores**2 - 1 if scores.shape[1] == 1 else scores[:, :0]
    return np.column_stack([np.ones(len(scores)), scores, square])


def _style_design(scores: FloatArray, style: FloatArray) -> FloatArray:
    return np.column_stack([_plain_design(scores), style, scores[:, :1] * style])


_FIT: dict[str, Callable[..., FloatArray]] = {
    "marginal": lambda *_: np.zeros(0),
    "ordinal": lambda s, z, y, k, w, b: fit_cumulative(s[:, 0], z[:, :0], y, k, w, b),
    "dispersed": lambda s, z, y, k, w, b: fit_cumulative(s[:, 0], z, y, k, w, b),
    "multinomial": lambda s, _, y, k, w, b: fit_multinomial(_plain_design(s), y, k, w, b),
    "multinomial-style": lambda s, z, y, k, w, b: fit_multinomial(_style_design(s, z), y, k, w, b),
}
_PREDICT: dict[str, Callable[..., FloatArray]] = {
    "marginal": lambda _, s, _z, k: np.full((len(s), k), 1.0 / k),
    "ordinal": lambda b, s, z, k: _cumulative(b, s[:, 0], z[:, :0], k),
    "dispersed": lambda b, s, z, k: _cumulative(b, s[:, 0], z, k),
    "multinomial": lambda b, s, _, k: _softmax(b, _plain_design(s), k),
    "multinomial-style": lambda b, s, z, k: _softmax(b, _style_design(s, z), k),
}
