"""Requests put together into batches: how long each is, and what it is called."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .chat import Request

__all__ = ["Parcel", "Scales", "custom_ids", "digest_in"]

ENVELOPE = 2_048
"""Bytes allowed for what surrounds the texts of one request: parameters, names, punctuation."""
PER_TURN = 64
"""Bytes allowed for what surrounds the text of one turn."""

Piece = TypeVar("Piece")


class Scales:
    """Weighs requests. Heads and formats come again and again, so each is weighed once."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}

    def weigh(self, request: Request) -> int:
        """Return the bytes a request takes in a batch, rather too many than too few."""
        head = self._known.get(request.head.digest)
        if head is None:
            head = _encoded(request.head.instructions) + _encoded(request.head.persona)
            self._known[request.head.digest] = head
        answer = 0
        if request.format is not None:
            answer = self._known.get(request.format.digest, 0)
            if not answer:
                answer = len(json.dumps(dict(request.format.schema)))
                self._known[request.format.digest] = answer
        turns = sum(_encoded(turn.text) + PER_TURN for turn in request.turns)
        return ENVELOPE + head + answer + turns


def _encoded(text: str) -> int:
    # Escaping everything but ASCII is never shorter than what is sent.
    return len(json.dumps(text))


@dataclass(slots=True)
class Parcel(Generic[Piece]):
    """What will be one batch, while it is filled.

    Attributes:
        most_requests: Most pieces it takes.
        most_bytes: Most bytes it takes; a piece that is longer goes alone.
        pieces: What is in it.
        weight: Bytes in it.
    """

    most_requests: int
    most_bytes: int
    pieces: list[Piece] = field(default_factory=list)
    weight: int = 0

    def has_room(self, weight: int) -> bool:
        """Whether another piece of `weight` bytes fits; an empty parcel takes any."""
        return not self.pieces or (
            len(self.pieces) < self.most_requests and self.weight + weight <= self.most_bytes
        )

    def add(self, piece: Piece, weight: int) -> None:
        """Put a piece in."""
        self.pieces.append(piece)
        self.weight += weight


def custom_ids(digests: Sequence[bytes], parcel: str) -> list[str]:
    """Name the requests of one batch: digest, parcel and, from the second of a digest on, a number.

    A request that is in several batches, one after the other, has another name in each: whichever
    batch holds a name is the one that was made of that parcel.

    Args:
        digests: Of the requests, 16 bytes each.
        parcel: What no other batch is called, at most 24 letters and digits.
    """
    seen: Counter[bytes] = Counter()
    names = []
    for digest in digests:
        seen[digest] += 1
        again = f"-{seen[digest]}" if seen[digest] > 1 else ""
        names.append(f"{digest.hex()}-{parcel}{again}")
    return names


def digest_in(custom_id: str) -> str:
    """Return the hex digest a custom id was made from."""
    return custom_id.partition("-")[0]
