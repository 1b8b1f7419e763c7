"""Constant sum: a total divided among parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable, code_text
from ..question import Question
from . import parts

__all__ = ["ConstantSum"]


@dataclass(frozen=True, kw_only=True)
class ConstantSum(Question):
    """A total divided among parts.

    Attributes:
        total: What the parts add up to.
        integer: Whether only whole numbers are taken.
        unit: What is divided ("points"), shown beside the fields.
    """

    kind: ClassVar[str] = "constant_sum"
    keys: ClassVar[Mapping[str, str]] = {"total": "number", "integer": "flag", "unit": "text"}
    takes_items: ClassVar[bool] = True

    total: float = 100.0
    integer: bool = False
    unit: str = ""

    def variables(self) -> tuple[Variable, ...]:
        """The amount of each part, `NAME_ITEM`, from 0 to the total."""
        return tuple(
            Variable(
                name=parts.item_name(self, item),
                label=item.label,
                question=self.text,
                level=Level.INTERVAL,
                range=(0.0, float(self.total)),
                missing=parts.missing_of(self),
                group=self.name,
            )
            for item in self.items
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that a part is impossible, left out, or that the parts do not add up."""
        given: list[float] = []
        asked = 0
        for item in self.items:
            name = parts.item_name(self, item)
            if name not in values:
                continue
            asked += 1
            value = values[name]
            wrong = parts.bad_number(value, 0, self.total, integer=self.integer)
            if wrong:
                return f"{item.label!r}: {wrong}"
            if isinstance(value, (int, float)):
                given.append(value)
        if not given:
            required = self.required and not self.non_answers
            return "an answer is required" if required else None
        if len(given) < asked:
            return "some parts are left out; write 0 for nothing"
        if not math.isclose(sum(given), self.total, rel_tol=1e-9, abs_tol=1e-6):
            return (
                f"the parts add up to {code_text(float(sum(given)))}, "
                f"not to {code_text(float(self.total))}"
            )
        return None

    def fault(self) -> str | None:
        """Say that there is nothing to divide."""
        if not (math.isfinite(self.total) and self.total > 0):
            return f"a total of {self.total:g} cannot be divided"
        return (
            parts.faulty_items(self, least=2)
            or parts.faulty_options(self, least=0)
            or parts.code_within(self, 0, self.total)
        )
