"""The money a run may spend, kept at the one place that every attempt passes."""

from __future__ import annotations

from ...data.errors import BudgetReachedError, RequestError

__all__ = ["Budget"]


class Budget:
    """Counts what attempts cost, and refuses those that a limit does not allow.

    What is under way counts with its expected cost, so the limit can be passed only by as much as
    the attempts under way cost more than was expected of them.

    Args:
        limit: US dollars, over all starts of the run; None for no limit.
        spent: What earlier starts spent.

    Attributes:
        spent: US dollars for attempts that ended, the expected cost of those that may have been
            billed unseen included.
        attempts: Attempts reserved for since this start.
    """

    def __init__(self, limit: float | None = None, spent: float = 0.0) -> None:
        self.limit = limit
        self.spent = spent
        self.attempts = 0
        self._under_way: dict[int, float] = {}
        self._reserved = 0.0

    def reserve(self, attempt: int, expected: float | None) -> None:
        """Set money aside for an attempt about to be made.

        Args:
            attempt: Its number.
            expected: Its likely cost in US dollars; None if nobody knows prices.

        Raises:
            BudgetReachedError: The limit does not allow it.
            RequestError: There is a limit and no price.
        """
        if self.limit is not None:
            if expected is None:
                raise RequestError(
                    "a budget cannot be kept, because the price of this model is not known",
                    remedy="add its prices to models.toml, or run without a budget",
                )
            if self.spent + self._reserved + expected > self.limit:
                raise BudgetReachedError(
                    f"the budget of ${self.limit:,.2f} is reached: ${self.spent:,.2f} spent, "
                    f"${self._reserved:,.2f} under way, and the next request costs about "
                    f"${expected:,.4f}",
                    remedy="raise --budget and run the same command again to go on",
                )
        self.attempts += 1
        self._under_way[attempt] = expected or 0.0
        self._reserved += expected or 0.0

    def adopt(self, attempt: int, expected: float) -> None:
        """Set money aside for an attempt that an earlier start made and that is still under way."""
        self._under_way[attempt] = expected
        self._reserved += expected

    def settle(self, attempt: int, cost: float, *, unseen: bool = False) -> None:
        """Count an attempt that ended.

        Args:
            attempt: Its number.
            cost: What it cost in US dollars, as far as its answer said.
            unseen: Whether it may have been billed without an answer; its expected cost counts.
        """
        expected = self._under_way.pop(attempt, 0.0)
        self._reserved = self._reserved - expected if self._under_way else 0.0
        self.spent += max(cost, expected) if unseen else cost
