"""The scale of one item: its points in order, what each counts as, and whether both sides mean
the same by a code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.codebook import Code, Level, Variable, code_text
from ..data.errors import ComparisonError
from .metrics.weights import FloatArray

__all__ = ["Scale", "scale_of"]

LONGEST_LIST = 21
"""A range of whole numbers with at most this many is treated as a list of points."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What scores need to know about an item.

    Attributes:
        level: Measure level, as the human codebook has it.
        codes: Every possible answer in the order of the scale; empty for numbers that are not
            answers from a list.
        labels: One text per code.
        values: The number each code counts as in accuracy, r and SD: the code itself, or its
            position where codes are text or nominal.
        low: Lowest declared value, NaN if none is declared.
        high: Highest declared value, NaN if none is declared.
        individual: Whether answers can be held against the person's own. They cannot where they
            rest on nothing that is known of the person.
    """

    level: Level
    codes: tuple[Code, ...] = ()
    labels: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    low: float = math.nan
    high: float = math.nan
    individual: bool = True

    @property
    def ordered(self) -> bool:
        """Whether answers can be compared in size."""
        return self.level is not Level.NOMINAL

    @property
    def correlates(self) -> bool:
        """Whether r is defined: for ordered answers, and for two categories (r is then phi)."""
        return self.ordered or len(self.codes) == 2

    @property
    def positions(self) -> FloatArray:
        """Place of each code for Wasserstein distances: its position, or its value if interval."""
        if self.level is Level.INTERVAL:
            return np.asarray(self.values, dtype=np.float64)
        return np.arange(len(self.codes), dtype=np.float64)

    @property
    def width(self) -> float:
        """What a Wasserstein distance is divided by: K − 1 steps, or the declared range."""
        if self.level is Level.INTERVAL:
            return self.high - self.low
        return float(max(len(self.codes) - 1, 1))

    def places(self, values: FloatArray) -> npt.NDArray[np.intp]:
        """Position of each value among the codes, −1 where missing. Same shape as `values`."""
        points = np.asarray(self.values, dtype=np.float64)
        order = np.argsort(points)
        found = np.minimum(np.searchsorted(points[order], values), len(points) - 1)
        return np.where(points[order][found] == values, order[found], -1)

    def numbers(self, column: Sequence[Code | None]) -> FloatArray:
        """Turn codes into the numbers they count as; NaN for None and for foreign codes."""
        by_code = dict(zip(self.codes, self.values, strict=True))
        return np.array([by_code.get(c, math.nan) if c is not None else math.nan for c in column])


def scale_of(
    human: Variable,
    other: Variable,
    human_codes: Sequence[Code],
    other_codes: Sequence[Code],
    *,
    side: str = "twins",
) -> tuple[Scale, tuple[str, ...]]:
    """The scale both sides answered on, with the human codebook deciding.

    Args:
        human: The item in the human codebook.
        other: The item in the other codebook.
        human_codes: Distinct answers of the people.
        other_codes: Distinct answers of the other side.
        side: What to call the other side.

    Returns:
        The scale, and remarks where the codebooks disagree without harm.

    Raises:
        ComparisonError: The two sides use different codes for the answers.
    """
    where = f"item {human.name}"
    if human.kind != other.kind and human_codes and other_codes:
        raise ComparisonError(
            f"the people's answers are {human.kind} and the {side}' are {other.kind}",
            where=where,
            remedy=f"store both as {human.kind}",
        )
    notes: list[str] = []
    if human.level is not other.level:
        notes.append(
            f"{human.level} for the people, {other.level} for the {side}; scored as {human.level}"
        )
    _check_labels(human, other, side)
    codes = _points(human, other, human_codes, other_codes)
    if codes:
        _check_codes(human, other, codes, other_codes, side)
    text = any(isinstance(code, str) for code in codes)
    if text or human.level is Level.NOMINAL:
        values = tuple(float(k) for k in range(len(codes)))
    else:
        values = tuple(float(code) for code in codes)
    low, high = (0.0, float(len(codes) - 1)) if text else (math.nan, math.nan)
    if not text and human.level is not Level.NOMINAL:
        low, high = _bounds(human, other, other_codes, side, notes)
    if text and len(codes) < 2:
        low = high = math.nan
    labels = tuple(_label(human, other, code) for code in codes)
    return Scale(human.level, codes, labels, values, low, high), tuple(notes)


def _points(
    human: Variable, other: Variable, human_codes: Sequence[Code], other_codes: Sequence[Code]
) -> tuple[Code, ...]:
    """Every possible answer in scale order; empty when answers are numbers without a list."""
    if human.level is Level.MULTIPLE:
        return human.codes or (0.0, 1.0)
    listed = human.codes or other.codes
    seen = [*human_codes, *other_codes]
    if human.level is not Level.NOMINAL and not set(seen) <= set(listed):
        numbers = [code for code in seen if not isinstance(code, str)]
        bounds = human.range or other.range
        if bounds is not None and len(numbers) == len(seen):
            low, high = float(bounds[0]), float(bounds[1])
            whole = low.is_integer() and high.is_integer()
            whole = whole and all(float(n).is_integer() and low <= n <= high for n in numbers)
            # Scales are often labelled at their ends only: the points between exist all the same.
            if whole and high - low < LONGEST_LIST:
                return tuple(float(k) for k in range(int(low), int(high) + 1))
        if human.level is Level.INTERVAL:
            return ()
    if not listed:
        if human.level is Level.INTERVAL:
            return ()
        return tuple(sorted(set(seen), key=_by_size))
    extra = sorted(set(human_codes) - set(listed), key=_by_size)
    if not extra:
        return listed
    if human.level is Level.NOMINAL or any(isinstance(c, str) for c in (*listed, *extra)):
        return (*listed, *extra)
    return tuple(sorted({*listed, *extra}, key=_by_size))


def _by_size(code: Code) -> tuple[bool, float, str]:
    text = isinstance(code, str)
    return (text, 0.0 if isinstance(code, str) else float(code), str(code))


def _label(human: Variable, other: Variable, code: Code) -> str:
    for variable in (human, other):
        if code in variable.codes:
            return variable.label_of(code)
    if human.level is Level.MULTIPLE:
        return "chosen" if code == 1 else "not chosen"
    return code_text(code)


def _check_labels(human: Variable, other: Variable, side: str) -> None:
    """Refuse codebooks in which one code has the label that another code has on the other side."""
    ours = {_folded(label): code for code, label in human.labels}
    mapping = [
        (code, ours[_folded(label)], label)
        for code, label in other.labels
        if _folded(label) in ours and ours[_folded(label)] != code
    ]
    texts = dict(human.labels)
    clashes = [(code, label) for code, _, label in mapping if code in texts]
    if not clashes:
        return
    code, label = clashes[0]
    raise ComparisonError(
        f"code {code_text(code)} means {texts[code]!r} for the people and {label!r} for the {side}",
        where=f"item {human.name}",
        remedy=f"recode the {side}: " + _arrows(mapping),
    )


def _check_codes(
    human: Variable,
    other: Variable,
    codes: tuple[Code, ...],
    other_codes: Sequence[Code],
    side: str,
) -> None:
    foreign = sorted(set(other_codes) - set(codes), key=_by_size)
    if not foreign:
        return
    ours = {_folded(label): code for code, label in human.labels}
    theirs = dict(other.labels)
    mapping = [
        (code, ours[_folded(theirs[code])], theirs[code])
        for code in foreign
        if code in theirs and _folded(theirs[code]) in ours
    ]
    raise ComparisonError(
        f"the {side} answer {_listed(foreign)}, which is none of the people's codes "
        f"{_listed(codes)}",
        where=f"item {human.name}",
        remedy=f"recode the {side}: {_arrows(mapping)}"
        if mapping
        else f"recode the {side} to the people's codes, or add the code to the people's codebook",
    )


def _bounds(
    human: Variable, other: Variable, other_codes: Sequence[Code], side: str, notes: list[str]
) -> tuple[float, float]:
    ours, theirs = human.bounds, other.bounds
    if ours is None and theirs is None:
        return (math.nan, math.nan)
    if ours is None:
        assert theirs is not None
        notes.append(
            f"the people's codebook declares no range; that of the {side} "
            f"({theirs[0]:g} to {theirs[1]:g}) was used"
        )
        return theirs
    numbers = [float(code) for code in other_codes if not isinstance(code, str)]
    outside = bool(numbers) and (min(numbers) < ours[0] or max(numbers) > ours[1])
    if outside:
        _check_shift(human, ours, numbers, side)
    if theirs is not None and theirs != ours:
        if outside:
            raise ComparisonError(
                f"the {side} answer on {theirs[0]:g} to {theirs[1]:g} and the people on "
                f"{ours[0]:g} to {ours[1]:g}",
                where=f"item {human.name}",
                remedy=f"rescale the {side}, or correct the declared range",
            )
        if not other.inferred:
            notes.append(
                f"declared as {ours[0]:g} to {ours[1]:g} for the people and "
                f"{theirs[0]:g} to {theirs[1]:g} for the {side}; the people's range was used"
            )
    elif outside:
        notes.append(
            f"some answers of the {side} lie outside the declared range "
            f"{ours[0]:g} to {ours[1]:g}; their accuracy is cut at 0"
        )
    return ours


def _check_shift(
    human: Variable, ours: tuple[float, float], numbers: Sequence[float], side: str
) -> None:
    """Refuse a short list of whole numbers that is the people's, counted from elsewhere."""
    shift = min(numbers) - ours[0]
    short = ours[1] - ours[0] < LONGEST_LIST and all(float(n).is_integer() for n in numbers)
    if not short or shift == 0 or max(numbers) - ours[1] != shift:
        return
    first, second = (code_text(ours[0] + shift + k) for k in (0, 1))
    to_first, to_second = (code_text(ours[0] + k) for k in (0, 1))
    raise ComparisonError(
        f"the {side} answer {min(numbers):g} to {max(numbers):g} and the people "
        f"{ours[0]:g} to {ours[1]:g}: the same scale counted from another number",
        where=f"item {human.name}",
        remedy=f"recode the {side}: {first} → {to_first}, {second} → {to_second}, …",
    )


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()


def _listed(codes: Sequence[Code], most: int = 8) -> str:
    texts = [code_text(code) for code in codes[:most]]
    return ", ".join(texts) + (", …" if len(codes) > most else "")


def _arrows(mapping: Sequence[tuple[Code, Code, str]]) -> str:
    return ", ".join(f"{code_text(a)} → {code_text(b)} ({label})" for a, b, label in mapping)
