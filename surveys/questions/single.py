"""Single choice: one of several options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Question
from . import parts

__all__ = ["Single"]


@dataclass(frozen=True, kw_only=True)
class Single(Question):
    """One of several options; or the only one, as in a consent that can but be given.

    Attributes:
        level: `Level.ORDINAL` where the options have an order; nominal otherwise.
    """

    kind: ClassVar[str] = "single"
    keys: ClassVar[Mapping[str, str]] = {"level": "level"}
    takes_options: ClassVar[bool] = True

    level: Level = Level.NOMINAL

    def variables(self) -> tuple[Variable, ...]:
        """One variable with the options' labels, and `NAME_text` where one asks to specify."""
        ordinal = self.level is Level.ORDINAL
        return (
            Variable(
                name=self.name,
                label=parts.title_of(self),
                question=self.text,
                level=self.level,
                labels=parts.labels_of(self.options),
                range=parts.number_range(self.options) if ordinal else None,
                missing=parts.missing_of(self),
                kind=parts.kind_of(self),
            ),
            *parts.specify_variables(self),
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that the code is no option, or that a required answer is missing."""
        return (
            parts.unanswered(self, values)
            or parts.bad_code(values.get(self.name), self.options)
            or parts.bad_specify(self, values)
        )

    def fault(self) -> str | None:
        """Say that there are too few options or that codes do not fit."""
        if self.level not in (Level.NOMINAL, Level.ORDINAL):
            return f"the level of a single choice is nominal or ordinal, not {self.level}"
        return parts.faulty_options(
            self, least=1, numbers=self.level is Level.ORDINAL
        ) or parts.mixed_codes(self)
