"""Drawing people: standings from their distribution, given what the record says of each."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ....data.codebook import Level
from ....data.errors import RequestError, UnknownNameError
from .draws import CONSISTENCY, Stream, normal_quantile
from .parameters import NAMES, TRAITS, Parameters, correlation_matrix

if TYPE_CHECKING:
    from ....data.panel import Panel

__all__ = ["Recorded", "draw_person", "recorded_standings"]

FloatArray = npt.NDArray[np.float64]

RELIABILITY = CONSISTENCY
"""Share of a recorded measure's variance that is the trait: what lasts in one choice."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What records say about one trait.

    Attributes:
        trait: Name of the trait.
        variable: Variable that measures it.
        scores: Person → standard normal score of the recorded value among all people.
    """

    trait: str
    variable: str
    scores: Mapping[str, float]


def recorded_standings(panel: Panel, given: Mapping[str, str]) -> tuple[Recorded, ...]:
    """Find the traits that a panel's variables measure.

    Args:
        panel: What may be seen of people; held-out items are not in it.
        given: Trait → variable, as somebody said; a leading "-" turns the direction. Other traits
            are taken from a variable that has the name of a task's answer or score.

    Raises:
        UnknownNameError: There is no such trait or variable.
        RequestError: A variable has no order.
    """
    for name in given:
        if name not in NAMES:
            raise UnknownNameError("parameter", name, NAMES)
    found = []
    for trait in TRAITS:
        said = given.get(trait.name, "")
        if said:
            variable, sign = said.removeprefix("-"), -1 if said.startswith("-") else 1
            if variable not in panel.codebook:
                raise UnknownNameError("variable", variable, panel.names)
            if not _ordered(panel, variable):
                raise RequestError(
                    f"{variable!r} has no order, so it cannot measure {trait.name}",
                    remedy="name a variable that holds numbers on a scale",
                )
        else:
            known = [(v, s) for v, s in trait.measured_by if v in panel.codebook]
            known = [(v, s) for v, s in known if _ordered(panel, v)]
            if not known:
                continue
            variable, sign = known[0]
        found.append(Recorded(trait.name, variable, _scores(panel, variable, sign)))
    return tuple(found)


def _ordered(panel: Panel, name: str) -> bool:
    variable = panel.codebook[name]
    return variable.kind == "number" and variable.level in (Level.ORDINAL, Level.INTERVAL)


def _scores(panel: Panel, name: str, sign: int) -> dict[str, float]:
    """Normal scores of mid-ranks; of people who gave the same answer, the same."""
    values = panel.numbers(name) * sign
    known = values[~np.isnan(values)]
    if not len(known):
        return {}
    ordered = np.sort(known)
    below = np.searchsorted(ordered, values, side="left")
    through = np.searchsorted(ordered, values, side="right")
    share = (below + through) / 2 / len(known)
    return {
        person: normal_quantile(min(max(float(p), 1e-6), 1 - 1e-6))
        for person, p, value in zip(panel.persons, share, values, strict=True)
        if not math.isnan(value)
    }


def draw_person(seed: int, person: str, recorded: tuple[Recorded, ...] = ()) -> Parameters:
    """Draw one person's parameters: the same for the same seed and person.

    Standings are multivariate normal. A recorded measure m of trait z is taken as
    m = √ρ·z + √(1 − ρ)·error with ρ = `RELIABILITY`; the draw is from the distribution given all
    that is recorded, by Matheron's rule (Journel & Huijbregts 1978, Mining Geostatistics, VII.A.3),
    so that over people every parameter keeps its distribution.
    """
    stream = Stream(seed, person, "cognitive person")
    standings = _root() @ np.array([stream.normal() for _ in NAMES])
    known = [(one.trait, one.scores[person]) for one in recorded if person in one.scores]
    if known:
        places = tuple(NAMES.index(trait) for trait, _ in known)
        gain = _gain(places)
        noise = np.array([stream.normal() for _ in known])
        loading = math.sqrt(RELIABILITY)
        prior = loading * standings[list(places)] + math.sqrt(1 - RELIABILITY) * noise
        standings = standings + gain @ (np.array([score for _, score in known]) - prior)
    return Parameters.at(tuple(standings.tolist()))


@functools.cache
def _root() -> FloatArray:
    return np.linalg.cholesky(correlation_matrix()).astype(np.float64)


@functools.lru_cache(maxsize=256)
def _gain(places: tuple[int, ...]) -> FloatArray:
    """How far standings move for each unit that recorded measures differ from drawn ones."""
    matrix = correlation_matrix()
    at = list(places)
    across = math.sqrt(RELIABILITY) * matrix[:, at]
    measured = RELIABILITY * matrix[np.ix_(at, at)] + (1 - RELIABILITY) * np.eye(len(at))
    return np.linalg.solve(measured, across.T).T.astype(np.float64)
