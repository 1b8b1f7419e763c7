"""Reading a models.toml: tables [provider."model name"], every key checked."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from typing import Any, get_args

from ...data.errors import UnreadableFileError, nearest
from .cards import Caching, ModelCard, Prices

__all__ = ["Entries", "read_models", "resolved"]

Entries = Mapping[tuple[str, str], Mapping[str, Any]]
"""(provider, name) → keys of its table."""


def resolved(
    owner: tuple[str, str], entries: Entries, where: str = "", seen: tuple[Any, ...] = ()
) -> dict[str, Any]:
    """An entry, laid over the one it is `like`."""
    entry = dict(entries[owner])
    like = entry.pop("like", None)
    if like is None:
        return entry
    provider, _, name = str(like).partition(":")
    if (provider, name) not in entries or (provider, name) in (*seen, owner):
        close = nearest(str(like), [":".join(known) for known in entries])
        raise UnreadableFileError(
            f"there is no model {like!r} to be like",
            where=f"{where}, model {':'.join(owner)}, key like",
            remedy=f"did you mean {' or '.join(close)}?" if close else "name one of the catalogue",
        )
    return {**resolved((provider, name), entries, where, (*seen, owner)), **entry}


def read_models(text: str, where: str) -> Entries:
    """Read a models.toml: tables [provider."model name"]."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFileError(f"it is not TOML ({error})", where=where) from None
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for provider, models in document.items():
        if not isinstance(models, dict) or not all(isinstance(m, dict) for m in models.values()):
            raise UnreadableFileError(
                f"{provider} is no table of models",
                where=where,
                remedy=f'write [{"anthropic"}."model name"] above its keys',
            )
        for name, keys in models.items():
            place = f"{where}, model {provider}:{name}"
            found[provider, name] = _checked(ModelCard, keys, place)
    return found


def _checked(kind: type[Any], keys: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The keys of one table, each of the type that the field of `kind` has."""
    fields = {f.name: str(f.type) for f in dataclasses.fields(kind)}
    if kind is ModelCard:
        fields = {n: t for n, t in fields.items() if n not in ("provider", "name", "known")}
        fields["like"] = "str"
    checked: dict[str, Any] = {}
    for key, value in keys.items():
        place = f"{where}, key {key}"
        if key not in fields:
            close = nearest(key, fields)
            hint = (
                f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(fields)}"
            )
            raise UnreadableFileError("there is no such key", where=place, remedy=hint)
        checked[key] = _value(fields[key], value, place)
    if kind is Prices and (missing := {"input", "output", "cache_read", "cache_write"} - set(keys)):
        raise UnreadableFileError(f"there is no {sorted(missing)[0]} among the prices", where=where)
    return checked


def _value(annotation: str, value: Any, where: str) -> Any:
    if annotation.startswith("Prices"):
        if isinstance(value, dict):
            return Prices(**_checked(Prices, value, where))
        wanted = "a table of prices"
    elif annotation == "Caching":
        if value in get_args(Caching):
            return value
        wanted = f"one of {', '.join(get_args(Caching))}"
    else:
        kind = annotation.removesuffix(" | None")
        fits = {
            "int": type(value) is int and value >= 0,
            "float": type(value) in (int, float) and 0 <= value < float("inf"),
            "bool": type(value) is bool,
            "str": type(value) is str,
        }
        if fits[kind]:
            return value
        words = {"int": "a whole number", "float": "a number", "bool": "true or false"}
        wanted = words.get(kind, "text in quotes")
    raise UnreadableFileError(f"{value!r} is not {wanted}", where=where)
