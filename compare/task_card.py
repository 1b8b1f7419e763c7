"""The task report: frozen results, plain data out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..data.references import Mark
from .plain import plain
from .task_stats import MISSING, Figure

if TYPE_CHECKING:
    import pandas as pd

    from .dissociation import Dissociation
    from .rationality import Rationality

__all__ = ["ArmEffect", "Flag", "FlagKind", "Published", "TaskFigure", "TaskReport", "TaskScore"]

Verdict = Literal["as people", "above", "below", "unclear", ""]

FlagKind = Literal[
    "too rational",
    "no variance",
    "inconsistent",
    "too consistent",
    "focal answer",
    "too coherent",
    "against people",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published figure.

    Attributes:
        value: The figure.
        interval: Within this, a population lands on it.
        statistic: What it is: "mean", "share at 0", "d, high against low".
        source: Who found it, where.
        mark: How well it is known.
        n: People behind it, None where unknown.
        note: What to know before comparing.
    """

    value: float
    interval: tuple[float, float]
    statistic: str
    source: str
    mark: Mark
    n: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFigure:
    """One statistic of one measure.

    Attributes:
        measure: Name of the measure.
        label: The measure for people.
        statistic: "mean", "share at 0", …
        twins: The twins' value.
        people: The people's own value, where their answers were given.
        published: What is published, or None.
        verdict: The twins beside the people, or beside the published figure where there are no
            people: "as people" where they land in the interval, "above" or "below" where even
            their own interval does not reach it, "unclear" in between; "" without a comparison.
    """

    measure: str
    label: str
    statistic: str
    twins: Figure
    people: Figure = MISSING
    published: Published | None = None
    verdict: Verdict = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmEffect:
    """The effect of one arm against another on one measure.

    Attributes:
        measure: Name of the measure.
        label: The measure for people.
        arm: The arm.
        against: What it is compared with.
        raw: The twins' difference of means.
        d: The same over their pooled SD; inflated where their answers vary too little.
        people_raw: The people's difference, where their answers were given.
        people_d: The same over their pooled SD.
        stated: The twins' value of the published statistic, where it is a ratio; else missing.
        published: What is published, or None.
        verdict: As in `TaskFigure`.
    """

    measure: str
    label: str
    arm: str
    against: str
    raw: Figure
    d: Figure
    people_raw: Figure = MISSING
    people_d: Figure = MISSING
    stated: Figure = MISSING
    published: Published | None = None
    verdict: Verdict = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something in which the twins are not like people.

    Attributes:
        kind: What it is.
        task: Name of the task's block, or "" where it concerns all.
        text: In a sentence, with the figures.
    """

    kind: FlagKind
    task: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScore:
    """One task.

    Attributes:
        name: Name of its block.
        title: Short name for people.
        family: What kind of behaviour it is about.
        citation: Source of the design.
        twins: Twins with a score.
        people: People with a score.
        figures: What was measured, beside people.
        effects: What the arms did.
        flags: In what the twins are not like people.
    """

    name: str
    title: str
    family: str
    citation: str
    twins: int
    people: int
    figures: tuple[TaskFigure, ...]
    effects: tuple[ArmEffect, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class TaskReport:
    """What twins did in tasks, beside what people do.

    Attributes:
        tasks: One entry per task, in the order asked.
        rationality: Choices between gambles, or None where there were none.
        dissociation: Self-reports against behaviour, or None where there were no self-reports.
        level: Coverage of the intervals.
        notes: Remarks.
    """

    tasks: tuple[TaskScore, ...]
    rationality: Rationality | None = None
    dissociation: Dissociation | None = None
    level: float = 0.95
    notes: tuple[str, ...] = ()

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Every flag: of single tasks, then of choices, then of self-reports."""
        found = [flag for task in self.tasks for flag in task.flags]
        for part in (self.rationality, self.dissociation):
            if part is not None:
                found += part.flags
        return tuple(found)

    def counts(self) -> Mapping[str, int]:
        """Verdict → number of figures and effects with it."""
        rows = [row.verdict for task in self.tasks for row in task.figures]
        rows += [row.verdict for task in self.tasks for row in task.effects]
        names: tuple[Verdict, ...] = ("as people", "above", "below", "unclear")
        return {name: rows.count(name) for name in names if name in rows}

    def __repr__(self) -> str:
        tasks = "1 task" if len(self.tasks) == 1 else f"{len(self.tasks):,} tasks"
        flags = "1 flag" if len(self.flags) == 1 else f"{len(self.flags):,} flags"
        return f"<TaskReport {tasks}, {flags}>"

    def _repr_html_(self) -> str:
        from .task_render import tasks_to_html

        return tasks_to_html(self)

    def to_pandas(self) -> pd.DataFrame:
        """One row per statistic of a measure and per effect of an arm (as d), in order."""
        import pandas as pd

        rows = []
        for task in self.tasks:
            found: list[tuple[str, str, Figure, Figure, TaskFigure | ArmEffect]]
            found = [(f.label, f.statistic, f.twins, f.people, f) for f in task.figures]
            found += [(e.label, f"{e.arm} − {e.against}", e.d, e.people_d, e) for e in task.effects]
            for label, statistic, twins, people, row in found:
                known = row.published
                rows.append(
                    {
                        "task": task.name,
                        "measure": row.measure,
                        "label": label,
                        "statistic": statistic,
                        "twins": twins.value,
                        "twins_low": twins.interval[0],
                        "twins_high": twins.interval[1],
                        "people": people.value,
                        "published": math.nan if known is None else known.value,
                        "verdict": row.verdict,
                    }
                )
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`; None where undefined."""
        found = plain(self)
        assert isinstance(found, dict)
        return found
