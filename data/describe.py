"""What is in a panel, variable by variable: the summary behind `understudy inspect`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .codebook import Code, Kind, Level, Reason, Role, Variable, code_text
from .legible import legible
from .panel import Panel, Withheld

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AnswerCount",
    "Description",
    "NumberSummary",
    "VariableDescription",
    "describe",
    "sparkline",
]

MAX_COUNTED = 60
"""Most different unlabelled values that are counted one by one."""
MAX_EXAMPLES = 3
BINS = 12
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How often one answer was given.

    Attributes:
        code: The code as stored.
        label: Its label, or the code as text.
        count: Number of people.
        share: Share of those who answered, 0 to 1; NaN if nobody did.
        weighted_share: The same, weighted; equal to `share` without weights.
        declared: Whether the codebook knows the code.
    """

    code: Code
    label: str
    count: int
    share: float
    weighted_share: float
    declared: bool = True


@dataclass(frozen=True, slots=True)
class NumberSummary:
    """Location and spread of a numeric variable, in units of its codes.

    Attributes:
        mean: Weighted mean.
        sd: Weighted standard deviation (divisor: the sum of weights).
        minimum: Lowest value.
        q25: Lower quartile, unweighted.
        median: Median, unweighted.
        q75: Upper quartile, unweighted.
        maximum: Highest value.
        distinct: Number of different values.
    """

    mean: float
    sd: float
    minimum: float
    q25: float
    median: float
    q75: float
    maximum: float
    distinct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableDescription:
    """One variable of a panel: what the codebook says, and what people answered.

    Attributes:
        name, label, question, level, kind, role, block, group, range, inferred: As in `Variable`.
        labels: Answers with their counts, in the order of the scale; all labelled codes, also
            those nobody chose, then codes without a label. Empty for free text and for numbers
            with more than `MAX_COUNTED` different values.
        answered: Number of people with a substantive answer.
        answered_share: The same as a share of all people, 0 to 1.
        missing: Number of missing answers by reason, most frequent first.
        missing_share: Missing answers by reason as a share of all people, 0 to 1.
        numbers: Summary of numeric answers; None for others, and for nominal codes.
        distinct: Number of different answers.
        examples: Some answers, for text and dates.
        sparkline: The distribution in block characters, from the lowest answer to the highest.
    """

    name: str
    label: str
    question: str
    level: Level
    kind: Kind
    role: Role
    block: str
    group: str
    range: tuple[float, float] | None
    inferred: tuple[str, ...]
    labels: tuple[AnswerCount, ...]
    answered: int
    answered_share: float
    missing: Mapping[Reason, int]
    missing_share: Mapping[Reason, float]
    numbers: NumberSummary | None
    distinct: int
    examples: tuple[str, ...]
    sparkline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A panel in figures.

    Attributes:
        people: Number of different people.
        rows: Number of rows; more than people in a panel of several waves.
        source, title, notes: Where the data come from and what is to be known about them.
        remarks: What was assumed, repaired or left out in reading.
        waves: Label and number of rows of each wave; empty without a wave variable.
        weight: Name of the survey weight, or None.
        withheld: Columns left out because they look like personal data.
        variables: One entry per variable, in order.
    """

    people: int
    rows: int
    source: str
    title: str
    notes: tuple[str, ...]
    remarks: tuple[str, ...]
    waves: Mapping[str, int]
    weight: str | None
    withheld: tuple[Withheld, ...]
    variables: tuple[VariableDescription, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`: "people" is a number, "variables" has one object each."""
        return {
            "people": self.people,
            "rows": self.rows,
            "source": self.source,
            "title": self.title,
            "notes": list(self.notes),
            "remarks": list(self.remarks),
            "waves": dict(self.waves),
            "weight": self.weight,
            "withheld": [{"name": w.name, "kind": w.kind, "why": w.why} for w in self.withheld],
            "variables": [_variable_json(v) for v in self.variables],
        }


def describe(panel: Panel) -> Description:
    """Count answers and absences of every variable.

    Raises:
        PanelError: The weights are negative or all zero.
    """
    weights = panel.weights()
    weighted = panel.weight_variable is not None
    return Description(
        people=len(set(panel.persons)),
        rows=len(panel),
        source=panel.source,
        title=panel.codebook.title,
        notes=panel.codebook.notes,
        remarks=panel.remarks,
        waves=_waves(panel),
        weight=panel.weight_variable,
        withheld=panel.withheld,
        variables=tuple(
            _describe(panel, variable, weights if weighted else None) for variable in panel.codebook
        ),
    )


def _waves(panel: Panel) -> dict[str, int]:
    name = panel.wave_variable
    if name is None:
        return {}
    counts = panel.frame[name].value_counts().sort_index()
    variable = panel.codebook[name]
    return {variable.label_of(code): int(count) for code, count in counts.items()}


