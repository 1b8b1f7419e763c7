"""`understudy demo`: the main job, end to end, on the bundled synthetic sample."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .inspect import hanging
from .jobs import Job
from .output import json_option, print_json, say, stdout
from .sources import PanelSource

if TYPE_CHECKING:
    from ..backstories.store import Backstories
    from ..compare.scorecard import Scorecard
    from ..surveys.ledger.run import Run
    from ..twins.twin import Twins

__all__ = ["command", "demo_job", "demo_scorecard", "lay_out"]

PANEL = "synthetic_panel_wave1.sav"
RETEST = "synthetic_panel_wave2.sav"
PILOT = "synthetic_pilot.csv"
NEW_ANSWERS = "synthetic_newitems.csv"
QUESTIONNAIRE = "synthetic_questionnaire.yaml"

BASIS_WORDS = {
    "panel": "the panel",
    "pilot": "the small pilot",
    "declared": "a declared relative",
    "scale-prior": "the scale alone",
}

INTERVIEWED = 12
"""People who are interviewed for a backstory."""

HELD_OUT = ("block:policy", "block:openness", "trust_police", "dictator_give")


@click.command("demo")
@click.option(
    "--output",
    "-o",
    default="demo",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the sample files, the run and the report.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@json_option
def command(output: Path, seed: int, as_json: bool) -> None:
    """Run the main job on the bundled synthetic sample: no key, no network.

    Reads a panel file, makes twins with some items held out, asks them these items and a short
    new questionnaire, and compares their answers with what the (synthetic) people said, on the
    day and again later.

    \b
    Examples:
      understudy demo
      understudy demo --output /tmp/demo --seed 7
    """
    from ..compare.report import write_report
    from ..surveys.fieldwork.display import choose_display
    from .compare import report_context
    from .jobs import execute

    began = time.monotonic()
    files = lay_out(output)
    job = demo_job(files, seed)
    run_file = output / "pilot.run"
    run_file.unlink(missing_ok=True)
    run, people, _ = execute(job, run_file, workers=8, display=choose_display())
    card = demo_scorecard(run, job, files)
    stories = demo_backstories(job, output / "panel.backstories")
    report = output / "report.html"
    write_report(
        card, report, command=f"understudy demo --seed {seed}", context=report_context(run)
    )
    if as_json:
        print_json(card.to_json())
        return
    _tell(output, run, people, card, stories)
    say(f"Done in {time.monotonic() - began:.0f} s.")


def demo_job(files: Mapping[str, Path], seed: int) -> Job:
    """What the demo asks, of whom: held-out items of the panel, then a new questionnaire."""
    return Job(
        panel=PanelSource(path=files[PANEL]),
        questionnaire=files[QUESTIONNAIRE],
        ask=HELD_OUT,
        learn_from=PanelSource(path=files[PILOT]),
        seed=seed,
    )


def demo_scorecard(run: Run, job: Job, files: Mapping[str, Path]) -> Scorecard:
    """Score the demo's run against the people's own answers and their retest."""
    from .. import notebook
    from ..data.join import join
    from .jobs import human_panel

    new_answers = PanelSource(path=files[NEW_ANSWERS]).read()
    return notebook.compare(
        run,
        join(human_panel(job), new_answers, block="new items"),
        retest=PanelSource(path=files[RETEST]).read(),
        by=("gender",),
        seed=job.seed,
    )


def demo_backstories(job: Job, path: Path) -> Backstories:
    """Interview a few of the people by the embedded interviewee, held-out items kept out."""
    from ..backstories.commission import Manner, commission
    from ..backstories.protocol_file import load_protocol
    from ..backstories.writing import write_backstories

    path.unlink(missing_ok=True)
    panel = job.panel.read()
    what = commission(load_protocol("three"), panel, Manner(seed=job.seed), holdout=HELD_OUT)
    return write_backstories(what, path, limit=INTERVIEWED)


def lay_out(folder: Path) -> dict[str, Path]:
    """Copy the sample files to where their user can open and change them."""
    from ..data.samples import sample_names, sample_path

    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name in sample_names():
        files[name] = folder / name
        shutil.copyfile(sample_path(name), files[name])
    return files


def _tell(output: Path, run: Run, people: Twins, card: Scorecard, stories: Backstories) -> None:
    from ..compare.render import print_scorecard

    console = stdout()
    console.rule("[bold]1  Twins[/bold]", align="left")
    console.print(
        f"{len(people):,} synthetic people became twins that show {len(people.panel.codebook)} "
        f"variables each; {len(people.holdout)} held-out items are not in them."
    )
    console.print()
    console.rule("[bold]2  Answers[/bold]", align="left")
    answered = run.dispositions()["answered"]
    rests = ", ".join(
        f"{count:,} on {BASIS_WORDS.get(basis, basis)}"
        for basis, count in run.basis_counts().items()
    )
    console.print(
        f"The {run.meta['respondent']} respondent gave {answered:,} answers. They rest: {rests}."
    )
    for name, why in run.meta["preparation"]["refused"].items():
        hanging(console, f"[yellow]{name}[/yellow] cannot be known: {why}")
    console.print()
    console.rule("[bold]3  How well did they do?[/bold]", align="left")
    print_scorecard(card, console)
    console.print()
    console.rule("[bold]4  Backstories[/bold]", align="left")
    done = stories.finished
    words = sum(story.words for story in done.values()) / max(len(done), 1)
    console.print(
        f"{len(done)} people were interviewed after the protocol three, without a model: "
        f"{words:,.0f} words each, composed from their records alone."
    )
    console.print()
    console.rule("[bold]5  What to try next[/bold]", align="left")
    for command, why in (
        (f"open {output / 'report.html'}", "the same with a plot of every question"),
        (f"understudy inspect {output / PANEL}", "who and what is in the panel"),
        (f"understudy twins {output / PANEL} --show S0001 --persona summary", "meet a twin"),
        (f"understudy backstories show {stories.path} S0001", "read a backstory"),
        (f"understudy check {output / QUESTIONNAIRE}", "the questionnaire; edit it and run it"),
        (
            f"understudy run {output / QUESTIONNAIRE} --panel {output / PANEL} -o my.run",
            "ask it yourself",
        ),
        ("understudy inspect YOURS.sav", "then your own respondents"),
    ):
        console.print(f"  {command}", highlight=False, soft_wrap=True)
        console.print(f"      [dim]{why}[/dim]")
