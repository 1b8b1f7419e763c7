"""What stands on a scorecard beside its items, from panels of simulated people."""

from __future__ import annotations

import json
from functools import partial
from typing import Protocol

import numpy as np
import pandas as pd
import pytest

from understudy.compare.scorecard import compare
from understudy.compare.stated import Paradata, Stated
from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.errors import ComparisonError
from understudy.data.panel import Panel

AGREE = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
CODES = (1.0, 2.0, 3.0, 4.0, 5.0)
PEOPLE = 300
NAMES = [f"q{k}" for k in range(6)]
quick = partial(compare, bootstrap=100, splits=4)


class Study(Protocol):
    human: Panel
    retest: Panel
    twin: Panel


def panel(
    answers: np.ndarray, arms: np.ndarray, group: np.ndarray, *, missing: bool = False
) -> Panel:
    gone = (MissingCode(-99.0, Reason.REFUSED),) if missing else ()
    variables = [
        *(
            Variable(
                name=name,
                label=f"Item {name}",
                level=Level.ORDINAL,
                labels=tuple(zip(CODES, AGREE, strict=True)),
                block="one" if k < 3 else "two",
                missing=gone,
            )
            for k, name in enumerate(NAMES)
        ),
        Variable(name="arm_frame", labels=((1.0, "plain"), (2.0, "gain")), role=Role.PARADATA),
        Variable(name="group", labels=((1.0, "A"), (2.0, "B"), (3.0, "C")), role=Role.DEMOGRAPHIC),
    ]
    index = pd.Index([f"p{k}" for k in range(len(answers))], name="person")
    frame = pd.DataFrame(answers, columns=NAMES, index=index)
    frame["arm_frame"], frame["group"] = arms, group
    status = {
        name: np.isnan(answers[:, k]).astype(np.int16) for k, name in enumerate(NAMES) if missing
    }
    return Panel(frame=frame, codebook=Codebook(tuple(variables)), status=status)


@pytest.fixture(scope="module")
def sides() -> tuple[Panel, Panel]:
    """Twins whose effect of the arm is twice the people's, who hang together more, bad in B."""
    rng = np.random.default_rng(2)
    arms = rng.integers(1, 3, PEOPLE).astype(float)
    group = rng.choice([1.0, 2.0, 3.0], PEOPLE, p=[0.48, 0.47, 0.05])
    trait = rng.normal(size=(PEOPLE, 1))
    sizes = np.array([0.0, 0.3, 0.6, 0.0, -0.4, 0.8])
    treated = (arms == 2)[:, None]
    human = 3 + 0.6 * trait + rng.normal(size=(PEOPLE, 6)) + treated * sizes
    own = np.where(group[:, None] == 2, rng.normal(size=(PEOPLE, 1)), trait)
    twin = 3 + 0.9 * own + 0.4 * rng.normal(size=(PEOPLE, 6)) + treated * 2 * sizes
    answers = [np.clip(np.round(side), 1, 5) for side in (human, twin)]
    answers[0][rng.random((PEOPLE, 6)) < 0.06] = np.nan
    return (
        panel(answers[1], arms, group),
        panel(answers[0], arms, group, missing=True),
    )


def test_effects_are_held_against_the_peoples(sides: tuple[Panel, Panel]) -> None:
    card = quick(*sides, by=["group"])
    found = card.effects
    assert found is not None
    assert [c.item for c in found.contrasts] == NAMES
    assert {(c.condition, c.arm, c.against) for c in found.contrasts} == {
        ("frame", "gain", "plain")
    }
    assert found.correlation > 0.9
    assert found.correlation_interval[0] < found.correlation <= found.correlation_interval[1]
    assert 1.4 < found.slope < 3.5
    assert 1.5 < found.delta_slope < 2.6
    # Too little variance makes d larger still.
    assert found.inflation > found.delta_inflation > 1.4
    assert found.other_arm == 0.0
    assert {c.group for c in found.subgroups} == {"A", "B", "C"}
    largest = found.contrasts[5]
    assert largest.same_sign is True
    assert largest.same_verdict is True
    assert largest.human.p <= largest.human.holm < 0.05
    assert largest.human.interval[0] < largest.human.delta < largest.human.interval[1]
    assert largest.ratio == pytest.approx(largest.twin.d / largest.human.d)
    assert "arm_frame" not in [item.name for item in card.items]


