"""Cells as text, the same in every text format: 1.0 is "1", a day is "2026-11-23"."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Variable, code_text
from ..panel import Panel
from .content import coded_column
from .dates import whole_days
from .losses import Losses

__all__ = ["cell_texts", "note_blank_texts", "note_dates"]


def cell_texts(panel: Panel, variable: Variable) -> list[str]:
    """A column as text, missing codes in place, "" for blanks; numbers exact to the last digit."""
    values = coded_column(panel, variable)
    if variable.kind == "date":
        return _dates(values)
    if values.dtype == np.float64:
        # Answers repeat: writing each different one once is many times faster than all of them.
        different, where = np.unique(values, return_inverse=True)
        texts = np.array([code_text(float(value)) for value in different], dtype=object)
        return list(texts[where]) if len(texts) else []
    return ["" if _blank(value) else code_text(value) for value in values.tolist()]


def note_dates(panel: Panel, losses: Losses) -> None:
    """Note dates whose reasons for being missing a column of dates has no place for."""
    for variable in panel.codebook:
        status = panel.status.get(variable.name)
        if variable.kind == "date" and status is not None and status.any():
            losses.add("reasons why dates are missing", variable.name)


def note_blank_texts(panel: Panel, variable: Variable, losses: Losses) -> None:
    """Note texts of nothing, or of white space only, which every reader takes for no answer."""
    if variable.kind == "text":
        texts = panel.frame[variable.name].dropna().tolist()
        if any(not text or text.isspace() for text in texts):
            losses.add("empty texts, which become blanks", variable.name)


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _dates(values: npt.NDArray[np.datetime64]) -> list[str]:
    if whole_days(values):
        texts = np.datetime_as_string(values, unit="D")
    else:
        whole_seconds = values == values.astype("datetime64[s]")
        exact = bool((whole_seconds | np.isnat(values)).all())
        texts = np.datetime_as_string(values, unit="s" if exact else "us")
    return ["" if gone else str(t) for t, gone in zip(texts, np.isnat(values), strict=True)]
