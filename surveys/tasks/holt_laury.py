"""Holt–Laury list: ten choices between a safer and a riskier gamble.

Holt, C. A., & Laury, S. K. (2002). Risk aversion and incentive effects. American Economic Review
92, 1644–1655. Low-stakes treatment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level
from ..question import Item, Option
from ..questions import Matrix
from ..respondents.cognition.parameters import TRAITS
from .gambles import Gamble, GamblePair, amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["HoltLaury"]

_SOURCE = "Holt & Laury 2002, American Economic Review 92, 1644–1655, low stakes"
SAFE, RISKY = 1.0, 2.0
_AVERSION = next(trait for trait in TRAITS if trait.name == "risk_aversion")


def _share(low: int, high: int, value: float, half: float) -> Reference:
    return Reference(
        measure="safe_choices",
        statistic="share",
        at=(low, high),
        value=value,
        interval=(max(0.0, value - half), value + half),
        source=_SOURCE,
        n=212,
        mark="recalled",
        margin=True,
    )


@dataclass(frozen=True, kw_only=True)
class HoltLaury(Task):
    """Choices between option A (safer) and B (riskier) as the better prize becomes likelier.

    Attributes:
        safe: Better and worse prize of option A.
        risky: Better and worse prize of option B.
        rows: Number of choices; in row i the better prizes have a chance of i / rows.
        unit: Of the prizes.
    """

    name = "holt_laury"
    family = Family.RISK
    title = "Holt–Laury list"
    about = (
        "Risk aversion over gains: how good the odds must be before the riskier gamble is taken."
    )
    citation = (
        "Holt & Laury (2002). Risk aversion and incentive effects. American Economic Review 92, "
        "1644–1655."
    )
    measures = (
        Measure(
            name="safe_choices",
            label="Safe choices",
            low=0,
            high=10,
            meaning="4 = risk neutral, more = risk averse",
        ),
        Measure(name="consistent", label="Switches at most once, from A to B", low=0, high=1),
        Measure(
            name="risk_aversion",
            label="Relative risk aversion r",
            meaning="middle of the interval that the switch implies; 0 = neutral; only for "
            "consistent lists that switch",
        ),
        Measure(
            name="dominated", label="Takes the smaller sure prize in the last row", low=0, high=1
        ),
    )
    references = (
        Reference(
            measure="safe_choices",
            statistic="mean",
            value=5.2,
            interval=(4.9, 5.5),
            source=_SOURCE,
            n=212,
            mark="recalled",
            margin=True,
        ),
        _share(0, 3, 0.08, 0.05),
        _share(4, 4, 0.26, 0.06),
        _share(5, 5, 0.26, 0.06),
        _share(6, 6, 0.23, 0.06),
        _share(7, 7, 0.13, 0.05),
        _share(8, 10, 0.04, 0.04),
        Reference(
            measure="consistent",
            statistic="mean",
            value=0.87,
            interval=(0.82, 0.93),
            source=_SOURCE,
            n=212,
            mark="recalled",
            margin=True,
        ),
    )

    safe: tuple[float, float] = (2.00, 1.60)
    risky: tuple[float, float] = (3.85, 0.10)
    rows: int = 10
    unit: str = "$"

    def fault(self) -> str | None:
        if not 2 <= self.rows <= 100:
            return f"a list of {self.rows} choices is not between 2 and 100 long"
        if min(*self.safe, *self.risky) <= 0:
            return "a prize is not above 0"
        (a, b), (c, d) = self.safe, self.risky
        if not (c > a > b > d):
            return "the prizes of the riskier option do not lie on both sides of the safer one's"
        return None

    @cached_property
    def _gambles(self) -> tuple[tuple[Gamble, Gamble], ...]:
        chances = [row / self.rows for row in range(1, self.rows + 1)]
        return tuple(
            (Gamble.of(self.safe[0], p, self.safe[1]), Gamble.of(self.risky[0], p, self.risky[1]))
            for p in chances
        )

    @cached_property
    def _indifferent(self) -> tuple[float, ...]:
        """For each row, the risk aversion above which option A is better; rising over rows."""
        return tuple(_indifference(safe, risky) for safe, risky in self._gambles)

    def pages(self) -> Pages:
        return [
            [
                Matrix(
                    name="row",
                    label="Choice between two gambles",
                    text=f"Below are {self.rows} choices between two options, A and B. Each option "
                    "pays one of two prizes; the chances are the same in both and change from "
                    "line to line. At the end one line is drawn by chance, and the option you "
                    "chose there is played out.\n\nWhich option do you choose in each line?",
                    items=tuple(
                        Item(
                            name=str(number),
                            label=f"A: {safe.text(self.unit)}. B: {risky.text(self.unit)}.",
                        )
                        for number, (safe, risky) in enumerate(self._gambles, 1)
                    ),
                    options=(
                        Option(code=SAFE, label="Option A"),
                        Option(code=RISKY, label="Option B"),
                    ),
                    level=Level.NOMINAL,
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        a, b, c, d = (amount(x, self.unit) for x in (*self.safe, *self.risky))
        return (
            f"One line is drawn; option A pays {a} or {b}, option B pays {c} or {d}.",
            "The risk-neutral choice is A while the expected value of A is the higher one.",
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = [answers.get(f"row_{number}") for number in range(1, self.rows + 1)]
        if None in given:
            return dict.fromkeys(m.name for m in self.measures)
        safe = sum(choice == SAFE for choice in given)
        consistent = all(choice == SAFE for choice in given[:safe])
        switch = self._indifferent[:-1]
        inside = consistent and 0 < safe < self.rows - 1
        return {
            "safe_choices": float(safe),
            "consistent": float(consistent),
            "risk_aversion": (switch[safe - 1] + switch[safe]) / 2 if inside else None,
            "dominated": float(given[-1] == SAFE),
        }

    def measured(self) -> tuple[Measure, ...]:
        first, *others = self.measures
        if self.rows == 10:
            return self.measures
        return (
            Measure(name=first.name, label=first.label, low=0, high=self.rows),
            *others,
        )

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        aversion = _AVERSION.quantile(draws.latent(person.standing("risk_aversion")))
        chosen: dict[str, Code] = {}
        for number, threshold in enumerate(self._indifferent, 1):
            safe = aversion > threshold
            if draws.trial.uniform() < person.slips:
                safe = not safe
            chosen[f"row_{number}"] = SAFE if safe else RISKY
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {
            f"row_{number}": SAFE if safe.mean > risky.mean else RISKY
            for number, (safe, risky) in enumerate(self._gambles, 1)
        }

    def gambles(self) -> Sequence[GamblePair]:
        return tuple(
            GamblePair(
                name=f"line {number}",
                variable=f"row_{number}",
                first=SAFE,
                second=RISKY,
                a=safe,
                b=risky,
            )
            for number, (safe, risky) in enumerate(self._gambles, 1)
        )


def utility(outcome: float, aversion: float) -> float:
    """Utility with constant relative risk aversion; `outcome` > 0."""
    if abs(aversion - 1.0) < 1e-9:
        return math.log(outcome)
    return float(outcome ** (1.0 - aversion)) / (1.0 - aversion)


def _indifference(safe: Gamble, risky: Gamble) -> float:
    """Risk aversion at which two gambles are worth the same; ±inf where none in −20 … 20 is."""

    def better(aversion: float) -> float:
        return sum(p * utility(x, aversion) for x, p in safe.outcomes) - sum(
            p * utility(x, aversion) for x, p in risky.outcomes
        )

    low, high = -20.0, 20.0
    if better(high) <= 0:
        return math.inf
    if better(low) > 0:
        return -math.inf
    for _ in range(60):
        middle = (low + high) / 2
        if better(middle) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2
