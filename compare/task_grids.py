"""What every rendering of a task report shows, as grids of text."""

from __future__ import annotations

import math
import re

from .layout import LAST, Column, Grid
from .rationality import Rate, Rationality
from .task_card import ArmEffect, Published, TaskReport
from .task_stats import Figure
from .verdict import number

__all__ = [
    "choices_grid",
    "effects_grid",
    "figures_grid",
    "flag_lines",
    "self_reports_grid",
    "task_reading",
    "tasks_title",
]

PAIRS = 8
"""Pairs of self-report and measure that are shown unless all are."""
MARKS = {"verified": "", "secondary": "′", "recalled": "″"}
INDENT = "  "


def tasks_title(report: TaskReport) -> str:
    """One line: what was compared, and what came of it."""
    tasks = "1 task" if len(report.tasks) == 1 else f"{len(report.tasks):,} tasks"
    twins = max((task.twins for task in report.tasks), default=0)
    people = max((task.people for task in report.tasks), default=0)
    beside = f" beside {people:,} people" if people else " beside published figures"
    counts = ", ".join(f"{n:,} {name}" for name, n in report.counts().items())
    return f"Twins in tasks: {tasks}, {twins:,} twins{beside}" + (f"; {counts}" if counts else "")


def flag_lines(report: TaskReport) -> tuple[str, ...]:
    """One line per flag: the task, what it is, the figures."""
    titles = {task.name: task.title for task in report.tasks}
    return tuple(
        f"{titles.get(flag.task, flag.task)}, {flag.kind}: {flag.text}"
        if flag.task
        else f"{flag.kind[:1].upper()}{flag.kind[1:]}: {flag.text}"
        for flag in report.flags
    )


def figures_grid(report: TaskReport, *, everything: bool = False) -> Grid:
    """Statistics of measures, twins beside people, under a line for each task.

    Args:
        report: The report.
        everything: Show measures of which nothing is known of people too.
    """
    people = any(task.people for task in report.tasks)
    columns = [Column("Task and measure"), Column("Twins", ends=True)]
    columns += [Column("People", ends=True)] if people else []
    columns += [Column("Published", ends=True), Column("Beside people")]
    rows: list[tuple[str, ...]] = []
    hidden = 0
    for task in report.tasks:
        lines = []
        seen: set[tuple[str, str]] = set()
        for row in task.figures:
            if not row.verdict and not everything and not _published(row.published):
                hidden += 1
                continue
            key = (row.measure, row.statistic)
            again = key in seen and row.published is not None
            seen.add(key)
            # The same figure from another source: the source tells them apart.
            told = f", {_author(row.published.source)}" if again and row.published else ""
            cells = [f"{INDENT}{row.label}, {row.statistic}{told}", _figure(row.twins)]
            cells += [_figure(row.people)] if people else []
            lines.append((*cells, _published(row.published), row.verdict))
        if lines:
            counts = f"{task.twins:,} twins" + (f", {task.people:,} people" if task.people else "")
            rows += [(f"{task.title} ({counts})", *("" for _ in columns[1:])), *lines]
    note = f"{hidden:,} measures with nothing to compare are not shown" if hidden else ""
    return Grid("Tasks", tuple(columns), tuple(rows), note)


def _author(source: str) -> str:
    """What a source begins with: "Twin-2K-500", "Walasek 2024"."""
    return re.split(r",| \(|:", source)[0]


def effects_grid(report: TaskReport) -> Grid | None:
    """Effects of arms, or None without any."""
    found = [(task, row) for task in report.tasks for row in task.effects]
    if not found:
        return None
    people = any(row.people_raw.known for _, row in found)
    columns = [
        Column("Effect"),
        Column("Difference", "Twins", ends=True),
        Column("d", "Twins", ends=True),
    ]
    if people:
        columns += [Column("Difference", "People", ends=True), Column("d", "People", ends=True)]
    columns += [Column("Published", ends=True), Column("Beside people")]
    rows: list[tuple[str, ...]] = []
    last = ""
    for task, row in found:
        if task.name != last:
            rows.append((task.title, *("" for _ in columns[1:])))
            last = task.name
        cells = [
            f"{INDENT}{row.label}: {row.arm} − {row.against}",
            _figure(row.raw),
            _figure(row.d),
        ]
        if people:
            cells += [_figure(row.people_raw), _figure(row.people_d)]
        rows.append((*cells, _effect_published(row), row.verdict))
    note = "A d grows where answers vary too little: read the difference beside it"
    return Grid("Effects of arms", tuple(columns), tuple(rows), note)


