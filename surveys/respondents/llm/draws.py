"""One answer drawn from several that are possible, by the run's seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ....data.codebook import Code, Reason, Variable
from ....data.seeds import uniform
from ...respondent import Basis, Reply
from .asked import Asked
from .asking import Context
from .choices import Choice, Choices, is_pass
from .fields import Take
from .numbers import read_number

__all__ = ["Chances", "chances_of", "pooled", "shares_of"]

MILLION = 1_000_000
_LEAST_TOTAL, _MOST_TOTAL = 0.99, 200.0
"""Sums that can be shares, of 1 or of 100, carelessly added up."""

_HUMAN = frozenset(
    {Reason.REFUSED, Reason.DONT_KNOW, Reason.NOT_APPLICABLE, Reason.NO_ANSWER, Reason.OTHER}
)


@dataclass(frozen=True, slots=True)
class Chances:
    """Chances of what may be chosen, in millionths that sum to a million.

    Attributes:
        choices: What may be chosen, in written order; None for passing over.
        millionths: The chance of each.
    """

    choices: tuple[Choice | None, ...]
    millionths: tuple[int, ...]

    def draw(self, level: float) -> Choice | None:
        """What a level in [0, 1) stands for, going through the choices in written order."""
        below = level * MILLION
        reached = 0
        last: Choice | None = None
        for choice, chance in zip(self.choices, self.millionths, strict=True):
            if chance:
                last = choice
                reached += chance
                if below < reached:
                    return choice
        return last

    def reply(self, variable: str, context: Context, raw: str, note: str = "") -> Reply:
        """The reply drawn for a variable.

        Its probabilities are those of the substantive codes alone; that there would have been no
        such answer is told in the note.
        """
        level = uniform(context.seed, context.twin, variable, context.replicate, "draw")
        drawn = self.draw(level)
        if drawn is None or drawn.reason is not None:
            reason = Reason.NO_ANSWER if drawn is None else drawn.reason
            return Reply(
                variable, None, reason, Basis.MODEL, note=note, raw=raw, attempt=context.attempt
            )
        kept = [
            (choice.code, chance)
            for choice, chance in zip(self.choices, self.millionths, strict=True)
            if chance and choice is not None and choice.reason is None
        ]
        total = sum(chance for _, chance in kept)
        if total < MILLION:
            without = f"no answer with probability {1 - total / MILLION:.2f}"
            note = f"{note}; {without}" if note else without
        return Reply(
            variable,
            drawn.code,
            basis=Basis.MODEL,
            probabilities=tuple((code, chance / total) for code, chance in kept),
            note=note,
            raw=raw,
            attempt=context.attempt,
        )


def chances_of(
    weights: Mapping[str | None, float], choices: Choices, *, can_pass: bool = False
) -> Chances:
    """Chances from weights by key; None stands for passing over.

    Args:
        weights: Not negative, not all zero.
        choices: What may be chosen.
        can_pass: Whether the question may be passed over.
    """
    everything: list[Choice | None] = [*choices, *([None] if can_pass else [])]
    given = [weights.get(choice.key if choice else None, 0.0) for choice in everything]
    total = sum(given)
    whole = [round(weight / total * MILLION) for weight in given]
    whole[whole.index(max(whole))] += MILLION - sum(whole)
    return Chances(tuple(everything), tuple(whole))


def shares_of(said: object, choices: Choices, *, can_pass: bool) -> Chances | str:
    """Chances from an object of codes and percentages, or what is wrong with it, in a clause.

    Codes left out count as 0. Percentages need not sum to 100, and may be shares of 1.
    """
    if not isinstance(said, dict):
        return "give a percentage for every code"
    weights: dict[str | None, float] = {}
    for key, value in said.items():
        choice = choices.find(key)
        number = read_number(value, unit="%")
        if number is None or number < 0:
            return f"the percentage of {_brief(key)} is no number from 0 to 100"
        if choice is None and not (can_pass and is_pass(key)):
            if number == 0:
                continue
            return f"{_brief(key)} is none of its codes"
        name = choice.key if choice else None
        if name in weights:
            return f"{_brief(key)} is given twice"
        weights[name] = number
    total = sum(weights.values())
    if not _LEAST_TOTAL <= total <= _MOST_TOTAL:
        return f"the percentages add up to {total:.6g}, not to 100"
    return chances_of(weights, choices, can_pass=can_pass)


def pooled(asked: Asked, samples: Sequence[Sequence[Reply]], context: Context) -> tuple[Reply, ...]:
    """One set of replies out of several independent ones.

    For every question, one of the samples that answered it is drawn; what stands in the reply is
    what that sample said, with the shares of all samples as probabilities. A question that no
    sample answered has the first sample's reason.

    Args:
        asked: The page.
        samples: The replies of each reading, in the order of `asked.variables`; one or more.
        context: Whose.
    """
    found: list[Reply] = []
    at = 0
    for field in asked.fields:
        columns = range(at, at + len(field.shown.variables))
        at = columns.stop
        by_row = all(part.take is Take.CODE for part in field.parts)
        for group in [[column] for column in columns] if by_row else [list(columns)]:
            found += _one_of(asked, samples, group, context)
    return tuple(found)


def _one_of(
    asked: Asked, samples: Sequence[Sequence[Reply]], columns: Sequence[int], context: Context
) -> list[Reply]:
    if not columns:
        return []
    usable = [
        sample
        for sample in samples
        if all(sample[c].reason is None or sample[c].reason in _HUMAN for c in columns)
    ]
    first = samples[0][columns[0]].variable
    if not usable:
        return [samples[0][column] for column in columns]
    level = uniform(context.seed, context.twin, first, context.replicate, "draw")
    drawn = usable[min(int(level * len(usable)), len(usable) - 1)]
    missed = len(samples) - len(usable)
    note = f"drawn from {len(usable)} answers"
    if missed:
        note += f"; {missed} could not be used"
    replies = []
    for column in columns:
        reply, variable = drawn[column], asked.variables[column]
        counts = Counter(sample[column].value for sample in usable)
        replies.append(
            Reply(
                reply.variable,
                reply.value,
                reply.reason,
                reply.basis,
                probabilities=_shares(variable, counts) if reply.value is not None else (),
                note=note,
                raw=reply.raw,
                attempt=reply.attempt,
            )
        )
    return replies


def _shares(variable: Variable, counts: Counter[Code | None]) -> tuple[tuple[Code, float], ...]:
    """Shares of the codes among the samples; words and days have none."""
    if variable.kind != "number" and not variable.categorical:
        return ()
    kept = sorted(code for code in counts if code is not None)
    total = sum(counts[code] for code in kept)
    return tuple((code, counts[code] / total) for code in kept)


def _brief(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
