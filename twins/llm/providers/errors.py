"""From what an SDK raises, or a server answers, to a `CallError` that says what follows from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from ....data.legible import one_line
from ..catalogue import is_local
from ..chat import Completion, Stop
from ..failures import CallError, Failure
from ..scrub import scrub
from .headers import limits_of, retry_after

__all__ = ["call_error", "error_in", "filtered", "payload_of"]

_LONGEST = 300
"""Characters of a provider's message that are repeated."""

_BY_STATUS = {
    401: Failure.DENIED,
    402: Failure.NO_CREDIT,
    403: Failure.DENIED,
    404: Failure.NO_MODEL,
    408: Failure.TIMEOUT,
    409: Failure.SERVER,
    413: Failure.TOO_LONG,
    429: Failure.RATE_LIMITED,
    503: Failure.OVERLOADED,
    504: Failure.TIMEOUT,
    529: Failure.OVERLOADED,
}
_BY_CODE = {
    "insufficient_quota": Failure.NO_CREDIT,
    "billing_hard_limit_reached": Failure.NO_CREDIT,
    "billing_error": Failure.NO_CREDIT,
    "context_length_exceeded": Failure.TOO_LONG,
    "exceed_context_size_error": Failure.TOO_LONG,
    "request_too_large": Failure.TOO_LONG,
    "model_not_found": Failure.NO_MODEL,
    "DeploymentNotFound": Failure.NO_MODEL,
    "invalid_api_key": Failure.DENIED,
    "overloaded_error": Failure.OVERLOADED,
    "authentication_error": Failure.DENIED,
    "permission_error": Failure.DENIED,
}
_FILTERED = frozenset(
    {"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}
)
_TOO_LONG = re.compile(
    r"prompt is too long|maximum context length|context (?:length|window|limit|size)"
    r"|too many (?:input )?tokens|input is too long|exceeds? the (?:available|model's) context",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"credit balance is too low|exceeded your current quota", re.IGNORECASE)
_UNSENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"})
_REFUSED = frozenset({"ClientConnectorError", "ConnectionTimeoutError", "gaierror"})
_WAITED = frozenset({"SocketTimeoutError", "ReadTimeout", "WriteTimeout"})
_BROKEN = frozenset(
    {"ServerDisconnectedError", "ClientOSError", "ClientPayloadError", "ConnectionResetError"}
)
_NO_HTTP = frozenset(
    {"ClientResponseError", "BadStatusLine", "DecodingError", "LocalProtocolError"}
)
_REMEDIES = {
    Failure.DENIED: "check the key and what it may use",
    Failure.NO_CREDIT: "add credit at the provider, then resume",
    Failure.TOO_LONG: "use a shorter rendering of the persona, or fewer questions at a time",
}


def call_error(error: Exception, sdk: ModuleType, *, where: str, endpoint: str) -> CallError:
    """Return the failure that an exception of an SDK means.

    Args:
        error: What the SDK raised (`anthropic.AnthropicError`, `openai.OpenAIError`).
        sdk: The SDK's module.
        where: The model, as asked for.
        endpoint: Where the request went.
    """
    if isinstance(error, sdk.APIStatusError):
        return _status_error(error, where, endpoint)
    if isinstance(error, sdk.APIConnectionError):
        timed_out = isinstance(error, sdk.APITimeoutError)
        return _connection_error(error, where, endpoint, timed_out=timed_out)
    what = one_line(scrub(str(error)))[:_LONGEST]
    if isinstance(error, sdk.APIResponseValidationError):
        return CallError(Failure.GARBLED, f"{endpoint} answered {what}", where=where)
    # What is left is raised before anything is sent: credentials, regions, forbidden paths.
    return CallError(Failure.DENIED, what or "the client refused", where=where)


def payload_of(content: bytes, headers: Mapping[str, str], *, where: str) -> dict[str, Any]:
    """Return the JSON object in the body of an answer.

    Raises:
        CallError: It is no JSON object, or one that holds an error.
    """
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        kind = headers.get("content-type", "").partition(";")[0]
        raise CallError(
            Failure.GARBLED,
            f"the answer is no JSON object ({scrub(kind) or 'no content type'}: "
            f"{_shown(content.decode('utf-8', 'replace')) or 'empty'})",
            where=where,
            limits=limits_of(headers),
        )
    if payload.get("type") == "error" or (payload.get("error") and "choices" not in payload):
        raise error_in(payload, where=where, headers=headers)
    return payload


def error_in(
    payload: Mapping[str, Any], *, where: str, headers: Mapping[str, str] | None = None
) -> CallError:
    """Return the failure in a JSON error that came with a status of success, or in a batch."""
    codes, message = _codes(payload)
    kind = next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)
    if kind is None and "rate_limit_error" in codes:
        kind = Failure.RATE_LIMITED
    if kind is None and "invalid_request_error" in codes:
        kind = _of_message(message) or Failure.REJECTED
    return CallError(
        kind or _of_message(message) or Failure.SERVER,
        f"the answer is an error: {_shown(message) or 'unexplained'}",
        where=where,
        limits=limits_of(headers or {}),
        remedy=_REMEDIES.get(kind or Failure.SERVER, ""),
    )


