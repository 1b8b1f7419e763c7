"""`understudy run`: administer a questionnaire to twins."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .job_options import job_from, job_options
from .jobs import Job
from .money import ASK_ABOVE, approve
from .output import json_option, print_json, say, stdout, warn

if TYPE_CHECKING:
    from rich.console import Console

    from ..surveys.ledger.run import Run

__all__ = ["carry_out", "command"]

PARTIAL = 3


@click.command("run")
@job_options
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Run file to write or resume."
)
@click.option("--budget", type=float, metavar="DOLLARS", help="Stop before more is spent.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before money is spent.")
@click.option(
    "--ask-above",
    type=float,
    default=ASK_ABOVE,
    show_default=True,
    metavar="DOLLARS",
    help="Ask before a run that may cost more.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Interviews going on at a time; changes speed, never answers.",
)
@json_option
def command(
    output: Path | None,
    budget: float | None,
    yes: bool,
    ask_above: float,
    workers: int | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Administer QUESTIONNAIRE (or the held-out items) to twins of the people in a panel.

    Items that are asked are hidden from the twins. The run file holds every answer with what it
    rests on; running the same command again goes on where it stopped, and pays for nothing twice.
    With a language model the likely cost is shown first, and the statistical respondent is run
    beside it, because a model that does not beat it is not worth its price.

    \b
    Examples:
      understudy run --panel wave1.sav --holdout trust,redistribution -o trust.run
      understudy run pilot.yaml --panel wave1.sav -o pilot.run
      understudy run pilot.yaml --panel wave1.sav --learn-from pilot100.csv -o pilot.run
      understudy run pilot.yaml --panel wave1.sav --n 200 --budget 5 \\
          --respondent anthropic:claude-haiku-5-5 -o haiku.run
      understudy run pilot.yaml --panel wave1.sav --per-call 1 \\
          --respondent openai:llama3.3@http://localhost:11434/v1 -o llama.run
      understudy run --panel scores.csv --id pid --join outcomes.csv@TWIN_ID \\
          --holdout block:outcomes -o outcomes.run
    """
    job = dataclasses.replace(job_from(options), budget=budget)
    if output is None:
        output = Path(f"{(job.questionnaire or job.panel.path).stem}.run")
    return carry_out(job, output, workers=workers, as_json=as_json, yes=yes, ask_above=ask_above)


def carry_out(
    job: Job,
    output: Path,
    *,
    workers: int | None,
    as_json: bool,
    yes: bool = False,
    ask_above: float = ASK_ABOVE,
    show: Callable[[Run, Path], None] | None = None,
) -> int:
    """Carry out `job` with progress on stderr; print what came of it; return the exit code.

    What is printed is `show`'s business where it is given, otherwise a summary of the run.
    """
    from ..data.errors import AnswersPendingError, BudgetReachedError, ProviderError
    from ..surveys.fieldwork.display import choose_display
    from .jobs import execute

    again = f"understudy resume {output}"
    agree = functools.partial(approve, yes=yes, ask_above=ask_above, done=output.exists())
    try:
        done = execute(job, output, workers=workers, display=choose_display(), approve=agree)
    except KeyboardInterrupt:
        if not output.exists():
            raise
        say(f"Interrupted; every finished answer is kept. Go on with: {again}")
        return 130
    except AnswersPendingError as error:
        say(f"{error.what[:1].upper()}{error.what[1:]}; collect the answers later with: {again}")
        return error.exit_code
    except (BudgetReachedError, ProviderError) as error:
        if not output.exists():
            raise
        say(f"{error} Go on with: {again}")
        return error.exit_code
    run = done.run
    if show is not None:
        show(run, output)
    elif as_json:
        print_json(summary(run, output))
    else:
        _print_run(run, output, job)
    preparation = run.meta["preparation"]
    for name, why in (done.beside.skipped if done.beside else {}).items():
        say(f"No {name} respondent beside it: {why}.")
    along = [f"{h.name} ({h.why})" for h in done.people.holdout.hidden if not h.asked]
    if along:
        say(f"Hidden along with what was named: {', '.join(along)}")
    warn(preparation["warnings"])
    return 0 if run.complete else PARTIAL


def summary(run: Run, output: Path) -> dict[str, Any]:
    """Plain data about a run, for --json."""
    preparation = run.meta["preparation"]
    return {
        "run": str(output),
        "respondent": run.meta["respondent"],
        "complete": run.complete,
        "interviews": run.statuses(),
        "answers": run.dispositions(),
        "basis": {str(basis): count for basis, count in run.basis_counts().items()},
        "refused": dict(preparation["refused"]),
        "warnings": list(preparation["warnings"]),
        "facts": dict(preparation["facts"]),
        "usage": _usage(run),
    }


def _print_run(run: Run, output: Path, job: Job) -> None:
    from rich.table import Table

    console = stdout()
    answers = run.dispositions()
    total = sum(answers.values())
    statuses = ", ".join(f"{n:,} {status}" for status, n in run.statuses().items() if n)
    console.print(
        f"[bold]{run.meta['respondent']}[/bold] gave {answers.pop('answered', 0):,} answers "
        f"in {run.planned:,} interviews ({statuses}) → {output}"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("what the answers rest on")
    table.add_column("answers", justify="right")
    table.add_column("share", justify="right")
    for basis, count in run.basis_counts().items():
        table.add_row(str(basis), f"{count:,}", _share(count, total))
    for reason, count in answers.items():
        table.add_row(f"no answer: {reason}", f"{count:,}", _share(count, total))
    console.print(table)
    for what, text in run.usage().facts(run.meta["respondent"]).items():
        console.print(f"{what}: {text}", soft_wrap=True)
    _print_scales(run, console)
    for note in run.meta["command"]["panel_notes"]:
        console.print(f"[dim]{note}[/dim]")
    for name, why in run.meta["preparation"]["refused"].items():
        console.print(f"[yellow]{name}[/yellow] cannot be known: {why}")
    say(f"Next: understudy compare {output} --human {job.panel.path} --html report.html")


def _usage(run: Run) -> dict[str, Any] | None:
    """What the requests of a run used and cost; None if none were made."""
    usage = run.usage()
    if not (usage.requests or usage.from_cache):
        return None
    return {field.name: getattr(usage, field.name) for field in dataclasses.fields(usage)} | {
        "cost_per_thousand": usage.cost_per_thousand
    }


def _share(count: int, total: int) -> str:
    share = 100 * count / total
    return f"{share:.0f} %" if share >= 10 else f"{share:.1f} %"


def _print_scales(run: Run, console: Console) -> None:
    """How the scales that the questionnaire declares came out."""
    if not run.scales:
        return
    from rich.table import Table

    from ..data.scale_report import scale_report

    report = scale_report(run.panel, run.scales)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in report.columns:
        table.add_column(str(column), justify="left" if column == report.columns[0] else "right")
    for row in report.itertuples(index=False):
        table.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    console.print(table)
