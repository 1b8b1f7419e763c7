"""An instrument from a table of its items: wording, scale and key, one row each.

The form of `docs/questionnaire.md`, section "Scales"; psych's bfi.dictionary is an example of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...data.codebook import Variable
from ...data.codebook_file import table_rows
from ...data.codebook_rows import from_rows
from ...data.errors import CodebookError, RequestError, UnknownNameError
from ...data.legible import legible, legible_codebook
from ...data.scales import SCORINGS, Scale
from ..question import Option
from ..questions import Likert

if TYPE_CHECKING:
    from ..questionnaire import Questionnaire

__all__ = ["Imported", "KeyedItem", "scales_from_csv"]

SCALE_HEADINGS = (
    *("scale", "subscale", "construct", "factor", "domain", "trait", "dimension"),
    *("big6", "big5", "facet"),
)
"""Headings of the column that says which scale an item belongs to, the first of them first."""

KEY_HEADINGS = ("keying", "key", "keyed", "direction")
"""Headings of a column that holds 1 or −1."""

REVERSE_HEADINGS = ("reverse", "reversed", "reverse keyed", "reverse scored")
"""Headings of a column that marks reversed items and is blank for the others."""

_FORWARD = ("1", "+1", "+", "1.0", "positive", "forward")
_BACKWARD = ("-1", "−1", "-", "−", "-1.0", "r", "negative", "reverse", "reversed")
_YES = ("1", "x", "yes", "true", "r", "reverse", "reversed", "-1", "−1", "-")
_NO = ("", "0", "no", "false", "+", "+1")


@dataclass(frozen=True, slots=True)
class KeyedItem:
    """One item.

    Attributes:
        variable: Name, wording, and labels or range where the table has them.
        scale: Its scale, as the table has it.
        key: 1, or −1 where the item is keyed the other way.
    """

    variable: Variable
    scale: str
    key: int


@dataclass(frozen=True, slots=True)
class Imported:
    """An instrument read from a table.

    Attributes:
        name: Of the questionnaire it becomes; the file's, without its ending.
        items: Its items, in the order of the rows.
        scales: Its scales, in the order in which they come up.
        remarks: What was taken for what, and what was left out, one sentence each.
    """

    name: str
    items: tuple[KeyedItem, ...]
    scales: tuple[Scale, ...]
    remarks: tuple[str, ...] = ()

    def questionnaire(
        self,
        points: tuple[int, int] | None = None,
        labels: Sequence[str] = (),
        *,
        title: str = "",
        per_page: int = 10,
    ) -> Questionnaire:
        """Make a questionnaire that asks the items on one scale of answers.

        Args:
            points: Lowest and highest answer; needed unless the table says so for every item.
            labels: One text per point, or two for both ends.
            title: Heading for people.
            per_page: Items on a page.

        Raises:
            RequestError: Nothing says which answers can be given, or the labels do not fit.
        """
        from ..questionnaire import Block, Questionnaire

        questions = [_likert(item.variable, points, labels) for item in self.items]
        pages = [tuple(questions[at : at + per_page]) for at in range(0, len(questions), per_page)]
        return Questionnaire(
            name=self.name,
            title=title,
            scales=self.scales,
            blocks=(Block(name="items", pages=tuple(pages)),),
        )


def scales_from_csv(
    path: str | Path,
    *,
    scale: str = "",
    key: str = "",
    flip: Mapping[str, str] = MappingProxyType({}),
    score: str = "mean",
    minimum: int | None = None,
) -> Imported:
    """Read an instrument from a CSV of its items and keys.

    The first column, or one called `name` or `variable`, names the variables; further columns hold
    wording (`item`, `question`, …), scale (`scale`, `subscale`, `domain`, `big6`, …) and key (1 or
    −1 in a column `keying` or `key`; or marks in a column `reverse`). Other columns are ignored;
    rows without a scale are no items. Labels and ranges are read as in a codebook.

    Args:
        path: The table (.csv, .tsv, .txt).
        scale: Column that says which scale an item belongs to; recognised by its heading if "".
        key: Column of keys, likewise.
        flip: Scales to turn over, with the name of the other pole:
            {"Emotional Stability": "Neuroticism"}.
        score: "mean", "sum" or "theta".
        minimum: Fewest items answered for a score; None for all.

    Raises:
        CodebookError: The table is no such table; the row is named.
        UnknownNameError: It has no column or scale of a given name.
        RequestError: The score is none, or the minimum is more than a scale has items.
    """
    file = Path(path)
    if score not in SCORINGS:
        raise RequestError(f"a score is one of {', '.join(SCORINGS)}, not {score!r}")
    rows = table_rows(file)
    book = legible_codebook(from_rows(rows, file.name))
    headers = list(rows[0])
    names = _name_column(rows, {v.name for v in book})
    of_scale = scale or _recognised(headers, SCALE_HEADINGS)
    of_key = key or _recognised(headers, (*KEY_HEADINGS, *REVERSE_HEADINGS))
    for column, what, option in ((of_scale, "scale", "--scale"), (of_key, "key", "--key")):
        if not column:
            raise CodebookError(
                f"no column says what the {what} of an item is: there are {', '.join(headers)}",
                where=file.name,
                remedy=f"name the column with {option}",
            )
        if column not in headers:
            raise UnknownNameError("column", column, headers, where=file.name)
    marked = _folded(of_key) in REVERSE_HEADINGS
    items, left_out = [], []
    for number, row in enumerate(rows, start=2):
        name = _cell(row, names)
        if not name:
            continue
        member = _cell(row, of_scale)
        if not member:
            left_out.append(name)
            continue
        place = f"{file.name}, row {number}, variable {name}"
        found = _key(_cell(row, of_key), marked, place)
        items.append(KeyedItem(book[name], member, found))
    if not items:
        raise CodebookError(f"the column {of_scale!r} is empty", where=file.name)
    scales = tuple(_scales(items, flip, score, minimum, file.name))
    remarks = [f"Scales are those of the column {of_scale}, keys those of {of_key}."]
    others = [h for h in headers if h not in (names, of_scale, of_key) and _groups(rows, h)]
    if others and not scale:
        remarks.append(f"Other columns that could name scales: {', '.join(others)}.")
    if left_out:
        remarks.append(f"In no scale, and left out: {', '.join(left_out)}.")
    remarks += [
        f"All items of {s.title} are keyed −1: a high score is little of what they say."
        for s in scales
        if len(s.reverse) == len(s.items)
    ]
    name = file.name.removesuffix(file.suffix).removesuffix(".dictionary")
    return Imported(name, tuple(items), scales, tuple(remarks))


def _scales(
    items: Sequence[KeyedItem],
    flip: Mapping[str, str],
    score: str,
    minimum: int | None,
    where: str,
) -> Iterator[Scale]:
    labels = list(dict.fromkeys(item.scale for item in items))
    for wanted in flip:
        if wanted not in labels:
            raise UnknownNameError("scale", wanted, labels, where=where)
    taken = {item.variable.name.casefold() for item in items}
    for label in labels:
        members = [item for item in items if item.scale == label]
        if minimum is not None and not 1 <= minimum <= len(members):
            raise RequestError(
                f"the minimum of items answered is {minimum}, and {label!r} has {len(members)}",
                where=where,
                remedy="give a number from 1 to that",
            )
        backward = 1 if label in flip else -1
        title = flip.get(label, label)
        name = re.sub(r"\W+", "_", title).strip("_").casefold() or "scale"
        while name in taken:
            name += "_score"
        taken.add(name)
        yield Scale(
            name=name,
            label=title,
            items=tuple(item.variable.name for item in members),
            reverse=tuple(item.variable.name for item in members if item.key == backward),
            score=score,
            minimum=minimum,
        )


def _likert(variable: Variable, points: tuple[int, int] | None, labels: Sequence[str]) -> Likert:
    where = f"item {variable.name}"
    options = tuple(
        Option(code=float(code), label=label)
        for code, label in variable.labels
        if not isinstance(code, str)
    )
    if points is not None or not options:
        low, high = points or _whole(variable.bounds)
        if high <= low:
            raise RequestError(
                "nothing says which answers can be given" if points is None else "no points",
                where=where if points is None else f"{low} to {high}",
                remedy="give the lowest and the highest, such as --points 1-5",
            )
        count = high - low + 1
        if len(labels) == 2:
            labels = [labels[0], *(str(low + k) for k in range(1, count - 1)), labels[1]]
        if labels and len(labels) != count:
            raise RequestError(
                f"there are {len(labels)} labels for {count} points",
                where=where,
                remedy="give one per point, or two for both ends",
            )
        texts = labels or [str(low + k) for k in range(count)]
        options = tuple(Option(code=float(low + k), label=text) for k, text in enumerate(texts))
    # Braces would be read as piped text.
    text = variable.wording.replace("{", "{{").replace("}", "}}")
    return Likert(name=variable.name, text=text, label=variable.label, options=options)


def _whole(bounds: tuple[float, float] | None) -> tuple[int, int]:
    """Whole ends of a range; an empty one where there is none."""
    if bounds is None or not all(float(end).is_integer() for end in bounds):
        return (0, 0)
    return int(bounds[0]), int(bounds[1])


def _key(text: str, marked: bool, place: str) -> int:
    word = text.casefold()
    if marked:
        if word in _NO:
            return 1
        if word in _YES:
            return -1
    elif word in _FORWARD:
        return 1
    elif word in _BACKWARD:
        return -1
    if not text:
        raise CodebookError("the item has no key", where=place, remedy="write 1 or -1")
    raise CodebookError(f"{text!r} is no key", where=place, remedy="write 1 or -1")


def _cell(row: Mapping[str, str], column: str) -> str:
    return legible(" ".join((row.get(column) or "").split()))


def _folded(heading: str) -> str:
    return " ".join(re.split(r"[\W_]+", heading)).strip().casefold()


def _recognised(headers: Sequence[str], known: Sequence[str]) -> str:
    by_word = {_folded(header): header for header in reversed(headers)}
    return next((by_word[word] for word in known if word in by_word), "")


def _name_column(rows: Sequence[Mapping[str, str]], names: set[str]) -> str:
    """The column that `from_rows` took the names of variables from."""
    for header in rows[0]:
        if {cell for row in rows if (cell := _cell(row, header))} == names:
            return header
    return next(iter(rows[0]))


def _groups(rows: Sequence[Mapping[str, str]], header: str) -> bool:
    """Whether a column sorts rows into a few groups of several."""
    cells = [cell for row in rows if (cell := _cell(row, header))]
    return 1 < len(set(cells)) <= len(cells) * 2 / 3
