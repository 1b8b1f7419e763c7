"""The answers of a run as features: what another respondent said that people would say."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...data.codebook import Level, Variable
from ...data.panel import Panel
from ..ledger.file import connect, reporting
from ..ledger.recording import unpack
from ..ledger.run import Run
from ..respondent import Basis
from .features import position_of, positions
from .stacking import Extra

if TYPE_CHECKING:
    from ...data.codebook import Code

__all__ = ["Simulated", "simulated"]

FloatArray = npt.NDArray[np.float64]

CHUNK = 100_000
_MOST_LEVELS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """Simulated answers as numbers.

    Attributes:
        rows: Row of each person.
        table: Answers, averaged over replicates; NaN where there is none. (people, columns).
        own: By item, its columns: one for an ordered item, one per code for a nominal one.
    """

    rows: Mapping[str, int]
    table: FloatArray
    own: Mapping[str, tuple[int, ...]]

    def without(self, names: Collection[str]) -> Simulated:
        """Return the answers to all items but `names`."""
        kept = [name for name in self.own if name not in names]
        columns = [column for name in kept for column in self.own[name]]
        place = {column: k for k, column in enumerate(columns)}
        own = {name: tuple(place[c] for c in self.own[name]) for name in kept}
        return Simulated(self.rows, self.table[:, columns], own)

    def of(self, panel: Panel) -> FloatArray:
        """The answers of the people of `panel`, in its order. Shape (people, columns)."""
        found = np.full((len(panel), self.table.shape[1]), np.nan)
        persons = panel.persons
        there = [k for k, person in enumerate(persons) if person in self.rows]
        found[there] = self.table[[self.rows[persons[k]] for k in there]]
        return found

    def evidence(self, learn: Panel, people: Panel) -> Extra:
        """The answers as more features of two panels."""
        return Extra(self.of(learn), self.of(people), self.own)


def simulated(run: Run | Panel) -> Simulated:
    """Turn a run's answers into features.

    An ordered answer is a number, a nominal one an indicator per code. Where the run keeps the
    probabilities that an answer was drawn from, their expected values stand in for it: the draw
    itself adds nothing but noise. Replicates are averaged. Open text and dates are left out, and
    so is what a twin only repeated from its own record.

    Args:
        run: A finished or partial run, or a panel of simulated answers; several rows of one
            person are replicates.
    """
    panel = run if isinstance(run, Panel) else run.panel
    asked = {v.name for v in (panel if isinstance(run, Panel) else run).codebook} & set(panel.names)
    own: dict[str, tuple[int, ...]] = {}
    columns: list[FloatArray] = []
    levels: dict[str, tuple[Code, ...]] = {}
    for variable in panel.codebook:
        if variable.name not in asked or variable.level is Level.TEXT or variable.kind == "date":
            continue
        placed = positions(panel, variable.name)
        if placed is None:
            levels[variable.name] = _levels(panel, variable)
        found = [placed] if placed is not None else _indicators(panel, variable, levels)
        own[variable.name] = tuple(range(len(columns), len(columns) + len(found)))
        columns += found
    table = np.column_stack(columns) if columns else np.zeros((len(panel), 0))
    if isinstance(run, Run):
        _expect(run, table, own, levels)
    persons = list(dict.fromkeys(panel.persons))
    rows = {person: k for k, person in enumerate(persons)}
    at = np.array([rows[person] for person in panel.persons], dtype=np.intp)
    known = ~np.isnan(table)
    total, count = np.zeros((2, len(persons), table.shape[1]))
    np.add.at(total, at, np.where(known, table, 0.0))
    np.add.at(count, at, known)
    return Simulated(rows, np.where(count, total / np.maximum(count, 1), np.nan), own)


def _levels(panel: Panel, variable: Variable) -> tuple[Code, ...]:
    """Codes of a nominal item; where none are declared, those that occur."""
    codes = variable.codes or sorted(panel.frame[variable.name].dropna().unique().tolist())
    return tuple(codes[:_MOST_LEVELS])


def _indicators(
    panel: Panel, variable: Variable, levels: Mapping[str, tuple[Code, ...]]
) -> list[FloatArray]:
    column = panel.frame[variable.name]
    gone = column.isna().to_numpy()
    return [np.where(gone, np.nan, (column == code).to_numpy()) for code in levels[variable.name]]


def _expect(
    run: Run,
    table: FloatArray,
    own: Mapping[str, tuple[int, ...]],
    levels: Mapping[str, tuple[Code, ...]],
) -> None:
    """Put expected values where the run keeps probabilities, and take out what was recorded."""
    row_of = {held.number: row for row, held in enumerate(run.interviews)}
    variables = {v.name: v for v in run.codebook}
    codes = {name: v.codes for name, v in variables.items()}
    place = {
        name: {} if name in levels else {c: position_of(v, c) for c in v.codes}
        for name, v in variables.items()
    }
    with contextlib.closing(connect(run.path)) as ledger, reporting(run.path):
        answers = ledger.execute(
            "SELECT a.interview, v.name, a.basis, a.probabilities, c.text FROM answers a "
            "JOIN variables v ON v.id = a.variable LEFT JOIN texts c ON c.id = a.codes "
            "WHERE a.reason IS NULL AND (a.probabilities IS NOT NULL OR a.basis = ?)",
            (Basis.RECORDED.value,),
        )
        while chunk := answers.fetchmany(CHUNK):
            for interview, name, basis, packed, listed in chunk:
                columns = own.get(name)
                if columns is None:
                    continue
                row = row_of[interview]
                if basis == Basis.RECORDED.value:
                    table[row, list(columns)] = np.nan
                    continue
                shares = dict(unpack(packed, listed, codes[name]))
                variable, known = variables[name], place[name]
                if name in levels:
                    table[row, list(columns)] = [shares.get(c, 0.0) for c in levels[name]]
                else:
                    table[row, columns[0]] = sum(
                        share * (known[c] if c in known else position_of(variable, c))
                        for c, share in shares.items()
                    )
