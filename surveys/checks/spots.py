"""Conditions and texts of a questionnaire at their places, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...data.errors import nearest
from ..logic.expression import Expression, Formula
from ..question import Question
from ..questionnaire import Again, Block, End, Group, Questionnaire, SetFields

__all__ = ["Fault", "Spot", "near", "spots"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        thing: What it is wrong with: "question trust", "question trust: show_if".
        what: What is wrong, without a final full stop.
        remedy: What to do about it.
    """

    thing: str
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A condition or a text at its place.

    Attributes:
        thing: What it belongs to.
        at: Name of the question, block or group where it is looked at; "" for the whole.
        block: The block it stands in, or None.
        condition: The condition, or None.
        text: The text, or None.
        formula: The formula, or None.
    """

    thing: str
    at: str
    block: Block | None = None
    condition: Expression | None = None
    text: str | None = None
    formula: Formula | None = None


def spots(questionnaire: Questionnaire) -> Iterator[Spot]:
    """All conditions and texts of a questionnaire, in written order."""
    for number, rule in enumerate(questionnaire.screen_out, 1):
        thing = f"screen_out {number}"
        yield Spot(f"{thing}: if", "", condition=rule.when)
    for node in questionnaire.nodes():
        if isinstance(node, End):
            yield Spot("end: show_if", node.name, condition=node.show_if)
        elif isinstance(node, Group):
            yield Spot(f"group {node.name}: show_if", node.name, condition=node.show_if)
        elif isinstance(node, SetFields):
            yield Spot("set: show_if", node.name, condition=node.show_if)
            for field in node.fields:
                if field.formula is None:
                    yield Spot("set", node.name, text=field.text)
                else:
                    yield Spot("set", node.name, formula=field.formula)
        elif isinstance(node, Again):
            yield Spot(f"block {node.name}: show_if", node.name, condition=node.show_if)
        else:
            yield Spot(f"block {node.name}: show_if", node.name, condition=node.show_if)
            for question in node.questions:
                yield from _question_spots(question, node)


def _question_spots(question: Question, block: Block) -> Iterator[Spot]:
    thing, at = f"question {question.name}", question.name
    yield Spot(f"{thing}: show_if", at, block, condition=question.show_if)
    yield Spot(f"{thing}: text", at, block, text=question.text)
    for wording in question.wordings:
        yield Spot(f"{thing}: text", at, block, text=wording.text)
    for key, entries in (("options", question.options), ("items", question.items)):
        for entry in entries:
            yield Spot(f"{thing}: {key}", at, block, text=entry.label)
            yield Spot(f"{thing}: {key}", at, block, condition=entry.show_if)


def near(name: str, known: Iterable[str]) -> str:
    """Name the known name that is most like `name`, as a remedy; "" if none is."""
    found = nearest(name, known)
    return f"the nearest is {found[0]!r}" if found else ""
