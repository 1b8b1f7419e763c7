"""Every error a user can meet, as one tree.

    UnderstudyError                 exit 1   anything understudy refuses, in one sentence
    ├── RequestError                exit 2   what was asked for cannot be
    │   ├── UnknownNameError        exit 2   a variable, question or block that does not exist
    │   └── MissingExtraError       exit 2   an optional package is needed
    ├── FileError                   exit 1   a file cannot be used
    │   ├── UnreadableFileError     exit 1   empty, truncated, malformed, or hostile
    │   ├── CodebookError           exit 1   a codebook that contradicts itself or its data
    │   ├── QuestionnaireError      exit 1   a questionnaire that cannot be administered
    │   └── ProtocolError           exit 1   an interview protocol that cannot be followed
    ├── PanelError                  exit 1   respondents and variables that do not fit together
    ├── ComparisonError             exit 1   two panels that cannot be compared
    ├── RunError                    exit 1   a run that cannot go on
    │   ├── LedgerError             exit 1   a ledger that is foreign, damaged or of another run
    │   └── ProviderError           exit 3   a language model's provider that does not answer
    │       └── AnswersPendingError exit 3   answers that will be there later
    └── BudgetReachedError          exit 4   the money set aside is spent

A message is one sentence: what is wrong, where, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

from .legible import legible

__all__ = [
    "AnswersPendingError",
    "BudgetReachedError",
    "CodebookError",
    "ComparisonError",
    "FileError",
    "LedgerError",
    "MissingExtraError",
    "PanelError",
    "ProtocolError",
    "ProviderError",
    "QuestionnaireError",
    "RequestError",
    "RunError",
    "UnderstudyError",
    "UnknownNameError",
    "UnreadableFileError",
    "nearest",
]


class UnderstudyError(Exception):
    """Root of the tree.

    Args:
        what: What is wrong, without a final full stop.
        where: The place: file, row, variable, question. Comes first in the message.
        remedy: What to do about it, without a final full stop.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.remedy}" if self.remedy else ""
        stop = "" if advice.endswith("?") else "."
        # Names and labels of somebody's file stand in it; it stays one line that steers nothing.
        return legible(f"{place}{self.what}{advice}{stop}").replace("\n", " ")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(kind: type[UnderstudyError], what: str, where: str, remedy: str) -> UnderstudyError:
    """Rebuild an error that crossed a process boundary, whatever its own constructor takes."""
    error = kind.__new__(kind)
    UnderstudyError.__init__(error, what, where=where, remedy=remedy)
    return error


class RequestError(UnderstudyError):
    """What was asked for cannot be."""

    exit_code = 2


class UnknownNameError(RequestError):
    """A name that does not exist; the message suggests the nearest that does, or names some.

    Args:
        kind: What the name names: "variable", "question", "block", …
        name: The name as given.
        known: The names that exist.
        where: The place, as for `UnderstudyError`.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        names = list(known)
        suggestions = nearest(name, names)
        remedy = f"did you mean {' or '.join(suggestions)}?" if suggestions else _some(names)
        super().__init__(f"there is no {kind} {name!r}", where=where, remedy=remedy)


class MissingExtraError(RequestError):
    """An optional package is needed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed",
            remedy=f"install it with: pip install 'understudy[{extra}]'",
        )


class FileError(UnderstudyError):
    """A file cannot be used."""


class UnreadableFileError(FileError):
    """A file is empty, truncated, malformed, of another kind than its name says, or hostile."""


class CodebookError(FileError):
    """A codebook contradicts itself or the data it describes."""


class QuestionnaireError(FileError):
    """A questionnaire cannot be administered as written."""


class ProtocolError(FileError):
    """An interview protocol cannot be followed as written."""


class PanelError(UnderstudyError):
    """Respondents and variables do not fit together."""


class ComparisonError(UnderstudyError):
    """Two panels cannot be compared."""


class RunError(UnderstudyError):
    """A run cannot go on."""


class LedgerError(RunError):
    """A ledger is foreign, damaged, or belongs to another run."""


class ProviderError(RunError):
    """A language model's provider did not answer, or would not; the run is resumable."""

    exit_code = 3


class AnswersPendingError(ProviderError):
    """Answers are on their way and will be there later; nothing is wrong."""


class BudgetReachedError(UnderstudyError):
    """The money set aside for a run is spent; the run is resumable."""

    exit_code = 4


def _some(names: list[str], count: int = 6) -> str:
    """Some of the names there are, for a name that is like none of them."""
    if not names:
        return ""
    return f"there {'is' if len(names) == 1 else 'are'} {', '.join(names[:count])}" + (
        f" and {len(names) - count:,} more" if len(names) > count else ""
    )


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` of the `known` names that are most like `name`, best first."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.casefold(), by_fold, n=count, cutoff=0.6)
    return [by_fold[match] for match in matches]
