"""The statistical respondent with another respondent's answers as evidence."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from understudy.data.codebook import Code, Level, Variable
from understudy.data.errors import RequestError, UnknownNameError
from understudy.data.panel import Panel
from understudy.data.seeds import generator
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.run import Run, load_run
from understudy.surveys.questionnaire import Questionnaire
from understudy.surveys.respondent import Basis, Interview, Page, Preparation, Reply
from understudy.surveys.respondents import make_respondent
from understudy.surveys.respondents.beside import load_sibling, run_beside, sibling, siblings
from understudy.surveys.respondents.fused import FusedRespondent
from understudy.surveys.respondents.simulated import simulated
from understudy.surveys.respondents.statistical import StatisticalRespondent
from understudy.twins.twin import Twins

ASKED = ("q0", "q1", "region")


class Model:
    """Answers like a language model that knows the person as well as `signal` says.

    Args:
        panel: What the people themselves answered.
        signal: 0 for noise, 1 for the person's own answer.
        spread: Whether it says probabilities and draws from them.
    """

    def __init__(self, panel: Panel, signal: float, *, spread: bool = False) -> None:
        self.panel, self.signal, self.spread = panel, signal, spread

    spec = "scripted:model"

    @property
    def fingerprint(self) -> str:
        return f"model {self.signal} {self.spread}"

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        return Preparation()

    async def answer(self, page: Page, interview: Interview) -> list[Reply]:
        attempt = await interview.attempts.begin(page.number, {"request": "r", "try": 1})
        twin = interview.twin.id
        replies = []
        for shown in page.questions:
            for variable in shown.variables:
                name = variable.name
                draw = generator(interview.seed, twin, name, interview.replicate, "model")
                value: Code = variable.codes[int(draw.integers(len(variable.codes)))]
                if draw.random() < self.signal and twin in self.panel:
                    value = float(self.panel.numbers(name)[self.panel.row_of(twin)])
                shares = tuple((c, 0.6 if c == value else 0.1) for c in variable.codes)
                shares = shares if self.spread and len(shares) == 5 else ()
                replies.append(
                    Reply(name, value, basis=Basis.MODEL, probabilities=shares, attempt=attempt)
                )
        await interview.attempts.end(attempt, "answered", {"input_tokens": 10, "cost": 0.01})
        return replies

    async def aclose(self) -> None:
        """Nothing is held open."""


@pytest.fixture(scope="module")
def panel(people: ModuleType) -> Panel:
    made: Panel = people.make_panel(300)
    return made


@pytest.fixture(scope="module")
def twins(panel: Panel) -> Twins:
    return Twins.from_panel(panel, ASKED)


@pytest.fixture(scope="module")
def survey(panel: Panel) -> Questionnaire:
    return Questionnaire.from_codebook(panel.codebook, ASKED)


@pytest.fixture(scope="module")
def informed(
    panel: Panel, twins: Twins, survey: Questionnaire, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    path = tmp_path_factory.mktemp("fused") / "pilot.run"
    return administer(survey, twins, Model(panel, 0.6), ledger=path, seed=4)


def log_losses(people: ModuleType, respondent: Any, survey: Questionnaire, twins: Twins) -> Any:
    """Log-loss of every item, over the people."""
    replies = people.ask(respondent, survey, twins)
    panel: Panel = respondent.panel
    found: dict[str, list[float]] = {name: [] for name in ASKED}
    for person, reply in zip(twins.ids, replies, strict=True):
        for name in ASKED:
            shares = dict(reply[name].probabilities)
            assert sum(shares.values()) == pytest.approx(1)
            own = float(panel.numbers(name)[panel.row_of(person)])
            found[name].append(-float(np.log(max(shares.get(own, 0.0), 1e-6))))
    return {name: float(np.mean(losses)) for name, losses in found.items()}


def test_answers_that_know_the_person_improve_every_item(
    people: ModuleType, panel: Panel, twins: Twins, survey: Questionnaire, informed: Run
) -> None:
    alone = log_losses(people, StatisticalRespondent(panel), survey, twins)
    fused = FusedRespondent(panel, informed)
    both = log_losses(people, fused, survey, twins)
    gains = {name: alone[name] - both[name] for name in ASKED}
    assert min(gains.values()) > 0.02, gains
    assert sum(gains.values()) > 0.3, gains
    assert min(fused.shares().values()) > 0.5


def test_answers_that_know_nothing_cost_next_to_nothing(
    people: ModuleType, panel: Panel, twins: Twins, survey: Questionnaire
) -> None:
    run = administer(survey, twins, Model(panel, 0.0), seed=4)
    alone = log_losses(people, StatisticalRespondent(panel), survey, twins)
    both = log_losses(people, FusedRespondent(panel, run), survey, twins)
    change = [both[name] - alone[name] for name in ASKED]
    assert np.mean(change) < 0.02
    assert max(change) < 0.05


def test_probabilities_said_are_used_in_place_of_what_was_drawn(
    panel: Panel, twins: Twins, survey: Questionnaire
) -> None:
    run = administer(survey, twins, Model(panel, 0.5, spread=True), seed=4)
    found = simulated(run)
    own = run.panel.numbers("q0")
    expected = 0.1 * 15 + 0.5 * own
    assert found.table[:, found.own["q0"][0]] == pytest.approx(expected)
    region = found.table[:, list(found.own["region"])]
    assert np.array_equal(region.sum(axis=1), np.ones(len(twins)))


def test_replicates_are_averaged(panel: Panel, twins: Twins, survey: Questionnaire) -> None:
    run = administer(survey, twins, Model(panel, 0.5), seed=4, replicates=3)
    found = simulated(run)
    waves = [wave.numbers("q0") for wave in run.panel.waves().values()]
    assert len(waves) == 3
    assert found.table[:, found.own["q0"][0]] == pytest.approx(np.mean(waves, axis=0))
    assert list(found.rows) == list(twins.ids)


def test_a_persons_own_answer_never_teaches_about_that_person(
    people: ModuleType, panel: Panel, twins: Twins, survey: Questionnaire, informed: Run
) -> None:
    other = people.with_values(panel, "q0", [7], 6.0 - panel.numbers("q0")[7])
    said = [
        people.ask(FusedRespondent(which, informed), survey, twins)[7]["q0"].probabilities
        for which in (panel, other)
    ]
    assert said[0] == said[1]


def test_twins_without_simulated_answers_are_answered_from_the_record(
    people: ModuleType, panel: Panel, twins: Twins, survey: Questionnaire, informed: Run
) -> None:
    half = informed.panel.take(np.arange(100))
    fused = people.ask(FusedRespondent(panel, half), survey, twins)
    alone = people.ask(StatisticalRespondent(panel), survey, twins)
    same = [
        f["q0"].probabilities == a["q0"].probabilities for f, a in zip(fused, alone, strict=True)
    ]
    assert all(same[100:])
    assert sum(same[:100]) < 50


def test_what_a_twin_can_see_of_itself_is_not_taken_from_the_model(
    people: ModuleType, panel: Panel, survey: Questionnaire
) -> None:
    everything = Twins.from_panel(panel, ["q1", "region"])
    run = administer(survey, everything, Model(panel, 1.0), seed=4)
    fused = FusedRespondent(panel, run, echo=True)
    fused.prepare(survey, everything, 4)
    extra = fused.evidence(panel, everything.panel)
    assert extra is not None
    assert set(extra.own) == {"q1", "region"}


def test_too_few_people_with_both_is_one_sentence(
    panel: Panel, twins: Twins, survey: Questionnaire, informed: Run
) -> None:
    few = informed.panel.take(np.arange(59))
    fused = FusedRespondent(panel, few)
    with pytest.raises(RequestError, match=r"^59 people have both simulated answers and their own"):
        fused.prepare(survey, twins, 4)


def test_a_run_of_other_twins_is_refused(
    panel: Panel, twins: Twins, survey: Questionnaire, informed: Run
) -> None:
    others = Twins.from_panel(panel, [*ASKED, "q2"])
    with pytest.raises(RequestError, match="other twins, or something else of them is hidden"):
        FusedRespondent(panel, informed).prepare(survey, others, 4)
    elsewhere = Questionnaire.from_codebook(panel.codebook, ASKED[:2])
    with pytest.raises(RequestError, match="another questionnaire"):
        FusedRespondent(panel, informed).prepare(elsewhere, twins, 4)


def test_it_is_registered_and_says_what_it_needs(panel: Panel, informed: Run) -> None:
    made = make_respondent("fused", learn=panel, run=informed)
    assert made.spec == "fused"
    assert made.fingerprint != StatisticalRespondent(panel).fingerprint
    with pytest.raises(RequestError, match="needs another respondent's run"):
        make_respondent("fused", learn=panel)
    with pytest.raises(RequestError, match="needs a panel"):
        make_respondent("fused", run=informed)
    with pytest.raises(RequestError, match="no fused respondent 'x'"):
        make_respondent("fused:x", learn=panel, run=informed)
    with pytest.raises(UnknownNameError, match="fold"):
        make_respondent("fused", learn=panel, run=informed, fold=3)


def test_the_fingerprint_hangs_on_the_answers(
    panel: Panel, twins: Twins, survey: Questionnaire, informed: Run
) -> None:
    fused = FusedRespondent(panel, informed)
    before = fused.fingerprint
    fused.prepare(survey, twins, 4)
    assert fused.fingerprint == before == FusedRespondent(panel, informed).fingerprint
    half = informed.panel.take(np.arange(100))
    assert FusedRespondent(panel, half).fingerprint != before


# --- beside a run -----------------------------------------------------------------------------


def test_both_stand_beside_a_run_and_nothing_is_done_twice(
    panel: Panel, twins: Twins, survey: Questionnaire, tmp_path: Path
) -> None:
    path = tmp_path / "pilot.run"
    run = administer(survey, twins, Model(panel, 0.6), ledger=path, seed=4, replicates=2)
    beside = run_beside(run, survey, twins, panel)
    assert dict(beside.skipped) == {}
    assert siblings(path) == {
        "statistical": tmp_path / "pilot.statistical.run",
        "fused": tmp_path / "pilot.fused.run",
    }
    for name, other in beside.runs.items():
        assert other.complete
        assert other.planned == run.planned
        assert other.meta["seed"] == 4
        found, why = load_sibling(run, name, sibling(path, name))
        assert found is not None
        assert why == ""
    stamps = {p: p.stat().st_mtime_ns for p in siblings(path).values()}
    run_beside(load_run(path), survey, twins, panel)
    assert {p: p.stat().st_mtime_ns for p in siblings(path).values()} == stamps


def test_a_run_that_has_grown_is_fused_anew(
    panel: Panel, twins: Twins, survey: Questionnaire, tmp_path: Path
) -> None:
    path = tmp_path / "pilot.run"
    model = Model(panel, 0.6)
    part = administer(survey, twins, model, ledger=path, seed=4, limit=100)
    first = run_beside(part, survey, twins, panel).runs["fused"]
    assert first.planned == 100
    whole = administer(survey, twins, model, ledger=path, seed=4)
    again = run_beside(whole, survey, twins, panel).runs["fused"]
    assert again.planned == 300
    assert again.meta["respondent_fingerprint"] != first.meta["respondent_fingerprint"]


def test_what_cannot_stand_beside_a_run_is_said(
    people: ModuleType, panel: Panel, twins: Twins, survey: Questionnaire, tmp_path: Path
) -> None:
    path = tmp_path / "pilot.run"
    run = administer(survey, twins, Model(panel, 0.6), ledger=path, seed=4)
    none = run_beside(run, survey, twins, None)
    assert set(none.skipped.values()) == {"there is no panel to learn from"}
    unasked = panel.drop(ASKED)
    why = run_beside(run, survey, twins, unasked).skipped["statistical"]
    assert why.startswith("people in the panel were asked none of the items")
    few = panel.take(np.arange(40))
    beside = run_beside(run, survey, twins, few)
    assert list(beside.runs) == ["statistical"]
    assert beside.skipped["fused"].startswith("40 people have both")
    itself = run_beside(beside.runs["statistical"], survey, twins, panel)
    assert "is itself by the statistical respondent" in itself.skipped["fused"]


def test_a_file_of_somebody_elses_is_left_alone(
    panel: Panel, twins: Twins, survey: Questionnaire, tmp_path: Path
) -> None:
    path = tmp_path / "pilot.run"
    run = administer(survey, twins, Model(panel, 0.6), ledger=path, seed=4)
    administer(
        survey, twins, StatisticalRespondent(panel), ledger=sibling(path, "statistical"), seed=5
    )
    sibling(path, "fused").write_text("notes")
    beside = run_beside(run, survey, twins, panel)
    assert beside.skipped["statistical"] == "pilot.statistical.run holds another run"
    assert "not a run file" in beside.skipped["fused"]
    assert sibling(path, "fused").read_text() == "notes"
    for name, words in (("statistical", "it has another seed"), ("fused", "not a run file")):
        found, why = load_sibling(run, name, sibling(path, name))
        assert found is None
        assert words in why


def test_a_fused_run_of_other_answers_is_not_used(
    panel: Panel, twins: Twins, survey: Questionnaire, tmp_path: Path
) -> None:
    run = administer(survey, twins, Model(panel, 0.6), ledger=tmp_path / "a.run", seed=4)
    other = administer(survey, twins, Model(panel, 0.5), ledger=tmp_path / "b.run", seed=4)
    run_beside(other, survey, twins, panel)
    found, why = load_sibling(run, "fused", tmp_path / "b.fused.run")
    assert found is None
    assert why.endswith("it was fused with the answers of scripted:model")
    assert load_sibling(run, "statistical", tmp_path / "b.statistical.run")[0] is not None


# --- a panel of simulated answers -------------------------------------------------------------


def test_a_panel_of_answers_is_turned_into_numbers(people: ModuleType) -> None:
    panel: Panel = people.make_panel(20)
    codes: npt.NDArray[np.float64] = panel.numbers("q0")
    backwards = Variable(
        name="q0",
        level=Level.ORDINAL,
        labels=tuple((float(k), f"step {k}") for k in (5, 4, 3, 2, 1)),
    )
    found = simulated(panel.with_codebook([backwards]))
    assert np.array_equal(found.table[:, found.own["q0"][0]], 5 - codes)
    some = found.without(["q0"])
    assert "q0" not in some.own
    assert np.array_equal(
        some.table[:, some.own["amount"][0]], found.table[:, found.own["amount"][0]]
    )
    bare = simulated(panel.with_codebook([Variable(name="region", level=Level.NOMINAL)]))
    shown = bare.table[:, list(bare.own["region"])]
    assert np.array_equal(shown @ [1.0, 2.0, 3.0], panel.numbers("region"))
    strangers = people.make_panel(5, prefix="x")
    assert np.isnan(found.of(strangers)).all()
