"""Images in a questionnaire's text: found, and named by their alternative text."""

from __future__ import annotations

import html
import re

from ....twins.plain import plain
from ...question import Question

__all__ = ["images_in", "readable"]

_IMAGE = re.compile(
    r"<(?:img|image|svg|picture|video|audio|object|embed|iframe|canvas)\b[^>]*>"
    r"|!\[([^\]\n]*)\]\([^)\n]*\)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"\b(alt|title|src|data)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)


def images_in(question: Question) -> tuple[str, ...]:
    """What a question shows besides text: for each image or player its alternative text or source.

    Looked through are the wording in every arm, options and rows. An image whose alternative text
    is given as empty (`alt=""`) is decoration and does not count.

    Args:
        question: As written in the questionnaire.
    """
    texts = (
        question.text,
        *(wording.text for wording in question.wordings),
        *(option.label for option in question.options),
        *(item.label for item in question.items),
    )
    return tuple(
        alt or _attributes(found.group()).get("src", "") or plain(found.group(1) or "") or "image"
        for text in texts
        if "<" in text or "!" in text or "&" in text
        for found in _IMAGE.finditer(_unescaped(text))
        if (alt := _alt(found)) != ""
    )


def _unescaped(text: str) -> str:
    for _ in range(3):  # as often as `plain` does
        plainer = html.unescape(text)
        if plainer == text:
            break
        text = plainer
    return text


def _attributes(tag: str) -> dict[str, str]:
    return {
        name.casefold(): double or single or bare
        for name, double, single, bare in _ATTRIBUTE.findall(tag)
    }


def _alt(found: re.Match[str]) -> str | None:
    """Alternative text of an image; "" for decoration, None where there is none."""
    if found.group(1) is not None:
        return plain(found.group(1)) or None
    given = _attributes(found.group())
    if "alt" in given:
        return plain(given["alt"])
    return plain(given.get("title", "")) or None


_INLINE = re.compile(r"</?(?:b|i|u|em|strong|span|font|mark|small|big|a)\b[^<>]*>", re.IGNORECASE)


def readable(text: str) -> str:
    """A wording or label as one line of plain text; images are named by their alternative text.

    >>> readable('Do you like <b>this</b>? <img src="a.png" alt="A red car">')
    'Do you like this? [image: A red car]'
    """
    if "<" not in text and "!" not in text and "&" not in text:
        return plain(text)

    def named(found: re.Match[str]) -> str:
        alt = _alt(found)
        return "" if alt == "" else f" [image: {alt}] " if alt else " [image] "

    return plain(_INLINE.sub("", _IMAGE.sub(named, _unescaped(text))))
