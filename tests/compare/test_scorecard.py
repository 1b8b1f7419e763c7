"""Panels in, scorecard out."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
import pytest

from understudy.compare import metrics
from understudy.compare.scorecard import Scorecard, compare
from understudy.data.codebook import Level, MissingCode, Reason, Role, Variable
from understudy.data.errors import ComparisonError, UnknownNameError
from understudy.data.panel import Panel

NAN = np.nan
MakePanel = Callable[..., Panel]
MakeItem = Callable[..., Variable]
quick = partial(compare, bootstrap=100, splits=20)


class Study(Protocol):
    human: Panel
    retest: Panel
    twin: Panel
    other: Panel


@pytest.fixture(scope="module")
def card(study: Study) -> Scorecard:
    return quick(
        study.twin,
        study.human,
        retest=study.retest,
        by=["group"],
        references={"second": study.other},
        seed=3,
    )


def test_every_item_has_scores_references_floor_and_ceiling(card: Scorecard, study: Study) -> None:
    assert [item.name for item in card.items] == [*(f"q{k}" for k in range(6)), "party", "give"]
    q0 = card["q0"]
    h, t, r = (p.numbers("q0") for p in (study.human, study.twin, study.retest))
    assert q0.accuracy == pytest.approx(float(metrics.accuracy(t, h, 1, 5)))
    assert q0.exact == pytest.approx(float(metrics.exact_agreement(t, h)))
    assert q0.pearson == pytest.approx(float(metrics.pearson(t, h)))
    assert q0.spearman == pytest.approx(float(metrics.spearman(t, h)))
    assert q0.sd_ratio == pytest.approx(float(metrics.sd_ratio(t, h)))
    assert q0.retest_accuracy == pytest.approx(float(metrics.accuracy(r, h, 1, 5)))
    assert set(q0.references) == {"constant", "marginal", "shuffled", "second"}
    assert 0 < q0.split_half < 0.2
    assert q0.n < q0.n_human < 150
    assert q0.human_missing == {"refused": 150 - q0.n_human}
    assert card["party"].distance_name == "total_variation"
    with pytest.raises(UnknownNameError, match="did you mean"):
        card["q01"]


def test_normalised_accuracy_uses_the_cells_all_three_hold(card: Scorecard, study: Study) -> None:
    h, t, r = (p.numbers("q0") for p in (study.human, study.twin, study.retest))
    held = ~np.isnan(h + t + r)
    ratio = metrics.accuracy(t[held], h[held], 1, 5) / metrics.accuracy(r[held], h[held], 1, 5)
    assert card["q0"].normalised_accuracy == pytest.approx(float(ratio))


def test_headlines_average_the_items(card: Scorecard) -> None:
    accuracy = card.headline("accuracy")
    mean = np.mean([item.accuracy for item in card.items])
    assert accuracy.estimate == pytest.approx(mean)
    assert accuracy.interval[0] < mean < accuracy.interval[1]
    assert accuracy.n_items == 8
    constant = np.mean([item.references["constant"]["accuracy"] for item in card.items])
    assert accuracy.references["constant"] == pytest.approx(constant)
    assert card.headline("pearson").n_items == 7
    assert np.isnan(card.headline("pearson").references["constant"])
    assert card.headline("sd_ratio").references["constant"] == 0.0
    with pytest.raises(UnknownNameError):
        card.headline("acuracy")


def test_position_lies_between_knowing_nothing_and_the_retest(card: Scorecard) -> None:
    row = card.headline("accuracy")
    base = max(row.references["constant"], row.references["marginal"])
    assert row.position == pytest.approx((row.estimate - base) / (row.retest - base))
    distance = card.headline("wasserstein")
    worst = distance.references["constant"]
    expected = (worst - distance.matched) / (worst - distance.floor)
    assert distance.position == pytest.approx(expected)


def test_shuffled_persons_keep_the_distribution_and_lose_the_person(card: Scorecard) -> None:
    assert card.headline("pearson").estimate > 0.2
    assert abs(card.headline("pearson").references["shuffled"]) < 0.05
    row = card.headline("wasserstein")
    assert row.references["shuffled"] == pytest.approx(row.estimate, abs=1e-12)
    assert any("say nothing about individuals" in line for line in card.verdict)


def test_a_further_respondent_is_subtracted_person_by_person(card: Scorecard) -> None:
    gap = next(d for d in card.differences if (d.reference, d.metric) == ("second", "pearson"))
    assert gap.interval[0] < gap.estimate < gap.interval[1]
    assert any(line.startswith("Twins beat the second respondent") for line in card.verdict)


def test_twins_beaten_by_a_respondent_are_told_so(study: Study) -> None:
    found = quick(study.other, study.human, references={"statistical": study.twin})
    assert any("Twins do not beat the statistical respondent" in s for s in found.verdict)
    assert any(s.startswith("There is no retest") for s in found.verdict)


def test_twins_who_are_the_people_score_everything(study: Study) -> None:
    found = quick(study.human, study.human, retest=study.human)
    assert found.headline("accuracy").estimate == 1.0
    assert found.headline("pearson").estimate == pytest.approx(0.9999)
    assert found.headline("wasserstein").estimate == 0.0
    assert found.headline("ratio_of_means").estimate == 1.0
    assert found.headline("accuracy").position == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_card_and_another_seed_another(study: Study) -> None:
    def run(seed: int) -> str:
        return json.dumps(quick(study.twin, study.human, seed=seed).to_json())

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_weights_of_one_change_nothing(study: Study, make_panel: MakePanel) -> None:
    weight = Variable(name="w", level=Level.INTERVAL, role=Role.WEIGHT)
    frame = study.human.frame.assign(w=1.0)
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    variables = [*study.human.codebook, weight]
    weighted = make_panel(columns, variables, notes=("synthetic",), status=study.human.status)
    plain = quick(study.twin, study.human).to_json()
    assert quick(study.twin, weighted).to_json() == plain


def test_subgroups_have_people_intervals_and_a_warning_when_small(
    card: Scorecard, study: Study
) -> None:
    big, small = card.groups
    assert (big.label, small.label) == ("A", "B")
    assert big.n + small.n == 150
    assert (big.small, small.small) == (False, True)
    value, low, high = big.scores["accuracy"]
    assert low < value < high
    assert any(line.startswith("Small subgroups: group = B") for line in card.warnings)


def test_a_grouping_with_too_many_values_is_refused(study: Study) -> None:
    with pytest.raises(ComparisonError, match=r"variable give: it has \d+ different values"):
        quick(study.twin, study.human, by=["give"])
    with pytest.raises(UnknownNameError, match="did you mean group"):
        quick(study.twin, study.human, by=["grup"])


def test_people_without_a_group_are_a_group(make_panel: MakePanel, item: MakeItem) -> None:
    book = [item("a"), Variable(name="g", labels=((1.0, "yes"),), role=Role.DEMOGRAPHIC)]
    human = make_panel({"a": [1, 2, 3, 4], "g": [1, 1, NAN, NAN]}, book)
    found = compare(make_panel({"a": [1, 2, 3, 3]}), human, by=["g"], bootstrap=0)
    assert [(g.label, g.n) for g in found.groups] == [("yes", 2), ("no answer", 2)]


def test_unreadable_answers_are_said_first(make_panel: MakePanel, item: MakeItem) -> None:
    book = [item("a", missing=(MissingCode(-1.0, Reason.UNPARSED),))]
    human = make_panel({"a": [1, 2, 3, 4] * 10})
    answers = np.array([1.0, 2, 3, NAN] * 10)
    status = np.isnan(answers).astype(np.int16)
    twin = make_panel({"a": answers}, book, status={"a": status})
    found = quick(twin, human)
    assert found.verdict[0].startswith("25% of the twins' answers failed or could not be read")


def test_one_person_is_scored_without_pretence(make_panel: MakePanel) -> None:
    found = quick(make_panel({"a": [4], "b": [2]}), make_panel({"a": [5], "b": [2]}))
    assert found.headline("accuracy").estimate == pytest.approx((0.75 + 1) / 2)
    assert np.isnan(found.headline("pearson").estimate)
    assert np.isnan(found.headline("accuracy").interval[0])
    assert any(line.startswith("One person only") for line in found.warnings)


def test_a_constant_column_is_scored_and_its_correlation_left_out(make_panel: MakePanel) -> None:
    rng = np.random.default_rng(0)
    people = rng.integers(1, 6, size=(80, 2)).astype(float)
    human = make_panel({"a": people[:, 0], "b": people[:, 1]})
    twin = make_panel({"a": np.full(80, 3.0), "b": people[:, 1]})
    found = quick(twin, human)
    assert np.isnan(found["a"].pearson)
    assert found["a"].sd_ratio == 0.0
    assert found["a"].accuracy > 0.5
    assert found.headline("pearson").n_items == 1
    assert any("r is undefined, and left out of its mean, on a" in s for s in found.warnings)


def test_a_number_without_a_range_has_no_accuracy_and_says_so(make_panel: MakePanel) -> None:
    book = [Variable(name="x", level=Level.INTERVAL)]
    rng = np.random.default_rng(0)
    human = make_panel({"x": rng.normal(size=50)}, book)
    found = quick(make_panel({"x": rng.normal(size=50)}, book), human)
    assert np.isnan(found["x"].accuracy)
    assert not np.isnan(found["x"].pearson)
    assert any("No range is declared for x" in line for line in found.warnings)


def test_an_item_nobody_answered_is_named(make_panel: MakePanel) -> None:
    human = make_panel({"a": [1, 2, 3], "b": [NAN, NAN, NAN]})
    found = quick(make_panel({"a": [1, 2, 2], "b": [1, 2, 3]}), human)
    assert found["b"].n == 0
    assert any("No person and twin both answered b" in line for line in found.warnings)
    assert found.headline("accuracy").n_items == 1


def test_categories_nobody_chose_are_drawn(card: Scorecard, make_panel: MakePanel) -> None:
    found = quick(make_panel({"a": [1, 1]}), make_panel({"a": [5, 5]}))
    bars = found["a"].bars
    assert [bar.code for bar in bars] == ["1", "2", "3", "4", "5"]
    assert [bar.human for bar in bars] == [0, 0, 0, 0, 1]
    assert found["a"].distance == 1.0
    give = card["give"].bars
    assert len(give) == 10
    assert sum(bar.human for bar in give) == pytest.approx(1.0)


def test_twins_own_second_answers_stand_beside_the_peoples(
    make_panel: MakePanel, item: MakeItem
) -> None:
    rng = np.random.default_rng(0)
    answers = rng.integers(1, 6, 60).astype(float)
    again = np.where(rng.random(60) < 0.3, 3.0, answers)
    wave = Variable(name="replicate", role=Role.WAVE)
    people = [f"p{k}" for k in range(60)]
    twin = make_panel(
        {"a": np.append(answers, again), "replicate": np.repeat([1.0, 2.0], 60)},
        [item("a"), wave],
        persons=people * 2,
    )
    human = make_panel({"a": rng.integers(1, 6, 60).astype(float)})
    found = quick(twin, human)
    row = found.headline("accuracy")
    assert row.twin_retest == pytest.approx(float(metrics.accuracy(again, answers, 1, 5)))
    assert found.method.replicates == 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"level": 1.5}, "the interval level is 1.5"),
        ({"bootstrap": -1}, "negative"),
        ({"references": {"constant": None}}, "cannot be called 'constant'"),
    ],
)
def test_settings_out_of_range_are_refused(
    study: Study, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ComparisonError, match=words):
        compare(study.twin, study.human, **settings)


def test_data_frame_and_json_are_plain(card: Scorecard) -> None:
    frame = card.to_pandas()
    assert list(frame.index) == [item.name for item in card.items]
    assert frame.loc["q0", "accuracy"] == card["q0"].accuracy
    assert {"accuracy_constant", "distance_split_half", "accuracy_retest", "pearson_second"} <= set(
        frame.columns
    )
    text = json.dumps(card.to_json(), allow_nan=False)
    assert json.loads(text)["method"]["seed"] == 3
    assert json.loads(text)["items"][6]["scores"]["pearson"] is None
    assert repr(card).startswith("<Scorecard 150 people × 8 items, accuracy 0.")
    assert "constant" in repr(card)
