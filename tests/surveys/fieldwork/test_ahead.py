"""Pages given out ahead: what is shown never depends on it, and nothing is asked twice."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import Code
from understudy.data.errors import BudgetReachedError, RunError
from understudy.data.seeds import uniform
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.logic.expression import Expression
from understudy.surveys.question import Option, Shuffle
from understudy.surveys.questionnaire import (
    Block,
    Condition,
    Design,
    End,
    Group,
    Loop,
    Questionnaire,
    ScreenOut,
)
from understudy.surveys.questions import Multiple, Numeric, Single
from understudy.surveys.respondent import Interview, Page, Reply

YES_NO = (Option(code=1.0, label="yes"), Option(code=2.0, label="no"))


def ask(name: str, text: str = "", show_if: str = "") -> Single:
    return Single(
        name=name,
        text=text or f"{name}?",
        options=YES_NO,
        show_if=Expression(show_if) if show_if else None,
    )


def twisted() -> Questionnaire:
    """Conditions on blocks, groups, questions and ends, loops over answers, pipes, rules."""
    pets = Multiple(
        name="pets",
        text="Which?",
        options=tuple(Option(code=float(c), label=t) for c, t in enumerate("abc", 1)),
    )
    return Questionnaire(
        name="twisted",
        conditions=(Condition(name="tone", arms=("soft", "loud"), design=Design.WITHIN),),
        screen_out=(ScreenOut(Expression("out == 1 and late == 1")),),
        blocks=(
            Block(name="start", pages=((ask("a"), ask("b")), (pets,), (ask("c"),))),
            Block(name="loop", pages=((ask("like"),), (ask("why", "{loop.label} why?"),)),
                  loop=Loop(over="pets", order=Shuffle.RANDOM)),
            Group(
                name="branches",
                order=Shuffle.RANDOM,
                blocks=(
                    Block(name="left", pages=((ask("l1"), ask("l2", show_if="l1 == 1")),)),
                    Block(name="right", pages=((ask("r1"),),), show_if=Expression("a == 1")),
                ),
            ),
            Block(name="twice", pages=((ask("heard"),),), within="tone"),
            Block(name="rules", pages=((ask("out"),), (ask("free"),), (ask("late"),))),
            End(show_if=Expression("b == 1 and c == 1"), name="early"),
            Block(name="last", pages=((ask("piped", "You said {a}. Sure?"), ask("fin")),)),
        ),
    )  # fmt: skip


def answered(page: Page, person: str) -> dict[str, Code | None]:
    found: dict[str, Code | None] = {}
    for shown in page.questions:
        for variable in shown.variables:
            codes = variable.codes
            found[variable.name] = codes[int(uniform(5, person, variable.name) * len(codes))]
    return found


def seen(walk: Walk, person: str, most: int) -> tuple[list[Page], str | None]:
    """Walk to the end with up to `most` pages given out before any of them is answered."""
    answers: dict[str, Code | None] = {}
    pages: list[Page] = []
    while True:
        out: list[Page] = []
        names: set[str] = set()
        while len(out) < most and (page := walk.page_ahead(answers, names)) is not None:
            out.append(page)
            names.update(shown.name for shown in page.questions)
        if not out:
            return pages, walk.outcome
        pages += out
        for page in out:
            answers.update(answered(page, person))


@given(st.integers(0, 400), st.integers(2, 30))
def test_what_is_shown_does_not_depend_on_looking_ahead(number: int, most: int) -> None:
    survey = twisted()
    person = f"p{number}"
    arms = {name: dealt[person] for name, dealt in allocate(survey, [person], 1).items()}
    one, many = (
        seen(Walk(survey, person=person, arms=arms, seed=1), person, most) for most in (1, most)
    )
    assert one == many


def test_independent_pages_are_given_out_together_and_others_wait() -> None:
    survey = Questionnaire(
        name="q",
        blocks=(
            Block(
                name="b",
                pages=(
                    (ask("a"),),
                    (ask("b"),),
                    (ask("c", show_if="a == 1"),),
                    (Numeric(name="n", text="{c}?"),),
                ),
            ),
        ),
    )
    walk = Walk(survey, person="p", arms={}, seed=1)
    first = walk.page_ahead({}, set())
    second = walk.page_ahead({}, {"a"})
    assert first is not None
    assert second is not None
    assert [first.questions[0].name, second.questions[0].name] == ["a", "b"]
    assert walk.page_ahead({}, {"a", "b"}) is None
    assert walk.page_ahead({"b": 1.0}, {"a"}) is None
    assert walk.outcome is None
    third = walk.page_ahead({"a": 1.0, "b": 1.0}, set())
    assert third is not None
    assert third.questions[0].name == "c"


def far_sighted(scenario: ModuleType, ahead: int, *, limit: int | None = None) -> Any:
    class Sees(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        at_once = 4

        def __init__(self) -> None:
            super().__init__(paid=True, waits=True)
            self.ahead = ahead
            self.blocks: list[int] = []

        async def answer_ahead(
            self, pages: Sequence[Page], interview: Interview
        ) -> AsyncIterator[list[tuple[Page, Sequence[Reply]]]]:
            self.blocks.append(len(pages))
            # The last page first: order of arrival must not matter.
            for page in reversed(pages):
                if limit is not None and len(self.asked) >= limit:
                    raise BudgetReachedError("enough")
                yield [(page, await self.answer(page, interview))]

    return Sees()


@pytest.mark.parametrize("ahead", [1, 3, 50])
def test_answers_do_not_depend_on_looking_ahead(scenario: ModuleType, ahead: int) -> None:
    plain = administer(scenario.survey(), scenario.twins(12), scenario.Tracks(), seed=3)
    respondent = far_sighted(scenario, ahead)
    blocks = administer(scenario.survey(), scenario.twins(12), respondent, seed=3)
    assert blocks.complete
    assert scenario.export(plain).replace(plain.path.name, "") == scenario.export(blocks).replace(
        blocks.path.name, ""
    )
    if ahead > 1:
        assert max(respondent.blocks) > 1


def test_a_run_stopped_within_blocks_is_finished_without_asking_twice(
    scenario: ModuleType, tmp_path: Path
) -> None:
    whole = administer(scenario.survey(), scenario.twins(12), scenario.Tracks(), seed=3)
    path = tmp_path / "run.ledger"
    asked: list[tuple[str, int, int]] = []
    for limit in itertools.count(7, 0):
        respondent = far_sighted(scenario, 4, limit=limit)
        try:
            run = administer(
                scenario.survey(),
                scenario.twins(12),
                respondent,
                ledger=path,
                seed=3,
                workers=3,
            )
        except BudgetReachedError:
            asked += respondent.asked
            continue
        asked += respondent.asked
        break
    assert len(asked) == len(set(asked))
    assert scenario.export(run).replace(path.name, "") == scenario.export(whole).replace(
        whole.path.name, ""
    )


def test_a_page_left_unanswered_is_said(scenario: ModuleType) -> None:
    class Forgets(scenario.Tracks):  # type: ignore[name-defined,misc]  # a module loaded by path
        ahead = 5
        at_once = 1

        async def answer_ahead(
            self, pages: Sequence[Page], interview: Interview
        ) -> AsyncIterator[list[tuple[Page, Sequence[Reply]]]]:
            yield [(pages[0], await self.answer(pages[0], interview))]

    with pytest.raises(RunError, match="was left without an answer"):
        administer(scenario.survey(), scenario.twins(2), Forgets(), seed=3)
