"""Published against realised figures of the synthetic sample."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from ..codebook import Reason, Role, Variable
from ..panel import Panel
from .games import AMOUNTS, DAYS
from .model import FloatArray
from .published import (
    AGREEABLENESS_BY_DICTATOR,
    BIG_FIVE,
    BIG_FIVE_CORRELATIONS,
    BIG_FIVE_SOURCE,
    CRT_MEAN,
    DICTATOR_ALL,
    DICTATOR_HALF,
    DICTATOR_MEAN,
    DICTATOR_NONE,
    DISCOUNT_RATE,
    PUBLIC_GOODS_MEAN,
    RETEST_ACCURACY,
    SAFE_CHOICES_MIDDLE,
    TRAIT_BY_GAME,
    TRUST_MEAN,
    ULTIMATUM_MEAN,
    Figure,
)
from .traits import KEYS

__all__ = [
    "GAME_NAMES",
    "Row",
    "agreement",
    "alpha",
    "correlation",
    "retest_accuracy",
    "rows",
    "scale_score",
    "table",
]

GAME_NAMES = (
    "dictator_give",
    "ultimatum_offer",
    "trust_send",
    "public_give",
    "safe_choices",
    "later_amount",
)

_ATTITUDE_BLOCKS = ("trust", "politics", "policy", "life")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the table.

    Attributes:
        name: What is measured.
        target: The published or chosen figure, its source and mark.
        realised: The same figure in the sample.
        tolerance: How far the two may lie apart; sampling error of 600 (200) people included.
        decimals: Decimals to print.
    """

    name: str
    target: Figure
    realised: float
    tolerance: float
    decimals: int = 2

    @property
    def holds(self) -> bool:
        """Whether the sample is near enough to the target."""
        return abs(self.realised - self.target.value) <= self.tolerance


def scale_score(panel: Panel, keys: Mapping[str, int]) -> FloatArray:
    """Mean of the answered items, reverse-keyed ones turned (7 − x). Shape (people,)."""
    items = _keyed(panel, keys)
    answered = ~np.isnan(items)
    count = answered.sum(axis=1)
    total = np.where(answered, items, 0.0).sum(axis=1)
    mean = np.divide(total, count, out=np.full(len(panel), np.nan), where=count > 0)
    return np.asarray(mean, dtype=np.float64)


def alpha(panel: Panel, keys: Mapping[str, int]) -> float:
    """Cronbach's alpha over people who answered every item (Cronbach 1951, eq. 2)."""
    items = _keyed(panel, keys)
    items = items[~np.isnan(items).any(axis=1)]
    covariance = np.cov(items, rowvar=False)
    count = len(covariance)
    return float(count / (count - 1) * (1 - np.trace(covariance) / covariance.sum()))


def _keyed(panel: Panel, keys: Mapping[str, int]) -> FloatArray:
    return np.column_stack(
        [
            panel.numbers(name) if sign > 0 else 7 - panel.numbers(name)
            for name, sign in keys.items()
        ]
    )


def correlation(first: FloatArray, second: FloatArray) -> float:
    """Pearson's r over people who have both."""
    both = ~np.isnan(first) & ~np.isnan(second)
    return float(np.corrcoef(first[both], second[both])[0, 1])


def agreement(variable: Variable, first: FloatArray, second: FloatArray) -> float:
    """Mean of 1 − |difference| / declared range; exact agreement where there is no range."""
    both = ~np.isnan(first) & ~np.isnan(second)
    if variable.bounds is None:
        return float(np.mean(first[both] == second[both]))
    low, high = variable.bounds
    return float(np.mean(1 - np.abs(first[both] - second[both]) / (high - low)))


def retest_accuracy(wave1: Panel, wave2: Panel) -> float:
    """Unweighted mean over items (no demographics) of the agreement of the two waves."""
    before = wave1.people(wave2.persons)
    return float(
        np.mean(
            [
                agreement(item, before.numbers(item.name), wave2.numbers(item.name))
                for item in wave1.codebook.of_role(Role.ITEM)
                if item.kind == "number"
            ]
        )
    )


def rows(panels: Mapping[str, Panel]) -> tuple[Row, ...]:
    """Every figure of the table, from the panels of `draw.panels`."""
    wave1, wave2 = panels["synthetic_panel_wave1"], panels["synthetic_panel_wave2"]
    return (*_traits(wave1), *_games(wave1), *_retests(wave1, wave2), *_absences(wave1))


def _traits(wave1: Panel) -> list[Row]:
    scores = {trait: scale_score(wave1, keys) for trait, keys in KEYS.items()}
    found = []
    for trait, published in BIG_FIVE.items():
        score = scores[trait]
        named = (
            ("mean", published.mean, float(np.nanmean(score)), 0.12),
            ("SD", published.sd, float(np.nanstd(score, ddof=1)), 0.09),
            ("α", published.alpha, alpha(wave1, KEYS[trait]), 0.05),
        )
        found += [
            Row(f"{trait.capitalize()}, {what}", _from(BIG_FIVE_SOURCE, value), realised, tolerance)
            for what, value, realised, tolerance in named
        ]
    gaps = [
        abs(correlation(scores[first], scores[second]) - value)
        for (first, second), value in BIG_FIVE_CORRELATIONS.items()
    ]
    found.append(
        Row(
            "Ten correlations between scales, largest difference",
            _from(BIG_FIVE_SOURCE, 0.0),
            max(gaps),
            0.12,
        )
    )
    return found


