"""Compare the statistical respondent with the fused one: `fusion.py [FOLDER]`.

Everybody is predicted from models fitted without their fold. Log-loss is in nats, r is the mean
correlation of the expected answer with the true one, both over the people with simulated answers;
"change" is the mean change of the log-loss by fusion, "worst" that of the item it served worst.

- Without FOLDER: a synthetic panel of five factors. Simulated answers are the person's own with
  noise of one, two, four steps, or nothing but noise, for everybody or for 100 people.
- FOLDER with `twin2k/scores.csv`, `mega_study/outcomes_human.csv` and `outcomes_twins.csv`
  (Twin-2K-500 and its mega-study, arXiv 2505.17479 and 2509.19088): what a language model with the
  persona really answered to 102 outcomes of 1,784 people.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from understudy.data.codebook import Codebook, Level, Role, Variable
from understudy.data.join import join
from understudy.data.panel import Panel
from understudy.data.read import read
from understudy.surveys.respondents.learning import Target, fit_predict
from understudy.surveys.respondents.predictions import Predictions
from understudy.surveys.respondents.simulated import simulated

FloatArray = npt.NDArray[np.float64]
STEPS = tuple((float(k), str(k)) for k in range(1, 7))


def synthetic(people: int, seed: int = 1) -> Panel:
    """Five correlated factors, five items on six steps each."""
    draw = np.random.default_rng(seed)
    factors = draw.standard_normal((people, 5)) @ np.linalg.cholesky(0.2 + 0.8 * np.eye(5)).T
    columns = {
        f"{scale}{k}": np.clip(
            np.rint(3.5 + 1.4 * (0.65 * factors[:, s] + 0.76 * draw.standard_normal(people))), 1, 6
        )
        for s, scale in enumerate("ACENO")
        for k in range(1, 6)
    }
    frame = pd.DataFrame(columns, index=pd.Index([f"s{i}" for i in range(people)], name="person"))
    book = [Variable(name=name, level=Level.ORDINAL, labels=STEPS) for name in columns]
    return Panel(frame, Codebook(tuple(book)), source="synthetic")


def answered(panel: Panel, names: list[str], noise: float, people: int) -> Panel:
    """Simulated answers of some people: their own with noise, or noise alone (infinite)."""
    draw = np.random.default_rng(2)
    part = panel.select(names).take(np.sort(draw.permutation(len(panel))[:people]))
    frame = part.frame.copy()
    for name in names:
        steps = draw.integers(1, 7, people).astype(float)
        if np.isfinite(noise):
            steps = frame[name].to_numpy() + noise * draw.standard_normal(people)
        frame[name] = np.clip(np.rint(steps), 1, 6)
    return Panel(frame, part.codebook)


def scores(found: Predictions, name: str, truth: FloatArray) -> tuple[float, float]:
    """Log-loss and correlation of one item over the people with a true answer."""
    codes, chances = found.probabilities(name)
    place = {code: k for k, code in enumerate(codes)}
    rows = [i for i, value in enumerate(truth.tolist()) if value in place]
    own = chances[rows, [place[truth[i]] for i in rows]]
    expected = chances[rows] @ np.array([float(code) for code in codes])
    flat = expected.std() < 1e-9 or truth[rows].std() < 1e-9
    r = 0.0 if flat else float(np.corrcoef(expected, truth[rows])[0, 1])
    return float(-np.log(np.maximum(own, 1e-6)).mean()), r


def measure(label: str, panel: Panel, model: Panel, names: list[str], features: list[str]) -> None:
    """Print one line."""
    targets = [Target(key=name, name=name, variable=panel.codebook[name]) for name in names]
    visible = panel.select(features)
    said = simulated(model.select(names))
    began = time.perf_counter()
    alone = fit_predict(panel, targets, features, visible)
    between = time.perf_counter()
    both = fit_predict(panel, targets, features, visible, extra=said.evidence(panel, visible))
    ended = time.perf_counter()
    table = said.of(panel)
    lines = []
    for name in names:
        truth = panel.numbers(name).copy()
        truth[np.isnan(table[:, said.own[name][0]])] = np.nan
        share = float(np.mean([fact.fused for fact in both.facts[name]]))
        lines.append((*scores(alone, name, truth), *scores(both, name, truth), share))
    loss, r, fused_loss, fused_r, share = np.array(lines).mean(axis=0)
    change = [line[2] - line[0] for line in lines]
    print(
        f"{label:34}{loss:9.4f}{fused_loss:9.4f}{np.mean(change):+9.4f}{max(change):+9.4f}"
        f"{r:8.3f}{fused_r:8.3f}{share:8.2f}{between - began:8.1f}{ended - between:8.1f}",
        flush=True,
    )


def real(folder: Path) -> None:
    """What a language model answered for the people of the mega-study."""
    record = read(folder / "twin2k" / "scores.csv", person=("pid",))
    human = read(folder / "mega_study" / "outcomes_human.csv", person=("TWIN_ID",))
    model = read(folder / "mega_study" / "outcomes_twins.csv", person=("TWIN_ID",))
    panel = join(record, human)
    names = [
        v.name
        for v in human.codebook.of_role(Role.ITEM)
        if v.kind == "number" and v.name in model.codebook
    ]
    features = [n for n in record.names if panel.codebook[n].role in (Role.ITEM, Role.DEMOGRAPHIC)]
    measure(f"mega-study, {len(names)} outcomes", panel, model, names, features)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    folder = parser.parse_args().folder
    print(
        f"{'':34}{'log-loss':>9}{'fused':>9}{'change':>9}{'worst':>9}{'r':>8}{'fused':>8}"
        f"{'share':>8}{'s':>8}{'fused':>8}"
    )
    names = ["A1", "A2", "C1", "E1", "N1", "O1"]
    for people in (200, 600, 2000):
        panel = synthetic(people)
        features = [name for name in panel.names if name not in names]
        for asked in (people, 100):
            for noise in (1.0, 2.0, 4.0, np.inf):
                label = f"{people:,} people, {asked:,} asked, noise {noise:g}"
                measure(label, panel, answered(panel, names, noise, asked), names, features)
    if folder is not None:
        real(folder)


if __name__ == "__main__":
    main()
