"""Prospect theory: what a gamble is worth to somebody who weighs chances.

Tversky, A., & Kahneman, D. (1992). Advances in prospect theory: Cumulative representation of
uncertainty. Journal of Risk and Uncertainty 5, 297–323.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...tasks.gambles import Gamble

__all__ = ["certainty_equivalent", "prospect_value", "weight"]


def weight(probability: float, gamma: float) -> float:
    """Decision weight of a chance: p^γ / (p^γ + (1 − p)^γ)^(1/γ), equation 6 of the source."""
    if probability <= 0:
        return 0.0
    if probability >= 1:
        return 1.0
    up, down = probability**gamma, (1 - probability) ** gamma
    return float(up / (up + down) ** (1 / gamma))


def prospect_value(
    gamble: Gamble,
    *,
    exponent: float = 0.88,
    loss_aversion: float = 2.25,
    gamma: float = 0.61,
    delta: float = 0.69,
) -> float:
    """Cumulative prospect value of a gamble; parameters default to the source's medians.

    Gains are weighed from the best outcome down, losses from the worst up.

    Args:
        gamble: What is valued.
        exponent: α of the value function x^α, for gains and losses alike.
        loss_aversion: λ, by which the value of losses is multiplied.
        gamma: Curvature of the weights of gains.
        delta: Curvature of the weights of losses.
    """
    total = 0.0
    above = 0.0
    for outcome, probability in reversed(gamble.merged):
        if outcome > 0:
            part = weight(above + probability, gamma) - weight(above, gamma)
            total += part * outcome**exponent
            above += probability
    below = 0.0
    for outcome, probability in gamble.merged:
        if outcome < 0:
            part = weight(below + probability, delta) - weight(below, delta)
            total -= loss_aversion * part * (-outcome) ** exponent
            below += probability
    return total


def certainty_equivalent(
    gamble: Gamble,
    *,
    exponent: float = 0.88,
    loss_aversion: float = 2.25,
    gamma: float = 0.61,
    delta: float = 0.69,
) -> float:
    """The sure amount of the same prospect value; arguments as for `prospect_value`."""
    value = prospect_value(
        gamble, exponent=exponent, loss_aversion=loss_aversion, gamma=gamma, delta=delta
    )
    if value >= 0:
        return math.pow(value, 1 / exponent)
    return -math.pow(-value / loss_aversion, 1 / exponent)
