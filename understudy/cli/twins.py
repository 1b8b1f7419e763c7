"""`understudy twins`: build twins from a respondent file and look at them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .jobs import People, choose_people, giveaways
from .output import json_option, print_json, say, stdout, warn
from .sources import panel_options, source_from, split_names

if TYPE_CHECKING:
    from ..twins.twin import Twins

__all__ = ["command"]


@click.command("twins")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--holdout",
    multiple=True,
    metavar="ITEM[,ITEM]",
    help="Items, patterns (trust_*) or blocks (block:politics) no twin may see.",
)
@click.option("--show", metavar="ID", help="Print one twin's persona.")
@click.option("--persona", default="full record", show_default=True, help="Which rendering.")
@click.option("--question", default="", help="The question that `retrieved` looks up facts for.")
@click.option("--where", default="", metavar="FILTER", help='Such as "age >= 30 and region == 2".')
@click.option("--n", type=click.IntRange(min=1), help="So many people, at random.")
@click.option("--quota", type=click.Path(path_type=Path), help="Quotas to fill (YAML).")
@click.option("--rake", type=click.Path(path_type=Path), help="Margins to rake to (YAML).")
@click.option("--seed", default=0, show_default=True, help="Seed of sampling.")
@panel_options
@json_option
def command(
    file: Path,
    holdout: tuple[str, ...],
    show: str | None,
    persona: str,
    question: str,
    where: str,
    n: int | None,
    quota: Path | None,
    rake: Path | None,
    seed: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Show what twins of the people in FILE would know, and what is hidden from them.

    \b
    Examples:
      understudy twins wave1.sav --holdout trust
      understudy twins wave1.sav --holdout "trust_*" --show 17 --persona summary
      understudy twins wave1.sav --where "age >= 65" --n 100 --json
      understudy twins wave1.sav --rake census.yaml
    """
    from ..twins.twin import Twins

    whole = source_from(file, options).read()
    panel = choose_people(whole, People(where=where, n=n, quota=quota, rake=rake), seed)
    people = Twins.from_panel(panel, [name for text in holdout for name in split_names(text)])
    if show is not None:
        click.echo(people[show].persona(persona, question=question))
        return
    from ..twins.describe import describe_twins

    plain = describe_twins(people)
    plain["giveaways"] = giveaways(whole, people)
    if as_json:
        print_json(plain)
        return
    _print(people, plain)
    warn(plain["giveaways"])
    say(f"Read one: understudy twins {file} --show {people.ids[0]} --persona summary")


def _print(people: Twins, plain: dict[str, Any]) -> None:
    from rich.table import Table

    console = stdout()
    console.print(
        f"[bold]{len(people):,} twins[/bold], {len(people.panel.codebook):,} variables visible, "
        f"{len(people.holdout):,} hidden"
    )
    weights = plain["weights"]
    if weights["weighted"]:
        console.print(
            f"Weighted: their effective sample size is {weights['effective_n']:,.0f} "
            f"(design effect {weights['design_effect']:.2f})"
        )
    if people.holdout.hidden:
        console.print()
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("hidden")
        table.add_column("because")
        for entry in people.holdout.hidden:
            table.add_row(entry.name, entry.why)
        console.print(table)
    console.print()
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("persona")
    table.add_column("tokens, mean", justify="right")
    table.add_column("largest", justify="right")
    for name, tokens in plain["tokens"].items():
        table.add_row(name, f"{tokens['mean']:,.0f}", f"{tokens['largest']:,.0f}")
    console.print(table)
