"""Percent-chance questions: how likely people think events are, and how well they know it.

Manski, C. F. (2004). Measuring expectations. Econometrica 72, 1329–1376. Score: Brier, G. W.
(1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review 78, 1–3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..logic.syntax import is_plain_name
from ..questions import Slider
from ..respondents.cognition.draws import normal_quantile, probability_below
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Event", "Probability"]

_SPREAD = 0.9
"""SD over people of a stated chance, in normal scores; chosen."""
_KNOWN = 0.35
"""How far people lean to what is true, in normal scores; chosen so that the Brier score is that of
general knowledge."""
_HEAPED = 0.10
"""Share of answers that are a plain fifty-fifty; chosen so that their share is the recalled one."""
_OWN = 0.3
"""How far answers are pushed outwards with each SD of confidence; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that may happen, or a statement that may be true.

    Attributes:
        name: In names of variables.
        label: Short label.
        text: To complete "What is the percent chance that …?".
        truth: What it turned out to be, 0 or 1, or its true chance; None if that is not known.
        typical: Median of the stated chances, by which parametric people decide where the truth is
            not known.
    """

    name: str
    label: str
    text: str
    truth: float | None = None
    typical: float = 0.5


EVENTS: tuple[Event, ...] = (
    Event(
        name="stocks",
        label="Stocks worth more in a year",
        text="a broad mix of shares of large American companies will be worth more in twelve "
        "months than today",
        typical=0.46,
    ),
    Event(
        name="recession",
        label="More unemployment in a year",
        text="unemployment in the United States will be higher in twelve months than today",
        typical=0.42,
    ),
    Event(
        name="pacific",
        label="Pacific larger than all land",
        text="the Pacific Ocean is larger than all the land on Earth together",
        truth=1.0,
    ),
    Event(
        name="sunlight",
        label="Sunlight under ten minutes",
        text="light from the Sun takes less than ten minutes to reach the Earth",
        truth=1.0,
    ),
    Event(
        name="australia",
        label="Australia more people than Canada",
        text="more people live in Australia than in Canada",
        truth=0.0,
    ),
    Event(
        name="bones",
        label="Adults more bones than babies",
        text="an adult has more bones than a newborn baby",
        truth=0.0,
    ),
)
"""Two expectations whose truth is open, and four statements, half of them true."""


@dataclass(frozen=True, kw_only=True)
class Probability(Task):
    """A chance from 0 to 100 for every event.

    Attributes:
        events: What is judged.
    """

    name = "probability"
    family = Family.BELIEFS
    title = "Percent chance"
    about = "Beliefs as probabilities, scored against the truth where it is given."
    citation = (
        "Manski (2004). Measuring expectations. Econometrica 72, 1329–1376; Brier (1950), Monthly "
        "Weather Review 78, 1–3."
    )
    references = (
        Reference(
            measure="p_stocks",
            statistic="mean",
            value=0.47,
            interval=(0.41, 0.53),
            source="Dominitz & Manski 2007, Journal of the European Economic Association 5, "
            "369–379, and the Health and Retirement Study",
            mark="recalled",
            margin=True,
            note="moves with the times",
        ),
        Reference(
            measure="fifty",
            statistic="mean",
            value=0.20,
            interval=(0.14, 0.26),
            source="Fischhoff & Bruine de Bruin 1999, J. Behav. Decis. Making 12, 149–163, and the "
            "Health and Retirement Study",
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="brier",
            statistic="mean",
            value=0.22,
            interval=(0.17, 0.26),
            source="general-knowledge statements, two alternatives; .25 is always answering 50 %",
            mark="recalled",
            margin=True,
            note="depends on the statements",
        ),
    )

    events: tuple[Event, ...] = EVENTS

    def fault(self) -> str | None:
        if not 1 <= len(self.events) <= 60:
            return f"{len(self.events)} events are not between 1 and 60"
        names = [event.name for event in self.events]
        if len(set(names)) < len(names):
            return "two events have the same name"
        for event in self.events:
            if not is_plain_name(event.name):
                return f"{event.name!r} cannot stand in names of variables"
            if event.truth is not None and not 0 <= event.truth <= 1:
                return f"the truth of {event.name!r} is {event.truth:g}, not between 0 and 1"
            if not 0 < event.typical < 1:
                return f"the typical chance of {event.name!r} is not between 0 and 1"
        return None

    @property
    def _scored(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.truth is not None)

    def measured(self) -> tuple[Measure, ...]:
        brier = Measure(
            name="brier",
            label="Brier score",
            low=0,
            high=1,
            meaning="mean squared distance from the truth; 0 = perfect, .25 = always 50 %",
        )
        return (
            *((brier,) if self._scored else ()),
            Measure(name="fifty", label="Answers of exactly 50 %", unit="share", low=0, high=1),
            Measure(name="certain", label="Answers of 0 or 100 %", unit="share", low=0, high=1),
            *(
                Measure(name=f"p_{e.name}", label=f"Chance: {e.label}", low=0, high=1)
                for e in self.events
            ),
        )

    def pages(self) -> Pages:
        lead = (
            "Say how likely you think each of the following is. 0 means that it is impossible, or "
            "surely false; 100 means that it is certain, or surely true; 50 that both are equally "
            "likely.\n\n"
        )
        return [
            [
                Slider(
                    name=event.name,
                    label=event.label,
                    text=f"{'' if place else lead}What is the percent chance that "
                    f"{event.text.replace('{', '{{').replace('}', '}}')}?",
                    minimum=0.0,
                    maximum=100.0,
                    step=1.0,
                    low_label="Impossible",
                    high_label="Certain",
                    unit="%",
                    required=True,
                )
                for place, event in enumerate(self.events)
            ]
        ]

    def payoffs(self) -> Sequence[str]:
        if not self._scored:
            return ()
        return ("The nearer the answers are to the truth, the better the score (Brier).",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        said: dict[str, float | None] = {}
        for event in self.events:
            value = answers.get(event.name)
            said[event.name] = float(value) / 100 if value is not None else None
        known = [value for value in said.values() if value is not None]
        whole = len(known) == len(self.events)
        found: dict[str, float | None] = {f"p_{name}": value for name, value in said.items()}
        found["fifty"] = sum(v == 0.5 for v in known) / len(known) if whole else None
        found["certain"] = sum(v in (0.0, 1.0) for v in known) / len(known) if whole else None
        if self._scored:
            pairs = [(said[event.name], event.truth) for event in self._scored]
            found["brier"] = brier_score(pairs)
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        push = math.exp(_OWN * person.standing("confidence"))
        knows = person.standing("numeracy")
        chosen: dict[str, Code] = {}
        for event in self.events:
            own = draws.latent(loading=0.0)
            if event.truth is None:
                score = normal_quantile(event.typical) + _SPREAD * push * own
            else:
                side = 2 * event.truth - 1
                score = push * (side * _KNOWN * (1 + 0.3 * knows) + _SPREAD * own)
            percent = 100 * probability_below(score)
            # People answer in tens, and in single percents near the ends only.
            rounded = round(percent, -1) if 5 < percent < 95 else round(percent)
            chosen[event.name] = 50.0 if draws.trial.chance(_HEAPED) else float(rounded)
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        if len(self._scored) < len(self.events):
            return {}
        return {
            event.name: float(round(100 * event.truth))
            for event in self.events
            if event.truth is not None
        }


def brier_score(pairs: Sequence[tuple[float | None, float | None]]) -> float | None:
    """Mean squared distance of stated chances from the truth (Brier 1950, for one outcome).

    Args:
        pairs: Stated chance and truth, both from 0 to 1.

    Returns:
        The score from 0 (perfect) to 1, or None where one of them is missing.
    """
    known = [(p, t) for p, t in pairs if p is not None and t is not None]
    if not known or len(known) < len(pairs):
        return None
    return sum((p - t) ** 2 for p, t in known) / len(known)
