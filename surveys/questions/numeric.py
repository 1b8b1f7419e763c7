"""Numeric: a number typed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Question
from . import parts

__all__ = ["Numeric"]


@dataclass(frozen=True, kw_only=True)
class Numeric(Question):
    """A number typed in.

    Attributes:
        minimum: Lowest possible number, or None.
        maximum: Highest possible number, or None.
        integer: Whether only whole numbers are taken.
        unit: What is counted or measured ("years"), shown beside the field.
    """

    kind: ClassVar[str] = "numeric"
    keys: ClassVar[Mapping[str, str]] = {
        "minimum": "number",
        "maximum": "number",
        "integer": "flag",
        "unit": "text",
    }

    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    unit: str = ""

    def variables(self) -> tuple[Variable, ...]:
        """One interval variable; it has a range where both bounds are given."""
        both = self.minimum is not None and self.maximum is not None
        return (
            Variable(
                name=self.name,
                label=parts.title_of(self),
                question=self.text,
                level=Level.INTERVAL,
                range=(float(self.minimum), float(self.maximum))  # type: ignore[arg-type]  # both
                if both
                else None,
                missing=parts.missing_of(self),
            ),
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that the value is no number or outside the bounds."""
        return parts.unanswered(self, values) or parts.bad_number(
            values.get(self.name), self.minimum, self.maximum, integer=self.integer
        )

    def fault(self) -> str | None:
        """Say that the bounds are empty, or that a non-answer's code is a possible answer."""
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and not low < high:
            return f"the bounds {low:g} to {high:g} hold no range of numbers"
        return parts.faulty_options(self, least=0) or parts.code_within(self, low, high)
