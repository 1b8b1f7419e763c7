"""Ranking: items put in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable, code_text
from ..question import Question
from . import parts

__all__ = ["Ranking"]


@dataclass(frozen=True, kw_only=True)
class Ranking(Question):
    """Items put in order, 1 first.

    Attributes:
        top: How many to rank; None for all. Items beyond it are left without a rank.
    """

    kind: ClassVar[str] = "ranking"
    keys: ClassVar[Mapping[str, str]] = {"top": "count"}
    takes_items: ClassVar[bool] = True

    top: int | None = None

    def variables(self) -> tuple[Variable, ...]:
        """The rank of each item, `NAME_ITEM`, ordinal from 1 to the number ranked."""
        last = self.top or len(self.items)
        return tuple(
            Variable(
                name=parts.item_name(self, item),
                label=item.label,
                question=self.text,
                level=Level.ORDINAL,
                labels=tuple((float(rank), str(rank)) for rank in range(1, last + 1)),
                range=(1.0, float(last)) if last > 1 else None,
                missing=tuple(
                    m
                    for m in parts.missing_of(self)
                    if m.code not in {float(rank) for rank in range(1, last + 1)}
                ),
                group=self.name,
            )
            for item in self.items
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that a rank is impossible, given twice, or skipped."""
        last = self.top or len(self.items)
        asked = [n for n in (parts.item_name(self, item) for item in self.items) if n in values]
        ranks: list[float] = []
        for name in asked:
            value = values[name]
            wrong = parts.bad_number(value, 1, last, integer=True)
            if wrong:
                return wrong
            if isinstance(value, (int, float)):
                ranks.append(value)
        for rank in ranks:
            if ranks.count(rank) > 1:
                return f"rank {code_text(rank)} is given to more than one"
        if not ranks:
            required = self.required and not self.non_answers
            return "an answer is required" if required else None
        due = min(last, len(asked))
        return f"rank {due} items, from 1 to {due}" if len(ranks) < due else None

    def fault(self) -> str | None:
        """Say that there is nothing to rank."""
        if self.top is not None and not 1 <= self.top <= len(self.items):
            return f"the top {self.top} of {len(self.items)} items cannot be ranked"
        for option in self.options:
            if option.code in range(1, len(self.items) + 1):
                return f"the non-answer's code {code_text(option.code)} is also a rank"
        return parts.faulty_items(self, least=2) or parts.faulty_options(self, least=0)
