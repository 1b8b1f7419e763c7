"""Codebooks as a table, one row per variable: CSV files, and the codebook sheet of a workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from .codebook import Code, Codebook, Kind, Level, MissingCode, Role, Variable
from .codebook_words import (
    LEVEL_OPEN,
    code_of,
    join_entries,
    level_of,
    missing_of,
    quoted_code,
    range_of,
    range_text,
    reason_of,
    role_of,
    split_entries,
)
from .errors import CodebookError, nearest

__all__ = ["COLUMNS", "from_rows", "to_rows"]

COLUMNS = (
    *("name", "label", "question", "level", "labels", "range", "missing"),
    *("role", "block", "group", "siblings"),
)
_EXTRA = ("kind", "personal", "inferred", "format")
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "variable", "variable name", "var", "varname", "column", "column name"),
    "label": ("label", "variable label", "short label", "title"),
    "question": (
        *("question", "wording", "question text", "question wording", "item text", "text"),
        *("item", "description", "itemlabel", "item label"),
    ),
    "level": (
        "level",
        "measure",
        "measurement",
        "measurement level",
        "measure level",
        "scale type",
    ),
    "labels": ("labels", "value labels", "values", "codes", "categories", "response options"),
    "range": ("range", "valid range"),
    "missing": ("missing", "missing values", "missing codes", "user missing"),
    "role": ("role",),
    "block": ("block", "scale", "subscale", "section", "construct", "domain", "big6", "big5"),
    "group": ("group", "matrix"),
    "siblings": ("siblings",),
    "kind": ("kind",),
    "personal": ("personal",),
    "inferred": ("inferred",),
    "format": ("format",),
}
_LISTS = frozenset({"labels", "missing", "siblings", "inferred"})
_LABEL_LIST = re.compile(r"[^=,;]+=\s*-?\d+(?:\s*[,;]\s*[^=,;]+=\s*-?\d+)+\s*")


def to_rows(book: Codebook) -> list[dict[str, str]]:
    """One row of text cells per variable, which `from_rows` reads back.

    Columns are `COLUMNS`, followed by those of kind, personal, inferred and format that any
    variable needs. The codebook's title and notes have no place in rows.
    """
    rows = [_row(variable) for variable in book]
    extra = [word for word in _EXTRA if any(row[word] for row in rows)]
    return [{word: row[word] for word in (*COLUMNS, *extra)} for row in rows]


def _row(v: Variable) -> dict[str, str]:
    return {
        "name": v.name,
        "label": v.label,
        "question": v.question,
        "level": "" if LEVEL_OPEN in v.inferred else v.level.value,
        "labels": join_entries((quoted_code(code), label) for code, label in v.labels),
        "range": range_text(v.range) if v.range else "",
        "missing": join_entries(
            (quoted_code(m.code), f"{m.reason.value}: {m.label}" if m.label else m.reason.value)
            for m in v.missing
        ),
        "role": "" if v.role is Role.ITEM else v.role.value,
        "block": v.block,
        "group": v.group,
        "siblings": join_entries((name,) for name in v.siblings),
        "kind": "" if v.kind == "number" else v.kind,
        "personal": v.personal,
        "inferred": join_entries((text,) for text in v.inferred if text != LEVEL_OPEN),
        "format": v.format,
    }


def from_rows(rows: Sequence[Mapping[str, str]], where: str) -> Codebook:
    """The codebook that rows describe.

    Headers are recognised in any case and under common synonyms; without a name column, the first
    column names the variables. Columns of other meaning are ignored, unless their header is
    nearly one of these.

    Args:
        rows: One mapping of header to cell per variable.
        where: The file or sheet, for messages.

    Raises:
        CodebookError: There is no row, a name is missing or used twice, or a cell cannot be read.
    """
    if not rows:
        raise CodebookError("the codebook has no rows", where=where, remedy="one per variable")
    fields = _fields(tuple(rows[0]), where)
    found: dict[str, Variable] = {}
    for number, row in enumerate(rows, start=2):
        cells = {
            word: next((text for h in headers if (text := _cell(row, h, word))), "")
            for word, headers in fields.items()
        }
        if not any(cells.values()):
            continue
        place = f"{where}, row {number}"
        name = " ".join(cells["name"].split())
        if not name:
            raise CodebookError("the variable has no name", where=place)
        if name in found:
            raise CodebookError(
                f"the variable {name!r} is described twice", where=place, remedy="keep one row"
            )
        try:
            found[name] = _variable(name, cells, place)
        except CodebookError as error:
            if error.where != f"variable {name}":
                raise
            raise CodebookError(
                error.what, where=f"{place}, variable {name}", remedy=error.remedy
            ) from None
    return Codebook(tuple(found.values()))


def _cell(row: Mapping[str, str], header: str, word: str) -> str:
    """A cell without white space around it; lists see to that themselves (`split_entries`)."""
    text = row.get(header) or ""
    return text if word in _LISTS and text.strip() else text.strip()


def _fields(headers: tuple[str, ...], where: str) -> dict[str, list[str]]:
    """The headers of each field, best synonym first."""
    folded = {" ".join(h.replace("_", " ").split()).casefold(): h for h in reversed(headers)}
    fields = {
        word: [folded[s] for s in synonyms if s in folded] for word, synonyms in _SYNONYMS.items()
    }
    if not fields["name"]:
        first = headers[0]
        fields = {word: [h for h in found if h != first] for word, found in fields.items()}
        fields["name"] = [first]
    used = {header for found in fields.values() for header in found}
    for text, header in folded.items():
        if header not in used:
            close = [w for w in nearest(text, COLUMNS, 1) if abs(len(w) - len(text)) < 2]
            if close and len(text) > 4:
                raise CodebookError(
                    f"the column {header!r} is unknown", where=where, remedy=f"call it {close[0]}"
                )
    return fields


def _variable(name: str, cells: Mapping[str, str], place: str) -> Variable:
    where = f"{place}, variable {name}"
    question, labels = cells["question"], _labels(cells["labels"], where)
    if not labels and _LABEL_LIST.fullmatch(question):
        # Some dictionaries describe a coded variable by its labels: "males=1, females=2".
        pairs = [part.rsplit("=", 1) for part in re.split("[,;]", question)]
        labels, question = tuple((float(code), label.strip()) for label, code in pairs), ""
    inferred = tuple("=".join(entry) for entry in split_entries(cells["inferred"]))
    level = Level.NOMINAL
    if cells["level"]:
        level = level_of(cells["level"], where)
    else:
        inferred = (*inferred, LEVEL_OPEN)
    return Variable(
        name=name,
        label=cells["label"],
        question=question,
        level=level,
        labels=labels,
        range=range_of(cells["range"], where) if cells["range"] else None,
        missing=_missing(cells["missing"], where),
        kind=_kind(cells["kind"], where),
        role=role_of(cells["role"], where) if cells["role"] else Role.ITEM,
        block=cells["block"],
        group=cells["group"],
        siblings=tuple("=".join(entry) for entry in split_entries(cells["siblings"])),
        personal=cells["personal"],
        inferred=inferred,
        format=cells["format"],
    )


def _pairs(cell: str, where: str) -> list[tuple[Code, str]]:
    found = []
    for entry in split_entries(cell):
        if len(entry) != 2:
            raise CodebookError(
                f"{entry[0]!r} is no entry", where=where, remedy="write 1=Yes; 2=No"
            )
        found.append((code_of(entry[0]), entry[1]))
    return found


def _labels(cell: str, where: str) -> tuple[tuple[Code, str], ...]:
    return tuple(_pairs(cell, where))


def _missing(cell: str, where: str) -> tuple[MissingCode, ...]:
    found = []
    for code, text in _pairs(cell, where):
        reason, colon, label = text.partition(": ")
        if colon:
            found.append(MissingCode(code, reason_of(reason, where), label))
        else:
            found.append(missing_of(code, text, where))
    return tuple(found)


def _kind(cell: str, where: str) -> Kind:
    for kind in get_args(Kind):
        if cell == kind:
            return kind  # type: ignore[no-any-return]  # get_args loses the literal type
    if not cell:
        return "number"
    raise CodebookError(f"{cell!r} is no kind", where=where, remedy="use number, text or date")