def _effect_published(row: ArmEffect) -> str:
    if row.published is None:
        return ""
    kind = row.published.statistic.split(",")[0]
    own = f" (twins {_score(row.stated.value)})" if row.stated.known else ""
    return f"{'Δ' if kind == 'difference' else kind} {_published(row.published)}{own}"


def choices_grid(found: Rationality | None) -> Grid | None:
    """Choices between gambles beside theories and axioms, or None without any."""
    if found is None:
        return None
    people = any(row.people.known for row in found.agreement)
    columns = [Column("Share of choices"), Column("n", spare=1), Column("Twins", ends=True)]
    columns += [Column("People", ends=True)] if people else []
    columns += [Column("Published")]
    rows: list[tuple[str, ...]] = []
    for row in found.agreement:
        cells = [f"As {row.label[:1].lower()}{row.label[1:]}", f"{row.problems}"]
        cells += [_figure(row.twins), *([_figure(row.people)] if people else [])]
        rows.append((*cells, _rate(row.published)))
    rho = ["Choice rates with expected value, ρ", f"{found.problems}", number(found.twins_rho, 2)]
    rho += [number(found.people_rho, 2)] if people else []
    rows.append((*rho, ".50′" if found.sampled else ""))
    for line in found.violations:
        cells = [line.label, f"{line.opportunities}", _figure(line.twins)]
        cells += [_figure(line.people)] if people else []
        rows.append((*cells, _rate(line.published)))
    return Grid("Choices between gambles", tuple(columns), tuple(rows))


def self_reports_grid(report: TaskReport, *, everything: bool = False) -> Grid | None:
    """Correlations of self-reports with behaviour, or None without any."""
    found = report.dissociation
    if found is None or not found.pairs:
        return None
    people = not math.isnan(found.people_median)
    columns = [Column("Self-report × behaviour"), Column("Twins", ends=True)]
    columns += [Column("People", ends=True)] if people else []
    columns += [Column("Published", spare=LAST)]
    own = [number(found.people_median)] if people else []
    most = [number(found.people_most)] if people else []
    rows: list[tuple[str, ...]] = [
        ("Median |r|", number(found.twins_median), *own, number(found.published_median)),
        ("Largest |r|", number(found.twins_most), *most, number(found.published_most)),
    ]
    shown = found.pairs if everything else found.pairs[:PAIRS]
    for pair in shown:
        cells = [f"{INDENT}{pair.trait_label} × {pair.measure_label}", _figure(pair.twins)]
        cells += [_figure(pair.people)] if people else []
        rows.append((*cells, ""))
    left_out = len(found.pairs) - len(shown)
    note = f"Published: {found.source}"
    note += f"; {left_out:,} smaller pairs are not shown" if left_out else ""
    return Grid("Self-reports and behaviour", tuple(columns), tuple(rows), note)


def task_reading(report: TaskReport) -> tuple[str, ...]:
    """How to read the tables, and notes."""
    beside = "the people's interval, or the published one where there are no people"
    return (
        f"Beside people: where the twins' figure lies against {beside}; unclear where only their "
        "own interval reaches it.",
        "Published: ′ seen in another text, ″ recalled and not looked up again; no mark: read in "
        "the source.",
        f"{report.level:.0%} intervals: Student, Wilson, Welch, Hedges & Olkin, Fisher.",
        *report.notes,
    )


def _score(value: float) -> str:
    """A score in as many digits as matter: ".28", "17.1", "24,310"."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size < 10:
        return number(value, 2)
    digits = 1 if size < 100 else 0
    text = f"{size:,.{digits}f}"
    return f"−{text}" if value < 0 else text


def _figure(found: Figure) -> str:
    if not found.known:
        return "–"
    low, high = found.interval
    if math.isnan(low):
        return _score(found.value)
    return f"{_score(found.value)} [{_score(low)}, {_score(high)}]"


def _published(found: Published | None) -> str:
    if found is None:
        return ""
    low, high = found.interval
    return f"{_score(found.value)}{MARKS[found.mark]} [{_score(low)}, {_score(high)}]"


def _rate(found: Rate | None) -> str:
    return "" if found is None else f"{number(found.value, 2)}{MARKS[found.mark]}"
