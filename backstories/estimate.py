"""What writing backstories will ask and cost, worked out before anything is sent.

The prompts are those of the real interviews for a sample of the people; answers are as long as the
protocol wants them. What is not known before is the range: how many follow-ups are asked, how many
answers are rejected, how long answers are, and how often the provider's cache is missed.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..twins.llm.cards import ModelCard
from ..twins.llm.chat import Usage
from ..twins.tokens import estimate_tokens
from .backstory import Author, Turn
from .commission import Commission
from .prompts import TOKENS_PER_WORD, interviewee_head, interviewee_request, interviewer_request

__all__ = ["Estimate", "Span", "estimate"]

REHEARSED = 4
"""People whose prompts are made."""
FOLLOW_UPS = (0.0, 0.6, 1.0)
"""Share of the follow-ups allowed that is asked: low, likely, high. Park et al. 2024 report 82 on
99 questions with no stated bound; how many a model asks under a bound is not known before."""
REJECTED = (0.0, 0.08, 0.4)
"""Answers rejected and asked for again, for each accepted one."""
LENGTH = (0.7, 1.0, 1.6)
"""Length of answers against what the protocol wants."""
CACHED = {"none": (0.0, 0.0, 0.0), "marked": (1.0, 0.9, 0.0), "automatic": (0.9, 0.6, 0.0)}
"""Share of what could be read from the provider's cache that is."""
THINKING = (0.0, 0.3, 1.0)
"""Share of the headroom that a model which cannot leave thinking uses for it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A figure that is not known yet: at best, likely, and at worst."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What writing will ask and cost.

    Attributes:
        backstories: How many are to be written.
        turns: Turns.
        calls: Calls to all models together.
        input_tokens: Input tokens, those read from a provider's cache included.
        output_tokens: Output tokens.
        cost: US dollars; None where the price of a model is not known.
        unpriced: Specs of the models whose price is not known.
    """

    backstories: int
    turns: Span
    calls: Span
    input_tokens: Span
    output_tokens: Span
    cost: Span | None
    unpriced: tuple[str, ...] = ()


@dataclass(slots=True)
class _Bill:
    """What one model is asked for one person."""

    calls: float = 0.0
    input: float = 0.0
    cacheable: float = 0.0
    output: float = 0.0


def estimate(what: Commission, *, limit: int | None = None) -> Estimate:
    """Estimate what writing will ask and cost. Nothing is sent; no key is needed.

    Args:
        what: What is to be written.
        limit: Only the first so many people.

    Raises:
        RequestError: A model spec is wrong.
    """
    ids = what.ids[:limit]
    sample = [
        ids[i * len(ids) // min(REHEARSED, len(ids))] for i in range(min(REHEARSED, len(ids)))
    ]
    cards = what.cards()
    turns: list[float] = []
    calls: list[float] = []
    inputs: list[float] = []
    outputs: list[float] = []
    costs: list[float] = []
    for level in range(3):
        bills: dict[str, _Bill] = {spec: _Bill() for spec in cards}
        asked = 0.0
        for twin in sample:
            asked += _rehearse(what, twin, level, cards, bills)
        scale = len(ids) / len(sample)
        turns.append(asked * scale)
        calls.append(sum(bill.calls for bill in bills.values()) * scale)
        inputs.append(sum(bill.input for bill in bills.values()) * scale)
        outputs.append(sum(bill.output for bill in bills.values()) * scale)
        costs.append(sum(_cost(cards[spec], bill, level) for spec, bill in bills.items()) * scale)
    unpriced = tuple(spec for spec, card in cards.items() if card.prices is None)
    return Estimate(
        backstories=len(ids),
        turns=Span(*turns),
        calls=Span(*calls),
        input_tokens=Span(*inputs),
        output_tokens=Span(*outputs),
        cost=None if unpriced else Span(*costs),
        unpriced=unpriced,
    )


def _rehearse(
    what: Commission,
    twin_id: str,
    level: int,
    cards: Mapping[str, ModelCard],
    bills: Mapping[str, _Bill],
) -> float:
    """Add what one interview asks to the bills; returns its turns."""
    manner = what.manner
    twin = what.twins[twin_id] if what.twins is not None else None
    always = what.allowed.always(twin) if twin is not None and what.allowed is not None else ()
    head = interviewee_head(manner.mode, what.protocol.language, always, manner.date)
    done: list[Turn] = []
    again = 1 + REJECTED[level]
    asked = 0.0
    before = 0.0
    for question in what.protocol.questions:
        follow_ups = question.follow_ups * FOLLOW_UPS[level] if manner.asks else 0.0
        words = round(question.words * LENGTH[level])
        answer = " ".join(["word"] * words)
        asked += 1 + follow_ups
        turn = Turn(
            number=len(done) + 1,
            question=question.id,
            follow_up=0,
            asked=question.text,
            answer=answer,
            author=Author.MODEL,
            notes="A sentence or two that say what was learned from the answer just given.",
        )
        if not manner.template:
            facts = (
                what.allowed.facts(question, twin)
                if twin is not None and what.allowed is not None
                else ()
            )
            request = interviewee_request(head, done, question, question.text, facts)
            card, bill = cards[manner.model], bills[manner.model]
            size = float(
                _tokens(request.head.instructions)
                + _tokens(request.head.persona)
                + sum(_tokens(turn.text) for turn in request.turns)
            )
            many = (1 + follow_ups) * again
            bill.calls += many
            bill.input += many * size
            reusable = (
                before
                if card.caching == "automatic"
                else _tokens(head.instructions) + _tokens(head.persona)
            )
            if done and reusable >= card.cache_minimum:
                bill.cacheable += many * min(reusable, size)
            before = size
            thinking = THINKING[level] * card.headroom
            bill.output += many * (
                words * TOKENS_PER_WORD * (1 + follow_ups / 2) / (1 + follow_ups) + thinking
            )
        done.append(turn)
        if manner.asks and question.follow_ups:
            plan = interviewer_request(what.protocol, question, done, structured=True)
            bill = bills[manner.asks]
            many = min(1 + follow_ups, question.follow_ups)
            bill.calls += many
            bill.input += many * _size(plan.head.instructions, [t.text for t in plan.turns])
            bill.output += many * (80 + THINKING[level] * cards[manner.asks].headroom)
        if manner.reads:
            bill = bills[manner.reads]
            many = (1 + follow_ups) * again
            bill.calls += many
            bill.input += many * (600 + words * TOKENS_PER_WORD * min(len(done), 6))
            bill.output += many * (30 + THINKING[level] * cards[manner.reads].headroom)
    return asked


def _size(instructions: str, texts: Sequence[str]) -> float:
    return float(_tokens(instructions) + sum(_tokens(text) for text in texts))


@functools.lru_cache(maxsize=4_096)
def _tokens(text: str) -> float:
    """Tokens of a text; rehearsed answers count as real words do."""
    rehearsed = text.count("word ") if text.startswith("word ") else 0
    return rehearsed * TOKENS_PER_WORD if rehearsed else float(estimate_tokens(text))


def _cost(card: ModelCard, bill: _Bill, level: int) -> float:
    if card.prices is None:
        return 0.0
    read = bill.cacheable * CACHED[card.caching][level]
    return card.prices.cost(
        Usage(input=round(bill.input), cache_read=round(read), output=round(bill.output))
    )
