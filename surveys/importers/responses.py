"""Exported answers of an imported questionnaire: every column mapped, every cell decoded."""

from __future__ import annotations

import dataclasses
import io
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level, Variable, code_text
from ...data.errors import UnreadableFileError
from ...data.existing import require_file
from ...data.readers.encoding import to_utf8
from ...data.readers.layout import sniff_delimiter
from ...data.readers.qualtrics import Header, recognise
from ..expansion import local_names, turns_of
from ..question import Question
from ..questionnaire import Questionnaire
from .imported import Column, Holds

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Export", "Mapped", "Undecoded", "read_export"]

ABSENT = frozenset({"", "-99"})
"""Cells without an answer: blank, and Qualtrics' code for "seen but unanswered"."""
_ORDERED = re.compile(r"(.+)_DO(?:_(.+))?")


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column of the export, and what it holds.

    Attributes:
        name: Its heading.
        column: What it holds.
        cells: Its cells as written, one for each person.
    """

    name: str
    column: Column
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Undecoded:
    """A cell that no code of its question fits.

    Attributes:
        row: Row of the person, from 0.
        variable: The variable it would fill.
        cell: As written.
    """

    row: int
    variable: str
    cell: str


@dataclass(frozen=True, slots=True)
class Export:
    """Exported answers, decoded.

    Attributes:
        people: How many rows there are.
        columns: Every column.
        answers: For each person, variable → substantive value; without those that are absent.
        fields: For each person, field → value as written, without blanks.
        orders: For each person, group → members that were shown, in order.
        undecoded: Cells that no code fits.
        finished: For each person, whether the interview came to its end; None if nothing says.
        source: Name of the file.
    """

    people: int
    columns: tuple[Mapped, ...]
    answers: tuple[Mapping[str, Code], ...]
    fields: tuple[Mapping[str, str], ...]
    orders: tuple[Mapping[str, tuple[str, ...]], ...]
    undecoded: tuple[Undecoded, ...]
    finished: tuple[bool | None, ...]
    source: str = ""

    def counts(self) -> dict[str, int]:
        """How many columns hold what."""
        found = Counter(mapped.column.holds for mapped in self.columns)
        return {str(holds): found[holds] for holds in Holds if found[holds]}

    def unmapped(self) -> tuple[str, ...]:
        """Headings of the columns that belong to nothing in the questionnaire."""
        return tuple(m.name for m in self.columns if m.column.holds is Holds.UNMAPPED)


def read_export(
    path: str | Path,
    questionnaire: Questionnaire,
    columns: Mapping[str, Column] = MappingProxyType({}),
) -> Export:
    """Read exported answers.

    Columns are told by the ids that the export gives them, where `columns` knows these, and else
    by name: a column that is called as a variable holds its answers.

    Args:
        path: A .csv or .tsv file; Qualtrics' three header rows are recognised.
        questionnaire: What was asked.
        columns: `Imported.columns` of the questionnaire.

    Raises:
        UnreadableFileError: The file is no table, or has no rows.
    """
    place = Path(path)
    require_file(place)
    frame, headers = _table(place)
    variables = {variable.name: variable for variable in questionnaire.plan.variables}
    named = _by_name(questionnaire)
    mapped = []
    used: set[str] = set()
    for position, header in enumerate(headers):
        column = _column(header, columns, named)
        cells = frame[position].tolist()
        if column.holds is Holds.CHOSEN and "0" in cells:
            # Not a column of Qualtrics', which are blank where an option is not chosen.
            column = dataclasses.replace(column, holds=Holds.ANSWER)
        if not header.name and not any(cells):
            continue
        if column.holds in (Holds.ANSWER, Holds.SEVERAL) and not used.isdisjoint(column.variables):
            column = Column(holds=Holds.UNMAPPED)
        used.update(column.variables)
        mapped.append(Mapped(header.name, column, cells))
    return _decoded(mapped, variables, len(frame), place.name)


def _table(place: Path) -> tuple[pd.DataFrame, list[Header]]:
    """Cells as text, and what the heading of each column says."""
    import pandas as pd

    try:
        raw = place.read_bytes()
    except OSError as failure:
        raise UnreadableFileError(
            f"the file cannot be read ({failure.strerror or failure})", where=place.name
        ) from failure
    data = to_utf8(raw, place.name).data
    delimiter = sniff_delimiter(data, tabs_first=place.suffix.lower() == ".tsv")
    try:
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(data), sep=delimiter, header=None, dtype=str, keep_default_na=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as failure:
        raise UnreadableFileError(
            f"the rows cannot be told apart ({failure})",
            where=place.name,
            remedy="check its quotation marks",
        ) from failure
    first = [[str(cell) for cell in row] for row in frame.head(3).to_numpy().tolist()]
    export = recognise(first)
    headers = (
        list(export) if export else [Header(" ".join(name.split()), "", "") for name in first[0]]
    )
    frame = frame.iloc[3 if export else 1 :].apply(lambda column: column.str.strip())
    frame = frame[(frame != "").any(axis=1)].reset_index(drop=True)
    if not len(frame):
        raise UnreadableFileError(
            "there is a header and no row below it",
            where=place.name,
            remedy="export the file again with its respondents",
        )
    return frame, headers


def _column(
    header: Header,
    columns: Mapping[str, Column],
    named: Mapping[str, Column],
) -> Column:
    """What a column holds, by its id, by the form of its heading, or by its name."""
    id = f"{header.import_id}_{header.choice}" if header.choice else header.import_id
    if id in columns:
        return columns[id]
    ordered = _ORDERED.fullmatch(header.import_id or header.name)
    if ordered and header.name not in named:
        return Column(holds=Holds.ORDER, group=ordered[1], member=header.choice or ordered[2] or "")
    if header.name in named:
        return named[header.name]
    if header.paradata or header.import_id.startswith(("SC_", "Q_")):
        timed = "_Click" in header.name or header.name.endswith(" Submit")
        return Column(holds=Holds.TIMING if timed else Holds.PARADATA)
    return Column(holds=Holds.UNMAPPED)


def _by_name(questionnaire: Questionnaire) -> dict[str, Column]:
    """Columns by the names that a questionnaire's own variables, or Qualtrics, would give them."""
    written = {question.name: question for question in questionnaire.written()}
    found = {
        variable.name: Column(holds=Holds.FIELD, variables=(variable.name,))
        for variable in questionnaire.plan.fields
    }
    for condition in questionnaire.conditions:
        held = Column(holds=Holds.FIELD, variables=(condition.name,))
        found[condition.name] = found[f"arm_{condition.name}"] = held
    for block in questionnaire.leaves():
        for code, arm, turn in turns_of(block, questionnaire, written):
            names = local_names(block.questions, turn)
            for question in turn:
                found.update(_of_question(question))
            prefix = arm if code is None else code_text(code)
            for before, after in names.items():
                if prefix and after in found:
                    found.setdefault(f"{prefix}_{before}", found[after])
    return found


