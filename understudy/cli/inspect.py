"""`understudy inspect`: who and what is in a respondent file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..data.codebook import code_text
from .output import json_option, print_json, say, stdout
from .sources import is_run, panel_options, source_from

if TYPE_CHECKING:
    from rich.console import Console

    from ..data.describe import Description, VariableDescription
    from ..data.panel import Panel

__all__ = ["command"]


def escape(text: str) -> str:
    """Keep square brackets in labels from being read as markup."""
    return text.replace("[", r"\[")


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--variable", "-v", "only", multiple=True, metavar="NAME", help="Show one variable.")
@panel_options
@json_option
def command(file: Path, only: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Show people, variables, levels, labels, missing answers by reason, and personal data.

    FILE is any respondent file (.sav .zsav .por .dta .sas7bdat .xpt .csv .tsv .xlsx .parquet,
    Qualtrics exports included) or a run.

    \b
    Examples:
      understudy inspect wave1.sav
      understudy inspect wave1.sav -v trust
      understudy inspect panel.csv --id study,id --wave time
      understudy inspect responses.csv --json > codebook.json
    """
    from ..data.describe import describe

    panel = _open(file, options)
    if only:
        panel = panel.select(only)
    description = describe(panel)
    if as_json:
        print_json(description.to_json())
        return
    if only:
        _print_variables(description)
    else:
        _print_overview(description)
        labelled = [v.name for v in description.variables if v.labels]
        if labelled:
            say(f"Look closer: understudy inspect {file} -v {labelled[0]}")


def _open(file: Path, options: dict[str, Any]) -> Panel:
    if is_run(file):
        from ..surveys.run import load_run

        return load_run(file).panel
    return source_from(file, options).read_all()


def _print_overview(description: Description) -> None:
    from rich.table import Table

    console = stdout()
    people = f"{description.people:,} people"
    if description.rows != description.people:
        people += f" in {description.rows:,} rows"
    console.print(
        f"[bold]{escape(description.title or description.source)}[/bold]: {people}, "
        f"{len(description.variables):,} variables"
        + (f", weighted by {escape(description.weight)}" if description.weight else "")
    )
    for wave, rows in description.waves.items():
        console.print(f"  wave {escape(wave)}: {rows:,} people")
    for note in description.notes:
        console.print(f"[dim]{escape(note)}[/dim]")
    _print_withheld(description, console)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("variable", no_wrap=True, min_width=16, max_width=24)
    table.add_column("label", no_wrap=True, max_width=34)
    table.add_column("level", no_wrap=True, min_width=9)
    table.add_column("answers", no_wrap=True)
    table.add_column("missing", no_wrap=True, max_width=30)
    for variable in description.variables:
        mark = "*" if variable.inferred else ""
        table.add_row(
            escape(variable.name),
            escape(variable.label or variable.question),
            f"{variable.level}{mark}",
            variable.sparkline
            or (f"{variable.distinct:,} different" if variable.distinct else "–"),
            _missing(variable),
        )
    console.print(table)
    if any(variable.inferred for variable in description.variables):
        console.print("[dim]* inferred from the data; -v NAME says why[/dim]")


def _print_withheld(description: Description, console: Console) -> None:
    if not description.withheld:
        return
    console.print("[yellow]Left out, looks like personal data[/yellow] (--keep-personal keeps it):")
    for column in description.withheld:
        why = f" ({escape(column.why)})" if column.why else ""
        console.print(f"  {escape(column.name)}: {escape(column.kind)}{why}")


def _missing(variable: VariableDescription) -> str:
    if not variable.missing:
        return "–"
    return ", ".join(f"{share:.1%} {reason}" for reason, share in variable.missing_share.items())


def _print_variables(description: Description) -> None:
    from rich.table import Table

    console = stdout()
    for variable in description.variables:
        console.print(f"[bold]{escape(variable.name)}[/bold]  {escape(variable.label)}")
        if variable.question:
            console.print(f"  “{escape(variable.question)}”")
        span = f", range {variable.range[0]:g} to {variable.range[1]:g}" if variable.range else ""
        console.print(
            f"  {variable.level}{span}, {variable.role}"
            + (f", block {escape(variable.block)}" if variable.block else "")
        )
        for sentence in variable.inferred:
            console.print(f"  [dim]inferred: {escape(sentence)}[/dim]")
        if variable.labels:
            table = Table(box=None, pad_edge=False, show_header=False)
            for style in ("dim", "", "", "green", "dim"):
                table.add_column(style=style, justify="right" if style == "dim" else "left")
            for answer in variable.labels:
                table.add_row(
                    f"  {code_text(answer.code)}",
                    escape(answer.label),
                    f"{answer.count:,}",
                    "█" * round(30 * answer.weighted_share) if answer.count else "",
                    f"{answer.weighted_share:.1%}" if answer.count else "",
                )
            console.print(table)
        if variable.numbers is not None:
            numbers = variable.numbers
            console.print(
                f"  mean {numbers.mean:.2f}, SD {numbers.sd:.2f}, "
                f"median {numbers.median:g}, {numbers.minimum:g} to {numbers.maximum:g}"
            )
        for example in variable.examples:
            console.print(f"  e.g. {escape(example)}")
        console.print(f"  {variable.answered:,} answered; missing: {_missing(variable)}")
        console.print()
