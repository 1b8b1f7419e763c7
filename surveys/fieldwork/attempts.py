"""Attempts that cost money, each on disk before it is made."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from ..ledger.writer import Writer
from .budget import Budget

__all__ = ["Attempts"]

USAGE = ("input_tokens", "cached_tokens", "output_tokens", "cost")


class Attempts:
    """The `AttemptLog` of one interview.

    Args:
        writer: The ledger's.
        interview: The interview's number.
        numbers: Numbers for the attempts of the whole run; shared by its interviews.
        budget: The run's; shared by its interviews.
    """

    def __init__(
        self, writer: Writer, interview: int, numbers: Iterator[int], budget: Budget
    ) -> None:
        self._writer = writer
        self._interview = interview
        self._numbers = numbers
        self._budget = budget
        self._pages: Counter[int] = Counter()
        self._under_way: dict[int, int] = {}
        self._answered: dict[int, list[tuple[Any, ...]]] = {}
        self._texts: dict[str, int] = {}

    def made_for(self, page: int) -> bool:
        """Whether any attempt was made for a page."""
        return page in self._pages

    async def begin(self, page: int, detail: Mapping[str, Any]) -> int:
        """Record that an attempt is about to be made; see `AttemptLog.begin`.

        Raises:
            BudgetReachedError: There is no money left for it, so it must not be made.
            LedgerError: It could not be recorded, so it must not be made.
        """
        number = next(self._numbers)
        rest = {key: value for key, value in detail.items() if key not in ("request", "prompt")}
        self._budget.reserve(number, rest.get("expected", 0.0))
        rows: dict[str, Any] = {}
        prompt = detail.get("prompt")
        if prompt:
            rest["prompt"], texts = self._kept(prompt)
            if texts:
                rows["text"] = texts
        self._pages[page] += 1
        self._under_way[number] = page
        rows["begin"] = (
            (
                number,
                self._interview,
                page,
                self._pages[page],
                time.time(),
                str(detail.get("request", "")),
                json.dumps(rest, default=str),
            ),
        )
        await self._writer.durably(rows)
        return number

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        """Record that an attempt now waits in a batch; see `AttemptLog.submitted`."""
        detail = json.dumps({"batch": batch, "custom_id": custom_id})
        await self._writer.durably({"submitted": ((detail, attempt),)})

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        """Record how an attempt ended; see `AttemptLog.end`.

        One that brought an answer is recorded together with its page: if the process dies between
        the two, it stands there as what it is, paid for without an answer on record.

        Raises:
            LedgerError: The ledger can no longer be written.
        """
        rest = {key: value for key, value in detail.items() if key not in USAGE}
        tokens = [int(detail.get(key) or 0) for key in USAGE[:3]]
        cost = float(detail.get("cost") or 0.0)
        self._budget.settle(attempt, cost, unseen=detail.get("billed") == "maybe")
        row = (time.time(), outcome, *tokens, cost, json.dumps(rest, default=str), attempt)
        page = self._under_way.pop(attempt, None)
        if page is None or "error" in rest:
            self._writer.submit({"end": (row,)})
        else:
            self._answered.setdefault(page, []).append(row)

    def answered(self, page: int) -> list[tuple[Any, ...]]:
        """Rows of the attempts that brought answers to a page, to be recorded with it."""
        return self._answered.pop(page, [])

    def release(self) -> None:
        """Record the attempts whose answers will not be recorded in this start.

        Raises:
            LedgerError: The ledger can no longer be written.
        """
        rows = [row for page in list(self._answered) for row in self.answered(page)]
        if rows:
            self._writer.submit({"end": rows})

    def _kept(self, prompt: tuple[str, ...]) -> tuple[list[int], list[tuple[int, str]]]:
        """Numbers of the texts of a prompt, and those the ledger may not have yet."""
        numbers, new = [], []
        for text in prompt:
            known = self._texts.get(text)
            if known is None:
                raw = text.encode("utf-8", "replace")
                known = int.from_bytes(blake2b(raw, digest_size=8).digest(), "big") >> 1
                self._texts[text] = known
                new.append((known, raw.decode()))
            numbers.append(known)
        return numbers, new
