"""Dates as the counts that SPSS and Stata store."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["counts_since", "whole_days"]


def counts_since(
    dates: npt.NDArray[np.datetime64], epoch: str, microseconds: int
) -> npt.NDArray[np.float64]:
    """Count units of `microseconds` from `epoch` to each date; NaN for NaT. Shape (people,)."""
    gone = np.isnat(dates)
    elapsed = (dates.astype("datetime64[us]") - np.datetime64(epoch, "us")).astype(np.int64)
    counts = elapsed / microseconds
    counts[gone] = np.nan
    return np.asarray(counts, dtype=np.float64)


def whole_days(dates: npt.NDArray[np.datetime64]) -> bool:
    """Whether every date is at midnight: a day rather than a moment."""
    held = dates[~np.isnat(dates)]
    return bool((held == held.astype("datetime64[D]")).all())
