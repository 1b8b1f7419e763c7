"""Non-answers that a file labels but does not declare missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import MissingCode, Reason, Variable
from understudy.data.nonanswers import set_aside_nonanswers
from understudy.data.table import Table

AGREE = ((1.0, "Disagree"), (2.0, "Neither"), (3.0, "Agree"))


def table(values: list[float], variable: Variable) -> Table:
    return Table(frame=pd.DataFrame({variable.name: values}), variables=(variable,))


def test_a_dont_know_far_from_the_scale_is_no_answer() -> None:
    variable = Variable(name="trust", labels=(*AGREE, (9999.0, "Don't know")))

    done = set_aside_nonanswers(table([1.0, 9999.0, 3.0], variable))

    (found,) = done.variables
    assert found.labels == AGREE
    assert found.missing == (MissingCode(9999.0, Reason.DONT_KNOW, "Don't know"),)
    assert found.inferred == ("9999 “Don't know” taken as missing (don't know)",)
    np.testing.assert_array_equal(done.frame["trust"], [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(done.status["trust"], [0, 1, 0])


def test_declared_missing_codes_keep_their_place() -> None:
    variable = Variable(
        name="x", labels=(*AGREE, (8.0, "Refused")), missing=(MissingCode(9.0, Reason.NOT_ASKED),)
    )
    before = Table(
        frame=pd.DataFrame({"x": [np.nan, 8.0, 2.0]}),
        variables=(variable,),
        status={"x": np.array([1, 0, 0], dtype=np.int16)},
    )

    done = set_aside_nonanswers(before)

    assert [m.reason for m in done.variables[0].missing] == [Reason.NOT_ASKED, Reason.REFUSED]
    np.testing.assert_array_equal(done.status["x"], [1, 2, 0])


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(((1.0, "Yes"), (2.0, "Don't know"), (3.0, "No")), id="in the middle"),
        pytest.param(((1.0, "Don't know"), (2.0, "Refused")), id="nothing else was asked"),
        pytest.param(
            ((1.0, "Good"), (2.0, "Bad"), (3.0, "Don't know anyone who does")), id="an answer"
        ),
        pytest.param(
            ((1.0, "Good"), (2.0, "Bad"), (9.0, "I refused the vaccine and would do so again now")),
            id="a long answer",
        ),
        pytest.param((("a", "Good"), ("b", "Bad"), ("c", "Refused")), id="text codes"),
    ],
)
def test_what_may_be_an_answer_stays(labels: tuple[tuple[float | str, str], ...]) -> None:
    before = table([1.0, 2.0], Variable(name="x", labels=labels))
    assert set_aside_nonanswers(before) is before


def test_what_a_codebook_lists_as_an_answer_stays() -> None:
    before = table([1.0, 9.0], Variable(name="x", labels=(*AGREE, (9.0, "Don't know"))))
    assert set_aside_nonanswers(before, described=["x"]) is before


def test_an_adjacent_plain_dont_know_goes_too() -> None:
    variable = Variable(name="x", labels=((1.0, "Yes"), (2.0, "No"), (3.0, "Don’t know")))
    done = set_aside_nonanswers(table([3.0, 1.0], variable))
    assert done.variables[0].codes == (1.0, 2.0)
