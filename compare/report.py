"""One self-contained HTML report of a scorecard: no network, no script, readable on paper."""

from __future__ import annotations

import itertools
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType

from ..data.write import replacing
from .card import Scorecard
from .figures import distributions, forest_accuracy, forest_r
from .heat import heat_map
from .layout import (
    Grid,
    answers_line,
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
    contrast_grid,
    effects_lines,
    fairness_grid,
    forecast_grid,
    forecast_lines,
    hypothesis_lines,
    quality_flags,
    quality_grid,
    structure_grid,
)
from .square import calibration_square, effects_square
from .svg import ABOVE, BELOW, HUMAN, SHAPES, TWIN
from .task_grids import flag_lines, task_reading, tasks_title
from .task_render import task_grids, task_sources

__all__ = ["render_report", "write_report"]

TEMPLATE = "report.html.j2"

LONGEST_LEAD = 12


def write_report(
    card: Scorecard,
    path: str | Path,
    *,
    command: str = "",
    context: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the report of a scorecard to a file, whole or not at all.

    Args:
        card: What to report.
        path: The file to write.
        command: The command that made it, to be printed exactly.
        context: Further facts for the method notes: respondent, cost, …

    Raises:
        FileError: The file cannot be written.
    """
    text = render_report(card, command=command, context=context)
    with replacing([Path(path)]) as (draft,):
        draft.write_text(text, encoding="utf-8")


def render_report(
    card: Scorecard, *, command: str = "", context: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The report as HTML text; see `write_report`."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    items = item_grid(card, sort="", everything=True)
    drawn = distributions(card)
    return environment.get_template(TEMPLATE).render(
        card=card,
        title=title(card),
        banners=leading_notes(card),
        made=[line for line in (answers_line(card), _price(card)) if line],
        summary=[_sentence(line) for line in card.verdict],
        warnings=card.warnings,
        headline=_table(headline_grid(card, everything=True)),
        groups=_table(group_grid(card)),
        scales=_table(scale_grid(card)),
        items=_table(items),
        effects=effects_square(card.effects),
        effects_words=effects_lines(card.effects),
        contrasts=_table(contrast_grid(card.effects)),
        heat=heat_map(card),
        fairness=_table(fairness_grid(card)),
        quality=_table(quality_grid(card)),
        quality_flags=quality_flags(card),
        structure=_table(structure_grid(card)),
        forecasts=_table(forecast_grid(card)),
        forecast_words=forecast_lines(card),
        calibration=calibration_square(card.forecasts),
        hypotheses=hypothesis_lines(card),
        facts={name[:1].upper() + name[1:]: text for name, text in card.facts.items()},
        task_title=tasks_title(card.tasks) if card.tasks is not None else "",
        task_sources=task_sources(card.tasks) if card.tasks is not None else (),
        tasks=[_table(grid) for grid in task_grids(card.tasks, everything=True)]
        if card.tasks is not None
        else [],
        flags=flag_lines(card.tasks) if card.tasks is not None else (),
        task_words=task_reading(card.tasks) if card.tasks is not None else (),
        figures=[figure for figure in (forest_r(card), forest_accuracy(card)) if figure.lines],
        distributions=drawn,
        undrawn=sum(item.n_human > 0 and item.n_twin > 0 for item in card.items) - len(drawn),
        reading=reading(card),
        method=method_line(card),
        notes=other_notes(card),
        versions=_versions(),
        command=command,
        context=dict(context),
        human=HUMAN,
        twin=TWIN,
        below=BELOW,
        above=ABOVE,
        shapes=SHAPES,
    )


def _price(card: Scorecard) -> str:
    """Who answered, and what it cost; the method notes have the rest."""
    said = [f"{name} {card.facts[name]}" for name in ("model", "cost") if name in card.facts]
    text = ", ".join(said)
    return text[:1].upper() + text[1:]


def _sentence(line: str) -> tuple[str, str]:
    """A verdict cut into what it is about ("Persons") and what it says."""
    about, colon, rest = line.partition(": ")
    if not colon or len(about) > LONGEST_LEAD:
        return "", line
    return about, rest[:1].upper() + rest[1:]


@dataclass(frozen=True, slots=True)
class Table:
    """A grid with its shared headings as (words, number of columns), none if nothing is shared."""

    grid: Grid
    over: tuple[tuple[str, int], ...]


def _table(grid: Grid | None) -> Table | None:
    if grid is None or not grid.rows:
        return None
    runs = [
        (over, len(list(columns)))
        for over, columns in itertools.groupby(column.over for column in grid.columns)
    ]
    return Table(grid, tuple(runs) if any(over for over, _ in runs) else ())


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in ("understudy", "numpy", "scipy"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
