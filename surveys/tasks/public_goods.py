"""Public goods game: how much of an endowment is given to a project that pays everybody.

Fischbacher, U., Gächter, S., & Fehr, E. (2001). Are people conditionally cooperative? Evidence from
a public goods experiment. Economics Letters 71, 397–404: the one-shot linear design.
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
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["PublicGoods"]

_META = "Zelmer 2003, Experimental Economics 6, 299–310 (meta-analysis)"

SHARES = Shares(
    {
        0: 28, 0.1: 6, 0.2: 7, 0.25: 8, 0.3: 5, 0.4: 5, 0.5: 18, 0.6: 3, 0.75: 6, 1.0: 14,
    }
)  # fmt: skip
"""Percentages of people giving each share; chosen so that the mean is that of the meta-analysis,
with peaks at nothing, half and all."""
_RETURN = 2.0
"""How far the standing that decides a contribution rises with the return on it: SDs for each unit;
chosen after Isaac & Walker 1988, QJE 103, 179–199 (19 % at .3, 57 % at .75; recalled)."""
_USUAL = 0.4


@dataclass(frozen=True, kw_only=True)
class PublicGoods(Task):
    """One decision: the contribution.

    Attributes:
        endowment: What each member of the group has.
        members: Size of the group.
        mpcr: Marginal per-capita return: what each unit given pays to every member.
        step: Smallest unit.
        unit: Of the amounts.
    """

    name = "public_goods"
    family = Family.SOCIAL
    title = "Public goods game"
    about = "Cooperation in a group where everybody gains if all give and each gains by not giving."
    citation = (
        "Fischbacher, Gächter & Fehr (2001). Are people conditionally cooperative? Evidence from a "
        "public goods experiment. Economics Letters 71, 397–404."
    )
    measures = (Measure(name="share", label="Share of the endowment given", low=0, high=1),)
    references = (
        Reference(
            measure="share",
            statistic="mean",
            value=0.377,
            interval=(0.34, 0.41),
            source=_META,
            mark="recalled",
            margin=True,
            note="mean over 27 studies of several rounds and group sizes",
        ),
        Reference(
            measure="share",
            statistic="share",
            at=(0, 0),
            value=0.28,
            interval=(0.22, 0.34),
            source="Fischbacher, Gächter & Fehr 2001, Economics Letters 71, 397–404: free riders "
            "are about 30 %",
            mark="recalled",
            margin=True,
        ),
    )

    endowment: float = 20.0
    members: int = 4
    mpcr: float = _USUAL
    step: float = 1.0
    unit: str = "points"

    def fault(self) -> str | None:
        if not self.endowment > 0:
            return f"an endowment of {self.endowment:g} leaves nothing to give"
        if self.members < 2:
            return f"a group of {self.members} has nobody to share with"
        if not 1 / self.members < self.mpcr < 1:
            return (
                f"a return of {self.mpcr:g} makes no dilemma in a group of {self.members}: it lies "
                f"between {1 / self.members:.3g} and 1"
            )
        parts = self.endowment / self.step if self.step > 0 else 0
        if parts < 1 or abs(parts - round(parts)) > 1e-9:
            return f"an endowment of {self.endowment:g} cannot be divided in steps of {self.step:g}"
        return None

    def pages(self) -> Pages:
        total, each = amount(self.endowment, self.unit), code_text(round(float(self.mpcr), 6))
        return [
            [
                Slider(
                    name="give",
                    label="Amount given to the project",
                    text=f"You are in a group of {self.members} people who do not know each other. "
                    f"Each has {total} and decides, at the same time and without talking, how "
                    "much to give to a joint project. What you do not give you keep. Each "
                    f"{amount(1, self.unit)} in the project pays {each} to every member of the "
                    "group, whoever gave it.\n\nHow much do you give to the project?",
                    minimum=0.0,
                    maximum=float(self.endowment),
                    step=self.step,
                    low_label="Nothing",
                    high_label=f"All {total}",
                    unit=self.unit,
                    required=True,
                )
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        each = code_text(round(float(self.mpcr), 6))
        return (
            f"You get {amount(self.endowment, self.unit)} less what you give, plus {each} times "
            "what the whole group gives.",
        )

    def score(self, answers: Answers, arms: Arms) -> Scores:
        given = answers.get("give")
        return {"share": float(given) / self.endowment if given is not None else None}

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        score = draws.latent(person.standing("cooperation"))
        share = SHARES(score + _RETURN * (self.mpcr - _USUAL))
        return {"give": draws.rounded(share * self.endowment, self.step)}

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {"give": 0.0}
