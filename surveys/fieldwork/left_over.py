"""What earlier starts of a run left behind: money spent, and requests still at a provider."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

__all__ = ["Remains", "left_over", "spent_before"]


@dataclass(slots=True)
class Remains:
    """Attempts whose answers a provider's batches still hold.

    Attributes:
        batches: Batch id → custom id → number of the attempt.
        lost: Parcel → custom id → number, where nobody knows the batch.
        since: By parcel, when the first of the lost was begun, in seconds since 1970.
        expected: What each of all these will likely cost, or has cost, in US dollars.
        counted: How much of that `spent_before` counts as spent already.
        found: Rows for the ledger: attempts whose batch is known although it was not written down.
    """

    batches: dict[str, dict[str, int]] = field(default_factory=dict)
    lost: dict[str, dict[str, int]] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    expected: dict[int, float] = field(default_factory=dict)
    counted: float = 0.0
    found: list[tuple[str, int]] = field(default_factory=list)


_OPEN = """
SELECT a.id, a.outcome, a.started, a.cost, a.detail FROM attempts a
LEFT JOIN pages p ON p.interview = a.interview AND p.page = a.page
WHERE json_extract(a.detail, '$.custom_id') IS NOT NULL
AND (a.outcome IN ('', 'submitted', 'interrupted')
     OR (json_extract(a.detail, '$.stop') IS NOT NULL AND p.page IS NULL))
ORDER BY a.id
"""
"""Attempts without an outcome, and those with an answer whose page is not on record."""


def left_over(ledger: sqlite3.Connection) -> Remains:
    """Find the attempts of earlier starts that were put into batches and are not done with.

    These are attempts that have no outcome, and those that were answered and the answer is lost
    again: the page it was for was not complete when the start ended. The provider keeps results
    for weeks, so that it need not be paid for again.

    A start may also have died while it wrote down which batch its attempts are in. If others of
    the same parcel have a batch, theirs is the same.
    """
    remains = Remains()
    home: dict[str, str] = dict(
        ledger.execute(
            "SELECT DISTINCT json_extract(detail, '$.parcel'), json_extract(detail, '$.batch') "
            "FROM attempts WHERE json_extract(detail, '$.batch') IS NOT NULL"
        )
    )
    for number, outcome, started, cost, text in ledger.execute(_OPEN):
        detail = json.loads(text)
        parcel, batch, custom_id = detail["parcel"], detail.get("batch"), detail["custom_id"]
        answered = outcome not in ("", "submitted", "interrupted")
        expected = cost if answered else float(detail.get("expected") or 0.0)
        remains.expected[number] = expected
        if outcome != "submitted":
            remains.counted += expected
        if batch is None and parcel in home:
            batch = home[parcel]
            remains.found.append((json.dumps({"batch": batch}), number))
        if batch is None:
            remains.lost.setdefault(parcel, {})[custom_id] = number
            remains.since.setdefault(parcel, started)
        else:
            remains.batches.setdefault(batch, {})[custom_id] = number
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
