"""Gambles: outcomes with probabilities, their moments, and how people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ...data.codebook import Code, code_text

__all__ = ["Gamble", "GamblePair", "amount", "percent"]


@dataclass(frozen=True)
class Gamble:
    """A gamble.

    Attributes:
        outcomes: Pairs of outcome and probability, in the order shown; probabilities add up to 1.
    """

    outcomes: tuple[tuple[float, float], ...]

    @classmethod
    def sure(cls, outcome: float) -> Gamble:
        """An outcome for certain."""
        return cls(((outcome, 1.0),))

    @classmethod
    def of(cls, outcome: float, probability: float, otherwise: float = 0.0) -> Gamble:
        """An outcome with a probability, another outcome otherwise."""
        if probability >= 1:
            return cls.sure(outcome)
        return cls(((outcome, probability), (otherwise, 1.0 - probability)))

    def fault(self) -> str | None:
        """Say what makes it no gamble, or None."""
        if not self.outcomes:
            return "a gamble has no outcomes"
        for outcome, probability in self.outcomes:
            if not math.isfinite(outcome):
                return "an outcome of a gamble is no finite number"
            if not 0 <= probability <= 1:
                return f"a probability is {code_text(float(probability))}, not between 0 and 1"
        total = sum(probability for _, probability in self.outcomes)
        if abs(total - 1) > 1e-6:
            return f"the probabilities of a gamble add up to {total:.6g}, not to 1"
        return None

    @cached_property
    def merged(self) -> tuple[tuple[float, float], ...]:
        """Possible outcomes, lowest first, each once."""
        found: dict[float, float] = {}
        for outcome, probability in self.outcomes:
            if probability > 0:
                found[float(outcome)] = found.get(float(outcome), 0.0) + probability
        return tuple(sorted(found.items()))

    @cached_property
    def mean(self) -> float:
        """Expected value."""
        return sum(x * p for x, p in self.merged)

    @cached_property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(max(0.0, sum(p * (x - self.mean) ** 2 for x, p in self.merged)))

    @property
    def low(self) -> float:
        """Lowest possible outcome."""
        return self.merged[0][0]

    @property
    def high(self) -> float:
        """Highest possible outcome."""
        return self.merged[-1][0]

    @property
    def mode(self) -> float:
        """Most likely outcome; of several, the lowest."""
        return max(self.merged, key=lambda pair: pair[1])[0]

    def at(self, level: float) -> float:
        """The outcome below which a share `level` of draws lies (the quantile)."""
        below = 0.0
        for outcome, probability in self.merged:
            below += probability
            if level < below:
                return outcome
        return self.high

    def text(self, unit: str = "", *, chances: bool = True) -> str:
        """The gamble in words: "$20 with a chance of 40 %, $0 with a chance of 60 %"."""
        shown = [pair for pair in self.outcomes if pair[1] > 0]
        if len(shown) == 1:
            return f"{amount(shown[0][0], unit)} for certain"
        if not chances:
            return _listed([amount(x, unit) for x, _ in shown]) + ", with unknown chances"
        return ", ".join(f"{amount(x, unit)} with a chance of {percent(p)}" for x, p in shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class GamblePair:
    """A choice between two gambles, as a task asks for it.

    Attributes:
        name: For people: "line 3".
        variable: The task's own name of the answer.
        first: Answer that chooses `a`.
        second: Answer that chooses `b`.
        a: One gamble.
        b: The other.
        sampled: Whether it is one of many drawn from a space of problems, not built to test
            something.
    """

    name: str
    variable: str
    first: Code
    second: Code
    a: Gamble
    b: Gamble
    sampled: bool = False


def amount(value: float, unit: str = "") -> str:
    """An amount as people write it: "$3.85", "−5 points", "40"."""
    size = code_text(round(abs(float(value)), 6))
    sign = "−" if value < 0 else ""
    if unit in ("$", "€", "£"):
        return f"{sign}{unit}{size if '.' not in size else f'{abs(value):.2f}'}"
    return f"{sign}{size} {unit}".strip()


def percent(probability: float) -> str:
    """A probability as people write it: "40%"."""
    return f"{code_text(round(100 * probability, 4))}%"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
