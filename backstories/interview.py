"""One interview as it goes on: what was said, and what is asked next. No input, no output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .backstory import Turn
from .protocol import Protocol, ProtocolQuestion

__all__ = ["Asking", "Interview", "Plan"]


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked next.

    Attributes:
        number: Number of the turn; 1 is the first.
        question: The question of the protocol that it belongs to.
        follow_up: 0 for that question itself, 1 for the first follow-up, ….
        text: What is asked.
    """

    number: int
    question: ProtocolQuestion
    follow_up: int
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the interviewer made of an answer.

    Attributes:
        note: What it noted.
        follow_up: What it asks in addition, "" for nothing.
    """

    note: str = ""
    follow_up: str = ""


class Interview:
    """An interview under way: turns accepted so far, in order, and where it goes from there.

    Args:
        protocol: What is asked.
        turns: Turns accepted by an earlier start.
        plans: What the interviewer made of them, by number of the turn.
        plans_made: Whether somebody plans at all; else the protocol is asked as written.
    """

    def __init__(
        self,
        protocol: Protocol,
        turns: Sequence[Turn] = (),
        plans: Mapping[int, Plan] | None = None,
        *,
        plans_made: bool = False,
    ) -> None:
        self.protocol = protocol
        self.turns = list(turns)
        self.plans = dict(plans or {})
        self.plans_made = plans_made
        self._by_id = {question.id: at for at, question in enumerate(protocol.questions)}

    @property
    def unplanned(self) -> ProtocolQuestion | None:
        """The question whose answer, the last one, waits for the interviewer's plan; else None."""
        if not (self.plans_made and self.turns):
            return None
        last = self.turns[-1]
        question = self.protocol.questions[self._by_id[last.question]]
        waits = last.number not in self.plans and last.follow_up < question.follow_ups
        return question if waits else None

    def plan(self, plan: Plan) -> None:
        """Take over what the interviewer made of the last answer."""
        self.plans[self.turns[-1].number] = plan

    def next(self) -> Asking | None:
        """Return what is asked next, None at the end."""
        if not self.turns:
            return self._own(0)
        last = self.turns[-1]
        at = self._by_id[last.question]
        question = self.protocol.questions[at]
        plan = self.plans.get(last.number)
        if plan is not None and plan.follow_up and last.follow_up < question.follow_ups:
            return Asking(len(self.turns) + 1, question, last.follow_up + 1, plan.follow_up)
        return self._own(at + 1)

    def accept(self, turn: Turn) -> None:
        """Take over an accepted turn."""
        self.turns.append(turn)

    def _own(self, at: int) -> Asking | None:
        if at >= len(self.protocol.questions):
            return None
        question = self.protocol.questions[at]
        return Asking(len(self.turns) + 1, question, 0, question.text)
