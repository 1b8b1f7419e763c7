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
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|span|font|mark|small|big|a)\b[^<>]*>", re.IGNORECASE)


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
    found: list[str] = []
    for text in texts:
        _named(text, found)
    return tuple(found)


def readable(text: str) -> str:
    """A wording or label as one line of plain text; images are named by their alternative text.

    >>> readable('Do you like <b>this</b>? <img src="a.png" alt="A red car">')
    'Do you like this? [image: A red car]'
    """
    return plain(_INLINE.sub("", _named(text, [])))


def _named(text: str, found: list[str]) -> str:
    """The text with every image replaced by its name; the images are appended to `found`."""
    if not any(mark in text for mark in "<!&"):
        return text

    def name(image: re.Match[str]) -> str:
        markdown, tag = image.group(1), _attributes(image.group())
        alt = plain(tag.get("alt", markdown or "")) or plain(tag.get("title", ""))
        if not alt and "alt" in tag:
            return ""
        found.append(alt or tag.get("src", "") or "image")
        return f" [image: {alt}] " if alt else " [image] "

    for _ in range(3):  # a tag may be written as entities, and those once more
        named = html.unescape(_IMAGE.sub(name, text))
        if named == text:
            break
        text = named
    return _IMAGE.sub(name, text)


def _attributes(tag: str) -> dict[str, str]:
    return {
        name.casefold(): double or single or bare
        for name, double, single, bare in _ATTRIBUTE.findall(tag)
    }
