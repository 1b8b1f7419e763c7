"""Scores of stated probabilities: Brier, ranked probability, logarithmic, and calibration.

All take probabilities over the declared codes, shape (people, codes) in the order of the scale, and
the position of each person's own answer, shape (people,), −1 where missing. Each is proper: nobody
scores better in expectation than by stating what they believe (Gneiting & Raftery 2007, J. Am.
Stat. Assoc. 102, 359–378). Lower is better, 0 is best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...data.errors import ComparisonError
from .weights import FloatArray, as_weights, ratio

__all__ = [
    "Calibration",
    "brier",
    "calibration",
    "cell_brier",
    "cell_log_score",
    "cell_rps",
    "log_score",
    "ranked_probability_score",
    "skill",
]

IntArray = npt.NDArray[np.intp]

FLOOR = 1e-6
"""Probabilities are cut here before the logarithm: runs store six decimals, and one answer called
impossible would otherwise make the mean of all others infinite."""


def cell_brier(probabilities: npt.ArrayLike, answer: npt.ArrayLike) -> FloatArray:
    """Brier score of each person: Σₖ (pₖ − [answer is k])², in [0, 2].

    Brier 1950 (Mon. Weather Rev. 78, 1–3), the original form over all categories; for two
    categories it is twice the squared error of one of them. NaN without answer or probabilities.
    """
    p, at, known = _checked(probabilities, answer)
    mine = np.take_along_axis(p, np.maximum(at, 0)[:, None], axis=1)[:, 0]
    return np.where(known, (p * p).sum(axis=1) - 2 * mine + 1, np.nan)


def cell_rps(probabilities: npt.ArrayLike, answer: npt.ArrayLike) -> FloatArray:
    """Ranked probability score of each person: Σₖ (F(k) − [answer ≤ k])² / (K − 1), in [0, 1].

    Epstein 1969 (J. Appl. Meteorol. 8, 985–987), over ordered categories, so that a near miss costs
    less than a far one. With two categories it is half the Brier score; 0 on a scale of one code.
    """
    p, at, known = _checked(probabilities, answer)
    steps = max(p.shape[1] - 1, 1)
    reached = np.arange(p.shape[1]) >= at[:, None]
    gaps = (np.cumsum(p, axis=1) - reached)[:, :-1]
    return np.where(known, (gaps * gaps).sum(axis=1) / steps, np.nan)


def cell_log_score(
    probabilities: npt.ArrayLike, answer: npt.ArrayLike, floor: float = FLOOR
) -> FloatArray:
    """Logarithmic score of each person: −ln p(answer), in [0, −ln floor], in nats (Good 1952)."""
    p, at, known = _checked(probabilities, answer)
    mine = np.take_along_axis(p, np.maximum(at, 0)[:, None], axis=1)[:, 0]
    return np.where(known, -np.log(np.clip(mine, floor, 1.0)), np.nan)


def brier(
    probabilities: npt.ArrayLike, answer: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Weighted mean over people of `cell_brier`; NaN where nobody has both."""
    return _mean(cell_brier(probabilities, answer), weights)


def ranked_probability_score(
    probabilities: npt.ArrayLike, answer: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Weighted mean over people of `cell_rps`; NaN where nobody has both."""
    return _mean(cell_rps(probabilities, answer), weights)


def log_score(
    probabilities: npt.ArrayLike, answer: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Weighted mean over people of `cell_log_score`; NaN where nobody has both."""
    return _mean(cell_log_score(probabilities, answer), weights)


def skill(score: npt.ArrayLike, reference: npt.ArrayLike) -> FloatArray:
    """Skill score 1 − score / reference, in (−∞, 1].

    1 is a perfect forecast, 0 no better than the reference, negative worse. NaN where the reference
    is perfect already.
    """
    return np.asarray(1.0 - ratio(score, reference))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A reliability diagram, and what it comes to.

    Attributes:
        ece: Expected calibration error, Σ share of the bin × |observed − stated|, in [0, 1].
        edges: Ends of the bins, shape (bins + 1,).
        counts: Weight in each bin, shape (bins,).
        stated: Mean stated probability, shape (bins,), NaN in an empty bin.
        observed: Share that came true, shape (bins,), NaN in an empty bin.
    """

    ece: float
    edges: FloatArray
    counts: FloatArray
    stated: FloatArray
    observed: FloatArray


def calibration(
    stated: npt.ArrayLike,
    true: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    bins: int = 10,
) -> Calibration:
    """Expected calibration error of stated probabilities over bins of equal width.

    Naeini, Cooper & Hauskrecht 2015 (AAAI, 2901–2907). It depends on the bins and is biased upwards
    in small samples, so counts come with it. For answers with several codes give the probability of
    the likeliest code and whether it was the answer (Guo et al. 2017, arXiv 1706.04599).

    Args:
        stated: Probabilities, shape (cells,), NaN where there is none.
        true: 1 where it came true, 0 where not, shape (cells,), NaN where unknown.
        weights: Shape (cells,).
        bins: Number of bins over [0, 1]; a probability on an edge belongs to the bin above it.
    """
    p, y = np.asarray(stated, dtype=np.float64), np.asarray(true, dtype=np.float64)
    w = as_weights(weights, len(p))
    known = ~(np.isnan(p) | np.isnan(y))
    p, y, w = p[known], y[known], w[known]
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, bins - 1)

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(place, weights=values, minlength=bins).astype(np.float64)

    counts = total(w)
    means, observed = ratio(total(w * p), counts), ratio(total(w * y), counts)
    gaps = np.where(counts > 0, np.abs(means - observed), 0.0)
    ece = float(ratio((counts * gaps).sum(), counts.sum()))
    return Calibration(ece, edges, counts, means, observed)


def _mean(cells: FloatArray, weights: npt.ArrayLike | None) -> FloatArray:
    from .weights import weighted_mean

    return weighted_mean(cells, weights)


def _checked(
    probabilities: npt.ArrayLike, answer: npt.ArrayLike
) -> tuple[FloatArray, IntArray, npt.NDArray[np.bool_]]:
    p = np.asarray(probabilities, dtype=np.float64)
    at = np.asarray(answer, dtype=np.intp)
    if p.ndim != 2 or at.shape != p.shape[:1]:
        raise ComparisonError(
            f"probabilities of the shape {p.shape} do not fit {at.shape} answers",
            remedy="give one row of probabilities per person, and one answer each",
        )
    if len(at) and int(at.max()) >= p.shape[1]:
        raise ComparisonError(
            f"an answer is number {int(at.max()) + 1} of {p.shape[1]} codes",
            remedy="state probabilities over all declared codes",
        )
    stated = np.asarray(~np.isnan(p).any(axis=1))
    filled = np.where(stated[:, None], p, 1.0 / p.shape[1])
    if (filled < 0).any() or (np.abs(filled.sum(axis=1) - 1) > 1e-4).any():
        raise ComparisonError(
            "probabilities are negative or do not add to 1", remedy="divide each row by its sum"
        )
    return filled, at, stated & (at >= 0)
