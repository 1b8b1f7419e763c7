"""`understudy inspect`: who and what is in a respondent file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .output import json_option, print_json, say, stdout
from .sources import is_run, panel_options, source_from

if TYPE_CHECKING:
    from ..data.describe import Description
    from ..data.panel import Panel

__all__ = ["command"]


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
        say(f"Look closer: understudy inspect {file} -v {description.variables[0].name}")


def _open(file: Path, options: dict[str, Any]) -> Panel:
    if is_run(file):
        from ..surveys.run import load_run

        return load_run(file).panel
    return source_from(file, options).read_all()
