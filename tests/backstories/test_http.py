"""Backstories over the real SDKs and HTTP, failures of the provider, and sudden death."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.backstories import load_backstories, write_backstories
from understudy.data.errors import ProviderError

SPECS = ("anthropic:claude-haiku-5-5", "openai:gpt-6-luna")


@pytest.mark.parametrize("spec", SPECS)
def test_both_sdks_write_the_same_stories(
    server: Callable[..., Any], world: ModuleType, tmp_path: Path, spec: str
) -> None:
    running = server()
    found = write_backstories(
        world.made(spec, 5, interviewer="same", critic="same"), tmp_path / "x.bs"
    )
    assert found.counts()["finished"] == 5
    assert running.count() == found.requests
    assert found.cost > 0
    story = found["person-0003"]
    assert story.turns[0].answer == world.answer("- Badge number: 3", story.turns[0].asked)
    assert story.turns[2].asked.startswith("How did the ")
    assert story.turns[0].model == spec


@pytest.mark.parametrize("spec", SPECS)
def test_a_provider_in_trouble_costs_nothing_but_time(
    server: Callable[..., Any], world: ModuleType, tmp_path: Path, spec: str
) -> None:
    running = server()
    for step in ("rate_limited", "overloaded", "drop", "invalid_json"):
        running.script(step, times=None, share=0.08)
    found = write_backstories(world.made(spec, 8), tmp_path / "x.bs")
    assert found.counts()["finished"] == 8
    assert running.count() == found.requests
    assert found.requests > 24


def test_a_wrong_key_ends_it_with_nothing_marked_as_failed(
    server: Callable[..., Any], world: ModuleType, tmp_path: Path
) -> None:
    running = server()
    running.script("denied", times=None)
    path = tmp_path / "x.bs"
    with pytest.raises(ProviderError):
        write_backstories(world.made(SPECS[1], 3), path)
    assert load_backstories(path).counts() == {"open": 3, "finished": 0, "failed": 0}
    running.behave()
    assert write_backstories(world.made(SPECS[1], 3), path).counts()["finished"] == 3


def test_refused_and_cut_off_answers_are_recorded_failures(
    server: Callable[..., Any], world: ModuleType, tmp_path: Path
) -> None:
    running = server()
    running.script("refused", times=None, containing="Badge number: 1")
    running.script("truncated", times=None, containing="Badge number: 2")
    running.script("as_an_ai", times=None, containing="Badge number: 3")
    found = write_backstories(world.made(SPECS[0], 5), tmp_path / "x.bs")
    reasons = [story.reason for story in found.by_twin.values()]
    assert reasons == [
        *("", "question past: refused", "question past: truncated"),
        *("question past: third person or not human", ""),
    ]


def test_what_was_paid_for_is_not_asked_again(
    server: Callable[..., Any], world: ModuleType, tmp_path: Path
) -> None:
    running = server()
    first = write_backstories(world.made(SPECS[0], 3, cache=True), tmp_path / "a.bs")
    second = write_backstories(world.made(SPECS[0], 3, cache=True), tmp_path / "b.bs")
    assert running.count() == first.requests == 9
    assert second.requests == 0
    assert [s.text for s in first.by_twin.values()] == [s.text for s in second.by_twin.values()]


def test_no_key_is_written_down(
    server: Callable[..., Any], world: ModuleType, tmp_path: Path
) -> None:
    running = server()
    running.script("echo_key", times=None)
    path = tmp_path / "x.bs"
    with pytest.raises(ProviderError) as caught:
        write_backstories(world.made(SPECS[1], 2), path)
    assert "sk-planted" not in str(caught.value)
    assert b"sk-planted" not in path.read_bytes()


def test_killed_at_any_moment_no_accepted_turn_is_lost_or_asked_again(
    launching: ModuleType, world: ModuleType, script: Path, tmp_path: Path
) -> None:
    chance, people = random.Random(6), 24
    with launching.launched("--latency", "0.01") as server:
        # A later request holds the earlier questions too, so the last question comes first.
        for question in ("When you look", "And nowadays", "Let us begin"):
            text = world.answer("somebody", question)
            server.script({"text": text}, times=10**6, containing=question)
        path = tmp_path / "x.bs"
        accepted: set[tuple[int, int]] = set()
        cut = 0
        for kill in range(6):
            process = subprocess.Popen(
                [sys.executable, str(script), server.url, str(path), str(people)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "UNDERSTUDY_CACHE": str(tmp_path / "cache")},
            )
            assert process.stdout is not None
            wanted = chance.randrange(1, 12) if kill < 5 else 10**6
            for lines, line in enumerate(process.stdout, 1):
                if line.startswith("done"):
                    break
                _, story, turn = line.split()
                pair = (int(story), int(turn))
                assert pair not in accepted, "an accepted turn was asked again"
                accepted.add(pair)
                if lines == wanted:
                    time.sleep(chance.random() * 0.01)
                    process.send_signal(signal.SIGKILL)
                    break
            rest = process.stdout.read()
            _, said = process.communicate()
            for line in rest.splitlines():
                if line.startswith("accepted"):
                    _, story, turn = line.split()
                    accepted.add((int(story), int(turn)))
            assert process.returncode in (0, -signal.SIGKILL), said
            with contextlib.closing(sqlite3.connect(path)) as reader:
                kept = set(reader.execute("SELECT backstory, turn FROM turns"))
                cut += reader.execute(
                    "SELECT count(*) FROM attempts WHERE outcome = ''"
                ).fetchone()[0]
            assert accepted <= kept, "an accepted turn was lost"
            accepted |= kept
        found = load_backstories(path)
        assert found.counts() == {"open": 0, "finished": people, "failed": 0}
        assert cut > 0
        assert found.unended > 0
        done = server.stats()["completions"]
        # What was under way at a kill may or may not have reached the server.
        assert found.requests - found.unended <= done <= found.requests
        assert json.dumps(found.meta["command"]) == "{}"
