"""From a task's own names to those of a questionnaire: the prefix in front, everywhere."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ..logic import syntax
from ..logic.expression import Expression
from ..question import Item, Option, Question
from ..questionnaire import Condition

__all__ = ["Named", "named"]

_PART = re.compile(r"\{\{|\}\}|\{([^{}|]*)((?:\|[^{}]*)?)\}")
Thing = TypeVar("Thing", Option, Item)


@dataclass(frozen=True, slots=True)
class Named:
    """A task's pages and conditions under the names they have in a questionnaire."""

    pages: tuple[tuple[Question, ...], ...]
    conditions: tuple[Condition, ...]


def named(
    prefix: str, pages: Sequence[Sequence[Question]], conditions: Sequence[Condition]
) -> Named:
    """Put `prefix_` in front of every name that is the task's own.

    Questions, their variables, conditions, and whatever conditions, wordings and piped text say
    about them are renamed. Other names (`record.age`) stay.
    """
    questions = [question for page in pages for question in page]
    own = {question.name for question in questions}
    own |= {variable.name for question in questions for variable in question.variables()}
    own |= {condition.name for condition in conditions}
    rename = _Renaming(prefix, own)
    return Named(
        tuple(tuple(rename.question(question) for question in page) for page in pages),
        tuple(dataclasses.replace(c, name=rename.name(c.name)) for c in conditions),
    )


class _Renaming:
    def __init__(self, prefix: str, own: Collection[str]) -> None:
        self.prefix = prefix
        self.own = own

    def name(self, name: str) -> str:
        return f"{self.prefix}_{name}" if name in self.own else name

    def question(self, question: Question) -> Question:
        return dataclasses.replace(
            question,
            name=self.name(question.name),
            text=self.text(question.text),
            show_if=self.expression(question.show_if),
            options=tuple(self.part(option) for option in question.options),
            items=tuple(self.part(item) for item in question.items),
            wordings=tuple(
                dataclasses.replace(w, condition=self.name(w.condition), text=self.text(w.text))
                for w in question.wordings
            ),
        )

    def part(self, part: Thing) -> Thing:
        return dataclasses.replace(
            part,
            label=self.text(part.label),
            show_if=self.expression(part.show_if),
            variable=self.name(part.variable) if part.variable else "",
        )

    def text(self, text: str) -> str:
        if "{" not in text:
            return text

        def write(found: re.Match[str]) -> str:
            if found.group(1) is None:
                return found.group()
            kind, dot, rest = found.group(1).strip().partition(".")
            if kind == "arm" and dot:
                kind, rest = "arm", self.name(rest)
            else:
                kind = self.name(kind)
            return f"{{{kind}{dot}{rest}{found.group(2)}}}"

        return _PART.sub(write, text)

    def expression(self, expression: Expression | None) -> Expression | None:
        if expression is None:
            return None
        return Expression(syntax.unparse(self.node(expression.node)))

    def node(self, node: Any) -> Any:
        """A syntax node with its names, and those of the nodes below it, renamed."""
        if isinstance(node, tuple):
            return tuple(self.node(part) for part in node)
        if not dataclasses.is_dataclass(node) or isinstance(node, (syntax.Literal, type)):
            return node
        changes = {f.name: self.node(getattr(node, f.name)) for f in dataclasses.fields(node)}
        if "name" in changes and not isinstance(node, syntax.Record):
            changes["name"] = self.name(changes["name"])
        return dataclasses.replace(node, **changes)
