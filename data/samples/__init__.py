"""The bundled synthetic sample and the generator that made it.

Nobody in it exists. `docs/sample.md` says what is in it and where its figures come from.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import UnknownNameError

__all__ = ["drawn_names", "sample_names", "sample_path"]

_DRAWN = (
    "synthetic_panel_wave1.sav",
    "synthetic_panel_wave1.csv",
    "synthetic_panel_wave2.sav",
    "synthetic_panel_wave2.csv",
    "synthetic_pilot.csv",
    "synthetic_newitems.csv",
)
_NAMES = (
    *_DRAWN,
    "synthetic_questionnaire.yaml",
    "synthetic_panel_wave1.codebook.yaml",
    "synthetic_panel_wave2.codebook.yaml",
    "synthetic_pilot.codebook.yaml",
    "synthetic_newitems.codebook.yaml",
)


def sample_names() -> tuple[str, ...]:
    """File names of the bundled sample: data, their codebooks, and a questionnaire."""
    return _NAMES


def drawn_names() -> tuple[str, ...]:
    """File names of the data that the generator draws; each has its codebook beside it."""
    return _DRAWN


def sample_path(name: str) -> Path:
    """Path of a file of the bundled sample.

    Args:
        name: One of `sample_names()`, such as "synthetic_panel_wave1.sav".

    Raises:
        UnknownNameError: There is no such file.
    """
    if name not in _NAMES:
        raise UnknownNameError("sample file", name, _NAMES)
    return Path(__file__).resolve().parent / name
