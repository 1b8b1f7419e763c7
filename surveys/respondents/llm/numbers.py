"""Numbers as people write them, where there is only one way to read them."""

from __future__ import annotations

import math
import re

__all__ = ["looks_numeric", "read_number"]

_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{1,18})?|\.[0-9]{1,18})")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}(?:[ '’][0-9]{3})+(?:[.,][0-9]{1,18})?")
_COMMAS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3}){2,5}|,[0-9]{3}(?=\.))(?:\.[0-9]{1,18})?"
)
_DOTS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,5}|\.[0-9]{3}(?=,))(?:,[0-9]{1,18})?")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:0,[0-9]{1,18}|[0-9]{1,18},(?:[0-9]{1,2}|[0-9]{4,18}))")
_ONE_COMMA = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_LONGEST = 40


def looks_numeric(text: str) -> bool:
    """Whether a short text is a plain number, brackets aside.

    >>> looks_numeric("[12]")
    True
    """
    return len(text) <= _LONGEST and _PLAIN.fullmatch(text.strip(" []")) is not None


def read_number(said: object, *, integer: bool = False, unit: str = "") -> float | None:
    """The number that a JSON value is, None where it is none, or could be two.

    A text is a number if it is written plainly ("1234.5"), with separators that cannot be a
    decimal mark ("1 234", "1,234,567", "1.234,5") or a decimal comma that cannot be a separator
    ("12,5"). "1,234" is a thousand and more only where whole numbers are asked for.

    Args:
        said: The JSON value.
        integer: Whether whole numbers are asked for.
        unit: A unit that may follow the number.

    >>> read_number("1,234"), read_number("1,234", integer=True)
    (None, 1234.0)
    """
    if isinstance(said, bool):
        return None
    if isinstance(said, (int, float)):
        return float(said) if math.isfinite(said) else None
    if not isinstance(said, str) or len(said) > _LONGEST + len(unit):
        return None
    text = " ".join(said.split()).replace("−", "-")
    if unit and text.casefold().endswith(unit.casefold()):
        text = text[: -len(unit)].rstrip()
    if _PLAIN.fullmatch(text):
        return float(text)
    if _SPACED.fullmatch(text):
        return float(re.sub("[ '’]", "", text).replace(",", "."))
    if _COMMAS.fullmatch(text) or (integer and _ONE_COMMA.fullmatch(text)):
        return float(text.replace(",", ""))
    if _DOTS.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    return float(text.replace(",", ".")) if _DECIMAL_COMMA.fullmatch(text) else None
