"""What a respondent returns is checked before it counts: exactly one legal reply per variable."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

from ...data.codebook import Reason, Variable, code_text
from ..question import Shown
from ..respondent import Page, Reply

__all__ = ["checked"]


def checked(page: Page, replies: Sequence[Reply]) -> list[Reply]:
    """Return one reply for each variable of the page, in the order shown.

    A reply that is not there, or is there twice, becomes `Reason.FAILED`; a value that the
    question does not allow becomes `Reason.UNPARSED`. Both say why in the note; neither is
    guessed at.

    Raises:
        ValueError: There is a reply for a variable that the page does not ask for: the
            respondent is not made as it should be.
    """
    given: dict[str, Reply | None] = {}
    for reply in replies:
        name = reply.variable
        given[name] = None if name in given else reply
    found: list[Reply] = []
    for shown in page.questions:
        if shown.variables:
            found += _question(shown, given)
    # As many replies as variables is the rule; with more, one is for something not asked.
    if len(given) > len(found) or not given.keys() <= {reply.variable for reply in found}:
        stranger = min(given.keys() - {reply.variable for reply in found})
        raise ValueError(f"a reply for {stranger!r}, which the page does not ask")
    return found


def _question(shown: Shown, given: Mapping[str, Reply | None]) -> list[Reply]:
    replies = []
    values = {}
    for variable in shown.variables:
        name = variable.name
        reply = given.get(name)
        if reply is None:
            said = "two replies" if name in given else "no reply"
            reply = Reply(name, None, Reason.FAILED, note=f"the respondent gave {said}")
        elif reply.value is not None:
            reply = _typed(variable, reply)
            if reply.value is not None:
                values[name] = reply.value
        replies.append(reply)
    # Variables that have a reason are left out, so that one row that failed leaves the others be.
    problem = shown.problem(values) if values else None
    if problem is not None:
        return [_unparsed(reply, problem) for reply in replies]
    return replies


def _typed(variable: Variable, reply: Reply) -> Reply:
    """Return a reply whose value is a plain float or str, as the variable holds."""
    value = reply.value
    if variable.kind != "number":
        return reply if isinstance(value, str) else _unparsed(reply, "a text is wanted")
    if type(value) is not float:
        if isinstance(value, (str, bool)) or value is None:
            return _unparsed(reply, "a number is wanted")
        value = float(value)
        reply = dataclasses.replace(reply, value=value)
    return reply if math.isfinite(value) else _unparsed(reply, "a number is wanted")


def _unparsed(reply: Reply, problem: str) -> Reply:
    if reply.value is None:
        return reply
    return Reply(
        reply.variable,
        None,
        Reason.UNPARSED,
        note=f"{problem} (given: {code_text(reply.value)})",
        raw=reply.raw or code_text(reply.value),
        attempt=reply.attempt,
    )
