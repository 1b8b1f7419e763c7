"""Reads damaged copies of files, one after another, and tells how each ended.

Run as `python mutants.py FOLDER FIRST` in a process of its own: ReadStat may crash on such files,
which in the product ends the child that parses them. The test starts it again behind the copy that
ended it. Writes one line per copy: its number and ending, then "fine", "refused", or what is wrong.
"""

from __future__ import annotations

import importlib
import json
import random
import signal
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from understudy.data import sandbox
from understudy.data.describe import describe
from understudy.data.errors import UnderstudyError
from understudy.data.read import read
from understudy.data.readers.options import ReadOptions
from understudy.data.table import Table

SECONDS = 10
CUTS, FLIPS = 12, 28


def mutants(raw: bytes, name: str) -> list[bytes]:
    """Truncated copies, and copies with some bytes changed: most of them in the header."""
    rng = random.Random(name)
    cut = [raw[: rng.randrange(1, len(raw))] for _ in range(CUTS)]
    flipped = []
    for _ in range(FLIPS):
        copy = bytearray(raw)
        for _ in range(rng.choice([1, 1, 2, 8])):
            at = rng.randrange(len(copy) if rng.random() < 0.5 else min(len(copy), 1200))
            copy[at] = rng.choice([rng.randrange(256), copy[at] ^ 1 << rng.randrange(8), 0, 255])
        flipped.append(bytes(copy))
    return cut + flipped


def outcome(path: Path) -> str:
    """How reading a file ends."""
    try:
        json.dumps(describe(read(path)).to_json(), allow_nan=False)
    except UnderstudyError as error:
        plain = error.what and error.remedy and "\n" not in str(error) and "\x1b" not in str(error)
        return "refused" if plain else f"badly told: {error}"
    except MemoryError:
        return "refused"  # in the child, the limit on memory says so in a sentence
    except Exception as error:  # noqa: BLE001  # the test is about exceptions nobody foresaw
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
    return "fine"


def _here(reader: str, path: Path, options: ReadOptions, limits: Any = None) -> Table:
    module, _, function = reader.partition(":")
    table: Table = getattr(importlib.import_module(module), function)(path, options)
    return table


def main() -> None:
    """Go through the copies of every file in a folder, from one number on."""
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    sandbox.read_in_child = _here
    warnings.simplefilter("ignore")
    number = 0
    for seed in sorted(folder.iterdir()):
        copy = folder.parent / f"mutant{seed.suffix}"
        for content in mutants(seed.read_bytes(), seed.name):
            if number >= first:
                copy.write_bytes(content)
                sys.stdout.write(f"{number} {seed.suffix} ")
                sys.stdout.flush()
                signal.alarm(SECONDS)
                sys.stdout.write(f"{outcome(copy)}\n")
                signal.alarm(0)
            number += 1


if __name__ == "__main__":
    main()
