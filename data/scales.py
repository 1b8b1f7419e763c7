"""Scales: scores made of several items, how they are declared, and what can be wrong with that.

A score is scored from answers whenever answers are shown and is never asked. Its variable says so:
its group is `SCORES` and its siblings are its items (`scored_from`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .codebook import Level, Variable
from .errors import nearest

__all__ = [
    "SCORES",
    "SCORINGS",
    "Mark",
    "Norm",
    "Scale",
    "ScaleFault",
    "scale_faults",
    "scored_from",
]

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


def scored_from(variable: Variable) -> tuple[str, ...]:
    """Names of the items that a variable is a score of; empty for one that is no score."""
    return variable.siblings if variable.group == SCORES else ()
