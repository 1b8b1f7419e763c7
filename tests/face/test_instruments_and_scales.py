"""Instruments and scales through the commands, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import understudy as us
from understudy.data.codebook import Role
from understudy.data.read import read
from understudy.surveys.files.reading import read_questionnaire

from .conftest import Command


@pytest.fixture(scope="module")
def items(files: Path) -> list[str]:
    """Five-point items of the sample that share codes."""
    book = read(files / "synthetic_panel_wave1.sav").codebook
    asked = book.of_role(Role.ITEM)
    found = [v.name for v in asked if v.level == "ordinal" and v.bounds == (1.0, 5.0)]
    assert len(found) >= 3
    return found[:3]


@pytest.fixture(scope="module")
def scored(files: Path, items: list[str]) -> Path:
    """A questionnaire that asks them again and declares a scale of them."""
    import dataclasses

    from understudy.data.scales import Scale

    survey = us.questionnaire(us.read(files / "synthetic_panel_wave1.sav"), items=items)
    scale = Scale(name="outlook", items=tuple(items), reverse=(items[1],), label="Outlook")
    path = files / "outlook.yaml"
    path.write_text(dataclasses.replace(survey, scales=(scale,)).to_yaml(), encoding="utf-8")
    return path


def test_list_and_show(understudy: Command) -> None:
    code, out, _ = understudy("instruments", "list", "--json")
    assert code == 0
    listed = {entry["name"]: entry for entry in json.loads(out)}
    assert listed["big-five-60"]["items"] == 60
    assert not any(entry["validated"] for entry in listed.values())
    code, out, _ = understudy("instruments", "list")
    assert code == 0
    assert out.count("(not validated)") == len(listed)
    code, out, _ = understudy("instruments", "show", "big-five-20")
    assert code == 0
    assert "Big Five, 20 items (not validated)" in out
    assert "  − bf_e08" in out
    code, out, _ = understudy("instruments", "show", "instrument:values", "--json")
    assert json.loads(out)["questionnaire"] == "values"
    code, _, err = understudy("instruments", "show", "big-five")
    assert code == 2
    assert "there is no instrument 'big-five'" in err


def test_import(understudy: Command, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("name,item,scale,key\na,I hum.,Cheer,1\nb,I sulk.,Cheer,-1\n")
    out = tmp_path / "own.yaml"
    code, _, err = understudy("instruments", "import", table, "--points", "1-5", "-o", out)
    assert code == 0
    assert "Scales are those of the column scale" in err
    survey = read_questionnaire(out)
    assert survey.scales[0].reverse == ("b",)
    assert len(survey.questions()[0].options) == 5
    code, printed, _ = understudy(
        "instruments", "import", table, "--points", "1..3", "--flip", "Cheer=Gloom", "--json"
    )
    assert code == 0
    assert json.loads(printed)["scales"] == {"gloom": {"items": ["a", "b"], "reverse": ["a"]}}
    code, printed, _ = understudy("instruments", "import", table, "--points", "1-5")
    assert printed == out.read_text("utf-8")
    for wrong in (("--points", "5-1"), ("--points", "five"), ("--points", "1-5", "--flip", "x")):
        code, _, err = understudy("instruments", "import", table, *wrong)
        assert code == 2
        assert "wants" in err
    code, _, err = understudy("instruments", "import", table)
    assert code == 2
    assert "nothing says which answers can be given" in err


def test_an_instrument_is_a_questionnaire(understudy: Command, files: Path, tmp_path: Path) -> None:
    code, out, _ = understudy("check", "instrument:values")
    assert code == 0
    assert "can be administered" in out
    panel = files / "synthetic_panel_wave1.sav"
    run = tmp_path / "values.run"
    code, _, err = understudy("run", "instrument:values", "--panel", panel, "--n", "30", "-o", run)
    assert code == 0, err
    code, _, _ = understudy("export", run, "-o", tmp_path / "values.csv")
    assert code == 0
    exported = read(tmp_path / "values.csv")
    assert exported.names[-4:] == (
        "self_transcendence",
        "conservation",
        "self_enhancement",
        "openness_to_change",
    )
    assert exported.numbers("conservation").min() >= 1
    assert us.questionnaire("instrument:values").name == "values"


def test_scales_are_compared(
    understudy: Command, files: Path, scored: Path, items: list[str], tmp_path: Path
) -> None:
    panel, run = files / "synthetic_panel_wave1.sav", tmp_path / "outlook.run"
    code, _, err = understudy("run", scored, "--panel", panel, "--n", "150", "-o", run)
    assert code == 0, err
    code, out, _ = understudy("compare", run, "--human", panel, "--json")
    assert code == 0
    found = json.loads(out)
    assert [scale["name"] for scale in found["scales"]] == ["outlook"]
    assert sorted(item["name"] for item in found["items"]) == sorted(items)
    exported = tmp_path / "twins.csv"
    understudy("export", run, "-o", exported)
    # A file brings no scales: they are named.
    code, out, _ = understudy("compare", exported, "--human", panel, "--json")
    assert json.loads(out)["scales"] == []
    assert sorted(item["name"] for item in json.loads(out)["items"]) == sorted(items)
    code, out, _ = understudy("compare", exported, "--human", panel, "--scales", scored, "--json")
    again = json.loads(out)["scales"][0]
    assert again["twins"]["mean"] == pytest.approx(found["scales"][0]["twins"]["mean"])
    code, out, _ = understudy("compare", run, "--human", panel)
    assert "By scale" in out
    assert "Outlook" in out
