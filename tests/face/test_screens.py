"""What `inspect` and `twins` print, at the widths of real terminals."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from understudy.cli.inspect import _overview
from understudy.data.describe import describe
from understudy.data.read import read

from .conftest import Command


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_overview_fits_and_keeps_levels_shares_and_reasons_whole(
    files: Path, width: int
) -> None:
    description = describe(read(files / "synthetic_panel_wave1.sav"))
    lines = [line for _, line in _overview(description, width)]
    assert max(map(cell_len, lines)) <= width
    assert lines[0].split() == ["variable", "label", "level", "answers", "missing", "mostly"]
    (line,) = (line for line in lines if line.startswith("vote_choice"))
    assert " nominal " in line
    assert line.endswith("28.0%  not asked +" if width >= 100 else "28.0% not asked +")
    levels = {"text", "nominal", "ordinal", "interval", "multiple"}
    assert all(levels & set(line.replace("*", " ").split()) for line in lines[1:])


def test_twins_of_weighted_people_show_their_effective_size(
    understudy: Command, files: Path
) -> None:
    code, out, _ = understudy("twins", files / "synthetic_panel_wave1.sav", "--holdout", "voted")
    assert code == 0
    assert "effective sample size is" in out


def test_twins_of_equal_weight_do_not(understudy: Command, tmp_path: Path) -> None:
    file = tmp_path / "equal.csv"
    file.write_text("pid,a,b\n" + "".join(f"{k},{k % 5 + 1},{k % 3 + 1}\n" for k in range(40)))
    code, out, _ = understudy("twins", file, "--id", "pid", "--holdout", "a")
    assert code == 0
    assert "effective" not in out


def test_twins_warn_of_a_column_that_gives_a_hidden_one_away(
    understudy: Command, tmp_path: Path
) -> None:
    file = tmp_path / "recoded.csv"
    rows = "".join(f"{k},{k % 5 + 1},{2 * (k % 5) + 3}\n" for k in range(60))
    file.write_text("pid,trust,trust_total\n" + rows)
    code, _, err = understudy("twins", file, "--id", "pid", "--holdout", "trust")
    assert code == 0
    assert "trust_total is visible and correlates 1.00 with the hidden trust" in err
