"""Scores of scales: from a panel of answers to the panel with a variable for every scale."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .codebook import Codebook, Level, MissingCode, Reason, Variable
from .errors import PanelError
from .scales import SCORES, Scale, scale_faults, scored_from

if TYPE_CHECKING:
    from .graded import GradedModel
    from .panel import Panel

__all__ = [
    "keyed",
    "score_variable",
    "scored",
    "theta_model",
    "with_scores",
    "without_scores",
]

FloatArray = npt.NDArray[np.float64]


def keyed(
    answers: FloatArray, scale: Scale, bounds: Sequence[tuple[float, float] | None]
) -> FloatArray:
    """Turn reversed items over: low + high − answer, by the declared range.

    Args:
        answers: Shape (people, items), NaN where missing.
        scale: The scale.
        bounds: Declared range of each item; needed of reversed ones only.

    Returns:
        Shape (people, items).
    """
    turned = np.array(answers, dtype=np.float64)
    for column, (item, ends) in enumerate(zip(scale.items, bounds, strict=True)):
        if item in scale.reverse and ends is not None:
            turned[:, column] = ends[0] + ends[1] - turned[:, column]
    return turned


def scored(answers: FloatArray, scale: Scale, model: GradedModel | None = None) -> FloatArray:
    """Score keyed answers.

    Args:
        answers: What `keyed` returned, shape (people, items).
        scale: How to score them.
        model: What theta is estimated by; needed for theta only.

    Returns:
        Shape (people,); NaN where fewer than the minimum of items is answered, and for theta
        without a model.
    """
    known = ~np.isnan(answers)
    count = known.sum(axis=1)
    enough = count >= max(scale.needed, 1)
    if scale.score == "theta":
        if model is None:
            return np.full(len(answers), np.nan)
        found = model.score(answers).theta
    else:
        found = np.where(known, answers, 0.0).sum(axis=1) / np.maximum(count, 1)
        if scale.score == "sum":
            found = found * len(scale.items)
    return np.where(enough, found, np.nan)


def theta_model(panel: Panel, scale: Scale) -> GradedModel | None:
    """Fit the graded response model of a theta scale to the answers of a panel.

    Returns:
        The model, or None for other scores and where the answers cannot bear one
        (see `graded.fit_graded`).

    Raises:
        PanelError: The scale cannot be scored from this panel.
    """
    _refuse(panel, scale)
    if scale.score != "theta":
        return None
    from .graded import fit_graded

    return fit_graded(_keyed_of(panel, scale))


def with_scores(
    panel: Panel,
    scales: Sequence[Scale],
    *,
    models: Mapping[str, GradedModel] | None = None,
) -> Panel:
    """Return the panel with a variable for every scale, after all others.

    A score that cannot be had is missing for the reason that most of the person's unanswered items
    have (of equally many, the first of `Reason`). A score of that name that is there already is
    scored anew.

    Args:
        panel: Answers to the items.
        scales: What to score.
        models: Models of theta scales by name; those not given are fitted to this panel. Give the
            people's to score twins on the same footing.

    Raises:
        PanelError: A scale cannot be scored, or a variable that is no score has its name.
    """
    import pandas as pd

    if not scales:
        return panel
    for scale in scales:
        _refuse(panel, scale)
        if scale.name in panel.codebook and not scored_from(panel.codebook[scale.name]):
            raise PanelError(
                f"the scale {scale.name!r} has the name of a variable",
                where=panel.source,
                remedy="rename the scale",
            )
    names = {scale.name for scale in scales}
    base = panel.select(name for name in panel.names if name not in names)
    variables: list[Variable] = []
    columns: dict[str, FloatArray] = {}
    status = dict(base.status)
    for scale in scales:
        answers = _keyed_of(base, scale)
        model = (models or {}).get(scale.name)
        if scale.score == "theta" and model is None:
            model = theta_model(base, scale)
        values = scored(answers, scale, model)
        variable = score_variable(scale, base.codebook)
        codes, statuses = _gaps(base, scale, values, variable)
        variables.append(variable.replace(missing=codes))
        columns[scale.name] = values
        if codes:
            status[scale.name] = statuses
    added = pd.DataFrame(columns, index=base.frame.index)
    return dataclasses.replace(
        base,
        frame=pd.concat([base.frame, added], axis=1),
        codebook=dataclasses.replace(
            base.codebook, variables=(*base.codebook.variables, *variables)
        ),
        status=status,
    )


def score_variable(scale: Scale, codebook: Codebook) -> Variable:
    """The variable of a score: interval, with the range that its items allow (theta has none)."""
    bounds = codebook[scale.items[0]].bounds
    span: tuple[float, float] | None = None
    if bounds is not None and scale.score != "theta":
        times = len(scale.items) if scale.score == "sum" else 1
        span = (bounds[0] * times, bounds[1] * times)
    return Variable(
        name=scale.name,
        label=scale.title,
        level=Level.INTERVAL,
        range=span,
        block=scale.name,
        group=SCORES,
        siblings=scale.items,
    )


def without_scores(panel: Panel, names: Collection[str] = ()) -> Panel:
    """Return the panel without its scores, and without the variables `names` where it has them."""
    kept = [v.name for v in panel.codebook if not scored_from(v) and v.name not in names]
    return panel if len(kept) == len(panel.names) else panel.select(kept)


def _refuse(panel: Panel, scale: Scale) -> None:
    variables = {v.name: v for v in panel.codebook}
    for fault in scale_faults(scale, variables):
        where = ", ".join(part for part in (panel.source, f"scale {scale.name}") if part)
        raise PanelError(fault.what, where=where, remedy=fault.remedy)


def _keyed_of(panel: Panel, scale: Scale) -> FloatArray:
    answers = np.column_stack([panel.numbers(item) for item in scale.items])
    return keyed(answers, scale, [panel.codebook[item].bounds for item in scale.items])


def _gaps(
    panel: Panel, scale: Scale, values: FloatArray, variable: Variable
) -> tuple[tuple[MissingCode, ...], npt.NDArray[np.int16]]:
    """Missing codes of a score, and the status of every person."""
    status = np.zeros(len(panel), dtype=np.int16)
    rows = np.flatnonzero(np.isnan(values))
    if not len(rows):
        return (), status
    order = list(Reason)
    counts = np.zeros((len(panel), len(order)), dtype=np.int64)
    for item in scale.items:
        reasons = panel.reasons(item)
        for row in rows.tolist():
            reason = reasons[row]
            if reason is not None:
                counts[row, order.index(reason)] += 1
    # Everything was answered, but no model could be fitted.
    unfitted = order.index(Reason.OTHER)
    short = (~np.isnan(_keyed_of(panel, scale))).sum(axis=1) < scale.needed
    counts[~short] = 0
    counts[~short, unfitted] = 1
    chosen = counts[rows].argmax(axis=1)
    found = sorted(set(chosen.tolist()))
    first = -99.0
    if variable.range is not None and variable.range[0] <= first + len(order):
        first = math.floor(variable.range[0]) - len(order) - 100.0
    codes = tuple(
        MissingCode(first + place, order[place], _gap_label(order[place], scale)) for place in found
    )
    status[rows] = 1 + np.searchsorted(found, chosen)
    return codes, status


def _gap_label(reason: Reason, scale: Scale) -> str:
    if scale.score == "theta" and reason is Reason.OTHER:
        return "too few answers to fit a model to"
    return reason.value
