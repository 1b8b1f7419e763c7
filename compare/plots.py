"""Pictures of scorecards for notebooks, drawn with matplotlib on axes that the caller may bring.

matplotlib is imported when something is drawn and not before.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from ..data.errors import ComparisonError, RequestError
from .svg import ABOVE, AXIS, BELOW, HUMAN, TWIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .card import ItemScore, Scorecard
    from .differences import Differences

Row = TypeVar("Row")

__all__ = ["KINDS", "plot_card", "plot_differences"]

MOST = 60
"""Most items on one picture: beyond, the middle of the list is left out."""

CHANCE = 1.96
"""√n times the |r| that 95 % of samples without a correlation stay under."""

DISTANCES = ("wasserstein", "total_variation")
CORRELATIONS = ("pearson", "spearman")

KINDS = ("answers", "items", "groups", "effects")


def plot_card(
    card: Scorecard,
    item: str = "",
    *,
    kind: str = "",
    metric: str = "pearson",
    ax: Axes | None = None,
) -> Axes:
    """Draw a scorecard.

    Args:
        card: What to draw.
        item: An item: its answers by people and twins, side by side. Without one, all items.
        kind: "answers" (of `item`), "items" (a measure item by item, between floor and ceiling) or
            "groups" (the same by subgroup) or "effects" (of experimental arms, twins against
            people); by default what fits.
        metric: Measure of "items" and "groups": "pearson", "accuracy", …
        ax: Where to draw; a new figure without it.

    Returns:
        The axes.

    Raises:
        UnknownNameError: The item or measure is not on the scorecard.
        RequestError: There is no such kind of picture.
        ComparisonError: There is nothing to draw.
    """
    from ..data.errors import UnknownNameError

    chosen = kind or ("answers" if item else "items")
    if chosen not in KINDS:
        raise UnknownNameError("kind of picture", chosen, KINDS)
    if chosen == "answers":
        if not item:
            raise RequestError("which item's answers?", remedy='name it: card.plot("trust")')
        return _answers(card, item, ax)
    if item:
        raise RequestError(
            f"kind={chosen!r} draws all items", remedy=f"leave out {item!r}, or the kind"
        )
    if chosen == "effects":
        return _effects(card, ax)
    label = card.headline(metric).label
    return (_groups if chosen == "groups" else _items)(card, metric, label, ax)


def plot_differences(
    found: Differences, metric: str = "pearson", *, ax: Axes | None = None
) -> Axes:
    """Draw the difference of one measure, item by item, with intervals.

    Raises:
        UnknownNameError: The measure was not compared.
        ComparisonError: It is defined for no item.
    """
    label = found.headline(metric).label
    rows = [
        (item.label, item.estimates[metric], item.intervals.get(metric, (math.nan, math.nan)))
        for item in found.items
        if metric in item.estimates
    ]
    rows.sort(key=lambda row: row[1])
    rows = _both_ends(rows)
    axes = _axes(ax, len(rows), f"{label}: {found.names[0]} less {found.names[1]}")
    axes.axvline(0, color=AXIS, linewidth=1)
    _points(axes, [row[1] for row in rows], [row[2] for row in rows])
    _labelled(axes, [row[0] for row in rows])
    return axes


def _answers(card: Scorecard, name: str, ax: Axes | None) -> Axes:
    item = card[name]
    if not item.bars:
        raise ComparisonError(f"nobody answered {name!r}, so there is nothing to draw")
    bars = item.bars[::-1]
    axes = _axes(ax, 2 * len(bars), item.label)
    places = range(len(bars))
    for offset, shares, colour, side in (
        (0.2, [bar.human for bar in bars], HUMAN, "people"),
        (-0.2, [bar.twin for bar in bars], TWIN, "twins"),
    ):
        heights = [share if math.isfinite(share) else 0.0 for share in shares]
        axes.barh([k + offset for k in places], heights, 0.4, color=colour, label=side)
    _labelled(axes, [bar.label for bar in bars])
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    axes.set_xlim(left=0)
    axes.legend(frameon=False)
    return axes


def _items(card: Scorecard, metric: str, label: str, ax: Axes | None) -> Axes:
    items = [item for item in card.items if math.isfinite(item.scores.get(metric, math.nan))]
    if not items:
        raise ComparisonError(f"{label} is defined for no item, so there is nothing to draw")
    items = _both_ends(sorted(items, key=lambda item: item.scores[metric]))
    axes = _axes(ax, len(items), f"{label}, by item")
    unknown = (math.nan, math.nan)
    values = [item.scores[metric] for item in items]
    intervals = [item.intervals.get(metric, unknown) for item in items]
    ends = [_ends(item, metric) for item in items]
    known = [*values, *itertools.chain(*intervals), *itertools.chain(*ends)]
    left, right = _limits(metric, [value for value in known if math.isfinite(value)])
    for k, (worst, best) in enumerate(ends):
        if metric in DISTANCES:
            _band(axes, k, worst, right, BELOW)
            _band(axes, k, left, best, ABOVE)
        else:
            _band(axes, k, -worst if metric in CORRELATIONS else left, worst, BELOW)
            _band(axes, k, best, right, ABOVE)
    _points(axes, values, intervals)
    _labelled(axes, [item.label for item in items])
    axes.set_xlim(left, right)
    if metric in CORRELATIONS or card.headline(metric).better == "one":
        axes.axvline(0 if metric in CORRELATIONS else 1, color=AXIS, linewidth=1)
    _explained(axes, card, metric, ends)
    return axes


def _ends(item: ItemScore, metric: str) -> tuple[float, float]:
    """What is had without knowing the person, and what the people themselves reach."""
    if metric in CORRELATIONS:
        return CHANCE / math.sqrt(item.n), item.retest.get(metric, math.nan)
    constant = item.references["constant"].get(metric, math.nan)
    if metric in DISTANCES:
        return constant, item.floors.get(metric, math.nan)
    if metric in ("accuracy", "exact"):
        return constant, item.retest.get(metric, math.nan)
    return math.nan, math.nan


def _limits(metric: str, known: Sequence[float]) -> tuple[float, float]:
    """Ends of the axis: all of what is known, and the end of the measure's range."""
    low, high = min(known), max(known)
    if metric in DISTANCES:
        return 0.0, 1.05 * high
    room = 0.05 * (high - low or 1.0)
    return low - room, 1.0 if metric in (*CORRELATIONS, "accuracy", "exact") else high + room


