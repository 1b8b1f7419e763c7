"""The subgroup heat map: whose twins are off on which question, and which way."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from .card import GroupScore, Scorecard
from .groups import shifts_of
from .verdict import number

__all__ = ["HeatCell", "HeatMap", "heat_map", "tint"]

MOST = 40
"""Most items shown: those furthest off in any subgroup."""

FULL = 1.0
"""Shift in SDs at which the colour is full."""

ABOVE_RGB = (213, 94, 0)
BELOW_RGB = (0, 114, 178)
"""Vermilion and blue of the palette of Okabe & Ito (2008)."""

DEEPEST = 0.62
"""Share of the colour at its fullest: black text on it keeps a contrast above 5."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell: text, colour, and whether it is more than chance makes of equal means."""

    text: str
    fill: str
    strong: bool


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table of coloured cells.

    Attributes:
        title: What it shows.
        caption: How to read it.
        over: Variables, and how many columns each has.
        columns: Subgroups with their number of people.
        rows: Items with their cells.
    """

    title: str
    caption: str
    over: tuple[tuple[str, int], ...]
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


def heat_map(card: Scorecard) -> HeatMap | None:
    """Mean of the twins less mean of the people by item and subgroup; None without subgroups."""
    groups = [group for group in card.groups if group.shifts]
    if not groups:
        return None
    everybody: dict[str, float] = {}
    if card.evidence is not None:
        aligned = card.evidence.aligned
        everybody = shifts_of(aligned, np.ones(len(aligned.persons), dtype=bool))
    items = [item for item in card.items if any(item.name in group.shifts for group in groups)]
    shown = sorted(
        items,
        key=lambda item: -max(abs(group.shifts.get(item.name, 0.0)) for group in groups),
    )[:MOST]
    names = {item.name for item in shown}
    rows = []
    for item in items:
        if item.name not in names:
            continue
        cells = [_cell(everybody.get(item.name, math.nan), card.method.people)] if everybody else []
        cells += [_cell(group.shifts.get(item.name, math.nan), group.n) for group in groups]
        rows.append((item.label, tuple(cells)))
    columns = [("Everybody", f"{card.method.people:,}")] if everybody else []
    columns += [(group.label + (" *" if group.small else ""), f"{group.n:,}") for group in groups]
    over = [("", 1)] if everybody else []
    over += [(name, len(list(some))) for name, some in itertools.groupby(groups, _variable)]
    caption = (
        "Mean of the twins less mean of the people, in standard deviations of all people: "
        "+ (orange) too high, − (blue) too low. Bold: more than chance makes of equal means (95%)."
    )
    if any(group.small for group in groups):
        caption += " * Small subgroup."
    if len(shown) < len(items):
        caption += f" The {len(shown)} of {len(items):,} items that are furthest off are shown."
    return HeatMap(
        "Where twins are off, by subgroup", caption, tuple(over), tuple(columns), tuple(rows)
    )


def _variable(group: GroupScore) -> str:
    return group.variable


def _cell(shift: float, n: int) -> HeatCell:
    if math.isnan(shift):
        return HeatCell("–", "", strong=False)
    text = number(shift, 2)
    plus = "+" if shift > 0 and text != ".00" else ""
    # Two means of n answers each, as if they were of different people: paired, it is less.
    return HeatCell(plus + text, tint(shift / FULL), abs(shift) > 1.96 * math.sqrt(2 / n))


def tint(value: float) -> str:
    """Colour of a value from −1 (blue) over 0 (white) to 1 (orange), as "#rrggbb"."""
    colour = ABOVE_RGB if value > 0 else BELOW_RGB
    share = DEEPEST * min(abs(value), 1.0)
    mixed = (round(255 + share * (part - 255)) for part in colour)
    return "#" + "".join(f"{part:02x}" for part in mixed)
