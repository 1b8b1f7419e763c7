"""One interview after another: a turn is asked, checked, asked again with the reason, given up."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..data.errors import BudgetReachedError, LedgerError, UnderstudyError
from ..data.legible import legible
from ..data.seeds import seed_of
from ..twins.llm.chat import Completion, Head, Request, Stop, Usage
from ..twins.llm.failures import CallError
from ..twins.llm.line import Line, LineDownError
from ..twins.llm.machine_talk import is_machine_talk
from ..twins.record import Fact
from ..twins.tokens import estimate_tokens
from ..twins.twin import Twin
from .backstory import Author, Status, Turn
from .commission import Commission
from .critic.critic import Critic, ModelCritic
from .critic.faults import Fault, Finding, Situation
from .interview import Asking, Interview, Plan
from .prompts import (
    TOKENS_PER_WORD,
    interviewee_head,
    interviewee_request,
    interviewer_request,
    read_plan,
)
from .protocol import ProtocolQuestion
from .recording import Recorder, Texts
from .template import compose, facts_told

__all__ = ["Interviewing", "Job", "Ways"]

TURN_SECONDS = 0.005
"""How long interviews that never wait may keep others, and Ctrl-C, from their turn."""
NO_RECORD = "the record holds nothing that may be used"


@dataclass(frozen=True, slots=True)
class Job:
    """An interview to hold, or to go on with.

    Attributes:
        number: Its number in the file.
        twin: Whose.
        turns: Turns accepted by earlier starts.
        plans: The interviewer's plans, by number of the turn.
        used: Answers to the next turn that were rejected before.
        faults: What was wrong with the last of them.
        allowance: Answers to the next turn before it is given up, those used included.
    """

    number: int
    twin: str
    turns: tuple[Turn, ...] = ()
    plans: Mapping[int, Plan] = field(default_factory=dict)
    used: int = 0
    faults: tuple[Fault, ...] = ()
    allowance: int = 0


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to the models: None where none is asked.

    Attributes:
        answers: To the interviewee's.
        asks: To the interviewer's.
        reads: To the critic's.
    """

    answers: Line | None = None
    asks: Line | None = None
    reads: ModelCritic | None = None

    @classmethod
    def of(cls, what: Commission, lines: Mapping[str, Line]) -> Ways:
        """Take the lines by the specs of a commission."""
        reads = lines.get(what.manner.reads)
        return cls(
            lines.get(what.manner.model),
            lines.get(what.manner.asks),
            ModelCritic(reads) if reads else None,
        )


class _GivenUpError(Exception):
    """A backstory is given up, for a reason that is recorded."""


class _StoppedError(Exception):
    """Somebody stopped it; the backstory stays open."""


@dataclass(slots=True, eq=False)
class _Course:
    """One interview with what is worked out once for all of its turns."""

    job: Job
    interview: Interview
    twin: Twin | None
    head: Head
    always: tuple[Fact, ...]
    record: tuple[Fact, ...]
    texts: Texts
    cache: dict[object, object]
    told: set[str]
    mark: bool


