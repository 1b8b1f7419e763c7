"""`understudy instruments`: trait questionnaires that ship, and validated ones from their keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .output import json_option, print_json, say, stdout

if TYPE_CHECKING:
    from ..surveys.questionnaire import Questionnaire

__all__ = ["command"]


@click.group("instruments")
def command() -> None:
    """List trait questionnaires, or make one from a table of items and keys.

    Those that ship are in wordings of our own and not validated. A validated instrument, within
    its licence, comes from a CSV with one row per item: wording, scale and key.

    \b
    Examples:
      understudy instruments list
      understudy run instrument:big-five-20 --panel wave1.sav -o traits.run
      understudy instruments import bfi.dictionary.csv --points 1-6 -o bfi.yaml
    """


@command.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """List the questionnaires that ship."""
    from ..surveys.instruments import PREFIX, instrument, instrument_names

    found = {name: instrument(name) for name in instrument_names()}
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "title": survey.title,
                    "items": len(survey.questions()),
                    "scales": [scale.title for scale in survey.scales],
                    "validated": False,
                }
                for name, survey in found.items()
            ]
        )
        return
    console = stdout()
    for name, survey in found.items():
        console.print(f"[bold]{PREFIX}{name}[/bold]  {survey.title}")
        console.print(f"    {', '.join(scale.title for scale in survey.scales)}", style="dim")


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the scales and items of the questionnaire NAME.

    \b
    Examples:
      understudy instruments show big-five-20
      understudy instruments show values --json
    """
    from ..surveys.instruments import instrument

    survey = instrument(name)
    if as_json:
        print_json(survey.to_dict())
    else:
        _print(survey)


def _print(survey: Questionnaire) -> None:
    from rich.text import Text

    console = stdout()
    console.print(Text(survey.title, style="bold"))
    questions = {question.name: question for question in survey.questions()}
    answers = [option.label for option in next(iter(questions.values())).options]
    console.print(Text(f"Answers: {' · '.join(answers)}", style="dim"))
    for scale in survey.scales:
        console.print()
        console.print(Text(f"{scale.title} ({scale.name}, {scale.score})", style="bold"))
        for item in scale.items:
            key = "−" if item in scale.reverse else "+"
            console.print(Text(f"  {key} {item}  {questions[item].text}"))


@command.command("import")
@click.argument("table", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Questionnaire file to write (YAML); standard output without it.",
)
@click.option("--points", default="", metavar="LOW-HIGH", help="Lowest and highest answer.")
@click.option(
    "--labels",
    default="",
    metavar="TEXT[,TEXT]",
    help="What the answers are called: all of them, or both ends.",
)
@click.option("--scale", default="", metavar="COL", help="Column that names an item's scale.")
@click.option("--key", default="", metavar="COL", help="Column that holds the keys.")
@click.option(
    "--flip",
    multiple=True,
    metavar="SCALE=NAME",
    help="Turn a scale over, and give it the name of its other pole.",
)
@click.option("--score", default="mean", show_default=True, help="mean, sum or theta.")
@click.option("--minimum", type=int, help="Fewest items answered for a score (default: all).")
@click.option("--title", default="", help="Heading of the questionnaire.")
@json_option
def import_table(
    table: Path,
    output: Path | None,
    points: str,
    labels: str,
    scale: str,
    key: str,
    flip: tuple[str, ...],
    score: str,
    minimum: int | None,
    title: str,
    as_json: bool,
) -> None:
    """Make a questionnaire with scales from TABLE, a CSV of items and keys.

    The first column names the variables; others hold wording (item, question), scale (scale,
    subscale, domain, …) and key (1 or -1 under keying or key, or a mark under reverse).

    \b
    Examples:
      understudy instruments import bfi.dictionary.csv --points 1-6 -o bfi.yaml
      understudy instruments import bfi.dictionary.csv --points 1-6 --minimum 1 \\
          --flip "Emotional Stability=Neuroticism" --labels "Very inaccurate,Very accurate"
      understudy instruments import bfi.dictionary.csv --points 1-6 --scale Little12
    """
    from ..data.write import replacing
    from ..surveys.files.reading import parse_questionnaire
    from ..surveys.instruments.from_csv import scales_from_csv
    from .sources import split_names

    found = scales_from_csv(
        table,
        scale=scale,
        key=key,
        flip=dict(_pair(text) for text in flip),
        score=score,
        minimum=minimum,
    )
    survey = found.questionnaire(
        _ends(points), split_names(labels), title=title or f"{found.name}, {len(found.items)} items"
    )
    text = survey.to_yaml()
    parse_questionnaire(text, str(output or table))
    if output is not None:
        with replacing([output]) as (draft,):
            draft.write_text(text, encoding="utf-8")
    if as_json:
        print_json(_summary(survey, output, found.remarks))
    elif output is None:
        click.echo(text, nl=False)
    for remark in found.remarks:
        say(remark)
    if output is not None:
        say(f"{len(found.items)} items, {len(found.scales)} scales → {output}")


def _summary(
    survey: Questionnaire, output: Path | None, remarks: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "output": str(output) if output else None,
        "items": len(survey.questions()),
        "scales": {
            scale.name: {"items": list(scale.items), "reverse": list(scale.reverse)}
            for scale in survey.scales
        },
        "remarks": list(remarks),
    }


def _pair(text: str) -> tuple[str, str]:
    old, found, new = text.partition("=")
    if not (found and old.strip() and new.strip()):
        raise click.UsageError(f"--flip wants SCALE=NAME, not {text!r}")
    return old.strip(), new.strip()


def _ends(text: str) -> tuple[int, int] | None:
    """The ends of "1-6", or None for ""."""
    import re

    if not text:
        return None
    found = re.fullmatch(r"\s*(-?\d{1,4})\s*(?:-|–|\.\.|to)\s*(-?\d{1,4})\s*", text)
    if found is None or not 1 <= int(found[2]) - int(found[1]) <= 100:
        raise click.UsageError(f"--points wants LOW-HIGH, such as 1-6, not {text!r}")
    return int(found[1]), int(found[2])
