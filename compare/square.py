"""Square figures as inline SVG: what twins do against what people do, with the identity line."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .card_sections import Contrast, Effects, Forecasts
from .section_grids import contrast_name
from .svg import AXIS, HUMAN, TWIN
from .verdict import number

__all__ = ["Square", "calibration_square", "effects_square"]

SIDE, MARGIN, TOP = 320, 44, 8
"""Size of the drawing, room for the axes, room above; in user units, which are pixels on a phone."""

MOST = 30
"""More points than this are not numbered."""


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
        "On the solid line, twins react as people do; flatter than it, less; beyond the zero lines, "
        "the other way."
    )
    if len(known) <= MOST:
        caption += " Numbers are those of the table."
    key = [("point", "same verdict as the people, 95% interval"), ("hollow", "another verdict")]
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
        c.human.d_interval,
        c.twin.d_interval,
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
    low, high = ends
    plot = SIDE - MARGIN - TOP

    def x(value: float) -> float:
        return MARGIN + plot * (min(max(value, low), high) - low) / (high - low)

    def y(value: float) -> float:
        return TOP + plot * (1 - (min(max(value, low), high) - low) / (high - low))

    parts = []
    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        text = f"{value:.0%}" if (low, high) == (0.0, 1.0) else number(value, 1)
        zero = abs(value) < step / 2 and low < 0
        faint = "" if zero else ' opacity=".2"'
        parts.append(
            f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP}" y2="{TOP + plot}" '
            f'stroke="{AXIS}"{faint}/><line x1="{MARGIN}" x2="{MARGIN + plot}" y1="{y(value):.1f}" '
            f'y2="{y(value):.1f}" stroke="{AXIS}"{faint}/>'
            f'<text x="{x(value):.1f}" y="{TOP + plot + 13}" text-anchor="middle">{text}</text>'
            f'<text x="{MARGIN - 4}" y="{y(value) + 4:.1f}" text-anchor="end">{text}</text>'
        )
    parts.append(
        f'<line x1="{x(low):.1f}" y1="{y(low):.1f}" x2="{x(high):.1f}" y2="{y(high):.1f}" '
        f'stroke="{HUMAN}" stroke-width="2"/>'
    )
    if math.isfinite(slope):
        reach = high if abs(slope) <= 1 else high / abs(slope)
        parts.append(
            f'<line x1="{x(-reach):.1f}" y1="{y(-reach * slope):.1f}" x2="{x(reach):.1f}" '
            f'y2="{y(reach * slope):.1f}" stroke="{TWIN}" stroke-width="1.5" '
            'stroke-dasharray="5 3"/>'
        )
    for p in points:
        for (a, b), across in ((p.across, True), (p.up, False)):
            if math.isfinite(a):
                one, two = (x(a), x(b)) if across else (y(a), y(b))
                place = y(p.y) if across else x(p.x)
                line = (
                    f'x1="{one:.1f}" x2="{two:.1f}" y1="{place:.1f}" y2="{place:.1f}"'
                    if across
                    else f'x1="{place:.1f}" x2="{place:.1f}" y1="{one:.1f}" y2="{two:.1f}"'
                )
                parts.append(f'<line {line} stroke="{TWIN}" opacity=".45"/>')
    for p in points:
        fill = TWIN if p.filled else "white"
        parts.append(
            f'<circle cx="{x(p.x):.1f}" cy="{y(p.y):.1f}" r="{p.radius:.1f}" fill="{fill}" '
            f'stroke="{TWIN}" stroke-width="1.5"><title>{html.escape(p.about)}</title></circle>'
        )
    parts += [
        f'<text class="name" x="{x(p.x) + 6:.1f}" y="{y(p.y) - 5:.1f}">{html.escape(p.name)}</text>'
        for p in points
        if p.name
    ]
    parts.append(
        f'<text x="{MARGIN + plot / 2}" y="{SIDE + 6}" text-anchor="middle">{names[0]}</text>'
        f'<text x="11" y="{TOP + plot / 2}" text-anchor="middle" '
        f'transform="rotate(-90 11 {TOP + plot / 2})">{names[1]}</text>'
    )
    text = html.escape(about, quote=True)
    return (
        f'<svg viewBox="0 0 {SIDE} {SIDE + 10}" role="img" aria-label="{text}" font-size="11" '
        f'fill="#333"><title>{text}</title>{"".join(parts)}</svg>'
    )
