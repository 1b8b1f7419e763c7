"""A run as data: gaps have reasons and codes, orders and arms are kept, the file is enough."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from understudy.data.codebook import Code, Level, MissingCode, Reason, Role, Variable
from understudy.data.errors import BudgetReachedError, UnknownNameError
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.run import Run, load_run
from understudy.surveys.ledger.run_panel import with_gaps
from understudy.surveys.question import Option
from understudy.surveys.questionnaire import Block, Questionnaire
from understudy.surveys.questions import Date, Numeric, Single
from understudy.surveys.respondent import Basis, Reply


@pytest.fixture(scope="module")
def run(scenario: ModuleType) -> Run:
    result: Run = administer(
        scenario.survey(), scenario.twins(40), scenario.Tracks(paid=True), seed=3, replicates=2
    )
    return result


def test_rows_are_twins_in_order_and_replicates_are_waves(scenario: ModuleType, run: Run) -> None:
    panel = run.panel
    ids = scenario.twins(40).ids
    assert panel.persons == [twin for twin in ids for _ in range(2)]
    assert panel.wave_variable == "replicate"
    assert [len(wave) for wave in panel.waves().values()] == [40, 40]
    assert list(panel.waves()) == ["replicate 1", "replicate 2"]
    assert panel.names[:-2] == scenario.survey().codebook().names
    assert run.complete
    assert run.share == 1.0
    assert repr(run) == "<Run run.ledger: 80 interviews by tracks, complete>"
    assert "<td>screened out</td>" in run._repr_html_()


def test_arms_are_variables(scenario: ModuleType, run: Run) -> None:
    arm = run.panel.codebook["arm_frame"]
    assert arm.role is Role.PARADATA
    assert arm.level is Level.NOMINAL
    assert arm.labels == ((1.0, "plain"), (2.0, "warm"))
    by_row = run.panel.frame["arm_frame"].tolist()
    assert by_row[::2] == by_row[1::2], "replicates keep their arm"
    wordings = {"plain": "Most people can be trusted.", "warm": "Most people around you can be"}
    for held, code in zip(run.interviews, by_row, strict=True):
        shown = {question.name: question for question in run.shown(held.twin, held.replicate)}
        assert arm.label_of(code) == held.arms["frame"]
        if "trust" in shown:
            assert shown["trust"].text.startswith(wordings[held.arms["frame"]])


def test_every_gap_has_a_reason_and_a_code_that_is_no_answer(run: Run) -> None:
    panel = run.panel
    for variable in panel.codebook:
        reasons = panel.reasons(variable.name)
        answered = panel.answered(variable.name)
        assert [reason is None for reason in reasons] == answered.tolist()
        assert Reason.NOT_RECORDED not in reasons
        assert {r for r in reasons if r} <= {m.reason for m in variable.missing}
        given = set(panel.frame[variable.name].dropna())
        assert given.isdisjoint(m.code for m in variable.missing)
    statuses = run.statuses()
    assert statuses["screened out"] > 0
    assert statuses["completed"] + statuses["screened out"] == 80
    out = [held.status == "screened out" for held in run.interviews]
    last = panel.reasons("last")
    assert {reason for reason, gone in zip(last, out, strict=True) if gone} == {Reason.NOT_ASKED}
    assert all(
        reason is Reason.NOT_ASKED
        for reason, trust in zip(panel.reasons("why"), panel.frame["trust"], strict=True)
        if trust != 3
    )


def test_the_long_form_says_where_each_answer_comes_from(run: Run) -> None:
    answers = run.answers()
    assert len(answers) == sum(run.dispositions().values())
    counts = run.dispositions()
    assert counts["answered"] == answers["reason"].isna().sum()
    assert counts["cannot know"] == (answers["reason"] == "cannot know").sum() > 0
    assert run.basis_counts() == {Basis.PANEL: counts["answered"]}
    trust = answers.query("variable == 'trust' and reason.isna()")
    assert np.allclose(trust["probability"], 1 / 3)
    assert set(trust["probabilities"]) == {json.dumps({str(c): 1 / 3 for c in (1, 2, 3)})}
    assert set(trust["options"]) == {"1 2 3", "3 2 1"}, "a reversible scale"
    assert set(answers.query("variable == 'news_tv'")["question"]) == {"news"}
    assert all(raw.startswith("I say ") for raw in trust["raw"])
    asked = answers.query("variable == 'why' and reason.isna()")
    assert all(text.endswith("☂") for text in asked["text"])
    assert asked["number"].isna().all()
    gone = answers.query("reason == 'cannot know'")
    assert set(gone["note"]) == {"Ask about voting."}
    assert gone["number"].isna().all()


def test_orders_shown_are_kept(scenario: ModuleType, run: Run) -> None:
    orders = set()
    for held in run.interviews:
        if held.status == "screened out":
            continue
        shown = {question.name: question for question in run.shown(held.twin, held.replicate)}
        assert shown["hello"].text == "Welcome."
        assert shown["hello"].page == 1
        assert dict(shown["trust"].options) == {1.0: "disagree", 2.0: "neither", 3.0: "agree"}
        assert {name for name, _ in shown["news"].items} == {"tv", "web"}
        orders.add(tuple(code for code, _ in shown["pets"].options))
        if "why" in shown:
            age = int(held.twin[1:]) % 60 + 18
            assert shown["why"].text.startswith(f"You are {age}: ")
    assert len(orders) == 6
    with pytest.raises(UnknownNameError, match="there is no interview of 'p99'"):
        run.shown("p99")
    # Orders in the file are those of the walk itself.
    seen: dict[tuple[str, int], list[float]] = {}

    class Sees(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        def replies(self, shown: object, interview: object) -> list[Reply]:
            if shown.name == "pets":  # type: ignore[attr-defined]  # a Shown
                key = (interview.twin.id, interview.replicate)  # type: ignore[attr-defined]
                seen[key] = [o.code for o in shown.options]  # type: ignore[attr-defined]
            found: list[Reply] = super().replies(shown, interview)
            return found

    again = administer(scenario.survey(), scenario.twins(40), Sees(), seed=3)
    for (twin, replicate), order in seen.items():
        pets = next(q for q in again.shown(twin, replicate) if q.name == "pets")
        assert [code for code, _ in pets.options] == order


def test_attempts_and_cost_are_kept(run: Run) -> None:
    attempts = run.attempts()
    pages = run.answers().groupby(["twin", "replicate", "page"]).ngroups
    assert len(attempts) == pages
    assert set(attempts["outcome"]) == {"answered"}
    assert (attempts["ended"] >= attempts["started"]).all()
    assert attempts["input_tokens"].sum() == 100 * pages
    assert attempts["cached_tokens"].sum() == 40 * pages
    assert all(json.loads(detail) == {"model": "m"} for detail in attempts["detail"])
    assert run.cost == pytest.approx(0.25 * pages)
    assert run.notes == ("Nobody here is real.",)


def test_the_file_is_enough(run: Run, scenario: ModuleType, tmp_path: Path) -> None:
    copy = tmp_path / run.path.name
    copy.write_bytes(run.path.read_bytes())
    assert scenario.export(load_run(str(copy))) == scenario.export(run)
    meta = load_run(copy).meta
    assert "Most people around you" in meta["questionnaire"]
    assert meta["respondent"] == "tracks"
    assert meta["seed"] == 3
    assert meta["preparation"]["facts"] == {"seconds": 0.1}


def test_command_is_kept(scenario: ModuleType, tmp_path: Path) -> None:
    told = {"arguments": ["run", "x.yaml"], "files": {"x.yaml": "abc"}, "where": tmp_path}
    run = administer(scenario.survey(), scenario.twins(1), scenario.Tracks(), command=told)
    assert run.meta["command"] == {**told, "where": str(tmp_path)}


def test_a_part_of_a_run_says_what_is_not_asked_yet(scenario: ModuleType, tmp_path: Path) -> None:
    class Stops(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        async def answer(self, page: object, interview: object) -> list[Reply]:
            if len(self.asked) >= 30:
                raise BudgetReachedError("the budget of $1 is spent")
            found: list[Reply] = await super().answer(page, interview)
            return found

    path = tmp_path / "run.ledger"
    with pytest.raises(BudgetReachedError):
        administer(scenario.survey(), scenario.twins(20), Stops(), ledger=path, workers=4, seed=3)
    part = load_run(path)
    assert not part.complete
    assert part.notes[-1].startswith("The run is not complete: ")
    assert 0 < len(part.panel) < 20
    assert part.statuses()["open"] + sum(held.status != "open" for held in part.interviews) == 20
    order = scenario.twins(20).ids
    assert part.panel.persons == [twin for twin in order if twin in part.panel]
    assert part.panel.persons != list(order[: len(part.panel)]), "a random part, not the first"
    last = part.panel.codebook["last"]
    row = next(i for i, held in enumerate(part.interviews) if held.status == "open")
    code = last.missing[part.panel.status["last"][row] - 1]
    assert code == MissingCode(-95.0, Reason.NOT_ASKED, "not asked yet")


def test_dates_texts_offered_non_answers_and_awkward_codes(scenario: ModuleType) -> None:
    survey = Questionnaire(
        name="kinds",
        blocks=(
            Block(
                name="all",
                pages=(
                    (
                        Date(name="born", text="When were you born?"),
                        Numeric(name="money", text="How much?"),
                        Numeric(name="change", text="How much more?", minimum=-500.0, maximum=9.0),
                        Single(
                            name="party",
                            text="Which?",
                            options=(
                                Option(code="left", label="Left"),
                                Option(code="-99", label="None of these"),
                            ),
                        ),
                        Single(
                            name="vote",
                            text="Would you vote?",
                            options=(
                                Option(code=1.0, label="yes"),
                                Option(code=2.0, label="no"),
                                Option(code=8.0, label="no idea", reason=Reason.DONT_KNOW),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )
    gaps = {"p000": Reason.REFUSED, "p001": Reason.DONT_KNOW, "p002": None}
    values: dict[str, Code] = {
        "born": "1999-02-03",
        "money": -98.0,
        "change": -97.5,
        "party": "left",
        "vote": 2.0,
    }

    class Given(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        def replies(self, shown: object, interview: object) -> list[Reply]:
            reason = gaps[interview.twin.id]  # type: ignore[attr-defined]  # an Interview
            return [
                Reply(v.name, None, reason) if reason else Reply(v.name, values[v.name])
                for v in shown.variables  # type: ignore[attr-defined]  # a Shown
            ]

    panel = administer(survey, scenario.twins(3), Given()).panel
    for name in values:
        assert panel.reasons(name) == [Reason.REFUSED, Reason.DONT_KNOW, None]
    assert panel.frame["born"].dt.strftime("%Y-%m-%d").tolist()[2] == "1999-02-03"
    assert panel.frame["party"].tolist()[2] == "left"
    book = panel.codebook
    assert [m.code for m in book["born"].missing] == ["-97", "-98"]
    assert [m.code for m in book["money"].missing] == [-997.0, -998.0], "-98 was answered"
    assert [m.code for m in book["change"].missing] == [-997.0, -998.0], "-98 could be an answer"
    assert [m.code for m in book["party"].missing] == ["-997", "-998"], "-99 is an option"
    assert [(m.code, m.reason) for m in book["vote"].missing] == [
        (8.0, Reason.DONT_KNOW),
        (-97.0, Reason.REFUSED),
    ], "the questionnaire's own code for don't know is used"


def test_names_of_paradata_give_way(scenario: ModuleType) -> None:
    survey = Questionnaire(
        name="clash",
        blocks=(Block(name="b", pages=((Numeric(name="replicate", text="Replicate?"),),)),),
    )
    panel = administer(survey, scenario.twins(2), scenario.Tracks(), replicates=2).panel
    assert panel.names == ("replicate", "replicate_")
    assert panel.wave_variable == "replicate_"


def test_gap_codes_stay_side_by_side_and_within_reach() -> None:
    gaps = np.array([1, 2, 0], dtype=np.int8)
    described, status = with_gaps(
        Variable(name="x", level=Level.INTERVAL, range=(-1e6, 1e6)), gaps, np.array([np.nan] * 3)
    )
    codes = [m.code for m in described.missing]
    assert all(isinstance(code, float) and code < -1e6 for code in codes)
    assert status.tolist() == [1, 2, 0]


def test_the_view_for_people_reads_well(run: Run) -> None:
    with sqlite3.connect(run.path) as ledger:
        row = ledger.execute(
            "SELECT twin, replicate, page, position, variable, number, text, reason, basis, note, "
            "raw FROM answer_list WHERE variable = 'trust' AND reason IS NULL LIMIT 1"
        ).fetchone()
    ledger.close()
    assert row[4] == "trust"
    assert row[5] in (1.0, 2.0, 3.0)
    assert row[10] == f"I say {row[5]}"
