"""Columns that give a held-out item away in the data, for a warning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .holdout import Holdout
from .twin import VISIBLE_ROLES

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["Suspect", "suspects"]

FloatArray = npt.NDArray[np.float64]

FEWEST_PAIRS = 20


@dataclass(frozen=True, slots=True)
class Suspect:
    """A visible variable whose answers give a hidden one away.

    Attributes:
        visible: The variable that twins may show.
        hidden: The held-out variable it gives away.
        r: Pearson correlation of their codes over people who answered both.
    """

    visible: str
    hidden: str
    r: float


def suspects(panel: Panel, holdout: Holdout, *, threshold: float = 0.95) -> tuple[Suspect, ...]:
    """Find visible numeric variables that all but equal a hidden one: a recode, a scale score.

    Nothing is hidden by this; it is for a warning that names what to hold out as well.

    Args:
        panel: The whole panel, hidden variables included.
        holdout: What is hidden.
        threshold: Smallest |r| reported.

    Returns:
        One entry per visible variable, its strongest hidden partner, strongest first. Pairs
        answered by fewer than 20 people are passed over.
    """
    hidden = [n for n in holdout.names if n in panel.codebook and _numeric(panel, n)]
    found = []
    for variable in panel.codebook.of_role(*VISIBLE_ROLES):
        if variable.name in holdout or not _numeric(panel, variable.name):
            continue
        mine = panel.numbers(variable.name)
        best = max(
            (Suspect(variable.name, name, _pearson(mine, panel.numbers(name))) for name in hidden),
            key=lambda s: abs(s.r),
            default=None,
        )
        if best is not None and abs(best.r) >= threshold:
            found.append(best)
    return tuple(sorted(found, key=lambda s: -abs(s.r)))


def _numeric(panel: Panel, name: str) -> bool:
    return panel.codebook[name].kind == "number"


def _pearson(a: FloatArray, b: FloatArray) -> float:
    both = ~(np.isnan(a) | np.isnan(b))
    if int(both.sum()) < FEWEST_PAIRS:
        return 0.0
    x, y = a[both] - a[both].mean(), b[both] - b[both].mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else 0.0
