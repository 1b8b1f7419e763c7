"""Many outcomes, many chances: p values corrected for how many were tried."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .weights import FloatArray

__all__ = ["benjamini_hochberg", "holm"]


def holm(p: npt.ArrayLike) -> FloatArray:
    """Holm's adjusted p values: the chance of any false alarm at all stays below the level.

    p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1) p₍ⱼ₎) (Holm 1979, Scand. J. Stat. 6, 65–70);
    `p.adjust(p, "holm")` in R. Valid under any dependence.

    Args:
        p: p values, shape (tests,); NaN stays NaN and does not count as a test.

    Returns:
        Adjusted p values in [0, 1], in the order given.
    """
    return _adjusted(p, step_up=False)


def benjamini_hochberg(p: npt.ArrayLike) -> FloatArray:
    """Benjamini and Hochberg's adjusted p values: the expected share of false alarms among alarms.

    p̃₍ᵢ₎ = min over j ≥ i of min(1, m p₍ⱼ₎ / j) (1995, J. R. Stat. Soc. B 57, 289–300);
    `p.adjust(p, "BH")` in R. For independent or positively dependent tests.
    """
    return _adjusted(p, step_up=True)


def _adjusted(p: npt.ArrayLike, *, step_up: bool) -> FloatArray:
    values = np.asarray(p, dtype=np.float64)
    found = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    count = len(order)
    rank = np.arange(1, count + 1)
    if step_up:
        scaled = values[order] * count / rank
        steps = np.minimum.accumulate(scaled[::-1])[::-1]
    else:
        steps = np.maximum.accumulate(values[order] * (count - rank + 1))
    found[order] = np.minimum(steps, 1.0)
    return found
