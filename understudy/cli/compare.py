"""`understudy compare`: score simulated answers against human answers."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .output import json_option, print_json, say, stdout, warn
from .sources import PanelSource, is_run, panel_options, source_from, split_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..compare.profiles import ProfileTable
    from ..compare.ranges import Declared
    from ..data.panel import Panel
    from ..surveys.ledger.run import Run

__all__ = ["command", "report_context"]


@click.command("compare")
@click.argument("simulated", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--human",
    type=click.Path(path_type=Path),
    help="What the people answered; may be left out for a run that holds tasks.",
)
@click.option(
    "--join", "joins", multiple=True, metavar="FILE[@ID]", help="More of the people's answers."
)
@click.option("--retest", type=click.Path(path_type=Path), help="Their answers on a 2nd occasion.")
@click.option(
    "--retest-at", default="", metavar="WAVE", help="The wave of --human that is the 2nd occasion."
)
@click.option("--by", metavar="VAR[,VAR]", help="Split by these variables of the human file.")
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="NAME=FILE",
    help="Another run or file to stand beside the scores.",
)
@click.option(
    "--scales",
    type=click.Path(path_type=Path),
    help="Questionnaire whose scales are scored on both sides; a run brings its own.",
)
@click.option(
    "--no-baseline",
    is_flag=True,
    help="Leave out the statistical and fused runs that lie beside SIMULATED.",
)
@click.option(
    "--traits", metavar="VAR[,VAR]", help="Self-reports to correlate with behaviour in tasks."
)
@click.option(
    "--ranges",
    type=click.Path(path_type=Path),
    help="CSV table of each item's declared range: item,min,max[,level].",
)
@click.option(
    "--profile",
    default="",
    metavar="NAME",
    help="One row per outcome under published conventions instead of a scorecard: mega-study.",
)
@click.option("--items", metavar="ITEM[,ITEM]", help="Only these items.")
@click.option("--seed", default=0, show_default=True, help="Seed of draws and resampling.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a report.")
@click.option("--md", "markdown", type=click.Path(path_type=Path), help="Write Markdown.")
@click.option("--all", "all_items", is_flag=True, help="Print every item, not only the extremes.")
@panel_options
@json_option
def command(
    simulated: Path,
    human: Path | None,
    joins: tuple[str, ...],
    retest: Path | None,
    retest_at: str,
    by: str | None,
    references: tuple[str, ...],
    no_baseline: bool,
    scales: Path | None,
    traits: str | None,
    ranges: Path | None,
    profile: str,
    items: str | None,
    seed: int,
    html: Path | None,
    markdown: Path | None,
    all_items: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Score SIMULATED (a run, or any respondent file) against what people answered.

    Every score stands beside a constant, a marginal draw, shuffled persons, the human split-half
    floor and, with --retest, the human ceiling. A language model's run also stands beside the
    statistical respondent's and the fused one, where `understudy run` has left them. Tasks stand
    beside published figures too; for a run of tasks, --human may be left out.

    \b
    Examples:
      understudy compare trust.run --human wave1.sav
      understudy compare trust.run --human wave1.sav --retest wave2.sav --by gender,region
      understudy compare trust.run --human panel.csv --id study,id --wave time --retest-at 2
      understudy compare twins.csv --human people.csv --id pid --html report.html
      understudy compare twins.csv --human people.csv --ranges outcomes.csv --profile mega-study
      understudy compare games.run
    """
    from .. import notebook
    from ..compare.ranges import read_ranges, with_ranges
    from ..compare.render import print_scorecard, to_markdown
    from ..data.join import join
    from ..data.write import replacing
    from .job_options import joined

    run = _load_run(simulated)
    if human is None:
        if html is not None:
            raise click.UsageError("an HTML report needs the people's answers: --human FILE")
        _tasks_alone(run, markdown, as_json=as_json, everything=all_items)
        return
    source = source_from(human, options)
    if run is not None:
        source = _as_the_run_read_it(source, run)
    waves = source.waves()
    people = source.choose(waves, source.at)
    for text in joins:
        people = join(people, joined(text).read())
    second = source.choose(waves, retest_at) if retest_at else None
    if retest is not None:
        second = source.replace(path=retest, at="", weight="").read()
    if items:
        people = _only(people, split_names(items), split_names(by))
    declared = read_ranges(ranges) if ranges is not None else {}
    answers = run if run is not None else source.replace(path=simulated, at="", weight="").read()
    if profile:
        if html is not None:
            raise click.UsageError("--html goes with a scorecard; leave out --profile")
        table = _under_profile(profile, answers, people, declared)
        _print_profile(table, markdown, as_json=as_json)
        return
    if declared:
        people = with_ranges(people, declared)
        second = with_ranges(second, declared) if second is not None else None
        if run is None:
            answers = with_ranges(cast("Panel", answers), declared)
    card = notebook.compare(
        answers,
        people,
        retest=second,
        by=split_names(by),
        references=dict(_reference(text, source) for text in references),
        baseline=not no_baseline,
        traits=split_names(traits),
        scales=notebook.questionnaire(scales).scales if scales is not None else (),
        seed=seed,
    )
    if html is not None:
        from ..compare.report import write_report

        write_report(card, html, command=_command_line(), context=report_context(run))
    if markdown is not None:
        with replacing([markdown]) as (draft,):
            draft.write_text(to_markdown(card), encoding="utf-8")
    if as_json:
        print_json(card.to_json())
    else:
        print_scorecard(card, stdout(), all_items=all_items)
    for path in (html, markdown):
        if path is not None:
            say(f"Report → {path}")
    if second is None and not as_json:
        say("No human ceiling: give the people's second answers with --retest FILE.")


