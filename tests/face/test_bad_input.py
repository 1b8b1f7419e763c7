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
