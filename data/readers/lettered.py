"""Lettered missing values, as Stata and SAS have them: .a to .z, and SAS's ._ ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, MissingCode
from .packages import split_labels

__all__ = ["split_lettered"]


def split_lettered(
    labels: Mapping[Any, str], tags: npt.NDArray[np.str_] | None
) -> tuple[tuple[tuple[Code, str], ...], tuple[MissingCode, ...], npt.NDArray[np.int16] | None]:
    """Part value labels into those of answers and of lettered codes, and code who has which.

    Args:
        labels: Label by code; lettered codes are single letters.
        tags: One letter per row, "" where there is none; None when the column has none at all.

    Returns:
        Substantive labels; missing codes ".a" to ".z", labelled or observed, in order of letters;
        and the status array of `Panel.status`, or None.
    """
    lettered = {f".{code.lower()}": text for code, text in labels.items() if isinstance(code, str)}
    codes = set(lettered)
    if tags is not None:
        codes.update(f".{letter.lower()}" for letter in np.unique(tags) if letter)
    order = sorted(codes)
    numbered = {code: text for code, text in labels.items() if not isinstance(code, str)}
    substantive, missing = split_labels({**numbered, **lettered}, order)
    if tags is None:
        return substantive, missing, None
    status = np.zeros(len(tags), dtype=np.int16)
    folded = np.char.lower(tags)
    for k, code in enumerate(order, start=1):
        status[folded == code[1:]] = k
    return substantive, missing, status
