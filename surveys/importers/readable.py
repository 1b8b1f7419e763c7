"""HTML of survey software as text people can read: lists, tables and emphasis stay, the rest goes.

Nothing in the HTML is fetched or opened. What text cannot hold (pictures, video, scripts) is
named, so that the report of an import can list it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from ...data.legible import legible

__all__ = ["Readable", "readable"]

MOST_CHARACTERS = 1_000_000
"""Longest HTML that is looked at; beyond, it is data and not wording."""

_TAG = re.compile(
    r"""<(/?)([A-Za-z][\w:-]{0,40})((?:[^<>"']{0,2000}|"[^"]*"|'[^']*'){0,60}?)/?>""", re.ASCII
)
_ATTRIBUTE = re.compile(r"""([\w:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_BREAKING = frozenset(
    re.findall(
        r"\w+",
        """
    address article aside blockquote center dd div dl dt fieldset figure figcaption footer
    form h1 h2 h3 h4 h5 h6 header hr legend main nav ol p pre section table tbody tfoot
    thead tr ul
        """,
    )
)
_STRONG = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"})
_SLANTED = frozenset({"em", "i", "u"})
_APART = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre"])
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "object"})
_MEDIA = {
    "img": "image",
    "video": "video",
    "audio": "sound",
    "iframe": "embedded page",
    "embed": "embedded page",
    "canvas": "drawing",
    "svg": "drawing",
}
_EDGE, _GAP, _OPEN, _CLOSE, _DEEPER = "\x03", "\x04", "\x01", "\x02", "\x05"
"""Stand, while text is put together, for edges of blocks, space between, emphasis, and indents."""
_BLANK = re.compile(r"[ \t\r\n\f]+")
_SPACE = re.compile(r"[ \t\u00a0\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Readable:
    """Text, and what of its HTML text cannot hold.

    Attributes:
        text: What people read, without trailing white space.
        media: What is left out, such as "image “two wardrobes”" or "video".
        scripted: Whether there was a script.
    """

    text: str
    media: tuple[str, ...] = ()
    scripted: bool = False


@dataclass(slots=True)
class _Writing:
    """Text as it is put together."""

    pieces: list[str] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    silent: str = ""
    scripted: bool = False


def readable(source: str, *, plain: bool = False) -> Readable:
    r"""Turn HTML into text.

    Args:
        source: HTML, or text.
        plain: Whether emphasis goes too and all stands on one line, as for labels.

    >>> readable("<div>How <b>much</b>?</div><ul><li>a<li>b</ul>").text
    'How **much**?\n- a\n- b'
    >>> readable("<b>Not&nbsp;at all</b><br>1", plain=True).text
    'Not at all 1'
    """
    if "<" not in source and "&" not in source:
        return Readable(_even(legible(source), plain))
    source = source[:MOST_CHARACTERS]
    out = _Writing()
    at = 0
    last = source.rfind(">")
    while at < len(source):
        start = source.find("<", at)
        if start < 0 or start > last:
            _say(out, source[at:])
            break
        _say(out, source[at:start])
        if source.startswith("<!--", start):
            end = source.find("-->", start)
            at = len(source) if end < 0 else end + 3
            continue
        tag = _TAG.match(source, start)
        if tag is None:
            if source.startswith(("<!", "<?"), start):
                at = source.find(">", start) + 1
                continue
            _say(out, "<")
            at = start + 1
            continue
        at = tag.end()
        _tag(out, tag[2].lower(), bool(tag[1]), tag[3], plain)
    text = _even("".join(out.pieces), plain)
    return Readable(text, tuple(dict.fromkeys(out.media)), out.scripted)


def _say(out: _Writing, text: str) -> None:
    if text and not out.silent:
        # Line breaks of the source are spaces; only tags break lines.
        out.pieces.append(legible(html.unescape(_BLANK.sub(" ", text))).replace("\n", " "))


def _tag(out: _Writing, name: str, closing: bool, attributes: str, plain: bool) -> None:
    if out.silent:
        if closing and name == out.silent:
            out.silent = ""
        return
    if name in _SILENT:
        out.scripted |= name == "script"
        out.silent = "" if closing else name
        return
    if name == "br":
        out.pieces.append("\n")
    elif name in _MEDIA and not closing:
        _media(out, name, attributes, plain)
    elif name in ("ul", "ol"):
        out.pieces.append(_EDGE)
        if closing:
            if out.lists:
                out.lists.pop()
        else:
            out.lists.append(0 if name == "ol" else -1)
    elif name == "li" and not closing:
        mark = "- "
        if out.lists and out.lists[-1] >= 0:
            out.lists[-1] += 1
            mark = f"{out.lists[-1]}. "
        out.pieces.append(_EDGE + _DEEPER * max(0, len(out.lists) - 1) + mark)
    elif name == "tr" and not closing:
        out.pieces.append(_EDGE)
        out.cells.append(0)
    elif name in ("td", "th") and not closing:
        if out.cells and out.cells[-1]:
            out.pieces.append(" | ")
        if out.cells:
            out.cells[-1] += 1
    elif not plain and name in _STRONG | _SLANTED:
        mark = "**" if name in _STRONG else "*"
        out.pieces.append(f"{_CLOSE}{mark}" if closing else f"{_OPEN}{mark}")
        if name in _BREAKING:
            out.pieces.append(_EDGE)
    elif name in _BREAKING:
        out.pieces.append(f"{_EDGE}{_GAP}{_EDGE}" if name in _APART else _EDGE)


def _media(out: _Writing, name: str, attributes: str, plain: bool) -> None:
    del plain
    what = _MEDIA[name]
    given = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(attributes)}
    told = html.unescape(given.get("alt") or given.get("title") or "").strip()
    if re.fullmatch(r"[\w .()%-]*\.(?:png|jpe?g|gif|svg|webp|bmp)", told, re.IGNORECASE):
        told = ""  # the name of a file says nothing to people
    out.media.append(f"{what} “{told}”" if told else what)
    out.pieces.append(f"[{what}: {told}]" if told else f"[{what}]")


_EMPHASIS = re.compile("\x01(\\*+)([^\x01\x02]*)\x02\\1")


def _even(text: str, plain: bool) -> str:
    """White space evened out, and marks of emphasis set close around words."""
    if plain:
        text = re.sub("[\x01\x02]\\*+|[\x03-\x05]", " ", text)
        return " ".join(_SPACE.sub(" ", text).split())
    for _ in range(6):  # emphasis within emphasis, innermost first
        changed = _EMPHASIS.sub(_marked, text)
        if changed == text:
            break
        text = changed
    text = re.sub("[\x01\x02]\\*+", "", text)
    lines: list[str] = []
    for block in text.split(_EDGE):
        if not block or (block.isspace() and "\n" not in block and "\u00a0" not in block):
            continue
        # A line break at the end of a block shows nothing.
        shown = block.replace(_GAP, "").removesuffix("\n").split("\n")
        lines += [_SPACE.sub(" ", line).strip().replace(_DEEPER, "  ") for line in shown]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    even = "\n".join(kept).strip()
    whole = re.fullmatch(r"\*\*([^*]+)\*\*", even)
    return whole[1] if whole else even


def _marked(found: re.Match[str]) -> str:
    mark, body = found[1], found[2]
    inner = body.strip(" \n\u00a0")
    if not inner or "\n" in inner:
        return body
    before = body[: len(body) - len(body.lstrip(" \n\u00a0"))]
    after = body[len(body.rstrip(" \n\u00a0")) :]
    return f"{before}{mark}{inner}{mark}{after}"
