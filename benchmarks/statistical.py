"""Compare the statistical respondent with simpler ones on people it has not seen.

    python benchmarks/statistical.py [PATH_TO_BFI.csv] [--quick]

The file is `bfi.csv` of the R package psychTools: 2,800 people, 25 items of five scales, gender,
education and age. Without a file, a synthetic sample with five correlated factors is made.

A block of five items is hidden at once. Everybody is predicted from the other items and the
demographics by models fitted on the four fifths of people who are not in their fold. There are two
designs: blocks of items dealt at random, so that other items of the same scale remain visible, and
whole scales, so that none does. All methods see the same folds and blocks.

Columns: r, the mean correlation of the expected answer with the true one; log-loss in nats;
nWD, the normalised Wasserstein-1 distance between drawn and true answers; variance ratio of
drawn to true answers; error of item correlations, the mean |difference| of the correlations within
a block; seconds. Beside them stand two random halves of the people themselves, which is what nWD
and correlations come to by chance (twice over: halves are smaller), and the shuffled persons. The
marginal draw has a slightly negative r because a fold is predicted from the shares of the others.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from understudy.data.codebook import Codebook, Level, Variable
from understudy.data.panel import Panel
from understudy.surveys.respondents.features import FeatureMap
from understudy.surveys.respondents.learning import Target, fit_predict, fold_of

FloatArray = npt.NDArray[np.float64]
FOLDS = 5
SCALES = "ACENO"


def read(path: Path | None) -> Panel:
    """The panel: bfi.csv, or a synthetic sample of its shape."""
    if path is None:
        return Panel(synthetic(), codebook(6), source="synthetic")
    frame = pd.read_csv(path, index_col=0).astype(float)
    frame.index = pd.Index([str(i) for i in frame.index], name="person")
    return Panel(frame, codebook(6), source=path.name)


def codebook(points: int) -> Codebook:
    """Codebook of 25 items on `points` steps and three demographics."""
    steps = tuple((float(k), str(k)) for k in range(1, points + 1))
    items = [
        Variable(name=f"{s}{k}", level=Level.ORDINAL, labels=steps)
        for s in SCALES
        for k in range(1, 6)
    ]
    rest = [
        Variable(name="gender", labels=((1.0, "male"), (2.0, "female"))),
        Variable(
            name="education",
            level=Level.ORDINAL,
            labels=tuple((float(k), str(k)) for k in range(1, 6)),
        ),
        Variable(name="age", level=Level.INTERVAL),
    ]
    return Codebook((*items, *rest))


def synthetic(people: int = 1200) -> pd.DataFrame:
    """Five correlated factors, five items each, with response style and 2 % missing."""
    draw = np.random.default_rng(20250101)
    mixing = np.linalg.cholesky(0.2 + 0.8 * np.eye(5))
    factors = draw.standard_normal((people, 5)) @ mixing.T
    style = np.exp(0.25 * draw.standard_normal(people))
    columns: dict[str, FloatArray] = {}
    for s, scale in enumerate(SCALES):
        for k in range(1, 6):
            latent = 0.65 * factors[:, s] + 0.76 * draw.standard_normal(people)
            answer = np.clip(np.rint(3.9 + 1.4 * latent * style), 1, 6)
            answer[draw.random(people) < 0.02] = np.nan
            columns[f"{scale}{k}"] = answer
    columns["gender"] = np.where(draw.random(people) < 0.4, 1.0, 2.0)
    columns["education"] = draw.integers(1, 6, people).astype(float)
    columns["age"] = np.clip(np.rint(29 + 11 * draw.standard_normal(people)), 16, 86)
    frame = pd.DataFrame(columns)
    frame.index = pd.Index([f"s{i}" for i in range(people)], name="person")
    return frame


# --- methods: each returns probabilities (people, items, steps), and drawn answers -------------

Method = Callable[[Panel, list[str], list[str]], tuple[FloatArray, FloatArray]]


def folds(panel: Panel) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Training and test rows of every fold."""
    fold = fold_of(panel.persons, FOLDS)
    for k in range(FOLDS):
        yield fold != k, fold == k


def drawn(chances: FloatArray) -> FloatArray:
    """Independent draws, as answers 0 … steps − 1."""
    levels = np.random.default_rng(1).random(chances.shape[:2])
    above = levels[:, :, None] > np.cumsum(chances, axis=2)[:, :, :-1]
    return np.asarray(above.sum(axis=2), dtype=np.float64)


