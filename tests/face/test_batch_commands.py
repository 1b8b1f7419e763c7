"""`run --batch`, `--no-wait` and `resume`, with both real SDKs, killed and interrupted."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from understudy.surveys.ledger.run import Run, load_run
from understudy.twins.llm.batching import BatchLine

SPECS = ("anthropic:claude-haiku-5-5", "openai:gpt-6-luna")
both = pytest.mark.parametrize("spec", SPECS)
Command = Callable[..., tuple[int, str, str]]

MODELS = Path(__file__).parents[1] / "surveys" / "respondents" / "llm"
PEOPLE = 6
REQUESTS = 3 * PEOPLE
"""Pages, each asked in one call."""


@pytest.fixture(scope="module")
def study() -> ModuleType:
    """A small study, and a model that knows what every person would answer."""
    spec = importlib.util.spec_from_file_location("llm_study", MODELS / "study.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("llm_study", module)
    spec.loader.exec_module(module)
    return module


@dataclass
class Scene:
    """A server, a study, and where commands find them."""

    server: Any
    study: Any
    panel: Path
    survey: Path
    env: dict[str, str]

    def arguments(self, spec: str, ledger: Path, *more: str) -> list[str]:
        return [
            *("run", str(self.survey), "--panel", str(self.panel), "--id", "id", "--seed", "5"),
            *("--respondent", spec, "-o", str(ledger), "--no-baseline", "--yes", "--no-cache"),
            *more,
        ]

    def batches(self) -> list[list[str]]:
        """Custom ids in each batch that the server was sent, in order."""
        found = []
        for one in self.server.requests:
            if one.method == "POST" and one.path == "/v1/messages/batches":
                found.append([item["custom_id"] for item in one.body["requests"]])
            elif one.method == "POST" and one.path == "/v1/files":
                lines = [line for line in one.raw.splitlines() if line.startswith(b'{"c')]
                found.append([json.loads(line)["custom_id"] for line in lines])
        return found

    def right(self, ledger: Path, before: int) -> Run:
        """See that a run is complete and right, and nothing in it was paid for twice.

        Args:
            ledger: The run.
            before: How many batches had been submitted before it.
        """
        run = load_run(ledger)
        assert run.complete
        for twin, got in self.study.values(run).items():
            assert got == self.study.wanted(int(twin[1:]), [v.name for v in run.codebook])
        sent = [name for batch in self.batches()[before:] for name in batch]
        assert len(sent) == REQUESTS
        attempts = run.attempts()
        inside = attempts["detail"].map(json.loads).map(lambda detail: "batch" in detail)
        assert set(attempts[inside]["outcome"]) == {"answered"}
        assert inside.sum() == REQUESTS
        assert set(attempts[~inside]["outcome"]) <= {"interrupted", "withdrawn"}
        assert self.server.count() == 0
        return run


@pytest.fixture(scope="module")
def whole(
    model_server: Any, study: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    panel, survey = study.write(folder, people=PEOPLE, survey=study.CLOSED)
    with model_server(brain=study.brain, cache_minimum=512) as server:
        env = {
            "ANTHROPIC_BASE_URL": server.url,
            "OPENAI_BASE_URL": server.openai_url,
            "ANTHROPIC_API_KEY": study.KEY,
            "OPENAI_API_KEY": study.KEY,
            "UNDERSTUDY_CACHE": str(folder / "responses.sqlite"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        yield Scene(server, study, panel, survey, env)


@pytest.fixture
def scene(whole: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The scene with nothing asked yet and batches that end when they are told to."""
    for name, value in whole.env.items():
        monkeypatch.setenv(name, value)
    for name in ("ANTHROPIC_AUTH_TOKEN", "UNDERSTUDY_MODELS"):
        monkeypatch.delenv(name, raising=False)
    defaults = BatchLine.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "grace", 0.02)
    whole.server.finish_batches()
    whole.server.forget()
    whole.server.behave()
    whole.server.change(batch_polls=None)
    return whole


# --- submit, and collect later --------------------------------------------------------------------


@both
def test_no_wait_submits_and_resume_collects(
    scene: Scene, understudy: Command, tmp_path: Path, spec: str
) -> None:
    ledger = tmp_path / "a.run"
    before = len(scene.batches())
    code, out, err = understudy(*scene.arguments(spec, ledger, "--batch", "--no-wait"))
    assert (code, out) == (3, "")
    last = err.strip().splitlines()[-1]
    assert re.fullmatch(
        rf"18 requests wait in the batch \w+; collect the answers later with: "
        rf"understudy resume {re.escape(str(ledger))}",
        last,
    )
    assert err.count("understudy resume") == 1
    assert "at batch prices" in err
    # Not there yet: it says so again and submits nothing.
    code, _, err = understudy("resume", ledger)
    assert code == 3
    assert err.strip().splitlines()[-1] == last
    assert len(scene.batches()) == before + 1
    scene.server.finish_batches()
    code, out, err = understudy("resume", ledger, "--json")
    assert code == 0
    assert json.loads(out)["complete"]
    run = load_run(ledger)
    assert Counter(run.attempts()["outcome"]) == {"answered": REQUESTS}
    live = tmp_path / "live.run"
    assert understudy(*scene.arguments(spec, live))[0] == 0
    pd.testing.assert_frame_equal(run.answers(), load_run(live).answers())
    assert run.cost == pytest.approx(load_run(live).cost / 2)
    assert scene.study.KEY not in err + out
    assert scene.study.KEY.encode() not in ledger.read_bytes()


