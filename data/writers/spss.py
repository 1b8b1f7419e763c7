"""Panels as SPSS files: .sav and .zsav."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, Level, MissingCode, Reason, Variable
from ..panel import Panel
from ..readers.spss import DATE_FORMATS, EPOCH, LEVELS_STATED
from ..reasons import reason_from_label
from .content import coded_column, settled_codes, with_person_column
from .dates import counts_since, whole_days
from .losses import Losses
from .names import SPSS, cut, safe_names
from .unheld import note_unheld, understood

__all__ = ["write_spss"]

VALUE_LABEL_BYTES = 120
VARIABLE_LABEL_BYTES = 256
TITLE_BYTES = 64
NOTE_BYTES = 80
TEXT_CODE_BYTES = 8
TEXT_BYTES = 32_767
MEASURES = {
    Level.NOMINAL: "nominal",
    Level.ORDINAL: "ordinal",
    Level.INTERVAL: "scale",
    Level.MULTIPLE: "nominal",
    Level.TEXT: "nominal",
}
_NUMBER_FORMAT = re.compile(r"(F|COMMA|DOT|E|N|PCT|DOLLAR|TIME|DTIME|MTIME|WKDAY|MONTH)\d+(\.\d+)?")


def write_spss(panel: Panel, path: Path, losses: Losses) -> None:
    """Write a .sav file, or a .zsav file if `path` ends so.

    Missing codes go back into the data and are declared user-missing: three per variable, or a
    range and one more, which is all SPSS has. Codes beyond that become blanks.

    Args:
        panel: What to write.
        path: The file to write.
        losses: Receives what SPSS cannot hold.
    """
    import pandas as pd
    import pyreadstat

    panel = settled_codes(with_person_column(panel, roles_kept=False), losses)
    names = safe_names(panel.names, SPSS)
    columns: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    ranges: dict[str, list[Any]] = {}
    formats: dict[str, str] = {}
    for variable in panel.codebook:
        name = names[variable.name]
        if name != variable.name:
            losses.add("names SPSS does not accept", f"{variable.name} (now {name})")
        values, missing = _cells(panel, variable, losses)
        columns[name] = pd.Series(values, dtype=values.dtype, copy=False)
        declared = _declared(variable, missing, values)
        if declared:
            ranges[name] = declared
        texts = _value_labels(variable, missing, losses)
        if texts:
            labels[name] = texts
        style = _format(variable, panel, values)
        if style:
            formats[name] = style
        if variable.level is Level.MULTIPLE:
            losses.add("multiple-response sets", variable.name)
    note_unheld(panel, losses, "SPSS")
    with understood(path):
        pyreadstat.write_sav(
            pd.DataFrame(columns, copy=False),
            str(path),
            file_label=_title(panel.codebook.title, losses),
            column_labels={names[v.name]: _label(v, losses) for v in panel.codebook if v.label},
            compress=path.suffix.lower() == ".zsav",
            note=_note_lines((*panel.codebook.notes, LEVELS_STATED)),
            variable_value_labels=labels,
            missing_ranges=ranges,
            variable_measure={names[v.name]: MEASURES[v.level] for v in panel.codebook},
            variable_format=formats,
        )


def _cells(
    panel: Panel, variable: Variable, losses: Losses
) -> tuple[npt.NDArray[Any], tuple[MissingCode, ...]]:
    """Cells with missing codes in place, and the missing codes that SPSS can declare."""
    values = coded_column(panel, variable)
    status = panel.status.get(variable.name)
    missing = variable.missing
    if variable.kind == "date":
        values = counts_since(values, EPOCH, 1_000_000)
        if status is not None:
            for k, entry in enumerate(missing, start=1):
                values[status == k] = entry.code
    kept = _declarable(variable, values)
    gone = [m for m in missing if m not in kept]
    if gone:
        losses.add("missing codes beyond the three SPSS can declare", variable.name)
        if status is not None:
            blank = None if variable.kind == "text" else np.nan
            values = values.copy()
            values[np.isin(status, [missing.index(m) + 1 for m in gone])] = blank
    if variable.kind == "text":
        values = _texts(variable, values, losses)
    return values, kept


def _texts(
    variable: Variable, values: npt.NDArray[np.object_], losses: Losses
) -> npt.NDArray[np.object_]:
    if any(value == "" for value in values):
        losses.add("empty texts, which become blanks", variable.name)
    # SPSS has no blank text other than an empty one, and pads with blanks on the right.
    cells = np.array(["" if value is None else value for value in values], dtype=object)
    trimmed = np.array([cut(text.rstrip(" "), TEXT_BYTES) for text in cells], dtype=object)
    if (trimmed != cells).any():
        losses.add("texts with blanks at the end, or over 32,767 bytes", variable.name)
    return trimmed


def _declarable(variable: Variable, values: npt.NDArray[Any]) -> tuple[MissingCode, ...]:
    """The missing codes that SPSS can declare together, most wanted first if not all."""
    missing = variable.missing
    if variable.kind == "text":
        short = [m for m in missing if len(str(m.code).encode()) <= TEXT_CODE_BYTES]
        return tuple(short[:3])
    numeric = tuple(m for m in missing if not isinstance(m.code, str))
    if len(numeric) <= 3 or _as_range(variable, [m.code for m in numeric], values):
        return numeric
    counts = {m: int((values == m.code).sum()) for m in numeric}
    return tuple(sorted(numeric, key=lambda m: -counts[m])[:3])


def _declared(
    variable: Variable, missing: Sequence[MissingCode], values: npt.NDArray[Any]
) -> list[Any]:
    codes = [m.code for m in missing]
    if len(codes) <= 3:
        return codes
    return _as_range(variable, codes, values)


def _as_range(variable: Variable, codes: Sequence[Code], values: npt.NDArray[Any]) -> list[Any]:
    """Codes as one range, or one range and a single code; empty if answers stand between them."""
    numbers = sorted(float(code) for code in codes)
    answers = {float(code) for code in variable.codes if not isinstance(code, str)}
    held = np.unique(values[~np.isnan(values)])
    answers.update(float(v) for v in held if float(v) not in set(numbers))
    for single, rest in ((None, numbers), (numbers[0], numbers[1:]), (numbers[-1], numbers[:-1])):
        if not any(rest[0] <= answer <= rest[-1] for answer in answers):
            both: list[Any] = [{"lo": rest[0], "hi": rest[-1]}]
            return both if single is None else [*both, single]
    return []


def _value_labels(
    variable: Variable, missing: Sequence[MissingCode], losses: Losses
) -> dict[Code, str]:
    text = variable.kind == "text"
    entries: list[tuple[Code, str]] = [] if variable.kind == "date" else list(variable.labels)
    for m in missing:
        # The reason lives in the label: without one, its name is the label.
        entries.append((m.code, m.label or ("" if m.reason is Reason.OTHER else m.reason.value)))
        if reason_from_label(m.label or m.reason.value) is not m.reason:
            losses.add(
                "reasons that the label of a missing code does not tell",
                f"{variable.name} ({m.reason.value})",
            )
    kept: dict[Code, str] = {}
    for code, label in entries:
        if isinstance(code, str) is not text or not label:
            if label:
                losses.add("labels of codes that the column cannot hold", variable.name)
            continue
        short = cut(label, VALUE_LABEL_BYTES)
        if short != label:
            losses.add("value labels over 120 bytes, which are cut", variable.name)
        kept[code] = short
    return kept


def _label(variable: Variable, losses: Losses) -> str:
    short = cut(variable.label, VARIABLE_LABEL_BYTES)
    if short != variable.label:
        losses.add("variable labels over 256 bytes, which are cut", variable.name)
    return short


def _format(variable: Variable, panel: Panel, values: npt.NDArray[Any]) -> str:
    if variable.kind == "text":
        return ""
    if variable.kind == "date":
        if re.sub(r"[\d.]+$", "", variable.format) in DATE_FORMATS:
            return variable.format
        days = whole_days(panel.frame[variable.name].to_numpy(dtype="datetime64[us]"))
        return "DATE11" if days else "DATETIME20"
    if _NUMBER_FORMAT.fullmatch(variable.format):
        return variable.format
    held = values[np.isfinite(values)]
    return "F8.0" if (held == np.rint(held)).all() else "F8.2"


def _title(title: str, losses: Losses) -> str:
    short = cut(title, TITLE_BYTES)
    if short != title:
        losses.add("the end of the title, which has over 64 bytes")
    return short


def _note_lines(notes: Sequence[str]) -> list[str]:
    """Notes as lines of at most 80 bytes; a line that goes on begins with two blanks."""
    lines: list[str] = []
    for note in notes:
        # Characters may take up to four bytes; a quarter of the width is always safe.
        width = NOTE_BYTES - 2 if note.isascii() else NOTE_BYTES // 4
        lines += textwrap.wrap(note, width=width, subsequent_indent="  ") or []
    return lines
