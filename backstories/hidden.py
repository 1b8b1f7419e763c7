"""What no interview may touch: held-out items with their category, and a look-out for them in text.

A backstory is written to be answered from, so more than the held-out item itself is hidden: its
declared siblings and rewordings (`twins.holdout`), and the whole block it belongs to, as Park et
al. 2024 (arXiv 2411.10109) keep items of the same category out. The answers are not in the twins at
all. What could still come in is the subject, in a question or in what a model says: that is what
`Subjects` looks for, from the wordings and labels of the codebook, without knowing any answer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..data.codebook import Codebook, Level, Role, Variable
from ..twins.holdout import Hidden, Holdout, resolve_holdout
from ..twins.plain import plain
from ..twins.wording import Wordings, content_words

__all__ = ["Subjects", "Touch", "hidden_with_category", "sentences"]

ENOUGH = 0.5
"""Share of an item's words, weighted by rarity, that a sentence must hold to touch it."""
LEAST_NAME = 4
"""Letters of a label of one word that is looked for as a name."""

_GENERAL_BLOCKS = frozenset(
    {
        *("about", "background", "block", "core", "demographic", "demographics", "experiment"),
        *("game", "games", "general", "item", "items", "life", "main", "matrix", "misc"),
        *("miscellaneous", "module", "other", "others", "part", "people", "person", "personality"),
        *("profile", "question", "questions", "scale", "section", "study", "survey", "task"),
        *("tasks", "trait", "traits", "wave", "you", "your"),
    }
)
"""Names of blocks that say nothing of a subject."""
_EVERYDAY = frozenset(
    {
        *("live", "part", "place", "people", "person", "thing", "time", "day", "days", "year"),
        *("good", "way", "much", "many", "often", "far", "feel", "think", "know", "see", "get"),
        *(
            "go",
            "make",
            "take",
            "best",
            "describe",
            "well",
            "present",
            "kind",
            "moment",
            "nowadays",
        ),
        *("past", "ordinary", "present", "world", "someone", "somebody", "things", "life", "say"),
    }
)
"""Words of questions that sentences about anything hold."""
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*[\"”’)]*")


@dataclass(frozen=True, slots=True)
class Touch:
    """A place where a text touches what it must not.

    Attributes:
        item: The variable.
        quote: The sentence, as it stands in the text.
    """

    item: str
    quote: str


def hidden_with_category(codebook: Codebook, wanted: Iterable[str]) -> Holdout:
    """Find everything that must be hidden from an interview so that the wanted items are.

    Args:
        codebook: The panel's variables.
        wanted: Names, patterns, "block:NAME", "group:NAME", as for `twins.holdout`.

    Raises:
        UnknownNameError: An entry names nothing.
    """
    entries = tuple(wanted)
    first = resolve_holdout(codebook, entries)
    blocks = {codebook[name].block: name for name in reversed(first.asked)}
    blocks.pop("", None)
    if not blocks:
        return first
    every = [f"block:{block}" for block in blocks]
    whole = resolve_holdout(codebook, [*entries, *every])
    known, asked = first.reasons, set(first.asked)
    return Holdout(
        entries,
        tuple(
            Hidden(
                entry.name,
                known.get(entry.name)
                or (
                    f"category {codebook[entry.name].block} of {blocks[codebook[entry.name].block]}"
                    if codebook[entry.name].block in blocks
                    else entry.why
                ),
                entry.name in asked,
            )
            for entry in whole.hidden
        ),
    )


def sentences(text: str) -> list[str]:
    """Split a text into sentences, roughly; nothing is lost but white space."""
    return [found for part in _SENTENCE.findall(text) if (found := part.strip())]


