"""Time the comparison of a million answers, beside a plain scipy and pandas loop in one run.

    python benchmarks/compare.py [--people 2000] [--items 500] [--bootstrap 1000]

Five-point items are scored from tables of counts; sliders from 0 to 100, which are not, are timed
as well.

The plain loop computes, item by item, what most analysis scripts do: accuracy, exact agreement,
Pearson, Spearman, SD ratio and normalised Wasserstein, for the twins and for a constant, 20
marginal draws and 20 shuffles, and the split-half floor over 100 splits. Because 40 references and
100 splits of 500 items take it minutes, it is run on `--loop-items` items and its time scaled; the
twins' own scores are computed on all items both ways and must agree.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

import numpy as np
import pandas as pd
from scipy import stats

from understudy.compare.estimate import measure
from understudy.compare.scale import Scale
from understudy.compare.scorecard import compare
from understudy.data.codebook import Codebook, Level, Variable
from understudy.data.panel import Panel

LABELS = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
CODES = (1.0, 2.0, 3.0, 4.0, 5.0)
CORE = ("accuracy", "exact", "pearson", "spearman", "sd_ratio", "wasserstein")


def answers(people: int, items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(people, 1))

    def side(signal: float, noise: float) -> np.ndarray:
        z = signal * trait + noise * rng.normal(size=(people, items))
        found = np.clip(np.round(3.2 + 1.1 * z), 1, 5)
        found[rng.random(found.shape) < 0.03] = np.nan
        return found

    return side(0.6, 0.8), side(0.5, 0.6)


def panel(values: np.ndarray, *, sliders: bool = False) -> Panel:
    names = [f"q{k}" for k in range(values.shape[1])]
    labels = tuple(zip(CODES, LABELS, strict=True))
    likert = Variable(name="q", level=Level.ORDINAL, labels=labels)
    slider = Variable(name="q", level=Level.INTERVAL, range=(0.0, 100.0))
    index = pd.Index([f"p{k}" for k in range(len(values))], name="person")
    return Panel(
        frame=pd.DataFrame(values, columns=names, index=index),
        codebook=Codebook(tuple((slider if sliders else likert).replace(name=n) for n in names)),
    )


def plain_scores(human: pd.Series, pred: pd.Series) -> list[float]:
    both = human.notna() & pred.notna()
    h, t = human[both], pred[both]
    p = pred.value_counts(normalize=True).reindex(CODES, fill_value=0)
    q = human.value_counts(normalize=True).reindex(CODES, fill_value=0)
    flat = h.nunique() < 2 or t.nunique() < 2
    return [
        float((1 - (t - h).abs() / 4).mean()),
        float((t == h).mean()),
        float("nan") if flat else stats.pearsonr(h, t).statistic,
        float("nan") if flat else stats.spearmanr(h, t).statistic,
        float(pred.std(ddof=0) / human.std(ddof=0)),
        stats.wasserstein_distance(CODES, CODES, p, q) / 4,
    ]


def plain_everything(human: pd.DataFrame, twin: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    for name in human.columns:
        h, t = human[name], twin[name]
        known = h.dropna().to_numpy()
        plain_scores(h, pd.Series(h.median(), index=h.index))
        for _ in range(20):
            plain_scores(h, pd.Series(rng.choice(known, len(h)), index=h.index))
            plain_scores(h, pd.Series(rng.permutation(t.to_numpy()), index=h.index))
        for _ in range(100):
            order = rng.permutation(len(known))
            half = len(known) // 2
            a, b = known[order[:half]], known[order[half:]]
            stats.wasserstein_distance(a, b)


def timed(words: str, run: object, *args: object, **kwargs: object) -> tuple[float, object]:
    assert callable(run)
    start = time.perf_counter()
    found = run(*args, **kwargs)
    seconds = time.perf_counter() - start
    print(f"{words:<62}{seconds:9.2f} s")
    return seconds, found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--bootstrap", type=int, default=1000)
    parser.add_argument("--loop-items", type=int, default=10)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    human, twin = answers(chosen.people, chosen.items, 1)
    print(f"{chosen.people:,} people × {chosen.items:,} items = {human.size:,} answers")

    scales = [Scale(Level.ORDINAL, CODES, LABELS, CODES, 1.0, 5.0)] * chosen.items
    measure(human[:, :2], twin[:, :2], scales[:2], np.ones(chosen.people))
    quick, ours = timed(
        "all measures of the twins", measure, human, twin, scales, np.ones(chosen.people)
    )
    h, t = pd.DataFrame(human), pd.DataFrame(twin)
    slow, theirs = timed(
        "  the six core ones, scipy and pandas, item by item",
        lambda: [plain_scores(h[k], t[k]) for k in h.columns],
    )
    assert isinstance(ours, dict)
    gap = np.abs(np.column_stack([ours[name] for name in CORE]) - np.asarray(theirs)).max()
    print(f"  {slow / quick:.0f} times as long; largest difference {gap:.1e}")

    people, twins = panel(human), panel(twin)
    whole, _ = timed(
        "scorecard with references and floor, no bootstrap", compare, twins, people, bootstrap=0
    )
    some = chosen.loop_items
    part, _ = timed(
        f"  references and floor of {some} items, scipy and pandas",
        plain_everything,
        h.iloc[:, :some],
        t.iloc[:, :some],
    )
    scaled = slow + part * chosen.items / some
    print(f"  scaled to {chosen.items} items {scaled:.0f} s, {scaled / whole:.0f} times as long")
    timed(
        f"scorecard with {chosen.bootstrap:,} resamples of people",
        compare,
        twins,
        people,
        bootstrap=chosen.bootstrap,
    )
    # Whole numbers from 0 to 100, spread around the five points.
    rng = np.random.default_rng(2)
    wide = [
        np.clip(25 * (side - 1) + rng.integers(-12, 13, side.shape), 0, 100)
        for side in (human, twin)
    ]
    bounded = [Scale(Level.INTERVAL, low=0.0, high=100.0)] * chosen.items
    timed("all measures of the twins on sliders", measure, *wide, bounded, np.ones(chosen.people))
    timed(
        "scorecard on sliders with references and floor, no bootstrap",
        compare,
        panel(wide[1], sliders=True),
        panel(wide[0], sliders=True),
        bootstrap=0,
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