def _tasks_alone(run: Run | None, written: Path | None, *, as_json: bool, everything: bool) -> None:
    """Print the tasks of a run beside published figures, without people's answers."""
    from .. import notebook
    from ..compare.task_render import print_tasks, tasks_to_markdown
    from ..data.write import replacing

    report = notebook.task_report(run) if run is not None else None
    if report is None:
        raise click.UsageError("Missing option '--human': only tasks have published figures.")
    if written is not None:
        with replacing([written]) as (draft,):
            draft.write_text(tasks_to_markdown(report), encoding="utf-8")
    if as_json:
        print_json(report.to_json())
    else:
        print_tasks(report, stdout(), everything=everything)
    if written is not None:
        say(f"Report → {written}")


def _under_profile(
    name: str, answers: Panel | Run, people: Panel, declared: Mapping[str, Declared]
) -> ProfileTable:
    from ..compare.profiles import profile_named, profiled
    from ..data.panel import Panel

    chosen = profile_named(name)
    panel = answers if isinstance(answers, Panel) else next(iter(answers.panel.waves().values()))
    return profiled(panel, people, chosen, declared)


def _print_profile(table: ProfileTable, written: Path | None, *, as_json: bool) -> None:
    from ..compare.gridtext import markdown_table, print_grid
    from ..compare.profile_grid import profile_grid, profile_lines
    from ..data.write import replacing

    grid = profile_grid(table)
    if written is not None:
        lines = "\n".join(f"- {line}" for line in profile_lines(table))
        with replacing([written]) as (draft,):
            draft.write_text(f"{markdown_table(grid)}\n\n{lines}\n", encoding="utf-8")
        say(f"Report → {written}")
    if as_json:
        print_json(table.to_json())
        warn(table.notes)
        return
    out = stdout()
    print_grid(out, grid)
    for line in profile_lines(table):
        out.print(line, style="dim", markup=False, highlight=False)


def _load_run(path: Path) -> Run | None:
    if not is_run(path):
        return None
    from ..surveys.ledger.run import load_run

    return load_run(path)


def _as_the_run_read_it(source: PanelSource, run: Run) -> PanelSource:
    """Take over how the run read this file, for whatever the command line leaves open."""
    recorded = run.meta["command"].get("panel")
    if not recorded or Path(recorded["path"]) != source.path.resolve():
        return source
    before = PanelSource.from_json(recorded)
    left_open = {
        name: getattr(before, name)
        for name in ("person", "wave", "wide", "at", "weight", "codebook", "encoding", "sheet")
        if not getattr(source, name)
    }
    return source.replace(**left_open)


def _reference(text: str, source: PanelSource) -> tuple[str, Panel]:
    name, found, path = text.partition("=")
    if not found:
        raise click.UsageError(f"--reference wants NAME=FILE, not {text!r}")
    return name, source.replace(path=Path(path), at="", weight="").read()


def _only(panel: Panel, items: tuple[str, ...], by: tuple[str, ...]) -> Panel:
    from ..twins.holdout import resolve_holdout

    keep = {*resolve_holdout(panel.codebook, items).asked, *by, panel.weight_variable}
    return panel.select(name for name in panel.names if name in keep)


def report_context(run: Run | None) -> dict[str, str]:
    """Facts about a run for the method notes of its report."""
    if run is None:
        return {}
    basis = ", ".join(f"{count:,} {name}" for name, count in run.basis_counts().items())
    return {
        "Respondent": str(run.meta["respondent"]),
        "Run": run.path.name,
        "Run seed": str(run.meta["seed"]),
        "Interviews": f"{run.planned:,}",
        "Answers rest on": basis,
        "understudy": str(run.meta["understudy"]),
    }


def _command_line() -> str:
    return shlex.join(["understudy", *click.get_current_context().find_root().obj])
