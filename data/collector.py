"""Python's garbage collector kept from walking everything over and over while much is going on."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["calm_collector"]

ALLOCATIONS = 20_000
"""Allocations between collections of the young, instead of some hundreds or thousands."""


@contextlib.contextmanager
def calm_collector() -> Iterator[None]:
    """Set aside what is alive now, and collect less often, until the end.

    Libraries and panels are some million objects that live anyway. Looking through them again and
    again took a fifth of the time of asking a fast model (`benchmarks/language_models.py`).
    """
    if gc.get_freeze_count() or not gc.isenabled():
        # Somebody else has made up their mind about the collector.
        yield
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(before[0], ALLOCATIONS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
