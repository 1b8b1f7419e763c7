"""What the requests of a run used and cost, summed over its attempts."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..respondent import Basis

__all__ = ["Usage", "read_usage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Sums over the attempts of a run.

    Attributes:
        answers: Answers that rest on a model.
        from_cache: Of these, answers that needed no request: the response cache had them.
        requests: Requests made, whatever became of them.
        outcomes: Outcome → requests; "under way" for those that have none yet.
        retries: Of the requests, those that repeat one that failed.
        input_tokens: Tokens sent, those read from the provider's cache included.
        cached_tokens: Of these, read from the provider's cache.
        cache_hits: Requests of which a part was read from the provider's cache.
        output_tokens: Tokens received.
        cost: US dollars, as far as the answers said.
        maybe_billed: Requests that may have been billed without an answer being recorded; where
            they were asked again, they may have been billed twice.
    """

    answers: int
    from_cache: int
    requests: int
    outcomes: Mapping[str, int]
    retries: int
    input_tokens: int
    cached_tokens: int
    cache_hits: int
    output_tokens: int
    cost: float
    maybe_billed: int

    @property
    def cost_per_thousand(self) -> float:
        """US dollars per 1,000 answers; NaN without any."""
        return 1000 * self.cost / self.answers if self.answers else float("nan")

    def facts(self, model: str) -> dict[str, str]:
        """Say it for people: what → text; empty where nothing was asked of a model.

        Args:
            model: Who was asked.
        """
        if not (self.requests or self.from_cache):
            return {}
        found = {"model": model, "cost": _dollars(self.cost)}
        if self.answers:
            found["cost"] += f" ({_dollars(self.cost_per_thousand)} per 1,000 answers)"
        found["requests"] = f"{self.requests:,}"
        notes = [f"{self.retries:,} of them retries"] if self.retries else []
        if self.maybe_billed:
            notes.append(f"{self.maybe_billed:,} possibly billed twice")
        if notes:
            found["requests"] += f" ({', '.join(notes)})"
        cached = self.cached_tokens / self.input_tokens if self.input_tokens else 0.0
        found["tokens"] = (
            f"{self.input_tokens:,} in ({cached:.0%} from the provider's cache), "
            f"{self.output_tokens:,} out"
        )
        if self.answers:
            found["cache hits"] = f"{self.cache_hits / self.answers:.2f} per answer"
        if self.from_cache:
            found["answers without a request"] = f"{self.from_cache:,}"
        return found


def _dollars(amount: float) -> str:
    """Write an amount of money with two digits that say something."""
    return f"${amount:,.2f}" if amount >= 0.1 or amount == 0 else f"${amount:.2g}"


_SUMS = """
SELECT count(*), coalesce(sum(json_extract(detail, '$.try') > 1), 0),
       coalesce(sum(input_tokens), 0), coalesce(sum(cached_tokens), 0),
       coalesce(sum(cached_tokens > 0), 0), coalesce(sum(output_tokens), 0),
       coalesce(sum(cost), 0.0),
       coalesce(sum(outcome IN ('', 'interrupted')
                    OR coalesce(json_extract(detail, '$.billed'), '') = 'maybe'), 0)
FROM attempts
"""


def read_usage(ledger: sqlite3.Connection) -> Usage:
    """Sum up the attempts in a ledger."""
    requests, retries, sent, cached, hits, received, cost, maybe = ledger.execute(_SUMS).fetchone()
    outcomes = ledger.execute(
        "SELECT outcome, count(*) FROM attempts GROUP BY outcome ORDER BY count(*) DESC, outcome"
    )
    answers, from_cache = ledger.execute(
        "SELECT count(*), coalesce(sum(attempt IS NULL AND basis = ?), 0) FROM answers "
        "WHERE reason IS NULL AND (basis = ? OR attempt IS NOT NULL)",
        (Basis.MODEL.value, Basis.MODEL.value),
    ).fetchone()
    return Usage(
        answers=answers,
        from_cache=from_cache,
        requests=requests,
        outcomes=MappingProxyType({name or "under way": count for name, count in outcomes}),
        retries=retries,
        input_tokens=sent,
        cached_tokens=cached,
        cache_hits=hits,
        output_tokens=received,
        cost=float(cost),
        maybe_billed=maybe,
    )
