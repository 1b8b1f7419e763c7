"""What a run with a language model will ask and cost, rehearsed before anything is sent.

A sample of the twins is interviewed with made-up answers: the requests are those of the real run,
so their number and size are measured, skip logic and all. What is not known before is put into the
range: how often the provider's cache misses, how much a model thinks, how many answers have to be
asked for again.
"""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ....data.errors import ProviderError
from ....twins.llm.catalogue import Prices
from ....twins.llm.chat import Completion, Request, Usage
from ....twins.llm.providers.by_chance import valid_answer
from ....twins.tokens import estimate_tokens
from ...respondent import Interview, Preparation
from .asked import Asked
from .asking import Context, Mode, Strictness
from .conversation import Conversation
from .fields import Take
from .formats import format_of
from .readiness import readiness
from .reading import Reading, read_page
from .respondent import LanguageModelRespondent

if TYPE_CHECKING:
    import pandas as pd

    from ....twins.twin import Twins
    from ...questionnaire import Questionnaire

__all__ = ["Estimate", "Range", "estimate"]

REHEARSED = 16
"""Interviews that are rehearsed."""
COUNTED = 3
"""Prompts that the provider's own counter measures, if there is a key."""
COUNTER_ERROR = 0.15
"""How far off tokens are that were estimated from texts; see `twins.tokens`."""
REPAIRS = (0.0, 0.01, 0.05)
"""Share of calls that are made again because an answer could not be read: low, likely, high."""
MISSES = {"marked": (0.0, 0.02, 0.1), "automatic": (0.0, 0.1, 0.5)}
"""Share of reads that the provider's cache misses: marked prefixes stay for minutes, automatic
ones are kept as the provider sees fit."""
WORDS = (8, 40, 120)
"""Tokens of an open answer."""
REASONS = (60, 120, 300)
"""Tokens of reasons written before an answer."""
THINKING = (0.0, 0.25, 1.0)
"""Share of a model's headroom that it uses for thinking it cannot leave."""


