from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from understudy.data.codebook import Level, Reason, Variable
from understudy.data.errors import RequestError, UnknownNameError
from understudy.data.panel import Panel
from understudy.surveys.logic.expression import Expression
from understudy.surveys.question import Item, Like, Option, Question, Wording
from understudy.surveys.questionnaire import Block, Condition, Design, Questionnaire
from understudy.surveys.questions import (
    ConstantSum,
    Display,
    Likert,
    Multiple,
    Numeric,
    Ranking,
    Single,
    Text,
)
from understudy.surveys.respondent import Basis, Interview, Page, Respondent
from understudy.surveys.respondents import make_respondent, respondent_names
from understudy.surveys.respondents.statistical import StatisticalRespondent
from understudy.twins.twin import Twins


@pytest.fixture(scope="module")
def panel(people: ModuleType) -> Panel:
    made: Panel = people.make_panel(240)
    return made


@pytest.fixture(scope="module")
def twins(panel: Panel) -> Twins:
    return Twins.from_panel(panel, ["q0", "q1", "region"])


def likert(people: ModuleType, name: str, steps: int = 5, **rest: object) -> Question:
    made: Question = Likert(name=name, text=f"{name}?", options=people.options(steps), **rest)  # type: ignore[arg-type]  # whatever the test wants
    return made


def again(panel: Panel, *names: str) -> Questionnaire:
    return Questionnaire.from_codebook(panel.codebook, names)


def refusal(respondent: StatisticalRespondent, asked: Questionnaire, twins: Twins) -> str:
    (why,) = respondent.prepare(asked, twins, 1).refused.values()
    return why


# --- answers ----------------------------------------------------------------------------------


