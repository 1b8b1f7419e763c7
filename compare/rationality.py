"""Choices between gambles beside theories, axioms, and people."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.panel import Panel
from ..data.references import Mark
from ..data.task_facts import GambleChoice
from .gambles import THEORIES, cycles, dominated, expected_value, parallel_pairs
from .metrics.association import spearman
from .metrics.weights import FloatArray
from .task_card import Flag
from .task_flags import FEWEST
from .task_stats import MISSING, Figure, mean_figure
from .verdict import number, percent

__all__ = ["PUBLISHED", "Agreement", "Rate", "Rationality", "Violation", "rationality"]


@dataclass(frozen=True, slots=True)
class Rate:
    """What people do, as published.

    Attributes:
        value: The share or correlation.
        source: Who found it.
        mark: How well it is known.
    """

    value: float
    source: str
    mark: Mark


_OWN = "choices13k (Peterson et al. 2021, Science 372, 1209–1214), own computation"

PUBLISHED: dict[str, Rate] = {
    "expected_value": Rate(0.64, _OWN, "secondary"),
    "rho": Rate(0.5, _OWN, "secondary"),
    "dominance": Rate(
        0.05, "Carbone & Hey 1995, Geneva Pap. Risk Insur. 20; transparent dominance", "recalled"
    ),
    "transitivity": Rate(
        0.05, "Birnbaum & Gutierrez 2007, Organ. Behav. Hum. Decis. Process. 104", "recalled"
    ),
    "independence": Rate(
        0.65, "Kahneman & Tversky 1979, Econometrica 47, problems 1 and 2, hypothetical", "recalled"
    ),
}
"""What people do: share of choices of the higher expected value and its rank correlation with
choice rates (problems drawn from a space of problems), and shares of violations."""

EXCESS = 0.15
"""By how much twins' share of expected-value choices must at least exceed the published one;
chosen: half of the way to taking nearly all."""
STEEP = 0.75
"""Correlation with expected value from which twins are flagged, between people (.5) and GPT-4o
(.94: arXiv 2406.17055); chosen."""
PROBLEMS = 20
"""Fewest problems from which a correlation over problems is judged."""
CARELESS = 0.15
"""Share of dominated choices from which twins are flagged where there are no people; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Share of choices that a theory would make, mean over persons; ties left out.

    Attributes:
        theory: Name of the theory.
        label: The theory for people.
        problems: Problems in which it prefers one gamble.
        twins: The twins' share.
        people: The people's share, where their choices were given.
        published: What is published, None where nothing is or the problems are of another kind.
    """

    theory: str
    label: str
    problems: int
    twins: Figure
    people: Figure
    published: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Share of opportunities at which an axiom was violated, mean over persons.

    Attributes:
        axiom: "dominance", "transitivity" or "independence".
        label: What is violated, for people.
        opportunities: How many the questionnaire offers.
        twins: The twins' share.
        people: The people's share, where their choices were given.
        published: What is published.
    """

    axiom: str
    label: str
    opportunities: int
    twins: Figure
    people: Figure
    published: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rationality:
    """Choices between gambles.

    Attributes:
        problems: Problems that agreement and correlation rest on: those drawn from a space of
            problems where there are any, all otherwise.
        sampled: Whether they were so drawn, so that published rates may be compared.
        agreement: By theory.
        twins_rho: Spearman correlation over problems of the share of twins who choose B with the
            difference in expected value, NaN for fewer than three problems.
        people_rho: The same of people.
        violations: By axiom, those that the questionnaire gives an opportunity to violate.
        flags: In what the twins are not like people.
    """

    problems: int
    sampled: bool
    agreement: tuple[Agreement, ...]
    twins_rho: float
    people_rho: float
    violations: tuple[Violation, ...]
    flags: tuple[Flag, ...] = ()


def rationality(
    choices: Sequence[GambleChoice],
    twins: Panel,
    people: Panel | None = None,
    *,
    level: float = 0.95,
) -> Rationality:
    """Hold choices between gambles against theories and axioms.

    Args:
        choices: The problems; their variables hold 1 where B was chosen, 0 where A was.
        twins: The twins' choices. Problems that are not in the panel count as not answered.
        people: Choices of people who were given the same problems.
        level: Coverage of the intervals.
    """
    some = [choice for choice in choices if choice.sampled]
    asked = some or list(choices)
    sides = (twins, people) if people is not None else (twins,)
    agreement = []
    for theory in THEORIES:
        gaps = np.array([theory.worth(c.b) - theory.worth(c.a) for c in asked])
        shares = [mean_figure(_agree(_chosen(asked, side), gaps), level) for side in sides]
        agreement.append(
            Agreement(
                theory=theory.name,
                label=theory.label,
                problems=int((np.abs(gaps) > 1e-9).sum()),
                twins=shares[0],
                people=shares[1] if len(shares) > 1 else MISSING,
                published=PUBLISHED.get(theory.name) if some else None,
            )
        )
    rhos = [_rho(asked, _chosen(asked, side)) for side in sides]
    found = Rationality(
        problems=len(asked),
        sampled=bool(some),
        agreement=tuple(agreement),
        twins_rho=rhos[0],
        people_rho=rhos[1] if len(rhos) > 1 else math.nan,
        violations=tuple(
            row
            for row in (
                _row("dominance", "Dominated gamble chosen", _dominance, choices, sides, level),
                _row("transitivity", "Circular preferences", _circles, choices, sides, level),
                _row("independence", "Independence violated", _independence, choices, sides, level),
            )
            if row is not None
        ),
    )
    return dataclasses.replace(found, flags=tuple(_flags(found)))


