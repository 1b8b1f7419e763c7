"""How a language model is asked: what it is shown, how many questions at a time, in which form."""

from __future__ import annotations

import dataclasses
import datetime
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, get_args

from ....data.errors import RequestError, UnknownNameError

__all__ = ["PER_PAGE", "Elicit", "Settings", "Voice"]

Voice = Literal["first", "third"]

PER_PAGE = 0
"""`Settings.per_call` for the questions of one page, as people see them."""


class Elicit(StrEnum):
    """The form in which answers are asked for."""

    CHOICE = "choice"
    """One answer to each question."""
    PROBABILITIES = "probabilities"
    """A probability for every option, put into words; the answer is drawn from them by seed."""
    SAMPLES = "samples"
    """Several independent answers; one is drawn, and their shares are the probabilities."""
    LOGPROBS = "logprobs"
    """The probabilities of the tokens that name the options; the answer is drawn from them."""
    DECISIONS = "decisions"
    """The provider's own interface for probabilities over options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a language model is asked. Part of the run's identity: other settings, another run.

    Attributes:
        persona: Rendering of the twin's record (`twins.persona`).
        facts: How many facts the rendering "retrieved" shows.
        elicit: The form in which answers are asked for.
        per_call: Questions in one call: `PER_PAGE`, 1, or blocks of up to so many, across pages.
        remember: Whether earlier questions and answers of the interview are told again.
        reasoning: Whether the model writes down its reasons before it answers.
        voice: Answering as the person ("first"), or predicting the person ("third").
        date: The day on which the study takes place, told to the model; None for not telling.
        samples: How many independent answers `Elicit.SAMPLES` asks for.
        temperature: Sampling temperature, for models that take one; None for the model's own.

    Raises:
        RequestError: A number makes no sense.
        UnknownNameError: There is no such form or voice.
    """

    persona: str = "full record"
    facts: int = 20
    elicit: Elicit = Elicit.CHOICE
    per_call: int = PER_PAGE
    remember: bool = False
    reasoning: bool = False
    voice: Voice = "first"
    date: datetime.date | None = None
    samples: int = 5
    temperature: float | None = None

    def __post_init__(self) -> None:
        if self.elicit not in list(Elicit):
            raise UnknownNameError("form of elicitation", str(self.elicit), list(Elicit))
        object.__setattr__(self, "elicit", Elicit(self.elicit))
        if self.voice not in get_args(Voice):
            raise UnknownNameError("voice", self.voice, get_args(Voice))
        if isinstance(self.date, str):
            try:
                object.__setattr__(self, "date", datetime.date.fromisoformat(self.date))
            except ValueError:
                raise RequestError(
                    f"{self.date!r} is not a date", remedy="write it as 2026-11-23"
                ) from None
        for name, least in (("facts", 1), ("per_call", 0), ("samples", 2)):
            if getattr(self, name) < least:
                raise RequestError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise RequestError(f"a temperature is from 0 to 2, not {self.temperature:g}")

    def to_json(self) -> str:
        """Everything, as text; equal settings give equal texts."""
        return json.dumps(dataclasses.asdict(self), default=str, sort_keys=True)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of all settings."""
        return tuple(field.name for field in dataclasses.fields(cls))

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with the given attributes changed."""
        return dataclasses.replace(self, **changes)
