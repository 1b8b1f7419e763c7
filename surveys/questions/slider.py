"""Slider: a point between two ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable, code_text
from ..question import Question
from . import parts

__all__ = ["Slider"]


@dataclass(frozen=True, kw_only=True)
class Slider(Question):
    """A point between two ends.

    Attributes:
        minimum: Number at the low end.
        maximum: Number at the high end.
        step: Distance of neighbouring points; points are counted from `minimum`.
        low_label: What the low end says.
        high_label: What the high end says.
        unit: What is measured, shown beside the number.
    """

    kind: ClassVar[str] = "slider"
    keys: ClassVar[Mapping[str, str]] = {
        "minimum": "number",
        "maximum": "number",
        "step": "number",
        "low_label": "text",
        "high_label": "text",
        "unit": "text",
    }

    minimum: float = 0.0
    maximum: float = 100.0
    step: float = 1.0
    low_label: str = ""
    high_label: str = ""
    unit: str = ""

    def variables(self) -> tuple[Variable, ...]:
        """One interval variable whose range is that of the slider."""
        return (
            Variable(
                name=self.name,
                label=parts.title_of(self),
                question=self.text,
                level=Level.INTERVAL,
                range=(float(self.minimum), float(self.maximum)),
                missing=parts.missing_of(self),
            ),
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that the value is no number, outside the slider, or between two points."""
        value = values.get(self.name)
        wrong = parts.unanswered(self, values) or parts.bad_number(
            value, self.minimum, self.maximum
        )
        if wrong or value is None:
            return wrong
        steps = (float(value) - self.minimum) / self.step
        if abs(steps - round(steps)) > 1e-6:
            step = code_text(float(self.step))
            return f"{code_text(value)} is not on the slider, which moves in steps of {step}"
        return None

    def fault(self) -> str | None:
        """Say that the ends or the step leave no points."""
        if not self.minimum < self.maximum:
            return f"the ends {self.minimum:g} to {self.maximum:g} hold no range of numbers"
        if not 0 < self.step <= self.maximum - self.minimum:
            return f"a step of {self.step:g} does not fit between its ends"
        return parts.faulty_options(self, least=0) or parts.code_within(
            self, self.minimum, self.maximum
        )
