"""One self-contained HTML report of a scorecard: no network, no script, readable on paper."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType

from ..data.errors import FileError
from .card import ItemScore, Scorecard
from .layout import (
    group_grid,
    headline_grid,
    item_grid,
    method_line,
    plain_rows,
    reading,
    title,
)
from .svg import HUMAN, TWIN, Mark, axis, bar_pair, strip
from .verdict import number

__all__ = ["render_report", "write_report"]

MOST = 60
"""Most items drawn; the table lists them all."""

TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a figure: text at the left, a picture, figures at the right."""

    label: str
    picture: str
    figure: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption and axis."""

    title: str
    caption: str
    lines: tuple[Line, ...]
    axis: str = ""


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
    groups = group_grid(card)
    tables = [headline_grid(card), *([groups] if groups else [])]
    tables.append(item_grid(card, sort="", everything=True))
    return environment.get_template(TEMPLATE).render(
        card=card,
        title=title(card),
        tables=[(grid, plain_rows(grid)) for grid in tables],
        figures=[figure for figure in (_forest_r(card), _forest_accuracy(card)) if figure.lines],
        distributions=[_distribution(item) for item in _furthest(card)],
        undrawn=max(len(card.items) - MOST, 0),
        reading=reading(card),
        method=method_line(card),
        versions=_versions(),
        command=command,
        context=dict(context),
        human=HUMAN,
        twin=TWIN,
    )


def _forest_r(card: Scorecard) -> Figure:
    items = [item for item in card.items if math.isfinite(item.pearson)]
    items.sort(key=lambda item: -item.pearson)
    lowest = min((item.intervals.get("pearson", (0.0, 0.0))[0] for item in items), default=0.0)
    lowest = min([lowest, *(item.pearson for item in items)], default=0.0)
    low = -1.0 if lowest < -0.4 else -0.4
    lines = [
        Line(
            item.label,
            strip(
                [*_marks(item, "pearson"), *_retest(item, "pearson")],
                low,
                1.0,
                about=f"Correlation, {item.label}",
            ),
            number(item.pearson, 2),
        )
        for item in _both_ends(items)
    ]
    return Figure(
        "Correlation of twins with their people, by item",
        "0 is what shuffled persons score. The further right, the better; the people's own second "
        "answers are the most that can be expected." + _cut(items),
        tuple(lines),
        axis(low, 1.0, 0.2),
    )


def _forest_accuracy(card: Scorecard) -> Figure:
    items = [item for item in card.items if math.isfinite(item.accuracy)]
    items.sort(key=lambda item: -(item.accuracy - item.references["constant"]["accuracy"]))
    drawn = ("constant", *card.method.references[3:])
    seen = [
        value
        for item in items
        for value in (
            item.accuracy,
            item.intervals.get("accuracy", (1.0, 1.0))[0],
            *(scores["accuracy"] for name, scores in item.references.items() if name in drawn),
        )
        if math.isfinite(value)
    ]
    low = math.floor(5 * min(seen, default=0.0)) / 5
    lines = [
        Line(
            item.label,
            strip(
                [
                    Mark("floor", item.references["constant"]["accuracy"], "constant"),
                    *_marks(item, "accuracy"),
                    *_retest(item, "accuracy"),
                ],
                low,
                1.0,
                about=f"Accuracy, {item.label}",
            ),
            number(item.accuracy, 2),
        )
        for item in _both_ends(items)
    ]
    return Figure(
        "Accuracy beside the constant answer, by item",
        "Sorted by how far the twins are ahead of the constant. To the left of the dashed tick, "
        "giving everybody the same answer would have been better." + _cut(items),
        tuple(lines),
        axis(low, 1.0, 0.1 if low > 0.4 else 0.2),
    )


def _marks(item: ItemScore, metric: str) -> list[Mark]:
    others = [name for name in item.references if name not in ("constant", "marginal", "shuffled")]
    found = [Mark("reference", item.references[name][metric], name) for name in others]
    unknown = (math.nan, math.nan)
    interval = item.intervals.get(metric, unknown)
    return [*found, Mark("twin", item.scores[metric], "twins", interval)]


def _retest(item: ItemScore, metric: str) -> list[Mark]:
    return [Mark("ceiling", item.retest.get(metric, math.nan), "retest")]


def _both_ends(items: list[ItemScore]) -> list[ItemScore]:
    return items if len(items) <= MOST else [*items[: MOST // 2], *items[-MOST // 2 :]]


def _cut(items: list[ItemScore]) -> str:
    if len(items) <= MOST:
        return ""
    return f" The best and the worst {MOST // 2} of {len(items):,} items are drawn."


def _furthest(card: Scorecard) -> list[ItemScore]:
    """The items to draw distributions of: all, or those furthest apart, in the given order."""
    if len(card.items) <= MOST:
        return list(card.items)
    far = sorted(card.items, key=lambda item: -(item.distance if item.distance >= 0 else -1.0))
    chosen = {item.name for item in far[:MOST]}
    return [item for item in card.items if item.name in chosen]


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
    found = []
    for package in ("understudy", "numpy", "scipy"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
