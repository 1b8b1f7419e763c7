"""The synthetic people and their answers, as panels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codebook import Codebook, Level, Reason, Role, Variable
from ..panel import Panel
from .attitudes import ATTENTION, ATTITUDES, MEDIA, PROBLEM
from .demographics import AGE, DEMOGRAPHICS, EDUCATION_SHARES, features
from .design import (
    CORRELATIONS,
    LATENTS,
    NOTES,
    PANEL_SIZE,
    PILOT_SIZE,
    RETEST_SIZE,
    SEED,
    scale,
)
from .games import GAMES
from .model import (
    Choice,
    FloatArray,
    Item,
    People,
    StatusArray,
    Text,
    absence,
    normals,
    uniforms,
)
from .newitems import NEW_ITEMS
from .open_questions import TEXTS
from .traits import TRAITS

__all__ = ["RECORD", "draw_people", "panels"]

Declared = Item | Choice | Text

RECORD: tuple[Declared, ...] = (
    *DEMOGRAPHICS,
    *TRAITS,
    *ATTITUDES,
    PROBLEM,
    *MEDIA,
    *GAMES,
    *TEXTS,
    ATTENTION,
)
"""Questions of both waves, in the order of the files."""

_ID = Variable(
    name="respondent_id",
    label="Respondent",
    question="Number of the respondent; S for the panel, P for the pilot",
    level=Level.TEXT,
    kind="text",
    role=Role.ID,
)
_BALLOT = Variable(
    name="ballot",
    label="Half of the split ballot",
    question="Which of two wordings about spending was asked",
    labels=scale("People in need", "Benefits"),
    role=Role.PARADATA,
    block="paradata",
)
_MINUTES = Variable(
    name="minutes",
    label="Length of interview in minutes",
    question="Minutes from the first to the last page",
    level=Level.INTERVAL,
    range=(0.0, 240.0),
    role=Role.PARADATA,
    block="paradata",
)
_WEIGHT = Variable(
    name="weight",
    label="Survey weight",
    question="Design weight (adults in household) post-stratified by education, mean 1",
    level=Level.INTERVAL,
    range=(0.0, 20.0),
    role=Role.WEIGHT,
    block="paradata",
)


def draw_people(count: int, seed: int) -> People:
    """Draw latent scores of `count` people.

    The scores have the declared correlations in the population, not exactly in the sample.
    """
    matrix = np.eye(len(LATENTS))
    for pair, value in CORRELATIONS.items():
        first, second = (LATENTS.index(name) for name in pair)
        matrix[first, second] = matrix[second, first] = value
    independent = np.column_stack([normals(count, seed, "latent", name) for name in LATENTS])
    drawn = independent @ np.linalg.cholesky(matrix).T
    scores = {name: drawn[:, k] for k, name in enumerate(LATENTS)}
    scores.update(features(AGE.cut(scores["age"])))
    return People(scores, CORRELATIONS)


class _Sheet:
    """Answers under way: values and statuses by variable, before they become panels."""

    def __init__(self, people: People, wave: int, seed: int) -> None:
        self.people, self.wave, self.seed = people, wave, seed
        self.variables: dict[str, Variable] = {}
        self.values: dict[str, Any] = {}
        self.status: dict[str, StatusArray] = {}

    def ask(self, declared: Declared) -> None:
        """Draw answers and absences of one question."""
        variable = declared.variable
        # Options of a multiple-response set are passed over together.
        shared = variable.group if variable.level is Level.MULTIPLE else variable.name
        self.add(variable, declared.draw(self.people, self.wave, self.seed))
        self.status[variable.name] = absence(
            variable,
            declared.absent,
            self.people.scores["evasive"],
            self.seed,
            shared,
            "absent",
            self.wave,
        )

    def add(self, variable: Variable, values: Any) -> None:
        """Add a column that everybody has."""
        self.variables[variable.name] = variable
        self.values[variable.name] = values

    def skip(self, name: str, skipped: npt.NDArray[np.bool_]) -> None:
        """Mark `name` as not asked of some people."""
        reasons = [code.reason for code in self.variables[name].missing]
        self.status[name][skipped] = reasons.index(Reason.NOT_ASKED) + 1

    def joined(self, other: _Sheet) -> _Sheet:
        """Return a sheet with the columns of both; those of `self` win."""
        both = _Sheet(self.people, self.wave, self.seed)
        both.variables = {**self.variables, **other.variables}
        both.values = {**other.values, **self.values}
        both.status = {**other.status, **self.status}
        return both

    def panel(self, rows: npt.NDArray[np.intp], title: str) -> Panel:
        """Make a panel of the people in `rows`."""
        import pandas as pd

        index = pd.Index(self.values[_ID.name][rows], dtype=object, name="person")
        columns = {}
        status = {}
        for name, variable in self.variables.items():
            kept = np.array(self.values[name][rows])
            if name in self.status:
                absent = self.status[name][rows]
                kept[absent > 0] = None if variable.kind == "text" else np.nan
                if absent.any():
                    status[name] = absent
            if variable.role is Role.WEIGHT:
                kept = np.round(kept / kept.mean(), 4)
            columns[name] = pd.Series(kept, index=index, dtype=kept.dtype)
        return Panel(
            frame=pd.DataFrame(columns),
            codebook=Codebook(tuple(self.variables.values()), title=title, notes=NOTES),
            status=status,
            source=title,
        )


def _record(people: People, wave: int, seed: int) -> _Sheet:
    """Everything asked in one wave, of all `people`."""
    count = len(people)
    sheet = _Sheet(people, wave, seed)
    pilot = [f"P{k:03d}" for k in range(1, PILOT_SIZE + 1)]
    panel = [f"S{k:04d}" for k in range(1, PANEL_SIZE + 1)]
    sheet.add(_ID, np.array([*panel, *pilot], dtype=object))
    for declared in RECORD:
        sheet.ask(declared)
    ballot = np.where(uniforms(count, seed, "ballot") < 0.5, 1.0, 2.0)
    sheet.add(_BALLOT, ballot)
    sheet.skip("spend_poor", ballot == 2)
    sheet.skip("spend_benefits", ballot == 1)
    sheet.skip("vote_choice", (sheet.values["voted"] != 1) | (sheet.status["voted"] > 0))
    pace = people.sum({"age": 0.10, "conscientiousness": 0.05, "education": -0.06})
    pace += 0.25 * normals(count, seed, "pace") + 0.15 * normals(count, seed, "pace", wave)
    sheet.add(_MINUTES, np.round(19.0 * np.exp(pace), 1))
    sheet.add(_WEIGHT, _weights(sheet.values["adults"], sheet.values["education"]))
    return sheet


def _weights(adults: FloatArray, education: FloatArray) -> FloatArray:
    """Adults in household, post-stratified by education; shape (people,), mean 1.

    One adult is drawn per household, so people of large households are under-represented.
    """
    weights = adults.copy()
    total = weights.sum()
    for code, share in EDUCATION_SHARES.items():
        group = education == code
        weights[group] *= share * total / weights[group].sum()
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def _returning(people: People, seed: int) -> npt.NDArray[np.intp]:
    """Rows of the panel members who answered again: somewhat older and more conscientious."""
    inclination = people.sum({"age": 0.20, "conscientiousness": 0.15})[:PANEL_SIZE]
    inclination -= np.log(-np.log(uniforms(PANEL_SIZE, seed, "return")))
    return np.sort(np.argsort(-inclination)[:RETEST_SIZE])


@cache
def panels(seed: int = SEED) -> Mapping[str, Panel]:
    """Draw the four synthetic panels, by name.

    Returns:
        `synthetic_panel_wave1`, 600 people; `synthetic_panel_wave2`, 200 of them again;
        `synthetic_newitems`, the answers of the 600 to questions they were never asked in wave 1;
        `synthetic_pilot`, record and new answers of 100 other people.
    """
    people = draw_people(PANEL_SIZE + PILOT_SIZE, seed)
    first, second = _record(people, 1, seed), _record(people, 2, seed)
    new = _Sheet(people, 1, seed)
    for name in (_ID.name, _WEIGHT.name):
        new.add(first.variables[name], first.values[name])
    for declared in NEW_ITEMS:
        new.ask(declared)
    everyone = np.arange(len(people))
    panel, pilot = everyone[:PANEL_SIZE], everyone[PANEL_SIZE:]
    return {
        "synthetic_panel_wave1": first.panel(panel, "Synthetic panel, wave 1"),
        "synthetic_panel_wave2": second.panel(
            _returning(people, seed), "Synthetic panel, wave 2 (retest)"
        ),
        "synthetic_newitems": new.panel(panel, "Synthetic panel, new items"),
        "synthetic_pilot": first.joined(new).panel(
            pilot, "Synthetic panel, pilot of the new items with other people"
        ),
    }
