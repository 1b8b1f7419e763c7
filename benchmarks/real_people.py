"""Run the main job on real respondents and print the headlines: `real_people.py FOLDER`.

FOLDER holds (any that are missing are passed over):

- `retest/bfi.csv` (R package psychTools): every Big Five scale is held out in turn;
- `retest/epiR.csv` (psychTools): ten items held out, occasion 1 makes the twins and is the truth,
  occasion 2 is the retest;
- `twin2k/scores.csv` and `mega_study/outcomes_human.csv` (Twin-2K-500 and its mega-study):
  all outcomes predicted from the record.

Every figure is printed beside its references, as `understudy compare` gives them.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from understudy import notebook
from understudy.cli.jobs import Job, execute, human_panel
from understudy.cli.sources import PanelSource
from understudy.compare.card import Scorecard
from understudy.surveys.fieldwork.display import SilentDisplay

SHOWN = ("accuracy", "pearson", "sd_ratio", "wasserstein", "total_variation", "ratio_of_means")


def jobs(folder: Path) -> Iterator[tuple[str, Job, PanelSource | None]]:
    """Name, job, and where the second answers are."""
    bfi, epi = folder / "retest" / "bfi.csv", folder / "retest" / "epiR.csv"
    scores = folder / "twin2k" / "scores.csv"
    outcomes = folder / "mega_study" / "outcomes_human.csv"
    if bfi.exists():
        for scale in "ACENO":
            yield (
                f"bfi, scale {scale}",
                Job(panel=PanelSource(path=bfi), holdout=(f"{scale}?",)),
                None,
            )
    if epi.exists():
        first = PanelSource(path=epi, person=("study", "id"), wave="time", at="1")
        yield "epiR, V10 to V19", Job(panel=first, holdout=("V1?",)), first.replace(at="2")
    if scores.exists() and outcomes.exists():
        joined = PanelSource(path=outcomes, person=("TWIN_ID",))
        job = Job(
            panel=PanelSource(path=scores, person=("pid",)),
            joins=(joined,),
            holdout=("block:outcomes_human",),
        )
        yield "Twin-2K record, mega-study outcomes", job, None


def score(job: Job, retest: PanelSource | None) -> Scorecard:
    with tempfile.TemporaryDirectory() as folder:
        run, _, _ = execute(job, Path(folder) / "x.run", workers=8, display=SilentDisplay())
        second = retest.read() if retest is not None else None
        return notebook.compare(run, human_panel(job), retest=second)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for name, job, retest in jobs(parser.parse_args().folder):
        began = time.perf_counter()
        card = score(job, retest)
        m = card.method
        print(
            f"\n{name}: {m.people:,} people, {m.items} items, {m.cells:,} answers, "
            f"{time.perf_counter() - began:.0f} s"
        )
        print(f"{'':16}{'twins':>8}{'interval':>17}{'best':>8}{'const':>8}{'draw':>8}"
              f"{'shuffled':>10}{'floor':>8}{'retest':>8}")  # fmt: skip
        for row in card.overall:
            if row.metric in SHOWN:
                beside = [row.references.get(n, math.nan) for n in ("best guess", "constant")]
                beside += [row.references[n] for n in ("marginal", "shuffled")]
                low, high = row.interval
                print(
                    f"{row.metric:16}{_cell(row.estimate):>8}"
                    f"{f'[{_cell(low)}, {_cell(high)}]':>17}"
                    + "".join(
                        f"{_cell(value):>{width}}"
                        for value, width in zip(
                            (*beside, row.floor, row.retest), (8, 8, 8, 10, 8, 8), strict=True
                        )
                    )
                )


def _cell(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


if __name__ == "__main__":
    main()
