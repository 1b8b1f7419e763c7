"""Workbooks and Parquet files: cells, sheets, codebooks inside, and hostile files."""

from __future__ import annotations

import datetime
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Variable
from understudy.data.codebook_file import to_rows
from understudy.data.codebook_json import to_json
from understudy.data.errors import (
    CodebookError,
    MissingExtraError,
    UnknownNameError,
    UnreadableFileError,
)
from understudy.data.readers.excel import read_excel
from understudy.data.readers.options import ReadOptions
from understudy.data.readers.parquet import read_parquet
from understudy.data.table import Table

NONE = ReadOptions()


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(i, j, cell)
                    elif isinstance(cell, datetime.datetime):
                        sheet.write_datetime(i, j, cell)
                    elif cell is not None:
                        sheet.write(i, j, cell)
    return path


def values(table: Table, name: str) -> list[object]:
    column = table.frame[name]
    return [None if gone else v for gone, v in zip(column.isna(), column.tolist(), strict=True)]


def test_cells_of_a_sheet(tmp_path: Path) -> None:
    noon = datetime.datetime(2024, 5, 1, 12)
    path = workbook(
        tmp_path / "a.xlsx",
        Data=[
            ["n", "t", "b", "d", "code", "mix", "na", "x", "x", "", ""],
            [1, "=a", True, noon, "007", 5, 3, 1, 2, 9, None],
            [None] * 11,
            [2.5, None, False, None, "010", "five", "NA", 1, 2, None, None],
        ],
    )
    table = read_excel(path, NONE)
    assert values(table, "n") == [1.0, 2.5]
    assert values(table, "t") == ["=a", None]
    assert values(table, "b") == [1.0, 0.0]
    assert table.frame["d"][0] == noon
    assert values(table, "code") == ["007", "010"]
    assert values(table, "mix") == ["5", "five"]
    assert values(table, "na") == [3.0, None]
    assert table.frame.columns.tolist()[7:] == ["x", "x.2", "column_10"]
    assert {v.name: v.kind for v in table.variables}["d"] == "date"
    assert "cells such as 'NA' count as missing in na" in table.notes
    assert [v.name for v in table.variables] == table.frame.columns.tolist()


def test_sheets_columns_and_rows_can_be_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", One=[["a", "b"], [1, 2], [3, 4]], Two=[["c"], [5]])
    table = read_excel(path, NONE)
    assert table.frame.columns.tolist() == ["a", "b"]
    assert any("read the first sheet, One; others are Two" in note for note in table.notes)
    assert values(read_excel(path, ReadOptions(sheet="Two")), "c") == [5.0]
    assert read_excel(path, ReadOptions(columns=("b",), rows=1)).frame.shape == (1, 1)
    with pytest.raises(UnknownNameError, match="there is no sheet 'two'; did you mean Two"):
        read_excel(path, ReadOptions(sheet="two"))
    with pytest.raises(UnknownNameError, match="there is no column 'z'"):
        read_excel(path, ReadOptions(columns=("z",)))


def test_a_codebook_sheet_is_applied(tmp_path: Path) -> None:
    trust = Variable(
        name="trust",
        level=Level.ORDINAL,
        labels=((1.0, "No"), (2.0, "Yes; really")),
        missing=(MissingCode(-9.0, Reason.REFUSED, "won't say"),),
    )
    rows = to_rows(Codebook((trust,)))
    sheet = [list(rows[0]), *(list(row.values()) for row in rows)]
    path = workbook(tmp_path / "a.xlsx", Data=[["trust"], [1], [-9]], Codebook=sheet)
    table = read_excel(path, NONE)
    assert table.variables == (trust,)
    assert table.declared == {"trust"}
    assert table.status["trust"].tolist() == [0, 1]


def test_a_foreign_codebook_sheet_is_noted_and_a_wrong_one_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", D=[["a"], [1]], codebook=[["Thanks"], ["x"]])
    assert any("not laid out as a codebook" in note for note in read_excel(path, NONE).notes)
    wrong = workbook(tmp_path / "b.xlsx", D=[["a"], [1]], codebook=[["name", "level"], ["a", "?"]])
    with pytest.raises(CodebookError, match=r"b\.xlsx, sheet codebook, row 2"):
        read_excel(wrong, NONE)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(70 << 20))


def nested(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/inner.zip", "PK")


def truncated(path: Path) -> None:
    workbook(path, D=[["a"], [1]])
    path.write_bytes(path.read_bytes()[:-200])


def no_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")


def old(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))


def encrypted(path: Path) -> None:
    path.write_bytes(
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    )


def empty_sheet(path: Path) -> None:
    workbook(path, D=[])


def header_only(path: Path) -> None:
    workbook(path, D=[["a", "b"]])


