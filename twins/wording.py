"""When two survey items ask the same thing: wordings normalised and compared.

Items of a battery share a long stem and differ in a word or two, which is exactly what a rewording
looks like to a plain similarity score. So stems shared by three or more items are taken off
first, and two items are alike only when what differs is on *one* side: "… can be trusted" against
"… can be trusted these days", but not "… the police" against "… the army".
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..data.codebook import Codebook, Variable
from .plain import plain

__all__ = [
    "FUNCTION_WORDS",
    "NEARLY_THE_SAME",
    "SAME_WITH_MORE",
    "Wordings",
    "content_words",
    "normalise",
    "without_wave",
]

NEARLY_THE_SAME = 0.85
"""TF-IDF cosine from which two wordings with a one-sided difference count as the same item.
Chosen so that "satisfied with your life" (.82 against "… your family life") stays apart."""

SAME_WITH_MORE = 0.65
"""The same threshold where one wording holds all of three or more content words of the other. Of
some 200 pairs that both find in twelve questionnaires of 8 to 748 items (the mega-study of arXiv
2509.19088; own count), nearly all are rewordings or one item under several vignettes."""

BATTERY = 3
"""A stem is something that at least so many different items begin or end with."""

_STEM_WORDS = 3

_NUMBERING = re.compile(
    r"^\W*(?:[a-z]{0,3}\d+[a-z]?(?:[._]\d+)*[a-z]?\s*[.:)\]\-–—]+\s+|\([a-z]\)\s+)"
)
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")

_OCCASION = r"(?:wave|round|occasion|time|t|w)\s*[-_.]?\s*\d{1,2}"
_PHASE = r"(?:baseline|mid-?line|end-?line|follow-?up|re-?test|pre-?test|post-?test)"
_WAVE_IN_TEXT = re.compile(
    rf"^\W*(?:{_OCCASION}|{_PHASE})\b[\s:.,)\]–—-]*|[\s:,;–—-]*[(\[]?\b(?:{_OCCASION}|{_PHASE})\W*$"
    r"|\s*[(\[]\s*(?:19|20)\d\d\s*[)\]]\W*$"
)
_WAVE_IN_NAME = re.compile(
    r"^(?:w|wave|t|time)\d{1,2}[_.]|[_.](?:w|wave|t|time)_?\d{1,2}$|(?<=[a-z0-9])[WT]\d{1,2}$"
    r"|[_.](?:baseline|midline|endline|followup|retest|pretest|posttest)$",
)

FUNCTION_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
a about all an and any are as at be been being but by can could did do does doing don dont done
each for from had has have having he her him his how i if in into is it its itself me my myself
no not of on or our ours she should so some such than that the their them themselves then there
these they this those to too upon us very was we were what when where whether which while who
whom why will with would you your yours yourself isnt arent wasnt doesnt didnt cant cannot wont
wouldnt shouldnt im ive youre weve never please indicate rate say saying tell generally general
speaking overall following question statement statements answer select choose mark think
nowadays days
        """,
    )
)
"""Words that a rewording adds or drops without asking anything else. Negations are among them,
since a reversed item gives its original away. English only: elsewhere function words count like
content, which finds fewer near duplicates, never more."""

_ENDINGS = ("ations", "ation", "ingly", "edly", "ings", "ing", "ies", "ed", "es", "ly", "s")


def normalise(text: str) -> str:
    """Bring wordings that differ in form only to one text.

    HTML, numbering ("Q12a. "), wave markers ("(wave 2)"), case, punctuation and runs of spaces go.

    >>> normalise("<i>Q7.</i>  Are you HAPPY, overall?") == normalise("are you happy overall")
    True
    """
    line = plain(text).casefold()
    for _ in range(2):
        line = _NUMBERING.sub("", line)
        line = _WAVE_IN_TEXT.sub("", line)
    return " ".join(_WORD.findall(_APOSTROPHE.sub("", line)))


def without_wave(name: str) -> str:
    """Variable name without an explicit wave marker: "trust_w2", "w2_trust" are "trust"."""
    return _WAVE_IN_NAME.sub("", name) or name


def _root(word: str) -> str:
    """Return a crude stem, the same for inflections and for -ise/-ize, never for short words."""
    word = word.replace("isation", "ization").replace("ise", "ize")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    if len(word) > 4 and word[-1] in "eyi":
        word = word[:-1]
    return word


