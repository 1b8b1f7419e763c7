"""Held-out items: what no twin may be shown, and why each of them is hidden."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..data.codebook import Codebook, Level, Role
from ..data.errors import RequestError, UnknownNameError
from ..data.scales import scored_from
from .wording import Wordings, without_wave

__all__ = ["Hidden", "Holdout", "resolve_holdout"]

_BOOKKEEPING = (Role.ID, Role.WEIGHT, Role.WAVE)


@dataclass(frozen=True, slots=True)
class Hidden:
    """One hidden variable.

    Attributes:
        name: Name of the variable.
        why: For people: "named", "pattern trust_*", "block politics", "sibling of trust",
            "same wording as trust", "nearly the same wording as trust (0.94)", …
        asked: Whether it was asked for, rather than hidden because it would give another away.
    """

    name: str
    why: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Holdout:
    """The variables that no rendering of a twin may show.

    Attributes:
        wanted: What was asked for, as given.
        hidden: Every hidden variable with its reason, in codebook order.
    """

    wanted: tuple[str, ...] = ()
    hidden: tuple[Hidden, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all hidden variables, in codebook order."""
        return tuple(entry.name for entry in self.hidden)

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of the variables asked for: the targets, in codebook order."""
        return tuple(entry.name for entry in self.hidden if entry.asked)

    @property
    def reasons(self) -> dict[str, str]:
        """Why each variable is hidden, by name."""
        return {entry.name: entry.why for entry in self.hidden}

    def __contains__(self, name: object) -> bool:
        return any(entry.name == name for entry in self.hidden)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.hidden)


def resolve_holdout(codebook: Codebook, wanted: Sequence[str]) -> Holdout:
    """Find everything that must be hidden so that the wanted items cannot be read off.

    Hidden with an item are, in turn and as often as they lead on: its declared siblings in both
    directions; the other options of its multiple-response set (one answer; rows of a matrix are
    answers of their own and stay); variables with the same wording, form aside; and the same name
    in another wave ("trust_w2"). Then, once, variables whose wording is nearly the same
    (`twins.wording`) and those that go with them. A near duplicate of a near duplicate is not
    followed: likeness is not transitive.

    With an item goes every scale scored from it, but not the scale's other items. Scores are never
    asked: one that is named stands for its items, and patterns and blocks pass scores over.

    Any other score computed from a hidden item, or a rewording in other words, is known only if
    declared as a sibling; `twins.suspects` finds columns that give a hidden one away in the data.

    Args:
        codebook: The panel's variables.
        wanted: Each a variable name, a pattern ("trust_*"), "block:NAME", "group:NAME", or the
            bare name of a block or group if no variable has it.

    Raises:
        UnknownNameError: An entry names nothing; the message suggests the nearest name.
        RequestError: `wanted` is one string instead of a list of them.
    """
    if isinstance(wanted, str):
        raise RequestError(
            f"the items to hold out are given as one text, {wanted!r}",
            remedy=f"give a list, such as [{wanted!r}]",
        )
    reasons: dict[str, str] = {}
    for entry in wanted:
        for name, why in _named(codebook, entry):
            if reasons.get(name) is None or why == "named":
                reasons[name] = why
    asked = frozenset(reasons)
    if asked:
        words = Wordings.of(codebook)
        relatives = _Relatives(codebook, words)
        relatives.follow(reasons)
        _add_near(codebook, words, reasons)
        relatives.follow(reasons)
    return Holdout(
        wanted=tuple(wanted),
        hidden=tuple(
            Hidden(name, reasons[name], name in asked) for name in codebook.names if name in reasons
        ),
    )


def _named(codebook: Codebook, entry: str) -> list[tuple[str, str]]:
    """Return the variables that one wanted entry names, with the reason."""
    if entry in codebook:
        items = _items(codebook, entry)
        return [(v, f"item of the scale {entry}") for v in items] or [(entry, "named")]
    blocks, groups = codebook.blocks(), _groups(codebook)
    if entry.startswith("block:"):
        name = entry.removeprefix("block:").strip()
        if name not in blocks:
            raise UnknownNameError("block", name, blocks, where="holdout")
        return [(v, f"block {name}") for v in _questions(codebook, blocks[name])]
    if entry.startswith("group:"):
        name = entry.removeprefix("group:").strip()
        if name not in groups:
            raise UnknownNameError("group", name, groups, where="holdout")
        return [(v, f"group {name}") for v in _questions(codebook, groups[name])]
    found = [(v, f"block {entry}") for v in blocks.get(entry, ())]
    found += [(v, f"group {entry}") for v in groups.get(entry, ())]
    if found:
        kept = set(_questions(codebook, [v for v, _ in found]))
        return [(v, why) for v, why in found if v in kept]
    known = [*codebook.names, *groups, *blocks]
    if any(c in entry for c in "*?["):
        matches = [v for v in codebook.names if fnmatch.fnmatchcase(v, entry)]
        if matches:
            return [(v, f"pattern {entry}") for v in _questions(codebook, matches)]
        raise UnknownNameError("variable that matches", entry, known, where="holdout")
    raise UnknownNameError("variable, group or block", entry, known, where="holdout")


def _questions(codebook: Codebook, names: Sequence[str]) -> list[str]:
    """Leave out ids, weights and waves: no twin is shown them anyway.

    Scores are left out too, unless there is nothing else: then they stand for their items.
    """
    kept = [name for name in names if codebook[name].role not in _BOOKKEEPING]
    asked = [name for name in kept if not _items(codebook, name)]
    return asked or list(dict.fromkeys(item for name in kept for item in _items(codebook, name)))


def _items(codebook: Codebook, name: str) -> list[str]:
    """The items that a variable is scored from, as far as they are there; none for others."""
    return [item for item in scored_from(codebook[name]) if item in codebook]


def _groups(codebook: Codebook) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for variable in codebook:
        if variable.group:
            found[variable.group].append(variable.name)
    return dict(found)


class _Relatives:
    """Who goes with whom for certain: siblings, options of one set, same wording, other waves."""

    def __init__(self, codebook: Codebook, words: Wordings) -> None:
        self.order = codebook.names
        self.siblings: dict[str, set[str]] = defaultdict(set)
        self.scores: dict[str, list[str]] = defaultdict(list)
        self.made = {name for name in codebook.names if _items(codebook, name)}
        for variable in codebook:
            # A score tells of each of its items, but no item of another through it.
            for item in scored_from(variable):
                self.scores[item].append(variable.name)
            for other in () if scored_from(variable) else variable.siblings:
                if other in codebook:
                    self.siblings[variable.name].add(other)
                    self.siblings[other].add(variable.name)
        self.set_of = {
            name: names
            for names in _groups(codebook).values()
            if any(codebook[name].level is Level.MULTIPLE for name in names)
            for name in names
        }
        self.text = words.text
        self.by_text: dict[str, list[str]] = defaultdict(list)
        self.by_name: dict[str, list[str]] = defaultdict(list)
        for variable in codebook:
            if variable.role not in _BOOKKEEPING and variable.name not in self.made:
                self.by_text[words.text[variable.name]].append(variable.name)
                self.by_name[without_wave(variable.name)].append(variable.name)

    def of(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the relatives of a variable with the reason, the strongest reason first."""
        if name in self.made:
            return
        for other in sorted(self.siblings[name]):
            yield other, f"sibling of {name}"
        for other in self.scores.get(name, ()):
            yield other, f"scored from {name}"
        for other in self.set_of.get(name, ()):
            yield other, f"same multiple-response set as {name}"
        if self.text[name]:
            for other in self.by_text[self.text[name]]:
                yield other, f"same wording as {name}"
        for other in self.by_name[without_wave(name)]:
            yield other, f"{name} in another wave"

    def follow(self, reasons: dict[str, str]) -> None:
        """Add relatives, relatives of relatives, and so on, to `reasons`."""
        queue = [name for name in self.order if name in reasons]
        while queue:
            name = queue.pop(0)
            for other, why in self.of(name):
                if other not in reasons:
                    reasons[other] = why
                    queue.append(other)


def _add_near(codebook: Codebook, words: Wordings, reasons: dict[str, str]) -> None:
    """Add variables whose wording is nearly that of one already hidden."""
    hidden = [name for name in codebook.names if name in reasons and not _items(codebook, name)]
    for variable in codebook:
        known = variable.name in reasons or variable.role in _BOOKKEEPING
        if known or _items(codebook, variable.name):
            continue
        score, nearest = max(
            ((words.likeness(variable.name, name), name) for name in hidden),
            key=lambda pair: pair[0],
        )
        if score > 0:
            reasons[variable.name] = f"nearly the same wording as {nearest} ({score:.2f})"
