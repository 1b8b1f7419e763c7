"""What a reader hands over: columns as found in the file, and what the file itself declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .codebook import Code, MissingCode, Variable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "split_missing"]


@dataclass(frozen=True, eq=False)
class Table:
    """A file's content before ids, waves, weights, inference and privacy are seen to.

    Attributes:
        frame: The columns, in file order, names unique, plain RangeIndex. Cells are substantive
            values only (float64, str or datetime64); absences are NaN, None or NaT.
        variables: One per column, in the same order, holding what the file declares.
        declared: Names of the variables whose measure level the file states; the level of any
            other variable is to be inferred.
        status: As in `Panel.status`.
        title: The file's own title, if it has one.
        about: What the file or its codebook says of the data as a whole, such as "synthetic".
        notes: Remarks for people: what was repaired, dropped or could not be read.
    """

    frame: pd.DataFrame
    variables: tuple[Variable, ...]
    declared: frozenset[str] = frozenset()
    status: Mapping[str, npt.NDArray[np.int16]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    title: str = ""
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def split_missing(
    values: npt.NDArray[np.float64] | npt.NDArray[np.object_], missing: tuple[MissingCode, ...]
) -> tuple[npt.NDArray[np.float64] | npt.NDArray[np.object_], npt.NDArray[np.int16] | None]:
    """Separate coded absences from answers.

    Args:
        values: A column with missing codes still in place, shape (people,).
        missing: The codes that mean "no answer".

    Returns:
        The column with every missing code replaced by NaN (or None for text), and the status
        array of `Panel.status`, or None when no coded absence occurs.
    """
    status = np.zeros(len(values), dtype=np.int16)
    for k, entry in enumerate(missing, start=1):
        status[_equals(values, entry.code)] = k
    if not status.any():
        return values, None
    cleaned = values.copy()
    cleaned[status > 0] = np.nan if cleaned.dtype == np.float64 else None
    return cleaned, status


def _equals(
    values: npt.NDArray[np.float64] | npt.NDArray[np.object_], code: Code
) -> npt.NDArray[np.bool_]:
    if values.dtype == np.float64 and isinstance(code, str):
        return np.zeros(len(values), dtype=np.bool_)
    return np.asarray(values == code, dtype=np.bool_)
