"""False consensus: whether people think that others would choose as they do themselves.

Ross, L., Greene, D., & House, P. (1977). The “false consensus effect”: An egocentric bias in social
perception and attribution processes. Journal of Experimental Social Psychology 13, 279–301, Study
1. The difference between those who choose one way and the other is large and replicates (Many Labs
2: d = 1.18, recalled). That it is a bias does not follow: one's own choice is evidence about others
(Dawes 1989). There are no arms: people sort themselves by their own choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option
from ..questions import Single, Slider
from ..respondents.cognition.distributions import rating
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["FalseConsensus"]

_SOURCE = "Ross, Greene & House 1977, J. Exp. Soc. Psychol. 13, 279–301, Study 1"
YES, NO = 1.0, 2.0

_AGREES = 0.66
_THINKS = {True: rating(76.5, 17.0, 0, 100), False: rating(57.5, 17.0, 0, 100)}
"""Estimates of those who would and would not sign; means as published, spread chosen so that d is
about that of Many Labs 2."""
_EGOCENTRIC = 0.4
"""Correlation of leaning to one's own side with projection; chosen."""


@dataclass(frozen=True, kw_only=True)
class FalseConsensus(Task):
    """A decision of one's own, and an estimate of how many others would decide that way."""

    name = "false_consensus"
    family = Family.BIASES
    title = "False consensus"
    about = "How much people's estimates of what others would do lean towards what they would do."
    citation = (
        "Ross, Greene & House (1977). The “false consensus effect”: An egocentric bias in social "
        "perception and attribution processes. Journal of Experimental Social Psychology 13, "
        "279–301."
    )
    measures = (
        Measure(name="sign", label="Would sign", low=0, high=1, meaning="1 = yes"),
        Measure(
            name="if_signing",
            label="Others who would sign, as those think who would",
            unit="%",
            low=0,
            high=100,
        ),
        Measure(
            name="if_refusing",
            label="Others who would sign, as those think who would not",
            unit="%",
            low=0,
            high=100,
        ),
        Measure(name="own_side", label="Others who choose as oneself", unit="%", low=0, high=100),
    )
    references = (
        Reference(
            measure="sign",
            statistic="mean",
            value=0.66,
            interval=(0.56, 0.76),
            source=_SOURCE,
            n=80,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="if_signing",
            statistic="mean",
            value=75.6,
            interval=(71, 80),
            source=_SOURCE,
            n=53,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="if_refusing",
            statistic="mean",
            value=57.3,
            interval=(51, 63),
            source=_SOURCE,
            n=27,
            mark="recalled",
            margin=True,
        ),
    )

    def pages(self) -> Pages:
        return [
            [
                Single(
                    name="choice",
                    label="Own decision",
                    text="As you leave a supermarket, somebody asks what you think of the shop. "
                    "You say, truthfully, that you like it: it is near and the prices are fair. "
                    "Then you learn that you have been filmed for an advertisement, and you are "
                    "asked to sign a form that lets them use the unedited film.\n\nWould you sign?",
                    options=(Option(code=YES, label="Yes"), Option(code=NO, label="No")),
                    required=True,
                )
            ],
            [
                Slider(
                    name="others",
                    label="Others who would sign",
                    text="Think of other people of your age in the same situation. How many of 100 "
                    "would sign the form?",
                    minimum=0.0,
                    maximum=100.0,
                    unit="%",
                    required=True,
                )
            ],
        ]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        chosen, others = answers.get("choice"), answers.get("others")
        signs = None if chosen is None else chosen == YES
        thinks = None if others is None else float(others)
        own = None
        if thinks is not None and signs is not None:
            own = thinks if signs else 100.0 - thinks
        return {
            "sign": None if signs is None else float(signs),
            "if_signing": thinks if signs is True else None,
            "if_refusing": thinks if signs is False else None,
            "own_side": own,
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        signs = draws.chooses(_AGREES)
        lean = _EGOCENTRIC if signs else -_EGOCENTRIC
        others = _THINKS[signs](draws.latent(person.standing("projection"), loading=lean))
        return {"choice": YES if signs else NO, "others": others}
