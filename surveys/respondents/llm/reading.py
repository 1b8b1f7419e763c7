"""What a model said, read as replies: never guessed at, and what it said is always kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ....data.codebook import Reason
from ....twins.llm.chat import Completion, Stop
from ...respondent import Basis, Reply
from .answers import spoken
from .asked import Asked
from .asking import Context, Mode, Strictness
from .draws import chances_of
from .formats import from_rows
from .objects import find_object
from .settling import Problem, Said, settle

__all__ = ["LEAST_MASS", "Problem", "Reading", "read_page", "repair_text", "repaired"]

LEAST_MASS = 0.5
"""Least probability that a first token must give to the letters together to be read."""

_STOPPED = {
    Stop.REFUSED: (Reason.MODEL_REFUSED, "the model would not answer"),
    Stop.FILTERED: (Reason.FILTERED, "the provider withheld the answer"),
}
_AROUND_LETTERS = " \t\r\n\"'`*()[]{}.:"
_CUT = (Stop.LENGTH, Stop.CONTEXT)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer was read as.

    Attributes:
        replies: One for each variable of the page, in order; as they stand if nothing is repaired.
        problems: What could not be read.
        repairable: Whether asking again, with the problems, may help.
    """

    replies: tuple[Reply, ...]
    problems: tuple[Problem, ...] = ()
    repairable: bool = False


def read_page(asked: Asked, completion: Completion, context: Context) -> Reading:
    """Read what came back for a page.

    The model's words are the `raw` of every reply. A question that cannot be read leaves the
    others be, and nothing is assumed of it: no first option, no middle, no place in a list. Every
    value satisfies `Shown.problem`.

    Args:
        asked: The page as it was asked.
        completion: What came back.
        context: Whose answer it is; draws are seeded by it.
    """
    if completion.stop in _STOPPED:
        reason, note = _STOPPED[completion.stop]
        return _none(asked, completion, context, reason, completion.note or note)
    if asked.asking.mode is Mode.LOGPROBS:
        return _letter(asked, completion, context)
    found = find_object(completion.text, cut=completion.stop in _CUT)
    if found.values is None:
        if completion.stop in _CUT:
            return _none(asked, completion, context, Reason.TRUNCATED, "the answer was cut off")
        reason = spoken(completion.text)
        clause = found.problem
        if reason is Reason.OUT_OF_CHARACTER:
            clause = "answer as the person, not as an AI"
        again = asked.asking.mode.json and reason is not Reason.MODEL_REFUSED
        return _none(asked, completion, context, reason, clause, repairable=again)
    replies: list[Reply] = []
    problems: list[Problem] = []
    values: Mapping[str, object] = found.values
    if asked.asking.strictness is Strictness.ROWS:
        values = from_rows(values, asked.fields, asked.keys, asked.asking)
    said = Said(values, completion.text, found.complete, context)
    for field, key in zip(asked.fields, asked.keys, strict=True):
        if key:
            settle(field, key, said, asked.asking, replies, problems)
    again = asked.asking.mode.json and any(problem.hopeful for problem in problems)
    return Reading(tuple(replies), tuple(problems), repairable=again)


def repaired(first: Reading, second: Reading) -> Reading:
    """What stands after the repair: the first reading, and the second where the first had problems.

    Where both had, an answer that the first has is kept, and else the second's reason stands.
    """
    again = {reply.variable: reply for reply in second.replies}
    troubled = {name for problem in second.problems for name in problem.variables}
    taken: dict[str, Reply] = {}
    for problem in first.problems:
        names = problem.variables
        kept = any(r.variable in names and r.value is not None for r in first.replies)
        if not kept or troubled.isdisjoint(names):
            taken.update((name, again[name]) for name in names)
    return Reading(
        tuple(taken.get(reply.variable, reply) for reply in first.replies), second.problems
    )


def repair_text(problems: Sequence[Problem]) -> str:
    """The user's turn that says what was wrong and asks for the whole answer again."""
    told = [f"- {p.key}: {p.clause}" if p.key else f"- {p.clause}" for p in problems]
    return "\n".join(
        (
            "Your answer could not be taken as it is:",
            *told,
            "Give the whole JSON object again, with every key, and correct this.",
        )
    )


# --- the whole answer -------------------------------------------------------------------------


def _none(
    asked: Asked,
    completion: Completion,
    context: Context,
    reason: Reason,
    clause: str,
    *,
    repairable: bool = False,
) -> Reading:
    """No answer to anything, for one reason."""
    names = tuple(variable.name for variable in asked.variables)
    return Reading(
        tuple(
            Reply(name, None, reason, note=clause, raw=completion.text, attempt=context.attempt)
            for name in names
        ),
        (Problem("", clause, names, hopeful=repairable),) if names else (),
        repairable=repairable,
    )


def _letter(asked: Asked, completion: Completion, context: Context) -> Reading:
    """Read the log-probabilities of the first token."""
    field = next(field for field in asked.fields if field.parts)
    part = field.parts[0]
    weights: dict[str | None, float] = dict.fromkeys(part.choices.keys, 0.0)
    for token, logprob in completion.first_token:
        key = token.strip(_AROUND_LETTERS)
        if key in weights and logprob <= 0:
            weights[key] += math.exp(logprob)
    covered = sum(weights.values())
    if covered < LEAST_MASS:
        reason = spoken(completion.text)
        clause = f"the first token is a letter with probability {covered:.2f} only"
        if not completion.first_token:
            clause = "no log-probabilities came back"
        return _none(asked, completion, context, reason, clause)
    chances = chances_of(weights, part.choices)
    note = f"the letters had {min(covered, 1.0):.0%} of the probability"
    drawn = chances.reply(part.variables[""], context, completion.text, note)
    chosen = next((c for c in part.choices if c.code == drawn.value), None)
    replies = []
    for variable in asked.variables:
        if variable.name == drawn.variable:
            replies.append(drawn)
            continue
        asks = chosen is not None and chosen.specify
        reason = Reason.NOT_ASKED if asks else Reason.NOT_APPLICABLE
        replies.append(Reply(variable.name, None, reason, Basis.MODEL, attempt=context.attempt))
    return Reading(tuple(replies))
