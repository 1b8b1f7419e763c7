"""Truncated and corrupted files of every format: one sentence each, never a traceback or a hang."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from understudy.data.errors import UnreadableFileError
from understudy.data.panel import Panel
from understudy.data.read import read
from understudy.data.write import write

from .mutants import CUTS, FLIPS, SECONDS

Save = Callable[..., Path]

PEOPLE = 30
COLUMNS: dict[str, Any] = {
    "pid": [f"p{i}" for i in range(PEOPLE)],
    "trust": [float(i % 5 + 1) for i in range(PEOPLE)],
    "spent": [i / 3 for i in range(PEOPLE)],
    "said": ["naive " * (i % 3 + 1) for i in range(PEOPLE)],
    "day": [datetime.date(2020, 1, 1 + i % 28) for i in range(PEOPLE)],
    "tall": ["z" * 120 for _ in range(PEOPLE)],
}
LABELS = {"trust": {1.0: "never", 5.0: "always"}}


@pytest.fixture
def seeds(save: Save, panel: Panel, tmp_path: Path) -> Path:
    """A folder with one sound file of each binary format."""
    folder = tmp_path / "sound"
    folder.mkdir()
    kinds: dict[str, dict[str, Any]] = {
        "a.sav": {"variable_value_labels": LABELS, "missing_ranges": {"trust": [2]}},
        "a.dta": {"variable_value_labels": LABELS},
        "a.xpt": {},
        "a.por": {},
    }
    for name, details in kinds.items():
        save(name, COLUMNS, **details).rename(folder / name)
    for ending in ("zsav", "xlsx", "parquet"):
        write(panel, folder / f"a.{ending}")
    return folder


def test_no_damage_ends_in_a_traceback_or_a_hang(seeds: Path) -> None:
    count = (CUTS + FLIPS) * len(list(seeds.iterdir()))
    script = Path(__file__).with_name("mutants.py")
    ends: list[str] = []
    while len(ends) < count:
        done = subprocess.run(
            [sys.executable, str(script), str(seeds), str(len(ends))],
            capture_output=True,
            text=True,
            timeout=SECONDS * 20,
            check=False,
        )
        lines = done.stdout.splitlines()
        assert lines, done.stderr
        ends += lines
        if done.returncode:
            # A crash of ReadStat ends the child that parses; an alarm would mean that it hung.
            assert done.returncode < 0, done.stderr
            assert done.returncode != -14, f"{lines[-1]}: took over {SECONDS} s"
    odd = [line for line in ends if line.split(maxsplit=2)[2:] not in ([], ["fine"], ["refused"])]
    assert not odd
    crashed = sum(len(line.split()) == 2 for line in ends)
    refused = sum(line.endswith("refused") for line in ends)
    assert crashed <= count // 20
    assert refused >= count // 3


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("version", [5, 8])
def test_a_transport_file_cut_between_two_records_is_noticed(save: Save, version: int) -> None:
    path = save("a.xpt", COLUMNS, file_format_version=version)
    raw = path.read_bytes()
    assert len(read(path)) == PEOPLE
    data = raw.rindex(b"HEADER RECORD*******OBS") + 80
    width = sum(pyreadstat.read_xport(str(path))[1].variable_storage_width.values())
    for cut in range(data + 80, len(raw), 80):
        path.write_bytes(raw[:cut])
        if version == 8 or (cut - data) % width:
            with pytest.raises(UnreadableFileError, match="ends too early"):
                read(path)


@pytest.mark.usefixtures("in_process")
def test_a_stata_file_that_lost_its_end_is_noticed(save: Save) -> None:
    path = save("a.dta", COLUMNS, variable_value_labels=LABELS, version=14)
    raw = path.read_bytes()
    for cut in (len(raw) - 3, len(raw) - 40, len(raw) - 150):
        path.write_bytes(raw[:cut])
        with pytest.raises(UnreadableFileError, match=r"a\.dta: the Stata file ends too early"):
            read(path)


@pytest.mark.usefixtures("in_process")
def test_an_old_stata_file_that_lost_its_labels_says_so(save: Save) -> None:
    columns = {name: COLUMNS[name] for name in ("pid", "trust")}
    path = save("a.dta", columns, variable_value_labels=LABELS, version=10)
    assert not read(path).remarks
    path.write_bytes(path.read_bytes()[:-2])
    panel = read(path)
    assert panel.codebook["trust"].labels == ()
    assert any("labels that it does not hold, for trust" in text for text in panel.remarks)


@pytest.mark.usefixtures("in_process")
def test_a_parquet_text_that_is_no_text_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame({"x": [float(i) for i in range(9)], "t": ["onetwothree"] * 9})
    frame.to_parquet(path, compression=None)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"onetwothree", b"one\xff\xfe\xffthree"))
    with pytest.raises(UnreadableFileError, match=r"the Parquet file is damaged .*UTF8"):
        read(path)
