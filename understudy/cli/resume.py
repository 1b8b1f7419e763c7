"""`understudy resume`: go on with a run that was stopped or killed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from .jobs import Job
from .output import json_option
from .run import carry_out

__all__ = ["command"]


@click.command("resume")
@click.argument("run", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--workers", type=click.IntRange(min=1), help="Interviews going on at a time.")
@click.option("--budget", type=float, metavar="DOLLARS", help="Another budget for the whole run.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Most requests at a time.")
@json_option
def command(
    run: Path, workers: int | None, budget: float | None, concurrency: int | None, as_json: bool
) -> int:
    """Go on with RUN: nothing recorded is asked again, nothing is lost.

    The respondent file, questionnaire and options are those the run began with; a file that has
    changed since is an error. Batches that were submitted are collected.

    \b
    Examples:
      understudy resume pilot.run
      understudy resume pilot.run --budget 10
    """
    from ..data.errors import LedgerError
    from ..surveys.ledger.run import load_run

    recorded = load_run(run).meta["command"]
    if "panel" not in recorded:
        raise LedgerError(
            "this run was not begun by a command",
            where=str(run),
            remedy="call us.administer(..., to=FILE) again with the same arguments",
        )
    job = Job.from_json(recorded)
    if budget is not None:
        job = dataclasses.replace(job, budget=budget)
    if concurrency is not None:
        job = dataclasses.replace(job, asking={**job.asking, "concurrency": concurrency})
    # The run was agreed to when it was begun.
    return carry_out(job, run, workers=workers, as_json=as_json, yes=True)
