"""Mixed gambles: which even chances to win or lose are accepted.

Gächter, S., Johnson, E. J., & Herrmann, A. (2022). Individual-level loss aversion in riskless and
risky choices. Theory and Decision 92, 599–624.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level
from ..question import Item, Option
from ..questions import Matrix
from ..respondents.cognition.parameters import TRAITS
from .gambles import Gamble, amount, percent
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["MixedGambles"]

ACCEPT, REJECT = 1.0, 2.0
_AVERSION = next(trait for trait in TRAITS if trait.name == "loss_aversion")


@dataclass(frozen=True, kw_only=True)
class MixedGambles(Task):
    """Gambles with the same gain and rising losses, each accepted or rejected.

    Attributes:
        gain: What can be won.
        losses: What can be lost, as positive amounts, smallest first.
        chance: Probability of winning.
        unit: Of the amounts.
    """

    name = "mixed_gambles"
    family = Family.RISK
    title = "Mixed gambles"
    about = "Loss aversion: how much larger a gain must be than a loss that is as likely."
    citation = (
        "Gächter, Johnson & Herrmann (2022). Individual-level loss aversion in riskless and risky "
        "choices. Theory and Decision 92, 599–624."
    )
    measures = (
        Measure(
            name="lambda",
            label="Loss aversion λ",
            low=0,
            meaning="expected gain over expected loss at the switch; 1 = neutral, more = averse; "
            "only for consistent lists",
        ),
        Measure(name="rejected", label="Share of gambles rejected", low=0, high=1),
        Measure(name="consistent", label="Switches at most once", low=0, high=1),
    )
    references = (
        Reference(
            measure="lambda",
            statistic="mean",
            value=1.955,
            interval=(1.82, 2.10),
            source="Brown et al. 2024, Journal of Economic Literature 62, 485–516 (meta-analysis)",
            mark="verified",
            note="over many designs",
        ),
        Reference(
            measure="lambda",
            statistic="mean",
            value=1.31,
            interval=(1.10, 1.53),
            source="Walasek et al. 2024 (meta-analysis)",
            mark="verified",
            target=False,
            note="fits of prospect theory to choices between many gambles",
        ),
        Reference(
            measure="rejected",
            statistic="mean",
            value=0.405,
            interval=(0.30, 0.51),
            source="Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), first 60 people, own "
            "computation",
            n=60,
            mark="verified",
            margin=True,
            target=False,
            note="another list: $8 to lose against $7 to $20 to win; 38 % accept all of it and "
            "25 % none of it",
        ),
    )

    gain: float = 6.0
    losses: tuple[float, ...] = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    chance: float = 0.5
    unit: str = "€"

    def fault(self) -> str | None:
        if not self.gain > 0:
            return f"a gain of {self.gain:g} is none"
        if not 0 < self.chance < 1:
            return f"a chance of {self.chance:g} is not between 0 and 1"
        if not 2 <= len(self.losses) <= 40:
            return f"{len(self.losses)} losses are not between 2 and 40"
        for loss in self.losses:
            if not loss > 0:
                return f"a loss of {loss:g} is none; losses are written as positive amounts"
        if not all(low < high for low, high in itertools.pairwise(self.losses)):
            return "the losses do not rise"
        return None

    def pages(self) -> Pages:
        gain = amount(self.gain, self.unit)
        return [
            [
                Matrix(
                    name="gamble",
                    label="Gamble to win or lose",
                    text="Each line is a gamble. Whoever accepts it wins or loses the amount "
                    "stated; whoever rejects it wins and loses nothing. At the end one line is "
                    "drawn by chance and done as you said.\n\nWhich gambles do you accept?",
                    items=tuple(
                        Item(
                            name=str(line),
                            label=f"Win {gain} with a chance of {percent(self.chance)}, lose "
                            f"{amount(loss, self.unit)} with a chance of "
                            f"{percent(1 - self.chance)}",
                        )
                        for line, loss in enumerate(self.losses, 1)
                    ),
                    options=(
                        Option(code=ACCEPT, label="Accept"),
                        Option(code=REJECT, label="Reject"),
                    ),
                    level=Level.NOMINAL,
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        return ("One line is drawn; a gamble that was accepted is played out.",)

    @property
    def _odds(self) -> float:
        return self.chance / (1 - self.chance)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = [answers.get(f"gamble_{line}") for line in range(1, len(self.losses) + 1)]
        if None in given:
            return dict.fromkeys(m.name for m in self.measures)
        taken = sum(choice == ACCEPT for choice in given)
        consistent = all(choice == ACCEPT for choice in given[:taken])
        return {
            "lambda": self._odds * self.gain / self._even_loss(taken) if consistent else None,
            "rejected": 1 - taken / len(given),
            "consistent": float(consistent),
        }

    def _even_loss(self, taken: int) -> float:
        """The loss at which the gamble is worth nothing: the middle of the interval that the
        switch implies; beyond the ends of the list, half a step further."""
        losses = self.losses
        if taken == 0:
            return max(losses[0] - (losses[1] - losses[0]) / 2, losses[0] / 2)
        if taken == len(losses):
            return losses[-1] + (losses[-1] - losses[-2]) / 2
        return (losses[taken - 1] + losses[taken]) / 2

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        aversion = _AVERSION.quantile(draws.latent(person.standing("loss_aversion")))
        chosen: dict[str, Code] = {}
        for line, loss in enumerate(self.losses, 1):
            accepts = self._odds * self.gain > aversion * loss
            if draws.trial.chance(person.slips):
                accepts = not accepts
            chosen[f"gamble_{line}"] = ACCEPT if accepts else REJECT
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {
            f"gamble_{line}": ACCEPT
            if Gamble.of(self.gain, self.chance, -loss).mean > 0
            else REJECT
            for line, loss in enumerate(self.losses, 1)
        }
