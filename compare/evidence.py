"""The answers behind a scorecard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .metrics.weights import FloatArray
from .references import BEST_GUESS

if TYPE_CHECKING:
    from .align import Aligned

__all__ = ["Evidence"]


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What a scorecard was computed from.

    Attributes:
        aligned: Both sides' answers.
        further: Name of a reference → its answers, shape (people, items).
    """

    aligned: Aligned
    further: Mapping[str, FloatArray]

    def respondents(self) -> dict[str, FloatArray]:
        """Whose answers may be set against another scorecard's: "twins", and their best guess."""
        found = {"twins": self.aligned.twin}
        if BEST_GUESS in self.further:
            found[BEST_GUESS] = self.further[BEST_GUESS]
        return found
