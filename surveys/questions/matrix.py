"""Matrix: several rows answered on the same options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Question
from . import parts

__all__ = ["Matrix"]


@dataclass(frozen=True, kw_only=True)
class Matrix(Question):
    """Several rows answered on the same options.

    Attributes:
        level: `Level.NOMINAL` where the options have no order; ordinal otherwise.
    """

    kind: ClassVar[str] = "matrix"
    keys: ClassVar[Mapping[str, str]] = {"level": "level"}
    takes_options: ClassVar[bool] = True
    takes_items: ClassVar[bool] = True

    level: Level = Level.ORDINAL

    def variables(self) -> tuple[Variable, ...]:
        """One variable for each row, `NAME_ROW`; the matrix is their group."""
        ordinal = self.level is Level.ORDINAL
        labels = parts.labels_of(self.options)
        span = parts.number_range(self.options) if ordinal else None
        missing = parts.missing_of(self)
        return tuple(
            Variable(
                name=parts.item_name(self, item),
                label=item.label,
                question=self.text,
                level=self.level,
                labels=labels,
                range=span,
                missing=missing,
                kind=parts.kind_of(self),
                group=self.name,
            )
            for item in self.items
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say which row holds a code that is no option, or that a required row is empty."""
        for item in self.items:
            wrong = parts.bad_code(values.get(parts.item_name(self, item)), self.options)
            if wrong:
                return f"{item.label!r}: {wrong}"
        return parts.unanswered(self, values)

    def fault(self) -> str | None:
        """Say that there are too few rows or options, or that codes do not fit."""
        if self.level not in (Level.NOMINAL, Level.ORDINAL):
            return f"the level of a matrix is nominal or ordinal, not {self.level}"
        if any(option.specify for option in self.options):
            return "the options of a matrix cannot ask to specify"
        return (
            parts.faulty_items(self)
            or parts.faulty_options(self, numbers=self.level is Level.ORDINAL)
            or parts.mixed_codes(self)
        )
