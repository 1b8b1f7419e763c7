"""Answers to one question that must fit each other: ranks, parts of a total, options chosen.

Every variable is drawn from its own probabilities. Where the question allows only some
combinations, the draws are moved to the nearest one it allows; nothing is made up for a variable
that has no draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...data.codebook import Code
from ..question import Shown
from ..questions import ConstantSum, Multiple, Ranking, parts

__all__ = ["Draw", "fitted"]


@dataclass(frozen=True, slots=True)
class Draw:
    """One variable's draw.

    Attributes:
        value: What was drawn.
        level: Quantile of the distribution at which it was drawn, 0 to 1.
        chances: Probabilities by code.
    """

    value: Code
    level: float
    chances: tuple[tuple[Code, float], ...]

    @property
    def mean(self) -> float:
        """Expected value; of options, the probability of being chosen."""
        return sum(float(code) * p for code, p in self.chances)


def fitted(shown: Shown, draws: Mapping[str, Draw]) -> dict[str, Code | None]:
    """Return values by variable that the question allows together; None for a rank not given."""
    question = shown.question
    values: dict[str, Code | None] = {name: draw.value for name, draw in draws.items()}
    if isinstance(question, Ranking):
        return _ranks(draws, question.top)
    if isinstance(question, ConstantSum):
        return _sum(draws, question.total)
    if isinstance(question, Multiple):
        return _options(question, draws)
    return values


def _ranks(draws: Mapping[str, Draw], top: int | None) -> dict[str, Code | None]:
    """Order by drawn rank; equal ranks by where within them the draw fell."""
    order = sorted(draws, key=lambda name: (float(draws[name].value), draws[name].level, name))
    last = top or len(order)
    return {name: float(k) if k <= last else None for k, name in enumerate(order, 1)}


def _sum(draws: Mapping[str, Draw], total: float) -> dict[str, Code | None]:
    """Scale to the total, in whole units if it is whole: largest remainders get what is left."""
    raw = {name: float(draw.value) for name, draw in draws.items()}
    if sum(raw.values()) <= 0:
        raw = {name: draw.mean for name, draw in draws.items()}
    drawn = sum(raw.values())
    if drawn <= 0:
        return {name: draw.value for name, draw in draws.items()}
    unit = 1.0 if float(total).is_integer() else total / 100
    exact = {name: value / drawn * total / unit for name, value in raw.items()}
    whole = {name: int(value) for name, value in exact.items()}
    left = round(total / unit) - sum(whole.values())
    for name in sorted(exact, key=lambda n: (whole[n] - exact[n], n))[:left]:
        whole[name] += 1
    return {name: count * unit for name, count in whole.items()}


def _options(question: Multiple, draws: Mapping[str, Draw]) -> dict[str, Code | None]:
    """Settle exclusive options, then choose as few more or fewer as the question wants.

    An exclusive option that is drawn stands: its share stays what it should be. Where nothing is
    drawn and something must be, what came nearest is chosen, exclusive options included.
    """
    alone = {parts.option_name(question, o) for o in question.answers if o.exclusive}
    chosen = {name for name, draw in draws.items() if draw.value == 1}
    # How far inside "chosen" (positive) or outside it (negative) each draw fell.
    margin = {name: draw.level - (1 - draw.mean) for name, draw in draws.items()}

    def nearest(names: set[str]) -> list[str]:
        return sorted(names, key=lambda name: (-margin[name], name))

    least = max(question.least, int(question.required))
    if not chosen and least == 1:
        chosen = set(nearest(set(draws))[:1])
    if chosen & alone:
        chosen = set(nearest(chosen & alone)[:1])
    else:
        more = nearest(set(draws) - alone - chosen)
        chosen |= set(more[: max(least - len(chosen), 0)])
        if question.most is not None:
            chosen = set(nearest(chosen)[: question.most])
    return {name: float(name in chosen) for name in draws}