def _games(wave1: Panel) -> list[Row]:
    given = _present(wave1, "dictator_give")
    safe = _present(wave1, "safe_choices")
    pairs = [
        abs(correlation(scale_score(wave1, keys), wave1.numbers(game)))
        for keys in KEYS.values()
        for game in GAME_NAMES
    ]
    agreeable = scale_score(wave1, KEYS["agreeableness"])
    return [
        Row("Dictator game, mean given of 100", DICTATOR_MEAN, float(given.mean()), 3.5, 1),
        Row("Dictator game, share giving nothing", DICTATOR_NONE, _share(given == 0), 0.05),
        Row("Dictator game, share giving half", DICTATOR_HALF, _share(given == 50), 0.04),
        Row("Dictator game, share giving all", DICTATOR_ALL, _share(given == 100), 0.03),
        Row("Ultimatum game, mean offer", ULTIMATUM_MEAN, _mean(wave1, "ultimatum_offer"), 2.5, 1),
        Row("Trust game, mean sent", TRUST_MEAN, _mean(wave1, "trust_send"), 3.5, 1),
        Row("Public good, mean put in", PUBLIC_GOODS_MEAN, _mean(wave1, "public_give"), 3.5, 1),
        Row(
            "Lottery list, share with 4 to 6 safe choices",
            SAFE_CHOICES_MIDDLE,
            _share((safe >= 4) & (safe <= 6)),
            0.05,
        ),
        Row("Discount rate per day, median k", DISCOUNT_RATE, median_rate(wave1), 0.004, 4),
        Row(
            "Reasoning puzzles solved, mean of 3", CRT_MEAN, _mean(wave1, "reflection_score"), 0.12
        ),
        Row("Five traits by six games, median absolute r", TRAIT_BY_GAME, median(pairs), 0.02, 3),
        Row(
            "Agreeableness by dictator game, r",
            AGREEABLENESS_BY_DICTATOR,
            correlation(agreeable, wave1.numbers("dictator_give")),
            0.08,
            3,
        ),
    ]


def median_rate(wave1: Panel) -> float:
    """Daily discount rate of the median person, interpolated on ln k between offered amounts."""
    accepted = _present(wave1, "later_amount")
    below = [_share(accepted <= k) for k in range(1, len(AMOUNTS) + 1)]
    rates = [math.log((amount / 100 - 1) / DAYS) for amount in AMOUNTS]
    return math.exp(float(np.interp(0.5, below, rates)))


def _retests(wave1: Panel, wave2: Panel) -> list[Row]:
    before = wave1.people(wave2.persons)

    def typical(names: Iterable[str]) -> float:
        return median(correlation(before.numbers(n), wave2.numbers(n)) for n in names)

    book = wave1.codebook
    attitudes = [
        item.name
        for item in book.of_role(Role.ITEM)
        if item.block in _ATTITUDE_BLOCKS and item.bounds is not None
    ]
    return [
        Row(
            "Retest accuracy, mean over items",
            RETEST_ACCURACY,
            retest_accuracy(wave1, wave2),
            0.023,
            3,
        ),
        Row(
            "Retest r, median of personality items",
            _chosen(0.67),
            typical(n for k in KEYS.values() for n in k),
            0.05,
        ),
        Row("Retest r, median of attitudes", _chosen(0.65), typical(attitudes), 0.08),
        Row("Retest r, median of games", _chosen(0.45), typical(GAME_NAMES), 0.10),
    ]


def _absences(wave1: Panel) -> list[Row]:
    people = len(wave1)

    def share(name: str, reason: Reason) -> float:
        return wave1.missing_counts(name).get(reason, 0) / people

    policy = ("redistribution", "immigration_number", "immigration_culture", "climate_tax")
    unsure = [share(name, Reason.DONT_KNOW) for name in policy]
    passed = [share(name, Reason.NO_ANSWER) for keys in KEYS.values() for name in keys]
    return [
        Row("Income, share refused", _chosen(0.08), share("income", Reason.REFUSED), 0.03, 3),
        Row(
            "Four policy items, mean share don't know",
            _chosen(0.045),
            float(np.mean(unsure)),
            0.015,
            3,
        ),
        Row(
            "Left-right, share don't know",
            _chosen(0.06),
            share("left_right", Reason.DONT_KNOW),
            0.025,
            3,
        ),
        Row(
            "Personality items, mean share no answer",
            _from(BIG_FIVE_SOURCE, 0.007),
            float(np.mean(passed)),
            0.004,
            3,
        ),
        Row(
            "Half of the split ballot, share not asked",
            _chosen(0.50),
            share("spend_poor", Reason.NOT_ASKED),
            0.06,
            3,
        ),
    ]


def _from(source: Figure, value: float) -> Figure:
    return Figure(value, source.source, source.mark)


def _chosen(value: float) -> Figure:
    return Figure(value, "chosen for the sample", "chosen")


def _present(panel: Panel, name: str) -> FloatArray:
    values = panel.numbers(name)
    return values[~np.isnan(values)]


def _mean(panel: Panel, name: str) -> float:
    return float(_present(panel, name).mean())


def _share(mask: npt.NDArray[np.bool_]) -> float:
    return float(mask.mean())


def table(found: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| Figure | Target | Realised | Tolerance | Mark | Source |",
        "|---|---:|---:|---:|---|---|",
    ]
    for row in found:
        numbers = (row.target.value, row.realised, row.tolerance)
        target, realised, tolerance = (f"{number:.{row.decimals}f}" for number in numbers)
        flag = "" if row.holds else " **outside**"
        lines.append(
            f"| {row.name} | {target} | {realised}{flag} | ±{tolerance} "
            f"| {row.target.mark} | {row.target.source} |"
        )
    return "\n".join(lines) + "\n"
