"""What these tests ask of whom."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.panel import Panel
from understudy.surveys.question import Option, Question, Shown
from understudy.surveys.questionnaire import Block, Questionnaire
from understudy.surveys.respondent import Interview, Page, Reply
from understudy.surveys.respondents.statistical import StatisticalRespondent
from understudy.twins.twin import Twins

FIVE = tuple((float(k), f"step {k}") for k in range(1, 6))


def options(steps: int = 5) -> tuple[Option, ...]:
    return tuple(Option(code=float(k), label=f"step {k}") for k in range(1, steps + 1))


def make_panel(people: int = 300, seed: int = 7, items: int = 8, prefix: str = "p") -> Panel:
    """Items of one factor on five steps, a nominal region, an amount with focal points, weights."""
    draw = np.random.default_rng(seed)
    factor = draw.standard_normal(people)
    columns: dict[str, npt.NDArray[Any]] = {}
    variables = []
    for k in range(items):
        latent = 0.8 * factor + 0.6 * draw.standard_normal(people)
        columns[f"q{k}"] = np.clip(np.rint(3 + 1.1 * latent), 1, 5)
        variables.append(
            Variable(
                name=f"q{k}",
                question=f"Unlike anything else, {'abcdefghij'[k] * 7} ?",
                level=Level.ORDINAL,
                labels=FIVE,
                missing=(MissingCode(-8.0, Reason.DONT_KNOW, "don't know"),),
            )
        )
    region = 1.0 + (factor + draw.standard_normal(people) > 0.5) + (draw.random(people) < 0.3)
    columns["region"] = region
    regions = ((1.0, "North"), (2.0, "South"), (3.0, "West"))
    variables.append(Variable(name="region", level=Level.NOMINAL, labels=regions))
    amount = np.clip(np.rint(10 * (5 + 2 * factor + draw.standard_normal(people))), 0, 100)
    columns["amount"] = np.where(draw.random(people) < 0.2, 50.0, amount)
    variables.append(Variable(name="amount", level=Level.INTERVAL, range=(0.0, 100.0)))
    columns["weight"] = draw.uniform(0.5, 2.0, people)
    variables.append(Variable(name="weight", level=Level.INTERVAL, role=Role.WEIGHT))
    frame = pd.DataFrame(columns)
    frame.index = pd.Index([f"{prefix}{i}" for i in range(people)], name="person")
    return Panel(frame, Codebook(tuple(variables)), source="made.csv")


def with_values(panel: Panel, name: str, rows: Any, values: Any) -> Panel:
    frame = panel.frame.copy()
    column = frame[name].to_numpy(copy=True)
    column[rows] = values
    frame[name] = column
    return Panel(frame, panel.codebook, source=panel.source)


def survey(*questions: Question, **rest: Any) -> Questionnaire:
    return Questionnaire(name="test", blocks=(Block(name="all", pages=(questions,)),), **rest)


def page_of(questions: Sequence[Question]) -> Page:
    shown = tuple(Shown(q, q.name, q.text, q.options, q.items, q.variables()) for q in questions)
    return Page(1, shown)


Replies = list[dict[str, Reply]]


def ask(
    respondent: StatisticalRespondent,
    questionnaire: Questionnaire,
    twins: Twins,
    *,
    seed: int = 1,
    replicate: int = 1,
    arms: Mapping[str, str] | None = None,
) -> Replies:
    """Prepare, and interview every twin on one page; replies by variable."""
    respondent.prepare(questionnaire, twins, seed)
    page = page_of(questionnaire.questions())

    async def go() -> Replies:
        found = []
        for twin in twins:
            interview = Interview(twin, replicate, seed, arms or {}, [], None)  # type: ignore[arg-type]  # it costs nothing and logs nothing
            replies = await respondent.answer(page, interview)
            found.append({reply.variable: reply for reply in replies})
        return found

    return asyncio.run(go())
