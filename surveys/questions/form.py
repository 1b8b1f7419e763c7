"""Form: several fields under one heading, one for each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Question
from . import parts

__all__ = ["Form"]


@dataclass(frozen=True, kw_only=True)
class Form(Question):
    """Several fields, one for each row: words, or numbers that need not add up to anything.

    Attributes:
        numbers: Whether the fields take numbers; otherwise they take text.
        minimum: Lowest number taken, or None.
        maximum: Highest number taken, or None.
        integer: Whether only whole numbers are taken.
        unit: What is counted or measured, shown beside the fields.
        max_length: Most characters taken in a field of text.
    """

    kind: ClassVar[str] = "form"
    keys: ClassVar[Mapping[str, str]] = {
        "numbers": "flag",
        "minimum": "number",
        "maximum": "number",
        "integer": "flag",
        "unit": "text",
        "max_length": "count",
    }
    takes_items: ClassVar[bool] = True

    numbers: bool = False
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    unit: str = ""
    max_length: int = 2000

    def variables(self) -> tuple[Variable, ...]:
        """One variable for each row, `NAME_ROW`: text, or interval."""
        span = None
        if self.minimum is not None and self.maximum is not None:
            span = (float(self.minimum), float(self.maximum))
        return tuple(
            Variable(
                name=parts.item_name(self, item),
                label=item.label,
                question=self.text,
                level=Level.INTERVAL if self.numbers else Level.TEXT,
                range=span if self.numbers else None,
                missing=parts.missing_of(self),
                kind="number" if self.numbers else "text",
                group=self.name,
            )
            for item in self.items
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say which field holds something else than is taken, or that a required one is empty."""
        for item in self.items:
            value = values.get(parts.item_name(self, item))
            if value is None:
                continue
            wrong = (
                parts.bad_number(value, self.minimum, self.maximum, integer=self.integer)
                if self.numbers
                else parts.bad_text(value, self.max_length)
            )
            if wrong:
                return f"{item.label!r}: {wrong}"
        return parts.unanswered(self, values)

    def fault(self) -> str | None:
        """Say that there are no fields, or that they leave no room."""
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and not low < high:
            return f"the bounds {low:g} to {high:g} hold no range of numbers"
        if self.max_length < 1:
            return "max_length must be at least 1"
        found = parts.faulty_items(self) or parts.faulty_options(self, least=0)
        return found or (parts.code_within(self, low, high) if self.numbers else None)
