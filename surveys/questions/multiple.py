"""Multiple choice: any number of several options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...data.codebook import Code, Level, Variable
from ..question import Option, Question
from . import parts

__all__ = ["Multiple"]


@dataclass(frozen=True, kw_only=True)
class Multiple(Question):
    """Any number of several options.

    Choosing an offered non-answer leaves all its variables missing for that reason.

    Attributes:
        least: Fewest options to choose.
        most: Most options to choose, or None.
    """

    kind: ClassVar[str] = "multiple"
    keys: ClassVar[Mapping[str, str]] = {"least": "count", "most": "count"}
    takes_options: ClassVar[bool] = True

    least: int = 0
    most: int | None = None

    def variables(self) -> tuple[Variable, ...]:
        """One 0/1 variable for each substantive option, and text where one asks to specify."""
        return (
            *(
                Variable(
                    name=parts.option_name(self, option),
                    label=option.label,
                    question=self.text,
                    level=Level.MULTIPLE,
                    labels=((0.0, "not chosen"), (1.0, "chosen")),
                    range=(0.0, 1.0),
                    missing=tuple(m for m in parts.missing_of(self) if m.code not in (0, 1)),
                    group=self.name,
                )
                for option in self.answers
            ),
            *parts.specify_variables(self),
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        """Say that an exclusive option is combined, or too few or too many are chosen."""
        given: list[tuple[Option, Code | None]] = [
            (option, values[parts.option_name(self, option)])
            for option in self.answers
            if parts.option_name(self, option) in values
        ]
        for option, value in given:
            if value is not None and value not in (0, 1):
                return f"{option.label!r} is chosen (1) or not (0), nothing else"
        missing = [value is None for _, value in given]
        if any(missing) and not all(missing):
            return "some options are left without saying whether they are chosen"
        if all(missing):
            required = self.required and not self.non_answers
            return "an answer is required" if required else None
        chosen = [option for option, value in given if value == 1]
        alone = next((option for option in chosen if option.exclusive), None)
        if alone is not None and len(chosen) > 1:
            return f"{alone.label!r} rules out the other options"
        if alone is None and len(chosen) < max(self.least, int(self.required)):
            return f"choose at least {max(self.least, 1)}"
        if self.most is not None and len(chosen) > self.most:
            return f"choose at most {self.most}"
        return parts.bad_specify(self, values)

    def fault(self) -> str | None:
        """Say that there are too few options or that the counts cannot be met."""
        ordinary = sum(not option.exclusive for option in self.answers)
        if self.most is not None and self.most < max(self.least, 1):
            return f"at most {self.most} options may be chosen, yet at least {max(self.least, 1)}"
        if self.least > ordinary:
            return f"at least {self.least} options must be chosen, yet there are {ordinary}"
        if sum(option.specify for option in self.options) > 1:
            return "only one option of a multiple choice can ask to specify"
        return parts.faulty_options(self, least=1)
