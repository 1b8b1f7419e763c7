"""How many tokens a text is, before any provider is asked."""

from __future__ import annotations

import math
import re

__all__ = ["estimate_tokens"]

_WORD = re.compile(r"[A-Za-z]+")
_DIGITS = re.compile(r"[0-9]+")
_MARK = re.compile(r"[!-/:-@\[-`{-~]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")

SHORT_WORD = 6
"""ASCII letters that a word has before it is likely to be more than one token."""


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text for a typical model, without a tokenizer.

    Counts a token per word and one more for each five letters beyond six, per three digits, per
    punctuation mark and per two line ends. Letters beyond ASCII count .9 (Latin), .7 (Greek,
    Cyrillic, Hebrew, Arabic, Indic and the like) or 1 (East Asian, emoji).

    Against the tokenizer that anthropic 0.34.0 ships (own measurement): personas of two surveys
    6 % low and 2 % high in total, each within 10 %; 722 survey questions 12 % high in total, each
    within 40 %; English prose 5 % high; German, French, Spanish and Swedish 11 % low; Russian 14 %
    high; Chinese and Japanese 3 % high; Arabic, Hebrew, Greek and Hindi 40 % low. Models differ
    by as much among themselves: a price needs the provider's own counter.
    """
    tokens = text.count("\n") / 2 + len(_MARK.findall(text))
    for word in _WORD.findall(text):
        tokens += 1 + max(0, len(word) - SHORT_WORD) / 5
    for number in _DIGITS.findall(text):
        tokens += math.ceil(len(number) / 3)
    for character in _BEYOND_ASCII.findall(text):
        tokens += _weight(ord(character))
    return math.ceil(tokens)


def _weight(point: int) -> float:
    if point < 0x250 or 0x2000 <= point < 0x2070:
        return 0.9
    return 1.0 if point >= 0x2E80 else 0.7
