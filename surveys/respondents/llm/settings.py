"""How a language model is asked: what it is shown, how many questions at a time, in which form."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ....data.errors import RequestError, UnknownNameError
from .asking import Asking, Mode, Strictness, Voice

__all__ = ["PER_PAGE", "Settings"]

PER_PAGE = 0
"""`Settings.per_call` for the questions of one page, as people see them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a language model is asked. Part of the run's identity: other settings, another run.

    Attributes:
        persona: Rendering of the twin's record (`twins.persona`).
        facts: How many facts the rendering "retrieved" shows.
        elicit: How an answer is elicited.
        per_call: Questions in one call: `PER_PAGE`, 1, or blocks of up to so many, across pages.
        remember: Whether earlier questions and answers of the interview are told again.
        reasoning: Whether the model writes down its reasons before it answers.
        voice: Whether it answers as the person or predicts what the person answers.
        date: The day on which the study takes place, told to the model; None for not telling.
        samples: How many independent answers `Mode.SAMPLES` asks for.
        temperature: Sampling temperature, for models that take one; None for the model's own.
        nonresponse: Whether questions that are not required may be passed over.

    Raises:
        RequestError: A number makes no sense.
        UnknownNameError: There is no such mode or voice.
    """

    persona: str = "full record"
    facts: int = 20
    elicit: Mode = Mode.CHOICE
    per_call: int = PER_PAGE
    remember: bool = False
    reasoning: bool = False
    voice: Voice = "first-person"
    date: datetime.date | None = None
    samples: int = 5
    temperature: float | None = None
    nonresponse: bool = True

    def __post_init__(self) -> None:
        if self.elicit not in list(Mode):
            raise UnknownNameError("form of elicitation", str(self.elicit), list(Mode))
        object.__setattr__(self, "elicit", Mode(self.elicit))
        # Spelled otherwise it is the same rendering, and the same run.
        persona = " ".join(self.persona.replace("-", " ").replace("_", " ").casefold().split())
        object.__setattr__(self, "persona", persona)
        voices = {voice.removesuffix("-person"): voice for voice in get_args(Voice)}
        voice = voices.get(self.voice, self.voice)
        if voice not in get_args(Voice):
            raise UnknownNameError("voice", self.voice, voices)
        object.__setattr__(self, "voice", voice)
        for name, least in (("facts", 1), ("per_call", 0), ("samples", 2)):
            if type(getattr(self, name)) is not int:
                raise RequestError(f"{name} is a whole number, not {getattr(self, name)!r}")
            if getattr(self, name) < least:
                raise RequestError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise RequestError(f"a temperature is from 0 to 2, not {self.temperature:g}")

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> Settings:
        """Settings from plain data: the date may be a text, `per_call` "page".

        Raises:
            RequestError: A value makes no sense.
            UnknownNameError: There is no such mode or voice.
        """
        found = dict(options)
        if found.get("per_call") == "page":
            found["per_call"] = PER_PAGE
        date = found.get("date")
        if isinstance(date, str):
            try:
                found["date"] = datetime.date.fromisoformat(date)
            except ValueError:
                raise RequestError(
                    f"{date!r} is not a date", remedy="write it as 2026-11-23"
                ) from None
        return cls(**found)

    def asking(
        self, mode: Mode, language: str, strictness: Strictness, codes: tuple[str, ...] = ()
    ) -> Asking:
        """How pages are put to the model in one mode.

        Args:
            mode: The mode; not `elicit` for questions that cannot be asked in that.
            language: BCP 47 tag of the questionnaire.
            strictness: What the provider is asked to enforce.
            codes: Of the whole questionnaire, for a schema that all pages share.

        Raises:
            RequestError: Reasons are wanted in a mode that has no place for them.
        """
        return Asking(
            mode=mode,
            voice=self.voice,
            reasoning=self.reasoning,
            nonresponse=self.nonresponse,
            language=language,
            today=self.date,
            strictness=strictness,
            codes=codes,
        )

    @property
    def persona_varies(self) -> bool:
        """Whether a twin's persona changes with the question, so that no cache can hold it."""
        return self.persona == "retrieved"

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
