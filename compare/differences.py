"""Two scorecards of the same people: what one scores more than the other, with paired intervals.

Model against model, wording against wording, persona against persona. Both are scored on the cells
that both hold, and every resample draws the same people for both, so that what makes people easy
or hard to predict cancels (a paired bootstrap over persons: Efron & Tibshirani 1993, §8).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..data.errors import ComparisonError, UnknownNameError
from ..data.seeds import generator
from . import metrics
from .align import Aligned
from .card import Scorecard
from .estimate import measure, pair_counts
from .measures import HEADLINES, Measure, pool
from .metrics.weights import FloatArray
from .plain import plain
from .references import BEST_GUESS
from .scale import Scale

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Differences", "Gap", "ItemGap", "differences"]

NAN = math.nan
Interval = tuple[float, float]

NAMES = ("A", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One measure on both sides, over all items.

    Attributes:
        of: Whose answers: "twins", or their "best guess".
        metric: Name of the measure.
        label: Words for people.
        better: Where good values lie: "higher", "lower" or near "one".
        first: The first scorecard's value, on the cells that both hold.
        second: The second's.
        estimate: First less second.
        interval: Paired bootstrap interval over people, NaN without a bootstrap.
    """

    of: str
    metric: str
    label: str
    better: str
    first: float
    second: float
    estimate: float
    interval: Interval = (NAN, NAN)

    @property
    def favours(self) -> int:
        """0 or 1: which side the interval shows to be better; −1 where it shows neither."""
        if self.better not in ("higher", "lower") or not _clear(self.interval):
            return -1
        return int((self.estimate > 0) is (self.better == "lower"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemGap:
    """One item on both sides.

    Attributes:
        name: Name of the variable.
        label: Short label.
        n: People with their own answer and both sides'.
        first: Measure → the first scorecard's value.
        second: Measure → the second's.
        estimates: Measure → first less second.
        intervals: Measure → paired interval; empty without a bootstrap.
    """

    name: str
    label: str
    n: int
    first: Mapping[str, float]
    second: Mapping[str, float]
    estimates: Mapping[str, float]
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, kw_only=True, repr=False)
class Differences:
    """One scorecard less another.

    Attributes:
        names: What the two are called.
        overall: One entry per measure, over all items.
        items: One entry per item, in the order of the first scorecard.
        people: People in both.
        cells: Answers that people and both sides hold.
        level: Coverage of the intervals.
        bootstrap: Resamples of people.
        verdict: What it comes to, in words.
        notes: Remarks: what was left out.
    """

    names: tuple[str, str]
    overall: tuple[Gap, ...]
    items: tuple[ItemGap, ...]
    people: int
    cells: int
    level: float
    bootstrap: int
    verdict: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = [f"{self.people:,} people × {len(self.items):,} items"]
        parts += [
            f"{gap.label.lower()} {gap.estimate:+.3f}"
            for gap in self.overall
            if gap.of == "twins" and gap.metric in ("accuracy", "pearson")
        ]
        return f"<Differences {self.names[0]} − {self.names[1]}: {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        from .differences_text import differences_to_html

        return differences_to_html(self)

    def __getitem__(self, name: str) -> ItemGap:
        """The difference on one item.

        Raises:
            UnknownNameError: The item is not in both scorecards.
        """
        for item in self.items:
            if item.name == name:
                return item
        raise UnknownNameError("item", name, [item.name for item in self.items])

    def headline(self, metric: str, of: str = "twins") -> Gap:
        """The difference of one measure over all items.

        Raises:
            UnknownNameError: There is no difference of that name.
        """
        for gap in self.overall:
            if (gap.metric, gap.of) == (metric, of):
                return gap
        raise UnknownNameError("measure", metric, [g.metric for g in self.overall if g.of == of])

    def to_pandas(self) -> pd.DataFrame:
        """One row per item: n, and for each measure both values, their difference, its interval."""
        import pandas as pd

        rows = []
        for item in self.items:
            row: dict[str, object] = {"name": item.name, "label": item.label, "n": item.n}
            for metric, value in item.estimates.items():
                row |= {
                    f"{metric}_first": item.first[metric],
                    f"{metric}_second": item.second[metric],
                    metric: value,
                }
                if metric in item.intervals:
                    row[f"{metric}_low"], row[f"{metric}_high"] = item.intervals[metric]
            rows.append(row)
        return pd.DataFrame(rows).set_index("name")

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`; None where undefined."""
        found = plain(self)
        assert isinstance(found, dict)
        return found

    def plot(self, metric: str = "pearson", *, ax: Axes | None = None) -> Axes:
        """Draw one measure's differences item by item; see `plots.plot_differences`."""
        from .plots import plot_differences

        return plot_differences(self, metric, ax=ax)


@dataclass(frozen=True, eq=False, slots=True)
class _Side:
    """One scorecard's answers, for the people and items in common."""

    human: FloatArray
    answers: Mapping[str, FloatArray]


def differences(
    first: Scorecard, second: Scorecard, *, names: tuple[str, str] = ("", "")
) -> Differences:
    """Subtract one scorecard from another, on the people, items and cells that both hold.

    Seed, resamples and level are those of the first scorecard; so are survey weights.

    Args:
        first: What is subtracted from.
        second: What is subtracted.
        names: What to call them; by default their models where these differ, else "A" and "B".

    Raises:
        ComparisonError: The scorecards have no answers, no people or no items in common, or their
            items are coded differently.
    """
    ours, theirs = _aligned(first), _aligned(second)
    persons, rows = _rows(ours, theirs)
    columns, notes = _columns(ours, theirs)
    scales = [ours.items[k].scale for k, _ in columns]
    sides = (
        _side(first, rows[0], [k for k, _ in columns]),
        _side(second, rows[1], [k for _, k in columns]),
    )
    weights = ours.weights[rows[0]]
    if weights.sum() <= 0:
        raise ComparisonError(
            f"the {len(persons):,} people in both scorecards all have the survey weight 0",
            remedy="compare without the weight",
        )
    weights = weights / weights.mean()
    notes += _notes(ours, theirs, persons, sides)
    m = first.method
    overall: list[Gap] = []
    items: tuple[ItemGap, ...] = ()
    cells = 0
    for of in sides[0].answers:
        if of not in sides[1].answers:
            continue
        measures = HEADLINES if of == "twins" else _SINGLE
        pair = _common(sides, of)
        both = _Both(pair, scales, weights, measures, m.seed, m.bootstrap, m.level)
        overall += both.gaps(of)
        if of == "twins":
            labels = [(ours.items[k].name, ours.items[k].label) for k, _ in columns]
            items = both.items(labels)
            cells = sum(item.n for item in items)
    found = Differences(
        names=_names(first, second, names),
        overall=tuple(overall),
        items=items,
        people=len(persons),
        cells=cells,
        level=m.level,
        bootstrap=m.bootstrap,
        notes=tuple(notes),
    )
    from .differences_text import words

    return replace(found, verdict=words(found))


_SINGLE = tuple(m for m in HEADLINES if m.individual)


class _Both:
    """Two sides' scores and their resampled differences."""

    def __init__(
        self,
        pair: tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]],
        scales: Sequence[Scale],
        weights: FloatArray,
        measures: Sequence[Measure],
        seed: int,
        bootstrap: int,
        level: float,
    ) -> None:
        self._measures, self._level = measures, level
        self._pairs = [pair_counts(human, pred) for human, pred in pair]
        self._values = [measure(human, pred, scales, weights, measures) for human, pred in pair]
        self._by_item: dict[str, list[FloatArray]] = {m.name: [] for m in measures}
        self._pooled: dict[str, list[FloatArray]] = {m.name: [] for m in measures}
        people = len(weights)
        if not bootstrap or people < 2:
            return
        rng = generator("compare", seed, "bootstrap")
        for block in metrics.resamples(people, bootstrap, rng):
            drawn = [
                measure(human, pred, scales, block * weights, measures) for human, pred in pair
            ]
            for m in measures:
                a, b = (values[m.name] for values in drawn)
                self._by_item[m.name].append(a - b)
                self._pooled[m.name].append(self._pool(m, a, 0) - self._pool(m, b, 1))

    def _pool(self, m: Measure, values: FloatArray, side: int) -> FloatArray:
        return pool(m, values, self._pairs[side])

    def _ends(
        self, m: Measure, replicates: list[FloatArray], value: npt.ArrayLike
    ) -> FloatArray | None:
        """Percentile interval; of distances, once their resamples are moved onto the estimate.

        A resampled distance is too large, the more so the smaller it is, which would pull the
        difference of two towards 0 and past it.
        """
        if not replicates:
            return None
        drawn = np.concatenate(replicates)
        if m.better == "lower":
            known = ~np.isnan(drawn)
            mean = metrics.ratio(np.where(known, drawn, 0.0).sum(axis=0), known.sum(axis=0))
            drawn = drawn + (np.asarray(value) - mean)
        return metrics.percentile_interval(drawn, self._level)

    def gaps(self, of: str) -> list[Gap]:
        found = []
        for m in self._measures:
            a, b = (float(self._pool(m, self._values[k][m.name], k)) for k in (0, 1))
            if math.isnan(a - b):
                continue
            ends = self._ends(m, self._pooled[m.name], a - b)
            found.append(
                Gap(
                    of=of,
                    metric=m.name,
                    label=m.label,
                    better=m.better,
                    first=a,
                    second=b,
                    estimate=a - b,
                    interval=(NAN, NAN) if ends is None else (float(ends[0]), float(ends[1])),
                )
            )
        return found

    def items(self, labels: Sequence[tuple[str, str]]) -> tuple[ItemGap, ...]:
        ends = {
            m.name: self._ends(
                m, self._by_item[m.name], self._values[0][m.name] - self._values[1][m.name]
            )
            for m in self._measures
        }
        found = []
        for k, (name, label) in enumerate(labels):
            a, b = ({n: float(v[k]) for n, v in side.items()} for side in self._values)
            known = [n for n in a if not math.isnan(a[n] - b[n])]
            intervals = {}
            for n in known:
                drawn = ends[n]
                if drawn is not None:
                    intervals[n] = (float(drawn[0, k]), float(drawn[1, k]))
            found.append(
                ItemGap(
                    name=name,
                    label=label,
                    n=int(min(pairs[k] for pairs in self._pairs)),
                    first={n: a[n] for n in known},
                    second={n: b[n] for n in known},
                    estimates={n: a[n] - b[n] for n in known},
                    intervals=intervals,
                )
            )
        return tuple(found)


def _aligned(card: Scorecard) -> Aligned:
    if card.evidence is None:
        raise ComparisonError(
            "a scorecard without its answers cannot be subtracted",
            remedy="make it anew with compare()",
        )
    return card.evidence.aligned


def _rows(ours: Aligned, theirs: Aligned) -> tuple[list[str], tuple[list[int], list[int]]]:
    place = {person: k for k, person in enumerate(theirs.persons)}
    persons = [person for person in ours.persons if person in place]
    if not persons:
        raise ComparisonError(
            f"the scorecards have no person in common: one begins with {ours.persons[0]!r}, the "
            f"other with {theirs.persons[0]!r}",
            remedy="subtract scorecards of runs on the same people",
        )
    mine = {person: k for k, person in enumerate(ours.persons)}
    return persons, ([mine[p] for p in persons], [place[p] for p in persons])


def _columns(ours: Aligned, theirs: Aligned) -> tuple[list[tuple[int, int]], list[str]]:
    place = {item.name: k for k, item in enumerate(theirs.items)}
    shared = [(k, place[item.name]) for k, item in enumerate(ours.items) if item.name in place]
    if not shared:
        raise ComparisonError(
            f"the scorecards have no item in common: one begins with {ours.items[0].name!r}, the "
            f"other with {theirs.items[0].name!r}",
            remedy="items are matched by variable name",
        )
    same = [(a, b) for a, b in shared if _alike(ours.items[a].scale, theirs.items[b].scale)]
    unlike = [ours.items[a].name for a, b in shared if (a, b) not in set(same)]
    if not same:
        raise ComparisonError(
            f"the scorecards code {unlike[0]!r} and every other item differently",
            remedy="give both comparisons the same codebook",
        )
    notes = [f"coded differently and left out: {', '.join(unlike)}"] if unlike else []
    alone = len(ours.items) + len(theirs.items) - 2 * len(shared)
    if alone:
        notes.append(f"{alone:,} items are in one scorecard only and were left out")
    return same, notes


def _alike(ours: Scale, theirs: Scale) -> bool:
    return (ours.level, ours.values, repr((ours.low, ours.high)), ours.individual) == (
        theirs.level,
        theirs.values,
        repr((theirs.low, theirs.high)),
        theirs.individual,
    )


def _side(card: Scorecard, rows: list[int], columns: list[int]) -> _Side:
    assert card.evidence is not None
    cells = np.ix_(rows, columns)
    answers = card.evidence.respondents()
    return _Side(
        card.evidence.aligned.human[cells], {name: found[cells] for name, found in answers.items()}
    )


def _common(
    sides: tuple[_Side, _Side], of: str
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Each side's people and answers, the answers only where both sides hold one."""
    a, b = (side.answers[of] for side in sides)
    both = ~(np.isnan(a) | np.isnan(b))
    return (sides[0].human, np.where(both, a, np.nan)), (sides[1].human, np.where(both, b, np.nan))


def _notes(
    ours: Aligned, theirs: Aligned, persons: list[str], sides: tuple[_Side, _Side]
) -> list[str]:
    notes = []
    alone = len(ours.persons) + len(theirs.persons) - 2 * len(persons)
    if alone:
        notes.append(f"{alone:,} people are in one scorecard only and were left out")
    a, b = sides[0].human, sides[1].human
    unlike = int((~((a == b) | (np.isnan(a) & np.isnan(b)))).sum())
    if unlike:
        notes.append(
            f"{unlike:,} of the people's own answers differ between the scorecards; each side is "
            "scored against its own"
        )
    if BEST_GUESS in sides[0].answers and BEST_GUESS not in sides[1].answers:
        notes.append("only the first scorecard has a best guess beside its draws")
    if BEST_GUESS in sides[1].answers and BEST_GUESS not in sides[0].answers:
        notes.append("only the second scorecard has a best guess beside its draws")
    return notes


def _names(first: Scorecard, second: Scorecard, names: tuple[str, str]) -> tuple[str, str]:
    if all(names):
        return names
    models = (first.facts.get("model", ""), second.facts.get("model", ""))
    return models if all(models) and models[0] != models[1] else NAMES


def _clear(interval: Interval) -> bool:
    """Whether an interval leaves out 0."""
    return interval[0] > 0 or interval[1] < 0
