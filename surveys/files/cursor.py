"""A place in a questionnaire file; see `data.cursor`."""

from __future__ import annotations

from dataclasses import dataclass

from ...data import cursor
from ...data.cursor import code_of, keys_of
from ...data.errors import QuestionnaireError
from ..logic.expression import Expression, Formula

__all__ = ["Cursor", "code_of", "keys_of"]


@dataclass(frozen=True, slots=True)
class Cursor(cursor.Cursor):
    """A place in a questionnaire file."""

    def fault(self, what: str, remedy: str = "") -> QuestionnaireError:
        """An error that names file, line and thing."""
        return QuestionnaireError(what, where=self.where, remedy=remedy)

    def expression(self, key: str) -> Expression | None:
        """The condition under `key`, or None."""
        if not self.has(key):
            return None
        here = self.at(key)
        source = here.value
        if isinstance(source, bool):
            source = str(source).lower()
        if not isinstance(source, str):
            raise here.fault(f"{key!r} is a condition, not {cursor.shown(source)}")
        try:
            return Expression(source)
        except QuestionnaireError as fault:
            raise here.misread(fault) from fault

    def formula(self, key: str) -> Formula:
        """The formula under `key`."""
        here = self.at(key)
        try:
            return Formula(here.as_text())
        except QuestionnaireError as fault:
            raise here.misread(fault) from fault

    def misread(self, fault: QuestionnaireError) -> QuestionnaireError:
        """A fault of the language of conditions, at its place in the file."""
        what = f"{fault.where}: {fault.what}" if fault.where else fault.what
        return self.fault(what, fault.remedy)
