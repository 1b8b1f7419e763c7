"""Files that are not there, or are no files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from understudy.data.errors import FileError, UnreadableFileError
from understudy.data.existing import require_file
from understudy.data.read import read


def test_a_file_that_holds_something_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    require_file(path)


def test_an_empty_file_is_fine_only_where_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.touch()
    require_file(path, blank=True)
    with pytest.raises(UnreadableFileError, match=r"a\.yaml: the file is empty; "):
        require_file(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "this is a folder; name a file in it"),
        ("wave2.csv", r"there is no such file; did you mean wave1\.csv\?"),
        ("entirely.other", "there is no such file; check the name and folder"),
        ("nowhere/wave1.csv", r"there is no folder '.*nowhere'; check its name"),
        ("dangling.csv", "this link points to no file; name the file itself"),
        ("circle.csv", "this link points to no file; name the file itself"),
        ("pipe.csv", "this is no file but a pipe or a device; save its content as a file first"),
        ("a" * 300 + ".csv", r"cannot be opened \(File name too long\); check the name"),
    ],
)
def test_whatever_else_is_one_sentence(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "wave1.csv").write_text("a\n1\n")
    (tmp_path / "dangling.csv").symlink_to("gone")
    (tmp_path / "circle.csv").symlink_to("circle.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(FileError, match=message):
        require_file(tmp_path / name)
    with pytest.raises(FileError, match=message):
        read(tmp_path / name)
