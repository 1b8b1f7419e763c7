"""Real people walked through a questionnaire's logic with their own answers and arms.

What the logic of a questionnaire does is proved by data that the original collected: a cell that
holds an answer although the logic here says that nobody asked it, or a required question that was
asked and has none, is a fault of the import, of the data, or of the survey itself. Each such cell
is put into a category that says where to look.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.codebook import Code, Reason, code_text
from .allocation import ORDER_MARK
from .flow import Walk
from .importers.responses import Export
from .ledger.run_panel import GAP_NUMBERS
from .logic import syntax as g
from .plan import member_names
from .question import Question
from .questionnaire import Again, Block, Group, Outcome, Questionnaire, SetFields
from .respondent import Page

__all__ = ["Cell", "Misfit", "Replay", "replay"]


class Misfit(StrEnum):
    """Why a cell does not fit the logic."""

    AFTER_END = "answered after the interview had ended here"
    NOT_PICKED = "answered in a part that was not dealt to the person"
    CONDITION = "answered although its condition does not hold"
    BRANCH = "answered although the branch it stands in is not taken"
    TURN = "answered in a turn of a loop that is not taken"
    OTHERWISE = "answered although it was not come to"
    UNANSWERED = "required and asked, yet unanswered"
    NOBODY = "required and asked, yet unanswered by everybody: its column is empty"
    ADDED = "required and asked, yet unanswered: nobody had answered it before then"
    CLEARED = "required and asked, yet this part of the interview has no answers at all"


FEWEST_BEFORE = 5
"""People in front of the first answer to a question from which on it is taken to have been added
to the survey while it was in the field."""
ANSWERED = (
    Misfit.AFTER_END,
    Misfit.NOT_PICKED,
    Misfit.CONDITION,
    Misfit.BRANCH,
    Misfit.TURN,
    Misfit.OTHERWISE,
)
"""Kinds of cells that are answered and were not asked."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that does not fit.

    Attributes:
        row: Row of the person in the export, from 0.
        variable: Its variable.
        misfit: Why it does not fit.
    """

    row: int
    variable: str
    misfit: Misfit


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What replaying found.

    Attributes:
        people: How many were walked.
        broke_off: How many of them broke off.
        screened: How many were screened out here.
        asked: Cells that the logic asked.
        answered: Cells that hold an answer.
        misfits: Cells that do not fit, by person.
        unfit: Shown questions whose answers break their own rules, by what is wrong.
        undecoded: Cells that no code fits.
        fields: Cells of fields that were compared, and how many of them differ from the export.
        arms: For each person, condition → arm and group → members, as they were dealt.
        gaps: Shape (people, variables of the questionnaire): why there is no answer, as numbers of
            `ledger.run_panel.GAP_NUMBERS`; 0 where there is one.
    """

    people: int
    broke_off: int
    screened: int
    asked: int
    answered: int
    misfits: tuple[Cell, ...]
    unfit: Mapping[str, int]
    undecoded: int
    fields: tuple[int, int]
    arms: tuple[Mapping[str, str], ...]
    gaps: npt.NDArray[np.int8]

    @property
    def cells(self) -> int:
        """Cells that were asked or answered: what shares are taken of."""
        return self.asked + self.not_asked

    @property
    def not_asked(self) -> int:
        """Cells answered that the logic says were not asked."""
        return sum(cell.misfit in ANSWERED for cell in self.misfits)

    @property
    def unanswered(self) -> int:
        """Cells required and asked that are unanswered, without breaking off."""
        return len(self.misfits) - self.not_asked

    def share(self, count: int) -> float:
        """A count as a share of all cells, from 0 to 1; 0 where there are none."""
        return count / self.cells if self.cells else 0.0

    def by_misfit(self) -> dict[Misfit, dict[str, int]]:
        """Numbers of cells by kind and variable, most first."""
        found: dict[Misfit, Counter[str]] = {}
        for cell in self.misfits:
            found.setdefault(cell.misfit, Counter())[cell.variable] += 1
        return {misfit: dict(counts.most_common()) for misfit, counts in found.items()}

    def to_json(self) -> dict[str, Any]:
        """Plain data, for `--json`."""
        return {
            "people": self.people,
            "broke_off": self.broke_off,
            "screened_out": self.screened,
            "cells": self.cells,
            "asked": self.asked,
            "answered": self.answered,
            "answered_not_asked": self.not_asked,
            "answered_not_asked_share": self.share(self.not_asked),
            "required_unanswered": self.unanswered,
            "required_unanswered_share": self.share(self.unanswered),
            "misfits": {str(misfit): counts for misfit, counts in self.by_misfit().items()},
            "unfit_answers": dict(self.unfit),
            "undecoded_cells": self.undecoded,
            "fields_compared": self.fields[0],
            "fields_different": self.fields[1],
        }


