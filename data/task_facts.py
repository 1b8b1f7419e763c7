"""What is known of a task apart from its questions: enough to report on scores of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .references import Measure, Reference

__all__ = ["GambleChoice", "Outcomes", "TaskFacts"]

Outcomes = tuple[tuple[float, float], ...]
"""A gamble: pairs of outcome and probability; probabilities add up to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GambleChoice:
    """One choice between two described gambles.

    Attributes:
        name: For people: "Gambles 5", "Holt–Laury list, line 3".
        variable: In a panel of scores: 1 where B was chosen, 0 where A was.
        a: The first gamble.
        b: The second gamble.
        sampled: Whether it is one of many drawn from a space of problems, as those were for which
            people's rates are published, and not built to test something.
    """

    name: str
    variable: str
    a: Outcomes
    b: Outcomes
    sampled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """A task that was given.

    Attributes:
        name: Of its block; the variable of a measure in a panel of scores is `NAME_MEASURE`.
        title: Short name for people.
        family: What kind of behaviour it is about.
        citation: Source of the design.
        measures: What is scored.
        references: What people do in this design.
        arms: Variable that holds the arm in a panel of scores → the arms, for every condition of
            the task.
        best: Variable that holds the share of answers that pay most, or "" where none do.
        choices: Choices between gambles that it asks for.
    """

    name: str
    title: str
    family: str
    citation: str
    measures: tuple[Measure, ...]
    references: tuple[Reference, ...]
    arms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    best: str = ""
    choices: tuple[GambleChoice, ...] = ()

    def variable(self, measure: str) -> str:
        """Name of a measure's variable in a panel of scores."""
        return f"{self.name}_{measure}"
