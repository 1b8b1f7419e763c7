"""Personal data inside running text: found, and masked where the text is shown to a model."""

from __future__ import annotations

import re

from .personal_patterns import KINDS

__all__ = ["masked", "personal_kinds"]

_IP = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])"
)
_WITHIN: tuple[tuple[str, re.Pattern[str]], ...] = (
    *((kind.title, kind.within) for kind in KINDS if kind.within is not None),
    ("IP address", _IP),
)


def personal_kinds(text: str) -> tuple[str, ...]:
    """Kinds of personal data that a text contains, each once; names of people are not recognised.

    >>> personal_kinds("Write to ann@example.org or call +44 20 7946 0958.")
    ('e-mail address', 'phone number')
    """
    return tuple(title for title, pattern in _WITHIN if pattern.search(text))


def masked(text: str) -> str:
    """Return a text with personal data replaced by their kind in square brackets.

    >>> masked("Write to ann@example.org.")
    'Write to [e-mail address].'
    """
    for title, pattern in _WITHIN:
        text = pattern.sub(f"[{title}]", text)
    return text