def _band(axes: Axes, k: int, start: float, end: float, fill: str) -> None:
    if math.isfinite(start) and math.isfinite(end) and start < end:
        axes.barh(k, end - start, 0.9, start, color=fill, zorder=0)


def _groups(card: Scorecard, metric: str, label: str, ax: Axes | None) -> Axes:
    groups = [group for group in card.groups if metric in group.scores][::-1]
    if not groups:
        raise ComparisonError(
            f"there are no subgroups with {label}, so there is nothing to draw",
            remedy="compare with by=[…]: accuracy, r, SD ratio and distances are scored",
        )
    axes = _axes(ax, len(groups), f"{label}, by subgroup")
    _points(
        axes,
        [group.scores[metric][0] for group in groups],
        [(group.scores[metric][1], group.scores[metric][2]) for group in groups],
    )
    _labelled(axes, [f"{g.variable} = {g.label} ({g.n:,})" for g in groups])
    whole = card.headline(metric).estimate
    axes.axvline(whole, color=AXIS, linewidth=1, linestyle=":", label="everybody")
    axes.legend(frameon=False)
    return axes


def _effects(card: Scorecard, ax: Axes | None) -> Axes:
    known = [
        c
        for c in (card.effects.contrasts if card.effects is not None else ())
        if math.isfinite(c.human.d) and math.isfinite(c.twin.d)
    ]
    if not known:
        raise ComparisonError(
            "no effects of experimental arms are known on both sides, so there is nothing to draw",
            remedy="compare with people who were in the arms, in variables arm_CONDITION",
        )
    axes = _axes(ax, 14, "Effects (d): twins against people")
    most = 1.1 * max(0.2, *(max(abs(c.human.d), abs(c.twin.d)) for c in known))
    axes.axhline(0, color=AXIS, linewidth=0.5)
    axes.axvline(0, color=AXIS, linewidth=0.5)
    axes.plot([-most, most], [-most, most], color=HUMAN, label="twins = people")
    for c in known:
        for (low, high), across in ((c.human.d_interval, True), (c.twin.d_interval, False)):
            ends, place = [low, high], [c.twin.d if across else c.human.d] * 2
            axes.plot(*((ends, place) if across else (place, ends)), color=TWIN, alpha=0.4)
    for same, fill, said in ((True, TWIN, "same verdict"), (False, "white", "another verdict")):
        some = [c for c in known if bool(c.same_verdict) is same]
        axes.scatter(
            [c.human.d for c in some],
            [c.twin.d for c in some],
            facecolor=fill,
            edgecolor=TWIN,
            zorder=3,
            label=said,
        )
    axes.set(xlim=(-most, most), ylim=(-most, most), xlabel="People's d", ylabel="Twins' d")
    axes.set_aspect("equal")
    axes.legend(frameon=False, fontsize="small")
    return axes


def _explained(
    axes: Axes, card: Scorecard, metric: str, ends: Sequence[tuple[float, float]]
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    level = f", {card.method.level:.0%} interval" if card.method.bootstrap else ""
    handles: list[Line2D | Patch] = [Line2D([], [], color=TWIN, marker="o", label="twins" + level)]
    worse, better = (
        ("no closer than a constant", "as close as halves of the people")
        if metric in DISTANCES
        else ("chance (95%)", "above the people's retest")
        if metric in CORRELATIONS
        else ("below the constant", "above the people's retest")
    )
    for place, (fill, said) in enumerate(((BELOW, worse), (ABOVE, better))):
        if any(math.isfinite(pair[place]) for pair in ends):
            handles.append(Patch(color=fill, label=said))
    axes.legend(
        handles=handles,
        frameon=False,
        fontsize="small",
        loc="upper left",
        bbox_to_anchor=(0, -0.35 / max(len(ends), 4) - 0.06),
    )


def _points(axes: Axes, values: Sequence[float], intervals: Sequence[tuple[float, float]]) -> None:
    places = range(len(values))
    for k, (low, high) in zip(places, intervals, strict=True):
        if math.isfinite(low):
            axes.plot([low, high], [k, k], color=TWIN, linewidth=2)
    axes.plot(values, places, "o", color=TWIN, markersize=6, zorder=3)


def _labelled(axes: Axes, labels: Sequence[str], longest: int = 40) -> None:
    texts = [text if len(text) <= longest else f"{text[: longest - 1]}…" for text in labels]
    # A dollar sign in a label is a dollar sign, not mathematics.
    axes.set_yticks(range(len(texts)), [text.replace("$", r"\$") for text in texts])
    axes.set_ylim(-0.7, len(texts) - 0.3)


def _both_ends(rows: Sequence[Row]) -> list[Row]:
    if len(rows) <= MOST:
        return list(rows)
    return [*rows[: MOST // 2], *rows[-MOST // 2 :]]


def _axes(ax: Axes | None, lines: int, title: str) -> Axes:
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(7, 1.2 + 0.28 * lines), layout="constrained")
    ax.set_title(title.replace("$", r"\$"), loc="left", fontsize="medium", fontweight="bold")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
