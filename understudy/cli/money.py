"""What a run is likely to cost, told before anything is spent, and asked about above a limit."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from .output import say

if TYPE_CHECKING:
    from ..surveys.respondents.llm.estimate import Estimate
    from .jobs import Staffed

__all__ = ["ASK_ABOVE", "approve", "estimate_for", "estimate_json", "estimate_lines"]

ASK_ABOVE = 1.0
"""US dollars above which `run` asks before it begins."""


def estimate_for(staffed: Staffed) -> Estimate:
    """Estimate what a job costs when a language model answers.

    Raises:
        RequestError: Nobody is paid for this respondent's answers.
    """
    from ..data.errors import RequestError
    from ..surveys.respondents.llm.estimate import estimate
    from ..surveys.respondents.llm.respondent import LanguageModelRespondent

    if not isinstance(staffed.respondent, LanguageModelRespondent):
        raise RequestError(
            f"the {staffed.respondent.spec} respondent costs nothing",
            remedy="estimate is for language models, such as --respondent anthropic:NAME",
        )
    job = staffed.job
    return estimate(
        staffed.survey,
        staffed.people,
        staffed.respondent,
        seed=job.seed,
        replicates=job.replicates,
        limit=job.limit,
    )


def estimate_lines(found: Estimate) -> list[str]:
    """An estimate in words."""
    tokens = (
        f"{_range(found.input_tokens)} input tokens "
        f"({found.cached_share:.0%} read from the provider's cache), "
        f"{_range(found.output_tokens)} output tokens"
    )
    lines = [
        f"{found.interviews:,} interviews by {found.model}: about {found.calls.likely:,.0f} calls",
        tokens,
    ]
    if found.cost is None:
        lines.append(
            f"no price is known for {found.model}; add it to models.toml to see costs and to "
            "keep a budget"
        )
    else:
        lines.append(
            f"about {_dollars(found.cost.likely)} "
            f"({_dollars(found.cost.low)} to {_dollars(found.cost.high)})"
            f"{', at batch prices' if found.batch else ''}"
        )
    lines.append(found.measured_by)
    return lines


def estimate_json(found: Estimate) -> dict[str, Any]:
    """An estimate as plain data."""
    import dataclasses

    return dataclasses.asdict(found)


def approve(staffed: Staffed, *, yes: bool, ask_above: float, done: bool) -> None:
    """Show what a run is likely to cost, and ask whether to go on if it is much.

    Args:
        staffed: The job, nothing of it begun.
        yes: Go on without asking.
        ask_above: US dollars above which to ask.
        done: Whether a part of the run is on record already.

    Raises:
        RequestError: There is nobody to ask, or there is a budget and no price.
        Abort: The answer was no.
    """
    from ..data.errors import RequestError

    if not staffed.job.by_model:
        return
    found = estimate_for(staffed)
    whole = "the whole run: " if done else ""
    say(f"{whole}{'; '.join(estimate_lines(found))}.")
    budget = staffed.job.budget
    if budget is not None and found.cost is None:
        raise RequestError(
            f"a budget cannot be kept, because no price is known for {found.model}",
            remedy="add its prices to models.toml, or leave --budget out",
        )
    if yes or budget is not None or found.cost is None or found.cost.high <= ask_above:
        return
    if not sys.stdin.isatty():
        raise RequestError(
            f"this run may cost {_dollars(found.cost.high)}, and there is nobody to ask",
            remedy="add --yes, or a limit with --budget",
        )
    click.confirm("Go on?", abort=True, err=True)


def _range(found: Any) -> str:
    return f"{found.low:,.0f} to {found.high:,.0f}"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 0.1 else f"${amount:,.4f}"
