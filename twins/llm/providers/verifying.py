"""Whether a server knows a model, asked of its free list of models before anything is spent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ....data.errors import UnknownNameError
from ..catalogue import known_models
from ..failures import CallError, Failure
from .base import HttpModel

__all__ = ["listed", "model_entry"]


async def model_entry(model: HttpModel, prefix: str) -> Mapping[str, Any] | None:
    """Return what a server says of the model, or None where it cannot be asked about models.

    Args:
        model: The model.
        prefix: Path of the list of models.

    Raises:
        UnknownNameError: It says that there is no such model; with the nearest there are.
        CallError: It cannot be reached, or does not accept the key.
    """
    name = model.card.name
    try:
        entry, _ = await model._payload(f"{prefix}/{quote(name, safe='')}", None)
    except CallError as error:
        if error.kind in (Failure.GARBLED, Failure.REJECTED) and model.card.compatible:
            entry = {}
        elif error.kind is not Failure.NO_MODEL:
            raise
        else:
            entry = {}
    if entry.get("id"):
        return entry
    names = await listed(model, prefix)
    if names is None and model.card.compatible:
        return None
    found = next((n for n in names or {} if n == name or n.partition(":")[0] == name), None)
    if names and found is not None:
        return names[found]
    if names and any(owner.get("owned_by") == "llamacpp" for owner in names.values()):
        return None  # llama.cpp answers as its one model whatever name it is given.
    known: Iterable[str] = [listing.removesuffix(":latest") for listing in names or ()]
    if not model.card.compatible:
        known = dict.fromkeys((*known, *known_models(model.card.provider)))
    raise UnknownNameError("model", name, known, where=model.endpoint)


async def listed(model: HttpModel, prefix: str) -> dict[str, Mapping[str, Any]] | None:
    """Return the models a server lists, by name; None where it lists none.

    Raises:
        CallError: It cannot be reached, or does not accept the key.
    """
    path = f"{prefix}?limit=1000" if model.sdk == "anthropic" else prefix
    try:
        payload, _ = await model._payload(path, None)
    except CallError as error:
        if error.kind in (Failure.NO_MODEL, Failure.GARBLED, Failure.REJECTED):
            return None
        raise
    data = payload.get("data")
    if not isinstance(data, list):
        return None
    return {str(m["id"]): m for m in data if isinstance(m, dict) and m.get("id")}
