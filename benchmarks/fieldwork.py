"""How fast fieldwork is, ledger on, with a respondent that does nothing.

    python benchmarks/fieldwork.py             600 × 60, one question per page and 20
    python benchmarks/fieldwork.py --large     also 2,000 × 500, and resuming it half done

Each measurement runs in a process of its own, so that its peak memory is its own. The memory of
the imports alone is printed beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from understudy.data.codebook import Code, Codebook, Level, Role, Variable
from understudy.data.errors import BudgetReachedError
from understudy.data.panel import Panel
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.run import load_run
from understudy.surveys.question import Option, Question
from understudy.surveys.questionnaire import Block, Questionnaire
from understudy.surveys.questions import Likert
from understudy.surveys.respondent import Basis, Interview, Page, Preparation, Reply
from understudy.twins.twin import Twins

LABELS = ("strongly disagree", "disagree", "neither", "agree", "strongly agree")
SHARES: tuple[tuple[Code, float], ...] = tuple((c, 0.2) for c in (1.0, 2.0, 3.0, 4.0, 5.0))


class Null:
    """Answers 3 to everything; stops, as for want of money, after `most` pages."""

    spec = "null"
    fingerprint = "null"

    def __init__(self, *, paid: bool = False, most: int | None = None) -> None:
        self.paid = paid
        self.most = most
        self.pages = 0
        self.first = 0.0

    def prepare(self, *_: object) -> Preparation:
        return Preparation()

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        if not self.pages:
            self.first = time.perf_counter()
        if self.pages == self.most:
            raise BudgetReachedError("enough")
        self.pages += 1
        attempt = 0
        if self.paid:
            attempt = await interview.attempts.begin(page.number, {"request": "0" * 32})
            await asyncio.sleep(0)
            usage = {"input_tokens": 1000, "output_tokens": 20, "cost": 0.001}
            await interview.attempts.end(attempt, "answered", usage)
        return [
            Reply(v.name, 3.0, None, Basis.PANEL, SHARES, attempt=attempt)
            for shown in page.questions
            for v in shown.variables
        ]

    async def aclose(self) -> None:
        pass


def people(count: int) -> Twins:
    index = pd.Index([f"person {i:06d}" for i in range(count)], name="person")
    frame = pd.DataFrame({"age": np.arange(count) % 60 + 18.0}, index=index)
    age = Variable(name="age", level=Level.INTERVAL, role=Role.DEMOGRAPHIC)
    return Twins.from_panel(Panel(frame, Codebook((age,))))


def survey(items: int, per_page: int) -> Questionnaire:
    options = tuple(Option(code=float(c), label=text) for c, text in enumerate(LABELS, 1))
    questions: list[Question] = [
        Likert(name=f"q{i}", text=f"How far do you agree with statement {i}?", options=options)
        for i in range(items)
    ]
    pages = tuple(tuple(questions[i : i + per_page]) for i in range(0, items, per_page))
    return Questionnaire(name="benchmark", blocks=(Block(name="all", pages=pages),))


def measure(
    count: int, items: int, per_page: int, paid: bool, workers: int, stop: float
) -> dict[str, Any]:
    """Run once; with `stop`, run that share, then resume."""
    base = peak()
    twins, asked = people(count), survey(items, per_page)
    found: dict[str, Any] = {"imports_mb": base}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.ledger"
        if stop:
            # One worker for each person, so that every interview is half done at the break.
            begun = Null(most=int(count * items / per_page * stop))
            try:
                administer(asked, twins, begun, ledger=path, workers=count)
            except BudgetReachedError:
                found["recorded"] = sum(load_run(path).dispositions().values())
        respondent = Null(paid=paid)
        start = time.perf_counter()
        administer(asked, twins, respondent, ledger=path, workers=workers)
        seconds = time.perf_counter() - start
        found["resume_s"] = respondent.first - start
        found["seconds"] = seconds
        found["per_second"] = respondent.pages * per_page / seconds
        found["peak_mb"] = peak()
        found["ledger_mb"] = path.stat().st_size / 1e6
        start = time.perf_counter()
        panel = load_run(path).panel
        found["panel_s"] = time.perf_counter() - start
        assert len(panel) == count
    return found


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


CASES: dict[str, tuple[int, int, int, bool, int, float]] = {
    "600 × 60, 1 per page": (600, 60, 1, False, 8, 0.0),
    "600 × 60, 20 per page": (600, 60, 20, False, 8, 0.0),
    "600 × 10, 1 per page, paid, 50 workers": (600, 10, 1, True, 50, 0.0),
    "2,000 × 500, 1 per page": (2000, 500, 1, False, 8, 0.0),
    "2,000 × 500, 20 per page": (2000, 500, 20, False, 8, 0.0),
    "2,000 × 1,000, resumed half done": (2000, 1000, 20, False, 8, 0.5),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also a million answers")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(*CASES[options.case])))
        return
    print(f"{'':40}{'answers/s':>10}{'s':>7}{'to ask':>8}{'peak MB':>9}{'(imports)':>10}{'MB':>7}")
    for name in list(CASES)[: None if options.large else 3]:
        done = subprocess.run(
            [sys.executable, __file__, "--case", name],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        got = json.loads(done.stdout)
        print(
            f"{name:40}{got['per_second']:10,.0f}{got['seconds']:7.2f}{got['resume_s']:8.2f}"
            f"{got['peak_mb']:9.0f}{got['imports_mb']:10.0f}{got['ledger_mb']:7.1f}"
            f"   panel in {got['panel_s']:.2f} s"
            + (f", {got['recorded']:,} on record" if "recorded" in got else "")
        )


if __name__ == "__main__":
    main()
