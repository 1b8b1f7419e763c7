"""Data quality: signs of careless, stereotyped or artificial answering, person by person.

All take answers as *places* on the item's scale, 0 at its lowest and 1 at its highest declared
answer (`places_of`), shape (people, items), NaN where missing, so that scales of any length pool.
Each gives one number per person, NaN where the person gave too few answers to tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .weights import FloatArray, as_data, ratio

__all__ = [
    "acquiescence",
    "duplicates",
    "end_share",
    "longest_run",
    "middle_share",
    "places_of",
    "position_gain",
    "same_answers",
    "speeding",
]

FEWEST = 3
"""A row of fewer answers cannot be called a straight line."""


def places_of(values: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> FloatArray:
    """Answers as places on their declared scales: (value − low) / (high − low).

    Args:
        values: Shape (people, items).
        low: Lowest declared answers, shape (items,).
        high: Highest declared answers; give the ends the other way round to turn an item.

    Returns:
        Shape (people, items); NaN where missing or undeclared.
    """
    bottom, top = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    span = np.where(top == bottom, np.nan, top - bottom)
    return np.asarray((as_data(values) - bottom) / span)


def same_answers(places: npt.ArrayLike) -> FloatArray:
    """1 where a person gave one answer to all items of a grid, else 0: straight-lining.

    "Simple nondifferentiation" (Kim, Dykema, Stevenson, Black & Moberg 2019, Soc. Sci. Comput. Rev.
    37, 214–233). NaN for a person with fewer than three answers to the grid.
    """
    data = as_data(places)
    known = ~np.isnan(data)
    top = np.where(known, data, -np.inf).max(axis=1, initial=-np.inf)
    low = np.where(known, data, np.inf).min(axis=1, initial=np.inf)
    return np.where(known.sum(axis=1) < FEWEST, np.nan, (top == low).astype(np.float64))


def longest_run(places: npt.ArrayLike) -> FloatArray:
    """Length of the longest run of one answer over consecutive items, missing ones skipped.

    The long-string index (Johnson 2005, J. Res. Pers. 39, 103–129). 0 for a person without answers.
    """
    data = as_data(places)
    best, current = np.zeros(len(data)), np.zeros(len(data))
    last = np.full(len(data), np.nan)
    for column in data.T:
        known = ~np.isnan(column)
        current = np.where(known, np.where(column == last, current + 1, 1.0), current)
        last = np.where(known, column, last)
        best = np.maximum(best, current)
    return best


def acquiescence(places: npt.ArrayLike) -> FloatArray:
    """Share of answers on the agreeing half, answers in the very middle counting half, in [0, 1].

    It is a sign of yes-saying only on items that are keyed both ways or ask for agreement with
    unrelated statements (Billiet & McClendon 2000, Struct. Equ. Modeling 7, 608–628): compare it
    between people and twins rather than with .5.
    """
    return _share(as_data(places), lambda p: (np.sign(p - 0.5) + 1) / 2)


def end_share(places: npt.ArrayLike) -> FloatArray:
    """Share of answers at either end of the scale, in [0, 1]: extreme response style.

    Greenleaf 1992 (Public Opin. Q. 56, 328–351).
    """
    return _share(as_data(places), lambda p: ((p <= 0) | (p >= 1)).astype(np.float64))


def middle_share(places: npt.ArrayLike) -> FloatArray:
    """Share of answers in the very middle of the scale, in [0, 1]; only odd scales have one."""
    return _share(as_data(places), lambda p: (np.abs(p - 0.5) < 1e-9).astype(np.float64))


def speeding(seconds: npt.ArrayLike, share: float = 0.3) -> FloatArray:
    """1 where a person took less than `share` of the median time, else 0; NaN where unknown.

    Greszki, Meyer & Schoen 2015 (Public Opin. Q. 79, 471–503) use 30, 40 and 50 % of the median.
    """
    times = as_data(seconds)
    known = times[~np.isnan(times)]
    if not len(known):
        return np.full(times.shape, np.nan)
    limit = share * float(np.median(known))
    return np.where(np.isnan(times), np.nan, (times < limit).astype(np.float64))


def duplicates(texts: Sequence[str | None]) -> FloatArray:
    """1 where somebody else gave the same open answer, case and blanks aside; NaN without one.

    Args:
        texts: Open answers to one question, None or blank where there is none.
    """
    folded = [" ".join(text.split()).casefold() if text else "" for text in texts]
    counts: dict[str, int] = {}
    for text in folded:
        counts[text] = counts.get(text, 0) + 1
    return np.array([float(counts[text] > 1) if text else np.nan for text in folded])


def position_gain(chosen: npt.ArrayLike, shown: npt.ArrayLike) -> FloatArray:
    """How much more often than by chance the option shown first was chosen, and that shown last.

    With options shuffled per person, position says nothing about content: every option stands
    first for 1/K of the people, so that the first place should get 1/K of the choices.

    Args:
        chosen: Place of the chosen option as shown, 0 is the first, shape (cells,), NaN missing.
        shown: Number of options shown, shape (cells,).

    Returns:
        Shape (2,): mean of [first chosen] − 1/K and of [last chosen] − 1/K, in (−1, 1).
    """
    at, size = as_data(chosen), as_data(shown)
    known = ~np.isnan(at) & (size > 1)
    if not known.any():
        return np.full(2, np.nan)
    at, size = at[known], size[known]
    chance = 1 / size
    return np.array([float(((at == 0) - chance).mean()), float(((at == size - 1) - chance).mean())])


def _share(places: FloatArray, counted: object) -> FloatArray:
    assert callable(counted)
    known = ~np.isnan(places)
    hits = np.where(known, counted(np.where(known, places, 0.0)), 0.0)
    return ratio(hits.sum(axis=1), known.sum(axis=1))
