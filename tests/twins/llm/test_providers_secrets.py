"""A planted key, given back by the server, is nowhere: not in messages, logs, reprs or records."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from understudy.twins.llm.chat import Head, Request, Turn
from understudy.twins.llm.failures import CallError
from understudy.twins.llm.specs import make_model

PLANTED = "planted/secret+0123456789"
"""It looks like no key, so only knowing it can hide it."""
PROMPT = "the persona nobody may read in a log"
REQUEST = Request(head=Head("Answer.", PROMPT), turns=(Turn("user", "a question"),), max_tokens=20)
SPECS = ("anthropic:claude-sonnet-5-5", "openai:gpt-6-luna")


@pytest.fixture(scope="module")
def running(model_server: Any) -> Iterator[Any]:
    with model_server() as server:
        yield server


@pytest.fixture
def server(running: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Any]:
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, PLANTED)
    for name in ("ANTHROPIC_AUTH_TOKEN", "UNDERSTUDY_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
    monkeypatch.setenv("OPENAI_BASE_URL", running.openai_url)
    yield running
    running.behave()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged anywhere, at debug level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root, level = logging.getLogger(), logging.getLogger().level
    named = [logging.getLogger(n) for n in ("anthropic", "openai", "httpx2", "asyncio")]
    before = [logger.level for logger in named]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for logger in named:
        logger.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    for logger, old in zip(named, before, strict=True):
        logger.setLevel(old)


def outcome(spec: str, timeout: float = 5.0) -> tuple[CallError | None, str]:
    """The error of a call, and everything that could be printed of it and of its model."""

    async def run() -> tuple[CallError | None, str]:
        model = make_model(spec, timeout=timeout)
        try:
            await model.complete(REQUEST)
        except CallError as error:
            shown = [repr(model), repr(error), str(error), *map(str, error.args)]
            shown += traceback.format_exception(error)
            shown += [str(pickle.loads(pickle.dumps(error))), repr(vars(error))]
            return error, "\n".join(shown)
        finally:
            await model.aclose()
        return None, repr(model)

    return asyncio.run(run())


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    "step",
    [
        "echo_key",
        {"status": 500, "body": f"<html>{PLANTED}</html>", "content_type": "text/html"},
        {"status": 400, "body": json.dumps({"error": {"message": f"Bearer {PLANTED}"}})},
        {"body": f"not JSON but {PLANTED}", "content_type": "text/plain"},
        {"body": "[]", "content_type": f"text/{PLANTED}"},
        {"body": json.dumps({"type": "error", "error": {"message": f"no {PLANTED}"}})},
        {"preset": "rate_limited", "headers": {"set-cookie": f"key={PLANTED}"}},
        "reset",
        "drop",
        "hang",
    ],
)
def test_a_key_that_comes_back_is_nowhere(
    server: Any, log: io.StringIO, spec: str, step: Any
) -> None:
    server.script(step)
    error, shown = outcome(spec, timeout=0.3 if step == "hang" else 5.0)
    assert error is not None

    written = log.getvalue()
    assert "httpx2" in written or "_base_client" in written, "the SDK wrote its log"
    for text in (shown, written):
        assert PLANTED not in text
        assert PROMPT not in text


@pytest.mark.parametrize("spec", SPECS)
def test_a_call_that_succeeds_logs_neither_key_nor_prompt(
    server: Any, log: io.StringIO, spec: str
) -> None:
    error, shown = outcome(spec)

    assert error is None
    written = log.getvalue()
    if spec.startswith("anthropic"):
        assert "Request options: post /v1/messages (body withheld)" in written
    assert PLANTED not in shown + written
    assert PROMPT not in shown + written
