"""Twenty-five personality statements in five scales, built to the figures of psych::bfi."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..codebook import Level
from .design import NO_ANSWER, item, scale
from .model import Item, by_moments
from .published import BIG_FIVE

__all__ = ["KEYS", "TRAITS"]

_FIT = scale(
    "Does not fit me at all",
    "Fits me poorly",
    "Fits me a little",
    "Fits me fairly well",
    "Fits me well",
    "Fits me perfectly",
)

# Sign, statement. A minus marks a reverse-keyed statement.
_STATEMENTS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "agreeableness": (
        (+1, "When somebody near me is upset, I drop what I am doing and listen."),
        (+1, "I give new acquaintances the benefit of the doubt."),
        (-1, "The troubles of people I hardly know leave me cold."),
        (+1, "I would rather give way than win a petty quarrel."),
        (-1, "I can be sharp with people who get in my way."),
    ),
    "conscientiousness": (
        (+1, "I finish one job before I start the next."),
        (+1, "My papers are where they should be."),
        (-1, "I leave dull tasks until the last moment."),
        (+1, "When I promise a date, I keep it."),
        (-1, "Small chores pile up because I never get round to them."),
    ),
    "extraversion": (
        (+1, "On a long train ride I end up talking with whoever sits next to me."),
        (+1, "I like to be the one who gets a group going."),
        (-1, "After an hour in company I long to be by myself."),
        (-1, "In a meeting I let others speak first."),
        (+1, "A full calendar of visits cheers me up."),
    ),
    "neuroticism": (
        (+1, "Small setbacks keep me awake at night."),
        (+1, "My spirits rise and fall within a single day."),
        (-1, "It takes a great deal to shake my composure."),
        (+1, "I picture the worst before the news arrives."),
        (+1, "A critical remark hurts me for days."),
    ),
    "openness": (
        (+1, "I like to turn an idea over just to see where it leads."),
        (+1, "A poem or a piece of music can change my whole day."),
        (-1, "I have little patience with talk that has no practical use."),
        (+1, "Given two roads, I take the one I have not travelled before."),
        (-1, "What was good enough for my parents is good enough for me."),
    ),
}

# Statements of one scale differ a little in popularity and in how well they are remembered.
_OFFSETS = (0.15, -0.10, 0.0, 0.10, -0.15)
_RETESTS = (0.64, 0.66, 0.63, 0.69, 0.63)

_PREFIXES = dict(zip(_STATEMENTS, ("agree", "consc", "extra", "neuro", "open"), strict=True))

KEYS: Mapping[str, Mapping[str, int]] = {
    trait: {f"{_PREFIXES[trait]}_{k}": sign for k, (sign, _) in enumerate(statements, start=1)}
    for trait, statements in _STATEMENTS.items()
}
"""By scale: item name to +1, or -1 where agreement counts against the trait."""


def _scale_items(trait: str) -> list[Item]:
    published = BIG_FIVE[trait]
    count = len(_STATEMENTS[trait])
    # Spearman-Brown: the mean correlation between items that gives the published alpha, and the
    # item SD that then gives the published SD of the scale mean.
    between = published.alpha / (count - (count - 1) * published.alpha)
    spread = published.sd * math.sqrt(count / (1 + (count - 1) * between))
    found = []
    rows = zip(KEYS[trait].items(), _STATEMENTS[trait], _OFFSETS, _RETESTS, strict=True)
    for k, ((name, sign), (_, statement), offset, retest) in enumerate(rows, start=1):
        mean = published.mean + offset
        marginal = by_moments(1, 6, mean if sign > 0 else 7 - mean, spread)
        reverse = " (reverse-keyed)" if sign < 0 else ""
        found.append(
            item(
                name,
                f"{trait.capitalize()} {k}{reverse}",
                f"How well does this describe you? “{statement}”",
                marginal,
                {trait: sign * math.sqrt(between) / marginal.linear},
                retest=retest,
                absent={NO_ANSWER: 0.0073},
                block=trait,
                labels=_FIT,
                level=Level.ORDINAL,
                span=(1, 6),
            )
        )
    return found


TRAITS: tuple[Item, ...] = tuple(one for trait in _STATEMENTS for one in _scale_items(trait))
