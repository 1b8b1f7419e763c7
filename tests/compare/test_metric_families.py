"""Probability scores, structure, effects, corrections, quality: values and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from sklearn.metrics import brier_score_loss, log_loss

from understudy.compare import metrics
from understudy.data.codebook import Level
from understudy.data.errors import ComparisonError
from understudy.data.scale_report import cronbach_alpha as alpha_of_scales

RNG = np.random.default_rng(8)
P = RNG.dirichlet(np.ones(4), 60)
AT = RNG.integers(0, 4, 60)
W = RNG.random(60)
ANSWERS = RNG.integers(1, 6, (80, 4)).astype(float)

SLEEP_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
"""R's data set `sleep` (Student 1908)."""

PS = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1))
SHARES = hnp.arrays(np.float64, (9, 5), elements=st.integers(1, 30).map(float)).map(
    lambda counts: counts / counts.sum(axis=1, keepdims=True)
)
PLACES = hnp.arrays(np.intp, 9, elements=st.integers(0, 4))
SIDES = hnp.arrays(np.float64, (12, 4), elements=st.integers(1, 5).map(float))


# --- probabilities ----------------------------------------------------------------------------


def test_brier_and_log_score_are_scikit_learns() -> None:
    assert metrics.log_score(P, AT, W) == pytest.approx(
        log_loss(AT, P, sample_weight=W, labels=range(4)), abs=1e-10
    )
    assert metrics.brier(P, AT) == pytest.approx(
        ((P - np.eye(4)[AT]) ** 2).sum(1).mean(), abs=1e-12
    )
    two = np.column_stack((1 - P[:, 0], P[:, 0]))
    binary = brier_score_loss(AT > 1, P[:, 0])
    assert metrics.brier(two, (AT > 1).astype(int)) == pytest.approx(2 * binary, abs=1e-10)


def test_ranked_probability_score_by_hand() -> None:
    # F = (.2, .7); the answer is the second of three: (.2 − 0)² + (.7 − 1)² over 2.
    assert metrics.cell_rps([[0.2, 0.5, 0.3]], [1]) == pytest.approx([0.065])
    certain = np.eye(4)[AT]
    assert metrics.ranked_probability_score(certain, AT) == 0.0
    assert metrics.cell_rps([[1.0, 0, 0]], [2]) == pytest.approx([1.0])


def test_calibration_by_hand() -> None:
    stated = [0.05, 0.05, 0.95, 0.95, 0.5, np.nan]
    true = [0, 1, 1, 1, 0, 1]
    found = metrics.calibration(stated, true, bins=10)
    assert found.ece == pytest.approx((2 * 0.45 + 2 * 0.05 + 1 * 0.5) / 5)
    assert found.counts.sum() == 5
    assert found.counts[[0, 5, 9]].tolist() == [2, 1, 2]
    assert np.isnan(found.stated[3])


@given(p=SHARES, at=PLACES)
def test_proper_scores_are_bounded_and_best_for_certainty(p: np.ndarray, at: np.ndarray) -> None:
    sure = np.eye(5)[at]
    for cells, top in ((metrics.cell_brier, 2.0), (metrics.cell_rps, 1.0)):
        values = cells(p, at)
        assert (values >= -1e-12).all()
        assert (values <= top + 1e-12).all()
        assert (cells(sure, at) <= values + 1e-12).all()
    turned = metrics.cell_rps(p[:, ::-1], 4 - at)
    np.testing.assert_allclose(turned, metrics.cell_rps(p, at), atol=1e-12)
    assert 0 <= metrics.calibration(p.max(axis=1), p.argmax(axis=1) == at).ece <= 1


@given(p=SHARES)
def test_the_truth_is_the_best_forecast_in_expectation(p: np.ndarray) -> None:
    truth, other = p[0], p[1]
    for cells in (metrics.cell_brier, metrics.cell_rps, metrics.cell_log_score):
        honest = truth @ cells(np.tile(truth, (5, 1)), np.arange(5))
        assert honest <= truth @ cells(np.tile(other, (5, 1)), np.arange(5)) + 1e-9


def test_missing_and_impossible_probabilities() -> None:
    gap = P.copy()
    gap[0] = np.nan
    answers = AT.copy()
    answers[1] = -1
    cells = metrics.cell_rps(gap, answers)
    assert np.isnan(cells[:2]).all()
    assert not np.isnan(cells[2:]).any()
    with pytest.raises(ComparisonError, match="add to 1"):
        metrics.brier([[0.5, 0.2]], [0])
    with pytest.raises(ComparisonError, match="declared codes"):
        metrics.brier([[0.5, 0.5]], [2])
    with pytest.raises(ComparisonError, match="one row of probabilities"):
        metrics.brier(P, AT[:5])
    assert metrics.skill(0.2, 0.4) == pytest.approx(0.5)
    assert np.isnan(metrics.skill(0.2, 0.0))


