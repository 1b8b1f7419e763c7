"""Every random choice, reproducible: generators seeded by SHA-256 of what the choice is for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["generator", "seed_of", "uniform"]


def seed_of(*parts: str | int) -> int:
    """128-bit seed for the choice that `parts` describe, such as (run seed, twin, item, "draw").

    The same on any machine, worker count and hash seed. Parts are length-prefixed, so that
    ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode()
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    return int.from_bytes(digest.digest()[:16], "big")


def generator(*parts: str | int) -> np.random.Generator:
    """Return numpy's PCG64 generator, seeded by `seed_of(*parts)`."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(seed_of(*parts)))


def uniform(*parts: str | int) -> float:
    """One number uniform on [0, 1), from `parts`; cheaper than making a generator."""
    return (seed_of(*parts) >> 75) / (1 << 53)
