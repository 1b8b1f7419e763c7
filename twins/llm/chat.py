"""What is said to a language model and what comes back, whichever provider it is of."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from .catalogue import ModelCard
    from .failures import CallError

__all__ = [
    "AttemptSink",
    "BatchApi",
    "BatchStatus",
    "ChatModel",
    "ChoiceQuestion",
    "Completion",
    "Format",
    "Head",
    "Limits",
    "Request",
    "Stop",
    "Turn",
    "Usage",
]


@dataclass(frozen=True)
class Head:
    """What comes first in every request about one twin, so that providers can cache it.

    Attributes:
        instructions: The same for everybody.
        persona: The same for every request about one twin; may be "".
    """

    instructions: str
    persona: str = ""

    @functools.cached_property
    def digest(self) -> bytes:
        """BLAKE2b of both texts, 16 bytes."""
        return _digest(_bytes(self.instructions), _bytes(self.persona))


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation after the head."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Format:
    """The JSON that an answer must be.

    Attributes:
        name: Letters, digits, underscores and dashes; at most 64.
        schema: JSON Schema (objects with every property required, none additional).
        bounds: By property, the lowest and highest number taken, which schemas of providers cannot
            say. It is not sent; a scripted model keeps to it.
    """

    name: str
    schema: Mapping[str, Any]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @functools.cached_property
    def digest(self) -> bytes:
        """BLAKE2b of name and schema, 16 bytes."""
        return _digest(self.name.encode(), json.dumps(self.schema).encode())


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question for models that return the probability of every option.

    Attributes:
        name: Unique in its request.
        text: The question.
        options: (key, label) in the order shown, 2 to 255; keys are unique.
    """

    name: str
    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call to a model.

    Attributes:
        head: What comes first.
        turns: The conversation; the last turn is the user's.
        max_tokens: Longest answer, in tokens, without thinking that the model cannot leave.
        format: The JSON the answer must be; only sent to models with structured output.
        mark: Whether the end of the head is marked for caching, where caching wants a mark.
        top_logprobs: How many alternatives of the first token to return; 0 for none. Only for
            models with log-probabilities.
        temperature: Sampling temperature; None for the model's own. Only for models with sampling.
        choices: Questions for the decisions endpoint; `turns` then hold what they are about.
        draw: Which independent repetition this is. It is not sent; it keeps repetitions from being
            answered out of each other's cache.
    """

    head: Head
    turns: tuple[Turn, ...]
    max_tokens: int = 1024
    format: Format | None = None
    mark: bool = False
    top_logprobs: int = 0
    temperature: float | None = None
    choices: tuple[ChoiceQuestion, ...] = ()
    draw: str = ""

    @functools.cached_property
    def digest(self) -> bytes:
        """BLAKE2b of everything that decides the answer, 16 bytes; caching marks do not count."""
        # The first two have a fixed length, so nothing can run together.
        content = self.head.digest + self.question_digest + self.draw.encode()
        return blake2b(content, digest_size=16).digest()

    @functools.cached_property
    def question_digest(self) -> bytes:
        """BLAKE2b of everything that decides the answer but head and draw, 16 bytes."""
        return _digest(
            *(_bytes(part) for turn in self.turns for part in (turn.role, turn.text)),
            self.format.digest if self.format else b"",
            _bytes(repr((self.max_tokens, self.top_logprobs, self.temperature, self.choices))),
        )

    def about(self, head: Head, draw: str) -> Request:
        """Return the same request about somebody else, or drawn anew.

        Thousands of people are asked the same: what is worked out from the question is kept.
        """
        known = self.question_digest
        copy = object.__new__(Request)
        copy.__dict__.update(self.__dict__, head=head, draw=draw, question_digest=known)
        copy.__dict__.pop("digest", None)
        return copy

    def replace(self, **changes: Any) -> Request:
        """Return a copy with the given attributes changed."""
        return dataclasses.replace(self, **changes)


class Stop(StrEnum):
    """Why a model stopped."""

    COMPLETE = "complete"
    LENGTH = "length"
    """The answer was cut off at `max_tokens`."""
    CONTEXT = "context"
    """The answer was cut off because the context window was full."""
    REFUSED = "refused"
    FILTERED = "filtered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that a call is billed for.

    Attributes:
        input: All input tokens, those read from and written to a cache included.
        cache_read: Of these, read from the provider's cache.
        cache_write: Of these, written to it.
        output: Output tokens, thinking included.
        thinking: Of these, thinking, where the provider says.
    """

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    thinking: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What rate-limit headers said; None where they said nothing.

    Attributes:
        requests: Requests left in the current window.
        requests_reset: Seconds until that window is full again.
        tokens: Tokens left, the scarcest kind where there are several.
        tokens_reset: Seconds until that window is full again.
    """

    requests: int | None = None
    requests_reset: float | None = None
    tokens: int | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What came back.

    Attributes:
        text: What the model said, as it said it. For `Request.choices`, a JSON object: name →
            {key: probability}, or null where the model declined to answer.
        stop: Why it stopped.
        usage: What it is billed for.
        model: The model as the provider names it, dated where it is.
        first_token: (token, log-probability) of the first token and its alternatives.
        request_id: The provider's own name for the request.
        limits: What rate-limit headers said.
        note: The provider's explanation of a refusal, if any.
    """

    text: str
    stop: Stop = Stop.COMPLETE
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    first_token: tuple[tuple[str, float], ...] = ()
    request_id: str = ""
    limits: Limits | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStatus:
    """How far a batch is.

    Attributes:
        ended: Whether results can be fetched.
        total: Requests in it.
        finished: Requests that have an outcome.
    """

    ended: bool
    total: int
    finished: int


