"""Where a cognitive respondent's chance comes from: what lasts in a person, and what does not.

Two people with the same parameters do not answer alike, and nobody answers twice alike. A `Draws`
therefore holds two streams of random numbers: `lasting`, which is the same each time a person
meets a task, and `trial`, which is new in every replicate. `latent` and `chooses` mix them so that
a repeated task has the retest correlation of people.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence
from statistics import NormalDist

from ....data.seeds import seed_of

__all__ = ["CONSISTENCY", "LOADING", "Draws", "Stream", "normal_quantile", "probability_below"]

CONSISTENCY = 0.475
"""Share of the variance of single choices that lasts in a person: intraclass correlations of
repeated choices between gambles lie between .45 and .50 (choices13k; own analysis)."""
LOADING = math.sqrt(CONSISTENCY)
"""Loading of an answer on a trait that is all that lasts in it."""

normal_quantile = NormalDist().inv_cdf
"""Standard normal score below which a share (0 < share < 1) of people lies."""
_BLOCK = struct.Struct(">4Q")
_HALF = math.sqrt(0.5)


def probability_below(score: float) -> float:
    """Share of people below a standard normal score."""
    return 0.5 * math.erfc(-score * _HALF)


class Stream:
    """Random numbers decided by what they are for: SHA-256 of a key and a counter.

    Four numbers cost one digest, so that making a stream for a single number is cheap; they are
    the same on any machine.
    """

    __slots__ = ("_count", "_key", "_left")

    def __init__(self, *parts: str | int) -> None:
        self._key = seed_of(*parts).to_bytes(16, "big")
        self._count = 0
        self._left: list[int] = []

    def uniform(self) -> float:
        """A number between 0 and 1, neither of them included."""
        if not self._left:
            counter = self._count.to_bytes(8, "big")
            self._left = list(_BLOCK.unpack(hashlib.sha256(self._key + counter).digest()))
            self._count += 1
        return ((self._left.pop() >> 12) + 0.5) / 4503599627370496.0

    def normal(self) -> float:
        """A standard normal number."""
        return normal_quantile(self.uniform())

    def logistic(self) -> float:
        """A standard logistic number (variance π²/3)."""
        u = self.uniform()
        return math.log(u / (1.0 - u))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.uniform() < probability

    def pick(self, weights: Sequence[float]) -> int:
        """A position drawn in proportion to weights that are not all zero."""
        point = self.uniform() * sum(weights)
        for position, weight in enumerate(weights):
            point -= weight
            if point < 0:
                return position
        return max(i for i, weight in enumerate(weights) if weight > 0)


class Draws:
    """The chance of one person's meeting with one task.

    Attributes:
        lasting: Numbers that are the same in every replicate: the person's own ways with this
            task, beside the parameters that all tasks share.
        trial: Numbers that are new in every replicate.
    """

    __slots__ = ("lasting", "trial")

    def __init__(self, lasting: Stream, trial: Stream) -> None:
        self.lasting = lasting
        self.trial = trial

    @classmethod
    def of(cls, seed: int, person: str, task: str, replicate: int) -> Draws:
        """The draws of a person for a task (called by its place in the questionnaire)."""
        return cls(
            Stream(seed, person, task, "cognitive lasting"),
            Stream(seed, person, task, replicate, "cognitive trial"),
        )

    def latent(
        self, trait: float = 0.0, *, loading: float = LOADING, consistency: float = CONSISTENCY
    ) -> float:
        """A standard normal score: part trait, part lasting, part noise.

        Over people it is standard normal whatever the arguments, so that a distribution turned
        into quantiles is reproduced; over replicates it correlates `consistency`.

        Args:
            trait: The person's standing on what the answer expresses (standard normal).
            loading: Correlation of the score with the trait; its square is at most `consistency`.
            consistency: Share of the variance that is the same in every replicate.
        """
        own = math.sqrt(max(0.0, consistency - loading * loading))
        score = loading * trait + math.sqrt(1.0 - consistency) * self.trial.normal()
        return score + own * self.lasting.normal() if own else score

    def own_chance(
        self,
        probability: float,
        trait: float = 0.0,
        *,
        loading: float = 0.0,
        consistency: float = CONSISTENCY,
    ) -> float:
        """A person's own probability of a choice that `probability` of people make.

        People's own probabilities follow Beta(pκ, (1 − p)κ) with κ = 1/consistency − 1, so that
        choices repeated by the same people have that intraclass correlation (Skellam 1948, Journal
        of the Royal Statistical Society B 10, 257–261). Where somebody stands in that distribution
        is decided by the trait and by what lasts.

        Args:
            probability: Share of people who make the choice.
            trait: Standing on what the choice expresses (standard normal).
            loading: Correlation of the own probability's normal score with the trait, −1 to 1.
            consistency: Intraclass correlation, above 0 and below 1.
        """
        if not 1e-9 < probability < 1 - 1e-9:
            return float(probability > 0.5)
        from scipy.special import betaincinv

        score = loading * trait + math.sqrt(1.0 - loading * loading) * self.lasting.normal()
        weight = 1.0 / consistency - 1.0
        return float(
            betaincinv(probability * weight, (1.0 - probability) * weight, probability_below(score))
        )

    def rounded(self, value: float, step: float) -> float:
        """The nearest multiple of `step`; halfway between two, either, by chance.

        An even split of an odd sum would otherwise go to the same side for everybody.
        """
        units = value / step
        below = math.floor(units + 1e-9)
        rest = units - below
        if abs(rest - 0.5) < 1e-9:
            return (below + self.trial.chance(0.5)) * step
        return (below + (rest > 0.5)) * step

    def chooses(
        self,
        probability: float,
        trait: float = 0.0,
        *,
        loading: float = 0.0,
        consistency: float = CONSISTENCY,
    ) -> bool:
        """Whether a person makes a choice that `probability` of people make; beta-binomial.

        One draw of `own_chance`, which see for the arguments.
        """
        own = self.own_chance(probability, trait, loading=loading, consistency=consistency)
        return self.trial.uniform() < own
