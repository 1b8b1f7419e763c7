"""Games, decisions and a reasoning test of the synthetic panel.

Amounts are hypothetical points. The distributions have the published means; the dictator game also
has the published shares of people who give nothing, half and all. What people do in games is almost
unrelated to what they say about themselves, as among the people of Twin-2K-500.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..codebook import Level
from .design import DONT_KNOW, NO_ANSWER, item, scale
from .model import Item, Marginal, by_shares
from .published import DISCOUNT_RATE, SAFE_CHOICES

__all__ = ["AMOUNTS", "DAYS", "GAMES"]

_ABSENT = {NO_ANSWER: 0.012}


def _tens(*percent: float) -> Marginal:
    """Percentages of people giving 0, 10, …, 100 points."""
    return by_shares({10.0 * k: share / 100 for k, share in enumerate(percent)})


_DICTATOR = _tens(36, 7, 8, 9, 10, 17, 4, 2, 1, 1, 5)
_ULTIMATUM = _tens(3, 5, 9, 13, 22, 43, 3, 1, 0, 0, 1)
_TRUST = _tens(9, 6, 7, 9, 8, 24, 8, 6, 6, 3, 14)
_PUBLIC = _tens(19, 9, 10, 11, 9, 18, 6, 5, 3, 2, 8)

AMOUNTS = (102, 105, 110, 120, 140, 180, 250)
"""Points offered after `DAYS` days in place of 100 points at once."""
DAYS = 30
_RATE_SPREAD = 1.4
"""SD over people of the logarithm of the daily discount rate (chosen)."""


def _discounting() -> Marginal:
    """Smallest later amount accepted by people with hyperbolic k, log-normal over people.

    A person with rate k accepts `amount` if 100 ≤ amount / (1 + k · DAYS), so that amounts are
    cut points on ln k (Mazur 1987; Kirby et al. 1999 for the median).
    """
    rates = [(amount / 100 - 1) / DAYS for amount in AMOUNTS]
    centre = math.log(DISCOUNT_RATE.value)
    cuts = tuple((math.log(rate) - centre) / _RATE_SPREAD for rate in rates)
    return Marginal(tuple(float(k) for k in range(1, len(AMOUNTS) + 2)), cuts)


def _game(
    name: str,
    label: str,
    question: str,
    marginal: Marginal,
    loadings: Mapping[str, float],
    *,
    retest: float,
) -> Item:
    return item(
        name,
        label,
        question,
        marginal,
        loadings,
        retest=retest,
        absent=_ABSENT,
        block="games",
        level=Level.INTERVAL,
        span=(0, 100),
    )


GAMES: tuple[Item, ...] = (
    _game(
        "dictator_give",
        "Dictator: points given",
        "You have 100 points. How many do you give to a person you will never meet, who has none?",
        _DICTATOR,
        {"giving": 0.40, "agreeableness": 0.24, "extraversion": -0.15},
        retest=0.43,
    ),
    _game(
        "ultimatum_offer",
        "Ultimatum: points offered",
        "You have 100 points and offer some to another person, who may refuse; then neither of you "
        "keeps any. How many do you offer?",
        _ULTIMATUM,
        {"giving": 0.35},
        retest=0.39,
    ),
    _game(
        "trust_send",
        "Trust: points sent",
        "You have 100 points. What you send to another person is tripled, and they may return some "
        "of it or none. How many do you send?",
        _TRUST,
        {"giving": 0.35, "trust": 0.06},
        retest=0.43,
    ),
    _game(
        "public_give",
        "Public good: points put in",
        "Four people have 100 points each. What is put into a common fund is doubled and shared "
        "equally by all four. How many do you put in?",
        _PUBLIC,
        {"giving": 0.40},
        retest=0.42,
    ),
    item(
        "safe_choices",
        "Lottery list: safe choices",
        "Ten times, choose between a lottery whose prizes lie close together and one whose prizes "
        "lie far apart; the chance of the higher prize rises from 10 % to 100 %. (Times "
        "the first was chosen.)",
        by_shares(SAFE_CHOICES),
        {},
        retest=0.42,
        absent=_ABSENT,
        block="games",
        level=Level.INTERVAL,
        span=(0, 10),
    ),
    item(
        "later_amount",
        "Smallest later amount accepted",
        f"You can have 100 points today, or more in {DAYS} days. What is the smallest amount you "
        "would wait for?",
        _discounting(),
        {"cognition": -0.08},
        retest=0.49,
        absent={DONT_KNOW: 0.015, NO_ANSWER: 0.012},
        block="games",
        labels=scale(*(f"{amount} points" for amount in AMOUNTS), "I would not wait for any"),
        span=(1, len(AMOUNTS) + 1),
    ),
    item(
        "reflection_score",
        "Reasoning puzzles solved",
        "Three short puzzles whose answer that springs to mind is wrong. (Number solved.)",
        by_shares({0.0: 0.33, 1.0: 0.27, 2.0: 0.23, 3.0: 0.17}),
        {"cognition": 0.78},
        retest=0.63,
        absent={NO_ANSWER: 0.02},
        block="cognition",
        level=Level.INTERVAL,
        span=(0, 3),
    ),
)
