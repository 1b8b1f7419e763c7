"""The parts of a scorecard beside its items: effects, structure, fairness, data quality, forecasts.

Frozen results without behaviour; `card.Scorecard` holds them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "CalibrationBin",
    "Contrast",
    "ContrastSide",
    "Effects",
    "FairnessScore",
    "ForecastItem",
    "Forecasts",
    "ItemTest",
    "QualityScore",
    "StructureScore",
    "TestCount",
]

Interval = tuple[float, float]
NAN = math.nan
NONE: Interval = (NAN, NAN)


@dataclass(frozen=True, slots=True)
class ItemTest:
    """One hypothesis about one item, corrected for asking it of all items.

    Attributes:
        p: Two-sided p value.
        holm: Holm's adjusted p value over the items: any false alarm at all.
        bh: Benjamini and Hochberg's: the share of false alarms among alarms.
    """

    p: float
    holm: float
    bh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCount:
    """On how many items a hypothesis is rejected.

    Attributes:
        name: "mean" (twins' and people's means, or shares, differ) or "pearson" (r is not 0).
        label: Words for people.
        n_items: Items it was tested on.
        raw: Rejected at 1 − coverage, uncorrected.
        holm: Rejected after Holm's correction.
        bh: Rejected after Benjamini and Hochberg's.
    """

    __test__ = False

    name: str
    label: str
    n_items: int
    raw: int
    holm: int
    bh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastSide:
    """An effect in the people, or in the twins.

    Attributes:
        n: Answers in both arms together.
        delta: Difference of means, in units of the answer.
        interval: Its interval (Welch).
        d: Difference over the pooled SD.
        d_interval: Its interval.
        p: Two-sided p value (Welch).
        holm: The same, corrected over all contrasts of this side.
    """

    n: int
    delta: float
    interval: Interval = NONE
    d: float = NAN
    d_interval: Interval = NONE
    p: float = NAN
    holm: float = NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One arm against another on one item: what it does to people, and what to twins.

    Attributes:
        item: Name of the item.
        label: Its short label.
        condition: Variable that holds the arms.
        arm: The arm.
        against: The arm it is held against (the condition's first).
        variable: Variable of the subgroup, "" for everybody.
        group: The subgroup, "" for everybody.
        human: The people's effect.
        twin: The twins'.
        same_sign: Whether both point the same way; None where one is 0 or unknown.
        same_verdict: Whether both are significant in the same direction, or neither is.
        ratio: d of the twins / d of the people.
    """

    item: str
    label: str
    condition: str
    arm: str
    against: str
    variable: str = ""
    group: str = ""
    human: ContrastSide
    twin: ContrastSide
    same_sign: bool | None
    same_verdict: bool | None
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Whether twins react to the arms of an experiment as people do.

    Attributes:
        contrasts: Every item by every arm against the first, over everybody.
        subgroups: The same within subgroups (heterogeneous effects); empty without `by`.
        same_sign: Share of contrasts with the same sign, and interval.
        same_sign_interval: Wilson's interval; contrasts of the same people are not independent.
        same_verdict: Share of contrasts with the same verdict at 1 − coverage.
        correlation: Pearson's r of twins' and people's d over contrasts.
        correlation_interval: Bootstrap over people.
        slope: Least-squares slope of twins' d on people's: above 1, effects are inflated.
        slope_interval: Bootstrap over people.
        delta_correlation: The same r for raw differences over the declared range.
        delta_slope: The same slope for raw differences over the declared range.
        inflation: Mean |d| of the twins / mean |d| of the people.
        delta_inflation: The same for raw differences over the declared range. Where `inflation` is
            above it, the twins' low variance makes the effects look large.
        moderation: r over (contrast, subgroup) of twins' and people's *departures* of the
            subgroup's effect from the effect on everybody, NaN without subgroups.
        other_arm: Share of twins who were in another arm than their person; scores of single
            persons mix arms for them.
    """

    contrasts: tuple[Contrast, ...]
    subgroups: tuple[Contrast, ...] = ()
    same_sign: float = NAN
    same_sign_interval: Interval = NONE
    same_verdict: float = NAN
    correlation: float = NAN
    correlation_interval: Interval = NONE
    slope: float = NAN
    slope_interval: Interval = NONE
    delta_correlation: float = NAN
    delta_slope: float = NAN
    inflation: float = NAN
    delta_inflation: float = NAN
    moderation: float = NAN
    other_arm: float = NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureScore:
    """Whether items hang together among the twins as they do among the people.

    Attributes:
        block: Block of the codebook, "" for all items.
        items: Names of the items, ordered answers only.
        n: People with any answer to them.
        frobenius: ‖R_h − R_t‖_F over the correlation matrices, on pairs of items known to both.
        rms: Root mean square difference of the correlations of two items; 0 is right.
        rms_interval: Its interval over people.
        rms_floor: The same between random halves of the people.
        rms_matched: The twins' at that sample size.
        distance: 1 − tr(R_h R_t) / (‖R_h‖ ‖R_t‖), 0 to 1; 0 is right.
        distance_floor: The same between random halves of the people.
        strength_human: Mean |r| of two items among the people.
        strength_twin: Mean |r| of two items among the twins.
        alpha_human: Cronbach's α as coded; NaN for all items and for mixed scales.
        alpha_human_interval: Bootstrap over people.
        alpha_twin: The twins'.
        alpha_twin_interval: Bootstrap over people.
    """

    block: str
    items: tuple[str, ...]
    n: int
    frobenius: float
    rms: float
    rms_interval: Interval = NONE
    rms_floor: float = NAN
    rms_matched: float = NAN
    distance: float
    distance_floor: float = NAN
    strength_human: float = NAN
    strength_twin: float = NAN
    alpha_human: float = NAN
    alpha_human_interval: Interval = NONE
    alpha_twin: float = NAN
    alpha_twin_interval: Interval = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessScore:
    """The subgroups of one variable that twins serve best and worst.

    Attributes:
        variable: What splits the people.
        metric: "accuracy" or "pearson".
        label: Words for the metric.
        best: The best served subgroup.
        best_score: Its score.
        best_interval: Its interval.
        best_n: People in it.
        worst: The worst served subgroup.
        worst_score: Its score.
        worst_interval: Its interval.
        worst_n: People in it.
        gap: Best less worst.
        gap_interval: Its interval over people, for these two subgroups.
        chance_gap: Mean gap between best and worst when people are dealt to subgroups of the same
            sizes at random; NaN for r. The largest of several differences is never 0.
        p: Share of such deals with as large a gap; NaN for r.
        small: Subgroups too small to be ranked (see `groups.SMALL`).
    """

    variable: str
    metric: str
    label: str
    best: str
    best_score: float
    best_interval: Interval
    best_n: int
    worst: str
    worst_score: float
    worst_interval: Interval
    worst_n: int
    gap: float
    gap_interval: Interval = NONE
    chance_gap: float = NAN
    p: float = NAN
    small: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityScore:
    """One sign of careless or artificial answering, among people and among twins.

    Attributes:
        check: "straight_lining", "acquiescence", "extreme_response", "midpoint_response",
            "item_nonresponse", "refusal", "dont_know", "order_effect", "position_effect",
            "speeding", "retried", "duplicates".
        label: Words for people.
        meaning: One line: what the figure is.
        human: The people's figure, NaN where it cannot be had.
        human_interval: Its interval over people.
        twin: The twins' figure.
        twin_interval: Its interval over people.
        n_human: People behind it.
        n_twin: Twins behind it.
        gap: Twins less people.
        gap_interval: Its paired interval over people.
        flag: What is wrong, in words; "" where nothing is.
    """

    check: str
    label: str
    meaning: str
    human: float = NAN
    human_interval: Interval = NONE
    twin: float = NAN
    twin_interval: Interval = NONE
    n_human: int = 0
    n_twin: int = 0
    gap: float = NAN
    gap_interval: Interval = NONE
    flag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Stated probabilities of one height, and how often they came true.

    Attributes:
        low: Lower end of the bin.
        high: Upper end.
        count: Answers whose likeliest code has a probability in it (weighted).
        stated: Mean stated probability.
        observed: Share that came true.
    """

    low: float
    high: float
    count: float
    stated: float
    observed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastItem:
    """How good the stated probabilities are on one item.

    Attributes:
        name: Name of the item.
        label: Its short label.
        n: People with an answer and stated probabilities.
        scores: "brier", "log_score", "rps" (ordered items), each 0 at best → value.
        marginal: The same for the other people's shares, stated for everybody.
        skill: 1 − RPS / RPS of the marginal (Brier for nominal items): 0 knows nothing, 1 all.
    """

    name: str
    label: str
    n: int
    scores: Mapping[str, float]
    marginal: Mapping[str, float]
    skill: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasts:
    """How good the probabilities behind the answers are.

    Attributes:
        items: One entry per item with stated probabilities.
        scores: Score → mean over items; with "ece", the expected calibration error.
        intervals: Score → interval over people.
        marginal: Score → the same for the other people's shares.
        skill: Mean over items of the skill.
        skill_interval: Its interval over people.
        bins: The reliability diagram behind the calibration error.
    """

    items: tuple[ForecastItem, ...]
    scores: Mapping[str, float]
    intervals: Mapping[str, Interval]
    marginal: Mapping[str, float]
    skill: float
    skill_interval: Interval = NONE
    bins: tuple[CalibrationBin, ...] = ()
