"""One self-contained HTML report of a scorecard: no network, no script, readable on paper."""

from __future__ import annotations

import itertools
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType

from ..data.errors import FileError
from .card import ItemScore, Scorecard
from .layout import (
    POSITION,
    Grid,
    group_grid,
    headline_grid,
    item_grid,
    leading_notes,
    method_line,
    other_notes,
    reading,
    title,
)
from .references import BEST_GUESS
from .svg import ABOVE, BELOW, HUMAN, TWIN, Band, Mark, axis, bar_pair, strip
from .verdict import number

__all__ = ["render_report", "write_report"]

MOST = 60
"""Most items drawn; the table lists them all."""

TEMPLATE = "report.html.j2"

BASELINES = ("constant", "marginal", "shuffled")

CHANCE = 1.96
"""√n times the |r| that 95 % of samples without a correlation stay under."""

LONGEST_LEAD = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a figure: text at the left, a picture, figures at the right."""

    label: str
    picture: str
    figure: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption, its key (kind of mark → words) and its axis."""

    title: str
    caption: str
    lines: tuple[Line, ...]
    axis: str = ""
    key: Mapping[str, str] = MappingProxyType({})


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
    target = Path(path)
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError(
            f"the report cannot be written ({error.strerror})",
            where=str(target),
            remedy="give a file in a folder that exists and is yours",
        ) from error


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
    return environment.get_template(TEMPLATE).render(
        card=card,
        title=title(card),
        banners=leading_notes(card),
        summary=[_sentence(line) for line in card.verdict],
        warnings=card.warnings,
        headline=_table(headline_grid(card, everything=True)),
        groups=_table(group_grid(card)),
        items=_table(items),
        figures=[figure for figure in (_forest_r(card), _forest_accuracy(card)) if figure.lines],
        distributions=[_distribution(item) for item in _furthest(card)],
        undrawn=max(len(_scored(card)) - MOST, 0),
        reading=(*reading(card), POSITION),
        method=method_line(card),
        notes=other_notes(card),
        versions=_versions(),
        command=command,
        context=dict(context),
        human=HUMAN,
        twin=TWIN,
        below=BELOW,
        above=ABOVE,
    )


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


def _scored(card: Scorecard) -> list[ItemScore]:
    return [item for item in card.items if item.n_human and item.n_twin]


def _forest_r(card: Scorecard) -> Figure:
    items = [item for item in card.items if math.isfinite(item.pearson)]
    items.sort(key=lambda item: -item.pearson)
    seen = [item.intervals.get("pearson", (0.0, 0.0))[0] for item in items]
    lowest = min([*seen, *(item.pearson for item in items)], default=0.0)
    low = -1.0 if lowest < -0.4 else -0.4 if lowest < -0.2 else -0.2
    lines = []
    for item in _both_ends(items):
        chance = CHANCE / math.sqrt(item.n)
        again = item.retest.get("pearson", math.nan)
        picture = strip(
            [*_marks(item, "pearson"), Mark("ceiling", again, "retest")],
            low,
            1.0,
            about=f"Correlation, {item.label}",
            bands=(Band(-chance, chance, BELOW), Band(again, 1.0, ABOVE)),
        )
        lines.append(Line(item.label, picture, number(item.pearson)))
    return Figure(
        "Correlation of twins with their people, by item",
        "The further right, the better." + _cut(items),
        tuple(lines),
        axis(low, 1.0, 0.2),
        _key(card, "what shuffled persons reach by chance (95 %)"),
    )


