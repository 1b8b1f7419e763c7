"""The example notebooks run from top to bottom, as scripts, without a key and without a network."""

from __future__ import annotations

import ast
import re
import runpy
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NAMES = [path.name for path in sorted(EXAMPLES.glob("*.py"))]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keys, nobody to be reached, and figures that are drawn on nothing."""

    def refuse(*_: object) -> None:
        raise OSError("an example tried to reach the network")

    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    from matplotlib import pyplot

    pyplot.close("all")


@pytest.fixture
def run(alone: None, capsys: pytest.CaptureFixture[str]) -> Any:
    def execute(name: str) -> tuple[dict[str, Any], str]:
        capsys.readouterr()
        found = runpy.run_path(str(EXAMPLES / name))
        return found, capsys.readouterr().out

    return execute


def test_the_three_examples_are_there() -> None:
    assert NAMES == [
        "can_twins_stand_in_for_my_panel.py",
        "pilot_a_questionnaire_tonight.py",
        "which_persona_is_worth_paying_for.py",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_notebook_in_percent_format(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert "format_name: percent" in text
    cells = re.split(r"^# %%", text, flags=re.M)[1:]
    assert cells[0].startswith(" [markdown]\n# # ")
    for cell in cells:
        if cell.startswith(" [markdown]"):
            assert all(line.startswith("#") for line in cell.splitlines()[1:] if line.strip())
        else:
            assert ast.parse(cell).body


def test_a_questionnaire_is_piloted(run: Any) -> None:
    found, said = run("pilot_a_questionnaire_tonight.py")
    assert found["run"].complete
    assert "coffee_reason: free text cannot be drawn" in said
    assert found["price"].cost.low > 0
    assert found["rehearsal"].dispositions()["answered"] > 100


def test_held_out_answers_are_compared(run: Any) -> None:
    found, said = run("can_twins_stand_in_for_my_panel.py")
    card = found["card"]
    assert card.method.people == 600
    assert card.method.retested > 0
    assert f"- {card.verdict[0]}" in said
    assert re.search(r"\d+ kB", said)


def test_personas_are_told_apart_and_what_they_cost(run: Any) -> None:
    found, said = run("which_persona_is_worth_paying_for.py")
    prices = [found["prices"][persona].cost.likely for persona in found["personas"]]
    assert prices == sorted(prices)
    # The record knows more than demographics do, and the notebook says so with an interval.
    assert found["gain"].headline("pearson", "best guess").interval[0] > 0
    # The script reads what the full record holds and demographics do not.
    assert found["worth"].headline("pearson").favours == 0
    assert "r +" in said
