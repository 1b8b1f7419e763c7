"""Display: text to read, with nothing to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Variable
from ..question import Question

__all__ = ["Display"]


@dataclass(frozen=True, kw_only=True)
class Display(Question):
    """Text to read, with nothing to answer."""

    kind: ClassVar[str] = "display"

    def variables(self) -> tuple[Variable, ...]:
        """None."""
        return ()

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that there was nothing to answer."""
        return "there is nothing to answer here" if values else None

    def fault(self) -> str | None:
        """Say that it asks for an answer."""
        if self.required:
            return "display text cannot be required"
        if self.options or self.items or self.expect is not None:
            return "display text has no answers"
        return None
