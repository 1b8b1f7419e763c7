"""Qualtrics exports: three header rows, paradata, several answers in a cell, -99."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from understudy.data.codebook import Level, Reason, Role
from understudy.data.readers.delimited import read_delimited
from understudy.data.readers.options import ReadOptions
from understudy.data.readers.qualtrics import recognise
from understudy.data.table import Table

COLUMNS: list[tuple[str, str, dict[str, str], list[str]]] = [
    ("StartDate", "Start Date", {"ImportId": "startDate"}, ["5/23/2025 12:20", "12/1/2025 9:05"]),
    (
        "EndDate",
        "End Date",
        {"ImportId": "endDate"},
        ["2025-05-23 12:20:01", "2025-05-23 13:00:00"],
    ),
    ("Finished", "Finished", {"ImportId": "finished"}, ["1", "True"]),
    ("ResponseId", "Response ID", {"ImportId": "_recordId"}, ["R_1", "R_2"]),
    ("Q1", "How are\nyou? - Selected Choice", {"ImportId": "QID1"}, ["3", "-99"]),
    ("Q1_6_TEXT", "How are\nyou? - Other - Text", {"ImportId": "QID1_6_TEXT"}, ["", "-fine"]),
    ("Q2", "Which, if any?", {"ImportId": "QID2"}, ["1,3", "2"]),
    ("Q3_1", "Rate: - Bread", {"ImportId": "QID3_1"}, ["1", "2"]),
    ("Q3_2", "Rate: - Milk", {"ImportId": "QID3_2"}, ["5", ""]),
    ("Q3_DO_1", "Rate: - Display Order", {"ImportId": "QID3_DO", "choiceId": "1"}, ["2", "1"]),
    ("T_First Click", "Timing - First Click", {"ImportId": "QID4_FIRST_CLICK"}, ["1.5", "0"]),
    ("T_First Click", "Timing - First Click", {"ImportId": "QID5_FIRST_CLICK"}, ["2.5", "0"]),
    ("slider", "Warm?", {"ImportId": "QID6"}, ["-99", "-40"]),
    ("Q7", "Numbers, please", {"ImportId": "QID7_TEXT"}, ["1,000", "2,500"]),
    ("group", "group", {"ImportId": "group"}, ["a", "b"]),
    ("", "", {}, ["", ""]),
]


def export(tmp_path: Path, delimiter: str = ",", encoding: str = "utf-8") -> Table:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    names, wordings, ids, cells = zip(*COLUMNS, strict=True)
    writer.writerow(names)
    writer.writerow(wordings)
    writer.writerow([json.dumps(i, separators=(",", ":")) if i else "" for i in ids])
    writer.writerows(zip(*cells, strict=True))
    path = tmp_path / ("export.csv" if delimiter == "," else "export.tsv")
    path.write_bytes(out.getvalue().encode(encoding))
    return read_delimited(path, ReadOptions())


@pytest.mark.parametrize("delimiter, encoding", [(",", "utf-8-sig"), ("\t", "utf-16")])
def test_an_export_is_recognised(tmp_path: Path, delimiter: str, encoding: str) -> None:
    table = export(tmp_path, delimiter, encoding)
    by_name = {v.name: v for v in table.variables}
    assert "read as a Qualtrics export with three header rows" in table.notes
    assert len(table.frame) == 2
    assert table.frame.columns.tolist() == [v.name for v in table.variables]

    assert by_name["Q1"].question == "How are you?"
    assert by_name["Q1_6_TEXT"].question == "How are you? - Other - Text"
    assert table.frame["Q1_6_TEXT"].tolist()[1] == "-fine"

    paradata = {name for name, v in by_name.items() if v.role is Role.PARADATA}
    assert paradata == {
        *("StartDate", "EndDate", "Finished", "ResponseId", "Q3_DO_1"),
        *("T_First Click", "T_First Click.2"),
    }
    assert by_name["StartDate"].kind == by_name["EndDate"].kind == "date"
    assert str(table.frame["StartDate"][1]) == "2025-12-01 09:05:00"


def test_unanswered_is_a_reason_and_other_negative_numbers_are_answers(tmp_path: Path) -> None:
    table = export(tmp_path)
    by_name = {v.name: v for v in table.variables}
    (missing,) = by_name["Q1"].missing
    assert (missing.code, missing.reason) == (-99.0, Reason.NO_ANSWER)
    assert table.status["Q1"].tolist() == [0, 1]
    assert table.frame["Q1"].isna().tolist() == [False, True]
    assert by_name["slider"].missing == ()
    assert table.frame["slider"].tolist() == [-99.0, -40.0]


def test_several_answers_become_one_column_each(tmp_path: Path) -> None:
    table = export(tmp_path)
    options = [v for v in table.variables if v.group == "Q2"]
    assert [v.name for v in options] == ["Q2_1", "Q2_2", "Q2_3"]
    assert all(v.level is Level.MULTIPLE and v.name in table.declared for v in options)
    assert table.frame["Q2_3"].tolist() == [1.0, 0.0]
    assert any(note.startswith("Q2: several answers") for note in table.notes)
    assert table.frame["Q7"].tolist() == ["1,000", "2,500"], "an open text is no list of codes"


def test_rows_of_a_matrix_share_a_group(tmp_path: Path) -> None:
    by_name = {v.name: v for v in export(tmp_path).variables}
    assert by_name["Q3_1"].group == by_name["Q3_2"].group == "Q3"
    assert (by_name["Q3_1"].label, by_name["Q3_2"].label) == ("Bread", "Milk")
    assert by_name["Q3_1"].question == "Rate: - Bread"


@pytest.mark.parametrize(
    "third",
    [
        ["1", "2"],
        ['{"ImportId": 5}', '{"ImportId": 6}'],
        ["{broken", "{broken"],
        ['{"other":"x"}', '{"other":"y"}'],
        ["[" * 100_000, "[]"],
        ["", ""],
    ],
)
def test_other_files_are_not_taken_for_an_export(third: list[str]) -> None:
    assert recognise([["a", "b"], ["x", "y"], third]) is None


def test_unequal_rows_and_short_files_are_no_export() -> None:
    assert recognise([["a"], ["x"]]) is None
    assert recognise([["a"], ["x", "y"], ['{"ImportId":"QID1"}']]) is None
