"""The graded response model against a published table and against answers it is known to have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from understudy.data.codebook import Codebook, Level, Reason, Variable
from understudy.data.graded import fit_graded
from understudy.data.panel import Panel
from understudy.data.scale_scores import theta_model, with_scores
from understudy.data.scales import Scale

FloatArray = npt.NDArray[np.float64]

# Answers of 1,000 people to section 6 of the LSAT, right (1) or wrong (0): Bock & Lieberman 1970,
# Psychometrika 35, 179–197, table 1; patterns that nobody gave are left out.
LSAT6 = {
    "00000": 3,
    "00001": 6,
    "00010": 2,
    "00011": 11,
    "00100": 1,
    "00101": 1,
    "00110": 3,
    "00111": 4,
    "01000": 1,
    "01001": 8,
    "01011": 16,
    "01101": 3,
    "01110": 2,
    "01111": 15,
    "10000": 10,
    "10001": 29,
    "10010": 14,
    "10011": 81,
    "10100": 3,
    "10101": 28,
    "10110": 15,
    "10111": 80,
    "11000": 16,
    "11001": 56,
    "11010": 21,
    "11011": 173,
    "11100": 11,
    "11101": 61,
    "11110": 28,
    "11111": 298,
}


def lsat6() -> FloatArray:
    return np.array([[float(c) for c in key] for key, n in LSAT6.items() for _ in range(n)])


def simulated(
    people: int, slopes: FloatArray, cuts: FloatArray, seed: int
) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=people)
    noise = rng.logistic(size=(people, len(slopes)))
    leaning = slopes * (trait[:, None, None] - cuts.T[None]).transpose(1, 0, 2)
    return 1.0 + (leaning + noise > 0).sum(axis=0), trait


def test_published_estimates_of_lsat6() -> None:
    # Two-parameter logistic by marginal maximum likelihood, as R's ltm (Rizopoulos 2006, J. Stat.
    # Softw. 17(5)) prints it for these data: −3.3597 .8254, −1.3696 .7229, −0.2799 .8905,
    # −1.8659 .6886, −3.1236 .6575, log-likelihood −2466.653.
    model = fit_graded(lsat6())
    assert model is not None
    assert model.converged
    assert model.people == 1000
    np.testing.assert_allclose(model.slopes, [0.825, 0.723, 0.890, 0.689, 0.657], atol=0.002)
    found = [float(b[0]) for b in model.difficulties]
    np.testing.assert_allclose(found, [-3.360, -1.370, -0.280, -1.866, -3.124], atol=0.004)
    assert model.log_likelihood == pytest.approx(-2466.653, abs=0.002)
    # Posterior means of 00000, 00001 and 00010 by quasi-Monte Carlo in the tests of R's mirt.
    three = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]], dtype=float)
    np.testing.assert_allclose(model.score(three).theta, [-1.888, -1.474, -1.454], atol=0.012)


SLOPES = np.array([0.8, 1.0, 1.5, 2.0, 1.2, 1.7])
CUTS = np.array([-1.5, -0.5, 0.5, 1.5])[None] + np.array([-0.5, 0.3, 0.0, 0.4, -0.2, 0.1])[:, None]


def test_parameters_are_recovered_and_gaps_do_no_harm() -> None:
    answers, trait = simulated(3000, SLOPES, CUTS, 3)
    answers[np.random.default_rng(4).random(answers.shape) < 0.15] = np.nan
    model = fit_graded(answers)
    assert model is not None
    np.testing.assert_allclose(model.slopes, SLOPES, rtol=0.12)
    np.testing.assert_allclose(np.array(model.difficulties), CUTS, atol=0.2)
    found = model.score(answers)
    r = np.corrcoef(found.theta, trait)[0, 1]
    assert r > 0.85
    # The square of r with the trait is what the model itself takes for its reliability.
    assert model.reliability(answers) == pytest.approx(r**2, abs=0.04)
    assert found.theta.mean() == pytest.approx(0.0, abs=0.02)
    inside = np.abs(found.theta - trait) < 1.96 * found.error
    assert inside.mean() == pytest.approx(0.95, abs=0.015)


def test_gradient_is_that_of_the_likelihood() -> None:
    from scipy.optimize import check_grad

    from understudy.data import graded

    answers, _ = simulated(200, SLOPES[:4], CUTS[:4], 8)
    codes = tuple(np.unique(column) for column in answers.T)
    sizes = [len(found) for found in codes]
    places = graded._places(answers, codes)
    shown, counts = graded._one_hot(places, codes), np.ones(len(answers))
    start = np.concatenate([graded._start(c, n) for c, n in zip(places.T, sizes, strict=True)])

    def cost(packed: FloatArray) -> float:
        return graded._cost(packed, shown, counts, sizes)[0]

    def gradient(packed: FloatArray) -> FloatArray:
        return graded._cost(packed, shown, counts, sizes)[1]

    assert check_grad(cost, gradient, start + 0.1) < 1e-5


def test_theta_rises_with_the_answers_and_ignores_what_nobody_gave() -> None:
    answers, _ = simulated(500, SLOPES, CUTS, 5)
    model = fit_graded(answers)
    assert model is not None
    steps = np.repeat(np.arange(1.0, 6.0)[:, None], 6, axis=1)
    theta = model.score(steps).theta
    assert (np.diff(theta) > 0).all()
    # A code that did not occur in fitting is taken for the nearest that did.
    beyond = model.score(np.full((1, 6), 9.0)).theta
    assert beyond[0] == theta[-1]
    blank = model.score(np.full((1, 6), np.nan))
    assert np.isnan(blank.theta[0])
    assert np.isnan(blank.error[0])


def test_items_all_turned_over_turn_the_trait_over() -> None:
    answers, _ = simulated(600, SLOPES, CUTS, 6)
    one, other = fit_graded(answers), fit_graded(6 - answers)
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.score(answers).theta, -other.score(6 - answers).theta, atol=2e-3)


@pytest.mark.parametrize(
    "answers",
    [
        simulated(99, SLOPES, CUTS, 1)[0],
        simulated(300, SLOPES[:2], CUTS[:2], 1)[0],
        np.column_stack([simulated(300, SLOPES, CUTS, 1)[0], np.full(300, 3.0)]),
    ],
    ids=["few people", "few items", "an item with one answer"],
)
def test_no_model_where_answers_bear_none(answers: FloatArray) -> None:
    assert fit_graded(answers) is None


def test_theta_in_a_panel() -> None:

    answers, _ = simulated(400, SLOPES, CUTS, 9)
    answers[0, :4] = np.nan
    names = [f"i{k}" for k in range(6)]
    points = tuple((float(k), str(k)) for k in range(1, 6))
    book = Codebook(tuple(Variable(name=n, level=Level.ORDINAL, labels=points) for n in names))
    index = pd.Index([f"p{k}" for k in range(400)], name="person")
    people = Panel(pd.DataFrame(answers, index=index, columns=names), book)
    scale = Scale(name="trait", items=tuple(names), score="theta", minimum=3)
    found = with_scores(people, [scale])
    assert found.codebook["trait"].range is None
    assert found.reasons("trait")[0] is Reason.NOT_RECORDED
    assert found.answered("trait").sum() == 399
    few = people.take(np.arange(1, 51))
    alone = with_scores(few, [scale])
    assert set(alone.reasons("trait")) == {Reason.OTHER}
    assert alone.codebook["trait"].missing[0].label == "too few answers to fit a model to"
    model = theta_model(people, scale)
    assert model is not None
    borrowed = with_scores(few, [scale], models={"trait": model})
    np.testing.assert_array_equal(borrowed.numbers("trait"), found.numbers("trait")[1:51])
    assert theta_model(people, replace(scale, score="mean")) is None
