"""Square figures as inline SVG: what twins do against what people do, with the identity line."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .card_sections import NONE, Contrast, Effects, Forecasts
from .section_grids import contrast_name
from .svg import AXIS, HUMAN, TWIN, tick_label
from .verdict import number

__all__ = ["Square", "calibration_square", "effects_square"]

SIDE, MARGIN, TOP = 320, 44, 12
"""Size of the drawing, room for the axes, room above; user units are pixels on a phone."""

MOST = 30
"""More points than this have no numbers and no intervals: nothing could be read."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square figure.

    Attributes:
        title: What it shows.
        caption: How to read it.
        picture: The drawing.
        key: Marks (see `svg.Mark`) and what they stand for.
    """

    title: str
    caption: str
    picture: str
    key: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Point:
    x: float
    y: float
    about: str
    name: str = ""
    across: tuple[float, float] = (math.nan, math.nan)
    up: tuple[float, float] = (math.nan, math.nan)
    filled: bool = True
    radius: float = 4.5


def effects_square(effects: Effects | None) -> Square | None:
    """Effects of the arms, people's across, twins' upwards; None without an experiment."""
    if effects is None:
        return None
    known = [
        (k, c)
        for k, c in enumerate(effects.contrasts, 1)
        if math.isfinite(c.human.d) and math.isfinite(c.twin.d)
    ]
    if not known:
        return None
    points = [_effect(k, c, named=len(known) <= MOST) for k, c in known]
    ends = [value for p in points for value in (p.x, p.y)]
    ends += [v for p in points for v in (*p.across, *p.up) if math.isfinite(v) and abs(v) < 2]
    most = max(0.2, *(abs(value) for value in ends))
    step = 0.1 if most <= 0.35 else 0.2 if most <= 0.8 else 0.5 if most <= 2 else 1.0
    top = step * math.ceil(most / step)
    said = f"Effects of {len(known)} contrasts, people against twins"
    if math.isfinite(effects.correlation):
        said += f": correlation {effects.correlation:.2f}, slope {effects.slope:.2f}"
    said += ". " + "; ".join(point.about for point in points[:MOST])
    slope = effects.slope if math.isfinite(effects.slope) else math.nan
    picture = _drawn(points, (-top, top), step, ("People's d", "Twins' d"), said, slope)
    caption = (
        "On the solid line, twins react as people do; flatter than it, less; beyond the zero "
        "lines, the other way."
    )
    if len(known) <= MOST:
        caption += " Numbers are those of the table."
    intervals = ", with intervals" if len(known) <= MOST else ""
    key = [("point", f"same verdict as the people{intervals}"), ("hollow", "another verdict")]
    key.append(("identity", "twins = people"))
    if math.isfinite(slope):
        key.append(("slope", f"slope {number(slope, 2)}"))
    return Square("Effects: twins against people", caption, picture, tuple(key))


def _effect(k: int, c: Contrast, *, named: bool) -> _Point:
    return _Point(
        c.human.d,
        c.twin.d,
        f"{k} {contrast_name(c)}: people {c.human.d:.2f}, twins {c.twin.d:.2f}",
        str(k) if named else "",
        c.human.d_interval if named else NONE,
        c.twin.d_interval if named else NONE,
        filled=bool(c.same_verdict),
    )


def calibration_square(found: Forecasts | None) -> Square | None:
    """Stated probabilities across, how often they came true upwards; None without any."""
    if found is None:
        return None
    bins = [b for b in found.bins if b.count > 0 and math.isfinite(b.observed)]
    if not bins:
        return None
    whole = sum(b.count for b in bins)
    points = [
        _Point(
            b.stated,
            b.observed,
            f"stated {b.stated:.0%}, came true {b.observed:.0%} of {b.count:,.0f}",
            radius=3 + 9 * math.sqrt(b.count / whole),
        )
        for b in bins
    ]
    error = found.scores.get("ece", math.nan)
    said = f"Calibration, error {number(error)}. {'; '.join(p.about for p in points)}"
    picture = _drawn(points, (0.0, 1.0), 0.2, ("Stated", "Came true"), said, math.nan)
    caption = (
        f"Probability of the likeliest answer, and how often it was given (calibration error "
        f"{number(error)}). Below the line, probabilities are too bold. Size: number of answers."
    )
    return Square("Calibration of stated probabilities", caption, picture)


def _drawn(
    points: Sequence[_Point],
    ends: tuple[float, float],
    step: float,
    names: tuple[str, str],
    about: str,
    slope: float,
) -> str:
    place = _Places(*ends)
    parts = [*_grid(place, step, names), _segment(place, *(ends[:1] * 2), *(ends[1:] * 2), HUMAN)]
    if math.isfinite(slope):
        reach = ends[1] if abs(slope) <= 1 else ends[1] / abs(slope)
        line = (-reach, -reach * slope, reach, reach * slope)
        parts.append(_segment(place, *line, TWIN, ' stroke-dasharray="5 3"'))
    for p in points:
        if math.isfinite(p.across[0]):
            parts.append(_segment(place, p.across[0], p.y, p.across[1], p.y, TWIN, FAINT))
        if math.isfinite(p.up[0]):
            parts.append(_segment(place, p.x, p.up[0], p.x, p.up[1], TWIN, FAINT))
    parts += [_mark(place, p) for p in points]
    text = html.escape(about, quote=True)
    return (
        f'<svg viewBox="0 0 {SIDE} {TOP + PLOT + 36}" role="img" aria-label="{text}" '
        f'font-size="11" fill="#333"><title>{text}</title>{"".join(parts)}</svg>'
    )


HALO = 'stroke="white" stroke-width="3" style="paint-order:stroke"'
FAINT = ' opacity=".45"'
PLOT = SIDE - MARGIN - 16


@dataclass(frozen=True, slots=True)
class _Places:
    """Where values lie in the drawing; what is beyond the ends is drawn at them."""

    low: float
    high: float

    def x(self, value: float) -> float:
        return MARGIN + PLOT * self._share(value)

    def y(self, value: float) -> float:
        return TOP + PLOT * (1 - self._share(value))

    def _share(self, value: float) -> float:
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


def _segment(
    place: _Places, x1: float, y1: float, x2: float, y2: float, colour: str, more: str = ""
) -> str:
    width = 1 if more == FAINT else 2
    return (
        f'<line x1="{place.x(x1):.1f}" y1="{place.y(y1):.1f}" x2="{place.x(x2):.1f}" '
        f'y2="{place.y(y2):.1f}" stroke="{colour}" stroke-width="{width}"{more}/>'
    )


def _grid(place: _Places, step: float, names: tuple[str, str]) -> list[str]:
    """Grid lines with their values, and the names of the axes."""
    parts = []
    low, high = place.low, place.high
    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        text = f"{value:.0%}" if low == 0 else tick_label(value)
        faint = ' opacity=".2"' if low == 0 or abs(value) > step / 2 else ""
        x, y = f"{place.x(value):.1f}", f"{place.y(value):.1f}"
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{TOP + PLOT}" stroke="{AXIS}"{faint}/>'
            f'<line x1="{MARGIN}" x2="{MARGIN + PLOT}" y1="{y}" y2="{y}" stroke="{AXIS}"{faint}/>'
            f'<text x="{x}" y="{TOP + PLOT + 13}" text-anchor="middle">{text}</text>'
            f'<text x="{MARGIN - 4}" y="{y}" dy="4" text-anchor="end">{text}</text>'
        )
    middle = TOP + PLOT / 2
    parts.append(
        f'<text x="{MARGIN + PLOT / 2}" y="{TOP + PLOT + 30}" text-anchor="middle">'
        f"{names[0]}</text>"
        f'<text x="11" y="{middle}" text-anchor="middle" transform="rotate(-90 11 {middle})">'
        f"{names[1]}</text>"
    )
    return parts


def _mark(place: _Places, p: _Point) -> str:
    fill = TWIN if p.filled else "white"
    x, y = place.x(p.x), place.y(p.y)
    name = (
        f'<text x="{x + 6:.1f}" y="{y - 5:.1f}" {HALO}>{html.escape(p.name)}</text>'
        if p.name
        else ""
    )
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{p.radius:.1f}" fill="{fill}" stroke="{TWIN}" '
        f'stroke-width="1.5"><title>{html.escape(p.about)}</title></circle>{name}'
    )
