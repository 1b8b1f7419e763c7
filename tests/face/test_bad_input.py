"""Bad input on the command line: one sentence with place and remedy, the right exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Command


def one_sentence(err: str) -> str:
    lines = [line for line in err.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    return lines[0]


@pytest.mark.parametrize(
    ("name", "content", "expected", "code"),
    [
        ("empty.csv", b"", "empty.csv", 1),
        ("fake.sav", b"PK\x03\x04 not spss", "fake.sav", 1),
        ("truncated.sav", b"$FL2@(#) SPSS DATA FILE", "truncated.sav", 1),
        ("odd.docx", b"hello", "odd.docx", 2),
        ("header.csv", b"id,trust\n", "header.csv", 1),
        ("ids.csv", b"id\n1\n2\n", "ids.csv", 1),
    ],
)
def test_an_unusable_file_is_one_sentence(
    understudy: Command, tmp_path: Path, name: str, content: bytes, expected: str, code: int
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found, out, err = understudy("inspect", path)
    assert found == code
    assert out == ""
    assert expected in one_sentence(err)


def test_a_missing_file_suggests_the_nearest(understudy: Command, files: Path) -> None:
    code, _, err = understudy("inspect", files / "synthetic_panel_wave3.sav")
    assert code == 1
    assert "did you mean" in one_sentence(err)


def test_an_unknown_item_to_hold_out_suggests_the_nearest(
    understudy: Command, files: Path, tmp_path: Path
) -> None:
    out = tmp_path / "x.run"
    code, _, err = understudy(
        "run",
        *("--panel", files / "synthetic_panel_wave1.sav", "--holdout", "redistributon", "-o", out),
    )
    assert code == 2
    assert "did you mean redistribution?" in one_sentence(err)
    assert not out.exists()


def test_a_person_id_that_is_not_unique_names_the_row(understudy: Command, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("pid,x\na,1\nb,2\na,3\n")
    code, _, err = understudy("inspect", path, "--id", "pid")
    assert code == 1
    message = one_sentence(err)
    assert "'a'" in message
    assert "--id" in message


def test_nothing_to_ask_says_how_to_name_it(understudy: Command, files: Path) -> None:
    code, _, err = understudy("run", "--panel", files / "synthetic_panel_wave1.sav")
    assert code == 2
    assert "--ask" in one_sentence(err)


def test_a_run_of_something_else_is_not_overwritten(
    understudy: Command, finished: Path, files: Path
) -> None:
    before = finished.read_bytes()
    code, _, err = understudy(
        "run",
        *("--panel", files / "synthetic_panel_wave1.sav", "--holdout", "ai_worry,age"),
        *("-o", finished),
    )
    assert code in (1, 2)
    one_sentence(err)
    assert finished.read_bytes() == before


@pytest.mark.parametrize("options", [("-o", "nodir/x.sav"), ("-o", "nodir/x.csv", "--long")])
def test_an_export_into_a_folder_that_is_not_there_says_to_make_it(
    understudy: Command, finished: Path, options: tuple[str, ...]
) -> None:
    code, _, err = understudy("export", finished, *options)
    assert code == 1
    assert "make the folder 'nodir' first" in one_sentence(err)


def test_a_respondent_file_is_no_run(understudy: Command, files: Path, tmp_path: Path) -> None:
    code, _, err = understudy(
        "export", files / "synthetic_panel_wave1.sav", "-o", tmp_path / "x.csv"
    )
    assert code == 1
    assert "not a run file" in one_sentence(err)


def test_an_unknown_respondent_suggests_the_nearest(
    understudy: Command, files: Path, tmp_path: Path
) -> None:
    code, _, err = understudy(
        "run",
        *("--panel", files / "synthetic_panel_wave1.sav", "--holdout", "age"),
        *("--respondent", "statistcal", "-o", tmp_path / "x.run"),
    )
    assert code == 2
    assert "did you mean statistical?" in one_sentence(err)


def left_alone(folder: Path) -> dict[str, bytes]:
    """Every file in a folder with its content: nothing may be written half, or at all."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


ROWS = "".join(f"p{i},{i % 5 + 1},{20 + i}\n" for i in range(12))
DATA = f"pid,trust,age\n{ROWS}"


