"""What a task measures, and what people do: measures, published figures, and where they are from.

A `Reference` is a published figure about a measure, and `estimate` works the same figure out of
anybody's scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Mark", "Measure", "Reference", "Statistic", "estimate", "in_arm"]

FloatArray = npt.NDArray[np.float64]

Mark = Literal["verified", "secondary", "recalled"]
"""How well a figure is known: read in the source or its data; seen in another text or in code that
uses it; from memory, not looked up again."""

Statistic = Literal["mean", "median", "sd", "share", "d", "difference", "ratio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A score of a task.

    Attributes:
        name: Short, without the task's own name: "share".
        label: For people: "Share given".
        unit: Of the score: "of the endowment", "dollars"; "" where it has none.
        low: Lowest possible score, or None where it has no bound.
        high: Highest possible score, or None.
        meaning: How to read it, where the label does not say: "0 = risk neutral".
    """

    name: str
    label: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A figure about people.

    Attributes:
        measure: Name of the measure.
        statistic: "mean", "median", "sd" (n − 1); "share" of people whose score lies within `at`;
            of `arm` against `against`: "d" (difference of means over the pooled SD),
            "difference" and "ratio" of means.
        value: The figure.
        interval: Within this, a population lands on the figure: the source's interval, or our
            margin where `margin` is true.
        source: Who found it, where: author, year, journal.
        mark: How well the figure is known.
        n: People behind it; None where the source at hand does not say.
        at: For a share, lowest and highest score that count, ends included.
        arm: The arm it holds in; "" for everybody.
        against: The arm it is compared with, for effects.
        margin: Whether the interval is chosen here rather than given by the source.
        target: Whether cognitive respondents must land on it.
        note: What to know before comparing ("hypothetical stakes").
    """

    measure: str
    statistic: Statistic
    value: float
    interval: tuple[float, float]
    source: str
    mark: Mark
    n: int | None = None
    at: tuple[float, float] | None = None
    arm: str = ""
    against: str = ""
    margin: bool = False
    target: bool = True
    note: str = ""

    def __post_init__(self) -> None:
        low, high = self.interval
        if not low <= self.value <= high:
            raise ValueError(f"{self.measure}: {self.value} is not within {self.interval}")
        if (self.statistic == "share") != (self.at is not None):
            raise ValueError(f"{self.measure}: a share, and only a share, says what counts (at)")
        if (self.statistic in ("d", "difference", "ratio")) != bool(self.against):
            raise ValueError(f"{self.measure}: an effect, and only an effect, is against an arm")

    @property
    def wording(self) -> str:
        """What is stated, for tables: "share at 0", "d, high against low"."""
        text: str = self.statistic
        if self.at is not None:
            low, high = self.at
            text += f" at {low:g}" if low == high else f" from {low:g} to {high:g}"
        if self.against:
            return f"{text}, {self.arm} against {self.against}"
        return f"{text}, {self.arm}" if self.arm else text


def in_arm(arms: Mapping[str, Sequence[str]], arm: str, count: int) -> npt.NDArray[np.bool_]:
    """Who is in an arm, of whichever condition has it.

    Args:
        arms: Condition → arm of each person.
        arm: The arm; "" for everybody.
        count: Number of people.
    """
    if not arm:
        return np.ones(count, dtype=np.bool_)
    found = np.zeros(count, dtype=np.bool_)
    for given in arms.values():
        found |= np.array([one == arm for one in given], dtype=np.bool_)
    return found


def estimate(
    reference: Reference, scores: FloatArray, arms: Mapping[str, Sequence[str]]
) -> float | None:
    """Work a reference's statistic out of people's scores.

    Args:
        reference: Which statistic, of whom.
        scores: The measure for each person, NaN where there is none. Shape (people,).
        arms: Condition → arm of each person.

    Returns:
        The statistic, or None where too few people have a score.
    """
    known = ~np.isnan(scores)
    mine = scores[known & in_arm(arms, reference.arm, len(scores))]
    if not len(mine):
        return None
    match reference.statistic:
        case "mean":
            return float(mine.mean())
        case "median":
            return float(np.median(mine))
        case "sd":
            return float(mine.std(ddof=1)) if len(mine) > 1 else None
        case "share":
            low, high = reference.at or (-math.inf, math.inf)
            # Scores are often quotients: a margin keeps .1 + .2 from missing .3.
            return float(((mine >= low - 1e-9) & (mine <= high + 1e-9)).mean())
    other = scores[known & in_arm(arms, reference.against, len(scores))]
    if len(mine) < 2 or len(other) < 2:
        return None
    gap = float(mine.mean() - other.mean())
    if reference.statistic == "difference":
        return gap
    if reference.statistic == "ratio":
        below = float(other.mean())
        return float(mine.mean()) / below if below else None
    ways = len(mine) + len(other) - 2
    pooled = ((len(mine) - 1) * mine.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / ways
    return gap / math.sqrt(pooled) if pooled > 0 else None