def _content(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(_root(token) for token in tokens if token not in FUNCTION_WORDS)


def content_words(text: str) -> frozenset[str]:
    """Return what a text is about: its words without function words, as crude stems.

    >>> sorted(content_words("Do you trust the police?"))
    ['polic', 'trust']
    """
    return _content(normalise(text).split())


@dataclass(frozen=True)
class Wordings:
    """The wordings of a codebook, ready to be compared.

    Attributes:
        text: Normalised wording by variable; "" where the codebook has none.
        content: Content words by variable.
        own: The same without those of a battery's stem: what the item itself asks.
        rarity: Inverse document frequency of each word of `own` over distinct wordings.
    """

    text: Mapping[str, str]
    content: Mapping[str, frozenset[str]]
    own: Mapping[str, frozenset[str]]
    rarity: Mapping[str, float]

    @classmethod
    def of(cls, book: Codebook) -> Wordings:
        """Prepare the wordings of a codebook."""
        text = _texts(book)
        tokens = {name: tuple(words.split()) for name, words in text.items()}
        stem = _shared_beginning(set(tokens.values()))
        reversed_stem = _shared_beginning({words[::-1] for words in tokens.values()})
        content = {name: _content(words) for name, words in tokens.items()}
        own = {}
        for name, words in tokens.items():
            start, end = stem(words), len(words) - reversed_stem(words[::-1])
            # Where nothing would be left, less is taken off: a battery asked under several
            # vignettes ends alike too, and an item that is all stem asks just that.
            rests = (words[start:end], words[start:], words[:end], words)
            own[name] = next((found for rest in rests if (found := _content(rest))), frozenset())
        counts: Counter[str] = Counter()
        distinct = {text[name]: words for name, words in own.items() if text[name]}
        for found in distinct.values():
            counts.update(found)
        total = len(distinct)
        rarity = {word: math.log((1 + total) / (1 + n)) + 1 for word, n in counts.items()}
        return cls(text, content, own, rarity)

    def same(self, a: str, b: str) -> bool:
        """Whether two variables have the same wording, form aside."""
        return bool(self.text[a]) and self.text[a] == self.text[b]

    def likeness(self, a: str, b: str) -> float:
        """TF-IDF cosine of two wordings (0 to 1) if they are nearly the same item, else 0.

        A two-sided difference, each wording holding a content word that the other lacks, makes
        them different items however much else they share. It is looked for with and without
        stems: the same row under two stems is two items, and so is a row beside its stem alone.
        """
        left, right = self.own[a], self.own[b]
        two_sided = any(
            words[a] - words[b] and words[b] - words[a] for words in (self.content, self.own)
        )
        if not left or not right or two_sided:
            return 0.0
        shared = sum(self.rarity[word] ** 2 for word in left & right)
        lengths = math.prod(
            math.sqrt(sum(self.rarity[word] ** 2 for word in side)) for side in (left, right)
        )
        cosine = min(1.0, shared / lengths)
        enough = SAME_WITH_MORE if min(len(left), len(right)) >= 3 else NEARLY_THE_SAME
        return cosine if cosine >= enough else 0.0


def _texts(book: Codebook) -> dict[str, str]:
    """Normalised wording of every variable: the question, with the row's label where several
    variables share the question and only labels tell them apart (a matrix, a "mark all")."""
    by_question: dict[str, list[Variable]] = defaultdict(list)
    for variable in book:
        by_question[normalise(variable.question)].append(variable)
    found = {}
    for question, variables in by_question.items():
        labels = {v.name: normalise(v.label) for v in variables}
        if not question:
            found.update(labels)
            continue
        rows = {label for label in labels.values() if label and label != question}
        grouped = Counter(v.group for v in variables if v.group)
        for variable in variables:
            label = labels[variable.name]
            in_matrix = grouped[variable.group] > 1 if variable.group else len(rows) >= BATTERY
            if not in_matrix:
                found[variable.name] = question
            elif label and label != question:
                found[variable.name] = f"{question} {label}"
            elif variable.group:
                # A matrix whose rows are told apart by nothing but their names.
                found[variable.name] = f"{question} {without_wave(variable.name).casefold()}"
            else:
                found[variable.name] = question
    return {variable.name: found[variable.name] for variable in book}


def _shared_beginning(texts: set[tuple[str, ...]]) -> Callable[[tuple[str, ...]], int]:
    """Return a function giving how many words of a text are the stem of a battery."""
    counts: Counter[tuple[str, ...]] = Counter()
    for words in texts:
        counts.update(words[:n] for n in range(_STEM_WORDS, len(words) + 1))

    def length(words: tuple[str, ...]) -> int:
        for n in range(len(words), _STEM_WORDS - 1, -1):
            if counts[words[:n]] >= BATTERY:
                return n
        return 0

    return length
