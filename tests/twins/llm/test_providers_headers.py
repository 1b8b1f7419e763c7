from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.twins.llm.chat import Limits
from understudy.twins.llm.providers.headers import limits_of, retry_after

DATE = "Mon, 23 Nov 2026 07:00:00 GMT"


def test_anthropics_headers_give_the_scarcest_kind_of_tokens() -> None:
    headers = {
        "date": DATE,
        "anthropic-ratelimit-requests-limit": "1000",
        "anthropic-ratelimit-requests-remaining": "998",
        "anthropic-ratelimit-requests-reset": "2026-11-23T07:00:30Z",
        "anthropic-ratelimit-input-tokens-limit": "2000000",
        "anthropic-ratelimit-input-tokens-remaining": "1000000",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-23T07:00:10Z",
        "anthropic-ratelimit-output-tokens-limit": "400000",
        "anthropic-ratelimit-output-tokens-remaining": "4000",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-23T07:01:00Z",
    }

    assert limits_of(headers) == Limits(
        requests=998, requests_reset=30.0, tokens=4000, tokens_reset=60.0
    )


def test_openais_headers_give_spans() -> None:
    headers = {
        "X-RateLimit-Limit-Requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-requests": "20ms",
        "x-ratelimit-reset-tokens": "6m0.5s",
    }

    assert limits_of(headers) == Limits(
        requests=59, requests_reset=0.02, tokens=149984, tokens_reset=360.5
    )


def test_no_headers_say_nothing() -> None:
    assert limits_of({"content-type": "application/json"}) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Mon, 23 Nov 2026 07:00:12 GMT", "date": DATE}, 12.0),
        ({"retry-after": "Mon, 23 Nov 2026 06:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "9" * 12}, 86_400.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_milliseconds_or_a_date(
    headers: dict[str, str], seconds: float
) -> None:
    assert retry_after(headers) == seconds


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_header_breaks_the_reading(value: str, moment: str) -> None:
    headers = {
        "retry-after": value,
        "date": moment,
        "x-ratelimit-remaining-tokens": value,
        "x-ratelimit-reset-tokens": moment,
        "anthropic-ratelimit-requests-reset": value,
    }

    limits = limits_of(headers)

    assert limits is not None
    assert limits.tokens is None or limits.tokens >= 0
    assert limits.tokens_reset is None or 0 <= limits.tokens_reset <= 86_400
    wait = retry_after(headers)
    assert wait is None or 0 <= wait <= 86_400
