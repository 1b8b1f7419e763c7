"""How a call to a model can fail, and what follows from it."""

from __future__ import annotations

from enum import StrEnum

from ...data.errors import ProviderError
from .chat import Limits

__all__ = ["CallError", "Failure"]


class Failure(StrEnum):
    """What went wrong with a call."""

    RATE_LIMITED = "rate limited"
    OVERLOADED = "overloaded"
    SERVER = "server error"
    TIMEOUT = "timed out"
    UNREACHABLE = "unreachable"
    """No connection: nothing was sent."""
    DROPPED = "dropped"
    """The connection broke after the request was sent."""
    GARBLED = "garbled"
    """An answer came that is not what the protocol says."""
    REJECTED = "rejected"
    """The provider will not take this request, now or later."""
    TOO_LONG = "too long"
    """The request does not fit the model's context window."""
    DENIED = "denied"
    """The key is missing, wrong, or has no right to this."""
    NO_MODEL = "no such model"
    NO_CREDIT = "out of credit"

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self in _RETRYABLE

    @property
    def fatal(self) -> bool:
        """Whether every other request would fail in the same way."""
        return self in _FATAL

    @property
    def maybe_billed(self) -> bool:
        """Whether the provider may have answered, and billed it, without our seeing it."""
        return self in _MAYBE_BILLED


_RETRYABLE = frozenset(
    {
        Failure.RATE_LIMITED,
        Failure.OVERLOADED,
        Failure.SERVER,
        Failure.TIMEOUT,
        Failure.UNREACHABLE,
        Failure.DROPPED,
        Failure.GARBLED,
    }
)
_FATAL = frozenset({Failure.DENIED, Failure.NO_MODEL, Failure.NO_CREDIT})
_MAYBE_BILLED = frozenset({Failure.TIMEOUT, Failure.DROPPED, Failure.GARBLED})


class CallError(ProviderError):
    """A call that brought no completion.

    Args:
        kind: What went wrong.
        what: The sentence for people, already free of secrets.
        retry_after: Seconds the provider asked to wait.
        limits: What rate-limit headers said.
        where: The place: the model.
        remedy: What to do about it.
    """

    def __init__(
        self,
        kind: Failure,
        what: str,
        *,
        retry_after: float | None = None,
        limits: Limits | None = None,
        where: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.kind = kind
        self.retry_after = retry_after
        self.limits = limits
