"""What every rendering of a scorecard shows, as plain grids of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .card import Headline, ItemScore, Scorecard
from .references import BEST_GUESS
from .verdict import number, with_interval

__all__ = [
    "SHORT",
    "Grid",
    "group_grid",
    "headline_grid",
    "item_grid",
    "method_line",
    "reading",
    "title",
]

SHORT = {
    "Constant": "Const.",
    "Marginal draw": "Draw",
    "Shuffled persons": "Shuff.",
    "Best guess": "Best guess",
    "Accuracy": "Acc.",
    "Distance": "Dist.",
}
"""Headings for narrow screens."""

NAMES = {
    "constant": "Constant",
    "marginal": "Marginal draw",
    "shuffled": "Shuffled persons",
    BEST_GUESS: "Best guess",
}
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text.

    Attributes:
        title: What it shows.
        columns: Headings; the first column is text, the others are numbers.
        rows: Cells.
        note: What was left out, or "".
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def title(card: Scorecard) -> str:
    """One line: what was compared."""
    m = card.method
    people = "1 person" if m.people == 1 else f"{m.people:,} people"
    items = "1 item" if m.items == 1 else f"{m.items:,} items"
    return f"Twins against people: {people} × {items}, {m.cells:,} answers"


def headline_grid(card: Scorecard, *, stacked: bool = False) -> Grid:
    """The headline table: measures by twins, references, floor and ceiling.

    Args:
        card: The scorecard.
        stacked: Put intervals under estimates rather than behind them, and leave out the
            position, for narrow screens.
    """
    retest = any(not math.isnan(row.retest) for row in card.overall)
    twice = any(not math.isnan(row.twin_retest) for row in card.overall)
    columns = ["", "Twins"]
    columns += [reference_label(name) for name in card.method.references]
    columns += ["Split-half", *(["Retest"] if retest else []), *(["Twins again"] if twice else [])]
    if not stacked:
        columns.append("Position")
    rows = []
    for row in card.overall:
        cells = [row.label, _estimate(row, stacked)]
        cells += [number(row.references.get(name, math.nan)) for name in card.method.references]
        cells.append(number(row.floor))
        if retest:
            cells.append(number(row.retest))
        if twice:
            cells.append(number(row.twin_retest))
        if not stacked:
            cells.append(number(row.position, 2))
        rows.append(tuple(cells))
    return Grid("Over all items", tuple(columns), tuple(rows))


def _estimate(row: Headline, stacked: bool) -> str:
    text = with_interval(row.estimate, row.interval)
    return text.replace(" [", "\n[", 1) if stacked else text


def item_grid(card: Scorecard, *, sort: str = "pearson", everything: bool = False) -> Grid:
    """One row per item, the best first; only both ends of a long list unless `everything`.

    Args:
        card: The scorecard.
        sort: Measure to sort by, or "" to keep the order of the questionnaire.
        everything: Show all items.
    """
    items = list(card.items)
    if sort:
        items.sort(key=lambda item: _order(item, sort))
    note = ""
    left_out = len(items) - 2 * SHOWN
    retest = any(item.retest for item in items)
    columns = ("Item", "n", "Accuracy", "Constant", *(("Retest",) if retest else ()))
    columns += ("r", "SD ratio", "Distance", "Split-half")
    rows = [_item_row(item, retest) for item in items]
    if not everything and left_out > 1:
        gap = ("⋮", *("" for _ in columns[1:]))
        rows = [*rows[:SHOWN], gap, *rows[-SHOWN:]]
        note = f"{left_out:,} items in between are not shown"
    if any(item.level == "nominal" for item in items):
        note = "; ".join(
            filter(
                None,
                (
                    note,
                    "accuracy of nominal items is exact agreement, their distance total variation",
                ),
            )
        )
    return Grid("By item" + (f", sorted by {sort}" if sort else ""), columns, tuple(rows), note)


def _item_row(item: ItemScore, retest: bool) -> tuple[str, ...]:
    return (
        item.label,
        f"{item.n:,}",
        number(item.accuracy),
        number(item.references["constant"]["accuracy"]),
        *((number(item.retest_accuracy),) if retest else ()),
        number(item.pearson),
        number(item.sd_ratio, 2),
        number(item.distance),
        number(item.split_half),
    )


def _order(item: ItemScore, sort: str) -> tuple[bool, float]:
    value = item.distance if sort == "distance" else item.scores.get(sort, math.nan)
    lower = sort in ("distance", "wasserstein", "total_variation", "jensen_shannon", "glass_delta")
    return (math.isnan(value), value if lower else -value)


def group_grid(card: Scorecard, *, stacked: bool = False) -> Grid | None:
    """One row per subgroup, or None without subgroups."""
    if not card.groups:
        return None
    retest = any(not math.isnan(group.retest) for group in card.groups)
    columns = ("Subgroup", "n", "Accuracy", "Constant", *(("Retest",) if retest else ()), "r")
    columns += ("SD ratio", "Distance")
    rows = []
    for group in card.groups:
        missing = (math.nan, math.nan, math.nan)
        cells = {name: group.scores.get(name, missing) for name in ("accuracy", "pearson")}
        accuracy, r = (
            with_interval(value, (low, high), 2 if stacked else 3)
            for value, low, high in cells.values()
        )
        if stacked:
            accuracy, r = accuracy.replace(" [", "\n[", 1), r.replace(" [", "\n[", 1)
        distance = group.scores.get("wasserstein") or group.scores.get("total_variation", missing)
        rows.append(
            (
                f"{group.variable} = {group.label}" + (" (small)" if group.small else ""),
                f"{group.n:,}",
                accuracy,
                number(group.constant),
                *((number(group.retest),) if retest else ()),
                r,
                number(group.scores.get("sd_ratio", missing)[0], 2),
                number(distance[0]),
            )
        )
    return Grid("By subgroup", columns, tuple(rows))


def reference_label(name: str) -> str:
    """Words for a reference."""
    return NAMES.get(name, name)


def reading(card: Scorecard) -> tuple[str, ...]:
    """How to read the table, a sentence each."""
    said = [
        "Constant: everybody gets the other people's median (mode for nominal items)",
        "Marginal draw: everybody gets another person's answer",
        "Shuffled persons: the twins' own answers, handed to somebody else",
        "Split-half: random halves of the people against each other, the floor of a distance",
    ]
    if BEST_GUESS in card.method.references:
        said.append("Best guess: the median (mode) of the probabilities each answer was drawn from")
    if any(not math.isnan(row.retest) for row in card.overall):
        said.append("Retest: the people's own second answers, the ceiling of accuracy and r")
    if any(not math.isnan(row.twin_retest) for row in card.overall):
        said.append("Twins again: the twins' second answers against their first")
    said.append(
        "Position: 0 is knowing nothing of the person, 1 the people themselves (retest; for "
        "distances, split-half)"
    )
    return tuple(said)


def method_line(card: Scorecard) -> str:
    """One line: how the figures were made."""
    m = card.method
    parts = [
        f"{m.level:.0%} intervals from {m.bootstrap:,} resamples of people"
        if m.bootstrap
        else "no intervals",
        f"{m.splits} split halves",
        f"{m.draws} draws and shuffles",
        f"seed {m.seed}",
    ]
    if m.weighted:
        parts.append("survey weights used")
    if m.retested:
        parts.append(f"{m.retested:,} people retested")
    return "; ".join(parts)


def plain_rows(grid: Grid) -> Sequence[tuple[str, ...]]:
    """Rows with line breaks taken out of the cells."""
    return [tuple(cell.replace("\n", " ") for cell in row) for row in grid.rows]
