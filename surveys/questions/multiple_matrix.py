"""Matrix with several answers a row: for each row, any number of the same options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Item, Option, Question
from . import parts

__all__ = ["MultipleMatrix"]


@dataclass(frozen=True, kw_only=True)
class MultipleMatrix(Question):
    """Several rows, each answered with any number of the same options."""

    kind: ClassVar[str] = "multiple_matrix"
    takes_options: ClassVar[bool] = True
    takes_items: ClassVar[bool] = True

    def variables(self) -> tuple[Variable, ...]:
        """One 0/1 variable for each row and substantive option, `NAME_ROW_CODE`."""
        missing = tuple(m for m in parts.missing_of(self) if m.code not in (0, 1))
        return tuple(
            Variable(
                name=self.cell(item, option),
                label=f"{item.label}: {option.label}",
                question=self.text,
                level=Level.MULTIPLE,
                labels=((0.0, "not chosen"), (1.0, "chosen")),
                range=(0.0, 1.0),
                missing=missing,
                group=parts.item_name(self, item),
            )
            for item in self.items
            for option in self.answers
        )

    def cell(self, item: Item, option: Option) -> str:
        """Name of the variable of one row and option."""
        return f"{parts.item_name(self, item)}_{parts.suffix(option.code)}"

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say which row is left half answered, or empty though required, or contradicts itself."""
        for item in self.items:
            cells = [(option, values.get(self.cell(item, option))) for option in self.answers]
            given = [value for option, value in cells if self.cell(item, option) in values]
            if not given:
                continue
            if any(value not in (None, 0, 1) for value in given):
                return f"{item.label!r}: an option is chosen (1) or not (0), nothing else"
            if None in given and any(value is not None for value in given):
                return f"{item.label!r}: some options are left without saying whether they hold"
            chosen = [option for option, value in cells if value == 1]
            if len(chosen) > 1 and any(option.exclusive for option in chosen):
                return f"{item.label!r}: an option is chosen that rules out the others"
            if self.required and not chosen and not self.non_answers:
                return f"{item.label!r}: an answer is required"
        return None

    def fault(self) -> str | None:
        """Say that there are no rows or options."""
        if any(option.specify for option in self.options):
            return "the options of a matrix cannot ask to specify"
        return parts.faulty_items(self) or parts.faulty_options(self, least=1)
