"""One call after another: a piece of an interview put into requests, and the answers read."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ....data.codebook import Reason
from ....twins.llm.catalogue import ModelCard
from ....twins.llm.chat import Completion, Head, Request, Stop, Turn, Usage
from ....twins.llm.failures import CallError
from ....twins.llm.line import Answered, Line, LineDownError
from ....twins.plain import plain
from ...respondent import AttemptLog, Basis, Interview, Page, Reply
from .asked import Asked, ask
from .asking import Asking, Context, Mode, Strictness
from .draws import pooled
from .earlier import earlier_text
from .fields import Take
from .instructions import instructions
from .pieces import Piece
from .reading import Reading, read_page, repair_text, repaired
from .settings import Settings

if TYPE_CHECKING:
    from ....twins.llm.batching import BatchLine
    from ....twins.twin import Twin

__all__ = ["Conversation"]

TOP_LOGPROBS = 20
"""Alternatives of the first token asked for: the most a provider returns."""

# Tokens that answers may take, generously; a reply that is cut off is asked for again with more.
_BASE, _PER_CODE, _PER_SHARE, _PER_WORDS, _REASONS = 60, 24, 12, 400, 500

Told = Sequence[tuple[Page, Sequence[Reply]]]


class Conversation:
    """Puts questions to a model, the same way for everybody.

    Args:
        settings: How the model is asked.
        card: What it takes.
        language: BCP 47 tag of the questionnaire.
        strictness: What the provider enforces.
        codes: With `Strictness.SHAPE`, the codes that the schema shared by all pages lists.
        letters_per_token: Letters to a token, for what a request will likely cost.
        mark: Whether personas are marked for the provider's cache.
        kept: How many twins' personas are kept at a time.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        card: ModelCard,
        language: str,
        strictness: Strictness,
        codes: tuple[str, ...],
        letters_per_token: float,
        mark: bool,
        kept: int,
    ) -> None:
        self.settings = settings
        self._card = card
        self._language = language
        self._strictness = strictness
        self._codes = codes
        self._letters = letters_per_token
        self._mark = mark
        self._kept = kept
        self._heads: OrderedDict[tuple[str, Mode], Head] = OrderedDict()
        self._warm: OrderedDict[bytes, None] = OrderedDict()
        self._askings: dict[Mode, Asking] = {}
        self._templates: WeakKeyDictionary[Asked, Request] = WeakKeyDictionary()
        self._retrieved = settings.persona.replace("-", " ") == "retrieved"
        self._output = 0.0

    async def ask(
        self, piece: Piece, interview: Interview, line: Line | BatchLine, earlier: Told
    ) -> Sequence[Reply]:
        """Ask one piece, once more if what came back cannot be read, and return its replies.

        Args:
            piece: What is asked.
            interview: Whose.
            line: The way to the model.
            earlier: Answered pages that are told again.

        Raises:
            LineDownError: Nobody gets an answer.
            BudgetReachedError: There is no money left.
        """
        asked = ask(piece.questions, self._asking(piece.mode))
        request = self._request(asked, piece, interview, earlier)
        page = piece.pages[0]
        if piece.mode is not Mode.SAMPLES:
            reading = await self._answer(asked, request, page, interview, line)
            return reading.replies
        draws = [
            request.replace(draw=f"{request.draw}/{number}")
            for number in range(1, self.settings.samples + 1)
        ]
        readings = await _all([self._answer(asked, draw, page, interview, line) for draw in draws])
        context = _context(interview, 0)
        return pooled(asked, [reading.replies for reading in readings], context)

    def recall(
        self, piece: Piece, interview: Interview, line: Line | BatchLine
    ) -> Sequence[Reply] | None:
        """The replies to a piece if the response cache has them and they need no repair."""
        if piece.mode is Mode.SAMPLES or not isinstance(line, Line):
            return None
        asked = ask(piece.questions, self._asking(piece.mode))
        completion = line.recall(self._request(asked, piece, interview, ()))
        if completion is None:
            return None
        reading = read_page(asked, completion, _context(interview, 0))
        return None if reading.repairable else reading.replies

    # --- requests -----------------------------------------------------------------------------

    def _asking(self, mode: Mode) -> Asking:
        asking = self._askings.get(mode)
        if asking is None:
            asking = self.settings.asking(mode, self._language, self._strictness, self._codes)
            self._askings[mode] = asking
        return asking

    def _request(self, asked: Asked, piece: Piece, interview: Interview, earlier: Told) -> Request:
        head = self._head(interview.twin, piece, asked)
        draw = f"{interview.seed}/{interview.replicate}"
        template = None if earlier else self._templates.get(asked)
        if template is None:
            text = asked.text
            if earlier:
                text = f"{earlier_text(earlier, self.settings.voice)}\n\n{text}"
            template = Request(
                head=head,
                turns=(Turn("user", text),),
                max_tokens=_room(asked),
                format=asked.format,
                mark=self._mark,
                top_logprobs=TOP_LOGPROBS if piece.mode is Mode.LOGPROBS else 0,
                temperature=self.settings.temperature,
                choices=asked.decisions,
            )
            if not earlier:
                self._templates[asked] = template
        return template.about(head, draw)

    def _head(self, twin: Twin, piece: Piece, asked: Asked) -> Head:
        key = (twin.id, piece.mode)
        head = self._heads.get(key)
        if head is not None:
            self._heads.move_to_end(key)
            return head
        settings = self.settings
        style = "second-person" if settings.voice == "first-person" else "third-person"
        if self._retrieved:
            question = " ".join(plain(shown.text) for shown in piece.questions)
            persona = twin.persona(
                settings.persona,
                question=question,
                k=settings.facts,
                style=style,  # type: ignore[arg-type]  # one of the two
            )
            return Head(instructions(asked.asking), persona)
        persona = twin.persona(settings.persona, k=settings.facts, style=style)  # type: ignore[arg-type]  # one of the two
        head = self._heads[key] = Head(instructions(asked.asking), persona)
        if len(self._heads) > self._kept:
            self._heads.popitem(last=False)
        return head

    def _expected(self, request: Request) -> Usage:
        """What a request will likely be billed for."""
        head, card = request.head, self._card
        size = (len(head.instructions) + len(head.persona)) / self._letters
        turns = sum(len(turn.text) for turn in request.turns) / self._letters
        turns += sum(len(choice.text) for choice in request.choices) / self._letters
        tokens = round(size)
        if request.choices:
            # Decisions are billed for their input alone, and at its plain price.
            return Usage(input=tokens + round(turns))
        holds = self._mark or card.caching == "automatic"
        cached = holds and size >= card.cache_minimum
        warm = cached and head.digest in self._warm
        return Usage(
            input=tokens + round(turns),
            cache_read=tokens if warm else 0,
            cache_write=tokens if cached and not warm and self._mark else 0,
            output=round(self._output) or min(request.max_tokens, 60) + card.headroom,
        )

    def _learn(self, request: Request, completion: Completion) -> None:
        """Remember what bears on the likely cost of later requests."""
        self._warm[request.head.digest] = None
        if len(self._warm) > self._kept:
            self._warm.popitem(last=False)
        spent = completion.usage.output
        self._output = spent if not self._output else self._output + 0.1 * (spent - self._output)

    # --- answers ------------------------------------------------------------------------------

    async def _answer(
        self,
        asked: Asked,
        request: Request,
        page: int,
        interview: Interview,
        line: Line | BatchLine,
    ) -> Reading:
        first = await self._call(asked, request, page, interview, line)
        if isinstance(first, Reading):
            return first
        reading = read_page(asked, first.completion, _context(interview, first.attempt))
        cut = first.completion.stop is Stop.LENGTH and bool(reading.problems)
        if not reading.repairable and not cut:
            return reading
        second = await self._call(
            asked, _again(request, first.completion, reading), page, interview, line
        )
        if isinstance(second, Reading):
            return reading
        return repaired(
            reading, read_page(asked, second.completion, _context(interview, second.attempt))
        )

    async def _call(
        self,
        asked: Asked,
        request: Request,
        page: int,
        interview: Interview,
        line: Line | BatchLine,
    ) -> Answered | Reading:
        """Make one call; a reading of nothing but failures if there is no answer to be had."""
        prompt = (
            request.head.instructions,
            request.head.persona,
            *(turn.text for turn in request.turns),
        )
        sink = _Sink(interview.attempts, page, prompt)
        try:
            answered = await line.ask(request, sink, expected=self._expected(request))
        except LineDownError:
            raise
        except CallError as error:
            return _failed(asked, error, sink.last)
        self._learn(request, answered.completion)
        return answered


