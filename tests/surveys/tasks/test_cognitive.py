"""The cognitive respondent: people, their noise, what it takes from records, what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import Codebook, Level, Reason, Variable
from understudy.data.errors import UnderstudyError
from understudy.data.panel import Panel
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.respondent import Basis
from understudy.surveys.respondents import make_respondent
from understudy.surveys.respondents.cognition.draws import CONSISTENCY, Draws, Stream
from understudy.surveys.respondents.cognition.parameters import (
    NAMES,
    TRAITS,
    Parameters,
    correlation_matrix,
)
from understudy.surveys.respondents.cognition.population import draw_person, recorded_standings
from understudy.surveys.tasks.battery import battery
from understudy.surveys.tasks.scoring import score_tasks
from understudy.twins.twin import Twins


def panel_of(count: int, **columns: Any) -> Panel:
    ids = pd.Index([f"p{n}" for n in range(count)], dtype=object, name="person")
    columns = columns or {"age": np.arange(count) + 20.0}
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in columns)
    return Panel(frame=pd.DataFrame(columns, index=ids), codebook=Codebook(variables))


# --- draws ----------------------------------------------------------------------------------------


def test_streams_are_uniform_and_their_own() -> None:
    stream = Stream(1, "a")
    values = np.array([stream.uniform() for _ in range(20_000)])
    assert 0 < values.min() < values.max() < 1
    assert abs(values.mean() - 0.5) < 0.01
    assert abs(values.var() - 1 / 12) < 0.002
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.03
    assert Stream(1, "a").uniform() == values[0]
    assert Stream(1, "b").uniform() != values[0]


def test_streams_pick_in_proportion() -> None:
    stream = Stream("pick")
    counts = np.bincount([stream.pick([1, 0, 3]) for _ in range(8000)], minlength=3)
    assert counts[1] == 0
    assert counts[2] / 8000 == pytest.approx(0.75, abs=0.02)


def test_repeated_choices_have_the_retest_of_people() -> None:
    """Beta-binomial: the rate is kept, and phi of two replicates is the consistency."""
    for rate in (0.2, 0.5, 0.8):
        pairs = np.array(
            [
                [Draws.of(1, f"p{n}", "t", r).chooses(rate, loading=0.0) for r in (1, 2)]
                for n in range(6000)
            ],
            dtype=float,
        )
        assert pairs.mean() == pytest.approx(rate, abs=0.02)
        assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(CONSISTENCY, abs=0.05)


def test_latent_scores_are_standard_normal_and_consistent() -> None:
    traits = np.array([Stream("z", n).normal() for n in range(6000)])
    scores = np.array(
        [
            [Draws.of(1, f"p{n}", "t", r).latent(z, loading=0.5, consistency=0.6) for r in (1, 2)]
            for n, z in enumerate(traits)
        ]
    )
    assert abs(scores.mean()) < 0.04
    assert scores.std() == pytest.approx(1, abs=0.03)
    assert np.corrcoef(scores.T)[0, 1] == pytest.approx(0.6, abs=0.03)
    assert np.corrcoef(scores[:, 0], traits)[0, 1] == pytest.approx(0.5, abs=0.03)


def test_certain_choices_are_certain() -> None:
    assert Draws.of(1, "p", "t", 1).chooses(1.0)
    assert not Draws.of(1, "p", "t", 1).chooses(0.0)


# --- people ---------------------------------------------------------------------------------------


def test_parameters_are_one_for_each_trait() -> None:
    assert [*NAMES, "standings"] == list(Parameters.__slots__)
    assert all(trait.source and trait.meaning for trait in TRAITS)
    median = Parameters.at()
    assert median.loss_aversion == pytest.approx(1.63)
    assert median.standing("giving") == 0


def test_correlations_are_possible() -> None:
    assert np.linalg.eigvalsh(correlation_matrix()).min() > 0.05


def test_people_have_the_published_distributions() -> None:
    people = [draw_person(3, f"p{n}") for n in range(6000)]
    scores = np.array([person.standings for person in people])
    assert np.abs(scores.mean(axis=0)).max() < 0.05
    assert np.abs(np.corrcoef(scores.T) - correlation_matrix()).max() < 0.06
    # Brown et al. (2024): mean λ 1.955 [1.82, 2.10]; Cheung et al. (2025): mean β .938.
    assert 1.82 < np.mean([p.loss_aversion for p in people]) < 2.10
    assert 0.905 < np.mean([p.present_bias for p in people]) < 0.972
    assert np.median([p.discount_rate for p in people]) == pytest.approx(0.013, rel=0.1)
    # Nunnari & Pozzi (2022).
    assert np.mean([p.envy for p in people]) == pytest.approx(0.53, abs=0.04)
    assert np.mean([p.guilt for p in people]) == pytest.approx(0.33, abs=0.02)
    assert np.mean([p.depth for p in people]) == pytest.approx(1.5, abs=0.06)


def test_records_move_people_without_moving_the_population() -> None:
    given = np.random.default_rng(1).permutation(np.arange(4000.0))
    panel = panel_of(4000, dictator_give=given)
    recorded = recorded_standings(panel, {})
    assert [(one.trait, one.variable) for one in recorded] == [("giving", "dictator_give")]
    people = [draw_person(1, person, recorded) for person in panel.persons]
    giving, trust, risk = (
        np.array([p.standing(name) for p in people])
        for name in ("giving", "trust", "risk_aversion")
    )
    assert abs(giving.mean()) < 0.05
    assert giving.std() == pytest.approx(1, abs=0.04)
    assert np.corrcoef(giving, given)[0, 1] == pytest.approx(CONSISTENCY**0.5, abs=0.06)
    assert np.corrcoef(trust, given)[0, 1] == pytest.approx(0.85 * CONSISTENCY**0.5, abs=0.06)
    assert abs(np.corrcoef(risk, given)[0, 1]) < 0.05


def test_a_named_variable_measures_a_parameter() -> None:
    panel = panel_of(300, kindness=np.arange(300.0))
    one = make_respondent("cognitive:giving=kindness")
    turned = make_respondent("cognitive:giving=-kindness")
    means: list[float] = []
    for respondent in (one, turned):
        respondent.prepare(battery(["dictator"]), Twins.from_panel(panel), 1)
        person: Any = respondent
        means.append(np.mean([person.person(1, f"p{n}").giving for n in range(250, 300)]))
    assert means[0] > 0.4 > -0.4 > means[1]
    assert one.fingerprint != turned.fingerprint


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("cognitive:giving", "does not say which variable measures"),
        ("cognitive:givng=age", "there is no parameter 'givng'; did you mean giving?"),
        ("cognitive:giving=agee", "there is no variable 'agee'; did you mean age?"),
    ],
)
def test_bad_specs_are_one_sentence(spec: str, said: str) -> None:
    with pytest.raises(UnderstudyError) as caught:
        _prepared(spec)
    assert said in str(caught.value)


def _prepared(spec: str) -> None:
    respondent = make_respondent(spec)
    respondent.prepare(battery(["dictator"]), Twins.from_panel(panel_of(5)), 1)


# --- answering ------------------------------------------------------------------------------------


def test_it_plays_a_whole_battery() -> None:
    twins = Twins.from_panel(panel_of(60))
    survey = battery()
    run = administer(survey, twins, make_respondent("cognitive"), seed=4, replicates=2)
    assert run.complete
    assert set(run.basis_counts()) == {Basis.TASK_MODEL}
    assert set(run.dispositions()) == {"answered"}
    scores = score_tasks(survey, run.panel)
    assert len(scores) == 120
    assert scores.codebook["dictator_share"].range == (0.0, 1.0)
    assert scores.codebook["dictator_share"].block == "dictator"
    assert "arm_anchoring_anchor" in scores.codebook
    shares = run.panel.numbers("dictator_give") / 10
    np.testing.assert_allclose(scores.numbers("dictator_share"), shares)


def test_answers_do_not_depend_on_workers_or_on_other_tasks() -> None:
    twins = Twins.from_panel(panel_of(20))
    one = administer(battery(["dictator"]), twins, make_respondent("cognitive"), workers=1).panel
    many = administer(battery(["kirby", "dictator"]), twins, make_respondent("cognitive")).panel
    assert one.numbers("dictator_give").tolist() == many.numbers("dictator_give").tolist()


def test_ordinary_questions_are_refused_and_say_what_would_help() -> None:
    survey = parse_questionnaire(
        "blocks:\n  - task: dictator\n  - block: b\n    questions:\n"
        "      - {name: trust, type: likert, text: Trust?, options: [No, Yes]}\n",
        "s.yaml",
    )
    twins = Twins.from_panel(panel_of(3))
    respondent = make_respondent("cognitive")
    preparation = respondent.prepare(survey, twins, 0)
    assert preparation.basis["trust"] is Basis.NONE
    assert "statistical" in preparation.refused["trust"]
    run = administer(survey, twins, respondent)
    assert run.panel.reasons("trust") == [Reason.CANNOT_KNOW] * 3
    assert run.panel.answered("dictator_give").all()


def test_a_reworded_question_that_forbids_a_decision_is_left_out() -> None:
    survey = parse_questionnaire(
        "blocks:\n  - task: dictator\n    questions:\n"
        "      - {name: dictator_give, type: slider, text: Give?, minimum: 0, maximum: 2}\n",
        "s.yaml",
    )
    run = administer(survey, Twins.from_panel(panel_of(40)), make_respondent("cognitive"))
    values = run.panel.numbers("dictator_give")
    assert np.isnan(values).any()
    assert np.nanmax(values) <= 2
    assert Reason.CANNOT_KNOW in run.panel.reasons("dictator_give")


def test_held_out_records_are_not_looked_at() -> None:
    panel = panel_of(50, dictator_give=np.arange(50.0), age=np.arange(50.0))
    shown = make_respondent("cognitive").prepare(battery(["dictator"]), Twins.from_panel(panel), 0)
    hidden = make_respondent("cognitive").prepare(
        battery(["dictator"]), Twins.from_panel(panel, ["dictator_give"]), 0
    )
    assert "giving from" in shown.facts
    assert "giving from" not in hidden.facts
