"""The difference of two scorecards in words and as tables."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from .gridtext import escaped, html_table, markdown_table
from .layout import Column, Grid
from .verdict import number, with_interval

if TYPE_CHECKING:
    from .differences import Differences, Gap

__all__ = ["difference_grids", "differences_to_html", "differences_to_markdown", "words"]

SAID = (
    ("pearson", "tells persons apart better", "r"),
    ("accuracy", "is more accurate", "accuracy"),
    ("wasserstein", "has distributions closer to the people's", "Wasserstein-1"),
    ("total_variation", "has distributions closer to the people's", "total variation"),
)
"""Measures that the verdict speaks of, what the better side is said to do, and their names."""

BY_ITEM = ("pearson", "accuracy", "wasserstein", "total_variation")

MOST = 40
"""Most items in the table; `to_pandas()` has them all."""


def words(found: Differences) -> tuple[str, ...]:
    """What the differences come to; what the intervals do not show is said not to be shown."""
    lines = []
    for metric, better, name in SAID:
        gaps = [gap for gap in found.overall if gap.metric == metric]
        # Single persons are predicted by best guesses, so these are spoken of where there are any.
        lines += [_sentence(found, gap, better, name) for gap in gaps[-1:]]
    lines += _items(found)
    return tuple(lines)


def _sentence(found: Differences, gap: Gap, better: str, name: str) -> str:
    how = " as best guess" if gap.of != "twins" else ""
    said = f"{name}{how} {_signed(gap)}"
    if math.isnan(gap.interval[0]):
        return f"{_subject(found)}: {said}, no interval"
    if gap.favours < 0:
        return f"No difference is shown: {said}"
    return f"{found.names[gap.favours]} {better}: {said}"


def _subject(found: Differences) -> str:
    return f"{found.names[0]} less {found.names[1]}"


def _items(found: Differences) -> list[str]:
    known = [item.intervals["pearson"] for item in found.items if "pearson" in item.intervals]
    known = [ends for ends in known if not math.isnan(ends[0])]
    if len(known) < 2:
        return []
    clear = sum(low > 0 or high < 0 for low, high in known)
    chance = (1 - found.level) * len(known)
    return [
        f"Item by item, r differs on {clear} of {len(known)} (by chance alone it would on about "
        f"{chance:.1f})"
    ]


def _signed(gap: Gap) -> str:
    plus = "+" if gap.estimate > 0 else ""
    return plus + with_interval(gap.estimate, gap.interval)


def difference_grids(found: Differences) -> tuple[Grid, ...]:
    """The tables: over all items, and by item."""
    columns = (
        Column(""),
        Column(found.names[0]),
        Column(found.names[1]),
        Column("Difference", ends=True),
    )
    rows = tuple(
        (
            gap.label + (f", {gap.of}" if gap.of != "twins" else ""),
            number(gap.first),
            number(gap.second),
            _signed(gap),
        )
        for gap in found.overall
    )
    return Grid("Over all items", columns, rows), _item_grid(found)


def _item_grid(found: Differences) -> Grid:
    measures = [m for m in BY_ITEM if any(m in item.estimates for item in found.items)]
    labels = {gap.metric: gap.label for gap in found.overall}
    columns = (
        Column("Item"),
        Column("n"),
        *(Column(labels.get(m, m), "Difference", ends=True) for m in measures),
    )
    rows = tuple(
        (
            item.label,
            f"{item.n:,}",
            *(
                with_interval(
                    item.estimates.get(m, math.nan), item.intervals.get(m, (math.nan, math.nan))
                )
                for m in measures
            ),
        )
        for item in found.items[:MOST]
    )
    more = len(found.items) - len(rows)
    return Grid("By item", columns, rows, f"{more:,} more items are not shown" if more else "")


def _title(found: Differences) -> str:
    items = "1 item" if len(found.items) == 1 else f"{len(found.items):,} items"
    return f"{_subject(found)}: {found.people:,} people × {items}, {found.cells:,} answers of both"


def _foot(found: Differences) -> str:
    if not found.bootstrap:
        return "no intervals"
    return (
        f"{found.level:.0%} intervals from {found.bootstrap:,} resamples of people, the same for "
        "both"
    )


def differences_to_html(found: Differences) -> str:
    """The differences as an HTML fragment for a notebook cell."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in found.verdict)
    tables = "".join(html_table(grid) for grid in difference_grids(found) if grid.rows)
    foot = "<br>".join(html.escape(line) for line in (_foot(found), *found.notes))
    return (
        f"<div><p><b>{html.escape(_title(found))}</b></p><ul>{lines}</ul>{tables}"
        f"<p><small>{foot}</small></p></div>"
    )


def differences_to_markdown(found: Differences) -> str:
    """The differences as Markdown."""
    parts = [f"# {escaped(_title(found))}"]
    parts.append("\n".join(f"- {escaped(line)}" for line in found.verdict))
    parts += [markdown_table(grid) for grid in difference_grids(found) if grid.rows]
    parts.append("\n".join(f"- {escaped(line)}" for line in (_foot(found), *found.notes)))
    return "\n\n".join(parts) + "\n"