@both
def test_waiting_needs_no_second_command_and_says_how_far_it_is(
    scene: Scene, understudy: Command, tmp_path: Path, spec: str
) -> None:
    scene.server.change(batch_polls=1)
    ledger = tmp_path / "a.run"
    code, out, err = understudy(*scene.arguments(spec, ledger, "--batch"))
    assert code == 0
    name = scene.server.batches[-1]
    assert f"batch {name}: 0 of 18 requests finished" in err
    assert f"batch {name}: 18 of 18 requests finished" in err
    assert "24 answers" in out


def test_no_wait_goes_with_batch(scene: Scene, understudy: Command, tmp_path: Path) -> None:
    code, _, err = understudy(*scene.arguments(SPECS[0], tmp_path / "a.run", "--no-wait"))
    assert code == 2
    assert "--no-wait goes with --batch" in err


def test_a_model_without_batches_is_refused_before_anything_is_sent(
    scene: Scene, understudy: Command, tmp_path: Path
) -> None:
    spec = f"openai:llama@{scene.server.openai_url}"
    code, _, err = understudy(*scene.arguments(spec, tmp_path / "a.run", "--batch"))
    assert code == 2
    assert "cannot be asked with --batch" in err
    assert not (tmp_path / "a.run").exists()


@both
def test_an_estimate_for_batches_is_at_their_prices(
    scene: Scene, understudy: Command, tmp_path: Path, spec: str
) -> None:
    def estimated(*more: str) -> dict[str, Any]:
        arguments = scene.arguments(spec, tmp_path / "a.run")[1:]
        keep = arguments[: arguments.index("-o")]
        code, out, _ = understudy("estimate", *keep, "--json", *more)
        assert code == 0
        found: dict[str, Any] = json.loads(out)
        return found

    live, batch = estimated(), estimated("--batch")
    assert (live["batch"], batch["batch"]) == (False, True)
    for level in ("low", "likely", "high"):
        assert batch["cost"][level] == pytest.approx(live["cost"][level] / 2)
    assert batch["calls"] == live["calls"]


# --- processes that die ---------------------------------------------------------------------------


@dataclass
class Forker:
    """Commands in processes of their own; see `forking`."""

    process: subprocess.Popen[str]
    folder: Path
    count: int = 0

    def run(self, *args: str | Path, moment: str = "") -> tuple[int, str]:
        """Exit code (minus the signal's number) and what was said."""
        self.count += 1
        said = self.folder / f"{self.count}.said"
        told: dict[str, Any] = {"args": [str(a) for a in args], "out": str(said), "err": str(said)}
        if moment:
            told["first"] = [str(Path(__file__).with_name("batch_deaths.py")), moment]
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()
        code = os.waitstatus_to_exitcode(int(self.process.stdout.readline()))
        return code, said.read_text()


@pytest.fixture(scope="module")
def forker(whole: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forker]:
    process = subprocess.Popen(
        [sys.executable, str(MODELS / "forking.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **whole.env},
    )
    yield Forker(process, tmp_path_factory.mktemp("commands"))
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
    process.wait()


@pytest.mark.parametrize(
    ("moment", "spec"),
    [
        ("begun", SPECS[0]),
        ("begun", SPECS[1]),
        ("submitted", SPECS[0]),
        ("submitted", SPECS[1]),
        ("written down", SPECS[0]),
        ("polling", SPECS[1]),
        ("collecting", SPECS[0]),
        ("collecting", SPECS[1]),
        ("ended", SPECS[0]),
        ("recorded", SPECS[1]),
    ],
)
def test_killed_at_any_moment_nothing_is_submitted_or_paid_for_twice(
    scene: Scene, forker: Forker, tmp_path: Path, moment: str, spec: str
) -> None:
    ledger = tmp_path / "a.run"
    before = len(scene.batches())
    scene.server.change(batch_polls=1)
    code, said = forker.run(*scene.arguments(spec, ledger, "--batch"), moment=moment)
    assert code == -9, said
    code, said = forker.run("resume", ledger)
    assert code == 0, said
    assert len(scene.batches()) == before + 1
    run = scene.right(ledger, before)
    assert (run.usage().maybe_billed > 0) == (moment == "begun")


@both
def test_a_batch_whose_id_was_lost_is_found_while_it_is_under_way(
    scene: Scene, forker: Forker, tmp_path: Path, spec: str
) -> None:
    ledger = tmp_path / "a.run"
    before = len(scene.batches())
    arguments = scene.arguments(spec, ledger, "--batch", "--no-wait")
    assert forker.run(*arguments, moment="submitted")[0] == -9
    code, said = forker.run("resume", ledger)
    assert code == 3, said
    assert "18 requests wait in the batch" in said
    # And again: it is written down now.
    assert forker.run("resume", ledger)[0] == 3
    scene.server.finish_batches()
    assert forker.run("resume", ledger)[0] == 0
    assert len(scene.batches()) == before + 1
    scene.right(ledger, before)


@both
@pytest.mark.parametrize("moment", ["interrupted while submitting", "interrupted while polling"])
def test_ctrl_c_leaves_batches_running(
    scene: Scene, forker: Forker, tmp_path: Path, spec: str, moment: str
) -> None:
    ledger = tmp_path / "a.run"
    before = len(scene.batches())
    begun = time.monotonic()
    code, said = forker.run(*scene.arguments(spec, ledger, "--batch"), moment=moment)
    assert code == 130, said
    assert time.monotonic() - begun < 5.0
    assert "Traceback" not in said
    assert f"understudy resume {ledger}" in said
    assert "18 requests stay in batches at the provider" in said
    assert set(load_run(ledger).attempts()["outcome"]) == {"submitted"}
    paths = [one.path for one in scene.server.requests]
    assert not any(path.endswith("/cancel") for path in paths)
    scene.server.finish_batches()
    code, said = forker.run("resume", ledger)
    assert code == 0, said
    assert len(scene.batches()) == before + 1
    scene.right(ledger, before)
