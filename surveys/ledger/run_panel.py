"""The answers of a run as data: a panel with a reason for every gap, and the long form."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...data.codebook import Code, Codebook, Level, MissingCode, Reason, Role, Variable, code_text
from ...data.panel import Panel
from .recording import Showing, unpack

if TYPE_CHECKING:
    import pandas as pd

    from .run import Run

__all__ = ["GAP_NUMBERS", "build_answers", "build_panel", "with_gaps"]

NOT_YET = "not asked yet"
"""Label of the gaps that resuming the run will fill; their reason is `Reason.NOT_ASKED`."""

_KINDS: tuple[tuple[Reason, str], ...] = (
    *((reason, reason.value) for reason in Reason),
    (Reason.NOT_ASKED, NOT_YET),
)
"""Every kind of gap as (reason, label); a gap's number is its place here, from 1."""
GAP_NUMBERS = {label: number for number, (_, label) in enumerate(_KINDS, 1)}
"""The number of each kind of gap, by its label: a reason's own words, or `NOT_YET`."""

# Added to -99, or to -999, … these make the codes for gaps; the first are what most people know.
_TAILS = {
    label: tail
    for tail, label in enumerate(
        (
            Reason.NO_ANSWER.value,
            Reason.DONT_KNOW.value,
            Reason.REFUSED.value,
            Reason.NOT_ASKED.value,
            NOT_YET,
            Reason.BROKE_OFF.value,
            Reason.NOT_APPLICABLE.value,
            Reason.CANNOT_KNOW.value,
            Reason.UNPARSED.value,
            Reason.FAILED.value,
            Reason.NOT_RECORDED.value,
            Reason.OTHER.value,
            Reason.MODEL_REFUSED.value,
            Reason.OUT_OF_CHARACTER.value,
            Reason.TRUNCATED.value,
            Reason.FILTERED.value,
            Reason.OUT_OF_RANGE.value,
            Reason.WRONG_LANGUAGE.value,
        )
    )
}

CHUNK = 100_000


def build_panel(run: Run, ledger: sqlite3.Connection) -> Panel:
    """Return the answers of a run as a panel, one row per interview begun.

    Rows are in the order of the run's twins, then of replicates. With more than one replicate,
    the variable `replicate` tells them apart as waves. Each condition of an experiment is a
    variable `arm_CONDITION`. Every gap has a missing code: what an interview never came to is
    "not asked", or "not asked yet" if the interview is unfinished, or "broke off". Codes that the
    questionnaire does not define are -99, -98, … or, where these could be answers, -999, -998, …
    """
    import pandas as pd

    book = run.codebook
    grid = _Grid(run, ledger, book)
    index = pd.Index([held.twin for held in run.interviews], dtype=object, name="person")
    variables: list[Variable] = []
    columns: dict[str, Any] = {}
    status: dict[str, npt.NDArray[np.int16]] = {}
    for column, variable in enumerate(grid.variables):
        gaps = grid.gaps[:, column]
        values = grid.column(column)
        described, statuses = with_gaps(variable, gaps, grid.numbers[:, column])
        variables.append(described)
        columns[variable.name] = _typed(variable, values, index)
        if gaps.any():
            status[variable.name] = statuses
    taken = {v.name for v in variables}
    for variable, values in (*_paradata(run, taken), *_fields(run, ledger, taken, index)):
        variables.append(variable)
        columns[variable.name] = values
    return Panel(
        frame=pd.DataFrame(columns, index=index),
        codebook=Codebook(tuple(variables), title=book.title, notes=(*book.notes, *run.notes)),
        status=status,
        source=str(run.path.name),
    )


