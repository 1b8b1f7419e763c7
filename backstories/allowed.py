"""Which facts of a record each question of a protocol may use, for one population of twins."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from ..data.codebook import Codebook, Role
from ..data.errors import RequestError, UnknownNameError
from ..twins.record import Fact
from .protocol import ALL, DEMOGRAPHICS, NEAREST, NOTHING, Protocol, ProtocolQuestion

if TYPE_CHECKING:
    from ..twins.twin import Twin, Twins

__all__ = ["Allowed", "Mode"]


class Mode(StrEnum):
    """What a backstory rests on."""

    FREE = "free"
    """Nothing: somebody is made up, and may be matched to people later."""
    DEMOGRAPHICS = "demographics"
    RECORD = "record"
    TRANSCRIPT = "transcript"
    """A real interview, imported."""

    @property
    def of_record(self) -> bool:
        """Whether a person's record is told."""
        return self in (Mode.DEMOGRAPHICS, Mode.RECORD)


class Allowed:
    """Says which facts of a twin a question may use.

    Args:
        protocol: The questions.
        twins: Whose records; what is held out is not in them.
        mode: What backstories rest on.

    Raises:
        UnknownNameError: A question names a fact, block or group that is not in the panel.
        RequestError: No question may use anything, though the mode wants a record.
    """

    def __init__(self, protocol: Protocol, twins: Twins, mode: Mode) -> None:
        self.mode = mode
        book = twins.panel.codebook
        hidden = frozenset(twins.holdout.names)
        self._named: Mapping[str, frozenset[str]] = {
            q.id: _resolve(book, hidden, q.facts, protocol, q) for q in protocol.questions
        }
        self._avoided: Mapping[str, frozenset[str]] = {
            q.id: _resolve(book, hidden, q.avoid, protocol, q) for q in protocol.questions
        }
        every = frozenset.intersection(
            *(self._named[q.id] - self._avoided[q.id] for q in protocol.questions)
        )
        self._always = every & _demographics(book)
        usable = any(
            (self._named[q.id] or NEAREST in q.facts) and len(self._avoided[q.id]) < len(book)
            for q in protocol.questions
        )
        if mode is Mode.DEMOGRAPHICS:
            usable = any(
                (self._named[q.id] - self._avoided[q.id]) & _demographics(book)
                for q in protocol.questions
            )
        if mode.of_record and not usable:
            raise RequestError(
                f"no question of the protocol {protocol.name} may use anything of these records",
                where=twins.panel.source,
                remedy="widen its facts: lists, hold out less, or use --mode free",
            )

    def always(self, twin: Twin) -> tuple[Fact, ...]:
        """Demographics that every question may use: told once, before the first question."""
        if not self.mode.of_record:
            return ()
        return tuple(fact for fact in twin.facts if fact.name in self._always)

    def facts(
        self, question: ProtocolQuestion, twin: Twin, record: tuple[Fact, ...] | None = None
    ) -> tuple[Fact, ...]:
        """What this question may use beyond `always`, in codebook order.

        Args:
            question: The question.
            twin: Whose record.
            record: `twin.facts`, where the caller has them at hand.
        """
        if not self.mode.of_record:
            return ()
        record = twin.facts if record is None else record
        avoided = self._avoided[question.id] | self._always
        named = self._named[question.id]
        nearest: frozenset[str] = frozenset()
        if NEAREST in question.facts and self.mode is Mode.RECORD:
            text = f"{question.text} {question.objective}"
            nearest = frozenset(
                fact.name for fact in twin.nearest(text, question.most_facts, record)
            )
        return tuple(
            fact
            for fact in record
            if fact.name not in avoided
            and (fact.name in named or fact.name in nearest)
            and (self.mode is Mode.RECORD or fact.role is Role.DEMOGRAPHIC)
        )

    def avoided(self, question: ProtocolQuestion) -> frozenset[str]:
        """Names of the visible items that the answer must not touch."""
        return self._avoided[question.id]


def _demographics(book: Codebook) -> frozenset[str]:
    return frozenset(variable.name for variable in book if variable.role is Role.DEMOGRAPHIC)


def _resolve(
    book: Codebook,
    hidden: frozenset[str],
    entries: Iterable[str],
    protocol: Protocol,
    question: ProtocolQuestion,
) -> frozenset[str]:
    """The variables that entries of a `facts` or `avoid` list name."""
    found: set[str] = set()
    for entry in entries:
        if entry in (NOTHING, NEAREST):
            continue
        if entry == ALL:
            found.update(book.names)
        elif entry == DEMOGRAPHICS:
            found |= _demographics(book)
        elif entry in book:
            found.add(entry)
        elif entry in hidden:
            continue  # it may have been meant, but nobody may see it
        else:
            found |= _several(book, hidden, entry, f"{_place(protocol, question)}")
    return frozenset(found)


def _several(book: Codebook, hidden: frozenset[str], entry: str, where: str) -> set[str]:
    kind, colon, name = entry.partition(":")
    if colon and kind in ("block", "group"):
        matches = {v.name for v in book if getattr(v, kind) == name.strip()}
        known = sorted({getattr(v, kind) for v in book} - {""})
        if not matches and not hidden:
            raise UnknownNameError(kind, name.strip(), known, where=where)
        return matches
    if any(mark in entry for mark in "*?["):
        # A pattern may well match nobody in this panel: protocols travel.
        return {name for name in book.names if fnmatch.fnmatchcase(name, entry)}
    raise UnknownNameError("variable", entry, book.names, where=where)


def _place(protocol: Protocol, question: ProtocolQuestion) -> str:
    line = f", line {question.line}" if question.line else ""
    return f"{protocol.where or protocol.name}{line}, question {question.id}"
