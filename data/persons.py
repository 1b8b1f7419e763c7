"""Who is who in a table: which columns identify people, and the ids they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import PanelError
from .panel import person_key

if TYPE_CHECKING:
    from .table import Table

__all__ = ["CUSTOMARY", "choose_id", "ids_of", "row_numbers"]

CUSTOMARY = (
    "person",
    "person_id",
    "personid",
    "pid",
    "pidp",
    "respondent",
    "respondent_id",
    "respondentid",
    "respid",
    "resp_id",
    "participant",
    "participant_id",
    "participantid",
    "subject",
    "subject_id",
    "subjectid",
    "twin_id",
    "panelist_id",
    "case_id",
    "caseid",
    "case",
    "idno",
    "id",
    "uuid",
    "rownames",
)
"""Names under which files keep person ids, best first; compared without regard to case."""


def choose_id(
    names: Sequence[str], table: Table | None = None, waves: Sequence[str] = ()
) -> str | None:
    """Find the column that identifies people by its customary name.

    Args:
        names: Columns that may be chosen.
        table: The data; when given, the column must be complete and unique in it.
        waves: The wave column of a long file, if any: ids must be unique within waves.

    Returns:
        Name of the column, or None.
    """
    by_fold: dict[str, str] = {}
    for spelled in names:
        by_fold.setdefault(spelled.casefold(), spelled)
    for customary in CUSTOMARY:
        name = by_fold.get(customary, "")
        if not name or name in waves:
            continue
        if table is None:
            return name
        if table.frame[name].notna().all() and not table.frame.duplicated([name, *waves]).any():
            return name
    return None


def ids_of(table: Table, names: Sequence[str], source: str) -> list[str]:
    """Person ids made of one or more columns, one per row, as `person_key` makes them.

    Raises:
        PanelError: A row has no id.
    """
    for name in names:
        blank = table.frame[name].isna().to_numpy()
        if blank.any():
            raise PanelError(
                f"the person id {name!r} is missing",
                where=f"{source}, row {int(blank.argmax()) + 1}",
                remedy="fill it in, take the row out, or name other columns with --id A,B",
            )
    columns = [table.frame[name].tolist() for name in names]
    return [person_key(values) for values in zip(*columns, strict=True)]


def row_numbers(rows: int) -> list[str]:
    """Ids for people whom the file does not name: "1", "2", …"""
    return [str(row) for row in range(1, rows + 1)]