def by_item(fit: Callable[..., FloatArray]) -> Method:
    """A method that predicts every item by itself from the same features as ridge."""

    def method(
        panel: Panel, block: list[str], features: list[str]
    ) -> tuple[FloatArray, FloatArray]:
        mapping = FeatureMap.fit(panel, features, panel.weights())
        x = np.column_stack([mapping.matrix(panel), mapping.style(panel)])
        steps = len(panel.codebook[block[0]].codes)
        chances = np.zeros((len(panel), len(block), steps))
        for train, test in folds(panel):
            for j, name in enumerate(block):
                y = panel.numbers(name)
                known = train & ~np.isnan(y)
                chances[test, j] = fit(x[known], y[known].astype(int) - 1, x[test], steps)
        return chances, drawn(chances)

    return method


def marginal(_: FloatArray, y: npt.NDArray[np.int_], new: FloatArray, steps: int) -> FloatArray:
    """Everybody gets the shares."""
    return np.tile(np.bincount(y, minlength=steps) / len(y), (len(new), 1))


def constant(_: FloatArray, y: npt.NDArray[np.int_], new: FloatArray, steps: int) -> FloatArray:
    """Everybody gets the median; a thousandth of the rest keeps the log-loss finite."""
    chances = np.full((len(new), steps), 0.001 / steps)
    chances[:, int(np.median(y))] += 0.999
    return chances


def forest(x: FloatArray, y: npt.NDArray[np.int_], new: FloatArray, steps: int) -> FloatArray:
    """Random forest."""
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(200, min_samples_leaf=5, random_state=0).fit(x, y)
    return spread(model.classes_, model.predict_proba(new), steps)


