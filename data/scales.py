"""Scales: scores made of several items, and the panel with them added.

A score is scored from answers whenever answers are shown and is never asked. Its variable says so:
its group is `SCORES` and its siblings are its items (`scored_from`).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .codebook import Codebook, Level, MissingCode, Reason, Variable
from .errors import PanelError, UnknownNameError, nearest

if TYPE_CHECKING:
    from .graded import GradedModel
    from .panel import Panel

__all__ = [
    "SCORES",
    "SCORINGS",
    "Mark",
    "Norm",
    "Scale",
    "ScaleFault",
    "keyed",
    "scale_faults",
    "scale_named",
    "score_variable",
    "scored",
    "scored_from",
    "theta_model",
    "with_scores",
    "without_scores",
]

FloatArray = npt.NDArray[np.float64]

SCORINGS = ("mean", "sum", "theta")

SCORES = "scale scores"
"""The group that all variables that are scores belong to."""

LONGEST = 21
"""Most points of an item that theta is estimated from."""

FEWEST_ITEMS = 3
"""Items that theta needs: with two, their slopes cannot be told apart."""


class Mark(StrEnum):
    """How sure a reference figure is."""

    VERIFIED = "verified"
    """Read in the source itself."""
    SECONDARY = "secondary"
    """Read in a source that reports it."""
    RECALLED = "recalled"
    """From memory; look it up before relying on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """What people scored elsewhere, in units of the score.

    Attributes:
        mean: Their mean.
        sd: Their standard deviation, None if unknown.
        n: How many they were, None if unknown.
        source: Where the figures are from.
        mark: How sure they are.
    """

    mean: float
    sd: float | None = None
    n: int | None = None
    source: str = ""
    mark: Mark = Mark.RECALLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A score made of several items.

    Attributes:
        name: Of the score.
        items: Variables, in order.
        reverse: Items that are keyed the other way.
        score: "mean", "sum", or "theta" (see `graded.GradedModel`).
        minimum: Fewest items answered for a score; None for all. A sum over fewer is the mean of
            those answered times the number of items.
        label: Short label.
        norms: What people scored elsewhere. Theta has none: its zero is the mean of the people it
            was fitted to.
    """

    name: str
    items: tuple[str, ...]
    reverse: tuple[str, ...] = ()
    score: str = "mean"
    minimum: int | None = None
    label: str = ""
    norms: Norm | None = None

    @property
    def title(self) -> str:
        """Label, else name."""
        return self.label or self.name

    @property
    def needed(self) -> int:
        """Fewest items answered for a score."""
        return len(self.items) if self.minimum is None else self.minimum


@dataclass(frozen=True, slots=True)
class ScaleFault:
    """What keeps a scale from being scored.

    Attributes:
        part: Where in its declaration: "items", "reverse", …, or "".
        what: What is wrong, without a final full stop.
        remedy: What to do about it.
    """

    part: str
    what: str
    remedy: str = ""


# --- what is wrong with a scale -------------------------------------------------------------------


def scale_faults(scale: Scale, variables: Mapping[str, Variable]) -> Iterator[ScaleFault]:
    """Yield what keeps `scale` from being scored from `variables` (by name)."""
    if not scale.items:
        yield ScaleFault("", "the scale has no items")
        return
    twice = [item for k, item in enumerate(scale.items) if item in scale.items[:k]]
    if twice:
        yield ScaleFault("items", f"{twice[0]!r} is listed twice", "list every item once")
    usable = []
    for item in dict.fromkeys(scale.items):
        if item not in variables:
            yield ScaleFault("items", f"there is no variable {item!r}", _near(item, variables))
        elif variables[item].level in (Level.TEXT, Level.NOMINAL):
            yield ScaleFault("items", f"{item!r} has no order, so it cannot be scored")
        elif variables[item].kind != "number":
            yield ScaleFault("items", f"the codes of {item!r} are no numbers, so it has no score")
        else:
            usable.append(variables[item])
    for item in scale.reverse:
        if item not in scale.items:
            yield ScaleFault(
                "reverse", f"{item!r} is not one of its items", _near(item, scale.items)
            )
    if len(usable) == len(scale.items):
        yield from _range_faults(scale, usable)
    if scale.minimum is not None and not 1 <= scale.minimum <= len(scale.items):
        yield ScaleFault(
            "minimum",
            f"{scale.minimum} of its items cannot be answered",
            f"it has {len(scale.items)}",
        )
    if scale.score == "theta" and scale.norms is not None:
        yield ScaleFault(
            "norms",
            "theta has no norms: its zero is the mean of the people it is fitted to",
            "score the mean or the sum, or leave the norms out",
        )


def _range_faults(scale: Scale, items: Sequence[Variable]) -> Iterator[ScaleFault]:
    """Yield what is wrong with the ranges that items are reversed by and added up on."""
    first = items[0]
    for item in items:
        if item.bounds is None and item.name in scale.reverse:
            yield ScaleFault(
                "reverse",
                f"{item.name!r} has no declared range to be reversed by",
                "declare its lowest and highest value",
            )
            return
    if scale.score == "theta":
        yield from _theta_faults(items)
        return
    for item in items[1:]:
        if item.bounds != first.bounds:
            yield ScaleFault(
                "items",
                f"{item.name!r} is answered on {_span(item)} and {first.name!r} on {_span(first)}",
                f"a {scale.score} needs items with the same codes",
            )
            return


def _theta_faults(items: Sequence[Variable]) -> Iterator[ScaleFault]:
    if len(items) < FEWEST_ITEMS:
        yield ScaleFault("score", f"theta needs at least {FEWEST_ITEMS} items, not {len(items)}")
    for item in items:
        if item.bounds is None or not 2 <= len(_points(item)) <= LONGEST:
            yield ScaleFault(
                "items",
                f"{item.name!r} has no short list of answers, which theta needs",
                f"use items of 2 to {LONGEST} points",
            )
            return


def _near(name: str, known: Iterable[str]) -> str:
    close = nearest(name, known, 1)
    return f"the nearest is {close[0]!r}" if close else ""


def _span(item: Variable) -> str:
    return "no declared range" if item.bounds is None else "{:g} to {:g}".format(*item.bounds)


def _points(item: Variable) -> list[float]:
    """The codes an answer can have, ascending; empty where it could be any number."""
    if item.bounds is None:
        return []
    low, high = item.bounds
    numbers = sorted(float(code) for code in item.codes if not isinstance(code, str))
    whole = float(low).is_integer() and float(high).is_integer() and high - low < LONGEST
    if item.level is Level.INTERVAL or not numbers or (numbers[0], numbers[-1]) != (low, high):
        return [float(k) for k in range(int(low), int(high) + 1)] if whole else []
    return numbers


def scale_named(name: str, scales: Sequence[Scale]) -> Scale:
    """The scale of that name.

    Raises:
        UnknownNameError: There is none.
    """
    for scale in scales:
        if scale.name == name:
            return scale
    raise UnknownNameError("scale", name, (scale.name for scale in scales))


# --- scoring --------------------------------------------------------------------------------------


def keyed(
    answers: FloatArray, scale: Scale, bounds: Sequence[tuple[float, float] | None]
) -> FloatArray:
    """Turn reversed items over: low + high − answer, by the declared range.

    Args:
        answers: Shape (people, items), NaN where missing.
        scale: The scale.
        bounds: Declared range of each item; needed of reversed ones only.

    Returns:
        Shape (people, items).
    """
    turned = np.array(answers, dtype=np.float64)
    for column, (item, ends) in enumerate(zip(scale.items, bounds, strict=True)):
        if item in scale.reverse and ends is not None:
            turned[:, column] = ends[0] + ends[1] - turned[:, column]
    return turned


def scored(answers: FloatArray, scale: Scale, model: GradedModel | None = None) -> FloatArray:
    """Score keyed answers.

    Args:
        answers: What `keyed` returned, shape (people, items).
        scale: How to score them.
        model: What theta is estimated by; needed for theta only.

    Returns:
        Shape (people,); NaN where fewer than the minimum of items is answered, and for theta
        without a model.
    """
    known = ~np.isnan(answers)
    count = known.sum(axis=1)
    enough = count >= max(scale.needed, 1)
    if scale.score == "theta":
        if model is None:
            return np.full(len(answers), np.nan)
        found = model.score(answers).theta
    else:
        found = np.where(known, answers, 0.0).sum(axis=1) / np.maximum(count, 1)
        if scale.score == "sum":
            found = found * len(scale.items)
    return np.where(enough, found, np.nan)


def theta_model(panel: Panel, scale: Scale) -> GradedModel | None:
    """Fit the graded response model of a theta scale to the answers of a panel.

    Returns:
        The model, or None for other scores and where the answers cannot bear one
        (see `graded.fit_graded`).

    Raises:
        PanelError: The scale cannot be scored from this panel.
    """
    _refuse(panel, scale)
    if scale.score != "theta":
        return None
    from .graded import fit_graded

    return fit_graded(_keyed_of(panel, scale))


def with_scores(
    panel: Panel,
    scales: Sequence[Scale],
    *,
    models: Mapping[str, GradedModel] | None = None,
) -> Panel:
    """Return the panel with a variable for every scale, after all others.

    A score that cannot be had is missing for the reason that most of the person's unanswered items
    have (of equally many, the first of `Reason`). A score of that name that is there already is
    scored anew.

    Args:
        panel: Answers to the items.
        scales: What to score.
        models: Models of theta scales by name; those not given are fitted to this panel. Give the
            people's to score twins on the same footing.

    Raises:
        PanelError: A scale cannot be scored, or a variable that is no score has its name.
    """
    import pandas as pd

    if not scales:
        return panel
    for scale in scales:
        _refuse(panel, scale)
        if scale.name in panel.codebook and not scored_from(panel.codebook[scale.name]):
            raise PanelError(
                f"the scale {scale.name!r} has the name of a variable",
                where=panel.source,
                remedy="rename the scale",
            )
    names = {scale.name for scale in scales}
    base = panel.select(name for name in panel.names if name not in names)
    variables: list[Variable] = []
    columns: dict[str, FloatArray] = {}
    status = dict(base.status)
    for scale in scales:
        answers = _keyed_of(base, scale)
        model = (models or {}).get(scale.name)
        if scale.score == "theta" and model is None:
            model = theta_model(base, scale)
        values = scored(answers, scale, model)
        variable = score_variable(scale, base.codebook)
        codes, statuses = _gaps(base, scale, values, variable)
        variables.append(variable.replace(missing=codes))
        columns[scale.name] = values
        if codes:
            status[scale.name] = statuses
    added = pd.DataFrame(columns, index=base.frame.index)
    return dataclasses.replace(
        base,
        frame=pd.concat([base.frame, added], axis=1),
        codebook=dataclasses.replace(
            base.codebook, variables=(*base.codebook.variables, *variables)
        ),
        status=status,
    )


def score_variable(scale: Scale, codebook: Codebook) -> Variable:
    """The variable of a score: interval, with the range that its items allow (theta has none)."""
    bounds = codebook[scale.items[0]].bounds
    span: tuple[float, float] | None = None
    if bounds is not None and scale.score != "theta":
        times = len(scale.items) if scale.score == "sum" else 1
        span = (bounds[0] * times, bounds[1] * times)
    return Variable(
        name=scale.name,
        label=scale.title,
        level=Level.INTERVAL,
        range=span,
        block=scale.name,
        group=SCORES,
        siblings=scale.items,
    )


def scored_from(variable: Variable) -> tuple[str, ...]:
    """Names of the items that a variable is a score of; empty for one that is no score."""
    return variable.siblings if variable.group == SCORES else ()


def without_scores(panel: Panel, names: Collection[str] = ()) -> Panel:
    """Return the panel without its scores, and without the variables `names` where it has them."""
    kept = [v.name for v in panel.codebook if not scored_from(v) and v.name not in names]
    return panel if len(kept) == len(panel.names) else panel.select(kept)


def _refuse(panel: Panel, scale: Scale) -> None:
    variables = {v.name: v for v in panel.codebook}
    for fault in scale_faults(scale, variables):
        where = ", ".join(part for part in (panel.source, f"scale {scale.name}") if part)
        raise PanelError(fault.what, where=where, remedy=fault.remedy)


def _keyed_of(panel: Panel, scale: Scale) -> FloatArray:
    answers = np.column_stack([panel.numbers(item) for item in scale.items])
    return keyed(answers, scale, [panel.codebook[item].bounds for item in scale.items])


def _gaps(
    panel: Panel, scale: Scale, values: FloatArray, variable: Variable
) -> tuple[tuple[MissingCode, ...], npt.NDArray[np.int16]]:
    """Missing codes of a score, and the status of every person."""
    status = np.zeros(len(panel), dtype=np.int16)
    rows = np.flatnonzero(np.isnan(values))
    if not len(rows):
        return (), status
    order = list(Reason)
    counts = np.zeros((len(panel), len(order)), dtype=np.int64)
    for item in scale.items:
        reasons = panel.reasons(item)
        for row in rows.tolist():
            reason = reasons[row]
            if reason is not None:
                counts[row, order.index(reason)] += 1
    # Everything was answered, but no model could be fitted.
    unfitted = order.index(Reason.OTHER)
    short = (~np.isnan(_keyed_of(panel, scale))).sum(axis=1) < scale.needed
    counts[~short] = 0
    counts[~short, unfitted] = 1
    chosen = counts[rows].argmax(axis=1)
    found = sorted(set(chosen.tolist()))
    first = -99.0
    if variable.range is not None and variable.range[0] <= first + len(order):
        first = math.floor(variable.range[0]) - len(order) - 100.0
    codes = tuple(
        MissingCode(first + place, order[place], _gap_label(order[place], scale)) for place in found
    )
    status[rows] = 1 + np.searchsorted(found, chosen)
    return codes, status


def _gap_label(reason: Reason, scale: Scale) -> str:
    if scale.score == "theta" and reason is Reason.OTHER:
        return "too few answers to fit a model to"
    return reason.value
