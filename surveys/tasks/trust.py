"""Trust game: money sent grows on the way, and the other decides how much comes back.

Berg, J., Dickhaut, J., & McCabe, K. (1995). Trust, reciprocity, and social history. Games and
Economic Behavior 10, 122–142.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..questions import Slider
from ..respondents.cognition.distributions import Shares
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..question import Question
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Trust"]

_META = "Johnson & Mislin 2011, Journal of Economic Psychology 32, 865–889 (meta-analysis)"
_TWIN = "Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), own computation"

SENT = Shares(
    {0: 10, 0.1: 3, 0.2: 7, 0.3: 9, 0.4: 12, 0.5: 24, 0.6: 7, 0.7: 5, 0.8: 4, 0.9: 1, 1.0: 18}
)
"""Percentages of people sending each share; chosen so that the mean is that of the meta-analysis,
with peaks at nothing, half and all."""
RETURNED = Shares({0: 9, 0.1: 5, 0.2: 8, 0.3: 10, 1 / 3: 17, 0.4: 12, 0.5: 27, 0.6: 6, 2 / 3: 6})
"""The same for the share of what arrived that is returned; a third is what was sent."""
_WAVERING = 0.05
"""SD of the share that a person returns from one amount to the next; chosen."""


@dataclass(frozen=True, kw_only=True)
class Trust(Task):
    """Amount sent as the first mover, and amounts returned as the second (strategy method).

    Attributes:
        endowment: What the first mover has.
        step: Smallest unit that can be sent or returned.
        multiplier: What each unit sent is worth when it arrives.
        asked: Amounts sent for which people say what they would return.
        unit: Of the amounts.
    """

    name = "trust"
    family = Family.SOCIAL
    title = "Trust game"
    about = "Trust as money put into a stranger's hands, and trustworthiness as money returned."
    citation = (
        "Berg, Dickhaut & McCabe (1995). Trust, reciprocity, and social history. Games and "
        "Economic Behavior 10, 122–142."
    )
    measures = (
        Measure(name="sent", label="Share of the endowment sent", low=0, high=1),
        Measure(
            name="returned",
            label="Share of what arrived that is returned",
            low=0,
            high=1,
            meaning="mean over the amounts asked about",
        ),
    )
    references = (
        Reference(
            measure="sent",
            statistic="mean",
            value=0.50,
            interval=(0.47, 0.54),
            source=_META,
            n=23000,
            mark="secondary",
            margin=True,
        ),
        Reference(
            measure="returned",
            statistic="mean",
            value=0.37,
            interval=(0.34, 0.40),
            source=_META,
            n=23000,
            mark="secondary",
            margin=True,
        ),
        Reference(
            measure="sent",
            statistic="mean",
            value=0.485,
            interval=(0.471, 0.498),
            source=_TWIN,
            n=2058,
            mark="verified",
            target=False,
            note="hypothetical, online, $5 in steps of $1",
        ),
        Reference(
            measure="returned",
            statistic="mean",
            value=0.407,
            interval=(0.399, 0.414),
            source=_TWIN,
            n=2058,
            mark="verified",
            target=False,
            note="hypothetical, online, $5 in steps of $1",
        ),
    )

    endowment: float = 10.0
    step: float = 1.0
    multiplier: float = 3.0
    asked: tuple[float, ...] = (2.0, 4.0, 6.0, 8.0, 10.0)
    unit: str = "$"

    def fault(self) -> str | None:
        if not self.endowment > 0:
            return f"an endowment of {self.endowment:g} leaves nothing to send"
        if not self.multiplier > 0:
            return f"money that is multiplied by {self.multiplier:g} does not arrive"
        if not self.asked:
            return "no amount is asked about (asked)"
        if len(set(self.asked)) < len(self.asked):
            return "an amount is asked about twice"
        if not self.step > 0 or not _whole(self.endowment / self.step):
            return f"an endowment of {self.endowment:g} cannot be divided in steps of {self.step:g}"
        for sent in self.asked:
            if not 0 < sent <= self.endowment or not _whole(sent / self.step):
                return f"{sent:g} is no amount that can be sent"
            if not _whole(sent * self.multiplier / self.step):
                return f"{sent * self.multiplier:g} cannot be divided in steps of {self.step:g}"
        return None

    def pages(self) -> Pages:
        total, times = amount(self.endowment, self.unit), code_text(float(self.multiplier))
        send = Slider(
            name="send",
            label="Amount sent",
            text=f"Two people who do not know each other take part. The first has {total} and can "
            f"send any part of it to the second. What is sent is multiplied by {times} on the "
            "way. The second then decides how much of it to send back and how much to keep.\n\n"
            "Suppose you are the first. How much do you send?",
            minimum=0.0,
            maximum=float(self.endowment),
            step=self.step,
            low_label="Nothing",
            high_label=f"All {total}",
            unit=self.unit,
            required=True,
        )
        back: list[Question] = [
            Slider(
                name=self._variable(sent),
                label=f"Returned of {amount(sent * self.multiplier, self.unit)}",
                text=f"Suppose you are the second, and the first has sent {amount(sent, self.unit)}"
                f" of {total}. You have received {amount(sent * self.multiplier, self.unit)}. How "
                "much of it do you send back?",
                minimum=0.0,
                maximum=float(sent * self.multiplier),
                step=self.step,
                unit=self.unit,
                required=True,
            )
            for sent in self.asked
        ]
        return [[send], back]

    def payoffs(self) -> Sequence[str]:
        total, times = amount(self.endowment, self.unit), code_text(float(self.multiplier))
        return (
            f"The first gets {total} less what is sent, plus what comes back.",
            f"The second gets {times} times what is sent, less what goes back.",
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        send = answers.get("send")
        back = [answers.get(self._variable(sent)) for sent in self.asked]
        shares = [
            float(given) / (sent * self.multiplier)
            for given, sent in zip(back, self.asked, strict=True)
            if given is not None
        ]
        return {
            "sent": float(send) / self.endowment if send is not None else None,
            "returned": sum(shares) / len(shares) if len(shares) == len(self.asked) else None,
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        sent = SENT(draws.latent(person.standing("trust")))
        share = RETURNED(draws.latent(person.standing("reciprocity")))
        chosen: dict[str, Code] = {"send": draws.rounded(sent * self.endowment, self.step)}
        for one in self.asked:
            arrived = one * self.multiplier
            # Who returns nothing returns nothing of any amount.
            part = share + _WAVERING * draws.trial.normal() if share else 0.0
            part = min(max(part, 0.0), 1.0)
            chosen[self._variable(one)] = draws.rounded(part * arrived, self.step)
        return chosen

    def _variable(self, sent: float) -> str:
        return f"back_{code_text(float(sent)).replace('.', '_')}"


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9 and round(value) >= 1
