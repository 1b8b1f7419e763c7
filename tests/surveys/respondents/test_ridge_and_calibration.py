from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from understudy.surveys.respondents.calibration import calibrate, fit_cumulative, fit_multinomial
from understudy.surveys.respondents.ridge import PENALTIES, fit_ridge
from understudy.surveys.respondents.threads import single_threaded

FloatArray = npt.NDArray[np.float64]


def brute(x: FloatArray, y: FloatArray, w: FloatArray, penalty: float) -> FloatArray:
    """Ridge by the normal equations with an unpenalised intercept."""
    design = np.column_stack([np.ones(len(x)), x])
    lam = np.diag([0.0, *[penalty] * x.shape[1]])
    found: FloatArray = np.asarray(
        np.linalg.solve(design.T @ (w[:, None] * design) + lam, design.T @ (w * y)), np.float64
    )
    return found


@pytest.mark.parametrize(("people", "columns"), [(40, 6), (15, 30)])
def test_leave_one_out_is_what_refitting_without_each_person_gives(
    people: int, columns: int
) -> None:
    draw = np.random.default_rng(1)
    x, w = draw.standard_normal((people, columns)), draw.uniform(0.5, 2, people)
    y = np.column_stack([x[:, 0] + draw.standard_normal(people), draw.standard_normal(people)])
    fit = fit_ridge(x, y, w)
    for c in range(2):
        penalty = fit.penalties[c] * w.sum()
        for i in range(people):
            rest = np.arange(people) != i
            # Slopes without the person, around everybody's means.
            centred, mean = x - w @ x / w.sum(), w @ y[:, c] / w.sum()
            inner = centred[rest].T @ (w[rest, None] * centred[rest]) + penalty * np.eye(columns)
            slopes = np.linalg.solve(inner, centred[rest].T @ (w[rest] * (y[rest, c] - mean)))
            assert fit.loo[i, c] == pytest.approx(mean + centred[i] @ slopes, abs=1e-8)
        whole = brute(x, y[:, c], w, penalty)
        assert fit.intercepts[c] == pytest.approx(whole[0], abs=1e-8)
        assert fit.coefficients[:, c] == pytest.approx(whole[1:], abs=1e-8)


@pytest.mark.parametrize("columns", [3, 90])
def test_people_without_a_response_are_as_if_not_there(columns: int) -> None:
    # With many features the gap is filled in the shared basis, with few it is decomposed anew.
    draw = np.random.default_rng(4)
    x, w = draw.standard_normal((120, columns)), draw.uniform(0.5, 2, 120)
    y = np.column_stack([x[:, 0], x[:, 1]]) + draw.standard_normal((120, 2))
    y[[3, 50, 77], 1] = np.nan
    fit = fit_ridge(x, y, w)
    rows = ~np.isnan(y[:, 1])
    scale = w.sum() / w[rows].sum()
    alone = fit_ridge(x[rows], y[rows, 1:], w[rows], PENALTIES * scale)
    assert fit.penalties[1] * scale == pytest.approx(alone.penalties[0])
    assert fit.loo[rows, 1] == pytest.approx(alone.loo[:, 0], abs=1e-8)
    assert np.isnan(fit.loo[~rows, 1]).all()
    assert fit.predict(x)[:, 1] == pytest.approx(alone.predict(x)[:, 0], abs=1e-8)
    assert fit.loo[:, 0] == pytest.approx(fit_ridge(x, y[:, :1], w).loo[:, 0], abs=1e-8)


def test_the_penalty_chosen_has_the_smallest_leave_one_out_error() -> None:
    draw = np.random.default_rng(2)
    x = draw.standard_normal((60, 10))
    y = (x[:, 0] + 2 * draw.standard_normal(60))[:, None]
    w = np.ones(60)
    errors = []
    for penalty in PENALTIES:
        left = []
        for i in range(60):
            rest = np.arange(60) != i
            b = brute(x[rest], y[rest, 0], w[rest], penalty * w.sum())
            left.append(y[i, 0] - b[0] - x[i] @ b[1:])
        errors.append(float(np.square(left).sum()))
    assert fit_ridge(x, y, w).penalties[0] == PENALTIES[int(np.argmin(errors))]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_whole_weights_are_repeated_people(seed: int) -> None:
    draw = np.random.default_rng(seed)
    x, y = draw.standard_normal((12, 3)), draw.standard_normal((12, 1))
    w = draw.integers(1, 4, 12)
    one = fit_ridge(x, y, w.astype(float), np.array([0.3]))
    again = fit_ridge(np.repeat(x, w, 0), np.repeat(y, w, 0), np.ones(w.sum()), np.array([0.3]))
    assert one.coefficients == pytest.approx(again.coefficients, abs=1e-9)
    codes = draw.integers(0, 3, 12)
    codes[:3] = [0, 1, 2]
    none = np.zeros((12, 0))
    a = fit_cumulative(x[:, 0], none, codes, 3, w.astype(float))
    b = fit_cumulative(
        np.repeat(x[:, 0], w), np.zeros((w.sum(), 0)), np.repeat(codes, w), 3, np.ones(w.sum())
    )
    # The prior holds a quarter of an answer per category on either side, of the same people.
    assert a == pytest.approx(b, abs=1e-5)


