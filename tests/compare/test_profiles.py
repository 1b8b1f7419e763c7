"""Published conventions and tables of ranges, on a small synthetic table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from understudy.cli.compare import command
from understudy.compare.profiles import PROFILES, profile_named, profiled
from understudy.compare.ranges import read_ranges, with_ranges
from understudy.compare.scorecard import compare
from understudy.data.codebook import Level
from understudy.data.errors import FileError, UnderstudyError, UnknownNameError
from understudy.data.read import read

PUBLISHED = ("r", "accuracy", "sd_ratio", "glass_delta", "n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """People and twins of five outcomes, made the way the published table was."""
    rng = np.random.default_rng(4)
    people = 80
    names = ["trust", "give", "chose option", "open end", "flat"]
    truth = rng.normal(size=people)
    sides = {}
    for side, signal in (("human", 1.0), ("twins", 0.6)):
        z = signal * truth + rng.normal(size=people)
        frame = pd.DataFrame(
            {
                "TWIN_ID": np.arange(1.0, people + 1),
                "trust": np.clip(np.round(3 + z), 1, 5),
                "give": np.clip(np.round(50 + 20 * z, 1), 0, 100),
                "chose option": (z > 0).astype(float),
                "open end": 5 + z,
                "flat": 2.0 if side == "twins" else np.clip(np.round(2 + z), 1, 4),
            }
        )
        gone = rng.random((people, len(names))) < 0.15
        frame[names] = frame[names].mask(gone)
        sides[side] = frame
        frame.to_csv(tmp_path / f"{side}.csv", index=False)
    ranges = pd.DataFrame(
        {
            "study": ["a", "a", "b", "b", "b", "c"],
            "variable": [*names, "rated elsewhere"],
            "min": [1, 0, 0, None, 1, 1],
            "max": [5, 100, 1, None, 4, 7],
        }
    )
    ranges.to_csv(tmp_path / "ranges.csv", index=False)
    return tmp_path


def expected(folder: Path) -> dict[str, dict[str, float]]:
    """Plain pandas and scipy, outcome by outcome."""
    human, twins = (pd.read_csv(folder / f"{side}.csv") for side in ("human", "twins"))
    ranges = pd.read_csv(folder / "ranges.csv").set_index("variable")
    spans = (ranges["max"] - ranges["min"]).to_dict()
    found = {}
    for name in human.columns[1:]:
        both = human[name].notna() & twins[name].notna()
        h, t = human.loc[both, name].to_numpy(), twins.loc[both, name].to_numpy()
        span = float(spans[name])
        flat = np.ptp(h) == 0 or np.ptp(t) == 0
        found[name] = {
            "r": 0.0 if flat else float(stats.pearsonr(h, t).statistic),
            "accuracy": float(1 - np.abs(h - t).mean() / span),
            "sd_ratio": float(t.std() / h.std()),
            "glass_delta": float(abs(t.mean() - h.mean()) / h.std()),
            "n": float(both.sum()),
        }
    return found


def test_the_command_prints_one_object_per_outcome(folder: Path) -> None:
    asked = [
        *(str(folder / "twins.csv"), "--human", str(folder / "human.csv")),
        *("--ranges", str(folder / "ranges.csv"), "--profile", "mega-study", "--json"),
    ]
    done = CliRunner().invoke(command, asked, catch_exceptions=False)
    assert done.exit_code == 0
    rows = {row["outcome"]: row for row in json.loads(done.stdout)}
    wanted = expected(folder)
    assert list(rows) == list(wanted)
    for name, figures in wanted.items():
        for key in PUBLISHED:
            value = rows[name][key]
            if np.isnan(figures[key]):
                assert value is None
            else:
                assert value == pytest.approx(figures[key], abs=1e-9), (name, key)
    assert rows["flat"]["r"] == 0.0
    assert rows["open end"]["accuracy"] is None
    assert rows["trust"]["study"] == "a"
    assert rows["trust"]["accuracy_constant"] is not None
    assert "rated elsewhere" in done.stderr


def test_the_table_for_people_says_whose_conventions_it_follows(folder: Path) -> None:
    asked = [
        *(str(folder / "twins.csv"), "--human", str(folder / "human.csv")),
        *("--ranges", str(folder / "ranges.csv"), "--profile", "mega-study"),
        *("--md", str(folder / "table.md")),
    ]
    done = CliRunner().invoke(command, asked, catch_exceptions=False)
    text = (folder / "table.md").read_text(encoding="utf-8")
    for place in (done.stdout, text):
        assert "2509.19088" in place
        assert "constant" in place.casefold()
    assert "| chose option |" in text


def test_ranges_go_with_the_default_conventions_too(folder: Path) -> None:
    ranges = read_ranges(folder / "ranges.csv")
    twins, people = (with_ranges(read(folder / f"{w}.csv"), ranges) for w in ("twins", "human"))
    assert people.codebook["give"].range == (0.0, 100.0)
    assert people.codebook["chose option"].level is not Level.NOMINAL
    card = compare(twins, people, bootstrap=0, splits=2)
    assert np.isnan(card["flat"].pearson)
    assert np.isnan(card["open end"].accuracy)
    assert any("open end" in line for line in card.warnings)
    assert card["give"].accuracy == pytest.approx(expected(folder)["give"]["accuracy"])


def test_levels_can_be_declared(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("Item,Minimum,Maximum,Level\nq,1,9,interval\np,,,\n\n")
    found = read_ranges(tmp_path / "r.csv")
    assert found["q"].level is Level.INTERVAL
    assert found["p"].bounds is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("item,min,max\n", "no rows"),
        ("item,min\na,1\n", "no column 'max'"),
        ("item,min,max\na,1,5\na,1,5\n", "row 3: item 'a' has two rows"),
        ("item,min,max\n,1,5\n", "names no item"),
        ("item,min,max\na,5,1\n", "5 to 1 is empty"),
        ("item,min,max\na,low,1\n", "'low' is no number"),
        ("item,min,max\na,1,inf\n", "'inf' is no number"),
        ("item,min,max\na,1,\n", "one end of the range is missing"),
        ("item,min,max,level\na,1,5,scale\n", "no measure level 'scale'"),
    ],
)
def test_bad_ranges_are_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(UnderstudyError, match=words):
        read_ranges(tmp_path / "r.csv")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        read_ranges(tmp_path / "none.csv")
    (tmp_path / "r.csv").write_bytes(b"item,min,max\n\xff\xfe,1,2\n")
    with pytest.raises(FileError, match="UTF-8"):
        read_ranges(tmp_path / "r.csv")
    with pytest.raises(UnknownNameError, match="mega-study"):
        profile_named("megastudy")
    assert list(PROFILES) == ["mega-study"]


def test_the_table_is_a_data_frame_too(folder: Path) -> None:
    ranges = read_ranges(folder / "ranges.csv")
    table = profiled(
        read(folder / "twins.csv"), read(folder / "human.csv"), PROFILES["mega-study"], ranges
    )
    assert repr(table) == "<ProfileTable mega-study: 5 outcomes>"
    assert table.to_pandas().loc["trust", "minimum"] == 1.0
