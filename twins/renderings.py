"""The five persona renderings that ship: one function each, from a twin to text."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..data.codebook import Level, Role
from .plain import fence
from .record import Fact

if TYPE_CHECKING:
    from .twin import Twin

__all__ = [
    "PersonaRequest",
    "Style",
    "demographics",
    "empty",
    "full_record",
    "retrieved",
    "say",
    "summary",
]

Style = Literal["second-person", "third-person"]

STRONGEST = 5
_STEM_ENDS = ":?…–—-."

RARE = 0.15
"""An answer is worth mentioning in a summary when at most this share of people answers so."""


@dataclass(frozen=True, slots=True)
class PersonaRequest:
    """What a rendering is asked for.

    Attributes:
        question: The question about to be asked, for renderings that depend on it; may be "".
        k: How many facts, for renderings that choose.
        style: Whether the text speaks to the twin ("You …") or about it ("This person …").
        withheld: Whether refusals and don't-knows are told.
    """

    question: str = ""
    k: int = 20
    style: Style = "second-person"
    withheld: bool = False

    def choose(self, second: str, third: str) -> str:
        """Return the text of the style asked for."""
        return second if self.style == "second-person" else third


def empty(twin: Twin, request: PersonaRequest) -> str:  # noqa: ARG001
    """Nothing about the person."""
    return _who(request)


def demographics(twin: Twin, request: PersonaRequest) -> str:
    """Demographics as a list of labels and answers."""
    return _document(_who(request), _about(_facts(twin, request), request))


def summary(twin: Twin, request: PersonaRequest) -> str:
    """Demographics, standing on each scale in words, and the answers that set the person apart.

    Percentiles are mid-ranks among the population the twins were made from, weighted.
    """
    facts = twin.facts
    codes = {fact.name: fact.code for fact in facts}
    standing = []
    for scale in twin.reference.scales:
        score = scale.score(codes)
        if score is not None:
            percentile = scale.scores.percentile(score)
            standing.append(
                f"- {scale.name}: {_level(percentile)}, above {percentile:.0f}% of people "
                f"surveyed (a high score means more “{_bare(scale.marker)}”)"
            )
    rare: list[tuple[float, int, Fact]] = []
    for position, fact in enumerate(facts):
        share = twin.reference.rarity(fact) if fact.role is Role.ITEM else None
        if share is not None and share <= RARE:
            rare.append((round(share, 9), position, fact))
    apart = [
        f"- {say(fact)} ({_percent(share)} of people answer so"
        f"{' or more so' if fact.level in (Level.ORDINAL, Level.INTERVAL) else ''})"
        for share, _, fact in sorted(rare)[:STRONGEST]
    ]
    return _document(
        _who(request),
        _about(_facts(twin, request), request),
        _section(
            request.choose(
                "Where you stand among the people", "Where this person stands among the people"
            )
            + " surveyed",
            standing,
        ),
        _section(
            request.choose("What sets you apart", "What sets this person apart"),
            apart,
        ),
    )


def full_record(twin: Twin, request: PersonaRequest) -> str:
    """Every answer, by block, matrix rows under their stem, a "mark all" as one answer."""
    facts = _facts(twin, request)
    items = [fact for fact in facts if fact.role is not Role.DEMOGRAPHIC]
    return _document(_who(request), _about(facts, request), *_answers(items, request))


def retrieved(twin: Twin, request: PersonaRequest) -> str:
    """The `k` facts nearest to the question about to be asked, in the order of the record."""
    facts = twin.nearest(request.question, request.k)
    items = [fact for fact in facts if fact.role is not Role.DEMOGRAPHIC]
    return _document(_who(request), _about(facts, request), *_answers(items, request))


def say(fact: Fact, wording: str | None = None) -> str:
    """One fact as "statement: answer" or "question? answer", somebody's own words fenced.

    Args:
        fact: The fact.
        wording: What to call the question instead of its full wording.
    """
    return _pair(
        fact.wording if wording is None else wording,
        fence(fact.answer) if fact.own_words else fact.answer,
    )


# --- parts ------------------------------------------------------------------------------------


def _facts(twin: Twin, request: PersonaRequest) -> tuple[Fact, ...]:
    if not request.withheld:
        return twin.facts
    order = {name: i for i, name in enumerate(twin.variables)}
    return tuple(sorted((*twin.facts, *twin.withheld), key=lambda fact: order[fact.name]))


def _pair(asked: str, answer: str) -> str:
    bare = _bare(asked)
    return f"{bare} {answer}" if bare.endswith("?") else f"{bare}: {answer}"


def _bare(wording: str) -> str:
    """Return a wording without the marks that lead on to its answer."""
    return wording.rstrip(" .:…–—-") or wording


def _who(request: PersonaRequest) -> str:
    return request.choose("You are a respondent in a survey.", "A respondent in a survey.")


def _document(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _section(heading: str, lines: Sequence[str]) -> str:
    return "\n".join((f"{heading}:", *lines)) if lines else ""


def _about(facts: Iterable[Fact], request: PersonaRequest) -> str:
    lines = [f"- {say(f, f.title)}" for f in facts if f.role is Role.DEMOGRAPHIC]
    return _section(request.choose("About you", "About this person"), lines)


def _answers(items: Sequence[Fact], request: PersonaRequest) -> list[str]:
    """Sections of answers, one per block in order of first appearance, blockless ones first."""
    blocks: dict[str, list[Fact]] = {"": []}
    for fact in items:
        blocks.setdefault(fact.block, []).append(fact)
    opening = request.choose(
        "What you answered in an earlier survey", "What this person answered in an earlier survey"
    )
    sections = []
    for block, facts in blocks.items():
        if facts:
            sections.append(_section(block or "General", list(_lines(facts))))
    if len(sections) == 1 and not any(block for block, facts in blocks.items() if facts):
        return [_section(opening, sections[0].splitlines()[1:])]
    return [f"{opening}.", *sections] if sections else []


def _lines(facts: Sequence[Fact]) -> Iterator[str]:
    """One line per fact; the members of a group together, where the first of them stands."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.group or f"\0{fact.name}", []).append(fact)
    for members in groups.values():
        if any(fact.level is Level.MULTIPLE for fact in members):
            yield from _marked([fact for fact in members if fact.level is Level.MULTIPLE])
            yield from (f"- {say(fact)}" for fact in members if fact.level is not Level.MULTIPLE)
        elif len(members) > 1:
            stem, rows = _stem(members)
            if stem:
                yield f"- {stem}" if stem.endswith("?") else f"- {stem}:"
            for fact, row in zip(members, rows, strict=True):
                yield f"{'  ' if stem else ''}- {say(fact, row)}"
        else:
            yield f"- {say(members[0])}"


