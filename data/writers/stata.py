"""Panels as Stata files: .dta, version 118 (Stata 14 and later)."""

from __future__ import annotations

import dataclasses
import re
import string
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, Reason, Variable, code_text
from ..panel import Panel
from ..readers.stata import EPOCH
from ..reasons import reason_from_label
from .content import settled_codes, with_person_column
from .dates import counts_since, whole_days
from .losses import Losses
from .names import STATA, NameRule, cut_characters, safe_names
from .unheld import note_unheld, understood

__all__ = ["write_stata"]

STATA_14 = 14
LABEL_CHARACTERS = 80
VALUE_LABEL_BYTES = 32_000
LARGEST_NUMBER = 8.9884656743e307
LARGEST_LABELLED = 2_147_483_620
_DAY = 86_400_000_000


def write_stata(panel: Panel, path: Path, losses: Losses) -> None:
    """Write a .dta file.

    Stata's missing values are the letters .a to .z: codes that are such letters keep them, others
    are given the free ones in order, and `losses` says which became which.

    Args:
        panel: What to write.
        path: The file to write.
        losses: Receives what Stata cannot hold.
    """
    import pandas as pd
    import pyreadstat

    panel = settled_codes(with_person_column(panel, roles_kept=False), losses, letters=True)
    names = safe_names(panel.names, _rule_for(panel))
    columns: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    tags: dict[str, list[str]] = {}
    formats: dict[str, str] = {}
    for variable in panel.codebook:
        name = names[variable.name]
        if name != variable.name:
            losses.add("names Stata does not accept", f"{variable.name} (now {name})")
        if variable.kind == "text":
            columns[name] = pd.Series(_texts(panel, variable, losses), dtype=object)
            continue
        values, formats[name] = _numbers(panel, variable, losses)
        letters = _letters(variable, losses)
        columns[name] = _tagged(values, panel.status.get(variable.name), letters)
        if any(letters):
            tags[name] = [letter for letter in letters if letter]
        texts = _value_labels(variable, letters, losses)
        if texts:
            labels[name] = texts
    losses.add("measure levels (Stata has none)")
    if panel.codebook.notes:
        losses.add("notes")
    note_unheld(panel, losses, "Stata")
    with understood(path):
        pyreadstat.write_dta(
            pd.DataFrame(columns, copy=False),
            str(path),
            version=STATA_14,
            file_label=_cut(panel.codebook.title, "the end of the title", "", losses),
            column_labels={
                names[v.name]: _cut(v.label, "variable labels over 80 characters", v.name, losses)
                for v in panel.codebook
                if v.label
            },
            variable_value_labels=labels,
            missing_user_values=tags,
            variable_format=formats,
        )


def _rule_for(panel: Panel) -> NameRule:
    """Names with room for a number: pyreadstat numbers the value labels and names them so."""
    labelled = [v.name for v in panel.codebook if v.kind != "text" and (v.labels or v.missing)]
    digits = len(str(len(labelled)))
    short = dataclasses.replace(STATA, length=STATA.length - digits)
    fits = all(safe_names([name], short)[name] == name for name in labelled)
    return STATA if fits else short


def _texts(panel: Panel, variable: Variable, losses: Losses) -> npt.NDArray[np.object_]:
    column = panel.frame[variable.name]
    if variable.missing:
        losses.add("reasons why texts are missing", variable.name)
    if variable.labels:
        losses.add("labels of texts", variable.name)
    if (column == "").any():
        losses.add("empty texts, which become blanks", variable.name)
    return column.astype(object).where(column.notna(), "").to_numpy(dtype=object)


def _numbers(
    panel: Panel, variable: Variable, losses: Losses
) -> tuple[npt.NDArray[np.float64], str]:
    """Cells without missing codes, and the display format."""
    if variable.kind == "date":
        dates = panel.frame[variable.name].to_numpy(dtype="datetime64[us]")
        days = whole_days(dates)
        style = "%td" if days else "%tc"
        if variable.format.startswith(style):
            style = variable.format
        return counts_since(dates, EPOCH, _DAY if days else 1_000), style
    values = panel.numbers(variable.name)
    outside = np.abs(values) >= LARGEST_NUMBER
    if outside.any():
        losses.add("numbers too large for Stata, which become blanks", variable.name)
        values = np.where(outside, np.nan, values)
    plain = re.fullmatch(r"%-?\d+(\.\d+)?[gfe]c?", variable.format)
    return values, variable.format if plain else "%10.0g"


def _letters(variable: Variable, losses: Losses) -> list[str]:
    """The letter of each missing code of the variable, "" for those beyond the 26 there are."""
    own = [str(m.code)[1:] if _is_letter(m.code) else "" for m in variable.missing]
    free = iter([letter for letter in string.ascii_lowercase if letter not in own])
    letters = [letter or next(free, "") for letter in own]
    changes = [
        f"{code_text(m.code)} as .{letter}"
        for m, letter, same in zip(variable.missing, letters, own, strict=True)
        if letter and not same
    ]
    if changes:
        losses.add("missing codes stored as letters", f"{variable.name} ({', '.join(changes)})")
    if "" in letters:
        losses.add("missing codes beyond the 26 letters", variable.name)
    return letters


def _is_letter(code: Code) -> bool:
    return isinstance(code, str) and re.fullmatch(r"\.[a-z]", code) is not None


def _tagged(
    values: npt.NDArray[np.float64], status: npt.NDArray[np.int16] | None, letters: list[str]
) -> Any:
    import pandas as pd

    if status is None or not status.any():
        return pd.Series(values, copy=False)
    cells = values.astype(object)
    for k, letter in enumerate(letters, start=1):
        if letter:
            cells[status == k] = letter
    return pd.Series(cells, dtype=object)


def _value_labels(variable: Variable, letters: list[str], losses: Losses) -> dict[Code, str]:
    kept: dict[Code, str] = {}
    for code, label in () if variable.kind == "date" else variable.labels:
        if isinstance(code, str) or code != int(code) or abs(code) > LARGEST_LABELLED:
            losses.add("labels of codes that are not whole numbers", variable.name)
        elif label:
            kept[float(code)] = label
    for m, letter in zip(variable.missing, letters, strict=True):
        # The reason lives in the label: without one, its name is the label.
        label = m.label or ("" if m.reason is Reason.OTHER else m.reason.value)
        if reason_from_label(label) is not m.reason:
            losses.add(
                "reasons that the label of a missing code does not tell",
                f"{variable.name} ({m.reason.value})",
            )
        if letter and label:
            kept[letter] = label
    return kept


def _cut(text: str, what: str, name: str, losses: Losses) -> str:
    short = cut_characters(text, LABEL_CHARACTERS)
    if short != text:
        losses.add(f"{what}, which has over 80 characters" if not name else f"{what}, cut", name)
    return short
