"""Scripted players of the tasks of thinking, and the scores they get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from understudy.data.errors import UnderstudyError
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.calibration import FACTS
from understudy.surveys.tasks.reflection import PROBLEMS


def test_the_reflective_and_the_intuitive(play: Any) -> None:
    assert play("reflection", price=3, rate=4, doubling=19) == {"score": 3.0, "intuitive": 0.0}
    assert play("reflection", price=6, rate=60, doubling=10) == {"score": 0.0, "intuitive": 3.0}
    assert play("reflection", price=3, rate=60, doubling=7) == {"score": 1.0, "intuitive": 1.0}


def test_further_problems(play: Any) -> None:
    task = make_task("reflection", problems=["queue", "discount"])
    assert play(task, queue=17, discount=100) == {"score": 1.0, "intuitive": 1.0}
    assert task.people() == ()


def test_answers_of_problems_are_right() -> None:
    """Worked out again from the wording's numbers."""
    right = {problem.name: problem.right for problem in PROBLEMS}
    assert right["price"] + (right["price"] + 20) == 26
    assert right["rate"] == 4 * 60 / 60
    assert 2 ** (20 - right["doubling"]) == 2
    assert right["queue"] == 2 * 9 - 1
    assert right["discount"] == pytest.approx(100 * 1.2 * 0.8)
    assert all(problem.intuitive != problem.right for problem in PROBLEMS)


def test_the_numerate(play: Any) -> None:
    best = make_task("numeracy").best({})
    assert best["spinner"] == 900 * 3 / 6
    assert best["raffle"] == 1000 * 0.02
    assert best["rare"] == 100 * 2 / 1000
    assert best["hundreds"] == 1000 * 0.2
    assert best["percentage"] == 100 * 30 / 100
    assert best["decimal"] == pytest.approx(10_000 * 0.0004)
    assert play("numeracy", **best)["score"] == 6
    off = play("numeracy", **{**best, "rare": 2})
    assert off["score"] == 5
    assert off["rare_right"] == 0


def calibrated(right: int, confidence: float) -> dict[str, float]:
    script: dict[str, float] = {}
    for number, fact in enumerate(FACTS):
        script[fact.name] = fact.right if number < right else 3 - fact.right
        script[f"{fact.name}_sure"] = confidence
    return script


def test_the_sure_and_the_right(play: Any) -> None:
    sure = play("calibration", **calibrated(6, 90))
    assert sure["right"] == pytest.approx(0.6)
    assert sure["overconfidence"] == pytest.approx(0.3)
    # Murphy's decomposition by hand: .6 · .1² + .4 · .9².
    assert sure["brier"] == pytest.approx(0.6 * 0.01 + 0.4 * 0.81)
    guessing = play("calibration", **calibrated(5, 50))
    assert guessing["brier"] == pytest.approx(0.25)
    assert guessing["overconfidence"] == pytest.approx(0)
    assert play("calibration", **calibrated(10, 100))["brier"] == 0


def test_confident_people_are_overconfident(lab: Any) -> None:
    task = make_task("calibration")
    scores = lab.population(task).scores
    traits = np.array([person.standing("confidence") for person in lab.people()])
    assert np.corrcoef(traits, scores["overconfidence"])[0, 1] > 0.15


def turn(cards: set[int], people: set[int]) -> dict[str, float]:
    return {
        **{f"cards_{n}": float(n in cards) for n in range(1, 5)},
        **{f"people_{n}": float(n in people) for n in range(1, 5)},
    }


def test_card_turners(play: Any) -> None:
    usual = play("wason", **turn({1, 3}, {1, 4}))
    assert usual == {"abstract": 0.0, "matching": 1.0, "decisions": 2.0, "contract": 1.0}
    logical = play("wason", **turn({1, 4}, {1, 3}))
    assert logical == {"abstract": 1.0, "matching": 0.0, "decisions": 4.0, "contract": 0.0}
    half = play("wason", **turn({1}, {1, 4}))
    assert half["decisions"] == 3


def test_one_version_alone(play: Any) -> None:
    task = make_task("wason", versions=["contract"])
    assert play(task, **{k: v for k, v in turn(set(), {1, 4}).items() if "people" in k}) == {
        "contract": 1.0
    }


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("reflection", {"problems": []}, "no problem to solve"),
        ("reflection", {"problems": ["bat"]}, "there is no problem 'bat'"),
        ("reflection", {"problems": ["rate", "rate"]}, "asked twice"),
        ("wason", {"versions": ["modern"]}, "there is no version 'modern'"),
        ("wason", {"versions": []}, "no rule to test"),
    ],
)
def test_impossible_designs(name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UnderstudyError, match=said):
        make_task(name, **given)