def filtered(error: Exception, sdk: ModuleType) -> Completion | None:
    """Return the completion that a content filter's refusal of the prompt amounts to, if it is one.

    Azure answers such a prompt with an error; the answer is withheld all the same.
    """
    if not isinstance(error, sdk.APIStatusError) or error.status_code not in (400, 403):
        return None
    codes, message = _codes(error.body)
    if not _FILTERED & codes:
        return None
    return Completion(text="", stop=Stop.FILTERED, note=_shown(message))


def _status_error(error: Any, where: str, endpoint: str) -> CallError:
    status, headers = int(error.status_code), error.response.headers
    codes, message = _codes(error.body)
    kind = next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)
    if kind is None and status in (400, 402, 403, 422, 429):
        kind = _of_message(message)
    if kind is None:
        fallback = Failure.SERVER if status >= 500 else Failure.REJECTED
        kind = _BY_STATUS.get(status, fallback)
    shown = _shown(message)
    what, remedy = f"{endpoint} answered {status}: {shown or kind.value}", _REMEDIES.get(kind, "")
    if kind is Failure.NO_MODEL and not shown:
        # A server that knows the path says which model is missing.
        what = f"{endpoint} has nothing at this address (404)"
        remedy = "check the base URL; most end in /v1"
    return CallError(
        kind,
        what,
        retry_after=retry_after(headers),
        limits=limits_of(headers),
        where=where,
        remedy=remedy,
    )


def _connection_error(error: Exception, where: str, endpoint: str, *, timed_out: bool) -> CallError:
    # The transports of the two SDKs name the same event differently (a refused connection is a
    # timeout in one of them), so what lies below decides.
    names = _names(error)
    if names & _NO_HTTP:
        return CallError(Failure.GARBLED, f"{endpoint} does not answer in HTTP", where=where)
    if names & _REFUSED:
        return _unreachable(where, endpoint)
    if not names & _BROKEN:
        if names & _UNSENT and not names & _WAITED:
            return _unreachable(where, endpoint)
        if timed_out:
            return CallError(Failure.TIMEOUT, f"{endpoint} did not answer in time", where=where)
    return CallError(
        Failure.DROPPED, f"the connection to {endpoint} broke before the answer came", where=where
    )


def _unreachable(where: str, endpoint: str) -> CallError:
    advice = (
        "start the server, or check the base URL" if is_local(endpoint) else "check the network"
    )
    return CallError(
        Failure.UNREACHABLE, f"no connection to {endpoint}", where=where, remedy=advice
    )


def _names(error: BaseException) -> frozenset[str]:
    """Names of the classes of an exception and of all that led to it."""
    return frozenset(kind.__name__ for link in _chain(error) for kind in type(link).__mro__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _codes(body: object) -> tuple[frozenset[str], str]:
    """Codes and message in the body of an error, in either provider's form."""
    if not isinstance(body, Mapping):
        text = body if isinstance(body, str) else ""
        return frozenset(), "" if text.lstrip().startswith("<") else text
    inner = body.get("error", body)
    if not isinstance(inner, Mapping):
        return frozenset(), str(inner)
    details = inner.get("details") or inner.get("innererror")
    codes = {inner.get("code"), inner.get("type")}
    if isinstance(details, Mapping):
        codes |= {details.get("error_code"), details.get("code")}
    return frozenset(c for c in codes if isinstance(c, str)), str(inner.get("message") or "")


def _of_message(message: str) -> Failure | None:
    if _NO_CREDIT.search(message):
        return Failure.NO_CREDIT
    return Failure.TOO_LONG if _TOO_LONG.search(message) else None


def _shown(message: str) -> str:
    text = one_line(scrub(message)).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
