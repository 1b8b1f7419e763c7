"""The critic: calibrated on planted faults, by rule and by a model, and never on a guess."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from understudy.backstories import Critic, Fault, Situation
from understudy.backstories.critic.calibration import calibrate, load_planted, wilson
from understudy.backstories.critic.critic import read_findings
from understudy.backstories.critic.faults import CRITIC_FAULTS
from understudy.data.errors import UnreadableFileError

Command = Callable[..., tuple[int, str, str]]
STORY = Situation(asked="Please tell me the story of your life.")


def test_the_planted_set_is_large_and_has_both_kinds() -> None:
    planted = load_planted()
    assert len(planted) >= 180
    assert sum(not one.faults for one in planted) >= 60
    for fault in CRITIC_FAULTS:
        assert sum(fault in one.faults for one in planted) >= 10
    assert len({one.answer for one in planted}) == len(planted)


def test_rules_alone_find_most_planted_faults_and_leave_clean_answers_alone() -> None:
    found = calibrate()
    assert found.by == "rules"
    assert (found.overall.sensitivity or 0) >= 0.9
    assert (found.overall.specificity or 0) >= 0.9
    for row in found.rows[:-1]:
        assert (row.sensitivity or 0) >= 0.75, row
        assert (row.specificity or 0) >= 0.97, row
    wrong = sum(row.planted - row.found + row.wrong for row in found.rows[:-1])
    assert len(found.misses) == wrong


def test_a_model_reads_what_the_rules_let_pass(spoken: Callable[..., str]) -> None:
    asked: list[str] = []

    def speak(request: Any) -> str:
        text = request.turns[-1].text
        asked.append(text)
        if "best film ever made" in text.rpartition("Answer to be judged")[2]:
            return '{"faults": [{"fault": "irrelevant", "quote": "the best film ever made"}]}'
        return '{"faults": [{"fault": "code", "quote": "this stands nowhere in it"}]}'

    spec = spoken(speak)
    alone, both = calibrate(), calibrate(spec=spec)
    assert both.by == f"rules, then {spec}"
    assert both.of(Fault.IRRELEVANT).found == alone.of(Fault.IRRELEVANT).found + 1
    # A fault without a quotation out of the answer is held against nobody.
    assert both.of(Fault.CODE) == alone.of(Fault.CODE)
    assert 0 < len(asked) < 188


def test_calibration_is_printed_by_a_command(understudy: Command, tmp_path: Path) -> None:
    code, out, _ = understudy("backstories", "critic", "--calibrate")
    assert code == 0
    assert "sensitivity" in out
    assert "any fault" in out
    code, out, _ = understudy("backstories", "critic", "--calibrate", "--json")
    assert {row["fault"] for row in json.loads(out)["faults"]} == {
        *map(str, CRITIC_FAULTS),
        "any fault",
    }
    own = tmp_path / "own.yaml"
    own.write_text(
        "questions: {q: [How are you?]}\nexamples:\n- {ask: q, answer: I am fine.}\n"
        "- {ask: q, faults: [code], answer: '```x```'}\n"
    )
    code, out, _ = understudy("backstories", "critic", "--planted", own, "--missed")
    assert code == 0
    assert "2 planted answers, 1 of them clean" in out
    own.write_text("questions: {q: [Hm?]}\nexamples:\n- {ask: q, faults: [coed], answer: x}\n")
    code, _, err = understudy("backstories", "critic", "--planted", own)
    assert code == 1
    assert "own.yaml, line 3" in err
    assert understudy("backstories", "critic")[0] == 2


def test_planted_files_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("questions: {q: [Hm?]}\nexamples:\n- {ask: r, answer: x}\n")
    with pytest.raises(UnreadableFileError, match="ask 'r' means nothing here; there are q"):
        load_planted(path)


def test_wilson_intervals() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert wilson(0, 5)[0] == pytest.approx(0.0)
    assert wilson(5, 5)[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        "…",
        "?!",
        "\ud800",
        "a" * 100_000,
        "(" * 5_000,
        "I am " * 5_000,
        "\n".join(["- x"] * 3_000),
        '"' * 999,
        "[note " * 2_000,
    ],
)
def test_no_text_breaks_it_or_takes_it_long(text: str) -> None:
    found = Critic().check(text, STORY)
    assert all(isinstance(finding.fault, Fault) for finding in found)
    if not text.strip(" \n…?!("):
        assert [finding.fault for finding in found] == [Fault.EMPTY]


def test_the_same_answer_is_judged_the_same() -> None:
    critic = Critic()
    for one in load_planted():
        assert critic.check(one.answer, one.situation) == critic.check(one.answer, one.situation)


@pytest.mark.parametrize(
    "said",
    [
        "no faults",
        "{}",
        '{"faults": "none"}',
        '{"faults": [3, null, {"fault": 1}]}',
        '{"faults": [{"fault": "nonsense", "quote": "I am fine"}]}',
        '{"faults": [{"fault": "code"}]}',
        '{"faults": [{"fault": "code", "quote": " ,. "}]}',
    ],
)
def test_what_a_model_critic_says_beside_the_point_finds_nothing(said: str) -> None:
    assert read_findings(said, "I am fine.", "m") == ()


def test_what_the_model_is_told_names_nothing_hidden() -> None:
    assert len({fault.told for fault in Fault}) == len(Fault)
    for fault in Fault:
        assert "{" not in fault.told
