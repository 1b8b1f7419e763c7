"""Who the synthetic people are: a Gaussian copula for what is ordered, logits for what is not.

The shares are chosen; the country and its parties do not exist.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..codebook import Code, Level, Reason, Role, Variable
from .design import DONT_KNOW, NO_ANSWER, NOT_ASKED, REFUSED, item, missing_codes, scale
from .model import Choice, FloatArray, Item, Marginal, by_shares

__all__ = ["AGE", "DEMOGRAPHICS", "EDUCATION_SHARES", "features"]

_BLOCK = "demographics"

EDUCATION_SHARES: Mapping[float, float] = {1.0: 0.14, 2.0: 0.26, 3.0: 0.28, 4.0: 0.20, 5.0: 0.12}
"""Shares of education in the population, which the weights restore: panels over-represent
the highly educated."""


def _ages() -> Marginal:
    """Adults from 18 to 90: level until 65, then falling to a fifth."""
    heights = {float(a): 1.0 if a <= 65 else 1 - 0.8 * (a - 65) / 25 for a in range(18, 91)}
    total = sum(heights.values())
    return by_shares({age: height / total for age, height in heights.items()})


AGE = _ages()


def features(age: FloatArray) -> Mapping[str, FloatArray]:
    """Features of age in years that choices use beside the latents, each of shape (people,)."""
    return {
        "under_25": (age < 25).astype(float),
        "from_65": (age >= 65).astype(float),
        "distance_from_50": ((age - 50) / 17) ** 2,
    }


def _ordered(
    name: str,
    label: str,
    question: str,
    shares: Mapping[float, float],
    loadings: Mapping[str, float],
    labels: tuple[tuple[Code, str], ...],
    *,
    retest: float = 1.0,
    absent: Mapping[Reason, float] | None = None,
    level: Level = Level.ORDINAL,
) -> Item:
    marginal = by_shares(shares)
    return item(
        name,
        label,
        question,
        marginal,
        loadings,
        # A stable fact keeps all of its latent response, whatever cutting does to correlations.
        retest=retest * marginal.linear**2,
        absent={NO_ANSWER: 0.005} if absent is None else absent,
        block=_BLOCK,
        labels=labels,
        level=level,
        role=Role.DEMOGRAPHIC,
    )


def _chosen(
    name: str,
    label: str,
    question: str,
    options: Mapping[str, tuple[float, Mapping[str, float]]],
    *,
    keep: float,
    absent: Mapping[Reason, float] | None = None,
) -> Choice:
    absent = {NO_ANSWER: 0.005} if absent is None else absent
    labels = scale(*options)
    return Choice(
        variable=Variable(
            name=name,
            label=label,
            question=question,
            level=Level.NOMINAL,
            labels=labels,
            missing=missing_codes(absent),
            role=Role.DEMOGRAPHIC,
            block=_BLOCK,
        ),
        options={float(k): option for k, option in enumerate(options.values(), start=1)},
        keep=keep,
        absent=absent,
    )


DEMOGRAPHICS: tuple[Item | Choice, ...] = (
    item(
        "age",
        "Age in years",
        "How old are you?",
        AGE,
        {"age": 1.0},
        retest=1.0,
        absent={NO_ANSWER: 0.003},
        block=_BLOCK,
        level=Level.INTERVAL,
        span=(18, 100),
        role=Role.DEMOGRAPHIC,
    ),
    _ordered(
        "gender",
        "Gender",
        "Are you a man or a woman, or do you describe yourself otherwise?",
        {1.0: 0.485, 3.0: 0.010, 2.0: 0.505},
        {"female": 1.0},
        scale("Man", "Woman", "Otherwise"),
        absent={NO_ANSWER: 0.003},
        level=Level.NOMINAL,
    ),
    _chosen(
        "region",
        "Region",
        "In which part of the country do you live?",
        {
            "North": (-0.1, {"ideology": 0.10}),
            "East": (-0.2, {"ideology": 0.15, "income": -0.20}),
            "South": (0.2, {"income": 0.15}),
            "West": (0.1, {"urban": 0.30, "ideology": -0.15}),
        },
        keep=1.0,
    ),
    _ordered(
        "place",
        "Size of place",
        "What kind of place do you live in?",
        {1.0: 0.27, 2.0: 0.40, 3.0: 0.33},
        {"urban": 1.0},
        scale("Village or countryside", "Town or suburb", "City"),
    ),
    _ordered(
        "education",
        "Highest education",
        "What is the highest level of education you have completed?",
        {1.0: 0.08, 2.0: 0.20, 3.0: 0.30, 4.0: 0.26, 5.0: 0.16},
        {"education": 1.0},
        scale(
            "Lower secondary or less",
            "Vocational training",
            "Upper secondary",
            "Bachelor's degree",
            "Master's degree or doctorate",
        ),
    ),
    _chosen(
        "employment",
        "Employment",
        "What best describes what you are doing at present?",
        {
            "Working full time": (1.6, {"from_65": -4.5, "under_25": -1.0, "female": -0.35}),
            "Working part time": (0.2, {"from_65": -2.2, "under_25": 0.2, "female": 0.50}),
            "Self-employed": (-0.5, {"from_65": -2.0, "under_25": -1.5, "openness": 0.20}),
            "Looking for work": (-1.1, {"from_65": -4.0, "income": -0.80}),
            "In education": (-3.0, {"under_25": 4.2, "from_65": -2.0, "education": 0.20}),
            "Retired": (-2.2, {"from_65": 5.0, "under_25": -3.0}),
            "Keeping house or other": (-1.0, {"female": 0.60, "from_65": -1.0, "income": -0.30}),
        },
        keep=0.97,
    ),
    _ordered(
        "income",
        "Household income",
        "What is the income of your household in an ordinary month, after tax?",
        {1.0: 0.07, 2.0: 0.13, 3.0: 0.17, 4.0: 0.18, 5.0: 0.16, 6.0: 0.13, 7.0: 0.10, 8.0: 0.06},
        {"income": 0.96},
        scale(
            "Under 1,000",
            "1,000 to 1,499",
            "1,500 to 1,999",
            "2,000 to 2,699",
            "2,700 to 3,499",
            "3,500 to 4,499",
            "4,500 to 5,999",
            "6,000 or more",
        ),
        retest=0.97,
        absent={REFUSED: 0.08, DONT_KNOW: 0.02, NO_ANSWER: 0.01},
    ),
    _chosen(
        "marital",
        "Marital status",
        "What is your marital status?",
        {
            "Married or in a registered partnership": (1.5, {"distance_from_50": -0.4, "age": 0.3}),
            "Living with a partner": (0.1, {"age": -0.6, "religion": -0.3}),
            "Single": (0.0, {"age": -0.8, "under_25": 1.5}),
            "Divorced or separated": (-0.5, {"age": 0.4, "wellbeing": -0.3}),
            "Widowed": (-2.8, {"age": 1.0, "from_65": 1.2, "female": 0.4}),
        },
        keep=0.99,
    ),
    _ordered(
        "adults",
        "Adults in household",
        "Counting yourself, how many people aged 18 or over live in your household?",
        {1.0: 0.30, 2.0: 0.52, 3.0: 0.12, 4.0: 0.06},
        {"income": 0.40, "age": -0.15},
        scale("One", "Two", "Three", "Four or more"),
        retest=0.98,
    ),
    _ordered(
        "attendance",
        "Religious attendance",
        "Apart from weddings and funerals, how often do you go to religious services?",
        {1.0: 0.38, 2.0: 0.20, 3.0: 0.17, 4.0: 0.10, 5.0: 0.11, 6.0: 0.04},
        {"religion": 0.95},
        scale(
            "Never",
            "Less than once a year",
            "On holy days only",
            "About once a month",
            "Every week",
            "More than once a week",
        ),
        retest=0.95,
        absent={REFUSED: 0.02, NO_ANSWER: 0.01},
    ),
    _ordered(
        "voted",
        "Voted at last election",
        "Did you vote in the last national election?",
        {2.0: 0.22, 1.0: 0.78},
        {"civic": 0.50, "age": 0.10, "education": 0.10},
        scale("Yes", "No"),
        retest=0.97,
        absent={REFUSED: 0.02, DONT_KNOW: 0.01},
        level=Level.NOMINAL,
    ),
    _chosen(
        "vote_choice",
        "Party voted for",
        "Which party did you vote for in that election?",
        {
            "Orchard (green left)": (-0.3, {"ideology": -0.8, "green": 1.0, "age": -0.3}),
            "Harbour (centre-left)": (0.6, {"ideology": -0.9, "income": -0.2}),
            "Lantern (centre)": (0.2, {"education": 0.4, "trust": 0.3}),
            "Anchor (centre-right)": (0.6, {"ideology": 1.0, "income": 0.2, "religion": 0.3}),
            "Beacon (national right)": (-0.5, {"ideology": 1.2, "trust": -0.8, "education": -0.4}),
            "Another party": (-1.6, {}),
        },
        keep=0.95,
        absent={REFUSED: 0.06, NOT_ASKED: 0.0, NO_ANSWER: 0.005},
    ),
)
