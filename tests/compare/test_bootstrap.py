"""Resampling: exact where it can be, honest where it is random."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats

from understudy.compare import metrics
from understudy.compare.metrics.weights import FloatArray
from understudy.data.seeds import generator


def test_resamples_draw_as_many_as_there_are_people() -> None:
    whole = np.concatenate(list(metrics.resamples(20, 50, generator(1))))
    assert whole.shape == (50, 20)
    assert (whole.sum(axis=1) == 20).all()
    blocks = list(metrics.resamples(20, 50, generator(1), block=7 * 20))
    assert len(blocks) == 8
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_jackknife_leaves_out_everybody_once() -> None:
    for people, groups in ((5, 200), (450, 200)):
        weights = metrics.jackknife_weights(people, groups)
        assert weights.shape == (min(people, groups), people)
        assert ((1 - weights).sum(axis=0) == 1).all()


def test_percentile_interval_is_numpys() -> None:
    values = np.random.default_rng(0).normal(size=(999, 3))
    values[:20, 1] = np.nan
    low, high = metrics.percentile_interval(values, 0.9)
    np.testing.assert_allclose(low, np.nanquantile(values, 0.05, axis=0), atol=1e-12)
    np.testing.assert_allclose(high, np.nanquantile(values, 0.95, axis=0), atol=1e-12)
    values[:200, 2] = np.nan
    assert np.isnan(metrics.percentile_interval(values)[:, 2]).all()


def test_bca_is_scipys_on_the_same_statistic() -> None:
    x = np.random.default_rng(2).exponential(size=60)
    ours = metrics.bootstrap_interval(
        lambda w: metrics.weighted_mean(x, w), 60, replicates=20000, rng=generator(0)
    )
    theirs = stats.bootstrap(
        (x,), np.mean, n_resamples=20000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    np.testing.assert_allclose(ours, [theirs.low, theirs.high], atol=0.02)


def test_the_jackknife_error_of_a_mean_is_its_standard_error() -> None:
    x = np.random.default_rng(0).normal(size=80)
    left_out = metrics.weighted_mean(x, metrics.jackknife_weights(80))
    assert metrics.jackknife_error(left_out) == pytest.approx(x.std(ddof=1) / np.sqrt(80))
    gaps = np.where(np.arange(80) < 2, np.nan, left_out)
    assert metrics.jackknife_error(gaps) == pytest.approx(x.std(ddof=1) / np.sqrt(80), rel=0.2)


def test_a_distance_interval_mirrors_squares_below_and_adds_its_error_above() -> None:
    values = np.linspace(0.05, 0.09, 101)
    left_out = np.array([0.069, 0.071])
    error = 1.6448536 * metrics.jackknife_error(left_out)
    low, high = metrics.distance_interval(values, 0.07, left_out, 0.9)
    assert low == pytest.approx(np.sqrt(2 * 0.07**2 - 0.088**2))
    assert high == pytest.approx(0.07 + error)
    low, high = metrics.distance_interval(values, 0.02, left_out, 0.9)
    assert low == 0.0
    assert high == pytest.approx(0.02 + error)
    assert np.isnan(metrics.distance_interval(np.full(50, np.nan), 0.02, left_out)).all()


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.15])
def test_intervals_on_a_distance_hold_the_estimate_and_cover_the_truth(shift: float) -> None:
    """People and twins on five points; mirroring both ends covered .73 at the middle shift."""
    rng = np.random.default_rng(5)
    human = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    twin = human + shift * np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    twin = np.clip(twin, 0.0, None) / np.clip(twin, 0.0, None).sum()
    truth = float(metrics.wasserstein(human, twin))
    people, datasets, hits = 200, 150, 0
    for k in range(datasets):
        answers = [np.eye(5)[rng.choice(5, people, p=side)] for side in (human, twin)]

        def distance(w: FloatArray, sides: list[FloatArray] = answers) -> FloatArray:
            return metrics.wasserstein(w @ sides[0], w @ sides[1])

        weights = next(metrics.resamples(people, 200, generator("distance", k)))
        value = float(distance(np.ones(people)))
        low, high = metrics.distance_interval(
            distance(weights), value, distance(metrics.jackknife_weights(people))
        )
        assert low < value < high
        hits += bool(low <= truth <= high)
    assert hits / datasets >= 0.92


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_intervals_on_r_cover_the_truth(rho: float) -> None:
    rng = np.random.default_rng(11)
    datasets, hits = 400, 0
    for k in range(datasets):
        x = rng.normal(size=120)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=120)
        low, high = metrics.bootstrap_interval(
            partial(metrics.pearson, x, y),
            120,
            replicates=300,
            rng=generator("coverage", k),
        )
        hits += bool(low <= rho <= high)
    assert 0.92 <= hits / datasets <= 0.975
