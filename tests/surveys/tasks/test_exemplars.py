"""Scripted players of the first tasks, and the scores they get."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from understudy.data.errors import UnderstudyError
from understudy.surveys.respondents.cognition.risky_choice import chance_of_second, features
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.gambles import Gamble
from understudy.surveys.tasks.kirby import CHOICES, LATER, NOW, rate_by_consistency
from understudy.surveys.tasks.problem_file import parse_problems

HEADER = "Problem,Feedback,n,Ha,pHa,La,Hb,pHb,Lb,LotShapeB,LotNumB,Amb,Corr,bRate\n"


def test_dictators(play: Any) -> None:
    assert play("dictator", give=0) == {"share": 0.0}
    assert play("dictator", give=4) == {"share": 0.4}
    assert play(make_task("dictator", endowment=20, step=5), give=5) == {"share": 0.25}
    with pytest.raises(AssertionError, match="above the highest"):
        play("dictator", give=11)


def holt_laury(safe: int) -> dict[str, float]:
    return {f"row_{row}": 1.0 if row <= safe else 2.0 for row in range(1, 11)}


def test_lists_of_gambles(play: Any) -> None:
    neutral = play("holt_laury", **holt_laury(4))
    assert neutral["safe_choices"] == 4
    assert neutral["consistent"] == 1
    # Holt & Laury (2002), table 3: four safe choices mean −.15 < r < .15.
    assert neutral["risk_aversion"] == pytest.approx(0.0, abs=0.02)
    six = play("holt_laury", **holt_laury(6))
    assert six["risk_aversion"] == pytest.approx((0.41 + 0.68) / 2, abs=0.01)
    back = play("holt_laury", **{**holt_laury(4), "row_8": 1.0})
    assert back["consistent"] == 0
    assert back["risk_aversion"] is None
    assert play("holt_laury", **holt_laury(10))["dominated"] == 1


def test_the_risk_neutral_player_takes_four_safe_choices(play: Any) -> None:
    best = make_task("holt_laury").best({})
    assert play("holt_laury", **best)["safe_choices"] == 4


def kirby(rate: float) -> dict[str, float]:
    return {
        f"choice_{number}": LATER if later / (1 + rate * days) > now else NOW
        for number, (now, later, days) in enumerate(CHOICES, 1)
    }


@pytest.mark.parametrize("rate", [0.0002, 0.001, 0.005, 0.02, 0.15])
def test_discounters_get_their_own_rate(play: Any, rate: float) -> None:
    found = play("kirby", **kirby(rate))
    assert found["consistency"] == 1
    assert found["log_k"] == pytest.approx(math.log(rate), abs=0.6)


def test_the_patient_and_the_impatient(play: Any) -> None:
    patient = play("kirby", **dict.fromkeys(kirby(0), LATER))
    assert patient["later"] == 1
    assert math.exp(patient["log_k"]) == pytest.approx(0.00016, rel=0.05)
    impatient = play("kirby", **dict.fromkeys(kirby(0), NOW))
    assert math.exp(impatient["log_k"]) == pytest.approx(0.25, rel=0.05)


def test_one_slip_does_not_move_the_rate() -> None:
    marks = [math.log(k) for k in (0.001, 0.01, 0.1)] * 3
    waits = [rate > math.log(0.03) for rate in marks]
    clean, perfect = rate_by_consistency(marks, waits)
    waits[0] = not waits[0]
    slipped, consistency = rate_by_consistency(marks, waits)
    assert perfect == 1
    assert slipped == clean
    assert consistency == pytest.approx(8 / 9)


def test_estimates_are_taken_as_given(play: Any) -> None:
    script: dict[str, float] = {"everest_compared": 1, "everest": 29000}
    task = make_task("anchoring", quantities=["everest"])
    for arm in ("low", "high"):
        assert play(task, arms={"anchor": arm}, **script) == {"everest": 29000.0}


def test_anchors_stand_in_the_wording(lab: Any) -> None:
    task = make_task("anchoring")
    seen: dict[str, list[str]] = {}
    for arm in ("low", "high"):

        def answer(shown: Any, arm: str = arm) -> Any:
            seen.setdefault(arm, []).append(shown.text)
            return {v.name: (v.codes or (5000.0,))[0] for v in shown.variables}

        lab.walk_through(task, answer, {"anchor": arm})
    assert "2,000 feet" in seen["low"][0]
    assert "45,500 feet" in seen["high"][0]


# --- gambles ------------------------------------------------------------------------------------


def test_choices_between_gambles(play: Any) -> None:
    found = play("two_gamble_choice", p1=2, p2=2, p3=1, p4=1, p5=2, p6=1)
    assert found["b1"] == 1
    assert found["b3"] == 0
    # Expected values of B less A: −1.25, +6.8, +5.5, −7.6, −4.5, and a tie.
    assert found["best_mean"] == pytest.approx(2 / 5)


def test_rounds_with_feedback(play: Any, lab: Any) -> None:
    problem = {"a": {"outcomes": [[3, 1]]}, "b": {"outcomes": [[4, 0.8], [0, 0.2]]}}
    task = make_task("two_gamble_choice", problems=[problem], rounds=3, feedback=True)
    found = play(task, p1_1=2, p1_2=1, p1_3=2)
    assert found == {
        "best_mean": pytest.approx(2 / 3),
        "riskier": pytest.approx(2 / 3),
        "b1": found["b1"],
    }
    texts: list[str] = []

    def answer(shown: Any) -> Any:
        texts.append(shown.text)
        return {v.name: 2.0 for v in shown.variables}

    lab.walk_through(task, answer)
    told = [question.text for question in lab.survey_of(task).written() if not question.variables()]
    assert len(told) == 3
    assert "gamble A paid 3 points" in told[0]


@pytest.mark.parametrize("correlation", [-1, 1])
def test_correlated_luck(correlation: int) -> None:
    fifty = {"outcomes": [[0, 0.5], [10, 0.5]]}
    problem = {"a": fifty, "b": fifty, "correlation": correlation}
    task: Any = make_task("two_gamble_choice", problems=[problem], rounds=20, feedback=True)
    pairs = [task._paid(1, turn) for turn in range(1, 21)]
    assert all((a == b) == (correlation == 1) for a, b in pairs)
    assert len(set(pairs)) == 2


def test_ambiguous_gambles_hide_their_chances() -> None:
    problem = {
        "a": {"outcomes": [[3, 1]]},
        "b": {"outcomes": [[4, 0.8], [0, 0.2]]},
        "ambiguous": True,
    }
    task = make_task("two_gamble_choice", problems=[problem])
    text = task.named.pages[0][0].text
    assert "80" not in text
    assert "unknown chances" in text


def test_features_of_a_pair_of_gambles() -> None:
    """By hand: A 3 for sure, B 4 with .8, else 0."""
    found = features(Gamble.sure(3), Gamble.of(4, 0.8))
    reach = 4.0
    assert found["signEV"] == 1
    assert found["dEVn"] == pytest.approx(0.2 / reach)
    assert found["dEVs"] == pytest.approx(math.tanh(0.2 / 8))
    assert found["dU"] == pytest.approx((2 - 3) / reach)
    assert found["dMin"] == pytest.approx(-3 / reach)
    assert found["sMin"] == -1
    assert found["dMax"] == pytest.approx(1 / reach)
    assert found["dSign"] == pytest.approx(-0.2)
    assert found["win"] == pytest.approx(0.6)
    assert found["dSD"] == pytest.approx(1.6 / reach)
    assert found["dMode"] == pytest.approx(1 / reach)


def test_the_model_orders_choices_as_people_do() -> None:
    sure = Gamble.sure(10)
    chances = [chance_of_second(sure, Gamble.of(30, p)) for p in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert chances == sorted(chances)
    assert chance_of_second(sure, Gamble.sure(12)) > 0.85
    assert chance_of_second(sure, Gamble.sure(8)) < 0.15


def test_problem_files_are_read_as_choices13k_writes_them() -> None:
    """Lotteries of Erev et al. (2017), Appendix A: their mean is Hb whatever their shape."""
    text = HEADER + "".join(
        f"{number},False,16,26,0.95,-1,45,0.75,-36,{shape},{count},False,0,0.59\n"
        for number, (shape, count) in enumerate([(0, 1), (1, 5), (2, 5), (3, 4)], 1)
    )
    plain, symmetric, right, left = parse_problems(text, "p.csv")
    assert dict(plain.a.outcomes) == {26: 0.95, -1: pytest.approx(0.05)}
    for problem in (plain, symmetric, right, left):
        assert problem.b.fault() is None
        assert problem.b.mean == pytest.approx(0.75 * 45 - 0.25 * 36)
    assert [x for x, _ in symmetric.b.merged] == [-36, 43, 44, 45, 46, 47]
    assert [x for x, _ in right.b.merged] == [-36, 41, 43, 47, 55, 71]
    assert [x for x, _ in left.b.merged] == [-36, 34, 42, 46, 48]
    assert (plain.rate, plain.people, plain.feedback) == (0.59, 16, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ha,pHa,La\n1,1,1\n", "p.csv, line 1: the columns Hb, pHb, Lb, LotShapeB, LotNumB are"),
        (HEADER + "1,False,16,26,1.5,-1,45,1,-36,0,1,False,0,0.5\n", "line 2: the probability pHa"),
        (HEADER + "1,False,16,x,1,-1,45,1,-36,0,1,False,0,0.5\n", "'x' under Ha is no number"),
        (HEADER + "1,False,16,2,1,-1,45,1,-36,7,1,False,0,0.5\n", "LotShapeB is 7"),
        (HEADER + "1,perhaps,16,2,1,-1,45,1,-36,0,1,False,0,0.5\n", "neither true nor false"),
        (HEADER, "has no problems"),
    ],
)
def test_bad_problem_files(text: str, said: str) -> None:
    with pytest.raises(UnderstudyError, match=said):
        parse_problems(text, "p.csv")


def test_problems_from_a_file(tmp_path: Path) -> None:
    row = "1,False,16,3,1,3,4,0.8,0,0,1,False,0,0.5\n"
    (tmp_path / "problems.csv").write_text(HEADER + row * 5)
    task: Any = make_task("two_gamble_choice", folder=tmp_path, file="problems.csv", rows=[2, 4])
    assert len(task.problems) == 3
    with pytest.raises(UnderstudyError, match="not among the 5 problems"):
        make_task("two_gamble_choice", folder=tmp_path, file="problems.csv", rows=[2, 9])
    with pytest.raises(UnderstudyError, match="problem"):
        make_task("two_gamble_choice", folder=tmp_path, file="absent.csv")
