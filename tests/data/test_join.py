"""Joining two files about the same people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import Codebook, MissingCode, Reason, Role, Variable
from understudy.data.errors import PanelError
from understudy.data.join import join
from understudy.data.panel import Panel

REFUSED = MissingCode(-99.0, Reason.REFUSED)


def panel(name: str, persons: list[str], values: list[float], **attributes: object) -> Panel:
    frame = pd.DataFrame({name: values}, index=pd.Index(persons, name="person"))
    return Panel(frame, Codebook((Variable(name=name, **attributes),)), source=f"{name}.csv")  # type: ignore[arg-type]


def test_everybody_of_the_first_panel_stays_in_order() -> None:
    first = panel("a", ["1", "2", "3"], [1.0, 2.0, 3.0])
    second = panel("b", ["3", "1", "9"], [30.0, 10.0, 90.0])

    both = join(first, second, block="second")

    assert both.persons == ["1", "2", "3"]
    assert both.names == ("a", "b")
    np.testing.assert_array_equal(both.numbers("b"), [10.0, np.nan, 30.0])
    assert both.codebook["b"].block == "second"


def test_reasons_travel_with_their_people() -> None:
    first = panel("a", ["1", "2", "3"], [1.0, 2.0, 3.0])
    frame = pd.DataFrame({"b": [np.nan, 10.0]}, index=pd.Index(["3", "1"], name="person"))
    second = Panel(
        frame,
        Codebook((Variable(name="b", missing=(REFUSED,)),)),
        status={"b": np.array([1, 0], dtype=np.int16)},
    )

    both = join(first, second)

    assert both.reasons("b") == [None, Reason.NOT_RECORDED, Reason.REFUSED]


def test_ids_and_weights_of_the_second_file_stay_behind() -> None:
    first = panel("a", ["1"], [1.0])
    frame = pd.DataFrame({"w": [2.0], "b": [5.0]}, index=pd.Index(["1"], name="person"))
    second = Panel(frame, Codebook((Variable(name="w", role=Role.WEIGHT), Variable(name="b"))))

    assert join(first, second).names == ("a", "b")


def test_nobody_in_common_is_said_with_examples_of_both_ids() -> None:
    with pytest.raises(PanelError, match=r"nobody in b\.csv is in a\.csv.*'x7' and '1'"):
        join(panel("a", ["1"], [1.0]), panel("b", ["x7"], [1.0]))


def test_a_name_in_both_files_is_said() -> None:
    with pytest.raises(PanelError, match="'a' is in both files; rename"):
        join(panel("a", ["1"], [1.0]), panel("a", ["1"], [1.0]))
