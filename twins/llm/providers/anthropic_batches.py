"""Anthropic's Message Batches: half the price, within 24 hours, kept for 29 days.

Facts read off anthropic 2.12.0 and its documentation, November 2026.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ..batch_files import (
    SKEW,
    BatchGoneError,
    CancelledInBatchError,
    chunks_of,
    json_lines,
    spooled,
    submittable,
)
from ..cards import ModelCard
from ..chat import BatchStatus, Completion, Request
from ..failures import CallError, Failure
from .anthropic import body_of, completion_of
from .errors import call_error, error_in

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncAPIResponse
    from anthropic.types.messages import MessageBatch

__all__ = ["AnthropicBatches"]

_PATH = "/v1/messages/batches"
_HANDING_OVER = 3_600.0
"""Seconds after its attempts were begun within which a batch is created."""
_STREAMED = {"X-Stainless-Raw-Response": "stream", "Accept": "application/binary"}
"""What the SDK's own `with_streaming_response` sets, to hand the body over as it comes."""


class AnthropicBatches:
    """The `BatchApi` of a model at Anthropic.

    Args:
        client: The SDK's, without retries of its own.
        card: The model's.
    """

    most_requests = 100_000
    most_bytes = 256_000_000

    def __init__(self, client: AsyncAnthropic, card: ModelCard) -> None:
        self._client = client
        self._card = card
        self._where = f"{card.provider}:{card.name}"

    async def submit(self, requests: Sequence[tuple[str, Request]]) -> str:
        """Submit (custom id, request) pairs; see `BatchApi.submit`."""
        from anthropic.types.messages import MessageBatch

        submittable(requests, self.most_requests, where=self._where)
        # The SDK's `create` would hold the whole body in memory, twice.
        file, length = await asyncio.to_thread(
            spooled, self._parts(requests), self.most_bytes, where=self._where
        )
        with file, self._failing():
            batch = await self._client.post(
                _PATH,
                cast_to=MessageBatch,
                content=chunks_of(file),
                options={
                    "headers": {"Content-Type": "application/json", "Content-Length": str(length)}
                },
            )
        return batch.id

    async def status(self, batch: str) -> BatchStatus:
        """Say how far a batch is; see `BatchApi.status`."""
        with self._failing(batch):
            found = await self._client.messages.batches.retrieve(batch)
        if found.archived_at is not None:
            raise BatchGoneError(batch, where=self._where)
        total = _total(found)
        return BatchStatus(
            ended=found.processing_status == "ended",
            total=total,
            finished=total - found.request_counts.processing,
        )

    async def results(self, batch: str) -> AsyncGenerator[tuple[str, Completion | CallError]]:
        """Yield (custom id, outcome) as results come in; see `BatchApi.results`."""
        # Not at the address that the batch names: behind a gateway that is another server, which
        # must not be sent the gateway's key.
        with self._failing(batch):
            response = cast(
                "AsyncAPIResponse[bytes]",
                await self._client.get(
                    f"{_PATH}/{quote(batch, safe='')}/results",
                    cast_to=bytes,
                    options={"headers": _STREAMED},
                ),
            )
        try:
            async for line in json_lines(response.iter_bytes()):
                name, result = line.get("custom_id"), line.get("result")
                if isinstance(name, str) and isinstance(result, dict):
                    yield name, self._outcome(result)
        finally:
            await response.close()

    async def cancel(self, batch: str) -> None:
        """Ask for a batch to be stopped; see `BatchApi.cancel`."""
        with self._failing(batch):
            await self._client.messages.batches.cancel(batch)

    async def find(
        self, custom_ids: Collection[str], since: float, known: Collection[str]
    ) -> str | None:
        """Return the id of a batch of these requests; see `FindsBatches.find`.

        Message Batches carry no mark of ours, and name their requests only once they have ended.
        Until then one is taken for it that was created at the time and holds as many requests;
        when it has ended and turns out to be another, its results hold none of ours.
        """
        under_way: list[tuple[float, str]] = []
        with self._failing():
            # The newest come first.
            async for batch in self._client.messages.batches.list(limit=100):
                created = batch.created_at.timestamp()
                if created < since - SKEW:
                    break
                late = created > since + _HANDING_OVER
                if late or batch.id in known or _total(batch) != len(custom_ids):
                    continue
                if batch.processing_status != "ended":
                    under_way.append((abs(created - since), batch.id))
                elif await self._first_in(batch.id) in custom_ids:
                    return batch.id
        return min(under_way)[1] if under_way else None

    async def _first_in(self, batch: str) -> str:
        """The custom id of the first result of an ended batch; "" where there is none any more."""
        with contextlib.suppress(BatchGoneError):
            async with contextlib.aclosing(self.results(batch)) as results:
                async for name, _ in results:
                    return name
        return ""

    def _parts(self, requests: Sequence[tuple[str, Request]]) -> Iterator[bytes]:
        before = b'{"requests":['
        for name, request in requests:
            item = {"custom_id": name, "params": body_of(request, self._card)}
            text = json.dumps(item, ensure_ascii=False, separators=(",", ":"), default=dict)
            yield before + text.encode("utf-8", "replace")
            before = b","
        yield b"]}"

    def _outcome(self, result: Mapping[str, Any]) -> Completion | CallError:
        kind, message = result.get("type"), result.get("message")
        if kind == "succeeded" and isinstance(message, dict):
            try:
                return completion_of(message, {}, where=self._where)
            except CallError as error:
                return error
        if kind == "errored":
            body = result.get("error")
            return error_in(body if isinstance(body, dict) else {}, where=self._where)
        if kind == "canceled":
            return CancelledInBatchError(where=self._where)
        if kind == "expired":
            # Neither answered nor billed.
            return CallError(
                Failure.OVERLOADED, "the batch expired before this request", where=self._where
            )
        return CallError(Failure.GARBLED, f"a batch result of the kind {kind!r}", where=self._where)

    @contextlib.contextmanager
    def _failing(self, batch: str = "") -> Iterator[None]:
        """Turn what the SDK raises into a `CallError`."""
        import anthropic

        try:
            yield
        except anthropic.AnthropicError as error:
            told = isinstance(error, anthropic.NotFoundError) and isinstance(error.body, dict)
            if batch and told:
                raise BatchGoneError(batch, where=self._where) from None
            raise call_error(
                error, anthropic, where=self._where, endpoint=str(self._client.base_url)
            ) from None


def _total(batch: MessageBatch) -> int:
    counts = batch.request_counts
    done = counts.succeeded + counts.errored + counts.canceled + counts.expired
    return done + counts.processing
