"""The Panel: shape, missing reasons, weights, waves, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.errors import PanelError, UnknownNameError
from understudy.data.panel import Panel, person_key

TRUST = Variable(
    name="trust",
    level=Level.ORDINAL,
    labels=((1.0, "low"), (2.0, "middle"), (3.0, "high")),
    missing=(MissingCode(-99.0, Reason.REFUSED), MissingCode(-98.0, Reason.DONT_KNOW)),
)


def make(**columns: list[object]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=pd.Index([f"p{i}" for i in range(size)], name="person"))


@pytest.fixture
def panel() -> Panel:
    frame = make(trust=[1.0, np.nan, np.nan, np.nan, 3.0])
    return Panel(
        frame,
        Codebook((TRUST,)),
        status={"trust": np.array([0, 1, 2, 0, 0], dtype=np.int16)},
        source="wave1.sav",
    )


def test_every_missing_value_has_a_reason(panel: Panel) -> None:
    assert panel.reasons("trust") == [
        None,
        Reason.REFUSED,
        Reason.DONT_KNOW,
        Reason.NOT_RECORDED,
        None,
    ]
    assert panel.missing_counts("trust") == {
        Reason.REFUSED: 1,
        Reason.DONT_KNOW: 1,
        Reason.NOT_RECORDED: 1,
    }


def test_taking_people_takes_their_reasons_along(panel: Panel) -> None:
    some = panel.people(["p2", "p0"])
    assert some.persons == ["p2", "p0"]
    assert some.reasons("trust") == [Reason.DONT_KNOW, None]
    assert panel.take(panel.answered("trust")).persons == ["p0", "p4"]


def test_labels_keep_scale_order_and_options_nobody_chose(panel: Panel) -> None:
    column = panel.to_pandas(labels=True)["trust"]
    assert list(column.cat.categories) == ["low", "middle", "high"]
    assert column.cat.ordered


def test_an_unlabelled_code_is_shown_as_itself() -> None:
    panel = Panel(make(trust=[1.0, 7.0]), Codebook((TRUST,)))
    assert list(panel.to_pandas(labels=True)["trust"]) == ["low", "7"]


def test_weights_have_mean_one_and_missing_ones_count_nothing() -> None:
    book = Codebook((Variable(name="w", role=Role.WEIGHT),))
    weights = Panel(make(w=[2.0, 4.0, np.nan]), book).weights()
    np.testing.assert_allclose(weights, [1.0, 2.0, 0.0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, -1.0], "negative"),
        ([0.0, 0.0], "all weights in 'w' are zero"),
        ([1.0, np.inf], "person p1: the weight 'w' is infinite"),
    ],
)
def test_impossible_weights_are_refused(values: list[object], message: str) -> None:
    book = Codebook((Variable(name="w", role=Role.WEIGHT),))
    with pytest.raises(PanelError, match=message):
        Panel(make(w=values), book).weights()


def test_very_large_weights_do_not_overflow() -> None:
    frame = make(x=[1.0, 2.0, 3.0], w=[1e308, 1e308, np.nan])
    book = Codebook((Variable(name="x"), Variable(name="w", role=Role.WEIGHT)))
    np.testing.assert_allclose(Panel(frame, book).weights(), [1.5, 1.5, 0.0])


def test_a_variable_named_twice_is_taken_once(panel: Panel) -> None:
    assert panel.select(["trust", "trust"]).names == ("trust",)


def test_waves_split_in_the_order_of_their_codes() -> None:
    frame = pd.DataFrame(
        {"wave": [2.0, 1.0, 1.0], "x": [20.0, 10.0, 11.0]},
        index=pd.Index(["a", "a", "b"], name="person"),
    )
    book = Codebook((Variable(name="wave", role=Role.WAVE), Variable(name="x")))
    waves = Panel(frame, book).waves()
    assert list(waves) == ["1", "2"]
    assert waves["1"].persons == ["a", "b"]
    assert waves["2"].numbers("x").tolist() == [20.0]


def test_a_person_id_that_repeats_is_named_with_its_row() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]}, index=pd.Index(["a", "b", "a"], name="person"))
    with pytest.raises(PanelError, match=r"respondent 3: the person id 'a' appears more than once"):
        Panel(frame, Codebook((Variable(name="x"),)), source="f.csv")


def test_columns_and_codebook_must_agree() -> None:
    with pytest.raises(PanelError, match="not the codebook's variables"):
        Panel(make(x=[1.0]), Codebook((Variable(name="y"),)))


def test_unknown_names_suggest_the_nearest(panel: Panel) -> None:
    with pytest.raises(UnknownNameError, match=r"no variable 'Trsut'; did you mean trust\?$"):
        panel.select(["Trsut"])
    with pytest.raises(UnknownNameError, match="no person 'p9'"):
        panel.row_of("p9")


def test_a_panel_cannot_be_changed_in_place(panel: Panel) -> None:
    with pytest.raises(TypeError):
        panel.status["trust"] = np.zeros(5, dtype=np.int16)  # type: ignore[index]
    smaller = panel.drop(["trust"])
    assert smaller.names == ()
    assert panel.names == ("trust",)


def test_person_key_joins_id_columns_as_people_write_them() -> None:
    assert person_key(["MAPS", 112.0]) == "MAPS:112"
