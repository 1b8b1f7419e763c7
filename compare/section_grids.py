"""The tables of what a scorecard holds beside its items: effects, structure, fairness, quality."""

from __future__ import annotations

import math

from .card import Scorecard
from .card_sections import Contrast, ContrastSide, Effects, QualityScore
from .groups import SMALL
from .layout import Column, Grid
from .verdict import number, with_interval

__all__ = [
    "contrast_grid",
    "effects_lines",
    "fairness_grid",
    "forecast_grid",
    "forecast_lines",
    "hypothesis_lines",
    "quality_flags",
    "quality_grid",
    "section_grids",
    "structure_grid",
]

MOST = 60
"""Most contrasts in the table."""

LONGEST = 60
"""Longer labels of items are cut where an arm stands behind them."""

SCORES = {
    "rps": "RPS",
    "brier": "Brier score",
    "log_score": "Log score",
    "ece": "Calibration error",
}


def section_grids(card: Scorecard, *, everything: bool = False) -> list[Grid]:
    """The tables that have rows.

    Args:
        card: The scorecard.
        everything: Show what is in order too, not only effects and what is wrong.
    """
    grids = [contrast_grid(card.effects), quality_grid(card, everything=everything)]
    if everything:
        grids += [fairness_grid(card), structure_grid(card), forecast_grid(card)]
    return [grid for grid in grids if grid is not None and grid.rows]


# --- effects ----------------------------------------------------------------------------------


def contrast_grid(effects: Effects | None) -> Grid | None:
    """One row per contrast, numbered as in the figure; None without an experiment."""
    if effects is None or not effects.contrasts:
        return None
    shown = effects.contrasts[:MOST]
    columns = (
        Column("Effect"),
        Column("n", "People", spare=2),
        Column("d", "People", ends=True),
        Column("n", "Twins", spare=2),
        Column("d", "Twins", ends=True),
        Column("Verdict"),
    )
    rows = tuple(
        (
            f"{k}  {contrast_name(c)}",
            f"{c.human.n:,}",
            with_interval(c.human.d, c.human.d_interval, 2),
            f"{c.twin.n:,}",
            with_interval(c.twin.d, c.twin.d_interval, 2),
            _agreement(c),
        )
        for k, c in enumerate(shown, 1)
    )
    more = len(effects.contrasts) - len(shown)
    note = f"{more:,} more effects are not shown" if more else ""
    return Grid("Effects of the arms, people beside twins", columns, rows, note)


def contrast_name(c: Contrast) -> str:
    """The item, in short, and the arm against the other."""
    label = c.label if len(c.label) <= LONGEST else f"{c.label[: LONGEST - 1].rstrip()}…"
    return f"{label}: {c.arm} − {c.against}"


def _agreement(c: Contrast) -> str:
    if c.same_verdict is None:
        return "–"
    if c.same_verdict:
        return "same"
    return "other sign" if c.same_sign is False and _both(c.human, c.twin) else "differs"


def _both(human: ContrastSide, twin: ContrastSide) -> bool:
    return all(side.d_interval[0] > 0 or side.d_interval[1] < 0 for side in (human, twin))


def effects_lines(effects: Effects | None) -> tuple[str, ...]:
    """What the effects come to, in words."""
    if effects is None or not effects.contrasts:
        return ()
    count = len(effects.contrasts)
    contrasts = "1 contrast" if count == 1 else f"{count:,} contrasts"
    said = []
    if math.isfinite(effects.same_sign):
        line = f"Of {contrasts}, {effects.same_sign:.0%} have the people's sign"
        if math.isfinite(effects.same_verdict):
            line += f" and {effects.same_verdict:.0%} the people's verdict"
        said.append(line)
    if math.isfinite(effects.correlation):
        said.append(
            "Over contrasts, twins' effects correlate "
            f"{with_interval(effects.correlation, effects.correlation_interval, 2)} with the "
            f"people's, slope {with_interval(effects.slope, effects.slope_interval, 2)}"
        )
    if math.isfinite(effects.inflation):
        line = f"Twins' d is {number(effects.inflation, 2)} times the people's in size"
        if math.isfinite(effects.delta_inflation):
            line += f", their raw differences {number(effects.delta_inflation, 2)} times"
            if effects.inflation > effects.delta_inflation:
                line += " (the rest is their low variance)"
        said.append(line)
    if math.isfinite(effects.moderation):
        said.append(
            "Where effects differ between subgroups, twins' departures correlate "
            f"{number(effects.moderation, 2)} with the people's"
        )
    if effects.other_arm > 0:
        said.append(
            f"{effects.other_arm:.0%} of the twins were in another arm than their person: scores "
            "of single persons mix arms for them"
        )
    return tuple(said)


# --- data quality -----------------------------------------------------------------------------