def replay(questionnaire: Questionnaire, export: Export) -> Replay:
    """Walk everybody of an export through a questionnaire with their own answers and arms.

    Where the export says who was dealt which part (its order columns, or fields that a part
    sets), that is used; else it is told from which parts hold answers.

    Args:
        questionnaire: What was asked.
        export: The answers, as `read_export` gives them for it.
    """
    return _Replaying(questionnaire, export).result()


class _Replaying:
    """Replays one export."""

    def __init__(self, questionnaire: Questionnaire, export: Export) -> None:
        self.questionnaire = questionnaire
        self.export = export
        self.homes = _Homes(questionnaire)
        self.misfits: list[Cell] = []
        self.arms: list[Mapping[str, str]] = []
        self.unfit: Counter[str] = Counter()
        self.compared = self.different = 0
        self.asked = self.broke_off = self.screened = 0
        self.mapped = {name for m in export.columns for name in m.column.variables}
        self.places = {v.name: at for at, v in enumerate(questionnaire.plan.variables)}
        self.undecoded: dict[int, set[str]] = {}
        for cell in export.undecoded:
            self.undecoded.setdefault(cell.row, set()).add(cell.variable)
        shape = (export.people, len(self.places))
        self.gaps = np.full(shape, GAP_NUMBERS[Reason.NOT_ASKED], dtype=np.int8)

    def result(self) -> Replay:
        for row in range(self.export.people):
            self.person(row)
        return Replay(
            people=self.export.people,
            broke_off=self.broke_off,
            screened=self.screened,
            asked=self.asked,
            answered=sum(len(row) for row in self.export.answers),
            misfits=tuple(self.explained(cell) for cell in self.misfits),
            unfit=dict(self.unfit.most_common()),
            undecoded=len(self.export.undecoded),
            fields=(self.compared, self.different),
            arms=tuple(self.arms),
            gaps=self.gaps,
        )

    def person(self, row: int) -> None:
        given = self.export.answers[row]
        fields = self.export.fields[row]
        arms = _dealt(self.questionnaire, self.export, row, self.homes)
        self.arms.append(arms)
        walk = Walk(self.questionnaire, person=str(row), arms=arms, seed=0, facts=fields)
        answers: dict[str, Code | None] = {}
        pages: list[Page] = []
        while (page := walk.next_page(answers)) is not None:
            pages.append(page)
            for shown in page.questions:
                for variable in shown.variables:
                    answers[variable.name] = given.get(variable.name)
        self.screened += walk.outcome is Outcome.SCREENED_OUT
        self.compare(walk.fields, fields)
        self.cells_of(row, pages, walk, arms, answers)

    def compare(self, here: Mapping[str, Code], there: Mapping[str, str]) -> None:
        """Compare the fields that were set with those of the export."""
        for name, value in here.items():
            if name in there:
                self.compared += 1
                self.different += code_text(value) != there[name]

    def cells_of(
        self,
        row: int,
        pages: Sequence[Page],
        walk: Walk,
        arms: Mapping[str, str],
        answers: Mapping[str, Code | None],
    ) -> None:
        given = self.export.answers[row]
        undecoded = self.undecoded.get(row, set())
        places, gaps = self.places, self.gaps[row]
        for name in given:
            gaps[places[name]] = 0
            if name not in answers:
                self.misfits.append(Cell(row, name, self.why(name, walk, arms)))
        stopped = self.stopped(row, pages)
        self.broke_off += stopped < len(pages)
        for number, page in enumerate(pages):
            for shown in page.questions:
                names = [v.name for v in shown.variables if v.name in self.mapped]
                if number < stopped:
                    self.asked += len(names)
                blank = [name for name in names if name not in given and name not in undecoded]
                passed = Reason.NO_ANSWER if number < stopped else Reason.BROKE_OFF
                for name in names:
                    if name not in given:
                        why = Reason.UNPARSED if name in undecoded else passed
                        gaps[places[name]] = GAP_NUMBERS[why]
                if not blank and names:
                    problem = shown.problem({v.name: given.get(v.name) for v in shown.variables})
                    if problem is not None:
                        self.unfit[f"{shown.name}: {problem}"] += 1
                if shown.question.required and number < stopped:
                    self.misfits += [
                        Cell(row, name, Misfit.UNANSWERED)
                        for name in blank
                        if not name.endswith("_text")
                    ]

    def stopped(self, row: int, pages: Sequence[Page]) -> int:
        """How many pages the person came through: all, unless the interview was broken off."""
        given = self.export.answers[row]
        last = 0
        for number, page in enumerate(pages, 1):
            if any(v.name in given for shown in page.questions for v in shown.variables):
                last = number
        if self.export.finished[row]:
            return len(pages)
        # Nothing says that it was finished: the pages after the last answer were not come to,
        # unless they ask nothing that must be answered.
        rest = pages[last:]
        due = any(
            shown.question.required and v.name in self.mapped
            for page in rest
            for shown in page.questions
            for v in shown.variables
        )
        return last if due or self.export.finished[row] is False else len(pages)

    # --- categories ---------------------------------------------------------------------------

    def why(self, name: str, walk: Walk, arms: Mapping[str, str]) -> Misfit:
        """Where to look for the reason why an answered cell was not asked."""
        home = self.homes.of.get(name)
        if home is None:
            return Misfit.OTHERWISE
        if walk.outcome is Outcome.SCREENED_OUT:
            return Misfit.AFTER_END
        for path in home.paths:
            if all(
                member in arms.get(group.name, "").split(ORDER_MARK)
                for group, member in path
                if group.pick is not None
            ):
                break
        else:
            return Misfit.NOT_PICKED
        if home.question.show_if is not None:
            return Misfit.CONDITION
        if any(group.show_if is not None for path in home.paths for group, _ in path):
            return Misfit.BRANCH
        if home.block.loop is not None:
            return Misfit.TURN
        return Misfit.BRANCH if home.block.show_if is not None else Misfit.OTHERWISE

    def explained(self, cell: Cell) -> Cell:
        """A cell that is required and unanswered, with what the rest of its column says."""
        if cell.misfit is not Misfit.UNANSWERED:
            return cell
        first = self.homes.first_answer(cell.variable, self.export)
        if first is None:
            return Cell(cell.row, cell.variable, Misfit.NOBODY)
        if cell.row < first and first >= FEWEST_BEFORE:
            return Cell(cell.row, cell.variable, Misfit.ADDED)
        block = self.homes.of[cell.variable].block
        names = self.homes.variables[block.name]
        given = self.export.answers[cell.row]
        if len(names) > 1 and not any(name in given for name in names):
            return Cell(cell.row, cell.variable, Misfit.CLEARED)
        return cell


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a variable stands: its question, its block, and the groups on every way to it."""

    question: Question
    block: Block
    paths: tuple[tuple[tuple[Group, str], ...], ...]


class _Homes:
    """Where every variable stands."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        paths: dict[str, list[tuple[tuple[Group, str], ...]]] = {}

        def walk(nodes: Iterable[Any], above: tuple[tuple[Group, str], ...]) -> None:
            for node in nodes:
                if isinstance(node, Group):
                    for member, name in zip(node.blocks, member_names(node), strict=True):
                        walk([member], (*above, (node, name)))
                elif isinstance(node, (Block, Again)):
                    paths.setdefault(node.name, []).append(above)

        walk(questionnaire.blocks, ())
        self.of: dict[str, _Home] = {}
        self.variables: dict[str, list[str]] = {}
        from .expansion import turns_of

        written = {question.name: question for question in questionnaire.written()}
        for block in questionnaire.leaves():
            for _, _, renamed in turns_of(block, questionnaire, written):
                for question in renamed:
                    for variable in question.variables():
                        home = _Home(question, block, tuple(paths.get(block.name, ())))
                        self.of[variable.name] = home
                        self.variables.setdefault(block.name, []).append(variable.name)
        self._first: dict[str, int | None] = {}
        self.told_by: dict[tuple[str, str], list[SetFields]] = {}
        for node in questionnaire.nodes():
            if isinstance(node, SetFields) and node.show_if is not None:
                match node.show_if.node:
                    case g.Compare("=", g.ArmOf(condition), g.Literal(str(arm))):
                        self.told_by.setdefault((condition, arm), []).append(node)

    def first_answer(self, name: str, export: Export) -> int | None:
        """Row of the first person who has an answer, or None."""
        if name not in self._first:
            self._first[name] = next(
                (row for row, answers in enumerate(export.answers) if name in answers), None
            )
        return self._first[name]