def test_arms_of_another_name_are_named_and_too_many_refused(sides: tuple[Panel, Panel]) -> None:
    assert quick(*sides, arms=["group"]).effects is not None
    many = [
        Panel(
            frame=side.frame.assign(group=np.arange(float(PEOPLE))),
            codebook=side.codebook.with_variables([Variable(name="group", role=Role.ITEM)]),
            status=side.status,
        )
        for side in sides
    ]
    with pytest.raises(ComparisonError, match="too many for arms"):
        quick(*many, arms=["group"])


def test_without_arms_there_are_no_effects(study: Study) -> None:
    card = quick(study.twin, study.human)
    assert card.effects is None
    assert card.forecasts is None


def test_structure_shows_twins_of_one_tune(sides: tuple[Panel, Panel]) -> None:
    card = quick(*sides)
    whole, *blocks = card.structure
    assert whole.block == ""
    assert [b.block for b in blocks] == ["one", "two"]
    assert whole.strength_twin > whole.strength_human + 0.2
    assert whole.rms > whole.rms_matched - 0.1 > 0
    assert whole.rms_floor < whole.rms
    assert whole.rms_interval[0] < whole.rms < whole.rms_interval[1]
    assert np.isnan(whole.alpha_human)
    assert blocks[0].alpha_twin > blocks[0].alpha_human
    assert blocks[0].alpha_twin_interval[0] < blocks[0].alpha_twin < 1
    mirrored = quick(sides[1], sides[1]).structure[0]
    assert mirrored.rms == 0.0
    assert mirrored.distance == pytest.approx(0.0, abs=1e-12)


def test_fairness_names_the_worst_served_and_the_too_small(sides: tuple[Panel, Panel]) -> None:
    found = {score.metric: score for score in quick(*sides, by=["group"]).fairness}
    assert found["accuracy"].worst == "B"
    assert found["accuracy"].best == "A"
    assert found["accuracy"].small == ("C",)
    assert found["accuracy"].p < 0.05
    assert 0 < found["accuracy"].chance_gap < found["accuracy"].gap
    low, high = found["pearson"].gap_interval
    assert 0 < low < found["pearson"].gap < high


def test_quality_is_about_persons_and_flags_what_differs(sides: tuple[Panel, Panel]) -> None:
    found = {score.check: score for score in quick(*sides).quality}
    assert found["item_nonresponse"].human == pytest.approx(0.06, abs=0.02)
    assert found["item_nonresponse"].twin == 0.0
    assert found["item_nonresponse"].flag == "the twins answer what people leave unanswered"
    assert found["refusal"].human == found["item_nonresponse"].human
    assert "dont_know" not in found
    lines = found["straight_lining"]
    assert lines.twin > lines.human
    assert lines.gap == pytest.approx(lines.twin - lines.human, abs=0.03)
    assert lines.flag
    assert 0.3 < found["acquiescence"].human < 0.8
    assert found["extreme_response"].n_human == PEOPLE


def paradata(people: Panel) -> Paradata:
    rng = np.random.default_rng(0)
    index = people.frame.index
    tries = pd.DataFrame(1.0, index=index, columns=NAMES)
    tries.iloc[:, 0] = rng.integers(1, 3, PEOPLE)
    order = np.argsort(rng.random((PEOPLE, 6)), axis=1) + 1.0
    place = np.where(rng.random(PEOPLE * 6) < 0.4, 0, rng.integers(0, 5, PEOPLE * 6))
    return Paradata(
        tries=tries,
        positions=pd.DataFrame(order, index=index, columns=NAMES),
        options=pd.DataFrame({"person": np.repeat(index, 6), "place": place, "count": 5}),
        seconds=dict.fromkeys(index, 5.0),
        human_seconds={p: 100.0 if k else 1.0 for k, p in enumerate(index)},
        texts=pd.DataFrame({"why": ["As a parent, I care."] * PEOPLE}, index=index),
        human_texts=pd.DataFrame({"why": [f"because {k}" for k in range(PEOPLE)]}, index=index),
    )


def test_how_answers_came_about_is_looked_at(sides: tuple[Panel, Panel]) -> None:
    card = quick(*sides, paradata=paradata(sides[1]))
    found = {score.check: score for score in card.quality}
    assert found["order_effect"].twin == pytest.approx(0.32, abs=0.05)
    assert found["order_effect"].flag == "the twins are drawn to the option shown first"
    assert abs(found["position_effect"].twin) < 0.1
    assert found["retried"].twin == pytest.approx(0.5 / 6, abs=0.02)
    assert abs(found["retried"].gap) < 0.15
    assert found["speeding"].human == pytest.approx(1 / PEOPLE)
    assert found["duplicates"].twin == 1.0
    assert found["duplicates"].human == 0.0
    assert "repeat each other" in found["duplicates"].flag


