"""How a language model is asked: what it gives, in whose voice, and what it may leave out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ....data.errors import RequestError

__all__ = ["Asking", "Context", "Mode", "Strictness", "Voice"]

Voice = Literal["first-person", "third-person"]


class Mode(StrEnum):
    """How an answer is elicited."""

    CHOICE = "choice"
    """The model answers."""
    PROBABILITIES = "probabilities"
    """It says how likely every option is, and one is drawn."""
    SAMPLES = "samples"
    """It answers several times, independently, and one answer is drawn."""
    LOGPROBS = "logprobs"
    """It answers with a letter, whose log-probabilities are read, and one is drawn."""
    DECISIONS = "decisions"
    """The provider returns the probability of every option, and one is drawn."""

    @property
    def json(self) -> bool:
        """Whether the model itself writes the JSON that is read."""
        return self not in (Mode.LOGPROBS, Mode.DECISIONS)


class Strictness(StrEnum):
    """How much of the answer's form the provider is asked to enforce.

    Providers put the schema in front of the prompt: a request with another schema finds nothing
    of the persona in the cache. What holds for a page is therefore best kept out of the schema
    where personas are cached.
    """

    CODES = "codes"
    """Keys, kinds of value, and the codes of every question."""
    SHAPE = "shape"
    """Keys and kinds of value; pages of as many closed questions share one schema."""
    ROWS = "rows"
    """Rows of a key and its answer as strings: all pages of all kinds share one schema."""
    NONE = "none"
    """Nothing: the page says in words what the JSON looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How pages are put to a model; the same throughout a run.

    Attributes:
        mode: How an answer is elicited.
        voice: Whether the model answers as the person or predicts what the person answers.
        reasoning: Whether it writes down reasons before it answers.
        nonresponse: Whether questions that are not required may be passed over.
        language: BCP 47 tag of the questionnaire.
        today: The day of the interview, if it is to be told.
        strictness: What the provider enforces.
        codes: With `Strictness.SHAPE`, every code there is in the questionnaire, which the schema
            shared by all pages lists; empty for listing none.

    Raises:
        RequestError: Reasons are wanted in a mode that has no place for them.
    """

    mode: Mode = Mode.CHOICE
    voice: Voice = "first-person"
    reasoning: bool = False
    nonresponse: bool = True
    language: str = "en"
    today: datetime.date | None = None
    strictness: Strictness = Strictness.CODES
    codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.reasoning and not self.mode.json:
            raise RequestError(
                f"there is no room for reasons when answers are elicited by {self.mode}",
                remedy="use choice, probabilities or samples, or leave the reasons out",
            )


@dataclass(frozen=True, slots=True)
class Context:
    """Whose answer is read.

    Attributes:
        seed: The run's seed.
        twin: Id of the twin.
        replicate: 1-based repetition of the interview.
        attempt: Number of the attempt that brought the answer; 0 if none was made.
    """

    seed: int = 0
    twin: str = ""
    replicate: int = 1
    attempt: int = 0
