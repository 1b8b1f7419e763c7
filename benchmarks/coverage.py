"""Do 95 % intervals cover, and do tests of true nulls reject, as often as they say?

    python benchmarks/coverage.py [--datasets 400] [--people 250] [--items 12] [--bootstrap 400]

Simulated people and twins on five-point and nominal items whose true scores are known from their
distribution: twins drawn as the people are (no difference between them, no relation), twins
that differ a little, a lot, or on half of the items, and twins that know something of the person.
Everything goes through `compare.estimate` and the functions the scorecard calls. Coverage has to
lie within 93 and 97 %, false positives within 3 and 7 %, up to the error of the simulation, which
is printed; pooled distances may cover more often between 0 and three times their noise.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import ndtr, ndtri

from understudy.compare import metrics
from understudy.compare.estimate import estimate
from understudy.compare.measures import MEASURES
from understudy.compare.scale import Scale
from understudy.data.codebook import Level
from understudy.data.seeds import generator

CODES = (1.0, 2.0, 3.0, 4.0, 5.0)
HUMAN = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
SHIFT = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
SHARED = 0.5
NAMES = ("accuracy", "pearson", "sd_ratio", "entropy_ratio", "wasserstein", "total_variation")
FIGURES = (*NAMES, "glass_delta")


@dataclass(frozen=True)
class World:
    """Twins of one kind: what they differ in, and how much they know."""

    name: str
    shift: float
    known: float
    mixed: bool = False


WORLDS = (
    World("drawn alike, know nothing", 0.0, 0.0),
    World("drawn alike, know something", 0.0, 0.4),
    World("a little off", 0.02, 0.4),
    World("off", 0.05, 0.4),
    World("far off", 0.15, 0.7),
    World("half of the items far off", 0.15, 0.4, mixed=True),
)


def shares_of(world: World, items: int) -> np.ndarray:
    moved = np.clip(HUMAN + world.shift * SHIFT, 0, None)
    moved /= moved.sum()
    return np.array([moved if not world.mixed or k % 2 else HUMAN for k in range(items)])


def answers(z: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Codes from normal scores: shape (people, items)."""
    cuts = ndtri(np.clip(np.cumsum(shares, axis=1)[:, :-1], 1e-12, 1 - 1e-12))
    return 1.0 + (z[..., None] > cuts).sum(axis=-1)


def draw(world: World, people: int, items: int, rng: np.random.Generator) -> tuple:
    person = rng.normal(size=(people, 1))

    def noise() -> np.ndarray:
        return rng.normal(size=(people, items))

    human = SHARED * person + np.sqrt(1 - SHARED**2) * noise()
    twin = world.known * human + np.sqrt(1 - world.known**2) * noise()
    return answers(human, np.array([HUMAN] * items)), answers(twin, shares_of(world, items))


def scales(items: int) -> list[Scale]:
    ordinal = Scale(Level.ORDINAL, CODES, ("",) * 5, CODES, 1.0, 5.0)
    nominal = Scale(Level.NOMINAL, CODES, ("",) * 5, (0.0, 1.0, 2.0, 3.0, 4.0))
    return [ordinal] * items + [nominal] * items


def both_levels(side: np.ndarray) -> np.ndarray:
    """The same answers once as ordered and once as nominal items."""
    return np.hstack((side, side - 1))


def truths(world: World, items: int) -> dict[str, np.ndarray]:
    """True scores by item, from the bivariate distribution of one item and its twin's."""
    grid = ndtri((np.arange(2000) + 0.5) / 2000)
    shares = shares_of(world, items)
    found: dict[str, list[float]] = {name: [] for name in FIGURES}
    values = np.asarray(CODES)
    human = answers(grid[:, None], HUMAN[None])[:, 0]
    spread = float(np.sqrt(HUMAN @ values**2 - (HUMAN @ values) ** 2))
    for row in shares:
        cuts = ndtri(np.clip(np.cumsum(row)[:-1], 1e-12, 1 - 1e-12))
        rest = np.sqrt(1 - world.known**2)
        below = ndtr((cuts - world.known * grid[:, None]) / rest)
        given = np.diff(np.pad(below, ((0, 0), (1, 1)), constant_values=(0, 1)), axis=1)
        gap = np.abs(values - human[:, None])
        product = float((given * values * human[:, None]).sum(axis=1).mean())
        twin_sd = float(np.sqrt(row @ values**2 - (row @ values) ** 2))
        found["accuracy"].append(float(1 - (given * gap).sum(axis=1).mean() / 4))
        found["pearson"].append(
            (product - float(row @ values) * float(HUMAN @ values)) / (twin_sd * spread)
        )
        found["sd_ratio"].append(twin_sd / spread)
        found["entropy_ratio"].append(float(metrics.entropy_ratio(row, HUMAN)))
        found["wasserstein"].append(float(metrics.wasserstein(row, HUMAN)))
        found["total_variation"].append(float(metrics.total_variation(row, HUMAN)))
        found["glass_delta"].append(abs(float((row - HUMAN) @ values)) / spread)
    return {name: np.array(column) for name, column in found.items()}


