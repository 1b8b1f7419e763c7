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

    def right(self, ledger: Path) -> Run:
        """See that a run is complete and right, and nothing in it was paid for twice."""
        run = load_run(ledger)
        assert run.complete
        for twin, got in self.study.values(run).items():
            assert got == self.study.wanted(int(twin[1:]), [v.name for v in run.codebook])
        sent = [name for batch in self.batches() for name in batch]
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
