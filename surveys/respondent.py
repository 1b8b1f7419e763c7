"""Who answers: the protocol every respondent follows, and the replies it gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..data.codebook import Code, Reason
from .question import Shown

if TYPE_CHECKING:
    from ..twins.twin import Twin, Twins
    from .questionnaire import Questionnaire

__all__ = [
    "AnsweredPages",
    "AttemptLog",
    "Basis",
    "BatchRespondent",
    "ForesightedRespondent",
    "Interview",
    "LeftOver",
    "Page",
    "Preparation",
    "Reply",
    "Respondent",
]


class Basis(StrEnum):
    """What an answer rests on, strongest first."""

    RECORDED = "recorded"
    """The person's own recorded answer, where echo is allowed."""
    PANEL = "panel"
    """Other people's answers to the same item in the panel."""
    PILOT = "pilot"
    """Answers to the same item in a separate human pilot."""
    DECLARED = "declared"
    """A relative declared with `like:`."""
    MODEL = "model"
    """A language model's reading of the persona."""
    TASK_MODEL = "task-model"
    """A parametric decision model with published parameters."""
    SCALE_PRIOR = "scale-prior"
    """How people use such a scale in general; meaningful in aggregate only."""
    NONE = "none"
    """Nothing: there is no answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One variable's answer, or the reason there is none. Exactly one of the two is given.

    Attributes:
        variable: Name of the variable.
        value: Substantive code, number or text; None where there is no answer.
        reason: Why there is no answer; None where there is one.
        basis: What the answer rests on.
        probabilities: Probability of every code the reply was drawn from, summing to 1, or empty.
        note: For people: what would help, what was assumed.
        raw: What the respondent literally said, if it spoke.
        attempt: What `AttemptLog.begin` returned for the attempt that brought it; 0 if none was
            made.
    """

    variable: str
    value: Code | None
    reason: Reason | None = None
    basis: Basis = Basis.NONE
    probabilities: tuple[tuple[Code, float], ...] = ()
    note: str = ""
    raw: str = ""
    attempt: int = 0

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError(f"{self.variable}: a reply is a value or a reason, never both or none")


@dataclass(frozen=True, slots=True)
class Page:
    """The questions shown together at one point of an interview.

    Attributes:
        number: 1-based position in this person's interview.
        questions: As this person sees them; display texts included.
    """

    number: int
    questions: tuple[Shown, ...]


class AttemptLog(Protocol):
    """Where a respondent that costs money writes every attempt before sending it."""

    async def begin(self, page: int, detail: Mapping[str, Any]) -> int:
        """Record that an attempt is about to be made; returns when that is on disk.

        Args:
            page: Number of the page it is made for.
            detail: `request`, a digest of what is sent; `expected`, its likely cost in US
                dollars, None if unknown; `prompt`, the texts that are sent, each stored once;
                and whatever else should be kept; no secrets.

        Returns:
            The attempt's number, for `end` and for `Reply.attempt`.

        Raises:
            BudgetReachedError: There is no money left for it, so it must not be made.
        """
        ...

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        """Record that an attempt now waits in a provider's batch.

        It outlives the process: a later start of the run finds it among the open batches.

        Args:
            attempt: What `begin` returned.
            batch: The batch's id at the provider.
            custom_id: The request's id within the batch.
        """
        ...

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        """Record how an attempt ended; the first time counts.

        It is on disk no later than the page it was made for. An attempt that is never ended is
        recorded as interrupted: it may have been billed.

        Args:
            attempt: What `begin` returned.
            outcome: "answered", "failed", …; one or two words.
            detail: `input_tokens`, `cached_tokens`, `output_tokens`, `cost` in US dollars;
                `billed`: "maybe" where it may have been billed without an answer; and whatever
                else should be kept; no secrets.
        """
        ...


@dataclass(frozen=True, slots=True)
class Interview:
    """One person's interview, as far as it has come.

    Attributes:
        twin: Who is asked.
        replicate: 1-based repetition of the whole interview.
        seed: The run's seed; draws use `generator(seed, twin.id, variable, replicate, purpose)`.
        arms: Condition → arm of this person.
        said: Earlier pages with their replies, in order; grows as the interview goes on.
        attempts: Where attempts that cost money are written.
    """

    twin: Twin
    replicate: int
    seed: int
    arms: Mapping[str, str]
    said: Sequence[tuple[Page, Sequence[Reply]]]
    attempts: AttemptLog


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a respondent says about its readiness before fieldwork begins.

    Attributes:
        basis: By variable, what its answers will rest on.
        refused: By variable, why it will not be answered and what would help.
        warnings: One sentence each.
        facts: Figures for the run file and the report (seconds, people learned from, …).
    """

    basis: Mapping[str, Basis] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


@runtime_checkable
class Respondent(Protocol):
    """Whoever answers for twins. A respondent is one file in `respondents/` and one registration.

    `answer` must return exactly one reply for every variable of every question on the page, must
    not depend on the order in which interviews are run, and must derive every random choice from
    `interview.seed`.
    """

    @property
    def spec(self) -> str:
        """Short text that names it, such as "statistical" or "anthropic:NAME"."""
        ...

    @property
    def fingerprint(self) -> str:
        """Digest of everything but the page and the twin that its answers depend on."""
        ...

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        """Get ready to answer `questionnaire` for `twins`; called once, before any page."""
        ...

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        """Answer one page."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and files."""
        ...


AnsweredPages = Sequence[tuple[Page, Sequence[Reply]]]
"""Pages with their replies."""


@runtime_checkable
class ForesightedRespondent(Respondent, Protocol):
    """A respondent that takes pages before earlier ones are answered, several at a time.

    Only pages that show the same whatever the answers under way will be are given out together.
    """

    @property
    def ahead(self) -> int:
        """How many questions it wants at a time; 0 to be asked page by page."""
        ...

    @property
    def at_once(self) -> int:
        """How many interviews it wants under way at a time, if nobody says otherwise."""
        ...

    def answer_ahead(
        self, pages: Sequence[Page], interview: Interview
    ) -> AsyncIterator[AnsweredPages]:
        """Answer several pages; yield each as soon as it is answered, in any order.

        Pages that are yielded together are recorded together, whole or not at all.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """What earlier starts of a run left at a provider.

    Attributes:
        batches: Batch id → custom id → number of the attempt that waits in it, or that was
            answered out of it without the answer getting on record.
        lost: Attempts begun for a batch whose id was never written down, by the `parcel` of their
            detail: custom id → number.
        since: By parcel, when the first of those was begun, in seconds since 1970.
        attempts: Where these attempts are ended.
        tell: Shows people one sentence.
    """

    batches: Mapping[str, Mapping[str, int]]
    lost: Mapping[str, Mapping[str, int]]
    since: Mapping[str, float]
    attempts: AttemptLog
    tell: Callable[[str], None]


@runtime_checkable
class BatchRespondent(Protocol):
    """A respondent whose requests may still be under way at the provider from an earlier start."""

    @property
    def deferred(self) -> bool:
        """Whether requests of this start may be left under way when the process ends."""
        ...

    def take_over(self, left: LeftOver) -> None:
        """Take over what earlier starts left; called once, before any page.

        Raises:
            RequestError: It has no way to; nothing may be asked again.
        """
        ...

    def leave(self) -> None:
        """Stop waiting for the provider; called when the run is interrupted.

        What waits there stays there, and `answer` raises `AnswersPendingError` for it. What can be
        finished in seconds goes on.
        """
        ...

    async def collect(self) -> None:
        """Take what was paid for and nobody asked for again; called when all is answered."""
        ...
