"""A scorecard in the terminal, as Markdown, and as the HTML of a notebook cell."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from .card import Scorecard
from .gridtext import escaped, html_table, markdown_table, print_grid, say
from .layout import (
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
from .section_grids import (
    effects_lines,
    forecast_lines,
    hypothesis_lines,
    quality_flags,
    section_grids,
)
from .task_render import print_tasks, tasks_to_html, tasks_to_markdown

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_scorecard", "to_html", "to_markdown"]


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
            say(out, "", note, "dim")
    out.print()
    flags = _flags(card)
    for mark, style, lines in (("•", "", card.verdict), ("!", "yellow", flags)):
        for line in lines:
            say(out, f"{mark} ", line, style)
    grids = (
        headline_grid(card, everything=all_items),
        item_grid(card, sort=sort, everything=all_items),
        scale_grid(card),
        group_grid(card),
        *section_grids(card, everything=all_items),
    )
    for grid in grids:
        if grid is not None and grid.rows:
            print_grid(out, grid)
    out.print()
    said = (*effects_lines(card.effects), *forecast_lines(card))
    for line in said:
        say(out, "", line, "")
    if said:
        out.print()
    words = reading(card)
    size = max(len(name) for name, _ in words)
    for name, meaning in words:
        say(out, f"{name.ljust(size)}  ", meaning, "dim")
    for note in (method_line(card), *hypothesis_lines(card), *other_notes(card)):
        say(out, "", note, "dim")
    if card.tasks is not None:
        out.print()
        print_tasks(card.tasks, out, everything=all_items)
    if not all_items:
        say(out, "", "Every item and measure: understudy compare --all", "dim")


def to_markdown(card: Scorecard) -> str:
    """A scorecard as Markdown, all items included."""
    parts = [f"# {escaped(title(card))}"]
    if leading_notes(card):
        parts.append("\n".join(f"> {escaped(note)}" for note in leading_notes(card)))
    parts += [escaped(line) for line in (answers_line(card), facts_line(card)) if line]
    parts.append("\n".join(f"- {escaped(line)}" for line in card.verdict))
    flags = _flags(card)
    if flags:
        parts.append("\n".join(f"- **Note:** {escaped(line)}" for line in flags))
    grids = (
        headline_grid(card, everything=True),
        item_grid(card, sort="", everything=True),
        scale_grid(card),
        group_grid(card),
        *section_grids(card, everything=True),
    )
    parts += [markdown_table(grid) for grid in grids if grid is not None and grid.rows]
    words = [f"{name}: {meaning}" for name, meaning in reading(card)]
    words += [*effects_lines(card.effects), *forecast_lines(card), method_line(card)]
    words += [*hypothesis_lines(card), *other_notes(card)]
    parts.append("\n".join(f"- {escaped(line)}" for line in words))
    if card.tasks is not None:
        parts.append(tasks_to_markdown(card.tasks).rstrip())
    return "\n\n".join(parts) + "\n"


def to_html(card: Scorecard) -> str:
    """A scorecard as an HTML fragment for a notebook cell."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in card.verdict)
    lines += "".join(f"<li><b>Note:</b> {html.escape(line)}</li>" for line in _flags(card))
    lines += "".join(f"<li>{html.escape(line)}</li>" for line in effects_lines(card.effects))
    notes = "".join(f"<p><i>{html.escape(note)}</i></p>" for note in leading_notes(card))
    made = [html.escape(line) for line in (answers_line(card), facts_line(card)) if line]
    notes += f"<p><small>{'<br>'.join(made)}</small></p>" if made else ""
    grids = [headline_grid(card), item_grid(card), scale_grid(card), group_grid(card)]
    grids += section_grids(card)
    tables = "".join(html_table(grid) for grid in grids if grid is not None and grid.rows)
    foot = "<br>".join(html.escape(line) for line in (method_line(card), *other_notes(card)))
    return (
        f"<div><p><b>{html.escape(title(card))}</b></p>{notes}<ul>{lines}</ul>{tables}"
        f"<p><small>{foot}</small></p></div>"
        + (tasks_to_html(card.tasks) if card.tasks is not None else "")
    )


def _flags(card: Scorecard) -> tuple[str, ...]:
    """What makes the figures less certain, and what is wrong with how the twins answer."""
    return (*card.warnings, *quality_flags(card))
