"""Every question type: the variables it fills, and what it says of right and wrong answers."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from understudy.data.codebook import Level, Reason
from understudy.surveys.question import Item, Option, Question, Shown
from understudy.surveys.questions import (
    TYPES,
    ConstantSum,
    Date,
    Display,
    Form,
    Likert,
    Matrix,
    Multiple,
    MultipleMatrix,
    Numeric,
    Ranking,
    Single,
    Slider,
    Text,
    question_types,
)

AGREE = tuple(Option(code=float(i), label=f"point {i}") for i in range(1, 6))
DONT_KNOW = Option(code=98.0, label="Don't know", reason=Reason.DONT_KNOW)
ROWS = (Item(name="a", label="A"), Item(name="b", label="B"), Item(name="c", label="C"))
COLOURS = (
    Option(code=1.0, label="Red"),
    Option(code=2.0, label="Blue"),
    Option(code=3.0, label="Other", specify=True),
    Option(code=9.0, label="None", exclusive=True),
)


def test_registry_holds_every_type_under_its_kind() -> None:
    assert set(TYPES) <= set(question_types())
    for kind, cls in TYPES.items():
        assert cls.kind == kind
        assert issubclass(cls, Question)


def test_single_fills_one_variable_and_its_text() -> None:
    question = Single(name="q", text="Which?", options=(*COLOURS[:3], DONT_KNOW))
    variable, text = question.variables()
    assert (variable.name, variable.level, variable.range) == ("q", Level.NOMINAL, None)
    assert variable.codes == (1.0, 2.0, 3.0)
    assert [(m.code, m.reason) for m in variable.missing] == [(98.0, Reason.DONT_KNOW)]
    assert (text.name, text.level, text.kind) == ("q_text", Level.TEXT, "text")


def test_likert_range_is_that_of_the_codes() -> None:
    (variable,) = Likert(name="q", text="?", options=(*AGREE, DONT_KNOW)).variables()
    assert variable.level is Level.ORDINAL
    assert variable.range == (1.0, 5.0)


def test_multiple_fills_a_variable_per_substantive_option() -> None:
    question = Multiple(name="q", text="?", options=(*COLOURS, DONT_KNOW))
    variables = question.variables()
    assert [v.name for v in variables] == ["q_1", "q_2", "q_3", "q_9", "q_text"]
    assert all(v.level is Level.MULTIPLE and v.group == "q" for v in variables[:4])
    assert all(v.range == (0.0, 1.0) for v in variables[:4])
    assert variables[0].missing[0].reason is Reason.DONT_KNOW


def test_matrix_ranking_and_sum_fill_a_variable_per_row() -> None:
    matrix = Matrix(name="m", text="?", options=AGREE, items=ROWS)
    ranking = Ranking(name="r", text="?", items=ROWS)
    total = ConstantSum(name="s", text="?", items=ROWS, total=10)
    assert [v.name for v in matrix.variables()] == ["m_a", "m_b", "m_c"]
    assert {v.group for v in matrix.variables()} == {"m"}
    assert ranking.variables()[0].range == (1.0, 3.0)
    assert ranking.variables()[0].level is Level.ORDINAL
    assert total.variables()[0].range == (0.0, 10.0)
    assert total.variables()[0].level is Level.INTERVAL


def test_forms_and_grids_fill_a_variable_per_field_and_cell() -> None:
    words = Form(name="f", text="?", items=ROWS)
    numbers = Form(name="n", text="?", items=ROWS, numbers=True, minimum=0, maximum=9)
    first = words.variables()[0]
    assert (first.name, first.kind, first.level) == ("f_a", "text", Level.TEXT)
    assert {v.range for v in numbers.variables()} == {(0.0, 9.0)}
    grid = MultipleMatrix(name="g", text="?", options=AGREE[:2], items=ROWS[:2])
    assert [v.name for v in grid.variables()] == ["g_a_1", "g_a_2", "g_b_1", "g_b_2"]
    assert {v.group for v in grid.variables()} == {"g_a", "g_b"}
    assert all(v.level is Level.MULTIPLE for v in grid.variables())


def test_variables_can_be_named_otherwise() -> None:
    rows = (Item(name="a", label="A", variable="V1"), Item(name="b", label="B"))
    matrix = Matrix(name="m", text="?", options=AGREE, items=rows, item="old")
    assert [v.name for v in matrix.variables()] == ["V1", "m_b"]
    assert matrix.panel_names() == {"V1": "V1", "m_b": "old_b"}


PLAIN = tuple(dataclasses.replace(option, specify=False) for option in COLOURS)
GRID = MultipleMatrix(name="q", text="?", options=PLAIN, items=ROWS)
MULTIPLE = Multiple(name="q", text="?", options=COLOURS, most=2)
RIGHT_AND_WRONG: list[tuple[Question, dict[str, Any], str | None]] = [
    (Single(name="q", text="?", options=COLOURS), {"q": 1.0}, None),
    (Single(name="q", text="?", options=COLOURS), {"q": 4.0}, "'4' is not one of the options"),
    (Single(name="q", text="?", options=COLOURS), {"q": None}, None),
    (Single(name="q", text="?", options=COLOURS, required=True), {"q": None}, "required"),
    (
        Single(name="q", text="?", options=(*COLOURS, DONT_KNOW), required=True),
        {"q": None},
        None,
    ),
    (Single(name="q", text="?", options=(*COLOURS, DONT_KNOW)), {"q": 98.0}, "'98' is not one"),
    (Single(name="q", text="?", options=COLOURS), {"q": 3.0, "q_text": "mauve"}, None),
    (Single(name="q", text="?", options=COLOURS), {"q": 1.0, "q_text": "mauve"}, "not chosen"),
    (Likert(name="q", text="?", options=AGREE), {"q": 5.0}, None),
    (Likert(name="q", text="?", options=AGREE), {"q": 2.5}, "not one of the options"),
    (MULTIPLE, {"q_1": 1.0, "q_2": 1.0, "q_3": 0.0, "q_9": 0.0}, None),
    (MULTIPLE, {"q_1": 0.0, "q_2": 0.0, "q_3": 0.0, "q_9": 0.0}, None),
    (MULTIPLE, {"q_1": 1.0, "q_2": 0.0, "q_3": 0.0, "q_9": 1.0}, "'None' rules out"),
    (MULTIPLE, {"q_1": 1.0, "q_2": 1.0, "q_3": 1.0, "q_9": 0.0}, "at most 2"),
    (MULTIPLE, {"q_1": 2.0, "q_2": 1.0, "q_3": 1.0, "q_9": 0.0}, "chosen (1) or not (0)"),
    (MULTIPLE, {"q_1": 1.0, "q_2": None, "q_3": None, "q_9": None}, "without saying"),
    (MULTIPLE, {"q_1": 0.0, "q_2": 0.0, "q_3": 1.0, "q_9": 0.0, "q_text": "x"}, None),
    (
        Multiple(name="q", text="?", options=COLOURS, required=True),
        {"q_1": 0.0, "q_2": 0.0, "q_3": 0.0, "q_9": 0.0},
        "at least 1",
    ),
    (Matrix(name="q", text="?", options=AGREE, items=ROWS), {"q_a": 1.0, "q_b": 5.0}, None),
    (Matrix(name="q", text="?", options=AGREE, items=ROWS), {"q_a": 9.0}, "'A': '9' is not"),
    (
        Matrix(name="q", text="?", options=AGREE, items=ROWS, required=True),
        {"q_a": 1.0, "q_b": None},
        "required",
    ),
    (Numeric(name="q", text="?", minimum=0, maximum=9, integer=True), {"q": 3.0}, None),
    (Numeric(name="q", text="?", minimum=0, maximum=9, integer=True), {"q": 3.5}, "whole number"),
    (Numeric(name="q", text="?", minimum=0, maximum=9), {"q": -1.0}, "below the lowest"),
    (Numeric(name="q", text="?", minimum=0, maximum=9), {"q": 9.5}, "above the highest"),
    (Numeric(name="q", text="?"), {"q": "many"}, "not a number"),
    (Numeric(name="q", text="?"), {"q": float("nan")}, "not a number"),
    (Slider(name="q", text="?", step=5), {"q": 35.0}, None),
    (Slider(name="q", text="?", step=5), {"q": 36.0}, "steps of 5"),
    (Slider(name="q", text="?", minimum=0, maximum=1, step=0.1), {"q": 0.3}, None),
    (Slider(name="q", text="?"), {"q": 101.0}, "above the highest"),
    (Text(name="q", text="?", max_length=5), {"q": "short"}, None),
    (Text(name="q", text="?", max_length=5), {"q": "longer"}, "at most 5"),
    (Text(name="q", text="?"), {"q": "  "}, "blank"),
    (Text(name="q", text="?", min_length=4), {"q": "four"}, None),
    (Text(name="q", text="?", min_length=4), {"q": "two"}, "at least 4 are wanted"),
    (Form(name="q", text="?", items=ROWS), {"q_a": "x", "q_b": None}, None),
    (Form(name="q", text="?", items=ROWS), {"q_a": 3.0}, "'A': '3' is not text"),
    (Form(name="q", text="?", items=ROWS, max_length=3), {"q_a": "four"}, "at most 3"),
    (Form(name="q", text="?", items=ROWS, required=True), {"q_a": "x", "q_b": None}, "required"),
    (Form(name="q", text="?", items=ROWS, numbers=True), {"q_a": 3.5}, None),
    (Form(name="q", text="?", items=ROWS, numbers=True, maximum=3), {"q_a": 3.5}, "above"),
    (Form(name="q", text="?", items=ROWS, numbers=True, integer=True), {"q_a": 0.5}, "whole"),
    (GRID, {"q_a_1": 1.0, "q_a_2": 1.0, "q_a_3": 0.0, "q_a_9": 0.0}, None),
    (GRID, {"q_a_1": 0.0, "q_a_2": 0.0, "q_a_3": 0.0, "q_a_9": 0.0}, None),
    (GRID, {"q_a_1": 1.0, "q_a_2": 0.0, "q_a_3": 0.0, "q_a_9": 1.0}, "'A': an option is chosen"),
    (GRID, {"q_b_1": 1.0, "q_b_2": None, "q_b_3": None, "q_b_9": None}, "without saying"),
    (GRID, {"q_c_1": 4.0, "q_c_2": 0.0, "q_c_3": 0.0, "q_c_9": 0.0}, "(1) or not (0)"),
    (
        dataclasses.replace(GRID, required=True),
        {"q_a_1": 0.0, "q_a_2": 0.0, "q_a_3": 0.0, "q_a_9": 0.0},
        "'A': an answer is required",
    ),
    (Text(name="q", text="?"), {"q": 3.0}, "not text"),
    (Ranking(name="q", text="?", items=ROWS), {"q_a": 2.0, "q_b": 1.0, "q_c": 3.0}, None),
    (Ranking(name="q", text="?", items=ROWS), {"q_a": 2.0, "q_b": 2.0, "q_c": 3.0}, "rank 2"),
    (Ranking(name="q", text="?", items=ROWS), {"q_a": 2.0, "q_b": None, "q_c": 1.0}, "rank 3"),
    (Ranking(name="q", text="?", items=ROWS), {"q_a": 4.0}, "above the highest"),
    (Ranking(name="q", text="?", items=ROWS, top=1), {"q_a": 1.0, "q_b": None}, None),
    (ConstantSum(name="q", text="?", items=ROWS), {"q_a": 50.0, "q_b": 50.0, "q_c": 0.0}, None),
    (
        ConstantSum(name="q", text="?", items=ROWS),
        {"q_a": 50.0, "q_b": 40.0, "q_c": 0.0},
        "add up to 90, not to 100",
    ),
    (
        ConstantSum(name="q", text="?", items=ROWS),
        {"q_a": 50.0, "q_b": 50.0, "q_c": None},
        "left out",
    ),
    (ConstantSum(name="q", text="?", items=ROWS), {"q_a": 101.0}, "above the highest"),
    (Date(name="q", text="?"), {"q": "2024-02-29"}, None),
    (Date(name="q", text="?"), {"q": "2023-02-29"}, "not a date"),
    (Date(name="q", text="?"), {"q": "1 May 2024"}, "not a date"),
    (Date(name="q", text="?", earliest="2024-01-01"), {"q": "2023-12-31"}, "before 2024-01-01"),
    (Date(name="q", text="?", latest="2024-01-01"), {"q": "2024-01-02"}, "after 2024-01-01"),
    (Display(name="q", text="Hello."), {}, None),
    (Display(name="q", text="Hello."), {"q": 1.0}, "nothing to answer"),
]


@pytest.mark.parametrize(("question", "values", "said"), RIGHT_AND_WRONG)
def test_problem(question: Question, values: dict[str, Any], said: str | None) -> None:
    problem = question.problem(values)
    if said is None:
        assert problem is None
    else:
        assert problem is not None
        assert said in problem


FAULTY: list[tuple[Question, str]] = [
    (Single(name="q", text="?", options=()), "at least 1"),
    (Likert(name="q", text="?", options=AGREE[:1]), "at least 2"),
    (Single(name="q", text="?", options=(AGREE[0], AGREE[0])), "two options have the code 1"),
    (Single(name="q", text="?", options=(AGREE[0], Option(code="x", label="X"))), "some are text"),
    (Likert(name="q", text="?", options=(Option(code="x", label="X"),) * 1 + AGREE), "no order"),
    (Multiple(name="q", text="?", options=COLOURS, least=4), "there are 3"),
    (Multiple(name="q", text="?", options=COLOURS, least=2, most=1), "at most 1"),
    (Matrix(name="q", text="?", options=AGREE), "at least 1 item"),
    (Matrix(name="q", text="?", options=AGREE, items=(ROWS[0], ROWS[0])), "named 'a'"),
    (Numeric(name="q", text="?", minimum=5, maximum=5), "no range"),
    (Numeric(name="q", text="?", minimum=0, options=(DONT_KNOW,)), "could also be an answer"),
    (Slider(name="q", text="?", minimum=5, maximum=1), "no range"),
    (Slider(name="q", text="?", step=0), "does not fit"),
    (Text(name="q", text="?", max_length=0), "at least 1"),
    (Text(name="q", text="?", max_length=2, min_length=3), "cannot be written"),
    (Form(name="q", text="?"), "at least 1 item"),
    (Form(name="q", text="?", items=ROWS, numbers=True, minimum=2, maximum=1), "no range"),
    (Form(name="q", text="?", items=ROWS, max_length=0), "at least 1"),
    (MultipleMatrix(name="q", text="?", options=PLAIN), "at least 1 item"),
    (MultipleMatrix(name="q", text="?", options=COLOURS, items=ROWS), "cannot ask to specify"),
    (Ranking(name="q", text="?", items=ROWS[:1]), "at least 2 items"),
    (Ranking(name="q", text="?", items=ROWS, top=4), "top 4 of 3"),
    (ConstantSum(name="q", text="?", items=ROWS, total=0), "cannot be divided"),
    (Date(name="q", text="?", earliest="yesterday"), "not a date"),
    (Date(name="q", text="?", earliest="2024-02-01", latest="2024-01-01"), "is after"),
    (Display(name="q", text="?", required=True), "cannot be required"),
]


@pytest.mark.parametrize(("question", "said"), FAULTY)
def test_fault(question: Question, said: str) -> None:
    fault = question.fault()
    assert fault is not None
    assert said in fault


def test_shown_refuses_options_that_were_hidden() -> None:
    question = Single(name="q", text="?", options=COLOURS)
    shown = Shown(question, "q", "?", COLOURS[:2], (), question.variables()[:1])
    assert shown.problem({"q": 2.0}) is None
    assert shown.problem({"q": 9.0}) == "9 is not offered here"
    assert shown.problem({"other": 1.0}) == "'other' is not asked here"
