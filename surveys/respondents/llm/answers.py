"""One property of the JSON read as what it fills: a value, a reason there is none, or trouble."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ....data.codebook import Reason, code_text
from ....data.legible import legible
from ...questions import parts
from .choices import is_pass
from .draws import Chances, shares_of
from .fields import Field, Part, Take
from .language import is_wrong_language, language_name
from .machine_talk import is_machine_talk, is_refusal
from .numbers import looks_numeric, read_number
from .objects import TWICE

__all__ = [
    "ABSENT",
    "CUT_OFF",
    "Outcome",
    "Trouble",
    "brief",
    "no_specification",
    "read_part",
    "spoken",
]

ABSENT = object()
"""Stands for a key that is not in the JSON."""

CUT_OFF = object()
"""Stands for a key that may have been in the part of the JSON that was cut off."""

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLACEHOLDERS = frozenset({"-", "–", "—", "n/a", "na", "none", "null", "not applicable", "nothing"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a part of an answer cannot be taken.

    Attributes:
        clause: For the model, what is wrong.
        reason: What the answer is missing for if that does not change.
    """

    clause: str
    reason: Reason


Outcome = float | str | Reason | Trouble | Chances
"""A substantive value, typed as its variable is; a reason; trouble; or chances to draw from. A
`Reason` is a `str` too: ask for it first."""


def read_part(
    part: Part, said: object, field: Field, *, shares: bool, language: str
) -> Mapping[str, Outcome]:
    """Read one property.

    Args:
        part: What it should be.
        said: The JSON value, `ABSENT` or `TWICE`.
        field: The question.
        shares: Whether single choices are given as percentages.
        language: BCP 47 tag that open answers are in.

    Returns:
        The outcome of every variable that the part fills.
    """
    if part.take is Take.CODES or part.take is Take.ORDER:
        return _several(part, said, field)
    return {part.variables[""]: _one(part, said, field, shares, language)}


def spoken(text: str) -> Reason:
    """Why words that are no answer are none: out of character, a refusal, or not understood."""
    if is_machine_talk(text):
        return Reason.OUT_OF_CHARACTER
    return Reason.MODEL_REFUSED if is_refusal(text) else Reason.UNPARSED


def brief(said: object) -> str:
    """A JSON value, shortened, to be quoted."""
    if isinstance(said, (dict, list)):
        return "an object" if isinstance(said, dict) else "an array"
    text = legible(said if isinstance(said, str) else code_text(said)).replace("\n", " ")
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


# --- one choice, number, day or text ----------------------------------------------------------


def _one(part: Part, said: object, field: Field, shares: bool, language: str) -> Outcome:
    take = part.take
    if shares and take is Take.CODE and isinstance(said, dict):
        found = shares_of(said, part.choices, can_pass=field.can_pass)
        return Trouble(found, Reason.UNPARSED) if isinstance(found, str) else found
    if take is not Take.CODE or not shares:
        choice = part.choices.find(said)
        if choice is not None:
            if choice.reason is not None:
                return choice.reason
            return choice.code
    missed = _missed(said, field)
    if missed is not None:
        return missed
    if take is Take.NUMBER:
        return _number(part, said)
    if take is Take.DAY:
        return _day(said)
    if take is Take.WORDS:
        return _words(said, language)
    if shares and take is Take.CODE:
        return _trouble(said, "give a percentage for every code")
    return _trouble(said, f"{brief(said)} is none of its codes ({_listed(part)})")


def _missed(said: object, field: Field) -> Outcome | None:
    """What it is if nothing was said."""
    if said is ABSENT:
        return Trouble("it is missing", Reason.UNPARSED)
    if said is CUT_OFF:
        return Trouble("the answer was cut off", Reason.TRUNCATED)
    if said is TWICE:
        return Trouble("it is given twice, with different values", Reason.UNPARSED)
    if is_pass(said):
        if field.can_pass:
            return Reason.NO_ANSWER
        return Trouble("an answer is required", Reason.UNPARSED)
    return None


def _trouble(said: object, clause: str) -> Trouble:
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return Trouble(clause, Reason.OUT_OF_RANGE)
    if isinstance(said, str):
        if looks_numeric(said) or len(said.strip(" []")) == 1:
            return Trouble(clause, Reason.OUT_OF_RANGE)
        return Trouble(clause, spoken(said))
    return Trouble(clause, Reason.UNPARSED)


