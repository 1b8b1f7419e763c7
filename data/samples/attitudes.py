"""Attitudes and media use of the synthetic panel, and an attention check. Shares are chosen."""

from __future__ import annotations

from collections.abc import Mapping

from ..codebook import Level, Reason, Role, Variable
from .design import DONT_KNOW, NO_ANSWER, NOT_ASKED, REFUSED, item, missing_codes, points, scale
from .model import Choice, Item, by_moments, by_shares

__all__ = ["ATTENTION", "ATTITUDES", "MEDIA", "PROBLEM"]

_AGREE = scale(
    "Disagree strongly", "Disagree", "Neither agree nor disagree", "Agree", "Agree strongly"
)
_POLICY: Mapping[Reason, float] = {DONT_KNOW: 0.045, NO_ANSWER: 0.005}
_EASY: Mapping[Reason, float] = {DONT_KNOW: 0.015, NO_ANSWER: 0.005}
_INSTITUTION: Mapping[Reason, float] = {DONT_KNOW: 0.03, NO_ANSWER: 0.005}


def _eleven(
    name: str,
    label: str,
    question: str,
    ends: tuple[str, str],
    moments: tuple[float, float],
    loadings: Mapping[str, float],
    *,
    retest: float,
    absent: Mapping[Reason, float],
    block: str,
) -> Item:
    """A scale from 0 to 10 with the given mean and SD."""
    return item(
        name,
        label,
        question,
        by_moments(0, 10, *moments),
        loadings,
        retest=retest,
        absent=absent,
        block=block,
        labels=points(*ends),
        level=Level.INTERVAL,
        span=(0, 10),
    )


def _ladder(
    name: str,
    label: str,
    question: str,
    shares: tuple[float, ...],
    loadings: Mapping[str, float],
    *,
    retest: float,
    block: str,
    answers: tuple[str, ...] = (),
    absent: Mapping[Reason, float] = _POLICY,
) -> Item:
    """An ordinal scale from 1; without `answers`, the five grades of agreement."""
    return item(
        name,
        label,
        question,
        by_shares({float(code): share for code, share in enumerate(shares, start=1)}),
        loadings,
        retest=retest,
        absent=absent,
        block=block,
        labels=scale(*answers) if answers else _AGREE,
        span=(1, len(shares)),
    )


_NO_TRUST = ("No trust at all", "Complete trust")
_SPENDING = ("Much less", "Somewhat less", "As much as now", "Somewhat more", "Much more")
_BALLOT: Mapping[Reason, float] = {DONT_KNOW: 0.05, NOT_ASKED: 0.0, NO_ANSWER: 0.005}

