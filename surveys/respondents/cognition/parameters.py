"""Who a parametric person is: parameters, their distributions over people, and their sources.

`TRAITS` lists every parameter with the distribution it is drawn from, where that is from and how
well it is known. `CORRELATIONS` says which go together. A parameter that has a unit of its own
(loss aversion λ) is drawn in that unit; one that only orders people (giving) is a standard normal
standing, and each task says what people at that standing do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .distributions import lognormal, normal, poisson, standing

if TYPE_CHECKING:
    from ...tasks.reference import Mark

__all__ = ["CORRELATIONS", "NAMES", "TRAITS", "Parameters", "Trait", "correlation_matrix"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trait:
    """One parameter over people.

    Attributes:
        name: Of the attribute of `Parameters`.
        meaning: What it is, with its unit.
        quantile: Standard normal standing → value.
        source: Where the distribution is from.
        mark: How well it is known.
        measured_by: Variables of a record that measure it, best first, each with +1 or −1 for the
            direction: what the tasks here call their answers and scores, and what public data
            sets call them.
    """

    name: str
    meaning: str
    quantile: Callable[[float], float]
    source: str
    mark: Mark
    measured_by: tuple[tuple[str, int], ...] = ()


_ORDERS = "orders people only; each task gives the distribution of its answers"

TRAITS: tuple[Trait, ...] = (
    # --- risk ---------------------------------------------------------------------------------
    Trait(
        "risk_aversion",
        "relative risk aversion r of u(x) = x^(1 − r)/(1 − r); 0 is neutral",
        normal(0.31, 0.38, -1.5, 2.5),
        "fitted here to the low-stakes shares of Holt & Laury 2002, AER 92, 1644–1655",
        "recalled",
        (
            ("holt_laury_safe_choices", 1),
            ("certainty_equivalents_premium", 1),
            ("safe_choices", 1),
            ("score_riskaversion", 1),
        ),
    ),
    Trait(
        "curvature",
        "exponent α of the value of gains and losses",
        normal(0.88, 0.18, 0.3, 1.5),
        "median: Tversky & Kahneman 1992, J. Risk Uncertain. 5, 297–323; spread chosen",
        "secondary",
    ),
    Trait(
        "loss_aversion",
        "λ, weight of a loss against an equal gain",
        lognormal(1.63, 0.6, 0.3, 12.0),
        "mean 1.955 [1.82, 2.10]: Brown et al. 2024, J. Econ. Lit. 62, 485–516; spread chosen",
        "verified",
        (("mixed_gambles_lambda", 1), ("score_lossaversion", 1)),
    ),
    Trait(
        "weighting",
        "γ of the weighting of chances to gain; 1 is linear",
        normal(0.61, 0.15, 0.28, 1.2),
        "median: Tversky & Kahneman 1992; spread chosen",
        "secondary",
    ),
    Trait(
        "weighting_losses",
        "δ of the weighting of chances to lose; 1 is linear",
        normal(0.69, 0.15, 0.28, 1.2),
        "median: Tversky & Kahneman 1992; spread chosen",
        "secondary",
    ),
    Trait(
        "ambiguity_aversion",
        "standing: keeps away from unknown chances",
        standing,
        _ORDERS,
        "recalled",
        (("ellsberg_premium", 1),),
    ),
    # --- time ---------------------------------------------------------------------------------
    Trait(
        "discount_rate",
        "hyperbolic k per day: a reward after d days is worth 1/(1 + k·d) of itself",
        lognormal(0.013, 1.5, 1e-6, 10.0),
        "median: controls of Kirby, Petry & Bickel 1999, J. Exp. Psychol. Gen. 128, 78–87; "
        "spread chosen",
        "recalled",
        (
            ("kirby_log_k", 1),
            ("titration_log_k", 1),
            ("later_amount", 1),
            ("score_discount", 1),
        ),
    ),
    Trait(
        "present_bias",
        "β: weight of everything that is not now; 1 is no bias",
        normal(0.938, 0.15, 0.3, 1.3),
        "mean .938 [.905, .972] for money: Cheung, Tymula & Wang 2025, J. Econ. Behav. Organ.; "
        "spread chosen",
        "verified",
        (("present_bias_bias", -1), ("score_presentbias", -1)),
    ),
    # --- other people -------------------------------------------------------------------------
    Trait(
        "giving",
        "standing: gives to others at own cost",
        standing,
        _ORDERS,
        "recalled",
        (
            ("dictator_share", 1),
            ("dictator_give", 1),
            ("score_dictator_sender", 1),
            ("ultimatum_offer", 1),
            ("score_ultimatum_sender", 1),
        ),
    ),
    Trait(
        "trust",
        "standing: stakes money on others' honesty",
        standing,
        _ORDERS,
        "recalled",
        (("trust_sent", 1), ("trust_send", 1), ("score_trustgame_sender", 1)),
    ),
    Trait(
        "reciprocity",
        "standing: returns what was entrusted",
        standing,
        _ORDERS,
        "recalled",
        (("trust_returned", 1), ("score_trustgame_receiver", 1)),
    ),
    Trait(
        "cooperation",
        "standing: gives to a common cause",
        standing,
        _ORDERS,
        "recalled",
        (("public_goods_share", 1), ("public_give", 1)),
    ),
    Trait(
        "envy",
        "α: what each unit of having less than another costs",
        lognormal(0.40, 0.75, 0.0, 6.0),
        "mean .53: Nunnari & Pozzi 2022, CEPR DP 17556 (meta-analysis); spread chosen",
        "verified",
        (("ultimatum_lowest", 1), ("score_ultimatum_accepted", -1)),
    ),
    Trait(
        "guilt",
        "β: what each unit of having more than another costs",
        normal(0.33, 0.25, -0.3, 0.95),
        "mean .33: Nunnari & Pozzi 2022; spread chosen",
        "verified",
    ),
    Trait(
        "punishment",
        "standing: pays to punish unfairness",
        standing,
        _ORDERS,
        "recalled",
    ),
    # --- thinking -----------------------------------------------------------------------------
    Trait(
        "depth",
        "steps of strategic thinking, 0, 1, 2, …",
        poisson(1.5),
        "τ = 1.5: Camerer, Ho & Chong 2004, QJE 119, 861–898",
        "recalled",
    ),
    Trait(
        "reflection",
        "standing: overrides the answer that springs to mind",
        standing,
        _ORDERS,
        "recalled",
        (("reflection_score", 1), ("crt2_score", 1)),
    ),
    Trait(
        "numeracy",
        "standing: handles numbers and chances",
        standing,
        _ORDERS,
        "recalled",
        (("numeracy_score", 1), ("score_numeracy", 1)),
    ),
    Trait(
        "confidence",
        "standing: is surer than the facts warrant",
        standing,
        _ORDERS,
        "recalled",
        (("calibration_overconfidence", 1), ("score_overconfidence", 1)),
    ),
    Trait(
        "anchoring",
        "weight of an anchor in an estimate, 0 to 1",
        normal(0.45, 0.2, 0.0, 1.0),
        "median anchoring index .49: Jacowitz & Kahneman 1995, PSPB 21, 1161–1166; spread chosen",
        "recalled",
    ),
    Trait(
        "suggestibility",
        "standing: is moved by frames, defaults and context",
        standing,
        _ORDERS,
        "recalled",
    ),
    Trait(
        "projection",
        "standing: thinks that others think alike",
        standing,
        _ORDERS,
        "recalled",
    ),
    Trait(
        "spending",
        "standing: pays more for the same thing",
        standing,
        _ORDERS,
        "recalled",
        (("gabor_granger_highest", 1),),
    ),
    Trait(
        "opinion",
        "standing: on which side of a divided question; + and − are as frequent",
        standing,
        _ORDERS,
        "recalled",
    ),
    # --- noise --------------------------------------------------------------------------------
    Trait(
        "precision",
        "multiplies how sharply preferences decide choices; 1 for the median person",
        lognormal(1.0, 0.4, 0.1, 10.0),
        "chosen",
        "recalled",
    ),
    Trait(
        "slips",
        "chance of a choice made without looking",
        lognormal(0.01, 1.0, 0.0, 0.3),
        "chosen: about one in eight people switches back in a list of ten choices",
        "recalled",
    ),
)

NAMES: tuple[str, ...] = tuple(trait.name for trait in TRAITS)

CORRELATIONS: Mapping[tuple[str, str], float] = {
    # Games with money: rank correlations of the 2,058 people of Twin-2K-500 (own computation:
    # dictator × trust sent .42, × returned .45, × ultimatum offer .41; sent × returned .45),
    # divided by `CONSISTENCY` for what one game measures, and kept below .85.
    ("giving", "trust"): 0.85,
    ("giving", "reciprocity"): 0.85,
    ("trust", "reciprocity"): 0.85,
    ("giving", "cooperation"): 0.70,
    ("trust", "cooperation"): 0.65,
    ("reciprocity", "cooperation"): 0.65,
    ("giving", "guilt"): 0.60,
    ("reciprocity", "guilt"): 0.55,
    ("trust", "guilt"): 0.50,
    ("cooperation", "guilt"): 0.45,
    ("envy", "punishment"): 0.40,
    # Thinking: the same people; reflection × numeracy .35, × overconfidence −.24; numeracy ×
    # discounting −.17; reflection × discounting −.10. Tests of several items are more reliable
    # than single choices and are raised less.
    ("reflection", "numeracy"): 0.50,
    ("reflection", "confidence"): -0.35,
    ("numeracy", "confidence"): -0.15,
    ("numeracy", "discount_rate"): -0.25,
    ("reflection", "discount_rate"): -0.15,
    # Chosen, small: better reasoners think further ahead, are moved less and err less.
    ("reflection", "depth"): 0.30,
    ("reflection", "suggestibility"): -0.25,
    ("reflection", "anchoring"): -0.10,
    ("suggestibility", "anchoring"): 0.30,
    ("reflection", "precision"): 0.25,
    ("numeracy", "precision"): 0.25,
    ("numeracy", "slips"): -0.25,
    ("precision", "slips"): -0.30,
    ("risk_aversion", "curvature"): -0.40,
    ("weighting", "weighting_losses"): 0.50,
    ("risk_aversion", "ambiguity_aversion"): 0.20,
}
"""Correlations of standings; all others are 0. Self-reported traits are not among them: what people
say about themselves and what they do in tasks are almost unrelated (median |r| .027 over 65 pairs
in Twin-2K-500)."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One person's parameters; see `TRAITS` for what each is and its unit."""

    risk_aversion: float
    curvature: float
    loss_aversion: float
    weighting: float
    weighting_losses: float
    ambiguity_aversion: float
    discount_rate: float
    present_bias: float
    giving: float
    trust: float
    reciprocity: float
    cooperation: float
    envy: float
    guilt: float
    punishment: float
    depth: float
    reflection: float
    numeracy: float
    confidence: float
    anchoring: float
    suggestibility: float
    projection: float
    spending: float
    opinion: float
    precision: float
    slips: float
    standings: tuple[float, ...]
    """The standard normal standing on each trait, in the order of `TRAITS`."""

    @classmethod
    def at(cls, standings: tuple[float, ...] = ()) -> Parameters:
        """The person at these standings; without any, the median person."""
        scores = standings or (0.0,) * len(TRAITS)
        values = {t.name: t.quantile(z) for t, z in zip(TRAITS, scores, strict=True)}
        return cls(**values, standings=scores)

    def standing(self, name: str) -> float:
        """Standard normal standing on one trait, whatever its unit."""
        return self.standings[_PLACE[name]]


_PLACE = {name: place for place, name in enumerate(NAMES)}


def correlation_matrix() -> FloatArray:
    """Correlations of all standings. Shape (traits, traits)."""
    matrix = np.eye(len(NAMES))
    for (one, other), value in CORRELATIONS.items():
        matrix[_PLACE[one], _PLACE[other]] = matrix[_PLACE[other], _PLACE[one]] = value
    return matrix
