"""The language-model respondent: a twin's persona is told to a model, which answers the pages.

Every call goes through a `Line` (cache, limiter, retries) and is in the ledger before it is sent.
What a model says is read strictly, asked for once more with what was wrong, and otherwise missing
with a reason of its own; nothing is guessed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....data.errors import RequestError
from ....data.fingerprint import Digest
from ....twins.llm.catalogue import ModelCard
from ....twins.llm.line import Line
from ....twins.llm.specs import make_model, parse_spec
from ....twins.tokens import estimate_tokens
from ...respondent import AnsweredPages, Basis, Interview, LeftOver, Page, Preparation, Reply
from .asking import Mode, Strictness
from .conversation import Conversation
from .desk import Desk, side_by_side
from .instructions import instructions
from .pieces import Piece, pieces_of
from .readiness import Readiness, calls_per_interview, readiness
from .settings import Settings

if TYPE_CHECKING:
    from ....twins.llm.batching import BatchLine
    from ....twins.llm.chat import ChatModel
    from ....twins.llm.response_cache import ResponseCache
    from ....twins.twin import Twins
    from ...questionnaire import Questionnaire
    from .. import Materials

__all__ = ["CONCURRENCY", "LanguageModelRespondent"]

CONCURRENCY = 64
"""Most requests under way at a time, unless somebody says otherwise; the limiter finds out how
many of them the provider takes."""

_VERSION = 1
"""Raised whenever the same settings would ask otherwise."""

_AHEAD_BLOCKS = 4
"""Calls of one interview that may be under way at a time."""
_EVERYTHING = 1_000_000
"""More questions than an interview has, and more interviews than a run."""

_REACHING = ("concurrency", "cache", "batch", "wait", "poll", "timeout", "key_needed")


class LanguageModelRespondent:
    """Lets a language model answer for twins. See the module.

    Args:
        spec: Which model: "anthropic:NAME", "openai:NAME", "openai:NAME@URL", "scripted:FILE", ….
        settings: How it is asked.
        concurrency: Most requests under way at a time.
        cache: Whether responses are looked up in the response cache and kept there, or a cache
            file of one's own.
        batch: Whether the provider's batch interface is used.
        wait: With `batch`: whether to wait for the results, rather than collect them later.
        poll: With `batch`: seconds before a batch is asked after for the second time; then less
            and less often.
        timeout: Seconds for one call.
        key_needed: Whether a missing key is an error already now.

    Raises:
        UnknownNameError: There is no such provider.
        RequestError: There is no key, or the model cannot be asked so.
    """

    def __init__(
        self,
        spec: str,
        settings: Settings | None = None,
        *,
        concurrency: int = CONCURRENCY,
        cache: bool | str | Path = True,
        batch: bool = False,
        wait: bool = True,
        poll: float = 5.0,
        timeout: float = 120.0,
        key_needed: bool = True,
    ) -> None:
        if concurrency < 1:
            raise RequestError(f"{concurrency} requests at a time get nothing done")
        self.settings = settings or Settings()
        self.batch = batch
        self.concurrency = concurrency
        self._target = parse_spec(spec)
        self._timeout = timeout
        self._key_needed = key_needed
        self._cache_at = cache
        self._wait = wait
        self._poll = poll
        self._cache: ResponseCache | None = None
        self._line: Line | BatchLine | None = None
        self._conversation: Conversation | None = None
        self._left: LeftOver | None = None
        self._opening: asyncio.Task[Line | BatchLine] | None = None
        self._leaving = False
        model = self.make_model()
        self.card: ModelCard = model.card
        self._refuse_what_it_cannot(model)

    @classmethod
    def from_spec(cls, detail: str, materials: Materials) -> LanguageModelRespondent:
        """Make one from a spec such as "anthropic:NAME"; see the class.

        Raises:
            UnknownNameError: An option is unknown.
            RequestError: There is no key, or an option makes no sense.
        """
        options = materials.known_options((*Settings.names(), *_REACHING))
        settings = Settings.parse({k: v for k, v in options.items() if k not in _REACHING})
        reaching: dict[str, Any] = {k: v for k, v in options.items() if k in _REACHING}
        return cls(f"{materials.name}:{detail}", settings, **reaching)

    @property
    def spec(self) -> str:
        """Which model: provider, name and, if it is not the provider's own, address."""
        return self._target.spec

    @property
    def fingerprint(self) -> str:
        """SHA-256 of which model is asked, where, and how."""
        digest = Digest()
        digest.add(f"language model {_VERSION}", self.spec, self.settings.to_json())
        return digest.hexdigest()

    @property
    def ahead(self) -> int:
        """How many questions it wants at a time."""
        per_call = self.settings.per_call
        if self.settings.remember:
            return max(per_call, 1)
        return _EVERYTHING if self.batch else max(_AHEAD_BLOCKS * per_call, 40)

    @property
    def at_once(self) -> int:
        """How many interviews it wants under way at a time."""
        return _EVERYTHING if self.batch else self.concurrency

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        """See that everything can be asked, before anything is spent.

        Raises:
            RequestError: The questionnaire shows images, a persona does not fit the model's
                context window, or there is no such model.
            ProviderError: The provider cannot be reached.
            FileError: The response cache cannot be used.
        """
        from ....twins.llm.cache_file import opened
        from ...fieldwork.private_loop import run_apart

        del seed
        found = readiness(questionnaire, twins, self.settings, self.card)
        if (cache := self._cache_path()) is not None:
            opened(cache)
        run_apart(self._verify)
        self.begin(questionnaire, found)
        return Preparation(
            basis={variable.name: Basis.MODEL for variable in questionnaire.plan.variables},
            warnings=found.warnings,
            facts={
                "model": self.spec,
                "persona": self.settings.persona,
                "tokens of a persona": round(found.persona_tokens),
                "elicited as": str(self.settings.elicit),
                "voice": self.settings.voice,
                "questions per call": self.settings.per_call or "a page",
            },
        )

    def begin(
        self,
        questionnaire: Questionnaire,
        found: Readiness,
        conversation: type[Conversation] = Conversation,
    ) -> None:
        """Take over what is to be asked, without asking the provider whether it is there."""
        cached = self._caches(questionnaire, found)
        self._conversation = conversation(
            settings=self.settings.replace(nonresponse=found.optional),
            card=self.card,
            language=questionnaire.language,
            strictness=_strictness(self.card, found, cached=cached),
            codes=found.shared if cached else (),
            letters_per_token=found.letters_per_token,
            mark=cached and self.card.caching == "marked",
            kept=4 * self.concurrency,
        )

    def _caches(self, questionnaire: Questionnaire, found: Readiness) -> bool:
        """Whether the provider's cache can hold personas, and there is something to read them for.

        Where it cannot, nothing is marked, and the schema of a page may say what that page takes.
        """
        settings, card = self.settings, self.card
        if card.caching == "none" or settings.persona_varies:
            return False
        asking = settings.asking(settings.elicit, questionnaire.language, Strictness.ROWS)
        head = estimate_tokens(instructions(asking)) + found.persona_tokens
        return head >= card.cache_minimum and calls_per_interview(questionnaire, settings) > 1

    @property
    def deferred(self) -> bool:
        """Whether answers may come when the process has ended: those out of batches do."""
        return self.batch

    def take_over(self, left: LeftOver) -> None:
        """Take over batches that an earlier start submitted and did not collect.

        Raises:
            RequestError: There are some, and batches are not to be used now.
        """
        waiting = sum(len(attempts) for attempts in left.batches.values())
        if waiting and not self.batch:
            raise RequestError(
                f"the answers to {waiting:,} requests of this run are in batches at the provider",
                remedy="go on with batches, so that they are not paid for twice",
            )
        self._left = left

    def leave(self) -> None:
        """Wait for batches no longer; they stay at the provider."""
        self._leaving = True
        if self.batch and self._line is not None and not isinstance(self._line, Line):
            self._line.leave()

    async def collect(self) -> None:
        """Take results of batches that nobody asked for again: they were paid for."""
        left = self._left
        if self.batch and left is not None and (left.batches or left.lost):
            await self._opened_line()
        if self._line is not None and not isinstance(self._line, Line):
            await self._line.collect()

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        """Answer one page."""
        replies: list[Reply] = []
        async for some in self.answer_ahead([page], interview):
            replies += [reply for _, found in some for reply in found]
        return replies

    async def answer_ahead(
        self, pages: Sequence[Page], interview: Interview
    ) -> AsyncIterator[AnsweredPages]:
        """Answer several pages, each as soon as all of its questions are answered."""
        talk = self._conversation
        if talk is None:
            raise RuntimeError("prepare was not called")
        line = self._line or await self._opened_line()
        pieces = pieces_of(pages, self.settings.elicit, self.settings.per_call)
        desk = Desk(pages, pieces)
        if len(pieces) == 1 or self.settings.remember:
            for piece in pieces:
                earlier = [*interview.said, *desk.done] if self.settings.remember else ()
                done = desk.take(piece, await talk.ask(piece, interview, line, earlier))
                if done:
                    yield done
            return
        left: list[Piece] = []
        finished_now: list[tuple[Page, Sequence[Reply]]] = []
        for piece in pieces:
            recalled = talk.recall(piece, interview, line)
            if recalled is None:
                left.append(piece)
            else:
                finished_now += desk.take(piece, recalled)
        if finished_now:
            yield finished_now
        async for finished in side_by_side(desk, left, talk, interview, line):
            yield finished

    async def aclose(self) -> None:
        """Close connections and the cache."""
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        line, self._line = self._line, None
        cache, self._cache = self._cache, None
        leaving, self._leaving = self._leaving, False
        try:
            if line is not None:
                await line.aclose()
            if leaving and self._left is not None and not isinstance(line, Line | None):
                self._left.tell(f"{line.waiting:,} requests stay in batches at the provider")
        finally:
            if cache is not None:
                await asyncio.to_thread(cache.close)

    # --- the model ----------------------------------------------------------------------------

    def make_model(self) -> ChatModel:
        """Return the model, with connections of its own."""
        return make_model(
            self._target,
            timeout=self._timeout,
            connections=self.concurrency,
            key_needed=self._key_needed,
        )

    async def _verify(self) -> None:
        model = self.make_model()
        try:
            await model.verify()
        finally:
            await model.aclose()

    async def _opened_line(self) -> Line | BatchLine:
        """The line, opened once, in the event loop that fieldwork runs in."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> Line | BatchLine:
        """Open the line; nobody may ask before batches of earlier starts are found again."""
        line, left = self._open_line(), self._left
        if not isinstance(line, Line) and left is not None and left.lost:
            try:
                await line.recover(left.lost, left.since)
            except BaseException:
                await line.aclose()
                raise
        self._line = line
        return line

    def _open_line(self) -> Line | BatchLine:
        """A line that nobody has asked anything yet."""
        from ....twins.llm.response_cache import ResponseCache

        model = self.make_model()
        at = self._cache_path()
        if at is not None and self._cache is None:
            self._cache = ResponseCache(at)
        live = Line(model, concurrency=self.concurrency, cache=self._cache)
        if not self.batch:
            return live
        from .batched import batch_line

        return batch_line(model, live, self._cache, self._left, wait=self._wait, poll=self._poll)

    def _cache_path(self) -> Path | None:
        """Where the response cache is; None if none is used."""
        from ....twins.llm.cache_file import default_path

        # A script answers at once and for nothing, and may have been changed since.
        if self._cache_at is True and self._target.provider != "scripted":
            return default_path()
        return None if isinstance(self._cache_at, bool) else Path(self._cache_at)

    def _refuse_what_it_cannot(self, model: ChatModel) -> None:
        """Refuse settings that the model has no way to follow.

        Raises:
            RequestError: There is one.
        """
        settings, card = self.settings, self.card
        wanted = (
            (settings.elicit is Mode.LOGPROBS and not card.logprobs, "--elicit logprobs"),
            (settings.elicit is Mode.DECISIONS and not card.decisions, "--elicit decisions"),
            (settings.temperature is not None and not card.sampling, "--temperature"),
            (self.batch and model.batches is None, "--batch"),
        )
        for cannot, option in wanted:
            if cannot:
                raise RequestError(
                    f"{self.spec} cannot be asked with {option}",
                    remedy="leave it out, or say in models.toml that the model can",
                )
        if self.batch and settings.remember:
            raise RequestError(
                "in a batch no question can wait for the answers before it",
                remedy="leave out --batch, or --remember",
            )
        settings.asking(settings.elicit, "en", Strictness.NONE)


def _strictness(card: ModelCard, found: Readiness, *, cached: bool) -> Strictness:
    """What the provider is asked to enforce.

    A schema stands before the prompt: where personas are cached, all calls must share one.
    """
    if not card.structured:
        return Strictness.NONE
    if not cached:
        return Strictness.CODES
    return Strictness.SHAPE if found.shared else Strictness.ROWS
