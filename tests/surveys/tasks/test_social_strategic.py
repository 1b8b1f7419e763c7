"""Scripted players of the social and strategic tasks, and the scores they get."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from understudy.data.errors import UnderstudyError
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.social_value_orientation import ITEMS


def test_proposers_and_responders(play: Any) -> None:
    fair = play("ultimatum", offering=5, least=3)
    # Of the eleven offers from 0 to 10, eight are 3 or more.
    assert fair == {"offer": 0.5, "lowest": 0.3, "accepted": pytest.approx(8 / 11)}
    assert play("ultimatum", offering=0, least=0)["accepted"] == 1


def replies(accepted: set[int]) -> dict[str, float]:
    return {f"reply_{n}": 1.0 if n in accepted else 2.0 for n in range(6)}


def test_replies_to_each_offer(play: Any) -> None:
    task = make_task("ultimatum", endowment=5, responder="each")
    found = play(task, offering=2, **replies({2, 3, 4, 5}))
    assert found == {"offer": 0.4, "lowest": 0.4, "accepted": pytest.approx(4 / 6), "consistent": 1}
    # Refusing more than half is no contradiction; refusing 2 while accepting 1 is one.
    assert play(task, offering=2, **replies({1, 2, 3}))["consistent"] == 1
    assert play(task, offering=2, **replies({1, 3, 4, 5}))["consistent"] == 0
    nothing = play(task, offering=2, **replies(set()))
    assert nothing["lowest"] is None
    assert nothing["accepted"] == 0


def test_people_refuse_about_as_often_as_published(lab: Any) -> None:
    """Oosterbeek et al. (2004): 16 % of offers are refused."""
    found = lab.population(make_task("ultimatum")).scores
    offers = np.random.default_rng(1).permutation(found["offer"])
    assert 0.12 < float((offers < found["lowest"] - 1e-9).mean()) < 0.20


def test_trustors_and_trustees(play: Any) -> None:
    script = {"back_2": 2, "back_4": 4, "back_6": 6, "back_8": 8, "back_10": 10}
    found = play("trust", send=5, **script)
    assert found == {"sent": 0.5, "returned": pytest.approx(1 / 3)}
    selfish = play("trust", send=0, **dict.fromkeys(script, 0))
    assert selfish == {"sent": 0.0, "returned": 0.0}
    with pytest.raises(AssertionError, match="above the highest"):
        play("trust", send=5, **{**script, "back_2": 7})


def test_contributors(play: Any) -> None:
    assert play("public_goods", give=0) == {"share": 0.0}
    assert play("public_goods", give=15) == {"share": 0.75}


def test_a_higher_return_is_given_more(lab: Any) -> None:
    shares = [
        float(np.nanmean(lab.population(make_task("public_goods", mpcr=mpcr)).scores["share"]))
        for mpcr in (0.3, 0.4, 0.75)
    ]
    assert shares == sorted(shares)
    # Isaac & Walker (1988): 19 % at .3, 57 % at .75.
    assert shares[0] < 0.33
    assert shares[2] > 0.5


def test_dilemmas(play: Any) -> None:
    assert play("prisoners_dilemma", choice=1) == {"cooperates": 1.0}
    assert play("prisoners_dilemma", choice=2) == {"cooperates": 0.0}
    text = make_task("prisoners_dilemma", reward=6).named.pages[0][0].text
    assert "If both choose X, each gets $6." in text


@pytest.mark.parametrize("reward", [3.0, 4.0, 5.0, 6.0])
def test_cooperation_rises_with_what_it_yields(lab: Any, reward: float) -> None:
    task = make_task("prisoners_dilemma", reward=reward)
    (reference,) = task.people()
    low, high = reference.interval
    assert low <= float(lab.population(task).scores["cooperates"].mean()) <= high
    assert make_task("prisoners_dilemma", temptation=8, reward=reward).people() == ()


def pick(value: Any) -> dict[str, float]:
    """The division of each item that is best by `value(mine, theirs)`."""
    found: dict[str, float] = {}
    for number, (mine, theirs) in enumerate(ITEMS, 1):
        worth = [value(a, b) for a, b in zip(mine, theirs, strict=True)]
        found[f"item{number}"] = worth.index(max(worth)) + 1
    return found


def test_orientations(play: Any) -> None:
    """Murphy et al. (2011): angles of ideal types."""
    task = "social_value_orientation"
    altruist = play(task, **pick(lambda mine, theirs: theirs))
    assert altruist["angle"] == pytest.approx(61.39, abs=0.01)
    assert altruist["category"] == 4
    prosocial = play(task, **pick(lambda mine, theirs: mine + theirs - 2 * abs(mine - theirs)))
    assert prosocial["angle"] == pytest.approx(37.48, abs=0.5)
    assert prosocial["category"] == 3
    individualist = play(task, **pick(lambda mine, theirs: mine))
    assert individualist["angle"] == pytest.approx(7.82, abs=0.5)
    assert individualist["category"] == 2
    competitor = play(task, **pick(lambda mine, theirs: mine - theirs))
    assert competitor["angle"] == pytest.approx(-16.26, abs=0.01)
    assert competitor["category"] == 1


def test_onlookers(play: Any) -> None:
    spent = {"spend_0": 15, "spend_10": 10, "spend_20": 5, "spend_30": 0, "spend_40": 0}
    found = play("third_party_punishment", **spent, spend_50=0)
    assert found == {"punishes": 1.0, "for_least": 0.3, "for_half": 0.0}
    idle = play("third_party_punishment", **dict.fromkeys(spent, 0), spend_50=5)
    assert idle == {"punishes": 0.0, "for_least": 0.0, "for_half": 0.1}


def test_punishment_grows_with_unfairness(lab: Any) -> None:
    task = make_task("third_party_punishment")
    decided = [lab.decide(task, number, {}) for number in range(600)]
    means = [float(np.mean([one[f"spend_{x}"] for one in decided])) for x in range(0, 60, 10)]
    assert means == sorted(means, reverse=True)
    assert means[-1] < 1


def test_guessers(play: Any) -> None:
    assert play("beauty_contest", guess=50) == {"guess": 50.0, "steps": 0.0}
    assert play("beauty_contest", guess=33)["steps"] == 1
    assert play("beauty_contest", guess=22)["steps"] == 2
    assert play("beauty_contest", guess=90)["steps"] == 0
    assert play("beauty_contest", guess=0)["steps"] is None


def test_the_cognitive_hierarchy(lab: Any) -> None:
    """Camerer, Ho & Chong (2004): one step answers p·50; two steps, those of none and one."""
    answers: Any = make_task("beauty_contest", p=0.5)._answers  # type: ignore[attr-defined]
    assert answers[:2] == pytest.approx((0.5, 0.25))
    none, one = (math.exp(-1.5) * 1.5**k for k in (0, 1))
    assert answers[2] == pytest.approx(0.5 * (none * 0.5 + one * 0.25) / (none + one))
    low, high = (
        float(lab.population(make_task("beauty_contest", p=p)).scores["guess"].mean())
        for p in (0.5, 0.9)
    )
    assert low < high


def test_fractions_are_written_as_people_write_them() -> None:
    for p, written in ((2 / 3, "2/3"), (0.5, "1/2"), (0.9, "9/10"), (0.37, "0.37")):
        assert (
            f"multiplied by {written}." in make_task("beauty_contest", p=p).named.pages[0][0].text
        )


def test_undercutters(play: Any) -> None:
    assert play("money_request", asked=20) == {"request": 20.0, "steps": 0.0}
    assert play("money_request", asked=17) == {"request": 17.0, "steps": 3.0}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("ultimatum", {"endowment": 0}, "leaves nothing to divide"),
        ("ultimatum", {"step": 0.01, "responder": "each"}, "offers cannot be asked about"),
        ("ultimatum", {"responder": "some"}, "'responder' is one of lowest, each"),
        ("trust", {"asked": [12]}, "12 is no amount that can be sent"),
        ("trust", {"multiplier": 0}, "does not arrive"),
        ("trust", {"asked": [1], "multiplier": 1.5}, "1.5 cannot be divided in steps of 1"),
        ("public_goods", {"mpcr": 0.2}, "makes no dilemma in a group of 4"),
        ("public_goods", {"mpcr": 1.2}, "makes no dilemma"),
        ("prisoners_dilemma", {"reward": 8}, "do not fall from temptation"),
        ("third_party_punishment", {"transfers": [60]}, "nothing to punish"),
        ("third_party_punishment", {"own": 0}, "nothing to punish with"),
        ("beauty_contest", {"p": 1}, "does not lie between 0 and 1"),
        ("money_request", {"lowest": 30}, "leave nothing to choose"),
        ("money_request", {"bonus": 1}, "not worth asking for less"),
    ],
)
def test_impossible_designs(name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UnderstudyError, match=said):
        make_task(name, **given)


def test_odd_sums_are_split_either_way(lab: Any) -> None:
    """Half of 5 is 2 for some and 3 for others, so that rounding leaves the mean alone."""
    task = make_task("dictator", endowment=5)
    share = lab.population(task).scores["share"]
    usual = lab.population(make_task("dictator")).scores["share"]
    assert float(share.mean()) == pytest.approx(float(usual.mean()), abs=0.01)
    # Of 17 % who give half and 19 % who give .3 or .4, to the nearest fifth.
    assert float((share == 0.6).mean()) > 0.08
