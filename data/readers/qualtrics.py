"""Qualtrics' CSV export: three header rows, timing and order columns, several answers in a cell.

Row 1 holds names, row 2 the wording, row 3 the `ImportId` of each column as JSON:
`{"ImportId":"QID21_117"}`, with a `choiceId` for columns of a display order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Code, Level, MissingCode, Reason, Role, Variable, code_text
from ..table import Table, split_missing
from .columns import Column, column_notes, count_of, variable_of

__all__ = ["Header", "recognise", "to_table"]

UNANSWERED = -99
"""Qualtrics' default code for "seen but unanswered"; an export may recode it."""

_RESPONSE_FIELDS = frozenset(
    {
        *("startDate", "endDate", "recordedDate", "status", "progress", "duration", "finished"),
        *("_recordId", "externalDataReference", "distributionChannel", "userLanguage"),
        *("ipAddress", "locationLatitude", "locationLongitude"),
        *("recipientLastName", "recipientFirstName", "recipientEmail"),
    }
)
_DATE_FIELDS = frozenset({"startDate", "endDate", "recordedDate"})
_PARADATA_NAMES = frozenset(
    {
        *("startdate", "enddate", "recordeddate", "status", "progress", "finished"),
        *("responseid", "externalreference", "distributionchannel", "userlanguage"),
        *("ipaddress", "locationlatitude", "locationlongitude"),
        *("recipientlastname", "recipientfirstname", "recipientemail"),
    }
)
_PARADATA = re.compile(
    r"_(?:FIRST_CLICK|LAST_CLICK|PAGE_SUBMIT|CLICK_COUNT|BROWSER|VERSION|OS|RESOLUTION|DO)$"
    r"|^Q_(?:Recaptcha|RelevantID|Duplicate|Ballot|Total|Language)",
)
_TIMING_NAME = re.compile(
    r"_(?:First Click|Last Click|Page Submit|Click Count)(?:\.\d+)?$|^Duration \(in seconds\)$|_DO$"
)
_QUESTION = re.compile(r"(?:\d+_)?QID\d+(?:#\d+)?")
_PART = re.compile(rf"({_QUESTION.pattern})(?:_\d+)+")
_SEVERAL = re.compile(r"\d{1,4}(?:,\d{1,4})*")
_DATE_FORMATS = ("%m/%d/%Y %H:%M", "%m/%d/%y %H:%M", "%m/%d/%Y %H:%M:%S")
_DAY_FIRST = ("%d/%m/%Y %H:%M", "%d/%m/%y %H:%M", "%d/%m/%Y %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Header:
    """What the three rows say of one column.

    Attributes:
        name: As written in the first row.
        wording: The question, white space evened out.
        import_id: Such as "QID21_117" or "startDate"; "" where the third row holds none.
        choice: The `choiceId`, in columns that hold an order of display.
    """

    name: str
    wording: str
    import_id: str
    choice: str = ""

    @property
    def paradata(self) -> bool:
        """Whether the column describes the interview rather than holding an answer."""
        return (
            self.import_id in _RESPONSE_FIELDS
            or bool(self.choice)
            or _PARADATA.search(self.import_id) is not None
            or _TIMING_NAME.search(self.name) is not None
            or self.name.casefold() in _PARADATA_NAMES
        )


def recognise(rows: Sequence[Sequence[str]]) -> tuple[Header, ...] | None:
    """Headers, by position, if the first three rows are those of a Qualtrics export."""
    if len(rows) < 3 or not len(rows[0]) == len(rows[1]) == len(rows[2]):
        return None
    parsed = [_import_id(cell) for cell in rows[2]]
    filled = sum(bool(cell.strip()) for cell in rows[2])
    if sum(p is not None for p in parsed) * 2 <= filled or not filled:
        return None
    found = []
    for name, wording, ids in zip(rows[0], rows[1], parsed, strict=True):
        import_id, choice = ids if ids is not None else ("", "")
        text = " ".join(wording.split()).removesuffix(" - Selected Choice")
        found.append(Header(" ".join(name.split()), text, import_id, choice))
    return tuple(found)


def _import_id(cell: str) -> tuple[str, str] | None:
    if not cell.lstrip().startswith("{"):
        return None
    try:
        entry = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("ImportId"), str):
        return None
    return entry["ImportId"], str(entry.get("choiceId", ""))


def to_table(columns: Mapping[str, Column], headers: Mapping[str, Header]) -> Table:
    """A table of the columns, with wording, roles, groups and missing codes.

    Args:
        columns: By name as used in the table.
        headers: What the export says of each, by the same names.
    """
    import pandas as pd

    frame: dict[str, Any] = {}
    variables: list[Variable] = []
    status: dict[str, npt.NDArray[np.int16]] = {}
    declared: set[str] = set()
    noted: dict[str, Column] = {}
    notes = ["read as a Qualtrics export with three header rows"]
    groups = _groups(headers)
    expanded = []
    for name, column in columns.items():
        header = headers[name]
        several = _several(column, header)
        if several is not None:
            taken = {*columns, *frame}
            for variable, values, coded in _expand(name, header, several, taken):
                frame[variable.name] = values
                variables.append(variable)
                declared.add(variable.name)
                if coded is not None:
                    status[variable.name] = coded
            expanded.append(name)
            continue
        if header.import_id in _DATE_FIELDS and column.kind == "text":
            column = _dated(column)
        values, missing, coded = _unanswered(column, header)
        if coded is not None:
            status[name] = coded
        if not header.paradata:
            noted[name] = column
        group, label = groups.get(name, ("", ""))
        frame[name] = values
        variables.append(
            variable_of(
                name,
                column,
                question="" if header.wording == header.name else header.wording,
                label=label,
                group=group,
                missing=missing,
                role=Role.PARADATA if header.paradata else Role.ITEM,
            )
        )
    if expanded:
        notes.append(
            f"{', '.join(expanded)}: several answers in one cell, read as one 0/1 column per code"
        )
    if status:
        notes.append(f"{UNANSWERED} read as seen but unanswered in {count_of(status, 'column')}")
    return Table(
        frame=pd.DataFrame(frame),
        variables=tuple(variables),
        declared=frozenset(declared),
        status=status,
        notes=(*notes, *column_notes(noted)),
    )


