"""The short new questionnaire that the synthetic panel was never asked. Every share is chosen."""

from __future__ import annotations

from ..codebook import Level, Variable
from .design import DONT_KNOW, NO_ANSWER, REFUSED, item, missing_codes, points, scale
from .model import Choice, Item, Text, by_moments, by_shares

__all__ = ["NEW_ITEMS"]

_BLOCK = "new items"
_REASON = {REFUSED: 0.01, NO_ANSWER: 0.25}

NEW_ITEMS: tuple[Item | Choice | Text, ...] = (
    item(
        "four_day_week",
        "Four-day week",
        "Full-time work should mean four days a week at the same pay. Do you agree?",
        by_shares({1.0: 0.12, 2.0: 0.19, 3.0: 0.19, 4.0: 0.29, 5.0: 0.21}),
        {"ideology": -0.48, "age": -0.30, "conscientiousness": -0.12, "income": -0.10},
        retest=0.68,
        absent={DONT_KNOW: 0.04, NO_ANSWER: 0.005},
        block=_BLOCK,
        labels=scale(
            "Disagree strongly", "Disagree", "Neither agree nor disagree", "Agree", "Agree strongly"
        ),
        span=(1, 5),
    ),
    item(
        "phone_interest",
        "Interest in a repairable phone",
        "A maker plans a phone that its owner can repair at home, at the price of an ordinary one. "
        "How likely are you to consider it for your next phone?",
        by_moments(0, 10, 5.1, 2.8),
        {"green": 0.48, "openness": 0.28, "age": -0.22},
        retest=0.64,
        absent={DONT_KNOW: 0.03, NO_ANSWER: 0.005},
        block=_BLOCK,
        labels=points("Not at all likely", "Certain"),
        level=Level.INTERVAL,
        span=(0, 10),
    ),
    item(
        "ai_worry",
        "Worry about artificial intelligence",
        "How worried are you that artificial intelligence will change your life for the worse?",
        by_shares({1.0: 0.14, 2.0: 0.36, 3.0: 0.34, 4.0: 0.16}),
        {"neuroticism": 0.35, "trust": -0.32, "age": 0.25, "education": -0.12},
        retest=0.66,
        absent={DONT_KNOW: 0.05, NO_ANSWER: 0.005},
        block=_BLOCK,
        labels=scale("Not at all", "Not very", "Fairly", "Very"),
        span=(1, 4),
    ),
    item(
        "volunteer_hours",
        "Hours of voluntary work",
        "In the past four weeks, how many hours of unpaid work did you do for a club, a charity "
        "or neighbours?",
        by_shares(
            {
                0.0: 0.58,
                1.0: 0.04,
                2.0: 0.08,
                3.0: 0.04,
                4.0: 0.07,
                5.0: 0.03,
                6.0: 0.03,
                8.0: 0.04,
                10.0: 0.04,
                12.0: 0.02,
                16.0: 0.01,
                20.0: 0.01,
                40.0: 0.01,
            }
        ),
        {"civic": 0.48, "religion": 0.25, "agreeableness": 0.15},
        retest=0.45,
        absent={DONT_KNOW: 0.02, NO_ANSWER: 0.01},
        block=_BLOCK,
        level=Level.INTERVAL,
        span=(0, 100),
    ),
    Choice(
        variable=Variable(
            name="coffee_brand",
            label="Choice of coffee",
            question="Four packets of coffee of 500 g stand on the shelf. Which do you buy?",
            level=Level.NOMINAL,
            labels=scale(
                "Tern, 5.20, from fair trade",
                "Kestrel, 6.90, roasted by hand",
                "Wren, 3.10, on offer",
                "Heron, 4.40, the best known",
            ),
            missing=missing_codes({DONT_KNOW: 0.02, NO_ANSWER: 0.005}),
            block=_BLOCK,
        ),
        options={
            1.0: (0.0, {"green": 1.0, "agreeableness": 0.2}),
            2.0: (-0.5, {"income": 0.8, "openness": 0.5}),
            3.0: (0.3, {"income": -0.9}),
            4.0: (0.5, {"age": 0.5, "openness": -0.3}),
        },
        keep=0.70,
        absent={DONT_KNOW: 0.02, NO_ANSWER: 0.005},
    ),
    Text(
        variable=Variable(
            name="coffee_reason",
            label="Reason for the choice of coffee",
            question="In a sentence: why that one?",
            level=Level.TEXT,
            missing=missing_codes(_REASON, text=True),
            kind="text",
            block=_BLOCK,
        ),
        openings=(
            "It is the cheapest that will do",
            "I have always bought it",
            "It tastes best to me",
            "I want the growers to be paid properly",
        ),
        reasons=(
            "and that is enough for me",
            "as my partner says too",
            "though I might try another",
            "if I am honest",
            "and the price is fair",
            "as far as I can tell",
            "and my family agrees",
            "for every day at least",
            "since I drink a lot of it",
            "and I like the name",
            "at least this month",
            "when guests come too",
            "without thinking much about it",
            "and that decides it",
            "as long as it is there",
        ),
        lean={"green": 0.45, "income": 0.35},
        absent=_REASON,
    ),
)