def quality_flags(card: Scorecard) -> tuple[str, ...]:
    """What is wrong with how the twins answer, in one line; nothing if nothing is."""
    said = [_said(score) for score in card.quality if score.flag]
    return (f"Data quality: {'; '.join(said)}",) if said else ()


def _said(score: QualityScore) -> str:
    flag = score.flag.removesuffix(".")
    figures = [
        f"{side} {number(value, 2)}"
        for side, value in (("twins", score.twin), ("people", score.human))
        if math.isfinite(value)
    ]
    return flag + (f" ({', '.join(figures)})" if figures else "")


def quality_grid(card: Scorecard, *, everything: bool = True) -> Grid | None:
    """One row per sign of careless or artificial answering; only flagged ones unless all."""
    scores = [score for score in card.quality if everything or score.flag]
    if not scores:
        return None
    columns = (
        Column("How they answer"),
        Column("People", ends=True),
        Column("Twins", ends=True),
        Column("Difference", ends=True),
        *((Column("Flag"),) if everything else ()),
    )
    rows = tuple(
        (
            score.label,
            with_interval(score.human, score.human_interval),
            with_interval(score.twin, score.twin_interval),
            with_interval(score.gap, score.gap_interval),
            *(("!" if score.flag else "",) if everything else ()),
        )
        for score in scores
    )
    return Grid("Data quality, people beside twins", columns, rows)


# --- fairness, structure, probabilities -------------------------------------------------------


def fairness_grid(card: Scorecard) -> Grid | None:
    """One row per variable and measure: the best and the worst served subgroup."""
    if not card.fairness:
        return None
    columns = (
        Column("Split by"),
        Column("Best served"),
        Column("Score", ends=True),
        Column("Worst served"),
        Column("Score", ends=True),
        Column("Gap", ends=True),
        Column("By chance"),
    )
    rows = tuple(
        (
            f"{score.variable}, {score.label}",
            f"{score.best} ({score.best_n:,})",
            with_interval(score.best_score, score.best_interval),
            f"{score.worst} ({score.worst_n:,})",
            with_interval(score.worst_score, score.worst_interval),
            with_interval(score.gap, score.gap_interval),
            number(score.chance_gap),
        )
        for score in card.fairness
    )
    notes = ["by chance: the mean gap when people are dealt to such subgroups at random"]
    small = dict.fromkeys(
        f"{score.variable} = {name}" for score in card.fairness for name in score.small
    )
    if small:
        notes.append(f"fewer than {SMALL} people, not ranked: {', '.join(small)}")
    return Grid("Best and worst served", columns, rows, "; ".join(notes))


def structure_grid(card: Scorecard) -> Grid | None:
    """One row per block: whether its items hang together as they do among the people."""
    if not card.structure:
        return None
    columns = (
        Column("Items"),
        Column("Number", spare=1),
        Column("Twins", "Correlations off by", ends=True),
        Column("Halves", "Correlations off by"),
        Column("People", "Mean |r|", spare=2),
        Column("Twins", "Mean |r|", spare=2),
        Column("People", "α"),
        Column("Twins", "α"),
    )
    rows = tuple(
        (
            score.block or "all items",
            f"{len(score.items):,}",
            with_interval(score.rms, score.rms_interval),
            number(score.rms_floor),
            number(score.strength_human),
            number(score.strength_twin),
            number(score.alpha_human, 2),
            number(score.alpha_twin, 2),
        )
        for score in card.structure
    )
    note = "correlations off by: root mean square difference of the correlations of two items"
    return Grid("How items hang together", columns, rows, note)


def forecast_grid(card: Scorecard) -> Grid | None:
    """The scores of stated probabilities beside those of the other people's shares."""
    found = card.forecasts
    if found is None:
        return None
    columns = (Column("Stated probabilities"), Column("Twins", ends=True), Column("Shares"))
    rows = tuple(
        (
            SCORES.get(name, name),
            with_interval(value, found.intervals.get(name, (math.nan, math.nan))),
            number(found.marginal.get(name, math.nan)),
        )
        for name, value in found.scores.items()
    )
    return Grid("How good the stated probabilities are", columns, rows, "all are 0 at best")


def forecast_lines(card: Scorecard) -> tuple[str, ...]:
    """What the probabilities come to, in words."""
    found = card.forecasts
    if found is None or math.isnan(found.skill):
        return ()
    return (
        f"Stated probabilities: skill {with_interval(found.skill, found.skill_interval)}; 0 is "
        "what the other people's shares predict, 1 is certainty that comes true",
    )


def hypothesis_lines(card: Scorecard) -> tuple[str, ...]:
    """On how many items a hypothesis is rejected, with and without correction."""
    return tuple(
        f"{count.label}: on {count.raw} of {count.n_items} items, {count.holm} after Holm's "
        f"correction, {count.bh} after Benjamini and Hochberg's"
        for count in card.tests
        if count.n_items
    )
