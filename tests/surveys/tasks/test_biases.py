"""Heuristics and biases: scripted players, arms in the wording, impossible parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from understudy.data.errors import UnderstudyError
from understudy.surveys.tasks import make_task, task_names, task_type
from understudy.surveys.tasks.reference import estimate
from understudy.surveys.tasks.task import Family


def test_framing(play: Any) -> None:
    for frame in ("gain", "loss"):
        assert play("gain_loss_framing", arms={"frame": frame}, choice=1) == {"risky": 0.0}
        assert play("gain_loss_framing", arms={"frame": frame}, choice=2) == {"risky": 1.0}


def test_sunk_cost(play: Any) -> None:
    assert play("sunk_cost", arms={"ticket": "paid"}, go=9) == {"go": 9.0}
    with pytest.raises(AssertionError, match="above the highest"):
        play("sunk_cost", arms={"ticket": "free"}, go=10)


def test_mental_accounting(play: Any) -> None:
    assert play("mental_accounting", arms={"lost": "ticket"}, choice=2) == {"buy": 0.0}
    assert play("mental_accounting", arms={"lost": "cash"}, choice=1) == {"buy": 1.0}


def test_relative_savings(play: Any) -> None:
    assert play("relative_savings", arms={"reduced": "cheap"}, choice=1) == {"trip": 1.0}
    assert play("relative_savings", arms={"reduced": "dear"}, choice=2) == {"trip": 0.0}


def test_sellers_and_buyers(play: Any) -> None:
    assert play("endowment_effect", arms={"role": "seller"}, price=7.25) == {"price": 7.25}
    assert play("endowment_effect", arms={"role": "buyer"}, price=0) == {"price": 0.0}
    with pytest.raises(AssertionError, match=r"steps of 0\.25"):
        play("endowment_effect", arms={"role": "buyer"}, price=0.1)


def test_defaults(play: Any) -> None:
    assert play("default_option", arms={"default": "opt_in"}, choice=2) == {"donor": 0.0}
    assert play("default_option", arms={"default": "opt_out"}, choice=1) == {"donor": 1.0}


def test_decoys_are_offered_in_one_arm(play: Any) -> None:
    assert play("decoy", arms={"set": "two"}, choice=1) == {"target": 1.0, "dominated": 0.0}
    assert play("decoy", arms={"set": "three"}, choice=3) == {"target": 0.0, "dominated": 1.0}
    with pytest.raises(AssertionError, match="not offered"):
        play("decoy", arms={"set": "two"}, choice=3)


def test_base_rates(play: Any) -> None:
    found = play("base_rate_neglect", arms={"engineers": "many"}, bland=70, typical=85)
    assert found == {"bland": 70.0, "typical": 85.0}


def test_conjunctions(play: Any) -> None:
    found = play("conjunction", arms={"statement": "whole"}, rated=5, choice=2)
    assert found == {"rated": 5.0, "fallacy": 1.0}
    assert play("conjunction", arms={"statement": "part"}, rated=2, choice=1)["fallacy"] == 0


def test_outcomes_and_omissions(play: Any) -> None:
    assert play("outcome_bias", arms={"outcome": "failure"}, quality=4) == {"quality": 4.0}
    assert play("omission_bias", arms={"conduct": "omission"}, wrong=6) == {"wrong": 6.0}


def test_denominators(play: Any) -> None:
    assert play("denominator_neglect", arms={"chances": "near"}, choice=2) == {"large": 1.0}
    best = make_task("denominator_neglect").best({"chances": "far"})
    assert play("denominator_neglect", arms={"chances": "far"}, **best) == {"large": 0.0}


def test_less_is_more_and_better(play: Any) -> None:
    found = play("less_is_more", arms={"otherwise": "loss"}, attractive=15)
    assert found == {"attractive": 15.0}
    assert play("less_is_better", arms={"gift": "coat"}, generous=4) == {"generous": 4.0}


def test_proportions(play: Any) -> None:
    found = play("proportion_dominance", arms={"saved": "nearly_all"}, support=14)
    assert found == {"support": 14.0}


def test_consensus_is_scored_by_ones_own_side(play: Any) -> None:
    signing = play("false_consensus", choice=1, others=80)
    assert signing == {"sign": 1.0, "if_signing": 80.0, "if_refusing": None, "own_side": 80.0}
    refusing = play("false_consensus", choice=2, others=30)
    assert refusing == {"sign": 0.0, "if_signing": None, "if_refusing": 30.0, "own_side": 70.0}


def test_half_an_answer_is_half_a_score() -> None:
    found = make_task("false_consensus").score({"choice": None, "others": 30.0}, {})
    assert set(found.values()) == {None}
    found = make_task("conjunction").score({"rated": 3.0}, {})
    assert found == {"rated": 3.0, "fallacy": None}


def test_bans(play: Any) -> None:
    assert play("myside", arms={"car": "theirs"}, rated=4) == {"rated": 4.0, "ban": 1.0}
    assert play("myside", arms={"car": "ours"}, rated=3) == {"rated": 3.0, "ban": 0.0}


WORDS = {
    "gain_loss_framing": {"gain": "200 people will be saved", "loss": "400 people will die"},
    "sunk_cost": {"paid": "paid a good deal", "free": "paid nothing"},
    "mental_accounting": {"ticket": "another ticket", "cash": "$10 in cash"},
    "relative_savings": {"cheap": "a lamp for $30", "dear": "a lamp for $250"},
    "endowment_effect": {"seller": "would sell", "buyer": "would buy"},
    "default_option": {"opt_in": "not registered", "opt_out": "registered as a donor now"},
    "base_rate_neglect": {"few": "30 engineers and 70", "many": "70 engineers and 30"},
    "conjunction": {"whole": "women's movement"},
    "outcome_bias": {"success": "recovered", "failure": "died"},
    "omission_bias": {"act": "recommends", "omission": "says nothing"},
    "denominator_neglect": {"near": "9 of them red", "far": "5 of them red"},
    "less_is_more": {"nothing": "you win nothing", "loss": "you lose $0.05"},
    "less_is_better": {"scarf": "woollen scarf for $45", "coat": "woollen coat for $55"},
    "proportion_dominance": {"number": "save 150 lives", "nearly_all": "save 98% of 150 lives"},
    "myside": {"theirs": "German car", "ours": "American car"},
}


@pytest.mark.parametrize("name", WORDS)
def test_arms_stand_in_the_wording(name: str, lab: Any) -> None:
    task = make_task(name)
    (condition,) = task.conditions()
    read: dict[str, str] = {}
    for arm in condition.arms:
        decided = lab.decide(task, 0, {condition.name: arm})

        def answer(shown: Any, arm: str = arm, decided: Any = decided) -> Any:
            read[arm] = read.get(arm, "") + shown.text
            return {v.name: decided[task.local(v.name)] for v in shown.variables}

        lab.walk_through(task, answer, {condition.name: arm})
    assert len(set(read.values())) == len(condition.arms)
    for arm, words in WORDS[name].items():
        assert words in read[arm]


IMPOSSIBLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gain_loss_framing", {"saved": 600}),
    ("mental_accounting", {"price": 0}),
    ("relative_savings", {"saving": 40}),
    ("relative_savings", {"minutes": 0}),
    ("endowment_effect", {"step": 0.3}),
    ("endowment_effect", {"thing": " "}),
    ("decoy", {"decoy": [2.0, 80]}),
    ("decoy", {"decoy": [3.0, 40]}),
    ("decoy", {"target": [1.0, 70]}),
    ("decoy", {"rival": [0, 50]}),
    ("base_rate_neglect", {"few": 50}),
    ("outcome_bias", {"risk": 1.2}),
    ("outcome_bias", {"years": 0}),
    ("denominator_neglect", {"near": 10}),
    ("denominator_neglect", {"small": [0, 10]}),
    ("denominator_neglect", {"prize": -1}),
    ("less_is_more", {"loss": 10}),
    ("less_is_more", {"chances": [36, 36]}),
    ("less_is_better", {"coat": 40}),
    ("less_is_better", {"scarf": 55, "scarves": [5, 60]}),
    ("proportion_dominance", {"most": 0.99}),
    ("proportion_dominance", {"lives": 0}),
    ("myside", {"abroad": "the United States"}),
    ("myside", {"ours": ""}),
    ("myside", {"times": 1}),
)


@pytest.mark.parametrize(("name", "given"), IMPOSSIBLE)
def test_impossible_parameters_are_one_sentence(name: str, given: dict[str, Any]) -> None:
    with pytest.raises(UnderstudyError, match=f"^task {name}: ") as refused:
        make_task(name, **given)
    assert "\n" not in str(refused.value)


def test_other_designs_have_no_published_figures() -> None:
    task = make_task("mental_accounting", price=25, unit="€")
    assert "€25" in task.named.pages[0][0].text
    assert task.people() == ()


ARMED = [
    name
    for name in task_names()
    if task_type(name).family is Family.BIASES and make_task(name).conditions()
]


@pytest.mark.parametrize("name", ARMED)
def test_the_treatment_moves_parametric_people_as_published(name: str, lab: Any) -> None:
    """In the published direction, where one is published."""
    task = make_task(name)
    found = lab.population(task)
    effects = [one for one in task.people() if one.against]
    for one in effects:
        value = estimate(one, found.scores[one.measure], found.arms)
        assert value is not None
        assert value > 1 if one.statistic == "ratio" else value > 0, one.wording
    if not effects:
        (condition,) = task.conditions()
        dealt = np.array(found.arms[condition.name])
        gaps = []
        for scores in found.scores.values():
            means = [np.nanmean(scores[dealt == arm]) for arm in condition.arms]
            gaps.append((max(means) - min(means)) / np.nanstd(scores))
        assert max(gaps) > 0.1
