"""Text: an answer in the respondent's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Question
from . import parts

__all__ = ["Text"]


@dataclass(frozen=True, kw_only=True)
class Text(Question):
    """An answer in the respondent's own words.

    Attributes:
        max_length: Most characters taken.
        lines: Lines the field shows; 1 for a word or a name.
        min_length: Fewest characters of an answer.
    """

    kind: ClassVar[str] = "text"
    keys: ClassVar[Mapping[str, str]] = {
        "max_length": "count",
        "lines": "count",
        "min_length": "count",
    }

    max_length: int = 2000
    lines: int = 1
    min_length: int = 0

    def variables(self) -> tuple[Variable, ...]:
        """One text variable."""
        return (
            Variable(
                name=self.name,
                label=parts.title_of(self),
                question=self.text,
                level=Level.TEXT,
                missing=parts.missing_of(self),
                kind="text",
            ),
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that the value is no text, is blank, too short, or too long."""
        value = values.get(self.name)
        if value is None:
            return parts.unanswered(self, values)
        return parts.bad_text(value, self.max_length, self.min_length)

    def fault(self) -> str | None:
        """Say that the lengths leave no room."""
        if self.max_length < 1 or self.lines < 1:
            return "max_length and lines must be at least 1"
        if self.min_length > self.max_length:
            return f"a text of {self.min_length} to {self.max_length} characters cannot be written"
        return parts.faulty_options(self, least=0)
