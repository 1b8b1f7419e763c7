"""Signs of careless or artificial answering, people beside twins."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from ..data.codebook import Level, Reason
from ..data.panel import Panel
from . import metrics
from .align import Aligned
from .card_sections import QualityScore
from .metrics.weights import BoolArray, FloatArray
from .scale import Scale
from .scoring import cell_accuracy, scales_of
from .stated import Paradata

__all__ = ["quality_of"]

FEWEST_POINTS = 4
"""On scales of fewer points an end is no extreme answer."""

GRID = 3
"""A grid of fewer items has no straight line."""

NOTABLE = 0.02
"""Gaps below this are not flagged, however certain: nobody's conclusions hang on them."""

NO_ANSWER = (Reason.NO_ANSWER, Reason.REFUSED, Reason.DONT_KNOW, Reason.NOT_RECORDED)
NOT_PUT = (Reason.NOT_ASKED, Reason.NOT_APPLICABLE, Reason.BROKE_OFF)
REFUSED = (Reason.REFUSED, Reason.MODEL_REFUSED)

MORE = {
    "straight_lining": "the twins give one answer to a whole grid more often than the people",
    "acquiescence": "the twins agree more than the people",
    "extreme_response": "the twins choose the ends of scales more than the people",
    "midpoint_response": "the twins choose the middle of scales more than the people",
    "item_nonresponse": "the twins leave more questions unanswered than the people",
    "refusal": "the twins refuse more than the people",
    "dont_know": "the twins say they do not know more than the people",
    "duplicates": "open answers of the twins repeat each other more than the people's",
    "speeding": "more twins than people are far quicker than the median",
}
LESS = {
    "straight_lining": "the twins never settle into one answer as people do",
    "acquiescence": "the twins agree less than the people",
    "extreme_response": "the twins avoid the ends of scales",
    "midpoint_response": "the twins avoid the middle of scales",
    "item_nonresponse": "the twins answer what people leave unanswered",
    "refusal": "the twins refuse less than the people",
    "dont_know": "the twins claim to know more often than the people",
    "duplicates": "open answers of the twins repeat each other less than the people's",
    "speeding": "fewer twins than people are far quicker than the median",
}


def quality_of(
    aligned: Aligned, twins: Panel, paradata: Paradata | None, level: float
) -> tuple[QualityScore, ...]:
    """Every check that the data allow.

    Each figure is worked out for every person and averaged, so that intervals are over people; the
    gap is between twins and their own people.

    Args:
        aligned: Both sides' answers.
        twins: The twin panel of the aligned people, in their order.
        paradata: How the twins' answers came about, if known.
        level: Coverage of the intervals.
    """
    found: list[QualityScore | None] = [*_styles(aligned, level), *_missing(aligned, twins, level)]
    if paradata is not None:
        found += [
            _order(paradata, level),
            _positions(aligned, paradata, level),
            _retried(aligned, paradata, level),
            _speed(aligned, paradata, level),
            _repeated(aligned, paradata, level),
        ]
    return tuple(score for score in found if score is not None)


# --- what the answers themselves show ---------------------------------------------------------


def _styles(aligned: Aligned, level: float) -> Iterable[QualityScore | None]:
    scales = scales_of(aligned)
    listed = [k for k, scale in enumerate(scales) if _points(scale) >= FEWEST_POINTS]
    grids = _grids(aligned)
    yield _row(
        "straight_lining",
        "Straight-lining",
        f"share of grids (of {GRID} items or more) answered with one and the same code",
        _over_grids(aligned, grids, aligned.human) if grids else None,
        _over_grids(aligned, grids, aligned.twin) if grids else None,
        aligned.weights,
        level,
    )
    directed = {k: turned for k in listed if (turned := _agreement(scales[k])) is not None}
    checks: tuple[tuple[str, str, str, list[int], Callable[[FloatArray], FloatArray]], ...] = (
        (
            "acquiescence",
            "Acquiescence",
            "share of agreeing answers to statements; the middle counts half",
            list(directed),
            metrics.acquiescence,
        ),
        (
            "extreme_response",
            "Extreme response",
            f"share of answers at either end of scales of {FEWEST_POINTS} points or more",
            listed,
            metrics.end_share,
        ),
        (
            "midpoint_response",
            "Middle response",
            "share of answers in the very middle of scales that have one",
            [k for k in listed if _points(scales[k]) % 2],
            metrics.middle_share,
        ),
    )
    for check, label, meaning, columns, share in checks:
        if not columns:
            continue
        low = np.array([scales[k].high if directed.get(k) else scales[k].low for k in columns])
        high = np.array([scales[k].low if directed.get(k) else scales[k].high for k in columns])
        human, twin = (
            share(metrics.places_of(side[:, columns], low, high))
            for side in (aligned.human, aligned.twin)
        )
        yield _row(check, label, meaning, human, twin, aligned.weights, level)


