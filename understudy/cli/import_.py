"""`understudy import`: a questionnaire from other survey software, with its answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .output import json_option, print_json, say, stdout
from .sources import split_names

if TYPE_CHECKING:
    from rich.console import Console

    from ..data.panel import Panel
    from ..surveys.importers.imported import Imported
    from ..surveys.importers.responses import Export

__all__ = ["command"]


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Questionnaire to write.",
)
@click.option(
    "--responses",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Exported answers (.csv) to bring along.",
)
@click.option(
    "--panel",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the answers go (.sav .csv .parquet …); beside the questionnaire by default.",
)
@click.option("--strict", is_flag=True, help="Fail if anything is approximated or left.")
@click.option("--language", default="", metavar="TAG", help="Language of the texts, such as DE.")
@click.option("--format", "kind", default="", help="Format, where the file does not tell it.")
@click.option("--id", "person", metavar="COL[,COL]", help="Column(s) that identify a person.")
@click.option(
    "--keep-personal",
    metavar="COL[,COL]",
    help="Keep these columns although they look like personal data.",
)
@json_option
def command(
    file: Path,
    output: Path | None,
    responses: Path | None,
    panel: Path | None,
    strict: bool,
    language: str,
    kind: str,
    person: str | None,
    keep_personal: str | None,
    as_json: bool,
) -> int:
    """Make a questionnaire of FILE, which other survey software wrote (Qualtrics .qsf).

    Says by question what was carried, what was approximated and what was left. With --responses,
    every column of the export is mapped, answers are decoded, and a panel with labels is written.

    \b
    Examples:
      understudy import survey.qsf -o survey.yaml
      understudy import survey.qsf -o survey.yaml --responses export.csv --id PROLIFIC_PID
      understudy import survey.qsf --strict --json
    """
    from ..surveys.importers import import_questionnaire

    found = import_questionnaire(file, language=language, format=kind)
    lost = found.report.losses
    if strict and lost:
        _print(found, None, None, as_json)
        say(f"--strict: {len(lost)} things are not as they were; nothing is written")
        return 1
    export = answers = None
    if responses is not None:
        export, answers = _answers(
            found, responses, split_names(person), split_names(keep_personal)
        )
    if output is not None:
        _write(found, output)
    target = panel
    if answers is not None:
        if target is None and output is not None:
            target = output.with_suffix(".sav")
        if target is not None:
            from ..data.write import write

            for loss in write(answers, target):
                say(loss)
    _print(found, export, answers, as_json)
    if output is not None:
        say(f"{len(found.questionnaire.written())} questions → {output}")
    if answers is not None and target is not None:
        say(f"{len(answers):,} people × {len(answers.codebook):,} variables → {target}")
    return 0


def _write(found: Imported, output: Path) -> None:
    """Write the questionnaire, having read it back first."""
    from ..data.write import replacing
    from ..surveys.files.reading import parse_questionnaire

    text = found.questionnaire.to_yaml()
    parse_questionnaire(text, str(output))
    with replacing([output]) as (draft,):
        draft.write_text(text, encoding="utf-8")


def _answers(
    found: Imported, responses: Path, person: tuple[str, ...], keep: tuple[str, ...]
) -> tuple[Export, Panel]:
    from ..surveys.importers.answers_panel import answers_panel
    from ..surveys.importers.responses import read_export
    from ..surveys.replay import replay

    export = read_export(responses, found.questionnaire, found.columns)
    replayed = replay(found.questionnaire, export)
    return export, answers_panel(
        found.questionnaire, export, replayed, person=person, keep_personal=keep
    )


def _print(found: Imported, export: Export | None, answers: Panel | None, as_json: bool) -> None:
    if as_json:
        plain: dict[str, Any] = {
            "questionnaire": found.questionnaire.name,
            "title": found.questionnaire.title,
            "questions": len(found.questionnaire.written()),
            "variables": len(found.questionnaire.plan.variables),
            "languages": list(found.languages),
            **found.report.to_json(),
        }
        if export is not None:
            plain["responses"] = {
                "people": export.people,
                "columns": {m.name: str(m.column.holds) for m in export.columns},
                "unmapped": list(export.unmapped()),
                "undecoded": len(export.undecoded),
            }
        if answers is not None:
            plain["withheld"] = [entry.name for entry in answers.withheld]
        print_json(plain)
        return
    console = stdout()
    _print_report(console, found)
    if export is not None:
        counts = ", ".join(f"{count} {holds}" for holds, count in export.counts().items())
        console.print(f"[bold]responses[/bold]  {export.people:,} people; columns: {counts}")
        if export.unmapped():
            console.print(f"[yellow]unmapped[/yellow]  {_plain(', '.join(export.unmapped()))}")
        if export.undecoded:
            first = export.undecoded[0]
            console.print(
                f"[yellow]undecoded[/yellow]  {len(export.undecoded):,} cells that no code fits, "
                + _plain(f"such as {first.cell!r} for {first.variable}")
            )
    if answers is not None and answers.withheld:
        names = ", ".join(entry.name for entry in answers.withheld)
        console.print(f"[yellow]withheld[/yellow]  {_plain(names)} (personal data)")


def _print_report(console: Console, found: Imported) -> None:
    from ..surveys.importers.report import Fate

    report = found.report
    survey = found.questionnaire
    counts = ", ".join(f"{n} {kind}" for kind, n in report.counts(Fate.CARRIED).items())
    console.print(
        f"{_plain(survey.title or survey.name)}: {len(survey.written())} questions, "
        f"{len(survey.plan.variables)} variables"
    )
    console.print(f"[green]carried[/green]  {counts}")
    for entry in report.of(Fate.APPROXIMATED):
        console.print(f"[yellow]approximated[/yellow]  {_plain(str(entry))}")
    for entry in report.of(Fate.LEFT):
        console.print(f"[red]left[/red]  {_plain(str(entry))}")
    if not report.losses:
        console.print("nothing was approximated or left")
    if found.languages:
        console.print(f"other languages: {', '.join(found.languages)} (--language)")


def _plain(text: str) -> str:
    """Keep square brackets in somebody's texts from being read as markup."""
    return text.replace("[", r"\[")
