"""Draw the synthetic sample and write it: `python -m understudy.data.samples.generate OUTDIR`.

With `--check` nothing is written: a table of published against realised figures is printed, and
the exit code is 1 if one of them lies outside its tolerance.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import drawn_names
from .check import rows, table
from .draw import panels

__all__ = ["main", "write_samples"]


def write_samples(folder: Path) -> tuple[Path, ...]:
    """Draw the sample and write every file of `drawn_names`, and codebooks, into `folder`.

    Returns:
        The data files written.

    Raises:
        FileError: A file cannot be written.
    """
    from ..write import write

    folder.mkdir(parents=True, exist_ok=True)
    drawn = panels()
    paths = tuple(folder / name for name in drawn_names())
    for path in paths:
        write(drawn[path.stem], path)
    return paths


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m understudy.data.samples.generate",
        description="Draw the synthetic sample from its published figures.",
    )
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("folder", nargs="?", type=Path, metavar="OUTDIR", help="where to write")
    asked.add_argument(
        "--check", action="store_true", help="print published against realised figures"
    )
    options = parser.parse_args(arguments)
    if options.check:
        found = rows(panels())
        sys.stdout.write(table(found))
        return 0 if all(row.holds for row in found) else 1
    for path in write_samples(options.folder):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