def _points(scale: Scale) -> int:
    """Number of points of an ordered scale whose points are known, else 0."""
    known = scale.level in (Level.ORDINAL, Level.INTERVAL) and not math.isnan(scale.low)
    return len(scale.codes) if known else 0


def _agreement(scale: Scale) -> bool | None:
    """Whether agreement lies at the low end of a scale; None if it is not about agreement."""
    if len(scale.labels) < FEWEST_POINTS:
        return None
    low, high = (_agrees(text) for text in (scale.labels[0], scale.labels[-1]))
    return None if low is None or high is None or low == high else low


def _agrees(label: str) -> bool | None:
    text = label.casefold()
    if "disagree" in text or "not agree" in text:
        return False
    return True if "agree" in text else None


def _grids(aligned: Aligned) -> list[list[int]]:
    """Columns of each grid: items of one group of the codebook, or of one block, on one scale."""
    found: dict[object, list[int]] = {}
    for k, item in enumerate(aligned.items):
        variable = aligned.people.codebook[item.name]
        name = variable.group or variable.block
        if name and _points(item.scale) >= GRID:
            found.setdefault((name, item.scale.values), []).append(k)
    return [columns for columns in found.values() if len(columns) >= GRID]


def _over_grids(aligned: Aligned, grids: Sequence[list[int]], side: FloatArray) -> FloatArray:
    """Share of grids a person answered with one code; shape (people,)."""
    each = []
    for columns in grids:
        scales = [aligned.items[k].scale for k in columns]
        low, high = (np.array([getattr(s, end) for s in scales]) for end in ("low", "high"))
        each.append(metrics.same_answers(metrics.places_of(side[:, columns], low, high)))
    stacked = np.column_stack(each)
    known = ~np.isnan(stacked)
    return metrics.ratio(np.where(known, stacked, 0.0).sum(axis=1), known.sum(axis=1))


# --- why there is no answer -------------------------------------------------------------------


def _missing(aligned: Aligned, twins: Panel, level: float) -> Iterable[QualityScore | None]:
    checks = (
        (
            "item_nonresponse",
            "Item nonresponse",
            "share of questions put to a person that were passed over, refused or not known",
            NO_ANSWER,
        ),
        ("refusal", "Refusal", "share of questions put to a person that were refused", REFUSED),
        (
            "dont_know",
            "Don't know",
            "share of questions put to a person answered with “don't know”",
            (Reason.DONT_KNOW,),
        ),
    )
    names = [item.name for item in aligned.items]
    human, twin = (_reasons(panel, names) for panel in (aligned.people, twins))
    for check, label, meaning, reasons in checks:
        ours, theirs = (_share_missing(side, reasons) for side in (human, twin))
        if not (np.nansum(ours) or np.nansum(theirs)):
            continue
        yield _row(check, label, meaning, ours, theirs, aligned.weights, level)


def _reasons(panel: Panel, names: Sequence[str]) -> dict[Reason, FloatArray]:
    """Number of a person's questions by what became of them; answers under `Reason.OTHER`'s key."""
    counts = {reason: np.zeros(len(panel)) for reason in Reason}
    for name in names:
        gone = ~panel.answered(name)
        status = panel.status.get(name)
        kinds = [Reason.NOT_RECORDED, *(m.reason for m in panel.codebook[name].missing)]
        at = np.zeros(len(panel), dtype=int) if status is None else status
        for k in np.unique(at[gone]).tolist():
            counts[kinds[k]] += gone & (at == k)
    asked = len(names) - sum(counts[reason] for reason in NOT_PUT)
    return {**counts, Reason.OTHER: np.asarray(asked, dtype=np.float64)}


