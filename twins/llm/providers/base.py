"""What the models reached through an SDK have in common: one request, one outcome."""

from __future__ import annotations

import abc
import asyncio
import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from ..catalogue import ModelCard, card_for
from ..chat import BatchApi
from ..failures import CallError, Failure
from ..keys import no_key
from ..scrub import HIDDEN
from ..specs import ModelOptions, Target
from .errors import call_error, payload_of
from .transport import client_options

__all__ = ["HttpModel", "Outcome", "tokens_in"]

_LONG = 16
"""Characters from which a key is sought in answers; what servers at home take for one is often a
word ("ollama")."""

Outcome = tuple[bytes, Mapping[str, str]] | Exception
"""Body and headers of an answer, or what the SDK raised instead."""


class HttpModel(abc.ABC):
    """A model behind an SDK's asynchronous client.

    Requests go through the client's own `post`, below its typed methods: the same address, key,
    headers and errors, without a walk over every parameter and a model of every answer. That takes
    half of the time (`benchmarks/`), and leaves the text of the answer as it came.

    Args:
        target: Which model, and where.
        options: How it is spoken to.
        base_url: Address of the server, without secrets.
        key: The key it is spoken to with; None if there is none.
    """

    sdk: ClassVar[str]
    """Module of the SDK."""
    request_options: ClassVar[Mapping[str, Any]] = {}
    """Options of the SDK that every request is made with."""
    _token: str | None = None
    """What is sent in place of a key, where there is none."""

    def __init__(
        self, target: Target, options: ModelOptions, *, base_url: str, key: str | None
    ) -> None:
        self._target = target
        self._options = options
        self._base_url = base_url
        self._key = key
        # An address in the environment leads to the same provider by another way; one in the spec
        # leads to somebody else.
        card = card_for(target.provider, target.name, target.at)
        self._card = card if card.known else card_for(target.provider, target.name, base_url)
        self._client: Any = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.spec}>"

    @property
    def spec(self) -> str:
        """How it was asked for."""
        return self._target.spec

    @property
    def card(self) -> ModelCard:
        """Prices, limits and capabilities."""
        return self._card

    @property
    def endpoint(self) -> str:
        """Where requests go, without secrets."""
        parts = urlsplit(self._base_url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))

    @property
    def batches(self) -> BatchApi | None:
        """Its batch interface, if it has one."""
        return None

    async def aclose(self) -> None:
        """Close connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @abc.abstractmethod
    def _make_client(self, sdk: ModuleType, options: dict[str, Any]) -> Any:
        """Make the SDK's asynchronous client; called once, when it is first needed.

        Raises:
            CallError: There is no key.
        """

    def _keyless(self) -> CallError:
        error = no_key(self._target.provider)
        return CallError(Failure.DENIED, error.what, where=self.spec, remedy=error.remedy)

    def _errors(self, sdk: ModuleType) -> tuple[type[Exception], ...]:
        """What the client raises that is a failure of the call."""
        return (sdk.APIError,)

    def client(self) -> Any:
        """The SDK's client, made when it is first asked for."""
        if self._client is None:
            timeout, connections = self._options.timeout, self._options.connections
            options = client_options(self.module(), timeout=timeout, connections=connections)
            self._client = self._make_client(self.module(), options)
        return self._client

    def module(self) -> ModuleType:
        """The SDK's module."""
        return importlib.import_module(self.sdk)

    async def _send(self, path: str, body: Mapping[str, Any] | None) -> Outcome:
        """Make one request; GET where there is no body."""
        import httpx2

        client = self.client()
        failures: tuple[type[Exception], ...] = (*self._errors(self.module()), TimeoutError)
        try:
            async with asyncio.timeout(self._options.timeout):
                if body is None:
                    response = await client.get(
                        path, cast_to=httpx2.Response, options=self.request_options
                    )
                else:
                    response = await client.post(
                        path, cast_to=httpx2.Response, body=body, options=self.request_options
                    )
        except failures as error:
            return error
        return self._withheld(response.content), response.headers

    def _withheld(self, content: bytes) -> bytes:
        """The body of an answer without the key, should the server have repeated it."""
        for secret in (self._key, self._token):
            if secret and len(secret) >= _LONG:
                content = content.replace(secret.encode(), HIDDEN.encode())
        return content

    async def _payload(
        self, path: str, body: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """Make one request and return the JSON object and headers of the answer.

        Raises:
            CallError: There is none.
        """
        outcome = await self._send(path, body)
        if isinstance(outcome, Exception):
            raise self._failure(outcome)
        return payload_of(*outcome, where=self.spec), outcome[1]

    def _failure(self, error: Exception) -> CallError:
        # Made here, not where the error was caught: a chained error would carry the SDK's own
        # message, with whatever the server put into it, into every traceback.
        if isinstance(error, TimeoutError):
            return CallError(
                Failure.TIMEOUT,
                f"{self.endpoint} did not answer within {self._options.timeout:g} seconds",
                where=self.spec,
            )
        return call_error(error, self.module(), where=self.spec, endpoint=self.endpoint)


def tokens_in(counts: object, key: str) -> int:
    """A count of tokens; 0 where there is none."""
    value = counts.get(key) if isinstance(counts, Mapping) else None
    return value if isinstance(value, int) and value > 0 else 0
