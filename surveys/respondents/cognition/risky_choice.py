"""Choice between two gambles: the psychological-feature model.

P(choose B) = logistic(const + Σ w · (feature − mean) / sd), with eleven features of the two
gambles. Coefficients, means and SDs are an own fit to choices13k (Peterson et al. 2021, Science
372, 1209–1214; 9,831 problems with feedback and without ambiguity) and stand with each feature's
definition in `risky_choice.json`. Five-fold MSE × 100 of the choice rate 1.06, against 15.4 for
choosing the higher expected value and .68 for the noise floor.
"""

from __future__ import annotations

import functools
import json
import math
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...tasks.gambles import Gamble

__all__ = ["chance_of_second", "features"]


def features(first: Gamble, second: Gamble) -> dict[str, float]:
    """Features of a choice between gambles A (`first`) and B (`second`), by name.

    Definitions are those of `risky_choice.json`.
    """
    reach = max(first.high, second.high) - min(first.low, second.low) + 1e-9
    gap = second.mean - first.mean
    ahead = sum(p * q * _sign(y - x) for x, p in first.merged for y, q in second.merged)
    return {
        "dEVs": math.tanh(gap / 8),
        "signEV": _sign(gap),
        "dEVn": gap / reach,
        "dU": (_plain_mean(second) - _plain_mean(first)) / reach,
        "dMin": (second.low - first.low) / reach,
        "sMin": _sign(second.low - first.low),
        "dMax": (second.high - first.high) / reach,
        "dSign": _signs(second) - _signs(first),
        "win": ahead,
        "dSD": (second.sd - first.sd) / reach,
        "dMode": (second.mode - first.mode) / reach,
        "const": 1.0,
    }


@functools.lru_cache(maxsize=4096)
def chance_of_second(first: Gamble, second: Gamble) -> float:
    """Share of people who choose B (`second`) over A (`first`)."""
    found = features(first, second)
    score = sum(w * (found[name] - mean) / sd for name, mean, sd, w in _coefficients())
    return 1.0 / (1.0 + math.exp(-score))


@functools.cache
def _coefficients() -> tuple[tuple[str, float, float, float], ...]:
    source = resources.files(__package__).joinpath("risky_choice.json")
    model = json.loads(source.read_text(encoding="utf-8"))
    return tuple((f["name"], f["mean"], f["sd"], f["w"]) for f in model["features"])


def _sign(value: float) -> float:
    # Expected values are sums of products: rounding must not make a tie a preference.
    return 0.0 if abs(value) < 1e-9 else math.copysign(1.0, value)


def _signs(gamble: Gamble) -> float:
    return sum(p * _sign(x) for x, p in gamble.merged)


def _plain_mean(gamble: Gamble) -> float:
    return sum(x for x, _ in gamble.merged) / len(gamble.merged)
