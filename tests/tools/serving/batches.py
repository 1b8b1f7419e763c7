"""The batch interfaces of both providers, and OpenAI's files that they need."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .http import Exchange, Reply
from .steps import Protocol, Step, encoded, error_body, step_from

__all__ = ["Batches", "Item", "Outcome"]

Outcome = str | Step | Mapping[str, Any]
"""What becomes of an item: "succeeded", "errored", "expired", "canceled", or a step."""

_DAY = 24 * 3600.0
_MOST = {"anthropic": (100_000, 256_000_000), "openai": (50_000, 200_000_000)}
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(rb'\bname="([^"]*)"')
_FILENAME = re.compile(rb'filename="([^"]*)"')
_JSONL = "application/x-jsonl"


@dataclass(slots=True)
class Item:
    """A request in a batch.

    Attributes:
        key: Its custom id.
        body: The request.
        outcome: What has become of it; "" while it waits.
        answer: The body of its answer or error.
        status: The HTTP status the answer would have had.
    """

    key: str
    body: dict[str, Any]
    outcome: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(slots=True)
class _Batch:
    key: str
    protocol: Protocol
    items: list[Item]
    created: float
    wall: float
    file: str = ""
    endpoint: str = ""
    metadata: Any = None
    polls: int = 0
    cancelled: bool = False
    ended: bool = False
    wrong: tuple[int, str] | None = None

    @property
    def expired(self) -> bool:
        return any(item.outcome == "expired" for item in self.items)


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    purpose: str
    content: bytes
    created: float


class Batches:
    """Batches and files.

    Args:
        clock: Seconds, rising; batches expire a day after they were made.
        polls: After how many looks a batch is done: 0 for at once, None for only when told.
        complete: Answers one request: (protocol, body, step) to (status, body of the answer).
    """

    def __init__(
        self,
        clock: Callable[[], float],
        polls: Callable[[], int | None],
        complete: Callable[[Protocol, dict[str, Any], Step], tuple[int, dict[str, Any]]],
    ) -> None:
        self._clock = clock
        self._polls = polls
        self._complete = complete
        self._batches: dict[str, _Batch] = {}
        self._files: dict[str, _File] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.most: dict[str, tuple[int, int]] = dict(_MOST)

    @property
    def keys(self) -> list[str]:
        """The batches there are, oldest first."""
        return list(self._batches)

    def finish(self, share: float = 1.0) -> None:
        """Let every batch end; what is beyond this share of its items expires."""
        for batch in self._batches.values():
            self._end(batch, share)

    def handle(self, exchange: Exchange, protocol: Protocol, name: str, verb: str) -> Reply:
        """Answer a request about batches."""
        if not name:
            if exchange.method == "POST":
                return self._create(exchange, protocol)
            return self._listed(protocol, exchange)
        batch = self._batches.get(name)
        if batch is None or batch.protocol != protocol:
            return _error(protocol, "not_found", f"No batch with id {name}")
        if verb == "results":
            return self._results(batch)
        if verb == "cancel":
            batch.cancelled = not batch.ended
        else:
            batch.polls += 1
            self._grow_old(batch)
        return Reply(encoded(self._shown(batch, exchange)))

    def handle_file(self, exchange: Exchange, name: str, verb: str) -> Reply:
        """Answer a request about files."""
        if not name and exchange.method == "POST":
            try:
                uploaded = _uploaded(exchange)
            except ValueError as error:
                return _error("openai", "bad_request", str(error))
            if len(uploaded.content) > self.most["openai"][1]:
                return _error("openai", "too_large", "The file is too large")
            key = f"file-{len(self._files):08d}"
            self._files[key] = uploaded
            return Reply(encoded(_file(key, uploaded)))
        found = self._files.get(name)
        if found is None:
            return _error("openai", "not_found", f"No such File object: {name}")
        if verb == "content":
            return Reply(found.content, content_type="application/octet-stream")
        if exchange.method == "DELETE":
            del self._files[name]
            return Reply(encoded({"id": name, "object": "file", "deleted": True}))
        return Reply(encoded(_file(name, found)))

    def _create(self, exchange: Exchange, protocol: Protocol) -> Reply:
        try:
            body = json.loads(exchange.body)
        except ValueError:
            return _error(protocol, "bad_request", "The body is not JSON")
        key = f"{'msgbatch' if protocol == 'anthropic' else 'batch'}_{len(self._batches):08d}"
        batch = _Batch(key, protocol, [], self._clock(), time.time())
        most_items, most_bytes = self.most[protocol]
        if protocol == "anthropic":
            if len(exchange.body) > most_bytes:
                return _error(protocol, "too_large", "Request exceeds the maximum size")
            batch.items = [Item(one["custom_id"], one["params"]) for one in body["requests"]]
            if len(batch.items) > most_items:
                return _error(
                    protocol, "bad_request", f"requests: at most {most_items} are allowed"
                )
            twice = _repeated(batch.items)
            if twice or not batch.items:
                said = f"requests: duplicate custom_id {twice}" if twice else "requests: empty"
                return _error(protocol, "bad_request", said)
        else:
            given = self._files.get(body.get("input_file_id", ""))
            if given is None or given.purpose != "batch":
                return _error(protocol, "bad_request", "No such input file for a batch")
            batch.file, batch.endpoint = body["input_file_id"], body["endpoint"]
            batch.metadata = body.get("metadata")
            batch.wrong = _read_lines(given.content, batch, most_items)
        self._batches[key] = batch
        if self._polls() == 0:
            self._end(batch)
        return Reply(encoded(self._shown(batch, exchange)))

    def _grow_old(self, batch: _Batch) -> None:
        polls = self._polls()
        if batch.cancelled or self._clock() - batch.created >= _DAY:
            self._end(batch, 0.0)
        elif polls is not None and batch.polls >= polls:
            self._end(batch)

    def _end(self, batch: _Batch, share: float = 1.0) -> None:
        if batch.ended:
            return
        batch.ended = True
        within = round(len(batch.items) * share)
        late = "canceled" if batch.cancelled else "expired"
        for number, item in enumerate(batch.items):
            planned = self.outcomes.get(item.key, "succeeded" if number < within else late)
            self._settle(batch.protocol, item, planned)

    def _settle(self, protocol: Protocol, item: Item, planned: Outcome) -> None:
        if isinstance(planned, str) and planned in {"expired", "canceled"}:
            item.outcome = planned
            return
        if planned == "errored":
            planned = "server_error"
        step = step_from("ok" if planned == "succeeded" else planned)
        item.status, item.answer = self._complete(protocol, item.body, step)
        item.outcome = "succeeded" if item.status == 200 else "errored"

    def _results(self, batch: _Batch) -> Reply:
        self._grow_old(batch)
        if not batch.ended:
            return _error("anthropic", "not_found", "The batch has not ended")
        lines = []
        for item in _shuffled(batch.items):
            result: dict[str, Any] = {"type": item.outcome}
            if item.outcome == "succeeded":
                result["message"] = item.answer
            elif item.outcome == "errored":
                result["error"] = item.answer
            lines.append(encoded({"custom_id": item.key, "result": result}))
        return Reply(b"\n".join(lines) + b"\n", content_type=_JSONL)

    def _listed(self, protocol: Protocol, exchange: Exchange) -> Reply:
        found = [
            self._shown(batch, exchange)
            for batch in reversed(self._batches.values())
            if batch.protocol == protocol
        ]
        ends = {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {}
        return Reply(encoded({"object": "list", "data": found, "has_more": False, **ends}))

    def _shown(self, batch: _Batch, exchange: Exchange) -> dict[str, Any]:
        if batch.protocol == "anthropic":
            return _message_batch(batch, f"http://{exchange.headers.get('host', '')}")
        return self._openai_batch(batch)

    def _openai_batch(self, batch: _Batch) -> dict[str, Any]:
        status = "in_progress" if batch.polls else "validating"
        status = "cancelling" if batch.cancelled else status
        if batch.wrong is not None:
            status = "failed"
        elif batch.ended:
            status = "expired" if batch.expired else "completed"
            status = "cancelled" if batch.cancelled else status
        counts = Counter(item.outcome for item in batch.items)
        made, at = int(batch.wall), int(time.time())
        output, errors = self._written(batch)
        return {
            "id": batch.key,
            "object": "batch",
            "endpoint": batch.endpoint,
            "input_file_id": batch.file,
            "completion_window": "24h",
            "status": status,
            "created_at": made,
            "expires_at": made + int(_DAY),
            "in_progress_at": made,
            "metadata": batch.metadata,
            "output_file_id": output,
            "error_file_id": errors,
            "errors": (
                {"object": "list", "data": [_wrong_line(*batch.wrong)]} if batch.wrong else None
            ),
            "request_counts": {
                "total": len(batch.items),
                "completed": counts["succeeded"],
                "failed": counts["errored"] + counts["expired"],
            },
        } | ({f"{status}_at": at} if batch.ended or batch.wrong else {})

    def _written(self, batch: _Batch) -> tuple[str | None, str | None]:
        """The names of the output file and of the file of errors, once there are any."""
        if not batch.ended or batch.wrong is not None:
            return None, None
        names: list[str | None] = []
        for kind, good in (("output", True), ("errors", False)):
            name = f"file-{batch.key}-{kind}"
            lines = [
                encoded(_line(batch.key, number, item))
                for number, item in enumerate(_shuffled(batch.items))
                if (item.outcome == "succeeded") == good
            ]
            if lines and name not in self._files:
                content = b"\n".join(lines) + b"\n"
                self._files[name] = _File(f"{name}.jsonl", "batch_output", content, time.time())
            names.append(name if lines else None)
        return names[0], names[1]


def _shuffled(items: list[Item]) -> list[Item]:
    mixed = list(items)
    random.Random(len(items)).shuffle(mixed)
    return mixed


def _repeated(items: list[Item]) -> str:
    return next(
        (key for key, count in Counter(item.key for item in items).items() if count > 1), ""
    )


def _error(protocol: Protocol, case: str, message: str) -> Reply:
    status, body = error_body(protocol, case, message=message)
    return Reply(encoded(body), status)


def _wrong_line(line: int, said: str) -> dict[str, Any]:
    return {"code": "invalid_json_line", "line": line, "message": said, "param": None}


def _read_lines(content: bytes, batch: _Batch, most: int) -> tuple[int, str] | None:
    """Read a batch's input file; the line and the sentence of what is wrong with it, if any."""
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            read = json.loads(line)
            batch.items.append(Item(read["custom_id"], read["body"]))
        except (ValueError, KeyError, TypeError):
            return number, "This line is not a valid request."
        if read.get("method") != "POST" or read.get("url") != batch.endpoint:
            return number, "The URL and method of a line must be those of the batch."
    if len(batch.items) > most:
        return most + 1, f"A batch has at most {most} requests."
    twice = _repeated(batch.items)
    if twice or not batch.items:
        return 1, f"The custom_id {twice} is not unique." if twice else "The file is empty."
    return None


