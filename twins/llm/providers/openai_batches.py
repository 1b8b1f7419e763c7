"""OpenAI's batches: a file of requests, half the price, within 24 hours.

Facts read off openai 3.54.0 and its documentation, November 2026.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..batch_files import (
    SKEW,
    BatchGoneError,
    CancelledInBatchError,
    FailedBatchError,
    json_lines,
    mark_of,
    spooled,
    submittable,
)
from ..cards import ModelCard
from ..chat import BatchStatus, Completion, Request
from ..failures import CallError, Failure
from .errors import call_error, error_in
from .openai import body_of, completion_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch

__all__ = ["OpenAIBatches"]

_ENDPOINT: Final = "/v1/chat/completions"
_MARK: Final = "understudy"
"""Name of the mark in a batch's metadata."""
_ENDED = frozenset({"completed", "expired", "cancelled", "failed"})
_NO_ROOM = frozenset({"token_limit_exceeded", "request_limit_exceeded", "rate_limit_exceeded"})
"""Codes of batches that fail because too much of the account's is queued already."""


class OpenAIBatches:
    """The `BatchApi` of a model at OpenAI.

    Args:
        client: The SDK's, without retries of its own.
        card: The model's.
    """

    most_requests = 50_000
    most_bytes = 200_000_000

    def __init__(self, client: AsyncOpenAI, card: ModelCard) -> None:
        self._client = client
        self._card = card
        self._where = f"{card.provider}:{card.name}"

    async def submit(self, requests: Sequence[tuple[str, Request]]) -> str:
        """Submit (custom id, request) pairs; see `BatchApi.submit`."""
        submittable(requests, self.most_requests, where=self._where)
        file, _ = await asyncio.to_thread(
            spooled, self._lines(requests), self.most_bytes, where=self._where
        )
        with file:
            try:
                with self._failing():
                    uploaded = await self._client.files.create(
                        file=("requests.jsonl", file, "application/jsonl"), purpose="batch"
                    )
            except CallError as error:
                if error.kind.maybe_billed:
                    # A file costs nothing: what became of it does not matter.
                    raise CallError(
                        Failure.UNREACHABLE, error.what, where=error.where, remedy=error.remedy
                    ) from None
                raise
        try:
            with self._failing():
                batch = await self._client.batches.create(
                    input_file_id=uploaded.id,
                    endpoint=_ENDPOINT,
                    completion_window="24h",
                    metadata={_MARK: mark_of([name for name, _ in requests])},
                )
        except CallError as error:
            if not error.kind.maybe_billed:
                with contextlib.suppress(CallError), self._failing():
                    await self._client.files.delete(uploaded.id)
            raise
        return batch.id

    async def status(self, batch: str) -> BatchStatus:
        """Say how far a batch is; see `BatchApi.status`."""
        found = await self._retrieved(batch)
        counts = found.request_counts
        return BatchStatus(
            ended=found.status in _ENDED,
            total=counts.total if counts else 0,
            finished=counts.completed + counts.failed if counts else 0,
        )

    async def results(self, batch: str) -> AsyncGenerator[tuple[str, Completion | CallError]]:
        """Yield (custom id, outcome) as results come in; see `BatchApi.results`."""
        found = await self._retrieved(batch)
        if found.status == "failed":
            async for name, error in self._failed(found):
                yield name, error
        for file in (found.output_file_id, found.error_file_id):
            if file:
                async for line in self._read(batch, file):
                    item = line.get("custom_id")
                    if isinstance(item, str):
                        yield item, self._outcome(line)
        # What was not begun need not be in either file.
        if found.status == "cancelled":
            raise CancelledInBatchError(where=self._where)
        if found.status == "expired":
            raise FailedBatchError(
                Failure.OVERLOADED, "the batch expired before this request", where=self._where
            )

    async def cancel(self, batch: str) -> None:
        """Ask for a batch to be stopped; see `BatchApi.cancel`."""
        with self._failing(batch):
            await self._client.batches.cancel(batch)

    async def find(
        self, custom_ids: Collection[str], since: float, known: Collection[str]
    ) -> str | None:
        """Return the id of a batch of these requests, by its mark; see `FindsBatches.find`."""
        mark = mark_of(custom_ids)
        with self._failing():
            # The newest come first.
            async for batch in self._client.batches.list(limit=100):
                if batch.created_at < since - SKEW:
                    break
                if batch.id not in known and (batch.metadata or {}).get(_MARK) == mark:
                    return batch.id
        return None

    async def _retrieved(self, batch: str) -> Batch:
        with self._failing(batch):
            return await self._client.batches.retrieve(batch)

    async def _read(self, batch: str, file: str) -> AsyncIterator[dict[str, Any]]:
        streamed = self._client.files.with_streaming_response.content(file)
        async with contextlib.AsyncExitStack() as stack:
            with self._failing(batch):
                response = await stack.enter_async_context(streamed)
            async for line in json_lines(response.iter_bytes()):
                yield line

    async def _failed(self, batch: Batch) -> AsyncIterator[tuple[str, CallError]]:
        """Yield the requests that made a batch fail, then say what that means for the others."""
        errors = list(batch.errors.data or ()) if batch.errors else []
        wrong = {error.line: error.message or "invalid" for error in errors if error.line}
        if wrong:
            number = 0
            async for line in self._read(batch.id, batch.input_file_id):
                number += 1
                name = line.get("custom_id")
                if number in wrong and isinstance(name, str):
                    yield (
                        name,
                        error_in(
                            {"error": {"type": "invalid_request_error", "message": wrong[number]}},
                            where=self._where,
                        ),
                    )
            raise FailedBatchError(
                Failure.RATE_LIMITED,
                f"batch {batch.id} failed because of other requests in it",
                where=self._where,
            )
        code = next((error.code for error in errors if error.code), "") or ""
        message = next((error.message for error in errors if error.message), "") or code
        read = error_in({"error": {"code": code, "message": message}}, where=self._where)
        kind = Failure.REJECTED if read.kind is Failure.SERVER else read.kind
        if code in _NO_ROOM:
            kind = Failure.RATE_LIMITED
        raise FailedBatchError(
            kind, f"batch {batch.id} failed: {read.what}", where=self._where, remedy=read.remedy
        )

    def _lines(self, requests: Sequence[tuple[str, Request]]) -> Iterator[bytes]:
        for name, request in requests:
            line = {
                "custom_id": name,
                "method": "POST",
                "url": _ENDPOINT,
                "body": body_of(request, self._card),
            }
            # Escaped, so that no line can hold a character that somebody breaks lines at.
            yield json.dumps(line, separators=(",", ":"), default=dict).encode() + b"\n"

    def _outcome(self, line: Mapping[str, Any]) -> Completion | CallError:
        response, error = line.get("response"), line.get("error")
        if isinstance(response, dict):
            body, status = response.get("body"), response.get("status_code")
            if status == 200 and isinstance(body, dict):
                try:
                    return completion_of(body, {"x-request-id": str(response.get("request_id"))})
                except CallError as failed:
                    return failed
            return self._refused(status, body if isinstance(body, dict) else {})
        code = error.get("code") if isinstance(error, dict) else None
        if code == "batch_cancelled":
            return CancelledInBatchError(where=self._where)
        if code == "batch_expired":
            # Neither answered nor billed.
            return CallError(
                Failure.OVERLOADED, "the batch expired before this request", where=self._where
            )
        return error_in({"error": error or {}}, where=self._where)

    def _refused(self, status: object, body: Mapping[str, Any]) -> CallError:
        error = error_in(body, where=self._where)
        if error.kind is Failure.SERVER and isinstance(status, int) and 400 <= status < 500:
            error.kind = Failure.RATE_LIMITED if status in (408, 409, 429) else Failure.REJECTED
        return error

    @contextlib.contextmanager
    def _failing(self, batch: str = "") -> Iterator[None]:
        """Turn what the SDK raises into a `CallError`."""
        import openai

        try:
            yield
        except openai.OpenAIError as error:
            told = isinstance(error, openai.NotFoundError) and isinstance(error.body, dict)
            if batch and told:
                raise BatchGoneError(batch, where=self._where) from None
            raise call_error(
                error, openai, where=self._where, endpoint=str(self._client.base_url)
            ) from None
