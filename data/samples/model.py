"""How a synthetic answer comes about: latent normals, cut into categories, with absences.

An item's latent response in wave w is

    y_w = loadings · latents + stable part of its own + occasion part of wave w,  var(y) = 1,

so that two waves share everything but the occasion part. Cut points turn y into codes. Cutting
weakens correlations; to first order (the linear Hermite coefficient of the step function,
Mehler 1866) by the factor `Marginal.linear`, which the loadings and the retest allow for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..codebook import Code, Reason, Variable
from ..seeds import generator

__all__ = [
    "Choice",
    "FloatArray",
    "Item",
    "Marginal",
    "People",
    "StatusArray",
    "Text",
    "absence",
    "by_moments",
    "by_shares",
    "normals",
    "uniforms",
]

FloatArray = npt.NDArray[np.float64]
StatusArray = npt.NDArray[np.int16]

EVASION_SPREAD = 0.7
"""SD, in log units, of people's propensity to leave questions unanswered."""


def uniforms(count: int, *purpose: str | int) -> FloatArray:
    """`count` uniforms on [0, 1) that depend on `purpose` alone."""
    return generator(*purpose).random(count)


def normals(count: int, *purpose: str | int) -> FloatArray:
    """`count` standard normals that depend on `purpose` alone.

    Made by inversion, because numpy promises the stream of `random` more firmly than that of
    its normal sampler.
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(uniforms(count, *purpose)), dtype=np.float64)


@dataclass(frozen=True)
class Marginal:
    """A discrete distribution, as cut points on a standard normal.

    Attributes:
        codes: Codes in ascending order of the latent response.
        cuts: Cut points, one fewer than codes, ascending, in SDs of the latent response.
    """

    codes: tuple[float, ...]
    cuts: tuple[float, ...]

    def cut(self, latent: FloatArray) -> FloatArray:
        """Turn latent responses of shape (people,) into codes."""
        return np.asarray(self.codes)[np.searchsorted(self.cuts, latent, side="right")]

    @cached_property
    def shares(self) -> FloatArray:
        """Share of each code, in the order of `codes`."""
        from scipy.special import ndtr

        return np.diff(ndtr(np.array([-np.inf, *self.cuts, np.inf])))

    @cached_property
    def mean(self) -> float:
        """Mean code."""
        return float(self.shares @ np.asarray(self.codes))

    @cached_property
    def sd(self) -> float:
        """SD of the codes."""
        return math.sqrt(float(self.shares @ (np.asarray(self.codes) - self.mean) ** 2))

    @cached_property
    def linear(self) -> float:
        """Correlation of the latent response with its code: Σ (vₖ₊₁ − vₖ) φ(tₖ) / SD."""
        cuts = np.asarray(self.cuts)
        density = np.exp(-(cuts**2) / 2) / math.sqrt(2 * math.pi)
        return float(np.diff(np.asarray(self.codes)) @ density) / self.sd


def by_shares(shares: Mapping[float, float]) -> Marginal:
    """Marginal with the given share of each code; order is that of the latent response.

    Raises:
        ValueError: The shares do not add up to 1.
    """
    from scipy.special import ndtri

    total = math.fsum(shares.values())
    if abs(total - 1) > 1e-9:
        raise ValueError(f"shares add up to {total}, not 1")
    below = np.cumsum(list(shares.values()))[:-1]
    cuts = ndtri(np.minimum(below, 1.0))
    return Marginal(tuple(float(c) for c in shares), tuple(float(t) for t in cuts))


def by_moments(low: int, high: int, mean: float, sd: float) -> Marginal:
    """Marginal on low, low + 1, …, high: a normal, rounded and clipped, with that mean and SD.

    Raises:
        ValueError: No rounded and clipped normal has these moments.
    """
    from scipy.optimize import root

    codes = tuple(float(code) for code in range(low, high + 1))

    def marginal(parameters: FloatArray) -> Marginal:
        centre, spread = float(parameters[0]), math.exp(float(parameters[1]))
        return Marginal(codes, tuple((code + 0.5 - centre) / spread for code in codes[:-1]))

    def error(parameters: FloatArray) -> list[float]:
        found = marginal(parameters)
        return [found.mean - mean, found.sd - sd]

    solution = root(error, [mean, math.log(sd)])
    if not solution.success:
        raise ValueError(f"no rounded normal on {low}..{high} has mean {mean} and SD {sd}")
    return marginal(solution.x)


@dataclass(frozen=True)
class People:
    """Latent scores of the synthetic people.

    Attributes:
        scores: Each latent variable by name, standard normal, shape (people,); and features
            derived from them, which only choices use.
        correlations: Population correlations between latents, by unordered pair of names.
    """

    scores: Mapping[str, FloatArray]
    correlations: Mapping[frozenset[str], float]

    def __len__(self) -> int:
        return len(next(iter(self.scores.values())))

    def sum(self, loadings: Mapping[str, float]) -> FloatArray:
        """Weighted sum of latents, shape (people,)."""
        total = np.zeros(len(self))
        for name, loading in loadings.items():
            total += loading * self.scores[name]
        return total

    def variance(self, loadings: Mapping[str, float]) -> float:
        """Population variance of the weighted sum."""
        return math.fsum(
            a * b * (1.0 if x == y else self.correlations.get(frozenset((x, y)), 0.0))
            for x, a in loadings.items()
            for y, b in loadings.items()
        )


@dataclass(frozen=True, kw_only=True)
class Item:
    """A question answered on a scale or with a number.

    Attributes:
        variable: Its entry in the codebook.
        marginal: Distribution of its answers.
        loadings: What the latent response depends on.
        retest: Correlation between waves that the answers are to have.
        absent: Share of people who give no answer, by reason.
    """

    variable: Variable
    marginal: Marginal
    loadings: Mapping[str, float]
    retest: float
    absent: Mapping[Reason, float]

    def draw(self, people: People, wave: int, seed: int) -> FloatArray:
        """Answers of everybody in `wave`, before absences. Shape (people,).

        Raises:
            ValueError: The latents explain more than the retest leaves to be stable.
        """
        name, count = self.variable.name, len(people)
        stable = min(1.0, self.retest / self.marginal.linear**2)
        own = stable - people.variance(self.loadings)
        if own < -1e-9:
            raise ValueError(f"{name}: loadings explain more than a retest of {self.retest}")
        latent = people.sum(self.loadings)
        latent += math.sqrt(max(0.0, own)) * normals(count, seed, name, "own")
        latent += math.sqrt(1 - stable) * normals(count, seed, name, "occasion", wave)
        return self.marginal.cut(latent)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A choice among named options: multinomial logit with a stable taste for each.

    Attributes:
        variable: Its entry in the codebook.
        options: By code: intercept, and what the utility depends on.
        keep: Share of people whose taste in wave 2 is that of wave 1; the others draw anew.
        absent: Share of people who give no answer, by reason.
    """

    variable: Variable
    options: Mapping[float, tuple[float, Mapping[str, float]]]
    keep: float
    absent: Mapping[Reason, float]

    def draw(self, people: People, wave: int, seed: int) -> FloatArray:
        """Codes chosen by everybody in `wave`, before absences. Shape (people,)."""
        name, count = self.variable.name, len(people)
        anew = uniforms(count, seed, name, "keep", wave) >= (self.keep if wave > 1 else 1.0)
        utilities = []
        for code, (intercept, loadings) in self.options.items():
            taste = uniforms(count, seed, name, code_key(code), "taste")
            other = uniforms(count, seed, name, code_key(code), "taste", wave)
            drawn = np.where(anew, other, taste)
            utilities.append(intercept + people.sum(loadings) - np.log(-np.log(drawn)))
        codes = np.array(list(self.options), dtype=np.float64)
        return np.asarray(codes[np.argmax(utilities, axis=0)], dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Text:
    """An open question answered from templates.

    Attributes:
        variable: Its entry in the codebook.
        openings: First halves; which one is drawn depends on `lean` and on chance.
        reasons: Second halves, drawn at random.
        lean: What pushes a person towards the later openings.
        absent: Share of people who give no answer, by reason.
    """

    variable: Variable
    openings: tuple[str, ...]
    reasons: tuple[str, ...]
    lean: Mapping[str, float]
    absent: Mapping[Reason, float]

    def draw(self, people: People, wave: int, seed: int) -> npt.NDArray[np.object_]:
        """Sentences of everybody in `wave`, before absences. Shape (people,)."""
        from scipy.special import ndtr

        name, count = self.variable.name, len(people)
        own = math.sqrt(max(0.0, 0.7 - people.variance(self.lean)))
        latent = people.sum(self.lean) + own * normals(count, seed, name, "own")
        latent += math.sqrt(0.3) * normals(count, seed, name, "occasion", wave)
        first = np.minimum(ndtr(latent), 1 - 1e-12) * len(self.openings)
        second = uniforms(count, seed, name, "reason", wave) * len(self.reasons)
        pairs = zip(first.astype(int).tolist(), second.astype(int).tolist(), strict=True)
        sentences = [f"{self.openings[i]}, {self.reasons[j]} (synthetic answer)." for i, j in pairs]
        return np.array(sentences, dtype=object)


def absence(
    variable: Variable,
    shares: Mapping[Reason, float],
    evasive: FloatArray,
    *purpose: str | int,
) -> StatusArray:
    """Who gives no answer, and why, as a status array of `Panel.status`.

    Args:
        variable: Whose answers; its `missing` codes give the reasons their numbers.
        shares: Share of people by reason.
        evasive: People's propensity to leave questions out, standard normal, shape (people,).
        purpose: What the draw depends on.
    """
    factor = np.exp(EVASION_SPREAD * evasive - EVASION_SPREAD**2 / 2)
    drawn = uniforms(len(evasive), *purpose)
    status = np.zeros(len(evasive), dtype=np.int16)
    lower = np.zeros(len(evasive))
    for number, code in enumerate(variable.missing, start=1):
        upper = lower + shares.get(code.reason, 0.0) * factor
        status[(drawn >= lower) & (drawn < upper)] = number
        lower = upper
    return status


def code_key(code: Code) -> str:
    """A code as part of a seed."""
    return f"{code:g}" if isinstance(code, float) else str(code)
