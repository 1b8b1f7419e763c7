"""Cognitive people in the dictator, trust and ultimatum games beside real ones:
`social_games.py [PATH]`.

PATH is the table of scores of Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), with the columns
score_dictator_sender, score_trustgame_sender, score_trustgame_receiver, score_ultimatum_sender and
score_ultimatum_accepted, in percent. Those people divided $5 in steps of $1, hypothetically; the
cognitive people are given the same designs. They are calibrated to meta-analyses of games for
money, not to this table. Without a path, they stand beside the published figures alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from understudy.data.codebook import Codebook, Level, Variable
from understudy.data.panel import Panel
from understudy.data.read import read
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.fieldwork.display import SilentDisplay
from understudy.surveys.respondents import make_respondent
from understudy.surveys.tasks import make_task
from understudy.surveys.tasks.battery import battery
from understudy.surveys.tasks.scoring import score_tasks
from understudy.twins.twin import Twins

SHARES = np.linspace(0.0, 1.0, 6)
COLUMNS = {
    "dictator_share": "score_dictator_sender",
    "trust_sent": "score_trustgame_sender",
    "trust_returned": "score_trustgame_receiver",
    "ultimatum_offer": "score_ultimatum_sender",
    "ultimatum_accepted": "score_ultimatum_accepted",
}
"""Score of a task → column of the table."""


def cognitive(people: int, seed: int) -> Panel:
    """Scores of cognitive people in the three games with $5."""
    games = battery(
        [
            make_task("dictator", endowment=5.0),
            make_task("trust", endowment=5.0, asked=[1, 2, 3, 4, 5]),
            make_task("ultimatum", endowment=5.0, responder="each"),
        ]
    )
    ids = pd.Index([f"p{number}" for number in range(people)], name="person", dtype=object)
    blank = Panel(
        frame=pd.DataFrame({"number": np.arange(people, dtype=float)}, index=ids),
        codebook=Codebook((Variable(name="number", level=Level.INTERVAL),)),
    )
    run = administer(
        games,
        Twins.from_panel(blank),
        make_respondent("cognitive"),
        seed=seed,
        display=SilentDisplay(),
    )
    return score_tasks(games, run.panel)


def line(label: str, values: np.ndarray) -> str:
    """Mean, SD, and shares of people nearest to each fifth of the endowment."""
    known = values[~np.isnan(values)]
    nearest = np.abs(known[:, None] - SHARES).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(SHARES)) / len(known)
    cells = "".join(f"{share:7.1%}" for share in shares)
    return f"  {label:22}{len(known):6,}{known.mean():8.3f}{known.std(ddof=1):7.3f} {cells}"


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Wasserstein-1 of two samples of shares."""
    levels = np.linspace(0.0005, 0.9995, 1000)
    a, b = (np.quantile(side[~np.isnan(side)], levels) for side in (one, other))
    return float(np.abs(a - b).mean())


def correlations(columns: dict[str, np.ndarray]) -> str:
    ranks = pd.DataFrame(columns).corr(method="spearman")
    names = list(columns)
    pairs = [(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]
    return "\n".join(f"    {a} × {b}: {ranks.loc[a, b]:.2f}" for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split(":\n")[0])
    parser.add_argument("path", nargs="?", type=Path, help="table of scores of Twin-2K-500")
    parser.add_argument("--people", type=int, default=2058)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    scores = cognitive(given.people, given.seed)
    mine = {name: scores.numbers(name) for name in COLUMNS}
    theirs: dict[str, np.ndarray] = {}
    if given.path is not None:
        table = read(given.path, person=["pid"])
        theirs = {name: table.numbers(column) / 100 for name, column in COLUMNS.items()}
    header = "".join(f"{share:7.0%}" for share in SHARES)
    print(f"{'':24}{'n':>6}{'mean':>8}{'SD':>7} {header}")
    for name in COLUMNS:
        print(name)
        print(line("cognitive", mine[name]))
        if theirs:
            print(line("people", theirs[name]))
            print(f"  Wasserstein-1 {distance(mine[name], theirs[name]):.3f}")
        task, _, measure = name.partition("_")
        for r in make_task(task).people():
            if r.measure == measure:
                print(f"  published: {r.wording} {r.value:.3f} ({r.mark}; {r.source})")
    print("rank correlations\n  cognitive\n" + correlations(mine))
    if theirs:
        print("  people\n" + correlations(theirs))


if __name__ == "__main__":
    main()
