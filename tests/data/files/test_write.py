import importlib
import resource
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from understudy.data.codebook import Codebook, Level, Variable
from understudy.data.errors import FileError, MissingExtraError, RequestError
from understudy.data.panel import Panel
from understudy.data.write import write
from understudy.data.writers import FORMATS, excel
from understudy.data.writers.dates import counts_since, whole_days
from understudy.data.writers.losses import Losses
from understudy.data.writers.names import SPSS, STATA, safe_names


@pytest.mark.parametrize("ending", list(FORMATS))
def test_failure_leaves_the_old_file_whole(
    panel: Panel, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{ending}"
    write(panel, path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def fail(module: str, package: str) -> Any:
        class Broken:
            def __getattr__(self, name: str) -> Any:
                def writer(panel: Panel, path: Path, *rest: Any) -> None:
                    path.write_bytes(b"half")
                    raise OSError(28, "No space left on device")

                return writer

        return Broken()

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(FileError, match=rf"a\{ending}: the file cannot be written .No space left"):
        write(panel, path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file can grow past 300 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("ending", list(FORMATS))
def test_a_full_disk_is_one_sentence(panel: Panel, tmp_path: Path, ending: str) -> None:
    with pytest.raises(FileError, match=rf"a\{ending}: the file cannot be written .*; check"):
        write(panel, tmp_path / f"a{ending}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", list(FORMATS))
def test_a_folder_that_is_not_there_is_named(panel: Panel, tmp_path: Path, ending: str) -> None:
    with pytest.raises(FileError, match=r"make the folder '.*none' first"):
        write(panel, tmp_path / "none" / f"a{ending}")


def test_a_refusal_of_the_format_names_the_file(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise pyreadstat.ReadstatError("Some reason.")

    monkeypatch.setattr(pyreadstat, "write_sav", refuse)
    with pytest.raises(
        FileError, match=r"a\.sav: the \.sav format refuses this panel \(Some reason"
    ):
        write(panel, tmp_path / "a.sav")
    assert not list(tmp_path.iterdir())


def test_a_file_with_the_longest_of_names(panel: Panel, tmp_path: Path) -> None:
    path = tmp_path / ("a" * 251 + ".sav")
    write(panel, path)
    assert path.exists()


def test_labelled_variables_with_the_longest_names_fit_into_stata(tmp_path: Path) -> None:
    names = [f"{letter * 40}" for letter in "abc"] + ["d" * 32, "short"]
    book = Codebook(
        tuple(
            Variable(name=n, level=Level.ORDINAL, labels=((1.0, "no"), (2.0, "yes"))) for n in names
        )
    )
    frame = pd.DataFrame({n: [1.0, 2.0] for n in names}, index=pd.Index(["1", "2"], name="person"))
    write(Panel(frame, book), tmp_path / "a.dta")
    meta = pyreadstat.read_dta(str(tmp_path / "a.dta"))[1]
    assert meta.column_names == ["a" * 31, "b" * 31, "c" * 31, "d" * 31, "short"]
    assert len(meta.variable_value_labels) == len(names)


def test_only_the_file_and_its_codebook_are_left(panel: Panel, tmp_path: Path) -> None:
    write(panel, tmp_path / "a.csv")
    write(panel, tmp_path / "b.sav")
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["a.codebook.yaml", "a.csv", "b.sav"]
    assert (tmp_path / "b.sav").stat().st_mode & 0o400


def test_unknown_endings_folders_and_empty_panels(panel: Panel, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"ending in '\.docx' cannot be written; use one of"):
        write(panel, tmp_path / "a.docx")
    with pytest.raises(RequestError, match="the file name has no ending"):
        write(panel, tmp_path / "a")
    with pytest.raises(FileError, match="the file cannot be written"):
        write(panel, tmp_path / "nowhere" / "a.sav")
    with pytest.raises(RequestError, match="no variables"):
        write(panel.select([]), tmp_path / "a.sav")
    assert list(tmp_path.iterdir()) == []


def test_what_a_package_refuses_is_our_error(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyreadstat

    def refuse(*_: Any, **__: Any) -> None:
        raise pyreadstat.PyreadstatError("no thanks.")

    monkeypatch.setattr(pyreadstat, "write_sav", refuse)
    with pytest.raises(FileError, match=r"the \.sav format refuses this panel \(no thanks\);"):
        write(panel, tmp_path / "a.sav")


def test_parquet_without_pyarrow_names_the_extra(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"understudy\[parquet\]"):
        write(panel, tmp_path / "a.parquet")


def test_workbook_holds_no_formula_and_keeps_numbers(tmp_path: Path) -> None:
    texts = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "http://example.org", "plain"]
    frame = pd.DataFrame({"=name": pd.Series(texts, dtype=object), "n": [-5.0] * 7})
    frame.index = pd.Index([str(i + 1) for i in range(7)], name="person")
    book = Codebook(
        (
            Variable(name="=name", label="@label", level=Level.TEXT, kind="text"),
            Variable(name="n", level=Level.INTERVAL),
        )
    )
    write(Panel(frame, book), tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheets = {name: archive.read(name).decode() for name in archive.namelist()}
    data = sheets["xl/worksheets/sheet1.xml"]
    assert not any("<f>" in text or "hyperlink" in text for text in (data, *sheets.values()))
    assert data.count("<v>-5</v>") == 7
    assert 'quotePrefix="1"' in sheets["xl/styles.xml"]


def test_worksheet_limits(panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "ROWS", 5)
    with pytest.raises(RequestError, match=r"a worksheet holds 5 rows .* write .sav"):
        write(panel, tmp_path / "a.xlsx")


def test_csv_is_plain_and_exact(panel: Panel, tmp_path: Path) -> None:
    write(panel.select(["trust", "age", "day"]), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == (
        "person,trust,age,day\n"
        "MAPS:1,1,20,2020-02-29\n"
        "MAPS:2,-99,30,1899-05-01\n"
        "007,-98,,\n"
        "x y,-97,55,2024-12-31\n"
        f"5,,{1 / 3!r},1970-01-01\n"
    )


def test_losses_are_told_once_per_kind() -> None:
    losses = Losses()
    for i in range(7):
        losses.add("labels cut", f"q{i}")
    losses.add("labels cut", "q0")
    losses.add("notes")
    assert losses.told() == ("labels cut: q0, q1, q2, q3, q4 and 2 more", "notes")


def test_safe_names_are_unique_and_stable() -> None:
    assert safe_names(["a", "b"], SPSS) == {"a": "a", "b": "b"}
    assert safe_names(["a b", "a_b", "A_B"], SPSS) == {"a b": "a_b_3", "a_b": "a_b", "A_B": "A_B_2"}
    assert safe_names(["a b", "a_b", "A_B"], STATA) == {
        "a b": "a_b_2",
        "a_b": "a_b",
        "A_B": "A_B",
    }
    assert safe_names(["", "int", "str5", "_x", "9"], STATA) == {
        "": "v",
        "int": "int_",
        "str5": "str5_",
        "_x": "_x",
        "9": "v9",
    }


def test_dates_as_counts() -> None:
    dates = np.array(["1960-01-02", "NaT"], dtype="datetime64[us]")
    counts = counts_since(dates, "1960-01-01", 86_400_000_000)
    np.testing.assert_array_equal(counts, [1.0, np.nan])
    assert whole_days(dates)
    assert not whole_days(np.array(["1960-01-02T00:00:01"], dtype="datetime64[us]"))
