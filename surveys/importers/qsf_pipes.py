"""Piped text of Qualtrics, `${q://QID1/ChoiceGroup/SelectedChoices}`, as it is piped here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from ...data.codebook import Code
from ..expansion import in_turn
from ..questionnaire import Loop
from .qsf_choices import PIPE_CLOSE, PIPE_OPEN
from .qsf_made import Made
from .qsf_places import Stand
from .report import Log

__all__ = ["LOOP_FIELD", "Pipes", "fields_piped", "names_in_turn"]

LOOP_FIELD = "field"
"""`${lm://Field/3}` becomes `{loop.field3}`; the first field is the label of the turn."""

_MARKED = re.compile(f"{PIPE_OPEN}([^{PIPE_OPEN}{PIPE_CLOSE}]*){PIPE_CLOSE}")
_QUESTION = re.compile(r"q://(?:(\d+)_)?(QID[\w#%]+)/?(.*)", re.DOTALL)


class Pipes:
    """Translates marked texts.

    Args:
        made: What questions became, by QID.
        fields: Embedded field → name of the field here.
        turns: QID → for each turn of the loop it stands in, its id in the file and its code.
        log: Where what cannot be piped goes.
    """

    def __init__(
        self,
        made: Mapping[str, Made],
        fields: Mapping[str, str],
        turns: Mapping[str, Mapping[str, Code]],
        log: Log,
    ) -> None:
        self.made = made
        self.fields = fields
        self.turns = turns
        self.log = log

    def text(self, source: str, where: str, stand: Stand) -> str:
        """A text with its pipes written as they are here.

        Args:
            source: Text with marked pipes.
            where: What reports call the place.
            stand: What is known there.
        """
        if PIPE_OPEN not in source:
            return source

        def write(found: re.Match[str]) -> str:
            body = found[1].strip()
            piped = self.pipe(body, stand)
            if piped is None:
                self.log.left(where, "piped text", f"${{{body}}} has nothing to stand for it here")
                return ""
            self.log.carried(where, "piped text", f"${{{body}}}")
            return piped

        return _MARKED.sub(write, source)

    def pipe(self, body: str, stand: Stand) -> str | None:
        """One pipe, or None where there is nothing to pipe."""
        scheme, _, rest = body.partition("://")
        if scheme == "e":
            name = self.fields.get(rest.removeprefix("Field/").strip())
            return None if name is None else f"{{{name}|}}"
        if scheme == "lm":
            return _of_loop(rest, stand.loop)
        question = _QUESTION.fullmatch(body)
        if question is None:
            return None
        turn, qid, part = question[1], unquote(question[2]), unquote(question[3])
        made = self.made.get(qid.partition("#")[0])
        if made is None or not made.questions:
            return None
        if stand.comes_later(made.qid) and not part.startswith(
            ("ChoiceDescription", "QuestionText")
        ):
            return None
        piped = _of_question(made, qid, part)
        if piped is None or made.qid not in self.turns or not piped.startswith("{"):
            return piped
        if turn is None:
            return piped if made.qid in stand.block else None
        code = self.turns[made.qid].get(turn)
        return None if code is None else _in_turn(piped, made, code)


def _of_loop(rest: str, loop: Loop | None) -> str | None:
    if loop is None:
        return None
    if rest in ("CurrentLoopNumber", "TotalLoops"):
        return "{loop.number}" if rest == "CurrentLoopNumber" else "{loop.total}"
    which = rest.removeprefix("Field/").strip()
    if which == "1":
        return "{loop.label}"
    name = f"{LOOP_FIELD}{which}"
    return f"{{loop.{name}}}" if name in dict(loop.texts) else None


def _of_question(made: Made, qid: str, part: str) -> str | None:
    kind, _, choice = part.partition("/")
    question = made.questions[0]
    if kind == "QuestionText":
        return None if PIPE_OPEN in question.text else question.text
    if kind in ("ChoiceDescription", "ChoiceText"):
        label = made.labels.get(choice)
        return None if label is None or PIPE_OPEN in label else label
    if kind in ("ChoiceTextEntryValue", "ChoiceNumericEntryValue", "SelectedChoicesTextEntry"):
        name = made.texts.get(choice) or made.rows.get(choice)
        if name is None and made.texts:
            name = next(iter(made.texts.values()))
        return f"{{{name}|}}" if name else None
    if kind in ("SelectedChoicesRecode", "SelectedAnswerRecode"):
        name = made.rows.get(choice, question.name)
        return f"{{{name}.code|}}"
    if kind in ("SelectedAnswerDescription", "SelectedAnswers"):
        return f"{{{made.rows.get(choice, question.name)}|}}"
    if kind in ("ChoiceGroup", "", "SelectedChoices", "Answers", "ChoiceValue"):
        if choice and choice not in (
            "SelectedChoices",
            "SelectedAnswers",
            "SelectedChoicesTextEntry",
        ):
            return None
        column = qid.partition("#")[2]
        if column:
            found = [q for q in made.questions if q.name.endswith(f"#{column}")]
            return f"{{{found[0].name}|}}" if found else None
        return f"{{{question.name}|}}" if question.variables() else None
    return None


def _in_turn(piped: str, made: Made, code: Code) -> str:
    """A pipe of the answer given in one turn of a loop, seen from outside it."""
    name, _, end = piped[1:].partition("|")
    part = ".code" if name.endswith(".code") else ""
    names = names_in_turn(made, code)
    stem = name.removesuffix(part)
    return f"{{{names.get(stem, stem)}{part}|{end}"


def names_in_turn(made: Made, code: Code) -> dict[str, str]:
    """Names of its questions and variables as written → those in one turn of a loop."""
    found: dict[str, str] = {}
    for question in made.questions:
        found |= in_turn(question, code)
    return found


def fields_piped(source: str) -> list[str]:
    """Embedded fields that a marked text pipes."""
    bodies = [body.strip() for body in _MARKED.findall(source)]
    start = "e://Field/"
    return [b.removeprefix(start).strip() for b in bodies if b.startswith(start)]
