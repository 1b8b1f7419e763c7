"""The ledger of a run: one SQLite file, opened, checked, locked, and read.

What goes into it is in `ledger.sql`; `writer.py` puts it there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from ...data.errors import LedgerError

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

_ANOTHER_FILE = "name another file with -o"


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


@contextlib.contextmanager
def reporting(path: Path) -> Iterator[None]:
    """Turn what SQLite says about a ledger into one sentence.

    Raises:
        LedgerError: SQLite found the file foreign, damaged, locked, or the disk full.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise explained(path, error) from error


def explained(path: Path, error: Exception) -> LedgerError:
    """Return the sentence for what went wrong with a ledger."""
    said = str(error)
    if not isinstance(error, sqlite3.Error):
        return LedgerError(f"the run file cannot hold an answer ({said})", where=str(path))
    if "not a database" in said:
        return LedgerError("this is not a run file", where=str(path), remedy=_ANOTHER_FILE)
    if "full" in said or "disk I/O" in said:
        return LedgerError(
            f"the run file cannot be written ({said})",
            where=str(path),
            remedy="make room on the disk and run the same command again; "
            "what was recorded is safe",
        )
    if isinstance(error, sqlite3.OperationalError) and "malformed" not in said:
        return LedgerError(
            f"the run file cannot be opened or written ({said})",
            where=str(path),
            remedy="check that the folder exists and may be written to",
        )
    return LedgerError(
        f"the run file is damaged ({said})",
        where=str(path),
        remedy="restore it from a copy, or start a new run under another name with -o",
    )


def exists(path: Path) -> bool:
    """Whether there is a ledger at `path`; an empty file and a creation cut short are none.

    Raises:
        LedgerError: Something else is there.
    """
    if not path.exists():
        return False
    if not path.is_file():
        raise LedgerError("this is not a run file", where=str(path), remedy=_ANOTHER_FILE)
    if path.stat().st_size == 0:
        return False
    with _opened(path) as connection:
        application, version = _marks(connection)
        if application == 0 and version == 0:
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                return False
        _check_marks(path, application, version)
    return True


def connect(path: Path) -> sqlite3.Connection:
    """Open a ledger for reading, also while a run writes to it.

    The connection may be used from one thread at a time, whichever.

    Raises:
        LedgerError: There is none, or it is foreign, of another version, or damaged.
    """
    if not path.is_file():
        raise LedgerError("there is no such run file", where=str(path))
    connection = _open(path)
    try:
        with reporting(path):
            _check_marks(path, *_marks(connection))
    except LedgerError:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with reporting(path):
        connection = _open(path)
        try:
            yield connection
        finally:
            connection.close()


def _open(path: Path) -> sqlite3.Connection:
    plain = path.resolve().as_uri()
    # A ledger on a read-only medium cannot have SQLite's helper files made beside it.
    immutable = not Path(f"{path}-wal").exists() and not os.access(path.parent, os.W_OK)
    with reporting(path):
        return sqlite3.connect(
            f"{plain}?mode=ro{'&immutable=1' if immutable else ''}",
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            timeout=10.0,
        )


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(application), int(version)


def _check_marks(path: Path, application: int, version: int) -> None:
    if application != APPLICATION_ID:
        raise LedgerError(
            "this is a database, but not a run file of understudy",
            where=str(path),
            remedy=_ANOTHER_FILE,
        )
    if version != FORMAT:
        raise LedgerError(
            f"the run file has format {version}, and this understudy reads format {FORMAT}",
            where=str(path),
            remedy="use the understudy that wrote it"
            if version < FORMAT
            else "update understudy to read it",
        )


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
    with reporting(path):
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # executescript would commit by itself, and a ledger must not be made by halves.
            connection.execute("BEGIN IMMEDIATE")
            for statement in _schema().split(";\n"):
                connection.execute(statement)
            connection.executemany(
                "INSERT INTO run VALUES (?, ?)",
                [
                    (key, json.dumps(value, ensure_ascii=False, default=str))
                    for key, value in meta.items()
                ],
            )
            connection.executemany("INSERT INTO variables VALUES (?, ?)", enumerate(variables))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
        finally:
            connection.close()


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


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from running this ledger at the same time.

    The lock is on a file of its own beside the ledger: closing any handle on the ledger itself
    would let go of SQLite's locks. The operating system lets go of it when the process dies.

    Raises:
        LedgerError: Another process runs it, or the folder cannot be written to.
    """
    lock = path.with_name(f"{path.name}-lock")
    handle = _take(path, lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


def _take(path: Path, lock: Path) -> int:
    while True:
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise LedgerError(
                f"the run file cannot be written here ({error.strerror})",
                where=str(path),
                remedy="name a file in a folder that exists and may be written to with -o",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise LedgerError(
                "another process is running this run file",
                where=str(path),
                remedy="wait until it has finished, stop it, or name another file with -o",
            ) from error
        # The holder before us removed the file while we waited to open it: that lock is void.
        with contextlib.suppress(FileNotFoundError):
            if lock.stat().st_ino == os.fstat(handle).st_ino:
                return handle
        os.close(handle)
