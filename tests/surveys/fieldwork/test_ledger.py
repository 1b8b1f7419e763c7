"""The run file: what is refused, what is kept, who may use it when."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.data.errors import LedgerError
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.file import locked
from understudy.surveys.ledger.run import load_run
from understudy.surveys.questionnaire import Questionnaire


def run(scenario: ModuleType, path: Path, **changes: Any) -> None:
    options: dict[str, Any] = {
        "questionnaire": scenario.survey(),
        "twins": scenario.twins(4),
        "respondent": scenario.Tracks(),
        "seed": 1,
    }
    administer(**{**options, **changes}, ledger=path)


def refused(scenario: ModuleType, path: Path, **changes: Any) -> str:
    """The sentence, which must be the same in reading and not touch the file."""
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(LedgerError) as caught:
        run(scenario, path, **changes)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.endswith(".")
    assert "\n" not in text
    if path.is_file():
        assert path.read_bytes() == before
    assert not path.with_name(f"{path.name}-lock").exists()
    return text


def test_other_files_are_refused_and_left_alone(scenario: ModuleType, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Notes, not a database, and long enough to be read as a header. " * 20)
    assert "this is not a run file; name another file with -o" in refused(scenario, text)

    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE people (name TEXT)")
    other.close()
    assert "a database, but not a run file of understudy" in refused(scenario, foreign)

    assert "this is not a run file" in refused(scenario, tmp_path)
    assert "cannot be written here" in refused(scenario, tmp_path / "no" / "such" / "run.ledger")
    for path in (text, foreign):
        with pytest.raises(LedgerError, match="not a run file"):
            load_run(path)
    with pytest.raises(LedgerError, match="there is no such run file"):
        load_run(tmp_path / "absent.ledger")


@pytest.mark.parametrize(("version", "remedy"), [(99, "update understudy"), (0, "that wrote it")])
def test_other_formats_are_refused(
    scenario: ModuleType, tmp_path: Path, version: int, remedy: str
) -> None:
    path = tmp_path / "run.ledger"
    run(scenario, path)
    with sqlite3.connect(path) as ledger:
        ledger.execute(f"PRAGMA user_version = {version}")
    ledger.close()
    text = refused(scenario, path)
    assert f"format {version}" in text
    assert remedy in text


def test_damage_is_found(scenario: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "run.ledger"
    run(scenario, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "the run file is damaged" in refused(scenario, path)
    path.write_bytes(whole[:4096] + b"\xab" * (len(whole) - 4096))
    assert "the run file is damaged" in refused(scenario, path)
    path.write_bytes(whole[:50])
    assert "the run file is damaged" in refused(scenario, path)


@pytest.mark.parametrize("content", [b"", None], ids=["empty", "cut short while it was made"])
def test_a_ledger_that_never_was_is_begun_anew(
    scenario: ModuleType, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "run.ledger"
    if content is None:
        with sqlite3.connect(path) as ledger:
            ledger.execute("PRAGMA journal_mode = WAL")
        ledger.close()
        assert path.stat().st_size
    else:
        path.write_bytes(content)
    run(scenario, path)
    assert load_run(path).complete


def test_another_run_is_refused_and_says_how_it_differs(
    scenario: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "run.ledger"
    run(scenario, path)
    assert "the seed was 1 and is now 2" in refused(scenario, path, seed=2)
    assert "the twins are others" in refused(scenario, path, twins=scenario.twins(5))
    other = Questionnaire(name="other", blocks=scenario.survey().blocks)
    text = refused(scenario, path, questionnaire=other, seed=5)
    assert "the questionnaire is another; the seed was 1 and is now 5" in text
    assert "start a new run with another -o file" in text

    class Renamed(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        spec = "renamed"

    class Changed(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        fingerprint = "tracks-2"

    assert "was tracks and is now renamed" in refused(scenario, path, respondent=Renamed())
    assert "the respondent tracks has other settings" in refused(
        scenario, path, respondent=Changed()
    )


def test_one_process_at_a_time(scenario: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "run.ledger"
    with locked(path), pytest.raises(LedgerError, match="another process is running this run file"):
        run(scenario, path)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from understudy.surveys.ledger.file import locked\n"
            "with locked(pathlib.Path(sys.argv[1])): print('held', flush=True); input()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(LedgerError, match="wait until it has finished, stop it, or name another"):
        run(scenario, path)
    holder.kill()
    holder.communicate()
    assert path.with_name("run.ledger-lock").exists(), "the dead process left its lock behind"
    run(scenario, path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.ledger"]


def test_a_run_can_be_read_while_it_goes_on(scenario: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "run.ledger"
    seen: list[tuple[int, float]] = []

    def look(twin: str, replicate: int, page: int) -> None:
        if path.exists() and len(seen) < 3:
            part = load_run(path)
            seen.append((len(part.panel), part.share))

    # A paid attempt is on disk when the respondent goes on, and so is every page before it.
    run(scenario, path, respondent=scenario.Tracks(paid=True, said=look), workers=1)
    assert [share < 1 for _, share in seen] == [True] * 3
    assert [people for people, _ in seen] == [0, 1, 1]
    assert load_run(path).complete


def test_a_finished_run_is_one_file_readable_in_a_read_only_folder(
    scenario: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.ledger"
    run(scenario, path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.ledger"]
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert load_run(path).complete
    assert len(load_run(path).panel) == 4


def test_a_full_disk_is_one_sentence_and_the_run_goes_on_later(
    scenario: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from understudy.surveys.ledger.writer import Writer

    path = tmp_path / "run.ledger"
    commit = Writer.commit

    def full(self: Writer, rows: Any, durable: bool) -> None:
        if "answer" in rows and rows["answer"][-1][1] >= 2:
            raise sqlite3.OperationalError("database or disk is full")
        commit(self, rows, durable)

    monkeypatch.setattr(Writer, "commit", full)
    with pytest.raises(LedgerError, match="make room on the disk and run the same command again"):
        run(scenario, path, respondent=scenario.Tracks(paid=True))
    monkeypatch.undo()
    run(scenario, path)
    whole = tmp_path / "whole.ledger"
    run(scenario, whole)
    assert scenario.digest(load_run(path)) == scenario.digest(load_run(whole))