def test_no_features_predict_the_mean_for_everybody_alike() -> None:
    y = np.array([[1.0], [2.0], [6.0]])
    fit = fit_ridge(np.zeros((3, 0)), y, np.ones(3))
    assert fit.loo[:, 0] == pytest.approx([3.0, 3.0, 3.0])


def test_scores_of_features_that_say_nothing_do_not_give_the_answer_away() -> None:
    draw = np.random.default_rng(5)
    x, y = draw.standard_normal((400, 3)), draw.standard_normal((400, 40))
    loo = fit_ridge(x, y, np.ones(400), np.array([100.0])).loo
    r = [np.corrcoef(loo[:, k], y[:, k])[0, 1] for k in range(40)]
    # Means without the person would correlate at almost −1 here, and a calibration reads that.
    assert abs(np.mean(r)) < 0.1


def made(people: int = 400, seed: int = 3) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    draw = np.random.default_rng(seed)
    score = draw.standard_normal(people)
    latent = 1.2 * score + draw.logistic(size=people)
    return score, np.digitize(latent, [-1.0, 0.3, 1.5])


def test_proportional_odds_maximise_the_penalised_likelihood() -> None:
    score, codes = made()
    shares = np.bincount(codes, minlength=4) + 0.25
    below = np.cumsum(shares)[:-1] / shares.sum()
    prior = np.log(below / (1 - below))

    def objective(theta: FloatArray) -> float:
        cuts = np.column_stack(
            [
                np.zeros(400),
                *[1 / (1 + np.exp(-(a - theta[3] * score))) for a in theta[:3]],
                np.ones(400),
            ]
        )
        own = np.diff(cuts, axis=1)[np.arange(400), codes]
        if (own <= 0).any():
            return 1e9
        prior_part = 0.5e-3 * float(((theta[:3] - prior) ** 2).sum())
        return -float(np.log(own).sum()) + prior_part + 0.5 * float(theta[3]) ** 2

    best = minimize(
        objective,
        [-1.0, 0.0, 1.0, 0.5],
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 20_000},
    )
    found = fit_cumulative(score, np.zeros((400, 0)), codes, 4, np.ones(400))
    assert found == pytest.approx(best.x, abs=1e-3)
    assert found[3] == pytest.approx(1.2, abs=0.25)


def test_multinomial_logit_agrees_with_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    score, codes = made()
    design = np.column_stack([np.ones(400), score, score**2])
    ours = fit_multinomial(design, codes, 4, np.ones(400), penalty=1e-6).reshape(3, 3)
    theirs = LogisticRegression(C=1e6, max_iter=2000, tol=1e-10).fit(design[:, 1:], codes)
    coefficients = np.column_stack([theirs.intercept_, theirs.coef_])
    assert ours == pytest.approx(coefficients[:3] - coefficients[3], abs=0.02)


def test_calibration_keeps_the_marginal_and_beats_it_only_where_there_is_signal() -> None:
    score, codes = made(900)
    parts = np.arange(900)
    style = np.zeros((900, 0))
    good = calibrate(score[:, None], style, codes, 4, np.ones(900), parts, ordered=True)
    assert good.family in ("ordinal", "multinomial")
    assert good.losses[good.family] < good.losses["marginal"] - 0.1
    mean = good.predict(score[:, None], style).mean(axis=0)
    assert mean == pytest.approx(np.bincount(codes) / 900, abs=0.01)
    noise = np.random.default_rng(0).standard_normal((900, 1))
    nothing = calibrate(noise, style, codes, 4, np.ones(900), parts, ordered=True)
    assert nothing.losses["marginal"] - nothing.losses[nothing.family] < 0.01


def test_response_style_widens_answers() -> None:
    draw = np.random.default_rng(5)
    style = draw.standard_normal((1500, 1))
    latent = draw.logistic(size=1500) * np.exp(0.8 * style[:, 0])
    codes = np.digitize(latent, [-2.0, -0.7, 0.7, 2.0])
    score = 0.01 * draw.standard_normal((1500, 1))
    fit = calibrate(score, style, codes, 5, np.ones(1500), np.arange(1500), ordered=True)
    assert fit.family in ("dispersed", "multinomial-style")
    narrow, wide = fit.predict(np.zeros((2, 1)), np.array([[-1.5], [1.5]]))
    assert wide[0] + wide[4] > 2 * (narrow[0] + narrow[4])


def test_linear_algebra_runs_on_one_thread_whichever_library_does_it() -> None:
    from threadpoolctl import threadpool_info

    with single_threaded():
        libraries = [one for one in threadpool_info() if one["user_api"] == "blas"]
        assert len(libraries) >= 1
        assert {one["num_threads"] for one in libraries} == {1}
