"""Date: a day of the calendar."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable, code_text
from ..question import Question
from . import parts

__all__ = ["Date"]

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Date(Question):
    """A day of the calendar, answered as text: "2024-05-01" (ISO 8601).

    Attributes:
        earliest: First possible day, or "".
        latest: Last possible day, or "".
    """

    kind: ClassVar[str] = "date"
    keys: ClassVar[Mapping[str, str]] = {"earliest": "date", "latest": "date"}

    earliest: str = ""
    latest: str = ""

    def variables(self) -> tuple[Variable, ...]:
        """One interval variable of kind "date"; its answers are ISO texts."""
        return (
            Variable(
                name=self.name,
                label=parts.title_of(self),
                question=self.text,
                level=Level.INTERVAL,
                missing=parts.missing_of(self),
                kind="date",
            ),
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that the value is no day, or outside the bounds."""
        value = values.get(self.name)
        if value is None:
            return parts.unanswered(self, values)
        day = _day(value)
        if day is None:
            return f"{code_text(value)!r} is not a date such as 2024-05-01"
        if self.earliest and str(value) < self.earliest:
            return f"{value} is before {self.earliest}"
        if self.latest and str(value) > self.latest:
            return f"{value} is after {self.latest}"
        return None

    def fault(self) -> str | None:
        """Say that a bound is no date or that the bounds are empty."""
        for bound in (self.earliest, self.latest):
            if bound and _day(bound) is None:
                return f"{bound!r} is not a date such as 2024-05-01"
        if self.earliest and self.latest and self.earliest > self.latest:
            return f"{self.earliest} is after {self.latest}"
        return parts.faulty_options(self, least=0)


def _day(value: Code) -> datetime.date | None:
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return None
