from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from understudy.data.codebook import Level
from understudy.data.errors import UnknownNameError
from understudy.data.panel import Panel
from understudy.data.read import read
from understudy.data.samples import drawn_names, sample_names, sample_path
from understudy.data.samples.generate import main
from understudy.surveys.files.reading import read_questionnaire


def assert_same(found: Panel, drawn: Panel, *, roles: bool) -> None:
    assert found.persons == drawn.persons
    assert found.names == drawn.names
    assert found.withheld == ()
    for variable in drawn.codebook:
        name = variable.name
        if variable.kind == "number":
            np.testing.assert_array_equal(found.numbers(name), drawn.numbers(name), name)
        else:
            assert found.texts(name) == drawn.texts(name), name
        assert found.reasons(name) == drawn.reasons(name), name
        described = found.codebook[name]
        assert described.label == variable.label
        assert described.labels == variable.labels
        # SPSS has no measure level for the options of a multiple-response set.
        if roles or variable.level is not Level.MULTIPLE:
            assert described.level is variable.level
        assert described.missing == variable.missing
        if roles:
            assert described.role is variable.role
            assert described.question == variable.question
            assert described.range == variable.range
            assert described.block == variable.block
            assert described.group == variable.group


def test_every_named_file_is_there_with_its_codebook() -> None:
    for name in sample_names():
        path = sample_path(name)
        assert path.is_file()
        assert "synthetic" in path.name
        if path.suffix in (".sav", ".csv"):
            assert path.with_suffix(".codebook.yaml").name in sample_names()


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean synthetic_panel_wave1\.sav"):
        sample_path("panel_wave1.sav")


def test_the_files_are_small() -> None:
    folder = sample_path(drawn_names()[0]).parent
    data = [p for p in folder.iterdir() if p.suffix in {".sav", ".csv", ".yaml"}]
    assert sum(p.stat().st_size for p in data) < 1_500_000


@pytest.mark.parametrize("name", drawn_names())
def test_a_committed_file_holds_what_the_generator_draws(
    name: str, panels: Mapping[str, Panel]
) -> None:
    path = sample_path(name)
    assert_same(read(path), panels[path.stem], roles=True)
    assert read(path).codebook.title == panels[path.stem].codebook.title
    assert read(path).codebook.notes[:2] == panels[path.stem].codebook.notes


def test_the_sav_stands_on_its_own(tmp_path: Path, wave1: Panel) -> None:
    alone = tmp_path / "synthetic_panel_wave1.sav"
    alone.write_bytes(sample_path(alone.name).read_bytes())
    assert_same(read(alone), wave1, roles=False)


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_files_are_the_same_under_any_hash_seed(hash_seed: str, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "understudy.data.samples.generate", str(tmp_path)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    committed = sample_path(drawn_names()[0]).parent
    written = sorted(tmp_path.iterdir())
    assert {p.name for p in written} >= set(drawn_names())
    for path in written:
        if path.suffix in {".csv", ".yaml"}:
            assert path.read_bytes() == (committed / path.name).read_bytes(), path.name


def test_the_command_lists_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "new")]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == [str(tmp_path / "new" / name) for name in drawn_names()]
    assert all(Path(line).is_file() for line in listed)


def test_the_command_asks_for_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "OUTDIR" in capsys.readouterr().err


def test_the_questionnaire_asks_the_new_items_as_the_pilot_was_asked() -> None:
    survey = read_questionnaire(sample_path("synthetic_questionnaire.yaml"))
    pilot = read(sample_path("synthetic_pilot.csv")).codebook
    asked = survey.codebook()
    shared = [name for name in asked.names if name in pilot]
    assert shared == [
        "four_day_week",
        "volunteer_hours",
        "ai_worry",
        "phone_interest",
        "coffee_brand",
        "coffee_reason",
    ]
    for question in survey.questions():
        for name in question.panel_names().values():
            if name in pilot:
                assert question.text == pilot[name].question
