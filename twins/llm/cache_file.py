"""The file of the response cache: made, marked, and refused where it is somebody else's."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ...data.errors import FileError, UnreadableFileError

__all__ = [
    "APPLICATION_ID",
    "ENVIRONMENT",
    "FORMAT",
    "connect",
    "default_path",
    "explained",
    "opened",
    "poisoned",
    "remove",
    "reporting",
    "seal",
]

APPLICATION_ID: Final = int.from_bytes(b"UNDC", "big")
"""Marks an SQLite file as a response cache, in the file's own header."""
FORMAT: Final = 1
"""Version of tables and values; a cache of another version is refused."""
ENVIRONMENT: Final = "UNDERSTUDY_CACHE"
"""Environment variable that names another file than the usual one."""

_SCHEMA: Final = (
    "CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL, endpoint TEXT NOT NULL,"
    " UNIQUE (name, endpoint))",
    # The id is the first half of the key, so that finding a row is one descent of one tree.
    "CREATE TABLE responses (id INTEGER PRIMARY KEY, rest BLOB NOT NULL, seal BLOB NOT NULL,"
    " value BLOB NOT NULL, model INTEGER NOT NULL, created INTEGER NOT NULL)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)
_MAGIC: Final = b"SQLite format 3\0"
_SECRET_BYTES: Final = 32
_START_AFRESH: Final = (
    f"remove it with: understudy cache clear, name another with {ENVIRONMENT}, or use --no-cache"
)
_ANOTHER: Final = f"name another file with {ENVIRONMENT}, or use --no-cache"


def default_path() -> Path:
    """Return where the cache is: what `UNDERSTUDY_CACHE` names, or the user's cache folder."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        path = Path(named).expanduser()
        return path / "responses.sqlite" if path.is_dir() else path
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("understudy", appauthor=False)) / "responses.sqlite"


def seal(secret: bytes, key: bytes, value: bytes) -> bytes:
    """Return what only who has the secret can write beside a value: keyed BLAKE2b, 16 bytes."""
    return blake2b(key + value, digest_size=16, key=secret).digest()


def opened(path: Path) -> bytes:
    """Make sure that there is a cache of ours at `path`, made now if need be; return its secret.

    Raises:
        UnreadableFileError: Something else is there, or the cache is of somebody else.
        FileError: It cannot be made there.
    """
    with _writing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = _marked(path)
        secret_path = _secret_path(path)
        if there and not secret_path.exists():
            raise _foreign(path)
        with _locked(secret_path) as descriptor:
            secret = _secret(secret_path, descriptor, new=not there)
            if secret is None:
                raise _foreign(path)
            # Another process may have made it while this one waited for the lock.
            if not _marked(path):
                _make(path, secret)
    with contextlib.closing(connect(path)) as connection, reporting(path):
        row = connection.execute("SELECT value FROM meta WHERE key = 'owner'").fetchone()
    if row is None or row[0] != _owner(secret):
        raise _foreign(path)
    return secret


def connect(path: Path) -> sqlite3.Connection:
    """Open a cache that `opened` has accepted. One thread at a time may use the connection.

    Raises:
        UnreadableFileError: SQLite finds it damaged.
        FileError: SQLite cannot open it.
    """
    with reporting(path):
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=10.0,
        )
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA synchronous = NORMAL")
            # Kilobytes: as much of the upper levels of the tree as makes reading fast.
            connection.execute("PRAGMA cache_size = -8000")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def remove(path: Path) -> int:
    """Delete a cache that is refused or not wanted any more, and its secret; returns bytes freed.

    No process may have it open.

    Raises:
        UnreadableFileError: There is something that is not marked as a response cache.
        FileError: It cannot be deleted.
    """
    with _writing(path):
        if not _marked(path, any_format=True):
            return 0
        freed = 0
        for suffix in ("", "-wal", "-shm"):
            file = Path(f"{path}{suffix}")
            if file.exists():
                freed += file.stat().st_size
                file.unlink()
        _secret_path(path).unlink(missing_ok=True)
        return freed


@contextlib.contextmanager
def reporting(path: Path) -> Iterator[None]:
    """Turn what SQLite says about a cache into one sentence.

    Raises:
        UnreadableFileError: It is damaged.
        FileError: It cannot be read or written.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise explained(path, error) from error


def explained(path: Path, error: sqlite3.Error) -> FileError:
    """Return the sentence for what SQLite said about a cache."""
    if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
        return FileError(
            f"the response cache cannot be used ({error})",
            where=str(path),
            remedy=f"check that the disk has room and the folder may be written to, or {_ANOTHER}",
        )
    return UnreadableFileError(
        f"the response cache is damaged ({error})", where=str(path), remedy=_START_AFRESH
    )


def poisoned(path: Path) -> UnreadableFileError:
    """Return the sentence for a row that was not written with the cache's secret."""
    return UnreadableFileError(
        "an answer in the response cache was changed by something else than understudy",
        where=str(path),
        remedy=_START_AFRESH,
    )


def _foreign(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        "this response cache was not written by you on this computer, so its answers are not "
        "to be trusted",
        where=str(path),
        remedy=_START_AFRESH,
    )


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(
            f"the response cache cannot be kept there ({error.strerror or error})",
            where=str(path),
            remedy=_ANOTHER,
        ) from error


def _marked(path: Path, *, any_format: bool = False) -> bool:
    """Whether a cache is there; nothing and an empty file are none. Changes nothing.

    Raises:
        UnreadableFileError: Something else is there.
    """
    if not path.exists():
        return False
    if not path.is_file():
        raise UnreadableFileError("this is not a file", where=str(path), remedy=_ANOTHER)
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        return False
    # https://www.sqlite.org/fileformat2.html, section 1.3: user version and application id.
    version = int.from_bytes(header[60:64], "big")
    if header[:16] != _MAGIC or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise UnreadableFileError(
            "this is not a response cache of understudy", where=str(path), remedy=_ANOTHER
        )
    if version != FORMAT and not any_format:
        raise UnreadableFileError(
            f"the response cache has format {version}, and this understudy uses format {FORMAT}",
            where=str(path),
            remedy=_START_AFRESH,
        )
    return True


def _secret_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.secret")


@contextlib.contextmanager
def _locked(secret_path: Path) -> Iterator[int]:
    """Hold the secret's file alone, so that two processes do not make a cache at once."""
    descriptor = os.open(secret_path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _secret(secret_path: Path, descriptor: int, *, new: bool) -> bytes | None:
    """Read the secret, or draw it for a cache about to be made; None if it is no secret.

    Raises:
        UnreadableFileError: Others may read it, so they could forge answers.
    """
    state = os.fstat(descriptor)
    if state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077:
        raise UnreadableFileError(
            "the response cache's secret is open to others",
            where=str(secret_path),
            remedy=f"run: chmod 600 {secret_path}, or {_ANOTHER}",
        )
    found = os.read(descriptor, _SECRET_BYTES + 1)
    if len(found) == _SECRET_BYTES:
        return found
    if found or not new:
        return None
    drawn = secrets.token_bytes(_SECRET_BYTES)
    os.write(descriptor, drawn)
    os.fsync(descriptor)
    return drawn


def _owner(secret: bytes) -> bytes:
    """What a cache says of the secret it belongs to, without giving it away."""
    return blake2b(b"owner of a response cache", digest_size=16, key=secret).digest()


def _make(path: Path, secret: bytes) -> None:
    """Make a cache, whole or not at all; the caller holds the lock."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    # Answers are about people: for the owner's eyes only.
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with reporting(path):
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('owner', ?)", (_owner(secret),))
            connection.execute("INSERT INTO meta VALUES ('hits', 0)")
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
    # What a cache removed by hand left beside it would be taken for part of the new one.
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    draft.rename(path)
