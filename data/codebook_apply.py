"""A declared codebook meets the columns of a file: what it says wins, what does not fit is said."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .codebook import Code, Codebook, Level, Role, Variable, code_text
from .codebook_words import LEVEL_OPEN
from .errors import nearest
from .table import Table, split_missing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["apply_codebook"]

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?")
_SHOWN = 4


def apply_codebook(table: Table, book: Codebook, where: str) -> Table:
    """Describe a table's columns with a declared codebook.

    Missing codes become statuses; a column that stores labels ("Agree") where the codebook has
    numeric codes is recoded to the codes. A value that is neither a label nor in the range stays,
    and is noted with its count; a column that cannot be recoded whole stays text.

    Args:
        table: As read.
        book: As declared; its variables may be fewer or more than the table's.
        where: The codebook's place, for the notes.

    Returns:
        The table with the book's entries, in the order of the table.
    """
    import pandas as pd

    names = [v.name for v in table.variables]
    columns: dict[str, Any] = {}
    variables: list[Variable] = []
    status: dict[str, npt.NDArray[np.int16]] = {}
    notes: list[str] = []
    declared = set(table.declared)
    for found in table.variables:
        old = table.status.get(found.name)
        if found.name not in book:
            columns[found.name] = table.frame[found.name]
            variables.append(found)
            if old is not None:
                status[found.name] = old
            continue
        said = book[found.name]
        fitted = _fit(table.frame[found.name], found, said, old)
        columns[found.name] = fitted.values
        variables.append(fitted.variable)
        if fitted.status is not None:
            status[found.name] = fitted.status
        if LEVEL_OPEN not in said.inferred:
            declared.add(found.name)
        notes += [f"{found.name}: {note}" for note in fitted.notes]
    absent = [v.name for v in book if v.name not in names]
    if absent:
        close = nearest(absent[0], names, 1)
        hint = f" (did {absent[0]} mean {close[0]}?)" if close else ""
        notes.append(
            f"{where} describes {len(absent)} variables that the file does not have:"
            f" {_some(absent)}{hint}"
        )
    undescribed = [name for name in names if name not in book]
    if undescribed:
        notes.append(f"{where} says nothing about {_some(undescribed)}")
    return Table(
        frame=pd.DataFrame(columns),
        variables=tuple(variables),
        declared=frozenset(declared),
        status=status,
        title=book.title or table.title,
        about=tuple(dict.fromkeys((*book.notes, *table.about))),
        notes=(*table.notes, *notes),
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


@dataclasses.dataclass(frozen=True, eq=False)
class _Fitted:
    values: Any
    variable: Variable
    status: npt.NDArray[np.int16] | None
    notes: tuple[str, ...]


def _fit(
    column: pd.Series[Any],
    found: Variable,
    said: Variable,
    old: npt.NDArray[np.int16] | None,
) -> _Fitted:
    """One column under its declared entry."""
    import pandas as pd

    variable = _merge(found, said)
    if found.kind == "date":
        return _Fitted(column, variable.replace(kind="date", labels=()), old, ())
    notes: list[str] = []
    if found.kind == "text" or _holds_text(said):
        gone = column.isna().tolist()
        cells = column.tolist()
        texts = np.empty(len(cells), dtype=object)
        texts[:] = [None if no else code_text(x) for no, x in zip(gone, cells, strict=True)]
        values, status, variable = _from_texts(texts, variable, notes)
    else:
        values, status = split_missing(column.to_numpy(dtype=np.float64), variable.missing)
        variable = variable.replace(kind="number")
    notes += _outside(values, variable)
    return _Fitted(
        values if variable.kind == "number" else pd.Series(values, dtype=object),
        variable,
        _carry_over(status, old, found, variable),
        tuple(notes),
    )


def _merge(found: Variable, said: Variable) -> Variable:
    """What is declared, over what the file itself said."""
    codes = {m.code for m in said.missing} | set(said.codes)
    labels = said.labels or tuple(
        (code, label) for code, label in found.labels if code not in codes
    )
    return said.replace(
        label=said.label or found.label,
        question=said.question or found.question,
        labels=labels,
        missing=(*said.missing, *(m for m in found.missing if m.code not in codes)),
        level=found.level if LEVEL_OPEN in said.inferred else said.level,
        role=found.role if said.role is Role.ITEM else said.role,
        group=said.group or found.group,
        format=said.format or found.format,
        inferred=tuple(text for text in said.inferred if text != LEVEL_OPEN),
    )


def _carry_over(
    status: npt.NDArray[np.int16] | None,
    old: npt.NDArray[np.int16] | None,
    found: Variable,
    variable: Variable,
) -> npt.NDArray[np.int16] | None:
    """Statuses the reader had already set, under the numbers of the merged missing codes."""
    if old is None:
        return status
    positions = {m.code: k for k, m in enumerate(variable.missing, start=1)}
    moved = np.array([0, *(positions.get(m.code, 0) for m in found.missing)], dtype=np.int16)[old]
    return moved if status is None else np.where(status > 0, status, moved).astype(np.int16)


def _holds_text(said: Variable) -> bool:
    """Whether the declared codes are texts, so that digits in the file are names."""
    if said.kind == "text" or said.level is Level.TEXT:
        return True
    return bool(said.labels) and all(isinstance(code, str) for code in said.codes)


def _wants_numbers(variable: Variable) -> bool:
    if _holds_text(variable):
        return False
    numeric = any(not isinstance(code, str) for code in variable.codes)
    metric = variable.level in (Level.INTERVAL, Level.ORDINAL, Level.MULTIPLE)
    return numeric or metric or variable.range is not None


def _from_texts(
    texts: npt.NDArray[np.object_], variable: Variable, notes: list[str]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int16] | None, Variable]:
    """Turn text into declared codes, as numbers if every cell is a code, a label or a number."""
    import pandas as pd

    positions, unique = pd.factorize(texts)
    words = [" ".join(str(word).split()) for word in unique]
    labels = _by_label(variable)
    absent = {code_text(m.code): k for k, m in enumerate(variable.missing, start=1)}
    by_code = {m.code: k for k, m in enumerate(variable.missing, start=1)}
    numbers, statuses, strange, used = [], [], [], False
    for word in words:
        code: Code | None = labels.get(word.casefold())
        used |= code is not None
        if code is None and _NUMBER.fullmatch(word):
            code = float(word)
        k = absent.get(word) or (by_code.get(code, 0) if code is not None else 0)
        statuses.append(k)
        numbers.append(code if isinstance(code, float) and not k else np.nan)
        strange.append(not k and not isinstance(code, float))
    coded = np.array([*statuses, 0], dtype=np.int16)[positions]
    status = coded if coded.any() else None
    if _wants_numbers(variable) and not any(strange):
        if used:
            notes.append("the file stores labels, read as the codes of the codebook")
        values: npt.NDArray[Any] = np.array([*numbers, np.nan], dtype=np.float64)[positions]
        return values, status, variable.replace(kind="number")
    if _wants_numbers(variable):
        count = int(np.isin(positions, np.flatnonzero(strange)).sum())
        example = words[strange.index(True)]
        notes.append(
            f"{count:,} values such as {example!r} are neither codes nor labels of the codebook,"
            " so the column stays text"
        )
    values = texts.copy()
    values[coded > 0] = None
    return values, status, _as_text(variable, used)


def _as_text(variable: Variable, by_label: bool) -> Variable:
    """The entry of a column of texts: its codes are the texts that stand in the file."""
    labels = [label for _, label in variable.labels]
    if by_label and len(set(labels)) == len(labels):
        codes: list[Code] = list(labels)
    else:
        codes = [code_text(code) for code in variable.codes]
    missing = tuple(dataclasses.replace(m, code=code_text(m.code)) for m in variable.missing)
    clash = {m.code for m in missing}
    kept = tuple((c, text) for c, text in zip(codes, labels, strict=True) if c not in clash)
    level = variable.level
    if level is Level.INTERVAL:
        level = Level.NOMINAL if kept else Level.TEXT
    return variable.replace(kind="text", labels=kept, missing=missing, range=None, level=level)


def _by_label(variable: Variable) -> dict[str, Code]:
    """Codes by folded label; a label that two codes share names neither."""
    pairs = [*variable.labels, *((m.code, m.label or m.reason.value) for m in variable.missing)]
    found: dict[str, Code] = {}
    twice = set()
    for code, label in pairs:
        folded = " ".join(label.split()).casefold()
        if folded in found:
            twice.add(folded)
        found[folded] = float(code) if isinstance(code, int) else code
    return {label: code for label, code in found.items() if label and label not in twice}


def _outside(values: npt.NDArray[Any], variable: Variable) -> list[str]:
    """A note on values that the codebook does not allow for."""
    import pandas as pd

    if not variable.labels and variable.range is None:
        return []
    counts = pd.Series(values).value_counts()
    known = set(variable.codes)
    strange = {code: int(n) for code, n in counts.items() if code not in known}
    said = "have no label"
    if variable.range is not None and variable.kind == "number":
        low, high = variable.range
        strange = {code: n for code, n in strange.items() if not low <= float(str(code)) <= high}
        said = f"lie outside the range {code_text(low)} to {code_text(high)}"
    elif variable.level in (Level.INTERVAL, Level.TEXT):
        return []
    if not strange:
        return []
    shown = [f"{code_text(code)} ({n:,} times)" for code, n in strange.items()]
    return [f"{len(strange):,} values {said}: {_some(shown)}"]
