"""What is written into a file of backstories: attempts before they are sent, tries, turns, ends."""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from ..data.group_writer import GroupWriter
from ..twins.llm.budget import Budget
from .backstory import Status, Turn
from .critic.critic import verdict_json
from .critic.faults import Finding
from .interview import Plan
from .store import KIND

__all__ = ["Recorder", "Sink"]

_STATEMENTS: Final[Mapping[str, str]] = {
    "interrupt": "UPDATE attempts SET outcome = 'interrupted' WHERE outcome = ''",
    "text": "INSERT OR IGNORE INTO texts VALUES (?, ?)",
    "begin": "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, NULL, '', ?, ?, 0, 0, 0, 0.0, ?)",
    "end": "UPDATE attempts SET ended = ?, outcome = ?, input_tokens = ?, cached_tokens = ?, "
    "output_tokens = ?, cost = ?, detail = json_patch(detail, ?) WHERE id = ? "
    "AND outcome IN ('', 'interrupted')",
    "try": "INSERT INTO tries VALUES (NULL, ?, ?, ?, ?, ?, ?)",
    "turn": "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "plan": "INSERT INTO plans VALUES (?, ?, ?, ?, ?)",
    "ending": "INSERT INTO endings VALUES (NULL, ?, ?, ?, ?, ?)",
    "person": "INSERT OR IGNORE INTO backstories VALUES (?, ?)",
}
_USAGE = ("input_tokens", "cached_tokens", "output_tokens", "cost")


class Recorder:
    """Writes a file of backstories.

    Args:
        path: The file, already created.
        budget: What may be spent.
        last_attempt: Number of the last attempt of earlier starts.
    """

    def __init__(self, path: Path, budget: Budget, last_attempt: int = 0) -> None:
        self.budget = budget
        self._numbers = itertools.count(last_attempt + 1)
        self._writer = GroupWriter(path, KIND, _STATEMENTS)

    @property
    def path(self) -> Path:
        """The file."""
        return self._writer.path

    def close(self) -> None:
        """Commit what is queued and close the file.

        Raises:
            LedgerError: Something could not be committed.
        """
        self._writer.close()

    def interrupt(self) -> None:
        """Mark attempts of earlier starts that never ended: they may have been billed."""
        self._writer.submit({"interrupt": [()]})

    def people(self, twins: Sequence[tuple[int, str]]) -> None:
        """Add people to the population, those of a higher number of made-up ones."""
        self._writer.submit({"person": list(twins)})

    def sink(self, backstory: int, turn: int, role: str, texts: Texts) -> Sink:
        """Where the attempts of one request go."""
        return Sink(self._writer, self.budget, self._numbers, backstory, turn, role, texts)

    def rejected(
        self,
        backstory: int,
        turn: int,
        number: int,
        answer: str,
        attempt: int,
        found: Sequence[Finding],
    ) -> None:
        """Keep an answer that was not accepted, with what is wrong with it."""
        key, text = _text(answer)
        row = (backstory, turn, number, key, attempt, verdict_json(tuple(found)))
        self._writer.submit({"text": [(key, text)], "try": [row]})

    def accepted(self, backstory: int, turn: Turn) -> None:
        """Keep an accepted turn, on the disk itself."""
        asked, answer = _text(turn.asked), _text(turn.answer)
        detail: dict[str, Any] = {"facts": list(turn.facts)}
        for name in ("model", "personal", "withheld"):
            value = getattr(turn, name)
            if value:
                detail[name] = value
        self._writer.submit(
            {
                "text": [asked, answer],
                "try": [(backstory, turn.number, turn.tries, answer[0], turn.attempt, "[]")],
                "turn": [
                    (
                        *(backstory, turn.number, turn.question, turn.follow_up),
                        *(asked[0], answer[0], str(turn.author), turn.tries, turn.attempt),
                        *(time.time(), json.dumps(detail, ensure_ascii=False)),
                    )
                ],
            },
            durable=True,
        )

    def planned(self, backstory: int, turn: int, plan: Plan, detail: Mapping[str, Any]) -> None:
        """Keep what the interviewer made of an answer."""
        note, follow_up = (_text(part)[1] for part in (plan.note, plan.follow_up))
        row = (backstory, turn, note, follow_up, json.dumps(detail, ensure_ascii=False))
        self._writer.submit({"plan": [row]})

    def ended(self, backstory: int, status: Status, reason: str, turns: int) -> None:
        """Keep that a backstory is finished or failed."""
        row = (backstory, str(status), reason, turns, time.time())
        self._writer.submit({"ending": [row]})

    async def flushed(self) -> None:
        """Return when everything so far is committed.

        Raises:
            LedgerError: Something could not be.
        """
        await self._writer.flushed()


