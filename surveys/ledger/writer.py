"""The one thread that writes a ledger; see `data.group_writer`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ...data.group_writer import GroupWriter, Rows
from .file import KIND

__all__ = ["Rows", "Writer"]

UNENDED: Final = "outcome IN ('', 'submitted', 'interrupted')"
"""Attempts that have no end yet: an attempt ends once, whoever hears of it again."""

STATEMENTS: Final[Mapping[str, str]] = {
    "run": "INSERT OR REPLACE INTO run VALUES (?, ?)",
    "variable": "INSERT OR IGNORE INTO variables VALUES (?, ?)",
    "interview": "INSERT OR IGNORE INTO interviews VALUES (?, ?, ?, ?, 'open', 0)",
    "interrupt": "UPDATE attempts SET outcome = 'interrupted' WHERE outcome = ''",
    "text": "INSERT OR IGNORE INTO texts VALUES (?, ?)",
    "begin": "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, NULL, '', ?, 0, 0, 0, 0.0, ?)",
    "submitted": "UPDATE attempts SET outcome = 'submitted', "
    f"detail = json_patch(detail, ?) WHERE id = ? AND {UNENDED}",
    "end": "UPDATE attempts SET ended = ?, outcome = ?, input_tokens = ?, cached_tokens = ?, "
    f"output_tokens = ?, cost = ?, detail = json_patch(detail, ?) WHERE id = ? AND {UNENDED}",
    "page": "INSERT INTO pages VALUES (?, ?, ?)",
    "answer": f"INSERT INTO answers VALUES ({', '.join('?' * 13)})",
    "field": "INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?)",
    "status": "UPDATE interviews SET status = ?, pages = ? WHERE id = ?",
}
"""What can be written. Within a group, statements run in this order."""


class Writer(GroupWriter):
    """Writes a ledger from a thread of its own.

    Args:
        path: The ledger, already created.

    Raises:
        LedgerError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, KIND, STATEMENTS)
