"""The harness of the task library.

`test_every_task.py` runs it over every registered task, so that a task's own test is a scripted
player and the score it gets:

    def test_a_selfish_player(play):
        assert play("dictator", give=0) == {"share": 0.0}

`play` gives the task to a script by walking its questionnaire: what is asked must be in the script
and legal, and what is in the script must be asked.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from understudy.data.codebook import Code
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.question import Shown
from understudy.surveys.questionnaire import Questionnaire
from understudy.surveys.respondents.cognition.draws import Draws
from understudy.surveys.respondents.cognition.parameters import Parameters
from understudy.surveys.respondents.cognition.population import draw_person
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.task import Scores, Task

FloatArray = npt.NDArray[np.float64]
PEOPLE = 5000
SEED = 20

Answer = Callable[[Shown], Mapping[str, Code]]


@dataclass(frozen=True)
class Population:
    """Parametric people who were given a task.

    Attributes:
        scores: Measure → score of each person, NaN where there is none.
        arms: Local condition → arm of each person.
    """

    scores: Mapping[str, FloatArray]
    arms: Mapping[str, Sequence[str]]


def survey_of(task: Task) -> Questionnaire:
    return Questionnaire(name=task.name, blocks=(task.block(),))


def walk_through(
    task: Task, answer: Answer, arms: Mapping[str, str] | None = None, person: str = "p"
) -> dict[str, Code | None]:
    """Give a task to somebody page by page; returns the answers under local names."""
    survey = survey_of(task)
    dealt = {name: by[person] for name, by in allocate(survey, [person], SEED).items()}
    dealt.update({f"{task.prefix}_{name}": arm for name, arm in (arms or {}).items()})
    walk = Walk(survey, person=person, arms=dealt, seed=SEED)
    answers: dict[str, Code | None] = {}
    while (page := walk.next_page(answers)) is not None:
        for shown in page.questions:
            if shown.variables:
                given = answer(shown)
                problem = shown.problem(given)
                assert problem is None, f"{shown.name}: {problem}"
                answers.update(given)
    return {task.local(name): value for name, value in answers.items()}


@pytest.fixture
def play() -> Callable[..., Scores]:
    """Give a task to a script: `play(NAME or task, arms={…}, VARIABLE=answer, …)` → scores."""

    def playing(task: str | Task, arms: Mapping[str, str] | None = None, **script: Code) -> Scores:
        made = make_task(task) if isinstance(task, str) else task

        def answer(shown: Shown) -> dict[str, Code]:
            own = {v.name: made.local(v.name) for v in shown.variables}
            unsaid = [name for name in own.values() if name not in script]
            assert not unsaid, f"the script does not answer {unsaid}"
            return {name: _stored(script[local]) for name, local in own.items()}

        answers = walk_through(made, answer, arms)
        unasked = sorted(script.keys() - answers.keys())
        assert not unasked, f"the task does not ask {unasked}"
        return made.score(answers, dict(arms or {}))

    return playing


def _stored(value: Code) -> Code:
    return value if isinstance(value, str) else float(value)


def random_answer(shown: Shown, chance: random.Random) -> dict[str, Code]:
    """Some legal answer to a question of any type that ships."""
    question: Any = shown.question
    names = [variable.name for variable in shown.variables]
    codes = [option.code for option in shown.options if option.reason is None]
    match question.kind:
        case "slider":
            steps = round((question.maximum - question.minimum) / question.step)
            return {names[0]: question.minimum + chance.randint(0, steps) * question.step}
        case "numeric":
            low = question.minimum if question.minimum is not None else -1000.0
            high = question.maximum if question.maximum is not None else 1000.0
            value = chance.choice([low, high, chance.uniform(low, high)])
            return {names[0]: float(min(max(round(value), low), high))}
        case "multiple":
            least = max(question.least, int(question.required))
            chosen = chance.sample(names, chance.randint(least, len(names)))
            return {name: float(name in chosen) for name in names}
        case "ranking":
            ranks = chance.sample(range(1, len(names) + 1), len(names))
            return dict(zip(names, map(float, ranks), strict=True))
        case "constant_sum":
            cuts = sorted(chance.randint(0, int(question.total)) for _ in names[1:])
            edges = [0, *cuts, int(question.total)]
            parts = [float(b - a) for a, b in itertools.pairwise(edges)]
            return dict(zip(names, parts, strict=True))
        case "text":
            return dict.fromkeys(names, "some words")
    return {name: chance.choice(codes) for name in names}


@lru_cache(maxsize=1)
def people() -> tuple[Parameters, ...]:
    """5,000 people; the same for every task."""
    return tuple(draw_person(SEED, f"person {number}") for number in range(PEOPLE))


def decide(task: Task, number: int, arms: Mapping[str, str], replicate: int = 1) -> dict[str, Code]:
    """What one of `people` decides."""
    draws = Draws.of(SEED, f"person {number}", task.prefix, replicate)
    return {k: _stored(v) for k, v in task.decide(people()[number], draws, arms).items()}


@lru_cache(maxsize=4)
def population(task: Task) -> Population:
    """Give a task to 5,000 people, dealt evenly over its arms."""
    names = [f"person {number}" for number in range(PEOPLE)]
    dealt = allocate(survey_of(task), names, SEED)
    arms = {task.local(c): [by[name] for name in names] for c, by in dealt.items()}
    scores: dict[str, list[float]] = {measure.name: [] for measure in task.measured()}
    for number in range(PEOPLE):
        mine = {condition: given[number] for condition, given in arms.items()}
        found = task.score(decide(task, number, mine), mine)
        for name, values in scores.items():
            value = found[name]
            values.append(np.nan if value is None else float(value))
    return Population({name: np.array(values) for name, values in scores.items()}, arms)


@dataclass(frozen=True)
class Harness:
    """What a task's own test may need beside `play`."""

    population: Callable[[Task], Population] = population
    decide: Callable[..., dict[str, Code]] = decide
    people: Callable[[], tuple[Parameters, ...]] = people
    survey_of: Callable[[Task], Questionnaire] = survey_of
    walk_through: Callable[..., dict[str, Code | None]] = walk_through
    random_answer: Callable[[Shown, random.Random], dict[str, Code]] = random_answer


@pytest.fixture(scope="session")
def lab() -> Harness:
    """The harness: populations of parametric people, random answers, walks."""
    return Harness()
