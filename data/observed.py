"""Answer options of variables that came without labels, from the answers that were given."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .codebook import Codebook, Level, Variable, code_text
from .panel import Panel

__all__ = ["with_observed_codes"]

MOST_OPTIONS = 30
"""A variable with more different answers than this is not a closed list of options."""


def with_observed_codes(panel: Panel, names: Iterable[str]) -> Codebook:
    """Return the panel's codebook in which unlabelled categories are labelled by their codes.

    To ask a nominal or ordinal variable again, its options must be known; a bare CSV does not list
    them. An ordinal variable with a declared range of whole numbers is left alone: its options
    are all points of the range.

    Args:
        panel: The panel.
        names: Variables to be asked again.
    """
    return panel.codebook.with_variables(
        _labelled(panel, panel.codebook[name]) for name in dict.fromkeys(names)
    )


def _labelled(panel: Panel, variable: Variable) -> Variable:
    closed = variable.level in (Level.NOMINAL, Level.ORDINAL) and variable.kind == "number"
    if not closed or variable.labels:
        return variable
    if variable.level is Level.ORDINAL and variable.range is not None:
        return variable
    answers = panel.numbers(variable.name)
    codes = np.unique(answers[np.isfinite(answers)])
    if not 1 < len(codes) <= MOST_OPTIONS:
        return variable
    return variable.replace(labels=tuple((float(code), code_text(float(code))) for code in codes))
