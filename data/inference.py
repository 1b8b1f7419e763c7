"""What a file does not declare, inferred from names and data; each inference is said."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .codebook import Code, Level, Role, Variable, code_text
from .legible import legible
from .roles import LIKE_ID, suggest_role, unordered_by_name
from .table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["complete"]

MAX_SCALE = 11
"""Longest rating scale that is taken for one without being declared: 0 to 10."""
MAX_CATEGORIES = 50
"""Most different texts that are taken for the categories of a closed question."""
MAX_CATEGORY_LENGTH = 100
MIN_REPEATS = 3.0
"""How often a text must occur on average to be taken for a category."""

_SCALE_WORD = re.compile(
    r"\b(?:dis)?agree|\b(?:dis)?satisf|\b(?:un)?likely\b|\b(?:un)?important\b|\bnever\b|\balways\b"
    r"|\boften\b|\brarely\b|\bsometimes\b|\bvery\b|\bnot at all\b|\bextremely\b|\bstrongly\b"
    r"|\bsomewhat\b|\b(?:very |fairly )?(?:good|bad|poor)\b|\bexcellent\b|\bmuch (?:more|less)\b"
    r"|\ba (?:lot|little)\b|\bstimme\b|\bzufrieden\b|\bsehr\b|\büberhaupt nicht\b|\bd'accord\b"
    r"|\bsatisfait|\bjamais\b|\btoujours\b|\bde acuerdo\b|\bsatisfecho|\bnunca\b|\bsiempre\b"
    r"|\bmuy\b|\bmee eens\b|\btevreden\b|\bnooit\b|\baltijd\b|\bzeer\b",
    re.IGNORECASE,
)
_SCALES: tuple[tuple[str, ...], ...] = (
    (
        *("strongly disagree", "disagree strongly", "disagree", "somewhat disagree"),
        *("disagree somewhat", "slightly disagree", "disagree slightly"),
        *("neither agree nor disagree", "neither", "neutral", "undecided", "slightly agree"),
        *("agree slightly", "somewhat agree", "agree somewhat", "agree", "agree strongly"),
        "strongly agree",
    ),
    ("never", "almost never", "rarely", "seldom", "sometimes", "often", "very often", "always"),
    (
        *("very dissatisfied", "dissatisfied", "somewhat dissatisfied", "neutral"),
        *("neither satisfied nor dissatisfied", "somewhat satisfied", "satisfied"),
        "very satisfied",
    ),
    (
        *("extremely unlikely", "very unlikely", "unlikely", "somewhat unlikely"),
        *("neither likely nor unlikely", "neutral", "somewhat likely", "likely", "very likely"),
        "extremely likely",
    ),
    ("very poor", "poor", "fair", "average", "good", "very good", "excellent"),
    ("not at all", "a little", "slightly", "somewhat", "moderately", "very", "a lot", "extremely"),
    ("very low", "low", "medium", "moderate", "high", "very high"),
)
_BRACKET = re.compile(
    r"(?P<below>less than|under|below|up to|<|≤)?(?:more than|over|above|at least|>|≥)?\s*[$€£]?\s*"
    r"(?P<number>\d[\d.,]*)\s*(?:$|[-–—+%kK]|(?:to|or|and|years?|thousand)\b)",
    re.IGNORECASE,
)


def complete(table: Table) -> Table:
    """Fill in measure levels, ranges and roles that the file does not declare.

    Levels are inferred for variables outside `Table.declared`, roles for those without one. Every
    inference adds a sentence to `Variable.inferred`. A range is only ever taken from data for
    whole numbers from 1 to K that all occur (K from 3 to 11), and from 0 to 10.
    """
    variables = []
    for variable in table.variables:
        column = table.frame[variable.name]
        role, sentence = variable.role, ""
        if role is Role.ITEM:
            role, sentence = suggest_role(variable, column)
        done = variable
        if variable.name not in table.declared:
            if role is Role.ID or sentence == LIKE_ID:
                level = Level.TEXT if variable.kind == "text" else Level.NOMINAL
                done = variable.replace(level=level)
            else:
                done = _with_level(variable, column)
        if sentence:
            done = done.replace(role=role, inferred=(*done.inferred, sentence))
        variables.append(done)
    return dataclasses.replace(table, variables=tuple(variables))


def _with_level(variable: Variable, column: pd.Series[Any]) -> Variable:
    if variable.kind == "date":
        return variable.replace(level=Level.INTERVAL)
    if variable.kind == "text":
        return _text_level(variable, column)
    return _number_level(variable, column)


def _say(variable: Variable, level: Level, why: str, **changes: object) -> Variable:
    sentence = f"level taken as {level}: {why}"
    return variable.replace(level=level, inferred=(*variable.inferred, sentence), **changes)


# --- numbers ----------------------------------------------------------------------------------


def _number_level(variable: Variable, column: pd.Series[Any]) -> Variable:
    values = np.sort(column.dropna().unique().astype(np.float64))
    if variable.labels:
        return _labelled_level(variable, values)
    if variable.range is not None:
        return _say(variable, Level.INTERVAL, "it has a declared range and no labels")
    if len(values) == 0:
        return _say(variable, Level.NOMINAL, "it has no values")
    if len(values) <= 2:
        count = "one value" if len(values) == 1 else "two values"
        return _say(variable, Level.NOMINAL, f"it has {count}")
    if not np.isfinite(values).all():
        return _say(variable, Level.INTERVAL, "it has infinite numbers")
    if (values != np.rint(values)).any():
        return _say(variable, Level.INTERVAL, "it has decimals")
    low, high, steps = int(values[0]), int(values[-1]), len(values)
    if unordered_by_name(variable) and steps <= MAX_CATEGORIES:
        return _say(variable, Level.NOMINAL, "its name stands for categories without order")
    if steps > MAX_SCALE:
        return _say(variable, Level.INTERVAL, f"it has {steps:,} different whole numbers")
    step = int(values[1] - values[0])
    if steps > 3 and step > 1 and high - low == step * (steps - 1):
        return _say(variable, Level.INTERVAL, f"its values rise in equal steps of {step:,}")
    every = steps == high - low + 1
    if every and (low == 1 or (low == 0 and high == MAX_SCALE - 1)):
        why = f"all whole numbers from {low} to {high} occur, which is also taken as its range"
        return _say(variable, Level.ORDINAL, why, range=(float(low), float(high)))
    if low >= 0 and high <= MAX_SCALE and steps * 2 >= high - low + 1:
        return _say(variable, Level.ORDINAL, f"whole numbers between {low} and {high}")
    return _say(variable, Level.NOMINAL, f"{steps} codes from {low} to {high} with gaps")


def _labelled_level(variable: Variable, values: npt.NDArray[np.float64]) -> Variable:
    codes = variable.codes
    numbers = [code for code in codes if not isinstance(code, str)]
    unlabelled = len(values) - int(np.isin(values, np.array(numbers, dtype=np.float64)).sum())
    labels = [label for _, label in variable.labels]
    if unlabelled > MAX_SCALE:
        return _say(variable, Level.INTERVAL, f"{unlabelled:,} of its values have no label")
    if _looks_like_scale(labels):
        return _say(variable, Level.ORDINAL, "its labels are those of a rating scale")
    if _numbers_its_points(variable):
        return _say(variable, Level.ORDINAL, "its labels number the points of a scale")
    if unordered_by_name(variable):
        return _say(variable, Level.NOMINAL, "its name stands for categories without order")
    if len(labels) == 2 and unlabelled and _between(values, numbers):
        return _say(variable, Level.ORDINAL, "only the ends of its scale have labels")
    if len(labels) >= 3 and _ascending(labels) is not None:
        return _say(variable, Level.ORDINAL, "its labels are brackets of numbers")
    return _say(variable, Level.NOMINAL, "its labels name categories")


def _numbers_its_points(variable: Variable) -> bool:
    """Whether most labels are the code itself, as where only the ends of a scale are named."""
    bare = sum(label.strip() == code_text(code) for code, label in variable.labels)
    return bare >= 2 and bare * 2 >= len(variable.labels)


def _between(values: npt.NDArray[np.float64], ends: Sequence[float]) -> bool:
    whole = bool((values == np.rint(values)).all())
    return whole and bool(((values >= min(ends)) & (values <= max(ends))).all())


def _looks_like_scale(labels: Sequence[str]) -> bool:
    """Whether most of three or more labels use the words of rating scales."""
    if len(labels) < 3:
        return False
    return sum(_SCALE_WORD.search(label) is not None for label in labels) * 2 > len(labels)


# --- texts ------------------------------------------------------------------------------------


def _text_level(variable: Variable, column: pd.Series[Any]) -> Variable:
    answered = column.dropna()
    counts = answered.value_counts()
    texts = [str(text) for text in counts.index]
    if variable.labels:
        return _say(variable, Level.NOMINAL, "its values are labelled texts")
    if not texts:
        return _say(variable, Level.TEXT, "it has no values")
    repeated = len(answered) >= MIN_REPEATS * len(texts)
    short = max(len(text) for text in texts) <= MAX_CATEGORY_LENGTH
    if len(texts) > MAX_CATEGORIES or not repeated or not short:
        why = "its texts are long" if not short else "most of its texts occur once or twice"
        if repeated and short:
            why = f"it has {len(texts):,} different texts"
        return _say(variable, Level.TEXT, why)
    scale = _scale_order(texts)
    if scale is not None:
        why = "its texts are those of a rating scale"
        return _say(variable, Level.ORDINAL, why, labels=_as_labels(scale))
    brackets = _ascending(texts) if len(texts) > 2 else None
    if brackets is not None:
        why = "its texts are brackets of numbers"
        return _say(variable, Level.ORDINAL, why, labels=_as_labels(brackets))
    why = f"{len(texts)} different texts occur again and again"
    return _say(variable, Level.NOMINAL, why, labels=_as_labels(sorted(texts)))


def _as_labels(texts: Sequence[str]) -> tuple[tuple[Code, str], ...]:
    return tuple((text, legible(text)) for text in texts)


def _scale_order(texts: Sequence[str]) -> list[str] | None:
    """The texts in the order of a customary rating scale, if they all belong to one."""
    if len(texts) < 3:
        return None
    folded = {" ".join(text.split()).casefold(): text for text in texts}
    for scale in _SCALES:
        if len(folded) == len(texts) and set(folded) <= set(scale):
            return [folded[step] for step in scale if step in folded]
    return None


def _ascending(texts: Sequence[str]) -> list[str] | None:
    """Brackets such as "18-29" and "65 or older" by their numbers; None if they are none."""
    keyed = []
    for text in texts:
        match = _BRACKET.match(text.strip())
        if not match:
            return None
        number = match["number"].replace(",", "").rstrip(".")
        if not re.fullmatch(r"\d+(?:\.\d+)?", number):
            return None
        keyed.append((float(number), 0 if match["below"] else 1, text))
    keys = [key[:2] for key in keyed]
    if len(set(keys)) < len(keys):
        return None
    return [text for *_, text in sorted(keyed)]
