"""What the server is told to do instead of answering well."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["CASES", "PRESETS", "Case", "Protocol", "Rule", "Step", "error_body", "step_from"]

Protocol = Literal["anthropic", "openai"]


@dataclass(frozen=True, slots=True)
class Case:
    """An error as both providers put it.

    Attributes:
        status: HTTP status, by Anthropic and by OpenAI.
        anthropic: `error.type` of Anthropic's body.
        openai: `error.type` and `error.code` of OpenAI's body.
        message: What Anthropic's body says; `{model}` is filled in.
        openai_message: What OpenAI's body says, if that differs.
    """

    status: tuple[int, int]
    anthropic: str
    openai: tuple[str, str | None]
    message: str
    openai_message: str = ""


_INVALID = "invalid_request_error"
CASES: dict[str, Case] = {
    "rate_limited": Case(
        (429, 429),
        "rate_limit_error",
        ("requests", "rate_limit_exceeded"),
        "This request would exceed the rate limit of your organization.",
        "Rate limit reached for {model} in organization org-test on requests per min (RPM).",
    ),
    "overloaded": Case(
        (529, 503),
        "overloaded_error",
        ("server_error", None),
        "Overloaded",
        "The engine is currently overloaded, please try again later.",
    ),
    "server_error": Case((500, 500), "api_error", ("server_error", None), "Internal server error"),
    "unavailable": Case((503, 503), "api_error", ("server_error", None), "Service unavailable"),
    "gateway_timeout": Case((504, 504), "timeout_error", ("server_error", None), "Timed out"),
    "denied": Case(
        (401, 401),
        "authentication_error",
        (_INVALID, "invalid_api_key"),
        "invalid x-api-key",
        "Incorrect API key provided.",
    ),
    "forbidden": Case(
        (403, 403),
        "permission_error",
        (_INVALID, None),
        "Your API key does not have permission to use the specified resource.",
    ),
    "no_model": Case(
        (404, 404),
        "not_found_error",
        (_INVALID, "model_not_found"),
        "model: {model}",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    "not_found": Case((404, 404), "not_found_error", (_INVALID, None), "Not found"),
    "too_long": Case(
        (400, 400),
        _INVALID,
        (_INVALID, "context_length_exceeded"),
        "prompt is too long: {tokens} tokens > {most} maximum",
        "This model's maximum context length is {most} tokens. However, your messages resulted in "
        "{tokens} tokens. Please reduce the length of the messages.",
    ),
    "bad_request": Case((400, 400), _INVALID, (_INVALID, None), "Bad request"),
    "too_large": Case(
        (413, 413), "request_too_large", (_INVALID, None), "Request exceeds the maximum size"
    ),
    "no_credit": Case(
        (402, 429),
        "billing_error",
        ("insufficient_quota", "insufficient_quota"),
        "Your credit balance is too low to access the Anthropic API.",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    # The status the Messages API used before it had billing errors of their own.
    "no_credit_400": Case(
        (400, 429),
        _INVALID,
        ("insufficient_quota", "insufficient_quota"),
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing "
        "to upgrade or purchase credits.",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How one request is treated. What is not said is as usual.

    Attributes:
        case: A key of `CASES`: answer with that error.
        status: HTTP status, instead of the usual one.
        message: What the error says, instead of the usual sentence.
        headers: Headers to add.
        body: The body, instead of the usual one.
        content_type: Instead of application/json.
        text: What the model says.
        stop: Why it stopped: "complete", "length", "context", "refused" or "filtered".
        hollow: Whether the answer holds no content blocks and no choices.
        thinking: Tokens of thinking before the answer.
        delivery: "" properly; "reset" breaks the connection before any byte, "drop" in the
            middle of the body, "drip" sends the body slowly, "hang" never answers. The request
            has its effects all the same: it is counted, billed, and what it creates is there.
        over: Seconds that a drip lasts.
        delay: Seconds until the answer, instead of the server's latency.
        echo_key: Whether the error repeats the key the request came with.
    """

    case: str = ""
    status: int = 0
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    content_type: str = ""
    text: str | None = None
    stop: str = ""
    hollow: bool = False
    thinking: int = 0
    delivery: str = ""
    over: float = 1.0
    delay: float | None = None
    echo_key: bool = False

    def replace(self, **changes: Any) -> Step:
        return dataclasses.replace(self, **changes)


