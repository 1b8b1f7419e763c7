"""`understudy models`: the catalogue of language models, with prices and capabilities."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from .output import json_option, print_json, say, stdout

if TYPE_CHECKING:
    from ..twins.llm.catalogue import ModelCard

__all__ = ["command"]


@click.command("models")
@click.argument("provider", required=False)
@json_option
def command(provider: str | None, as_json: bool) -> None:
    """List the models that are known of PROVIDER (or of all), in US dollars per million tokens.

    A models.toml of your own adds models or changes what is known of them.

    \b
    Examples:
      understudy models
      understudy models openai --json
    """
    from ..data.errors import UnknownNameError
    from ..twins.llm.catalogue import card_for, known_models, user_file
    from ..twins.llm.specs import providers

    if provider is not None and provider not in providers():
        raise UnknownNameError("provider of language models", provider, providers())
    cards = [
        card_for(owner, name)
        for owner in ([provider] if provider else providers())
        for name in known_models(owner)
    ]
    if as_json:
        print_json([dataclasses.asdict(card) for card in cards])
        return
    _print(cards)
    say(f"Your own models.toml: {user_file()}")


def _print(cards: list[ModelCard]) -> None:
    from rich.table import Table

    console = stdout()
    if not cards:
        console.print("No models are known of this provider; any name is passed on to it.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("model", no_wrap=True)
    for name in ("input", "output", "cached", "context"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("takes")
    for card in cards:
        prices = card.prices
        figures = ["–"] * 3
        if prices is not None:
            figures = [f"{p:g}" for p in (prices.input, prices.output, prices.cache_read)]
        takes = [
            word
            for word, has in (
                ("sampling", card.sampling),
                ("schema", card.structured),
                ("cache", card.caching != "none"),
                ("batch", card.batch),
                ("logprobs", card.logprobs),
                ("decisions", card.decisions),
            )
            if has
        ]
        context = f"{card.context:,}" if card.context else "–"
        table.add_row(f"{card.provider}:{card.name}", *figures, context, ", ".join(takes))
    console.print(table)
