"""The file that backstories are kept in: one SQLite file, only ever added to, and how it is read.

`load_backstories` is the reading side; what writes is in `recording.py`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..data.errors import LedgerError, UnknownNameError
from ..data.sqlite_files import FileKind
from .backstory import Author, Backstory, Status, Turn
from .critic.faults import Fault
from .interview import Plan

__all__ = ["KIND", "Backstories", "Charter", "create", "load_backstories", "read_meta", "verify"]

KIND = FileKind("backstory file", int.from_bytes(b"UNDB", "big"), 1)


@dataclass(frozen=True, slots=True)
class Charter:
    """What a file of backstories is. It can only be continued under the same charter.

    Attributes:
        protocol: Fingerprint of the protocol.
        twins: Fingerprint of the twins, or of the transcripts.
        mode: What backstories rest on.
        model: Spec of who answers; "template" for the embedded one.
        interviewer: Spec of who asks, "" for the protocol as written.
        seed: The seed.
        settings: Everything else that decides answers.
    """

    protocol: str
    twins: str
    mode: str
    model: str
    interviewer: str
    seed: int
    settings: Mapping[str, Any]

    def differences(self, meta: Mapping[str, Any]) -> list[str]:
        """Say in what a file differs from this, for people; empty where it does not."""
        found = []
        if meta["protocol_fingerprint"] != self.protocol:
            found.append(f"the protocol {meta['protocol']['name']} is another, or was changed")
        if meta["twins_fingerprint"] != self.twins:
            found.append("the people are others, or something else of them is held out")
        for key, what in (
            *(("mode", "mode"), ("model", "model"), ("interviewer", "interviewer")),
            ("seed", "seed"),
        ):
            was, now = meta[key], getattr(self, key)
            if was != now:
                found.append(f"the {what} was {was or 'none'} and is now {now or 'none'}")
        for key, now in self.settings.items():
            was = meta["settings"].get(key)
            if was != now:
                found.append(f"{key.replace('_', ' ')} was {was} and is now {now}")
        return found


@lru_cache(maxsize=1)
def _schema() -> str:
    return resources.files(__package__).joinpath("store.sql").read_text(encoding="utf-8")


def create(path: Path, meta: Mapping[str, Any], twins: tuple[str, ...]) -> None:
    """Make a new file, whole or not at all.

    Args:
        path: Where; nothing or a creation cut short may be there.
        meta: What the `meta` table is to hold.
        twins: Ids of everybody in the population, in order.

    Raises:
        LedgerError: It cannot be written there.
    """
    with KIND.creating(path, _schema()) as connection:
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [(k, json.dumps(v, ensure_ascii=False, default=str)) for k, v in meta.items()],
        )
        connection.executemany("INSERT INTO backstories VALUES (?, ?)", enumerate(twins))


def read_meta(path: Path, connection: sqlite3.Connection) -> dict[str, Any]:
    """Return what a file says of how its backstories are made.

    Raises:
        LedgerError: It is damaged.
    """
    with KIND.reporting(path):
        rows = connection.execute("SELECT key, value FROM meta").fetchall()
    try:
        return {key: json.loads(value) for key, value in rows}
    except ValueError as error:
        raise KIND.explained(path, sqlite3.DatabaseError(f"meta table: {error}")) from error


def verify(path: Path, meta: Mapping[str, Any], charter: Charter) -> None:
    """Refuse to continue a file that was begun otherwise.

    Raises:
        LedgerError: It was; the message says in what it differs.
    """
    differences = charter.differences(meta)
    if differences:
        raise LedgerError(
            f"these backstories were begun otherwise: {'; '.join(differences)}",
            where=str(path),
            remedy="repeat the command exactly to continue, or begin anew with another -o file",
        )


@dataclass(frozen=True, kw_only=True)
class Backstories:
    """All backstories of a file, by twin id.

    Iterates over twin ids in the population's order, those not begun included.

    Attributes:
        path: The file.
        meta: How they are made: protocol, mode, model, interviewer, critic, seed, settings, holdout
            (names with reasons), questions left out, panel, version, date.
        by_twin: Twin id → backstory.
        rejections: How often a try was rejected, by fault, the most frequent first.
        requests: Attempts made.
        unended: Attempts that were cut off: they may have been billed.
        cost: US dollars.
    """

    path: Path
    meta: Mapping[str, Any] = field(repr=False)
    by_twin: Mapping[str, Backstory] = field(repr=False)
    rejections: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    unended: int = 0
    cost: float = 0.0

    def __len__(self) -> int:
        return len(self.by_twin)

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_twin)

    def __contains__(self, twin: object) -> bool:
        return twin in self.by_twin

    def __getitem__(self, twin: str) -> Backstory:
        """Return one twin's backstory.

        Raises:
            UnknownNameError: Nobody has that id.
        """
        try:
            return self.by_twin[twin]
        except KeyError:
            raise UnknownNameError("backstory of", twin, self.by_twin) from None

    @property
    def finished(self) -> dict[str, Backstory]:
        """The finished ones, by twin id."""
        return {twin: story for twin, story in self.by_twin.items() if story.finished}

    def counts(self) -> dict[str, int]:
        """How many are finished, failed and open."""
        counts = Counter(str(story.status) for story in self.by_twin.values())
        return {str(status): counts.get(str(status), 0) for status in Status}


def load_backstories(path: str | Path) -> Backstories:
    """Read a file of backstories, also while it is being written.

    Args:
        path: The file that `understudy backstories … -o FILE` wrote.

    Raises:
        LedgerError: There is none, or it is foreign, of another version, or damaged.
    """
    path = Path(path)
    with contextlib.closing(KIND.connect(path)) as connection, KIND.reporting(path):
        connection.execute("BEGIN")  # one state of the file, whoever writes meanwhile
        meta = MappingProxyType(read_meta(path, connection))
        turns = read_turns(path, connection)
        endings = read_endings(connection)
        stories = {}
        for number, twin in connection.execute("SELECT id, twin FROM backstories ORDER BY id"):
            status, reason = endings.get(number, (Status.OPEN, ""))
            stories[twin] = Backstory(
                twin=twin,
                status=status,
                turns=tuple(turns.get(number, ())),
                reason=reason,
                meta=meta,
            )
        rejections: Counter[str] = Counter()
        for verdict, count in connection.execute(
            "SELECT verdict, count(*) FROM tries WHERE verdict != '[]' GROUP BY verdict"
        ):
            for fault in {entry["fault"] for entry in json.loads(verdict)}:
                rejections[fault] += count
        requests, unended, cost = connection.execute(
            "SELECT count(*), coalesce(sum(outcome IN ('', 'interrupted')), 0), "
            "coalesce(sum(cost), 0.0) FROM attempts"
        ).fetchone()
    return Backstories(
        path=path,
        meta=meta,
        by_twin=MappingProxyType(stories),
        rejections=MappingProxyType(dict(rejections.most_common())),
        requests=requests,
        unended=unended,
        cost=cost,
    )


def read_endings(connection: sqlite3.Connection) -> dict[int, tuple[Status, str]]:
    """Status and reason of those that are finished or failed, by number."""
    rows = connection.execute("SELECT backstory, status, reason FROM endings ORDER BY id")
    return {number: (Status(status), reason) for number, status, reason in rows}


def read_turns(
    path: Path, connection: sqlite3.Connection, only: int | None = None
) -> dict[int, list[Turn]]:
    """Accepted turns in order, by number of the backstory; of one of them only, or of all."""
    where = "" if only is None else "WHERE t.backstory = ?"
    rows = connection.execute(
        "SELECT t.backstory, t.turn, t.question, t.follow_up, q.text, a.text, t.author, t.tries, "
        "t.attempt, t.detail, p.note FROM turns t JOIN texts q ON q.id = t.asked "
        "JOIN texts a ON a.id = t.answer "
        "LEFT JOIN plans p ON p.backstory = t.backstory AND p.turn = t.turn "
        f"{where} ORDER BY t.backstory, t.turn",
        () if only is None else (only,),
    )
    found: dict[int, list[Turn]] = {}
    try:
        for (
            number,
            turn,
            question,
            follow_up,
            asked,
            answer,
            author,
            tries,
            attempt,
            rest,
            note,
        ) in rows:
            detail = json.loads(rest)
            found.setdefault(number, []).append(
                Turn(
                    number=turn,
                    question=question,
                    follow_up=follow_up,
                    asked=asked,
                    answer=answer,
                    author=Author(author),
                    facts=tuple(detail.get("facts", ())),
                    notes=note or "",
                    personal=tuple(detail.get("personal", ())),
                    withheld=detail.get("withheld", ""),
                    tries=tries,
                    model=detail.get("model", ""),
                    attempt=attempt,
                )
            )
    except (ValueError, TypeError) as error:
        raise KIND.explained(path, sqlite3.DatabaseError(f"turns table: {error}")) from error
    return found


def read_plans(connection: sqlite3.Connection) -> dict[int, dict[int, Plan]]:
    """What interviewers made of answers: number of the backstory → number of the turn → plan."""
    found: dict[int, dict[int, Plan]] = {}
    for number, turn, note, follow_up in connection.execute(
        "SELECT backstory, turn, note, follow_up FROM plans"
    ):
        found.setdefault(number, {})[turn] = Plan(note, follow_up)
    return found


def read_rejected(
    connection: sqlite3.Connection,
) -> dict[tuple[int, int], tuple[int, tuple[Fault, ...]]]:
    """By backstory and turn, how many answers were rejected, and what was wrong with the last."""
    found: dict[tuple[int, int], tuple[int, tuple[Fault, ...]]] = {}
    for number, turn, tries, verdict in connection.execute(
        "SELECT backstory, turn, number, verdict FROM tries WHERE verdict != '[]' ORDER BY id"
    ):
        faults = tuple(Fault(entry["fault"]) for entry in json.loads(verdict))
        found[number, turn] = (tries, faults)
    return found
