"""The runs that lie beside a run stand beside its scores, unless they are left out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import understudy as us
from understudy.compare.references import guess_of
from understudy.data.panel import Panel
from understudy.data.seeds import generator
from understudy.surveys.ledger.run import Run
from understudy.surveys.questionnaire import Questionnaire
from understudy.surveys.respondent import Basis, Interview, Page, Preparation, Reply
from understudy.surveys.respondents.beside import run_beside, sibling
from understudy.twins.twin import Twins

Command = Callable[..., tuple[int, str, str]]
ITEMS = ["redistribution", "gender_roles"]
BOTH = ["statistical", "statistical guess", "fused", "fused guess"]


class Hunch:
    """A model with a hunch of what the person thinks, for money."""

    spec = "scripted:hunch"
    fingerprint = "hunch-1"

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        return Preparation()

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        attempt = await interview.attempts.begin(page.number, {"request": "r", "try": 1})
        row = self.panel.row_of(interview.twin.id)
        found = []
        for shown in page.questions:
            for variable in shown.variables:
                draw = generator(interview.seed, interview.twin.id, variable.name, "hunch")
                value = float(draw.choice([float(code) for code in variable.codes]))
                known = float(self.panel.numbers(variable.name)[row])
                if draw.random() < 0.5 and not np.isnan(known):
                    value = known
                found.append(Reply(variable.name, value, basis=Basis.MODEL, attempt=attempt))
        await interview.attempts.end(attempt, "answered", {"input_tokens": 50, "cost": 0.01})
        return found

    async def aclose(self) -> None:
        """Nothing is held open."""


@pytest.fixture(scope="module")
def panel(files: Path) -> Panel:
    return us.read(files / "synthetic_panel_wave1.sav")


@pytest.fixture(scope="module")
def pilot(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Run:
    survey, people = us.questionnaire(panel, items=ITEMS), us.twins(panel, holdout=ITEMS)
    path = tmp_path_factory.mktemp("baseline") / "pilot.run"
    run = us.administer(survey, people, Hunch(panel), to=path)
    assert not run_beside(run, survey, people, panel).skipped
    return run


def test_a_run_is_compared_with_what_lies_beside_it(panel: Panel, pilot: Run) -> None:
    card = us.compare(pilot, panel)
    assert [name for name in card.method.references if name in BOTH] == BOTH
    assert card.facts["model"] == "scripted:hunch"
    assert card.facts["requests"] == f"{len(pilot.attempts()):,}"
    assert any("the statistical respondent" in said for said in card.verdict)
    assert any(said.startswith("Fusion: the twins' answers improve") for said in card.verdict)
    row = card.headline("pearson")
    fused, alone = (row.references[guess_of(name)] for name in ("fused", "statistical"))
    assert fused > alone
    assert fused > row.estimate
    without = us.compare(pilot, panel, baseline=False)
    assert not set(BOTH) & set(without.method.references)


def test_a_reference_of_that_name_given_by_hand_wins(panel: Panel, pilot: Run) -> None:
    card = us.compare(pilot, panel, references={"statistical": pilot.panel})
    row = card.headline("pearson")
    assert row.references["statistical"] == pytest.approx(row.estimate)


def test_the_command_finds_them_and_can_leave_them_out(
    understudy: Command, files: Path, pilot: Run
) -> None:
    human = files / "synthetic_panel_wave1.sav"
    code, out, _ = understudy("compare", pilot.path, "--human", human, "--json")
    assert code == 0
    assert set(BOTH) <= set(json.loads(out)["method"]["references"])
    code, out, _ = understudy("compare", pilot.path, "--human", human, "--json", "--no-baseline")
    assert code == 0
    assert not set(BOTH) & set(json.loads(out)["method"]["references"])


def test_a_stranger_beside_a_run_is_ignored_with_a_warning(
    panel: Panel, pilot: Run, tmp_path: Path
) -> None:
    path = tmp_path / "other.run"
    survey, people = us.questionnaire(panel, items=ITEMS), us.twins(panel, holdout=ITEMS)
    run = us.administer(survey, people, Hunch(panel), to=path, seed=9)
    shutil.copy(sibling(pilot.path, "statistical"), sibling(path, "statistical"))
    sibling(path, "fused").write_text("notes")
    card = us.compare(run, panel)
    assert not set(BOTH) & set(card.method.references)
    said = [line for line in card.warnings if "is not used as" in line]
    assert said[0] == (
        "other.statistical.run is not used as the statistical baseline: it has another seed"
    )
    assert said[1].startswith("other.fused.run is not used as the fused baseline")
