"""The words a column's name is made of, whatever the file's habits of writing names."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["squeezed", "words_of"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z]+|\d+")


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ẞ", "SS"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_of(name: str) -> tuple[str, ...]:
    """Words and numbers of a name in lower case and without accents.

    >>> words_of("RecipientEmail_2"), words_of("código.postal")
    (('recipient', 'email', '2'), ('codigo', 'postal'))
    """
    return tuple(_WORD.findall(_CAMEL.sub("_", _plain(name)).lower()))


def squeezed(name: str) -> str:
    """A name as one word: "Date of birth" and "date_of_birth" are both "dateofbirth"."""
    return "".join(words_of(name))
