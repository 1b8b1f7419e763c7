"""The published figures that the synthetic sample is drawn from, each with its source.

A figure is marked by how it was checked: *verified* (read in the source or computed from its
data), *secondary* (read in another work that cites it), *from memory* (not yet looked up),
*chosen* (not published: picked to be plausible).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "AGREEABLENESS_BY_DICTATOR",
    "BIG_FIVE",
    "BIG_FIVE_CORRELATIONS",
    "BIG_FIVE_SOURCE",
    "CRT_MEAN",
    "DICTATOR_ALL",
    "DICTATOR_HALF",
    "DICTATOR_MEAN",
    "DICTATOR_NONE",
    "DISCOUNT_RATE",
    "PUBLIC_GOODS_MEAN",
    "RETEST_ACCURACY",
    "SAFE_CHOICES",
    "SAFE_CHOICES_MIDDLE",
    "TRAIT_BY_GAME",
    "TRUST_MEAN",
    "ULTIMATUM_MEAN",
    "Figure",
    "Mark",
    "ScaleFigures",
]

Mark = Literal["verified", "secondary", "from memory", "chosen"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure.

    Attributes:
        value: The figure, in the units of the sample.
        source: Where it stands.
        mark: How it was checked.
    """

    value: float
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class ScaleFigures:
    """Mean and SD of a scale's mean score over people, and Cronbach's alpha."""

    mean: float
    sd: float
    alpha: float


BIG_FIVE_SOURCE = Figure(25, "psych::bfi, 2,800 people, items 1–6 (Revelle, R package)", "verified")

BIG_FIVE: Mapping[str, ScaleFigures] = {
    "agreeableness": ScaleFigures(4.65, 0.90, 0.70),
    "conscientiousness": ScaleFigures(4.27, 0.95, 0.73),
    "extraversion": ScaleFigures(4.15, 1.06, 0.76),
    "neuroticism": ScaleFigures(3.16, 1.20, 0.81),
    "openness": ScaleFigures(4.59, 0.81, 0.60),
}

BIG_FIVE_CORRELATIONS: Mapping[tuple[str, str], float] = {
    ("agreeableness", "conscientiousness"): 0.26,
    ("agreeableness", "extraversion"): 0.46,
    ("agreeableness", "neuroticism"): -0.19,
    ("agreeableness", "openness"): 0.15,
    ("conscientiousness", "extraversion"): 0.26,
    ("conscientiousness", "neuroticism"): -0.23,
    ("conscientiousness", "openness"): 0.20,
    ("extraversion", "neuroticism"): -0.22,
    ("extraversion", "openness"): 0.21,
    ("neuroticism", "openness"): -0.09,
}
"""Correlations between the scale scores of psych::bfi."""

_ENGEL = "Engel 2011, meta-analysis of dictator games"
DICTATOR_MEAN = Figure(28.0, _ENGEL, "secondary")
DICTATOR_NONE = Figure(0.36, _ENGEL, "from memory")
DICTATOR_HALF = Figure(0.17, _ENGEL, "from memory")
DICTATOR_ALL = Figure(0.05, _ENGEL, "from memory")
ULTIMATUM_MEAN = Figure(40.0, "Oosterbeek, Sloof and van de Kuilen 2004", "secondary")
TRUST_MEAN = Figure(50.0, "Johnson and Mislin 2011", "secondary")
PUBLIC_GOODS_MEAN = Figure(38.0, "Zelmer 2003", "from memory")

SAFE_CHOICES: Mapping[float, float] = {
    0.0: 0.005,
    1.0: 0.005,
    2.0: 0.01,
    3.0: 0.06,
    4.0: 0.26,
    5.0: 0.26,
    6.0: 0.23,
    7.0: 0.13,
    8.0: 0.03,
    9.0: 0.008,
    10.0: 0.002,
}
"""Holt and Laury 2002, low stakes: share of people by number of safe choices. The published
classes 0–1 (.01) and 9–10 (.01) are split here."""
SAFE_CHOICES_MIDDLE = Figure(0.75, "Holt and Laury 2002, low stakes: 4 to 6", "from memory")

DISCOUNT_RATE = Figure(0.013, "Kirby, Petry and Bickel 1999, controls: k per day", "from memory")
CRT_MEAN = Figure(1.24, "Frederick 2005, three items", "from memory")

_TWIN2K = "Twin-2K-500 (arXiv 2505.17479)"
RETEST_ACCURACY = Figure(0.817, _TWIN2K, "secondary")
TRAIT_BY_GAME = Figure(0.027, f"{_TWIN2K}, 65 trait-by-task pairs", "secondary")
AGREEABLENESS_BY_DICTATOR = Figure(0.115, f"{_TWIN2K}, 2,058 people", "verified")
