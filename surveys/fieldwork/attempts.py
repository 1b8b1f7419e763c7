"""Attempts that cost money, each on disk before it is made."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..ledger.writer import Writer

__all__ = ["Attempts"]

USAGE = ("input_tokens", "cached_tokens", "output_tokens", "cost")


class Attempts:
    """The `AttemptLog` of one interview.

    Args:
        writer: The ledger's.
        interview: The interview's number.
        numbers: Numbers for the attempts of the whole run; shared by its interviews.
    """

    def __init__(self, writer: Writer, interview: int, numbers: Iterator[int]) -> None:
        self._writer = writer
        self._interview = interview
        self._numbers = numbers
        self._pages: Counter[int] = Counter()
        self._begun: dict[int, dict[str, Any]] = {}

    def made_for(self, page: int) -> bool:
        """Whether any attempt was made for a page."""
        return page in self._pages

    async def begin(self, page: int, detail: Mapping[str, Any]) -> int:
        """Record that an attempt is about to be made; see `AttemptLog.begin`.

        Raises:
            LedgerError: It could not be recorded, so it must not be made.
        """
        number = next(self._numbers)
        self._pages[page] += 1
        rest = {key: value for key, value in detail.items() if key != "request"}
        self._begun[number] = rest
        row = (
            number,
            self._interview,
            page,
            self._pages[page],
            time.time(),
            str(detail.get("request", "")),
            json.dumps(rest, default=str),
        )
        await self._writer.durably({"begin": (row,)})
        return number

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        """Record how an attempt ended; see `AttemptLog.end`.

        Raises:
            LedgerError: The ledger can no longer be written.
        """
        rest = self._begun.pop(attempt, {})
        rest.update((key, value) for key, value in detail.items() if key not in USAGE)
        tokens = [int(detail.get(key, 0)) for key in USAGE[:3]]
        cost = float(detail.get("cost", 0.0))
        row = (time.time(), outcome, *tokens, cost, json.dumps(rest, default=str), attempt)
        self._writer.submit({"end": (row,)})
