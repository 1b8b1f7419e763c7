import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import Level, MissingCode, Reason
from understudy.data.errors import UnknownNameError, UnreadableFileError
from understudy.data.readers import packages
from understudy.data.readers.options import ReadOptions
from understudy.data.readers.packages import date_from
from understudy.data.readers.sas import read_sas
from understudy.data.readers.spss import read_spss
from understudy.data.readers.stata import read_stata
from understudy.data.table import Table

NAN = float("nan")
ALL = ReadOptions()

Save = Callable[..., Path]


def variable(table: Table, name: str) -> Any:
    return next(v for v in table.variables if v.name == name)


# --- SPSS -------------------------------------------------------------------------------------


def test_spss_user_missing_codes_keep_their_reasons(save: Save) -> None:
    path = save(
        "a.sav",
        {"q": [1.0, 2.0, -99.0, -98.0, NAN]},
        column_labels={"q": "A question"},
        missing_ranges={"q": [-99.0, -98.0]},
        variable_value_labels={"q": {2.0: "No", 1.0: "Yes", -99.0: "Refused", -98.0: "Weiß nicht"}},
        variable_measure={"q": "nominal"},
        file_label="Title",
        note=["First note.", "Second note."],
    )
    table = read_spss(path, ALL)
    q = variable(table, "q")
    assert q.label == "A question"
    assert q.labels == ((1.0, "Yes"), (2.0, "No"))
    assert q.missing == (
        MissingCode(-99.0, Reason.REFUSED, "Refused"),
        MissingCode(-98.0, Reason.DONT_KNOW, "Weiß nicht"),
    )
    assert q.format == "F8.2"
    np.testing.assert_array_equal(table.frame["q"], [1.0, 2.0, NAN, NAN, NAN])
    assert table.status["q"].tolist() == [0, 0, 1, 2, 0]
    assert table.declared == {"q"}
    assert table.title == "Title"
    assert table.about == ("First note.", "Second note.")


def test_spss_missing_range_becomes_the_codes_seen_or_labelled(save: Save) -> None:
    path = save(
        "a.sav",
        {"q": [1.0, 95.0, 97.5, 7.0]},
        missing_ranges={"q": [{"lo": 90.0, "hi": 99.0}, 7.0]},
        variable_value_labels={"q": {99.0: "No answer", 1.0: "Yes"}},
    )
    table = read_spss(path, ALL)
    q = variable(table, "q")
    assert [m.code for m in q.missing] == [7.0, 95.0, 97.5, 99.0]
    assert q.missing[-1].reason is Reason.NO_ANSWER
    assert table.status["q"].tolist() == [0, 2, 3, 1]


def test_spss_text_may_be_missing_too(save: Save) -> None:
    path = save(
        "a.sav",
        {"t": ["N", "REF", "", "S"]},
        missing_ranges={"t": ["REF"]},
        variable_value_labels={"t": {"N": "North", "REF": "Refused"}},
        variable_measure={"t": "nominal"},
    )
    table = read_spss(path, ALL)
    assert table.frame["t"].tolist() == ["N", None, None, "S"]
    assert table.status["t"].tolist() == [0, 1, 0, 0]
    assert variable(table, "t").level is Level.NOMINAL
    assert variable(table, "t").missing == (MissingCode("REF", Reason.REFUSED, "Refused"),)


def test_spss_unknown_measure_is_undeclared(save: Save) -> None:
    path = save(
        "a.sav", {"a": [1.0], "b": [2.0]}, variable_measure={"a": "unknown", "b": "ordinal"}
    )
    table = read_spss(path, ALL)
    assert table.declared == {"b"}
    assert variable(table, "b").level is Level.ORDINAL


def test_spss_scale_everywhere_is_not_a_statement_about_labelled_variables(save: Save) -> None:
    labels = {"q1": {1.0: "a", 2.0: "b"}, "q2": {1.0: "a", 2.0: "b"}}
    columns = {"q1": [1.0, 2.0], "q2": [1.0, 2.0], "age": [30.0, 40.0]}
    every = dict.fromkeys(columns, "scale")
    path = save("a.sav", columns, variable_value_labels=labels, variable_measure=every)
    table = read_spss(path, ALL)
    assert table.declared == {"age"}
    assert "inferred" in table.notes[0]

    some = {**every, "q1": "ordinal"}
    path = save("b.sav", columns, variable_value_labels=labels, variable_measure=some)
    assert read_spss(path, ALL).declared == {"q1", "q2", "age"}