def _marked(options: Sequence[Fact]) -> Iterator[str]:
    """A "mark all that apply" as one line: what was chosen, and what was offered but not."""
    stem, rows = _stem(options)
    chosen = [row for fact, row in zip(options, rows, strict=True) if fact.code == 1]
    left = [row for fact, row in zip(options, rows, strict=True) if fact.code == 0]
    told = "; ".join(chosen)
    if left:
        not_chosen = f"not chosen: {'; '.join(left)}"
        told = f"{told} ({not_chosen})" if told else not_chosen
    yield f"- {_pair(stem or options[0].group, told)}"


def _stem(members: Sequence[Fact]) -> tuple[str, list[str]]:
    """What a group's wordings have in common, and what is left of each.

    Either the codebook tells stem and row, or the wordings begin alike. Without a stem of at
    least two words the rows are whole wordings. A stem ends at the last shared mark, so that
    "… someone who: is shy" and "… someone who: is loud" share "someone who" and not "is".
    """
    wordings = [fact.wording for fact in members]
    stems = {fact.wording.removesuffix(fact.row) for fact in members}
    if len(stems) == 1 and all(fact.row for fact in members):
        return _bare(stems.pop().rstrip()), [fact.row for fact in members]
    if len(members) > 1:
        split = [wording.split() for wording in wordings]
        shared = list(
            itertools.takewhile(lambda words: len(set(words)) == 1, zip(*split, strict=False))
        )
        breaks = [i for i, (word, *_) in enumerate(shared, start=1) if word[-1] in _STEM_ENDS]
        n = breaks[-1] if breaks else len(shared)
        if n >= 2 and all(len(words) > n for words in split):
            stem = _bare(" ".join(split[0][:n]))
            return stem, [" ".join(words[n:]).lstrip(" :–—-") for words in split]
    return "", wordings


def _level(percentile: float) -> str:
    for bound, word in ((10, "very low"), (30, "low"), (70, "average"), (90, "high")):
        if percentile <= bound:
            return word
    return "very high"


def _percent(share: float) -> str:
    return "under 1%" if share < 0.01 else f"{100 * share:.0f}%"
