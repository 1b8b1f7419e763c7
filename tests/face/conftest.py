"""A laid-out sample and a finished run, shared by the tests of the commands."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.cli import _run
from understudy.data.samples import sample_names, sample_path

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    for name in sample_names():
        shutil.copyfile(sample_path(name), folder / name)
    return folder


@pytest.fixture(scope="session")
def finished(files: Path) -> Path:
    """A run of four held-out items on everybody."""
    run = files / "finished.run"
    panel = files / "synthetic_panel_wave1.sav"
    held = "redistribution,gender_roles,trust_people,dictator_give"
    code = _run(["run", "--panel", str(panel), "--holdout", held, "-o", str(run), "--seed", "3"])
    assert code == 0
    return run


@pytest.fixture
def understudy(capsys: pytest.CaptureFixture[str]) -> Command:
    """Call a command: exit code, stdout, stderr."""

    def call(*args: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = _run([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return call


# --- language models ----------------------------------------------------------------------------

_MODELS = Path(__file__).parents[1] / "surveys" / "respondents" / "llm"


@pytest.fixture(scope="session")
def study() -> ModuleType:
    """A small study, and a model that knows what every person would answer."""
    if "llm_study" not in sys.modules:
        spec = importlib.util.spec_from_file_location("llm_study", _MODELS / "study.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["llm_study"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["llm_study"]


@dataclass
class Models:
    """A server that both providers' addresses lead to, and a study to ask it about."""

    server: Any
    call: Command
    panel: Path
    survey: Path
    folder: Path

    def __call__(
        self, command: str, spec: str, *more: str | Path, survey: Path | None = None
    ) -> tuple[int, str, str]:
        """Call `run` or `estimate`."""
        return self.call(
            *(command, survey or self.survey, "--panel", self.panel, "--id", "id"),
            *("--respondent", spec, *more),
        )


@pytest.fixture
def models(
    model_server: Any,
    study: ModuleType,
    understudy: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Models]:
    from understudy.twins.llm import line

    panel, survey = study.write(tmp_path / "study", people=5, facts=20, survey=study.CLOSED)
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, study.KEY)
    for name in ("ANTHROPIC_AUTH_TOKEN", "UNDERSTUDY_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("UNDERSTUDY_CACHE", str(tmp_path / "responses.sqlite"))
    monkeypatch.setattr(line, "LEAST_WAIT", 0.002)
    monkeypatch.setattr(line, "MOST_WAIT", 0.01)
    with model_server(brain=study.brain, cache_minimum=512) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        yield Models(server, understudy, panel, survey, tmp_path)