class _Grid:
    """Interviews × variables, filled from the ledger.

    `numbers` holds float64 (NaN where there is none), `gaps` the number of the kind of gap (0
    where there is an answer); texts are kept by column.
    """

    def __init__(self, run: Run, ledger: sqlite3.Connection, book: Codebook) -> None:
        names = [name for (name,) in ledger.execute("SELECT name FROM variables ORDER BY id")]
        self.variables = [
            book[name] if name in book else Variable(name=name, level=Level.TEXT) for name in names
        ]
        self.numbers = np.full((len(run.interviews), len(names)), np.nan)
        self.gaps = np.zeros(self.numbers.shape, dtype=np.int8)
        self._texts: dict[int, dict[int, str]] = {}
        never = {
            "completed": GAP_NUMBERS[Reason.NOT_ASKED.value],
            "screened out": GAP_NUMBERS[Reason.NOT_ASKED.value],
            "broke off": GAP_NUMBERS[Reason.BROKE_OFF.value],
            "open": GAP_NUMBERS[NOT_YET],
        }
        for row, held in enumerate(run.interviews):
            self.gaps[row] = never[held.status]
        self._fill(ledger, {held.number: row for row, held in enumerate(run.interviews)})

    def _fill(self, ledger: sqlite3.Connection, row_of: Mapping[int, int]) -> None:
        found = ledger.execute("SELECT interview, variable, number, text, reason FROM answers")
        while chunk := found.fetchmany(CHUNK):
            interviews, variables, numbers, texts, reasons = zip(*chunk, strict=True)
            rows = np.array([row_of[number] for number in interviews], dtype=np.intp)
            places = np.array(variables, dtype=np.intp)
            self.numbers[rows, places] = np.array(numbers, dtype=np.float64)
            self.gaps[rows, places] = [GAP_NUMBERS[r] if r is not None else 0 for r in reasons]
            for row, place, text in zip(rows.tolist(), variables, texts, strict=True):
                if text is not None:
                    self._texts.setdefault(place, {})[row] = text

    def column(self, place: int) -> npt.NDArray[np.float64] | list[str | None]:
        """Values of one variable, None or NaN where there is a gap."""
        if self.variables[place].kind == "number":
            return self.numbers[:, place]
        texts = self._texts.get(place, {})
        return [texts.get(row) for row in range(len(self.numbers))]


def _typed(variable: Variable, values: Any, index: pd.Index[Any]) -> pd.Series[Any]:
    import pandas as pd

    if variable.kind == "date":
        return pd.Series(pd.to_datetime(pd.Series(values, index=index), format="ISO8601"))
    return pd.Series(values, index=index, dtype="float64" if variable.kind == "number" else "str")


def with_gaps(
    variable: Variable, gaps: npt.NDArray[np.int8], numbers: npt.NDArray[np.float64]
) -> tuple[Variable, npt.NDArray[np.int16]]:
    """Return the variable with a missing code for every kind of gap it has, and its statuses.

    Args:
        variable: The variable.
        gaps: For each person, the number of the gap's kind in `GAP_NUMBERS`; 0 for an answer.
        numbers: The answers of a numeric variable, so that no code could be one of them.
    """
    kinds = [_KINDS[number - 1] for number in np.unique(gaps[gaps > 0]).tolist()]
    known = {m.reason: place for place, m in reversed(list(enumerate(variable.missing, 1)))}
    missing = list(variable.missing)
    lookup = np.zeros(len(_KINDS) + 1, dtype=np.int16)
    wanted = [(r, label) for r, label in kinds if r not in known or label == NOT_YET]
    codes = _free_codes(variable, [label for _, label in wanted], numbers)
    for reason, label in kinds:
        if (reason, label) in wanted:
            missing.append(MissingCode(codes[label], reason, label))
            lookup[GAP_NUMBERS[label]] = len(missing)
        else:
            lookup[GAP_NUMBERS[label]] = known[reason]
    return variable.replace(missing=tuple(missing)), lookup[gaps]


def _free_codes(
    variable: Variable, labels: Sequence[str], numbers: npt.NDArray[np.float64]
) -> dict[str, Code]:
    """Return a code for each kind of gap, none of which is or could be an answer.

    The codes of one variable lie side by side, since formats such as SPSS's take a range of
    missing codes or three, but no more.
    """
    taken = {*variable.codes, *(m.code for m in variable.missing)}
    if variable.kind != "number":
        for digits in range(2, 16):
            texts = {label: code_text(code) for label, code in _block(digits).items()}
            if taken.isdisjoint(texts.values()):
                break
        return {label: texts[label] for label in labels}
    values = [float(code) for code in taken if not isinstance(code, str)]
    values += [*(variable.range or ()), *numbers[np.isfinite(numbers)].tolist()]
    low, high = variable.range or (math.inf, -math.inf)
    for digits in range(2, 16):
        block = _block(digits)
        first, last = min(block.values()), max(block.values())
        if not any(first <= value <= last for value in values) and (last < low or first > high):
            break
    return {label: block[label] for label in labels}


def _block(digits: int) -> dict[str, float]:
    return {label: tail - (10.0**digits - 1.0) for label, tail in _TAILS.items()}


