"""Where things stand in the flow of a Qualtrics survey, and what comes before what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.errors import UnreadableFileError
from ..questionnaire import Loop
from .qsf_file import QsfFile, entries, mapping, text

__all__ = ["Place", "Positions", "Stand", "is_block", "is_randomizer", "members_of", "places_of"]

MOST_DEPTH = 40
MOST_NODES = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """A block at one place of the flow.

    Attributes:
        block: Its id.
        shuffled: Ids of the randomizers around it, outermost first, each with the member it is in.
    """

    block: str
    shuffled: tuple[tuple[str, int], ...]


def members_of(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What stands in a node of the flow."""
    return [mapping(member) for _, member in entries(node.get("Flow")) if mapping(member)]


def places_of(file: QsfFile) -> list[Place]:
    """Every place where a block stands, in written order.

    Raises:
        UnreadableFileError: The flow is nested deeper than surveys are, or longer.
    """
    found: list[Place] = []
    count = 0
    pending: list[tuple[Mapping[str, Any], int, tuple[tuple[str, int], ...]]] = [(file.flow, 0, ())]
    while pending:
        node, depth, around = pending.pop()
        count += 1
        if depth > MOST_DEPTH or count > MOST_NODES:
            raise UnreadableFileError(
                f"its flow is nested more than {MOST_DEPTH} deep or has more than "
                f"{MOST_NODES:,} elements",
                remedy="export the survey again",
            )
        if is_block(node):
            if text(node.get("ID")) in file.blocks:
                found.append(Place(text(node.get("ID")), around))
            continue
        shuffles = is_randomizer(node)
        name = text(node.get("FlowID")) or f"at {count}"
        pending += [
            (member, depth + 1, (*around, (name, number)) if shuffles else around)
            for number, member in reversed(list(enumerate(members_of(node))))
        ]
    return found


def is_block(node: Mapping[str, Any]) -> bool:
    """Whether a node of the flow is a block of questions."""
    return text(node.get("Type")) in ("Block", "Standard")


def is_randomizer(node: Mapping[str, Any]) -> bool:
    """Whether a node of the flow deals its members."""
    return text(node.get("Type")) in ("BlockRandomizer", "Randomizer")


@dataclass(frozen=True, slots=True)
class Stand:
    """What can be known where something stands.

    Attributes:
        later: QIDs of other blocks whose answers cannot be there yet.
        after: QIDs of the same block whose answers cannot be there yet.
        unsure: QIDs that may come before or after, as the survey shuffles them.
        block: QIDs of the block it stands in: in a loop, those of the same turn.
        loop: The loop it stands in.
    """

    later: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    block: frozenset[str] = frozenset()
    loop: Loop | None = None

    def comes_later(self, qid: str) -> bool:
        """Whether a question's answer cannot be there yet."""
        return qid in self.later or qid in self.after


class Positions:
    """What comes before what.

    Args:
        file: The survey.
        places: Where blocks stand, in written order.
    """

    def __init__(self, file: QsfFile, places: Sequence[Place]) -> None:
        self._places = places
        self._questions = [frozenset(file.blocks[place.block].questions()) for place in places]
        self._everything: frozenset[str] = frozenset().union(*self._questions)
        self._found: dict[int, Stand] = {}

    def at(self, place: int) -> Stand:
        """What is known where the place-th block stands, of all questions but its own."""
        if place in self._found:
            return self._found[place]
        around = self._places[place].shuffled if place < len(self._places) else ()
        before: set[str] = set()
        mixed: set[str] = set()
        for other, there in enumerate(self._places):
            if _mixed(around, there.shuffled):
                mixed |= self._questions[other]
            elif other < place:
                before |= self._questions[other]
        own = self._questions[place] if place < len(self._questions) else frozenset()
        found = self._found[place] = Stand(
            later=self._everything - before - mixed - own,
            unsure=frozenset(mixed - before - own),
            block=own,
        )
        return found


def _mixed(one: Sequence[tuple[str, int]], other: Sequence[tuple[str, int]]) -> bool:
    """Whether two places are in different members of one randomizer."""
    for (name, member), (also, another) in zip(one, other, strict=False):
        if name != also:
            return False
        if member != another:
            return True
    return False