class Texts:
    """The texts that requests of one interview are made of, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def kept(self, prompt: Sequence[str]) -> tuple[list[int], list[tuple[int, str]]]:
        """Numbers of the texts of a prompt, and those the file may not have yet."""
        numbers: list[int] = []
        new: list[tuple[int, str]] = []
        known = self._known
        for text in prompt:
            number = known.get(text)
            if number is None:
                number, clean = _text(text)
                known[text] = number
                new.append((number, clean))
            numbers.append(number)
        return numbers, new


class Sink:
    """The `AttemptSink` of one request."""

    def __init__(
        self,
        writer: GroupWriter,
        budget: Budget,
        numbers: itertools.count[int],
        backstory: int,
        turn: int,
        role: str,
        texts: Texts,
    ) -> None:
        self._writer = writer
        self._budget = budget
        self._numbers = numbers
        self._at = (backstory, turn, role)
        self._texts = texts
        self.prompt: Sequence[str] = ()
        """The texts about to be sent, in order."""

    async def begin(self, detail: Mapping[str, Any]) -> int:
        """Record an attempt about to be made.

        Raises:
            BudgetReachedError: The budget does not allow it.
            LedgerError: It could not be recorded, so it must not be made.
        """
        number = next(self._numbers)
        expected = detail.get("expected")
        self._budget.reserve(number, expected)
        sent, new = self._texts.kept(self.prompt)
        kept = {
            "expected": expected,
            "spec": detail.get("model", ""),
            "try": detail.get("try", 1),
        }
        rows: dict[str, Any] = {
            "begin": (
                (
                    *(number, *self._at, time.time(), str(detail.get("request", ""))),
                    *(json.dumps(sent), json.dumps(kept)),
                ),
            )
        }
        if new:
            rows["text"] = new
        await self._writer.durably(rows)
        return number

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        """Refuse: interviews go turn by turn, so nothing of them can wait in a batch."""
        raise RuntimeError(f"attempt {attempt} cannot be in batch {batch} as {custom_id}")

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        """Record how an attempt ended.

        Raises:
            LedgerError: The file can no longer be written.
        """
        rest = {key: value for key, value in detail.items() if key not in _USAGE}
        tokens = [int(detail.get(key) or 0) for key in _USAGE[:3]]
        cost = float(detail.get("cost") or 0.0)
        self._budget.settle(attempt, cost, unseen=detail.get("billed") == "maybe")
        row = (time.time(), outcome, *tokens, cost, json.dumps(rest, default=str), attempt)
        self._writer.submit({"end": (row,)})


def spent_before(connection: sqlite3.Connection) -> tuple[int, int, float]:
    """Last attempt, how many were cut off, and US dollars spent by earlier starts.

    An attempt whose answer was never seen counts with what was expected of it.
    """
    last, cut, spent = connection.execute(
        "SELECT coalesce(max(id), 0), coalesce(sum(outcome = ''), 0), coalesce(sum(CASE "
        "WHEN outcome IN ('', 'interrupted') OR json_extract(detail, '$.billed') = 'maybe' "
        "THEN max(cost, coalesce(json_extract(detail, '$.expected'), 0.0)) ELSE cost END), 0.0) "
        "FROM attempts"
    ).fetchone()
    return int(last), int(cut), float(spent)


def _text(text: str) -> tuple[int, str]:
    raw = text.encode("utf-8", "replace")
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "big") >> 1, raw.decode()
