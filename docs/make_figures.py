"""Make the figures of the documentation from the bundled sample: `python docs/make_figures.py`.

Writes `docs/scorecard.svg`, the terminal scorecard of `understudy demo`, and prints the path.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from understudy.cli.demo import demo_job, demo_scorecard, lay_out
from understudy.cli.jobs import execute
from understudy.compare.render import print_scorecard
from understudy.surveys.fieldwork.display import SilentDisplay

WIDTH = 100


def main() -> None:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "scorecard.svg")
    with tempfile.TemporaryDirectory() as folder:
        files = lay_out(Path(folder))
        job = demo_job(files, seed=0)
        run, _, _ = execute(job, Path(folder) / "pilot.run", workers=8, display=SilentDisplay())
        card = demo_scorecard(run, job, files)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    print_scorecard(card, console)
    svg = console.export_svg(title="understudy demo")
    # The stock stylesheet fetches fonts from the network; a README needs no network.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    target.write_text(svg, encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