@dataclass(frozen=True, slots=True)
class Range:
    """A figure that is not known yet: at best, likely, and at worst."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Estimate:
    """What a run will ask and cost.

    Attributes:
        model: Its spec.
        interviews: Interviews to hold.
        calls: Calls to make.
        input_tokens: Input tokens, those read from the provider's cache included.
        cached_share: Likely share of them read from that cache.
        output_tokens: Output tokens.
        cost: US dollars; None where no price is known.
        per_thousand: Likely US dollars for a thousand answers; None where no price is known.
        answers: Variables to be filled.
        batch: Whether batch prices were used.
        measured_by: How tokens were measured, a sentence without full stop.
    """

    model: str
    interviews: int
    calls: Range
    input_tokens: Range
    cached_share: float
    output_tokens: Range
    cost: Range | None
    per_thousand: float | None
    answers: float
    batch: bool
    measured_by: str

    def __repr__(self) -> str:
        price = "no price known"
        if self.cost is not None:
            c = self.cost
            price = f"about ${c.likely:,.2f} (${c.low:,.2f} to ${c.high:,.2f})"
        return (
            f"<Estimate {self.model}: {self.interviews:,} interviews, about "
            f"{self.calls.likely:,.0f} calls, {price}>"
        )

    def to_pandas(self) -> pd.DataFrame:
        """One row per figure (calls, input_tokens, output_tokens, cost): low, likely, high."""
        import pandas as pd

        known = {
            name: found
            for name in ("calls", "input_tokens", "output_tokens", "cost")
            if isinstance(found := getattr(self, name), Range)
        }
        return pd.DataFrame(
            {end: [getattr(found, end) for found in known.values()] for end in _ENDS},
            index=list(known),
        )

    def _repr_html_(self) -> str:
        text = html.escape(repr(self)[1:-1])
        table = self.to_pandas().to_html(float_format="{:,.2f}".format, border=0)
        return f"<p>{text}</p>{table}<p><small>{html.escape(self.measured_by)}</small></p>"


_ENDS = ("low", "likely", "high")


def estimate(
    questionnaire: Questionnaire,
    twins: Twins,
    respondent: LanguageModelRespondent,
    *,
    seed: int = 0,
    replicates: int = 1,
    limit: int | None = None,
) -> Estimate:
    """Estimate what a run will ask and cost. Nothing is sent but a few prompts to be counted.

    Args:
        questionnaire: What is asked.
        twins: Who is asked.
        respondent: Who answers.
        seed: The run's seed.
        replicates: Interviews of each twin.
        limit: Only the first so many twins.

    Raises:
        RequestError: The run could not be made as asked for.
    """
    from ...fieldwork.administer import administer
    from ...fieldwork.private_loop import run_apart

    ids = twins.ids[:limit]
    count = min(REHEARSED, len(ids))
    sample = twins.take([ids[at * len(ids) // count] for at in range(count)])
    rehearsal = _Rehearsal(respondent)
    run = administer(questionnaire, sample, rehearsal, seed=seed)
    talk = rehearsal.talk
    counted = run_apart(lambda: _counted(respondent, talk.samples))
    interviews = len(ids) * replicates
    return _scaled(
        talk, respondent, interviews, count, counted, sum(run.dispositions().values()) / count
    )


async def _counted(
    respondent: LanguageModelRespondent, requests: Sequence[tuple[Request, int]]
) -> float | None:
    """Counted tokens for an estimated one, or None where the provider counts nothing for us."""
    model = respondent.make_model()
    try:
        found = [(await model.count(request), tokens) for request, tokens in requests]
    except ProviderError:
        return None
    finally:
        await model.aclose()
    pairs = [(counted, tokens) for counted, tokens in found if counted is not None]
    return sum(c for c, _ in pairs) / max(sum(t for _, t in pairs), 1) if pairs else None


def _scaled(
    talk: _Talk,
    respondent: LanguageModelRespondent,
    interviews: int,
    rehearsed: int,
    counted: float | None,
    answers: float,
) -> Estimate:
    card = respondent.card
    usage = np.array([talk.totals[key] for key in sorted(talk.totals)], dtype=np.float64)
    means = usage.mean(axis=0).tolist() if len(usage) else [0.0] * 6
    calls, plain, cached, written, output, words = means
    # Twins differ in what they are asked and in how much there is to tell of them.
    spread = (usage.std(axis=0, ddof=1) / math.sqrt(rehearsed)).tolist() if len(usage) > 1 else None
    doubt = 2 * spread[1] / plain if spread and plain else 0.0
    factor = counted or 1.0
    error = 0.02 if counted is not None else COUNTER_ERROR
    misses = MISSES.get(card.caching, (0.0, 0.0, 0.0))
    found: list[tuple[float, Usage]] = []
    for level in range(3):
        sign = level - 1
        size = factor * (1 + sign * (error + doubt)) * (1 + REPAIRS[level])
        reads = cached * (1 - misses[level])
        wrote = written
        if level == 2 and talk.doubtful:
            reads = wrote = 0.0
        reasons = REASONS[level] if respondent.settings.reasoning else 0
        thinking = THINKING[level] * card.headroom
        found.append(
            (
                calls * (1 + REPAIRS[level]) * interviews,
                Usage(
                    input=round(plain * size * interviews),
                    cache_read=round(reads * size * interviews),
                    cache_write=round(wrote * size * interviews),
                    output=round(
                        (output + words * WORDS[level] + calls * (reasons + thinking))
                        * (1 + REPAIRS[level] + 0.1 * sign)
                        * interviews
                    ),
                ),
            )
        )
    likely = found[1][1]
    cost = _cost(card.prices, found, respondent.batch)
    return Estimate(
        model=respondent.spec,
        interviews=interviews,
        calls=Range(*(number for number, _ in found)),
        input_tokens=Range(*(tokens.input for _, tokens in found)),
        cached_share=likely.cache_read / likely.input if likely.input else 0.0,
        output_tokens=Range(*(tokens.output for _, tokens in found)),
        cost=cost,
        per_thousand=1000 * cost.likely / (answers * interviews) if cost and answers else None,
        answers=answers * interviews,
        batch=respondent.batch,
        measured_by=(
            "input tokens measured by the provider's own counter"
            if counted is not None
            else "tokens estimated from the length of the prompts"
        ),
    )


def _cost(
    prices: Prices | None, levels: Sequence[tuple[float, Usage]], batch: bool
) -> Range | None:
    """US dollars for so many calls that use so much together, at each level."""
    if prices is None:
        return None
    found = []
    for calls, usage in levels:
        each = prices
        if prices.long_from is not None:
            # Long prompts cost more by the call: the mean prompt decides, and not their sum.
            each = dataclasses.replace(prices, long_from=round(prices.long_from * calls))
        found.append(each.cost(usage, batch=batch))
    return Range(*found)


class _Talk(Conversation):
    """Makes up the answers, and remembers what would have been sent.

    Attributes:
        totals: By twin: calls, input tokens, read from and written to a cache, output tokens
            but for those of open answers, and open answers.
        samples: A few requests with their estimated input tokens.
        doubtful: Whether personas are so near the least length that a provider caches that it may
            cache none of them.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.totals: dict[str, list[float]] = {}
        self.samples: list[tuple[Request, int]] = []
        self.doubtful = False

    async def _answer(
        self, asked: Asked, request: Request, page: int, interview: Interview, line: Any
    ) -> Reading:
        del page, line
        usage = self._expected(request)
        completion = _answer_to(asked, request)
        self._learn(request, completion)
        total = self.totals.setdefault(interview.twin.id, [0.0] * 6)
        if len(self.samples) < COUNTED and total[0] == 0:
            self.samples.append((request, usage.input))
        if usage.cache_read or usage.cache_write:
            head = len(request.head.instructions) + len(request.head.persona)
            least = self._card.cache_minimum * (1 + COUNTER_ERROR)
            self.doubtful |= head / self._letters < least
        words = sum(part.take is Take.WORDS for field in asked.fields for part in field.parts)
        output = 0 if request.choices else estimate_tokens(completion.text)
        seen = (1, usage.input, usage.cache_read, usage.cache_write, output, words)
        for at, number in enumerate(seen):
            total[at] += number
        context = Context(interview.seed, interview.twin.id, interview.replicate)
        return read_page(asked, completion, context)


