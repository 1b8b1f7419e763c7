"""Codes labelled "Don't know" or "Refused" that a file forgot to declare missing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .codebook import Code, MissingCode, Reason, Variable, code_text
from .reasons import reason_from_label
from .table import Table, split_missing

__all__ = ["set_aside_nonanswers"]

LONGEST_LABEL = 40
"""A longer label is taken for an answer in words rather than the name of a non-answer."""

_PLAIN = re.compile(
    r"\W*(?:(?:i )?(?:do not|don['’]?t) know|dk|refused?|refusal|no answer|not asked|"
    r"not applicable|(?:i )?(?:would )?(?:prefer|rather) not(?: to)?(?: say| answer)?|"
    r"not stated|no response|wei(?:ß|ss) nicht|keine angabe|ne sait pas|no sabe|weet niet)\W*",
    re.IGNORECASE,
)


def set_aside_nonanswers(table: Table, described: Collection[str] = ()) -> Table:
    """Take labelled non-answers that are not declared missing out of the answers.

    Many archives ship "Don't know" as 9999 without declaring it; as an answer it would swamp every
    mean. A code goes when its label says nothing but that there is no answer and it stands at an
    end of the scale, or when its label speaks of a non-answer and it stands apart: negative beside
    codes that are not, or more than one step beyond the rest. Its reason is kept, and each such
    step is recorded in `Variable.inferred`.

    Args:
        table: As read.
        described: Names of variables that a codebook describes; what it lists as an answer stays.
    """
    import pandas as pd

    variables: list[Variable] = []
    columns: dict[str, Any] = {}
    status = dict(table.status)
    for variable in table.variables:
        gone = [] if variable.name in described else _nonanswers(variable)
        if not gone:
            variables.append(variable)
            continue
        codes = {entry.code for entry in gone}
        held = len(variable.missing)
        column = table.frame[variable.name]
        values, found = split_missing(column.to_numpy(copy=True), tuple(gone))
        if found is not None:
            columns[variable.name] = pd.Series(values, index=column.index, dtype=column.dtype)
            before = status.get(variable.name, np.zeros(len(column), dtype=np.int16))
            status[variable.name] = _merged(before, found, held)
        variables.append(
            variable.replace(
                labels=tuple((code, label) for code, label in variable.labels if code not in codes),
                missing=(*variable.missing, *gone),
                inferred=(*variable.inferred, *(_sentence(entry) for entry in gone)),
            )
        )
    if not columns and not any(v is not w for v, w in zip(variables, table.variables, strict=True)):
        return table
    frame = table.frame.assign(**columns) if columns else table.frame
    return dataclasses.replace(table, frame=frame, variables=tuple(variables), status=status)


def _merged(
    before: npt.NDArray[np.int16], found: npt.NDArray[np.int16], held: int
) -> npt.NDArray[np.int16]:
    return np.where(found > 0, found + held, before).astype(np.int16)


def _sentence(entry: MissingCode) -> str:
    return f"{code_text(entry.code)} “{entry.label}” taken as missing ({entry.reason})"


def _nonanswers(variable: Variable) -> list[MissingCode]:
    if variable.kind != "number":
        return []
    suspects: list[tuple[float, str, Reason]] = []
    rest: list[float] = []
    for code, label in variable.labels:
        if isinstance(code, str):
            return []
        reason = reason_from_label(label) if len(label) <= LONGEST_LABEL else Reason.OTHER
        if reason is Reason.OTHER:
            rest.append(float(code))
        else:
            suspects.append((float(code), label, reason))
    # With fewer than two answers left, the "non-answers" may be what was asked about.
    if len(rest) < 2:
        return []
    return [
        MissingCode(_code(variable.labels, code), reason, label)
        for code, label, reason in suspects
        if _apart(code, rest) or (_PLAIN.fullmatch(label) and not min(rest) < code < max(rest))
    ]


def _apart(code: float, rest: Sequence[float]) -> bool:
    return (code < 0 <= min(rest)) or code > max(rest) + 1 or code < min(rest) - 1


def _code(labels: tuple[tuple[Code, str], ...], number: float) -> Code:
    return next(code for code, _ in labels if code == number)
