"""The design of the synthetic sample: sizes, latent variables, and how an item is declared.

Correlations between latents, loadings and category shares without a citation were *chosen* to be
plausible; those taken from publications are listed in `published.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..codebook import Code, Level, MissingCode, Reason, Role, Variable
from .model import Item, Marginal
from .published import BIG_FIVE, BIG_FIVE_CORRELATIONS

__all__ = [
    "CORRELATIONS",
    "DONT_KNOW",
    "LATENTS",
    "NOTES",
    "NOT_ASKED",
    "NO_ANSWER",
    "PANEL_SIZE",
    "PILOT_SIZE",
    "REFUSED",
    "RETEST_SIZE",
    "SEED",
    "item",
    "missing_codes",
    "points",
    "scale",
]

SEED = 2028
"""The first year from 2026 on whose sample is within every tolerance of `check.py`."""
PANEL_SIZE = 600
RETEST_SIZE = 200
PILOT_SIZE = 100

NOTES = (
    "Synthetic: no real person answered; drawn by a seeded generator from published figures "
    "(docs/sample.md names them).",
)

REFUSED, DONT_KNOW = Reason.REFUSED, Reason.DONT_KNOW
NOT_ASKED, NO_ANSWER = Reason.NOT_ASKED, Reason.NO_ANSWER

_CODES: Mapping[Reason, tuple[int, str]] = {
    REFUSED: (-99, "Refused"),
    DONT_KNOW: (-98, "Don't know"),
    NOT_ASKED: (-97, "Not asked"),
    NO_ANSWER: (-96, "No answer"),
}

LATENTS = (
    "age",
    "female",
    "education",
    "income",
    "religion",
    "urban",
    "agreeableness",
    "conscientiousness",
    "extraversion",
    "neuroticism",
    "openness",
    "ideology",
    "green",
    "trust",
    "wellbeing",
    "civic",
    "cognition",
    "giving",
    "evasive",
)
"""What people differ in. Positive means: older, female, right-wing, inclined not to answer, …"""

_PAIRS: Mapping[str, Mapping[str, float]] = {
    "age": {
        "education": -0.15,
        "religion": 0.20,
        "urban": -0.10,
        "agreeableness": 0.12,
        "conscientiousness": 0.18,
        "neuroticism": -0.12,
        "ideology": 0.12,
        "green": -0.10,
        "civic": 0.30,
    },
    "female": {
        "income": -0.12,
        "religion": 0.10,
        "agreeableness": 0.22,
        "neuroticism": 0.22,
        "ideology": -0.10,
        "green": 0.12,
        "cognition": -0.12,
    },
    "education": {
        "income": 0.40,
        "religion": -0.10,
        "urban": 0.20,
        "openness": 0.25,
        "ideology": -0.10,
        "green": 0.15,
        "trust": 0.25,
        "civic": 0.30,
        "cognition": 0.35,
        "evasive": -0.20,
    },
    "income": {
        "neuroticism": -0.12,
        "ideology": 0.12,
        "trust": 0.15,
        "wellbeing": 0.25,
        "civic": 0.15,
        "cognition": 0.15,
    },
    "religion": {"agreeableness": 0.10, "openness": -0.10, "ideology": 0.30, "wellbeing": 0.08},
    "urban": {"openness": 0.12, "ideology": -0.15, "green": 0.12},
    "agreeableness": {
        "trust": 0.25,
        "wellbeing": 0.20,
    },
    "conscientiousness": {
        "ideology": 0.10,
        "wellbeing": 0.20,
    },
    "extraversion": {"wellbeing": 0.28},
    "neuroticism": {"trust": -0.20, "wellbeing": -0.50},
    "openness": {"ideology": -0.25, "green": 0.22, "civic": 0.20, "cognition": 0.10},
    "ideology": {"green": -0.40, "trust": -0.10},
    "green": {"trust": 0.15},
    "trust": {"wellbeing": 0.30, "civic": 0.20},
    "civic": {"evasive": -0.30},
}

CORRELATIONS: Mapping[frozenset[str], float] = {
    frozenset((first, second)): value
    for first, row in _PAIRS.items()
    for second, value in row.items()
} | {
    frozenset(pair): value / math.sqrt(BIG_FIVE[pair[0]].alpha * BIG_FIVE[pair[1]].alpha)
    for pair, value in BIG_FIVE_CORRELATIONS.items()
}
"""Correlations between latents; pairs not listed are uncorrelated. Those between traits are the
published correlations of scale scores, corrected for unreliability (Spearman 1904)."""


def missing_codes(
    reasons: Mapping[Reason, float], *, text: bool = False
) -> tuple[MissingCode, ...]:
    """Missing codes for `reasons`, lowest first; strings where the variable holds text."""
    found = sorted((*_CODES[reason], reason) for reason in reasons)
    return tuple(
        MissingCode(str(code) if text else float(code), reason, label)
        for code, label, reason in found
    )


def scale(*labels: str, first: int = 1) -> tuple[tuple[Code, str], ...]:
    """Value labels for first, first + 1, … ."""
    return tuple((float(code), label) for code, label in enumerate(labels, start=first))


def points(low: str, high: str, last: int = 10) -> tuple[tuple[Code, str], ...]:
    """Value labels for 0 … `last` with the two ends in words."""
    return scale(low, *(str(code) for code in range(1, last)), high, first=0)


def item(
    name: str,
    label: str,
    question: str,
    marginal: Marginal,
    loadings: Mapping[str, float],
    *,
    retest: float,
    absent: Mapping[Reason, float],
    block: str,
    labels: tuple[tuple[Code, str], ...] = (),
    level: Level = Level.ORDINAL,
    span: tuple[float, float] | None = None,
    role: Role = Role.ITEM,
    group: str = "",
) -> Item:
    """Declare a question together with how it is answered; `span` is its declared range."""
    return Item(
        variable=Variable(
            name=name,
            label=label,
            question=question,
            level=level,
            labels=labels,
            range=span,
            missing=missing_codes(absent),
            role=role,
            block=block,
            group=group,
        ),
        marginal=marginal,
        loadings=loadings,
        retest=retest,
        absent=absent,
    )