ATTITUDES: tuple[Item, ...] = (
    _eleven(
        "trust_people",
        "Trust in other people",
        "How far can most people you meet be trusted?",
        ("Not at all", "Completely"),
        (5.2, 2.3),
        {"trust": 0.62, "agreeableness": 0.15},
        retest=0.62,
        absent=_EASY,
        block="trust",
    ),
    _eleven(
        "trust_parliament",
        "Trust in parliament",
        "How much do you trust the national parliament?",
        _NO_TRUST,
        (4.5, 2.5),
        {"trust": 0.72, "civic": 0.10},
        retest=0.66,
        absent=_INSTITUTION,
        block="trust",
    ),
    _eleven(
        "trust_police",
        "Trust in the police",
        "How much do you trust the police?",
        _NO_TRUST,
        (6.3, 2.3),
        {"trust": 0.58, "ideology": 0.20},
        retest=0.64,
        absent=_INSTITUTION,
        block="trust",
    ),
    _eleven(
        "trust_science",
        "Trust in science",
        "How much do you trust scientists at universities?",
        _NO_TRUST,
        (6.8, 2.1),
        {"trust": 0.52, "education": 0.20, "religion": -0.15, "green": 0.15},
        retest=0.60,
        absent=_INSTITUTION,
        block="trust",
    ),
    _eleven(
        "left_right",
        "Left-right position",
        "In politics people speak of left and right. Where would you place yourself?",
        ("Far left", "Far right"),
        (5.0, 2.2),
        {"ideology": 0.80},
        retest=0.70,
        absent={REFUSED: 0.03, DONT_KNOW: 0.06, NO_ANSWER: 0.005},
        block="politics",
    ),
    _ladder(
        "political_interest",
        "Interest in politics",
        "How interested are you in politics?",
        (0.14, 0.33, 0.37, 0.16),
        {"civic": 0.75},
        retest=0.68,
        block="politics",
        answers=("Not at all", "A little", "Fairly", "Very"),
        absent=_EASY,
    ),
    _ladder(
        "redistribution",
        "State should redistribute",
        "The state should take more from high incomes and give more to low ones. Do you agree?",
        (0.08, 0.15, 0.21, 0.35, 0.21),
        {"ideology": -0.62, "income": -0.22},
        retest=0.62,
        block="policy",
    ),
    _ladder(
        "immigration_number",
        "Number of immigrants",
        "Should the country take in fewer or more immigrants than it does now?",
        (0.18, 0.27, 0.33, 0.16, 0.06),
        {"ideology": -0.48, "trust": 0.25, "education": 0.15, "openness": 0.12},
        retest=0.64,
        block="policy",
        answers=("Many fewer", "Somewhat fewer", "As many as now", "Somewhat more", "Many more"),
    ),
    _eleven(
        "immigration_culture",
        "Immigration and culture",
        "Does immigration make the culture of the country poorer or richer?",
        ("Much poorer", "Much richer"),
        (5.4, 2.5),
        {"ideology": -0.45, "trust": 0.30, "education": 0.18, "openness": 0.15},
        retest=0.64,
        absent=_POLICY,
        block="policy",
    ),
    _ladder(
        "climate_worry",
        "Worry about climate",
        "How worried are you about climate change?",
        (0.09, 0.24, 0.40, 0.27),
        {"green": 0.72, "neuroticism": 0.12},
        retest=0.64,
        block="policy",
        answers=("Not at all", "Not very", "Fairly", "Very"),
        absent=_EASY,
    ),
    _ladder(
        "climate_tax",
        "Tax on fossil fuels",
        "The tax on oil, gas and coal should be raised to protect the climate. Do you agree?",
        (0.20, 0.26, 0.20, 0.24, 0.10),
        {"green": 0.58, "trust": 0.20, "ideology": -0.15},
        retest=0.62,
        block="policy",
    ),
    _ladder(
        "gender_roles",
        "Traditional gender roles",
        "Looking after small children is mainly a woman's task. Do you agree?",
        (0.33, 0.28, 0.19, 0.14, 0.06),
        {"religion": 0.30, "ideology": 0.28, "education": -0.20, "female": -0.18, "age": 0.18},
        retest=0.62,
        block="policy",
        absent={DONT_KNOW: 0.03, NO_ANSWER: 0.005},
    ),
    _ladder(
        "spend_poor",
        "Spending: people in need",
        "Should the state spend less or more on help for people in need?",
        (0.03, 0.09, 0.28, 0.38, 0.22),
        {"ideology": -0.50, "income": -0.15, "agreeableness": 0.12},
        retest=0.60,
        block="policy",
        answers=_SPENDING,
        absent=_BALLOT,
    ),
    _ladder(
        "spend_benefits",
        "Spending: benefits",
        "Should the state spend less or more on welfare benefits?",
        (0.12, 0.22, 0.33, 0.23, 0.10),
        {"ideology": -0.52, "income": -0.18},
        retest=0.60,
        block="policy",
        answers=_SPENDING,
        absent=_BALLOT,
    ),
    _eleven(
        "life_satisfaction",
        "Life satisfaction",
        "All in all, how satisfied are you with your life these days?",
        ("Not at all satisfied", "Completely satisfied"),
        (7.1, 1.9),
        {"wellbeing": 0.80},
        retest=0.62,
        absent=_EASY,
        block="life",
    ),
    _ladder(
        "health",
        "State of health",
        "How is your health in general?",
        (0.03, 0.09, 0.25, 0.43, 0.20),
        {"wellbeing": 0.50, "age": -0.32, "income": 0.10},
        retest=0.68,
        block="life",
        answers=("Very bad", "Bad", "Fair", "Good", "Very good"),
        absent={REFUSED: 0.005, NO_ANSWER: 0.005},
    ),
    _ladder(
        "economy_outlook",
        "Economic outlook",
        "Will the country's economy be worse or better in a year's time?",
        (0.12, 0.33, 0.32, 0.19, 0.04),
        {"trust": 0.42, "wellbeing": 0.22, "income": 0.12},
        retest=0.60,
        block="life",
        answers=("Much worse", "Somewhat worse", "The same", "Somewhat better", "Much better"),
        absent={DONT_KNOW: 0.06, NO_ANSWER: 0.005},
    ),
)

PROBLEM = Choice(
    variable=Variable(
        name="top_problem",
        label="Most important problem",
        question="Which of these is the most important problem facing the country?",
        level=Level.NOMINAL,
        labels=scale("Prices", "Climate", "Immigration", "Health care", "Crime", "Inequality"),
        missing=missing_codes(_POLICY),
        block="politics",
    ),
    options={
        1.0: (0.9, {"income": -0.5}),
        2.0: (0.0, {"green": 1.3, "age": -0.3}),
        3.0: (0.1, {"ideology": 1.0, "trust": -0.5}),
        4.0: (0.6, {"age": 0.6, "wellbeing": -0.3}),
        5.0: (-0.1, {"ideology": 0.5, "age": 0.3, "neuroticism": 0.3}),
        6.0: (0.2, {"ideology": -1.0, "income": -0.3}),
    },
    keep=0.45,
    absent=_POLICY,
)


def _medium(name: str, what: str, share: float, loadings: Mapping[str, float]) -> Item:
    return item(
        f"media_{name}",
        f"News from {what}",
        f"Where did you get news in the past seven days? {what.capitalize()}",
        by_shares({0.0: 1 - share, 1.0: share}),
        loadings,
        retest=0.36,
        absent={NO_ANSWER: 0.012},
        block="media",
        labels=scale("Not chosen", "Chosen", first=0),
        level=Level.MULTIPLE,
        span=(0, 1),
        group="media",
    )


MEDIA: tuple[Item, ...] = (
    _medium("television", "television", 0.56, {"age": 0.55}),
    _medium("radio", "radio", 0.34, {"age": 0.30, "civic": 0.15}),
    _medium("newspaper", "newspapers on paper or online", 0.43, {"education": 0.30, "civic": 0.45}),
    _medium("social", "social media", 0.52, {"age": -0.60, "extraversion": 0.12}),
    _medium("podcast", "podcasts", 0.22, {"age": -0.35, "education": 0.25, "openness": 0.15}),
)

ATTENTION = item(
    "attention_check",
    "Attention check",
    "To show that you are reading, please choose “Disagree” here.",
    by_shares({5.0: 0.005, 4.0: 0.01, 3.0: 0.015, 1.0: 0.01, 2.0: 0.96}),
    {"conscientiousness": 0.25},
    retest=0.20,
    absent={NO_ANSWER: 0.005},
    block="paradata",
    labels=_AGREE,
    level=Level.NOMINAL,
    role=Role.PARADATA,
)
