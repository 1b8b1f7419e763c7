"""What question types share: option labels, missing codes, names, and checks of single values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from ...data.codebook import Code, Kind, Level, MissingCode, Variable, code_text
from ..question import Item, Option, Question

__all__ = [
    "bad_code",
    "bad_number",
    "bad_specify",
    "bad_text",
    "code_within",
    "faulty_items",
    "faulty_options",
    "item_name",
    "kind_of",
    "labels_of",
    "listing",
    "missing_of",
    "mixed_codes",
    "number_range",
    "option_name",
    "specify_variables",
    "suffix",
    "title_of",
    "unanswered",
]


def suffix(code: Code) -> str:
    """Write a code as the end of a variable name: 2.0 as "2", -1 as "m1", "very good" joined."""
    text = code_text(code)
    if isinstance(code, (int, float)):
        text = text.replace("-", "m")
    return re.sub(r"\W+", "_", text)


def item_name(question: Question, item: Item) -> str:
    """Name of the variable that a row fills."""
    return item.variable or f"{question.name}_{item.name}"


def option_name(question: Question, option: Option) -> str:
    """Name of the variable that an option of a multiple choice fills."""
    return option.variable or f"{question.name}_{suffix(option.code)}"


def title_of(question: Question) -> str:
    """Short label of a question for tables."""
    return question.label or question.text


def labels_of(options: Iterable[Option]) -> tuple[tuple[Code, str], ...]:
    """Value labels of the substantive options, in written order."""
    return tuple((option.code, option.label) for option in options if option.reason is None)


def missing_of(question: Question) -> tuple[MissingCode, ...]:
    """Missing codes of the offered non-answers."""
    return tuple(
        MissingCode(option.code, option.reason, option.label)
        for option in question.options
        if option.reason is not None
    )


def number_range(options: Iterable[Option]) -> tuple[float, float] | None:
    """Lowest and highest numeric code of the substantive options, None without two numbers."""
    codes = [option.code for option in options if option.reason is None]
    numbers = [code for code in codes if isinstance(code, (int, float))]
    if len(numbers) < len(codes) or len(set(numbers)) < 2:
        return None
    return (float(min(numbers)), float(max(numbers)))


def mixed_codes(question: Question) -> str | None:
    """Say that codes are of two kinds."""
    kinds = {isinstance(option.code, str) for option in question.options}
    return "some codes are numbers and some are text" if len(kinds) > 1 else None


def kind_of(question: Question) -> Kind:
    """What cells hold, by the options' codes."""
    texts = any(isinstance(option.code, str) for option in question.options)
    return "text" if texts else "number"


def specify_variables(question: Question) -> tuple[Variable, ...]:
    """The text variables of options that ask to specify: `NAME_text`."""
    opened = next((option for option in question.options if option.specify), None)
    if opened is None:
        return ()
    return (_text_variable(f"{question.name}_text", opened, question),)


def _text_variable(name: str, option: Option, question: Question) -> Variable:
    return Variable(
        name=name,
        label=f"{title_of(question)}: {option.label}",
        question=question.text,
        level=Level.TEXT,
        kind="text",
        group=question.name,
    )


def unanswered(question: Question, values: Mapping[str, Code | None]) -> str | None:
    """Say that a required question was passed over, unless a non-answer may have been chosen."""
    if not question.required or question.non_answers:
        return None
    specified = f"{question.name}_text"
    given = [value for name, value in values.items() if name != specified]
    return None if given and None not in given else "an answer is required"


def bad_code(value: Code | None, options: Iterable[Option]) -> str | None:
    """Say that `value` is none of the substantive options' codes."""
    if value is None:
        return None
    codes = [option.code for option in options if option.reason is None]
    if value in codes:
        return None
    return f"{code_text(value)!r} is not one of the options ({listing(codes)})"


def bad_number(
    value: Code | None, low: float | None, high: float | None, *, integer: bool = False
) -> str | None:
    """Say that `value` is no number, or one outside the bounds."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return f"{code_text(value)!r} is not a number"
    if integer and not float(value).is_integer():
        return f"{code_text(value)} is not a whole number"
    if low is not None and value < low:
        return f"{code_text(value)} is below the lowest possible, {code_text(float(low))}"
    if high is not None and value > high:
        return f"{code_text(value)} is above the highest possible, {code_text(float(high))}"
    return None


def bad_text(value: Code, most: int, least: int = 0) -> str | None:
    """Say that `value` is no text, blank, too short or too long."""
    if not isinstance(value, str):
        return f"{code_text(value)!r} is not text"
    if not value.strip():
        return "the text is blank"
    if len(value) < least:
        return f"the text has {len(value):,} characters; at least {least:,} are wanted"
    if len(value) > most:
        return f"the text has {len(value):,} characters; at most {most:,} are taken"
    return None


def bad_specify(question: Question, values: Mapping[str, Code | None]) -> str | None:
    """Say that the text of an option that was not chosen is given, or is not text."""
    text = values.get(f"{question.name}_text")
    if text is None or not any(option.specify for option in question.options):
        return None
    if not isinstance(text, str):
        return f"{code_text(text)!r} is not text"
    chosen = {
        option.code
        for option in question.options
        if values.get(question.name) == option.code
        or values.get(option_name(question, option)) == 1
    }
    if any(option.specify and option.code in chosen for option in question.options):
        return None
    opened = next(option.label for option in question.options if option.specify)
    return f"text is given for {opened!r}, which is not chosen"


def faulty_options(question: Question, least: int = 2, *, numbers: bool = False) -> str | None:
    """Say what is wrong with the options: too few, repeated codes, codes of the wrong kind."""
    codes = [option.code for option in question.options]
    for position, code in enumerate(codes):
        if code in codes[:position]:
            return f"two options have the code {code_text(code)}"
    if len(question.answers) < least:
        return f"needs at least {least} options that are answers" if least else None
    if numbers:
        for option in question.answers:
            if not isinstance(option.code, (int, float)):
                return f"the code {option.code!r} is not a number, so the options have no order"
    return None


def code_within(question: Question, low: float | None, high: float | None) -> str | None:
    """Say that the code of a non-answer could also be an answer between the bounds."""
    for option in question.options:
        code = option.code
        if not isinstance(code, (int, float)):
            return f"the non-answer's code {code!r} is not a number"
        bounded = low is not None or high is not None
        if bounded and (low is None or code >= low) and (high is None or code <= high):
            return f"the non-answer's code {code_text(code)} could also be an answer"
    return None


def faulty_items(question: Question, least: int = 1) -> str | None:
    """Say what is wrong with the rows: too few, or repeated names."""
    names = [item.name for item in question.items]
    for position, name in enumerate(names):
        if name in names[:position]:
            return f"two items are named {name!r}"
    return f"needs at least {least} item{'s' if least > 1 else ''}" if len(names) < least else None


def listing(codes: Iterable[Code]) -> str:
    """Write codes as a short list: "1, 2, 3 …"."""
    texts = [code_text(code) for code in codes]
    return ", ".join(texts[:12]) + (" …" if len(texts) > 12 else "")
