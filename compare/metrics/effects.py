"""Effects of an experiment: differences between arms, and whether twins show the people's.

Effects over the pooled SD come out too large where twins are too alike (Park et al. 2024, arXiv
2411.10109: d of 2.97 against .33), so the raw difference always stands beside d.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .weights import FloatArray, as_data, as_weights, ratio

__all__ = [
    "Effect",
    "effect",
    "line_through",
    "same_direction",
    "same_verdict",
]


@dataclass(frozen=True, slots=True)
class Effect:
    """An arm against another.

    Attributes:
        delta: Difference of means.
        d: Difference over the pooled SD.
        sd: Pooled SD.
        error: Standard error of the difference (Welch).
        p: Two-sided p value (Welch).
        df: Welch–Satterthwaite degrees of freedom.
        n: Answers in both arms; with weights, Kish's effective number.
    """

    delta: FloatArray
    d: FloatArray
    sd: FloatArray
    error: FloatArray
    p: FloatArray
    df: FloatArray
    n: FloatArray


def effect(
    values: npt.ArrayLike,
    treated: npt.ArrayLike,
    control: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
) -> Effect:
    """Difference between two arms on every item.

    Δ = x̄₁ − x̄₀; d = Δ / √(((n₁ − 1) s₁² + (n₀ − 1) s₀²) / (n₁ + n₀ − 2)) (Cohen 1988, p. 67); p by
    Welch's unequal variances t test (1947, Biometrika 34, 28–35), `t.test(x1, x0)` in R. With
    survey weights means and variances are weighted, and n is Kish's (Σw)²/Σw².

    Args:
        values: Answers, shape (people,) or (people, items), NaN where missing.
        treated: Membership of the arm, bool, shape (people,).
        control: Membership of the arm it is held against.
        weights: Shape (people,) or (replicates, people).

    Returns:
        Arrays of the shape of the weights without people, then that of the values without people;
        NaN where an arm has fewer than two answers, d and p also where neither arm varies.
    """
    from scipy.special import stdtr

    data = as_data(values)
    w = as_weights(weights, len(data))
    known = ~np.isnan(data)
    centre = np.where(known, data, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    x = np.where(known, data - centre, 0.0)
    one, other = (_arm(x, known, w * np.asarray(arm, dtype=bool)) for arm in (treated, control))
    enough = (one[2] > 1 + 1e-9) & (other[2] > 1 + 1e-9)
    delta = np.where(enough, one[0] - other[0], np.nan)
    a, b = ratio(one[1], one[2]), ratio(other[1], other[2])
    freedom = one[2] + other[2] - 2
    pooled = ratio((one[2] - 1) * one[1] + (other[2] - 1) * other[1], freedom)
    sd = np.sqrt(np.where(enough, pooled, np.nan))
    d = ratio(delta, sd)
    d = np.where(np.isnan(delta), np.nan, d)
    error = np.sqrt(np.where(enough, a + b, np.nan))
    df = ratio((a + b) ** 2, ratio(a**2, one[2] - 1) + ratio(b**2, other[2] - 1))
    t = ratio(np.abs(delta), error)
    p = np.where(np.isnan(t), np.nan, 2 * stdtr(np.where(df > 0, df, 1.0), -t))
    return Effect(delta, np.asarray(d), np.asarray(sd), error, p, np.asarray(df), one[2] + other[2])


def _arm(
    x: FloatArray, known: npt.NDArray[np.bool_], w: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, variance (ddof 1) and effective number of the answers of one arm."""
    kept = known.astype(np.float64)
    total = w @ kept
    mean = ratio(w @ x, total)
    n = ratio(total**2, (w * w) @ kept)
    n = np.where(np.isnan(n), 0.0, n)
    spread = ratio(w @ (x * x), total) - mean**2
    # Rounding may leave a hair of variance where everybody in the arm said the same.
    least = 1e-12 * np.abs(x).max(axis=0, initial=0.0) ** 2
    spread = np.where(spread <= least, 0.0, spread)
    return mean, np.asarray(spread * ratio(n, n - 1)), n


def same_direction(human: npt.ArrayLike, twin: npt.ArrayLike) -> FloatArray:
    """1 where both effects have one sign, 0 where they do not, NaN where one is 0 or unknown."""
    product = np.sign(np.asarray(human, dtype=np.float64)) * np.sign(
        np.asarray(twin, dtype=np.float64)
    )
    return np.where(np.isnan(product) | (product == 0), np.nan, (product > 0).astype(np.float64))


def same_verdict(
    human: npt.ArrayLike,
    human_p: npt.ArrayLike,
    twin: npt.ArrayLike,
    twin_p: npt.ArrayLike,
    alpha: float = 0.05,
) -> FloatArray:
    """1 where a paper would conclude the same from both sides, else 0; NaN where unknown.

    Both significant at `alpha` in one direction, or neither significant.
    """
    a, b = np.asarray(human_p, dtype=np.float64), np.asarray(twin_p, dtype=np.float64)

    def said(values: npt.ArrayLike, p: FloatArray) -> FloatArray:
        return np.where(p < alpha, np.sign(np.asarray(values, dtype=np.float64)), 0.0)

    unknown = np.isnan(a) | np.isnan(b)
    return np.where(unknown, np.nan, (said(human, a) == said(twin, b)).astype(np.float64))


def line_through(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slope and intercept of the least-squares line of y on x, and their correlation.

    Slope Σ(x − x̄)(y − ȳ) / Σ(x − x̄)². For effects, x are the people's and y the twins': 1 is
    right, above 1 is inflated. Noise in x flattens the slope, so it understates inflation.

    Args:
        x: Shape (…, contrasts); NaN pairs are left out.
        y: The same shape.

    Returns:
        Slope, intercept, r, each of shape (…); NaN for fewer than two pairs or x without variance
        (r also where y has none).
    """
    a, b = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    known = ~(np.isnan(a) | np.isnan(b))
    n = known.sum(axis=-1, keepdims=True)
    a, b = np.where(known, a, 0.0), np.where(known, b, 0.0)
    top_a, top_b = np.abs(a).max(axis=-1, initial=0.0), np.abs(b).max(axis=-1, initial=0.0)
    mean_a, mean_b = (ratio(v.sum(axis=-1, keepdims=True), n) for v in (a, b))
    da, db = np.where(known, a - mean_a, 0.0), np.where(known, b - mean_b, 0.0)
    sxx, syy, sxy = (da * da).sum(-1), (db * db).sum(-1), (da * db).sum(-1)
    sxx = np.where(sxx > 1e-20 * top_a**2, sxx, 0.0)
    syy = np.where(syy > 1e-20 * top_b**2, syy, 0.0)
    enough = n[..., 0] > 1
    slope = np.where(enough, ratio(sxy, sxx), np.nan)
    r = np.where(enough, ratio(sxy, np.sqrt(sxx * syy)), np.nan)
    return slope, mean_b[..., 0] - slope * mean_a[..., 0], np.clip(r, -1.0, 1.0)
