"""What the headers of an answer say: how much may still be sent, and when to come back."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from ..chat import Limits

__all__ = ["limits_of", "retry_after"]

# anthropic-ratelimit-input-tokens-remaining, x-ratelimit-remaining-tokens
_ANTHROPIC = re.compile(r"anthropic-ratelimit-(?P<kind>.+)-(?P<field>limit|remaining|reset)$")
_OPENAI = re.compile(r"x-ratelimit-(?P<field>limit|remaining|reset)-(?P<kind>.+)$")
_SPAN = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|[dhms])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST = 86_400.0
"""Seconds; whatever asks for more waits a day."""


def limits_of(headers: Mapping[str, str]) -> Limits | None:
    """Return what rate-limit headers of either provider say; None where there are none.

    Where there are several kinds of tokens (input, output, of the project), the scarcest counts:
    the one with the least left of what it allows.
    """
    kinds: dict[str, dict[str, str]] = {}
    for name, value in headers.items():
        lower = name.lower()
        if "ratelimit" not in lower:
            continue
        if match := _ANTHROPIC.match(lower) or _OPENAI.match(lower):
            kinds.setdefault(match["kind"], {})[match["field"]] = value
    if not kinds:
        return None
    now = _now(headers)
    tokens = [
        (left / limit if (limit := _whole(fields.get("limit"))) else 1.0, left, fields)
        for kind, fields in kinds.items()
        if kind.endswith("tokens") and (left := _whole(fields.get("remaining"))) is not None
    ]
    scarcest = min(tokens, key=lambda entry: entry[:2])[2] if tokens else {}
    requests = kinds.get("requests", {})
    return Limits(
        requests=_whole(requests.get("remaining")),
        requests_reset=_until(requests.get("reset"), now),
        tokens=_whole(scarcest.get("remaining")),
        tokens_reset=_until(scarcest.get("reset"), now),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a provider asks to wait: milliseconds, seconds or an HTTP date."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return min(milliseconds / 1000, _LONGEST)
    value = headers.get("retry-after")
    if (seconds := _number(value)) is not None:
        return min(seconds, _LONGEST)
    moment = _date(value)
    return None if moment is None else min(max(0.0, moment - _now(headers)), _LONGEST)


def _now(headers: Mapping[str, str]) -> float:
    """The server's own clock where it says it, so that a wrong one here does no harm."""
    moment = _date(headers.get("date"))
    return time.time() if moment is None else moment


def _date(value: str | None) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp() if value else None
    except (ValueError, TypeError, OverflowError):
        return None


def _until(value: str | None, now: float) -> float | None:
    """Seconds until a reset given as a moment (RFC 3339) or as a span ("6m0s", "20ms", "1.5")."""
    if not value:
        return None
    if (seconds := _number(value)) is not None:
        return min(seconds, _LONGEST)
    spans = list(_SPAN.finditer(value))
    if spans and "".join(span[0] for span in spans) == value:
        return min(sum(float(s["number"]) * _SECONDS[s["unit"]] for s in spans), _LONGEST)
    try:
        moment = datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(0.0, moment - now), _LONGEST)


def _whole(value: str | None) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e15 else None
