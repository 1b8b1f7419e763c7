"""Certainty equivalents: for each gamble, the sure amount that is worth as much.

Lists and gambles of Dean, M., & Ortoleva, P. (2019). The empirical relationship between nonstandard
economic behaviors. PNAS 116, 16262–16267, as given to the people of Twin-2K-500 (Toubia et al.
2025, arXiv 2505.17479).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level
from ..question import Item, Option
from ..questions import Matrix
from ..respondents.cognition.prospects import certainty_equivalent
from .gambles import Gamble, amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["CertaintyEquivalents", "PriceList"]

_SOURCE = "Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), own computation"
GAMBLE, SURE = 1.0, 2.0
MOST = 20
"""Most lists that one questionnaire asks, and twice that for the lines of a list."""

_SPREAD = 0.32
"""SD over people of how many SDs of a gamble are taken off what the weighting of chances makes it
worth; chosen so that the SD of the premium is the published one."""
_LOSSES = 0.09
"""Mean of that for losses, for which the weighting alone would make people seek risk; chosen so
that the premium is the published one."""
_SHARED = 0.85
"""Square root of its correlation between lists: .62 to .81 within gains and within losses in the
source's data (first 60 people), −.08 between gains and losses, which are drawn apart."""
_LASTING = 0.6
"""Share of its variance that lasts: a list asks many times for the same thing; chosen."""
_CARE = 0.1
"""Lists are answered in one sweep: share of slips that a line of a list keeps; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """A gamble against rising sure amounts.

    Attributes:
        gamble: The gamble.
        sure: The sure amounts, lowest first.
    """

    gamble: Gamble
    sure: tuple[float, ...]


_SMALL = (0.5, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 5)
_LARGE = (2.5, 3, 3.25, 3.5, 3.75, 4, 4.25, 4.5, 4.75, 5, 5.25, 5.5, 6, 7)
_SMALL_LOSS = (-5.5, -5, -4.75, -4.5, -4.25, -4, -3.75, -3.5, -3.25, -3, -2.75, -2.5, -2, -1)
_LARGE_LOSS = (-7.5, -7, -6.75, -6.5, -6.25, -6, -5.75, -5.5, -5.25, -5, -4.75, -4.5, -4, -3)

LISTS: tuple[PriceList, ...] = (
    PriceList(gamble=Gamble.of(6, 0.5, 0), sure=_SMALL),
    PriceList(gamble=Gamble.of(8, 0.5, 2), sure=_LARGE),
    PriceList(gamble=Gamble.of(10, 0.5, 0), sure=_LARGE),
    PriceList(gamble=Gamble.of(-6, 0.5, 0), sure=_SMALL_LOSS),
    PriceList(gamble=Gamble.of(-8, 0.5, -2), sure=_LARGE_LOSS),
    PriceList(gamble=Gamble.of(-10, 0.5, 0), sure=_LARGE_LOSS),
)


@dataclass(frozen=True, kw_only=True)
class CertaintyEquivalents(Task):
    """One multiple price list per gamble.

    Attributes:
        lists: Gambles, each with the sure amounts it is compared with.
        unit: Of the amounts.
    """

    name = "certainty_equivalents"
    family = Family.RISK
    title = "Certainty equivalents"
    about = "What gambles are worth to people: the sure amount at which they would trade them."
    citation = (
        "Dean & Ortoleva (2019). The empirical relationship between nonstandard economic "
        "behaviors. PNAS 116, 16262–16267."
    )
    references = (
        Reference(
            measure="premium",
            statistic="mean",
            value=0.148,
            interval=(0.12, 0.18),
            source=_SOURCE,
            n=1825,
            mark="verified",
            margin=True,
            note="scored there from the first sure amount taken; half a step (.031) is added",
        ),
        Reference(
            measure="premium",
            statistic="sd",
            value=0.242,
            interval=(0.20, 0.28),
            source=_SOURCE,
            n=1825,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="premium_losses",
            statistic="mean",
            value=-0.01,
            interval=(-0.08, 0.08),
            source=f"{_SOURCE}, the first 60 people",
            n=60,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="consistent",
            statistic="mean",
            value=0.97,
            interval=(0.94, 1.0),
            source=f"{_SOURCE}, the first 60 people",
            n=60,
            mark="verified",
            margin=True,
        ),
    )

    lists: tuple[PriceList, ...] = LISTS
    unit: str = "$"

    def fault(self) -> str | None:
        if not 1 <= len(self.lists) <= MOST:
            return f"{len(self.lists)} lists are not between 1 and {MOST}"
        for number, one in enumerate(self.lists, 1):
            wrong = one.gamble.fault()
            if wrong:
                return f"list {number}: {wrong}"
            if not 2 <= len(one.sure) <= 2 * MOST:
                return f"list {number}: {len(one.sure)} sure amounts are not 2 to {2 * MOST}"
            if not all(low < high for low, high in itertools.pairwise(one.sure)):
                return f"list {number}: the sure amounts do not rise"
            if not one.gamble.low <= one.sure[0] < one.sure[-1] <= one.gamble.high:
                return f"list {number}: a sure amount lies outside the outcomes of its gamble"
        return None

    def measured(self) -> tuple[Measure, ...]:
        gains = any(one.gamble.mean > 0 for one in self.lists)
        losses = any(one.gamble.mean < 0 for one in self.lists)
        meaning = "(expected value − certainty equivalent) / |expected value|; 0 = risk neutral"
        premium = Measure(name="premium", label="Risk premium, gains", meaning=meaning)
        other = Measure(name="premium_losses", label="Risk premium, losses", meaning=meaning)
        return (
            *((premium,) if gains else ()),
            *((other,) if losses else ()),
            Measure(name="consistent", label="Lists with at most one switch", low=0, high=1),
            *(
                Measure(
                    name=f"ce{number}",
                    label=f"Certainty equivalent of {one.gamble.text(self.unit)}",
                    unit=self.unit,
                    low=one.sure[0],
                    high=one.sure[-1],
                )
                for number, one in enumerate(self.lists, 1)
            ),
        )

    def pages(self) -> Pages:
        return [
            [
                Matrix(
                    name=f"list{number}",
                    label=f"Gamble or sure amount, list {number}",
                    text="In each line, choose between the same gamble and a sure amount.\n\n"
                    f"The gamble: {one.gamble.text(self.unit)}.",
                    items=tuple(
                        Item(name=str(line), label=f"The gamble, or {self._sure(sure)}")
                        for line, sure in enumerate(one.sure, 1)
                    ),
                    options=(
                        Option(code=GAMBLE, label="The gamble"),
                        Option(code=SURE, label="The sure amount"),
                    ),
                    level=Level.NOMINAL,
                    required=True,
                )
            ]
            for number, one in enumerate(self.lists, 1)
        ]

    def _sure(self, sure: float) -> str:
        verb = "lose" if sure < 0 else "get"
        return f"{verb} {amount(abs(sure), self.unit)} for certain"

    def payoffs(self) -> Sequence[str]:
        return ("One line is drawn; you get the sure amount, or the gamble is played out.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        found: dict[str, float | None] = {}
        premiums: dict[bool, list[float]] = {True: [], False: []}
        steady: list[bool] = []
        complete = {True: True, False: True}
        for number, one in enumerate(self.lists, 1):
            given = [answers.get(f"list{number}_{line}") for line in range(1, len(one.sure) + 1)]
            mean = one.gamble.mean
            worth = None
            if None not in given:
                taken = sum(choice == GAMBLE for choice in given)
                consistent = all(choice == GAMBLE for choice in given[:taken])
                steady.append(consistent)
                worth = switching_point(one.sure, taken) if consistent else None
            found[f"ce{number}"] = worth
            if worth is None:
                complete[mean > 0] = False
            elif mean:
                premiums[mean > 0].append((mean - worth) / abs(mean))
        for gains, name in ((True, "premium"), (False, "premium_losses")):
            if any(one.gamble.mean and (one.gamble.mean > 0) is gains for one in self.lists):
                known = premiums[gains] if complete[gains] else []
                found[name] = sum(known) / len(known) if known else None
        found["consistent"] = sum(steady) / len(steady) if len(steady) == len(self.lists) else None
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        gains = draws.latent(person.standing("risk_aversion"), consistency=_LASTING)
        losses = draws.latent(loading=0.0, consistency=_LASTING)
        slip = _CARE * person.slips
        chosen: dict[str, Code] = {}
        for number, one in enumerate(self.lists, 1):
            shared = gains if one.gamble.mean > 0 else losses
            own = _SHARED * shared + math.sqrt(1 - _SHARED**2) * draws.latent(loading=0.0)
            worth = certainty_equivalent(
                one.gamble,
                exponent=1.0,
                loss_aversion=person.loss_aversion,
                gamma=person.weighting,
                delta=person.weighting_losses,
            )
            shift = 0.0 if one.gamble.mean > 0 else _LOSSES
            worth -= (_SPREAD * own + shift) * one.gamble.sd
            for line, sure in enumerate(one.sure, 1):
                takes = worth > sure
                if draws.trial.chance(slip):
                    takes = not takes
                chosen[f"list{number}_{line}"] = GAMBLE if takes else SURE
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {
            f"list{number}_{line}": GAMBLE if one.gamble.mean > sure else SURE
            for number, one in enumerate(self.lists, 1)
            for line, sure in enumerate(one.sure, 1)
        }


def switching_point(sure: Sequence[float], taken: int) -> float:
    """The middle between the last sure amount refused and the first one taken.

    Args:
        sure: Sure amounts, lowest first.
        taken: In how many lines the other option was chosen. At the ends of the list only a bound
            is known, which is returned.
    """
    if taken == 0:
        return float(sure[0])
    if taken == len(sure):
        return float(sure[-1])
    return (sure[taken - 1] + sure[taken]) / 2
