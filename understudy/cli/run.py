"""`understudy run`: administer a questionnaire to twins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .jobs import Job, People
from .output import json_option, print_json, say, stdout, warn
from .sources import PanelSource, panel_options, source_from, split_names

if TYPE_CHECKING:
    from ..surveys.ledger.run import Run

__all__ = ["carry_out", "command"]

PARTIAL = 3
BUDGET = 4


@click.command("run")
@click.argument("questionnaire", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--panel", required=True, type=click.Path(path_type=Path), help="File whose people are twinned."
)
@click.option(
    "--join", "joins", multiple=True, metavar="FILE[@ID]", help="Another file about these people."
)
@click.option(
    "--holdout",
    multiple=True,
    metavar="ITEM[,ITEM]",
    help="Items, patterns (trust_*) or blocks (block:politics) no twin may see. "
    "Without QUESTIONNAIRE these are asked.",
)
@click.option("--ask", multiple=True, metavar="ITEM[,ITEM]", help="Panel items to ask as well.")
@click.option("--respondent", default="statistical", show_default=True, help="Who answers.")
@click.option(
    "--learn-from",
    type=click.Path(path_type=Path),
    help="Human pilot that teaches items the panel never held.",
)
@click.option("--where", default="", metavar="FILTER", help='Such as "age >= 30 and region == 2".')
@click.option("--n", type=click.IntRange(min=1), help="So many people, at random.")
@click.option("--quota", type=click.Path(path_type=Path), help="Quotas to fill (YAML).")
@click.option("--rake", type=click.Path(path_type=Path), help="Margins to rake to (YAML).")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Run file to write or resume."
)
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@click.option(
    "--replicates", default=1, type=click.IntRange(min=1), help="Interviews per twin (test-retest)."
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many interviews.")
@click.option(
    "--workers",
    default=8,
    show_default=True,
    type=click.IntRange(min=1),
    help="Interviews going on at a time; changes speed, never answers.",
)
@click.option("--echo", is_flag=True, help="Let twins repeat recorded answers to asked items.")
@panel_options
@json_option
def command(
    questionnaire: Path | None,
    panel: Path,
    joins: tuple[str, ...],
    holdout: tuple[str, ...],
    ask: tuple[str, ...],
    respondent: str,
    learn_from: Path | None,
    where: str,
    n: int | None,
    quota: Path | None,
    rake: Path | None,
    output: Path | None,
    seed: int,
    replicates: int,
    limit: int | None,
    workers: int,
    echo: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Administer QUESTIONNAIRE (or the held-out items) to twins of the people in a panel.

    Items that are asked are hidden from the twins. The run file holds every answer with what it
    rests on; running the same command again goes on where it stopped.

    \b
    Examples:
      understudy run --panel wave1.sav --holdout trust,redistribution -o trust.run
      understudy run pilot.yaml --panel wave1.sav -o pilot.run
      understudy run pilot.yaml --panel wave1.sav --learn-from pilot100.csv -o pilot.run
      understudy run --panel scores.csv --id pid --join outcomes.csv@TWIN_ID \\
          --holdout block:outcomes -o outcomes.run
    """
    job = Job(
        panel=source_from(panel, options),
        joins=tuple(_joined(text) for text in joins),
        questionnaire=questionnaire,
        ask=tuple(name for text in ask for name in split_names(text)),
        holdout=tuple(name for text in holdout for name in split_names(text)),
        respondent=respondent,
        learn_from=PanelSource(path=learn_from) if learn_from else None,
        people=People(where=where, n=n, quota=quota, rake=rake),
        seed=seed,
        replicates=replicates,
        limit=limit,
        echo=echo,
    )
    if output is None:
        output = Path(f"{(questionnaire or panel).stem}.run")
    return carry_out(job, output, workers=workers, as_json=as_json)


def _joined(text: str) -> PanelSource:
    path, _, column = text.rpartition("@")
    return (
        PanelSource(path=Path(path), person=split_names(column))
        if path
        else PanelSource(path=Path(text))
    )


def carry_out(job: Job, output: Path, *, workers: int, as_json: bool) -> int:
    """Carry out `job` with progress on stderr; print what came of it; return the exit code."""
    from ..data.errors import BudgetReachedError
    from ..surveys.fieldwork.display import choose_display
    from .jobs import execute

    again = f"understudy resume {output}"
    try:
        run, people = execute(job, output, workers=workers, display=choose_display())
    except KeyboardInterrupt:
        say(f"Interrupted; every finished answer is kept. Go on with: {again}")
        return 130
    except BudgetReachedError as error:
        say(f"{error} Go on with: {again}")
        return BUDGET
    if as_json:
        print_json(summary(run, output))
    else:
        _print_run(run, output, job)
    preparation = run.meta["preparation"]
    along = [f"{h.name} ({h.why})" for h in people.holdout.hidden if not h.asked]
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
    }


def _print_run(run: Run, output: Path, job: Job) -> None:
    from rich.table import Table

    console = stdout()
    answers = run.dispositions()
    statuses = ", ".join(f"{n:,} {status}" for status, n in run.statuses().items() if n)
    console.print(
        f"[bold]{run.meta['respondent']}[/bold] gave {answers.pop('answered', 0):,} answers "
        f"in {run.planned:,} interviews ({statuses}) → {output}"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("what the answers rest on")
    table.add_column("answers", justify="right")
    for basis, count in run.basis_counts().items():
        table.add_row(str(basis), f"{count:,}")
    for reason, count in answers.items():
        table.add_row(f"no answer: {reason}", f"{count:,}")
    console.print(table)
    for note in run.meta["command"]["panel_notes"]:
        console.print(f"[dim]{note}[/dim]")
    for name, why in run.meta["preparation"]["refused"].items():
        console.print(f"[yellow]{name}[/yellow] cannot be known: {why}")
    say(f"Next: understudy compare {output} --human {job.panel.path} --html report.html")
