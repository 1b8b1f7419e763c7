"""What must hold of every metric, whatever the data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from understudy.compare import metrics

COUNTS = hnp.arrays(np.float64, 6, elements=st.integers(0, 50).map(float)).filter(
    lambda counts: counts.sum() > 0
)
ANSWERS = hnp.arrays(np.float64, 25, elements=st.integers(1, 7).map(float))
WITH_GAPS = hnp.arrays(
    np.float64, (25, 3), elements=st.one_of(st.integers(1, 7).map(float), st.just(np.nan))
)
DISTANCES = [metrics.wasserstein, metrics.total_variation, metrics.jensen_shannon]
Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


@pytest.mark.parametrize("distance", DISTANCES)
@given(p=COUNTS, q=COUNTS, r=COUNTS)
def test_a_distance_is_a_metric(
    distance: Distance, p: np.ndarray, q: np.ndarray, r: np.ndarray
) -> None:
    d = float(distance(p, q))
    assert 0 <= d <= 1 + 1e-9
    assert d == pytest.approx(float(distance(q, p)), abs=1e-9)
    assert float(distance(p, p)) == pytest.approx(0, abs=1e-7)
    assert d <= float(distance(p, r)) + float(distance(r, q)) + 1e-7


@given(p=COUNTS, q=COUNTS, order=st.permutations(range(6)))
def test_names_of_nominal_codes_do_not_matter(
    p: np.ndarray, q: np.ndarray, order: list[int]
) -> None:
    for distance in (metrics.total_variation, metrics.jensen_shannon):
        assert float(distance(p[order], q[order])) == pytest.approx(float(distance(p, q)))
    assert float(metrics.entropy(p[order])) == pytest.approx(float(metrics.entropy(p)))


@given(p=COUNTS, q=COUNTS)
def test_turning_a_scale_round_moves_nothing(p: np.ndarray, q: np.ndarray) -> None:
    turned = float(metrics.wasserstein(p[::-1], q[::-1]))
    assert turned == pytest.approx(float(metrics.wasserstein(p, q)))


@given(p=COUNTS, q=COUNTS)
def test_an_unused_category_does_not_change_total_variation(p: np.ndarray, q: np.ndarray) -> None:
    more = float(metrics.total_variation(np.append(p, 0), np.append(q, 0)))
    assert more == pytest.approx(float(metrics.total_variation(p, q)))


@given(pred=WITH_GAPS, truth=WITH_GAPS)
def test_weights_of_one_are_no_weights_exactly(pred: np.ndarray, truth: np.ndarray) -> None:
    ones = np.ones(25)
    for metric in (metrics.pearson, metrics.spearman, metrics.exact_agreement, metrics.sd_ratio):
        np.testing.assert_array_equal(metric(pred, truth), metric(pred, truth, ones))
    np.testing.assert_array_equal(
        metrics.accuracy(pred, truth, 1, 7), metrics.accuracy(pred, truth, 1, 7, ones)
    )


@given(pred=WITH_GAPS, truth=WITH_GAPS, scale=st.sampled_from([0.5, 2.0, 4.0]))
def test_only_the_proportions_of_weights_matter(
    pred: np.ndarray, truth: np.ndarray, scale: float
) -> None:
    w = np.random.default_rng(1).random(25)
    for metric in (metrics.pearson, metrics.spearman, metrics.exact_agreement, metrics.sd_ratio):
        np.testing.assert_allclose(metric(pred, truth, scale * w), metric(pred, truth, w))


@given(pred=ANSWERS, truth=ANSWERS)
def test_individual_scores_are_bounded_and_symmetric(pred: np.ndarray, truth: np.ndarray) -> None:
    for metric in (metrics.pearson, metrics.spearman):
        r = float(metric(pred, truth))
        assert np.isnan(r) or -1 <= r <= 1
        np.testing.assert_allclose(r, metric(truth, pred), atol=1e-12)
        np.testing.assert_allclose(r, -metric(8 - pred, truth), atol=1e-9)
    assert 0 <= float(metrics.accuracy(pred, truth, 1, 7)) <= 1
    assert float(metrics.accuracy(truth, truth, 1, 7)) == 1.0


@given(pred=ANSWERS, truth=ANSWERS, order=st.permutations(range(25)))
def test_the_order_of_people_does_not_matter(
    pred: np.ndarray, truth: np.ndarray, order: list[int]
) -> None:
    for metric in (metrics.pearson, metrics.spearman, metrics.exact_agreement):
        np.testing.assert_allclose(
            metric(pred[order], truth[order]), metric(pred, truth), atol=1e-9
        )


@given(x=ANSWERS)
def test_shares_count_everybody_once(x: np.ndarray) -> None:
    shares = metrics.shares_of(x, np.arange(1.0, 8.0))
    assert shares.sum() == pytest.approx(1.0)
    w = np.stack((np.ones(25), np.arange(25.0)))
    np.testing.assert_allclose(metrics.shares_of(x, np.arange(1.0, 8.0), w)[0], shares)
