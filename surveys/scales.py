"""The scales that a run's questionnaire declares, scored from the run's answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..data.scale_scores import with_scores
from ..data.scales import Scale, scale_faults, scored_from

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["recorded_scales", "with_run_scores"]


def recorded_scales(meta: Mapping[str, Any]) -> tuple[Scale, ...]:
    """The scales declared in the questionnaire that a run file keeps.

    Args:
        meta: `Run.meta`.
    """
    text = meta["questionnaire"]
    if "\nscales:" not in text:
        return ()
    from .files.reading import parse_questionnaire

    return parse_questionnaire(text, "questionnaire of the run", strict=False).scales


def with_run_scores(panel: Panel, scales: Sequence[Scale]) -> Panel:
    """Return the panel of a run with its scores.

    The answers of a run can be read whatever its scales are worth: one that cannot be scored is
    left out, and a note says so.
    """
    usable, notes = [], []
    variables = {v.name: v for v in panel.codebook}
    for scale in scales:
        fault = next(scale_faults(scale, variables), None)
        taken = scale.name in variables and not scored_from(variables[scale.name])
        if fault is None and not taken:
            usable.append(scale)
        else:
            why = fault.what if fault is not None else "a variable has its name"
            notes.append(f"The scale {scale.name} is not scored: {why}.")
    book = dataclasses.replace(
        panel.codebook, notes=tuple(dict.fromkeys((*panel.codebook.notes, *notes)))
    )
    return with_scores(dataclasses.replace(panel, codebook=book), usable)
