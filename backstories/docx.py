"""Paragraphs out of, and into, .docx files, with the standard library alone.

A .docx is a zip archive whose `word/document.xml` holds the text (ECMA-376, part 1: w:p is a
paragraph, w:t text, w:tab a tab, w:br a line break).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from ..data.errors import UnreadableFileError

__all__ = ["read_paragraphs", "write_paragraphs"]

MOST_BYTES = 50_000_000
"""Bytes of text that are unpacked: an archive that grows beyond that is no interview."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_paragraphs(path: Path) -> list[str]:
    """Return the paragraphs of a .docx, tables and text boxes included, without blank ones.

    Raises:
        UnreadableFileError: It is no .docx, damaged, protected, or hostile.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open("word/document.xml") as file:
            raw = file.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, EOFError) as error:
        raise UnreadableFileError(
            "this is not a .docx document, or it is damaged or protected",
            where=path.name,
            remedy="open it in a word processor and save it as .docx, or as plain text",
        ) from error
    if len(raw) > MOST_BYTES:
        raise UnreadableFileError(
            f"the document holds more than {MOST_BYTES // 1_000_000} MB of text", where=path.name
        )
    # A document needs no document type; one could hold entities that grow without bound.
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise UnreadableFileError(
            "the document declares entities, which no word processor does",
            where=path.name,
            remedy="open it in a word processor and save it again",
        )
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314  no entities, as seen above
    except ElementTree.ParseError as error:
        raise UnreadableFileError(
            f"the document is damaged ({error})", where=path.name, remedy="save it again"
        ) from error
    return [text for p in root.iter(f"{_W}p") if (text := _text(p).strip())]


def _text(paragraph: ElementTree.Element) -> str:
    parts = []
    for node in paragraph.iter():
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag == f"{_W}tab":
            parts.append("\t")
        elif node.tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
    return "".join(parts)


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)


def write_paragraphs(path: Path, paragraphs: Sequence[tuple[str, str]]) -> None:
    """Write a .docx.

    Args:
        path: Where.
        paragraphs: (kind, text): kind is "heading", "bold" or "".

    Raises:
        OSError: It cannot be written.
    """
    body = "".join(_paragraph(kind, text) for kind, text in paragraphs)
    document = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}<w:sectPr/></w:body></w:document>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
        ):
            # A fixed date: the same backstories give the same file.
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
    path.write_bytes(packed.getvalue())


def _paragraph(kind: str, text: str) -> str:
    look = {"heading": '<w:rPr><w:b/><w:sz w:val="32"/></w:rPr>', "bold": "<w:rPr><w:b/></w:rPr>"}
    lines = _NOT_XML.sub("\ufffd", text).split("\n")
    runs = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line, quote=False)}</w:t>' for line in lines
    )
    return f"<w:p><w:r>{look.get(kind, '')}{runs}</w:r></w:p>"