def _paradata(run: Run, taken: set[str]) -> Iterator[tuple[Variable, list[Any]]]:
    """Yield the wave variable, if there are replicates, and the arms."""
    if run.meta["replicates"] > 1:
        name = _free_name("replicate", taken)
        numbers = [float(held.replicate) for held in run.interviews]
        labels = tuple((float(n), f"replicate {n}") for n in range(1, run.meta["replicates"] + 1))
        yield (
            Variable(
                name=name, label="Replicate", level=Level.ORDINAL, role=Role.WAVE, labels=labels
            ),
            numbers,
        )
    for condition, arms in run.meta["arms"].items():
        name = _free_name(f"arm_{condition}", taken)
        codes = {arm: float(number) for number, arm in enumerate(arms, 1)}
        yield (
            Variable(
                name=name,
                label=f"Arm of {condition}",
                level=Level.NOMINAL,
                role=Role.PARADATA,
                labels=tuple((code, arm) for arm, code in codes.items()),
            ),
            [codes[held.arms[condition]] for held in run.interviews],
        )


def _fields(
    run: Run, ledger: sqlite3.Connection, taken: set[str], index: pd.Index[Any]
) -> Iterator[tuple[Variable, Any]]:
    """Yield the fields that the questionnaire set; of interviews that are not over, none are."""
    if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'fields'").fetchone():
        return  # a run file from before there were fields
    rows = {held.number: row for row, held in enumerate(run.interviews)}
    found: dict[str, dict[int, Code]] = {}
    for interview, name, number, text in ledger.execute(
        "SELECT interview, name, number, text FROM fields ORDER BY interview"
    ):
        found.setdefault(name, {})[rows[interview]] = number if text is None else text
    for name, by_row in sorted(found.items()):
        texts = any(isinstance(value, str) for value in by_row.values())
        variable = Variable(
            name=_free_name(name, taken),
            label=name,
            level=Level.NOMINAL,
            role=Role.PARADATA,
            kind="text" if texts else "number",
        )
        values: Any = [by_row.get(row) for row in range(len(rows))]
        if texts:
            values = [None if value is None else code_text(value) for value in values]
        else:
            values = np.array([math.nan if v is None else v for v in values], dtype=np.float64)
        yield variable, _typed(variable, values, index)


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


_ANSWERS = """
SELECT a.page, a.position, v.name, a.number, a.text, a.reason, a.basis,
       a.probabilities, c.text, n.text, r.text
FROM answers a
JOIN variables v ON v.id = a.variable
LEFT JOIN texts c ON c.id = a.codes
LEFT JOIN texts n ON n.id = a.note
LEFT JOIN texts r ON r.id = a.raw
WHERE a.interview = ?
ORDER BY a.page, a.position
"""


def build_answers(run: Run, ledger: sqlite3.Connection) -> pd.DataFrame:
    """Return the answers of a run in long form; see `Run.answers`."""
    import pandas as pd

    conditions = tuple(run.meta["arms"])
    codes = {v.name: v.codes for v in run.codebook}
    showing = Showing(ledger)
    records = []
    for held in run.interviews:
        arms = [held.arms[condition] for condition in conditions]
        # The answers of a page come in the order of its questions, as many as each fills.
        asked = iter(
            [
                (
                    question.name,
                    question.text,
                    " ".join(code_text(code) for code, _ in question.options),
                    " ".join(name for name, _ in question.items),
                )
                for question in showing.interview(held.number)
                for _ in range(question.variables)
            ]
        )
        for row in ledger.execute(_ANSWERS, (held.number,)):
            page, position, name, number, text, reason, basis, packed, listed, note, raw = row
            shares = dict(unpack(packed, listed, codes.get(name, ())))
            given = number if text is None else text
            records.append(
                (
                    held.twin,
                    held.replicate,
                    page,
                    position,
                    *next(asked),
                    name,
                    math.nan if number is None else number,
                    text,
                    reason,
                    basis,
                    shares.get(given, math.nan),
                    json.dumps({code_text(c): p for c, p in shares.items()}) if shares else None,
                    note,
                    raw,
                    *arms,
                )
            )
    names = [
        *("twin", "replicate", "page", "position", "question", "wording", "options", "rows"),
        *(
            "variable",
            "number",
            "text",
            "reason",
            "basis",
            "probability",
            "probabilities",
            "note",
            "raw",
        ),
        *(f"arm_{condition}" for condition in conditions),
    ]
    return pd.DataFrame.from_records(records, columns=names)
