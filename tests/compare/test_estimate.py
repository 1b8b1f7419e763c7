"""The quick way of measuring many items against the plain way of measuring one."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.compare import metrics
from understudy.compare.estimate import Estimate, estimate, floor, measure, measure_draws
from understudy.compare.measures import MEASURES, pool
from understudy.compare.references import constant_answers, donors, other_persons
from understudy.compare.scale import Scale
from understudy.data.codebook import Level
from understudy.data.seeds import generator

RNG = np.random.default_rng(5)
N = 120
FIVE = (1.0, 2.0, 3.0, 4.0, 5.0)
SCALES = [
    Scale(Level.ORDINAL, FIVE, tuple("abcde"), FIVE, 1.0, 5.0),
    Scale(Level.ORDINAL, FIVE, tuple("abcde"), FIVE, 1.0, 5.0),
    Scale(Level.NOMINAL, ("x", "y", "z"), ("x", "y", "z"), (0.0, 1.0, 2.0)),
    Scale(Level.INTERVAL, (), (), (), 0.0, 100.0),
    Scale(Level.MULTIPLE, (0.0, 1.0), ("no", "yes"), (0.0, 1.0), 0.0, 1.0),
]


def _answers(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shared = np.random.default_rng(99).normal(size=N)

    def graded() -> np.ndarray:
        return np.clip(np.round(3 + shared + rng.normal(size=N)), 1, 5)

    answers = np.column_stack(
        [
            graded(),
            graded(),
            rng.integers(0, 3, N),
            np.clip(50 + 20 * shared + 10 * rng.normal(size=N), 0, 100),
            (shared + rng.normal(size=N) > 0).astype(float),
        ]
    )
    answers[rng.random(answers.shape) < 0.1] = np.nan
    return answers


HUMAN, TWIN = _answers(1), _answers(2)
WEIGHTS = RNG.random(N) + 0.2


@pytest.mark.parametrize("weights", [np.ones(N), WEIGHTS])
def test_many_items_at_once_are_each_item_by_itself(weights: np.ndarray) -> None:
    found = measure(HUMAN, TWIN, SCALES, weights)
    for k in (0, 1, 3, 4):
        h, t, scale = HUMAN[:, k], TWIN[:, k], SCALES[k]
        plain = {
            "accuracy": metrics.accuracy(t, h, scale.low, scale.high, weights),
            "pearson": metrics.pearson(t, h, weights),
            "spearman": metrics.spearman(t, h, weights),
            "sd_ratio": metrics.sd_ratio(t, h, weights),
            "glass_delta": metrics.glass_delta(t, h, weights),
            "wasserstein": metrics.wasserstein_values(
                t, h, scale.low, scale.high, np.where(np.isnan(t), 0, weights), weights
            ),
        }
        for name, value in plain.items():
            assert found[name][k] == pytest.approx(float(value), abs=1e-12), (name, k)
    p, q = (metrics.shares_of(side[:, 2], [0, 1, 2], weights) for side in (TWIN, HUMAN))
    assert found["total_variation"][2] == pytest.approx(float(metrics.total_variation(p, q)))
    assert found["accuracy"][2] == found["exact"][2]
    assert np.isnan(found["wasserstein"][2])
    assert np.isnan(found["pearson"][2])


def test_a_resample_is_the_people_repeated() -> None:
    counts = RNG.multinomial(N, np.full(N, 1 / N), size=3).astype(float)
    at_once = measure(HUMAN, TWIN, SCALES, counts)
    for b, row in enumerate(counts):
        people = np.repeat(np.arange(N), row.astype(int))
        alone = measure(HUMAN[people], TWIN[people], SCALES, np.ones(N))
        for m in MEASURES:
            np.testing.assert_allclose(at_once[m.name][b], alone[m.name], atol=1e-9, err_msg=m.name)


def test_draws_are_scored_as_if_they_were_answers() -> None:
    cycles = other_persons(N, 3, draws=4)
    at_once = measure_draws(HUMAN, TWIN, lambda _: cycles, SCALES, WEIGHTS)
    each = [measure(HUMAN, TWIN[rows], SCALES, WEIGHTS) for rows in cycles]
    for m in MEASURES:
        mean = np.mean([found[m.name] for found in each], axis=0)
        # An open scale is ranked over each side's own answers rather than over the pairs.
        loose = 0.02 if m.name == "spearman" else 1e-9
        np.testing.assert_allclose(at_once[m.name], mean, atol=loose, err_msg=m.name)


def test_an_interval_is_around_its_estimate_and_repeats_with_its_seed() -> None:
    def run() -> Estimate:
        return estimate(
            HUMAN, TWIN, SCALES, WEIGHTS, bootstrap=200, rng=lambda: generator("test", 1)
        )

    first, second = run(), run()
    assert first.pooled_intervals.keys() == {m.name for m in MEASURES}
    for m in MEASURES:
        low, high = first.pooled_intervals[m.name]
        assert low <= first.pooled[m.name] <= high, m.name
        np.testing.assert_array_equal(
            first.item_intervals[m.name],
            second.item_intervals[m.name],
        )


def test_headlines_are_plain_means_and_fishers_z() -> None:
    accuracy, r = (m for m in MEASURES if m.name in ("accuracy", "pearson"))
    pairs = np.array([100.0, 50.0, 10.0])
    values = np.array([0.5, 0.7, np.nan])
    assert pool(accuracy, values, pairs) == pytest.approx(0.6)
    assert pool(r, values, pairs) == pytest.approx(float(metrics.fisher_mean(values, pairs)))


def test_the_floor_is_the_distance_of_halves() -> None:
    found = floor(HUMAN, TWIN, SCALES, np.ones(N), splits=50, rng=generator("split"))
    first, second = metrics.half_splits(N, 50, generator("split"))
    for k, name in ((0, "wasserstein"), (3, "wasserstein"), (2, "total_variation")):
        h, t, scale = HUMAN[:, k], TWIN[:, k], SCALES[k]
        floors, matched = [], []
        for a, b in zip(first, second, strict=True):
            if name == "wasserstein":
                floors.append(metrics.wasserstein_values(h[a], h[b], scale.low, scale.high))
                matched.append(metrics.wasserstein_values(h[a], t[b], scale.low, scale.high))
            else:
                p, q, r = (metrics.shares_of(x, [0, 1, 2]) for x in (h[a], h[b], t[b]))
                floors.append(metrics.total_variation(p, q))
                matched.append(metrics.total_variation(p, r))
        assert found.floor[name][k] == pytest.approx(np.mean(floors), abs=1e-12)
        assert found.matched[name][k] == pytest.approx(np.mean(matched), abs=1e-12)


def test_people_like_the_people_score_the_floor() -> None:
    same = floor(HUMAN, HUMAN, SCALES, np.ones(N), splits=100, rng=generator("split"))
    np.testing.assert_allclose(same.floor["wasserstein"][0], same.matched["wasserstein"][0])


@pytest.mark.parametrize("nominal", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_constant_never_looks_at_the_person_it_is_for(nominal: bool, weighted: bool) -> None:
    scale = SCALES[2] if nominal else SCALES[0]
    column = 2 if nominal else 0
    human = HUMAN[:40, column]
    weights = np.round(WEIGHTS[:40] * 8) / 8 if weighted else np.ones(40)
    found = constant_answers(human, scale, weights)
    for person in range(40):
        if np.isnan(human[person]):
            assert np.isnan(found[person])
            continue
        others = np.ones(40, dtype=bool)
        others[person] = False
        others &= ~np.isnan(human)
        values = np.unique(human[others])
        mass = np.array([weights[others][human[others] == v].sum() for v in values])
        if nominal:
            assert mass[values == found[person]] == mass.max()
        else:
            expected = values[np.searchsorted(np.cumsum(mass), mass.sum() / 2)]
            assert found[person] == expected


@pytest.mark.parametrize("weights", [np.ones(N), WEIGHTS])
def test_a_marginal_draw_is_somebody_elses_answer(weights: np.ndarray) -> None:
    human = HUMAN[:, 0]
    rows = donors(human, weights, 1, "q", draws=400)
    known = ~np.isnan(human)
    assert (rows[:, ~known] == -1).all()
    assert (rows[:, known] != np.flatnonzero(known)).all()
    assert known[rows[:, known]].all()
    drawn = np.bincount(rows[:, known].ravel(), minlength=N)
    expected = np.where(known, weights, 0) / weights[known].sum()
    np.testing.assert_allclose(drawn / drawn.sum(), expected, atol=0.003)
    np.testing.assert_array_equal(rows, donors(human, weights, 1, "q", draws=400))


def test_shuffling_moves_everybody() -> None:
    cycles = other_persons(9, 0, draws=30)
    assert (np.sort(cycles, axis=1) == np.arange(9)).all()
    assert (cycles != np.arange(9)).all()
    assert other_persons(1, 0).shape == (0, 1)
