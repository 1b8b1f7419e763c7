"""SIGKILL at seeded points, inside and between transactions, and SIGINT: nothing recorded is lost
and nothing recorded is asked again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.run import load_run


def whole(scenario: ModuleType, path: Path) -> str:
    run = administer(
        scenario.survey(), scenario.twins(16), scenario.Tracks(), ledger=path, seed=7, replicates=2
    )
    return str(scenario.digest(run))


def test_killed_runs_lose_nothing_acknowledged_and_ask_nothing_twice(
    scenario: ModuleType, script: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(script), "kill", str(tmp_path), "2024", "24"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 24

    expected = whole(scenario, tmp_path / "whole.ledger")
    cut = 0
    for log in tmp_path.glob("*.log"):
        acknowledged: set[str] = set()
        for line in log.read_text().splitlines():
            kind, _, what = line.partition(" ")
            if kind == "ask":
                assert what not in acknowledged, f"{log.name}: {what} was asked twice"
            elif kind == "ack":
                assert what not in acknowledged, f"{log.name}: {what} was recorded twice"
                acknowledged.add(what)
            elif kind == "held":
                held = set(json.loads(what))
                assert acknowledged <= held
                # Recorded, but killed before it could be said: as good as acknowledged.
                acknowledged |= held
            else:
                assert what == expected
        run = load_run(log.with_suffix(".ledger"))
        cut += int((run.attempts()["outcome"] == "interrupted").sum())
        pages = run.answers().groupby(["twin", "replicate", "page"]).size()
        made = run.attempts().query("outcome == 'answered'")
        assert len(made) >= len(pages)
    assert cut > 0, "no kill fell between the beginning and the end of an attempt"


def test_ctrl_c_lets_pages_finish_and_leaves_a_run_that_goes_on(
    scenario: ModuleType, script: Path, tmp_path: Path
) -> None:
    path, log = tmp_path / "run.ledger", tmp_path / "run.log"
    done = subprocess.run(
        [sys.executable, str(script), "interrupt", str(path), str(log)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    before = load_run(path)
    assert not before.complete
    assert 0 < before.share < 1
    assert set(before.attempts()["outcome"]) == {"answered"}, "no page was cut off"
    assert not Path(f"{path}-wal").exists(), "the ledger was closed in good order"

    respondent = scenario.Tracks()
    run = administer(
        scenario.survey(), scenario.twins(16), respondent, ledger=path, seed=7, replicates=2
    )
    assert run.complete
    assert scenario.digest(run) == whole(scenario, tmp_path / "whole.ledger")
    lines = log.read_text().splitlines()
    asked = {tuple(line.split()[1:]) for line in lines if line.startswith("ask")}
    people = scenario.twins(16).ids
    again = {
        (str((replicate - 1) * 16 + people.index(twin)), str(page))
        for twin, replicate, page in respondent.asked
    }
    assert not asked & again


def test_hash_seed_and_process_do_not_matter(script: Path, tmp_path: Path) -> None:
    digests = {
        subprocess.run(
            [sys.executable, str(script), "export", str(tmp_path / f"{seed}.ledger")],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "424242")
    }
    assert len(digests) == 1
