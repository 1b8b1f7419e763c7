"""Grids and sentences in the terminal, as Markdown, and as HTML."""

from __future__ import annotations

import html
import itertools
from typing import TYPE_CHECKING

from .layout import Grid
from .textgrid import grid_lines

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["escaped", "html_table", "markdown_table", "print_grid", "say"]

WIDEST = 100
"""Sentences are not set wider than this."""


def print_grid(out: Console, grid: Grid) -> None:
    """Print a grid under its title, in as many columns as the console has room for."""
    from rich.text import Text

    head, body = grid_lines(grid, out.width)
    out.print()
    out.print(Text(grid.title, style="bold"))
    for style, lines in (("dim", head), ("", body)):
        for line in lines:
            # Text, so that brackets in labels and intervals are not read as markup.
            out.print(Text(line, style=style), no_wrap=True, overflow="ignore", crop=False)
    if grid.note:
        say(out, "", grid.note, "dim")


def say(out: Console, mark: str, sentence: str, style: str) -> None:
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


def markdown_table(grid: Grid) -> str:
    """A grid as a Markdown section with a table."""
    rules = ["---", *("--:" for _ in grid.columns[1:])]
    lines = [_markdown_row([escaped(c.full) for c in grid.columns]), _markdown_row(rules)]
    lines += [_markdown_row([escaped(cell) for cell in row]) for row in grid.rows]
    note = f"\n\n{grid.note}." if grid.note else ""
    return f"## {grid.title}\n\n" + "\n".join(lines) + note


def _markdown_row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def escaped(text: str) -> str:
    """Text that Markdown and the HTML made of it leave alone."""
    for mark in "\\`*_|[]#":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.replace("<", "&lt;").replace(">", "&gt;").split())


def html_table(grid: Grid) -> str:
    """A grid as an HTML table."""
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
