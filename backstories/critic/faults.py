"""What can be wrong with an answer, and what is known of the interview when it is checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from ...twins.record import Fact
from ..hidden import sentences

if TYPE_CHECKING:
    from ..hidden import Subjects

__all__ = ["CRITIC_FAULTS", "GRAM", "Fault", "Finding", "Passage", "Situation"]


class Fault(StrEnum):
    """Why an answer is rejected. The first nine are those of Higher-Order Binding's critic
    (arXiv 2504.11673), taken apart."""

    OUTSIDER = "outsider comment"
    """It speaks about the answer, the task or the persona."""
    CODE = "code"
    EDITOR = "editor's note"
    """Notes, headings, word counts and gaps to fill in, as in a draft."""
    QUESTION = "new question"
    """It goes on to ask, or to answer, further questions."""
    IRRELEVANT = "irrelevant"
    NOT_A_PERSON = "third person or not human"
    REPETITION = "repetition"
    ROLE = "role reversal"
    """It speaks as the interviewer."""
    EARLIER = "contradicts an earlier answer"
    RECORD = "contradicts the record"
    PARROT = "parrots the record"
    """It recites answers in the words and figures of the survey."""
    HELD_OUT = "touches what is held out"

    EMPTY = "empty"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    LANGUAGE = "wrong language"

    @property
    def told(self) -> str:
        """What the model is told when it answers again; says nothing of what is hidden."""
        return _TOLD[self]


CRITIC_FAULTS = tuple(Fault)[:12]
"""The faults that the critic is calibrated on."""

_TOLD = {
    Fault.OUTSIDER: "it commented on the answer or the task instead of only answering",
    Fault.CODE: "it contained code or markup",
    Fault.EDITOR: "it contained headings, notes in brackets, word counts or gaps to be filled in",
    Fault.QUESTION: "it went on to further questions; only the question asked is to be answered",
    Fault.IRRELEVANT: "it did not answer the question",
    Fault.NOT_A_PERSON: "it did not speak as a person, in the first person",
    Fault.REPETITION: "it repeated what was said already",
    Fault.ROLE: "it spoke as the interviewer; you are the person interviewed",
    Fault.EARLIER: "it contradicted an earlier answer of yours",
    Fault.RECORD: "it contradicted what is known about you",
    Fault.PARROT: "it recited survey answers; say what they mean in your own everyday words",
    Fault.HELD_OUT: "it raised a subject that is not to be spoken of here; leave that out",
    Fault.EMPTY: "it was empty",
    Fault.TRUNCATED: "it was cut off before its end; be briefer",
    Fault.REFUSED: "it declined to answer; answer as the person would",
    Fault.LANGUAGE: "it was in another language",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with an answer.

    Attributes:
        fault: What.
        quote: Where it shows, as it stands in the answer; may be "".
        why: What it clashes with, for people: an earlier answer, a fact, an item.
        by: "rule", or the spec of the model that found it.
    """

    fault: Fault
    quote: str = ""
    why: str = ""
    by: str = "rule"


@dataclass(frozen=True)
class Situation:
    """What is known of the interview when an answer is checked.

    Attributes:
        asked: The question.
        objective: What it is to bring out.
        earlier: Earlier answers, in order.
        facts: The person's visible record; () where there is none.
        language: BCP 47 tag that the answer is to be in.
        hidden: The subjects of held-out items.
        avoided: The subjects of items that this answer must not touch.
        composed: Whether the answer was composed from the record by rule: then its wording is
            that of the record, and saying little is honest.
    """

    asked: str
    objective: str = ""
    earlier: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    language: str = "en"
    hidden: Subjects | None = None
    avoided: Subjects | None = None
    composed: bool = False
    cache: dict[object, object] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out for other answers of the same interview."""

    def passage(self, text: str) -> Passage:
        """An answer of this interview, taken apart once."""
        known = self.cache.get(text)
        if not isinstance(known, Passage):
            known = self.cache[text] = Passage(text)
        return known


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


GRAM = 5
"""Words of the runs by which answers are compared."""


class Passage:
    """A text with what several rules need of it, each worked out at first use.

    Attributes:
        text: The text, with straight quotes.
    """

    def __init__(self, text: str) -> None:
        self.text = text.translate(_STRAIGHT)

    @cached_property
    def folded(self) -> str:
        """In lower case."""
        return self.text.casefold()

    @cached_property
    def sentences(self) -> list[str]:
        """Its sentences."""
        return sentences(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """Sentences as bare words in lower case, to be compared."""
        return [" ".join(_WORD.findall(sentence.casefold())) for sentence in self.sentences]

    @cached_property
    def words(self) -> list[str]:
        """Its words, in lower case."""
        return " ".join(self.lines).split()

    @cached_property
    def line_set(self) -> frozenset[str]:
        """Its different sentences, as bare words."""
        return frozenset(self.lines)

    @cached_property
    def grams(self) -> frozenset[tuple[str, ...]]:
        """Runs of `GRAM` words."""
        words = self.words
        return frozenset(zip(*(words[i:] for i in range(GRAM)), strict=False))
