"""Rules that hold an answer against earlier answers, the record, and what must stay hidden."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from ...data.codebook import Level, Role
from ...twins.record import Fact
from .claims import Claim, claims, clash, home_label, record_claims
from .faults import Fault, Finding, Passage, Situation

__all__ = ["against_earlier", "against_record", "parrots", "touches_hidden"]

COPIED_WORDS = 7
"""Words of a question's wording, or of somebody's own open answer, that are copied if they stand
in an answer in a row."""
LABELS_IN_WORDS = 2
"""Different answer labels of several words that may not stand in one answer together."""

_SCALE = re.compile(
    r"\b\d{1,3} (?:out of|of) (?:a possible )?(?:5|6|7|10|100)\b(?! (?:people|of|my|our|times|years"
    r"|days|kids|children|friends|them|us|families|houses|pupils|workers|the|euros|dollars|pounds))"
    r"|\bon (?:a|the) (?:\w+ )?scale (?:of|from|where|between)\b|\bscale (?:of|from) \d"
    r"|\b(?:i(?:'d| would)? )?(?:rate|score|give) (?:myself|it|my \w+|that) (?:an? |at )?\d"
    r"|\(\s*\d+ ?= ?\w|\b(?:i )?(?:answered|ticked|chose|selected|marked) [\"']?(?:strongly"
    r"|somewhat"
    r"|agree|disagree|neither|fits|not at all|very|option|\d)"
    r"|\b(?:in|on) (?:the|a|an earlier|that|my) (?:survey|questionnaire)\b|\bsurvey (?:answer|item|"
    r"question)s?\b|\b(?:strongly|somewhat|neither) (?:agree|disagree)(?: nor disagree)?\b"
    r"|\b(?:dis)?agree (?:strongly|somewhat)\b"
)
_SCALE_HINTS = (
    *(" of ", "scale", "rate ", "score", "give ", "=", "answered", "ticked", "chose", "selected"),
    *("marked", "survey", "questionnaire", "agree"),
)
_LISTED = re.compile(r"^\s*(?:[-*•]\s*)?[A-Z][\w ()/-]{2,50}: \S", re.MULTILINE)
_LIVES = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:live|lived all my life|been living) (?:up |down |out )?"
    r"(?:here )?in the ([a-z]+)\b"
)


def against_earlier(passage: Passage, situation: Situation) -> Finding | None:
    """It claims of the person what an earlier answer denies."""
    if not situation.earlier:
        return None
    now = _claims(passage, situation)
    if not now:
        return None
    for number, text in enumerate(situation.earlier, 1):
        for claim in now:
            for other in _claims(situation.passage(text), situation):
                if clash(claim, other):
                    return Finding(Fault.EARLIER, claim.quote, f"answer {number}: {other.quote}")
    return None


def against_record(passage: Passage, situation: Situation) -> Finding | None:
    """It claims of the person what the record denies."""
    if not situation.facts:
        return None
    now = _claims(passage, situation)
    lives = _LIVES.search(passage.folded) if "live" in passage.folded else None
    if not now and lives is None:
        return None
    known = situation.cache.get("record")
    if not isinstance(known, list):
        known = situation.cache["record"] = [
            (fact, claim) for fact in situation.facts for claim in record_claims(fact)
        ]
    for claim in now:
        for fact, other in known:
            if clash(claim, other) and not _compatible(claim, other):
                return Finding(Fault.RECORD, claim.quote, f"{fact.title}: {fact.answer}")
    return _elsewhere(lives, situation.facts)


def _claims(passage: Passage, situation: Situation) -> list[Claim]:
    """What a passage claims, worked out once for all answers of an interview."""
    key = ("claims", passage.text)
    known = situation.cache.get(key)
    if not isinstance(known, list):
        known = situation.cache[key] = claims(passage)
    return known


def _compatible(claim: Claim, recorded: Claim) -> bool:
    """Whether a record's word is wider than the claim's."""
    # "Single" in a record is a civil status; people who say "student" may work besides.
    return claim.kind == "partner" and claim.value == "single" and recorded.value == "never"


def _elsewhere(lives: re.Match[str] | None, facts: Sequence[Fact]) -> Finding | None:
    if lives is None:
        return None
    said = lives.group(1)
    for fact in facts:
        if home_label(fact) and said in _COMPASS and fact.answer.casefold() in _COMPASS:
            if said != fact.answer.casefold():
                return Finding(Fault.RECORD, lives.group(0), f"{fact.title}: {fact.answer}")
            return None
    return None


_COMPASS = frozenset({"north", "south", "east", "west", "northeast", "northwest", "midwest"})


def parrots(passage: Passage, situation: Situation) -> Finding | None:
    """It gives answers of the survey in the survey's words: scales, labels, wordings."""
    if situation.composed:
        return None
    hinted = any(hint in passage.folded for hint in _SCALE_HINTS)
    found = _SCALE.search(passage.folded) if hinted else None
    if found:
        return Finding(Fault.PARROT, found.group(0))
    if passage.text.count(": ") >= 3 and len(_LISTED.findall(passage.text)) >= 3:
        return Finding(Fault.PARROT, _LISTED.findall(passage.text)[0].strip())
    if not situation.facts:
        return None
    known = situation.cache.get("parrot")
    if not isinstance(known, tuple):
        known = situation.cache["parrot"] = _echoes(situation.facts)
    labels, copied = known
    folded = passage.folded
    said = [label for label in labels if label in folded]
    if len(said) >= LABELS_IN_WORDS:
        return Finding(Fault.PARROT, said[0], f"and {said[1]!r}")
    runs = _runs(passage.words)
    for name, of in copied:
        if not runs.isdisjoint(of):
            return Finding(Fault.PARROT, " ".join(min(runs & of)), name)
    return None


Runs = frozenset[tuple[str, ...]]


def _runs(words: Sequence[str]) -> Runs:
    return frozenset(zip(*(words[i:] for i in range(COPIED_WORDS)), strict=False))


@functools.lru_cache(maxsize=5_000)
def _wording_runs(wording: str) -> Runs:
    return _runs(Passage(wording).words)


def _echoes(facts: Sequence[Fact]) -> tuple[tuple[str, ...], tuple[tuple[str, Runs], ...]]:
    """Labels of several words, and runs of words of wordings and open answers with their item."""
    labels: dict[str, None] = {}
    copied: list[tuple[str, Runs]] = []
    for fact in facts:
        if fact.role is Role.DEMOGRAPHIC:
            continue
        answer = fact.answer.casefold()
        scaled = fact.level is Level.ORDINAL and not fact.own_words
        if scaled and answer.count(" ") >= 2 and not any(c.isdigit() for c in answer):
            labels[answer] = None
        if runs := _wording_runs(fact.wording):
            copied.append((fact.name, runs))
        if fact.own_words and (runs := _runs(Passage(fact.answer).words)):
            copied.append((fact.name, runs))
    return tuple(labels), tuple(copied)


def touches_hidden(passage: Passage, situation: Situation) -> Finding | None:
    """It speaks of what is held out, or of what this answer must not touch."""
    for subjects, what in ((situation.hidden, "held out"), (situation.avoided, "to be avoided")):
        if subjects:
            touched = subjects.touched(passage.text)
            if touched:
                return Finding(Fault.HELD_OUT, touched[0].quote, f"{touched[0].item} is {what}")
    return None
