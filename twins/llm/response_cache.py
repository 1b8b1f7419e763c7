"""Answers already paid for, kept between runs and served for exactly the same request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ...data.errors import FileError
from .cache_file import connect, default_path, explained, opened, poisoned, reporting, seal
from .chat import ChatModel, Completion, Request, Stop, Usage

__all__ = ["CacheStats", "ModelStats", "ResponseCache", "Shelf"]

GROUP_SECONDS: Final = 0.02
"""No response waits longer than this for others to be written with it."""
GROUP_ROWS: Final = 1_000
CROWDED_ROWS: Final = 10_000
"""With more responses than this waiting for the disk, further ones are not kept."""
_FIND: Final = "SELECT rest, seal, value FROM responses WHERE id = ?"
_READ: Final = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStats:
    """What a cache holds of one model.

    Attributes:
        name: Provider and name, such as "openai:NAME".
        endpoint: Where requests went.
        entries: How many responses.
        bytes: Bytes of these responses.
        oldest: When the first was stored, in seconds since 1970.
        newest: When the last was stored.
    """

    name: str
    endpoint: str
    entries: int
    bytes: int
    oldest: int
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """What a cache holds.

    Attributes:
        path: The file.
        entries: How many responses.
        bytes: Size of the file on disk.
        hits: Requests served from it, by all runs since it was made.
        models: By model, the most responses first.
    """

    path: Path
    entries: int
    bytes: int
    hits: int
    models: tuple[ModelStats, ...]


@dataclass(slots=True)
class _Group:
    """Responses that will be committed together."""

    rows: dict[bytes, tuple[Shelf, Completion, int]] = field(default_factory=dict)


class ResponseCache:
    """A file of responses, shared by all runs and processes of one user.

    Every response carries a checksum keyed with a secret that stays beside the file (mode 0600):
    a cache without its secret, copied from somebody else or forged, is refused on opening, and a
    response changed behind our back is refused when it is met, with the whole file: one forged
    answer is reason to distrust the rest.

    `get` and `put` are for one thread, usually the event loop's; writing happens on a thread of
    its own, and what waits there is served from memory. A response is committed some 20 ms after
    `put`, so a crash may lose the last ones (which the ledger of the run still holds). Memory does
    not grow with the number of responses.

    Args:
        path: The file; None for `default_path()`.

    Raises:
        UnreadableFileError: It is not a response cache, or of somebody else, or damaged.
        FileError: It cannot be made or opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self._secret = opened(self.path)
        self._reading = connect(self.path)
        self._writing = connect(self.path)
        self._changed = threading.Condition()
        self._group = _Group()
        self._under_way = _Group()
        self._flushers = 0
        self._closing = False
        self._counted = 0
        self._commits = 0
        self._snapshot = -1
        """`_commits` when the snapshot that is read from was taken; -1 for none."""
        self._models: dict[tuple[str, str], int] = {}
        self.hits = 0
        """Requests served since it was opened."""
        self.dropped = 0
        """Responses that could not be kept since it was opened."""
        self.problem: FileError | None = None
        """Why some could not be."""
        self._thread = threading.Thread(target=self._work, name="response cache", daemon=True)
        self._thread.start()

    def shelf(self, model: ChatModel) -> Shelf:
        """Return the part of the cache that belongs to a model at an endpoint, set as it is."""
        card = model.card
        settings = f"{card.thinking} {card.structured} {card.sampling}"
        return Shelf(self, f"{card.provider}:{card.name}", model.endpoint, settings)

    def find(self, key: bytes) -> Completion | None:
        """Return the response with a key, or None.

        Raises:
            UnreadableFileError: It was tampered with, or the file is damaged.
            FileError: The file cannot be read.
        """
        # The group under way is emptied after it is committed, so one look at each is enough.
        waiting = self._group.rows.get(key) or self._under_way.rows.get(key)
        if waiting is not None:
            self.hits += 1
            return waiting[1]
        try:
            if self._snapshot != self._commits:
                self._look()
            row = self._reading.execute(_FIND, (_row_id(key),)).fetchone()
        except sqlite3.Error as error:
            raise explained(self.path, error) from error
        if row is None or row[0] != key[8:]:
            return None
        value = row[2]
        if not isinstance(value, bytes) or row[1] != seal(self._secret, key, value):
            raise poisoned(self.path)
        self.hits += 1
        return _completion(value)

    def _look(self) -> None:
        """Read from one snapshot of the file until the event loop has gone round once.

        Locking the file for every response would cost more than reading it. A snapshot is not
        kept for longer: it would be in the way of others who write.
        """
        self._look_away()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._snapshot = self._commits
        self._reading.execute("BEGIN")
        loop.call_soon(self._look_away)

    def _look_away(self) -> None:
        self._snapshot = -1
        # The callback of an earlier snapshot may come when the cache is closed or at a later one.
        with contextlib.suppress(sqlite3.ProgrammingError):
            if self._reading.in_transaction:
                self._reading.execute("COMMIT")

    def keep(self, shelf: Shelf, key: bytes, completion: Completion) -> None:
        """Store a response; the first one stored for a key stays."""
        with self._changed:
            rows = self._group.rows
            if self._closing or len(rows) >= CROWDED_ROWS:
                self.dropped += 1
                return
            rows[key] = (shelf, completion, int(time.time()))
            if len(rows) == 1 or len(rows) == GROUP_ROWS:
                self._changed.notify_all()

    def flush(self) -> None:
        """Return when everything put so far is on disk, or `problem` says why it is not."""
        with self._changed:
            self._flushers += 1
            self._changed.notify_all()
            while self._thread.is_alive() and (self._group.rows or self._under_way.rows):
                self._changed.wait(1.0)
            self._flushers -= 1

    def close(self) -> None:
        """Write what waits and close the file. A second call does nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._reading.close()
        self._writing.close()

    def stats(self) -> CacheStats:
        """Count what is in it; reads the whole file.

        Raises:
            FileError: It cannot be read.
        """
        self.flush()
        self._look_away()
        with reporting(self.path):
            rows = self._reading.execute(
                "SELECT m.name, m.endpoint, count(*) AS entries, sum(length(r.value)),"
                " CAST(min(r.created) AS INTEGER), CAST(max(r.created) AS INTEGER)"
                " FROM responses r JOIN models m ON m.id = r.model"
                " GROUP BY m.id ORDER BY entries DESC, m.name, m.endpoint"
            ).fetchall()
            (hits,) = self._reading.execute(
                "SELECT CAST(sum(value) AS INTEGER) FROM meta WHERE key = 'hits'"
            ).fetchone()
        models = tuple(
            ModelStats(name=n, endpoint=e, entries=c, bytes=b, oldest=o, newest=w)
            for n, e, c, b, o, w in rows
        )
        files = (Path(f"{self.path}{suffix}") for suffix in ("", "-wal"))
        return CacheStats(
            path=self.path,
            entries=sum(model.entries for model in models),
            bytes=sum(file.stat().st_size for file in files if file.exists()),
            hits=(hits or 0) + self.hits - self._counted,
            models=models,
        )

    def clear(self, model: str | None = None, older_than: float | None = None) -> int:
        """Delete responses and give their space back; returns how many.

        Args:
            model: Only those of this model, as "NAME" or "PROVIDER:NAME".
            older_than: Only those stored more than so many seconds ago.

        Raises:
            FileError: The file cannot be written.
        """
        self.flush()
        self._look_away()
        conditions: list[str] = ["1"]
        values: list[str | int] = []
        if model is not None:
            conditions.append(
                "model IN (SELECT id FROM models WHERE name = ? OR"
                " substr(name, instr(name, ':') + 1) = ?)"
            )
            values += [model, model]
        if older_than is not None:
            conditions.append("created < ?")
            values.append(int(time.time() - older_than))
        where = " AND ".join(conditions)
        with reporting(self.path):
            gone = self._reading.execute(f"DELETE FROM responses WHERE {where}", values).rowcount
            # While another process reads, the space stays in the file, to be used again.
            with contextlib.suppress(sqlite3.OperationalError):
                self._reading.execute("VACUUM")
                self._reading.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def _work(self) -> None:
        last = False
        while not last:
            last = self._next()
            rows = self._under_way.rows
            if rows or self.hits != self._counted:
                try:
                    self._commit(rows)
                except sqlite3.Error as error:
                    self.problem = explained(self.path, error)
                    self.dropped += len(rows)
            # In this order: whoever no longer meets a row in memory must take a new snapshot.
            self._commits += 1
            with self._changed:
                self._under_way = _Group()
                self._changed.notify_all()

    def _next(self) -> bool:
        """Wait for responses to write; says whether they are the last."""
        with self._changed:
            while not self._group.rows and not self._closing:
                self._changed.wait()
            deadline = time.monotonic() + GROUP_SECONDS
            while len(self._group.rows) < GROUP_ROWS and not (self._closing or self._flushers):
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            # In this order: `find` looks without the lock, and must meet a row in one of the two.
            self._under_way = self._group
            self._group = _Group()
            return self._closing

    def _commit(self, rows: Mapping[bytes, tuple[Shelf, Completion, int]]) -> None:
        connection = self._writing
        values = []
        for key, (_, completion, _) in rows.items():
            value = _value(completion)
            values.append((value, seal(self._secret, key, value)))
        hits = self.hits
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(
                "INSERT OR IGNORE INTO responses VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (_row_id(key), key[8:], check, value, self._model(shelf), created)
                    for (key, (shelf, _, created)), (value, check) in zip(
                        rows.items(), values, strict=True
                    )
                ],
            )
            connection.execute(
                "UPDATE meta SET value = value + ? WHERE key = 'hits'", (hits - self._counted,)
            )
            connection.execute("COMMIT")
        except sqlite3.Error:
            self._models.clear()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._counted = hits

    def _model(self, shelf: Shelf) -> int:
        """Number of a model in the file; called inside a transaction."""
        identity = (shelf.name, shelf.endpoint)
        number = self._models.get(identity)
        if number is None:
            self._writing.execute(
                "INSERT OR IGNORE INTO models (name, endpoint) VALUES (?, ?)", identity
            )
            (found,) = self._writing.execute(
                "SELECT id FROM models WHERE name = ? AND endpoint = ?", identity
            ).fetchone()
            number = self._models[identity] = int(found)
        return number


class Shelf:
    """The responses of one model at one endpoint.

    Args:
        cache: Where they are.
        name: Provider and name of the model.
        endpoint: Where requests go.
        settings: What else decides answers and is not in the request.
    """

    __slots__ = ("_cache", "_identity", "endpoint", "name")

    def __init__(self, cache: ResponseCache, name: str, endpoint: str, settings: str) -> None:
        self._cache = cache
        self.name = name
        self.endpoint = endpoint
        identity = json.dumps([name, endpoint, settings]).encode()
        self._identity = blake2b(identity, digest_size=32).digest()

    def key(self, request: Request) -> bytes:
        """Digest of the model and everything that decides its answer, 16 bytes."""
        return blake2b(request.digest, digest_size=16, key=self._identity).digest()

    def get(self, request: Request) -> Completion | None:
        """Return the response to a request, or None; from disk, without `request_id` and `limits`.

        Raises:
            UnreadableFileError: It was tampered with, or the file is damaged.
            FileError: The file cannot be read.
        """
        return self._cache.find(self.key(request))

    def put(self, request: Request, completion: Completion) -> bool:
        """Store a response and say so; not a refusal, nor one cut off or filtered."""
        if completion.stop is not Stop.COMPLETE:
            return False
        self._cache.keep(self, self.key(request), completion)
        return True


def _row_id(key: bytes) -> int:
    return int.from_bytes(key[:8], "big", signed=True)


def _value(completion: Completion) -> bytes:
    usage = completion.usage
    value = [
        completion.text,
        (usage.input, usage.cache_read, usage.cache_write, usage.output, usage.thinking),
        completion.model,
        completion.first_token,
        completion.note,
    ]
    # Half a surrogate pair, which models do return, has no UTF-8; its escape has.
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _completion(value: bytes) -> Completion:
    (text, usage, model, first_token, note), _ = _READ(value.decode("ascii"))
    return Completion(
        text=text,
        usage=Usage(
            input=usage[0],
            cache_read=usage[1],
            cache_write=usage[2],
            output=usage[3],
            thinking=usage[4],
        ),
        model=model,
        first_token=tuple([(token, log) for token, log in first_token]) if first_token else (),
        note=note,
    )
