"""The commands on the bundled sample, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from understudy.data.read import read

from .conftest import Command


def test_inspect_json_has_people_and_one_object_per_variable(
    understudy: Command, files: Path
) -> None:
    code, out, _ = understudy("inspect", files / "synthetic_panel_wave1.sav", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["people"] == 600
    assert len(found["variables"]) == 74
    (item,) = (v for v in found["variables"] if v["name"] == "redistribution")
    assert item["level"] == "ordinal"


def test_inspect_says_that_the_sample_is_synthetic(understudy: Command, files: Path) -> None:
    code, out, _ = understudy("inspect", files / "synthetic_panel_wave1.csv")
    assert code == 0
    assert "Synthetic: no real person answered" in out


def test_inspect_one_variable_shows_wording_and_answers(understudy: Command, files: Path) -> None:
    code, out, _ = understudy("inspect", files / "synthetic_panel_wave1.sav", "-v", "gender_roles")
    assert code == 0
    assert "Disagree strongly" in out
    assert "missing:" in out


def test_inspect_lists_what_it_leaves_out_as_personal(understudy: Command, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "pid,email,trust\n" + "".join(f"{i},p{i}@example.org,{i % 5 + 1}\n" for i in range(20))
    )
    _, out, _ = understudy("inspect", file)
    assert "email: e-mail address" in out
    _, out, _ = understudy("inspect", file, "--keep-personal", "email", "--json")
    assert "email" in {v["name"] for v in json.loads(out)["variables"]}


def test_inspect_asks_about_a_column_that_looks_like_a_weight(
    understudy: Command, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("pid,wt,trust\n" + "".join(f"{i},{0.5 + i / 20},{i % 5}\n" for i in range(20)))
    _, out, _ = understudy("inspect", file)
    assert "wt looks like a survey weight; to use it, name it with --weight" in out


def test_check_passes_the_shipped_questionnaire(understudy: Command, files: Path) -> None:
    code, out, _ = understudy(
        "check",
        files / "synthetic_questionnaire.yaml",
        "--panel",
        files / "synthetic_panel_wave1.sav",
        "--json",
    )
    assert code == 0
    assert json.loads(out)["problems"] == []


def test_check_fails_a_questionnaire_that_cannot_be_administered(
    understudy: Command, tmp_path: Path
) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(
        "questionnaire: q\nquestions:\n"
        "- {name: a, type: single, text: A?, options: [x, y], show_if: b = 1}\n"
        "- {name: b, type: single, text: B?, options: [x, y], show_if: a = 1}\n"
    )
    code, out, err = understudy("check", file)
    assert code == 1
    assert "line 3" in out + err


def test_twins_say_what_is_hidden_and_why(understudy: Command, files: Path) -> None:
    code, out, _ = understudy(
        "twins", files / "synthetic_panel_wave1.sav", "--holdout", "trust_*", "--json"
    )
    assert code == 0
    assert "pattern trust_*" in out


def test_twins_show_a_persona_without_what_is_held_out(understudy: Command, files: Path) -> None:
    panel = files / "synthetic_panel_wave1.sav"
    _, shown, _ = understudy("twins", panel, "--show", "S0002")
    assert "high incomes" in shown
    _, hidden, _ = understudy("twins", panel, "--show", "S0002", "--holdout", "redistribution")
    assert "high incomes" not in hidden


def test_run_reports_what_answers_rest_on(understudy: Command, files: Path, tmp_path: Path) -> None:
    code, out, err = understudy(
        "run",
        files / "synthetic_questionnaire.yaml",
        *("--panel", files / "synthetic_panel_wave1.sav"),
        *("--learn-from", files / "synthetic_pilot.csv"),
        *("--limit", "20", "-o", tmp_path / "new.run", "--json"),
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["interviews"]["completed"] == 20
    assert found["basis"]["pilot"] > 0
    assert found["basis"]["declared"] > 10
    assert {"coffee_reason", "coffee_subscription"} <= set(found["refused"])


def test_the_same_seed_gives_the_same_export_with_any_number_of_workers(
    understudy: Command, files: Path, tmp_path: Path
) -> None:
    exports = []
    for workers in ("1", "16"):
        run, out = tmp_path / f"w{workers}.run", tmp_path / f"w{workers}.csv"
        code, _, err = understudy(
            "run",
            *("--panel", files / "synthetic_panel_wave1.sav", "--holdout", "block:policy"),
            *("--limit", "40", "--replicates", "2", "--workers", workers, "-o", run),
        )
        assert code == 0, err
        assert understudy("export", run, "-o", out, "--long")[0] == 0
        exports.append(out.read_bytes())
    assert exports[0] == exports[1]
    assert exports[0].count(b"\n") > 600


def test_resume_finishes_what_a_limit_left(
    understudy: Command, files: Path, tmp_path: Path
) -> None:
    run = tmp_path / "again.run"
    panel = files / "synthetic_panel_wave1.sav"
    code, _, _ = understudy("run", "--panel", panel, "--holdout", "trust_people", "-o", run)
    assert code == 0
    code, out, _ = understudy("resume", run, "--json")
    assert code == 0
    assert json.loads(out)["interviews"]["completed"] == 600


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".csv", ".xlsx", ".parquet"])
def test_export_reads_back_as_a_panel(
    understudy: Command, finished: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"twins{suffix}"
    code, _, err = understudy("export", finished, "-o", out)
    assert code == 0, err
    panel = read(out)
    assert len(panel) == 600
    assert panel.codebook["redistribution"].labels[0] == (1.0, "Disagree strongly")


def test_compare_prints_every_score_beside_its_references(
    understudy: Command, finished: Path, files: Path
) -> None:
    code, out, err = understudy(
        "compare",
        finished,
        *("--human", files / "synthetic_panel_wave1.sav"),
        *("--retest", files / "synthetic_panel_wave2.sav"),
    )
    assert code == 0, err
    for word in ("Const", "Shuf", "Retest", "half", "Synthetic"):
        assert word in out


def test_compare_writes_reports_and_json(
    understudy: Command, finished: Path, files: Path, tmp_path: Path
) -> None:
    html, markdown = tmp_path / "report.html", tmp_path / "report.md"
    code, out, err = understudy(
        "compare",
        finished,
        *("--human", files / "synthetic_panel_wave1.sav", "--by", "gender"),
        *("--html", html, "--md", markdown, "--json"),
    )
    assert code == 0, err
    assert {item["name"] for item in json.loads(out)["items"]} == {
        "redistribution",
        "gender_roles",
        "trust_people",
        "dictator_give",
    }
    assert "understudy compare" in html.read_text()
    assert "redistribut" in markdown.read_text()


def test_two_files_of_people_can_be_compared(understudy: Command, files: Path) -> None:
    code, out, err = understudy(
        "compare",
        files / "synthetic_panel_wave2.csv",
        *("--human", files / "synthetic_panel_wave1.sav", "--items", "trust_*", "--json"),
    )
    assert code == 0, err
    assert json.loads(out)["items"]


def test_joined_outcomes_can_be_held_out_as_a_block(
    understudy: Command, files: Path, tmp_path: Path
) -> None:
    code, out, err = understudy(
        "run",
        *("--panel", files / "synthetic_panel_wave1.sav"),
        *("--join", f"{files / 'synthetic_newitems.csv'}@respondent_id"),
        *("--holdout", "four_day_week,ai_worry", "--limit", "10"),
        *("-o", tmp_path / "joined.run", "--json"),
    )
    assert code == 0, err
    assert json.loads(out)["basis"] == {"panel": json.loads(out)["answers"]["answered"]}


def test_long_export_tells_what_every_answer_rests_on(
    understudy: Command, finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "answers.csv"
    assert understudy("export", finished, "-o", out, "--long")[0] == 0
    answers = pd.read_csv(out)
    assert len(answers) == 2400
    asked = answers[answers["variable"] == "redistribution"]
    assert set(asked["options"]) == {"1 2 3 4 5"}
    assert asked["wording"].str.contains("high incomes").all()
    assert set(answers.loc[answers["reason"].isna(), "basis"]) == {"panel"}
    assert (answers["probability"].notna() == answers["reason"].isna()).all()


def test_completion_scripts_are_printed(understudy: Command) -> None:
    for shell in ("bash", "zsh", "fish"):
        code, out, _ = understudy("completion", shell)
        assert code == 0
        assert "_UNDERSTUDY_COMPLETE" in out


def test_a_column_that_gives_a_hidden_one_away_is_named(
    understudy: Command, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    rows = [(i, i % 5 + 1, (i % 5 + 1) * 20, (i * 7) % 4) for i in range(60)]
    file.write_text(
        "pid,trust,trust_score,other\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in rows)
    )
    _, _, err = understudy("run", "--panel", file, "--holdout", "trust", "-o", tmp_path / "t.run")
    assert "trust_score is visible and correlates 1.00 with the hidden trust" in err