def _share_missing(counts: Mapping[Reason, FloatArray], reasons: Sequence[Reason]) -> FloatArray:
    return metrics.ratio(sum(counts[reason] for reason in reasons), counts[Reason.OTHER])


# --- how the answers came about ---------------------------------------------------------------


def _order(paradata: Paradata, level: float) -> QualityScore | None:
    """How much more than by chance the twins take the option shown first, by person."""
    shown = paradata.options
    if shown is None or not len(shown):
        return None
    place = shown["place"].to_numpy(dtype=np.float64)
    count = shown["count"].to_numpy(dtype=np.float64)
    known = ~np.isnan(place) & (count > 1)
    if not known.any():
        return None
    persons, at = np.unique(shown["person"].astype(str).to_numpy()[known], return_inverse=True)
    place, count = place[known], count[known]

    def by_person(hit: BoolArray) -> FloatArray:
        gain = hit - 1 / count
        return metrics.ratio(np.bincount(at, weights=gain), np.bincount(at))

    first, last = by_person(place == 0), by_person(place == count - 1)
    ends = {"first": _estimate(first, None, level), "last": _estimate(last, None, level)}
    which = max(ends, key=lambda end: abs(ends[end][0]))
    value, interval = ends[which]
    certain = interval[0] > 0 or interval[1] < 0
    drawn = "are drawn to" if value > 0 else "avoid"
    return QualityScore(
        check="order_effect",
        label=f"Order of options ({which})",
        meaning=f"share of shuffled questions answered with the option shown {which}, less chance",
        twin=value,
        twin_interval=interval,
        n_twin=len(persons),
        flag=f"the twins {drawn} the option shown {which}"
        if certain and abs(value) >= NOTABLE
        else "",
    )


def _positions(aligned: Aligned, paradata: Paradata, level: float) -> QualityScore | None:
    """Whether accuracy falls or rises as an item comes later in the interview."""
    places = _matrix(paradata.positions, aligned)
    if places is None:
        return None
    cells = cell_accuracy(aligned, aligned.twin)
    both = ~(np.isnan(places) | np.isnan(cells))
    x, y = (_within_items(np.where(both, side, np.nan)) for side in (places, cells))
    if not np.nansum(x * x) > 0:
        return None

    def r(w: FloatArray) -> FloatArray:
        known = both.astype(np.float64)
        a, b = np.where(both, x, 0.0), np.where(both, y, 0.0)
        xy, xx, yy = ((w @ (u * known)).sum(axis=-1) for u in (a * b, a * a, b * b))
        return metrics.ratio(xy, np.sqrt(xx * yy))

    value = float(r(aligned.weights))
    left_out = r(metrics.jackknife_weights(len(x)) * aligned.weights)
    low, high = metrics.fisher_interval(value, left_out, level)
    certain = low > 0 or high < 0
    way = "fall" if value < 0 else "rise"
    return QualityScore(
        check="position_effect",
        label="Place in the interview",
        meaning="r of a question's place in the interview and the accuracy of its answer, "
        "within items",
        twin=value,
        twin_interval=(float(low), float(high)),
        n_twin=len(x),
        flag=f"scores {way} towards the end of the interview"
        if certain and abs(value) >= NOTABLE
        else "",
    )


def _within_items(cells: FloatArray) -> FloatArray:
    known = ~np.isnan(cells)
    mean = metrics.ratio(np.where(known, cells, 0.0).sum(axis=0), known.sum(axis=0))
    return np.where(known, cells - mean, np.nan)


