"""A thread that writes an SQLite file: operations queue up and are committed in groups."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import LedgerError
from .sqlite_files import FileKind

__all__ = ["GroupWriter", "Rows"]

Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows to write, by the name of a statement of the writer."""

GROUP_ROWS = 2_000
"""As many rows are committed without waiting for more."""
GROUP_SECONDS = 0.05
"""No row waits longer than this for others to join its group."""
CROWDED_ROWS = 20_000
"""With more rows than this waiting, whoever submits should await `GroupWriter.flushed`."""

Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class _Group:
    """Operations that will be committed together."""

    __slots__ = ("durable", "rows", "size", "waiters")

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.size = 0
        self.durable = False
        self.waiters: list[Waiter] = []

    def add(self, rows: Rows) -> None:
        for statement, more in rows.items():
            self.rows.setdefault(statement, []).extend(more)
            self.size += len(more)


class GroupWriter:
    """Writes an SQLite file from a thread of its own.

    Operations are committed in the order in which they were submitted, each whole or not at all:
    whatever is on disk, everything submitted before it is too. A durable operation is on the disk
    itself when it is done (`synchronous = FULL`), so that it outlives a power failure; the others
    outlive the death of the process.

    Args:
        path: The file, already created.
        kind: What it is.
        statements: What can be written, by name; within a group, they run in this order.

    Raises:
        LedgerError: It cannot be opened.
    """

    def __init__(self, path: Path, kind: FileKind, statements: Mapping[str, str]) -> None:
        self.path = path
        self._kind = kind
        self._statements = statements
        self._changed = threading.Condition()
        self._group = _Group()
        self._urgent = False
        self._closing = False
        self._error: LedgerError | None = None
        with kind.reporting(path):
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=10.0
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
        self._thread = threading.Thread(target=self._work, name=kind.noun, daemon=True)
        self._thread.start()

    @property
    def crowded(self) -> bool:
        """Whether rows come in faster than the disk takes them."""
        return self._group.size > CROWDED_ROWS

    def submit(self, rows: Rows, *, durable: bool = False) -> None:
        """Queue an operation; it is committed soon, or at once if it is durable.

        Raises:
            LedgerError: An earlier operation could not be committed.
        """
        self._submit(rows, durable, durable, None)

    async def durably(self, rows: Rows) -> None:
        """Queue an operation and return when it is on the disk.

        Raises:
            LedgerError: It could not be committed.
        """
        await self._submitted(rows, durable=True)

    async def flushed(self) -> None:
        """Return when everything submitted so far is committed.

        Raises:
            LedgerError: Something could not be committed.
        """
        await self._submitted({}, durable=False)

    async def _submitted(self, rows: Rows, *, durable: bool) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._submit(rows, durable, True, (loop, done))
        await done

    def _submit(self, rows: Rows, durable: bool, urgent: bool, waiter: Waiter | None) -> None:
        with self._changed:
            if self._error is not None:
                raise self._error
            group = self._group
            first = not group.size
            group.add(rows)
            group.durable |= durable
            if waiter is not None:
                group.waiters.append(waiter)
            self._urgent |= urgent
            if first or urgent or group.size >= GROUP_ROWS:
                self._changed.notify()

    def close(self) -> None:
        """Commit what is queued, and leave one tidy file if nobody else has it open.

        Raises:
            LedgerError: Something could not be committed.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        try:
            # A finished run is one file, readable from a read-only medium.
            with contextlib.suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA busy_timeout = 0")
                self._connection.execute("PRAGMA journal_mode = DELETE")
        finally:
            self._connection.close()
        if self._error is not None:
            raise self._error

    def _next(self) -> _Group | None:
        with self._changed:
            while not (self._urgent or self._closing or self._group.size >= GROUP_ROWS):
                if not self._group.size:
                    self._changed.wait()
                elif not self._changed.wait(GROUP_SECONDS):
                    break
            if self._closing and not self._group.size and not self._group.waiters:
                return None
            group, self._group = self._group, _Group()
            self._urgent = False
            return group

    def _work(self) -> None:
        while (group := self._next()) is not None:
            if self._error is None:
                try:
                    self.commit(group.rows, group.durable)
                except (sqlite3.Error, UnicodeError, OverflowError) as error:
                    with self._changed:
                        self._error = self._kind.explained(self.path, error)
            self._settle(group.waiters)

    def commit(self, rows: Rows, durable: bool) -> None:
        """Write one group in one transaction."""
        connection = self._connection
        if rows:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, sql in self._statements.items():
                    if statement in rows:
                        connection.executemany(sql, rows[statement])
                connection.execute("COMMIT")
            except sqlite3.Error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _settle(self, waiters: Sequence[Waiter]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        for loop, future in waiters:
            by_loop.setdefault(loop, []).append(future)
        for loop, futures in by_loop.items():
            # The loop may be gone if its run was abandoned.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_resolve, futures, self._error)


def _resolve(futures: Sequence[asyncio.Future[None]], error: LedgerError | None) -> None:
    for future in futures:
        if not future.done():
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
