"""Problem files: choices between two gambles in the form of the choices13k data set.

A CSV file with one problem per row (Peterson et al. 2021, Science 372, 1209–1214). Gamble A pays
`Ha` with probability `pHa`, otherwise `La`. Gamble B pays `Lb` with probability 1 − `pHb`,
otherwise the outcome of a lottery whose mean is `Hb`: `LotNumB` outcomes around it, in the shape
`LotShapeB` (Erev et al. 2017, Psychological Review 124, 369–409, Appendix A). `Amb`, `Corr`,
`Feedback`, `Problem`, `n` and `bRate` are read where they are there.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...data.errors import UnreadableFileError
from ...data.existing import require_file
from .gambles import Gamble

__all__ = ["NEEDED", "Problem", "parse_problems", "read_problems"]

NEEDED = ("Ha", "pHa", "La", "Hb", "pHb", "Lb", "LotShapeB", "LotNumB")
"""Columns that a problem file must have."""
_FLAGS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False, "": False}
_SHAPES = {"-": 0, "symm": 1, "r-skew": 2, "l-skew": 3}
_MOST_BYTES = 50_000_000


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One choice between two gambles.

    Attributes:
        a: Gamble A.
        b: Gamble B.
        name: Of the problem, in names of variables; "" for its position.
        ambiguous: Whether the probabilities of B stay unsaid.
        correlation: Of the two gambles' draws: 0 independent, 1 the same luck, −1 opposite luck.
        rate: Share of people who chose B, or None.
        people: How many people that is, or None.
        feedback: Whether those people were told what both gambles paid.
    """

    a: Gamble
    b: Gamble
    name: str = ""
    ambiguous: bool = False
    correlation: int = 0
    rate: float | None = None
    people: int | None = None
    feedback: bool = False


def read_problems(path: Path) -> tuple[Problem, ...]:
    """Read a problem file.

    Raises:
        FileError: There is no such file, or it is no problem file; names file, line and remedy.
    """
    require_file(path)
    if path.stat().st_size > _MOST_BYTES:
        raise UnreadableFileError(
            "the problem file is larger than 50 MB", where=path.name, remedy="split it"
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFileError(
            "the problem file is no text in UTF-8", where=path.name, remedy="save it as CSV (UTF-8)"
        ) from None
    return parse_problems(text, path.name)


def parse_problems(text: str, where: str) -> tuple[Problem, ...]:
    """Read problems from the text of a CSV file; `where` is what messages call it."""
    reader = csv.reader(io.StringIO(text))
    header = next(reader, [])
    places = {name.strip().casefold(): at for at, name in enumerate(header)}
    absent = [name for name in NEEDED if name.casefold() not in places]
    if absent:
        raise UnreadableFileError(
            f"the column{'s' if len(absent) > 1 else ''} {', '.join(absent)} "
            f"{'are' if len(absent) > 1 else 'is'} missing",
            where=f"{where}, line 1",
            remedy=f"a problem file has the columns {', '.join(NEEDED)} (choices13k)",
        )
    found = []
    for row in reader:
        if any(cell.strip() for cell in row):
            cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
            found.append(_problem(cells, f"{where}, line {reader.line_num}"))
    if not found:
        raise UnreadableFileError(
            "the problem file has no problems", where=where, remedy="give one problem per line"
        )
    return tuple(found)


def _problem(cells: Mapping[str, str], where: str) -> Problem:
    high_a, chance_a, low_a = (_number(cells, name, where) for name in ("Ha", "pHa", "La"))
    high_b, chance_b, low_b = (_number(cells, name, where) for name in ("Hb", "pHb", "Lb"))
    for name, chance in (("pHa", chance_a), ("pHb", chance_b)):
        if not 0 <= chance <= 1:
            raise UnreadableFileError(
                f"the probability {name} is {chance:g}, not between 0 and 1",
                where=where,
                remedy="write 0.25 for 25 %",
            )
    word = cells["lotshapeb"].casefold()
    shape = _SHAPES.get(word, -1)
    if shape < 0:
        shape = _whole(cells, "LotShapeB", where, 0, 3)
    count = _whole(cells, "LotNumB", where, 1, 20)
    lottery = (
        (low_b, 1 - chance_b),
        *((x, p * chance_b) for x, p in _lottery(high_b, shape, count)),
    )
    rate = _number(cells, "bRate", where) if cells.get("brate") else None
    return Problem(
        a=Gamble.of(high_a, chance_a, low_a),
        b=Gamble(Gamble(lottery).merged),
        name=cells.get("problem", ""),
        ambiguous=_flag(cells, "Amb", where),
        correlation=_whole(cells, "Corr", where, -1, 1) if cells.get("corr") else 0,
        rate=rate,
        people=_whole(cells, "n", where, 1, 10**9) if cells.get("n") else None,
        feedback=_flag(cells, "Feedback", where),
    )


def _lottery(mean: float, shape: int, count: int) -> list[tuple[float, float]]:
    """Outcomes and probabilities of a lottery with a given mean (Erev et al. 2017, Appendix A)."""
    if shape == 0 or count == 1:
        return [(mean, 1.0)]
    if shape == 1:
        steps = count - 1
        return [(mean - steps / 2 + k, math.comb(steps, k) / 2**steps) for k in range(count)]
    sign = 1 if shape == 2 else -1
    chances = [0.5**k for k in range(1, count)] + [0.5 ** (count - 1)]
    return [(mean + sign * (2**k - count - 1), chance) for k, chance in enumerate(chances, 1)]


def _number(cells: Mapping[str, str], name: str, where: str) -> float:
    text = cells[name.casefold()]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UnreadableFileError(
            f"{text!r} under {name} is no number", where=where, remedy="write a plain number"
        )
    return number


def _whole(cells: Mapping[str, str], name: str, where: str, low: int, high: int) -> int:
    number = _number(cells, name, where)
    if not number.is_integer() or not low <= number <= high:
        raise UnreadableFileError(
            f"{name} is {cells[name.casefold()]}, not a whole number from {low} to {high:,}",
            where=where,
        )
    return int(number)


def _flag(cells: Mapping[str, str], name: str, where: str) -> bool:
    text = cells.get(name.casefold(), "")
    if text.casefold() not in _FLAGS:
        raise UnreadableFileError(
            f"{text!r} under {name} is neither true nor false",
            where=where,
            remedy="write True or False",
        )
    return _FLAGS[text.casefold()]
