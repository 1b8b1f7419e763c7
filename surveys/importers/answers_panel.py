"""Exported answers of an imported questionnaire as a panel: labels, and a reason for each gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...data.codebook import Codebook, Level, Role, Variable, code_text
from ...data.errors import UnknownNameError
from ...data.panel import Panel, Withheld
from ...data.persons import choose_id, ids_of, row_numbers
from ...data.privacy import find_personal
from ...data.table import Table
from ..fields import field_value
from ..ledger.run_panel import with_gaps
from ..questionnaire import Condition, Questionnaire
from ..replay import Replay
from .imported import Holds
from .responses import Export, Mapped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["answers_panel"]


def answers_panel(
    questionnaire: Questionnaire,
    export: Export,
    replayed: Replay,
    *,
    person: Sequence[str] | str = (),
    keep_personal: Sequence[str] | str = (),
) -> Panel:
    """Return the answers of real people to a questionnaire, as a run of it would hold them.

    Args:
        questionnaire: What was asked; its variables come first, then fields, then what else the
            export has (timings, orders, …) as paradata.
        export: Their answers.
        replayed: What replaying them found: why answers are missing, and who was in which arm.
        person: Columns that together identify a person; else one of a customary name, or row
            numbers.
        keep_personal: Columns to keep although they look personal.

    Raises:
        UnknownNameError: A column named here is not in the export.
        PanelError: Ids are missing or not unique.
    """
    import pandas as pd

    gaps = replayed.gaps
    columns: dict[str, Any] = {}
    variables: list[Variable] = []
    status: dict[str, npt.NDArray[np.int16]] = {}
    for place, variable in enumerate(questionnaire.plan.variables):
        values = _answers(variable, export)
        numbers = values if variable.kind == "number" else np.zeros(0)
        described, statuses = with_gaps(variable, gaps[:, place], np.asarray(numbers))
        variables.append(described)
        columns[variable.name] = values
        if gaps[:, place].any():
            status[variable.name] = statuses
    for variable in questionnaire.plan.fields:
        variables.append(variable)
        columns[variable.name] = _field(variable, export)
    for condition in questionnaire.conditions:
        described = _arm_variable(condition)
        given = [row.get(condition.name) for row in replayed.arms]
        codes = {arm: code for code, arm in described.labels}
        variables.append(described)
        columns[described.name] = np.array(
            [codes.get(arm or "", np.nan) for arm in given], dtype=np.float64
        )
    wanted = (person,) if isinstance(person, str) else tuple(person)
    kept = (keep_personal,) if isinstance(keep_personal, str) else tuple(keep_personal)
    for mapped in export.columns:
        if mapped.column.holds in (Holds.ANSWER, Holds.SEVERAL, Holds.CHOSEN):
            continue
        if mapped.name in columns or not any(mapped.cells):
            continue
        described, values = _other(mapped)
        variables.append(described)
        columns[mapped.name] = values
    for name in (*wanted, *kept):
        if name not in columns:
            raise UnknownNameError("column", name, columns, where=export.source)
    variables = [v.replace(role=Role.ID) if v.name in wanted else v for v in variables]
    table = Table(
        frame=pd.DataFrame(columns),
        variables=tuple(variables),
        declared=frozenset(columns),
        status=status,
        title=questionnaire.title,
    )
    hidden = tuple(entry for entry in find_personal(table) if entry.name not in (*kept, *wanted))
    return _panel(table, wanted, hidden, export, status)


def _panel(
    table: Table,
    wanted: tuple[str, ...],
    hidden: tuple[Withheld, ...],
    export: Export,
    status: dict[str, npt.NDArray[np.int16]],
) -> Panel:
    import pandas as pd

    gone = {entry.name for entry in hidden}
    open_names = [v.name for v in table.variables if v.name not in gone]
    named = wanted
    if not named:
        candidate = choose_id(open_names, table, [])
        named = (candidate,) if candidate else ()
    ids = ids_of(table, named, export.source) if named else row_numbers(len(table.frame))
    gone |= {"person"} & set(named)
    variables = tuple(
        v.replace(role=Role.ID) if v.name in named else v
        for v in table.variables
        if v.name not in gone
    )
    frame = table.frame[[v.name for v in variables]].copy()
    frame.index = pd.Index(ids, dtype=object, name="person")
    return Panel(
        frame=frame,
        codebook=Codebook(variables, title=table.title),
        status={name: found for name, found in status.items() if name not in gone},
        source=export.source,
        withheld=hidden,
    )


def _arm_variable(condition: Condition) -> Variable:
    """An experimental condition as runs write it: codes are the arms, where these are numbers."""
    numbers = [field_value(arm) for arm in condition.arms]
    plain = all(isinstance(number, float) for number in numbers)
    codes = [
        number if plain and isinstance(number, float) else float(place)
        for place, number in enumerate(numbers, 1)
    ]
    return Variable(
        name=f"arm_{condition.name}",
        label=f"Arm of {condition.name}",
        level=Level.NOMINAL,
        role=Role.PARADATA,
        labels=tuple(zip(codes, condition.arms, strict=True)),
    )


def _answers(variable: Variable, export: Export) -> Any:
    given = [row.get(variable.name) for row in export.answers]
    if variable.kind == "number":
        return np.array(
            [value if isinstance(value, (int, float)) else np.nan for value in given],
            dtype=np.float64,
        )
    texts = _texts([None if value is None else code_text(value) for value in given])
    if variable.kind == "date":
        import pandas as pd

        return pd.to_datetime(texts, errors="coerce", format="mixed")
    return texts


def _field(variable: Variable, export: Export) -> Any:
    given = [field_value(row.get(variable.name, "")) for row in export.fields]
    if variable.kind == "number":
        return np.array([v if isinstance(v, float) else np.nan for v in given], dtype=np.float64)
    return _texts([None if value is None else code_text(value) for value in given])


def _other(mapped: Mapped) -> tuple[Variable, Any]:
    """A column that answers nothing: numbers where all its cells are."""
    numbers: list[float] = []
    for cell in mapped.cells:
        value = field_value(cell)
        if isinstance(value, str):
            try:
                value = float(value) if value[:1].isdigit() else None
            except ValueError:
                value = None
            if value is None:
                break
        numbers.append(np.nan if value is None else float(value))
    role = Role.ITEM if mapped.column.holds is Holds.UNMAPPED else Role.PARADATA
    if len(numbers) == len(mapped.cells):
        variable = Variable(name=mapped.name, level=Level.INTERVAL, role=role)
        return variable, np.array(numbers, dtype=np.float64)
    variable = Variable(name=mapped.name, level=Level.TEXT, kind="text", role=role)
    return variable, _texts([cell or None for cell in mapped.cells])


def _texts(values: Sequence[str | None]) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(list(values), dtype=object)
