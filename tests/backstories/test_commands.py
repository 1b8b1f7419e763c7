"""`understudy backstories` as a user calls it: results, messages and exit codes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.data.codebook import Level, Role, Variable
from understudy.data.codebook_file import dump_codebook
from understudy.data.write import write as write_panel

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def village(world: ModuleType, tmp_path: Path) -> Path:
    path, panel = tmp_path / "village.sav", world.panel(5)
    write_panel(panel, path)
    who = Variable(name="person", level=Level.TEXT, kind="text", role=Role.ID)
    book = dataclasses.replace(panel.codebook, variables=(who, *panel.codebook))
    dump_codebook(book, tmp_path / "village.codebook.yaml")
    return path


def test_without_a_key_the_whole_way_works(
    understudy: Command, village: Path, tmp_path: Path
) -> None:
    file = tmp_path / "v.backstories"
    code, out, err = understudy("backstories", village, "--protocol", "three", "-o", file)
    assert code == 0, err
    assert "5 finished" in out
    assert "understudy backstories show" in err
    code, out, _ = understudy("backstories", "list", file, "--json")
    rows = json.loads(out)
    assert [row["status"] for row in rows] == ["finished"] * 5
    twin = rows[2]["twin"]
    code, out, _ = understudy("backstories", "show", file, twin)
    assert code == 0
    assert out.startswith(f"# {twin}\n")
    assert "How old are you?" in out
    code, out, _ = understudy("backstories", "show", file, twin, "--json")
    assert json.loads(out)["author"] == "template"
    code, out, _ = understudy("backstories", "show", file, "--json")
    assert json.loads(out)["backstories"] == {"open": 0, "finished": 5, "failed": 0}
    code, _, err = understudy("backstories", "show", file, "nobody")
    assert code == 2
    assert "there is no backstory of 'nobody'" in err


def test_protocols_are_listed(understudy: Command) -> None:
    code, out, _ = understudy("backstories", "list", "--json")
    assert code == 0
    assert [row["questions"] for row in json.loads(out)] == [1, 3, 10, 40]


def test_held_out_items_are_hidden_with_their_category(
    understudy: Command, village: Path, tmp_path: Path, world: ModuleType
) -> None:
    file = tmp_path / "v.backstories"
    code, out, err = understudy(
        *("backstories", village, "--protocol", "ten", "--holdout", "police", "-o", file, "--json")
    )
    assert code == 0, err
    assert set(json.loads(out)["holdout"]) == {"police", "parliament", "court"}
    assert "hidden as of the same category as what is held out: parliament, court" in err
    for name in ("show", "list"):
        assert world.MARK not in understudy("backstories", name, file)[1]


def test_what_it_would_cost_is_said_first_and_asked_about(
    understudy: Command, village: Path, tmp_path: Path, server: Callable[..., Any]
) -> None:
    server()
    common = ("backstories", village, "--protocol", "life", "--model", "anthropic:claude-haiku-5-5")
    code, out, _ = understudy(*common, "--estimate")
    assert code == 0
    assert "calls" in out
    assert "$" in out
    code, out, _ = understudy(*common, "--estimate", "--json")
    found = json.loads(out)
    assert found["turns"]["low"] == 200
    assert found["cost"]["low"] < found["cost"]["likely"] < found["cost"]["high"]
    file = tmp_path / "v.backstories"
    code, _, err = understudy(*common, "--ask-above", "0.01", "-o", file)
    assert code == 2
    assert "there is nobody to ask; add --yes" in err
    assert not file.exists()


def test_exit_codes_and_going_on(
    understudy: Command,
    village: Path,
    tmp_path: Path,
    server: Callable[..., Any],
) -> None:
    running = server()
    file = tmp_path / "v.backstories"
    common = (
        *(
            "backstories",
            village,
            "--protocol",
            "three",
            "--model",
            "openai:gpt-6-luna",
            "-o",
            file,
        ),
        *("--interviewer", "none", "--no-cache", "-y"),
    )
    code, _, err = understudy(*common, "--budget", "0.000001")
    assert code == 4
    assert "budget" in err
    running.script("denied", times=None)
    code, _, err = understudy(*common)
    assert code == 3
    assert "run the same command again" in err.casefold()
    running.behave()
    code, out, _ = understudy(*common, "--limit", "2")
    assert code == 0
    assert "2 finished" in out
    code, out, err = understudy(*common)
    assert code == 0, err
    assert "5 finished" in out
    code, _, err = understudy(*common, "--seed", "4")
    assert code == 1
    assert "the seed was" in err


def test_failed_backstories_are_told_and_all_failed_is_a_failure(
    understudy: Command, village: Path, tmp_path: Path, spoken: Callable[..., str]
) -> None:
    spec = spoken(lambda _: "As an AI language model, I have no life.")
    file = tmp_path / "v.backstories"
    code, out, err = understudy(
        *("backstories", village, "--protocol", "one", "--model", spec, "-o", file, "--tries", "2")
    )
    assert code == 1
    assert "5 failed" in out
    assert "third person or not human: 10" in out
    assert "5 of 5 backstories failed" in err
    code, out, _ = understudy("backstories", "list", file, "--status", "failed", "--json")
    assert all("not human" in row["reason"] for row in json.loads(out))
    code, _, err = understudy("backstories", "export", file, "-o", tmp_path / "x.md")
    assert code == 2
    assert "no finished backstory" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("backstories", "nowhere.sav"), 1, "there is no such file"),
        (("backstories", "--mode", "free", "--model", "scripted:"), 2, "nobody said how many"),
        (("backstories", "--protocol", "three"), 2, "name the PANEL"),
        (("backstories", "VILLAGE", "--protocol", "thre"), 2, "did you mean three"),
        (("backstories", "VILLAGE", "--model", "opnai:x"), 2, "did you mean openai"),
        (("backstories", "VILLAGE", "--holdout", "polic"), 2, "did you mean police"),
        (("backstories", "VILLAGE", "--date", "yesterday"), 2, "is not a date"),
        (("backstories", "VILLAGE", "--budget", "0"), 2, "buys nothing"),
        (("backstories", "show", "VILLAGE"), 1, "not a backstory file"),
        (("backstories", "show", "nowhere.bs"), 1, "there is no such backstory file"),
        (("backstories", "VILLAGE", "-o", "/nowhere/x.bs"), 1, "cannot be written here"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    understudy: Command,
    village: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    found, _, err = understudy(*(str(village) if a == "VILLAGE" else a for a in arguments))
    assert found == code, err
    assert said in err
    assert "Traceback" not in err
