"""Columbia Card Task, cold version: how many cards to turn over before a losing one shows up.

Figner, B., Mackinlay, R. J., Wilkening, F., & Weber, E. U. (2009). Affective and deliberative
processes in risky choice: Age differences in risk taking in the Columbia Card Task. Journal of
Experimental Psychology: Learning, Memory, and Cognition 35, 709–730.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..questions import Slider
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["ColumbiaCard", "expected_points", "optimal_cards"]

_SOURCE = "Self-Regulation Ontology (Eisenberg et al. 2019, Nature Communications 10, 2319)"
_ROWS = "32 of the 522 people, spread over the published file"
_MEAN, _SPREAD = 10.9, 5.6
"""Mean number of cards and its SD over people; those of the source's data, the latter before
decisions are cut off at the ends."""
_BY_CHANCE, _BY_GAIN, _BY_LOSS = -4.1, 0.8, -2.5
"""How many cards more are turned over at the highest than at the lowest number of losing cards,
gain and loss; those of the source's data, rounded."""
_USE = 0.6
"""SD over people of how far each of these is used, against its mean; near that of the source."""
_NOISE = 3.0
"""SD of a single decision; chosen."""


@dataclass(frozen=True, kw_only=True)
class ColumbiaCard(Task):
    """A number of cards for every combination of losing cards, gain and loss.

    A round ends with the first losing card; what was gained before is kept and the loss is taken
    off. Nothing is learnt before the end.

    Attributes:
        cards: Number of cards on the table.
        losing: Numbers of losing cards among them.
        gains: Points for a winning card.
        losses: Points that a losing card takes off, as positive numbers.
        blocks: How often every combination is played.
    """

    name = "columbia_card"
    family = Family.RISK
    title = "Columbia Card Task (cold)"
    about = "Risk taking, and how far it uses what is known of chances, gains and losses."
    citation = (
        "Figner, Mackinlay, Wilkening & Weber (2009). Affective and deliberative processes in "
        "risky choice. Journal of Experimental Psychology: Learning, Memory, and Cognition 35, "
        "709–730."
    )
    measures = (
        Measure(name="cards", label="Cards turned over", unit="cards"),
        Measure(name="above_optimal", label="Cards turned over beyond the optimal number"),
        Measure(name="away", label="Mean distance from the optimal number", low=0),
        Measure(name="by_chance", label="Most less fewest losing cards", unit="cards"),
        Measure(name="by_gain", label="Highest less lowest gain", unit="cards"),
        Measure(name="by_loss", label="Highest less lowest loss", unit="cards"),
    )
    references = (
        Reference(
            measure="cards",
            statistic="mean",
            value=10.9,
            interval=(9.0, 12.8),
            source=f"{_SOURCE}, {_ROWS}, own computation",
            n=32,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="by_chance",
            statistic="mean",
            value=-4.1,
            interval=(-5.2, -3.0),
            source=f"{_SOURCE}, {_ROWS}, own computation",
            n=32,
            mark="verified",
            margin=True,
            note="twice the coefficient for one losing card in the file, whose fractions show this "
            "design: 24 rounds, 1 or 3 losing cards",
        ),
    )

    cards: int = 32
    losing: tuple[int, ...] = (1, 3)
    gains: tuple[float, ...] = (10.0, 30.0)
    losses: tuple[float, ...] = (250.0, 750.0)
    blocks: int = 3

    def fault(self) -> str | None:
        if not 2 <= self.cards <= 200:
            return f"{self.cards} cards are not between 2 and 200"
        for name in ("losing", "gains", "losses"):
            levels: Sequence[float] = getattr(self, name)
            if not levels or not all(a < b for a, b in itertools.pairwise(levels)):
                return f"{name!r} does not rise from one or more values"
            if not levels[0] > 0:
                return f"{name!r} holds {levels[0]:g}, which is not above 0"
        if self.losing[-1] >= self.cards:
            return f"{self.losing[-1]} of {self.cards} cards lose, which leaves none to win with"
        rounds = len(self._settings) * self.blocks
        if not 1 <= rounds <= 120:
            return f"{rounds} rounds are not between 1 and 120"
        return None

    @cached_property
    def _settings(self) -> tuple[tuple[int, float, float], ...]:
        return tuple(itertools.product(self.losing, self.gains, self.losses))

    @cached_property
    def _rounds(self) -> tuple[tuple[str, int, float, float], ...]:
        """Variable, losing cards, gain and loss of every round."""
        return tuple(
            (f"b{block}_{number}", *setting)
            for block in range(1, self.blocks + 1)
            for number, setting in enumerate(self._settings, 1)
        )

    @cached_property
    def optimal(self) -> Mapping[str, int]:
        """The number of cards with the highest expected points, by variable."""
        return {
            name: optimal_cards(self.cards, losing, gain, loss)
            for name, losing, gain, loss in self._rounds
        }

    def pages(self) -> Pages:
        rule = (
            f"In each round {self.cards} cards lie face down. Winning cards add points, losing "
            "cards take points off. You say how many cards to turn over; they are turned over one "
            "by one until that number is reached or a losing card shows up, which ends the round. "
            "Points won before stay yours. You learn the results only at the very end.\n\n"
        )
        pages = []
        for block in range(1, self.blocks + 1):
            page = []
            for number, (losing, gain, loss) in enumerate(self._settings, 1):
                lead = rule if number == 1 else ""
                name = f"b{block}_{number}"
                page.append(
                    Slider(
                        name=name,
                        label=f"Cards: {losing} losing, gain {gain:g}, loss {loss:g} "
                        f"(block {block})",
                        text=f"{lead}{losing} of the {self.cards} cards "
                        f"{'is a losing card' if losing == 1 else 'are losing cards'}. A winning "
                        f"card adds {amount(gain, 'points')}, a losing card takes off "
                        f"{amount(loss, 'points')}. How many cards do you turn over?",
                        minimum=0.0,
                        maximum=float(self.cards),
                        step=1.0,
                        low_label="None",
                        high_label="All",
                        unit="cards",
                        required=True,
                    )
                )
            pages.append(page)
        return pages

    def payoffs(self) -> Sequence[str]:
        return ("Points of one or more rounds drawn by chance are paid.",)

    def measured(self) -> tuple[Measure, ...]:
        varied = {"by_chance": self.losing, "by_gain": self.gains, "by_loss": self.losses}
        return tuple(m for m in self.measures if len(varied.get(m.name, (0, 1))) > 1)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        names = [measure.name for measure in self.measured()]
        given = {name: answers.get(name) for name, *_ in self._rounds}
        if None in given.values():
            return dict.fromkeys(names)
        turned = {name: float(value) for name, value in given.items() if value is not None}
        gaps = [turned[name] - best for name, best in self.optimal.items()]
        found = {
            "cards": _mean(turned.values()),
            "above_optimal": _mean(gaps),
            "away": _mean(abs(gap) for gap in gaps),
        }
        for place, (name, levels) in enumerate(
            (("by_chance", self.losing), ("by_gain", self.gains), ("by_loss", self.losses)), 1
        ):
            low, high = (
                _mean(turned[row[0]] for row in self._rounds if row[place] == level)
                for level in (levels[0], levels[-1])
            )
            found[name] = high - low
        return {name: found[name] for name in names}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        scale = self.cards / 32
        ready = draws.latent(-person.standing("risk_aversion"))
        noise = _NOISE / person.precision
        chosen: dict[str, Code] = {}
        minds = person.standing("numeracy")
        uses = [
            effect * (1 + _USE * draws.latent(minds, loading=0.3))
            for effect in (_BY_CHANCE, _BY_GAIN, _BY_LOSS)
        ]
        for name, losing, gain, loss in self._rounds:
            turned = _MEAN + _SPREAD * ready + noise * draws.trial.normal()
            turned += uses[0] * _standing(losing, self.losing)
            turned += uses[1] * _standing(gain, self.gains)
            turned += uses[2] * _standing(loss, self.losses)
            chosen[name] = float(min(max(round(scale * turned), 0), self.cards))
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {name: float(best) for name, best in self.optimal.items()}


def expected_points(cards: int, losing: int, gain: float, loss: float, turned: int) -> float:
    """Expected points of a round that ends with the first losing card.

    With n cards of which m lose, the first j are all winning with probability
    Π (n − m − i)/(n − i), i < j. Every winning card turned over before the first losing one pays;
    the losing one costs.

    Args:
        cards: Number of cards on the table.
        losing: How many of them lose.
        gain: Points for a winning card.
        loss: Points that the losing card takes off.
        turned: How many cards are turned over if none of them loses.
    """
    safe, points = 1.0, 0.0
    for number in range(turned):
        safe *= (cards - losing - number) / (cards - number)
        points += safe * gain
    return points - (1 - safe) * loss


def optimal_cards(cards: int, losing: int, gain: float, loss: float) -> int:
    """The number of cards with the highest expected points; of several, the smallest."""
    worth = [expected_points(cards, losing, gain, loss, k) for k in range(cards - losing + 1)]
    return max(range(len(worth)), key=lambda k: round(worth[k], 9))


def _standing(value: float, levels: Sequence[float]) -> float:
    """Where a level lies between the lowest (−½) and the highest (½)."""
    return (value - levels[0]) / (levels[-1] - levels[0]) - 0.5 if len(levels) > 1 else 0.0


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
