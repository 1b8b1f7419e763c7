from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.twins.llm import line


def _beside(name: str) -> ModuleType:
    """A module of this folder, loaded once by its path."""
    loaded = f"llm_{name}"
    if loaded not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            loaded, Path(__file__).with_name(f"{name}.py")
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[loaded] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[loaded]


@pytest.fixture(scope="session")
def pages() -> ModuleType:
    """Questions of every type, legal answers to them, and what a perfect model would say."""
    return _beside("pages")


@pytest.fixture(scope="session")
def study() -> ModuleType:
    """A small study, and a model that knows what every person would answer."""
    return _beside("study")


@pytest.fixture(scope="session")
def small(study: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Four people and ten variables on six pages, one of which some are not shown."""
    return study.study(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def rich(study: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same with records long enough for providers to cache."""
    return study.study(tmp_path_factory.mktemp("rich"), facts=60)


@pytest.fixture(scope="session")
def closed(study: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Five people and four questions on three pages, the last of them a page of two."""
    return study.study(tmp_path_factory.mktemp("closed"), people=5, survey=study.CLOSED)


@pytest.fixture
def serve(
    model_server: Any, study: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Start a server that both providers' addresses lead to; retries do not take long."""
    running = []

    def start(**options: Any) -> Any:
        server = model_server(**{"brain": study.brain, "cache_minimum": 512, **options})
        server.__enter__()
        running.append(server)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        return server

    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, study.KEY)
    for name in ("ANTHROPIC_AUTH_TOKEN", "UNDERSTUDY_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("UNDERSTUDY_CACHE", str(tmp_path / "responses.sqlite"))
    monkeypatch.setattr(line, "LEAST_WAIT", 0.002)
    monkeypatch.setattr(line, "MOST_WAIT", 0.01)
    yield start
    for one in running:
        one.__exit__(None, None, None)


@pytest.fixture(scope="module")
def forking() -> Iterator[Callable[..., Any]]:
    """Start commands in processes of their own: `forking(env, folder).start("run", …)`."""
    module, running = _beside("forking"), []

    def start(env: dict[str, str], folder: Path) -> Any:
        running.append(module.Commands(env, folder))
        return running[-1]

    yield start
    for commands in running:
        commands.close()
