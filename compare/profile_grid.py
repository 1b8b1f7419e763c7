"""A table of outcomes under a profile, as a grid of text."""

from __future__ import annotations

from .layout import Column, Grid
from .profiles import OutcomeScore, ProfileTable
from .verdict import number

__all__ = ["profile_grid", "profile_lines"]


def profile_grid(table: ProfileTable) -> Grid:
    """One row per outcome, accuracy beside the constant's."""
    columns = (
        Column("Outcome"),
        Column("n"),
        Column("r"),
        Column("Twins", "Accuracy"),
        Column("Constant", "Accuracy"),
        Column("SD ratio"),
        Column("Glass Δ"),
    )
    rows = tuple(_row(outcome) for outcome in table.outcomes)
    return Grid(f"Outcomes, {table.profile.name} conventions", columns, rows)


def profile_lines(table: ProfileTable) -> tuple[str, ...]:
    """Source and conventions of the table, and remarks about the data."""
    return (f"Conventions of {table.profile.source}", *table.profile.words, *table.notes)


def _row(outcome: OutcomeScore) -> tuple[str, ...]:
    return (
        outcome.outcome,
        f"{outcome.n:,}",
        number(outcome.r),
        number(outcome.accuracy),
        number(outcome.accuracy_constant),
        number(outcome.sd_ratio),
        number(outcome.glass_delta),
    )
