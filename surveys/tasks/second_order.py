"""Second-order beliefs: what people say themselves, and what they think that each side would say.

Westfall, J., Van Boven, L., Chambers, J. R., & Judd, C. M. (2015). Perceiving political
polarization in the United States. Perspectives on Psychological Science 10, 145–158; Lees, J., &
Cikara, M. (2020). Inaccurate group meta-perceptions drive negative out-group attributions in
competitive contexts. Nature Human Behaviour 4, 279–286. The default issue and its five points are
those of the General Social Survey's item on help for the poor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level
from ..question import Option
from ..questions import Single
from ..respondents.cognition.distributions import Shares
from ..respondents.cognition.draws import probability_below
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["SecondOrder"]

FIRST, SECOND, NEITHER = 1.0, 2.0, 3.0
_SOURCE = (
    "Twin-2K-500 mega-study (arXiv 2509.19088), redistribution items by party, own computation"
)
_SHARES = {FIRST: 0.41, NEITHER: 0.33, SECOND: 0.26}
"""Share of people on each side, and on neither; those of the source."""
_OWN = {
    FIRST: Shares({1: 2, 2: 4, 3: 12, 4: 35, 5: 47}),
    SECOND: Shares({1: 26, 2: 24, 3: 25, 4: 15, 5: 10}),
    NEITHER: Shares({1: 8, 2: 10, 3: 28, 4: 31, 5: 23}),
}
"""Own answers by side, as shares at five points; chosen so that the means are the source's."""
_SEEN = {FIRST: 4.5, SECOND: 2.0}
"""What each side is thought to say, on five points; chosen: further apart than the sides are."""
_DISTANCE = 0.3
"""How much further out the other side is seen than one's own; chosen."""
_PROJECTION = 0.15
"""How far one's own side is drawn towards one's own answer; chosen."""
_SPREAD = 0.8
"""SD of what a side is thought to say; chosen."""


