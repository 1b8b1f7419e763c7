"""A key stands in the environment and the server says it back wherever it can: it is to be found
nowhere, not on the screen, in the debug logs of the SDKs, the ledger, the cache, nor in exports."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.data.errors import ProviderError
from understudy.surveys.ledger.run import load_run
from understudy.twins.llm.response_cache import ResponseCache

SPECS = ("anthropic:claude-haiku-5-5", "openai:gpt-6-luna")
both = pytest.mark.parametrize("spec", SPECS)
PLANTED = b"planted-0123"


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def nowhere(folder: Path) -> int:
    """See that no file below a folder holds the key; how many were looked at."""
    found = list(everything(folder))
    for path, content in found:
        assert PLANTED not in content, f"{path.name}: …{_around(content)!r}…"
    return len(found)


def _around(content: bytes) -> bytes:
    at = content.index(PLANTED)
    return content[max(0, at - 200) : at].replace(PLANTED, b"*")


def echoes(key: str) -> list[dict[str, Any]]:
    """Ways in which a server may say a key."""
    return [
        {"case": "bad_request", "message": f"Bad request with {key}"},
        {"case": "server_error", "echo_key": True},
        {"case": "rate_limited", "echo_key": True, "headers": {"retry-after": "0"}},
        {"text": f"Your key is {key}."},
        {"text": f'{{"q1": "{key}"}}'},
        {"headers": {"request-id": key, "x-request-id": key, "x-ratelimit-reset-requests": key}},
        {"body": f'{{"error": {{"message": "it is {key}", "type": "{key}"}}}}'},
        {"body": f"<html>{key}</html>", "content_type": f"text/{key}"},
        {"status": 503, "body": f"upstream said {key}"},
        {"stop": "refused", "text": key},
    ]


@both
def test_nothing_that_a_study_leaves_behind_holds_the_key(
    serve: Callable[..., Any],
    study: ModuleType,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    spec: str,
) -> None:
    server = serve()
    some = study.study(tmp_path / "study", people=6)
    for step in echoes(study.KEY):
        server.script("ok", step)
    ledger = tmp_path / "study" / "run"
    with ResponseCacheAt(tmp_path / "study" / "responses.sqlite") as path:
        run = some.run(spec, ledger=ledger, cache=path)
    assert server.count() == len(run.attempts())
    assert run.complete
    from understudy.data.write import write

    for name in ("answers.csv", "answers.sav", "answers.xlsx"):
        write(run.panel, ledger.with_name(name))
    (ledger.with_name("long.csv")).write_text(run.answers().to_csv() + run.attempts().to_csv())
    (ledger.with_name("shown.txt")).write_text(repr(run) + run._repr_html_() + repr(run.meta))
    assert nowhere(tmp_path) >= 8
    out, err = capfd.readouterr()
    assert "planted" not in out + err
    # The words are kept all the same, with the key hidden.
    prompts = [text for attempt in run.attempts()["id"] for text in run.prompt(int(attempt))]
    assert "Your key is [hidden]." in prompts


class ResponseCacheAt:
    """A cache file, made before and looked into after."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        ResponseCache(self.path).close()
        return self.path

    def __exit__(self, *_: object) -> None:
        cache = ResponseCache(self.path)
        assert cache.stats().entries > 0
        cache.close()


@both
@pytest.mark.parametrize("status", ["denied", "forbidden", "no_credit", "no_model"])
def test_an_error_that_ends_a_run_does_not_say_the_key(
    serve: Callable[..., Any],
    study: ModuleType,
    closed: Any,
    tmp_path: Path,
    spec: str,
    status: str,
) -> None:
    server = serve()
    server.script({"case": status, "echo_key": True}, times=None)
    with pytest.raises(ProviderError) as caught:
        closed.run(spec, ledger=tmp_path / "run")
    told = [str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)]
    assert "planted" not in "".join(told)
    assert nowhere(tmp_path) >= 1


@both
def test_a_server_that_says_the_key_before_the_run_begins(
    serve: Callable[..., Any], study: ModuleType, closed: Any, tmp_path: Path, spec: str
) -> None:
    server = serve()
    for path in ("/v1/models/claude-haiku-5-5", "/v1/models/gpt-6-luna"):
        server.script({"case": "denied", "echo_key": True}, times=None, path=path)
    with pytest.raises(ProviderError) as caught:
        closed.run(spec, ledger=tmp_path / "run")
    assert server.count() == 0
    assert "planted" not in "".join(traceback.format_exception(caught.value))
    assert not (tmp_path / "run").exists()


def test_debug_logs_of_the_sdks_hold_neither_key_nor_persona(
    model_server: Any, study: ModuleType, forking: Any, tmp_path: Path
) -> None:
    panel, survey = study.write(tmp_path / "study", people=3, facts=8)
    asked = ("run", survey, "--panel", panel, "--id", "id", "--no-baseline", "--yes")
    with model_server(brain=study.brain) as server:
        commands = forking(
            {
                "ANTHROPIC_BASE_URL": server.url,
                "OPENAI_BASE_URL": server.openai_url,
                "ANTHROPIC_API_KEY": study.KEY,
                "OPENAI_API_KEY": study.KEY,
                "ANTHROPIC_LOG": "debug",
                "OPENAI_LOG": "debug",
                "UNDERSTUDY_CACHE": str(tmp_path / "responses.sqlite"),
                "XDG_CONFIG_HOME": str(tmp_path),
            },
            tmp_path / "said",
        )
        for spec in SPECS:
            server.behave()
            server.forget()
            for step in echoes(study.KEY)[1:]:
                server.script("ok", step)
            folder = tmp_path / spec.partition(":")[0]
            folder.mkdir()
            options = ("--respondent", spec, "--per-call", "1")
            started = commands.start(*asked, *options, "-o", folder / "run")
            assert started.wait() == 0, started.said()
            assert server.count() == len(load_run(folder / "run").attempts())
            exported = commands.start("export", folder / "run", "-o", folder / "out.csv")
            assert exported.wait() == 0
            server.script({"case": "denied", "echo_key": True}, times=None)
            failing = commands.start(*asked, *options, "--seed", "9", "-o", folder / "second")
            assert failing.wait() == 3
            said = started.said() + failing.said()
            assert "HTTP Request" in said, "the logs are on"
            assert "come across" not in said, "personas stay out of logs"
            assert "planted" not in said
    assert nowhere(tmp_path) >= 16