class Interviewing:
    """Holds interviews until all are over, somebody stops it, or it cannot go on.

    Attributes:
        stopping: Set to let turns under way finish and begin no more.
        error: Why it cannot go on, if so.
        ended: Backstories finished or failed since this start.
        failed: Those of them that failed.
        turns: Turns accepted since this start.
        rejections: Answers rejected since this start, by fault.
    """

    def __init__(self, what: Commission, recorder: Recorder, ways: Ways) -> None:
        self.stopping = False
        self.error: UnderstudyError | None = None
        self.ended = 0
        self.failed = 0
        self.turns = 0
        self.rejections: Counter[Fault] = Counter()
        self._what = what
        self._recorder = recorder
        self._ways = ways
        self._critic = Critic()
        self._turn = 0.0

    async def interviewer(self, left: Iterator[Job]) -> None:
        """Hold one interview after the other."""
        for job in left:
            if self.stopping:
                return
            try:
                await self._interview(job)
            except UnderstudyError as error:
                self.stopping = True
                self.error = self.error or error
                return
            except Exception:
                self.stopping = True
                raise

    async def _interview(self, job: Job) -> None:
        course = self._course(job)
        interview = course.interview
        try:
            if self._what.manner.mode.of_record and not course.record:
                raise _GivenUpError(NO_RECORD)
            while True:
                if self.stopping:
                    return
                question = interview.unplanned
                if question is not None:
                    await self._plan(course, question)
                    continue
                asking = interview.next()
                if asking is None:
                    break
                turn = await self._asked(course, asking)
                self._recorder.accepted(job.number, turn)
                interview.accept(turn)
                self.turns += 1
                await self._give_way()
        except _StoppedError:
            return
        except _GivenUpError as reason:
            self._recorder.ended(job.number, Status.FAILED, str(reason), len(interview.turns))
            self.failed += 1
        else:
            self._recorder.ended(job.number, Status.FINISHED, "", len(interview.turns))
        self.ended += 1

    def _course(self, job: Job) -> _Course:
        what = self._what
        twin = what.twins[job.twin] if what.twins is not None else None
        always: tuple[Fact, ...] = ()
        record: tuple[Fact, ...] = ()
        if twin is not None and what.allowed is not None:
            always, record = what.allowed.always(twin), twin.facts
        head = interviewee_head(what.manner.mode, what.protocol.language, always, what.manner.date)
        interview = Interview(
            what.protocol, job.turns, job.plans, plans_made=self._ways.asks is not None
        )
        told: set[str] = set()
        if what.manner.template:
            told = {name for turn in job.turns for name in facts_told(turn.answer, record)}
        line = self._ways.answers
        card = line.model.card if line else None
        mark = (
            card is not None
            and card.caching == "marked"
            and estimate_tokens(head.instructions + head.persona) >= card.cache_minimum
        )
        return _Course(job, interview, twin, head, always, record, Texts(), {}, told, mark)

    # --- a turn -------------------------------------------------------------------------------

    async def _asked(self, course: _Course, asking: Asking) -> Turn:
        """Ask until an answer is accepted.

        Raises:
            _GivenUpError: None was, as often as allowed, or none was to be had.
        """
        manner, job = self._what.manner, course.job
        facts: tuple[Fact, ...] = ()
        if course.twin is not None and self._what.allowed is not None:
            facts = self._what.allowed.facts(asking.question, course.twin, course.record)
        usable = (*course.always, *facts)
        here = asking.number == len(job.turns) + 1
        number = job.used if here else 0
        allowance = job.allowance if here and job.allowance else manner.tries
        found: Sequence[Finding] = [Finding(fault) for fault in job.faults] if here else ()
        situation = self._situation(course, asking)
        while number < allowance:
            number += 1
            answer, attempt, stop = await self._answer(course, asking, facts, usable, found, number)
            found = await self._judged(course, asking, situation, answer, stop)
            if not found:
                if manner.template:
                    course.told.update(facts_told(answer, usable))
                return Turn(
                    number=asking.number,
                    question=asking.question.id,
                    follow_up=asking.follow_up,
                    asked=asking.text,
                    answer=answer,
                    author=Author.TEMPLATE if manner.template else Author.MODEL,
                    facts=tuple(fact.name for fact in usable),
                    tries=number,
                    model="" if manner.template else manner.model,
                    attempt=attempt,
                )
            self.rejections.update(finding.fault for finding in found)
            self._recorder.rejected(job.number, asking.number, number, answer, attempt, found)
            if manner.template:
                break  # it would compose the same again
            if self.stopping:
                raise _StoppedError
        last = ", ".join(dict.fromkeys(str(finding.fault) for finding in found))
        raise _GivenUpError(f"question {asking.question.id}: {last}")

    async def _answer(
        self,
        course: _Course,
        asking: Asking,
        facts: Sequence[Fact],
        usable: Sequence[Fact],
        found: Sequence[Finding],
        number: int,
    ) -> tuple[str, int, Stop]:
        """One answer, with the number of its attempt and why it ended."""
        manner, line = self._what.manner, self._ways.answers
        if line is None:
            seed = seed_of(manner.seed, course.job.twin, asking.question.id)
            text, _ = compose(
                usable, course.told, asking.question.words, seed, first=asking.number == 1
            )
            return text, 0, Stop.COMPLETE
        card = line.model.card
        request = interviewee_request(
            course.head,
            course.interview.turns,
            asking.question,
            asking.text,
            facts,
            found,
            draw=f"{manner.seed}/{course.job.twin}/{number}",
            longer=any(finding.fault is Fault.TRUNCATED for finding in found),
            headroom=card.headroom,
            mark=course.mark,
            temperature=manner.temperature,
        )
        words = round(TOKENS_PER_WORD * asking.question.words) + card.headroom
        completion, attempt = await self._call(course, asking, line, "interviewee", request, words)
        return legible(completion.text).strip(), attempt, completion.stop

    async def _judged(
        self,
        course: _Course,
        asking: Asking,
        situation: Situation,
        answer: str,
        stop: Stop,
    ) -> Sequence[Finding]:
        if stop in (Stop.REFUSED, Stop.FILTERED):
            return [Finding(Fault.REFUSED)]
        found = list(self._critic.check(answer, situation))
        if stop in (Stop.LENGTH, Stop.CONTEXT):
            found.append(Finding(Fault.TRUNCATED, answer[-80:]))
        critic = self._ways.reads
        if found or critic is None:
            return found
        sink = self._recorder.sink(course.job.number, asking.number, "critic", course.texts)
        request = critic.request(answer, situation)
        sink.prompt = _texts_of(request)
        try:
            return await critic.check(answer, situation, sink)
        except (LineDownError, BudgetReachedError, LedgerError):
            raise
        except CallError as error:
            raise _GivenUpError(
                f"the critic gave no verdict ({error.kind}: {error.what})"
            ) from error

    def _situation(self, course: _Course, asking: Asking) -> Situation:
        return Situation(
            asked=asking.text,
            objective=f"{asking.question.text} {asking.question.objective}",
            earlier=tuple(turn.answer for turn in course.interview.turns),
            facts=course.record,
            language=self._what.protocol.language,
            hidden=self._what.subjects,
            avoided=self._what.avoided.get(asking.question.id),
            composed=self._what.manner.template,
            cache=course.cache,
        )

    # --- the interviewer ----------------------------------------------------------------------

    async def _plan(self, course: _Course, question: ProtocolQuestion) -> None:
        """Have the interviewer note what the last answer brought, and perhaps ask on."""
        line = self._ways.asks
        if line is None:
            raise RuntimeError("nobody plans")
        manner, turns = self._what.manner, course.interview.turns
        noted = [_noted(turn, course.interview.plans.get(turn.number)) for turn in turns]
        card = line.model.card
        request = interviewer_request(
            self._what.protocol,
            question,
            noted,
            structured=card.structured,
            draw=f"{manner.seed}/{course.job.twin}",
            headroom=card.headroom,
        )
        asking = Asking(len(turns), question, turns[-1].follow_up, turns[-1].asked)
        completion, attempt = await self._call(
            course, asking, line, "interviewer", request, 80 + card.headroom
        )
        note, follow_up, wrong = read_plan(legible(completion.text))
        if follow_up and (problem := self._improper(follow_up, question)):
            follow_up, wrong = "", problem
        plan = Plan("" if self._touches(note) else note, follow_up)
        detail = {"attempt": attempt, "wrong": wrong} if wrong else {"attempt": attempt}
        self._recorder.planned(course.job.number, turns[-1].number, plan, detail)
        course.interview.plan(plan)

    def _improper(self, follow_up: str, question: ProtocolQuestion) -> str:
        """Why a follow-up is not asked, or ""."""
        if is_machine_talk(follow_up):
            return "the follow-up speaks as a machine"
        for subjects in (self._what.subjects, self._what.avoided.get(question.id)):
            if subjects and (item := subjects.asked_about(follow_up)):
                return f"the follow-up asks about {item}"
        return ""

    def _touches(self, note: str) -> bool:
        subjects = self._what.subjects
        return bool(subjects and subjects.touched(note))

    # --- calls --------------------------------------------------------------------------------

    async def _call(
        self,
        course: _Course,
        asking: Asking,
        line: Line,
        role: str,
        request: Request,
        output: int,
    ) -> tuple[Completion, int]:
        """Make one call.

        Raises:
            LineDownError: Nobody gets an answer.
            BudgetReachedError: There is no money left.
            _GivenUpError: This request gets no answer.
        """
        sink = self._recorder.sink(course.job.number, asking.number, role, course.texts)
        texts = sink.prompt = _texts_of(request)
        letters = sum(map(len, texts))
        try:
            answered = await line.ask(
                request, sink, expected=Usage(input=letters // 4 + 1, output=output)
            )
        except LineDownError:
            raise
        except CallError as error:
            raise _GivenUpError(
                f"question {asking.question.id}: the {role} gave no answer "
                f"({error.kind}: {error.what})"
            ) from error
        return answered.completion, answered.attempt

    async def _give_way(self) -> None:
        now = time.monotonic()
        if now >= self._turn:
            await asyncio.sleep(0)
            self._turn = time.monotonic() + TURN_SECONDS


def _texts_of(request: Request) -> list[str]:
    head = request.head
    return [head.instructions, head.persona, *(turn.text for turn in request.turns)]


def _noted(turn: Turn, plan: Plan | None) -> Turn:
    """A turn with the interviewer's note on it, if it made one in this start."""
    if plan is None or not plan.note or turn.notes:
        return turn
    return dataclasses.replace(turn, notes=plan.note)
