"""One scorecard less another: paired differences with intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
import pytest

from understudy.compare.card import Scorecard
from understudy.compare.differences import differences
from understudy.compare.differences_text import differences_to_markdown
from understudy.compare.references import BEST_GUESS
from understudy.compare.scorecard import compare
from understudy.data.errors import ComparisonError, UnknownNameError
from understudy.data.panel import Panel

MakePanel = Callable[..., Panel]
quick = partial(compare, bootstrap=200, splits=5)


class Study(Protocol):
    human: Panel
    retest: Panel
    twin: Panel
    other: Panel


@pytest.fixture(scope="module")
def good(study: Study) -> Scorecard:
    return quick(study.twin, study.human)


@pytest.fixture(scope="module")
def poor(study: Study) -> Scorecard:
    return quick(study.other, study.human)


def test_a_scorecard_less_itself_is_nothing(good: Scorecard) -> None:
    found = good - good
    assert all(gap.estimate == 0 for gap in found.overall)
    assert all(gap.interval == (0, 0) for gap in found.overall)
    assert all(gap.favours == -1 for gap in found.overall)
    assert all(value == 0 for item in found.items for value in item.estimates.values())


def test_the_better_side_is_found_and_said_whichever_comes_first(
    good: Scorecard, poor: Scorecard
) -> None:
    ahead, behind = good - poor, poor - good
    gap = ahead.headline("pearson")
    assert gap.estimate > 0.1
    assert gap.interval[0] > 0
    assert (gap.favours, behind.headline("pearson").favours) == (0, 1)
    assert behind.headline("pearson").estimate == pytest.approx(-gap.estimate)
    assert behind.headline("pearson").interval == pytest.approx(
        (-gap.interval[1], -gap.interval[0])
    )
    assert ahead.verdict[0].startswith("A tells persons apart better: r +")
    assert behind.verdict[0].startswith("B tells persons apart better: r −")


def test_values_are_those_of_the_cells_both_hold(study: Study, good: Scorecard) -> None:
    kept = {"q1", "q2", "party", "give", "group"}
    part = quick(study.other.select(n for n in study.other.names if n in kept), study.human)
    found = good - part
    assert [item.name for item in found.items] == ["q1", "q2", "party", "give"]
    assert "4 items are in one scorecard only" in found.notes[0]
    twin, other = study.twin.numbers("q1"), study.other.numbers("q1")
    human = study.human.numbers("q1")
    both = ~np.isnan(twin + other + human)
    expected = np.corrcoef(twin[both], human[both])[0, 1]
    expected -= np.corrcoef(other[both], human[both])[0, 1]
    assert found["q1"].n == both.sum()
    assert found["q1"].estimates["pearson"] == pytest.approx(expected, abs=1e-12)
    assert math.isnan(found["party"].estimates.get("pearson", math.nan))


def test_best_guesses_are_set_against_best_guesses(study: Study) -> None:
    first = quick(study.other, study.human, references={BEST_GUESS: study.twin})
    second = quick(study.other, study.human, references={BEST_GUESS: study.other})
    found = first - second
    assert found.headline("pearson").estimate == 0
    assert found.headline("pearson", BEST_GUESS).favours == 0
    assert "as best guess" in found.verdict[0]
    with pytest.raises(UnknownNameError):
        found.headline("wasserstein", BEST_GUESS)
    alone = quick(study.other, study.human)
    assert any("only the second scorecard has a best guess" in n for n in (alone - first).notes)


def test_people_in_one_scorecard_only_are_left_out(study: Study, good: Scorecard) -> None:
    some = study.human.people(study.human.persons[:100])
    found = good - quick(study.other, some)
    assert found.people == 100
    assert any("50 people are in one scorecard only" in note for note in found.notes)


def test_other_answers_of_the_people_are_said(study: Study, good: Scorecard) -> None:
    found = good - quick(study.twin, study.retest)
    assert any("each side is scored against its own" in note for note in found.notes)


def test_what_cannot_be_subtracted_is_refused_in_a_sentence(
    study: Study, good: Scorecard, make_panel: MakePanel
) -> None:
    import dataclasses

    strangers = make_panel({"q1": [1, 2, 3, 4, 5]}, persons=list("abcde"))
    with pytest.raises(ComparisonError, match="no person in common: one begins with 'p0'"):
        good - quick(strangers, strangers)
    elsewhere = make_panel({"z": [1.0, 2.0, 3.0]})
    with pytest.raises(ComparisonError, match="no item in common"):
        good - quick(elsewhere, elsewhere)
    with pytest.raises(ComparisonError, match="without its answers"):
        good - dataclasses.replace(good, evidence=None)
    with pytest.raises(TypeError):
        good - 3


def test_plain_data_frames_and_words(good: Scorecard, poor: Scorecard) -> None:
    found = differences(good, poor, names=("opus", "<b>haiku"))
    assert repr(found).startswith("<Differences opus − <b>haiku: 150 people × 8 items, accuracy +")
    assert len(repr(found)) < 120
    text = found._repr_html_()
    assert "&lt;b&gt;haiku" in text
    assert "<b>haiku" not in text
    assert "opus tells persons apart better" in text
    frame = found.to_pandas()
    assert list(frame.index) == [item.name for item in found.items]
    assert frame.loc["q1", "pearson"] == found["q1"].estimates["pearson"]
    assert (
        tuple(frame.loc["q1", ["pearson_low", "pearson_high"]]) == found["q1"].intervals["pearson"]
    )
    again: dict[str, Any] = json.loads(json.dumps(found.to_json()))
    assert again["names"] == ["opus", "<b>haiku"]
    assert "| Accuracy |" in differences_to_markdown(found)


def test_evidence_is_no_part_of_the_plain_data(good: Scorecard) -> None:
    assert "evidence" not in good.to_json()
    json.dumps(good.to_json())


def test_without_a_bootstrap_nothing_is_claimed(study: Study) -> None:
    card, other = (
        compare(p, study.human, bootstrap=0, splits=2) for p in (study.twin, study.other)
    )
    found = card - other
    assert math.isnan(found.headline("pearson").interval[0])
    assert found.verdict[0].startswith("A less B: r +")
    assert found.verdict[0].endswith("no interval")


def test_the_interval_covers_no_difference_as_often_as_it_says(make_panel: MakePanel) -> None:
    """60 worlds in which both sides are equally good; a 90% interval misses 0 in about 6."""
    rng = np.random.default_rng(5)
    misses = 0
    for _ in range(60):
        trait = rng.normal(size=(120, 2))

        def seen(trait: Any = trait) -> Panel:
            noisy = np.clip(np.round(3 + trait + rng.normal(size=trait.shape)), 1, 5)
            return make_panel({"a": noisy[:, 0], "b": noisy[:, 1]})

        human = seen()
        cards = [compare(seen(), human, bootstrap=200, splits=0, level=0.9) for _ in range(2)]
        low, high = (cards[0] - cards[1]).headline("pearson").interval
        misses += not low <= 0 <= high
    assert 1 <= misses <= 13
