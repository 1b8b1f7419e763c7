"""Codes that stand apart from a scale and are labelled as no answer, though nobody declared them.

Files that passed through other programs often keep 9999 "Don't know" or -9 "Refused" among the
answers. Left there, they would be the top of a scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, MissingCode, Reason, Variable, code_text
from ..reasons import reason_from_label
from ..table import split_missing

__all__ = ["Column", "set_apart"]

Column = tuple[Variable, npt.NDArray[Any], npt.NDArray[np.int16] | None]
"""A variable, its cells without missing codes, and its status array if it has one."""

GAP = 1.0
"""A code lies apart when more than this separates it from every answer."""


def set_apart(column: Column) -> Column:
    """Take labelled codes for missing when their label says so and they lie apart from the rest.

    A "Don't know" that follows the scale directly (1 yes, 2 no, 3 don't know) stays an answer: in
    such questions it was offered as one. What is taken is said in `Variable.inferred`.
    """
    variable, values, status = column
    if variable.kind != "number":
        return column
    found = _codes_apart(variable.labels, values)
    if not found:
        return column
    gone = {entry.code for entry in found}
    cleaned, new_status = split_missing(values, found)
    if new_status is not None:
        shifted = np.where(new_status > 0, new_status + len(variable.missing), 0)
        before = 0 if status is None else status
        status = (before + shifted).astype(np.int16)
    named = ", ".join(f"{code_text(entry.code)} ({entry.label})" for entry in found)
    sentence = (
        f"taken as missing: {named}, by label and distance from the other codes; "
        "a codebook that lists it under labels makes it an answer"
    )
    changed = variable.replace(
        labels=tuple((code, label) for code, label in variable.labels if code not in gone),
        missing=(*variable.missing, *found),
        inferred=(*variable.inferred, sentence),
    )
    return changed, cleaned, status


def _codes_apart(
    labels: Sequence[tuple[Code, str]], values: npt.NDArray[np.float64]
) -> tuple[MissingCode, ...]:
    excuses = [
        MissingCode(float(code), reason, label)
        for code, label in labels
        if not isinstance(code, str) and (reason := reason_from_label(label)) is not Reason.OTHER
    ]
    if not excuses:
        return ()
    codes = {entry.code for entry in excuses}
    seen = np.unique(values[np.isfinite(values)])
    answers = [float(code) for code, _ in labels if not isinstance(code, str) and code not in codes]
    answers += [value for value in seen.tolist() if value not in codes]
    if not answers:
        return ()
    low, high = min(answers) - GAP, max(answers) + GAP
    return tuple(entry for entry in excuses if not low <= float(entry.code) <= high)
