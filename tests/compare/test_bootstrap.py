"""Resampling: exact where it can be, honest where it is random."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats

from understudy.compare import metrics
from understudy.compare.estimate import estimate
from understudy.compare.measures import measure_named
from understudy.compare.scale import Scale
from understudy.data.codebook import Level
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


def test_a_fisher_interval_is_the_textbooks_for_normal_answers() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=4000)
    y = 0.5 * x + rng.normal(size=4000)
    r = metrics.pearson(x, y)
    left_out = metrics.pearson(x, y, metrics.jackknife_weights(4000))
    expected = np.tanh(np.arctanh(r) + np.array([-1, 1]) * 1.96 / np.sqrt(3997))
    np.testing.assert_allclose(metrics.fisher_interval(r, left_out), expected, atol=0.005)
    assert np.isnan(metrics.fisher_interval(r, np.full(20, np.nan))).all()


def test_a_log_interval_of_a_ratio_stays_positive_and_turns_with_it() -> None:
    left_out = np.array([0.9, 1.0, 1.1, 1.05])
    replicates = np.linspace(0.5, 1.5, 101)
    low, high = metrics.log_interval(replicates, 1.0, left_out)
    turned = metrics.log_interval(1 / replicates, 1.0, 1 / left_out)
    assert 0 < low < 1 < high
    np.testing.assert_allclose(turned, [1 / high, 1 / low])
    none = metrics.log_interval(replicates, 0.0, np.zeros(4))
    np.testing.assert_allclose(none, metrics.percentile_interval(replicates))


def test_noise_adds_in_quadrature_and_no_distance_is_negative() -> None:
    np.testing.assert_allclose(metrics.noise_free([0.5, 0.3], [0.3, 0.5]), [0.4, 0.0])
    assert metrics.noise_adjusted(0.0, 0.1) < 0 < metrics.noise_adjusted(1.0, 0.1)
    np.testing.assert_allclose(metrics.factors(0.5, 0.3)[2], 0.8)
    assert metrics.factors(0.0, 0.0)[2] == 0.0


@pytest.mark.parametrize("effect", [0.0, 0.03, 0.1, 0.4])
def test_intervals_on_a_size_cover_it(effect: float) -> None:
    """|mean| of 400 normal answers: its noise is .05."""
    rng = np.random.default_rng(3)
    weights = metrics.jackknife_weights(400)
    hits = 0
    for _ in range(400):
        x = effect + rng.normal(size=400)
        left_out = np.abs(metrics.weighted_mean(x, weights))
        low, high = metrics.folded_interval(abs(x.mean()), left_out)
        hits += bool(low <= effect <= high)
    assert 0.925 <= hits / 400 <= 0.975


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.15])
def test_intervals_on_a_distance_hold_the_estimate_and_cover_the_truth(shift: float) -> None:
    """People and twins on five points; `benchmarks/coverage.py` is the long form of this."""
    rng = np.random.default_rng(5)
    human = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    twin = human + shift * np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    twin = np.clip(twin, 0.0, None) / np.clip(twin, 0.0, None).sum()
    truth = float(metrics.wasserstein(human, twin))
    scale = Scale(Level.ORDINAL, (1.0, 2.0, 3.0, 4.0, 5.0), ("",) * 5, (1.0, 2.0, 3.0, 4.0, 5.0))
    datasets, hits = 150, 0
    for k in range(datasets):
        people, twins = (
            np.asarray(1 + rng.choice(5, (200, 1), p=side), dtype=np.float64)
            for side in (human, twin)
        )
        found = estimate(
            people,
            twins,
            [scale],
            np.ones(200),
            measures=[measure_named("wasserstein")],
            bootstrap=200,
            rng=partial(generator, "distance", k),
        )
        low, high = found.item_intervals["wasserstein"][:, 0]
        value = found.items["wasserstein"][0]
        assert 0 <= low <= value <= high
        hits += bool(low <= truth <= high)
    assert 0.92 <= hits / datasets <= 0.985


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_intervals_on_r_cover_the_truth(rho: float) -> None:
    rng = np.random.default_rng(11)
    datasets, hits = 400, 0
    for _ in range(datasets):
        x = rng.normal(size=120)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=120)
        left_out = metrics.pearson(x, y, metrics.jackknife_weights(120))
        low, high = metrics.fisher_interval(metrics.pearson(x, y), left_out)
        hits += bool(low <= rho <= high)
    assert 0.93 <= hits / datasets <= 0.97
