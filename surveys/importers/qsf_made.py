"""What one question of a Qualtrics survey becomes, and where its answers are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...data.codebook import Code
from ..question import Question
from .imported import Column

__all__ = ["Made"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one question of a survey becomes.

    Attributes:
        qid: Its id in the file.
        questions: Usually one; several for drill-downs and side-by-sides; none for timers.
        columns: By the end of their id in an export ("", "_3", "_TEXT"), what columns hold.
        codes: Choice (or for a matrix, answer) → code.
        rows: Choice of a matrix, sum or form → the variable it fills.
        cells: (choice, answer) → variable, where a row takes several answers.
        texts: Choice → the variable of its text field; "" for that of the question.
        labels: Choice → label.
        option_logic: By question, option's code → display logic as in the file.
        item_logic: By question, row's name → display logic as in the file.
        pages: Whether it takes up room on a page, as timers do not.
    """

    qid: str
    questions: tuple[Question, ...] = ()
    columns: Mapping[str, Column] = field(default_factory=dict)
    codes: Mapping[str, Code] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[tuple[str, str], str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    option_logic: Mapping[str, Mapping[Code, Any]] = field(default_factory=dict)
    item_logic: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of its first question, or ""."""
        return self.questions[0].name if self.questions else ""