def test_spss_dates(save: Save) -> None:
    moments = pd.Series(
        np.array(["2018-05-06T10:10:10", "NaT", "1583-01-01"], dtype="datetime64[us]")
    )
    path = save("a.sav", {"d": moments, "n": [1.0, 2.0, 3.0]})
    table = read_spss(path, ALL)
    assert variable(table, "d").kind == "date"
    assert table.frame["d"].dtype == "datetime64[us]"
    assert table.frame["d"].isna().tolist() == [False, True, False]
    assert table.frame["d"][0] == pd.Timestamp("2018-05-06 10:10:10")
    assert table.frame["d"][2] == pd.Timestamp("1583-01-01")


def test_impossible_dates_are_dropped_and_said(save: Save) -> None:
    path = save("a.sav", {"d": [1e300, 12_000_000_000.0]}, variable_format={"d": "DATE11"})
    table = read_spss(path, ALL)
    assert table.frame["d"].isna().tolist() == [True, False]
    assert table.notes == ("d: 1 dates outside the years 1 to 9999 were dropped",)


def test_spss_times_of_day_stay_seconds(save: Save) -> None:
    path = save("a.sav", {"t": [3600.0]}, variable_format={"t": "TIME8"})
    assert read_spss(path, ALL).frame["t"].tolist() == [3600.0]


def with_multiple_response(path: Path, definition: str) -> None:
    """Insert an extension record (type 7, subtype 7) before the end of the dictionary."""
    body = definition.encode()
    record = struct.pack("<iiii", 7, 7, 1, len(body)) + body
    raw = path.read_bytes()
    end = raw.index(struct.pack("<ii", 999, 0))
    path.write_bytes(raw[:end] + record + raw[end:])


def test_spss_multiple_response_sets_group_their_options(save: Save) -> None:
    columns = {"tv": [1.0, 0.0], "web": [1.0, NAN], "paper": [2.0, 1.0], "age": [30.0, 40.0]}
    path = save("a.sav", columns)
    with_multiple_response(path, "$news=D1 1 12 News sources tv web paper\n")
    table = read_spss(path, ALL)
    assert variable(table, "tv").level is Level.MULTIPLE
    assert variable(table, "tv").group == "news"
    assert variable(table, "web").level is Level.MULTIPLE
    assert variable(table, "paper").level is not Level.MULTIPLE  # holds a 2
    assert variable(table, "paper").group == "news"
    assert variable(table, "age").group == ""


def test_por_says_that_reasons_are_gone(save: Save) -> None:
    path = save("a.por", {"q": [1.0, 2.0], "t": ["a", ""]})
    table = read_spss(path, ALL)
    assert table.frame.shape == (2, 2)
    assert "save it as .sav" in table.notes[0]


# --- Stata and SAS ----------------------------------------------------------------------------


def test_stata_letters_are_missing_codes(save: Save) -> None:
    path = save(
        "a.dta",
        {"q": [1.0, "a", "z", NAN, 2.0], "clean": [1.0, 2.0, 3.0, 4.0, 5.0]},
        missing_user_values={"q": ["a", "z"]},
        variable_value_labels={"q": {1.0: "Yes", "a": "Refused"}},
        file_label="Title",
    )
    table = read_stata(path, ALL)
    q = variable(table, "q")
    assert q.labels == ((1.0, "Yes"),)
    assert q.missing == (
        MissingCode(".a", Reason.REFUSED, "Refused"),
        MissingCode(".z", Reason.OTHER, ""),
    )
    np.testing.assert_array_equal(table.frame["q"], [1.0, NAN, NAN, NAN, 2.0])
    assert table.status["q"].tolist() == [0, 1, 2, 0, 0]
    assert "clean" not in table.status
    assert table.declared == frozenset()
    assert table.title == "Title"


def test_stata_column_of_letters_only(save: Save) -> None:
    path = save("a.dta", {"q": ["b", "b"]}, missing_user_values={"q": ["b"]})
    table = read_stata(path, ALL)
    assert table.frame["q"].isna().all()
    assert table.frame["q"].dtype == np.float64
    assert table.status["q"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("style", "counts", "expected"),
    [
        ("%td", [0.0, 21310.0], ["1960-01-01", "2018-05-06"]),
        ("%tdDD/NN/CCYY", [1.0, -1.0], ["1960-01-02", "1959-12-31"]),
        ("%tc", [0.0, 1000.0], ["1960-01-01T00:00:00", "1960-01-01T00:00:01"]),
        ("%tm", [0.0, 13.0], ["1960-01-01", "1961-02-01"]),
    ],
)
def test_stata_dates(save: Save, style: str, counts: list[float], expected: list[str]) -> None:
    path = save("a.dta", {"d": counts}, variable_format={"d": style})
    table = read_stata(path, ALL)
    assert table.frame["d"].tolist() == [pd.Timestamp(text) for text in expected]
    assert variable(table, "d").format == style


