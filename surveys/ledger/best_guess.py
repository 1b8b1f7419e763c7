"""The best guess behind drawn answers: what to predict of a person, as opposed to of a sample."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ...data.codebook import Code, Level, Variable
from ..scales import with_run_scores
from .file import connect, reporting
from .recording import unpack

if TYPE_CHECKING:
    from ...data.panel import Panel
    from .run import Run

__all__ = ["best_guess", "likeliest"]

CHUNK = 100_000


def best_guess(run: Run) -> Panel | None:
    """Return the run's panel with every drawn answer replaced by the best guess behind it.

    A draw keeps the spread of a sample and is a poor prediction of one person; the median (or, of
    categories without order, the mode) of the probabilities it was drawn from is the reverse: the
    guess with the smallest expected absolute error, and far too alike over people. Answers without
    probabilities stay as given. Scales are scored from the guesses.

    Returns:
        The panel, or None if no answer of the run has probabilities.
    """
    panel = run.panel
    by_name = {v.name: v for v in panel.codebook}
    row_of = {held.number: row for row, held in enumerate(run.interviews)}
    columns = {v.name: panel.frame[v.name].to_numpy(copy=True) for v in panel.codebook}
    found = False
    defaults = {v.name: v.codes for v in run.codebook}
    with contextlib.closing(connect(run.path)) as ledger, reporting(run.path):
        answers = ledger.execute(
            "SELECT a.interview, v.name, a.probabilities, c.text FROM answers a "
            "JOIN variables v ON v.id = a.variable LEFT JOIN texts c ON c.id = a.codes "
            "WHERE a.probabilities IS NOT NULL AND a.reason IS NULL"
        )
        while chunk := answers.fetchmany(CHUNK):
            found = True
            for interview, name, packed, codes in chunk:
                shares = unpack(packed, codes, defaults[name])
                columns[name][row_of[interview]] = likeliest(by_name[name], shares)
    if not found:
        return None
    frame = panel.frame.copy()
    for name, values in columns.items():
        frame[name] = values
    return with_run_scores(dataclasses.replace(panel, frame=frame), run.scales)


def likeliest(variable: Variable, shares: tuple[tuple[Code, float], ...]) -> Code:
    """Return the median of a distribution over codes; the mode where codes have no order.

    Args:
        variable: Whose answers these are.
        shares: (code, probability); at least one.
    """
    ordered = variable.level in (Level.ORDINAL, Level.INTERVAL)
    if not ordered or any(isinstance(code, str) for code, _ in shares):
        # Of equally likely categories the first of the codebook is taken, in every process.
        return max(shares, key=lambda pair: pair[1])[0]
    codes = np.array([float(code) for code, _ in shares])
    order = np.argsort(codes, kind="stable")
    total = np.cumsum(np.array([share for _, share in shares])[order])
    return float(codes[order][np.searchsorted(total, 0.5 * total[-1])])
