"""Any respondent file becomes a Panel."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .codebook import Codebook, Level, Role, Variable
from .errors import PanelError, RequestError, UnknownNameError, UnreadableFileError
from .existing import require_file
from .panel import Panel, Withheld
from .persons import choose_id, ids_of, row_numbers
from .readers import ReadOptions, read_table
from .table import Table
from .waves import split_wide

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read", "read_waves"]


def read(
    path: str | Path,
    *,
    person: Sequence[str] | str = (),
    wave: str | None = None,
    weight: str | None = None,
    codebook: str | Path | None = None,
    keep_personal: Sequence[str] | str = (),
    columns: Sequence[str] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Panel:
    """Read a respondent file.

    Formats: .sav, .zsav, .por, .dta, .sas7bdat, .xpt, .csv, .tsv, .xlsx, .parquet.

    What the file does not declare is inferred and each inference recorded in the codebook
    (`Variable.inferred`). Columns that look like personal data are left out and listed in
    `Panel.withheld`, unless named in `keep_personal`.

    Args:
        path: The file.
        person: Column or columns that together identify a person. Without it: the codebook's id
            variable; else a column of a customary name ("pid", "caseid", …) if it is complete,
            unique and not personal; else row numbers "1", "2", …, and a remark says so.
        wave: Column that tells the waves of a long file apart.
        weight: Column with survey weights.
        codebook: A codebook file (YAML or CSV); by default the one beside the file, if any.
        keep_personal: Columns to keep although they look personal.
        columns: Columns to read; ids, wave and weight are read in any case.
        encoding: Character encoding of the file's text.
        sheet: Worksheet of a workbook.
        progress: Called with the fraction done, from 0.0 to 1.0.

    Returns:
        The panel. A column named "person" that is the id becomes the index alone.

    Raises:
        FileError: The file or its codebook cannot be used.
        UnknownNameError: A column named here is not in the file.
        PanelError: A person's id is missing or not unique, the weights are not numbers, or there
            is nothing but ids.
    """
    place = Path(path)
    require_file(place)
    named = _as_tuple(person)
    kept = _as_tuple(keep_personal)
    book = _codebook(place, codebook)
    wanted = None
    if columns is not None:
        wanted = _with_ids(place, tuple(columns), named, wave, weight, book, encoding, sheet)
    options = ReadOptions(
        encoding=encoding,
        sheet=sheet,
        columns=wanted,
        described=book[0].names if book is not None else (),
        progress=progress,
    )
    table = read_table(place, options)
    if not table.variables or not len(table.frame):
        raise UnreadableFileError(
            "the file holds no respondents", where=place.name, remedy="export it again with data"
        )
    if book is not None:
        table = _apply(table, *book, wanted)
    table = _with_roles(table, place.name, named, wave, weight)
    from .inference import complete
    from .privacy import find_personal

    table = complete(table)
    withheld = _withheld(find_personal(table), table, kept, place.name)
    return _panel(table, place.name, named, withheld)


def read_waves(
    path: str | Path,
    *,
    person: Sequence[str] | str = (),
    wave: str | None = None,
    waves_wide: Mapping[str, str] | None = None,
    weight: str | None = None,
    codebook: str | Path | None = None,
    keep_personal: Sequence[str] | str = (),
    encoding: str | None = None,
    sheet: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Panel]:
    """Read a file of several waves into one panel per wave.

    Args:
        path: The file.
        person: As for `read`.
        wave: In a long file, the column that tells waves apart.
        waves_wide: In a wide file, how each wave names its columns: {"1": "{name}_w1",
            "2": "{name}_w2"}. Columns of no wave belong to every wave. People whose answers in a
            wave are all blank took no part in it and are left out of it.
        weight: As for `read`.
        codebook: As for `read`.
        keep_personal: As for `read`.
        encoding: As for `read`.
        sheet: As for `read`.
        progress: As for `read`.

    Raises:
        RequestError: Neither the caller nor the codebook says how the waves are told apart, or a
            pattern matches nothing.
        FileError, PanelError: As for `read`.
    """
    if wave is not None and waves_wide is not None:
        raise RequestError(
            "a file is either long or wide",
            where=Path(path).name,
            remedy="give the wave column or the patterns of wide columns, not both",
        )
    panel = read(
        path,
        person=person,
        wave=wave,
        weight=weight,
        codebook=codebook,
        keep_personal=keep_personal,
        encoding=encoding,
        sheet=sheet,
        progress=progress,
    )
    if waves_wide is not None:
        return split_wide(panel, waves_wide)
    if panel.wave_variable is None:
        raise RequestError(
            "nothing says which column tells the waves apart",
            where=panel.source,
            remedy="name it with --wave COLUMN, or give patterns such as {name}_w1",
        )
    return panel.waves()


def _as_tuple(names: Sequence[str] | str) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


def _codebook(path: Path, given: str | Path | None) -> tuple[Codebook, str] | None:
    """The codebook to apply, and the name of its file."""
    from .codebook_file import find_beside, load_codebook

    found = Path(given) if given is not None else find_beside(path)
    return None if found is None else (load_codebook(found), found.name)


def _with_ids(
    path: Path,
    columns: tuple[str, ...],
    person: tuple[str, ...],
    wave: str | None,
    weight: str | None,
    book: tuple[Codebook, str] | None,
    encoding: str | None,
    sheet: str | None,
) -> tuple[str, ...]:
    """Columns to read so that people have the same ids as when the whole file is read."""
    head = read_table(path, ReadOptions(encoding=encoding, sheet=sheet, rows=1))
    names = [v.name for v in head.variables]
    variables: Sequence[Variable] = head.variables
    if book is not None:
        described = {v.name: v for v in book[0]}
        variables = [described.get(v.name, v) for v in head.variables]
    roles = (Role.ID, Role.WAVE, Role.WEIGHT)
    extra = [v.name for v in variables if v.role in roles]
    if not person and not extra:
        candidate = choose_id(names)
        extra += [candidate] if candidate else []
    extra += [name for name in (*person, wave, weight) if name is not None]
    return tuple(dict.fromkeys([*columns, *extra]))


def _apply(table: Table, book: Codebook, where: str, columns: tuple[str, ...] | None) -> Table:
    from .codebook_file import apply_codebook

    if columns is not None:
        present = {v.name for v in table.variables}
        book = book.select(name for name in book.names if name in present)
    return apply_codebook(table, book, where)


def _with_roles(
    table: Table, where: str, person: tuple[str, ...], wave: str | None, weight: str | None
) -> Table:
    """Give the columns that the caller names their roles; whoever had one of these loses it."""
    names = [v.name for v in table.variables]
    for name in (*person, wave, weight):
        if name is not None and name not in names:
            raise UnknownNameError("column", name, names, where=where)
    claims: list[tuple[Role, tuple[str, ...]]] = []
    if person:
        claims.append((Role.ID, person))
    if wave is not None:
        claims.append((Role.WAVE, (wave,)))
    if weight is not None:
        claims.append((Role.WEIGHT, (weight,)))
    _one_purpose_each(claims, where)
    variables = list(table.variables)
    for role, claimed in claims:
        for i, variable in enumerate(variables):
            if variable.name in claimed:
                variables[i] = variable.replace(role=role)
            elif variable.role is role:
                variables[i] = variable.replace(role=Role.PARADATA)
    for variable in variables:
        if variable.role is Role.WEIGHT and variable.kind != "number":
            raise PanelError(
                f"the weight {variable.name!r} does not hold numbers",
                where=where,
                remedy="name a numeric column as weight",
            )
    return dataclasses.replace(table, variables=tuple(variables))


def _one_purpose_each(claims: list[tuple[Role, tuple[str, ...]]], where: str) -> None:
    purposes: dict[str, Role] = {}
    for role, claimed in claims:
        for name in claimed:
            if name in purposes:
                raise RequestError(
                    f"the column {name!r} is named as {purposes[name]} and as {role}",
                    where=where,
                    remedy="name another column for one of them",
                )
            purposes[name] = role


def _withheld(
    found: tuple[Withheld, ...], table: Table, kept: tuple[str, ...], where: str
) -> tuple[Withheld, ...]:
    names = [v.name for v in table.variables]
    for name in kept:
        if name not in names:
            raise UnknownNameError("column", name, names, where=where)
    return tuple(entry for entry in found if entry.name not in kept)


def _panel(
    table: Table, source: str, person: tuple[str, ...], withheld: tuple[Withheld, ...]
) -> Panel:
    hidden = {entry.name for entry in withheld}
    waves = [v.name for v in table.variables if v.role is Role.WAVE][:1]
    _complete_wave(table, waves, source)
    declared = person or tuple(v.name for v in table.variables if v.role is Role.ID)
    notes = list(table.notes)
    if declared:
        ids = ids_of(table, declared, source)
        named = declared
    else:
        open_names = [v.name for v in table.variables if v.name not in hidden]
        candidate = choose_id(open_names, table, waves)
        named = (candidate,) if candidate else ()
        ids = ids_of(table, named, source) if named else row_numbers(len(table.frame))
        if not named:
            notes.append("The file names no person id; people are numbered by row")
    # The index is called "person" too: pandas refuses a name that is both index and column.
    gone = hidden | ({"person"} if named == ("person",) else set())
    variables = tuple(
        _as_id(v) if v.name in named else v for v in table.variables if v.name not in gone
    )
    if all(v.role is Role.ID for v in variables):
        raise PanelError(
            "the file holds person ids and nothing else",
            where=source,
            remedy="read a file that holds answers too"
            if not hidden - set(named)
            else "keep one of the columns that look personal with --keep-personal",
        )
    return Panel(
        frame=_frame(table, variables, ids),
        codebook=Codebook(variables, table.title, table.about),
        status={v.name: table.status[v.name] for v in variables if v.name in table.status},
        source=source,
        withheld=withheld,
        remarks=tuple(dict.fromkeys(notes)),
    )


def _as_id(variable: Variable) -> Variable:
    """An id is a name, whatever was inferred from its numbers."""
    level = Level.TEXT if variable.kind == "text" else Level.NOMINAL
    return variable.replace(role=Role.ID, level=level, inferred=())


def _complete_wave(table: Table, waves: list[str], source: str) -> None:
    for name in waves:
        blank = table.frame[name].isna().to_numpy()
        if blank.any():
            raise PanelError(
                f"the wave {name!r} is missing",
                where=f"{source}, row {int(blank.argmax()) + 1}",
                remedy="fill it in or take the row out",
            )


def _frame(table: Table, variables: tuple[Variable, ...], ids: list[str]) -> pd.DataFrame:
    import pandas as pd

    names = [v.name for v in variables]
    same = names == table.frame.columns.tolist()
    frame = table.frame.copy(deep=False) if same else table.frame[names]
    texts = {
        v.name: frame[v.name].astype(object).where(frame[v.name].notna(), None)
        for v in variables
        if v.kind == "text" and frame[v.name].dtype != object
    }
    if texts:
        frame = frame.assign(**texts)
    frame.index = pd.Index(ids, dtype=object, name="person")
    return frame