def test_held_out_items_are_answered_from_other_people(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    asked = again(panel, "q0", "q1", "region", "amount")
    respondent = StatisticalRespondent(panel)
    preparation = respondent.prepare(asked, twins, 1)
    assert set(preparation.basis.values()) == {Basis.PANEL}
    assert not preparation.refused
    assert isinstance(respondent, Respondent)
    replies = people.ask(respondent, asked, twins)
    given = np.array([float(r["q0"].value) for r in replies])
    assert np.corrcoef(given, panel.numbers("q0"))[0, 1] > 0.35
    for reply in replies[0].values():
        assert reply.basis is Basis.PANEL
        assert sum(p for _, p in reply.probabilities) == pytest.approx(1, abs=1e-12)
        assert reply.value in dict(reply.probabilities)
    amounts = {r["amount"].value for r in replies}
    assert amounts <= set(panel.numbers("amount").tolist())


def test_targets_are_no_features_even_where_the_record_shows_them(
    people: ModuleType, panel: Panel
) -> None:
    everything = Twins.from_panel(panel)
    asked = again(panel, *(f"q{k}" for k in range(8)), "region", "amount")
    preparation = StatisticalRespondent(panel).prepare(asked, everything, 1)
    assert preparation.facts["variables learned from"] == 0
    assert any("no visible variable" in warning for warning in preparation.warnings)


def test_draws_hang_on_seed_person_and_replicate_only(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    asked = again(panel, "q0", "q1", "amount")
    respondent = StatisticalRespondent(panel)

    def values(**how: int) -> list[object]:
        found = people.ask(respondent, asked, twins, **how)
        return [reply.value for replies in found for reply in replies.values()]

    one = values()
    assert values() == one
    assert values(seed=2) != one
    assert values(replicate=2) != one
    few = twins.take([twins.ids[k] for k in (100, 5)])
    replies = people.ask(StatisticalRespondent(panel), asked, few)
    assert [r.value for rs in replies for r in rs.values()] == one[300:303] + one[15:18]


def test_same_answers_in_another_process_with_another_hash_seed(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import people\n"
        "from understudy.surveys.questionnaire import Questionnaire\n"
        "from understudy.surveys.respondents.statistical import StatisticalRespondent\n"
        "from understudy.twins.twin import Twins\n"
        "panel = people.make_panel(240)\n"
        "twins = Twins.from_panel(panel, ['q0', 'q1', 'region'])\n"
        "asked = Questionnaire.from_codebook(panel.codebook, ['q0', 'region', 'amount'])\n"
        "respondent = StatisticalRespondent(panel)\n"
        "print(respondent.fingerprint, people.ask(respondent, asked, twins))\n"
    )
    here = str(Path(__file__).parent)
    found = subprocess.run(
        [sys.executable, "-c", script, here],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    respondent = StatisticalRespondent(panel)
    replies = people.ask(respondent, again(panel, "q0", "region", "amount"), twins)
    assert found == f"{respondent.fingerprint} {replies}"


def test_echo_gives_back_only_what_may_be_seen(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    asked = again(panel, "q0", "q2")
    replies = people.ask(StatisticalRespondent(panel, echo=True), asked, twins)
    assert {r["q0"].basis for r in replies} == {Basis.PANEL}
    assert {r["q2"].basis for r in replies} == {Basis.RECORDED}
    assert [r["q2"].value for r in replies] == panel.numbers("q2").tolist()
    silent = people.ask(StatisticalRespondent(panel), asked, twins)
    assert {r["q2"].basis for r in silent} == {Basis.PANEL}


def test_an_option_not_offered_is_not_chosen(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    asked = again(panel, "q0")
    respondent = StatisticalRespondent(panel)
    respondent.prepare(asked, twins, 1)
    (shown,) = people.page_of(asked.questions()).questions
    page = Page(1, (dataclasses.replace(shown, options=shown.options[2:]),))
    values = set()
    for twin in twins:
        (reply,) = asyncio.run(respondent.answer(page, Interview(twin, 1, 1, {}, [], None)))  # type: ignore[arg-type]  # nothing is logged
        values.add(reply.value)
        assert sum(p for _, p in reply.probabilities) == pytest.approx(1)
    assert values == {3.0, 4.0, 5.0}


def test_nonresponse_only_on_request(people: ModuleType, panel: Panel, twins: Twins) -> None:
    status = np.zeros(len(panel), dtype=np.int16)
    status[::4] = 1
    gaps = people.with_values(panel, "q0", np.arange(0, 240, 4), np.nan)
    gaps = Panel(gaps.frame, gaps.codebook, status={"q0": status})
    asked = again(panel, "q0")
    plain = people.ask(StatisticalRespondent(gaps), asked, twins)
    assert all(r["q0"].value is not None for r in plain)
    open_to = people.ask(StatisticalRespondent(gaps, nonresponse=True), asked, twins)
    silent = [r["q0"].reason for r in open_to if r["q0"].value is None]
    assert set(silent) == {Reason.DONT_KNOW}
    assert len(silent) / len(open_to) == pytest.approx(0.25, abs=0.1)


# --- the ladder -------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", [1, -1])
def test_a_declared_relative_gives_answers_its_direction(
    people: ModuleType, panel: Panel, twins: Twins, direction: int
) -> None:
    asked = people.survey(likert(people, "new", like=Like("q2", direction)))
    replies = people.ask(StatisticalRespondent(panel), asked, twins)
    assert {r["new"].basis for r in replies} == {Basis.DECLARED}
    given = np.array([r["new"].value for r in replies])
    r = np.corrcoef(given, panel.numbers("q2"))[0, 1]
    assert direction * r == pytest.approx(0.45, abs=0.15)
    assert "q2" in replies[0]["new"].note


def test_who_did_not_answer_the_relative_gets_the_shares_and_is_marked(
    people: ModuleType, panel: Panel
) -> None:
    gaps = people.with_values(panel, "q2", [0, 1], np.nan)
    asked = people.survey(likert(people, "new", like=Like("q2", 1)))
    replies = people.ask(StatisticalRespondent(gaps), asked, Twins.from_panel(gaps))
    assert [r["new"].basis for r in replies[:3]] == [
        Basis.SCALE_PRIOR,
        Basis.SCALE_PRIOR,
        Basis.DECLARED,
    ]
    assert replies[0]["new"].probabilities == replies[1]["new"].probabilities


def test_an_unknown_item_rests_on_the_scale_in_aggregate_only(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    asked = people.survey(likert(people, "new"))
    respondent = StatisticalRespondent(panel)
    preparation = respondent.prepare(asked, twins, 1)
    assert preparation.basis["new"] is Basis.SCALE_PRIOR
    assert any("aggregate only" in warning for warning in preparation.warnings)
    replies = people.ask(respondent, asked, twins)
    assert len({r["new"].probabilities for r in replies}) == 1
    assert replies[0]["new"].note.startswith("aggregate only")


@pytest.mark.parametrize("count", [10, 25, 50, 120])
def test_a_pilot_teaches_new_items(people: ModuleType, panel: Panel, count: int) -> None:
    wide: Panel = people.make_panel(count, seed=31, prefix="pilot")
    names = {"q0": "new"}
    frame = wide.frame.rename(columns=names)
    book = dataclasses.replace(
        wide.codebook,
        variables=tuple(
            v.replace(name=names.get(v.name, v.name), question="") for v in wide.codebook
        ),
    )
    pilot = Panel(frame, book, source="pilot.csv")
    old = panel.drop(["q0"])
    asked = people.survey(likert(people, "new"))
    respondent = StatisticalRespondent(old, learn_from=pilot)
    preparation = respondent.prepare(asked, Twins.from_panel(old), 1)
    assert preparation.basis["new"] is Basis.PILOT
    assert any("fewer than 100" in w for w in preparation.warnings) == (count < 100)
    replies = people.ask(respondent, asked, Twins.from_panel(old))
    expected = [sum(float(c) * p for c, p in r["new"].probabilities) for r in replies]
    # These are the people who would have answered q0 under its old name.
    assert np.corrcoef(expected, panel.numbers("q0"))[0, 1] > 0.55


def test_nine_people_are_no_pilot(people: ModuleType, panel: Panel, twins: Twins) -> None:
    pilot: Panel = people.make_panel(9, seed=3, prefix="pilot")
    old = panel.drop(["q0"])
    why = refusal(StatisticalRespondent(old, learn_from=pilot), again(panel, "q0"), twins)
    assert "only 9 people in the pilot" in why


def test_few_answers_are_used_with_a_warning(people: ModuleType) -> None:
    small: Panel = people.make_panel(40)
    respondent = StatisticalRespondent(small)
    asked = again(small, "q0")
    replies = people.ask(respondent, asked, Twins.from_panel(small, ["q0"]))
    assert replies[0]["q0"].note == "rests on only 40 people's answers"


# --- refusals ---------------------------------------------------------------------------------


def test_refusals_say_what_would_help(people: ModuleType, panel: Panel) -> None:
    twins = Twins.from_panel(panel, ["q0"])
    choices = (Option(code=1.0, label="Paris"), Option(code=2.0, label="Rome"))
    respondent = StatisticalRespondent(panel)
    cases: list[tuple[Question, str]] = [
        (Text(name="why", text="Why?"), "free text"),
        (Single(name="capital", text="Capital of France?", options=choices), "--learn-from"),
        (Numeric(name="dose", text="How much?"), "--learn-from"),
        (likert(people, "seven", 7), "--learn-from"),
        (likert(people, "check", expect=4.0), "attention check"),
        (likert(people, "new", like=Like("q0", 1)), "is held out"),
        (likert(people, "new", like=Like("nowhere", 1)), "is not in the panel"),
        (likert(people, "new", like=Like("region", 1)), "has no order"),
        (Single(name="c3", text="?", options=people.options(3), like=Like("q2", 1)), "ordered"),
    ]
    for question, words in cases:
        why = refusal(respondent, people.survey(question), twins)
        assert words in why, question.name
        (reply,) = people.ask(respondent, people.survey(question), twins)[0].values()
        assert reply.value is None
        assert reply.reason is Reason.CANNOT_KNOW
        assert reply.note == why


@pytest.mark.parametrize(
    ("codes", "labels", "words"),
    [
        ((1, 2, 3, 4, 5), ("step 5", "step 4", "step 3", "step 2", "step 1"), "code 1 is 'step 5'"),
        ((1, 2, 3, 4), ("", "", "", ""), "does not offer"),
        ((0, 1, 2, 3, 4, 5), ("none", "", "", "", "", ""), "does not have"),
    ],
)
def test_codes_that_mean_something_else_are_refused_naming_both(
    people: ModuleType,
    panel: Panel,
    twins: Twins,
    codes: tuple[int, ...],
    labels: tuple[str, ...],
    words: str,
) -> None:
    choices = tuple(
        Option(code=float(c), label=t or str(c)) for c, t in zip(codes, labels, strict=True)
    )
    asked = people.survey(Likert(name="trust", item="q0", text="?", options=choices))
    why = refusal(StatisticalRespondent(panel), asked, twins)
    assert words in why
    assert "'trust'" in why
    assert "'q0'" in why


def test_labels_may_differ_in_form(people: ModuleType, panel: Panel, twins: Twins) -> None:
    choices = tuple(Option(code=float(k), label=f"{k}, STEP") for k in range(1, 6))
    asked = people.survey(Likert(name="trust", item="q0", text="?", options=choices))
    assert StatisticalRespondent(panel).prepare(asked, twins, 1).basis == {"trust": Basis.PANEL}


def test_an_item_nobody_answered_is_refused(people: ModuleType, panel: Panel, twins: Twins) -> None:
    empty = people.with_values(panel, "q0", np.arange(240), np.nan)
    why = refusal(StatisticalRespondent(empty), again(panel, "q0"), twins)
    assert "nobody in the panel answered 'q0'" in why


# --- experiments ------------------------------------------------------------------------------

FRAME = Condition(name="frame", arms=("gain", "loss"))


def test_an_untrained_effect_is_refused_not_zero(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    story = Display(
        name="story",
        text="Gains.",
        wordings=(Wording("frame", "gain", "Gains."), Wording("frame", "loss", "Losses.")),
    )
    own = likert(people, "only", show_if=Expression('frame == "gain"'))
    pages = ((likert(people, "q2"),), (story, likert(people, "q0")), (likert(people, "q1"),))
    asked = Questionnaire(
        name="x",
        conditions=(FRAME,),
        blocks=(Block(name="a", pages=pages), Block(name="b", pages=((own,),))),
    )
    preparation = StatisticalRespondent(panel).prepare(asked, twins, 1)
    assert preparation.basis["q2"] is Basis.PANEL
    assert set(preparation.refused) == {"q0", "q1", "only"}
    assert "arm_frame" in preparation.refused["q0"]


def test_arms_of_a_repeated_block_are_refused(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    within = Condition(name="frame", arms=("gain", "loss"), design=Design.WITHIN)
    block = Block(name="a", pages=((likert(people, "fair"),),), within="frame")
    asked = Questionnaire(name="x", conditions=(within,), blocks=(block,))
    refused = StatisticalRespondent(panel).prepare(asked, twins, 1).refused
    assert set(refused) == {"fair_gain", "fair_loss"}


def test_an_effect_that_people_showed_is_learned(
    people: ModuleType, panel: Panel, twins: Twins
) -> None:
    draw = np.random.default_rng(0)
    arm = draw.integers(1, 3, 240).astype(float)
    frame = panel.frame.copy()
    frame["q0"] = np.where(arm == 2, np.minimum(frame["q0"] + 1, 5), np.maximum(frame["q0"] - 1, 1))
    frame["arm_frame"] = arm
    variable = Variable(
        name="arm_frame", level=Level.NOMINAL, labels=((1.0, "gain"), (2.0, "loss"))
    )
    trained = Panel(frame, panel.codebook.with_variables([variable]))
    asked = people.survey(
        likert(
            people,
            "q0",
            wordings=(Wording("frame", "gain", "Gain?"), Wording("frame", "loss", "Loss?")),
        ),
        conditions=(FRAME,),
    )
    respondent = StatisticalRespondent(trained)
    means = {}
    for name in FRAME.arms:
        replies = people.ask(respondent, asked, twins, arms={"frame": name})
        means[name] = float(np.mean([r["q0"].value for r in replies]))
    observed = float(frame["q0"][arm == 2].mean() - frame["q0"][arm == 1].mean())
    assert means["loss"] - means["gain"] == pytest.approx(observed, abs=0.35)


# --- answers that must fit each other ---------------------------------------------------------


def joint_panel(people: ModuleType, names: list[str], table: npt.NDArray[Any]) -> Panel:
    base: Panel = people.make_panel(len(table))
    frame = base.frame.copy()
    for k, name in enumerate(names):
        frame[name] = table[:, k].astype(float)
    extra = [Variable(name=n, level=Level.INTERVAL) for n in names]
    return Panel(frame, base.codebook.with_variables(extra))


def test_ranks_sums_and_sets_are_answers_the_question_allows(people: ModuleType) -> None:
    draw = np.random.default_rng(2)
    n = 150
    ranks = np.argsort(np.argsort(draw.standard_normal((n, 4)) + np.arange(4) / 2, axis=1)) + 1
    money = draw.multinomial(100, [0.6, 0.3, 0.1], n)
    none = draw.random(n) < 0.3
    chosen = np.column_stack([draw.random((n, 3)) < [0.7, 0.5, 0.2], none])
    chosen[none, :3] = False
    chosen = chosen.astype(int)
    rows = tuple(Item(name=c, label=c) for c in "abcd")
    questions: list[tuple[Question, npt.NDArray[Any]]] = [
        (Ranking(name="rank", text="?", items=rows), ranks),
        (ConstantSum(name="sum", text="?", items=rows[:3], total=100, integer=True), money),
        (
            Multiple(
                name="set",
                text="?",
                most=2,
                required=True,
                options=(
                    *(Option(code=float(k), label=str(k)) for k in range(1, 4)),
                    Option(code=4.0, label="none", exclusive=True),
                ),
            ),
            chosen,
        ),
    ]
    for question, table in questions:
        names = [v.name for v in question.variables()]
        panel = joint_panel(people, names, table)
        if isinstance(question, Ranking):
            book = [v.replace(level=Level.ORDINAL) for v in question.variables()]
            panel = panel.with_codebook(book)
        replies = people.ask(
            StatisticalRespondent(panel), people.survey(question), Twins.from_panel(panel, names)
        )
        values = [{name: r[name].value for name in names} for r in replies]
        assert [question.problem(v) for v in values] == [None] * n, question.name
        drawn = np.array([[v[name] for name in names] for v in values])
        tolerance = 0.15 * np.ptp(table)
        if question.name == "set":
            table = table[table.sum(axis=1) <= 2]
        assert drawn.mean(axis=0) == pytest.approx(table.mean(axis=0), abs=tolerance)


def test_only_the_top_is_ranked(people: ModuleType) -> None:
    draw = np.random.default_rng(2)
    ranks = np.argsort(np.argsort(draw.random((150, 3)), axis=1)) + 1.0
    ranks[ranks > 2] = np.nan
    question = Ranking(
        name="rank", text="?", items=tuple(Item(name=c, label=c) for c in "abc"), top=2
    )
    names = [v.name for v in question.variables()]
    panel = joint_panel(people, names, ranks).with_codebook(question.variables())
    replies = people.ask(
        StatisticalRespondent(panel), people.survey(question), Twins.from_panel(panel, names)
    )
    for one in replies:
        assert sorted(str(r.value) for r in one.values()) == ["1.0", "2.0", "None"]
        assert {r.reason for r in one.values()} == {None, Reason.NOT_APPLICABLE}


# --- making one -------------------------------------------------------------------------------


def test_made_by_name(panel: Panel) -> None:
    assert "statistical" in respondent_names()
    assert make_respondent("statistical", learn=panel).spec == "statistical"
    assert make_respondent("statistical:blend", learn=panel).spec == "statistical:blend"
    with pytest.raises(UnknownNameError, match="did you mean statistical"):
        make_respondent("statistcal", learn=panel)
    with pytest.raises(RequestError, match="needs a panel"):
        make_respondent("statistical")
    with pytest.raises(RequestError, match="no statistical respondent 'best'"):
        make_respondent("statistical:best", learn=panel)
    with pytest.raises(RequestError, match="1 folds"):
        make_respondent("statistical", learn=panel, folds=1)


def test_the_fingerprint_covers_data_and_options(people: ModuleType, panel: Panel) -> None:
    base = StatisticalRespondent(panel).fingerprint
    assert StatisticalRespondent(panel.take(np.arange(240))).fingerprint == base
    changed = people.with_values(panel, "q0", [0], panel.numbers("q0")[0] % 5 + 1)
    others = [
        StatisticalRespondent(changed),
        StatisticalRespondent(panel, echo=True),
        StatisticalRespondent(panel, folds=4),
        StatisticalRespondent(panel, learn_from=changed),
    ]
    assert len({base, *(other.fingerprint for other in others)}) == 5
