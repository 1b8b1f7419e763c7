"""The face: public names, cheap imports, and commands that are all there."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

import understudy as us
from understudy.cli import COMMANDS, _run, cli

PUBLIC = {
    "aadminister",
    "administer",
    "compare",
    "estimate",
    "load",
    "questionnaire",
    "read",
    "respondent",
    "score_tasks",
    "task_report",
    "twins",
    "write",
}


def test_public_names_are_pinned() -> None:
    assert set(us.__all__) == PUBLIC
    assert all(callable(getattr(us, name)) for name in PUBLIC)
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        us.simulate  # noqa: B018


@pytest.mark.parametrize("statement", ["import understudy", "import understudy.cli"])
def test_importing_the_face_imports_nothing_heavy(statement: str) -> None:
    heavy = "{'pandas', 'numpy', 'scipy', 'sklearn', 'textual', 'rich', 'anthropic', 'openai'}"
    script = f"import sys; {statement}; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_examples(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert f"understudy {name}" in result.output.partition("Example")[2]


def test_a_mistyped_command_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["insepct"]) == 2
    assert "did you mean inspect?" in capsys.readouterr().err
