"""What reading a .sav file costs over bare pyreadstat: seconds, and memory of all processes.

    python benchmarks/reading.py --rows 100000 --columns 300

Each reading runs in a fresh process. Memory is the largest sum of resident sizes of a process and
its children, sampled every 10 ms from /proc; shared pages count in each. Linux only.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAGE = 4096
TARGETS = {"seconds": 1.5, "memory": 2.0}
PROGRAMS = {
    "pyreadstat": "import pyreadstat, sys; pyreadstat.read_sav(sys.argv[1])",
    "understudy": "import sys; from understudy.data.read import read; read(sys.argv[1])",
}


def generate(path: Path, rows: int, columns: int) -> None:
    """Write answers 1 to 7 with refusals, blanks, labels and a person id."""
    import numpy as np
    import pandas as pd
    import pyreadstat

    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        rng.integers(1, 8, (rows, columns)).astype(float),
        columns=[f"q{i}" for i in range(columns)],
    )
    for i in range(0, columns, 3):
        frame[f"q{i}"] = frame[f"q{i}"].mask(rng.random(rows) < 0.03, -99.0)
    for i in range(0, columns, 5):
        frame[f"q{i}"] = frame[f"q{i}"].mask(rng.random(rows) < 0.05)
    labels = {float(code): f"Answer {code}" for code in range(1, 8)}
    labels |= {-99.0: "Refused", -98.0: "Don't know"}
    questions = list(frame.columns)
    people = pd.DataFrame({"person": np.arange(1.0, rows + 1)})
    frame = pd.concat([people, frame], axis=1)
    pyreadstat.write_sav(
        frame,
        str(path),
        variable_value_labels=dict.fromkeys(questions, labels),
        missing_ranges={name: [-99.0, -98.0] for name in questions},
        variable_measure=dict.fromkeys(questions, "ordinal"),
    )


def measure(program: str, path: Path) -> tuple[float, float]:
    """Seconds and peak MB of one program, children included."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", program, str(path)])
    peak = 0
    while process.poll() is None:
        peak = max(peak, resident(process.pid))
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"reading failed with exit code {process.returncode}")
    return seconds, peak / 1e6


def resident(pid: int) -> int:
    """Resident bytes of a process and its children; 0 once it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return pages * PAGE + sum(resident(int(child)) for child in children)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3, help="medians are taken over these")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.sav"
        generate(path, chosen.rows, chosen.columns)
        size = path.stat().st_size / 1e6
        print(f"{chosen.rows:,} people × {chosen.columns} questions, {size:.0f} MB")
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
        for _ in range(chosen.repeats):
            for name, program in PROGRAMS.items():
                found[name].append(measure(program, path))
    medians = {
        name: [statistics.median(column) for column in zip(*runs, strict=True)]
        for name, runs in found.items()
    }
    for name, (seconds, memory) in medians.items():
        print(f"{name:<12}{seconds:6.2f} s {memory:8.0f} MB")
    pairs = zip(TARGETS.items(), medians["understudy"], medians["pyreadstat"], strict=True)
    for (what, target), ours, bare in pairs:
        verdict = "ok" if ours <= target * bare else "TOO MUCH"
        print(f"{what:<12}{ours / bare:6.2f} × (target {target}) {verdict}")


if __name__ == "__main__":
    main()