def boosting(x: FloatArray, y: npt.NDArray[np.int_], new: FloatArray, steps: int) -> FloatArray:
    """Histogram gradient boosting."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=60,
        max_leaf_nodes=8,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    ).fit(x, y)
    return spread(model.classes_, model.predict_proba(new), steps)


def spread(classes: npt.NDArray[np.int_], found: FloatArray, steps: int) -> FloatArray:
    """Probabilities of all steps, those without training answers included."""
    chances = np.full((len(found), steps), 1e-6)
    chances[:, classes] += found
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float64)


def donor(panel: Panel, block: list[str], features: list[str]) -> tuple[FloatArray, FloatArray]:
    """One of the 50 nearest people gives all answers of the block."""
    from sklearn.neighbors import NearestNeighbors

    x = FeatureMap.fit(panel, features, panel.weights()).matrix(panel)
    answers = np.column_stack([panel.numbers(name) for name in block]) - 1
    steps = len(panel.codebook[block[0]].codes)
    chances = np.zeros((len(panel), len(block), steps))
    draws = np.zeros((len(panel), len(block)))
    choice = np.random.default_rng(1).integers(0, 50, len(panel))
    for train, test in folds(panel):
        pool = np.flatnonzero(train & ~np.isnan(answers).any(axis=1))
        near = pool[NearestNeighbors(n_neighbors=50).fit(x[pool]).kneighbors(x[test])[1]]
        for k in range(steps):
            chances[test, :, k] = ((answers[near] == k).sum(axis=1) + 0.5) / (50 + 0.5 * steps)
        draws[test] = answers[near[np.arange(len(near)), choice[test]]]
    return chances, draws


def ours(blend: bool) -> Method:
    """The statistical respondent."""

    def method(
        panel: Panel, block: list[str], features: list[str]
    ) -> tuple[FloatArray, FloatArray]:
        targets = [Target(key=n, name=n, variable=panel.codebook[n]) for n in block]
        visible = panel.select(features)
        found = fit_predict(panel, targets, features, visible, folds=FOLDS, blend=blend)
        chances = np.stack([found.probabilities(name)[1] for name in block], axis=1)
        noise = np.random.default_rng(1).standard_normal((len(panel), len(block)))
        levels = np.array([found.levels(i, noise[i]) for i in range(len(panel))])
        cuts = np.cumsum(chances, axis=2)[:, :, :-1]
        return chances, (levels[:, :, None] > cuts).sum(axis=2).astype(float)

    return method


# --- figures ----------------------------------------------------------------------------------


def figures(truth: FloatArray, chances: FloatArray, draws: FloatArray) -> dict[str, list[float]]:
    """Figures of one block, one per item (pairs of items for correlations)."""
    steps = chances.shape[2]
    found: dict[str, list[float]] = {"r": [], "log-loss": [], "nWD": [], "variance": []}
    for j in range(truth.shape[1]):
        known = ~np.isnan(truth[:, j])
        y, d = truth[known, j], draws[known, j]
        expected = chances[known, j] @ np.arange(steps)
        flat = expected.std() < 1e-9 or (expected - np.median(expected)).std() < 1e-9
        found["r"].append(0.0 if flat else float(np.corrcoef(expected, y)[0, 1]))
        own = chances[known, j][np.arange(len(y)), y.astype(int)]
        found["log-loss"].append(float(-np.log(np.maximum(own, 1e-6)).mean()))
        gaps = [abs((d <= k).mean() - (y <= k).mean()) for k in range(steps - 1)]
        found["nWD"].append(float(np.sum(gaps) / (steps - 1)))
        found["variance"].append(float(d.var() / y.var()))
    found["correlations"] = correlation_gaps(truth, np.where(np.isnan(truth), np.nan, draws))
    return found


def correlation_gaps(a: FloatArray, b: FloatArray) -> list[float]:
    """|Difference| of the correlation of every pair of items; nothing where one is constant."""
    pairs = np.triu_indices(a.shape[1], 1)
    gap = np.abs(pd.DataFrame(a).corr().to_numpy() - pd.DataFrame(b).corr().to_numpy())[pairs]
    return [float(g) for g in gap if not np.isnan(g)]


def designs() -> dict[str, list[list[str]]]:
    """Blocks of hidden items, by design."""
    items = [f"{s}{k}" for s in SCALES for k in range(1, 6)]
    dealt = [items[i] for i in np.random.default_rng(0).permutation(len(items))]
    return {
        "five random items hidden": [dealt[i::5] for i in range(5)],
        "whole scale hidden": [items[i : i + 5] for i in range(0, 25, 5)],
    }


def main() -> None:
    """Print one table per design."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, help="bfi.csv; synthetic people without it")
    parser.add_argument("--data", type=Path, help="the same, as an option")
    parser.add_argument("--quick", action="store_true", help="leave out the blend and the forest")
    given = parser.parse_args()
    panel = read(given.file or given.data)
    methods: dict[str, Method] = {
        "marginal draw": by_item(marginal),
        "constant": by_item(constant),
        "kNN donor": donor,
        "random forest": by_item(forest),
        "HistGradientBoosting": by_item(boosting),
        "ridge (default)": ours(blend=False),
        "blend": ours(blend=True),
    }
    if given.quick:
        del methods["random forest"], methods["blend"]
    print(f"{panel.source}: {len(panel):,} people")
    for design, blocks in designs().items():
        print(f"\n{design}")
        head = ("r", "log-loss", "nWD", "variance", "correlations", "seconds")
        print(f"{'':22s}" + "".join(f"{name:>13s}" for name in head))
        for name, method in methods.items():
            began = time.perf_counter()
            rows: dict[str, list[float]] = {}
            control: list[float] = []
            for block in blocks:
                features = [n for n in panel.names if n not in block]
                truth = np.column_stack([panel.numbers(n) for n in block]) - 1
                with threadpool_limits(1):
                    chances, draws = method(panel, block, features)
                for key, values in figures(truth, chances, draws).items():
                    rows.setdefault(key, []).extend(values)
                if name == "ridge (default)":
                    order = np.random.default_rng(2).permutation(len(panel))
                    control += figures(truth, chances[order], draws[order])["r"]
            seconds = time.perf_counter() - began
            means = [float(np.mean(rows[h])) if rows[h] else float("nan") for h in head[:-1]]
            print(f"{name:22s}" + "".join(f"{m:13.3f}" for m in means) + f"{seconds:13.1f}")
            if control:
                print(f"{'  persons shuffled':22s}{np.mean(control):13.3f}")
        split = split_half(panel, blocks)
        print(
            f"{'  human split half':22s}" + " " * 26 + f"{split[0]:13.3f}{'':13s}{split[1]:13.3f}"
        )


def split_half(panel: Panel, blocks: list[list[str]]) -> tuple[float, float]:
    """nWD and correlation error between two random halves of the people."""
    half = np.random.default_rng(3).permutation(len(panel)) % 2 == 0
    distances: list[float] = []
    gaps: list[float] = []
    for block in blocks:
        truth = np.column_stack([panel.numbers(n) for n in block])
        for j, name in enumerate(block):
            steps = len(panel.codebook[name].codes)
            a, b = truth[half, j], truth[~half, j]
            a, b = a[~np.isnan(a)], b[~np.isnan(b)]
            cuts = [abs((a <= k).mean() - (b <= k).mean()) for k in range(1, steps)]
            distances.append(float(np.sum(cuts) / (steps - 1)))
        gaps += correlation_gaps(truth[half], truth[~half])
    return float(np.mean(distances)), float(np.mean(gaps))


if __name__ == "__main__":
    main()
