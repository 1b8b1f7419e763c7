"""Choosing people: at random, by quota, by condition, raked to margins, or drawn by weight.

panel = where(panel, "age >= 18")
panel = rake(panel, load_targets("census.yaml")).panel
panel = draw(panel, 2_000, seed=7)
"""

from __future__ import annotations

import csv
import dataclasses
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.codebook import Code, Role
from ..data.errors import PanelError, RequestError, UnreadableFileError
from ..data.existing import require_file
from ..data.seeds import generator
from ..data.yaml_safe import load_yaml
from .codes import one_row_each
from .filters import where
from .quotas import quota
from .raking import Margin, Raking, design_effect, effective_size, rake

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = [
    "Margin",
    "Raking",
    "design_effect",
    "draw",
    "effective_size",
    "load_targets",
    "original",
    "quota",
    "rake",
    "sample",
    "where",
]

CSV_COLUMNS = ("variable", "answer", "share")


def sample(panel: Panel, n: int, seed: int | str = 0) -> Panel:
    """Return `n` people chosen at random without replacement, all equally likely, in panel order.

    Raises:
        RequestError: `n` is below 1 or more than there are people.
        PanelError: The panel is empty, or holds people in several waves.
    """
    one_row_each(panel)
    _at_least_one(n)
    if n > len(panel):
        raise RequestError(
            f"{n:,} people are asked for and there are {len(panel):,}",
            where=panel.source,
            remedy="ask for fewer, or draw with replacement",
        )
    rows = generator(seed, "sample", n).choice(len(panel), size=n, replace=False)
    return panel.take(np.sort(rows))


def draw(panel: Panel, n: int, seed: int | str = 0) -> Panel:
    """Return `n` people drawn with replacement, in proportion to their weights, in panel order.

    What is drawn represents the weighted population, so nobody has a weight any more: the weight
    variable becomes paradata. The second copy of person "17" is "17#2", and so on; copies are the
    same person, which whoever learns from the panel must take into account (`original`).

    Raises:
        RequestError: `n` is below 1.
        PanelError: The panel is empty, or holds people in several waves.
    """
    one_row_each(panel)
    _at_least_one(n)
    weights = panel.weights()
    rows = np.sort(generator(seed, "draw", n).choice(len(panel), size=n, p=weights / weights.sum()))
    taken = set(panel.persons)
    ids: list[str] = []
    for row, copies in itertools.groupby(rows.tolist()):
        person = str(panel.frame.index[row])
        for k, _ in enumerate(copies, start=1):
            name = person if k == 1 else f"{person}#{k}"
            if k > 1 and name in taken:
                raise PanelError(
                    f"the id {name!r} is needed for a copy of {person!r} and belongs to somebody",
                    where=panel.source or "panel",
                    remedy="rename that person",
                )
            ids.append(name)
    drawn = panel.frame.iloc[rows].set_axis(ids, axis=0).rename_axis(index="person")
    book = panel.codebook.with_variables(
        v.replace(role=Role.PARADATA) for v in panel.codebook.of_role(Role.WEIGHT)
    )
    return dataclasses.replace(
        panel,
        frame=drawn,
        codebook=book,
        status={name: status[rows] for name, status in panel.status.items()},
    )


def original(person: str, panel: Panel) -> str:
    """Return the id in `panel` of somebody drawn from it: "17#2" is "17".

    Raises:
        UnknownNameError: Neither is in the panel.
    """
    if person not in panel:
        stem, mark, copy = person.rpartition("#")
        if mark and copy.isdigit() and stem in panel:
            return stem
    panel.row_of(person)
    return person


def load_targets(path: Path | str) -> dict[str, dict[Code, float]]:
    """Read target margins from a YAML or CSV file, for `rake` and `quota`.

    YAML holds a mapping per variable, `gender: {female: 51, male: 49}`; CSV has the columns
    variable, answer, share. Answers are codes or labels; shares are in any unit.

    Raises:
        FileError: The file cannot be read or does not hold margins; the message says where.
    """
    path = Path(path)
    require_file(path, blank=True)
    if path.suffix.lower() == ".csv":
        return _targets_from_csv(path)
    content = load_yaml(path)
    example = "write one mapping per variable, such as gender: {female: 51, male: 49}"
    if not isinstance(content, dict) or not content:
        raise UnreadableFileError("there are no targets", where=str(path), remedy=example)
    targets: dict[str, dict[Code, float]] = {}
    for name, shares in content.items():
        if not isinstance(shares, dict) or not shares:
            raise UnreadableFileError(
                f"the targets of {name!r} are no mapping", where=str(path), remedy=example
            )
        targets[str(name)] = {
            _answer(answer, path): _share(share, f"{path}, {name}, {answer}")
            for answer, share in shares.items()
        }
    return targets


def _targets_from_csv(path: Path) -> dict[str, dict[Code, float]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as failure:
        raise UnreadableFileError(
            f"is not a CSV file in UTF-8 ({failure})",
            where=str(path),
            remedy="save it as CSV in UTF-8",
        ) from failure
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    missing = [column for column in CSV_COLUMNS if column not in header]
    if missing:
        raise UnreadableFileError(
            f"the column {missing[0]!r} is missing",
            where=str(path),
            remedy=f"give the columns {', '.join(CSV_COLUMNS)}",
        )
    positions = [header.index(column) for column in CSV_COLUMNS]
    targets: dict[str, dict[Code, float]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        place = f"{path}, row {number}"
        if len(row) <= max(positions):
            raise UnreadableFileError(
                "the row is too short",
                where=place,
                remedy=f"give it the columns {', '.join(CSV_COLUMNS)}",
            )
        name, answer, share = (row[position].strip() for position in positions)
        if not name or not answer:
            raise UnreadableFileError(
                "a variable or an answer is missing", where=place, remedy="fill it in"
            )
        shares = targets.setdefault(name, {})
        if answer in shares:
            raise UnreadableFileError(
                f"{answer!r} of {name!r} is given twice", where=place, remedy="keep one of the rows"
            )
        shares[answer] = _share(share, place)
    if not targets:
        raise UnreadableFileError(
            "there are no targets", where=str(path), remedy="give one row per answer"
        )
    return targets


def _answer(answer: object, path: Path) -> Code:
    if isinstance(answer, bool) or not isinstance(answer, (int, float, str)):
        raise UnreadableFileError(
            f"{answer!r} is no answer", where=str(path), remedy="put labels in quotes"
        )
    return answer


def _share(share: object, place: str) -> float:
    try:
        number = float(share) if isinstance(share, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(share, bool) or not math.isfinite(number) or number < 0:
        raise UnreadableFileError(
            f"{share!r} is no share", where=place, remedy="give a number, 0 or more"
        )
    return number


def _at_least_one(n: int) -> None:
    if n < 1:
        raise RequestError(f"{n} people are asked for", remedy="ask for at least 1")
