"""A questionnaire that asks the variables of a panel again, as they were asked."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from ..data.codebook import Code, Codebook, Level, Reason, Variable, code_text
from .question import Item, Option, Question
from .questionnaire import Block, Questionnaire
from .questions import Date, Likert, Matrix, Multiple, Numeric, Single, Slider, Text

__all__ = ["from_codebook"]

_MOST_POINTS = 11
"""Longest run of whole numbers that is asked as a scale of points rather than as a number."""
_OFFERED = (Reason.REFUSED, Reason.DONT_KNOW, Reason.NOT_APPLICABLE)
_OFFERED_TEXT = {
    Reason.REFUSED: "Prefer not to say",
    Reason.DONT_KNOW: "Don't know",
    Reason.NOT_APPLICABLE: "Does not apply",
}
_MATRIX_TEXT = "Please answer for each of the following."


def from_codebook(
    codebook: Codebook,
    names: Sequence[str],
    *,
    name: str = "",
    title: str = "",
    offer_missing: bool = False,
    per_page: int = 10,
) -> Questionnaire:
    """Make a questionnaire that asks `names`; its variables have the same names and codes.

    Neighbours that share a group become one matrix or multiple choice; labelled ordinal variables
    become Likert scales, nominal ones single choices, interval ones numbers, and so on. Each
    block of the codebook becomes a block.

    Args:
        codebook: What the variables mean.
        names: Variables to ask, in order.
        name: Of the questionnaire; "again" by default.
        title: Of the questionnaire; the codebook's by default.
        offer_missing: Whether "don't know" and its like, where the codebook has codes for them,
            are offered as options. By default they are not.
        per_page: Most questions on a page.

    Raises:
        UnknownNameError: A name is not in the codebook.
    """
    variables = [codebook[one] for one in dict.fromkeys(names)]
    taken = {variable.name for variable in variables}
    questions: list[tuple[str, Question]] = []
    for _, members in itertools.groupby(enumerate(variables), _together):
        group = [variable for _, variable in members]
        made = _questions(group, offer_missing, taken)
        questions += [(group[0].block, question) for question in made]
    blocks: list[Block] = []
    used: dict[str, int] = {}
    for title_of_block, part in itertools.groupby(questions, lambda pair: pair[0]):
        asked = [question for _, question in part]
        stem = _plain_name(title_of_block) or "questions"
        used[stem] = used.get(stem, 0) + 1
        blocks.append(
            Block(
                name=stem if used[stem] == 1 else f"{stem}_{used[stem]}",
                title=title_of_block,
                pages=tuple(
                    tuple(asked[at : at + per_page]) for at in range(0, len(asked), per_page)
                ),
            )
        )
    return Questionnaire(name=name or "again", title=title or codebook.title, blocks=tuple(blocks))


def _together(numbered: tuple[int, Variable]) -> tuple[object, ...]:
    """What neighbours must share to be asked as one question."""
    position, variable = numbered
    if not variable.group or variable.kind == "date":
        return (position,)
    if variable.level is Level.MULTIPLE:
        return (variable.group, variable.level, variable.block)
    if not variable.categorical:
        return (position,)
    return (variable.group, variable.level, variable.block, variable.labels, variable.range)


def _questions(group: list[Variable], offer: bool, taken: set[str]) -> list[Question]:
    first = group[0]
    if first.level is Level.MULTIPLE:
        return [_multiple(group, offer, _free(first.group or first.name, taken))]
    if len(group) > 1:
        return [_matrix(group, offer, _free(first.group, taken))]
    return [_single(first, offer)]


def _free(name: str, taken: set[str]) -> str:
    """A name for the question that no variable has."""
    while name in taken:
        name += "_all"
    taken.add(name)
    return name


def _plain_name(text: str) -> str:
    return re.sub(r"\W+", "_", text.strip()).strip("_").lower()


def _readable(text: str) -> str:
    """A wording as questionnaires write it: plain braces are doubled."""
    return text.replace("{", "{{").replace("}", "}}")


def _common(group: list[Variable]) -> tuple[str, list[str]]:
    """The wording that variables share, and what each adds to it."""
    wordings = [variable.question for variable in group]
    if wordings[0] and len(set(wordings)) == 1:
        return wordings[0], [v.label or v.name for v in group]
    rows = [v.label or v.question or v.name for v in group]
    same = zip(*wordings, strict=False)
    length = sum(1 for _ in itertools.takewhile(lambda letters: len(set(letters)) == 1, same))
    shared = wordings[0][:length]
    stem = re.sub(r"[^.?!:…]*$", "", shared).rstrip() if len(shared) >= 20 else ""
    if stem:
        return stem, [
            wording[len(stem) :].strip(" -–—:") or v.title
            for wording, v in zip(wordings, group, strict=True)
        ]
    return _MATRIX_TEXT, rows


def _multiple(group: list[Variable], offer: bool, name: str) -> Question:
    text, rows = _common(group)
    options = [
        Option(code=float(code), label=_readable(label), variable=variable.name)
        for code, (variable, label) in enumerate(zip(group, rows, strict=True), 1)
    ]
    return Multiple(
        name=name,
        text=_readable(text),
        options=(*options, *_non_answers(group[0], offer, {option.code for option in options})),
    )


def _matrix(group: list[Variable], offer: bool, name: str) -> Question:
    text, rows = _common(group)
    first = group[0]
    return Matrix(
        name=name,
        text=_readable(text),
        level=Level.NOMINAL if first.level is Level.NOMINAL else Level.ORDINAL,
        options=_options(first, offer),
        items=tuple(
            Item(name=variable.name, label=_readable(label), variable=variable.name)
            for variable, label in zip(group, rows, strict=True)
        ),
    )


def _single(variable: Variable, offer: bool) -> Question:
    stem: dict[str, Any] = {
        "name": variable.name,
        "text": _readable(variable.wording),
        "label": _readable(variable.label),
    }
    offered = _non_answers(variable, offer, set())
    if variable.kind == "date":
        return Date(**stem, options=offered)
    if variable.level is Level.TEXT or (variable.kind == "text" and not variable.labels):
        return Text(**stem, options=offered)
    options = _options(variable, offer)
    answers = [option.code for option in options if option.reason is None]
    numbers = all(isinstance(code, float) for code in answers)
    if variable.level is Level.ORDINAL and numbers and len(answers) > 1:
        return Likert(**stem, options=options)
    if variable.level in (Level.NOMINAL, Level.ORDINAL) and len(answers) > 1:
        return Single(**stem, options=options)
    low, high = variable.range or (None, None)
    ends = _named_ends(variable)
    if ends is not None and low is not None and high is not None:
        return Slider(
            **stem,
            minimum=low,
            maximum=high,
            low_label=_readable(ends[0]),
            high_label=_readable(ends[1]),
            options=tuple(o for o in offered if not _between(o.code, low, high)),
        )
    whole = variable.level is not Level.INTERVAL
    return Numeric(
        **stem,
        minimum=low,
        maximum=high,
        integer=whole,
        options=tuple(o for o in offered if not _between(o.code, low, high)),
    )


def _named_ends(variable: Variable) -> tuple[str, str] | None:
    """What the ends of an interval scale of whole points say, if they say something."""
    if variable.level is not Level.INTERVAL or variable.range is None:
        return None
    low, high = variable.range
    labels = dict(variable.labels)
    if not (low.is_integer() and high.is_integer() and low in labels and high in labels):
        return None
    if any(not isinstance(code, float) or not code.is_integer() for code in labels):
        return None
    ends = labels[low], labels[high]
    return None if ends == (code_text(low), code_text(high)) else ends


def _between(code: Code, low: float | None, high: float | None) -> bool:
    return (
        low is not None and high is not None and not isinstance(code, str) and low <= code <= high
    )


def _options(variable: Variable, offer: bool) -> tuple[Option, ...]:
    """The labelled codes; unlabelled points between labelled ones are offered by number."""
    labels = {_as_code(code): label for code, label in variable.labels}
    low, high = variable.range or (None, None)
    if variable.level is Level.ORDINAL and low is not None and high is not None:
        points = range(int(low), int(high) + 1)
        if low.is_integer() and high.is_integer() and len(points) <= _MOST_POINTS:
            missing = {m.code for m in variable.missing}
            whole = {float(p): str(p) for p in points if p not in missing}
            if set(labels) < set(whole):
                labels = {code: labels.get(code, text) for code, text in whole.items()}
    options = tuple(
        Option(code=code, label=_readable(label or code_text(code)))
        for code, label in labels.items()
    )
    return (*options, *_non_answers(variable, offer, {option.code for option in options}))


def _as_code(code: Code) -> Code:
    return code if isinstance(code, str) else float(code)


def _non_answers(variable: Variable, offer: bool, used: set[Code]) -> tuple[Option, ...]:
    if not offer:
        return ()
    kind = str if variable.kind == "text" and variable.labels else float
    return tuple(
        Option(
            code=m.code,
            label=_readable(m.label or _OFFERED_TEXT[m.reason]),
            reason=m.reason,
        )
        for m in variable.missing
        if m.reason in _OFFERED and m.code not in used and isinstance(m.code, kind)
    )
