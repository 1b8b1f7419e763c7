"""`understudy export`: a run's answers as a respondent file."""

from __future__ import annotations

from pathlib import Path

import click

from .output import json_option, print_json, say, warn

__all__ = ["command"]


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write; the suffix decides the format.",
)
@click.option(
    "--long",
    "as_long",
    is_flag=True,
    help="One row per answer with basis, probabilities, wording and order shown (.csv).",
)
@json_option
def command(run: Path, output: Path, as_long: bool, as_json: bool) -> None:
    """Write the answers of RUN with labels and missing codes.

    \b
    Examples:
      understudy export pilot.run -o pilot.sav
      understudy export pilot.run -o pilot.csv        (with pilot.codebook.yaml beside it)
      understudy export pilot.run -o answers.csv --long
    """
    from ..data.errors import RequestError
    from ..data.write import replacing, write
    from ..surveys.ledger.run import load_run

    loaded = load_run(run)
    lost: tuple[str, ...] = ()
    if as_long:
        if output.suffix.lower() != ".csv":
            raise RequestError(
                f"--long writes .csv, not {output.suffix or 'a file without suffix'}"
            )
        answers = loaded.answers()
        rows = len(answers)
        with replacing([output]) as (draft,):
            answers.to_csv(draft, index=False, lineterminator="\n")
    else:
        panel = loaded.panel
        rows = len(panel)
        lost = write(panel, output)
    if as_json:
        print_json({"output": str(output), "rows": rows, "lost": list(lost)})
    else:
        say(f"{rows:,} rows → {output}")
        warn(lost)