def _retried(aligned: Aligned, paradata: Paradata, level: float) -> QualityScore | None:
    """Whether answers that took several tries are worse than those had at once."""
    tries = _matrix(paradata.tries, aligned)
    if tries is None or not (tries > 1).any():
        return None
    cells = _within_items(cell_accuracy(aligned, aligned.twin))
    late = np.where(np.isnan(cells), np.nan, (tries > 1).astype(np.float64))
    share = _rows_mean(late)
    gap = _rows_mean(np.where(late == 1, cells, np.nan)) - _rows_mean(
        np.where(late == 0, cells, np.nan)
    )
    value, interval = _estimate(share, aligned.weights, level)
    worse, ends = _estimate(gap, aligned.weights, level)
    certain = ends[0] > 0 or ends[1] < 0
    return QualityScore(
        check="retried",
        label="Answers after retries",
        meaning="share of answers that took more than one try; the gap is their accuracy less that "
        "of first tries, within items and persons",
        twin=value,
        twin_interval=interval,
        n_twin=int((~np.isnan(share)).sum()),
        gap=worse,
        gap_interval=ends,
        flag=f"answers after retries are {'less' if worse < 0 else 'more'} accurate than first ones"
        if certain and abs(worse) >= NOTABLE
        else "",
    )


def _speed(aligned: Aligned, paradata: Paradata, level: float) -> QualityScore | None:
    human, twin = (
        metrics.speeding([times.get(person, math.nan) for person in aligned.persons])
        for times in (paradata.human_seconds, paradata.seconds)
    )
    return _row(
        "speeding",
        "Speeding",
        "share of interviews done in less than 30 % of the median time",
        human,
        twin,
        aligned.weights,
        level,
    )


def _repeated(aligned: Aligned, paradata: Paradata, level: float) -> QualityScore | None:
    sides = []
    for frame in (paradata.human_texts, paradata.texts):
        if frame is None or not len(frame.columns):
            sides.append(np.full(len(aligned.persons), np.nan))
            continue
        whole = frame.reindex(list(aligned.persons))
        each = [
            metrics.duplicates([t if isinstance(t, str) else None for t in whole[name].tolist()])
            for name in whole.columns
        ]
        sides.append(_rows_mean(np.column_stack(each)))
    return _row(
        "duplicates",
        "Duplicate open answers",
        "share of open answers that somebody else gave in the same words",
        sides[0],
        sides[1],
        aligned.weights,
        level,
    )


def _matrix(frame: object, aligned: Aligned) -> FloatArray | None:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        return None
    names = [item.name for item in aligned.items]
    found = frame.reindex(index=list(aligned.persons), columns=names)
    values = found.to_numpy(dtype=np.float64)
    return None if np.isnan(values).all() else values


# --- rows ------------------------------------------------------------------------------------


def _row(
    check: str,
    label: str,
    meaning: str,
    human: FloatArray | None,
    twin: FloatArray | None,
    weights: FloatArray,
    level: float,
) -> QualityScore | None:
    """A row from figures of single persons; None where neither side has any."""
    if human is None or twin is None or (np.isnan(human).all() and np.isnan(twin).all()):
        return None
    ours, our_ends = _estimate(human, weights, level)
    theirs, their_ends = _estimate(twin, weights, level)
    gap, ends = _estimate(twin - human, weights, level)
    flag = ""
    if abs(gap) >= NOTABLE and (ends[0] > 0 or ends[1] < 0):
        flag = (MORE if gap > 0 else LESS)[check]
    return QualityScore(
        check=check,
        label=label,
        meaning=meaning,
        human=ours,
        human_interval=our_ends,
        twin=theirs,
        twin_interval=their_ends,
        n_human=int((~np.isnan(human)).sum()),
        n_twin=int((~np.isnan(twin)).sum()),
        gap=gap,
        gap_interval=ends,
        flag=flag,
    )


def _estimate(
    values: FloatArray, weights: FloatArray | None, level: float
) -> tuple[float, tuple[float, float]]:
    """Weighted mean over people with Student's interval (linearised variance)."""
    from scipy.special import stdtrit

    known = ~np.isnan(values)
    w = np.ones(len(values)) if weights is None else weights
    x, w = values[known], w[known]
    mean = float(metrics.ratio((w * x).sum(), w.sum()))
    n = int((w > 0).sum())
    if n < 2 or math.isnan(mean):
        return mean, (math.nan, math.nan)
    variance = float(((w * (x - mean)) ** 2).sum()) / float(w.sum()) ** 2 * n / (n - 1)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * math.sqrt(variance)
    return mean, (mean - half, mean + half)


def _rows_mean(cells: FloatArray) -> FloatArray:
    known = ~np.isnan(cells)
    return metrics.ratio(np.where(known, cells, 0.0).sum(axis=1), known.sum(axis=1))
