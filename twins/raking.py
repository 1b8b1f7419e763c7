"""Weights that bring a panel to known margins: raking, and what it costs in precision."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..data.codebook import Code, Level, Role, Variable, code_text
from ..data.errors import PanelError, RequestError
from .codes import find_code, one_row_each, people_by_code

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = [
    "WEIGHT_NAME",
    "Margin",
    "Raking",
    "design_effect",
    "effective_size",
    "rake",
]

FloatArray = npt.NDArray[np.float64]

WEIGHT_NAME = "rake_weight"


def effective_size(weights: FloatArray) -> float:
    """Effective sample size (Σw)² / Σw²: the simple random sample that is as precise for a mean.

    Kish 1965, Survey Sampling, §11.7. Never more than the number of people with a weight.
    """
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def design_effect(weights: FloatArray) -> float:
    """Variance lost to unequal weights, deff = 1 + cv² = n Σw² / (Σw)² (Kish 1965, §11.7).

    cv is the coefficient of variation (ddof 0) of the weights. NaN where all are zero.
    """
    effective = effective_size(weights)
    return len(weights) / effective if effective > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Margin:
    """One category of one raked variable. Shares are 0 to 1 of those with a known answer.

    Attributes:
        variable: Name of the variable.
        code: The category.
        label: Its label.
        people: Number of people in it.
        target: Share wanted.
        before: Share under the weights that raking started from.
        achieved: Share under the raked weights.
    """

    variable: str
    code: Code
    label: str
    people: int
    target: float
    before: float
    achieved: float


@dataclass(frozen=True, eq=False)
class Raking:
    """Raked weights and how good they are.

    Attributes:
        weights: One per row of the panel, mean 1. Shape (people,).
        converged: Whether every margin is within the tolerance.
        iterations: Full passes over the margins that were made.
        worst: Largest absolute difference between an achieved and a target share.
        margins: Every category of every raked variable.
        base: The weights that raking started from, mean 1. Shape (people,).
        panel: The panel with the raked weights as its weight variable. A weight it had before
            stays as paradata, unless it has the same name and is replaced.
    """

    weights: FloatArray = field(repr=False)
    converged: bool
    iterations: int
    worst: float
    margins: tuple[Margin, ...] = field(repr=False)
    base: FloatArray = field(repr=False)
    panel: Panel = field(repr=False)

    @property
    def design_effect(self) -> float:
        """Kish's design effect of the weights, at least 1."""
        return design_effect(self.weights)

    @property
    def effective_n(self) -> float:
        """Effective sample size."""
        return effective_size(self.weights)


def rake(
    panel: Panel,
    targets: Mapping[str, Mapping[Code, float]],
    *,
    max_iterations: int = 200,
    tolerance: float = 1e-6,
    trim: float | None = None,
    name: str = WEIGHT_NAME,
) -> Raking:
    """Adjust the panel's weights until the margins of several variables are as wanted.

    Iterative proportional fitting (Deming & Stephan 1940, Annals of Mathematical Statistics
    11:427): each pass scales the weights within every category of each variable in turn. Starts
    from the panel's own weights. Somebody whose answer to a raked variable is missing is left
    alone by that variable: targets apply to those whose answer is known, and the share of unknown
    answers stays what it was. With `trim`, weights are capped after every pass and what is cut
    off is spread over the others; margins may then stay off target, and `converged` says so.

    Args:
        panel: One row per person.
        targets: Per variable, the share or count wanted in each category, by code or label; each
            variable's are brought to a sum of 1.
        max_iterations: Most passes to make.
        tolerance: Largest absolute difference in a share (0 to 1) that counts as reached.
        trim: Largest weight allowed, as a multiple of the mean weight; above 1.
        name: Name of the weight variable that the raked panel gets.

    Raises:
        UnknownNameError: A variable or label does not exist.
        RequestError: Targets or settings make no sense, or `name` belongs to another variable.
        PanelError: A category with a target has nobody in it, or one with people has no target.
    """
    one_row_each(panel)
    _check(targets, max_iterations, tolerance, trim)
    if name in panel.codebook and panel.codebook[name].role not in (Role.WEIGHT, Role.PARADATA):
        raise RequestError(
            f"the panel already has a variable {name!r}", remedy="choose another name"
        )
    base = panel.weights()
    plans = [_Plan.of(panel, name, wanted, base) for name, wanted in targets.items()]
    weights, passes = base.copy(), 0
    worst = max(plan.worst(weights) for plan in plans)
    over = trim is not None and weights.max() > trim * (1 + 1e-9)
    while passes < max_iterations and (worst > tolerance or over):
        for plan in plans:
            weights = plan.scaled(weights)
        weights /= weights.mean()
        if trim is not None:
            weights, over = _capped(weights, trim), False
        worst = max(plan.worst(weights) for plan in plans)
        passes += 1
    margins = tuple(m for plan in plans for m in plan.margins(panel, base, weights))
    weights.setflags(write=False)
    return Raking(
        weights, worst <= tolerance, passes, worst, margins, base, _weighted(panel, weights, name)
    )


def _weighted(panel: Panel, weights: FloatArray, name: str) -> Panel:
    demoted = [
        v.replace(role=Role.PARADATA) for v in panel.codebook.of_role(Role.WEIGHT) if v.name != name
    ]
    variable = Variable(
        name=name,
        label="Raked weight, mean 1",
        level=Level.INTERVAL,
        role=Role.WEIGHT,
    )
    return dataclasses.replace(
        panel,
        frame=panel.frame.assign(**{name: weights}),
        codebook=panel.codebook.with_variables([*demoted, variable]),
        status={n: s for n, s in panel.status.items() if n != name},
    )