def _message_batch(batch: _Batch, base: str) -> dict[str, Any]:
    counts = Counter(item.outcome for item in batch.items)
    made = datetime.fromtimestamp(batch.wall, UTC)
    status = "canceling" if batch.cancelled else "in_progress"
    return {
        "id": batch.key,
        "type": "message_batch",
        "processing_status": "ended" if batch.ended else status,
        "request_counts": {
            "processing": counts[""],
            **{kind: counts[kind] for kind in ("succeeded", "errored", "canceled", "expired")},
        },
        "created_at": made.isoformat(),
        "expires_at": datetime.fromtimestamp(batch.wall + _DAY, UTC).isoformat(),
        "ended_at": datetime.now(UTC).isoformat() if batch.ended else None,
        "cancel_initiated_at": datetime.now(UTC).isoformat() if batch.cancelled else None,
        "archived_at": None,
        "results_url": f"{base}/v1/messages/batches/{batch.key}/results" if batch.ended else None,
    }


def _line(batch: str, number: int, item: Item) -> dict[str, Any]:
    start = {"id": f"{batch}_req_{number:06d}", "custom_id": item.key}
    if item.outcome == "expired":
        said = "This request could not be executed before the completion window expired."
        return {**start, "response": None, "error": {"code": "batch_expired", "message": said}}
    if item.outcome == "canceled":
        said = "This request was cancelled."
        return {**start, "response": None, "error": {"code": "batch_cancelled", "message": said}}
    response = {"status_code": item.status, "request_id": start["id"], "body": item.answer}
    return {**start, "response": response, "error": None}


def _file(key: str, file: _File) -> dict[str, Any]:
    return {
        "id": key,
        "object": "file",
        "bytes": len(file.content),
        "created_at": int(file.created),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
    }


def _uploaded(exchange: Exchange) -> _File:
    """The file in a multipart form (RFC 7578).

    Raises:
        ValueError: There is none.
    """
    found = _BOUNDARY.search(exchange.headers.get("content-type", ""))
    if found is None:
        raise ValueError("The body is not a multipart form")
    purpose, name, content = "", "", None
    for part in exchange.body.split(b"--" + found.group(1).encode())[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        value = value.removesuffix(b"\r\n")
        field_name = _NAME.search(head)
        if field_name is None:
            continue
        if field_name.group(1) == b"purpose":
            purpose = value.decode()
        elif field_name.group(1) == b"file":
            filename = _FILENAME.search(head)
            name, content = filename.group(1).decode() if filename else "upload", value
    if content is None or not purpose:
        raise ValueError("The form needs 'file' and 'purpose'")
    return _File(name, purpose, content, time.time())
