"""What became of everything in an imported file: carried, approximated or left, by question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ...data.legible import one_line

__all__ = ["Entry", "Fate", "Log", "Report"]


class Fate(StrEnum):
    """What became of something."""

    CARRIED = "carried"
    """It does here what it did there."""
    APPROXIMATED = "approximated"
    """Something like it stands here; the entry says what differs."""
    LEFT = "left"
    """It is not here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a report.

    Attributes:
        fate: What became of it.
        where: What it belongs to: "question trust", "block 3", "survey".
        what: What it is, and for losses what was made of it; a clause.
        kind: Short word to count by: "single", "display logic", "image".
    """

    fate: Fate
    where: str
    what: str
    kind: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """The whole of it, in the order of the file.

    Attributes:
        entries: Every line; the same line is there once.
    """

    entries: tuple[Entry, ...] = ()

    def of(self, fate: Fate) -> tuple[Entry, ...]:
        """The entries of one fate."""
        return tuple(entry for entry in self.entries if entry.fate is fate)

    @property
    def losses(self) -> tuple[Entry, ...]:
        """Whatever is not as it was."""
        return tuple(entry for entry in self.entries if entry.fate is not Fate.CARRIED)

    def counts(self, fate: Fate) -> dict[str, int]:
        """How many entries of one fate there are by kind, most first."""
        found = Counter(entry.kind for entry in self.of(fate))
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def to_json(self) -> dict[str, Any]:
        """Plain data, for `--json`."""
        return {
            str(fate): [
                {"where": entry.where, "kind": entry.kind, "what": entry.what}
                for entry in self.of(fate)
            ]
            for fate in Fate
        }


class Log:
    """Collects entries while a file is read."""

    def __init__(self) -> None:
        self._entries: dict[Entry, None] = {}

    def carried(self, where: str, kind: str, what: str = "") -> None:
        """Something is here as it was there."""
        self._add(Fate.CARRIED, where, kind, what or kind)

    def approximated(self, where: str, kind: str, what: str) -> None:
        """Something is here, but not just as it was."""
        self._add(Fate.APPROXIMATED, where, kind, what)

    def left(self, where: str, kind: str, what: str) -> None:
        """Something is not here."""
        self._add(Fate.LEFT, where, kind, what)

    def extend(self, entries: Iterable[Entry]) -> None:
        """Take over entries made elsewhere."""
        self._entries.update(dict.fromkeys(entries))

    def report(self) -> Report:
        """What was collected."""
        return Report(tuple(self._entries))

    def _add(self, fate: Fate, where: str, kind: str, what: str) -> None:
        self._entries[Entry(fate, one_line(where), one_line(what), kind)] = None
