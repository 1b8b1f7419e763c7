"""A task report in the terminal, as Markdown, and as an HTML fragment."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from .gridtext import escaped, html_table, markdown_table, print_grid, say
from .layout import Grid
from .task_card import TaskReport
from .task_grids import (
    choices_grid,
    effects_grid,
    figures_grid,
    flag_lines,
    self_reports_grid,
    task_reading,
    tasks_title,
)

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_tasks", "task_grids", "task_sources", "tasks_to_html", "tasks_to_markdown"]


def print_tasks(
    report: TaskReport, console: Console | None = None, *, everything: bool = False
) -> None:
    """Print a task report: flags in words, then the tables.

    Args:
        report: What to print.
        console: Where to; standard output when None.
        everything: Print every measure and pair.
    """
    from rich.console import Console
    from rich.text import Text

    out = console if console is not None else Console()
    out.print(Text(tasks_title(report), style="bold"))
    lines = flag_lines(report)
    if lines:
        out.print()
    for line in lines:
        say(out, "! ", line, "yellow")
    for grid in task_grids(report, everything=everything):
        print_grid(out, grid)
    out.print()
    for line in task_reading(report):
        say(out, "", line, "dim")


def tasks_to_markdown(report: TaskReport) -> str:
    """A task report as Markdown, every measure included, with sources."""
    parts = [f"# {escaped(tasks_title(report))}"]
    lines = flag_lines(report)
    if lines:
        parts.append("\n".join(f"- **Flag:** {escaped(line)}" for line in lines))
    parts += [markdown_table(grid) for grid in task_grids(report, everything=True)]
    parts.append("\n".join(f"- {escaped(line)}" for line in task_reading(report)))
    sources = task_sources(report)
    if sources:
        parts.append("## Sources\n\n" + "\n".join(f"- {escaped(line)}" for line in sources))
    return "\n\n".join(parts) + "\n"


def tasks_to_html(report: TaskReport) -> str:
    """A task report as an HTML fragment: no style, no script."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in flag_lines(report))
    flags = f"<ul>{lines}</ul>" if lines else ""
    tables = "".join(html_table(grid) for grid in task_grids(report, everything=True))
    foot = "<br>".join(html.escape(line) for line in task_reading(report))
    return (
        f"<div><p><b>{html.escape(tasks_title(report))}</b></p>{flags}{tables}"
        f"<p><small>{foot}</small></p></div>"
    )


def task_grids(report: TaskReport, *, everything: bool) -> list[Grid]:
    """The tables of a task report that have rows."""
    grids = (
        figures_grid(report, everything=everything),
        effects_grid(report),
        choices_grid(report.rationality),
        self_reports_grid(report, everything=everything),
    )
    return [grid for grid in grids if grid is not None and grid.rows]


def task_sources(report: TaskReport) -> list[str]:
    """Where published figures are from, task by task, each once."""
    found = []
    for task in report.tasks:
        stated = [row.published for row in task.figures]
        stated += [row.published for row in task.effects]
        named = [one.source for one in stated if one is not None]
        found += [f"{task.title}: {source}" for source in dict.fromkeys(named)]
    return found
