"""What an importer makes of a file: a questionnaire, a report, and where answers are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from ...data.codebook import Code
from ..questionnaire import Questionnaire
from .report import Report

__all__ = ["Column", "Holds", "Imported"]


class Holds(StrEnum):
    """What a column of an export of answers holds."""

    ANSWER = "answer"
    """A code, a number or a text."""
    CHOSEN = "chosen"
    """Whether one option is chosen: something, or nothing."""
    SEVERAL = "several"
    """All that is chosen of several options, in one cell."""
    FIELD = "field"
    """What a field was set to during the interview."""
    TIMING = "timing"
    ORDER = "order"
    """Where something stood in a random order, or that it was shown."""
    PARADATA = "paradata"
    """Something else about the interview, not an answer."""
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column of an export of answers holds.

    Attributes:
        holds: The kind of thing.
        variables: The variables it fills: one, or for `SEVERAL` one for each option; for `FIELD`
            the field's name.
        codes: Code as the export writes it → code; without any, a number or text stands for
            itself. For `SEVERAL`, aligned with `variables`.
        labels: Label → code, for exports that hold labels.
        group: For `ORDER`, the group or question whose order it is.
        member: For `ORDER`, the member it speaks of, or "" where the cell names all.
    """

    holds: Holds
    variables: tuple[str, ...] = ()
    codes: Mapping[str, Code] = field(default_factory=lambda: MappingProxyType({}))
    labels: Mapping[str, Code] = field(default_factory=lambda: MappingProxyType({}))
    group: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A questionnaire from elsewhere.

    Attributes:
        questionnaire: Ready to be administered.
        report: What was carried, approximated and left.
        columns: What the columns of an export of answers hold, by the id that the export gives
            them (for Qualtrics the ImportId, with `:CHOICE` where there is a choice id).
        languages: Languages the file has besides that of the questionnaire.
    """

    questionnaire: Questionnaire
    report: Report
    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    languages: tuple[str, ...] = ()
