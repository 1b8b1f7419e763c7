"""What the providers' batch interfaces have in common: files of JSON lines, and whole failures."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import IO, Any, Final, Protocol, runtime_checkable

from .chat import Request
from .failures import CallError, Failure

__all__ = [
    "BatchGoneError",
    "CancelledInBatchError",
    "FailedBatchError",
    "FindsBatches",
    "chunks_of",
    "json_lines",
    "mark_of",
    "spooled",
    "submittable",
]

IN_MEMORY = 8 << 20
"""Batches up to this many bytes are put together in memory, longer ones in a temporary file."""
CHUNK = 1 << 18
"""Bytes handed to the connection at a time."""
SKEW: Final = 300.0
"""Seconds by which the provider's clock and ours may differ."""
CUSTOM_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""Custom ids that both providers take."""


class BatchGoneError(CallError):
    """The provider knows no such batch: it was deleted, or belongs to another account."""

    def __init__(self, batch: str, *, where: str = "") -> None:
        super().__init__(Failure.REJECTED, f"the provider knows no batch {batch}", where=where)


class FailedBatchError(CallError):
    """The provider gave up on a whole batch: what it has not reported was not answered or billed.

    `Failure.RATE_LIMITED` says that the same requests may be taken in another batch, later.
    """


class CancelledInBatchError(CallError):
    """Somebody cancelled the batch before the request was answered; it was not billed."""

    def __init__(self, *, where: str = "") -> None:
        super().__init__(
            Failure.REJECTED,
            "the batch was cancelled before this request was answered",
            where=where,
            remedy="resume the run to ask again",
        )


@runtime_checkable
class FindsBatches(Protocol):
    """A batch interface that finds a batch whose id nobody could write down."""

    async def find(
        self, custom_ids: Collection[str], since: float, known: Collection[str]
    ) -> str | None:
        """Return the id of the batch that was created of these requests; None if there is none.

        Args:
            custom_ids: All that would be in it.
            since: When it was created at the earliest, in seconds since 1970.
            known: Ids of batches that are not it.

        Raises:
            CallError: The provider could not be asked.
        """
        ...


def mark_of(custom_ids: Collection[str]) -> str:
    """A short text by which a batch of these requests is known again."""
    joined = "\n".join(sorted(custom_ids)).encode()
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def submittable(
    requests: Sequence[tuple[str, Request]], most_requests: int, *, where: str = ""
) -> None:
    """Check what no provider takes, before anything is sent.

    Raises:
        CallError: There are none or too many, or a custom id is malformed or used twice.
    """
    names = [name for name, _ in requests]
    wrong = next((name for name in names if not CUSTOM_ID.fullmatch(name)), None)
    if wrong is not None:
        what = f"a batch cannot hold the custom id {wrong!r}"
    elif len(set(names)) < len(names):
        what = "a batch cannot hold the same custom id twice"
    elif not 0 < len(names) <= most_requests:
        what = f"a batch holds 1 to {most_requests:,} requests, not {len(names):,}"
    else:
        return
    raise CallError(Failure.REJECTED, what, where=where)


def spooled(parts: Iterable[bytes], most_bytes: int, *, where: str = "") -> tuple[IO[bytes], int]:
    """Put a batch together without holding it in memory.

    Args:
        parts: Its bytes.
        most_bytes: Most that the provider takes.
        where: The place, for the message.

    Returns:
        A temporary file with no name on disk, at its beginning, and its length in bytes.

    Raises:
        CallError: It is longer than `most_bytes`; the kind is `Failure.TOO_LONG`.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 the caller closes it
    length = 0
    for part in parts:
        length += file.write(part)
        if length > most_bytes:
            file.close()
            raise CallError(
                Failure.TOO_LONG,
                f"the batch is longer than the {most_bytes >> 20} MB the provider takes",
                where=where,
            )
    file.seek(0)
    return file, length


async def chunks_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield the rest of a file in pieces."""
    while chunk := file.read(CHUNK):
        yield chunk


async def json_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """Parse JSON lines as they arrive, holding one line at a time.

    A whole line that is not a JSON object is passed over: what it was about is then missing
    among the results, which says the same.

    Args:
        chunks: Pieces of the file, cut anywhere.

    Raises:
        CallError: The connection broke, or the file ends in the middle of a line.
    """
    held: list[bytes] = []
    async for chunk in _unbroken(chunks):
        # Only at line feeds: JSON may hold the other characters that Unicode breaks lines at.
        *whole, rest = chunk.split(b"\n")
        for end in whole:
            line = _parsed(b"".join([*held, end]))
            held = []
            if line is not None:
                yield line
        held.append(rest)
    last = b"".join(held).strip()
    if last:
        line = _parsed(last)
        if line is None:
            raise CallError(Failure.DROPPED, "the results of a batch end in the middle of a line")
        yield line


async def _unbroken(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what comes; what a broken connection raises, whichever way, is a `CallError`."""
    import httpx2

    try:
        async for chunk in chunks:
            yield chunk
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        kind = Failure.TIMEOUT if isinstance(error, httpx2.TimeoutException) else Failure.DROPPED
        raise CallError(kind, "the connection broke before all results of a batch came") from None


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