class Subjects:
    """Looks for the subjects of hidden items in texts.

    A sentence touches an item if it holds at least half of what the item's wording is about
    (content words without the stem of a battery, weighted by rarity) and two of its content words;
    or if it holds an answer label that is the item's alone: several words, or a name.

    Args:
        codebook: The whole codebook, hidden items included.
        hidden: Names of the hidden ones.
    """

    def __init__(self, codebook: Codebook, hidden: Iterable[str]) -> None:
        self.names = tuple(name for name in hidden if codebook[name].role in _SPOKEN)
        words = Wordings.of(codebook)
        self._own: dict[str, dict[str, float]] = {}
        self._content: dict[str, frozenset[str]] = {}
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            own = words.own[name] - _EVERYDAY_ROOTS or words.own[name]
            if not own:
                continue
            self._own[name] = {word: words.rarity.get(word, 1.0) for word in own}
            self._content[name] = words.content[name]
            for word in own:
                self._by_word[word].append(name)
        self._labels = _telling_labels(codebook, self.names)
        self._blocks = {
            word: name
            for name in self.names
            for word in content_words(codebook[name].block)
            if word not in _GENERAL_ROOTS
        }

    def __bool__(self) -> bool:
        return bool(self.names)

    def touched(self, text: str) -> list[Touch]:
        """Return where a text touches hidden items, at most once for each sentence."""
        if not self.names:
            return []
        return [
            Touch(item, sentence)
            for sentence in sentences(text)
            if (item := self._item(sentence, content_words(sentence)))
        ]

    def asked_about(self, question: str) -> str:
        """Return the hidden item that a question asks about, or "".

        Here the name of a hidden category is enough: whoever asks about politics gets politics.
        """
        if not self.names:
            return ""
        words = content_words(question)
        block = next((name for word, name in self._blocks.items() if word in words), "")
        return block or self._item(question, words)

    def _item(self, sentence: str, words: frozenset[str]) -> str:
        candidates = {name for word in words for name in self._by_word.get(word, ())}
        for name in self.names:
            if name not in candidates or len(words & self._content[name]) < 2:
                continue
            weights = self._own[name]
            shared = sum(weight for word, weight in weights.items() if word in words)
            if shared >= ENOUGH * sum(weights.values()):
                return name
        return next((name for pattern, name in self._labels if pattern.search(sentence)), "")


_SPOKEN = (Role.ITEM, Role.DEMOGRAPHIC)
_GENERAL_ROOTS = frozenset(word for name in _GENERAL_BLOCKS for word in content_words(name))
_EVERYDAY_ROOTS = frozenset(word for name in _EVERYDAY for word in content_words(name))


def _telling_labels(
    codebook: Codebook, hidden: tuple[str, ...]
) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of labels that only hidden items have, and that say something by themselves."""
    out_of_sight = set(hidden)
    seen = {
        text.casefold()
        for variable in codebook
        if variable.name not in out_of_sight
        for text in _label_texts(variable)
    }
    found: dict[str, tuple[re.Pattern[str], str]] = {}
    for name in hidden:
        variable = codebook[name]
        for text in _label_texts(variable):
            if text.casefold() in seen or text in found:
                continue
            pattern = _label_pattern(text, variable.level)
            if pattern is not None:
                found[text] = (pattern, name)
    return tuple(found.values())


def _label_texts(variable: Variable) -> list[str]:
    """Labels in full, and without what they say in brackets."""
    texts = [plain(label) for _, label in variable.labels]
    return [*texts, *(t.partition(" (")[0] for t in texts if " (" in t)]


def _label_pattern(text: str, level: Level) -> re.Pattern[str] | None:
    words = content_words(text)
    if len(words) >= 2 and len(text) >= 8 and not any(c.isdigit() for c in text):
        return re.compile(rf"(?i)\b{re.escape(text)}(?!\w)")
    name = text.isalpha() and len(text) >= LEAST_NAME and text[0].isupper() and words
    if name and level is Level.NOMINAL:
        # In the middle of a sentence a capital makes it a name.
        return re.compile(rf"(?<=[\w,;:] ){re.escape(text)}\b")
    return None
