import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from understudy.data import readers
from understudy.data.errors import FileError, RequestError, UnreadableFileError
from understudy.data.readers import FORMATS, ReadOptions, read_table

ALL = ReadOptions()

Save = Callable[..., Path]


@pytest.mark.parametrize("ending", [e for e in FORMATS if e not in (".csv", ".tsv", ".txt")])
def test_random_bytes_are_refused_by_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"noise{ending}"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(UnreadableFileError, match=f"not that of a {ending} file"):
        read_table(path, ALL)


@pytest.mark.parametrize("ending", list(FORMATS))
def test_empty_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"empty{ending}"
    path.touch()
    with pytest.raises(UnreadableFileError, match=f"empty{ending}: the file is empty; export"):
        read_table(path, ALL)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.sav", b"id,q1\n1,2\n", "really a text file; rename it to a.csv"),
        ("a.csv", b"$FL2@(#) SPSS DATA FILE", "really an SPSS file; rename it to a.sav"),
        ("a.dta", b"$FL3@(#) SPSS DATA FILE", "really an SPSS file; rename it to a.zsav"),
        ("a.sav", b"<stata_dta><header>", "really a Stata file; rename it to a.dta"),
        ("a.csv", b"\x72\x02\x01\x00\x05\x00", "really a Stata file; rename it to a.dta"),
        ("a.xlsx", b"PAR1xxxx", "really a Parquet file; rename it to a.parquet"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook .*save it as .xlsx"),
        ("a.csv", b"\x1f\x8b\x08\x00", "a compressed archive; unpack it first"),
        ("a.sav", b"%PDF-1.7", "a PDF document; export"),
        ("a.sav", b"RDX3\nX\n", "an R workspace"),
        ("a.sas7bdat", b"HEADER RECORD*******LIBRARY HEADER RECORD", "rename it to a.xpt"),
        ("a.xpt", bytes(12) + bytes.fromhex("c2ea8160b31411cfbd920800"), "to a.sas7bdat"),
        ("a.dta", b"0" * 200 + b"SPSSP\r\nORT", "an SPSS portable file; rename it to a.por"),
    ],
)
def test_content_of_another_kind(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=sentence) as caught:
        read_table(path, ALL)
    assert caught.value.where == name


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("xl/workbook.xml", "really an Excel workbook; rename it to a.xlsx"),
        ("content.xml", "OpenDocument spreadsheet; save it as"),
        ("data/a.csv", "a zip archive; unpack it first"),
    ],
)
def test_zip_archives_are_told_apart(tmp_path: Path, part: str, sentence: str) -> None:
    path = tmp_path / "a.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, "x")
    with pytest.raises(UnreadableFileError, match=sentence):
        read_table(path, ALL)


@pytest.mark.parametrize(
    "head", [b"$FL2", b"<stata_dta>", bytes(12) + bytes.fromhex("c2ea8160b31411cfbd920800")]
)
def test_right_signature_wrong_rest(tmp_path: Path, head: bytes) -> None:
    ending = {b"$": ".sav", b"<": ".dta"}.get(head[:1], ".sas7bdat")
    path = tmp_path / f"a{ending}"
    path.write_bytes(head + bytes(range(256)) * 30)
    with pytest.raises(UnreadableFileError, match=r"^a\."):
        read_table(path, ALL)


def test_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(200 << 20))
    with pytest.raises(UnreadableFileError, match=r"bomb\.xlsx: the workbook would unpack"):
        read_table(path, ALL)


def test_missing_file_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "wave1.sav").write_bytes(b"x")
    with pytest.raises(FileError, match=r"there is no such file; did you mean wave1\.sav\?"):
        read_table(tmp_path / "wave_1.sav", ALL)
    with pytest.raises(FileError, match=r"where\.sav: there is no folder .*; check its name"):
        read_table(tmp_path / "no" / "where.sav", ALL)


def test_folder_and_unknown_ending(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="this is a folder"):
        read_table(tmp_path, ALL)
    path = tmp_path / "a.docx"
    path.write_bytes(b"x")
    with pytest.raises(RequestError, match=r"files ending in '\.docx' cannot be read; use one of"):
        read_table(path, ALL)
    bare = tmp_path / "noending"
    bare.write_bytes(b"x")
    with pytest.raises(RequestError, match="the file name has no ending"):
        read_table(bare, ALL)


def test_other_packages_add_formats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("foo", "understudy.data.readers.delimited:read_delimited", readers.GROUP)
    monkeypatch.setattr(readers, "entry_points", lambda group: [entry] if group else [])
    path = tmp_path / "a.foo"
    path.write_text("id,q1\n1,2\n3,4\n")
    assert read_table(path, ALL).frame.shape == (2, 2)
    assert ".foo" in readers.suffixes()


def test_an_archive_of_a_version_yet_to_come_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 6] = 99  # version needed to extract
    path.write_bytes(raw)
    with pytest.raises(UnreadableFileError, match=r"a\.xlsx: the workbook is damaged or cut short"):
        read_table(path, ALL)
