from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Level, Variable
from understudy.surveys.respondents.copula import (
    latent_correlations,
    latent_moments,
    nearest_correlation,
)
from understudy.surveys.respondents.predictions import MILLION, millionths
from understudy.surveys.respondents.scales import fit_scale


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.4, 0.8])
@pytest.mark.parametrize("cuts", [[0.5], [-1.0, 0.2, 1.1]])
def test_latent_correlation_is_recovered_from_coarse_answers(rho: float, cuts: list[float]) -> None:
    draw = np.random.default_rng(4)
    n = 20_000
    factor = np.linalg.cholesky(np.array([[1, rho], [rho, 1]]))
    latent = draw.standard_normal((n, 2)) @ factor.T
    codes = np.digitize(latent, cuts)
    shares = np.bincount(codes.ravel(), minlength=len(cuts) + 1) / (2 * n)
    items = [latent_moments(np.tile(shares, (n, 1)), codes[:, j]) for j in range(2)]
    assert latent_correlations(items, np.ones(n))[0, 1] == pytest.approx(rho, abs=0.04)


def test_pairs_nobody_answered_both_of_are_uncorrelated() -> None:
    draw = np.random.default_rng(0)
    codes = draw.integers(0, 3, (200, 2))
    codes[:100, 0] = -1
    codes[100:, 1] = -1
    items = [latent_moments(np.full((200, 3), 1 / 3), codes[:, j]) for j in range(2)]
    assert latent_correlations(items, np.ones(200))[0, 1] == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 8), st.integers(0, 10_000))
def test_any_symmetric_matrix_becomes_a_correlation_matrix(size: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    raw = draw.uniform(-1, 1, (size, size))
    raw = (raw + raw.T) / 2
    np.fill_diagonal(raw, 1)
    found = nearest_correlation(raw)
    assert np.diag(found) == pytest.approx(np.ones(size))
    assert np.linalg.eigvalsh(found)[0] > 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30).filter(lambda p: sum(p) > 0.01))
def test_millionths_sum_to_a_million_and_stay_close(raw: list[float]) -> None:
    found = millionths(np.array([raw]))
    assert found.sum() == MILLION
    assert (found >= 0).all()
    assert found[0] / MILLION == pytest.approx(np.array(raw) / sum(raw), abs=2e-5)


def objects(values: list[float | None]) -> npt.NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def test_a_declared_code_nobody_chose_is_rare_but_possible() -> None:
    labels = tuple((float(k), str(k)) for k in range(1, 6))
    variable = Variable(name="x", level=Level.ORDINAL, labels=labels)
    scale = fit_scale(variable, objects([1.0, 2.0, 2.0, 4.0, None]), np.ones(5))
    shares = np.bincount(scale.answers[:4]) / 4
    spread = scale.spread(shares[None, :])[0]
    assert scale.values == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert spread.sum() == pytest.approx(1)
    assert 0 < spread[2] < spread[0]
    assert spread[2] == pytest.approx(0.5 / 5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=300))
def test_numbers_keep_values_people_gave_and_their_distribution(numbers: list[int]) -> None:
    variable = Variable(name="x", level=Level.INTERVAL)
    values = objects([float(x) for x in numbers])
    scale = fit_scale(variable, values, np.ones(len(numbers)))
    shares = np.bincount(scale.answers, minlength=scale.count) / len(numbers)
    spread = scale.spread(shares[None, :])[0]
    assert set(np.array(scale.values)[spread > 0]) <= set(map(float, numbers))
    assert spread.sum() == pytest.approx(1)
    mean = float(spread @ np.array(scale.values))
    assert mean == pytest.approx(np.mean(numbers), abs=0.03 * 1000)


def test_a_focal_point_keeps_a_bin_of_its_own() -> None:
    draw = np.random.default_rng(0)
    numbers = [*draw.integers(0, 100, 300).astype(float).tolist(), *[50.0] * 100]
    variable = Variable(name="x", level=Level.INTERVAL)
    scale = fit_scale(variable, objects(numbers), np.ones(400))
    fifty = scale.values.index(50.0)
    assert (scale.bins == scale.bins[fifty]).sum() == 1


def test_values_outside_the_declared_range_are_never_drawn() -> None:
    variable = Variable(name="x", level=Level.INTERVAL, range=(0.0, 10.0))
    scale = fit_scale(variable, objects([1.0, 5.0, 999.0]), np.ones(3))
    assert scale.values == (1.0, 5.0)
    assert scale.answers.tolist()[2] == -1
