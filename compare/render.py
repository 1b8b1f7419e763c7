"""A scorecard in the terminal, as Markdown, and as the HTML of a notebook cell."""

from __future__ import annotations

import html
import itertools
from typing import TYPE_CHECKING

from .card import Scorecard
from .layout import (
    Grid,
    answers_line,
    facts_line,
    group_grid,
    headline_grid,
    item_grid,
    leading_notes,
    method_line,
    other_notes,
    reading,
    title,
)
from .scale_grid import scale_grid
from .textgrid import grid_lines

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_scorecard", "to_html", "to_markdown"]

WIDEST = 100
"""Sentences are not set wider than this."""


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
        all_items: Print every item and every measure, not only both ends of the list.
        sort: Measure to sort items by, or "" for the order of the questionnaire.
    """
    from rich.console import Console
    from rich.text import Text

    out = console if console is not None else Console()
    out.print(Text(title(card), style="bold"))
    for note in (*leading_notes(card), answers_line(card), facts_line(card)):
        if note:
            _say(out, "", note, "dim")
    out.print()
    for mark, style, lines in (("•", "", card.verdict), ("!", "yellow", card.warnings)):
        for line in lines:
            _say(out, f"{mark} ", line, style)
    grids = (
        headline_grid(card, everything=all_items),
        item_grid(card, sort=sort, everything=all_items),
        scale_grid(card),
        group_grid(card),
    )
    for grid in grids:
        if grid is not None and grid.rows:
            _print_grid(out, grid)
    out.print()
    words = reading(card)
    size = max(len(name) for name, _ in words)
    for name, meaning in words:
        _say(out, f"{name.ljust(size)}  ", meaning, "dim")
    for note in (method_line(card), *other_notes(card)):
        _say(out, "", note, "dim")
    if not all_items:
        _say(out, "", "Every item and measure: understudy compare --all", "dim")


def _print_grid(out: Console, grid: Grid) -> None:
    from rich.text import Text

    head, body = grid_lines(grid, out.width)
    out.print()
    out.print(Text(grid.title, style="bold"))
    for style, lines in (("dim", head), ("", body)):
        for line in lines:
            # Text, so that brackets in labels and intervals are not read as markup.
            out.print(Text(line, style=style), no_wrap=True, overflow="ignore", crop=False)
    if grid.note:
        _say(out, "", grid.note, "dim")


def _say(out: Console, mark: str, sentence: str, style: str) -> None:
    """Print a sentence wrapped under its mark, what stands before its first colon in bold."""
    from rich.text import Text

    text = Text(sentence, style=style)
    if mark.strip() == "•":
        text.stylize("bold", 0, _lead(sentence))
    lines = text.wrap(out, max(min(out.width, WIDEST) - len(mark), 20))
    for first, line in zip(itertools.chain((mark,), itertools.repeat("")), lines, strict=False):
        line.rstrip()
        out.print(Text(first.ljust(len(mark)), style=style) + line, no_wrap=True, crop=False)


def _lead(sentence: str, longest: int = 12) -> int:
    """Length of the words before a colon that name what a sentence is about, or 0."""
    place = sentence.find(": ")
    return place + 1 if 0 < place <= longest else 0


def to_markdown(card: Scorecard) -> str:
    """A scorecard as Markdown, all items included."""
    parts = [f"# {_escaped(title(card))}"]
    if leading_notes(card):
        parts.append("\n".join(f"> {_escaped(note)}" for note in leading_notes(card)))
    parts += [_escaped(line) for line in (answers_line(card), facts_line(card)) if line]
    parts.append("\n".join(f"- {_escaped(line)}" for line in card.verdict))
    if card.warnings:
        parts.append("\n".join(f"- **Note:** {_escaped(line)}" for line in card.warnings))
    grids = (
        headline_grid(card, everything=True),
        item_grid(card, sort="", everything=True),
        scale_grid(card),
        group_grid(card),
    )
    parts += [_markdown_table(grid) for grid in grids if grid is not None and grid.rows]
    words = [f"{name}: {meaning}" for name, meaning in reading(card)]
    words += [method_line(card), *other_notes(card)]
    parts.append("\n".join(f"- {_escaped(line)}" for line in words))
    return "\n\n".join(parts) + "\n"


def _markdown_table(grid: Grid) -> str:
    rules = ["---", *("--:" for _ in grid.columns[1:])]
    lines = [_markdown_row([_escaped(c.full) for c in grid.columns]), _markdown_row(rules)]
    lines += [_markdown_row([_escaped(cell) for cell in row]) for row in grid.rows]
    note = f"\n\n{grid.note}." if grid.note else ""
    return f"## {grid.title}\n\n" + "\n".join(lines) + note


def _markdown_row(cells: list[str]) -> str:
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
    notes = "".join(f"<p><i>{html.escape(note)}</i></p>" for note in leading_notes(card))
    made = [html.escape(line) for line in (answers_line(card), facts_line(card)) if line]
    notes += f"<p><small>{'<br>'.join(made)}</small></p>" if made else ""
    grids = [headline_grid(card), item_grid(card), scale_grid(card), group_grid(card)]
    tables = "".join(_html_table(grid) for grid in grids if grid is not None and grid.rows)
    foot = "<br>".join(html.escape(line) for line in (method_line(card), *other_notes(card)))
    return (
        f"<div><p><b>{html.escape(title(card))}</b></p>{notes}<ul>{lines}</ul>{tables}"
        f"<p><small>{foot}</small></p></div>"
    )


def _html_table(grid: Grid) -> str:
    head = "".join(f"<th>{html.escape(column.full)}</th>" for column in grid.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in grid.rows
    )
    note = f"<p><small>{html.escape(grid.note)}</small></p>" if grid.note else ""
    return (
        f"<table><caption>{html.escape(grid.title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
    )