def test_stated_probabilities_stand_beside_the_other_peoples_shares(
    sides: tuple[Panel, Panel],
) -> None:
    twin, human = sides
    persons = tuple(human.persons)
    answers = human.frame["q0"].to_numpy()
    right = np.where(np.isnan(answers), 3, answers).astype(int) - 1
    good = 0.1 + 0.5 * np.eye(5)[right]
    shares = np.bincount(right[~np.isnan(answers)], minlength=5) / (~np.isnan(answers)).sum()
    stated = Stated(
        persons,
        {
            "q0": (CODES, good),
            "q1": (CODES[::-1], np.full((PEOPLE, 5), 0.2)),
            "q2": ((7.0, 8.0), np.full((PEOPLE, 2), 0.5)),
            "q3": (CODES, np.tile(shares, (PEOPLE, 1))),
        },
    )
    found = quick(twin, human, stated=stated).forecasts
    assert found is not None
    assert [item.name for item in found.items] == ["q0", "q1", "q3"]
    knowing, flat, common = found.items
    assert knowing.skill > 0.6
    assert flat.skill < 0.05
    assert abs(common.skill) < 0.2
    # Σ p² − 2 p(answer) + 1 = .4 − 1.2 + 1.
    assert knowing.scores["brier"] == pytest.approx(0.2)
    assert knowing.n == int((~np.isnan(answers)).sum())
    assert found.skill_interval[0] < found.skill < found.skill_interval[1]
    assert 0 <= found.scores["ece"] <= 1
    assert sum(b.count for b in found.bins) == pytest.approx(
        sum(item.n for item in found.items), rel=1e-6
    )
    assert quick(twin, human, stated=Stated((), {})).forecasts is None


def test_outcomes_are_tested_and_corrected(sides: tuple[Panel, Panel]) -> None:
    card = quick(*sides)
    counts = {count.name: count for count in card.tests}
    assert counts["pearson"].n_items == 6
    assert counts["pearson"].raw >= counts["pearson"].bh >= counts["pearson"].holm
    test = card["q0"].tests["mean"]
    assert test.p <= test.bh <= test.holm


def test_sections_are_plain_data(sides: tuple[Panel, Panel]) -> None:
    card = quick(*sides, by=["group"], paradata=paradata(sides[1]))
    found = json.loads(json.dumps(card.to_json(), allow_nan=False))
    assert found["effects"]["contrasts"][0]["human"]["n"] > 0
    assert found["structure"][0]["items"] == NAMES
    assert found["fairness"][0]["small"] == ["C"]
    assert {row["check"] for row in found["quality"]} >= {"straight_lining", "retried"}
    assert found["items"][0]["tests"]["mean"]["holm"] is not None


def test_one_person_and_few_people_give_fewer_sections(sides: tuple[Panel, Panel]) -> None:
    twin, human = sides
    alone = quick(twin, human.people(["p0"]), by=["group"])
    assert alone.structure == ()
    assert alone.effects is None
    assert any("One person only" in line for line in alone.warnings)
    assert not any("beat one answer" in line for line in alone.verdict)
    few = quick(twin, human.people([f"p{k}" for k in range(12)]), by=["group"])
    assert few.structure == ()


def test_the_same_scale_counted_from_another_number_is_recoded(sides: tuple[Panel, Panel]) -> None:
    twin, human = sides
    bare = [
        Variable(name=n, level=Level.INTERVAL, range=(1.0, 5.0) if side else None)
        for side, n in ((1, "q0"), (0, "q0"))
    ]
    shifted = Panel(
        frame=twin.frame[["q0"]].clip(1, 5) - 1,
        codebook=Codebook((bare[1],)),
    )
    shifted.frame.iloc[0, 0], shifted.frame.iloc[1, 0] = 0.0, 4.0
    people = Panel(frame=human.frame[["q0"]], codebook=Codebook((bare[0],)))
    with pytest.raises(ComparisonError, match=r"recode the twins: 0 → 1, 1 → 2"):
        quick(shifted, people)


def test_ids_of_two_kinds_are_said_to_be(sides: tuple[Panel, Panel]) -> None:
    twin, human = sides
    numbered = Panel(
        frame=human.frame.set_axis([str(k) for k in range(PEOPLE)]),
        codebook=human.codebook,
        status=human.status,
    )
    with pytest.raises(ComparisonError, match="numbers and the other's are text around the same"):
        quick(twin, numbered)
