"""Nobody learns from themselves, and nothing hidden is learned from."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from understudy.data.errors import PanelError
from understudy.data.panel import Panel
from understudy.surveys.respondents import learning
from understudy.surveys.respondents.features import FeatureMap
from understudy.surveys.respondents.learning import (
    Target,
    fit_predict,
    fold_of,
    folds_kept_from,
)
from understudy.surveys.respondents.predictions import Predictions
from understudy.surveys.respondents.stacking import Extra

ITEMS = ("q0", "q1", "region", "amount")
FEATURES = ("q2", "q3", "q4", "q5", "q6", "q7")


def targets(panel: Panel, names: tuple[str, ...] = ITEMS) -> list[Target]:
    return [Target(key=n, name=n, variable=panel.codebook[n]) for n in names]


def predict(panel: Panel, people: Panel | None = None, **rest: Any) -> Predictions:
    new = (panel if people is None else people).select(FEATURES)
    return fit_predict(panel, targets(panel), FEATURES, new, **rest)


@pytest.fixture(scope="module")
def panel(people: ModuleType) -> Panel:
    made: Panel = people.make_panel(300)
    return made


@pytest.fixture(scope="module")
def found(panel: Panel) -> Predictions:
    return predict(panel)


def test_what_somebody_answered_does_not_change_what_is_predicted_for_them(
    panel: Panel, found: Predictions, people: ModuleType
) -> None:
    planted = panel
    for name, value in (("q0", 5.0), ("q1", 1.0), ("region", 3.0), ("amount", 97.25)):
        planted = people.with_values(planted, name, [11], value)
    other = predict(planted)
    own_fold = fold_of(panel.persons, 5) == fold_of(panel.persons[11:12], 5)[0]
    changed = False
    for name in ITEMS:
        codes, before = found.chances(name, 11)
        codes_after, after = other.chances(name, 11)
        assert codes == codes_after
        assert before.tolist() == after.tolist()
        elsewhere = np.flatnonzero(~own_fold)[0]
        was, now = found.chances(name, elsewhere)[1], other.chances(name, elsewhere)[1]
        changed |= was.tolist() != now.tolist()
    # The planted answer is there: people in other folds learn from it.
    assert changed
    noise = np.arange(4.0)
    assert found.levels(11, noise).tolist() == other.levels(11, noise).tolist()


def test_other_peoples_answers_do(panel: Panel, found: Predictions, people: ModuleType) -> None:
    order = np.random.default_rng(0).permutation(len(panel))
    shuffled = people.with_values(
        panel, "q0", np.arange(len(panel)), panel.frame["q0"].to_numpy()[order]
    )
    truth = panel.numbers("q0")

    def r(predictions: Predictions) -> float:
        codes, chances = predictions.probabilities("q0")
        return float(np.corrcoef(chances @ np.array(codes, dtype=float), truth)[0, 1])

    assert r(found) > 0.6
    assert abs(r(predict(shuffled))) < 0.25


def test_neither_order_nor_company_matters(panel: Panel, found: Predictions) -> None:
    few = panel.take(np.array([250, 3, 77]))
    backwards = panel.take(np.arange(len(panel))[::-1])
    for other in (predict(panel, few), predict(backwards, few)):
        for k, row in enumerate((250, 3, 77)):
            for name in ITEMS:
                expected = found.chances(name, row)
                got = other.chances(name, k)
                assert got[0] == expected[0]
                assert got[1].tolist() == pytest.approx(expected[1].tolist(), abs=2)


def test_strangers_learn_from_everybody(panel: Panel, people: ModuleType) -> None:
    stranger = people.make_panel(5, seed=99, prefix="new")
    found = predict(panel, stranger)
    assert len(found.groups) == 1
    assert found.facts["q0"][0].people == len(panel)


def test_somebody_drawn_twice_is_kept_from_the_one_they_were_drawn_from(panel: Panel) -> None:
    drawn = dataclasses.replace(
        panel.take([0, 1, 2]),
        frame=panel.frame.iloc[[0, 0, 1]].set_axis(
            pd.Index([panel.persons[0], f"{panel.persons[0]}#2", "stranger#2"], name="person")
        ),
    )
    own = fold_of(panel.persons, 5)[0]
    assert folds_kept_from(drawn, panel, 5).tolist() == [own, own, -1]


def test_item_correlations_and_marginals_survive_the_draw(panel: Panel, people: ModuleType) -> None:
    big: Panel = people.make_panel(1500, seed=3)
    names = ("q0", "q1", "q2")
    found = fit_predict(big, targets(big, names), ["region"], big.select(["region"]))
    draw = np.random.default_rng(0)
    drawn = np.empty((len(big), 3))
    for i in range(len(big)):
        levels = found.levels(i, draw.standard_normal(3))
        for j, name in enumerate(names):
            _, chances = found.chances(name, i)
            drawn[i, j] = 1 + np.searchsorted(np.cumsum(chances), levels[j] * 1e6)
    truth = np.column_stack([big.numbers(n) for n in names])
    assert np.abs(np.corrcoef(drawn.T) - np.corrcoef(truth.T)).max() < 0.06
    for k in range(1, 6):
        gap = (drawn == k).mean(axis=0) - (truth == k).mean(axis=0)
        assert np.abs(gap).max() < 0.04
    assert drawn.var(axis=0) / truth.var(axis=0) == pytest.approx(np.ones(3), abs=0.1)


def test_weights_move_the_shares(panel: Panel, people: ModuleType) -> None:
    high = panel.numbers("q0") >= 4
    weights = np.where(high, 3.0, 0.5)
    heavy = people.with_values(panel, "weight", np.arange(len(panel)), weights)

    def share(which: Panel) -> float:
        _, chances = predict(which).probabilities("q0")
        weights = which.weights()
        return float(weights @ chances[:, 3:].sum(axis=1) / weights.sum())

    expected = float(weights[high].sum() / weights.sum())
    assert share(heavy) > share(panel) + 0.15
    assert share(heavy) == pytest.approx(expected, abs=0.05)


def test_people_without_weight_teach_nothing(panel: Panel, people: ModuleType) -> None:
    weights = panel.numbers("weight").copy()
    gone = np.arange(0, 300, 3)
    weights[gone] = 0
    one = people.with_values(panel, "weight", np.arange(300), weights)
    two = people.with_values(one, "q0", gone, 1.0)
    a, b = predict(one).probabilities("q0"), predict(two).probabilities("q0")
    assert a[1].tolist() == b[1].tolist()


def test_a_feature_from_elsewhere_is_used(panel: Panel) -> None:
    codes = panel.numbers("region")
    oracle = (codes[:, None] == [1.0, 2.0, 3.0]).astype(float)
    extra = Extra(oracle, oracle, {"region": (0, 1, 2)})
    plain, fused = predict(panel), predict(panel, extra=extra)

    def own(predictions: Predictions) -> float:
        codes, chances = predictions.probabilities("region")
        place = [codes.index(x) for x in panel.numbers("region").tolist()]
        return float(chances[np.arange(len(panel)), place].mean())

    assert own(fused) > own(plain) + 0.2


def test_a_record_that_says_nothing_predicts_no_worse_than_the_shares(people: ModuleType) -> None:
    panel: Panel = people.make_panel(300)
    draw = np.random.default_rng(3)
    losses = []
    for _ in range(6):
        noise = people.with_values(
            panel, "q0", np.arange(300), draw.integers(1, 6, 300).astype(float)
        )
        found = predict(noise)
        codes, chances = found.probabilities("q0")
        place = [codes.index(x) for x in noise.numbers("q0").tolist()]
        losses.append(-float(np.log(chances[np.arange(300), place]).mean()))
    assert np.mean(losses) < np.log(5) + 0.05


def test_the_blend_is_cross_fitted_too(people: ModuleType) -> None:
    panel: Panel = people.make_panel(90)
    planted = people.with_values(panel, "q0", [4], 6.0 - panel.numbers("q0")[4])
    chances = []
    for which in (panel, planted):
        found = fit_predict(
            which, targets(which, ("q0",)), FEATURES, which.select(FEATURES), folds=2, blend=True
        )
        chances.append(found.chances("q0", 4)[1].tolist())
    assert chances[0] == chances[1]


def test_nothing_to_learn_from_is_one_sentence(people: ModuleType, panel: Panel) -> None:
    empty = people.with_values(panel, "q0", np.arange(len(panel)), np.nan)
    with pytest.raises(PanelError, match="too few people answered 'q0'"):
        predict(empty)


def test_twelve_people_one_constant_item(people: ModuleType) -> None:
    few: Panel = people.make_panel(12)
    few = people.with_values(few, "q0", np.arange(12), 3.0)
    few = people.with_values(few, "q2", np.arange(12), 3.0)
    found = predict(few)
    _, chances = found.probabilities("q0")
    assert (chances.argmax(axis=1) == 2).all()
    assert (chances > 0).all()


def test_large_panels_are_thinned_by_id(
    panel: Panel, people: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "MOST_PEOPLE", 100)
    forwards = predict(panel)
    backwards = predict(panel.take(np.arange(300)[::-1]), panel)
    assert forwards.facts["q0"][0].people <= 100
    _, a = forwards.probabilities("q0")
    _, b = backwards.probabilities("q0")
    assert a == pytest.approx(b, abs=5e-6)


def test_features_are_standardised_and_say_when_somebody_was_silent(
    panel: Panel, people: ModuleType
) -> None:
    silent = people.with_values(panel, "q2", np.arange(0, 300, 4), np.nan)
    mapping = FeatureMap.fit(silent, ["q2", "region"], silent.weights())
    x = mapping.matrix(silent)
    weights = silent.weights()
    assert x.shape == (300, 1 + 1 + 3)
    assert weights @ x / weights.sum() == pytest.approx(np.zeros(5), abs=1e-9)
    assert (x[::4, 0] == 0).all()
    assert len(np.unique(x[:, 1])) == 2
