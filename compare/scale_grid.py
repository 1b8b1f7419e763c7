"""The table of scale scores that every rendering of a scorecard shows."""

from __future__ import annotations

import math

from ..data.scale_report import ScaleSummary
from ..data.scales import Norm
from .card import Scorecard
from .layout import Column, Grid
from .verdict import number, with_interval

__all__ = ["scale_grid"]


def scale_grid(card: Scorecard) -> Grid | None:
    """One row per scale: mean, SD and α of both sides, r, and norms; None without scales."""
    if not card.scales:
        return None
    retest = any(not math.isnan(scale.retest) for scale in card.scales)
    norms = any(scale.norms for scale in card.scales)
    columns = [Column("Scale"), Column("n", spare=2)]
    columns += [Column("People", "Mean (SD)"), Column("Twins", "Mean (SD)")]
    columns += [Column("Norm", "Mean (SD)", spare=1)] if norms else []
    columns += [Column("People", "α"), Column("Twins", "α"), Column("Twins", "r", ends=True)]
    columns += [Column("Retest", "r")] if retest else []
    rows = []
    for scale in card.scales:
        cells = [scale.label, f"{scale.n:,}", _spread(scale.people), _spread(scale.twins)]
        cells += [_norm(scale.norms)] if norms else []
        cells += [number(scale.people.alpha, 2), number(scale.twins.alpha, 2)]
        cells += [with_interval(scale.pearson, scale.interval)]
        cells += [number(scale.retest)] if retest else []
        rows.append(tuple(cells))
    sources = dict.fromkeys(_source(scale.norms) for scale in card.scales if scale.norms)
    notes = [f"norms: {'; '.join(sources)}"] if sources else []
    if any(scale.scoring == "theta" for scale in card.scales):
        notes.append("theta: graded response model fitted to the people, for both sides")
    return Grid("By scale", tuple(columns), tuple(rows), "; ".join(notes))


def _spread(side: ScaleSummary) -> str:
    return f"{number(side.mean, 2)} ({number(side.sd, 2)})"


def _norm(norm: Norm | None) -> str:
    if norm is None:
        return "–"
    return number(norm.mean, 2) + ("" if norm.sd is None else f" ({number(norm.sd, 2)})")


def _source(norm: Norm) -> str:
    people = "" if norm.n is None else f"n = {norm.n:,}, "
    return f"{norm.source} ({people}{norm.mark})"
