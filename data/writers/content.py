"""What goes into a file: a panel whose ids and missing codes a reader will find again."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, Level, MissingCode, Role, Variable, code_text
from ..panel import Panel, person_key
from ..persons import choose_id, row_numbers
from ..table import Table
from .losses import Losses

__all__ = ["coded_column", "settled_codes", "with_person_column"]

_UNHOLDABLE = re.compile("[\x00\ud800-\udfff]")
_ID_NAMES = ("person", "person_id", "respondent_id", "case_id")


def with_person_column(panel: Panel, *, roles_kept: bool, always: bool = False) -> Panel:
    """Add the person ids as first column, unless reading the file will find them anyway.

    They will be found when they are mere row numbers, when id columns make them up and the format
    keeps roles, or when one column of a customary name holds them.

    Args:
        panel: The panel to write.
        roles_kept: Whether the format stores which variables are ids.
        always: Whether to add them even if they are mere row numbers.
    """
    named = tuple(v.name for v in panel.codebook if v.role is Role.ID)
    waves = tuple(v.name for v in panel.codebook if v.role is Role.WAVE)
    persons = panel.persons
    table = Table(frame=panel.frame.reset_index(drop=True), variables=panel.codebook.variables)
    found: tuple[str, ...] = named if roles_kept else ()
    if not found:
        customary = choose_id(panel.names, table, waves)
        found = (customary,) if customary else ()
    if found:
        columns = [table.frame[name].tolist() for name in found]
        complete = all(table.frame[name].notna().all() for name in found)
        if complete and persons == [person_key(v) for v in zip(*columns, strict=True)]:
            return panel
    elif persons == row_numbers(len(panel)) and not always:
        return panel
    name = next(n for n in _ID_NAMES if n not in panel.codebook)
    column = Variable(
        name=name, label="Person id", level=Level.TEXT, kind="text", role=Role.ID, format=""
    )
    others = tuple(
        v.replace(role=Role.PARADATA) if v.role is Role.ID else v for v in panel.codebook
    )
    frame = panel.frame.copy(deep=False)
    frame.insert(0, name, np.array(persons, dtype=object))
    book = dataclasses.replace(panel.codebook, variables=(column, *others))
    return dataclasses.replace(panel, frame=frame, codebook=book)


def settled_codes(panel: Panel, losses: Losses, *, letters: bool = False) -> Panel:
    """Make every missing code one that a file can hold and tell from an answer.

    In a panel the status says what is missing; in a file the code alone does. Lettered codes of
    numeric variables (".a") become numbers that nothing else uses, unless the format has
    `letters`; so does a code that is also somebody's answer.
    """
    panel = _holdable_texts(panel, losses)
    changed = []
    for variable in panel.codebook:
        column = panel.frame[variable.name]
        unfit = [
            m.code
            for m in variable.missing
            if (isinstance(m.code, str) and variable.kind != "text" and not letters)
            or (variable.kind != "date" and bool((column == m.code).any()))
        ]
        if not unfit:
            continue
        used = {*variable.codes, *(m.code for m in variable.missing)}
        if variable.kind != "date":
            used.update(column.dropna().unique().tolist())
        fresh = _fresh_codes(used, text=variable.kind == "text")
        new = {code: next(fresh) for code in unfit}
        changed.append(
            variable.replace(
                missing=tuple(
                    MissingCode(new.get(m.code, m.code), m.reason, m.label)
                    for m in variable.missing
                )
            )
        )
        pairs = ", ".join(f"{code_text(old)} as {code_text(to)}" for old, to in new.items())
        losses.add("missing codes stored as others", f"{variable.name} ({pairs})")
    return panel.with_codebook(changed) if changed else panel


def _holdable_texts(panel: Panel, losses: Losses) -> Panel:
    """Replace what no file holds: NUL, and halves of surrogate pairs."""
    cleaned = {}
    for variable in panel.codebook:
        if variable.kind != "text":
            continue
        column = panel.frame[variable.name]
        texts = column.dropna().tolist()
        if not _UNHOLDABLE.search("".join(texts)):
            continue
        losses.add("characters that no file holds, which become \ufffd", variable.name)
        cells = [
            _UNHOLDABLE.sub("\ufffd", text) if isinstance(text, str) else None
            for text in column.tolist()
        ]
        cleaned[variable.name] = np.array(cells, dtype=object)
    if not cleaned:
        return panel
    return dataclasses.replace(panel, frame=panel.frame.assign(**cleaned))


def _fresh_codes(used: set[Code], *, text: bool) -> Iterator[Code]:
    numbers = (float(-number) for number in itertools.count(91))
    candidates: Iterator[Code] = (code_text(n) for n in numbers) if text else numbers
    return (code for code in candidates if code not in used)


def coded_column(panel: Panel, variable: Variable) -> npt.NDArray[Any]:
    """A column with its missing codes back in place.

    Returns:
        For numbers float64 (or object where a code is text) with NaN for blanks; for text object
        with None for blanks; dates stay datetime64, their codes are not put in. Shape (people,).
    """
    column = panel.frame[variable.name]
    if variable.kind == "date":
        return column.to_numpy(dtype="datetime64[us]")
    values: npt.NDArray[Any]
    if variable.kind == "number":
        values = column.to_numpy(dtype=np.float64)
    else:
        values = column.astype(object).where(column.notna(), None).to_numpy(dtype=object)
    status = panel.status.get(variable.name)
    if status is None or not status.any():
        return values
    values = values.copy()
    if variable.kind == "number" and any(isinstance(m.code, str) for m in variable.missing):
        values = values.astype(object)
    for k, missing in enumerate(variable.missing, start=1):
        values[status == k] = missing.code
    return values
