"""Whether a question and a panel variable ask for the same answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...data.codebook import Code, Level, Variable, code_text
from .learning import codes_of

if TYPE_CHECKING:
    from ...data.panel import Panel

__all__ = ["as_asked", "clash"]

_WORD = re.compile(r"\w+")
_MOST_OUTSIDE = 0.05


def clash(asked: Variable, panel: Panel, name: str) -> str | None:
    """Say in one sentence why the panel's answers to `name` are none to `asked`, or None.

    Codes are matched by code and label: a code that means something else on either side, or that
    only one side has, is a mismatch. Labels are compared without case, punctuation and the order
    of words. Only codes that somebody in the panel chose need be offered.
    """
    known = panel.codebook[name]
    if asked.kind != known.kind:
        return (
            f"the question {asked.name!r} takes a {asked.kind}, "
            f"the panel variable {name!r} holds a {known.kind}"
        )
    found = {code for code in codes_of(panel, name) if code is not None}
    if not found:
        return f"nobody in the panel answered {name!r}"
    if asked.level is Level.MULTIPLE:
        if found <= {0.0, 1.0}:
            return None
        odd = code_text(min(found - {0.0, 1.0}, key=str))
        return (
            f"the question {asked.name!r} is chosen (1) or not (0), "
            f"the panel variable {name!r} holds {odd}"
        )
    if asked.categorical:
        return _categories(asked, known, found)
    named = known.categorical and found <= set(known.codes)
    # Labels on the points of an interval scale, or on its ends, leave it a scale of numbers.
    if known.level is Level.NOMINAL or (named and known.level is not Level.INTERVAL):
        return (
            f"the question {asked.name!r} takes any number, "
            f"the panel variable {name!r} holds labelled categories"
        )
    return _numbers(asked, panel, name)


def as_asked(asked: Variable, known: Variable) -> Variable:
    """The question's codes with the stronger measure level of the two: ordinal over nominal."""
    if asked.categorical and Level.ORDINAL in (asked.level, known.level):
        return asked.replace(level=Level.ORDINAL)
    return asked


def _categories(asked: Variable, known: Variable, found: set[Code]) -> str | None:
    theirs = dict(known.labels)
    for code, label in asked.labels:
        if code in theirs and not _same(label, theirs[code], code):
            return (
                f"code {code_text(code)} is {label!r} in the question {asked.name!r} "
                f"and {theirs[code]!r} in the panel variable {known.name!r}"
            )
        if known.labels and code not in theirs and code not in found:
            return (
                f"the question {asked.name!r} offers {label!r} ({code_text(code)}), "
                f"which the panel variable {known.name!r} does not have"
            )
    extra = found - set(asked.codes)
    if extra:
        code = min(extra, key=str)
        return (
            f"the panel variable {known.name!r} has the answer {known.label_of(code)!r}, "
            f"which the question {asked.name!r} does not offer"
        )
    return None


def _numbers(asked: Variable, panel: Panel, name: str) -> str | None:
    if asked.kind != "number" or asked.range is None:
        return None
    numbers = panel.numbers(name)
    numbers = numbers[panel.answered(name)]
    low, high = asked.range
    outside = ((numbers < low) | (numbers > high)).mean()
    if outside <= _MOST_OUTSIDE:
        return None
    return (
        f"{outside:.0%} of the answers to the panel variable {name!r} are outside "
        f"the {low:g} to {high:g} of the question {asked.name!r}"
    )


def _same(a: str, b: str, code: Code) -> bool:
    bare = ("", code_text(code))
    if a in bare or b in bare:
        return True
    return sorted(_WORD.findall(a.casefold())) == sorted(_WORD.findall(b.casefold()))
