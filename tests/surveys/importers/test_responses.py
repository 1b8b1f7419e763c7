"""Exported answers: every column mapped, every cell decoded, and what becomes of it as a panel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from understudy.data.codebook import Level, Reason, Role
from understudy.data.errors import UnknownNameError, UnreadableFileError
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.importers import import_questionnaire
from understudy.surveys.importers.answers_panel import answers_panel
from understudy.surveys.importers.imported import Imported
from understudy.surveys.importers.responses import Export, read_export
from understudy.surveys.replay import replay

Exported = Callable[..., Path]


@pytest.fixture
def imported(qsf: Any, written: Any) -> Imported:
    """A survey with a bit of everything that exports have columns for."""
    choices = {"1": "Radio", "2": "Press, print", "4": {"Display": "Other", "TextEntry": "true"}}
    loop = {"Looping": "Static", "LoopingOptions": {"Static": {"3": {"1": "A"}, "8": {"1": "B"}}}}
    survey = qsf.survey(
        [
            qsf.choice("own", "Own", "Rent", RecodeValues={"1": "10", "2": "20"}),
            qsf.question("MC", "MAVR", "news", choices=choices),
            qsf.words("why"),
            qsf.question("Timing", "PageTimer", "t"),
            qsf.words("each"),
            qsf.told("end", "${e://Field/kind}"),
        ],
        {"BL_1": [1, 2, 3, 4], "BL_2": [5], "BL_3": [6]},
        [
            qsf.embedded("FL_2", kind="test"),
            qsf.randomizer("FL_3", 2, qsf.standing("BL_1"), qsf.standing("BL_2")),
            qsf.standing("BL_3"),
        ],
        options={"BL_2": loop},
    )
    found: Imported = import_questionnaire(written(survey))
    return found


COLUMNS: list[Any] = [
    ("ResponseId", "_recordId"),
    ("Finished", "finished"),
    ("own", "QID1"),
    ("news", "QID2"),
    ("news_4_TEXT", "QID2_4_TEXT"),
    ("why", "QID3_TEXT"),
    ("t_Page Submit", "QID4_PAGE_SUBMIT"),
    ("3_each", "3_QID5_TEXT"),
    ("8_each", "8_QID5_TEXT"),
    "kind",
    ("FL_3_DO_1", "FL_3_DO:1"),
    ("FL_3_DO_2", "FL_3_DO:2"),
    ("IPAddress", "ipAddress"),
    "Nothing",
]


def rows(*middle: list[Any]) -> list[list[Any]]:
    return [[f"R_{n}", 1, *row] for n, row in enumerate(middle, 1)]


@pytest.fixture
def export(imported: Imported, exported: Exported) -> Export:
    path = exported(
        COLUMNS,
        rows(
            [10, "1,4", "Blog", "Because", 3.5, "a", "b", "test", 2, 1, "10.0.0.1", "x"],
            [20, "2", "", "-99", 4, "", "c", "test", 1, 2, "10.0.0.2", ""],
            ["", "", "", "", "", "", "", "", "", "", "", ""],
            ["99", "7", "", "", "", "", "", "", "", "", "", ""],
        ),
    )
    return read_export(path, imported.questionnaire, imported.columns)


def test_every_column_has_a_place(export: Export) -> None:
    assert export.counts() == {
        "answer": 5,
        "several": 1,
        "field": 1,
        "timing": 1,
        "order": 2,
        "paradata": 3,
        "unmapped": 1,
    }
    assert export.unmapped() == ("Nothing",)


def test_cells_are_decoded(export: Export) -> None:
    assert export.answers[0] == {
        "own": 10.0,
        "news_1": 1.0,
        "news_2": 0.0,
        "news_4": 1.0,
        "news_text": "Blog",
        "why": "Because",
        "each_3": "a",
        "each_8": "b",
    }
    assert export.answers[1] == {
        "own": 20.0,
        "news_1": 0.0,
        "news_2": 1.0,
        "news_4": 0.0,
        "each_8": "c",
    }
    assert export.answers[2] == {}
    assert [(u.row, u.variable, u.cell) for u in export.undecoded] == [
        (3, "own", "99"),
        (3, "news_1", "7"),
    ]


def test_orders_fields_and_ends(export: Export) -> None:
    assert export.orders[0] == {"FL_3": ("2", "1")}
    assert export.fields[0] == {"kind": "test"}
    assert export.finished == (True,) * 4


def test_exports_of_labels(imported: Imported, exported: Exported) -> None:
    path = exported(
        [("own", "QID1"), ("news", "QID2")],
        [["Rent", "Radio,Other"], ["Own", "Press, print"], ["own ", ""]],
    )
    found = read_export(path, imported.questionnaire, imported.columns)
    assert [row.get("own") for row in found.answers] == [20.0, 10.0, None]
    assert found.answers[0]["news_4"] == 1.0
    assert found.answers[1] == {"own": 10.0, "news_1": 0.0, "news_2": 1.0, "news_4": 0.0}
    assert [cell.cell for cell in found.undecoded] == ["own"]


def test_a_column_for_each_option(imported: Imported, exported: Exported) -> None:
    path = exported(
        [("news_1", "QID2:1"), ("news_2", "QID2:2"), ("news_4", "QID2:4")],
        [[1, "", 1], ["", "Press, print", ""], ["", "", ""], ["x", "", ""]],
    )
    found = read_export(path, imported.questionnaire, imported.columns)
    assert found.answers[0] == {"news_1": 1.0, "news_2": 0.0, "news_4": 1.0}
    assert found.answers[1]["news_1"] == 0.0
    assert len(found.answers) == 3 or found.answers[2] == {}


def test_columns_are_told_by_name_where_ids_say_nothing(
    imported: Imported, exported: Exported
) -> None:
    survey = parse_questionnaire(imported.questionnaire.to_yaml(), "again.yaml")
    path = exported(COLUMNS, rows([10, "1,4", "Blog", "Why", 3.5, "a", "b", "test", 2, 1, "", ""]))
    found = read_export(path, survey)
    again = read_export(path, imported.questionnaire, imported.columns)
    assert found.answers == again.answers
    assert found.orders == again.orders
    assert found.fields == again.fields


def test_a_plain_csv(imported: Imported, tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("own,news_1,news_2,news_4,why\n10,1,0,0,Yes\n20,0,0,0,\n")
    found = read_export(path, imported.questionnaire)
    assert found.answers[1] == {"own": 20.0, "news_1": 0.0, "news_2": 0.0, "news_4": 0.0}
    assert found.finished == (None, None)


@pytest.mark.parametrize("content", ["", "own\n", 'a,b\n"1,2\n3'])
def test_what_is_no_table_is_refused(imported: Imported, tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(UnreadableFileError):
        read_export(path, imported.questionnaire)


# --- as a panel -------------------------------------------------------------------------------


def test_the_panel_has_labels_and_a_reason_for_every_gap(
    imported: Imported, export: Export
) -> None:
    survey = imported.questionnaire
    panel = answers_panel(survey, export, replay(survey, export))
    assert len(panel) == 4
    assert panel.codebook["own"].labels == ((10.0, "Own"), (20.0, "Rent"))
    assert panel.codebook["news_1"].level is Level.MULTIPLE
    assert panel.codebook["why"].kind == "text"
    assert panel.reasons("why") == [None, *[Reason.NO_ANSWER] * 3]
    assert panel.reasons("own")[3] is Reason.UNPARSED
    assert panel.codebook["kind"].role is Role.PARADATA
    assert panel.texts("kind")[0] == "test"
    assert np.nansum(panel.numbers("t_Page Submit")) == 7.5
    assert [entry.name for entry in panel.withheld] == ["ResponseId", "IPAddress"]


def test_people_are_named_by_the_column_that_is_asked_for(
    imported: Imported, export: Export
) -> None:
    survey = imported.questionnaire
    replayed = replay(survey, export)
    panel = answers_panel(survey, export, replayed, person="ResponseId")
    assert panel.persons == ["R_1", "R_2", "R_3", "R_4"]
    with pytest.raises(UnknownNameError):
        answers_panel(survey, export, replayed, person="Nobody")
    kept = answers_panel(survey, export, replayed, keep_personal="IPAddress")
    assert "IPAddress" in kept.names
    assert [entry.name for entry in kept.withheld] == ["ResponseId"]