def _check(
    targets: Mapping[str, Mapping[Code, float]],
    max_iterations: int,
    tolerance: float,
    trim: float | None,
) -> None:
    if not targets:
        raise RequestError(
            "there are no targets to rake to", remedy="give at least one variable with its shares"
        )
    if max_iterations < 1 or not tolerance > 0:
        raise RequestError("raking needs at least one iteration and a tolerance above 0")
    if trim is not None and not trim > 1:
        raise RequestError(
            f"weights cannot be trimmed at {trim:g} times their mean",
            remedy="give a limit above 1, such as 5",
        )


def _capped(weights: FloatArray, trim: float) -> FloatArray:
    """Weights of mean 1, none above `trim`; what is cut off goes to the others in proportion."""
    weights = weights.copy()
    full = np.zeros(len(weights), dtype=np.bool_)
    while (over := (weights > trim * (1 + 1e-12)) & ~full).any():
        full |= over
        weights[full] = trim
        rest = weights[~full].sum()
        if rest <= 0:
            break
        weights[~full] *= (len(weights) - trim * full.sum()) / rest
    return weights


@dataclass(frozen=True, eq=False)
class _Plan:
    """One raked variable: who is in which category, and the shares wanted."""

    name: str
    codes: tuple[Code, ...]
    people: tuple[int, ...]
    wanted: FloatArray
    category: npt.NDArray[np.intp]
    """Position in `codes`, or −1 where the answer is missing. Shape (people,)."""

    @classmethod
    def of(cls, panel: Panel, name: str, wanted: Mapping[Code, float], base: FloatArray) -> _Plan:
        shares = _shares(panel, name, wanted)
        counts = people_by_code(panel, name)
        place = f"target for {name!r}"
        column = panel.frame[name]
        category = np.full(len(panel), -1, dtype=np.intp)
        for k, code in enumerate(shares):
            category[(column == code).fillna(False).to_numpy(dtype=np.bool_)] = k
        for code, count in counts.items():
            if count and code not in shares:
                raise PanelError(
                    f"{_called(panel, name, code)} has {count:,} people and no target",
                    where=place,
                    remedy="give it one, or leave these people out first",
                )
        weight = np.bincount(category[category >= 0], base[category >= 0], len(shares))
        for k, (code, share) in enumerate(shares.items()):
            if share > 0 and weight[k] <= 0:
                held = "only people of weight 0" if counts.get(code) else "nobody in the panel"
                raise PanelError(
                    f"{_called(panel, name, code)} is to be {share:.1%} and has {held}",
                    where=place,
                    remedy="merge it with another category, or take it out of the targets",
                )
            if share == 0 and weight[k] > 0:
                raise PanelError(
                    f"{_called(panel, name, code)} is to be 0 and has {counts[code]:,} people",
                    where=place,
                    remedy="leave these people out first",
                )
        kept = [k for k, share in enumerate(shares.values()) if share > 0]
        codes = tuple(shares)
        renumber = np.full(len(codes) + 1, -1, dtype=np.intp)
        renumber[kept] = np.arange(len(kept))
        return cls(
            name,
            tuple(codes[k] for k in kept),
            tuple(counts.get(codes[k], 0) for k in kept),
            np.array([shares[codes[k]] for k in kept]),
            renumber[category],
        )

    def shares(self, weights: FloatArray) -> FloatArray:
        known = self.category >= 0
        totals = np.bincount(self.category[known], weights[known], len(self.codes))
        return np.asarray(totals / totals.sum(), dtype=np.float64)

    def scaled(self, weights: FloatArray) -> FloatArray:
        # The last factor, 1, is that of category −1: people whose answer is missing.
        factors = np.append(self.wanted / self.shares(weights), 1.0)
        return np.asarray(weights * factors[self.category], dtype=np.float64)

    def worst(self, weights: FloatArray) -> float:
        return float(np.abs(self.shares(weights) - self.wanted).max())

    def margins(self, panel: Panel, base: FloatArray, weights: FloatArray) -> list[Margin]:
        variable = panel.codebook[self.name]
        rows = zip(
            self.codes,
            self.people,
            self.wanted.tolist(),
            self.shares(base).tolist(),
            self.shares(weights).tolist(),
            strict=True,
        )
        return [
            Margin(self.name, code, variable.label_of(code), people, target, before, achieved)
            for code, people, target, before, achieved in rows
        ]


def _called(panel: Panel, name: str, code: Code) -> str:
    label = panel.codebook[name].label_of(code)
    return f"{code_text(code)} ({label})" if label != code_text(code) else repr(label)


def _shares(panel: Panel, name: str, wanted: Mapping[Code, float]) -> dict[Code, float]:
    """Targets of one variable by code, summing to 1."""
    place = f"target for {name!r}"
    found: dict[Code, float] = {}
    for given, share in wanted.items():
        if isinstance(share, bool) or not isinstance(share, (int, float)):
            raise RequestError(f"{share!r} is no share", where=f"{place}, {given!r}")
        if not math.isfinite(share) or share < 0:
            raise RequestError(
                f"{share:g} is no share", where=f"{place}, {given!r}", remedy="give 0 or more"
            )
        code = find_code(panel, name, given, where=place)
        if code in found:
            raise RequestError(f"{given!r} is given twice, by code and by label", where=place)
        found[code] = float(share)
    total = sum(found.values())
    if total <= 0:
        raise RequestError("the targets add up to nothing", where=place)
    return {code: share / total for code, share in found.items()}
