"""`understudy compare` on runs that hold tasks, with and without people's answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PANEL = "synthetic_panel_wave1.sav"


@pytest.fixture(scope="module")
def games(files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run of tasks, and what other people answered in the same tasks."""
    from understudy import notebook
    from understudy.surveys.tasks.battery import battery

    folder = tmp_path_factory.mktemp("games")
    people = notebook.twins(notebook.read(files / PANEL))
    survey = battery(["public_goods", "gain_loss_framing", "holt_laury"])
    answers = notebook.respondent("cognitive")
    notebook.administer(survey, people, answers, to=folder / "games.run", limit=80)
    others = notebook.administer(survey, people, answers, seed=1, limit=80)
    notebook.write(others.panel, folder / "people.sav")
    return folder / "games.run", folder / "people.sav"


def test_tasks_need_no_people(games: Any, tmp_path: Path, understudy: Any) -> None:
    run, _ = games
    code, out, _ = understudy("compare", run, "--md", tmp_path / "games.md")
    assert code == 0
    assert "3 tasks, 80 twins beside published figures" in out
    assert "Share of the endowment given, share at 0" in out
    assert "# Twins in tasks" in (tmp_path / "games.md").read_text(encoding="utf-8")
    code, out, _ = understudy("compare", run, "--json")
    assert code == 0
    assert json.loads(out)["tasks"][0]["name"] == "public_goods"


def test_tasks_stand_beside_people(games: Any, tmp_path: Path, understudy: Any) -> None:
    run, people = games
    page = tmp_path / "games.html"
    code, out, _ = understudy("compare", run, "--human", people, "--html", page)
    assert code == 0
    assert "beside 80 people" in out
    assert "Effects of arms" in out
    assert "Choices between gambles" in page.read_text(encoding="utf-8")


def test_other_runs_need_people(files: Path, finished: Path, understudy: Any) -> None:
    code, _, err = understudy("compare", finished)
    assert code == 2
    assert "Missing option '--human': only tasks have published figures." in err


def test_a_page_needs_people(games: Any, tmp_path: Path, understudy: Any) -> None:
    code, _, err = understudy("compare", games[0], "--html", tmp_path / "x.html")
    assert code == 2
    assert "--human FILE" in err
