"""The embedded interviewee: first-person answers composed from the record alone, by rule.

It needs no key and invents nothing: every sentence is a fact of the record, put into a sentence of
a few forms. It tells each fact once, at the first question that may use it. Its answers are marked
`template`; they read like what they are, and serve for trying the pipeline and as the floor that a
written backstory has to beat.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ..data.codebook import Level, Role
from ..data.seeds import seed_of
from ..twins.plain import LONGEST_ANSWER
from ..twins.record import Fact

__all__ = ["SPEC", "compose", "facts_told"]

SPEC = "template"
"""How the embedded interviewee is asked for."""

_NOTHING = "I have nothing to add to what I said."
_NOTHING_YET = "There is not much that I can say about that."
_ASKED = (
    "Asked “{q}”, I say: {a}.",
    "To the question “{q}” my answer is: {a}.",
    "If somebody asks me “{q}”, I answer: {a}.",
    "“{q}” — for me that is: {a}.",
)
_STATED = (
    "Of “{q}” I say: {a}.",
    "“{q}” — how I see that: {a}.",
    "When I hear “{q}”, I say: {a}.",
)
_OWN = ("Asked “{q}”, I said: “{a}”", "When I was asked “{q}”, my words were: “{a}”")
_ABOUT = ("As for my {q}: {a}.", "My {q}: {a}.")
_WORDS_PER_FACT = 18


def compose(
    facts: Sequence[Fact], told: Collection[str], words: int, seed: int, *, first: bool
) -> tuple[str, tuple[str, ...]]:
    """Compose an answer.

    Args:
        facts: What may be used, in codebook order.
        told: Names of facts told in earlier answers.
        words: About how many words are wanted.
        seed: Decides the forms of sentences.
        first: Whether it is the first answer of the interview.

    Returns:
        The answer, and the names of the facts that it tells.
    """
    most = max(1, round(words / _WORDS_PER_FACT))
    fresh = [fact for fact in facts if fact.name not in told]
    about = [fact for fact in fresh if fact.role is Role.DEMOGRAPHIC]
    rest = [fact for fact in fresh if fact.role is not Role.DEMOGRAPHIC]
    # An unchosen option says something only beside those chosen.
    rest = [f for f in rest if not (f.level is Level.MULTIPLE and f.code != 1.0)]
    chosen = [*about, *rest][: max(most, len(about) if first else 0)]
    if not chosen:
        return (_NOTHING if told else _NOTHING_YET), ()
    said = [_sentence(fact, seed_of(seed, fact.name)) for fact in chosen]
    return " ".join(said), tuple(fact.name for fact in chosen)


def facts_told(answer: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """Names of the facts that a composed answer tells; it is needed when an interview goes on."""
    return tuple(
        fact.name for fact in facts if any(sentence in answer for sentence in _all_sentences(fact))
    )


def _sentence(fact: Fact, seed: int) -> str:
    forms = _all_sentences(fact)
    return forms[seed % len(forms)]


def _all_sentences(fact: Fact) -> list[str]:
    """Every form in which a fact may be told."""
    answer = _clean(fact.answer)[:LONGEST_ANSWER]
    forms: tuple[str, ...]
    if fact.own_words:
        forms, asked = _OWN, fact.wording
    elif fact.role is Role.DEMOGRAPHIC and not fact.wording.rstrip().endswith("?"):
        forms, asked = _ABOUT, _lowered(fact.title)
    else:
        forms = _ASKED if fact.wording.rstrip().endswith("?") else _STATED
        asked, answer = fact.wording, _lowered(answer)
    asked = _clean(asked).rstrip(" .:…–—-")
    return [form.format(q=asked, a=answer.rstrip(". ") or answer) for form in forms]


def _lowered(text: str) -> str:
    """With a small first letter, unless the first word is all capitals or holds figures."""
    first = text.split(" ", 1)[0]
    if len(first) > 1 and (first.isupper() or any(c.isdigit() for c in first)):
        return text
    return text[:1].lower() + text[1:]


_QUOTES = re.compile(r"[“”\"]")
_ANGLES = str.maketrans("<>{}", "‹›()")


def _clean(text: str) -> str:
    """On one line, without what would pass for quotation marks or markup around it."""
    return " ".join(_QUOTES.sub("'", text).translate(_ANGLES).split())
