"""What is to be written: for whom, by whom, after which protocol, and what must stay hidden."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..data.errors import RequestError, UnknownNameError
from ..data.fingerprint import Digest
from ..twins.holdout import Holdout
from ..twins.llm.specs import make_model, parse_spec
from ..twins.twin import Twins
from .allowed import Allowed, Mode
from .hidden import Subjects, hidden_with_category
from .protocol import Protocol
from .store import Charter
from .template import SPEC

if TYPE_CHECKING:
    from ..data.panel import Panel
    from ..twins.llm.cards import ModelCard
    from ..twins.llm.chat import ChatModel

__all__ = ["Commission", "Manner", "commission"]

MOST_FREE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How backstories are written. Part of a file's identity, but for what changes speed alone.

    Attributes:
        mode: What they rest on.
        model: Who answers: a model spec, or "template" for the embedded interviewee.
        interviewer: Who asks follow-ups: a model spec; "same" for the model that answers; "" for
            nobody: the protocol is asked as written.
        critic: Model spec of a second reader, "same", or "" for rules alone.
        seed: Decides every random choice.
        tries: Answers to a question before the backstory is given up.
        date: The day of the interview, told to the model; None for not telling.
        temperature: For models that take one; None for the model's own.
        concurrency: Most requests, and interviews, under way at a time.
        timeout: Seconds for one call.
        cache: Whether answers are looked up in the response cache and kept there, or a cache file.
    """

    mode: Mode = Mode.RECORD
    model: str = SPEC
    interviewer: str = "same"
    critic: str = ""
    seed: int = 0
    tries: int = 3
    date: datetime.date | None = None
    temperature: float | None = None
    concurrency: int = 64
    timeout: float = 120.0
    cache: bool | str = True

    def __post_init__(self) -> None:
        for name, least in (("tries", 1), ("concurrency", 1)):
            if getattr(self, name) < least:
                raise RequestError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise RequestError(f"a temperature is from 0 to 2, not {self.temperature:g}")
        if self.template and self.mode is Mode.FREE:
            raise RequestError(
                "the embedded interviewee makes nobody up: it composes answers from records",
                remedy="name a model with --model, or leave out --mode free",
            )

    @property
    def template(self) -> bool:
        """Whether the embedded interviewee answers."""
        return self.model == SPEC

    @property
    def asks(self) -> str:
        """Spec of the interviewer's model, "" where the protocol is asked as written."""
        return self._spec(self.interviewer)

    @property
    def reads(self) -> str:
        """Spec of the critic's model, "" where rules alone decide."""
        return self._spec(self.critic)

    def _spec(self, given: str) -> str:
        if given in ("same", SPEC):
            # The embedded interviewee has nothing to say to a follow-up.
            return "" if self.template else self.model
        return given


