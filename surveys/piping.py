"""Piped text: earlier answers, facts of the record, arms and loop values inside wording.

    {trust}             label of an earlier answer (of several answers, joined with commas)
    {trust.code}        its code
    {trust.text}        what was written beside an option that asks to specify
    {record.age}        a fact of the person's record
    {arm.framing}       the text of the arm the person is in
    {price}             the value of a field
    {loop.label}        in a loop: label, code, number (1, 2, …) and total of the turn
    {trust|the police}  with a text for when there is nothing to pipe
    {{ and }}           plain braces

Where there is nothing to pipe and no text for it, `NOTHING` stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..data.codebook import Code, Variable, code_text
from ..data.errors import QuestionnaireError
from .logic.expression import Scope, State, Target

__all__ = ["NOTHING", "Pipe", "PipeScope", "Template", "fill", "pipes"]

NOTHING = "(no answer)"
"""What is piped where there is no answer and the pipe gives no text for that."""

_MAX_NESTING = 3
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[^\s|][^|]*")


class PipeScope(Scope, Protocol):
    """A scope that also knows variables and the texts of arms."""

    def variable(self, name: str, /) -> Variable | None:
        """The variable of that name at this place, or None."""
        ...

    def arm_texts(self, condition: str, /) -> Mapping[str, str]:
        """Arm → text of a condition."""
        ...


@dataclass(frozen=True, slots=True)
class Pipe:
    """One pipe.

    Attributes:
        kind: "record", "arm", "loop" or "answer".
        name: What is piped; for an answer, everything in front of the bar.
        fallback: Text for when there is nothing, or None.
    """

    kind: str
    name: str
    fallback: str | None = None

    def split(self, known: Callable[[str], bool]) -> tuple[str, str]:
        """Question or variable and part ("", "code", "text") of an answer pipe."""
        if known(self.name):
            return self.name, ""
        stem, dot, part = self.name.rpartition(".")
        if dot and part in ("code", "text"):
            return stem, part
        return self.name, ""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with pipes, taken apart.

    Attributes:
        parts: Literal texts and pipes, in order.
    """

    parts: tuple[str | Pipe, ...]

    @classmethod
    def parse(cls, source: str) -> Template:
        """Take a text apart.

        Raises:
            QuestionnaireError: A brace does not belong to a pipe.
        """
        parts: list[str | Pipe] = []
        at = 0
        for found in _PART.finditer(source):
            parts.append(source[at : found.start()])
            at = found.end()
            mark = found.group()
            if mark in ("{{", "}}"):
                parts.append(mark[0])
            elif found.group(1) is None:
                shown = source[max(0, found.start() - 15) : found.end() + 15]
                raise QuestionnaireError(
                    f"a brace in “{shown}” belongs to no piped text",
                    remedy="write {{ or }} for a plain brace",
                )
            else:
                parts.append(_pipe(found.group(1)))
        parts.append(source[at:])
        return cls(tuple(part for part in parts if part != ""))

    @property
    def pipes(self) -> tuple[Pipe, ...]:
        """The pipes, in order."""
        return tuple(part for part in self.parts if isinstance(part, Pipe))

    def compile(self, scope: PipeScope, nesting: int = 0) -> Callable[[State], str]:
        """Return a function that writes the text for one person."""
        writers = [
            _constant(part) if isinstance(part, str) else _writer(part, scope, nesting)
            for part in self.parts
        ]
        return lambda state: "".join([write(state) for write in writers])


def pipes(source: str) -> tuple[Pipe, ...]:
    """The pipes of a text.

    Raises:
        QuestionnaireError: As `Template.parse`.
    """
    return Template.parse(source).pipes if "{" in source or "}" in source else ()


def fill(source: str, values: Mapping[str, str]) -> str:
    """Replace the pipes named in `values` ("loop.label") by texts, which may hold pipes."""
    if "{" not in source:
        return source

    def write(found: re.Match[str]) -> str:
        name = (found.group(1) or "").partition("|")[0].strip()
        if found.group(1) is None or name not in values:
            return found.group()
        return values[name]

    return _PART.sub(write, source)


def _pipe(body: str) -> Pipe:
    head, bar, fallback = body.partition("|")
    name = head.strip()
    if not _NAME.fullmatch(name):
        raise QuestionnaireError(
            "there are empty braces", remedy="name what to pipe, or write {{}} for plain braces"
        )
    kind, dot, rest = name.partition(".")
    told = fallback if bar else None
    if dot and rest and kind in ("record", "arm", "loop"):
        return Pipe(kind, rest, told)
    return Pipe("answer", name, told)


def _constant(text: str) -> Callable[[State], str]:
    return lambda _: text


def _writer(pipe: Pipe, scope: PipeScope, nesting: int) -> Callable[[State], str]:
    nothing = NOTHING if pipe.fallback is None else pipe.fallback
    name = pipe.name
    if pipe.kind == "record":

        def fact(state: State) -> str:
            if name in state.labels:
                return state.labels[name]
            value = state.facts.get(name)
            return nothing if value is None else code_text(value)

        return fact
    if pipe.kind == "arm":
        texts = scope.arm_texts(name)

        def arm(state: State) -> str:
            found = state.arms.get(name)
            return nothing if found is None else texts.get(found, found)

        return arm
    if pipe.kind == "loop":
        position = 1 if name == "total" else 0
        return lambda s: nothing if s.loop is None else str(s.loop[position])
    return _answer(pipe, scope, nothing, nesting)


def _answer(pipe: Pipe, scope: PipeScope, nothing: str, nesting: int) -> Callable[[State], str]:
    stem, part = pipe.split(lambda name: scope.target(name) is not None)
    if part == "text":
        written = f"{_question(scope.target(stem), stem)}_text"
        return lambda s: str(v) if (v := s.answers.get(written)) is not None else nothing
    target = scope.target(stem)
    if target is None:
        return lambda _: nothing
    if target.kind == "condition":
        texts = scope.arm_texts(stem)
        return lambda s: nothing if (a := s.arms.get(stem)) is None else texts.get(a, a)
    if target.kind == "field":
        return lambda s: nothing if (v := s.fields.get(stem)) is None else code_text(v)
    writers = [_label(name, scope, target, part, nesting) for name in target.variables]

    def write(state: State) -> str:
        texts = [text for writer in writers if (text := writer(state)) is not None]
        return ", ".join(texts) if texts else nothing

    return write


def _question(target: Target | None, name: str) -> str:
    return target.question if target is not None else name


def _label(
    name: str, scope: PipeScope, target: Target, part: str, nesting: int
) -> Callable[[State], str | None]:
    """Writer for one variable: its answer's label; for a chosen option, the option's."""
    variable = scope.variable(name)
    if variable is None:
        return lambda _: None
    if target.kind == "set":
        code = target.codes[target.variables.index(name)]
        chosen = code_text(code) if part == "code" else variable.label
        write = _nested(chosen, scope, nesting)
        return lambda s: write(s) if s.answers.get(name) == 1 else None
    writers: dict[Code, Callable[[State], str]] = {}
    if part != "code":
        writers = {code: _nested(label, scope, nesting) for code, label in variable.labels}

    def answer(state: State) -> str | None:
        value = state.answers.get(name)
        if value is None:
            return None
        return writers[value](state) if value in writers else code_text(value)

    return answer


def _nested(text: str, scope: PipeScope, nesting: int) -> Callable[[State], str]:
    """Writer for a label, which may itself hold pipes."""
    if "{" not in text or nesting >= _MAX_NESTING:
        return _constant(text)
    return Template.parse(text).compile(scope, nesting + 1)