class BatchApi(Protocol):
    """A provider's batch interface: cheaper, within a day."""

    @property
    def most_requests(self) -> int:
        """Most requests in one batch."""
        ...

    @property
    def most_bytes(self) -> int:
        """Most bytes of requests in one batch."""
        ...

    async def submit(self, requests: Sequence[tuple[str, Request]]) -> str:
        """Submit (custom id, request) pairs; return the batch's id.

        Raises:
            CallError: It was not taken.
        """
        ...

    async def status(self, batch: str) -> BatchStatus:
        """Say how far a batch is.

        Raises:
            CallError: The provider could not be asked, or knows no such batch.
        """
        ...

    def results(self, batch: str) -> AsyncIterator[tuple[str, Completion | CallError]]:
        """Yield (custom id, outcome) of every request of an ended batch, in any order."""
        ...

    async def cancel(self, batch: str) -> None:
        """Ask for a batch to be stopped; what is finished stays available."""
        ...


class ChatModel(Protocol):
    """A model at a provider. One file in `providers/`, one registration.

    It makes one HTTP request per call, never retries by itself, and sends nothing that
    its card says the model rejects.
    """

    @property
    def spec(self) -> str:
        """How it was asked for: "anthropic:NAME", "openai:NAME@URL"."""
        ...

    @property
    def card(self) -> ModelCard:
        """Prices, limits and capabilities."""
        ...

    @property
    def endpoint(self) -> str:
        """Where requests go, without secrets: scheme, host, port and path."""
        ...

    @property
    def batches(self) -> BatchApi | None:
        """Its batch interface, if it has one."""
        ...

    async def complete(self, request: Request) -> Completion:
        """Make one call.

        Raises:
            CallError: There is no completion; its kind says what to do.
        """
        ...

    async def count(self, request: Request) -> int | None:
        """Input tokens of a request by the provider's own free counter; None where there is none.

        Raises:
            CallError: The counter could not be asked.
        """
        ...

    async def verify(self) -> None:
        """See that there is a key, that the endpoint is there and that it has the model; free.

        Raises:
            ProviderError: Something of it is not so.
            RequestError: There is no key, or no such model.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class AttemptSink(Protocol):
    """Where every attempt is written before it is sent, and closed after."""

    async def begin(self, detail: Mapping[str, Any]) -> int:
        """Record an attempt about to be made; returns its number when that is on disk.

        Args:
            detail: `request`, a digest; `expected`, its likely cost in US dollars; whatever else.

        Raises:
            BudgetReachedError: The budget does not allow it, so it must not be made.
        """
        ...

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        """Record durably that it now waits in a provider's batch, under that id."""
        ...

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        """Record how it ended, with `input_tokens`, `cached_tokens`, `output_tokens`, `cost`."""
        ...


def _bytes(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which models do return, counts as it is."""
    return text.encode("utf-8", "surrogatepass")


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
