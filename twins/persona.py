"""Persona renderings by name: a registry that others can add to, and what renderings cost.

A rendering is a function `(twin, request) -> str`. Five ship. A third party adds one with an entry
point in the group "understudy.personas", or with `register` at run time:

    [project.entry-points."understudy.personas"]
    "one liner" = "their_package.personas:one_liner"

Whatever a rendering does, held-out items are not in the twin it is given.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, get_args

from ..data.errors import RequestError, UnknownNameError
from . import renderings
from .renderings import PersonaRequest, Style
from .tokens import estimate_tokens

if TYPE_CHECKING:
    from .twin import Twin, Twins

__all__ = [
    "PersonaRequest",
    "Rendering",
    "Style",
    "estimate_tokens",
    "register",
    "render",
    "rendering_names",
    "token_estimates",
]

Rendering = Callable[["Twin", PersonaRequest], str]

GROUP = "understudy.personas"

_RENDERINGS: dict[str, Rendering] = {
    "empty": renderings.empty,
    "demographics": renderings.demographics,
    "summary": renderings.summary,
    "full record": renderings.full_record,
    "retrieved": renderings.retrieved,
}


def register(name: str, rendering: Rendering) -> None:
    """Add a rendering for the rest of this process.

    Args:
        name: Unique; hyphens and underscores count as spaces.
        rendering: Takes a twin and a `PersonaRequest`, returns the persona.

    Raises:
        RequestError: The name is taken.
    """
    key = _key(name)
    if key in _RENDERINGS or key in _installed():
        raise RequestError(
            f"there is already a persona rendering {key!r}", remedy="choose another name"
        )
    _RENDERINGS[key] = rendering


def rendering_names() -> tuple[str, ...]:
    """Names of all renderings: those that ship, then others in alphabetical order."""
    return (*_RENDERINGS, *sorted(set(_installed()) - set(_RENDERINGS)))


def render(
    twin: Twin,
    rendering: str,
    *,
    question: str = "",
    k: int = 20,
    style: Style = "second-person",
    withheld: bool = False,
) -> str:
    """Write a twin's persona. The same twin and request always give the same text.

    Args:
        twin: Whose persona.
        rendering: "empty", "demographics", "summary", "full record", "retrieved", or one that
            others have added; hyphens and underscores count as spaces.
        question: The question about to be asked; "retrieved" chooses facts by it.
        k: How many facts "retrieved" shows; at least 1.
        style: Whether the text speaks to the twin or about it.
        withheld: Tell refusals and don't-knows too. Answers that were never given are not told,
            and never made up.

    Raises:
        UnknownNameError: There is no such rendering.
        RequestError: `k` or `style` is out of range, or an added rendering does not work.
    """
    if k < 1:
        raise RequestError(f"a persona of {k} facts was asked for", remedy="ask for at least 1")
    if style not in get_args(Style):
        raise UnknownNameError("persona style", style, get_args(Style))
    text = _find(rendering)(twin, PersonaRequest(question, k, style, withheld))
    if not isinstance(text, str):
        raise RequestError(
            f"the persona rendering {rendering!r} returned {type(text).__name__}, not text"
        )
    return text


def token_estimates(
    twins: Twins, sample: int = 50, *, questions: Iterable[str] = ("",)
) -> dict[str, tuple[float, int]]:
    """Estimate the length of every rendering, in tokens of a typical model.

    Args:
        twins: The population.
        sample: How many twins are rendered, spread evenly over the population.
        questions: Questions that renderings may depend on; each sampled twin is given one in turn.

    Returns:
        Mean and maximum of `estimate_tokens` over the sample, by rendering. See there for how far
        off it may be.
    """
    asked = tuple(questions) or ("",)
    count = min(max(sample, 1), len(twins))
    ids = twins.ids
    chosen = [twins[ids[i * len(ids) // count]] for i in range(count)]
    found = {}
    for name in rendering_names():
        sizes = [
            estimate_tokens(render(twin, name, question=asked[i % len(asked)]))
            for i, twin in enumerate(chosen)
        ]
        found[name] = (sum(sizes) / len(sizes), max(sizes))
    return found


def _key(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").casefold().split())


def _find(name: str) -> Rendering:
    key = _key(name)
    if key in _RENDERINGS:
        return _RENDERINGS[key]
    entry = _installed().get(key)
    if entry is None:
        raise UnknownNameError("persona rendering", name, rendering_names())
    try:
        loaded = entry.load()
    except (ImportError, AttributeError) as failure:
        raise RequestError(
            f"the persona rendering {key!r} cannot be loaded ({failure})",
            where=f"entry point {entry.value}",
            remedy="reinstall or remove the package that brings it",
        ) from failure
    if not callable(loaded):
        raise RequestError(
            f"the persona rendering {key!r} is not a function", where=f"entry point {entry.value}"
        )
    rendering: Rendering = loaded
    return rendering


@functools.cache
def _installed() -> dict[str, EntryPoint]:
    return {_key(entry.name): entry for entry in entry_points(group=GROUP)}