def _again(request: Request, completion: Completion, reading: Reading) -> Request:
    """The request that asks once more: for the rest of a long answer, or for a readable one."""
    if completion.stop is Stop.LENGTH:
        return request.replace(max_tokens=3 * request.max_tokens)
    turns = (
        *request.turns,
        Turn("assistant", _sendable(completion.text) or "(nothing)"),
        Turn("user", repair_text(reading.problems)),
    )
    return request.replace(turns=turns)


def _sendable(text: str) -> str:
    """Without halves of surrogate pairs, which are not text to a provider."""
    return text.encode("utf-8", "replace").decode()


def _failed(asked: Asked, error: CallError, attempt: int) -> Reading:
    return Reading(
        tuple(
            Reply(
                variable.name,
                None,
                Reason.FAILED,
                basis=Basis.NONE,
                note=f"{error.kind}: {error.what}",
                attempt=attempt,
            )
            for variable in asked.variables
        )
    )


class _Sink:
    """Writes the attempts made for one page into the interview's log, with what was sent."""

    def __init__(self, attempts: AttemptLog, page: int, prompt: tuple[str, ...]) -> None:
        self._attempts = attempts
        self._page = page
        self._prompt = prompt
        self.last = 0

    async def begin(self, detail: Mapping[str, Any]) -> int:
        self.last = await self._attempts.begin(self._page, {**detail, "prompt": self._prompt})
        return self.last

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        await self._attempts.submitted(attempt, batch, custom_id)

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        await self._attempts.end(attempt, outcome, detail)


async def _all(work: Sequence[Any]) -> list[Reading]:
    """Run coroutines side by side to their ends; raise what one raised when all are done."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if isinstance(result, Reading)]


def _context(interview: Interview, attempt: int) -> Context:
    return Context(interview.seed, interview.twin.id, interview.replicate, attempt)


def _room(asked: Asked) -> int:
    """Tokens that an answer may take."""
    if asked.asking.mode is Mode.LOGPROBS:
        return 16
    room = _BASE + (_REASONS if asked.asking.reasoning else 0)
    shares = asked.asking.mode is Mode.PROBABILITIES
    for field in asked.fields:
        for part in field.parts:
            if part.take is Take.WORDS:
                room += _PER_WORDS
            elif (shares and part.take is Take.CODE) or part.take in (Take.CODES, Take.ORDER):
                room += _PER_CODE + _PER_SHARE * len(part.choices)
            else:
                room += _PER_CODE
    return room
