"""Ultimatum game: an offer that the other can refuse, and what one would accept oneself.

Güth, W., Schmittberger, R., & Schwarze, B. (1982). An experimental analysis of ultimatum
bargaining. Journal of Economic Behavior & Organization 3, 367–388.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...data.codebook import Code, Level
from ..question import Item, Option
from ..questions import Matrix, Slider
from ..respondents.cognition.distributions import Shares
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..question import Question
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Ultimatum"]

_META = "Oosterbeek, Sloof & van de Kuilen 2004, Experimental Economics 7, 171–188 (meta-analysis)"
_TWIN = "Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), own computation"
ACCEPT, REJECT = 1.0, 2.0
MOST = 50
"""Most offers that one list asks about."""

OFFERS = Shares({0: 2, 0.1: 4, 0.2: 8, 0.3: 12, 0.4: 26, 0.5: 44, 0.6: 2, 0.7: 1, 1.0: 1})
"""Percentages of people offering each share; chosen so that the mean is that of the meta-analysis
and most offers lie between 40 and 50 %."""
LOWEST = Shares({0: 12, 0.1: 20, 0.2: 19, 0.3: 20, 0.4: 15, 0.5: 14})
"""Percentages of people by lowest share they accept; chosen so that half refuse less than a fifth
and that 16 % of the offers above are refused."""


@dataclass(frozen=True, kw_only=True)
class Ultimatum(Task):
    """Two decisions: the offer as proposer, and as responder what is accepted (strategy method).

    Attributes:
        endowment: What there is to divide.
        step: Smallest unit in which it can be divided.
        responder: "lowest" asks for the lowest offer that is accepted, "each" for a yes or no to
            every possible offer.
        unit: Of the amounts.
    """

    name = "ultimatum"
    family = Family.SOCIAL
    title = "Ultimatum game"
    about = "What people offer when the other can refuse, and what they refuse at their own cost."
    citation = (
        "Güth, Schmittberger & Schwarze (1982). An experimental analysis of ultimatum bargaining. "
        "Journal of Economic Behavior & Organization 3, 367–388."
    )
    measures = (
        Measure(name="offer", label="Share of the endowment offered", low=0, high=1),
        Measure(
            name="lowest",
            label="Lowest share accepted",
            low=0,
            high=1,
            meaning="0 = accepts everything; none where nothing is accepted",
        ),
        Measure(name="accepted", label="Share of the possible offers accepted", low=0, high=1),
    )
    references = (
        Reference(
            measure="offer",
            statistic="mean",
            value=0.404,
            interval=(0.38, 0.43),
            source=_META,
            mark="secondary",
            margin=True,
        ),
        Reference(
            measure="offer",
            statistic="share",
            at=(0.4, 0.5),
            value=0.70,
            interval=(0.60, 0.80),
            source="Camerer 2003, Behavioral Game Theory, ch. 2",
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="lowest",
            statistic="share",
            at=(0, 0.2),
            value=0.50,
            interval=(0.43, 0.58),
            source="Knight, J. Eur. Psychol. Students, doi 10.5334/jeps.an: offers of under 20 % "
            "are refused about half of the time",
            mark="secondary",
            margin=True,
        ),
        Reference(
            measure="lowest",
            statistic="share",
            at=(0.41, 1),
            value=0.16,
            interval=(0.10, 0.20),
            source=_META,
            mark="secondary",
            margin=True,
            note="offers refused, which average 40 %",
        ),
        Reference(
            measure="offer",
            statistic="mean",
            value=0.463,
            interval=(0.454, 0.472),
            source=_TWIN,
            n=2058,
            mark="verified",
            target=False,
            note="hypothetical, online, six options from 0 to 100 %: no equal split",
        ),
        Reference(
            measure="accepted",
            statistic="mean",
            value=0.803,
            interval=(0.795, 0.811),
            source=_TWIN,
            n=2058,
            mark="verified",
            target=False,
            note="of six offers from 0 to 100 %, yes or no to each",
        ),
    )

    endowment: float = 10.0
    step: float = 1.0
    responder: Literal["lowest", "each"] = "lowest"
    unit: str = "$"

    def fault(self) -> str | None:
        if not self.endowment > 0:
            return f"an endowment of {self.endowment:g} leaves nothing to divide"
        parts = self.endowment / self.step if self.step > 0 else 0
        if parts < 1 or abs(parts - round(parts)) > 1e-9:
            return f"an endowment of {self.endowment:g} cannot be divided in steps of {self.step:g}"
        if self.responder == "each" and round(parts) > MOST:
            return f"{round(parts) + 1} offers cannot be asked about; take a larger step"
        return None

    def measured(self) -> tuple[Measure, ...]:
        if self.responder == "lowest":
            return self.measures
        return (
            *self.measures,
            Measure(
                name="consistent",
                label="Refuses no offer that is better than an accepted one, up to a half",
                low=0,
                high=1,
            ),
        )

    def pages(self) -> Pages:
        total = amount(self.endowment, self.unit)
        rules = (
            f"There is {total} to divide between two people who do not know each other. One makes "
            "an offer, the other accepts or rejects it. If it is accepted, the money is divided "
            "as offered. If it is rejected, neither gets anything."
        )
        offer = Slider(
            name="offering",
            label="Amount offered",
            text=f"{rules}\n\nSuppose you make the offer. How much do you offer to the other?",
            minimum=0.0,
            maximum=float(self.endowment),
            step=self.step,
            low_label="Nothing",
            high_label=f"All {total}",
            unit=self.unit,
            required=True,
        )
        reply: Question
        if self.responder == "lowest":
            reply = Slider(
                name="least",
                label="Lowest offer accepted",
                text=f"Now suppose the other makes the offer, out of the same {total}, and you "
                "accept or reject it. What is the lowest offer that you would accept? Every "
                "lower offer is rejected for you.",
                minimum=0.0,
                maximum=float(self.endowment),
                step=self.step,
                unit=self.unit,
                required=True,
            )
        else:
            reply = Matrix(
                name="reply",
                label="Reply to an offer",
                text=f"Now suppose the other makes the offer, out of the same {total}. For each "
                "offer that you may get, do you accept or reject it?",
                items=tuple(
                    Item(
                        name=str(number),
                        label=f"{amount(x, self.unit)} for you, "
                        f"{amount(self.endowment - x, self.unit)} for the other",
                    )
                    for number, x in enumerate(self._offers)
                ),
                options=(
                    Option(code=ACCEPT, label="Accept"),
                    Option(code=REJECT, label="Reject"),
                ),
                level=Level.NOMINAL,
                required=True,
            )
        return [[offer], [reply]]

    def payoffs(self) -> Sequence[str]:
        return (
            f"An accepted offer pays the responder the offer and the proposer the rest of "
            f"{amount(self.endowment, self.unit)}.",
            "A rejected offer pays nobody anything.",
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        offer, least = answers.get("offering"), answers.get("least")
        found: dict[str, float | None] = dict.fromkeys(m.name for m in self.measured())
        if offer is not None:
            found["offer"] = float(offer) / self.endowment
        if self.responder == "lowest":
            if least is not None:
                taken = [x >= float(least) - 1e-9 for x in self._offers]
                found["lowest"] = float(least) / self.endowment
                found["accepted"] = sum(taken) / len(taken)
            return found
        given = [answers.get(f"reply_{number}") for number in range(len(self._offers))]
        if None in given:
            return found
        taken = [reply == ACCEPT for reply in given]
        found["accepted"] = sum(taken) / len(taken)
        if any(taken):
            found["lowest"] = self._offers[taken.index(True)] / self.endowment
        # Refusing more than half is a preference too: only offers up to a half must be in order.
        low = [t for t, x in zip(taken, self._offers, strict=True) if x <= self.endowment / 2]
        found["consistent"] = float(low == sorted(low))
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        offer = OFFERS(draws.latent(person.standing("giving")))
        least = LOWEST(draws.latent(person.standing("envy"))) * self.endowment
        chosen: dict[str, Code] = {"offering": draws.rounded(offer * self.endowment, self.step)}
        least = draws.rounded(least, self.step)
        if self.responder == "lowest":
            return {**chosen, "least": least}
        for number, x in enumerate(self._offers):
            takes = x >= least - 1e-9
            if draws.trial.uniform() < person.slips:
                takes = not takes
            chosen[f"reply_{number}"] = ACCEPT if takes else REJECT
        return chosen

    @property
    def _offers(self) -> list[float]:
        return [k * self.step for k in range(round(self.endowment / self.step) + 1)]