@dataclass(frozen=True, eq=False)
class Commission:
    """Everything that is decided before the first question. Made by `commission`.

    Attributes:
        protocol: What is asked, without questions that would ask about what is held out.
        manner: How.
        ids: Whose backstories, in order: person ids, or "free-000001" and so on.
        twins: Their twins; None for made-up people and transcripts.
        holdout: What is hidden, its category included.
        subjects: What to look out for.
        left_out: Id of a question that is not asked → the hidden item it asks about.
        allowed: Which facts a question may use; None for made-up people.
        avoided: By id of a question, what its answer must not touch.
        source: Where the people come from, for messages and reports.
    """

    protocol: Protocol
    manner: Manner
    ids: tuple[str, ...]
    twins: Twins | None
    holdout: Holdout
    subjects: Subjects | None
    left_out: Mapping[str, str]
    allowed: Allowed | None
    avoided: Mapping[str, Subjects] = field(default_factory=dict)
    source: str = ""

    def charter(self) -> Charter:
        """What a file must agree with to be continued."""
        manner = self.manner
        digest = Digest()
        if self.twins is not None:
            digest.add(self.twins.fingerprint)
        elif manner.mode is not Mode.FREE:
            digest.add(*self.ids)
        digest.add("hidden", *self.holdout.names)
        return Charter(
            protocol=self.protocol.fingerprint,
            twins=digest.hexdigest(),
            mode=str(manner.mode),
            model=manner.model,
            interviewer=manner.asks,
            seed=manner.seed,
            settings={
                "critic": manner.reads,
                "tries": manner.tries,
                "date": manner.date.isoformat() if manner.date else None,
                "temperature": manner.temperature,
            },
        )

    def meta(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """What the file says of how it is made."""
        charter = self.charter()
        return {
            "understudy": importlib.metadata.version("understudy"),
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "protocol": dataclasses.asdict(self.protocol),
            "protocol_fingerprint": charter.protocol,
            "twins_fingerprint": charter.twins,
            "mode": charter.mode,
            "model": charter.model,
            "interviewer": charter.interviewer,
            "seed": charter.seed,
            "settings": dict(charter.settings),
            "holdout": {entry.name: entry.why for entry in self.holdout.hidden},
            "left_out": dict(self.left_out),
            "source": self.source,
            "command": dict(command),
        }

    @cached_property
    def notices(self) -> tuple[str, ...]:
        """What people should read before anything is written, a sentence each."""
        found = [
            f"question {question} is left out: it asks about {item}, which is held out"
            for question, item in self.left_out.items()
        ]
        along = [e for e in self.holdout.hidden if e.why.startswith("category ")]
        if along:
            names = ", ".join(e.name for e in along[:6])
            more = f" and {len(along) - 6:,} more" if len(along) > 6 else ""
            found.append(f"hidden as of the same category as what is held out: {names}{more}")
        return tuple(found)

    def models(self) -> dict[str, ChatModel]:
        """Make the models that are asked, by spec, each with connections of its own.

        Raises:
            RequestError: A spec is wrong, there is no key, or a model cannot be asked so.
        """
        manner = self.manner
        specs = [manner.model] if not manner.template else []
        specs += [spec for spec in (manner.asks, manner.reads) if spec]
        made = {}
        for spec in dict.fromkeys(specs):
            made[spec] = make_model(spec, timeout=manner.timeout, connections=manner.concurrency)
        return made

    def cards(self) -> dict[str, ModelCard]:
        """Cards of the models, by spec; no key is needed."""
        manner = self.manner
        specs = [manner.model] if not manner.template else []
        specs += [spec for spec in (manner.asks, manner.reads) if spec]
        return {spec: make_model(spec, key_needed=False).card for spec in dict.fromkeys(specs)}


def commission(
    protocol: Protocol,
    panel: Panel | None = None,
    manner: Manner | None = None,
    *,
    holdout: Sequence[str] = (),
    count: int | None = None,
) -> Commission:
    """Decide what is to be written.

    Args:
        protocol: What is asked.
        panel: Whose backstories; with `Mode.FREE` it may be given for its held-out items.
        manner: How.
        holdout: Items, patterns and blocks that must stay hidden, with their siblings and their
            whole category.
        count: With `Mode.FREE`, how many people are made up.

    Raises:
        RequestError: The mode does not fit what is given, or nothing is left to ask or to use.
        UnknownNameError: Something to hold out, or a fact of the protocol, does not exist.
    """
    manner = manner or Manner()
    if manner.mode is Mode.TRANSCRIPT:
        raise RequestError(
            "transcripts are imported, not written", remedy="name them with --transcripts"
        )
    if not manner.template:
        parse_spec(manner.model)
    hidden, subjects = Holdout(), None
    if panel is not None:
        hidden = hidden_with_category(panel.codebook, holdout)
        subjects = Subjects(panel.codebook, hidden.names) if hidden.hidden else None
    elif holdout:
        raise RequestError(
            "items are held out, but there is no panel that has them", remedy="name the panel"
        )
    left_out = _left_out(protocol, subjects)
    if len(left_out) == len(protocol):
        item = next(iter(left_out.values()))
        raise RequestError(
            f"every question of the protocol {protocol.name} asks about what is held out ({item})",
            remedy="use another protocol, or hold out less",
        )
    asked = protocol.without(tuple(left_out))
    if manner.mode is Mode.FREE:
        if not count or not 1 <= count <= MOST_FREE:
            raise RequestError(
                "free backstories are of made-up people, and nobody said how many",
                remedy="say it with --n",
            )
        ids = tuple(f"free-{number:06d}" for number in range(1, count + 1))
        return Commission(asked, manner, ids, None, hidden, subjects, left_out, None)
    if panel is None:
        raise RequestError("there is no panel whose people could be interviewed")
    twins = Twins.from_panel(panel, hidden)
    avoided = {
        question.id: Subjects(panel.codebook, names)
        for question in asked.questions
        if (names := _avoided(question.avoid, panel))
    }
    return Commission(
        asked,
        manner,
        twins.ids,
        twins,
        hidden,
        subjects,
        left_out,
        Allowed(asked, twins, manner.mode),
        avoided,
        panel.source,
    )


def _left_out(protocol: Protocol, subjects: Subjects | None) -> dict[str, str]:
    if subjects is None:
        return {}
    found = {
        question.id: subjects.asked_about(f"{question.text} {question.objective}")
        for question in protocol.questions
    }
    return {question: item for question, item in found.items() if item}


def _avoided(entries: Sequence[str], panel: Panel) -> tuple[str, ...]:
    """Names of the items that an answer must not touch, held out or not."""
    from ..twins.holdout import resolve_holdout

    found: list[str] = []
    for entry in entries:
        try:
            found += resolve_holdout(panel.codebook, [entry]).names
        except UnknownNameError:
            if not any(mark in entry for mark in "*?["):
                raise
    return tuple(dict.fromkeys(found))
