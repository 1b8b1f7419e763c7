"""The ledger of a run: one SQLite file, opened, checked, locked, and read.

What goes into it is in `ledger.sql`; `writer.py` puts it there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from ...data.errors import LedgerError
from ...data.sqlite_files import FileKind

__all__ = [
    "APPLICATION_ID",
    "FORMAT",
    "Charter",
    "connect",
    "create",
    "exists",
    "locked",
    "read_meta",
    "reporting",
    "verify",
]

APPLICATION_ID = int.from_bytes(b"UNDS", "big")
"""Marks an SQLite file as a ledger, in the file's own header."""
FORMAT = 1
"""Version of the tables; a ledger of another version is refused."""

KIND = FileKind("run file", APPLICATION_ID, FORMAT)

connect = KIND.connect
exists = KIND.exists
explained = KIND.explained
locked = KIND.locked
reporting = KIND.reporting


@dataclass(frozen=True, slots=True)
class Charter:
    """What a run is. A ledger can only be continued under the same charter.

    Attributes:
        questionnaire: Fingerprint of the questionnaire.
        twins: Fingerprint of the twins.
        respondent: Fingerprint of the respondent.
        spec: The respondent's name for itself, for messages.
        seed: The run's seed.
    """

    questionnaire: str
    twins: str
    respondent: str
    spec: str
    seed: int

    def differences(self, meta: Mapping[str, Any]) -> list[str]:
        """Say in what a ledger's run differs from this one, for people; empty where it is it."""
        found = []
        if meta["questionnaire_fingerprint"] != self.questionnaire:
            found.append("the questionnaire is another")
        if meta["twins_fingerprint"] != self.twins:
            found.append("the twins are others, or something else of them is held out")
        if meta["respondent"] != self.spec:
            found.append(f"the respondent was {meta['respondent']} and is now {self.spec}")
        elif meta["respondent_fingerprint"] != self.respondent:
            found.append(f"the respondent {self.spec} has other settings or learned other data")
        if meta["seed"] != self.seed:
            found.append(f"the seed was {meta['seed']} and is now {self.seed}")
        return found


@lru_cache(maxsize=1)
def _schema() -> str:
    return resources.files(__package__).joinpath("ledger.sql").read_text(encoding="utf-8")


def create(path: Path, meta: Mapping[str, Any], variables: tuple[str, ...]) -> None:
    """Make a new ledger, whole or not at all.

    Args:
        path: Where; nothing or a creation cut short may be there.
        meta: What the `run` table is to hold.
        variables: Names of the questionnaire's variables; ids are their positions.

    Raises:
        LedgerError: It cannot be written there.
    """
    with KIND.creating(path, _schema()) as connection:
        connection.executemany(
            "INSERT INTO run VALUES (?, ?)",
            [
                (key, json.dumps(value, ensure_ascii=False, default=str))
                for key, value in meta.items()
            ],
        )
        connection.executemany("INSERT INTO variables VALUES (?, ?)", enumerate(variables))


def read_meta(path: Path, connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the `run` table: what was asked of whom, by which respondent, with which seed.

    Raises:
        LedgerError: It is damaged.
    """
    with reporting(path):
        rows = connection.execute("SELECT key, value FROM run").fetchall()
    try:
        return {key: json.loads(value) for key, value in rows}
    except ValueError as error:
        raise explained(path, sqlite3.DatabaseError(f"run table: {error}")) from error


def verify(path: Path, meta: Mapping[str, Any], charter: Charter) -> None:
    """Refuse to continue a ledger that belongs to another run.

    Raises:
        LedgerError: It does; the message says in what it differs.
    """
    differences = charter.differences(meta)
    if differences:
        raise LedgerError(
            f"this run file belongs to another run: {'; '.join(differences)}",
            where=str(path),
            remedy="repeat the command exactly to continue it, "
            "or start a new run with another -o file",
        )