# --- structure --------------------------------------------------------------------------------


def test_correlation_matrix_is_numpys_and_pairwise() -> None:
    np.testing.assert_allclose(
        metrics.correlation_matrix(ANSWERS), np.corrcoef(ANSWERS.T), atol=1e-12
    )
    gaps = ANSWERS.copy()
    gaps[:30, 0] = np.nan
    found = metrics.correlation_matrix(gaps)
    assert found[0, 1] == pytest.approx(np.corrcoef(ANSWERS[30:, 0], ANSWERS[30:, 1])[0, 1])
    assert found[1, 2] == pytest.approx(np.corrcoef(ANSWERS[:, 1], ANSWERS[:, 2])[0, 1])
    flat = np.column_stack((ANSWERS[:, 0], np.full(80, 0.1)))
    assert np.isnan(metrics.correlation_matrix(flat)[0, 1])


def test_weights_of_a_correlation_matrix_repeat_people() -> None:
    counts = RNG.integers(0, 3, 80)
    repeated = np.repeat(ANSWERS, counts, axis=0)
    expected = metrics.correlation_matrix(repeated)
    np.testing.assert_allclose(metrics.correlation_matrix(ANSWERS, counts), expected, atol=1e-10)
    both = metrics.correlation_matrix(ANSWERS, np.stack((np.ones(80), counts)))
    np.testing.assert_allclose(both[1], expected, atol=1e-10)


def test_matrix_distances_by_hand() -> None:
    a, b = np.array([[1, 0.5], [0.5, 1]]), np.array([[1, -0.1], [-0.1, 1]])
    assert metrics.frobenius(a, b) == pytest.approx(np.linalg.norm(a - b), abs=1e-12)
    assert metrics.rms_difference(a, b) == pytest.approx(0.6)
    expected = 1 - np.trace(a @ b) / (np.linalg.norm(a) * np.linalg.norm(b))
    assert metrics.correlation_distance(a, b) == pytest.approx(expected, abs=1e-12)
    assert metrics.mean_correlation(a) == pytest.approx(0.5)


@given(x=SIDES, y=SIDES, z=SIDES, order=st.permutations(range(4)))
def test_matrix_distances_are_distances(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, order: list[int]
) -> None:
    matrices = [metrics.correlation_matrix(side) for side in (x, y, z)]
    if any(np.isnan(matrix).any() for matrix in matrices):
        return
    a, b, c = matrices
    d = float(metrics.frobenius(a, b))
    assert d == pytest.approx(float(metrics.frobenius(b, a)))
    assert float(metrics.frobenius(a, a)) == 0
    assert d <= float(metrics.frobenius(a, c)) + float(metrics.frobenius(c, b)) + 1e-9
    moved = [metrics.correlation_matrix(side[:, order]) for side in (x, y)]
    assert float(metrics.frobenius(*moved)) == pytest.approx(d, abs=1e-9)
    assert 0 <= float(metrics.correlation_distance(a, b)) <= 1


def test_alpha_is_that_of_scale_scores_and_takes_resamples() -> None:
    trait = RNG.normal(size=(200, 1))
    keyed = trait + RNG.normal(size=(200, 5))
    weights = RNG.random(200)
    assert metrics.cronbach_alpha(keyed) == pytest.approx(alpha_of_scales(keyed), abs=1e-12)
    stacked = metrics.cronbach_alpha(keyed, np.stack((np.ones(200), weights)))
    assert stacked[1] == pytest.approx(alpha_of_scales(keyed, weights), abs=1e-12)
    same = np.tile(trait, (1, 4))
    assert metrics.cronbach_alpha(same) == pytest.approx(1.0)
    assert np.isnan(metrics.cronbach_alpha(np.ones((9, 3))))
    assert np.isnan(metrics.cronbach_alpha(keyed[:, :1]))


# --- effects, tests, corrections --------------------------------------------------------------


def test_an_effect_is_rs_welch_test() -> None:
    """t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939."""
    values = np.concatenate((SLEEP_1, SLEEP_2))
    first = np.arange(20) < 10
    found = metrics.effect(values, first, ~first)
    assert found.delta / found.error == pytest.approx(-1.8608, abs=5e-5)
    assert found.df == pytest.approx(17.776, abs=5e-4)
    assert found.p == pytest.approx(0.07939, abs=5e-6)
    exact = stats.ttest_ind(SLEEP_1, SLEEP_2, equal_var=False)
    assert found.p == pytest.approx(exact.pvalue, abs=1e-12)
    pooled = np.sqrt((SLEEP_1.var(ddof=1) + SLEEP_2.var(ddof=1)) / 2)
    assert found.d == pytest.approx((SLEEP_1.mean() - SLEEP_2.mean()) / pooled, abs=1e-12)