def _forest_accuracy(card: Scorecard) -> Figure:
    items = [item for item in card.items if math.isfinite(item.accuracy)]
    items.sort(key=lambda item: -(item.accuracy - item.references["constant"]["accuracy"]))
    names = ("constant", *_others(card))
    seen = [
        value
        for item in items
        for value in (
            item.accuracy,
            item.intervals.get("accuracy", (1.0, 1.0))[0],
            *(scores["accuracy"] for name, scores in item.references.items() if name in names),
        )
        if math.isfinite(value)
    ]
    low = math.floor(5 * min(seen, default=0.0)) / 5
    step = 0.1 if low > 0.4 else 0.2
    lines = []
    for item in _both_ends(items):
        base, again = item.references["constant"]["accuracy"], item.retest_accuracy
        picture = strip(
            [
                Mark("floor", base, "constant"),
                *_marks(item, "accuracy"),
                Mark("ceiling", again, "retest"),
            ],
            low,
            1.0,
            about=f"Accuracy, {item.label}",
            bands=(Band(low, base, BELOW), Band(max(again, base), 1.0, ABOVE)),
            step=step,
        )
        lines.append(Line(item.label, picture, number(item.accuracy)))
    return Figure(
        "Accuracy beside one answer for everybody, by item",
        "Sorted by how far the twins are ahead of the constant." + _cut(items),
        tuple(lines),
        axis(low, 1.0, step),
        {**_key(card, "below one answer for everybody (constant)"), "floor": "constant"},
    )


def _key(card: Scorecard, below: str) -> dict[str, str]:
    """What the marks of a forest plot stand for."""
    drawn = "twins, drawn" if BEST_GUESS in card.method.references else "twins"
    key = {"twin": f"{drawn}, interval" if card.method.bootstrap else drawn}
    if _others(card):
        key["reference"] = ", ".join(_others(card))
    key["below"] = below
    if card.method.retested:
        key["ceiling"] = "the people's own second answers"
        key["above"] = "beyond these"
    return key


def _others(card: Scorecard) -> list[str]:
    """Respondents beside the twins that are no baseline."""
    return [name for name in card.method.references if name not in BASELINES]


def _marks(item: ItemScore, metric: str) -> list[Mark]:
    others = [name for name in item.references if name not in BASELINES]
    found = [Mark("reference", item.references[name][metric], name) for name in others]
    unknown = (math.nan, math.nan)
    interval = item.intervals.get(metric, unknown)
    return [*found, Mark("twin", item.scores[metric], "twins", interval)]


def _both_ends(items: list[ItemScore]) -> list[ItemScore]:
    return items if len(items) <= MOST else [*items[: MOST // 2], *items[-MOST // 2 :]]


def _cut(items: list[ItemScore]) -> str:
    if len(items) <= MOST:
        return ""
    return f" The best and the worst {MOST // 2} of {len(items):,} items are drawn."


def _furthest(card: Scorecard) -> list[ItemScore]:
    """The items to draw distributions of: all, or those furthest apart, in the given order."""
    scored = _scored(card)
    if len(scored) <= MOST:
        return scored
    far = sorted(scored, key=lambda item: -(item.distance if item.distance >= 0 else -1.0))
    chosen = {item.name for item in far[:MOST]}
    return [item for item in scored if item.name in chosen]


def _distribution(item: ItemScore) -> Figure:
    shares = [share for bar in item.bars for share in (bar.human, bar.twin)]
    most = max((share for share in shares if math.isfinite(share)), default=1.0)
    lines = tuple(
        Line(
            bar.label,
            bar_pair(bar.human, bar.twin, most, about=f"{item.label}, {bar.label}"),
            f"{_percent(bar.human)} / {_percent(bar.twin)}",
        )
        for bar in item.bars
    )
    words = "total variation" if item.distance_name == "total_variation" else "Wasserstein-1"
    caption = (
        f"{item.n_human:,} people, {item.n_twin:,} twins; {words} {number(item.distance)}, "
        f"between halves of the people {number(item.split_half)}"
    )
    gone = [
        f"{count:,} {side} {reason}"
        for side, missing in (("people", item.human_missing), ("twins", item.twin_missing))
        for reason, count in missing.items()
    ]
    if gone:
        caption += "; without an answer: " + ", ".join(gone)
    return Figure(item.label, caption + ".", lines)


def _percent(value: float) -> str:
    return f"{100 * value:.0f}" if math.isfinite(value) else "–"


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in ("understudy", "numpy", "scipy"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
