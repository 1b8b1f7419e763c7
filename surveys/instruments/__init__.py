"""Trait questionnaires that ship with understudy, and validated ones read from a CSV of keys.

One YAML file each, in wordings of our own. None of them is validated, and their titles say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...data.errors import UnknownNameError

if TYPE_CHECKING:
    from ..questionnaire import Questionnaire

__all__ = ["PREFIX", "instrument", "instrument_names", "instrument_path"]

PREFIX = "instrument:"
"""What a name begins with where a questionnaire file could stand: "instrument:big-five-20"."""

_NAMES = ("big-five-20", "big-five-60", "need-for-cognition", "risk-attitude", "values")


def instrument_names() -> tuple[str, ...]:
    """Names of the questionnaires that ship."""
    return _NAMES


def instrument_path(name: str) -> Path:
    """The file of an instrument.

    Args:
        name: One of `instrument_names()`, with or without "instrument:" in front.

    Raises:
        UnknownNameError: There is no such instrument.
    """
    plain = name.removeprefix(PREFIX)
    if plain not in _NAMES:
        raise UnknownNameError("instrument", plain, _NAMES)
    return Path(__file__).resolve().parent / f"{plain}.yaml"


def instrument(name: str) -> Questionnaire:
    """A questionnaire that ships, with its scales.

    Args:
        name: One of `instrument_names()`, with or without "instrument:" in front.

    Raises:
        UnknownNameError: There is no such instrument.
    """
    from ..files.reading import read_questionnaire

    return read_questionnaire(instrument_path(name))