def test_effects_of_several_items_and_resamples_at_once() -> None:
    values = np.column_stack((ANSWERS[:, 0], np.where(np.arange(80) < 8, np.nan, ANSWERS[:, 1])))
    arm = np.arange(80) % 2 == 0
    counts = np.stack((np.ones(80), RNG.integers(1, 3, 80)))
    found = metrics.effect(values, arm, ~arm, counts)
    assert found.delta.shape == (2, 2)
    kept = np.arange(80) >= 8
    expected = stats.ttest_ind(ANSWERS[arm & kept, 1], ANSWERS[~arm & kept, 1], equal_var=False)
    assert found.p[0, 1] == pytest.approx(expected.pvalue, abs=1e-12)
    alone = metrics.effect(values, arm, np.zeros(80, dtype=bool))
    assert np.isnan(alone.delta).all()


def test_flat_arms_have_a_difference_and_no_d() -> None:
    values = np.repeat([1.1, 2.1], 6)
    found = metrics.effect(values, values > 2, values < 2)
    assert found.delta == pytest.approx(1.0)
    assert np.isnan(found.d)
    assert np.isnan(found.p)


def test_a_line_is_scipys() -> None:
    x, y = RNG.normal(size=30), RNG.normal(size=30)
    line = stats.linregress(x, y)
    slope, intercept, r = metrics.line_through(np.append(x, np.nan), np.append(y, 1.0))
    np.testing.assert_allclose(
        [slope, intercept, r], [line.slope, line.intercept, line.rvalue], atol=1e-10
    )
    assert np.isnan(metrics.line_through([1.0, 1.0], [1.0, 2.0])[0])


def test_signs_and_verdicts() -> None:
    np.testing.assert_array_equal(
        metrics.same_direction([1, 1, 0, np.nan], [2, -1, 1, 1]), [1, 0, np.nan, np.nan]
    )
    verdicts = metrics.same_verdict(
        [1, 1, 1, 1], [0.01, 0.01, 0.5, 0.5], [1, -1, -1, 1], [0.02, 0.02, 0.6, np.nan]
    )
    np.testing.assert_array_equal(verdicts, [1, 0, 1, np.nan])


def test_means_are_compared_as_rs_paired_test() -> None:
    """t.test(sleep$extra[1:10], sleep$extra[11:20], paired = TRUE): p-value = 0.002833."""
    found = metrics.mean_difference_p(SLEEP_1, SLEEP_2)
    assert found == pytest.approx(0.002833, abs=5e-7)
    assert found == pytest.approx(stats.ttest_rel(SLEEP_1, SLEEP_2).pvalue, abs=1e-12)
    columns = metrics.mean_difference_p(ANSWERS[:, :2], ANSWERS[:, 2:])
    np.testing.assert_allclose(columns, stats.ttest_rel(ANSWERS[:, :2], ANSWERS[:, 2:]).pvalue)
    assert metrics.mean_difference_p([1.0, 2.0], [1.0, 2.0]) == 1.0
    assert metrics.mean_difference_p([2.0, 3.0], [1.0, 2.0]) == 0.0
    assert np.isnan(metrics.mean_difference_p([1.0], [2.0]))


def test_shares_are_compared_by_chi_squared() -> None:
    """chisq.test(rbind(c(12, 5, 7), c(7, 7, 9)))$p.value."""
    counts = np.array([[12, 5, 0, 7], [7, 7, 0, 9]])
    expected = stats.chi2_contingency(counts[:, [0, 1, 3]], correction=False).pvalue
    assert metrics.share_difference_p(*counts) == pytest.approx(expected, abs=1e-12)
    assert metrics.share_difference_p([3, 0], [4, 0]) == 1.0
    assert np.isnan(metrics.share_difference_p([0, 0], [4, 1]))


def test_corrections_are_rs() -> None:
    """p.adjust(c(.01, .02, .03, .04, .05), "holm") and "BH"; scipy's for others."""
    p = [0.01, 0.02, 0.03, 0.04, 0.05]
    np.testing.assert_allclose(metrics.holm(p), [0.05, 0.08, 0.09, 0.09, 0.09], atol=1e-12)
    np.testing.assert_allclose(metrics.benjamini_hochberg(p), [0.05] * 5, atol=1e-12)
    many = RNG.random(40) ** 3
    np.testing.assert_allclose(
        metrics.benjamini_hochberg(many), stats.false_discovery_control(many), atol=1e-12
    )


