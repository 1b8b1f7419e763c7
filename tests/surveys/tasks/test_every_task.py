"""What holds for every task of the library; see `conftest.py`."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.flow import allocate
from understudy.surveys.question import Shown
from understudy.surveys.questionnaire import Condition
from understudy.surveys.tasks import TASKS, make_task, task_type
from understudy.surveys.tasks.reference import estimate
from understudy.surveys.tasks.task import Family, Task

every_task = pytest.mark.parametrize("name", TASKS)
MARKS = ("verified", "secondary", "recalled")


@every_task
def test_it_says_what_it_is(name: str) -> None:
    kind = task_type(name)
    assert kind.name == name
    assert kind.__module__.rsplit(".", 1)[-1] == TASKS[name].split(":")[0].removeprefix(".")
    assert isinstance(kind.family, Family)
    assert all(text.strip() for text in (kind.title, kind.about, kind.citation))
    assert any(year in kind.citation for year in map(str, range(1930, 2030)))
    task = make_task(name)
    assert task.measured()
    measures = [measure.name for measure in task.measured()]
    assert len(set(measures)) == len(measures)
    assert task.people(), "a published design without a figure about people"
    assert any(reference.target for reference in task.people())
    arms = {arm for condition in task.conditions() for arm in condition.arms}
    for reference in task.people():
        assert reference.measure in measures
        assert reference.mark in MARKS
        assert reference.source
        assert {reference.arm, reference.against} - {""} <= arms


@every_task
def test_it_compiles_checks_clean_and_round_trips(name: str, lab: Any) -> None:
    for prefix in ("", "again"):
        survey = lab.survey_of(make_task(name, prefix=prefix))
        found = check(survey)
        assert found.problems == ()
        assert found.warnings == ()
        assert found.unreachable == {}
        read = parse_questionnaire(survey.to_yaml(), "survey.yaml")
        assert read == survey
        assert read.fingerprint == survey.fingerprint
    for variable in survey.codebook():
        assert variable.name.startswith("again_")
    assert all(question.label for question in survey.written() if question.variables())


@every_task
def test_its_variables_stay_clear_of_its_scores(name: str) -> None:
    """Answers and scores of one task stand side by side in files."""
    task = make_task(name)
    local = {task.local(variable.name): variable for variable in task.variables}
    for measure in task.measured():
        if measure.name in local:
            # A score may repeat an answer under its name, in the same units.
            span = local[measure.name].range
            assert span is None or span == (measure.low, measure.high)


@every_task
def test_random_answers_never_break_its_score(name: str, lab: Any) -> None:
    task = make_task(name)
    chance = random.Random(name)
    bounds = {m.name: (m.low, m.high) for m in task.measured()}
    for number in range(60):

        def answer(shown: Shown) -> Any:
            return lab.random_answer(shown, chance)

        answers = lab.walk_through(task, answer, person=f"p{number}")
        for arms in _all_arms(task):
            _scores_are_fit(task.score(answers, arms), bounds)
        left = {k: (None if chance.random() < 0.3 else v) for k, v in answers.items()}
        _scores_are_fit(task.score(left, arms), bounds)
    nothing = task.score({}, {})
    assert nothing.keys() == bounds.keys()


def _scores_are_fit(scores: Any, bounds: Any) -> None:
    assert scores.keys() == bounds.keys()
    for measure, value in scores.items():
        low, high = bounds[measure]
        if value is not None:
            assert isinstance(value, float), f"{measure} is a {type(value).__name__}"
            assert np.isfinite(value)
            assert low is None or value >= low - 1e-9, measure
            assert high is None or value <= high + 1e-9, measure


def _all_arms(task: Task) -> list[dict[str, str]]:
    found: list[dict[str, str]] = [{}]
    for condition in task.conditions():
        found = [{**arms, condition.name: arm} for arms in found for arm in condition.arms]
    return found


@every_task
def test_its_best_answers_are_legal(name: str, lab: Any) -> None:
    task = make_task(name)
    for arms in _all_arms(task):
        best = task.best(arms)
        if best:

            def answer(shown: Shown, best: Any = best) -> Any:
                return {v.name: best[task.local(v.name)] for v in shown.variables}

            lab.walk_through(task, answer, arms)


@every_task
def test_parametric_people_decide_legally(name: str, lab: Any) -> None:
    task = make_task(name)
    for arms in _all_arms(task):
        for number in range(40):
            decided = lab.decide(task, number, arms)

            def answer(shown: Shown, decided: Any = decided) -> Any:
                return {v.name: decided[task.local(v.name)] for v in shown.variables}

            lab.walk_through(task, answer, arms, person=f"p{number}")
            assert decided == lab.decide(task, number, arms), "it is not decided by the draws alone"


@every_task
def test_parametric_people_land_on_the_references(name: str, lab: Any) -> None:
    task = make_task(name)
    found = lab.population(task)
    off = []
    for reference in task.people():
        if reference.target:
            value = estimate(reference, found.scores[reference.measure], found.arms)
            low, high = reference.interval
            if value is None or not low <= value <= high:
                off.append(
                    f"{reference.measure}, {reference.wording}: "
                    f"{value:.3f} is not within {low:.3f} to {high:.3f}"
                )
    assert not off, "; ".join(off)


@every_task
def test_people_answer_a_second_time_as_people_do(name: str, lab: Any) -> None:
    """Neither copies of themselves nor strangers."""
    task = make_task(name)
    arms = _all_arms(task)[-1]
    one, two = (
        [task.score(lab.decide(task, number, arms, replicate), arms) for number in range(1500)]
        for replicate in (1, 2)
    )
    found = []
    for measure in task.measured():
        pairs = [
            (a[measure.name], b[measure.name])
            for a, b in zip(one, two, strict=True)
            if a[measure.name] is not None and b[measure.name] is not None
        ]
        values = np.array(pairs, dtype=float)
        if len(values) > 100 and values.std(axis=0).min() > 0.02 * abs(values.mean()):
            found.append(float(np.corrcoef(values.T)[0, 1]))
    assert found, "nothing varies"
    assert 0.25 <= float(np.median(found)) <= 0.9


def test_a_null_treatment_is_found_one_time_in_twenty(lab: Any) -> None:
    """Arms that nobody is told of: 3 to 7 % of the comparisons are significant at .05."""
    from scipy.stats import ttest_ind

    group, groups = 200, 25
    placebo = Condition(name="placebo", arms=("one", "other"))
    significant = []
    for name in TASKS:
        task = make_task(name)
        arms = _all_arms(task)[0]
        scores = [task.score(lab.decide(task, n, arms), arms) for n in range(group * groups)]
        survey = lab.survey_of(task)
        for g in range(groups):
            members = [f"person {n}" for n in range(g * group, (g + 1) * group)]
            dealt = allocate(_with(survey, placebo), members, g)["placebo"]
            first = np.array([dealt[member] == "one" for member in members])
            for measure in task.measured():
                mine = [s[measure.name] for s in scores[g * group : (g + 1) * group]]
                values = np.array([np.nan if v is None else v for v in mine])
                a, b = (values[side & ~np.isnan(values)] for side in (first, ~first))
                # Where next to nobody differs, no test has its nominal level.
                if min(len(a), len(b)) > 30 and min(np.unique(a).size, np.unique(b).size) > 1:
                    common = max(np.mean(values[~np.isnan(values)] == v) for v in np.unique(a))
                    if common < 0.95:
                        significant.append(ttest_ind(a, b, equal_var=False).pvalue < 0.05)
    assert len(significant) > 300
    assert 0.03 <= np.mean(significant) <= 0.07


def _with(survey: Any, condition: Condition) -> Any:
    import dataclasses

    return dataclasses.replace(survey, conditions=(condition, *survey.conditions))
