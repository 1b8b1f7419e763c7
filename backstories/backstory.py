"""What an interview leaves behind: turns, and the backstory they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..data.personal_text import masked

__all__ = ["Author", "Backstory", "Status", "Turn"]


class Author(StrEnum):
    """Who gave an answer."""

    MODEL = "model"
    TEMPLATE = "template"
    """Composed from the record alone, by rule; nothing in it is invented."""
    PERSON = "person"
    """The person, in a real interview."""


class Status(StrEnum):
    """How far a backstory is."""

    OPEN = "open"
    FINISHED = "finished"
    FAILED = "failed"
    """An answer was rejected as often as allowed, or could not be had; see `Backstory.reason`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question and its accepted answer.

    Attributes:
        number: 1 is the first of its interview.
        question: Id of the protocol's question.
        follow_up: 0 for the protocol's own question, 1 for the first follow-up to it, ….
        asked: The question as it was asked.
        answer: What was answered, as accepted.
        author: Who gave the answer.
        facts: Names of the record's variables that could be used for it.
        notes: The interviewer's note on it, if any.
        personal: Kinds of personal data found in it ("e-mail address"), for transcripts.
        withheld: Why it is kept but never shown to anybody, or "".
        tries: Answers that were given before one was accepted, that one included.
        model: Spec of the model that answered; "" for template and person.
        attempt: Number of the attempt that brought the answer; 0 if none was made for it.
    """

    number: int
    question: str
    follow_up: int
    asked: str
    answer: str
    author: Author
    facts: tuple[str, ...] = ()
    notes: str = ""
    personal: tuple[str, ...] = ()
    withheld: str = ""
    tries: int = 1
    model: str = ""
    attempt: int = 0

    @property
    def shown(self) -> str:
        """The answer as it may be shown to a model: personal data masked."""
        return masked(self.answer) if self.author is Author.PERSON else self.answer

    @property
    def words(self) -> int:
        """Words of the answer."""
        return len(self.answer.split())


@dataclass(frozen=True, kw_only=True)
class Backstory:
    """An interview with one twin, or with somebody made up.

    Attributes:
        twin: Whose: the person id of the panel; "free-000001" and so on for made-up people.
        status: How far it is. Only finished ones are to be used.
        turns: Accepted turns, in order; of a failed one, those accepted before it failed.
        reason: Why it failed: the last fault, or what went wrong with the call.
        meta: What the whole file says of how it was made (`Backstories.meta`).
    """

    twin: str
    status: Status
    turns: tuple[Turn, ...] = ()
    reason: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def finished(self) -> bool:
        """Whether it is whole."""
        return self.status is Status.FINISHED

    @property
    def visible(self) -> tuple[Turn, ...]:
        """The turns that may be shown: those not withheld."""
        return tuple(turn for turn in self.turns if not turn.withheld)

    @property
    def text(self) -> str:
        """The answers alone, in order, a blank line between; personal data masked."""
        return "\n\n".join(turn.shown for turn in self.visible)

    @property
    def dialogue(self) -> str:
        """Questions and answers, in order, a blank line between; personal data masked."""
        return "\n\n".join(f"Question: {turn.asked}\nAnswer: {turn.shown}" for turn in self.visible)

    @property
    def words(self) -> int:
        """Words of all shown answers."""
        return sum(turn.words for turn in self.visible)

    @property
    def author(self) -> Author | None:
        """Who gave the answers; None where there is no turn yet."""
        return self.turns[0].author if self.turns else None
