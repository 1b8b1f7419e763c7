"""Metrics against scipy, scikit-learn and hand-worked figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import accuracy_score

from understudy.compare import metrics
from understudy.data.codebook import Level
from understudy.data.errors import ComparisonError

RNG = np.random.default_rng(3)
X = np.round(RNG.normal(3, 1.2, 400))
Y = np.round(0.5 * X + RNG.normal(1.5, 1, 400))
REAL_X = RNG.normal(size=400) * 1e-3 + 5e4
REAL_Y = REAL_X + RNG.normal(size=400) * 1e-3


@pytest.mark.parametrize(("x", "y"), [(X, Y), (REAL_X - 5e4, REAL_Y - 5e4), (X * 1e6 + 7, Y)])
def test_pearson_is_scipys(x: np.ndarray, y: np.ndarray) -> None:
    assert metrics.pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)


def test_pearson_keeps_its_precision_far_from_zero() -> None:
    expected = stats.pearsonr(REAL_X, REAL_Y).statistic
    assert metrics.pearson(REAL_X, REAL_Y) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("x", "y"), [(X, Y), (REAL_X, REAL_Y)])
def test_spearman_is_scipys(x: np.ndarray, y: np.ndarray) -> None:
    assert metrics.spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_midranks_are_scipys_less_one_half() -> None:
    np.testing.assert_array_equal(metrics.midranks(X), stats.rankdata(X) - 0.5)


def test_associations_leave_out_missing_pairs_column_by_column() -> None:
    x = np.column_stack((X, X))
    y = np.column_stack((Y, Y))
    x[:50, 0] = np.nan
    y[100:120, 0] = np.nan
    kept = np.r_[50:100, 120:400]
    for ours, theirs in ((metrics.pearson, stats.pearsonr), (metrics.spearman, stats.spearmanr)):
        expected = [theirs(X[kept], Y[kept]).statistic, theirs(X, Y).statistic]
        np.testing.assert_allclose(ours(x, y), expected, atol=1e-12)


def test_a_constant_has_no_correlation_rather_than_zero() -> None:
    flat = np.full(400, 0.1)
    assert np.isnan(metrics.pearson(flat, X))
    assert np.isnan(metrics.spearman(flat, X))
    # Constant over the pairs that remain.
    part = np.where(np.arange(400) < 10, X, np.nan)
    assert np.isnan(metrics.pearson(np.where(np.arange(400) < 10, 0.3, X), part))


@pytest.mark.parametrize("metric", [metrics.pearson, metrics.spearman])
def test_frequency_weights_are_repeated_people(metric: object) -> None:
    assert callable(metric)
    counts = np.random.default_rng(0).integers(0, 4, 400)
    repeated = np.repeat(np.arange(400), counts)
    assert metric(X, Y, counts) == pytest.approx(metric(X[repeated], Y[repeated]), abs=1e-12)


def test_fisher_mean_by_hand() -> None:
    r, n = np.array([0.5, 0.1, np.nan, 1.0]), np.array([100, 300, 50, 10])
    z = (100 * np.arctanh(0.5) + 300 * np.arctanh(0.1) + 10 * np.arctanh(0.9999)) / 410
    assert metrics.fisher_mean(r, n) == pytest.approx(np.tanh(z))
    assert metrics.fisher_mean(r, n, undefined="zero") == pytest.approx(np.tanh(z * 410 / 460))
    assert np.isnan(metrics.fisher_mean([np.nan], [10]))


def test_accuracy_by_hand_and_on_the_declared_range() -> None:
    cells = metrics.cell_accuracy([1, 2, 5, np.nan, 9], [1, 4, 1, 3, 1], 1, 5)
    np.testing.assert_array_equal(cells, [1.0, 0.5, 0.0, np.nan, 0.0])
    assert metrics.accuracy([1, 2, 5], [1, 4, 1], 1, 5, [2, 1, 1]) == pytest.approx(0.625)


def test_accuracy_is_undefined_without_a_range() -> None:
    assert np.isnan(metrics.accuracy([1, 2], [1, 2], np.nan, np.nan))


def test_exact_agreement_is_scikit_learns() -> None:
    expected = accuracy_score(X, Y)
    assert metrics.exact_agreement(Y, X) == pytest.approx(expected, abs=1e-12)
    assert metrics.exact_agreement(np.append(Y, np.nan), np.append(X, 1)) == pytest.approx(expected)


def test_wasserstein_of_codes_is_scipys_over_the_scale() -> None:
    codes = np.arange(1, 8)
    p, q = RNG.integers(0, 50, 7), RNG.integers(0, 50, 7)
    p[3] = 0
    expected = stats.wasserstein_distance(codes, codes, p, q) / 6
    assert metrics.wasserstein(p, q) == pytest.approx(expected, abs=1e-12)


def test_wasserstein_of_numbers_is_scipys_over_the_declared_range() -> None:
    x, y = RNG.normal(40, 20, 300), RNG.normal(50, 10, 200)
    w = RNG.random(300)
    expected = stats.wasserstein_distance(x, y, w) / 100
    assert metrics.wasserstein_values(x, y, 0, 100, w) == pytest.approx(expected, abs=1e-12)


def test_ordinal_wasserstein_goes_by_position_not_by_code() -> None:
    p, q = [1, 0, 0], [0, 0, 1]
    assert metrics.wasserstein(p, q) == 1.0
    assert metrics.wasserstein([1, 0, 0], [0, 1, 0]) == 0.5
    by_value = metrics.wasserstein(
        [1, 0, 0], [0, 1, 0], level=Level.INTERVAL, positions=[1, 2, 11], width=10
    )
    assert by_value == pytest.approx(0.1)


def test_wasserstein_refuses_nominal_answers() -> None:
    with pytest.raises(ComparisonError, match="use total variation"):
        metrics.wasserstein([1, 2], [2, 1], level=Level.NOMINAL)


def test_a_chosen_option_differs_by_its_share() -> None:
    p, q = [30, 70], [50, 50]
    for distance in (
        metrics.wasserstein(p, q, level=Level.MULTIPLE),
        metrics.total_variation(p, q),
    ):
        assert distance == pytest.approx(0.2)


@pytest.mark.parametrize("base", [2.0, np.e])
def test_jensen_shannon_is_scipys(base: float) -> None:
    p, q = np.array([5, 0, 3, 2.0]), np.array([1, 4, 0, 5.0])
    expected = jensenshannon(p, q, base)
    assert metrics.jensen_shannon(p, q, base) == pytest.approx(expected, abs=1e-12)


def test_entropy_and_spread_are_scipys() -> None:
    p = np.array([5, 0, 3, 2])
    assert metrics.entropy(p) == pytest.approx(stats.entropy(p), abs=1e-12)
    assert metrics.sd(X) == pytest.approx(np.std(X), abs=1e-12)
    assert metrics.sd_ratio(X, Y) == pytest.approx(np.std(X) / np.std(Y), abs=1e-12)
    assert metrics.glass_delta(X, Y) == pytest.approx(abs(X.mean() - Y.mean()) / np.std(Y))
    assert metrics.sd(np.full(7, 0.1)) == 0.0
    assert np.isnan(metrics.sd_ratio(X, np.full(400, 2.0)))
    assert metrics.modal_share(p) == 0.5
    assert metrics.extreme_share(p) == pytest.approx(0.7)


def test_normalised_accuracy_both_ways() -> None:
    found = metrics.normalised_accuracy([0.6, 0.9, 0.5], [0.8, 0.9, np.nan])
    assert found.ratio_of_means == pytest.approx(1.5 / 1.7)
    assert found.mean_of_ratios == pytest.approx((0.75 + 1.0) / 2)


def test_halves_are_disjoint_and_of_one_size() -> None:
    first, second = metrics.half_splits(11, 40, np.random.default_rng(0))
    assert not (first & second).any()
    assert (first.sum(axis=1) == 5).all()
    assert (second.sum(axis=1) == 5).all()
    assert len({tuple(row) for row in first}) > 30


@pytest.mark.parametrize(
    ("weights", "words"),
    [([1.0, -1.0], "negative"), ([1.0, np.nan], "not a number"), ([1.0], "one weight per person")],
)
def test_bad_weights_are_refused(weights: list[float], words: str) -> None:
    with pytest.raises(ComparisonError, match=words):
        metrics.pearson([1, 2], [2, 1], weights)


def test_distributions_over_different_codes_are_refused() -> None:
    with pytest.raises(ComparisonError, match="2 codes and the other 3"):
        metrics.total_variation([1, 1], [1, 1, 1])
    with pytest.raises(ComparisonError, match="negative"):
        metrics.entropy([1, -1])


def test_zero_weights_everywhere_give_nothing_rather_than_zero() -> None:
    assert np.isnan(metrics.weighted_mean([1.0, 2.0], [0.0, 0.0]))
    assert np.isnan(metrics.pearson([1.0, 2.0], [2.0, 1.0], [0.0, 0.0]))
    assert np.isnan(metrics.spearman([1.0, 2.0], [2.0, 1.0], [0.0, 0.0]))
    assert np.isnan(metrics.total_variation([0, 0], [1, 1]))
