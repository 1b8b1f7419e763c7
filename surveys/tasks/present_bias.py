"""Present bias: the same choices between sooner and later sums, once from now and once from then.

Lists of Dean, M., & Ortoleva, P. (2019). The empirical relationship between nonstandard economic
behaviors. PNAS 116, 16262–16267, as given to the people of Twin-2K-500 (Toubia et al. 2025, arXiv
2505.17479). Model: Laibson, D. (1997). Quarterly Journal of Economics 112, 443–478.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level, code_text
from ..question import Item, Option
from ..questions import Matrix
from ..respondents.cognition.draws import probability_below
from .certainty_equivalents import switching_point
from .gambles import amount
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["PresentBias", "Wait"]

_SOURCE = "Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), own computation"
LATER, SOONER = 1.0, 2.0
_IMPATIENCE, _SPREAD = 0.012, 1.5
"""Median and SD of ln of the hyperbolic rate per week; chosen so that the present equivalents of
the far lists are those of the first 60 people."""
_LASTING = 0.64
"""Share of the variance of impatience that lasts; as in `kirby`."""
_CARE = 0.1
"""Lists are answered in one sweep: share of slips that a line of a list keeps; chosen."""

_SHARES = (0.0, 0.01, 0.05, 0.10, 0.20, 0.24, 0.54, 0.60, 0.70, 0.80, 0.90, 0.95, 0.99, 1.0)
_BIASES = (
    *(-0.30, -0.207, -0.097, -0.05, -0.003, 0.0, 0.0),
    *(0.025, 0.056, 0.099, 0.172, 0.2705, 0.425, 0.6),
)
"""Quantiles of the bias over people: those of the source's 1,866 people, the ends chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A later sum against rising sooner ones.

    Attributes:
        later: The later sum.
        sooner: The sooner sums, lowest first.
        days: Days between the sooner and the later sum.
        shift: Days until the sooner sum in the far list; in the near list it is paid today.
    """

    later: float
    sooner: tuple[float, ...]
    days: float
    shift: float


WAITS: tuple[Wait, ...] = (
    Wait(later=6, sooner=(3, 4, 4.5, 5, 5.25, 5.5, 5.75, 6, 7), days=7, shift=35),
    Wait(later=8, sooner=(4, 5, 6, 6.5, 7, 7.25, 7.5, 7.75, 8, 9), days=7, shift=42),
    Wait(later=10, sooner=(5, 6, 7, 8, 8.5, 9, 9.25, 9.5, 9.75, 10, 11), days=14, shift=35),
)


@dataclass(frozen=True, kw_only=True)
class PresentBias(Task):
    """Pairs of price lists: one from today, the other the same, shifted into the future.

    Attributes:
        waits: One pair of lists each.
        unit: Of the sums.
    """

    name = "present_bias"
    family = Family.TIME
    title = "Present bias"
    about = "Whether waiting costs more when it begins today: β and δ from a pair of lists."
    citation = (
        "Dean & Ortoleva (2019). The empirical relationship between nonstandard economic "
        "behaviors. PNAS 116, 16262–16267; Laibson (1997), QJE 112, 443–478."
    )
    measures = (
        Measure(
            name="beta",
            label="Present bias β",
            low=0,
            meaning="near over far equivalent, geometric mean; 1 = no bias, less = present biased",
        ),
        Measure(
            name="delta",
            label="Discount factor δ per week",
            low=0,
            meaning="from the far lists; 1 = patient",
        ),
        Measure(
            name="bias",
            label="Far less near equivalent, in shares of the later sum",
            low=-1,
            high=1,
            meaning="0 = no bias, more = present biased",
        ),
        Measure(name="consistent", label="Lists with at most one switch", low=0, high=1),
    )
    references = (
        Reference(
            measure="beta",
            statistic="mean",
            value=0.938,
            interval=(0.905, 0.972),
            source="Cheung, Tymula & Wang 2025, J. Econ. Behav. Organ. (meta-analysis, money)",
            mark="verified",
        ),
        Reference(
            measure="bias",
            statistic="mean",
            value=0.0415,
            interval=(0.030, 0.053),
            source=_SOURCE,
            n=1866,
            mark="verified",
            margin=True,
        ),
        Reference(
            measure="bias",
            statistic="share",
            at=(0.003, 1.0),
            value=0.48,
            interval=(0.41, 0.55),
            source=_SOURCE,
            n=1866,
            mark="verified",
            margin=True,
            note="present biased",
        ),
        Reference(
            measure="bias",
            statistic="share",
            at=(-0.002, 0.002),
            value=0.317,
            interval=(0.24, 0.40),
            source=_SOURCE,
            n=1866,
            mark="verified",
            margin=True,
            note="time consistent",
        ),
        Reference(
            measure="consistent",
            statistic="mean",
            value=0.98,
            interval=(0.95, 1.0),
            source=f"{_SOURCE}, the first 60 people",
            n=60,
            mark="verified",
            margin=True,
        ),
    )

    waits: tuple[Wait, ...] = WAITS
    unit: str = "$"

    def fault(self) -> str | None:
        if not 1 <= len(self.waits) <= 10:
            return f"{len(self.waits)} pairs of lists are not between 1 and 10"
        for number, wait in enumerate(self.waits, 1):
            if not 2 <= len(wait.sooner) <= 40:
                return f"pair {number}: {len(wait.sooner)} sooner sums are not between 2 and 40"
            if not (wait.later > 0 and wait.sooner[0] > 0):
                return f"pair {number}: a sum is not above 0"
            if not all(low < high for low, high in itertools.pairwise(wait.sooner)):
                return f"pair {number}: the sooner sums do not rise"
            if not wait.days > 0:
                return f"pair {number}: a delay of {wait.days:g} days is none"
            if not wait.shift > 0:
                return f"pair {number}: a shift of {wait.shift:g} days leaves both lists the same"
        return None

    def pages(self) -> Pages:
        return [
            [self._list(number, wait, near=near)]
            for near in (True, False)
            for number, wait in enumerate(self.waits, 1)
        ]

    def _list(self, number: int, wait: Wait, *, near: bool) -> Matrix:
        start = "today" if near else f"in {_span(wait.shift)}"
        end = f"in {_span(wait.days if near else wait.shift + wait.days)}"
        later = f"{amount(wait.later, self.unit)} {end}"
        return Matrix(
            name=f"{'near' if near else 'far'}{number}",
            label=f"Money {start} or {end}",
            text=f"In each line, which would you rather have: {later}, or the sum {start}?",
            items=tuple(
                Item(name=str(line), label=f"{later}, or {amount(sum_, self.unit)} {start}")
                for line, sum_ in enumerate(wait.sooner, 1)
            ),
            options=(
                Option(code=LATER, label=f"The sum {end}"),
                Option(code=SOONER, label=f"The sum {start}"),
            ),
            level=Level.NOMINAL,
            required=True,
        )

    def payoffs(self) -> Sequence[str]:
        return ("One line may be drawn and paid, at the time chosen there.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        worth: dict[str, float | None] = {}
        steady = []
        for number, wait in enumerate(self.waits, 1):
            for name in (f"near{number}", f"far{number}"):
                given = [answers.get(f"{name}_{line}") for line in range(1, len(wait.sooner) + 1)]
                if None in given:
                    return dict.fromkeys(m.name for m in self.measures)
                later = sum(choice == LATER for choice in given)
                consistent = all(choice == LATER for choice in given[:later])
                steady.append(consistent)
                worth[name] = switching_point(wait.sooner, later) if consistent else None
        pairs = [
            (near, far, wait)
            for number, wait in enumerate(self.waits, 1)
            if (near := worth[f"near{number}"]) is not None
            and (far := worth[f"far{number}"]) is not None
        ]
        consistent_share = sum(steady) / len(steady)
        if len(pairs) < len(self.waits):
            return {"beta": None, "delta": None, "bias": None, "consistent": consistent_share}
        count = len(pairs)
        weekly = sum(math.log(far / wait.later) * 7 / wait.days for _, far, wait in pairs)
        return {
            "beta": math.exp(sum(math.log(near / far) for near, far, _ in pairs) / count),
            "delta": math.exp(weekly / count),
            "bias": min(max(sum((far - near) / w.later for near, far, w in pairs) / count, -1), 1),
            "consistent": consistent_share,
        }

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        impatience = draws.latent(
            person.standing("discount_rate"), loading=math.sqrt(_LASTING), consistency=_LASTING
        )
        rate = _IMPATIENCE * math.exp(_SPREAD * impatience)
        bias = _bias(draws.latent(-person.standing("present_bias")))
        slip = _CARE * person.slips
        chosen: dict[str, Code] = {}
        for number, wait in enumerate(self.waits, 1):
            far = wait.later / (1 + rate * wait.days / 7)
            for name, worth in (("near", far - bias * wait.later), ("far", far)):
                for line, sooner in enumerate(wait.sooner, 1):
                    waits = worth > sooner
                    if draws.trial.chance(slip):
                        waits = not waits
                    chosen[f"{name}{number}_{line}"] = LATER if waits else SOONER
        return chosen


def _bias(score: float) -> float:
    """The bias of a person with this standard normal score."""
    share = probability_below(score)
    place = min(max(bisect_right(_SHARES, share), 1), len(_SHARES) - 1)
    (low, high), (left, right) = _SHARES[place - 1 : place + 1], _BIASES[place - 1 : place + 1]
    return left + (right - left) * (share - low) / (high - low)


def _span(days: float) -> str:
    """Days in words, in weeks where these are whole."""
    count, word = (days / 7, "week") if days % 7 == 0 else (days, "day")
    return f"{code_text(float(count))} {word}{'' if count == 1 else 's'}"
