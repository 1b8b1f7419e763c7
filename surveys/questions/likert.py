"""Likert: one point on an ordered scale of labelled options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Question
from . import parts

__all__ = ["Likert"]


@dataclass(frozen=True, kw_only=True)
class Likert(Question):
    """One point on an ordered scale. Codes are numbers; they need not be consecutive."""

    kind: ClassVar[str] = "likert"
    takes_options: ClassVar[bool] = True

    def variables(self) -> tuple[Variable, ...]:
        """One ordinal variable; its range is that of the codes."""
        return (
            Variable(
                name=self.name,
                label=parts.title_of(self),
                question=self.text,
                level=Level.ORDINAL,
                labels=parts.labels_of(self.options),
                range=parts.number_range(self.options),
                missing=parts.missing_of(self),
            ),
            *parts.specify_variables(self),
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that the code is no point of the scale, or that a required answer is missing."""
        return (
            parts.unanswered(self, values)
            or parts.bad_code(values.get(self.name), self.options)
            or parts.bad_specify(self, values)
        )

    def fault(self) -> str | None:
        """Say that there are too few points or that codes are not numbers."""
        return parts.faulty_options(self, numbers=True) or parts.mixed_codes(self)
