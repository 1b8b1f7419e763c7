"""What is seen to before anything is spent: images, the context window, sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ....data.codebook import code_text
from ....data.errors import RequestError
from ....twins.llm.catalogue import ModelCard
from ....twins.persona import rendering_names
from ....twins.tokens import estimate_tokens
from ....twins.twin import Twin, Twins
from ...questionnaire import Questionnaire
from ...questions import Likert, Single
from .asking import Mode
from .choices import PASS
from .pictures import images_in
from .settings import PER_PAGE, Settings

__all__ = ["Readiness", "calls_per_interview", "readiness"]

SAMPLE = 40
"""Personas that are written to see how long they are."""
MOST_SHARED_CODES = 120
"""Codes that one schema for all pages lists; with more, none are listed."""
ROOM = 4_000
"""Tokens of the context window left for instructions, questions and answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What is known before anything is asked.

    Attributes:
        persona_tokens: Mean length of a persona, in estimated tokens.
        letters_per_token: Letters to a token in personas.
        shared: Every code there is, where all calls can share a schema that lists them; else none.
        optional: Whether there is a question that may be passed over.
        warnings: One sentence each.
    """

    persona_tokens: float
    letters_per_token: float
    shared: tuple[str, ...]
    optional: bool
    warnings: tuple[str, ...]


def readiness(
    questionnaire: Questionnaire, twins: Twins, settings: Settings, card: ModelCard
) -> Readiness:
    """See whether a questionnaire can be asked of these twins through a model.

    Raises:
        RequestError: It shows images, or a persona does not fit the context window.
        UnknownNameError: There is no such persona rendering.
    """
    _refuse_images(questionnaire)
    ids = twins.ids
    count = min(SAMPLE, len(ids))
    chosen = [twins[ids[at * len(ids) // count]] for at in range(count)]
    asked = tuple(question.text for question in questionnaire.written()) or ("",)
    personas = [
        _persona(twin, settings, settings.persona, asked[at % len(asked)])
        for at, twin in enumerate(chosen)
    ]
    sizes = [estimate_tokens(persona) for persona in personas]
    longest = max(range(count), key=sizes.__getitem__)
    _refuse_overflow(chosen[longest], sizes[longest], asked, settings, card)
    letters = sum(map(len, personas)) / max(sum(sizes), 1)
    optional = settings.nonresponse and any(
        not question.required for question in questionnaire.written() if question.variables()
    )
    warnings = []
    if not card.known:
        warnings.append(
            f"{card.name} is not in the catalogue of models: nothing is sent that some models "
            "reject, and no price is known; describe it in models.toml"
        )
    return Readiness(
        persona_tokens=sum(sizes) / count,
        letters_per_token=letters or 4.0,
        shared=_shared(questionnaire, settings, optional=optional),
        optional=optional,
        warnings=tuple(warnings),
    )


def calls_per_interview(questionnaire: Questionnaire, settings: Settings) -> int:
    """Most calls that one interview can take, repairs aside."""
    questions = [q for q in questionnaire.questions() if q.variables()]
    if settings.elicit is Mode.LOGPROBS:
        calls = sum(max(len(question.items), 1) for question in questions)
    elif settings.per_call == PER_PAGE:
        calls = sum(
            any(question.variables() for question in page)
            for block in questionnaire.leaves()
            for page in block.pages
        )
    else:
        calls = math.ceil(len(questions) / settings.per_call)
    return calls * (settings.samples if settings.elicit is Mode.SAMPLES else 1)


def _persona(twin: Twin, settings: Settings, rendering: str, question: str) -> str:
    style = "second-person" if settings.voice == "first-person" else "third-person"
    return twin.persona(rendering, question=question, k=settings.facts, style=style)  # type: ignore[arg-type]  # one of the two


def _refuse_images(questionnaire: Questionnaire) -> None:
    for question in questionnaire.written():
        found = images_in(question)
        if found:
            more = f" and {len(found) - 1} more" if found[1:] else ""
            raise RequestError(
                f"the question shows an image ({found[0]}{more}), which a text respondent "
                "cannot see",
                where=questionnaire.place(f"question {question.name}"),
                remedy="describe it in words, or mark it as decoration with an empty alt text",
            )


def _refuse_overflow(
    twin: Twin, tokens: int, asked: tuple[str, ...], settings: Settings, card: ModelCard
) -> None:
    if card.context is None or tokens + ROOM <= card.context:
        return
    fits = [
        name
        for name in rendering_names()
        if estimate_tokens(_persona(twin, settings, name, asked[0])) + ROOM <= card.context
    ]
    largest = next((name for name in ("summary", "retrieved", "demographics") if name in fits), "")
    raise RequestError(
        f"the persona of twin {twin.id} is about {tokens:,} tokens long, "
        f"{tokens + ROOM - card.context:,} more than the context window of {card.name} "
        f"({card.context:,}) has room for",
        remedy=f"use --persona {largest}, which fits" if largest else "use another model",
    )


def _shared(questionnaire: Questionnaire, settings: Settings, *, optional: bool) -> tuple[str, ...]:
    """Codes of a questionnaire whose every call asks for one code."""
    alone = settings.per_call == 1 and settings.elicit in (Mode.CHOICE, Mode.SAMPLES)
    asked = [question for question in questionnaire.written() if question.variables()]
    if not alone or not all(
        isinstance(question, (Single, Likert)) and len(question.variables()) == 1
        for question in asked
    ):
        return ()
    codes: dict[str, None] = {
        code_text(option.code): None for question in asked for option in question.options
    }
    if optional:
        codes[PASS] = None
    return tuple(codes) if len(codes) <= MOST_SHARED_CODES else ()
