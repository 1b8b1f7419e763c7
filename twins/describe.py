"""A population of twins as plain data, for the command line and for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..data.codebook import Level, Role
from .persona import token_estimates
from .raking import design_effect, effective_size
from .twin import Twins

__all__ = ["describe_twins"]


def describe_twins(
    twins: Twins, *, sample: int = 50, questions: Iterable[str] = ("",)
) -> dict[str, Any]:
    """Describe a population of twins as dicts, lists, text and numbers.

    Args:
        twins: The population.
        sample: How many twins are rendered to estimate lengths.
        questions: Questions about to be asked, for renderings that depend on them.

    Returns:
        Keys: people (count), ids (in order), variables (visible, by kind), hidden (name, why and
        whether it was asked for), weights (weighted, design_effect, effective_n), tokens (mean
        and largest by rendering, estimated) and fingerprint.
    """
    book = twins.panel.codebook
    weights = twins.weights()
    return {
        "people": len(twins),
        "ids": list(twins.ids),
        "variables": {
            "visible": len(book),
            "demographics": len(book.of_role(Role.DEMOGRAPHIC)),
            "open_text": sum(v.level is Level.TEXT for v in book),
        },
        "hidden": [
            {"name": entry.name, "why": entry.why, "asked": entry.asked}
            for entry in twins.holdout.hidden
        ],
        "weights": {
            "weighted": bool((weights != weights[0]).any()) if len(weights) else False,
            "design_effect": round(design_effect(weights), 4),
            "effective_n": round(effective_size(weights), 1),
        },
        "tokens": {
            name: {"mean": round(mean, 1), "largest": most}
            for name, (mean, most) in token_estimates(
                twins, sample=sample, questions=questions
            ).items()
        },
        "fingerprint": twins.fingerprint,
    }
