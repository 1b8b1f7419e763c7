"""`understudy replay`: real people walked through a questionnaire's logic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .output import json_option, print_json, stdout

if TYPE_CHECKING:
    from ..surveys.replay import Replay

__all__ = ["command"]


@click.command("replay")
@click.argument("questionnaire", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("responses", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--most",
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    metavar="PERCENT",
    help="Largest share of cells that may not fit.",
)
@click.option("--language", default="", metavar="TAG", help="Language of the export's labels.")
@json_option
def command(questionnaire: Path, responses: Path, most: float, language: str, as_json: bool) -> int:
    """Walk everybody in RESPONSES through QUESTIONNAIRE with their own answers and arms.

    Counts cells that are answered although the logic says they were not asked, and required cells
    that were asked and are unanswered without the person having broken off. QUESTIONNAIRE is a
    questionnaire of ours or one that `understudy import` knows. Exits with 1 if either count is
    more than --most percent of the cells.

    \b
    Examples:
      understudy replay survey.qsf export.csv
      understudy replay survey.yaml export.csv --json
    """
    from ..surveys.files.reading import read_questionnaire
    from ..surveys.importers import import_questionnaire, is_foreign
    from ..surveys.importers.responses import read_export
    from ..surveys.replay import replay

    if is_foreign(questionnaire):
        imported = import_questionnaire(questionnaire, language=language)
        survey, columns = imported.questionnaire, imported.columns
    else:
        survey, columns = read_questionnaire(questionnaire), {}
    export = read_export(responses, survey, columns)
    found = replay(survey, export)
    fits = max(found.share(found.not_asked), found.share(found.unanswered)) * 100 <= most
    if as_json:
        print_json({**found.to_json(), "unmapped": list(export.unmapped()), "fits": fits})
    else:
        _print(found, fits)
    return 0 if fits else 1


def _print(found: Replay, fits: bool) -> None:
    console = stdout()
    console.print(
        f"{found.people:,} people, of whom {found.broke_off:,} broke off and "
        f"{found.screened:,} are screened out; {found.cells:,} cells"
    )
    for what, count in (
        ("answered, not asked", found.not_asked),
        ("required, unanswered", found.unanswered),
    ):
        console.print(f"{what:>22}  {count:>8,}  {found.share(count):.2%}")
    for misfit, counts in found.by_misfit().items():
        most = ", ".join(f"{name} ({count:,})" for name, count in list(counts.items())[:5])
        more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
        told = f"{most}{more}".replace("[", r"\[")
        console.print(f"  {sum(counts.values()):,} {misfit}: {told}")
    if found.undecoded:
        console.print(f"  {found.undecoded:,} cells hold what no code of their question is")
    if found.unfit:
        console.print(f"  {sum(found.unfit.values()):,} answers break a rule of their question:")
        for what, count in list(found.unfit.items())[:5]:
            console.print(f"    {count:,} × " + what.replace("[", r"\["))
    if found.fields[0]:
        console.print(
            f"  {found.fields[0]:,} values of fields compared, {found.fields[1]:,} differ"
        )
    console.print(
        "[green]the logic fits the answers[/green]"
        if fits
        else "[red]the logic does not fit the answers[/red]"
    )
