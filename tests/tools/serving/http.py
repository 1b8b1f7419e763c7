"""The part of HTTP/1.1 that a client of a web API uses, on asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

__all__ = ["Connection", "Exchange", "Reply"]

_MOST_HEAD = 256 * 1024
_PIECES = 20
_REASONS = {status.value: status.phrase for status in HTTPStatus} | {529: "Overloaded"}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to one request."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = _JSON

    def head(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}",
            f"content-type: {self.content_type}",
            f"content-length: {len(self.body)}",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Exchange:
    """One request received in full, to be answered once."""

    __slots__ = ("body", "connection", "headers", "method", "on_end", "path", "query", "received")

    def __init__(
        self,
        connection: Connection,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes,
    ) -> None:
        self.connection = connection
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.headers = headers
        self.body = body
        self.received = time.monotonic()
        self.on_end: Callable[[], None] | None = None

    def send(self, reply: Reply) -> None:
        """Answer properly."""
        self.connection.write(reply.head() + reply.body)
        self._end()

    def reset(self) -> None:
        """Break the connection before any byte of an answer, so that the client sees a reset."""
        self.connection.reset()
        self._end()

    def drop(self, reply: Reply) -> None:
        """Send the head and half of the body, then close."""
        self.connection.write(reply.head() + reply.body[: len(reply.body) // 2])
        self.connection.close()
        self._end()

    def drip(self, reply: Reply, over: float) -> None:
        """Send the head at once and the body in pieces over some seconds."""
        self.connection.write(reply.head())
        size = max(1, -(-len(reply.body) // _PIECES))
        pieces = [reply.body[at : at + size] for at in range(0, len(reply.body), size)]
        self._next_piece(pieces, over / max(1, len(pieces)))

    def _next_piece(self, pieces: list[bytes], pause: float) -> None:
        if not pieces or self.connection.closed:
            self._end()
            return
        self.connection.write(pieces.pop(0))
        self.connection.loop.call_later(pause, self._next_piece, pieces, pause)

    def hang(self) -> None:
        """Never answer."""

    def abandoned(self) -> None:
        """The connection is gone while the request was under way."""
        if self.on_end is not None:
            self.on_end()
            self.on_end = None

    def _end(self) -> None:
        if self.on_end is not None:
            self.on_end()
            self.on_end = None
        self.connection.finished(self)


class Connection(asyncio.Protocol):
    """One client connection: requests are taken one after another, pipelined or not.

    Args:
        handle: Called with every request received in full.
        opened: The set this connection is in while it is open.
    """

    def __init__(self, handle: Callable[[Exchange], None], opened: set[Connection]) -> None:
        self.loop = asyncio.get_running_loop()
        self._handle = handle
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._searched = 0
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._length = 0
        self._chunked: bytearray | None = None
        self._current: Exchange | None = None
        self._last = False
        self._reading = False

    @property
    def closed(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._opened.discard(self)
        if self._current is not None:
            self._current.abandoned()
            self._current = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._current is None:
            self._read()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        if self._transport is None:
            return
        sock: socket.socket = self._transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def finished(self, exchange: Exchange) -> None:
        """Take the next request."""
        if self._current is not exchange:
            return
        self._current = None
        if self._last:
            self.close()
        elif self._buffer and not self._reading:
            self._read()

    def _read(self) -> None:
        # A request answered at once comes back here through finished(), so this loops instead of
        # calling itself: a thousand pipelined requests must not be a thousand frames deep.
        self._reading = True
        try:
            while self._current is None and not self.closed and self._next():
                pass
        except ValueError:
            self.write(_BAD)
            self.close()
        finally:
            self._reading = False

    def _next(self) -> bool:
        if self._head is None and not self._take_head():
            return False
        if self._chunked is not None:
            if not self._take_chunks():
                return False
            body, self._chunked = bytes(self._chunked), None
        else:
            if len(self._buffer) < self._length:
                return False
            body = bytes(memoryview(self._buffer)[: self._length])
            del self._buffer[: self._length]
        assert self._head is not None
        method, target, headers = self._head
        self._head = None
        self._last = headers.get("connection", "").lower() == "close"
        self._current = Exchange(self, method, target, headers, body)
        self._handle(self._current)
        return True

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched > _MOST_HEAD:
                raise ValueError("The head is too long")
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        self._searched = 0
        method, target, _ = lines[0].split(" ")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self._head = (method, target, headers)
        self._length = int(headers.get("content-length", "0"))
        if headers.get("transfer-encoding", "").lower() == "chunked":
            self._chunked = bytearray()
        if headers.get("expect", "").lower() == "100-continue":
            self.write(_CONTINUE)
        return True

    def _take_chunks(self) -> bool:
        assert self._chunked is not None
        at = 0
        try:
            while True:
                end = self._buffer.find(b"\r\n", at)
                if end < 0:
                    return False
                size = int(bytes(self._buffer[at:end]).partition(b";")[0], 16)
                start = end + 2
                if len(self._buffer) < start + size + 2:
                    return False
                if size == 0:
                    at = start + 2
                    return True
                self._chunked += memoryview(self._buffer)[start : start + size]
                at = start + size + 2
        finally:
            del self._buffer[:at]