class Tally:
    """Hits of one figure."""

    def __init__(self) -> None:
        self.hits: dict[str, list[float]] = {}

    def add(self, name: str, *found: float) -> None:
        self.hits.setdefault(name, []).extend(found)

    def lines(self) -> Iterator[tuple[str, float, int]]:
        for name, hits in self.hits.items():
            yield name, float(np.mean(hits)), len(hits)


def covered(world: World, tally: Tally, options: argparse.Namespace) -> None:
    true = truths(world, options.items)
    measures = [m for m in MEASURES if m.name in FIGURES]
    for k in range(options.datasets):
        rng = generator("coverage", world.name, k)
        human, twin = draw(world, options.people, options.items, rng)
        ours, theirs = both_levels(human), both_levels(twin)
        found = estimate(
            ours,
            theirs,
            scales(options.items),
            np.ones(options.people),
            measures=measures,
            bootstrap=options.bootstrap,
            rng=partial(generator, "coverage", "resample", k),
        )
        for name in FIGURES:
            columns = (
                slice(options.items, None) if name == "total_variation" else slice(0, options.items)
            )
            low, high = found.item_intervals[name][:, columns][:, 1]
            aim = true[name][1]
            tally.add(f"{name}, one item", float(low - 1e-12 <= aim <= high + 1e-12))
            if name in ("accuracy", "entropy_ratio", "glass_delta"):
                continue
            aims = true[name]
            pooled = float(aims.mean())
            if name == "pearson":
                pooled = float(metrics.fisher_mean(aims, np.ones(len(aims))))
            low, high = found.pooled_intervals[name]
            tally.add(f"{name}, mean", float(low - 1e-12 <= pooled <= high + 1e-12))


def false_positives(tally: Tally, options: argparse.Namespace) -> None:
    """Tests of hypotheses that are true, each at 5 %."""
    world = WORLDS[0]
    people, items = options.people, options.items
    for k in range(options.datasets):
        rng = generator("false positives", k)
        human, twin = draw(world, people, items, rng)
        tally.add("means differ", float(metrics.mean_difference_p(twin[:, 0], human[:, 0]) < 0.05))
        counts = [np.bincount(side[:, 0].astype(int), minlength=6)[1:] for side in (twin, human)]
        tally.add("shares differ", float(metrics.share_difference_p(*counts) < 0.05))
        left_out = metrics.pearson(twin, human, metrics.jackknife_weights(people))
        p = metrics.correlation_p(metrics.pearson(twin, human), left_out)
        tally.add("r is not 0", float(p[0] < 0.05))
        tally.add("any r is not 0 (Holm)", float((metrics.holm(p) < 0.05).any()))
        tally.add("any r is not 0 (BH)", float((metrics.benjamini_hochberg(p) < 0.05).any()))
        arm = rng.random(people) < 0.5
        tally.add("an arm has an effect", float(metrics.effect(human[:, 0], arm, ~arm).p < 0.05))
        groups = rng.integers(0, 5, people)
        accuracy = metrics.cell_accuracy(twin, human, 1, 5)
        gap = metrics.chance_gap(accuracy, groups, deals=199, rng=rng)
        tally.add("the worst served group", float(gap.p < 0.05))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--datasets", type=int, default=400)
    parser.add_argument("--people", type=int, default=250)
    parser.add_argument("--items", type=int, default=12)
    parser.add_argument("--bootstrap", type=int, default=400)
    options = parser.parse_args()
    error = 1.96 * np.sqrt(0.05 * 0.95 / options.datasets)
    print(
        f"{options.datasets} datasets of {options.people} people × {options.items} items, "
        f"{options.bootstrap} resamples; 95 % of simulations lie within ±{error:.3f}"
    )
    names: list[str] = []
    columns: list[dict[str, float]] = []
    for world in WORLDS:
        tally = Tally()
        covered(world, tally, options)
        columns.append({name: share for name, share, _ in tally.lines()})
        names = list(columns[-1])
        print(f"  {len(columns)} {world.name}", flush=True)
    print(
        f"\n{'coverage of 95 % intervals':<32}"
        + "".join(f"{k + 1:>7}" for k in range(len(columns)))
    )
    for name in names:
        print(f"{name:<32}" + "".join(f"{column[name]:7.3f}" for column in columns))
    tally = Tally()
    false_positives(tally, options)
    print(f"\n{'false positives at 5 %':<32}")
    for name, share, _ in tally.lines():
        print(f"{name:<32}{share:7.3f}")


if __name__ == "__main__":
    main()
