"""What the scores of a panel come to: mean, spread, Cronbach's α, and what others scored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .scale_scores import keyed, scored, theta_model
from .scales import Norm, Scale

if TYPE_CHECKING:
    import pandas as pd

    from .graded import GradedModel
    from .panel import Panel

__all__ = ["ScaleSummary", "cronbach_alpha", "scale_report", "summaries", "summary_of"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleSummary:
    """One scale in one panel.

    Attributes:
        name: Of the score.
        label: For people.
        items: Number of items.
        n: People with a score.
        mean: Mean score, NaN if nobody has one.
        sd: Standard deviation (n − 1), NaN for fewer than two people.
        alpha: Cronbach's α, NaN where undefined.
        norms: What people scored elsewhere.
    """

    name: str
    label: str
    items: int
    n: int
    mean: float
    sd: float
    alpha: float
    norms: Norm | None = None


def cronbach_alpha(answers: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Cronbach's α: k / (k − 1) · (1 − Σ item variances / variance of the sum).

    Cronbach 1951, Psychometrika 16, 297–334, equation 2. People who answered every item count,
    others do not. It is negative where items go against each other: look at the keys then.

    Args:
        answers: Keyed answers, shape (people, items), NaN where missing.
        weights: Shape (people,), 0 or more; None is 1 for everybody.

    Returns:
        At most 1; NaN for fewer than two items or two people, or where sums do not vary.
    """
    data = np.asarray(answers, dtype=np.float64)
    heavy = np.ones(len(data)) if weights is None else np.asarray(weights, dtype=np.float64)
    whole = ~np.isnan(data).any(axis=1) & (heavy > 0)
    items = data.shape[1]
    if items < 2 or whole.sum() < 2:
        return math.nan
    data, heavy = data[whole], heavy[whole]
    # About the first row: constant answers then vary by exactly nothing.
    data = data - data[0]
    share = heavy / heavy.sum()
    centred = data - share @ data
    total = float(share @ centred.sum(axis=1) ** 2)
    if total <= 1e-12 * max(float((centred**2).max()), 1e-300):
        return math.nan
    return float(items / (items - 1) * (1 - (share @ centred**2).sum() / total))


def summary_of(
    scale: Scale, answers: FloatArray, values: FloatArray, weights: FloatArray | None = None
) -> ScaleSummary:
    """Describe one scale.

    Args:
        scale: The scale.
        answers: Keyed answers, shape (people, items).
        values: Scores, shape (people,).
        weights: Shape (people,); frequencies or survey weights of mean 1.
    """
    heavy = np.ones(len(values)) if weights is None else weights
    known = ~np.isnan(values)
    total = float(heavy[known].sum())
    mean = sd = math.nan
    if total > 0:
        mean = float(heavy[known] @ values[known]) / total
    if total > 1:
        sd = math.sqrt(float(heavy[known] @ (values[known] - mean) ** 2) / (total - 1))
    return ScaleSummary(
        name=scale.name,
        label=scale.title,
        items=len(scale.items),
        n=int(known.sum()),
        mean=mean,
        sd=sd,
        alpha=cronbach_alpha(answers, heavy),
        norms=scale.norms,
    )


def summaries(
    panel: Panel, scales: Sequence[Scale], *, models: Mapping[str, GradedModel] | None = None
) -> tuple[ScaleSummary, ...]:
    """Score the scales of a panel and describe each; weighted where the panel has weights.

    Args:
        panel: Answers to the items.
        scales: What to score.
        models: Models of theta scales, as for `with_scores`.

    Raises:
        PanelError: A scale cannot be scored from this panel.
    """
    weights = panel.weights()
    found = []
    for scale in scales:
        model = theta_model(panel, scale)
        answers = keyed(
            np.column_stack([panel.numbers(item) for item in scale.items]),
            scale,
            [panel.codebook[item].bounds for item in scale.items],
        )
        values = scored(answers, scale, (models or {}).get(scale.name, model))
        found.append(summary_of(scale, answers, values, weights))
    return tuple(found)


def scale_report(panel: Panel, scales: Sequence[Scale]) -> pd.DataFrame:
    """The scales of a panel as a table, one row each.

    Columns: `label`, `items`, `n`, `mean`, `sd`, `alpha`, and of the norms `norm_mean`, `norm_sd`,
    `norm_n`, `norm_source`, `norm_mark`; NaN or "" where there is nothing. The index is the name.

    Raises:
        PanelError: A scale cannot be scored from this panel.
    """
    import pandas as pd

    rows = [
        {
            "name": one.name,
            "label": one.label,
            "items": one.items,
            "n": one.n,
            "mean": one.mean,
            "sd": one.sd,
            "alpha": one.alpha,
            "norm_mean": one.norms.mean if one.norms else math.nan,
            "norm_sd": one.norms.sd if one.norms and one.norms.sd is not None else math.nan,
            "norm_n": one.norms.n if one.norms and one.norms.n is not None else math.nan,
            "norm_source": one.norms.source if one.norms else "",
            "norm_mark": str(one.norms.mark) if one.norms else "",
        }
        for one in summaries(panel, scales)
    ]
    columns = ["name", "label", "items", "n", "mean", "sd", "alpha"]
    columns += [f"norm_{part}" for part in ("mean", "sd", "n", "source", "mark")]
    return pd.DataFrame(rows, columns=columns).set_index("name")
