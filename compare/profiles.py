"""Published conventions by name, so that published tables come out to the last digit.

Ours, which everything else here follows, differ on purpose: they describe either side over all of
its own answers, leave an undefined correlation out instead of calling it 0, and never print an
accuracy without its references. A profile changes none of that for the scorecard; it gives another
table, one row per outcome.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.codebook import Level, Role
from ..data.errors import UnknownNameError
from ..data.panel import Panel
from . import metrics
from .align import Aligned, align
from .metrics.weights import FloatArray
from .plain import plain
from .ranges import Declared
from .references import constant_answers
from .scale import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROFILES", "OutcomeScore", "Profile", "ProfileTable", "profile_named", "profiled"]

NAN = math.nan


@dataclass(frozen=True, slots=True)
class Profile:
    """Conventions of a publication.

    Attributes:
        name: What it is called on the command line.
        source: Where it was published.
        undefined_r: What stands for the r of a vector without variance: 0, or NaN.
        paired: Whether means and SDs are taken over people with both answers only.
        clipped: Whether a cell's accuracy is cut at 0.
        weighted: Whether survey weights are used.
        words: What the conventions are, one line each.
    """

    name: str
    source: str
    undefined_r: float
    paired: bool
    clipped: bool
    weighted: bool
    words: tuple[str, ...]


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "mega-study": Profile(
            name="mega-study",
            source="arXiv 2509.19088, table of outcomes by persona specification",
            undefined_r=0.0,
            paired=True,
            clipped=False,
            weighted=False,
            words=(
                "every outcome is a number, whatever its measure level",
                "people without both answers are left out of every figure",
                "r is Pearson's; 0 where one side does not vary",
                "accuracy is 1 − mean |twin − person| / declared range; none without a range",
                "SD ratio is SD of the twins / SD of the people, both with ddof 0",
                "Glass Δ is |mean of the twins − mean of the people| / SD of the people, ddof 0",
                "no survey weights",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeScore:
    """One outcome under a profile. Figures that are not defined are NaN.

    Attributes:
        outcome: Name of the variable.
        study: Study it belongs to, as the table of ranges has it, or "".
        r: Pearson's r over people.
        accuracy: Of the twins.
        accuracy_constant: Of the other people's median for everybody, under the same convention:
            an accuracy means nothing without it.
        sd_ratio: SD of the twins / SD of the people.
        glass_delta: |difference of means| / SD of the people.
        n: People with both answers.
        mean_human: Mean of the people.
        mean_twin: Mean of the twins.
        sd_human: SD of the people, ddof 0.
        sd_twin: SD of the twins, ddof 0.
        minimum: Declared lowest answer.
        maximum: Declared highest answer.
    """

    outcome: str
    study: str
    r: float
    accuracy: float
    accuracy_constant: float
    sd_ratio: float
    glass_delta: float
    n: int
    mean_human: float
    mean_twin: float
    sd_human: float
    sd_twin: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """All outcomes under one profile.

    Attributes:
        profile: The conventions.
        outcomes: One row per outcome, in the order of the twins' panel.
        notes: Remarks about the data.
    """

    profile: Profile
    outcomes: tuple[OutcomeScore, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<ProfileTable {self.profile.name}: {len(self.outcomes):,} outcomes>"

    def to_pandas(self) -> pd.DataFrame:
        """One row per outcome, indexed by its name."""
        import pandas as pd

        return pd.DataFrame(self.to_json()).set_index("outcome")

    def to_json(self) -> list[dict[str, Any]]:
        """One dict per outcome; None where a figure is not defined."""
        found = plain(self.outcomes)
        assert isinstance(found, list)
        return found


def profile_named(name: str) -> Profile:
    """The profile called `name`.

    Raises:
        UnknownNameError: There is none.
    """
    if name not in PROFILES:
        raise UnknownNameError("profile", name, PROFILES)
    return PROFILES[name]


def profiled(
    twin: Panel,
    human: Panel,
    profile: Profile,
    ranges: Mapping[str, Declared] = MappingProxyType({}),
) -> ProfileTable:
    """Score every outcome under the conventions of a publication.

    Args:
        twin: Simulated answers, one row per person.
        human: What the same people answered.
        profile: The conventions.
        ranges: Declared ranges by outcome; those of the people's codebook where it has none.

    Raises:
        ComparisonError: No people or no outcomes in common.
    """
    aligned = align(_as_numbers(twin, ranges), _as_numbers(human, ranges))
    lacking = [name for name in ranges if all(item.name != name for item in aligned.items)]
    notes = [
        note.replace("their accuracy is cut at 0", "their accuracy may fall below 0")
        if not profile.clipped
        else note
        for note in aligned.notes
        if "range was used" not in note
    ]
    if lacking:
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        notes.append(f"not in both files, and left out: {', '.join(lacking[:3])}{more}")
    return ProfileTable(
        profile,
        tuple(_outcome(aligned, k, profile, ranges) for k in range(len(aligned.items))),
        tuple(notes),
    )


def _as_numbers(panel: Panel, ranges: Mapping[str, Declared]) -> Panel:
    """The panel with every numeric variable that may be an outcome as a plain number."""
    numbers = [
        variable.replace(
            level=Level.INTERVAL,
            role=Role.ITEM,
            labels=(),
            range=(ranges[variable.name].bounds if variable.name in ranges else variable.bounds),
            inferred=(),
            group="",
        )
        for variable in panel.codebook
        if variable.kind == "number"
        and (
            variable.name in ranges
            or (variable.role is Role.ITEM and variable.level is not Level.TEXT)
        )
    ]
    return panel.with_codebook(numbers)


def _outcome(
    aligned: Aligned, k: int, profile: Profile, ranges: Mapping[str, Declared]
) -> OutcomeScore:
    human, twin = aligned.human[:, k], aligned.twin[:, k]
    scale, name = aligned.items[k].scale, aligned.items[k].name
    weights = aligned.weights if profile.weighted else np.ones(len(human))
    both = ~(np.isnan(human) | np.isnan(twin))
    if profile.paired:
        human, twin = np.where(both, human, np.nan), np.where(both, twin, np.nan)
    r = float(metrics.pearson(twin, human, weights))
    constant = constant_answers(human, scale, weights)
    return OutcomeScore(
        outcome=name,
        study=ranges[name].study if name in ranges else "",
        r=profile.undefined_r if math.isnan(r) and both.any() else r,
        accuracy=_accuracy(twin, human, scale, weights, clipped=profile.clipped),
        accuracy_constant=_accuracy(constant, human, scale, weights, clipped=profile.clipped),
        sd_ratio=float(metrics.sd_ratio(twin, human, weights)),
        glass_delta=float(metrics.glass_delta(twin, human, weights)),
        n=int(both.sum()),
        mean_human=float(metrics.weighted_mean(human, weights)),
        mean_twin=float(metrics.weighted_mean(twin, weights)),
        sd_human=float(metrics.sd(human, weights)),
        sd_twin=float(metrics.sd(twin, weights)),
        minimum=scale.low,
        maximum=scale.high,
    )


def _accuracy(
    pred: FloatArray,
    truth: FloatArray,
    scale: Scale,
    weights: FloatArray,
    *,
    clipped: bool,
) -> float:
    if clipped:
        return float(metrics.accuracy(pred, truth, scale.low, scale.high, weights))
    error = metrics.weighted_mean(np.abs(pred - truth), weights)
    return float(1 - error / (scale.high - scale.low))