@pytest.mark.parametrize(
    ("content", "asked", "expected", "code"),
    [
        (b"\n \r\n", (), "data.csv: the file is empty; ", 1),
        (b"pid,trust\n", (), "data.csv: there is a header and no row below it; ", 1),
        (b"pid,x\na,1\nb,\x002\n", (), "data.csv, line 3: there is a NUL byte", 1),
        (b'pid,x\na,"1\nb,2\n', (), "data.csv, line 2: a quotation mark opened", 1),
        (b"pid,x\na,1\nb,2,3\n", (), "data.csv, line 3: the row has 3 cells", 1),
        ("pid,x\na,é\n".encode() + b"b,\xe9\n", (), "line 3: byte 14 is not UTF-8 although", 1),
        ("pid,x\na,1\n".encode("utf-16")[:-1], (), "it may be cut short; export it again", 1),
        (DATA.encode(), ("--encoding", "nonsense"), "there is no encoding 'nonsense'; try", 2),
        (DATA.encode(), ("--id", "pidd"), "there is no column 'pidd'; did you mean pid?", 2),
        (DATA.encode(), ("--id", "zz"), "no column 'zz'; there are pid, trust, age.", 2),
        (b"pid,x\na,1\n,2\n", ("--id", "pid"), "data.csv, row 2: the person id 'pid' is", 1),
        (b"s,n,x\na,1,1\na,1,2\n", ("--id", "s,n"), "respondent 2: the person id 'a:1'", 1),
        (DATA.encode(), ("--weight", "pid"), "the weight 'pid' does not hold numbers; name", 1),
        (b"x,w\n1,1\n2,-1\n", ("--weight", "w"), "person 2: the weight 'w' is negative (-1)", 1),
        (b"x,w\n1,0\n2,0\n", ("--weight", "w"), "all weights in 'w' are zero; read the file", 1),
        (DATA.encode(), ("--weight", "age", "--wave", "age"), "named as wave and as weight; ", 2),
        (b"pid,t\na,1\nb,\n", ("--wave", "t"), "data.csv, row 2: the wave 't' is missing; ", 1),
        (DATA.encode(), ("-v", "trusst"), "no variable 'trusst'; did you mean trust?", 2),
        (DATA.encode(), ("--keep-personal", "age,xx"), "there is no column 'xx'; there are", 2),
        (DATA.encode(), ("--codebook", "no.yaml"), "no.yaml: there is no such file; ", 1),
    ],
)
def test_clumsy_tables_are_one_sentence(
    understudy: Command,
    tmp_path: Path,
    content: bytes,
    asked: tuple[str, ...],
    expected: str,
    code: int,
) -> None:
    (tmp_path / "data.csv").write_bytes(content)
    before = left_alone(tmp_path)
    found, out, err = understudy("inspect", tmp_path / "data.csv", *asked)
    assert expected in one_sentence(err)
    assert (found, out) == (code, "")
    assert left_alone(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [
        DATA.encode("utf-8-sig"),
        DATA.encode("utf-16"),
        DATA.encode("utf-16-le"),
        DATA.encode("utf-16-be"),
        DATA.replace("age", "âge").encode("cp1252"),
        DATA.replace("\n", "\r").encode(),
        DATA.replace("age", "trust").encode(),
        DATA.replace("age", "x" * 300).encode(),
        DATA.replace("age", "class,😀 \u202dثقة").replace("\np", "\n1,p").encode(),
        DATA.replace("p3,", f"{'z' * 200_000},").encode(),
        f"pid,{','.join(f'v{i}' for i in range(1223))}\n".encode() + b"a" + b",1" * 1223 + b"\n",
        b'pid,"said\nso"\na,"one\ntwo\r\nthree"\nb,""\n',
        b"pid,gone,x\na,,1\nb,,2\n",
        b"x,y\n1e308,inf\n-1e308,nan\n1e999,-inf\n",
    ],
)
def test_unusual_tables_are_read(understudy: Command, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    for asked in ((), ("--json",)):
        code, out, err = understudy("inspect", path, *asked)
        assert code == 0, err
        assert out
        assert not [c for c in out if c in "\x1b\x07\x9b\u202d\u202e"]


@pytest.mark.parametrize("name", ["panel.sav", "panel.dta", "panel.xlsx", "panel.parquet"])
def test_a_truncated_file_is_one_sentence(
    understudy: Command, finished: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    assert understudy("export", finished, "-o", path)[0] == 0
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    before = left_alone(tmp_path)
    code, out, err = understudy("inspect", path)
    assert one_sentence(err).startswith(f"Error: {name}: ")
    assert (code, out) == (1, "")
    assert left_alone(tmp_path) == before


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefg", "bcdefgh", strict=True)
)
ASKED = "  - {name: %s, type: single, text: Q, options: [x, y], show_if: '%s'}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "q.yaml, line 1: the questionnaire is empty; "),
        (BOMB, "q.yaml, line 7: aliases and values expand to more than 1,000,000 values; "),
        ("[" * 50_000, "q.yaml, line 1: values are nested more than 60 deep"),
        ("#" * 21_000_000, "q.yaml: the file is larger than 20 MB; "),
        ("questions:\n\t- a\n", "q.yaml, line 2: this is not valid YAML: found character that"),
        ("a: !!python/object/apply:os.system [x]\n", "line 1: the tag '!!python/object/apply:os."),
        ("questions:\n" + ASKED % ("a", "(" * 99 + "1"), "line 2, question a: condition"),
        ("questions:\n" + ASKED % ("a", "__import__(1)"), "there is no function '__import__'; "),
    ],
)
def test_hostile_questionnaires_are_one_sentence(
    understudy: Command, tmp_path: Path, text: str, expected: str
) -> None:
    (tmp_path / "q.yaml").write_text(text)
    code, out, err = understudy("check", tmp_path / "q.yaml")
    assert expected in one_sentence(err)
    assert (code, out) == (1, "")


def test_a_circle_of_conditions_is_named(understudy: Command, files: Path, tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text("questions:\n" + ASKED % ("a", "b == 1") + ASKED % ("b", "a == 1"))
    code, out, _ = understudy("check", path)
    assert code == 1
    assert "the conditions go in a circle: a waits for b waits for a" in " ".join(out.split())
    before = left_alone(tmp_path)
    panel = files / "synthetic_panel_wave1.sav"
    code, out, err = understudy("run", path, "--panel", panel, "-o", tmp_path / "x.run")
    assert "q.yaml, line 2, question a: the conditions go in a circle" in one_sentence(err)
    assert (code, out) == (1, "")
    assert left_alone(tmp_path) == before