def _answer_to(asked: Asked, request: Request) -> Completion:
    """An answer that could have come, made up by the request's digest."""
    first: tuple[tuple[str, float], ...] = ()
    if asked.asking.mode is Mode.LOGPROBS:
        letters = [c.key for field in asked.fields for part in field.parts for c in part.choices]
        first = tuple((letter, -math.log(len(letters))) for letter in letters)
        text = letters[0]
    else:
        asking = dataclasses.replace(asked.asking, strictness=Strictness.CODES)
        wanted = format_of(asked.fields, asked.keys, asking)
        text = valid_answer(request.replace(format=wanted))
    return Completion(text=text, first_token=first, usage=Usage(output=estimate_tokens(text)))


class _Rehearsal(LanguageModelRespondent):
    """A respondent that asks as another does, and sends nothing.

    Args:
        model: The other.
    """

    def __init__(self, model: LanguageModelRespondent) -> None:
        self.__dict__.update(model.__dict__)
        # Questions of a batch need not be collected to be counted.
        self.batch = False
        self._line = None

    @property
    def talk(self) -> _Talk:
        """What would have been sent."""
        assert isinstance(self._conversation, _Talk)
        return self._conversation

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        """See that everything can be asked, without asking the provider whether it is there."""
        del seed
        self.begin(questionnaire, readiness(questionnaire, twins, self.settings, self.card), _Talk)
        return Preparation()

    def _open_line(self) -> Any:
        return _NO_LINE

    async def collect(self) -> None:
        """Nothing was sent."""

    async def aclose(self) -> None:
        """Nothing is open."""


_NO_LINE = object()
"""Stands where a line stands; nothing is asked through it."""
