"""`understudy inspect`: who and what is in a respondent file."""

from __future__ import annotations

from collections.abc import Iterator
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

__all__ = ["command", "hanging"]


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
        from ..surveys.ledger.run import load_run

        return load_run(file).panel
    return source_from(file, options).read_all()


def _print_overview(description: Description) -> None:
    from rich.text import Text

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
        hanging(console, f"[dim]{escape(note)}[/dim]", by=0)
    _print_withheld(description, console)
    for style, line in _overview(description, console.width):
        console.print(Text(line, style=style), no_wrap=True, overflow="ignore", crop=False)
    if any(len(variable.missing) > 1 for variable in description.variables):
        console.print("[dim]+ and other reasons; -v NAME lists them[/dim]")
    if any(variable.inferred for variable in description.variables):
        console.print("[dim]* inferred from the data; -v NAME says why[/dim]")
    for variable in description.variables:
        for sentence in variable.inferred:
            if "name it with --" in sentence:
                # An id, a weight or a wave changes every figure, so it is never assumed: ask.
                console.print(f"[yellow]?[/yellow] {escape(variable.name)} {escape(sentence)}")


NAMES = (24, 20, 17, 14)
"""Most cells names take; the widest that leaves labels `LABEL` cells is chosen."""
LABEL = 11
REASON = 12
"""Most cells a reason takes on a narrow screen."""


def _overview(description: Description, width: int) -> Iterator[tuple[str, str]]:
    """Style and text of the overview's lines, heading first: labels give way, the rest does not."""
    rows = [
        (
            variable.name,
            variable.label or variable.question,
            f"{variable.level}{'*' if variable.inferred else ''}",
            variable.sparkline or (f"{variable.distinct:,} values" if variable.distinct else "–"),
            *_leading(variable),
        )
        for variable in description.variables
    ]
    heading = ("variable", "label", "level", "answers", "missing", "mostly")
    sizes = [max(map(cell_len, column)) for column in zip(heading, *rows, strict=True)]
    gap = 2 if width >= 100 else 1
    sizes[-1] = sizes[-1] if width >= 100 else min(sizes[-1], REASON)
    rest = sum(sizes[2:]) + gap * (len(sizes) - 1)
    for most in NAMES:
        room = width - rest - min(sizes[0], most)
        if room >= min(sizes[1], LABEL):
            break
    sizes[0] = min(sizes[0], most)
    sizes[1] = min(sizes[1], max(room, 0))
    for style, row in (("dim", heading), *(("", row) for row in rows)):
        cells = [_fitted(cell, size) for cell, size in zip(row, sizes, strict=True) if size]
        cells[-2] = row[4].rjust(sizes[4])
        yield style, (" " * gap).join(cells).rstrip()


def _leading(variable: VariableDescription) -> tuple[str, str]:
    """Share of all people without an answer, and the most frequent reason."""
    if not variable.missing:
        return "–", ""
    reason, *more = variable.missing_share
    return f"{1 - variable.answered_share:.1%}", f"{reason}{' +' if more else ''}"


def _fitted(text: str, size: int) -> str:
    from rich.cells import set_cell_size

    if cell_len(text) <= size:
        return set_cell_size(text, size)
    return set_cell_size(text, size - 1).rstrip().ljust(size - 1) + "…"


def cell_len(text: str) -> int:
    """Cells a text takes in a terminal; wide characters take two."""
    from rich.cells import cell_len as cells

    return cells(text)


def hanging(console: Console, markup: str, by: int = 2) -> None:
    """Print markup wrapped to the console, every line indented."""
    from rich.text import Text

    for line in Text.from_markup(markup).wrap(console, max(console.width - by, 20)):
        line.rstrip()
        console.print(Text(" " * by) + line, no_wrap=True, crop=False)


def _print_withheld(description: Description, console: Console) -> None:
    if not description.withheld:
        return
    console.print("[yellow]Left out, looks like personal data[/yellow] (--keep-personal keeps it):")
    for column in description.withheld:
        why = f" ({escape(column.why)})" if column.why else ""
        hanging(console, f"{escape(column.name)}: {escape(column.kind)}{why}")


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
            hanging(console, f"“{escape(variable.question)}”")
        span = f", range {variable.range[0]:g} to {variable.range[1]:g}" if variable.range else ""
        console.print(
            f"  {variable.level}{span}, {variable.role}"
            + (f", block {escape(variable.block)}" if variable.block else "")
        )
        for sentence in variable.inferred:
            hanging(console, f"[dim]inferred: {escape(sentence)}[/dim]")
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
            hanging(console, f"e.g. {escape(example)}")
        hanging(console, f"{variable.answered:,} answered; missing: {_missing(variable)}")
        console.print()