def test_stata_time_of_day_stays_a_number(save: Save) -> None:
    path = save("a.dta", {"d": [36610000.0]}, variable_format={"d": "%tcHH:MM:SS"})
    assert read_stata(path, ALL).frame["d"].tolist() == [36610000.0]


def test_sas_transport_file(save: Save) -> None:
    path = save(
        "a.xpt",
        {"q": [1.0, NAN], "t": ["a", ""], "d": [21310.0, 0.0], "m": [60.0, 0.0]},
        column_labels={"q": "A question"},
        variable_format={"d": "DATE9", "m": "DATETIME20"},
    )
    table = read_sas(path, ALL)
    assert variable(table, "q").label == "A question"
    assert table.frame["t"].tolist() == ["a", None]
    assert table.frame["d"].tolist() == [pd.Timestamp("2018-05-06"), pd.Timestamp("1960-01-01")]
    assert table.frame["m"][0] == pd.Timestamp("1960-01-01 00:01:00")


# --- all of them ------------------------------------------------------------------------------


def test_reading_in_pieces_changes_nothing(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    numbers = rng.integers(1, 6, 25).astype(float)
    tagged: list[Any] = numbers.tolist()
    tagged[3], tagged[20] = "a", "b"
    columns = {"n": numbers, "g": tagged, "t": [f"text {i}" for i in range(25)]}
    path = save("a.dta", columns, missing_user_values={"g": ["a", "b"]})
    whole = read_stata(path, ALL)
    shown: list[float] = []
    monkeypatch.setattr(packages, "ROWS_AT_A_TIME", 4)
    pieces = read_stata(path, ReadOptions(progress=shown.append))
    pd.testing.assert_frame_equal(pieces.frame, whole.frame)
    assert pieces.variables == whole.variables
    assert pieces.status["g"].tolist() == whole.status["g"].tolist()
    assert len(shown) == 7
    assert shown[-1] == 1.0


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt", "por"])
def test_rows_and_columns_can_be_chosen(save: Save, ending: str) -> None:
    path = save(f"a.{ending}", {"A": [1.0, 2.0, 3.0], "B": ["x", "y", "z"], "C": [4.0, 5.0, 6.0]})
    read = {"sav": read_spss, "por": read_spss, "dta": read_stata, "xpt": read_sas}[ending]
    table = read(path, ReadOptions(columns=("C", "A"), rows=2))
    assert table.frame.to_dict("list") == {"A": [1.0, 2.0], "C": [4.0, 5.0]}
    with pytest.raises(UnknownNameError, match="there is no column 'D'"):
        read(path, ReadOptions(columns=("D",)))


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
def test_truncated_file_is_one_sentence(save: Save, ending: str, share: float) -> None:
    path = save(f"a.{ending}", {"q": np.arange(400.0), "t": ["some text"] * 400})
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    read = {"sav": read_spss, "dta": read_stata, "xpt": read_sas}[ending]
    with pytest.raises(UnreadableFileError, match=rf"^a\.{ending}: .*; "):
        read(path, ALL)


def test_undecodable_text_names_the_remedy(save: Save) -> None:
    path = save("a.sav", {"t": ["naïve", "x"]})
    raw = path.read_bytes()
    path.write_bytes(raw.replace("naïve".encode(), b"na\xefve "))
    with pytest.raises(UnreadableFileError, match="--encoding"):
        read_spss(path, ALL)
    assert read_spss(path, ReadOptions(encoding="cp1252")).frame["t"].tolist() == ["naïve", "x"]


def test_no_rows_and_nothing_but_blanks(save: Save) -> None:
    path = save("a.sav", {"q": np.array([], dtype=float), "t": np.array([], dtype=str)})
    assert read_spss(path, ALL).frame.shape == (0, 2)
    path = save("b.sav", {"q": [NAN, NAN]})
    assert read_spss(path, ALL).frame["q"].isna().all()


def test_dates_count_whole_months_and_refuse_infinity() -> None:
    months, lost = date_from(np.array([0.0, -1.0, NAN, np.inf]), unit="M", epoch="1960-01-01")
    assert months[:2].astype(str).tolist() == [
        "1960-01-01T00:00:00.000000",
        "1959-12-01T00:00:00.000000",
    ]
    assert np.isnat(months[2:]).all()
    assert lost == 0
