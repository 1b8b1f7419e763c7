"""The answer to one question settled: its parts read, drawn, and checked together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from ....data.codebook import Code, Reason, Variable
from ....twins.plain import plain
from ...respondent import Basis, Reply
from .answers import ABSENT, CUT_OFF, Outcome, Trouble, no_specification, read_part
from .asking import Asking, Context, Mode
from .draws import Chances, shares_of
from .fields import Field, Part, Take

__all__ = ["Problem", "Said", "settle"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the answer to one question, or with all of it.

    Attributes:
        key: Key of the question or row; "" for the whole answer.
        clause: For the model, what is wrong.
        variables: What it concerns.
        hopeful: Whether asking again may help.
    """

    key: str
    clause: str
    variables: tuple[str, ...]
    hopeful: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about a page.

    Attributes:
        values: The JSON object.
        raw: The words it stands in.
        complete: Whether it is whole.
        context: Whose answer it is.
    """

    values: Mapping[str, object]
    raw: str
    complete: bool
    context: Context


def settle(
    field: Field,
    key: str,
    said: Said,
    asking: Asking,
    replies: list[Reply],
    problems: list[Problem],
) -> None:
    """Read one question; append a reply for each of its variables, and what is wrong.

    Args:
        field: The question; not display text.
        key: Its key.
        said: What was said.
        asking: How the page was asked.
        replies: Taken further.
        problems: Taken further.
    """
    if field.certain and len(field.parts) == 1 and asking.mode in _DIRECT:
        # The commonest question, on a short way: one choice that is legal because it is offered.
        part = field.parts[0]
        choice = part.choices.find(said.values.get(key + part.suffix, ABSENT))
        if choice is not None and len(field.shown.variables) == 1:
            value = choice.code if choice.reason is None else None
            replies.append(
                Reply(
                    part.variables[""],
                    value,
                    choice.reason,
                    Basis.MODEL,
                    raw=said.raw,
                    attempt=said.context.attempt,
                )
            )
            return
    question = _Question(field, key, said, asking)
    question.read()
    question.check()
    problems += question.problems
    replies += [question.reply(variable) for variable in field.shown.variables]


_DIRECT = frozenset({Mode.CHOICE, Mode.SAMPLES})


class _Question:
    """The work on one question."""

    def __init__(self, field: Field, key: str, said: Said, asking: Asking) -> None:
        self.field = field
        self.key = key
        self.said = said
        self.asking = asking
        self.outcomes: dict[str, Outcome] = {}
        self.drawn: dict[str, Reply] = {}
        self.problems: list[Problem] = []

    def value(self, part: Part) -> object:
        """The JSON value of a part."""
        missing = ABSENT if self.said.complete else CUT_OFF
        return self.said.values.get(self.key + part.suffix, missing)

    def read(self) -> None:
        """Read all parts, the text beside an option last."""
        for part in self.field.parts:
            if part.opened_by:
                continue
            found = self._part(part)
            self.outcomes.update(found)
            for name, outcome in found.items():
                if type(outcome) is Chances:
                    self._draw(name, outcome)
            trouble = next((o for o in found.values() if type(o) is Trouble), None)
            if trouble is not None:
                self._complain(part.suffix, trouble, tuple(found))
        troubles = [o for o in self.outcomes.values() if type(o) is Trouble]
        if troubles and self.field.joint:
            self._spoil(troubles[0])
        specify = self.field.specify
        for variable in self.field.shown.variables:
            if variable.name not in self.outcomes:
                self.outcomes[variable.name] = (
                    troubles[0] if troubles else self._text_beside(specify, variable)
                )

    def check(self) -> None:
        """Ask the question itself whether the values are an answer."""
        field, outcomes = self.field, self.outcomes
        beside = field.specify.variables[""] if field.specify is not None else ""
        if field.certain and type(outcomes.get(beside)) is not str:
            return
        given: dict[str, Code] = {}
        everything: dict[str, Code | None] = {}
        for name, outcome in outcomes.items():
            if type(outcome) is float or type(outcome) is str:
                given[name] = everything[name] = outcome
            elif type(outcome) is Reason and name != beside:
                everything[name] = None
        if not given:
            return
        wrong = field.shown.problem(everything)
        if wrong is None and len(given) < len(everything):
            wrong = field.shown.problem(given)
        if wrong is None:
            return
        alone = len(field.parts) == 1 and field.parts[0].take in (Take.NUMBER, Take.DAY)
        trouble = Trouble(plain(wrong), Reason.OUT_OF_RANGE if alone else Reason.UNPARSED)
        if field.joint:
            self._spoil(trouble)
        else:
            outcomes.update(dict.fromkeys(given, trouble))
        self._complain("", trouble, tuple(outcomes))

    def reply(self, variable: Variable) -> Reply:
        """The reply of one variable."""
        name, raw, attempt = variable.name, self.said.raw, self.said.context.attempt
        outcome = self.outcomes[name]
        if type(outcome) is Trouble:
            return Reply(name, None, outcome.reason, note=outcome.clause, raw=raw, attempt=attempt)
        drawn = self.drawn.get(name)
        if drawn is not None:
            return drawn
        if type(outcome) is Reason:
            return Reply(name, None, outcome, Basis.MODEL, raw=raw, attempt=attempt)
        value = outcome if isinstance(outcome, (float, str)) else None
        return Reply(name, value, None, Basis.MODEL, raw=raw, attempt=attempt)

    def _part(self, part: Part) -> Mapping[str, Outcome]:
        if self.asking.mode is not Mode.DECISIONS:
            shares = self.asking.mode is Mode.PROBABILITIES
            return read_part(
                part, self.value(part), self.field, shares=shares, language=self.asking.language
            )
        said, name = self.value(part), part.variables[""]
        if said is None:
            return {name: Trouble("the model would not answer", Reason.MODEL_REFUSED)}
        found = shares_of(said, part.choices, can_pass=False)
        return {name: Trouble(found, Reason.UNPARSED) if isinstance(found, str) else found}

    def _draw(self, name: str, chances: Chances) -> None:
        reply = chances.reply(name, self.said.context, self.said.raw)
        self.drawn[name] = reply
        outcome = reply.reason if reply.value is None else reply.value
        self.outcomes[name] = outcome if outcome is not None else Reason.NO_ANSWER

    def _complain(self, suffix: str, trouble: Trouble, names: tuple[str, ...]) -> None:
        hopeful = trouble.reason not in (Reason.MODEL_REFUSED, Reason.TRUNCATED)
        if self.field.joint or self.field.specify is not None:
            names = tuple(variable.name for variable in self.field.shown.variables)
        self.problems.append(Problem(self.key + suffix, trouble.clause, names, hopeful=hopeful))

    def _spoil(self, trouble: Trouble) -> None:
        for name, outcome in self.outcomes.items():
            if type(outcome) is not Trouble:
                self.outcomes[name] = trouble

    # --- the text beside an option ------------------------------------------------------------

    def _text_beside(self, specify: Part | None, variable: Variable) -> Outcome:
        if specify is None or variable.name not in specify.variables.values():
            return Reason.NOT_APPLICABLE
        said = self.value(specify)
        if self._opened(specify):
            if said is not CUT_OFF and no_specification(said, opened=True):
                return Reason.NO_ANSWER
            asked = dataclasses.replace(self.field, can_pass=True)
            outcome = read_part(specify, said, asked, shares=False, language=self.asking.language)[
                variable.name
            ]
            if type(outcome) is Trouble:
                self._complain(specify.suffix, outcome, ())
            return outcome
        # Percentages are given before anything is drawn: the text is there in case.
        if no_specification(said) or self.asking.mode is Mode.PROBABILITIES:
            return Reason.NOT_APPLICABLE
        trouble = Trouble("a text is given for an option that is not chosen", Reason.UNPARSED)
        self._complain(specify.suffix, trouble, ())
        return trouble

    def _opened(self, specify: Part) -> bool:
        main = self.field.parts[0]
        if main.take is Take.CODES:
            return any(self.outcomes[main.variables[key]] == 1.0 for key in specify.opened_by)
        value = self.outcomes[main.variables[""]]
        return any(
            choice.code == value and choice.reason is None
            for choice in main.choices
            if choice.key in specify.opened_by
        )
