"""Comma-, semicolon- and tab-separated files: encodings, shapes, what becomes of each cell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Level
from understudy.data.errors import RequestError, UnknownNameError, UnreadableFileError
from understudy.data.readers.delimited import read_delimited
from understudy.data.readers.options import ReadOptions
from understudy.data.table import Table


def read(tmp_path: Path, content: str | bytes, name: str = "file.csv", **options: object) -> Table:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_delimited(path, ReadOptions(**options))  # type: ignore[arg-type]


def values(table: Table, name: str) -> list[object]:
    column = table.frame[name]
    return [None if gone else v for gone, v in zip(column.isna(), column.tolist(), strict=True)]


def kinds(table: Table) -> dict[str, str]:
    return {v.name: v.kind for v in table.variables}


# --- encodings --------------------------------------------------------------------------------

TEXT = "name,ok\nZoë,1\nJürgen – ß,2\n"


@pytest.mark.parametrize(
    "raw, note",
    [
        (TEXT.encode(), ""),
        (TEXT.encode("utf-8-sig"), ""),
        (TEXT.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-32"), "UTF-32"),
        (TEXT.encode("cp1252"), "read as Windows-1252 (line 2: 'Zoë')"),
        (TEXT.replace("\n", "\r\n").encode(), ""),
        (TEXT.replace("\n", "\r").encode(), ""),
    ],
)
def test_encodings_are_found_out_and_said(tmp_path: Path, raw: bytes, note: str) -> None:
    table = read(tmp_path, raw)
    assert values(table, "name") == ["Zoë", "Jürgen – ß"]
    assert note in " ".join(table.notes)
    assert bool(table.notes) == bool(note)


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    table = read(tmp_path, "name,ok\nŁódź,1\n".encode("iso8859-2"), encoding="latin2")
    assert values(table, "name") == ["Łódź"]
    assert table.notes == ()
    with pytest.raises(RequestError, match="no encoding 'klingon'"):
        read(tmp_path, TEXT, encoding="klingon")
    with pytest.raises(
        UnreadableFileError, match=r"line 2: the text is not valid ascii \(byte 11\)"
    ):
        read(tmp_path, TEXT, encoding="ascii")
    assert values(read(tmp_path, TEXT.encode("utf-16"), encoding="utf-16"), "name")[0] == "Zoë"


def test_lost_and_twice_encoded_letters_are_noted(tmp_path: Path) -> None:
    table = read(tmp_path, "name,ok\nZoÃ«,1\nJ\ufffdrgen,2\n")
    assert any(
        "line 2 holds 'ZoÃ«', which looks like text that was encoded twice" in n
        for n in table.notes
    )
    assert any("line 3 holds the replacement character" in n for n in table.notes)
    assert values(table, "name")[0] == "ZoÃ«"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["name,x\nZoë,1\n", "名前,x\r\n太郎,1\r\n花子,2\r\n"])
def test_utf16_without_its_mark_is_recognised(tmp_path: Path, encoding: str, text: str) -> None:
    table = read(tmp_path, text.encode(encoding))
    assert values(table, "x")[0] == 1.0
    assert [v.name for v in table.variables] == text.splitlines()[0].split(",")
    assert any(f"read as {encoding.upper()}, though no byte" in note for note in table.notes)


@pytest.mark.parametrize("row", [0, 1, 2, 5])
def test_a_cell_may_be_very_long(tmp_path: Path, row: int) -> None:
    lines = [[f"n{i}", f"c{i}"] for i in range(7)]
    lines[row][1] = "long, " * 40_000
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    table = read(tmp_path, text.getvalue())
    assert len(table.frame) == 6
    if row:
        assert values(table, "c0")[row - 1] == lines[row][1]


@pytest.mark.parametrize(
    "raw, part",
    [
        (b"", "the file is empty"),
        (b"\n \n\r\n", "the file is empty"),
        (b"a,b\nZo\xc3\xab,1\nZo\xeb,2\n", "line 3: byte 14 is not UTF-8 although line 2 is"),
        (b"a,b\nZo\xeb\x81,1\n", "line 2: byte 8 (0x81) is neither UTF-8 nor Windows-1252"),
        (b"a,b\n1,2\n3,\x004\n", "line 3: there is a NUL byte"),
        (b"\xff\xfea", "it is UTF-16"),
        (b"a,b\n1,2\n3\n", "line 3: the row has 1 cells where the header has 2"),
        (b"a,b\n1,2\n3,4,5\n6,7\n", "line 3: the row has 3 cells where the header has 2"),
        (b'a,b\n"x\ny",2\n3\n', "line 4: the row has 1 cells"),
        (
            b'a,b\n1,2\n3,"open\n5,6\n',
            "line 3: a quotation mark opened in this row is never closed",
        ),
        (b'a,b\n"' + b"x" * 200_000 + b"\n", "line 2: a cell that starts in this row is too long"),
        (b"a,b\n", "there is a header and no row below it"),
        (b"a,b", "there is a header and no row below it"),
    ],
)
def test_malformed_files_are_one_sentence(tmp_path: Path, raw: bytes, part: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, raw)
    message = str(caught.value)
    assert part in message
    assert message.startswith("file.csv")
    assert "\n" not in message
    assert message.endswith(".")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_delimited(tmp_path / "absent.csv", ReadOptions())


# --- structure --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, name",
    [
        ("a,b\n1,x\n", "f.csv"),
        ("a;b\n1;x\n", "f.csv"),
        ("a\tb\n1\tx\n", "f.tsv"),
        ("a\tb\n1\tx\n", "f.csv"),
        ("a|b\n1|x\n", "f.txt"),
        ('"a";"b"\n"1";"x"\n', "f.csv"),
        ("a,b\n\n1,x\n\n", "f.csv"),
        ("a,b\r\n1,x", "f.csv"),
    ],
)
def test_delimiters_are_found_out(tmp_path: Path, content: str, name: str) -> None:
    table = read(tmp_path, content, name)
    assert values(table, "a") == [1.0]
    assert values(table, "b") == ["x"]


def test_quoted_cells_hold_newlines_delimiters_and_quotes(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,"b\nb",c\n1,"x, ""y""\nz",-2\n2,5" pipe,3\n')
    assert table.frame.columns.tolist() == ["a", "b b", "c"]
    assert values(table, "b b") == ['x, "y"\nz', '5" pipe']
    assert values(table, "c") == [-2.0, 3.0]


def test_names_are_made_unique_and_said(tmp_path: Path) -> None:
    table = read(tmp_path, ",x,x,,x.2,x, y \n1,2,3,4,5,6,7\n")
    assert table.frame.columns.tolist() == ["rownames", "x", "x.3", "column_4", "x.2", "x.4", "y"]
    assert "2 columns without a name: now called rownames, column_4" in table.notes
    assert "2 columns with a name used before: now called x.3, x.4" in table.notes


def test_columns_without_name_and_value_are_left_out(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,\n1,2,\n3,4, \n")
    assert table.frame.columns.tolist() == ["a", "b"]
    assert "1 column with neither a name nor a value left out" in table.notes


def test_one_row_one_column_and_1224_columns(tmp_path: Path) -> None:
    assert values(read(tmp_path, "a\n5\n"), "a") == [5.0]
    wide = ",".join(f"v{i}" for i in range(1224)) + "\n" + ",".join("7" * 1224) + "\n"
    table = read(tmp_path, wide)
    assert table.frame.shape == (1, 1224)
    assert values(table, "v1223") == [7.0]


def test_columns_and_rows_can_be_chosen(tmp_path: Path) -> None:
    content = "a,b,c\n1,x,2\n3,y,4\n"
    table = read(tmp_path, content, columns=("c", "a"), rows=1)
    assert table.frame.columns.tolist() == ["a", "c"]
    assert len(table.frame) == 1
    with pytest.raises(UnknownNameError, match="did you mean a"):
        read(tmp_path, content, columns=("A",))


def test_progress_is_reported(tmp_path: Path) -> None:
    seen: list[float] = []
    read(tmp_path, "a\n1\n", progress=seen.append)
    assert seen == sorted(seen)
    assert seen


# --- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells, kind, expected",
    [
        (["1", "", "2.5"], "number", [1.0, None, 2.5]),
        (["1", " ", " 3"], "number", [1.0, None, 3.0]),
        (["1", "NA", "N/A"], "number", [1.0, None, None]),
        (["1", ".", "nan"], "number", [1.0, None, None]),
        (["NA", "NA"], "number", [None, None]),
        (["a", "NA", ""], "text", ["a", "NA", None]),
        (["007", "010"], "text", ["007", "010"]),
        (["0", "0.5", "-0.25"], "number", [0.0, 0.5, -0.25]),
        (["12345678901234567890", "1"], "text", ["12345678901234567890", "1"]),
        (["9007199254740993", "", "1"], "text", ["9007199254740993", None, "1"]),
        (["9007199254740992", "1"], "number", [9007199254740992.0, 1.0]),
        (["1e3", "2E-1"], "number", [1000.0, 0.2]),
        (["1e999", "1"], "text", ["1e999", "1"]),
        (["inf", "1"], "text", ["inf", "1"]),
        (["0x10", "1"], "text", ["0x10", "1"]),
        (["1_000", "1"], "text", ["1_000", "1"]),
        (["TRUE", "False", ""], "number", [1.0, 0.0, None]),
        (["true", "maybe"], "text", ["true", "maybe"]),
        (["1,5", "2"], "text", ["1,5", "2"]),
        (["5/6/2024", "6/5/2024"], "text", ["5/6/2024", "6/5/2024"]),
        (["2024-02-30", "2024-01-01"], "text", ["2024-02-30", "2024-01-01"]),
        (["-hello", "=1+1"], "text", ["-hello", "=1+1"]),
    ],
)
def test_what_cells_become(
    tmp_path: Path, cells: list[str], kind: str, expected: list[object]
) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["k", "x"], *(["r", cell] for cell in cells)])
    table = read(tmp_path, out.getvalue())
    assert kinds(table)["x"] == kind
    assert values(table, "x") == expected


def test_truth_values_have_labels(tmp_path: Path) -> None:
    (variable,) = read(tmp_path, "x\nTRUE\nFALSE\n").variables
    assert variable.labels == ((0.0, "False"), (1.0, "True"))


def test_iso_dates_are_dates(tmp_path: Path) -> None:
    table = read(tmp_path, "d,z\n2024-05-01,2024-05-01T12:00:00+02:00\n,2024-05-02T12:00:00Z\n")
    assert kinds(table) == {"d": "date", "z": "date"}
    assert table.frame["d"].isna().tolist() == [False, True]
    assert str(table.frame["d"][0].date()) == "2024-05-01"
    assert table.frame["z"][0].hour == 10
    assert table.variables[0].level is Level.INTERVAL


def test_decimal_commas_where_the_delimiter_is_none(tmp_path: Path) -> None:
    table = read(tmp_path, "a;b;c\n1,5;x;1.000,5\n-2;y;3\n")
    assert values(table, "a") == [1.5, -2.0]
    assert values(table, "c") == ["1.000,5", "3"]
    assert "a: decimal commas are read as decimal points" in table.notes


def test_notes_say_what_was_kept_as_text(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,c\n1,007,NA\n2,008,4\nabout 5,009,3\n")
    assert (
        "a: 1 of 3 values are not numbers (the first is 'about 5'), so it is kept as text"
        in table.notes
    )
    assert "b: codes with leading zeros such as '007' are kept as text" in table.notes
    assert (
        "cells such as 'NA' count as missing in columns of numbers, and as text elsewhere"
        in table.notes
    )
    assert not any("NA" in note for note in read(tmp_path, "a,b\n1,NA\n2,x\n").notes)


plain = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n,;"\t'),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(plain, st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_what_csv_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float]]
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["text", "number"], *(["t" + text, repr(number)] for text, number in rows)])
    table = read(tmp_path_factory.mktemp("csv"), out.getvalue())
    assert values(table, "text") == ["t" + text for text, _ in rows]
    if kinds(table)["number"] == "number":
        assert np.array_equal(table.frame["number"], [number for _, number in rows])
    else:
        assert values(table, "number") == [repr(number) for _, number in rows]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    problem = ""
    try:
        table = read(tmp_path_factory.mktemp("any"), b"a,b\n" + raw)
        assert len(table.variables) >= 1
    except UnreadableFileError as error:
        problem = str(error)
    assert "\n" not in problem
