"""`understudy check`: validate a questionnaire before anyone answers it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .output import json_option, print_json, stdout
from .sources import panel_options, source_from

__all__ = ["command"]


@click.command("check")
@click.argument("questionnaire", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--panel",
    type=click.Path(path_type=Path),
    help="The panel it will be asked of, to check names.",
)
@panel_options
@json_option
def command(questionnaire: Path, panel: Path | None, as_json: bool, **options: Any) -> int:
    """Validate QUESTIONNAIRE, list unreachable questions and estimate its length.

    Exits with 1 if it cannot be administered.

    \b
    Examples:
      understudy check pilot.yaml
      understudy check pilot.yaml --panel wave1.sav
      understudy check pilot.yaml --json
    """
    from ..surveys.checks.check import check
    from ..surveys.files.reading import read_questionnaire

    survey = read_questionnaire(questionnaire, strict=False)
    codebook = source_from(panel, options).read().codebook if panel else None
    found = check(survey, codebook)
    if as_json:
        print_json(found.to_json())
        return 1 if found.problems else 0
    console = stdout()
    for problem in found.problems:
        console.print(f"[red]problem[/red]  {problem}")
    for warning in found.warnings:
        console.print(f"[yellow]warning[/yellow]  {warning}")
    for name, why in found.unreachable.items():
        console.print(f"[yellow]unreachable[/yellow]  {name}: {why}")
    counts = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
    console.print(
        f"{survey.title or survey.name}: {sum(found.counts.values())} questions ({counts}), "
        + (
            "[red]cannot be administered[/red]"
            if found.problems
            else f"about {found.minutes:.1f} minutes (longest {found.longest:.1f}); "
            "[green]can be administered[/green]"
        )
    )
    return 1 if found.problems else 0