# --- who was dealt what -----------------------------------------------------------------------


def _dealt(questionnaire: Questionnaire, export: Export, row: int, homes: _Homes) -> dict[str, str]:
    """What one person was dealt: arms of conditions, and members of groups in order."""
    fields = export.fields[row]
    found: dict[str, str] = {}
    for condition in questionnaire.conditions:
        given = fields.get(condition.name) or fields.get(f"arm_{condition.name}")
        if given in condition.arms:
            found[condition.name] = given
            continue
        scores = {
            arm: sum(
                _evidence(node, export.answers[row], fields, homes)
                for node in homes.told_by.get((condition.name, arm), ())
            )
            for arm in condition.arms
        }
        best = max(scores, key=lambda arm: scores[arm])
        if scores[best] > 0:
            found[condition.name] = best
    for node in questionnaire.nodes():
        if not isinstance(node, Group) or node.order == "fixed":
            continue
        names = member_names(node)
        plain = {re.sub(r"\s+", "", name): name for name in names}
        listed = export.orders[row].get(node.name, ())
        order = [plain[key] for m in listed if (key := re.sub(r"\s+", "", m)) in plain]
        if not order:
            order = _guessed(node, names, export, row, homes)
        if order:
            found[node.name] = ORDER_MARK.join(order)
    return found


def _guessed(
    group: Group, names: Sequence[str], export: Export, row: int, homes: _Homes
) -> list[str]:
    """Members of a group that a person was dealt, told from fields and answers."""
    scores = [
        (_evidence(member, export.answers[row], export.fields[row], homes), -place)
        for place, member in enumerate(group.blocks)
    ]
    if group.pick is None:
        return []
    best = sorted(range(len(names)), key=lambda i: scores[i], reverse=True)[: group.pick]
    return [names[i] for i in sorted(best)]


def _evidence(
    node: Any, answers: Mapping[str, Code], fields: Mapping[str, str], homes: _Homes
) -> int:
    """How much speaks for a part having been come to: fields as it sets them, answers to it."""
    if isinstance(node, Group):
        return sum(_evidence(member, answers, fields, homes) for member in node.blocks)
    if isinstance(node, SetFields):
        score = 0
        for field in node.fields:
            if field.formula is None and "{" not in field.text and field.name in fields:
                score += 10 if fields[field.name] == field.text else -10
        return score
    if isinstance(node, (Block, Again)):
        return sum(name in answers for name in homes.variables.get(node.name, ()))
    return 0
