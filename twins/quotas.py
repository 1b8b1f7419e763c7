"""People chosen so that given numbers of them fall in each category: quota sampling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..data.codebook import Code
from ..data.errors import PanelError, RequestError
from ..data.seeds import generator
from .codes import find_code, one_row_each

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["quota"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

Key = tuple[Code, ...]

MAX_NODES = 2_000
"""Branch-and-bound nodes after which a good enough choice is taken, whatever the machine."""


def quota(
    panel: Panel,
    quotas: Mapping[str, Mapping[Any, float]],
    seed: int | str = 0,
    *,
    n: int | None = None,
) -> Panel:
    """Return people chosen at random so that every quota is filled exactly, in panel order.

    Several quotas are independent margins, all met at once: how many to take from each
    combination is as near as whole numbers allow to what raking the panel's own combinations to
    the margins would take (Deming & Stephan 1940). Within a combination everybody is equally
    likely. People with a missing answer on a quota variable are not chosen, nor are those in
    categories without a quota.

    Args:
        panel: One row per person.
        quotas: Per variable, the number wanted in each category, by code or label. Cells of
            several variables are "gender*region": {(1, 2): 20, "female*North": 30, …}.
        seed: Which random choice.
        n: With `n`, the numbers are shares in any unit of that many people, rounded to whole
            people by largest remainder; without, they are counts.

    Raises:
        UnknownNameError: A variable or label does not exist.
        RequestError: Counts are not whole, or do not add up to the same total.
        PanelError: A category is short of people; the message says which and by how much.
    """
    one_row_each(panel)
    if not quotas:
        raise RequestError("there are no quotas", remedy="give at least one variable")
    margins = [_Margin(panel, spec, wanted, n) for spec, wanted in quotas.items()]
    first = margins[0]
    for other in margins[1:]:
        if other.total != first.total:
            raise RequestError(
                f"the quotas for {first.spec!r} add up to {first.total:,} people "
                f"and those for {other.spec!r} to {other.total:,}",
                remedy="make them agree, or give shares with a number of people",
            )
    _refuse_short(margins)
    eligible = np.flatnonzero(np.all([m.category >= 0 for m in margins], axis=0))
    combinations = np.column_stack([m.category[eligible] for m in margins])
    cells, cell_of = np.unique(combinations, axis=0, return_inverse=True)
    cell_of = cell_of.ravel()
    available = np.bincount(cell_of, minlength=len(cells))
    if len(margins) == 1:
        take = margins[0].wanted[cells[:, 0]]
    else:
        take = _allocate(margins, cells, available, panel)
    chosen = [
        generator(seed, "quota", cell).choice(
            eligible[cell_of == cell], size=int(count), replace=False
        )
        for cell, count in enumerate(take.tolist())
        if count
    ]
    return panel.take(np.sort(np.concatenate(chosen)))


class _Margin:
    """One quota variable, or several crossed: who is in which category, and how many are wanted."""

    def __init__(self, panel: Panel, spec: str, wanted: Mapping[Any, float], n: int | None) -> None:
        self.spec = spec
        names = [spec] if spec in panel.codebook else [part.strip() for part in spec.split("*")]
        place = f"quota for {spec!r}"
        keys: dict[Key, float] = {}
        for given, number in wanted.items():
            parts = given if isinstance(given, tuple) else (given,)
            if len(names) > 1 and isinstance(given, str):
                parts = tuple(part.strip() for part in given.split("*"))
            if len(parts) != len(names):
                raise RequestError(
                    f"{given!r} does not name an answer to each of {', '.join(names)}", where=place
                )
            key = tuple(
                find_code(panel, name, part, where=place)
                for name, part in zip(names, parts, strict=True)
            )
            if key in keys:
                raise RequestError(f"{given!r} is given twice, by code and by label", where=place)
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise RequestError(f"{number!r} is no number of people", where=place)
            if not math.isfinite(number) or number < 0:
                raise RequestError(f"{number:g} is no number of people", where=place)
            keys[key] = float(number)
        self.titles = [
            " and ".join(
                f"{name} = {panel.codebook[name].label_of(code)}"
                for name, code in zip(names, key, strict=True)
            )
            for key in keys
        ]
        self.wanted = _whole(list(keys.values()), n, place)
        self.total = int(self.wanted.sum())
        self.category = np.full(len(panel), -1, dtype=np.intp)
        for k, key in enumerate(keys):
            inside = np.ones(len(panel), dtype=np.bool_)
            for name, code in zip(names, key, strict=True):
                inside &= (panel.frame[name] == code).fillna(False).to_numpy(dtype=np.bool_)
            self.category[inside] = k


def _whole(numbers: list[float], n: int | None, place: str) -> IntArray:
    """Counts as they are, or shares of `n` people by largest remainder (ties: first given)."""
    total = sum(numbers)
    if total <= 0:
        raise RequestError("the quotas add up to nobody", where=place)
    if n is None:
        uneven = next((x for x in numbers if x != int(x)), None)
        if uneven is not None:
            raise RequestError(
                f"{uneven:g} is no whole number of people",
                where=place,
                remedy="give counts, or say of how many people these are shares",
            )
        return np.array(numbers, dtype=np.intp)
    if n < 1:
        raise RequestError(f"{n} people are asked for", remedy="ask for at least 1")
    exact = np.array(numbers) / total * n
    counts = np.floor(exact).astype(np.intp)
    # Rounded, so that remainders equal but for rounding error tie.
    order = np.argsort(-np.round(exact - counts, 9), kind="stable")
    counts[order[: n - int(counts.sum())]] += 1
    return counts


def _refuse_short(margins: list[_Margin]) -> None:
    """Refuse categories with fewer people than wanted, all of them in one message."""
    short = []
    for margin in margins:
        known = margin.category[margin.category >= 0]
        people = np.bincount(known, minlength=len(margin.titles))
        short += [
            f"{title} is short by {wanted - there:,} ({there:,} of {wanted:,})"
            for title, wanted, there in zip(
                margin.titles, margin.wanted.tolist(), people.tolist(), strict=True
            )
            if there < wanted
        ]
    if short:
        _short(short)


def _short(short: list[str]) -> None:
    raise PanelError(
        "there are too few people: " + ", ".join(short),
        where="quotas",
        remedy="lower these quotas, or draw with replacement from a raked panel",
    )


def _allocate(
    margins: list[_Margin], cells: IntArray, available: IntArray, panel: Panel
) -> IntArray:
    """How many people to take from each combination that occurs, so that all margins are met.

    An integer programme: as near as possible (least absolute deviations) to the raked
    combinations; a shortfall on any margin costs more than all deviations together.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import block_array, coo_array, eye_array

    ideal = _raked(margins, cells, available)
    count = len(cells)
    rows, offset = [], 0
    for j, margin in enumerate(margins):
        rows.append(cells[:, j] + offset)
        offset += len(margin.wanted)
    belongs = coo_array(
        (
            np.ones(count * len(margins)),
            (np.concatenate(rows), np.tile(np.arange(count), len(margins))),
        ),
        shape=(offset, count),
    )
    wanted = np.concatenate([m.wanted for m in margins]).astype(np.float64)
    one = eye_array(count)
    # Columns: people taken per cell, deviation from the ideal per cell, shortfall per category.
    constraints = [
        LinearConstraint(
            block_array([[belongs, coo_array((offset, count)), eye_array(offset)]]), wanted, wanted
        ),
        LinearConstraint(block_array([[one, -one, coo_array((count, offset))]]), -np.inf, ideal),
        LinearConstraint(block_array([[one, one, coo_array((count, offset))]]), ideal, np.inf),
    ]
    dear = 10.0 * margins[0].total + 10.0
    solved = milp(
        np.concatenate([np.zeros(count), np.ones(count), np.full(offset, dear)]),
        constraints=constraints,
        integrality=np.concatenate([np.ones(count), np.zeros(count + offset)]),
        bounds=Bounds(
            0.0,
            np.concatenate(
                [available.astype(np.float64), np.full(count, np.inf), np.full(offset, np.inf)]
            ),
        ),
        options={"node_limit": MAX_NODES, "mip_rel_gap": 0.01},
    )
    if solved.x is None:
        raise PanelError(
            "no choice of people was found that fills all quotas at once",
            where=panel.source or "quotas",
            remedy="use fewer quota variables",
        )
    take = np.rint(solved.x[:count]).astype(np.intp)
    missing = np.rint(wanted - belongs @ take).astype(int).tolist()
    if any(missing):
        titles = [
            (title, target)
            for m in margins
            for title, target in zip(m.titles, m.wanted.tolist(), strict=True)
        ]
        _short(
            [
                f"{title} is short by {gap:,} ({target - gap:,} of {target:,}) once the other "
                "quotas are met"
                for (title, target), gap in zip(titles, missing, strict=True)
                if gap
            ]
        )
    return take


def _raked(margins: list[_Margin], cells: IntArray, available: IntArray) -> FloatArray:
    """Expected people per combination: the panel's own counts, fitted to the margins."""
    fitted = available.astype(np.float64)
    for _ in range(100):
        for j, margin in enumerate(margins):
            totals = np.bincount(cells[:, j], fitted, len(margin.wanted))
            with np.errstate(divide="ignore", invalid="ignore"):
                factors = np.where(totals > 0, margin.wanted / totals, 0.0)
            fitted = fitted * factors[cells[:, j]]
    return np.minimum(fitted, available)
