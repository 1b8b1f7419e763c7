"""A scorecard in the terminal, as Markdown, and as the HTML of a notebook cell."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from .card import Scorecard
from .layout import (
    SHORT,
    Grid,
    group_grid,
    headline_grid,
    item_grid,
    method_line,
    plain_rows,
    reading,
    title,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["print_scorecard", "to_html", "to_markdown"]

WIDE = 118
"""Console width from which intervals stand behind their estimates."""

LONGEST_LABEL, SHORTEST_LABEL = 36, 10


def print_scorecard(
    card: Scorecard,
    console: Console | None = None,
    *,
    all_items: bool = False,
    sort: str = "pearson",
) -> None:
    """Print a scorecard: the verdict in words, then the tables.

    Args:
        card: What to print.
        console: Where to; standard output when None.
        all_items: Print every item, not only both ends of the list.
        sort: Measure to sort items by, or "" for the order of the questionnaire.
    """
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    out = console if console is not None else Console()
    stacked = out.width < WIDE
    out.print(Text(title(card), style="bold"))
    for note in card.notes:
        out.print(Padding(Text(note, style="dim"), (0, 0, 0, 2)))
    out.print()
    for mark, style, lines in (("•", "", card.verdict), ("!", "yellow", card.warnings)):
        for line in lines:
            out.print(_bullet(mark, line, style))
    grids = (
        headline_grid(card, stacked=stacked),
        group_grid(card, stacked=stacked),
        item_grid(card, sort=sort, everything=all_items),
    )
    for grid in grids:
        if grid is not None and grid.rows:
            out.print()
            out.print(_table(grid, out.width))
            if grid.note:
                out.print(Padding(Text(grid.note, style="dim"), (0, 0, 0, 1)))
    out.print()
    for line in (*reading(card), method_line(card)):
        out.print(Text(line, style="dim"))


def _bullet(mark: str, line: str, style: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column()
    grid.add_row(Text(mark, style=style), Text(line, style=style))
    return grid


def _table(grid: Grid, width: int) -> Table:
    """A grid as wide as it needs, the labels giving way where the console is narrower."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    headings = [grid.columns[0], *(_heading(column, width) for column in grid.columns[1:])]
    wide = [
        max(len(line) for text in (heading, *cells) for line in text.split("\n"))
        for heading, *cells in zip(headings, *grid.rows, strict=True)
    ]
    # The box puts a blank between columns and at both edges; another one where there is room.
    room = width - sum(wide[1:]) - len(wide) - 2
    apart = int(room - len(wide) >= min(wide[0], LONGEST_LABEL))
    room -= apart * len(wide)
    label = max(min(wide[0], room, LONGEST_LABEL), SHORTEST_LABEL)
    table = Table(
        title=Text(grid.title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, apart, 0, 0),
        pad_edge=False,
    )
    table.add_column(headings[0], width=label, overflow="fold")
    for heading, size in zip(headings[1:], wide[1:], strict=True):
        table.add_column(Text(heading), justify="right", width=size)
    for row in grid.rows:
        # Text, so that brackets in labels and intervals are not read as markup.
        first = Text(row[0], no_wrap=grid.columns[0] != "", overflow="ellipsis")
        table.add_row(first, *(Text(cell) for cell in row[1:]))
    return table


def _heading(column: str, width: int) -> str:
    """A heading over several lines; on narrow consoles abbreviated, long names broken."""
    if width >= WIDE:
        return column.replace(" ", "\n")
    lines = SHORT.get(column, column).replace("-", "- ").split()
    return "\n".join(line[k : k + 7] for line in lines for k in range(0, len(line), 7))


def to_markdown(card: Scorecard) -> str:
    """A scorecard as Markdown, all items included."""
    parts = [f"# {_escaped(title(card))}"]
    if card.notes:
        parts.append("\n".join(f"> {_escaped(note)}" for note in card.notes))
    parts.append("\n".join(f"- {_escaped(line)}" for line in card.verdict))
    if card.warnings:
        parts.append("\n".join(f"- **Note:** {_escaped(line)}" for line in card.warnings))
    grids = (headline_grid(card), group_grid(card), item_grid(card, everything=True))
    parts += [_markdown_table(grid) for grid in grids if grid is not None and grid.rows]
    parts.append("\n".join(f"- {line}" for line in (*reading(card), method_line(card))))
    return "\n\n".join(parts) + "\n"


def _markdown_table(grid: Grid) -> str:
    rules = ["---", *("--:" for _ in grid.columns[1:])]
    lines = [_markdown_row(grid.columns), _markdown_row(rules)]
    lines += [_markdown_row([_escaped(cell) for cell in row]) for row in plain_rows(grid)]
    note = f"\n\n{grid.note}." if grid.note else ""
    return f"## {grid.title}\n\n" + "\n".join(lines) + note


def _markdown_row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    """Text that Markdown and the HTML made of it leave alone."""
    for mark in "\\`*_|[]#":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.replace("<", "&lt;").replace(">", "&gt;").split())


def to_html(card: Scorecard) -> str:
    """A scorecard as an HTML fragment for a notebook cell."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in card.verdict)
    lines += "".join(f"<li><b>Note:</b> {html.escape(line)}</li>" for line in card.warnings)
    notes = "".join(f"<p><i>{html.escape(note)}</i></p>" for note in card.notes)
    grids = [headline_grid(card), group_grid(card), item_grid(card)]
    tables = "".join(_html_table(grid) for grid in grids if grid is not None and grid.rows)
    foot = html.escape(method_line(card))
    return (
        f"<div><p><b>{html.escape(title(card))}</b></p>{notes}<ul>{lines}</ul>{tables}"
        f"<p><small>{foot}</small></p></div>"
    )


def _html_table(grid: Grid) -> str:
    head = "".join(f"<th>{html.escape(column)}</th>" for column in grid.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in plain_rows(grid)
    )
    note = f"<p><small>{html.escape(grid.note)}</small></p>" if grid.note else ""
    return (
        f"<table><caption>{html.escape(grid.title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
    )