def _of_question(question: Question) -> dict[str, Column]:
    variables = question.variables()
    found = {variable.name: _of_variable(variable) for variable in variables}
    options = question.answers
    sets = [v for v in variables if v.level is Level.MULTIPLE]
    if len(sets) == len(options) and sets:
        codes: dict[str, Code] = {code_text(option.code): option.code for option in options}
        labels: dict[str, Code] = {}
        for option in options:
            labels.setdefault(" ".join(option.label.split()), option.code)
        several = Column(
            holds=Holds.SEVERAL, variables=tuple(v.name for v in sets), codes=codes, labels=labels
        )
        found.setdefault(question.name, several)
    for option in options:
        if option.specify:
            name = f"{question.name}_{code_text(option.code)}_TEXT"
            found[name] = Column(holds=Holds.ANSWER, variables=(f"{question.name}_text",))
    return found


def _of_variable(variable: Variable) -> Column:
    if variable.level is Level.MULTIPLE:
        return Column(holds=Holds.CHOSEN, variables=(variable.name,))
    labels: dict[str, Code] = {}
    for code, label in variable.labels:
        labels.setdefault(" ".join(label.split()), code)
    codes = {code_text(code): code for code in variable.codes}
    return Column(holds=Holds.ANSWER, variables=(variable.name,), codes=codes, labels=labels)


# --- decoding ---------------------------------------------------------------------------------


