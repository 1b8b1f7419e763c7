"""What a run knows of its answers beside the answers: probabilities, tries, places, orders."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...data.codebook import Code, Level, code_text
from .file import connect, reporting
from .recording import Showing, unpack

if TYPE_CHECKING:
    import pandas as pd

    from .run import Held, Run

__all__ = ["answer_places", "answer_tries", "shuffled_choices", "stated_probabilities"]

FloatArray = npt.NDArray[np.float64]

CHUNK = 100_000

MOST_SHOWN = 300_000
"""Answers of larger runs are looked at, interview by interview, up to so many."""


def stated_probabilities(
    run: Run,
) -> tuple[tuple[str, ...], dict[str, tuple[tuple[Code, ...], FloatArray]]] | None:
    """The probabilities that the answers of each twin's first interview were drawn from.

    Returns:
        The twins, and by variable the codes of the questionnaire with their probabilities, shape
        (twins, codes), rows of NaN where none were stated; None where the run keeps none. Variables
        without a list of codes are left out.
    """
    rows = {held.number: row for row, held in enumerate(_first(run))}
    codes = {v.name: v.codes for v in run.codebook if v.codes and v.level is not Level.TEXT}
    places = {name: {code: k for k, code in enumerate(listed)} for name, listed in codes.items()}
    found: dict[str, FloatArray] = {}
    with contextlib.closing(connect(run.path)) as ledger, reporting(run.path):
        answers = ledger.execute(
            "SELECT a.interview, v.name, a.probabilities, c.text FROM answers a "
            "JOIN variables v ON v.id = a.variable LEFT JOIN texts c ON c.id = a.codes "
            "WHERE a.probabilities IS NOT NULL AND a.reason IS NULL"
        )
        while chunk := answers.fetchmany(CHUNK):
            for interview, name, packed, listed in chunk:
                row = rows.get(interview)
                if row is None or name not in codes:
                    continue
                shares = unpack(packed, listed, codes[name])
                at = places[name]
                # Probabilities of codes that the questionnaire does not have cannot be scored.
                if any(code not in at and share > 0 for code, share in shares):
                    continue
                if name not in found:
                    found[name] = np.full((len(rows), len(at)), np.nan)
                found[name][row] = 0.0
                for code, share in shares:
                    if code in at:
                        found[name][row, at[code]] = share
    if not found:
        return None
    return tuple(held.twin for held in _first(run)), {n: (codes[n], p) for n, p in found.items()}


def answer_tries(run: Run) -> pd.DataFrame | None:
    """How many attempts each answer took since the run was last started, twins × variables.

    Returns:
        The table, or None for a respondent that makes no attempts.
    """
    return _table(
        run,
        "SELECT a.interview, v.name, t.number FROM answers a "
        "JOIN variables v ON v.id = a.variable JOIN attempts t ON t.id = a.attempt "
        "WHERE a.reason IS NULL",
    )


def answer_places(run: Run) -> pd.DataFrame | None:
    """The place of each answer in its interview, 1 is the first, twins × variables."""
    return _table(
        run,
        "SELECT a.interview, v.name, ROW_NUMBER() OVER "
        "(PARTITION BY a.interview ORDER BY a.page, a.position) FROM answers a "
        "JOIN variables v ON v.id = a.variable",
    )


def shuffled_choices(run: Run) -> pd.DataFrame | None:
    """Where the chosen option stood, for questions whose options were not in one order for all.

    Returns:
        The columns `person`, `place` (0 is the first shown) and `count`, one row per answer of the
        first `MOST_SHOWN`; None where all options stood in their written order.
    """
    import pandas as pd

    records: list[tuple[str, str, tuple[str, ...], str]] = []
    orders: dict[str, set[tuple[str, ...]]] = {}
    with contextlib.closing(connect(run.path)) as ledger, reporting(run.path):
        showing = Showing(ledger)
        for held in _first(run):
            asked = iter(
                [
                    tuple(code_text(code) for code, _ in question.options)
                    for question in showing.interview(held.number)
                    for _ in range(question.variables)
                ]
            )
            given = ledger.execute(
                "SELECT v.name, a.number, a.text, a.reason FROM answers a "
                "JOIN variables v ON v.id = a.variable WHERE a.interview = ? "
                "ORDER BY a.page, a.position",
                (held.number,),
            )
            for name, number, text, reason in given:
                options = next(asked, ())
                answer = text if number is None else code_text(number)
                if len(options) > 1 and reason is None and answer in options:
                    orders.setdefault(name, set()).add(options)
                    records.append((held.twin, name, options, answer))
            if len(records) > MOST_SHOWN:
                break
    rows = [
        (person, options.index(answer), len(options))
        for person, name, options, answer in records
        if len(orders[name]) > 1
    ]
    if not rows:
        return None
    return pd.DataFrame.from_records(rows, columns=["person", "place", "count"])


def _first(run: Run) -> list[Held]:
    """The first interview of every twin."""
    return [held for held in run.interviews if held.replicate == 1]


def _table(run: Run, query: str) -> pd.DataFrame | None:
    import pandas as pd

    held = _first(run)
    rows = {one.number: row for row, one in enumerate(held)}
    columns: dict[str, FloatArray] = {}
    with contextlib.closing(connect(run.path)) as ledger, reporting(run.path):
        found = ledger.execute(query)
        while chunk := found.fetchmany(CHUNK):
            for interview, name, value in chunk:
                row = rows.get(interview)
                if row is not None:
                    columns.setdefault(name, np.full(len(held), np.nan))[row] = value
    if not columns:
        return None
    return pd.DataFrame(columns, index=pd.Index([one.twin for one in held], name="person"))
