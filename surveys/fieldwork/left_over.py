"""What earlier starts of a run left behind: money spent, and requests still at a provider."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

__all__ = ["Remains", "left_over", "spent_before"]


@dataclass(slots=True)
class Remains:
    """Attempts that wait in batches.

    Attributes:
        batches: Batch id → custom id → number of the attempt.
        lost: Parcel → custom id → number, where nobody knows the batch.
        since: When the first of the lost was begun, in seconds since 1970.
        expected: What each attempt in `batches` will likely cost, in US dollars.
        found: Rows for the ledger: attempts whose batch is known although it was not written down.
    """

    batches: dict[str, dict[str, int]] = field(default_factory=dict)
    lost: dict[str, dict[str, int]] = field(default_factory=dict)
    since: float = 0.0
    expected: dict[int, float] = field(default_factory=dict)
    found: list[tuple[str, int]] = field(default_factory=list)


def left_over(ledger: sqlite3.Connection) -> Remains:
    """Find the attempts of earlier starts that were put into batches and have no outcome yet.

    A start may have died while it wrote down which batch its attempts are in. If others of the
    same parcel have a batch, theirs is the same.
    """
    remains = Remains()
    home: dict[str, set[str]] = {}
    for parcel, batch in ledger.execute(
        "SELECT DISTINCT json_extract(detail, '$.parcel'), json_extract(detail, '$.batch') "
        "FROM attempts WHERE json_extract(detail, '$.batch') IS NOT NULL"
    ):
        home.setdefault(parcel, set()).add(batch)
    begun = []
    for number, outcome, started, text in ledger.execute(
        "SELECT id, outcome, started, detail FROM attempts "
        "WHERE outcome IN ('', 'submitted', 'interrupted') "
        "AND json_extract(detail, '$.custom_id') IS NOT NULL ORDER BY id"
    ):
        detail = json.loads(text)
        parcel, batch, custom_id = detail.get("parcel"), detail.get("batch"), detail["custom_id"]
        if outcome != "submitted" and batch is None:
            known = home.get(parcel, set())
            if len(known) != 1:
                begun.append(started)
                remains.lost.setdefault(str(parcel), {})[custom_id] = number
                continue
            batch = next(iter(known))
            remains.found.append((json.dumps({"batch": batch}), number))
        remains.batches.setdefault(batch, {})[custom_id] = number
        remains.expected[number] = float(detail.get("expected") or 0.0)
    remains.since = min(begun, default=0.0)
    return remains


def spent_before(ledger: sqlite3.Connection) -> float:
    """US dollars spent on a run so far.

    Attempts that may have been billed without an answer count with what they were expected to
    cost; those that wait in a batch do not count yet.
    """
    (spent,) = ledger.execute(
        "SELECT coalesce(sum(CASE WHEN outcome IN ('', 'interrupted') "
        "OR json_extract(detail, '$.billed') = 'maybe' "
        "THEN max(cost, coalesce(json_extract(detail, '$.expected'), 0)) ELSE cost END), 0) "
        "FROM attempts"
    ).fetchone()
    return float(spent)