_PAGE = "<html><head><title>Sign in</title></head><body>Sign in to this network</body></html>"
PRESETS: dict[str, Step] = {name: Step(case=name) for name in CASES} | {
    "": Step(),
    "ok": Step(),
    "html": Step(body=_PAGE, content_type="text/html"),
    "bad_gateway": Step(status=502, body=_PAGE, content_type="text/html"),
    "invalid_json": Step(body='{"id": "msg_1", "content": [{"type": "te'),
    "wrong_shape": Step(body='["not", "an", "answer"]'),
    "empty": Step(body=""),
    "hollow": Step(hollow=True),
    "truncated": Step(stop="length"),
    "context_full": Step(stop="context"),
    "refused": Step(stop="refused"),
    "filtered": Step(stop="filtered"),
    "unparseable": Step(text="Hard to say. I suppose it depends on how one looks at it?"),
    "as_an_ai": Step(text="As an AI language model, I do not have personal opinions."),
    "reset": Step(delivery="reset"),
    "drop": Step(delivery="drop"),
    "drip": Step(delivery="drip"),
    "hang": Step(delivery="hang"),
    "echo_key": Step(case="denied", echo_key=True),
}


def step_from(value: str | Step | Mapping[str, Any]) -> Step:
    """A step by the name of a preset, by its fields (with "preset" for a start), or as it is.

    Raises:
        ValueError: There is no such preset, case or field.
    """
    if isinstance(value, Step):
        step = value
    elif isinstance(value, str):
        if value not in PRESETS:
            raise ValueError(f"There is no preset {value!r}; there are {', '.join(PRESETS)}")
        step = PRESETS[value]
    else:
        fields = dict(value)
        step = step_from(fields.pop("preset", ""))
        try:
            step = step.replace(**fields)
        except TypeError as error:
            raise ValueError(f"A step has no such field: {error}") from error
    if step.case and step.case not in CASES:
        raise ValueError(f"There is no case {step.case!r}; there are {', '.join(CASES)}")
    if step.delivery not in {"", "reset", "drop", "drip", "hang"}:
        raise ValueError(f"There is no delivery {step.delivery!r}")
    if step.stop not in {"", "complete", "length", "context", "refused", "filtered"}:
        raise ValueError(f"There is no stop {step.stop!r}")
    return step


@dataclass(slots=True)
class Rule:
    """Which requests a step is for.

    Attributes:
        step: What happens to them.
        times: How many more requests; None for all.
        share: Of these requests, which share, spread evenly.
        path: Only requests to this path; "" for every completion endpoint.
        containing: Only requests with this text in their body.
    """

    step: Step
    times: int | None = None
    share: float = 1.0
    path: str = ""
    containing: str = ""
    due: float = 0.0

    def takes(self, path: str, body: bytes, *, completion: bool) -> bool:
        """Whether this request is one of them; if so, it is counted off."""
        if self.times == 0 or (self.path != path if self.path else not completion):
            return False
        if self.containing and self.containing.encode() not in body:
            return False
        if self.share < 1.0:
            self.due += self.share
            if self.due < 1.0:
                return False
            self.due -= 1.0
        if self.times is not None:
            self.times -= 1
        return True


def error_body(
    protocol: Protocol, case: str, *, message: str = "", request_id: str = "", **fills: object
) -> tuple[int, dict[str, Any]]:
    """HTTP status and body of an error."""
    known = CASES[case]
    openai = protocol == "openai"
    said = message or ((known.openai_message or known.message) if openai else known.message)
    if not message:
        said = said.format_map({"model": "unknown", "tokens": 0, "most": 0} | fills)
    if openai:
        kind, code = known.openai
        return known.status[1], {
            "error": {"message": said, "type": kind, "param": None, "code": code}
        }
    return known.status[0], {
        "type": "error",
        "error": {"type": known.anthropic, "message": said},
        "request_id": request_id,
    }


def encoded(value: object) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
