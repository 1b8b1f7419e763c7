"""Social value orientation, slider measure: what others' outcomes are worth beside one's own.

Murphy, R. O., Ackermann, K. A., & Handgraaf, M. J. J. (2011). Measuring social value orientation.
Judgment and Decision Making 6, 771–781. The six primary items.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option
from ..questions import Single
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..question import Question
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["SocialValueOrientation"]

_SOURCE = "Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6, 771–781"

ITEMS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((85, 85, 85, 85, 85, 85, 85, 85, 85), (85, 76, 68, 59, 50, 41, 33, 24, 15)),
    ((85, 87, 89, 91, 93, 94, 96, 98, 100), (15, 19, 24, 28, 33, 37, 41, 46, 50)),
    ((50, 54, 59, 63, 68, 72, 76, 81, 85), (100, 98, 96, 94, 93, 91, 89, 87, 85)),
    ((50, 54, 59, 63, 68, 72, 76, 81, 85), (100, 89, 79, 68, 58, 47, 36, 26, 15)),
    ((100, 94, 88, 81, 75, 69, 63, 56, 50), (50, 56, 63, 69, 75, 81, 88, 94, 100)),
    ((100, 98, 96, 94, 93, 91, 89, 87, 85), (50, 54, 59, 63, 68, 72, 76, 81, 85)),
)
"""For each item, nine divisions: points for oneself and for the other."""

BOUNDS = (-12.04, 22.45, 57.15)
"""Angles between competitive, individualistic, prosocial and altruistic people (Murphy et al.
2011, 773)."""
COMPETITIVE, INDIVIDUALISTIC, PROSOCIAL, ALTRUISTIC = 1.0, 2.0, 3.0, 4.0

_MIDDLE, _SPREAD = 23.5, 15.0
"""Median and SD of the angle at which people weigh the other's points; chosen so that the shares
of the categories are the published ones."""
_NOISE = 1.5
"""Scale of the noise of a single choice, in points; chosen."""
_LASTING = 0.78
"""Intraclass correlation over six months: de Matos Fernandes, Bakker & Dijkstra 2022, Judgment and
Decision Making 17, 31–49."""


@dataclass(frozen=True, kw_only=True)
class SocialValueOrientation(Task):
    """Six choices among nine divisions of points between oneself and another.

    Attributes:
        unit: Of the points.
    """

    name = "social_value_orientation"
    family = Family.SOCIAL
    title = "Social value orientation"
    about = "How much weight people give to what somebody else gets, as an angle in degrees."
    citation = (
        "Murphy, Ackermann & Handgraaf (2011). Measuring social value orientation. Judgment and "
        "Decision Making 6, 771–781."
    )
    measures = (
        Measure(
            name="angle",
            label="Angle of social value orientation",
            unit="degrees",
            low=-16.3,
            high=61.4,
            meaning="0 = own points only, 45 = own and the other's alike",
        ),
        Measure(
            name="category",
            label="Social value orientation",
            low=1,
            high=4,
            meaning="1 competitive, 2 individualistic, 3 prosocial, 4 altruistic",
        ),
    )
    references = (
        Reference(
            measure="category",
            statistic="share",
            at=(PROSOCIAL, PROSOCIAL),
            value=0.57,
            interval=(0.49, 0.65),
            source=_SOURCE,
            n=46,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="category",
            statistic="share",
            at=(INDIVIDUALISTIC, INDIVIDUALISTIC),
            value=0.40,
            interval=(0.32, 0.48),
            source=_SOURCE,
            n=46,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="angle",
            statistic="mean",
            value=24.0,
            interval=(20.0, 29.0),
            source=_SOURCE,
            mark="recalled",
            margin=True,
        ),
    )

    unit: str = "points"

    def pages(self) -> Pages:
        page: list[Question] = [
            Single(
                name=f"item{number}",
                label=f"Division {number} of points",
                text=(
                    "You and another person, whom you do not know, are paired; you will stay "
                    "unknown to each other. In each line, choose the division that you prefer.\n\n"
                    if number == 1
                    else ""
                )
                + f"Division {number}: which one do you prefer?",
                options=tuple(
                    Option(
                        code=float(place),
                        label=f"You get {mine} {self.unit}, the other gets {theirs}",
                    )
                    for place, (mine, theirs) in enumerate(zip(*item, strict=True), 1)
                ),
                required=True,
            )
            for number, item in enumerate(ITEMS, 1)
        ]
        return [page]

    def payoffs(self) -> Sequence[str]:
        return ("One division is drawn, and both are paid what was chosen there.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        mine, theirs = 0, 0
        for number, (own, other) in enumerate(ITEMS, 1):
            chosen = answers.get(f"item{number}")
            if chosen is None:
                return {"angle": None, "category": None}
            mine += own[int(chosen) - 1]
            theirs += other[int(chosen) - 1]
        angle = math.degrees(math.atan2(theirs / len(ITEMS) - 50, mine / len(ITEMS) - 50))
        return {"angle": angle, "category": 1.0 + sum(angle > bound for bound in BOUNDS)}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        score = draws.latent(
            person.standing("giving"), loading=math.sqrt(0.5), consistency=_LASTING
        )
        weigh = math.radians(min(max(_MIDDLE + _SPREAD * score, -40.0), 70.0))
        own, other = math.cos(weigh) / _NOISE, math.sin(weigh) / _NOISE
        chosen: dict[str, Code] = {}
        for number, (mine, theirs) in enumerate(ITEMS, 1):
            worth = [own * a + other * b for a, b in zip(mine, theirs, strict=True)]
            most = max(worth)
            place = draws.trial.pick([math.exp(w - most) for w in worth])
            chosen[f"item{number}"] = float(place + 1)
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return self._best

    @cached_property
    def _best(self) -> Mapping[str, Code]:
        """The largest own outcome of each item; where all are alike, the equal division."""
        return {
            f"item{number}": float(mine.index(max(mine)) + 1)
            for number, (mine, _) in enumerate(ITEMS, 1)
        }
