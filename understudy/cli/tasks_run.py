"""`understudy tasks run`: a battery of tasks, given to people, beside what people did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .jobs import Job, People
from .output import json_option, print_json, say, stdout
from .run import carry_out, summary
from .sources import panel_options, source_from

if TYPE_CHECKING:
    from ..surveys.ledger.run import Run

__all__ = ["command"]


@click.command("run")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--family", "families", multiple=True, metavar="FAMILY", help="All its tasks.")
@click.option("--all", "everything", is_flag=True, help="All tasks there are.")
@click.option(
    "--panel",
    required=True,
    type=click.Path(path_type=Path),
    help="File whose people are twinned.",
)
@click.option("--where", default="", metavar="FILTER", help='Such as "age >= 30 and region == 2".')
@click.option(
    "--n",
    type=click.IntRange(min=1),
    help="So many people, at random; more than there are: with replacement.",
)
@click.option(
    "--respondent",
    default="cognitive",
    show_default=True,
    metavar="SPEC",
    help="Who decides: cognitive, anthropic:NAME, openai:NAME, …",
)
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@click.option(
    "--replicates", default=1, type=click.IntRange(min=1), help="Times each twin is asked."
)
@click.option("--workers", type=click.IntRange(min=1), help="Interviews going on at a time.")
@click.option("--budget", type=float, metavar="DOLLARS", help="Stop before more is spent.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before money is spent.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("tasks.run"),
    show_default=True,
    help="Run file to write or resume.",
)
@json_option
@panel_options
def command(
    names: tuple[str, ...],
    families: tuple[str, ...],
    everything: bool,
    panel: Path,
    where: str,
    n: int | None,
    respondent: str,
    seed: int,
    replicates: int,
    workers: int | None,
    budget: float | None,
    yes: bool,
    output: Path,
    as_json: bool,
    **options: Any,
) -> int:
    """Give tasks to people and print what they did beside what people do.

    People drawn a second time are twins of the same person, "17#2", with chance of their own.
    `understudy run tasks:NAME,NAME` gives the same tasks with all options of a run.

    \b
    Examples:
      understudy tasks run --all --panel wave1.sav --n 2000 -o battery.run
      understudy tasks run dictator trust --panel wave1.sav -o games.run
      understudy tasks run --family biases --panel wave1.sav --seed 3
    """
    job = Job(
        panel=source_from(panel, options),
        questionnaire=Path(_spec(names, families, everything=everything)),
        respondent=respondent,
        people=People(where=where, n=n, repeats=True),
        seed=seed,
        replicates=replicates,
        budget=budget,
    )

    def show(run: Run, path: Path) -> None:
        _show(run, path, as_json=as_json)

    return carry_out(job, output, workers=workers, as_json=as_json, yes=yes, show=show)


def _spec(names: Sequence[str], families: Sequence[str], *, everything: bool) -> str:
    """The battery as `understudy run` would be told it."""
    from ..surveys.tasks import PREFIX

    wanted = ["all"] if everything else [*families, *names]
    if not wanted:
        raise click.UsageError("name tasks, or a family with --family, or --all")
    return PREFIX + ",".join(wanted)


def _show(run: Run, path: Path, *, as_json: bool) -> None:
    from ..compare.task_render import print_tasks
    from ..compare.task_report import task_report
    from ..surveys.files.reading import parse_questionnaire
    from ..surveys.tasks.facts import task_facts, task_scores

    survey = parse_questionnaire(str(run.meta["questionnaire"]), run.path.name)
    report = task_report(task_facts(survey), task_scores(survey, run.panel))
    if as_json:
        print_json({**summary(run, path), "tasks": report.to_json()})
        return
    console = stdout()
    console.print(
        f"[bold]{run.meta['respondent']}[/bold] decided in {run.planned:,} interviews → {path}"
    )
    print_tasks(report, console)
    say(f"Next: understudy export {path}")
