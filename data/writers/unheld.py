"""What the statistical packages have no place for."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from ..codebook import Role
from ..errors import FileError
from ..panel import Panel
from .losses import Losses

__all__ = ["note_unheld", "understood"]

_TRIAL = 1 << 16
"""Bytes that must fit behind a file; more than one block of any file system."""


def note_unheld(panel: Panel, losses: Losses, program: str) -> None:
    """Note the parts of the codebook that `program` cannot hold, such as question wordings."""
    for variable in panel.codebook:
        if variable.question and variable.question != variable.label:
            losses.add(f"question wordings ({program} has labels only)", variable.name)
        if variable.range is not None:
            losses.add("declared ranges", variable.name)
        if variable.role not in (Role.ITEM, Role.ID):
            losses.add("roles", f"{variable.name} ({variable.role.value})")
        if variable.block:
            losses.add("blocks", variable.name)
        if variable.group:
            losses.add("groups", variable.name)
        if variable.siblings:
            losses.add("siblings", variable.name)


@contextlib.contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn ReadStat's refusals into errors of ours.

    Raises:
        OSError: ReadStat could not write.
        FileError: It would not write what it was given.
    """
    import pyreadstat

    try:
        yield
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        if "Unable to write" in str(error) or "Unable to open" in str(error):
            # It does not say why; nearly always the disk is full.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise FileError(
            f"the {path.suffix} format refuses this panel ({str(error).rstrip('.')})",
            remedy="write .csv or .parquet, or report this with a small example",
        ) from error
    _make_sure_there_was_room(path)


def _make_sure_there_was_room(path: Path) -> None:
    """pyreadstat takes a write that failed altogether for one that succeeded.

    A file that lost its end that way ends where the disk did, so nothing can be added to it.
    """
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.write(bytes(_TRIAL))
        file.flush()
        file.truncate(end)
