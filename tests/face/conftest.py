"""A laid-out sample and a finished run, shared by the tests of the commands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

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
