"""Real commands that are killed or interrupted in the middle of asking, and go on afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.surveys.ledger.run import Run, load_run

SPECS = ("anthropic:claude-haiku-5-5", "openai:gpt-6-luna")
both = pytest.mark.parametrize("spec", SPECS)

PEOPLE = 12
REQUESTS = 3 * PEOPLE
"""Pages, each asked in one call."""


class Trigger:
    """A brain that does something at the moment when a given request comes in."""

    def __init__(self, brain: Callable[[dict[str, Any]], Any]) -> None:
        self.brain = brain
        self.after = 0
        self.do: Callable[[], None] = lambda: None

    def arm(self, after: int, do: Callable[[], None]) -> None:
        self.after, self.do = after, do

    def __call__(self, body: dict[str, Any]) -> Any:
        self.after -= 1
        if self.after == 0:
            self.do()
        return self.brain(body)


@dataclass
class Scene:
    """A server, commands that ask it, and a study."""

    server: Any
    trigger: Trigger
    commands: Any
    study: Any
    panel: Path
    survey: Path
    env: Mapping[str, str]

    def arguments(self, spec: str, ledger: Path, *more: str) -> list[str]:
        return [
            *("run", str(self.survey), "--panel", str(self.panel), "--id", "id", "--seed", "5"),
            *("--respondent", spec, "-o", str(ledger), "--no-baseline", "--yes"),
            *more,
        ]

    def run(self, spec: str, ledger: Path, *more: str) -> Any:
        return self.commands.start(*self.arguments(spec, ledger, *more))


@pytest.fixture(scope="module")
def scene(
    model_server: Any, study: ModuleType, forking: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    panel, survey = study.write(folder, people=PEOPLE, survey=study.CLOSED)
    trigger = Trigger(study.brain)
    with model_server(brain=trigger, latency=0.004, cache_minimum=512) as server:
        env = {
            "ANTHROPIC_BASE_URL": server.url,
            "OPENAI_BASE_URL": server.openai_url,
            "ANTHROPIC_API_KEY": study.KEY,
            "OPENAI_API_KEY": study.KEY,
            "UNDERSTUDY_CACHE": str(folder / "responses.sqlite"),
            "XDG_CONFIG_HOME": str(folder),
        }
        whole = study.study(folder, people=PEOPLE, survey=study.CLOSED)
        yield Scene(server, trigger, forking(env, folder / "said"), whole, panel, survey, env)


@pytest.fixture(autouse=True)
def afresh(scene: Scene) -> None:
    scene.server.behave()
    scene.server.forget()
    scene.trigger.arm(0, lambda: None)


def rows(run: Run) -> list[Any]:
    return list(run.answers().itertuples())


def recorded(run: Run) -> dict[tuple[str, str], tuple[str, ...]]:
    """What is on record: (twin, variable) → answer."""
    return {
        (row.twin, row.variable): (str(row.number), str(row.reason), str(row.raw))
        for row in rows(run)
    }


def pages_of(run: Run) -> set[tuple[str, int]]:
    return {(row.twin, row.page) for row in rows(run)}


# --- SIGKILL ------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_command_loses_nothing_and_asks_nothing_twice(
    scene: Scene, study: ModuleType, tmp_path: Path, spec: str, seed: int
) -> None:
    """Killed three times, each at another point; then it finishes."""
    chance = random.Random(seed)
    ledger = tmp_path / "run"
    held: dict[tuple[str, str], tuple[str, ...]] = {}
    kills = 0
    options = ("--no-cache", "--concurrency", str(chance.choice((1, 3, 8))))
    started = scene.run(spec, ledger, *options)
    while True:
        pid, delay = started.pid, chance.choice((0.0, chance.random() * 0.01))

        def kill(pid: int = pid, delay: float = delay) -> None:
            threading.Timer(delay, os.kill, (pid, signal.SIGKILL)).start()

        if kills < 3:
            scene.trigger.arm(chance.randint(1, 16), kill)
        code = started.wait()
        if code != -signal.SIGKILL:
            break
        kills += 1
        run = load_run(ledger)
        now = recorded(run)
        assert held.items() <= now.items(), "an answer that was on record is gone"
        held = now
        done = pages_of(run)
        made = run.attempts()
        begun = len(made)
        assert scene.server.count() <= begun
        started = scene.commands.start("resume", ledger)
        if kills == 3:
            scene.trigger.arm(0, lambda: None)
    assert code == 0, started.said()
    assert kills == 3
    run = load_run(ledger)
    assert run.complete
    study.right(run, scene.study)
    assert held.items() <= recorded(run).items()
    attempts = run.attempts()
    later = attempts[attempts["id"] > begun]
    assert not done & {(row.twin, row.page) for row in later.itertuples()}, "asked again"
    # Written down before it is sent: what was cut off may not have been sent, and nothing was
    # sent that is not written down.
    cut = attempts["outcome"].isin(["interrupted", ""])
    assert set(attempts["outcome"]) <= {"answered", "interrupted"}
    assert 0 <= len(attempts) - scene.server.count() <= cut.sum()
    answered = attempts[~cut].groupby(["twin", "page"]).size()
    assert len(answered) == REQUESTS
    assert answered.max() == 1, "paid for twice"
    if cut.any():
        assert "may have been billed" in " ".join(run.notes)
        assert "may have been billed" in "".join(
            path.read_text() for path in scene.commands.folder.glob("*.err")
        )


@both
def test_one_at_a_time_the_server_counts_exactly_what_is_written_down(
    scene: Scene, study: ModuleType, tmp_path: Path, spec: str
) -> None:
    ledger = tmp_path / "run"
    started = scene.run(spec, ledger, "--no-cache", "--concurrency", "1")
    pid = started.pid
    scene.trigger.arm(11, lambda: os.kill(pid, signal.SIGKILL))
    assert started.wait() == -signal.SIGKILL
    run = load_run(ledger)
    assert len(run.attempts()) == scene.server.count() == 11
    assert list(run.attempts()["outcome"]).count("") == 1
    assert scene.commands.start("resume", ledger).wait() == 0
    run = load_run(ledger)
    study.right(run, scene.study)
    assert len(run.attempts()) == scene.server.count()
    assert list(run.attempts()["outcome"]).count("interrupted") == 1
    assert scene.server.count() == REQUESTS + 1


@both
def test_answers_that_only_the_cache_has_are_not_paid_for_again(
    scene: Scene, study: ModuleType, tmp_path: Path, spec: str
) -> None:
    """A page is recorded when it is whole; what came in before that is in the cache."""
    ledger = tmp_path / "run"
    started = scene.run(spec, ledger, "--concurrency", "2", "--per-call", "1")
    pid = started.pid
    scene.trigger.arm(20, lambda: os.kill(pid, signal.SIGKILL))
    assert started.wait() == -signal.SIGKILL
    assert scene.commands.start("resume", ledger).wait() == 0
    run = load_run(ledger)
    study.right(run, scene.study)
    cut = (run.attempts()["outcome"] == "interrupted").sum()
    assert cut >= 1
    assert scene.server.count() <= 4 * PEOPLE + cut


# --- Ctrl-C -------------------------------------------------------------------------------------


def interrupted(scene: Scene, spec: str, ledger: Path, *, hang: bool = False) -> tuple[int, str]:
    """Run a command and press Ctrl-C in the middle; its exit code, and what it said.

    For one of the SDKs it is started as its users start it.
    """
    more = ("--no-cache", "--concurrency", "4")
    options = scene.arguments(spec, ledger, *more)
    when: list[float] = []
    whole: subprocess.Popen[str] | None = None
    started: Any = None
    if spec == SPECS[0]:
        whole = subprocess.Popen(
            [sys.executable, "-c", "from understudy.cli import main; main()", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **scene.env},
        )
        pid = whole.pid
    else:
        started = scene.commands.start(*options)
        pid = started.pid

    def interrupt() -> None:
        when.append(time.monotonic())
        os.kill(pid, signal.SIGINT)

    scene.trigger.arm(14 if hang else 10, interrupt)
    if whole is not None:
        said, _ = whole.communicate()
        code = whole.returncode
    else:
        code = started.wait()
        said = started.said()
    assert time.monotonic() - when[0] < 5.0
    return code, said


@both
def test_ctrl_c_lets_what_is_under_way_finish(
    scene: Scene, study: ModuleType, tmp_path: Path, spec: str
) -> None:
    ledger = tmp_path / "run"
    code, said = interrupted(scene, spec, ledger)
    assert code == 130, said
    assert "Traceback" not in said
    assert f"understudy resume {ledger}" in said
    stopped = load_run(ledger)
    assert not stopped.complete
    assert set(stopped.attempts()["outcome"]) == {"answered"}, "nothing was cut off"
    assert len(stopped.attempts()) == scene.server.count()
    assert not Path(f"{ledger}-wal").exists(), "the ledger was closed in good order"
    held = recorded(stopped)
    assert scene.commands.start("resume", ledger).wait() == 0
    run = load_run(ledger)
    study.right(run, scene.study)
    assert held.items() <= recorded(run).items()
    assert len(run.attempts()) == scene.server.count() == REQUESTS


@both
def test_ctrl_c_does_not_wait_for_a_server_that_hangs(
    scene: Scene, study: ModuleType, tmp_path: Path, spec: str
) -> None:
    ledger = tmp_path / "run"
    scene.server.script(*["ok"] * 10)
    scene.server.script("hang", times=None)
    code, said = interrupted(scene, spec, ledger, hang=True)
    assert code == 130, said
    assert "Traceback" not in said
    stopped = load_run(ledger)
    assert scene.server.count() == len(stopped.attempts()) == 14
    assert list(stopped.attempts()["outcome"]).count("interrupted") == 4
    scene.server.behave()
    assert scene.commands.start("resume", ledger).wait() == 0
    run = load_run(ledger)
    study.right(run, scene.study)
    assert len(run.attempts()) == scene.server.count() == REQUESTS + 4


# --- money --------------------------------------------------------------------------------------


@both
def test_a_budget_that_is_reached_is_exit_4_and_a_higher_one_goes_on(
    scene: Scene, study: ModuleType, tmp_path: Path, spec: str
) -> None:
    ledger = tmp_path / "run"
    started = scene.run(spec, ledger, "--no-cache", "--budget", "0.001")
    assert started.wait() == 4, started.said()
    assert "the budget of $" in started.said()
    assert "understudy resume" in started.said()
    stopped = load_run(ledger)
    paid = scene.server.count()
    assert 0 < paid == len(stopped.attempts()) < REQUESTS
    # The same budget again: what was set aside for calls that cost less is spent, and no more.
    assert scene.commands.start("resume", ledger).wait() == 4
    assert paid <= scene.server.count() < REQUESTS
    assert load_run(ledger).cost <= 0.001 * 1.02
    assert scene.commands.start("resume", ledger, "--budget", "1").wait() == 0
    run = load_run(ledger)
    study.right(run, scene.study)
    assert scene.server.count() == len(run.attempts()) == REQUESTS
