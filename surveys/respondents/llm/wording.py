"""Questions as a respondent reads them, in plain text, with the codes to answer with."""

from __future__ import annotations

from collections.abc import Iterator

from ....data.codebook import code_text
from ...question import Shown
from ...questions import (
    ConstantSum,
    Date,
    Display,
    Form,
    Multiple,
    MultipleMatrix,
    Numeric,
    Ranking,
    Slider,
    Text,
)
from .asking import Mode
from .choices import Choice
from .fields import Field, Take
from .pictures import readable

__all__ = ["in_order", "question_text"]


def question_text(field: Field, key: str, mode: Mode) -> str:
    """One question, its options in the order shown.

    Args:
        field: The question.
        key: Its key in the JSON, such as "q1"; "" leaves it and the row keys out.
        mode: How it is asked; for letters, they stand in front of the options.
    """
    shown = field.shown
    text = readable(shown.text)
    if isinstance(shown.question, Display):
        return text
    hints = [hint for hint in (*_hints(shown, field), *_percent(field, mode)) if hint]
    if field.can_pass:
        hints.append("optional")
    lines = [f"{key}: {text}" if key else text]
    if hints:
        lines[0] += f" ({', '.join(hints)})"
    if field.parts and mode is not Mode.DECISIONS:
        lines += _offered(field, key, mode)
    lines += [
        f"{key}{part.suffix}: {part.label}" if key else part.label
        for part in field.parts
        if part.suffix and not part.opened_by
    ]
    return "\n".join(lines)


def in_order(field: Field) -> list[Choice]:
    """What may be chosen, in the order shown; the rows to rank before what rules them out."""
    shown = field.shown
    choices = field.parts[0].choices
    by_code = {choice.code: choice for choice in choices}
    seen = [by_code[option.code] for option in shown.options if option.code in by_code]
    if isinstance(shown.question, Ranking):
        return [*(c for c in choices if c.key in field.parts[0].variables), *seen]
    return seen if shown.options else list(choices)


def _offered(field: Field, key: str, mode: Mode) -> Iterator[str]:
    specify = field.specify
    for choice in in_order(field):
        name = f"{choice.key}." if mode is Mode.LOGPROBS else f"[{choice.key}]"
        line = f"{name} {choice.label}"
        if choice.exclusive:
            line += " (rules out the others)"
        if specify is not None and choice.key in specify.opened_by:
            line += f" (say which in {key}{specify.suffix})"
        yield line


def _percent(field: Field, mode: Mode) -> Iterator[str]:
    if mode is Mode.PROBABILITIES and field.parts and field.parts[0].take is Take.CODE:
        rows = sum(part.take is Take.CODE for part in field.parts)
        yield "percentages for each row" if rows > 1 else "percentages"


def _hints(shown: Shown, field: Field) -> Iterator[str]:
    """What the field of a paper questionnaire would show beside the question."""
    match shown.question:
        case Multiple() as question:
            yield _how_many(question)
        case ConstantSum() as question:
            total = code_text(float(question.total))
            whole = ", whole numbers" if question.integer else ""
            unit = f" {readable(question.unit)}" if question.unit else ""
            yield f"divide {total}{unit} among the rows; they must add up to {total}{whole}"
        case Ranking() as question:
            due, among = field.parts[0].most, len(shown.items)
            yield (
                f"put all {due} in order, first to last"
                if due == among
                else (f"put the first {due} of {among} in order")
            )
        case Numeric() as question:
            yield _number(question)
        case Form() as question if question.numbers:
            yield f"{_number(question)} in each row"
        case Form() as question:
            yield f"open answers, at most {question.max_length:,} characters each"
        case MultipleMatrix():
            yield "in each row, whichever apply"
        case Slider() as question:
            yield _slider(question)
        case Date() as question:
            after = f" from {question.earliest}" if question.earliest else ""
            before = f" to {question.latest}" if question.latest else ""
            yield f"a date, YYYY-MM-DD{after}{before}"
        case Text() as question:
            yield f"open answer, at most {question.max_length:,} characters"


def _how_many(question: Multiple) -> str:
    least = max(question.least, int(question.required))
    if question.most is None:
        return "choose all that apply" + (f", at least {least}" if least > 1 else "")
    if least == question.most:
        return f"choose exactly {least}"
    return f"choose {f'{least} to {question.most}' if least else f'at most {question.most}'}"


def _number(question: Numeric | Form) -> str:
    low = code_text(float(question.minimum)) if question.minimum is not None else ""
    high = code_text(float(question.maximum)) if question.maximum is not None else ""
    bounds = ""
    if low and high:
        bounds = f" from {low} to {high}"
    elif low or high:
        bounds = f" of at least {low}" if low else f" of at most {high}"
    unit = f", in {readable(question.unit)}" if question.unit else ""
    return f"a {'whole ' if question.integer else ''}number{bounds}{unit}"


def _slider(question: Slider) -> str:
    ends = []
    for value, label in (
        (question.minimum, question.low_label),
        (question.maximum, question.high_label),
    ):
        ends.append(code_text(float(value)) + (f" “{readable(label)}”" if label else ""))
    step = f", in steps of {code_text(float(question.step))}"
    unit = f", in {readable(question.unit)}" if question.unit else ""
    return f"a number from {ends[0]} to {ends[1]}{step}{unit}"
