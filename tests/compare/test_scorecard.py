"""Panels in, scorecard out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
import pytest

from understudy.compare import metrics
from understudy.compare.layout import item_grid, title
from understudy.compare.references import BEST_GUESS
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
    assert any("says nothing about individuals" in line for line in card.verdict)


def test_a_further_respondent_is_subtracted_person_by_person(card: Scorecard) -> None:
    gap = next(d for d in card.differences if (d.reference, d.metric) == ("second", "pearson"))
    assert gap.interval[0] < gap.estimate < gap.interval[1]
    assert any(line.startswith("Twins beat the second respondent") for line in card.verdict)


def test_twins_beaten_by_a_respondent_are_told_so(study: Study) -> None:
    found = quick(study.other, study.human, references={"statistical": study.twin})
    assert any("Twins do not beat the statistical respondent" in s for s in found.verdict)
    assert any(s.startswith("There is no retest") for s in found.warnings)


def worded(twin: Panel, human: Panel, **options: Any) -> dict[str, str]:
    """The verdict by what its lines are about."""
    return dict(line.split(": ", 1) for line in quick(twin, human, **options).verdict)


def test_draws_that_lose_to_the_constant_do_not_contradict_a_best_guess_that_wins(
    make_panel: MakePanel,
) -> None:
    rng = np.random.default_rng(2)
    trait = rng.normal(size=(400, 4))
    human, drawn = (
        np.clip(np.round(3 + 0.6 * trait + 0.9 * rng.normal(size=(400, 4))), 1, 5) for _ in range(2)
    )
    guess = np.clip(np.round(3 + 0.6 * trait), 1, 5)

    def panel(answers: np.ndarray[Any, Any]) -> Panel:
        return make_panel({f"q{k}": answers[:, k] for k in range(4)})

    references = {BEST_GUESS: panel(guess)}
    found = worded(panel(drawn), panel(human), references=references)
    assert found["In short"].startswith("as a sample, the twins look like the people; they tell")
    assert "as best guess" in found["In short"]
    assert re.match(
        r"the best guess \(\.\d+\) beats one answer for everybody \(\.\d+\) by \.\d+ \[.*\]; "
        r"single draws \(\.\d+\) do not, the price of keeping the spread$",
        found["Accuracy"],
    )
    assert found["Use"].startswith("the drawn answers for shares")
    card = quick(panel(drawn), panel(human), references=references)
    gaps = {(d.of, d.reference, d.metric): d for d in card.differences}
    assert gaps["twins", "constant", "accuracy"].interval[1] < 0
    assert gaps[BEST_GUESS, "constant", "accuracy"].interval[0] > 0


def test_twins_without_a_best_guess_who_lose_to_the_constant_are_told_so(
    make_panel: MakePanel,
) -> None:
    rng = np.random.default_rng(3)
    human = np.clip(np.round(rng.normal(4, 0.6, 300)), 1, 5)
    found = worded(
        make_panel({"a": rng.integers(1, 6, 300).astype(float)}), make_panel({"a": human})
    )
    assert "does not beat one answer for everybody" in found["Accuracy"]
    assert "favours the middle" not in found["Accuracy"]
    assert "they do not tell persons apart" in found["In short"]
    assert "too varied" in found["In short"]
    assert "Use" not in found


def test_twins_who_know_persons_and_lose_to_the_constant_hear_why(make_panel: MakePanel) -> None:
    rng = np.random.default_rng(6)
    human = np.clip(np.round(rng.normal(3, 0.7, 300)), 1, 5)
    twin = np.clip(human + rng.choice([-2, -1, 1, 2], 300), 1, 5)
    found = worded(make_panel({"a": twin}), make_panel({"a": human}))
    assert "tell persons apart" in found["In short"]
    assert "does not beat one answer for everybody" in found["Accuracy"]
    assert "favours the middle of the scale" in found["Accuracy"]


def test_twins_all_alike_are_called_so(make_panel: MakePanel) -> None:
    rng = np.random.default_rng(4)
    human = rng.integers(1, 6, 300).astype(float)
    found = worded(make_panel({"a": np.round(3 + (human - 3) / 3)}), make_panel({"a": human}))
    assert "too alike and off in their distributions" in found["In short"]
    assert "they tell persons apart well" in found["In short"]
    assert "too narrow on 1 of 1 items" in found["Sample"]


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


def test_a_handful_of_people_is_counted_and_not_scored(
    make_panel: MakePanel, item: MakeItem
) -> None:
    rng = np.random.default_rng(0)
    book = [item("a"), Variable(name="g", labels=((1.0, "x"), (2.0, "y")), role=Role.DEMOGRAPHIC)]
    answers = rng.integers(1, 6, 60).astype(float)
    human = make_panel({"a": answers, "g": np.repeat([1.0, 2.0], [51, 9])}, book)
    big, few = quick(make_panel({"a": rng.permutation(answers)}), human, by=["g"]).groups
    assert big.scores
    assert (few.n, few.small, dict(few.scores)) == (9, True, {})
    assert np.isnan(few.constant)


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


def test_items_nobody_answered_are_named_with_the_reason_and_not_scored(
    make_panel: MakePanel, item: MakeItem
) -> None:
    human = make_panel({"a": [1, 2, 3], "b": [NAN, NAN, NAN], "c": [1, 2, 3]})
    book = [item("a"), item("b"), item("c", missing=(MissingCode(-9.0, Reason.CANNOT_KNOW),))]
    twin = make_panel(
        {"a": [1, 2, 2], "b": [1, 2, 3], "c": [NAN, NAN, NAN]},
        book,
        status={"c": np.ones(3, dtype=np.int16)},
    )
    found = quick(twin, human)
    assert (found["b"].n, found["c"].n) == (0, 0)
    (line,) = (line for line in found.warnings if line.startswith("Not scored"))
    assert line == (
        "Not scored: b (no answers from people: 3 not recorded); "
        "c (no answers from twins: 3 cannot know)"
    )
    assert found.headline("accuracy").n_items == 1
    assert title(found).startswith("Twins against people: 3 people × 1 of 3 items")
    assert [row[0] for row in item_grid(found).rows] == ["Item a"]


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


def test_what_rests_on_the_scale_alone_is_compared_as_a_distribution_only(study: Study) -> None:
    card = quick(study.twin, study.human, aggregate_only=["q0"])
    assert np.isnan([card["q0"].accuracy, card["q0"].exact, card["q0"].pearson]).all()
    assert card["q0"].distance == pytest.approx(quick(study.twin, study.human)["q0"].distance)
    assert card["q1"].pearson == pytest.approx(quick(study.twin, study.human)["q1"].pearson)
    assert any("compared as distributions only" in note for note in card.notes)


def test_two_categories_correlate_whatever_they_are_called(
    make_panel: MakePanel, item: MakeItem
) -> None:
    draw = np.random.default_rng(5)
    truth = draw.integers(1, 3, 200).astype(float)
    guess = np.where(draw.random(200) < 0.3, 3 - truth, truth)
    variables = [item("sex", level=Level.NOMINAL, labels=((1.0, "a"), (2.0, "b")))]
    card = quick(make_panel({"sex": guess}, variables), make_panel({"sex": truth}, variables))
    phi = np.corrcoef(truth, guess)[0, 1]
    assert card["sex"].pearson == pytest.approx(phi, abs=1e-12)
    assert card["sex"].sd_ratio == pytest.approx(guess.std() / truth.std(), abs=1e-12)