def only_codebook(path: Path) -> None:
    workbook(path, codebook=[["name"], ["a"]])


@pytest.mark.parametrize(
    "make, part",
    [
        (bomb, "times its size"),
        (nested, "holds another archive, xl/inner.zip"),
        (truncated, "damaged or cut short"),
        (no_workbook, "the workbook is damaged"),
        (old, "an old Excel workbook"),
        (encrypted, "the workbook is encrypted"),
        (empty_sheet, "sheet D: the sheet is empty"),
        (header_only, "no row below it"),
        (only_codebook, "no sheet of answers"),
    ],
)
def test_bad_workbooks_are_one_sentence(tmp_path: Path, make: Any, part: str) -> None:
    path = tmp_path / "book.xlsx"
    make(path)
    with pytest.raises(UnreadableFileError) as caught:
        read_excel(path, NONE)
    message = str(caught.value)
    assert part in message
    assert message.startswith("book.xlsx")
    assert "\n" not in message


# --- parquet ----------------------------------------------------------------------------------


def test_parquet_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "i": pa.array([1, None, 3], pa.int64()),
            "f": pa.array([0.5, None, 2.0]),
            "b": pa.array([True, None, False]),
            "s": pa.array(["x", None, ""]),
            "big": pa.array([2**60 + 1, 1, None], pa.int64()),
            "d": pa.array([datetime.date(2024, 5, 1), None, None]),
            "t": pa.array([1, 2, None], pa.timestamp("ns", tz="UTC")),
            "c": pa.array(["lo", "hi", None]).dictionary_encode(),
            "l": pa.array([[1], [2], []]),
            "n": pa.nulls(3),
        }
    )
    ordered = pa.DictionaryArray.from_arrays(pa.array([1, 0, None]), ["low", "high"], ordered=True)
    pq.write_table(table.append_column("o", ordered), path)
    read = read_parquet(path, NONE)
    assert values(read, "i") == [1.0, None, 3.0]
    assert values(read, "b") == [1.0, None, 0.0]
    assert values(read, "s") == ["x", None, ""]
    assert values(read, "big") == [str(2**60 + 1), "1", None]
    assert {v.name: v.kind for v in read.variables} == {
        **dict.fromkeys(("i", "f", "b", "n"), "number"),
        **dict.fromkeys(("s", "big", "c", "o"), "text"),
        **dict.fromkeys(("d", "t"), "date"),
    }
    by_name = {v.name: v for v in read.variables}
    assert by_name["o"].level is Level.ORDINAL
    assert by_name["o"].codes == ("low", "high")
    assert by_name["c"].level is Level.NOMINAL
    assert any("left out" in note and "l (list<" in note for note in read.notes)
    some = read_parquet(path, ReadOptions(columns=("f", "i"), rows=2))
    assert some.frame.columns.tolist() == ["i", "f"]
    assert len(some.frame) == 2
    with pytest.raises(UnknownNameError):
        read_parquet(path, ReadOptions(columns=("zz",)))


def test_the_codebook_of_a_parquet_file_is_applied(tmp_path: Path) -> None:
    trust = Variable(
        name="trust",
        level=Level.ORDINAL,
        labels=((1.0, "No"), (2.0, "Yes")),
        missing=(MissingCode(-9.0, Reason.REFUSED),),
    )
    book = Codebook((trust,), title="Wave 1", notes=("synthetic",))
    table = pa.table({"trust": [1.0, -9.0, None]})
    table = table.replace_schema_metadata({b"understudy.codebook": to_json(book).encode()})
    pq.write_table(table, tmp_path / "a.parquet")
    read = read_parquet(tmp_path / "a.parquet", NONE)
    assert read.variables == (trust,)
    assert read.status["trust"].tolist() == [0, 1, 0]
    assert read.title == "Wave 1"
    assert read.about == ("synthetic",)
    assert np.isnan(read.frame["trust"].to_numpy()[1:]).all()


def test_damaged_parquet_files_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": range(1000)}).to_parquet(path)
    whole = path.read_bytes()
    for content in (whole[:-300], b"PAR1" + bytes(200), whole[:40] + bytes(200) + whole[240:]):
        path.write_bytes(content)
        with pytest.raises(UnreadableFileError) as caught:
            read_parquet(path, NONE)
        assert str(caught.value).startswith("a.parquet: the Parquet file is damaged")
        assert "\n" not in str(caught.value)
    table = pa.table({"a": [1]}).replace_schema_metadata({b"understudy.codebook": b"{\xff"})
    pq.write_table(table, path)
    with pytest.raises(CodebookError):
        read_parquet(path, NONE)


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"understudy\[parquet\]"):
        read_parquet(tmp_path / "a.parquet", NONE)