def _groups(headers: Mapping[str, Header]) -> dict[str, tuple[str, str]]:
    """(group, label) of columns that are parts of one question, such as rows of a matrix."""
    parts: dict[str, list[str]] = {}
    for name, header in headers.items():
        match = _PART.fullmatch(header.import_id)
        if match and not header.paradata:
            parts.setdefault(match[1], []).append(name)
    found: dict[str, tuple[str, str]] = {}
    for question, names in parts.items():
        if len(names) < 2:
            continue
        group = _common(names).rstrip("_. ") or question
        wordings = [headers[name].wording for name in names]
        stem = _common(wordings)
        stem = stem[: stem.rfind(" - ") + 3] if " - " in stem else ""
        for name, wording in zip(names, wordings, strict=True):
            found[name] = (group, wording[len(stem) :] if stem else "")
    return found


def _common(texts: Sequence[str]) -> str:
    low, high = min(texts), max(texts)
    length = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[:length]


def _several(column: Column, header: Header) -> list[str | None] | None:
    """The cells of a choice question that allowed several answers; None if it is not one.

    It is one if it has the id of a choice question, every cell is a list of different whole
    numbers, and at least one cell has two.
    """
    if column.kind != "text" or not _QUESTION.fullmatch(header.import_id):
        return None
    cells = [cell if isinstance(cell, str) else None for cell in np.asarray(column.values)]
    distinct = {cell.strip() for cell in cells if cell is not None} - {str(UNANSWERED)}
    for cell in distinct:
        codes = cell.split(",")
        if not _SEVERAL.fullmatch(cell) or len(set(codes)) < len(codes):
            return None
    return cells if any("," in cell for cell in distinct) else None


def _expand(
    name: str, header: Header, cells: Sequence[str | None], taken: set[str]
) -> list[tuple[Variable, npt.NDArray[np.float64], npt.NDArray[np.int16] | None]]:
    chosen = [
        None if cell is None else frozenset(int(code) for code in cell.strip().split(","))
        for cell in cells
    ]
    seen = frozenset({UNANSWERED})
    codes = sorted({code for s in chosen if s is not None and s != seen for code in s})
    missing = _missing(float(UNANSWERED)) if seen in chosen else ()
    found = []
    for code in codes:
        values = np.array(
            [
                np.nan if s is None else float(UNANSWERED) if s == seen else float(code in s)
                for s in chosen
            ]
        )
        cleaned, coded = split_missing(values, missing)
        new = f"{name}_{code}"
        while new in taken:
            new += ".2"
        variable = Variable(
            name=new,
            label=f"option {code}",
            question=header.wording,
            level=Level.MULTIPLE,
            labels=((0.0, "not chosen"), (1.0, "chosen")),
            missing=missing,
            group=name,
        )
        found.append((variable, cleaned.astype(np.float64), coded))
    return found


def _missing(code: Code) -> tuple[MissingCode, ...]:
    return (MissingCode(code, Reason.NO_ANSWER, "seen but unanswered"),)


def _unanswered(
    column: Column, header: Header
) -> tuple[Any, tuple[MissingCode, ...], npt.NDArray[np.int16] | None]:
    """Take -99 out of the answers to a question, unless other negative numbers are answers too."""
    if header.paradata or not _QUESTION.match(header.import_id) or column.kind == "date":
        return column.values, (), None
    if column.kind == "number":
        numbers = np.asarray(column.values, dtype=np.float64)
        negative = numbers[numbers < 0]
        if not len(negative) or (negative != UNANSWERED).any():
            return column.values, (), None
        missing = _missing(float(UNANSWERED))
        cleaned, status = split_missing(numbers, missing)
        return cleaned, missing, status
    import pandas as pd

    texts = np.asarray(column.values, dtype=object)
    missing = _missing(code_text(UNANSWERED))
    cleaned, status = split_missing(texts, missing)
    if status is None:
        return column.values, (), None
    return pd.Series(cleaned, dtype=object), missing, status


def _dated(column: Column) -> Column:
    """Dates as a spreadsheet rewrote them; month first, as Qualtrics writes, where it can be."""
    import pandas as pd

    texts = pd.Series(column.values)
    for formats, order in ((_DATE_FORMATS, "month"), (_DAY_FIRST, "day")):
        for form in formats:
            dates = pd.to_datetime(texts, format=form, errors="coerce")
            if dates.notna().sum() == texts.notna().sum():
                return Column(
                    dates.to_numpy(), "date", note=f"dates are read with the {order} first"
                )
    return column
