"""What stands on a scorecard beside its items: tests, effects, structure, fairness, quality."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..data.panel import Panel
from .align import Aligned
from .card import Scorecard
from .effects import effects_of
from .fairness import fairness_of
from .forecasts import forecasts_of
from .outcome_tests import tested
from .quality import quality_of
from .scoring import Settings
from .stated import Paradata, Stated
from .structure import structure_of

__all__ = ["with_sections"]


def with_sections(
    card: Scorecard,
    aligned: Aligned,
    twin: Panel,
    settings: Settings,
    *,
    by: Sequence[str],
    arms: Sequence[str],
    stated: Stated | None,
    paradata: Paradata | None,
) -> Scorecard:
    """Return the scorecard with every section that the data allow.

    Args:
        card: A scorecard with its items and subgroups.
        aligned: Both sides' answers.
        twin: The twin panel; of several replicates the first is used.
        settings: How much to draw.
        by: Variables of the human panel that the people are split by.
        arms: Variables of both panels that hold the arms of an experiment.
        stated: Probabilities behind the twins' answers.
        paradata: How the twins' answers came about.
    """
    twins = next(iter(twin.waves().values())).people(aligned.persons)
    items, tests = tested(aligned, card.items, settings.level)
    return dataclasses.replace(
        card,
        items=items,
        tests=tests,
        forecasts=None if stated is None else forecasts_of(aligned, stated, settings),
        effects=effects_of(aligned, twins, arms, by, settings),
        structure=structure_of(aligned, settings),
        fairness=fairness_of(aligned, card.groups, settings),
        quality=quality_of(aligned, twins, paradata, settings.level),
    )
