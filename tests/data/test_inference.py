"""Levels, ranges and roles that a file does not declare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import Level, Role, Variable
from understudy.data.inference import complete
from understudy.data.table import Table


def infer(name: str, values: list[Any], **declared: Any) -> Variable:
    text = any(isinstance(v, str) for v in values)
    column = pd.Series(values, dtype=object if text else np.float64)
    variable = Variable(name=name, kind="text" if text else "number", **declared)
    table = Table(frame=pd.DataFrame({name: column}), variables=(variable,))
    (done,) = complete(table).variables
    return done


NUMBERS: list[tuple[str, list[Any], Level, tuple[float, float] | None]] = [
    ("q", [1, 2, 3, 4, 5], Level.ORDINAL, (1.0, 5.0)),
    ("q", [1, 2, 3, np.nan], Level.ORDINAL, (1.0, 3.0)),
    ("q", list(range(11)), Level.ORDINAL, (0.0, 10.0)),
    ("q", list(range(1, 12)), Level.ORDINAL, (1.0, 11.0)),
    ("q", [0, 1, 2, 3], Level.ORDINAL, None),
    ("q", [1, 2, 4, 5], Level.ORDINAL, None),
    ("q", [1, 2], Level.NOMINAL, None),
    ("q", [0, 1], Level.NOMINAL, None),
    ("q", [7, 7], Level.NOMINAL, None),
    ("q", [np.nan, np.nan], Level.NOMINAL, None),
    ("q", [1, 2, 98, 99], Level.NOMINAL, None),
    ("q", [0, 20, 40, 60], Level.INTERVAL, None),
    ("q", list(range(40)), Level.INTERVAL, None),
    ("q", [1.5, 2, 3], Level.INTERVAL, None),
    ("q", [-2, -1, 0, 1, 2], Level.NOMINAL, None),
    ("region", [1, 2, 3, 4], Level.NOMINAL, None),
    ("religion", list(range(1, 15)), Level.NOMINAL, None),
]


@pytest.mark.parametrize("name, values, level, bounds", NUMBERS)
def test_levels_of_numbers(
    name: str, values: list[Any], level: Level, bounds: tuple[float, float] | None
) -> None:
    done = infer(name, values)
    assert done.level is level
    assert done.range == bounds
    assert done.inferred[0].startswith(f"level taken as {level}: ")
    assert (bounds is not None) == ("also taken as its range" in done.inferred[0])


AGREE = ((1.0, "Strongly disagree"), (2.0, "Neither"), (3.0, "Strongly agree"))


@pytest.mark.parametrize(
    "labels, values, level",
    [
        (AGREE, [1, 2, 3], Level.ORDINAL),
        (((1.0, "Red"), (2.0, "Green"), (3.0, "Blue")), [1, 2, 3], Level.NOMINAL),
        (((1.0, "Yes"), (2.0, "No")), [1, 2], Level.NOMINAL),
        (((1.0, "Not at all"), (7.0, "Very much")), [1, 2, 5, 7], Level.ORDINAL),
        (((98.0, "98 or more"), (0.0, "None")), list(range(40)), Level.INTERVAL),
        (((1.0, "18-29"), (2.0, "30-49"), (3.0, "50+")), [1, 2, 3], Level.ORDINAL),
        (((1.0, "Sehr zufrieden"), (2.0, "Zufrieden"), (3.0, "Unzufrieden")), [1], Level.ORDINAL),
    ],
)
def test_levels_of_labelled_numbers(labels: Any, values: list[Any], level: Level) -> None:
    done = infer("q", values, labels=labels)
    assert done.level is level
    assert done.range is None
    assert done.labels == labels


def test_repeated_short_texts_are_categories() -> None:
    done = infer("party", ["b", "a", None, "a", "b", "b", "a", "c", "c", "c"])
    assert done.level is Level.NOMINAL
    assert done.codes == ("a", "b", "c")


def test_long_or_single_texts_are_text() -> None:
    assert infer("open", ["I like it", "So do I", "no", "x"]).level is Level.TEXT
    assert infer("open", ["long " * 40] * 9).level is Level.TEXT
    assert infer("open", [f"t{i}" for i in range(60)] * 4).level is Level.TEXT


def test_texts_of_scales_and_brackets_are_ordered() -> None:
    scale = infer("q", ["Agree", "Strongly disagree", "Neutral", "Agree "[:5]] * 5)
    assert scale.level is Level.ORDINAL
    assert scale.codes == ("Strongly disagree", "Neutral", "Agree")
    income = infer("q", ["$30,000-$50,000", "Less than $30,000", "$100,000 or more"] * 4)
    assert income.level is Level.ORDINAL
    assert income.codes == ("Less than $30,000", "$30,000-$50,000", "$100,000 or more")


def test_declared_levels_are_left_alone() -> None:
    table = Table(
        frame=pd.DataFrame({"q": [1.0, 2.0, 3.0]}),
        variables=(Variable(name="q", level=Level.INTERVAL),),
        declared=frozenset({"q"}),
    )
    assert complete(table).variables == table.variables


MANY = [float(i) for i in range(1, 41)]
WEIGHTS = [0.5 + i / 40 for i in range(40)]


@pytest.mark.parametrize(
    "name, values, role",
    [
        *((n, MANY, Role.DEMOGRAPHIC) for n in ("age", "Age_in_years", "Alter", "âge", "edad")),
        *((n, [1, 2], Role.DEMOGRAPHIC) for n in ("sex", "Gender", "Geschlecht", "q3_sex", "sexo")),
        *((n, [1, 2, 3], Role.DEMOGRAPHIC) for n in ("educ", "educationLevel", "hh_income")),
        *((n, [1, 2, 3], Role.DEMOGRAPHIC) for n in ("marital_status", "race", "employment")),
        *((n, [1, 2, 3], Role.ITEM) for n in ("image_age", "sex_attitudes", "race_relations")),
        *((n, [1, 2, 3], Role.ITEM) for n in ("income_inequality", "language", "trust")),
        *((n, WEIGHTS, Role.PARADATA) for n in ("weight", "WT", "wtssall", "pspwght")),
        ("weight", [60.0, 72.5, 81.0], Role.ITEM),
        ("weight", [1.0, 2.0, 3.0], Role.ITEM),
        *((n, [1, 2], Role.PARADATA) for n in ("wave", "Time", "round")),
        ("time", WEIGHTS, Role.ITEM),
        *((n, MANY, Role.PARADATA) for n in ("pid", "TWIN_ID", "case_id", "rownames")),
        *((n, [1, 2, 3, 1, 2, 3], Role.ITEM) for n in ("party_id", "id_check")),
        *((n, MANY, Role.PARADATA) for n in ("Duration (in seconds)", "Q5_Page Submit")),
    ],
)
def test_roles_by_name(name: str, values: list[Any], role: Role) -> None:
    done = infer(name, values)
    assert done.role is role
    if role is Role.ITEM:
        assert len(done.inferred) == 1
    else:
        assert "name" in done.inferred[-1] or "--weight" in done.inferred[-1]


def test_a_role_that_is_known_is_kept() -> None:
    assert infer("age", MANY, role=Role.PARADATA).role is Role.PARADATA


@given(
    st.lists(st.none() | st.integers(-100, 100) | st.floats(allow_nan=False, width=32), max_size=30)
)
def test_a_range_is_only_taken_from_a_complete_scale(values: list[float | None]) -> None:
    done = infer("q", [np.nan if v is None else v for v in values])
    found = {v for v in values if v is not None}
    if done.range is not None:
        low, high = done.range
        assert found == set(range(int(low), int(high) + 1))
    assert done.inferred


def test_a_scale_whose_ends_alone_are_named_is_ordinal() -> None:
    labels = ((0.0, "Dislike"), *((float(k), str(k)) for k in range(1, 10)), (10.0, "Like"))
    table = Table(
        frame=pd.DataFrame({"likeParty": [0.0, 5.0, 10.0]}),
        variables=(Variable(name="likeParty", labels=labels),),
    )
    (found,) = complete(table).variables
    assert found.level is Level.ORDINAL
    assert "number the points of a scale" in found.inferred[0]


def test_words_of_agreement_count_for_more_than_a_name() -> None:
    labels = ((1.0, "Strongly disagree"), (2.0, "Disagree"), (3.0, "Agree"))
    table = Table(
        frame=pd.DataFrame({"my_party": [1.0, 2.0, 3.0]}),
        variables=(Variable(name="my_party", labels=labels),),
    )
    assert complete(table).variables[0].level is Level.ORDINAL
