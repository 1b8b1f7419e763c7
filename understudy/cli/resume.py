"""`understudy resume`: go on with a run that was stopped or killed."""

from __future__ import annotations

from pathlib import Path

import click

from .jobs import Job
from .output import json_option
from .run import carry_out

__all__ = ["command"]


@click.command("resume")
@click.argument("run", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--workers", default=8, show_default=True, type=click.IntRange(min=1))
@json_option
def command(run: Path, workers: int, as_json: bool) -> int:
    """Go on with RUN: nothing recorded is asked again, nothing is lost.

    The respondent file, questionnaire and options are those the run began with; a file that has
    changed since is an error.

    \b
    Example:
      understudy resume pilot.run
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
    return carry_out(Job.from_json(recorded), run, workers=workers, as_json=as_json)
