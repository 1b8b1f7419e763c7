"""Reproduce the published outcome table of the twin mega-study (arXiv 2509.19088).

    python benchmarks/mega_study.py FOLDER [--specification with_reasoning]

FOLDER holds outcomes_human.csv, outcomes_twins.csv, outcomes.csv (study, variable, min, max) and
published_metrics.csv, made from the study's public repository (Apache-2.0): answers of people and
of their twins, rows joined on TWIN_ID, and the authors' own correlation, accuracy, SD ratio,
Glass Δ and n by outcome and persona specification. The figures come from `understudy compare
--profile mega-study`; the same answers under our own conventions follow.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from understudy.compare.profiles import profile_named, profiled
from understudy.compare.ranges import read_ranges, with_ranges
from understudy.compare.scorecard import compare
from understudy.data.read import read

PUBLISHED = {
    "r": "correlation",
    "accuracy": "current_accuracy",
    "sd_ratio": "std_ratio",
    "glass_delta": "Glass_delta",
    "n": "n_points",
}


def command(folder: Path) -> pd.DataFrame:
    """The table as the command line prints it."""
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-c",
                "from understudy.cli import main; main()",
                "compare",
                folder / "outcomes_twins.csv",
            ),
            *("--human", folder / "outcomes_human.csv", "--ranges", folder / "outcomes.csv"),
            *("--profile", "mega-study", "--json"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return pd.DataFrame(json.loads(done.stdout)).set_index("outcome")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--specification", default="with_reasoning")
    chosen = parser.parse_args()
    published = pd.read_csv(chosen.folder / "published_metrics.csv")
    published = published[published["specification_type"] == chosen.specification]
    published = published.set_index("variable_name")
    ranges = read_ranges(chosen.folder / "outcomes.csv")
    start = time.perf_counter()
    twins, people = (read(chosen.folder / f"outcomes_{who}.csv") for who in ("twins", "human"))
    table = profiled(twins, people, profile_named("mega-study"), ranges).to_pandas()
    seconds = time.perf_counter() - start
    typed = command(chosen.folder)
    print(f"{len(table)} outcomes, {chosen.specification}, read and scored in {seconds:.1f} s")
    print(f"{'':<14}{'outcomes':>9}{'largest difference':>20}{'undefined alike':>17}")
    worst = 0.0
    for ours, theirs in PUBLISHED.items():
        expected = published.loc[table.index, theirs].astype(float)
        for found in (table[ours].astype(float), typed.loc[table.index, ours].astype(float)):
            gap = float((found - expected).abs().max())
            alike = bool((found.isna() == expected.isna()).all())
            worst = max(worst, gap if alike else np.inf)
        print(f"{ours:<14}{len(expected):>9}{gap:>20.1e}{alike!s:>17}")
    print("agrees to 1e-9" if worst <= 1e-9 else "DOES NOT AGREE to 1e-9")
    card = compare(with_ranges(twins, ranges), with_ranges(people, ranges), bootstrap=200)
    print("\nThe same answers under our conventions:")
    for line in card.verdict:
        print(f"- {line}")
    raise SystemExit(worst > 1e-9)


if __name__ == "__main__":
    main()
