"""SQLite files of one kind: marked, checked, locked against other processes, and explained."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import LedgerError

__all__ = ["FileKind"]


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of SQLite file, known by marks in the file's own header.

    Attributes:
        noun: What people call such a file: "run file".
        application_id: Marks an SQLite file as of this kind.
        version: Version of its tables; a file of another version is refused.
        another: What to do where something else is in the way.
    """

    noun: str
    application_id: int
    version: int
    another: str = "name another file with -o"

    @contextlib.contextmanager
    def reporting(self, path: Path) -> Iterator[None]:
        """Turn what SQLite says about a file into one sentence.

        Raises:
            LedgerError: SQLite found the file foreign, damaged, locked, or the disk full.
        """
        try:
            yield
        except sqlite3.Error as error:
            raise self.explained(path, error) from error

    def explained(self, path: Path, error: Exception) -> LedgerError:
        """Return the sentence for what went wrong with a file."""
        said = str(error)
        if not isinstance(error, sqlite3.Error):
            return LedgerError(f"the {self.noun} cannot hold an answer ({said})", where=str(path))
        if "not a database" in said:
            return LedgerError(f"this is not a {self.noun}", where=str(path), remedy=self.another)
        if "full" in said or "disk I/O" in said:
            return LedgerError(
                f"the {self.noun} cannot be written ({said})",
                where=str(path),
                remedy="make room on the disk and run the same command again; "
                "what was recorded is safe",
            )
        if isinstance(error, sqlite3.OperationalError) and "malformed" not in said:
            return LedgerError(
                f"the {self.noun} cannot be opened or written ({said})",
                where=str(path),
                remedy="check that the folder exists and may be written to",
            )
        return LedgerError(
            f"the {self.noun} is damaged ({said})",
            where=str(path),
            remedy="restore it from a copy, or start a new run under another name with -o",
        )

    def exists(self, path: Path) -> bool:
        """Whether there is such a file; an empty one and a creation cut short are none.

        Raises:
            LedgerError: Something else is there.
        """
        if not path.exists():
            return False
        if not path.is_file():
            raise LedgerError(f"this is not a {self.noun}", where=str(path), remedy=self.another)
        if path.stat().st_size == 0:
            return False
        with self.reporting(path), contextlib.closing(self._open(path)) as connection:
            application, version = _marks(connection)
            if application == 0 and version == 0:
                (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                if not tables:
                    return False
            self._check_marks(path, application, version)
        return True

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open a file for reading, also while somebody writes to it.

        The connection may be used from one thread at a time, whichever.

        Raises:
            LedgerError: There is none, or it is foreign, of another version, or damaged.
        """
        if not path.is_file():
            raise LedgerError(f"there is no such {self.noun}", where=str(path))
        connection = self._open(path)
        try:
            with self.reporting(path):
                self._check_marks(path, *_marks(connection))
        except LedgerError:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def creating(self, path: Path, schema: str) -> Iterator[sqlite3.Connection]:
        """Make a new file, whole or not at all; yields the connection to fill its tables.

        Args:
            path: Where; nothing or a creation cut short may be there.
            schema: Statements, each ended by ";" and a line end.

        Raises:
            LedgerError: It cannot be written there.
        """
        with self.reporting(path):
            connection = sqlite3.connect(path, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                # executescript would commit by itself, and a file must not be made by halves.
                connection.execute("BEGIN IMMEDIATE")
                for statement in schema.split(";\n"):
                    connection.execute(statement)
                yield connection
                connection.execute(f"PRAGMA application_id = {self.application_id}")
                connection.execute(f"PRAGMA user_version = {self.version}")
                connection.execute("COMMIT")
            finally:
                connection.close()

    @contextlib.contextmanager
    def locked(self, path: Path) -> Iterator[None]:
        """Keep other processes from writing this file at the same time.

        The lock is on a file of its own beside it: closing any handle on the file itself would
        let go of SQLite's locks. The operating system lets go of it when the process dies.

        Raises:
            LedgerError: Another process writes it, or the folder cannot be written to.
        """
        lock = path.with_name(f"{path.name}-lock")
        handle = self._take(path, lock)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
            os.close(handle)

    def _open(self, path: Path) -> sqlite3.Connection:
        plain = path.resolve().as_uri()
        # A file on a read-only medium cannot have SQLite's helper files made beside it.
        immutable = not Path(f"{path}-wal").exists() and not os.access(path.parent, os.W_OK)
        with self.reporting(path):
            return sqlite3.connect(
                f"{plain}?mode=ro{'&immutable=1' if immutable else ''}",
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                timeout=10.0,
            )

    def _check_marks(self, path: Path, application: int, version: int) -> None:
        if application != self.application_id:
            raise LedgerError(
                f"this is a database, but not a {self.noun} of understudy",
                where=str(path),
                remedy=self.another,
            )
        if version != self.version:
            raise LedgerError(
                f"the {self.noun} has format {version}, and this understudy reads format "
                f"{self.version}",
                where=str(path),
                remedy="use the understudy that wrote it"
                if version < self.version
                else "update understudy to read it",
            )

    def _take(self, path: Path, lock: Path) -> int:
        while True:
            try:
                handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise LedgerError(
                    f"the {self.noun} cannot be written here ({error.strerror})",
                    where=str(path),
                    remedy="name a file in a folder that exists and may be written to with -o",
                ) from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(handle)
                raise LedgerError(
                    f"another process is running this {self.noun}",
                    where=str(path),
                    remedy="wait until it has finished, stop it, or name another file with -o",
                ) from error
            # The holder before us removed the file while we waited to open it: that lock is void.
            with contextlib.suppress(FileNotFoundError):
                if lock.stat().st_ino == os.fstat(handle).st_ino:
                    return handle
            os.close(handle)


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(application), int(version)