@given(p=PS)
def test_corrections_keep_order_and_never_make_smaller(p: np.ndarray) -> None:
    for correct in (metrics.holm, metrics.benjamini_hochberg):
        found = correct(p)
        assert (found >= p - 1e-12).all()
        assert (found <= 1).all()
        assert (np.diff(found[np.argsort(p, kind="stable")]) >= -1e-12).all()
        np.testing.assert_allclose(correct(np.append(p, np.nan))[:-1], found)
    assert (metrics.benjamini_hochberg(p) <= metrics.holm(p) + 1e-12).all()


def test_the_gap_between_groups_is_judged_against_chance() -> None:
    rng = np.random.default_rng(0)
    groups = np.arange(200) % 4
    cells = rng.normal(size=(200, 3))
    chance = metrics.chance_gap(cells, groups, rng=rng)
    assert chance.expected > 0.05
    assert chance.p > 0.01
    cells[groups == 1] -= 1.0
    found = metrics.chance_gap(cells, groups, rng=rng)
    assert found.p < 0.01
    means = metrics.group_means(cells, groups)
    assert found.gap == pytest.approx(np.ptp([cells[groups == k].mean() for k in range(4)]))
    assert means[1] == pytest.approx(cells[groups == 1].mean())
    assert np.isnan(metrics.chance_gap(cells, np.zeros(200, dtype=int), rng=rng).gap)


# --- distances --------------------------------------------------------------------------------


def test_a_raw_distance_is_scipys_in_the_units_of_the_answers() -> None:
    at = np.array([0.0, 10.0, 50.0, 100.0])
    p, q = RNG.integers(1, 9, 4), RNG.integers(1, 9, 4)
    expected = stats.wasserstein_distance(at, at, p, q)
    assert metrics.wasserstein_raw(p, q, at) == pytest.approx(expected, abs=1e-10)
    with pytest.raises(ComparisonError, match="nominal"):
        metrics.wasserstein_raw(p, q, at, level=Level.NOMINAL)
    assert metrics.representativeness([0.1, np.nan, 0.3]) == pytest.approx(0.8)
    assert metrics.variance_ratio(ANSWERS[:, 0], ANSWERS[:, 1]) == pytest.approx(
        ANSWERS[:, 0].var() / ANSWERS[:, 1].var(), abs=1e-12
    )


# --- data quality -----------------------------------------------------------------------------


def test_straight_lines_runs_and_styles_by_hand() -> None:
    places = metrics.places_of(np.array([[1, 1, 1, 1], [5, 3, 1, 5], [3, np.nan, np.nan, 3]]), 1, 5)
    np.testing.assert_array_equal(metrics.same_answers(places), [1, 0, np.nan])
    np.testing.assert_array_equal(metrics.longest_run(places), [4, 1, 2])
    np.testing.assert_allclose(metrics.acquiescence(places), [0, 0.625, 0.5])
    np.testing.assert_allclose(metrics.end_share(places), [1, 0.75, 0])
    np.testing.assert_allclose(metrics.middle_share(places), [0, 0.25, 1])
    turned = metrics.places_of([[1.0, 5.0]], [5, 1], [1, 5])
    np.testing.assert_array_equal(turned, [[1, 1]])


def test_speed_duplicates_and_first_places() -> None:
    np.testing.assert_array_equal(metrics.speeding([10, 100, 110, np.nan]), [1, 0, 0, np.nan])
    np.testing.assert_array_equal(
        metrics.duplicates(["Yes, I do", "yes,  i do ", "no", "", None]), [1, 1, 0, np.nan, np.nan]
    )
    np.testing.assert_allclose(
        metrics.position_gain([0, 0, 1, np.nan], [2, 4, 2, 2]), [(0.5 + 0.75 - 0.5) / 3, -0.25 / 3]
    )
    assert np.isnan(metrics.position_gain([np.nan], [3])).all()
    assert np.isnan(metrics.speeding([np.nan])).all()


@given(answers=hnp.arrays(np.float64, (6, 5), elements=st.integers(1, 5).map(float)))
def test_styles_turn_with_the_scale(answers: np.ndarray) -> None:
    places, turned = metrics.places_of(answers, 1, 5), metrics.places_of(answers, 5, 1)
    np.testing.assert_allclose(metrics.acquiescence(places), 1 - metrics.acquiescence(turned))
    for style in (metrics.end_share, metrics.middle_share, metrics.same_answers):
        np.testing.assert_allclose(style(places), style(turned))
