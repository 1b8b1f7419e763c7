"""What was asked and answered before, told again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....data.codebook import Code, Level, Reason, Variable, code_text
from ....twins.plain import fence
from ...question import Shown
from ...questions import Multiple, Ranking
from ...respondent import Page, Reply
from .asking import Voice
from .pictures import readable

__all__ = ["earlier_text"]

_SILENT = frozenset({Reason.REFUSED, Reason.DONT_KNOW, Reason.NO_ANSWER, Reason.OTHER})
"""Reasons that a person would remember; what failed in the simulation never happened to them."""


def earlier_text(
    said: Sequence[tuple[Page, Sequence[Reply]]], voice: Voice = "first-person"
) -> str:
    """The interview so far, one line for each question that was answered; "" if none was.

    Open answers are fenced. Offered non-answers are told by their labels; a question without a
    usable answer is left out.

    Args:
        said: Earlier pages with their replies, in order.
        voice: Whether the text speaks to the person or about them.
    """
    lines = [
        line
        for page, replies in said
        for line in _page(page, {reply.variable: reply for reply in replies})
    ]
    if not lines:
        return ""
    opening = "Earlier in this survey you were asked, and answered:"
    if voice == "third-person":
        opening = "Earlier in this survey the person was asked, and answered:"
    return "\n".join((opening, *lines))


def _page(page: Page, replies: Mapping[str, Reply]) -> list[str]:
    found = []
    for shown in page.questions:
        told = _question(shown, replies)
        if told:
            stem = readable(shown.text).rstrip(" :")
            found.append(f"- {stem}{'' if stem.endswith('?') else ':'} {told}")
    return found


def _question(shown: Shown, replies: Mapping[str, Reply]) -> str:
    given = {v.name: replies[v.name] for v in shown.variables if v.name in replies}
    silent = {r.reason for r in given.values() if r.value is None and r.reason in _SILENT}
    values = {name: reply.value for name, reply in given.items() if reply.value is not None}
    if not values:
        reason = next(iter(silent), None)
        return _silence(shown, reason) if reason is not None else ""
    by_name = {variable.name: variable for variable in shown.variables}
    if isinstance(shown.question, Multiple):
        chosen = [n for n, value in values.items() if value == 1 and _is_option(by_name[n])]
        words = [fence(str(v)) for n, v in values.items() if not _is_option(by_name[n])]
        return "; ".join((*(readable(by_name[n].label) for n in chosen), *words)) or "none of them"
    if isinstance(shown.question, Ranking):
        order = sorted(values, key=lambda name: values[name])
        ranks = enumerate(order, 1)
        return ", ".join(f"{rank}. {readable(by_name[name].label)}" for rank, name in ranks)
    if len(shown.items) > 0:
        rows = (f"{readable(by_name[n].label)}: {_value(by_name[n], values[n])}" for n in values)
        return "; ".join(rows)
    return ", ".join(_value(by_name[name], value) for name, value in values.items())


def _is_option(variable: Variable) -> bool:
    return variable.level is Level.MULTIPLE


def _value(variable: Variable, value: Code) -> str:
    if variable.categorical:
        return readable(variable.label_of(value))
    if isinstance(value, str) and variable.kind == "text":
        return fence(value)
    return code_text(value)


def _silence(shown: Shown, reason: Reason) -> str:
    label = next((o.label for o in shown.options if o.reason is reason), "")
    return f"({readable(label) or reason})"
