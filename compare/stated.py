"""What is known of answers beside the answers: stated probabilities, and how they came about.

`compare` never knows where answers come from; whoever calls it hands these over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..data.codebook import Code
from .metrics.weights import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Paradata", "Stated"]


@dataclass(frozen=True, eq=False, slots=True)
class Stated:
    """Probabilities that stand behind simulated answers.

    Attributes:
        persons: Ids, one per row.
        items: Item → the codes, and their probabilities of shape (people, codes); a row of NaN
            where there are none.
    """

    persons: tuple[str, ...]
    items: Mapping[str, tuple[tuple[Code, ...], FloatArray]]


@dataclass(frozen=True, eq=False, slots=True)
class Paradata:
    """How simulated answers came about; whatever is not known is left out.

    Attributes:
        tries: How often an answer was asked for until it could be used, 1 at the first try;
            persons (index) × items.
        positions: Place of an item in the person's interview, 1 is the first; persons × items.
        options: One row per answer to a question whose options are shuffled, with the columns
            `person`, `place` (of the chosen option as shown, 0 is the first) and `count` (how many
            options were shown).
        seconds: Person → seconds the interview of their twin took.
        human_seconds: Person → seconds the person took.
        texts: Open answers of the twins, persons × questions, None where there is none.
        human_texts: Those of the people.
    """

    tries: pd.DataFrame | None = None
    positions: pd.DataFrame | None = None
    options: pd.DataFrame | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    human_seconds: Mapping[str, float] = field(default_factory=dict)
    texts: pd.DataFrame | None = None
    human_texts: pd.DataFrame | None = None
