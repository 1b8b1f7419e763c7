"""An interview protocol: the open questions of a life interview, in order, and what each may use.

The idea of growing a backstory out of open questions, each answer seeing all earlier ones, is that
of Higher-Order Binding (arXiv 2504.11673); follow-ups under a learning objective are those of
Park et al. 2024 (arXiv 2411.10109).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..data.fingerprint import Digest

__all__ = ["ALL", "DEMOGRAPHICS", "NEAREST", "NOTHING", "Protocol", "ProtocolQuestion"]

ALL = "all"
"""Every visible fact may be used."""
NOTHING = "none"
"""No fact may be used: the answer rests on what was said before."""
DEMOGRAPHICS = "demographics"
"""The facts whose role in the codebook is demographic."""
NEAREST = "nearest"
"""The facts whose wording is nearest to the question, `ProtocolQuestion.most_facts` of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolQuestion:
    """One open question of an interview.

    Attributes:
        id: Unique in its protocol.
        text: The question, as it is asked.
        objective: What the interviewer wants to learn; follow-ups pursue it.
        words: About how many words an answer has.
        follow_ups: Most questions that may be asked in addition.
        facts: Which facts of the record the answer may use: `ALL`, `NOTHING`, `DEMOGRAPHICS`,
            `NEAREST`, names, patterns ("trust_*"), "block:NAME", "group:NAME".
        most_facts: How many facts `NEAREST` brings.
        avoid: Items the answer must not touch, named as facts are.
        line: Where it stands in its file; 0 where it was not read from one.
    """

    id: str
    text: str
    objective: str = ""
    words: int = 150
    follow_ups: int = 0
    facts: tuple[str, ...] = (DEMOGRAPHICS, NEAREST)
    most_facts: int = 12
    avoid: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Protocol:
    """An interview protocol. Made by `backstories.protocol_file.load_protocol`.

    Attributes:
        name: Its id.
        version: As its author counts.
        questions: In the order in which they are asked; at least one.
        title: For people.
        source: Who wrote it, after whom.
        language: BCP 47 tag of the questions, and of the answers.
        where: The file, for messages.
    """

    name: str
    version: str
    questions: tuple[ProtocolQuestion, ...]
    title: str = ""
    source: str = ""
    language: str = "en"
    where: str = ""

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def words(self) -> int:
        """About how many words an interview without follow-ups has."""
        return sum(question.words for question in self.questions)

    @property
    def most_turns(self) -> int:
        """Turns of an interview in which every follow-up is asked."""
        return sum(1 + question.follow_ups for question in self.questions)

    def without(self, ids: Sequence[str]) -> Protocol:
        """Return the protocol without the questions of these ids."""
        kept = tuple(question for question in self.questions if question.id not in ids)
        return dataclasses.replace(self, questions=kept)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) of everything that is asked and how; file and line do not count."""
        digest = Digest()
        digest.add("protocol 1", self.name, self.version, self.language)
        for question in self.questions:
            plain = dataclasses.asdict(question)
            del plain["line"]
            digest.add(*(f"{key}={value!r}" for key, value in plain.items()))
        return digest.hexdigest()