def _number(part: Part, said: object) -> Outcome:
    number = read_number(said, integer=part.integer, unit=part.unit)
    if number is None:
        reason = spoken(said) if isinstance(said, str) else Reason.UNPARSED
        return Trouble(f"{brief(said)} is not a number", reason)
    wrong = parts.bad_number(number, part.low, part.high, integer=part.integer)
    return Trouble(wrong, Reason.OUT_OF_RANGE) if wrong else number


def _day(said: object) -> Outcome:
    if isinstance(said, str) and len(said) < 40 and _ISO.fullmatch(said.strip()):
        return said.strip()
    reason = spoken(said) if isinstance(said, str) else Reason.UNPARSED
    return Trouble(f"{brief(said)} is not a date such as 2024-05-01", reason)


def _words(said: object, language: str) -> Outcome:
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        said = code_text(said)
    if not isinstance(said, str):
        return Trouble("a text is wanted", Reason.UNPARSED)
    text = legible(said).strip()
    if not text:
        return Trouble("the text is blank", Reason.UNPARSED)
    if is_machine_talk(text):
        return Trouble("answer as the person, not as an AI", Reason.OUT_OF_CHARACTER)
    if is_refusal(text):
        return Trouble("answer as the person would", Reason.MODEL_REFUSED)
    if is_wrong_language(text, language):
        return Trouble(f"write it in {language_name(language)}", Reason.WRONG_LANGUAGE)
    return text


def no_specification(said: object, *, opened: bool = False) -> bool:
    """Whether a JSON value stands for no text beside an option.

    Args:
        said: The JSON value, `ABSENT` or `CUT_OFF`.
        opened: Whether the option is chosen, so that "nothing" may be meant.
    """
    if isinstance(said, str) and not opened:
        return is_pass(said) or said.strip().casefold() in _PLACEHOLDERS
    return is_pass(said) or said is ABSENT or said is CUT_OFF


# --- several choices --------------------------------------------------------------------------


def _several(part: Part, said: object, field: Field) -> Mapping[str, Outcome]:
    outcome: Outcome | list[str]
    if isinstance(said, list):
        outcome = _chosen(part, said, field)
    else:
        missed = _missed(said, field)
        choice = part.choices.find(said) if missed is None else None
        if missed is not None:
            outcome = missed
        elif choice is not None and choice.reason is not None:
            outcome = choice.reason
        else:
            # A single code where an array is wanted is of the wrong form, not out of range.
            reason = spoken(said) if isinstance(said, str) else Reason.UNPARSED
            outcome = Trouble("give an array of codes", reason)
    if not isinstance(outcome, list):
        return dict.fromkeys(part.variables.values(), outcome)
    if part.take is Take.CODES:
        return {name: float(key in outcome) for key, name in part.variables.items()}
    ranks = {key: float(rank) for rank, key in enumerate(outcome, 1)}
    return {name: ranks.get(key, Reason.NOT_APPLICABLE) for key, name in part.variables.items()}


def _chosen(part: Part, said: list[object], field: Field) -> list[str] | Reason | Trouble:
    """Keys chosen, in the order given; one non-answer alone; or trouble."""
    ordered = part.take is Take.ORDER
    keys: list[str] = []
    silent: list[Reason] = []
    for value in said:
        choice = part.choices.find(value)
        if choice is None:
            if value is not None and is_pass(value) and field.can_pass:
                silent.append(Reason.NO_ANSWER)
                continue
            clause = f"{brief(value)} is none of its codes ({_listed(part)})"
            return _trouble(value, clause)
        if choice.reason is not None:
            silent.append(choice.reason)
        elif choice.key not in keys:
            keys.append(choice.key)
        elif ordered:
            return Trouble(f"{choice.key} stands in the order twice", Reason.UNPARSED)
    if len(set(silent)) > 1 or (silent and keys):
        return Trouble("a non-answer rules out everything else", Reason.UNPARSED)
    if silent:
        return silent[0]
    if ordered and not keys and field.can_pass:
        return Reason.NO_ANSWER
    if ordered and len(keys) != part.most:
        return Trouble(f"put {part.most} in order, not {len(keys)}", Reason.UNPARSED)
    return keys


def _listed(part: Part) -> str:
    keys = part.choices.keys
    return ", ".join(keys[:12]) + (" …" if len(keys) > 12 else "")
