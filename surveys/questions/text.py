"""Text: an answer in the respondent's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable, code_text
from ..question import Question
from . import parts

__all__ = ["Text"]


@dataclass(frozen=True, kw_only=True)
class Text(Question):
    """An answer in the respondent's own words.

    Attributes:
        max_length: Most characters taken.
        lines: Lines the field shows; 1 for a word or a name.
    """

    kind: ClassVar[str] = "text"
    keys: ClassVar[Mapping[str, str]] = {"max_length": "count", "lines": "count"}

    max_length: int = 2000
    lines: int = 1

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
        """Say that the value is no text, is blank, or is too long."""
        value = values.get(self.name)
        if value is None:
            return parts.unanswered(self, values)
        if not isinstance(value, str):
            return f"{code_text(value)!r} is not text"
        if not value.strip():
            return "the text is blank"
        if len(value) > self.max_length:
            return f"the text has {len(value):,} characters; at most {self.max_length:,} are taken"
        return None

    def fault(self) -> str | None:
        """Say that the lengths leave no room."""
        if self.max_length < 1 or self.lines < 1:
            return "max_length and lines must be at least 1"
        return parts.faulty_options(self, least=0)
