"""Two open questions of the synthetic panel, answered from templates."""

from __future__ import annotations

from collections.abc import Mapping

from ..codebook import Level, Variable
from .design import NO_ANSWER, REFUSED, missing_codes
from .model import Text

__all__ = ["TEXTS"]


def _open(
    name: str,
    label: str,
    question: str,
    openings: tuple[str, ...],
    reasons: tuple[str, ...],
    lean: Mapping[str, float],
) -> Text:
    absent = {REFUSED: 0.02, NO_ANSWER: 0.22}
    return Text(
        variable=Variable(
            name=name,
            label=label,
            question=question,
            level=Level.TEXT,
            missing=missing_codes(absent, text=True),
            kind="text",
            block="open questions",
        ),
        openings=openings,
        reasons=reasons,
        lean=lean,
        absent=absent,
    )


TEXTS: tuple[Text, ...] = (
    _open(
        "wish_place",
        "Wish for the place",
        "If you could change one thing about the place where you live, what would it be?",
        (
            "Keep the village school open",
            "Bring a doctor's practice back",
            "Repair the main road",
            "Put on more buses in the evening",
            "Plant trees along the streets",
            "Build flats that people can afford",
            "Close the centre to through traffic",
        ),
        (
            "because families are moving away",
            "as we have been promised for years",
            "for the sake of the children",
            "since nobody else will do it",
            "and ask the neighbours first",
            "before more shops close",
            "as other places have done",
            "so that old people can manage",
            "even if it costs a little",
            "and do it before winter",
            "because it was better once",
            "since I see it every day",
            "and let somebody answer for it",
        ),
        {"urban": 0.60, "green": 0.20},
    ),
    _open(
        "worry_money",
        "Worry about money",
        "What, if anything, worries you most about money at present?",
        (
            "Nothing in particular",
            "How to invest what we have put by",
            "What my pension will be worth",
            "The next bill for heating",
            "The rent",
            "Getting to the end of the month",
        ),
        (
            "with prices as they are",
            "now that work is uncertain",
            "as I live on one income",
            "though we manage",
            "and I see no end to it",
            "with two children at home",
            "when I think of ten years from now",
            "as everybody here would say",
            "since last spring",
            "but I try not to think of it",
            "now that savings earn so little",
            "and I am not alone in that",
        ),
        {"income": -0.60, "neuroticism": 0.20},
    ),
)
