"""Panel → file → Panel: equal, or listed as lost."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.panel import Panel
from understudy.data.read import read
from understudy.data.write import write

NAN = float("nan")
COMPLETE = ["csv", "tsv", "xlsx", "parquet"]
EVERY = [*COMPLETE, "sav", "zsav", "dta"]


def cells(panel: Panel, name: str) -> list[Any]:
    values = panel.frame[name].tolist()
    return [None if value is None or value != value else value for value in values]


@pytest.mark.parametrize("ending", COMPLETE)
@pytest.mark.usefixtures("in_process")
def test_formats_with_a_codebook_lose_nothing(panel: Panel, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"panel.{ending}"
    lost = write(panel, path)
    back = read(path)
    assert back.persons == panel.persons
    assert back.names == panel.names
    for name in panel.names:
        assert back.codebook[name] == panel.codebook[name]
        assert cells(back, name) == cells(panel, name)
        assert back.frame[name].dtype == (
            "object" if panel.codebook[name].kind == "text" else panel.frame[name].dtype
        )
        assert back.reasons(name) == panel.reasons(name)
    if ending in ("csv", "tsv"):
        assert [line.partition(";")[0] for line in lost] == [
            "a spreadsheet program would run texts that begin with = + - @ as formulas"
        ]
    if ending == "xlsx":
        assert lost == ("the title and notes of the codebook",)
    else:
        assert back.codebook.title == panel.codebook.title
        assert back.codebook.notes[:2] == panel.codebook.notes
    if ending == "parquet":
        assert lost == ()


@pytest.mark.parametrize("ending", ["sav", "zsav"])
@pytest.mark.usefixtures("in_process")
def test_spss_keeps_what_it_can_hold(panel: Panel, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"panel.{ending}"
    lost = write(panel, path)
    back = read(path)
    assert back.persons == panel.persons
    assert back.names == panel.names
    assert (back.codebook.title, back.codebook.notes) == (
        panel.codebook.title,
        panel.codebook.notes,
    )
    for name in panel.names:
        was, now = panel.codebook[name], back.codebook[name]
        assert cells(back, name) == cells(panel, name)
        assert back.reasons(name) == panel.reasons(name)
        assert (now.label, now.labels, now.missing, now.kind) == (
            was.label,
            was.labels,
            was.missing,
            was.kind,
        )
        if was.level is not Level.MULTIPLE:
            assert now.level is was.level
    assert lost == (
        "multiple-response sets: news_tv",
        "question wordings (SPSS has labels only): trust",
        "declared ranges: trust",
        "blocks: trust",
        "roles: age (demographic)",
        "groups: news_tv",
    )


@pytest.mark.usefixtures("in_process")
def test_stata_keeps_what_it_can_hold(panel: Panel, tmp_path: Path) -> None:
    path = tmp_path / "panel.dta"
    lost = write(panel, path)
    back = read(path)
    assert back.persons == panel.persons
    assert back.codebook.title == panel.codebook.title
    for name in panel.names:
        was, now = panel.codebook[name], back.codebook[name]
        assert cells(back, name) == cells(panel, name)
        assert (now.label, now.kind) == (was.label, was.kind)
        if was.kind == "number":
            assert now.labels == was.labels
            assert back.reasons(name) == panel.reasons(name)
            assert [(m.reason, m.label) for m in now.missing] == [
                (m.reason, m.label) for m in was.missing
            ]
    assert lost[0] == (
        "missing codes stored as letters: trust (-99 as .a, -98 as .b, -97 as .c), spent (-9 as .a)"
    )
    assert "measure levels (Stata has none)" in lost
    assert "reasons why texts are missing: area" in lost


@pytest.mark.usefixtures("in_process")
def test_stata_letters_stay_in_stata_and_become_numbers_elsewhere(tmp_path: Path) -> None:
    variable = Variable(
        name="q",
        level=Level.INTERVAL,
        missing=(MissingCode(".d", Reason.REFUSED, "Refused"), MissingCode(-91.0, Reason.OTHER)),
    )
    panel = make(variable, [1.0, NAN, NAN], [0, 1, 2])
    write(panel, tmp_path / "a.dta")
    assert read(tmp_path / "a.dta").codebook["q"].missing[0].code == ".a"
    lost = write(panel, tmp_path / "a.sav")
    assert "missing codes stored as others: q (.d as -92)" in lost
    assert read(tmp_path / "a.sav").reasons("q") == [None, Reason.REFUSED, Reason.OTHER]
    write(panel, tmp_path / "a.csv")
    assert read(tmp_path / "a.csv").codebook["q"].missing == variable.missing


def make(
    variable: Variable, values: Any, status: list[int] | None = None, ids: list[str] | None = None
) -> Panel:
    dtype = object if variable.kind == "text" else None
    frame = pd.DataFrame({variable.name: pd.Series(values, dtype=dtype)})
    names = ids or [str(i + 1) for i in range(len(frame))]
    frame.index = pd.Index(names, dtype=object, name="person")
    statuses = {} if status is None else {variable.name: np.array(status, dtype=np.int16)}
    return Panel(frame, Codebook((variable,)), statuses)


# --- many missing codes -----------------------------------------------------------------------


def many_codes(codes: list[float], answers: list[float]) -> Panel:
    variable = Variable(
        name="q",
        level=Level.INTERVAL,
        missing=tuple(MissingCode(code, Reason.REFUSED, f"Refused {code:g}") for code in codes),
    )
    status = [0] * len(answers) + list(range(1, len(codes) + 1))
    return make(variable, answers + [NAN] * len(codes), status)


@pytest.mark.parametrize(
    ("codes", "answers"),
    [
        ([-99.0, -98.0, -97.0, -96.0, -95.0], [1.0, 2.0]),
        ([-99.0, -98.0, -97.0, 0.0], [1.0, 2.0, -5.0]),
        ([97.0, 98.0, 99.0, -1.0], [1.0, 2.0]),
    ],
)
@pytest.mark.usefixtures("in_process")
def test_spss_declares_more_than_three_codes_as_a_range(
    tmp_path: Path, codes: list[float], answers: list[float]
) -> None:
    panel = many_codes(codes, answers)
    assert write(panel, tmp_path / "a.sav") == ()
    back = read(tmp_path / "a.sav")
    assert back.reasons("q") == panel.reasons("q")
    assert {m.code for m in back.codebook["q"].missing} == set(codes)
    assert cells(back, "q") == cells(panel, "q")


@pytest.mark.usefixtures("in_process")
def test_spss_codes_that_no_range_can_hold_become_blanks_not_answers(tmp_path: Path) -> None:
    panel = many_codes([-99.0, 3.0, 50.0, 99.0, 98.0], [1.0, 4.0, 60.0])
    lost = write(panel, tmp_path / "a.sav")
    assert lost == ("missing codes beyond the three SPSS can declare: q",)
    back = read(tmp_path / "a.sav")
    assert cells(back, "q") == cells(panel, "q")
    assert back.reasons("q").count(Reason.NOT_RECORDED) == 2


@pytest.mark.parametrize("ending", EVERY)
@pytest.mark.usefixtures("in_process")
def test_an_answer_that_equals_a_missing_code_stays_an_answer(tmp_path: Path, ending: str) -> None:
    variable = Variable(
        name="q", level=Level.INTERVAL, missing=(MissingCode(-9.0, Reason.REFUSED, "Refused"),)
    )
    panel = make(variable, [-9.0, NAN, 3.0], [0, 1, 0])
    write(panel, tmp_path / f"a.{ending}")
    back = read(tmp_path / f"a.{ending}")
    assert cells(back, "q") == [-9.0, None, 3.0]
    assert back.reasons("q") == [None, Reason.REFUSED, None]


@pytest.mark.parametrize("ending", ["sav", "dta"])
@pytest.mark.usefixtures("in_process")
def test_reason_without_label_is_written_as_the_label(tmp_path: Path, ending: str) -> None:
    reasons = [Reason.NOT_ASKED, Reason.BROKE_OFF, Reason.NO_ANSWER]
    variable = Variable(
        name="q",
        level=Level.INTERVAL,
        missing=tuple(MissingCode(float(-i), r) for i, r in enumerate(reasons, start=1)),
    )
    panel = make(variable, [NAN, NAN, NAN, 1.0], [1, 2, 3, 0])
    write(panel, tmp_path / f"a.{ending}")
    assert read(tmp_path / f"a.{ending}").reasons("q") == [*reasons, None]


@pytest.mark.parametrize("ending", ["sav", "dta"])
@pytest.mark.usefixtures("in_process")
def test_reason_that_the_label_belies_is_listed(tmp_path: Path, ending: str) -> None:
    variable = Variable(
        name="q", level=Level.INTERVAL, missing=(MissingCode(-1.0, Reason.FAILED, "Error 500"),)
    )
    lost = write(make(variable, [NAN, 1.0], [1, 0]), tmp_path / f"a.{ending}")
    assert "reasons that the label of a missing code does not tell: q (failed)" in lost


# --- names, labels, texts ---------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["sav", "dta"])
@pytest.mark.usefixtures("in_process")
def test_names_are_made_acceptable_and_listed(tmp_path: Path, ending: str) -> None:
    names = ["2nd", "a b", "with", "x" * 70, "é" * 40, "Q1", "q1", "ok", "a_b"]
    variables = tuple(Variable(name=n, level=Level.INTERVAL) for n in names)
    frame = pd.DataFrame({n: [float(i)] for i, n in enumerate(names)})
    frame.index = pd.Index(["1"], name="person")
    lost = write(Panel(frame, Codebook(variables)), tmp_path / f"a.{ending}")
    back = read(tmp_path / f"a.{ending}")
    assert [back.frame[name].item() for name in back.names] == list(range(len(names)))
    assert back.names[0] == "v2nd"
    assert back.names[7:] == ("ok", "a_b")
    assert back.names[1] == "a_b_2"
    assert any(line.startswith("names ") and "2nd (now v2nd)" in line for line in lost)
    if ending == "sav":
        assert len({name.casefold() for name in back.names}) == len(names)


@pytest.mark.usefixtures("in_process")
def test_long_labels_are_cut_and_listed(tmp_path: Path) -> None:
    variable = Variable(
        name="q", label="é" * 200, level=Level.ORDINAL, labels=((1.0, "ü" * 100), (2.0, "short"))
    )
    lost = write(make(variable, [1.0, 2.0]), tmp_path / "a.sav")
    assert lost == (
        "value labels over 120 bytes, which are cut: q",
        "variable labels over 256 bytes, which are cut: q",
    )
    back = read(tmp_path / "a.sav").codebook["q"]
    assert back.label == "é" * 128
    assert back.labels == ((1.0, "ü" * 60), (2.0, "short"))
    assert "variable labels over 80 characters, cut: q" in write(
        make(variable, [1.0, 2.0]), tmp_path / "a.dta"
    )


TEXTS = ["=1+1", "+1", "-5", "@SUM(A1)", "\tx", " padded", "007", "1e5", "NA", "a,b", '"', "x\ny"]


@pytest.mark.parametrize("ending", EVERY)
@pytest.mark.usefixtures("in_process")
def test_texts_come_back_as_they_were(tmp_path: Path, ending: str) -> None:
    variable = Variable(name="t", level=Level.TEXT, kind="text")
    panel = make(variable, [*TEXTS, None])
    write(panel, tmp_path / f"a.{ending}")
    back = read(tmp_path / f"a.{ending}", keep_personal="t")
    assert back.frame["t"].tolist() == [*TEXTS, None]
    assert back.codebook["t"].kind == "text"


@pytest.mark.parametrize("ending", EVERY)
@pytest.mark.usefixtures("in_process")
def test_what_no_text_file_holds_is_replaced_and_listed(tmp_path: Path, ending: str) -> None:
    variable = Variable(name="t", level=Level.TEXT, kind="text")
    lost = write(make(variable, ["a\x00b", "\ud83d", "", "fine"]), tmp_path / f"a.{ending}")
    back = read(tmp_path / f"a.{ending}", keep_personal="t")
    assert back.frame["t"].tolist()[:2] == ["a\ufffdb", "\ufffd"]
    assert any(line.startswith("characters that no file holds") for line in lost)
    if ending != "parquet":
        assert "empty texts, which become blanks: t" in lost


@pytest.mark.parametrize("ending", EVERY)
@pytest.mark.usefixtures("in_process")
def test_numbers_come_back_to_the_last_digit(tmp_path: Path, ending: str) -> None:
    values = [0.1 + 0.2, 1 / 3, -5.0, 1e22, 1e-300, 1501213610697763.2, 2.0**53, 0.0]
    write(make(Variable(name="n", level=Level.INTERVAL), values), tmp_path / f"a.{ending}")
    assert read(tmp_path / f"a.{ending}").frame["n"].tolist() == values


# --- people -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", EVERY)
@pytest.mark.usefixtures("in_process")
def test_row_numbers_are_not_written(tmp_path: Path, ending: str) -> None:
    variable = Variable(name="q", level=Level.INTERVAL)
    write(make(variable, [1.0, 2.0]), tmp_path / f"a.{ending}")
    back = read(tmp_path / f"a.{ending}")
    assert back.names == ("q",)
    assert back.persons == ["1", "2"]


@pytest.mark.parametrize("ending", EVERY)
@pytest.mark.usefixtures("in_process")
def test_ids_made_of_two_columns(tmp_path: Path, ending: str) -> None:
    source = tmp_path / "source.csv"
    source.write_text("study,number,q\nMAPS,1,3\nMAPS,2,4\nSAPA,1,5\n")
    panel = read(source, person=("study", "number"))
    assert panel.persons == ["MAPS:1", "MAPS:2", "SAPA:1"]
    write(panel, tmp_path / f"a.{ending}")
    back = read(tmp_path / f"a.{ending}")
    assert back.persons == panel.persons
    assert set(panel.names) == set(back.names)


@pytest.mark.parametrize("ending", ["csv", "sav"])
@pytest.mark.usefixtures("in_process")
def test_waves_and_weights_round_trip(tmp_path: Path, ending: str) -> None:
    source = tmp_path / "source.csv"
    source.write_text("id,time,w,q\n1,1,0.5,3\n1,2,0.5,4\n2,1,1.5,5\n")
    panel = read(source, wave="time", weight="w")
    lost = write(panel, tmp_path / f"a.{ending}")
    named: dict[str, Any] = {} if ending == "csv" else {"wave": "time", "weight": "w"}
    back = read(tmp_path / f"a.{ending}", **named)
    assert back.persons == ["1", "1", "2"]
    assert list(back.waves()) == ["1", "2"]
    np.testing.assert_allclose(back.weights(), panel.weights())
    assert any(line.startswith("roles") for line in lost) == (ending == "sav")


# --- any panel --------------------------------------------------------------------------------

numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    rows = draw(st.integers(1, 8))
    values = draw(st.lists(st.none() | numbers, min_size=rows, max_size=rows))
    words = draw(st.lists(st.none() | texts, min_size=rows, max_size=rows))
    reasons = draw(st.lists(st.sampled_from(Reason), max_size=3))
    variable = Variable(
        name="n",
        label=draw(texts),
        question=draw(texts),
        level=draw(st.sampled_from([Level.NOMINAL, Level.ORDINAL, Level.INTERVAL])),
        missing=tuple(MissingCode(float(-900 - i), reason) for i, reason in enumerate(reasons)),
    )
    status = [draw(st.integers(0, len(reasons))) if value is None else 0 for value in values]
    frame = pd.DataFrame(
        {
            "n": pd.Series([NAN if v is None else v for v in values], dtype=np.float64),
            "t": pd.Series(words, dtype=object),
        }
    )
    frame.index = pd.Index([f"p{i}" for i in range(rows)], dtype=object, name="person")
    return Panel(
        frame,
        Codebook((variable, Variable(name="t", level=Level.TEXT, kind="text"))),
        {"n": np.array(status, dtype=np.int16)},
    )


@pytest.mark.parametrize("ending", ["csv", "parquet", "sav"])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(original=panels())
@pytest.mark.usefixtures("in_process")
def test_any_panel_comes_back(tmp_path: Path, ending: str, original: Panel) -> None:
    path = tmp_path / f"any.{ending}"
    lost = write(original, path)
    back = read(path, keep_personal=("n", "t"))
    assert back.persons == original.persons
    for was, now in zip(cells(original, "n"), cells(back, "n"), strict=True):
        assert (was is None and now is None) or math.isclose(was, now, rel_tol=1e-15)
    kept = cells(original, "t")
    if "empty texts, which become blanks: t" in lost:
        kept = [None if t is None or t.isspace() else t for t in kept]
    trims = any(line.startswith("texts with blanks at the end") for line in lost)
    assert [t and t.rstrip(" ") if trims else t for t in cells(back, "t")] == [
        ((t and t.rstrip(" ")) or None) if trims else t for t in kept
    ]
    belied = [line for line in lost if line.startswith("reasons")]
    if not belied:
        assert back.reasons("n") == original.reasons("n")
    if ending != "sav":
        entry = dataclasses.replace(original.codebook["n"], role=Role.ITEM)
        assert back.codebook["n"] == entry
