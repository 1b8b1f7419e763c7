"""The line over the real SDKs and HTTP: what the server counts is what was begun."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from understudy.twins.llm.chat import Head, Request, Turn
from understudy.twins.llm.failures import Failure
from understudy.twins.llm.line import Answered, Line, LineDownError
from understudy.twins.llm.response_cache import ResponseCache
from understudy.twins.llm.specs import make_model

SPECS = ("anthropic:claude-sonnet-5-5", "openai:gpt-6-luna")
INSTRUCTIONS = "Answer as the person. " * 300


class Sink:
    def __init__(self) -> None:
        self.begun = 0
        self.ended: dict[int, tuple[str, Mapping[str, Any]]] = {}

    async def begin(self, detail: Mapping[str, Any]) -> int:
        self.begun += 1
        return self.begun

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        raise AssertionError("a line submits no batches")

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        assert attempt not in self.ended
        self.ended[attempt] = (outcome, detail)

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(outcome for outcome, _ in self.ended.values())


@pytest.fixture
def server(
    model_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    running = []

    def start(**options: Any) -> Any:
        server = model_server(**options).__enter__()
        running.append(server)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        return server

    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "sk-planted-0123456789")
    for name in ("ANTHROPIC_AUTH_TOKEN", "UNDERSTUDY_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    yield start
    for one in running:
        one.__exit__(None, None, None)


def ask(number: int, person: str = "P") -> Request:
    persona = f"I am {person}, a person of many words. " * 300
    question = Turn("user", f"Question {number}: how far do you trust people?")
    return Request(head=Head(INSTRUCTIONS, persona), turns=(question,), max_tokens=30, mark=True)


def on_line(spec: str, work: Callable[[Line], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    async def run() -> Any:
        line = Line(make_model(spec), **options)
        try:
            return await work(line)
        finally:
            await line.aclose()

    return asyncio.run(run())


async def everybody(line: Line, sink: Sink, asks: list[Request]) -> list[Any]:
    return await asyncio.gather(*(line.ask(one, sink) for one in asks), return_exceptions=True)


@pytest.mark.parametrize("spec", SPECS)
def test_each_head_is_written_to_the_prompt_cache_once_and_read_ever_after(
    server: Any, spec: str
) -> None:
    running = server(latency=0.05)
    sink = Sink()
    asks = [ask(i, person) for i in range(10) for person in ("Ann", "Bob", "Cleo")]
    got = on_line(spec, lambda line: everybody(line, sink, asks))
    assert all(isinstance(one, Answered) for one in got)
    assert running.count() == sink.begun == len(sink.ended) == 30
    cold = [one for one in got if one.completion.usage.cache_read < 1_024]
    assert len(cold) <= 3
    details = [detail for _, detail in sink.ended.values()]
    assert sum(detail["cached_tokens"] > 1_024 for detail in details) >= 27


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("tell", [True, False])
def test_a_storm_of_refusals_loses_nobody(server: Any, spec: str, tell: bool) -> None:
    running = server(limit_rps=200.0, burst=12, tell=tell)
    sink = Sink()
    got = on_line(spec, lambda line: everybody(line, sink, [ask(i) for i in range(40)]))
    assert all(isinstance(one, Answered) for one in got)
    assert running.count() == sink.begun == len(sink.ended)
    assert sink.outcomes["answered"] == 40
    assert sink.outcomes[Failure.RATE_LIMITED.value] > 0


@pytest.mark.parametrize("spec", SPECS)
def test_single_failures_are_tried_again_and_flagged(server: Any, spec: str) -> None:
    running = server(latency=0.01)
    running.script("server_error", "overloaded", "drop", "html", "ok", "ok", "invalid_json")
    sink = Sink()
    got = on_line(spec, lambda line: everybody(line, sink, [ask(i) for i in range(30)]))
    assert all(isinstance(one, Answered) for one in got)
    assert running.count() == sink.begun == len(sink.ended) == 35
    flagged = {o for o, detail in sink.ended.values() if detail.get("billed") == "maybe"}
    assert flagged == {Failure.DROPPED.value, Failure.GARBLED.value}


@pytest.mark.parametrize("spec", SPECS)
def test_a_server_that_dies_and_comes_back(server: Any, spec: str) -> None:
    running = server(latency=0.02)
    sink = Sink()

    async def work(line: Line) -> list[Any]:
        asks = asyncio.ensure_future(everybody(line, sink, [ask(i) for i in range(100)]))
        await asyncio.sleep(0.15)
        await asyncio.to_thread(running.pause)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(running.resume)
        return await asks

    got = on_line(spec, work)
    assert all(isinstance(one, Answered) for one in got)
    assert sink.begun == len(sink.ended)
    # Where there was nobody, nothing was counted; everything that was counted was begun.
    unreachable = sink.outcomes[Failure.UNREACHABLE.value]
    assert sink.outcomes["answered"] == 100
    assert running.count() <= sink.begun
    assert running.count() >= sink.begun - unreachable - sink.outcomes[Failure.DROPPED.value]


@pytest.mark.parametrize("spec", SPECS)
def test_a_refused_key_stops_everybody_at_once(server: Any, spec: str) -> None:
    running = server()
    running.script("echo_key", times=None)
    sink = Sink()
    got = on_line(spec, lambda line: everybody(line, sink, [ask(i, str(i)) for i in range(100)]))
    assert all(type(one) is LineDownError and one.kind is Failure.DENIED for one in got)
    assert running.count() == sink.begun == len(sink.ended) <= 16
    assert "planted" not in f"{got} {sink.ended} {[str(one) for one in got]}"


def test_what_was_paid_for_is_not_asked_again(server: Any, tmp_path: Path) -> None:
    running = server()
    asks = [ask(i) for i in range(20)]
    sink = Sink()
    for _ in range(2):
        with closing(ResponseCache(tmp_path / "responses.sqlite")) as cache:
            got = on_line(SPECS[0], lambda line: everybody(line, sink, asks), cache=cache)
        assert all(isinstance(one, Answered) for one in got)
    assert running.count() == sink.begun == 20
    assert all(one.cached for one in got)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("responses*"))
    assert b"planted" not in content
