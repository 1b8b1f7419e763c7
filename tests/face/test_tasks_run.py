"""`understudy tasks run`: a battery in one command, beside what people do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PANEL = "synthetic_panel_wave1.sav"


def test_a_battery_stands_beside_published_figures(
    files: Path, tmp_path: Path, understudy: Any
) -> None:
    run = tmp_path / "games.run"
    given = ("tasks", "run", "dictator", "mental_accounting", "--panel", files / PANEL, "-o", run)
    code, out, err = understudy(*given, "--n", "60")
    assert code == 0
    assert out.index("Dictator game") < out.index("Mental accounting")
    assert "2 tasks, 60 twins beside published figures" in out
    assert "understudy export" in err
    code, again, _ = understudy(*given, "--n", "60")
    assert code == 0
    assert again == out, "a second start goes on where the first ended"


def test_people_may_be_drawn_again(files: Path, tmp_path: Path, understudy: Any) -> None:
    from understudy.surveys.ledger.run import load_run

    run = tmp_path / "many.run"
    given = ("--panel", files / PANEL, "--n", "900", "-o", run, "--json")
    code, out, _ = understudy("tasks", "run", "beauty_contest", *given)
    found = json.loads(out)
    assert code == 0
    assert found["interviews"]["completed"] == 900
    twins = [held.twin for held in load_run(run).interviews]
    assert len(set(twins)) == 900
    again = [twin for twin in twins if twin.endswith("#2")]
    assert again
    assert {twin.removesuffix("#2") for twin in again} <= set(twins)
    code, _, err = understudy("resume", run)
    assert code == 0, err


def test_figures_as_json(files: Path, tmp_path: Path, understudy: Any) -> None:
    code, out, _ = understudy(
        "tasks", "run", "--family", "strategic", "--panel", files / PANEL, "--n", "50",
        "-o", tmp_path / "s.run", "--json",
    )  # fmt: skip
    tasks = json.loads(out)["tasks"]["tasks"]
    assert code == 0
    assert tasks
    assert {task["family"] for task in tasks} == {"strategic"}
    for task in tasks:
        assert task["twins"] == 50
        stated = [one["published"] for one in task["figures"] if one["published"]]
        assert stated
        assert all(one["mark"] and one["source"] for one in stated)


def test_run_takes_tasks_where_a_questionnaire_could_stand(
    files: Path, tmp_path: Path, understudy: Any
) -> None:
    code, out, _ = understudy(
        "run", "tasks:dictator", "--panel", files / PANEL, "--n", "20",
        "--respondent", "cognitive", "-o", tmp_path / "d.run",
    )  # fmt: skip
    assert code == 0
    assert "gave 20 answers" in out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "name tasks, or a family with --family, or --all"),
        (("dictater",), "did you mean dictator"),
        (("--family", "sociable"), "there is no task or family 'sociable'"),
    ],
)
def test_bad_names_are_one_sentence(
    given: tuple[str, ...], said: str, files: Path, understudy: Any
) -> None:
    code, out, err = understudy("tasks", "run", *given, "--panel", files / PANEL)
    assert code == 2
    assert out == ""
    assert said in err
