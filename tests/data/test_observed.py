"""Options of unlabelled variables, from the answers given."""

from __future__ import annotations

import pandas as pd
import pytest

from understudy.data.codebook import Codebook, Level, Variable
from understudy.data.observed import MOST_OPTIONS, with_observed_codes
from understudy.data.panel import Panel


def panel(values: list[float], **attributes: object) -> Panel:
    index = pd.Index([str(i) for i in range(len(values))], name="person")
    variable = Variable(name="x", **attributes)  # type: ignore[arg-type]
    return Panel(pd.DataFrame({"x": values}, index=index), Codebook((variable,)))


def test_unlabelled_categories_are_labelled_by_their_codes() -> None:
    book = with_observed_codes(panel([2.0, 1.0, float("nan"), 2.0]), ["x"])
    assert book["x"].labels == ((1.0, "1"), (2.0, "2"))


@pytest.mark.parametrize(
    ("values", "attributes"),
    [
        pytest.param([1.0, 2.0], {"labels": ((1.0, "yes"),)}, id="labelled"),
        pytest.param([1.0, 2.0], {"level": Level.INTERVAL}, id="interval"),
        pytest.param([1.0, 5.0], {"level": Level.ORDINAL, "range": (1.0, 5.0)}, id="range"),
        pytest.param([float(k) for k in range(MOST_OPTIONS + 1)], {}, id="too many"),
        pytest.param([3.0, 3.0], {}, id="one answer only"),
    ],
)
def test_other_variables_stay_as_they_are(
    values: list[float], attributes: dict[str, object]
) -> None:
    before = panel(values, **attributes)
    assert with_observed_codes(before, ["x"]) == before.codebook
