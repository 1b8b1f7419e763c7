"""The scorecard: frozen results, plain data out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .card_sections import (
    Effects,
    FairnessScore,
    Forecasts,
    ItemTest,
    QualityScore,
    StructureScore,
    TestCount,
)
from .plain import plain

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .differences import Differences
    from .evidence import Evidence
    from .scales import ScaleScore
    from .task_card import TaskReport

__all__ = [
    "Bar",
    "Difference",
    "GroupScore",
    "Headline",
    "ItemScore",
    "Method",
    "Scorecard",
]

Interval = tuple[float, float]
NAN = math.nan


@dataclass(frozen=True, slots=True)
class Bar:
    """One answer (or band of numbers), and the share of either side that gave it."""

    code: str
    label: str
    human: float
    twin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """How the twins did on one item. Scores that are not defined for it are NaN.

    Attributes:
        name: Name of the variable.
        label: Short label.
        question: Wording as asked, or "".
        level: Measure level.
        n: People with both answers.
        n_human: People who answered.
        n_twin: Twins who answered.
        scores: Measure → value (see `measures.MEASURES`).
        intervals: Measure → interval; empty without a bootstrap.
        references: "constant", "marginal", "shuffled" or a reference panel → headline measure →
            value.
        floors: Distance → human split-half floor.
        matched: Distance → the twins' distance at the floor's sample size.
        retest: Measure → value of the people's own second answers; empty without a retest.
        twin_retest: Measure → value of the twins' own; empty without replicates.
        normalised_accuracy: Accuracy / retest accuracy, over the cells that all three hold.
        human_missing: Reason → people without an answer.
        twin_missing: Reason → twins without one.
        bars: Distributions side by side, over every declared code.
        tests: "mean" (the twins' mean, or for nominal items their shares, are the people's) and
            "pearson" (r is 0) → p values, corrected over all items.
    """

    name: str
    label: str
    question: str
    level: str
    n: int
    n_human: int
    n_twin: int
    scores: Mapping[str, float]
    intervals: Mapping[str, Interval]
    references: Mapping[str, Mapping[str, float]]
    floors: Mapping[str, float]
    matched: Mapping[str, float]
    retest: Mapping[str, float]
    twin_retest: Mapping[str, float]
    normalised_accuracy: float
    human_missing: Mapping[str, int]
    twin_missing: Mapping[str, int]
    bars: tuple[Bar, ...]
    tests: Mapping[str, ItemTest] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """1 − |twin − person| / declared range; exact agreement for nominal items."""
        return self.scores["accuracy"]

    @property
    def exact(self) -> float:
        """Share of people whose twin gave the same answer."""
        return self.scores["exact"]

    @property
    def pearson(self) -> float:
        """Pearson's r over people."""
        return self.scores["pearson"]

    @property
    def spearman(self) -> float:
        """Spearman's ρ over people."""
        return self.scores["spearman"]

    @property
    def sd_ratio(self) -> float:
        """Standard deviation of the twins / of the people."""
        return self.scores["sd_ratio"]

    @property
    def distance_name(self) -> str:
        """Which distance fits the item: "wasserstein", or "total_variation" for nominal ones."""
        return "total_variation" if self.level == "nominal" else "wasserstein"

    @property
    def distance(self) -> float:
        """Distance between the two distributions, in [0, 1]; see `distance_name`."""
        return self.scores[self.distance_name]

    @property
    def split_half(self) -> float:
        """The same distance between random halves of the people."""
        return self.floors[self.distance_name]

    @property
    def retest_accuracy(self) -> float:
        """Accuracy of the people's own second answers, NaN without a retest."""
        return self.retest.get("accuracy", NAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One measure over all items, with everything it is to be read against.

    Attributes:
        metric: Name of the measure.
        label: Words for people.
        better: Where good values lie: "higher", "lower" or near "one".
        individual: Whether it says anything about individuals.
        estimate: The twins' value.
        interval: Its interval over people, NaN without a bootstrap.
        n_items: Items it is defined for.
        references: Reference → its value.
        floor: Human split-half value of a distance, else NaN.
        matched: The twins' distance at the floor's sample size, else NaN.
        retest: Value of the people's own second answers, NaN without a retest.
        twin_retest: Value of the twins' own second answers, NaN without replicates.
        position: Where the twins lie between the better of constant and marginal draw (0) and the
            people's retest (1); for distances, between the constant (0) and the split-half floor
            (1). NaN where either end is missing.
    """

    metric: str
    label: str
    better: str
    individual: bool
    estimate: float
    interval: Interval = (NAN, NAN)
    n_items: int
    references: Mapping[str, float]
    floor: float = NAN
    matched: float = NAN
    retest: float = NAN
    twin_retest: float = NAN
    position: float = NAN


@dataclass(frozen=True, slots=True)
class Difference:
    """Twins, or their best guess, less a reference, over the cells both hold, person by person.

    Attributes:
        reference: Name of the reference.
        metric: Name of the measure.
        estimate: The difference.
        interval: Paired bootstrap interval, NaN without a bootstrap.
        of: Whose score it is subtracted from: "twins", "best guess", or another reference.
    """

    reference: str
    metric: str
    estimate: float
    interval: Interval = (NAN, NAN)
    of: str = "twins"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScore:
    """How the twins of one subgroup did.

    Attributes:
        variable: What splits the people.
        label: The subgroup.
        n: People in it.
        small: Too few to say much; the interval shows how little.
        scores: Measure → value, lower and upper end; empty for fewer than ten people.
        constant: Accuracy of the constant in the subgroup.
        retest: Accuracy of its people's own second answers, NaN without a retest.
        shifts: Item → (mean of its twins − mean of its people) / SD of all people; ordered items
            only.
    """

    variable: str
    label: str
    n: int
    small: bool
    scores: Mapping[str, tuple[float, float, float]]
    constant: float
    retest: float
    shifts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the figures were made.

    Attributes:
        people: People compared.
        items: Items compared.
        cells: Answers both sides gave.
        weighted: Whether survey weights were used.
        retested: People with a retest.
        replicates: How often each twin answered.
        seed: Seed of draws, splits and resamples.
        bootstrap: Resamples of people.
        splits: Random halves of the people.
        draws: Marginal draws and shuffles.
        level: Coverage of the intervals.
        references: Names of the references, in order.
    """

    people: int
    items: int
    cells: int
    weighted: bool
    retested: int
    replicates: int
    seed: int
    bootstrap: int
    splits: int
    draws: int
    level: float
    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class Scorecard:
    """Simulated answers against human ones, with references, floor and ceiling.

    Attributes:
        items: One score per item, in the order of the twins' panel.
        overall: Headlines over all items.
        differences: Twins less references, paired.
        groups: Scores by subgroup.
        scales: Scale scores of both sides.
        verdict: What it comes to, in words; the gravest first.
        warnings: What makes the figures less certain than they look.
        notes: Remarks about the data: synthetic, left out, coded differently.
        method: How the figures were made.
        dispositions: "answered", or the reason there is no answer → share of what the twins were
            asked, most frequent first after "answered".
        facts: What making the answers took: name → text for people, such as "cost" → "$1.20".
        tasks: What the twins did in tasks, None where there were none.
        tests: On how many items means differ and r is not 0, corrected over items.
        forecasts: How good the stated probabilities are, None where none were kept.
        effects: Reactions to the arms of an experiment, None where both sides know of none.
        structure: Correlations between items, all items first, then block by block.
        fairness: Best and worst served subgroup of every variable split by.
        quality: Signs of careless or artificial answering, people beside twins.
        evidence: The answers behind the scores, for what is computed from two scorecards; not part
            of the plain data.
    """

    items: tuple[ItemScore, ...]
    overall: tuple[Headline, ...]
    differences: tuple[Difference, ...]
    groups: tuple[GroupScore, ...]
    method: Method
    scales: tuple[ScaleScore, ...] = ()
    verdict: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dispositions: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    tasks: TaskReport | None = None
    tests: tuple[TestCount, ...] = ()
    forecasts: Forecasts | None = None
    effects: Effects | None = None
    structure: tuple[StructureScore, ...] = ()
    fairness: tuple[FairnessScore, ...] = ()
    quality: tuple[QualityScore, ...] = ()
    evidence: Evidence | None = field(default=None, compare=False, metadata={"plain": False})

    def __repr__(self) -> str:
        m = self.method
        parts = [f"{m.people:,} people × {m.items:,} items"]
        for row in self.overall:
            if row.metric in ("accuracy", "pearson") and not math.isnan(row.estimate):
                base = row.references.get("constant", NAN)
                beside = "" if math.isnan(base) else f" (constant {base:.3f})"
                parts.append(f"{row.label.lower()} {row.estimate:.3f}{beside}")
        return f"<Scorecard {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        from .render import to_html

        return to_html(self)

    def __getitem__(self, name: str) -> ItemScore:
        """The score of one item.

        Raises:
            UnknownNameError: The item was not compared.
        """
        from ..data.errors import UnknownNameError

        for item in self.items:
            if item.name == name:
                return item
        raise UnknownNameError("item", name, [item.name for item in self.items])

    def headline(self, metric: str) -> Headline:
        """The headline of one measure.

        Raises:
            UnknownNameError: There is no headline of that name.
        """
        from ..data.errors import UnknownNameError

        for row in self.overall:
            if row.metric == metric:
                return row
        raise UnknownNameError("measure", metric, [row.metric for row in self.overall])

    def __sub__(self, other: object) -> Differences:
        """What this scorecard scores more than another; see `differences.differences`."""
        from .differences import differences

        if not isinstance(other, Scorecard):
            return NotImplemented
        return differences(self, other)

    def plot(
        self, item: str = "", *, kind: str = "", metric: str = "pearson", ax: Axes | None = None
    ) -> Axes:
        """Draw the answers to one item, or a measure over all items; see `plots.plot_card`."""
        from .plots import plot_card

        return plot_card(self, item, kind=kind, metric=metric, ax=ax)

    def to_pandas(self) -> pd.DataFrame:
        """One row per item; scores with their intervals, references, floor and ceiling."""
        import pandas as pd

        return pd.DataFrame([_row(item) for item in self.items]).set_index("name")

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`: dicts, lists, numbers, text; None where undefined."""
        found = plain(self)
        assert isinstance(found, dict)
        return found


def _row(item: ItemScore) -> dict[str, object]:
    row: dict[str, object] = {
        "name": item.name,
        "label": item.label,
        "level": item.level,
        "n": item.n,
        "n_human": item.n_human,
        "n_twin": item.n_twin,
    }
    for metric, value in item.scores.items():
        row[metric] = value
        if metric in item.intervals:
            row[f"{metric}_low"], row[f"{metric}_high"] = item.intervals[metric]
    for name, scores in item.references.items():
        row[f"accuracy_{name}"] = scores["accuracy"]
        row[f"distance_{name}"] = scores[item.distance_name]
        if name != "constant":
            row[f"pearson_{name}"] = scores["pearson"]
    row |= {
        "distance": item.distance,
        "distance_name": item.distance_name,
        "distance_split_half": item.split_half,
        "distance_matched": item.matched[item.distance_name],
        "accuracy_retest": item.retest_accuracy,
        "pearson_retest": item.retest.get("pearson", NAN),
        "accuracy_twin_retest": item.twin_retest.get("accuracy", NAN),
        "pearson_twin_retest": item.twin_retest.get("pearson", NAN),
        "normalised_accuracy": item.normalised_accuracy,
    }
    return row
