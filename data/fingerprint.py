"""What a panel holds, as a digest: the same on any machine, in any process."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from .codebook_json import to_json
from .panel import Panel

__all__ = ["Digest", "panel_digest"]


class Digest:
    """SHA-256 over parts that cannot run together: every part is preceded by its length."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def add(self, *parts: bytes | str) -> None:
        """Add parts, in order."""
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            self._sha.update(len(raw).to_bytes(8, "big"))
            self._sha.update(raw)

    def hexdigest(self) -> str:
        """The digest so far, as 64 hexadecimal digits."""
        return self._sha.hexdigest()


def panel_digest(panel: Panel, weights: npt.NDArray[np.float64] | None = None) -> str:
    """Digest of codebook, people, answers and reasons, as 64 hexadecimal digits.

    Where the panel came from does not count.

    Args:
        panel: The panel.
        weights: Weights that belong to it without being one of its variables. Shape (people,).
    """
    digest = Digest()
    digest.add(to_json(panel.codebook), *panel.persons)
    digest.add(b"" if weights is None else weights.astype("<f8").tobytes())
    for variable in panel.codebook:
        if variable.kind == "number":
            numbers = panel.numbers(variable.name) + 0.0  # one zero
            numbers[np.isnan(numbers)] = np.nan  # one NaN
            digest.add(numbers.astype("<f8").tobytes())
        else:
            digest.add(
                *(b"\0" if t is None else b"\1" + t.encode() for t in panel.texts(variable.name))
            )
        status = panel.status.get(variable.name)
        digest.add(b"" if status is None else status.astype("<i2").tobytes())
    return digest.hexdigest()