def _chosen(choices: Sequence[GambleChoice], panel: Panel) -> FloatArray:
    """1 for B, 0 for A, NaN for no choice. Shape (people, problems)."""
    empty = np.full(len(panel), np.nan)
    columns = [
        panel.numbers(c.variable) if c.variable in panel.codebook else empty for c in choices
    ]
    return np.column_stack(columns)


def _mean(hits: FloatArray) -> FloatArray:
    """Mean of each row over what is not NaN, NaN where all is. Shape (people,)."""
    known = ~np.isnan(hits)
    count = known.sum(axis=1)
    total = np.where(known, hits, 0.0).sum(axis=1)
    means: FloatArray = np.full(len(hits), np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means


def _agree(chosen: FloatArray, gaps: FloatArray) -> FloatArray:
    """Each person's share of choices of the better gamble, ties left out."""
    decided = np.abs(gaps) > 1e-9
    hits = np.where(np.isnan(chosen), np.nan, (chosen == (gaps > 0)).astype(np.float64))
    return _mean(hits[:, decided])


def _rho(choices: Sequence[GambleChoice], chosen: FloatArray) -> float:
    rates = _mean(chosen.T)
    gaps = np.array([expected_value(c.b) - expected_value(c.a) for c in choices])
    known = ~np.isnan(rates)
    if known.sum() < 3:
        return math.nan
    return float(spearman(rates[known], gaps[known], np.ones(int(known.sum()))))


Counter = Callable[[Sequence[GambleChoice], FloatArray], list[FloatArray]]


def _row(
    axiom: str,
    label: str,
    count: Counter,
    choices: Sequence[GambleChoice],
    sides: Sequence[Panel],
    level: float,
) -> Violation | None:
    """One axiom, or None where there is no opportunity to violate it."""
    shares, chances = [], 0
    for side in sides:
        hits = count(choices, _chosen(choices, side))
        if not hits:
            return None
        chances = len(hits)
        shares.append(mean_figure(_mean(np.column_stack(hits)), level))
    return Violation(
        axiom=axiom,
        label=label,
        opportunities=chances,
        twins=shares[0],
        people=shares[1] if len(shares) > 1 else MISSING,
        published=PUBLISHED[axiom],
    )


def _dominance(choices: Sequence[GambleChoice], chosen: FloatArray) -> list[FloatArray]:
    found = []
    for place, choice in enumerate(choices):
        worse = dominated(choice)
        if worse is not None:
            mine = chosen[:, place]
            found.append(np.where(np.isnan(mine), np.nan, (mine == worse).astype(np.float64)))
    return found


def _circles(choices: Sequence[GambleChoice], chosen: FloatArray) -> list[FloatArray]:
    found = []
    for triple in cycles(choices):
        forward = np.stack([chosen[:, k] if sign else 1 - chosen[:, k] for k, sign in triple])
        total = forward.sum(axis=0)
        circle = ((total == 0) | (total == 3)).astype(np.float64)
        found.append(np.where(np.isnan(total), np.nan, circle))
    return found


def _independence(choices: Sequence[GambleChoice], chosen: FloatArray) -> list[FloatArray]:
    found = []
    for one, other, alike in parallel_pairs(choices):
        second = chosen[:, other] if alike else 1 - chosen[:, other]
        gap = np.abs(chosen[:, one] - second)
        found.append(gap)
    return found


def _flags(found: Rationality) -> list[Flag]:
    flags = []
    value = next(row for row in found.agreement if row.theory == "expected_value")
    said = f"{percent(value.twins.value)} of the choices are of the higher expected value"
    known = value.twins.n >= FEWEST and not math.isnan(value.twins.interval[0])
    if known and value.people.n >= FEWEST:
        if value.twins.interval[0] > value.people.interval[1] + 0.10:
            text = f"{said}; of the people's, {percent(value.people.value)}"
            flags.append(Flag(kind="too rational", task="", text=text))
    elif (
        known
        and value.published is not None
        and value.twins.interval[0] > (value.published.value + EXCESS)
    ):
        text = f"{said}; of people's elsewhere, {percent(value.published.value)}"
        flags.append(Flag(kind="too rational", task="", text=text))
    beside = PUBLISHED["rho"].value if math.isnan(found.people_rho) else found.people_rho
    if found.sampled and found.problems >= PROBLEMS and found.twins_rho > max(STEEP, beside + 0.15):
        text = (
            f"choice rates follow expected value with ρ = {number(found.twins_rho, 2)}; people's "
            f"with {number(beside, 2)}"
        )
        flags.append(Flag(kind="too rational", task="", text=text))
    flags += [flag for row in found.violations for flag in _violated(row)]
    return flags


def _violated(row: Violation) -> list[Flag]:
    if row.twins.n < FEWEST or math.isnan(row.twins.interval[0]):
        return []
    text = f"{row.label.lower()} at {percent(row.twins.value)} of the opportunities"
    low, high = row.twins.interval
    if row.people.n >= FEWEST:
        said = f"{text}; by people, at {percent(row.people.value)}"
        if low > row.people.interval[1]:
            return [Flag(kind="inconsistent", task="", text=said)]
        if high < row.people.interval[0]:
            return [Flag(kind="too rational", task="", text=said)]
        return []
    if row.axiom != "independence" and low > CARELESS:
        said = f"{text}; by people elsewhere, at about {percent(row.published.value)}"
        return [Flag(kind="inconsistent", task="", text=said)]
    return []
