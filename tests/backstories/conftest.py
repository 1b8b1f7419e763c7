from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.cli import _run
from understudy.twins.llm import line

SCRIPT = Path(__file__).with_name("world.py")
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def world() -> ModuleType:
    """People, and a model that speaks for them."""
    name = "backstory_world"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, SCRIPT)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def script() -> Path:
    return SCRIPT


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch, world: ModuleType) -> Callable[..., str]:
    """Make a scripted model of a function; its spec. Without one, the model of `world`."""
    number = iter(range(1_000))

    def make(function: Callable[[Any], Any] | None = None) -> str:
        module = ModuleType(f"scripted_{next(number)}")
        module.speak = function or world.speak  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return f"scripted:{module.__name__}:speak"

    return make


@pytest.fixture
def server(
    model_server: Any, world: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Start a local server that speaks for the people of `world`; keys are set."""
    running = []

    def start(**options: Any) -> Any:
        started = model_server(**{"brain": world.brain, **options}).__enter__()
        running.append(started)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", started.url)
        monkeypatch.setenv("OPENAI_BASE_URL", started.openai_url)
        return started

    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "sk-planted-0123456789")
    monkeypatch.setenv("UNDERSTUDY_CACHE", str(tmp_path / "cache.sqlite"))
    monkeypatch.delenv("UNDERSTUDY_MODELS", raising=False)
    monkeypatch.setattr(line, "LEAST_WAIT", 0.01)
    monkeypatch.setattr(line, "MOST_WAIT", 0.02)
    yield start
    for started in running:
        started.__exit__(None, None, None)


@pytest.fixture
def understudy(capsys: pytest.CaptureFixture[str]) -> Command:
    """Call a command: exit code, stdout, stderr."""

    def call(*args: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = _run([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return call
