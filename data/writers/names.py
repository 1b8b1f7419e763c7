"""Names and labels that a format accepts, made from those a panel has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["SPSS", "STATA", "NameRule", "cut", "cut_characters", "safe_names"]


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a format asks of variable names.

    Attributes:
        length: Longest name in bytes of UTF-8.
        allowed: Whether a character may stand in a name, after the first.
        first: Characters besides letters that may begin a name.
        reserved: Words that are no names, in lower case.
        fold: Whether names that differ only in case are the same name.
    """

    length: int
    allowed: Callable[[str], bool]
    first: str
    reserved: frozenset[str]
    fold: bool


def _spss_allows(character: str) -> bool:
    return character.isalnum() or character in "_.$#@" or unicodedata.combining(character) > 0


def _stata_allows(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.combining(character) > 0


SPSS = NameRule(
    length=64,
    allowed=_spss_allows,
    first="",
    reserved=frozenset(
        {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}
    ),
    fold=True,
)
STATA = NameRule(
    length=32,
    allowed=_stata_allows,
    first="_",
    reserved=frozenset(
        {
            *("_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long"),
            *("_n", "_pi", "_pred", "_rc", "_skip", "strl", "using", "with"),
        }
    ),
    fold=False,
)


def safe_names(names: Iterable[str], rule: NameRule) -> dict[str, str]:
    """Map each name to one that the rule accepts; names that are fine stay as they are."""
    originals = list(names)
    made: dict[str, str] = {}
    taken: set[str] = set()
    # Names that are fine go first, so that no changed name takes theirs.
    for name in sorted(originals, key=lambda n: _acceptable(n, rule) != n):
        wanted = _acceptable(name, rule)
        candidate, count = wanted, 1
        while _key(candidate, rule) in taken:
            count += 1
            ending = f"_{count}"
            candidate = cut(wanted, rule.length - len(ending)) + ending
        taken.add(_key(candidate, rule))
        made[name] = candidate
    return {name: made[name] for name in originals}


def cut(text: str, length: int) -> str:
    """Shorten text to at most `length` bytes of UTF-8, never inside a character."""
    raw = text.encode()
    return text if len(raw) <= length else raw[:length].decode(errors="ignore")


def cut_characters(text: str, length: int) -> str:
    """Shorten text to at most `length` characters."""
    return text[:length]


def _key(name: str, rule: NameRule) -> str:
    return name.casefold() if rule.fold else name


def _acceptable(name: str, rule: NameRule) -> str:
    text = "".join(c if rule.allowed(c) else "_" for c in name)
    text = cut(text, rule.length).rstrip(".")
    if not text or not (text[0].isalpha() or text[0] in rule.first):
        text = cut("v" + text, rule.length)
    stata_type = rule is STATA and re.fullmatch(r"str\d+", text) is not None
    if text.lower() in rule.reserved or stata_type:
        text = cut(text, rule.length - 1) + "_"
    return text
