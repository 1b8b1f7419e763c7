from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import Level, Reason, Variable
from understudy.data.samples.design import LATENTS, SEED, item, missing_codes
from understudy.data.samples.draw import draw_people
from understudy.data.samples.model import Marginal, absence, by_moments, by_shares, normals

MANY = 40_000


@given(st.lists(st.floats(0.02, 1.0), min_size=2, max_size=9))
def test_shares_come_back_and_cutting_never_strengthens_a_correlation(raw: list[float]) -> None:
    total = sum(raw)
    shares = {float(code): share / total for code, share in enumerate(raw)}
    marginal = by_shares(shares)
    assert marginal.shares == pytest.approx(list(shares.values()), abs=1e-9)
    assert marginal.mean == pytest.approx(sum(c * p for c, p in shares.items()))
    assert 0 < marginal.linear < 1


@given(st.floats(2.0, 5.0), st.floats(0.9, 1.6))
def test_a_rounded_normal_has_the_moments_asked_for(mean: float, sd: float) -> None:
    marginal = by_moments(1, 6, mean, sd)
    assert marginal.mean == pytest.approx(mean, abs=1e-6)
    assert marginal.sd == pytest.approx(sd, abs=1e-6)


def test_moments_that_no_answers_have_are_refused() -> None:
    with pytest.raises(ValueError, match=r"mean 5\.9 and SD 2\.5"):
        by_moments(1, 6, 5.9, 2.5)


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        by_shares({1.0: 0.5, 2.0: 0.4})


def test_a_cut_falls_into_the_upper_category_at_its_own_point() -> None:
    marginal = Marginal((1.0, 2.0, 3.0), (-1.0, 1.0))
    assert marginal.cut(np.array([-2.0, -1.0, 0.0, 1.0])).tolist() == [1, 2, 2, 3]


def test_a_retest_correlates_as_declared() -> None:
    people = draw_people(MANY, SEED)
    declared = item(
        "tried",
        "Tried",
        "Is this tried?",
        by_moments(1, 6, 4.0, 1.3),
        {"trust": 0.5, "ideology": -0.3},
        retest=0.65,
        absent={Reason.NO_ANSWER: 0.0},
        block="",
        span=(1, 6),
    )
    first, second = (declared.draw(people, wave, SEED) for wave in (1, 2))
    assert float(np.corrcoef(first, second)[0, 1]) == pytest.approx(0.65, abs=0.015)
    assert first.mean() == pytest.approx(4.0, abs=0.02)
    trust = float(np.corrcoef(first, people.scores["trust"])[0, 1])
    assert trust == pytest.approx((0.5 + 0.3 * 0.10) * declared.marginal.linear, abs=0.015)


def test_an_item_cannot_be_more_explained_than_it_is_stable() -> None:
    declared = item(
        "impossible",
        "Impossible",
        "?",
        by_moments(1, 6, 4.0, 1.3),
        {"trust": 0.9},
        retest=0.5,
        absent={},
        block="",
        span=(1, 6),
    )
    with pytest.raises(ValueError, match="impossible"):
        declared.draw(draw_people(10, SEED), 1, SEED)


def test_latents_correlate_as_declared() -> None:
    people = draw_people(MANY, SEED)
    drawn = np.column_stack([people.scores[name] for name in LATENTS])
    realised = np.corrcoef(drawn, rowvar=False)
    declared = np.eye(len(LATENTS))
    for pair, value in people.correlations.items():
        first, second = (LATENTS.index(name) for name in pair)
        declared[first, second] = declared[second, first] = value
    assert np.abs(realised - declared).max() < 0.025
    assert np.abs(drawn.std(axis=0) - 1).max() < 0.02


def test_absences_have_the_declared_shares_and_evasive_people_more_of_them() -> None:
    shares = {Reason.REFUSED: 0.08, Reason.NO_ANSWER: 0.02}
    variable = Variable(name="x", level=Level.ORDINAL, missing=missing_codes(shares))
    evasive = normals(MANY, "evasive")
    status = absence(variable, shares, evasive, "a test")
    reasons = [code.reason for code in variable.missing]
    for reason, share in shares.items():
        realised = float(np.mean(status == reasons.index(reason) + 1))
        assert realised == pytest.approx(share, abs=0.005)
    assert evasive[status > 0].mean() > 0.4