def _decoded(
    mapped: Sequence[Mapped], variables: Mapping[str, Variable], people: int, source: str
) -> Export:
    answers: list[dict[str, Code]] = [{} for _ in range(people)]
    fields: list[dict[str, str]] = [{} for _ in range(people)]
    ranks: list[dict[str, list[tuple[float, str]]]] = [{} for _ in range(people)]
    finished: list[bool | None] = [None] * people
    undecoded: list[Undecoded] = []
    for one in mapped:
        match one.column.holds:
            case Holds.ANSWER if one.column.variables:
                _answers(one, variables, answers, undecoded)
            case Holds.SEVERAL:
                _several(one, answers, undecoded)
            case Holds.CHOSEN:
                _chosen(one, answers)
            case Holds.FIELD:
                for row, cell in enumerate(one.cells):
                    if cell:
                        fields[row][one.name] = cell
                        fields[row].update(dict.fromkeys(one.column.variables, cell))
            case Holds.ORDER:
                _ranked(one, ranks)
            case _ if one.name in ("Finished", "Progress"):
                for row, cell in enumerate(one.cells):
                    done = cell.casefold() in ("1", "true", "100")
                    finished[row] = done if finished[row] is None else finished[row] and done
    _fill_sets(mapped, answers)
    return Export(
        people=people,
        columns=tuple(mapped),
        answers=tuple(answers),
        fields=tuple(fields),
        orders=tuple(
            {group: tuple(m for _, m in sorted(found)) for group, found in row.items()}
            for row in ranks
        ),
        undecoded=tuple(undecoded),
        finished=tuple(finished),
        source=source,
    )


def _answers(
    one: Mapped,
    variables: Mapping[str, Variable],
    answers: list[dict[str, Code]],
    undecoded: list[Undecoded],
) -> None:
    (name,) = one.column.variables
    variable = variables.get(name)
    if variable is None:
        return
    absent = ABSENT - {code_text(code) for code in variable.codes}
    present = {cell for cell in one.cells if cell not in absent}
    decoded = {cell: _value(cell, one.column, variable, present) for cell in present}
    for row, cell in enumerate(one.cells):
        if cell in absent:
            continue
        value = decoded[cell]
        if value is None:
            undecoded.append(Undecoded(row, name, cell))
        else:
            answers[row][name] = value


def _value(cell: str, column: Column, variable: Variable, cells: set[str]) -> Code | None:
    """The code of one cell, by codes where the column holds codes, else by labels."""
    if not column.codes:
        if variable.kind != "number":
            return cell
        return _number(cell)
    by_label = len(cells & set(column.labels)) > len(cells & set(column.codes))
    first, second = (column.labels, column.codes) if by_label else (column.codes, column.labels)
    if cell in first:
        return first[cell]
    even = " ".join(cell.split())
    if even in column.labels:
        return column.labels[even]
    number = _number(cell)
    if number is not None and code_text(number) in column.codes:
        return column.codes[code_text(number)]
    return second.get(cell)


def _number(cell: str) -> float | None:
    try:
        value = float(cell.removesuffix("%").replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _several(one: Mapped, answers: list[dict[str, Code]], undecoded: list[Undecoded]) -> None:
    by_code = dict(zip(one.column.codes, one.column.variables, strict=False))
    code_of = {
        code: name for name, code in zip(by_code.values(), one.column.codes.values(), strict=False)
    }
    by_label = {
        label: name for label, code in one.column.labels.items() if (name := code_of.get(code))
    }
    for row, cell in enumerate(one.cells):
        if cell in ABSENT:
            continue
        parts = [part.strip() for part in cell.split(",")]
        chosen = [by_code.get(part) or by_label.get(part) for part in parts]
        if None in chosen:
            whole = by_label.get(" ".join(cell.split()))
            chosen = [whole] if whole else [name for name in chosen if name]
            if not chosen:
                undecoded.append(Undecoded(row, one.column.variables[0], cell))
                continue
        answers[row].update(dict.fromkeys(one.column.variables, 0.0))
        answers[row].update({name: 1.0 for name in chosen if name})


def _chosen(one: Mapped, answers: list[dict[str, Code]]) -> None:
    for row, cell in enumerate(one.cells):
        if cell not in ABSENT and cell != "0":
            answers[row].update(dict.fromkeys(one.column.variables, 1.0))


def _fill_sets(mapped: Sequence[Mapped], answers: list[dict[str, Code]]) -> None:
    """Where one option of a set has a column of its own and another is chosen, it is not."""
    sets: dict[str, list[str]] = {}
    for one in mapped:
        if one.column.holds is Holds.CHOSEN:
            for name in one.column.variables:
                sets.setdefault(name.rpartition("_")[0], []).append(name)
    for names in sets.values():
        for row in answers:
            if any(row.get(name) == 1.0 for name in names):
                for name in names:
                    row.setdefault(name, 0.0)


def _ranked(one: Mapped, ranks: list[dict[str, list[tuple[float, str]]]]) -> None:
    for row, cell in enumerate(one.cells):
        if not cell:
            continue
        if one.column.member:
            rank = _number(cell)
            ranks[row].setdefault(one.column.group, []).append(
                (math.inf if rank is None else rank, one.column.member)
            )
        else:
            found = [(float(n), part) for n, part in enumerate(cell.split("|"))]
            ranks[row].setdefault(one.column.group, found)
