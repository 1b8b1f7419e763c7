"""Small inline figures for reports: plain SVG strings, no library, no script.

Horizontal places are percentages, so that a figure is as wide as its page while text and marks
keep their size. Colours are from the palette of Okabe & Ito (2008), distinguishable with any
common colour vision; marks differ in shape as well.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "ABOVE",
    "AXIS",
    "BELOW",
    "HUMAN",
    "SHAPES",
    "TWIN",
    "Band",
    "Mark",
    "axis",
    "bar_pair",
    "strip",
    "tick_label",
]

HUMAN = "#0072B2"
TWIN = "#D55E00"
AXIS = "#767676"
BELOW = "#e4e4e4"
"""Fill of what is reached without knowing the person."""
ABOVE = "#d3e6f4"
"""Fill of what the people themselves do not reach."""
SHAPES = {
    "reference": "M0,-6 L6,0 L0,6 L-6,0 Z",
    "second": "M-4.5,-4.5 L4.5,-4.5 L4.5,4.5 L-4.5,4.5 Z",
    "third": "M0,-5.5 L5.5,4.5 L-5.5,4.5 Z",
}
"""Outlines of the marks of respondents beside the twins."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One value in a strip.

    Attributes:
        kind: "twin" (filled circle), "reference" (hollow diamond), "second" (hollow square),
            "third" (hollow triangle), "ceiling" (thick tick) or "floor" (thin tick).
        value: Where.
        name: What it is, for the figure's description.
        interval: Drawn as a line through the mark if finite.
    """

    kind: str
    value: float
    name: str
    interval: tuple[float, float] = (math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Band:
    """A shaded stretch behind the marks of a strip; left out where an end is undefined."""

    low: float
    high: float
    fill: str


def strip(
    marks: Sequence[Mark],
    low: float,
    high: float,
    *,
    about: str,
    bands: Sequence[Band] = (),
    step: float = 0.2,
) -> str:
    """A line with marks on it, 20 pixels high.

    Args:
        marks: What to mark; undefined values are left out.
        low: Value at the left end.
        high: Value at the right end.
        bands: What to shade behind the marks.
        step: Distance of the grid lines.
        about: What the strip is about; with the marks it makes the text alternative.
    """
    known = [mark for mark in marks if math.isfinite(mark.value)]
    words = [f"{mark.name} {mark.value:.3f}{_between(mark.interval)}" for mark in known]
    label = f"{about}: {', '.join(words) or 'no value'}"
    parts = [_shaded(band, low, high) for band in bands]
    for value in _ticks(low, high, step):
        x = _percent(value, low, high)
        parts.append(f'<line x1="{x}" x2="{x}" y1="0" y2="20" stroke="{AXIS}" opacity=".2"/>')
    if low < 0 < high:
        zero = _percent(0.0, low, high)
        parts.append(f'<line x1="{zero}" x2="{zero}" y1="0" y2="20" stroke="{AXIS}"/>')
    # The twins last, so that nothing covers them.
    known.sort(key=lambda mark: mark.kind == "twin")
    parts += [_drawn(mark, low, high) for mark in known]
    return _figure(label, 20, "".join(parts))


def axis(low: float, high: float, step: float) -> str:
    """Tick labels below strips."""
    values = _ticks(low, high, step)
    parts = []
    for value in values:
        anchor = "start" if value == values[0] else "end" if value == values[-1] else "middle"
        parts.append(
            f'<text x="{_percent(value, low, high)}" y="12" font-size="11" fill="{AXIS}" '
            f'text-anchor="{anchor}">{tick_label(value)}</text>'
        )
    return (
        f'<svg width="100%" height="16" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def bar_pair(human: float, twin: float, most: float, *, about: str) -> str:
    """Two bars, the people's above the twins', on a scale up to `most`."""
    parts = []
    for y, share, colour in ((1, human, HUMAN), (10, twin, TWIN)):
        if math.isfinite(share):
            width = 100 * share / most if most > 0 else 0.0
            parts.append(f'<rect x="0" y="{y}" width="{width:.2f}%" height="8" fill="{colour}"/>')
    label = f"{about}: people {_share(human)}, twins {_share(twin)}"
    return _figure(label, 19, "".join(parts))


def tick_label(value: float) -> str:
    """A tick label as short as it can be: "0", ".2", "−.4", "1"."""
    text = f"{abs(value):.1f}".removesuffix(".0")
    return ("−" if value < -0.05 else "") + (text.removeprefix("0") or "0")


def _ticks(low: float, high: float, step: float) -> list[float]:
    return [low + k * step for k in range(round((high - low) / step) + 1)]


def _shaded(band: Band, low: float, high: float) -> str:
    ends = [min(max((end - low) / (high - low), 0.0), 1.0) for end in (band.low, band.high)]
    if not all(map(math.isfinite, ends)) or ends[0] >= ends[1]:
        return ""
    return (
        f'<rect x="{100 * ends[0]:.2f}%" width="{100 * (ends[1] - ends[0]):.2f}%" y="0" '
        f'height="20" fill="{band.fill}"/>'
    )


def _drawn(mark: Mark, low: float, high: float) -> str:
    x = _percent(mark.value, low, high)
    if mark.kind == "twin":
        line = ""
        if math.isfinite(mark.interval[0]):
            ends = [_percent(end, low, high) for end in mark.interval]
            line = (
                f'<line x1="{ends[0]}" x2="{ends[1]}" y1="10" y2="10" stroke="{TWIN}" '
                'stroke-width="3"/>'
            )
        return f'{line}<circle cx="{x}" cy="10" r="5" fill="{TWIN}"/>'
    if mark.kind == "ceiling":
        return f'<line x1="{x}" x2="{x}" y1="1" y2="19" stroke="{HUMAN}" stroke-width="4"/>'
    if mark.kind == "floor":
        return (
            f'<line x1="{x}" x2="{x}" y1="2" y2="18" stroke="{HUMAN}" stroke-width="2" '
            'stroke-dasharray="3 2"/>'
        )
    # A nested SVG lets a shape of fixed size stand at a place given as a percentage.
    # Where marks coincide, those after the first let it shine through.
    fill = "white" if mark.kind == "reference" else "none"
    return (
        f'<svg x="{x}" y="10" overflow="visible"><path d="{SHAPES[mark.kind]}" fill="{fill}" '
        f'stroke="#333" stroke-width="1.5"/></svg>'
    )


def _figure(label: str, height: int, body: str) -> str:
    text = html.escape(label, quote=True)
    return (
        f'<svg width="100%" height="{height}" role="img" aria-label="{text}" overflow="visible">'
        f"<title>{text}</title>{body}</svg>"
    )


def _percent(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low)
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def _between(interval: tuple[float, float]) -> str:
    if not math.isfinite(interval[0]):
        return ""
    return f" (interval {interval[0]:.3f} to {interval[1]:.3f})"


def _share(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "no answers"