@dataclass(frozen=True, kw_only=True)
class SecondOrder(Task):
    """Which side one is on, one's own answer, and the answer of a typical supporter of each side.

    Answers rise with agreement. How far a sample exaggerates the distance between the sides is the
    mean of `gap_seen` over the mean of `own_first` less that of `own_second`.

    Attributes:
        statement: What is agreed or disagreed with.
        first: The side that agrees more, in the plural.
        second: The side that agrees less, in the plural.
        points: Number of points from disagreement to agreement.
    """

    name = "second_order"
    family = Family.BELIEFS
    title = "Second-order beliefs"
    about = "What people think that supporters of either side would say, beside what these say."
    citation = (
        "Westfall, Van Boven, Chambers & Judd (2015). Perceiving political polarization in the "
        "United States. Perspectives on Psychological Science 10, 145–158; Lees & Cikara (2020), "
        "Nature Human Behaviour 4, 279–286."
    )
    references = (
        Reference(
            measure="own_first",
            statistic="mean",
            value=4.21,
            interval=(4.05, 4.37),
            source=f"{_SOURCE}, Democrats",
            n=464,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="own_second",
            statistic="mean",
            value=2.59,
            interval=(2.40, 2.78),
            source=f"{_SOURCE}, Republicans",
            n=309,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="gap_seen",
            statistic="mean",
            value=2.4,
            interval=(1.8, 3.0),
            source="Westfall et al. 2015; Levendusky & Malhotra 2016, Public Opinion Quarterly 80, "
            "378–391: the sides are seen clearly further apart than they are",
            mark="recalled",
            margin=True,
            note="direction read in both abstracts; size recalled and put on five points",
        ),
    )

    statement: str = (
        "The government should do everything it can to improve the living standard of all poor "
        "people in the country."
    )
    first: str = "Democrats"
    second: str = "Republicans"
    points: int = 5

    def fault(self) -> str | None:
        if not self.statement.strip():
            return "there is no statement"
        if not (self.first.strip() and self.second.strip()) or self.first == self.second:
            return "the two sides are not told apart"
        if not 2 <= self.points <= 11:
            return f"{self.points} points are not between 2 and 11"
        return None

    def measured(self) -> tuple[Measure, ...]:
        low, high = 1.0, float(self.points)
        span = high - low

        def rating(name: str, label: str) -> Measure:
            return Measure(name=name, label=label, low=low, high=high)

        def gap(name: str, label: str, meaning: str) -> Measure:
            return Measure(name=name, label=label, low=-span, high=span, meaning=meaning)

        return (
            rating("own_first", f"Own answer of {self.first}"),
            rating("own_second", f"Own answer of {self.second}"),
            rating("seen_first", f"Answer expected of {self.first}"),
            rating("seen_second", f"Answer expected of {self.second}"),
            gap(
                "gap_seen",
                "Distance seen between the sides",
                f"answer expected of {self.first} less that of {self.second}",
            ),
            gap(
                "from_own_side",
                "Own answer less that expected of the own side",
                "0 = sees oneself as typical",
            ),
        )

    def pages(self) -> Pages:
        options = self._options()
        statement = _literal(self.statement)

        def expected(name: str, side: str) -> Single:
            return Single(
                name=name,
                label=f"Answer expected of {side}",
                text=f"Now think of {_literal(side)}. What would a typical supporter of this side "
                f"say?\n\n“{statement}”",
                options=options,
                level=Level.ORDINAL,
                required=True,
            )

        return [
            [
                Single(
                    name="side",
                    label="Side one is close to",
                    text="Which of these do you feel closer to?",
                    options=(
                        Option(code=FIRST, label=_literal(self.first)),
                        Option(code=SECOND, label=_literal(self.second)),
                        Option(code=NEITHER, label="Neither of them"),
                    ),
                    required=True,
                ),
                Single(
                    name="own",
                    label="Own answer",
                    text=f"How far do you yourself agree or disagree?\n\n“{statement}”",
                    options=options,
                    level=Level.ORDINAL,
                    required=True,
                ),
            ],
            [expected("said_first", self.first), expected("said_second", self.second)],
        ]

    def _options(self) -> tuple[Option, ...]:
        ends = {1: "1 – Disagree completely", self.points: f"{self.points} – Agree completely"}
        return tuple(
            Option(code=float(point), label=ends.get(point, str(point)))
            for point in range(1, self.points + 1)
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        side, own, first, second = (
            float(value) if (value := answers.get(name)) is not None else None
            for name in ("side", "own", "said_first", "said_second")
        )
        seen = {FIRST: first, SECOND: second}.get(side) if side is not None else None
        return {
            "own_first": own if side == FIRST else None,
            "own_second": own if side == SECOND else None,
            "seen_first": first,
            "seen_second": second,
            "gap_seen": first - second if first is not None and second is not None else None,
            "from_own_side": own - seen if own is not None and seen is not None else None,
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        opinion = person.standing("opinion")
        # Which side one is on hardly changes from one time to the next.
        leaning = probability_below(draws.latent(opinion, loading=0.85, consistency=0.9))
        if leaning < _SHARES[SECOND]:
            mine = SECOND
        else:
            mine = NEITHER if leaning < _SHARES[SECOND] + _SHARES[NEITHER] else FIRST
        own = _OWN[mine](draws.latent(loading=0.0))
        chosen: dict[str, Code] = {"side": mine, "own": self._point(own)}
        for name, side, outwards in (("said_first", FIRST, 1), ("said_second", SECOND, -1)):
            seen = _SEEN[side]
            if mine not in (side, NEITHER):
                seen += _DISTANCE * outwards
            if mine == side:
                pull = _PROJECTION * (1 + 0.5 * person.standing("projection"))
                seen += pull * (own - seen)
            chosen[name] = self._point(seen + _SPREAD * draws.latent(loading=0.0))
        return chosen

    def _point(self, value: float) -> float:
        """A place on five points, on as many as there are."""
        place = 1 + (value - 1) / 4 * (self.points - 1)
        return float(min(max(round(place), 1), self.points))


def _literal(text: str) -> str:
    """Text in which braces are no pipes."""
    return text.replace("{", "{{").replace("}", "}}")