def _describe(
    panel: Panel, variable: Variable, weights: npt.NDArray[np.float64] | None
) -> VariableDescription:
    column = panel.frame[variable.name]
    people = len(panel)
    missing = panel.missing_counts(variable.name)
    answered = people - sum(missing.values())
    counts = _Counts.of(column, weights, dates=variable.kind == "date")
    answers = _answers(variable, counts, answered)
    numbers = None
    if variable.kind == "number" and variable.level is not Level.NOMINAL and answered:
        numbers = _numbers(column.to_numpy(dtype=np.float64), weights, len(counts.values))
    return VariableDescription(
        name=variable.name,
        label=variable.label,
        question=variable.question,
        level=variable.level,
        kind=variable.kind,
        role=variable.role,
        block=variable.block,
        group=variable.group,
        range=variable.range,
        inferred=variable.inferred,
        labels=answers,
        answered=answered,
        answered_share=answered / people if people else math.nan,
        missing=missing,
        missing_share={reason: n / people for reason, n in missing.items()},
        numbers=numbers,
        distinct=len(counts.values),
        examples=_examples(variable, counts, answers),
        sparkline=_sparkline(variable, counts, answers),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Counts:
    """Different answers and how often each occurs; numbers ascend, texts by first appearance."""

    values: list[Any]
    counts: npt.NDArray[np.int64]
    weighted: npt.NDArray[np.float64]

    @classmethod
    def of(
        cls, column: pd.Series[Any], weights: npt.NDArray[np.float64] | None, *, dates: bool
    ) -> _Counts:
        import pandas as pd

        positions, unique = pd.factorize(column, sort=dates or column.dtype == np.float64)
        held = positions >= 0
        counts = np.bincount(positions[held], minlength=len(unique))
        each = np.ones(len(column)) if weights is None else weights
        weighted = np.bincount(positions[held], weights=each[held], minlength=len(unique))
        return cls(list(unique), counts.astype(np.int64), weighted.astype(np.float64))


def _answers(variable: Variable, counts: _Counts, answered: int) -> tuple[AnswerCount, ...]:
    if variable.kind == "date" or variable.level is Level.TEXT:
        return ()
    if not variable.labels and len(counts.values) > MAX_COUNTED:
        return ()
    total = float(counts.weighted.sum())
    found = {
        value: (int(n), float(w))
        for value, n, w in zip(counts.values, counts.counts, counts.weighted, strict=True)
    }

    def entry(code: Code, label: str, declared: bool) -> AnswerCount:
        n, w = found.get(code, (0, 0.0))
        return AnswerCount(
            code,
            label,
            n,
            n / answered if answered else math.nan,
            w / total if total else math.nan,
            declared,
        )

    listed = [entry(code, label, True) for code, label in variable.labels]
    known = set(variable.codes)
    rest = [value for value in found if value not in known]
    if len(rest) <= MAX_COUNTED:
        rest = rest if variable.kind == "number" else sorted(rest, key=lambda v: -found[v][0])
        listed += [entry(code, code_text(code), not variable.labels) for code in rest]
    return tuple(listed)


def _numbers(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None, distinct: int
) -> NumberSummary:
    held = ~np.isnan(values)
    kept = values[held]
    share = np.ones(len(kept)) if weights is None else weights[held]
    if share.sum() <= 0:
        mean = sd = math.nan
    else:
        mean = float(np.average(kept, weights=share))
        sd = math.sqrt(float(np.average((kept - mean) ** 2, weights=share)))
    low, q25, median, q75, high = np.quantile(kept, [0, 0.25, 0.5, 0.75, 1.0]).tolist()
    return NumberSummary(mean, sd, low, q25, median, q75, high, distinct)


def _examples(
    variable: Variable, counts: _Counts, answers: tuple[AnswerCount, ...]
) -> tuple[str, ...]:
    if answers or not counts.values:
        return ()
    if variable.kind == "date":
        ends = counts.values if len(counts.values) < 2 else [counts.values[0], counts.values[-1]]
        return tuple(str(value) for value in ends)
    if variable.kind == "text":
        return tuple(legible(str(value)) for value in counts.values[:MAX_EXAMPLES])
    return ()


def _sparkline(variable: Variable, counts: _Counts, answers: tuple[AnswerCount, ...]) -> str:
    if answers and len(answers) <= 2 * BINS:
        weights = [0.0 if math.isnan(a.weighted_share) else a.weighted_share for a in answers]
        return sparkline(weights)
    if variable.kind != "number" or not counts.values:
        return ""
    values = np.array(counts.values, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return ""
    heights, _ = np.histogram(values[finite], bins=BINS, weights=counts.weighted[finite])
    return sparkline(heights.tolist())


def sparkline(heights: list[float]) -> str:
    """Bars of the given heights as block characters, scaled to the highest; "" for none.

    Zero is a space, so that an answer nobody gave differs from a rare one.

    >>> sparkline([0, 1, 2, 4])
    ' ▂▄█'
    """
    top = max(heights, default=0.0)
    if top <= 0:
        return " " * len(heights) if heights else ""
    return "".join(
        " " if height <= 0 else _BARS[max(0, math.ceil(height / top * len(_BARS)) - 1)]
        for height in heights
    )


def _variable_json(v: VariableDescription) -> dict[str, Any]:
    numbers = None
    if v.numbers is not None:
        n = v.numbers
        numbers = {
            "mean": _json_number(n.mean),
            "sd": _json_number(n.sd),
            "minimum": _json_number(n.minimum),
            "q25": _json_number(n.q25),
            "median": _json_number(n.median),
            "q75": _json_number(n.q75),
            "maximum": _json_number(n.maximum),
            "distinct": n.distinct,
        }
    return {
        "name": v.name,
        "label": v.label,
        "question": v.question,
        "level": v.level.value,
        "kind": v.kind,
        "role": v.role.value,
        "block": v.block,
        "group": v.group,
        "range": None if v.range is None else list(v.range),
        "inferred": list(v.inferred),
        "labels": [
            {
                "code": a.code,
                "label": a.label,
                "count": a.count,
                "share": _json_number(a.share),
                "weighted_share": _json_number(a.weighted_share),
                "declared": a.declared,
            }
            for a in v.labels
        ],
        "answered": v.answered,
        "answered_share": _json_number(v.answered_share),
        "missing": {reason.value: count for reason, count in v.missing.items()},
        "missing_share": {reason.value: share for reason, share in v.missing_share.items()},
        "numbers": numbers,
        "distinct": v.distinct,
        "examples": list(v.examples),
        "sparkline": v.sparkline,
    }


def _json_number(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else None
